//! Attachments in a bucket of a real S3 server, by the program as an operator runs it.

use std::path::{Path, PathBuf};

use crate::support::bucket::{BUCKET, KEY_ID, SECRET, serve};
use crate::support::db::Database;
use crate::support::desk::{Desk, png};
use crate::support::program::{Program, tempdir};

/// The settings that name a bucket.
fn settings<'s>(endpoint: &'s str, secret: &'s str) -> [(&'s str, &'s str); 4] {
    [
        ("CAREDESK_ATTACHMENTS_URL", "s3://attachments/desk/files"),
        ("CAREDESK_ATTACHMENTS_S3_ENDPOINT", endpoint),
        ("CAREDESK_ATTACHMENTS_S3_KEY_ID", KEY_ID),
        ("CAREDESK_ATTACHMENTS_S3_SECRET", secret),
    ]
}

/// Every file of a folder whose name is an object's.
fn objects(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root.join(BUCKET)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if uuid::Uuid::try_parse(&name).is_ok() {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_comes_and_goes_by_a_bucket_on_sqlite() {
    comes_and_goes(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_comes_and_goes_by_a_bucket_on_postgres() {
    comes_and_goes(Database::postgres()).await;
}

async fn comes_and_goes(database: Database) {
    let folder = tempdir("s3", &database);
    let root = PathBuf::from(&folder).join("s3");
    let endpoint = serve(&root).await;
    let desk = Desk::on(&database).await;
    let program = Program::start_with(&database, &folder, &settings(&endpoint, SECRET));
    let ticket = desk.ticket(&program).await;
    // One that fits one part, and one of several.
    for length in [5_000, 9_000_000] {
        let (at, bytes) = (desk.announce(&program, &ticket, length).await, png(length));
        let (status, sent) = desk.send(&program, &at, &bytes).await;
        assert_eq!((status, sent["state"].as_str()), (200, Some("quarantined")), "{sent}");
        assert!(desk.get(&program, &format!("{at}/content")).await == (200, bytes.clone()));
    }
    let kept = objects(&root);
    assert_eq!(kept.len(), 2);
    for path in kept {
        let sealed = std::fs::read(path).unwrap();
        assert!(
            !sealed.windows(12).any(|window| window == &png(12)[..]),
            "nothing is kept in clear"
        );
    }
    assert!(
        !Path::new(&folder).join("attachments").exists(),
        "the folder is for those without a bucket"
    );
    assert!(!program.log().contains(SECRET));
    drop(program);
    drop(std::fs::remove_dir_all(&folder));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_wrong_credentials_nothing_is_kept_and_it_is_said_on_sqlite() {
    refused_by_the_service(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_wrong_credentials_nothing_is_kept_and_it_is_said_on_postgres() {
    refused_by_the_service(Database::postgres()).await;
}

async fn refused_by_the_service(database: Database) {
    let folder = tempdir("s3-wrong", &database);
    let root = PathBuf::from(&folder).join("s3");
    let endpoint = serve(&root).await;
    let desk = Desk::on(&database).await;
    let wrong = Program::start_with(&database, &folder, &settings(&endpoint, "another-secret-zq9"));
    let ticket = desk.ticket(&wrong).await;
    let mut waiting = Vec::new();
    for length in [5_000, 3_000_000] {
        let (at, bytes) = (desk.announce(&wrong, &ticket, length).await, png(length));
        let (status, refused) = desk.send(&wrong, &at, &bytes).await;
        assert_eq!(status, 503, "{refused}");
        assert_eq!(refused["code"], "service.files_unavailable");
        assert_eq!(desk.state(&wrong, &at).await, "pending");
        waiting.push((at, bytes));
    }
    assert!(objects(&root).is_empty());
    assert!(!wrong.log().contains("another-secret-zq9"));
    drop(wrong);
    // With the right ones it goes on where it was.
    let right = Program::start_with(&database, &folder, &settings(&endpoint, SECRET));
    for (at, bytes) in waiting {
        assert_eq!(desk.send(&right, &at, &bytes).await.0, 200);
        assert!(desk.get(&right, &format!("{at}/content")).await == (200, bytes));
    }
    drop(right);
    drop(std::fs::remove_dir_all(&folder));
}

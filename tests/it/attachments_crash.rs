//! The program is killed in the middle of an upload: nothing of it can be read, and it is sent again.

use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use crate::support::db::Database;
use crate::support::desk::{Desk, png};
use crate::support::program::{Program, tempdir};
use crate::support::wire;

/// How often the program is killed.
const KILLS: usize = 6;
/// Bytes of the file.
const LENGTH: usize = 4_000_000;

/// Every file of a folder; whether each is one that was begun and not ended.
fn files(folder: &Path) -> Vec<(PathBuf, bool)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_unfinished = path.to_str().unwrap().contains('#');
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path, is_unfinished));
            }
        }
    }
    found
}

/// Sends a part of a file and leaves the connection open.
fn begin(program: &Program, token: &str, at: &str, bytes: &[u8]) -> TcpStream {
    let bearer = format!("Bearer {token}");
    let length = LENGTH.to_string();
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/octet-stream"),
        ("content-length", &length),
    ];
    let mut stream = TcpStream::connect(program.base.strip_prefix("http://").unwrap()).unwrap();
    let mut all = wire::request(&format!("PUT {at}/content"), &headers, &[]);
    all.extend_from_slice(bytes);
    stream.write_all(&all).unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_program_leaves_nothing_of_an_upload_that_can_be_read_on_sqlite() {
    is_killed(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_program_leaves_nothing_of_an_upload_that_can_be_read_on_postgres() {
    is_killed(Database::postgres()).await;
}

async fn is_killed(database: Database) {
    let folder = tempdir("uploads-crash", &database);
    let kept = PathBuf::from(&folder).join("attachments");
    let desk = Desk::on(&database).await;
    let mut program = Program::start(&database, &folder);
    let ticket = desk.ticket(&program).await;
    let (at, bytes) = (desk.announce(&program, &ticket, LENGTH).await, png(LENGTH));
    for round in 1..=KILLS {
        let before = files(&kept).len();
        let part = LENGTH * round / (KILLS + 1);
        let connection = begin(&program, &desk.first, &at, &bytes[..part]);
        while files(&kept).len() == before {
            tokio::task::yield_now().await;
        }
        program.kill();
        drop(connection);
        assert!(files(&kept).iter().all(|(_, is_unfinished)| *is_unfinished), "round {round}");
        program = Program::start(&database, &folder);
        assert_eq!(desk.state(&program, &at).await, "pending");
        assert_eq!(desk.get(&program, &format!("{at}/content")).await.0, 409);
    }
    assert_eq!(desk.send(&program, &at, &bytes).await.0, 200);
    assert!(desk.get(&program, &format!("{at}/content")).await == (200, bytes));
    // What came as a whole stays, however the program ends.
    program.kill();
    let program = Program::start(&database, &folder);
    assert_eq!(desk.state(&program, &at).await, "quarantined");
    assert_eq!(desk.get(&program, &format!("{at}/content")).await.0, 200);
    drop(program);
    drop(std::fs::remove_dir_all(&folder));
}

//! Files, kept in a folder and in a bucket of a real S3 server on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "../it/support/bucket.rs"]
mod bucket;
mod place;

use caredesk::blobs::BlobError;
use caredesk::vault::{PIECE, SealError};
use caredesk_core::domain::time::Moment;
use jiff::SignedDuration;

use place::{World, bytes, place};

/// Declares tests that run on a folder and on a bucket.
macro_rules! on_both {
    ($(async fn $name:ident($world:ident) $body:block)+) => {$(
        async fn $name($world: World) $body

        mod $name {
            use crate::place::World;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_a_folder() {
                super::$name(World::folder()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_a_bucket() {
                super::$name(World::bucket().await).await;
            }
        }
    )+};
}

/// Lengths around the borders of pieces and parts.
const LENGTHS: [usize; 9] =
    [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 300_000, 5 * 1024 * 1024, 10 * 1024 * 1024 + 7];

on_both! {
    async fn what_was_put_in_comes_out(world) {
        for (at, length) in LENGTHS.into_iter().enumerate() {
            let (place, content) = (place(at), bytes(length));
            world.put(&place, &content).await;
            let out = world.blobs.read(&place, place.row).await.unwrap().whole().await.unwrap();
            assert!(out == content, "{length} bytes");
        }
    }

    async fn a_file_is_given_out_in_pieces(world) {
        let content = bytes(3 * PIECE + 5);
        world.put(&place(1), &content).await;
        let mut reading = world.read(1).await.unwrap();
        let mut lengths = Vec::new();
        while let Some(piece) = reading.piece().await.unwrap() {
            lengths.push(piece.len());
        }
        assert_eq!(lengths, [PIECE, PIECE, PIECE, 5]);
        assert!(reading.piece().await.unwrap().is_none(), "the end stays the end");
    }

    async fn whoever_looks_sees_no_word_of_it(world) {
        let mut content = bytes(200_000);
        content.extend_from_slice(b"zq9canary zq9canary zq9canary");
        world.put(&place(1), &content).await;
        let kept = world.kept();
        assert_eq!(kept.len(), 1);
        assert!(kept[0].1.len() > content.len());
        assert!(!kept[0].1.windows(9).any(|window| window == b"zq9canary"));
        assert!(!kept[0].1.windows(32).any(|window| window == &content[..32]));
    }

    async fn a_file_opens_in_its_own_place_only(world) {
        world.put(&place(1), b"mine").await;
        world.put(&place(2), b"theirs").await;
        let [a, b] = [1, 2].map(|at| world.file_of(&place(at)));
        World::swap(&a, &b);
        for at in [1, 2] {
            let reading = world.read(at).await;
            let Ok(mut reading) = reading else { panic!("the head is of the right form") };
            let refused = reading.piece().await.unwrap_err();
            assert!(matches!(refused, BlobError::Sealed(SealError::Damaged)), "{refused}");
        }
    }

    async fn what_was_changed_or_cut_short_is_noticed(world) {
        let content = bytes(2 * PIECE);
        world.put(&place(1), &content).await;
        let file = world.file_of(&place(1));
        let good = World::content(&file);
        let cuts = [0, 10, 40, good.len() - 1, good.len() / 2, 37 + PIECE + 16];
        for cut in cuts {
            World::write(&file, &good[..cut]);
            assert!(world.all_of(&place(1)).await.is_err(), "cut at {cut}");
        }
        for at in [0, 3, 20, 50, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            World::write(&file, &bad);
            assert!(world.all_of(&place(1)).await.is_err(), "byte {at}");
        }
        World::write(&file, &good);
        assert!(world.all_of(&place(1)).await.unwrap() == content);
    }

    async fn what_is_not_there_is_missing(world) {
        assert!(matches!(world.all_of(&place(9)).await, Err(BlobError::Missing)));
        world.blobs.delete(place(9).row).await.unwrap();
        world.put(&place(9), b"x").await;
        world.blobs.delete(place(9).row).await.unwrap();
        assert!(matches!(world.all_of(&place(9)).await, Err(BlobError::Missing)));
    }

    async fn a_file_that_breaks_off_cannot_be_read(world) {
        for (at, length) in [1000, 6 * 1024 * 1024].into_iter().enumerate() {
            let mut writing = world.begin(at);
            writing.add(&bytes(length)).await.unwrap();
            assert!(matches!(world.all_of(&place(at)).await, Err(BlobError::Missing)), "not before its end");
            if at == 0 { drop(writing) } else { writing.abandon().await }
            assert!(matches!(world.all_of(&place(at)).await, Err(BlobError::Missing)));
        }
        assert!(world.kept().is_empty());
    }

    async fn a_process_that_is_killed_leaves_nothing_that_can_be_read(world) {
        let mut writing = world.begin(1);
        writing.add(&bytes(6 * 1024 * 1024)).await.unwrap();
        std::mem::forget(writing); // nothing runs any more
        assert!(matches!(world.all_of(&place(1)).await, Err(BlobError::Missing)));
        world.put(&place(1), b"the second time").await;
        assert_eq!(world.all_of(&place(1)).await.unwrap(), b"the second time");
    }

    async fn what_takes_the_place_of_a_file_comes_as_a_whole(world) {
        world.put(&place(1), b"before").await;
        let mut writing = world.begin(1);
        writing.add(&bytes(6 * 1024 * 1024)).await.unwrap();
        assert_eq!(world.all_of(&place(1)).await.unwrap(), b"before");
        writing.end().await.unwrap();
        assert!(world.all_of(&place(1)).await.unwrap() == bytes(6 * 1024 * 1024));
    }
}

#[tokio::test]
async fn what_a_killed_process_left_in_a_folder_is_forgotten_in_its_time() {
    let world = World::folder();
    world.put(&place(2), b"a whole file").await;
    let mut writing = world.begin(1);
    writing.add(&bytes(1024 * 1024)).await.unwrap();
    std::mem::forget(writing);
    assert_eq!(world.files().len(), 2);
    let now = Moment::from_micros(micros_now());
    let [hour_ago, later] = [-1, 1].map(|hours| now.plus(SignedDuration::from_hours(hours)));
    assert_eq!(
        world.blobs.forget_unfinished(hour_ago).await.unwrap(),
        0,
        "it may still be under way"
    );
    assert_eq!(world.blobs.forget_unfinished(later).await.unwrap(), 1);
    assert_eq!(world.files().len(), 1);
    assert_eq!(world.all_of(&place(2)).await.unwrap(), b"a whole file");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_of_the_machine_looks_into_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::folder();
    let mode = std::fs::metadata(world.root()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_said_to_be_so() {
    let world = World::nowhere();
    let failed = world.all_of(&place(1)).await.unwrap_err();
    let says = failed.to_string();
    assert!(matches!(failed, BlobError::Store(_)), "{says}");
    assert!(!says.contains(bucket::SECRET), "{says}");
}

/// Microseconds since 1970, of the machine's own clock: files carry its times.
fn micros_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

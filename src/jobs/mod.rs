//! What runs by itself: sending messages, sealing and checkpoints of the audit, the next signing key,
//! dormant users, what time does to tickets, keys that expire, files that are nobody's any more, forgetting what is
//! over; and work that people asked for and that is too long for a request.
//!
//! For the last of them begin at [`work`], which says what a kind is, and [`runner`]; [`kinds`] lists
//! those there are. Jobs act as [`Actor::System`], in transactions like everybody's. Each may run in several instances
//! at once; each survives its errors, and ends between two rounds when it is told to stop.

pub mod api_keys;
pub mod application_imports;
pub mod batches;
pub mod checkpoint;
pub mod dormancy;
pub mod files;
mod housekeeping;
mod importing;
pub mod outbox;
pub mod roster;
pub mod runner;
mod sealer;
mod signing_keys;
pub mod ticket_clock;
pub mod ticket_exports;
pub mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use caredesk_core::domain::actor::Actor;
use jiff::SignedDuration;
use metrics::counter;
use tokio::sync::watch::Receiver;

use outbox::Outbox;
use runner::Runner;
use work::Work;

use crate::deliver::Post;
use crate::service::sending::Texting;
use crate::service::{Ask, House};
use crate::store::Origin;
use crate::telemetry::metric;

/// What an operator sets about jobs.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// Where checkpoints of the audit are kept.
    pub checkpoint_dir: PathBuf,
    /// How long a key signs tokens before the next one does.
    pub signing_key_age: SignedDuration,
    /// Hands messages over.
    pub post: Post,
    /// When, and how fast, text messages go through a gateway.
    pub texting: Texting,
}

/// Shortest pause after an error.
const PAUSE: Duration = Duration::from_secs(5);

/// The kinds of work that people can ask for. One that is not here waits for a program that knows it.
pub fn kinds() -> Vec<Arc<dyn Work>> {
    vec![
        Arc::new(roster::RosterImport),
        Arc::new(application_imports::ApplicationImport),
        Arc::new(batches::FamilyBatch::invitations()),
        Arc::new(batches::FamilyBatch::unlinks()),
        Arc::new(ticket_exports::TicketExport),
    ]
}

/// Runs every job until `stop` says true, or whoever could say so is gone.
pub async fn run(house: House, settings: JobSettings, stop: Receiver<bool>) {
    tokio::join!(
        sealer::run(house.clone(), stop.clone()),
        housekeeping::run(house.clone(), stop.clone()),
        dormancy::run(house.clone(), stop.clone()),
        ticket_clock::run(house.clone(), stop.clone()),
        files::run(house.clone(), stop.clone()),
        api_keys::run(house.clone(), stop.clone()),
        signing_keys::run(house.clone(), settings.signing_key_age, stop.clone()),
        Runner::new(house.clone(), kinds()).run(stop.clone()),
        Outbox::new(house.clone(), settings.post, settings.texting).run(stop.clone()),
        checkpoint::run(house, settings.checkpoint_dir, stop),
    );
}

/// An ask of a job's own.
fn ask(job: &str) -> Ask {
    Ask::of(Actor::System, Origin::of_job(job))
}

/// Does `work` at once and then every `period`, until told to stop. After an error it waits at least
/// [`PAUSE`]; work that has begun is finished.
async fn every<F, E>(
    job: &'static str,
    period: Duration,
    stop: Receiver<bool>,
    // Not `AsyncFn`: its futures borrow, and the compiler cannot yet see that they are `Send`.
    work: impl Fn() -> F,
) where
    F: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    repeat(job, (period, PAUSE.max(period)), stop, work).await;
}

/// As [`every`], with a pause after success and another after an error.
async fn repeat<F, E>(
    job: &'static str,
    (after_success, after_error): (Duration, Duration),
    mut stop: Receiver<bool>,
    work: impl Fn() -> F,
) where
    F: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    while !is_stopped(&stop) {
        let pause = match work().await {
            Ok(()) => after_success,
            Err(error) => {
                tracing::error!(%error, job, "a job failed and will try again");
                counter!(metric::JOB_FAILURES, metric::JOB => job).increment(1);
                after_error
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            // Also when the sender is gone: there is nobody left to stop us later.
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Whether a job is to end.
fn is_stopped(stop: &Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn a_job_goes_on_after_an_error_and_ends_when_told_to() {
        let (tell, stop) = tokio::sync::watch::channel(false);
        let rounds = Cell::new(0);
        let work = || {
            rounds.set(rounds.get() + 1);
            if rounds.get() == 3 {
                tell.send_replace(true);
            }
            std::future::ready(if rounds.get() == 1 { Err("no luck") } else { Ok(()) })
        };
        repeat("test", (Duration::ZERO, Duration::ZERO), stop, work).await;
        assert_eq!(rounds.get(), 3);
    }

    #[tokio::test]
    async fn a_job_does_not_outlive_whoever_could_stop_it() {
        let (tell, stop) = tokio::sync::watch::channel(false);
        drop(tell);
        every("test", Duration::from_hours(1), stop, || std::future::ready(Ok::<_, String>(())))
            .await;
    }
}

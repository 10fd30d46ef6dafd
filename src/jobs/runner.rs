//! The runner: claims jobs, does them chunk by chunk, and writes down what became of them.
//!
//! A chunk is one transaction: it sees that the claim still counts and that nobody asked for the end,
//! does the work, and writes results, progress, cursor and the lease together. Whatever ends this
//! process, nothing is lost and nothing is done twice: when the lease is over somebody goes on at the
//! cursor.

use std::sync::Arc;
use std::time::Duration;

use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::job::{ATTEMPTS, JobKind};
use jiff::SignedDuration;
use metrics::counter;
use tokio::sync::watch::{self, Receiver};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::work::{Chunk, Chunks, Next, Work};
use super::{PAUSE, ask, is_stopped};
use crate::guard::{self, Refusal};
use crate::service::{self, House};
use crate::store::jobs::queue::{self, Advance, End};
use crate::store::jobs::{self, Job};
use crate::store::{StoreError, Tx};
use crate::telemetry::metric;

/// The job's name.
const NAME: &str = "jobs";
/// How often it looks for a job.
const PERIOD: Duration = Duration::from_secs(1);
/// Jobs that are worked on at once.
const AT_ONCE: usize = 4;
/// How long to wait after the first attempt that came to nothing, the second, and so on.
const PAUSES: [SignedDuration; 4] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
];
/// After how long a job of a tenant that was suspended meanwhile is looked at again.
const SUSPENDED_AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// Runs jobs of the kinds that it knows. Clones are one.
#[derive(Clone)]
pub struct Runner {
    house: House,
    kinds: Arc<[Arc<dyn Work>]>,
}

/// A claim on a job, opened.
struct Held {
    id: JobId,
    claim: Uuid,
    /// Attempts that came to nothing before this one.
    before: i32,
    chunks: Arc<dyn Chunks>,
}

/// What came of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// There is more to do.
    More,
    /// The job is over.
    Over(&'static str),
    /// It waits until its tenant is in use again.
    Suspended,
    /// Somebody else has it.
    Lost,
}

impl Runner {
    /// A runner that knows these kinds, and leaves all others alone.
    pub fn new(house: House, kinds: Vec<Arc<dyn Work>>) -> Self {
        Self { house, kinds: kinds.into() }
    }

    /// Runs until told to stop; then ends every job's chunk, and gives the jobs back.
    pub async fn run(self, mut stop: Receiver<bool>) {
        // Dropped with this future, and the jobs with it: as if the process had been killed.
        let mut running = JoinSet::new();
        while !is_stopped(&stop) {
            let mut pause = PERIOD;
            while running.len() < AT_ONCE {
                match self.claim().await {
                    Ok(Some(job)) => {
                        let (runner, stop) = (self.clone(), stop.clone());
                        running.spawn(async move { runner.work(job, &stop).await });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        failed(&error, None);
                        pause = PAUSE;
                        break;
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Runs every job that is due, one after the other, as far as it goes now.
    ///
    /// # Errors
    /// No job can be claimed.
    pub async fn run_due(&self) -> Result<(), StoreError> {
        let (_tell, stop) = watch::channel(false);
        while let Some(job) = self.claim().await? {
            self.work(job, &stop).await;
        }
        Ok(())
    }

    /// Claims the job that is due for longest.
    async fn claim(&self) -> Result<Option<Job>, StoreError> {
        let kinds: Vec<JobKind> = self.kinds.iter().map(|kind| kind.kind()).collect();
        if kinds.is_empty() {
            return Ok(None);
        }
        self.house.transact(&ask(NAME), move |tx, _| queue::claim(tx, &kinds)).await
    }

    /// Does what can be done of a job that was claimed just now.
    async fn work(&self, job: Job, stop: &Receiver<bool>) {
        let (id, kind) = (job.id, job.kind);
        tracing::info!(%id, %kind, cursor = %job.cursor, "a job is gone on with");
        let ended = match self.open(&job).await {
            Ok(held) => self.turns(held, stop).await,
            Err(refusal) => Err((refusal, job.attempts)),
        };
        let written = match ended {
            Ok(how) => {
                tracing::info!(%id, %kind, how, "a job was left");
                Ok(())
            }
            Err((refusal, attempts)) => self.failed(&job, &refusal, attempts).await,
        };
        if let Err(error) = written {
            failed(&error, Some(id)); // the lease runs out, and somebody comes by
        }
    }

    /// Opens a claimed job. One that has taken its holder with it too often is not opened again.
    async fn open(&self, job: &Job) -> Result<Held, Refusal> {
        let kind = self.kinds.iter().find(|kind| kind.kind() == job.kind);
        let (Some(kind), Some(claim)) = (kind, job.holder) else {
            return Err(Refusal::Broken("a job was claimed that nobody can do".to_owned()));
        };
        if job.attempts > ATTEMPTS {
            return Err(Refusal::Broken("a job never came to the end of a chunk".to_owned()));
        }
        let chunks = kind.open(&self.house, job).await?;
        Ok(Held { id: job.id, claim, before: job.attempts.saturating_sub(1), chunks })
    }

    /// Does chunk after chunk; says how it was left. An error comes with the number of the attempt.
    async fn turns(
        &self,
        mut held: Held,
        stop: &Receiver<bool>,
    ) -> Result<&'static str, (Refusal, i32)> {
        loop {
            if is_stopped(stop) {
                let (id, claim, before) = (held.id, held.claim, held.before);
                let give_back =
                    move |tx: &mut Tx<'_>, _: &Job| Ok(queue::release(tx, id, tx.now, before)?);
                let given = self.while_held(id, claim, give_back).await;
                given.map_err(|refusal| (refusal, before))?;
                return Ok("given back");
            }
            let (id, claim, chunks) = (held.id, held.claim, Arc::clone(&held.chunks));
            let turn = move |tx: &mut Tx<'_>, _: &_| turn(tx, (id, claim), &*chunks);
            let tries = held.before.saturating_add(1);
            match self.house.transact(&ask(NAME), turn).await.map_err(|error| (error, tries))? {
                Turn::More => held.before = 0,
                Turn::Over(how) => return Ok(how),
                Turn::Suspended => return Ok("suspended"),
                Turn::Lost => return Ok("lost"),
            }
            // Whoever waits for a thread or the writer goes first.
            tokio::task::yield_now().await;
        }
    }

    /// Writes down that an attempt came to nothing: by a rule that will say the same the next time, or
    /// by something that may pass.
    async fn failed(&self, job: &Job, refusal: &Refusal, attempts: i32) -> Result<(), Refusal> {
        let (id, code) = (job.id, refusal.code());
        let is_last = is_final(refusal) || attempts >= ATTEMPTS;
        tracing::warn!(%id, kind = %job.kind, ?refusal, attempts, is_last, "a chunk of a job failed");
        counter!(metric::JOB_FAILURES, metric::JOB => NAME).increment(1);
        let Some(claim) = job.holder else { return Ok(()) };
        let due = self.house.clock.now().plus(pause_after(attempts));
        let denied = match refusal {
            Refusal::Denied(denials) => Some(denials.clone()),
            _ => None,
        };
        self.while_held(id, claim, move |tx, job| {
            if is_last {
                service::jobs::end(tx, job, (&End::Failed(code), denied.as_ref()))
            } else {
                Ok(queue::release(tx, id, due, attempts)?)
            }
        })
        .await
    }

    /// Writes to a job while it is this claim's.
    async fn while_held(
        &self,
        id: JobId,
        claim: Uuid,
        write: impl Fn(&mut Tx<'_>, &Job) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let write = move |tx: &mut Tx<'_>, _: &_| match queue::held(tx.conn, id, claim)? {
            Some(job) => write(tx, &job),
            None => Ok(()),
        };
        self.house.transact(&ask(NAME), write).await
    }
}

/// One chunk, in its transaction.
fn turn(tx: &mut Tx<'_>, (id, claim): (JobId, Uuid), chunks: &dyn Chunks) -> Result<Turn, Refusal> {
    let Some(job) = queue::held(tx.conn, id, claim)? else { return Ok(Turn::Lost) };
    if job.cancel_requested_at.is_some() {
        service::jobs::end(tx, &job, (&End::Cancelled, None))?;
        return Ok(Turn::Over("cancelled"));
    }
    if queue::is_suspended(tx.conn, &job)? {
        queue::release(tx, id, tx.now.plus(SUSPENDED_AGAIN), 0)?;
        return Ok(Turn::Suspended);
    }
    let who = guard::maker_of(tx, &job)?;
    let Chunk { rows, done, failed, total, next } = chunks.chunk(tx, &who, &job)?;
    jobs::add_results(tx, id, &rows)?;
    let (cursor, end) = match next {
        Next::More(cursor) => (Some(cursor), None),
        Next::Finished(figures) => (None, Some(End::Succeeded(figures))),
    };
    queue::advance(tx, id, &Advance { done, failed, total, cursor })?;
    let Some(end) = end else { return Ok(Turn::More) };
    let (done, failed) = (job.done.saturating_add(done), job.failed.saturating_add(failed));
    service::jobs::end(tx, &Job { done, failed, ..job }, (&end, None))?;
    Ok(Turn::Over("succeeded"))
}

/// Whether a refusal is a rule's, which another attempt would not change.
fn is_final(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Denied(_)
        | Refusal::NotFound
        | Refusal::Because(_)
        | Refusal::Invalid(_)
        | Refusal::Faulty { .. } => true,
        Refusal::Throttled(_) | Refusal::Store(_) | Refusal::Hash(_) | Refusal::Broken(_) => false,
    }
}

/// How long to wait after so many attempts.
fn pause_after(attempts: i32) -> SignedDuration {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let last = PAUSES.last().copied().unwrap_or_default();
    PAUSES.get(place).copied().unwrap_or(last)
}

/// Tells the operator of an error between the chunks.
fn failed(error: &impl std::fmt::Debug, id: Option<JobId>) {
    let id = id.map(|id| id.to_string());
    tracing::error!(?error, id, "the jobs cannot be written and will be tried again");
    counter!(metric::JOB_FAILURES, metric::JOB => NAME).increment(1);
}

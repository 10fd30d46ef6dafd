//! What a kind of job is made of: how it is opened, and how a chunk of it is done.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::job::{Figure, JobKind, RowOutcome};
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::guard::Refusal;
use crate::service::House;
use crate::store::Tx;
use crate::store::jobs::{Job, RowResult};

/// A kind of job.
pub trait Work: Send + Sync {
    /// Which kind it is.
    fn kind(&self) -> JobKind;

    /// Reads what every chunk of a job needs, outside its transactions: a file, say. What is read is
    /// bounded, and read well within the lease. Happens again wherever the job is gone on with.
    ///
    /// # Errors
    /// As [`Chunks::chunk`].
    fn open<'a>(
        &'a self,
        house: &'a House,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Arc<dyn Chunks>, Refusal>>;
}

/// A job that was opened.
pub trait Chunks: Send + Sync {
    /// Does a chunk: from `job.cursor` on, so many rows as take a fraction of a second. Everything
    /// happens in `tx`, which may be begun anew after a collision.
    ///
    /// `who` is whoever made the job, in use, with the standing of now: ask the guard for the permit of
    /// each thing that is done on their behalf. The product itself where nobody made it.
    ///
    /// # Errors
    /// A rule (denied, not found, invalid, a code) ends the job as failed, by its code. What may pass
    /// (the database, a queue that is full) is tried again, a few times. A row that cannot be done is no
    /// error but a result.
    fn chunk(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job) -> Result<Chunk, Refusal>;
}

/// What a chunk did.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// What became of its rows.
    pub rows: Vec<RowResult>,
    /// Rows that were done.
    pub done: i64,
    /// Rows that failed.
    pub failed: i64,
    /// How many rows the job has, if that became known.
    pub total: Option<i64>,
    /// What comes next.
    pub next: Next,
}

/// What comes after a chunk.
#[derive(Debug, Clone)]
pub enum Next {
    /// More, from this cursor on.
    More(Value),
    /// Nothing: it is done, and this came out.
    Finished(Vec<Figure>),
}

impl Chunk {
    /// A chunk that says what became of each of its rows.
    pub fn of(rows: Vec<RowResult>, next: Next) -> Self {
        let failed = rows.iter().filter(|row| row.outcome == RowOutcome::Failed).count();
        let done = rows.len().saturating_sub(failed);
        let figure = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self { done: figure(done), failed: figure(failed), rows, total: None, next }
    }
}

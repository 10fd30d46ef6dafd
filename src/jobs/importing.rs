//! Imports of files, whatever their rows are: tried, checked, or taken over part by part.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::job::{Figure, RowOutcome};
use caredesk_core::domain::roster::ImportMode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::work::{Chunk, Chunks, Next};
use crate::guard::Refusal;
use crate::service::House;
use crate::service::roster::Imported;
use crate::store::jobs::{Job, RowResult};
use crate::store::{self, StoreError, Tx};

/// A file that is open, and how to take its rows over.
pub(super) trait Import: Send + Sync + 'static {
    /// How many rows it has.
    fn rows(&self) -> usize;

    /// Whether to find out only what would happen, and what to do when rows cannot be imported.
    fn how(&self) -> (bool, ImportMode);

    /// Imports a part: some rows from one on, a fraction of a second's work. A row that cannot be imported
    /// changes nothing.
    ///
    /// # Errors
    /// As [`Chunks::chunk`].
    fn part(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job, at: usize)
    -> Result<Imported, Refusal>;
}

/// An import that goes on chunk by chunk.
pub(super) struct Importing<I>(pub(super) I);

/// The file that a job uses: at most ten megabytes.
pub(super) async fn content(house: &House, job: &Job) -> Result<Vec<u8>, Refusal> {
    let (id, mut bytes) = (job.id, Vec::new());
    for seq in 0.. {
        let read = house
            .db
            .read::<_, StoreError, _>(move |conn| store::uploads::piece_of_job(conn, id, seq));
        match read.await? {
            Some(piece) => bytes.extend(piece),
            None => break,
        }
    }
    Ok(bytes)
}

/// What was kept of a job, in its own form.
pub(super) fn understood<T: serde::de::DeserializeOwned>(kept: Value) -> Result<T, Refusal> {
    serde_json::from_value(kept).map_err(|error| Refusal::Broken(error.to_string()))
}

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// The next row.
    at: usize,
    /// Whether every row was found to be right, where all or nothing is to be imported.
    checked: bool,
    created: i64,
    updated: i64,
    unchanged: i64,
    skipped: i64,
    failed: i64,
}

impl Cursor {
    /// The cursor after some more rows.
    fn after(mut self, results: &[RowResult], rows: usize) -> Self {
        self.at = self.at.saturating_add(rows);
        for result in results {
            let count = match result.outcome {
                RowOutcome::Created => &mut self.created,
                RowOutcome::Updated => &mut self.updated,
                RowOutcome::Unchanged => &mut self.unchanged,
                RowOutcome::Skipped => &mut self.skipped,
                RowOutcome::Failed => &mut self.failed,
            };
            *count = count.saturating_add(1);
        }
        self
    }

    /// What came out.
    fn figures(&self) -> Vec<Figure> {
        let all = [
            ("created", self.created),
            ("updated", self.updated),
            ("unchanged", self.unchanged),
            ("skipped", self.skipped),
            ("failed", self.failed),
        ];
        all.map(|(name, count)| Figure::of(name, count)).to_vec()
    }

    fn kept(&self) -> Result<Value, Refusal> {
        serde_json::to_value(self).map_err(|error| Refusal::Broken(error.to_string()))
    }
}

impl<I: Import> Chunks for Importing<I> {
    fn chunk(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job) -> Result<Chunk, Refusal> {
        let cursor: Cursor =
            if job.cursor.is_null() { Cursor::default() } else { understood(job.cursor.clone())? };
        let (dry_run, mode) = self.0.how();
        let chunk = match (dry_run, mode) {
            (true, _) => {
                // Nothing was asked for, and so nothing denied.
                let mut results = tx.undone(|tx| self.0.part(tx, who, job, cursor.at))??.rows;
                for result in &mut results {
                    if result.outcome == RowOutcome::Created {
                        result.subject = None; // nobody will ever have this id
                    }
                }
                self.went_on(cursor, results)
            }
            (false, ImportMode::ValidRows) => {
                let imported = self.0.part(tx, who, job, cursor.at)?;
                imported.note_denied(tx, job)?;
                self.went_on(cursor, imported.rows)
            }
            (false, ImportMode::AllOrNothing) if cursor.checked => self.all(tx, who, job),
            (false, ImportMode::AllOrNothing) => self.check(tx, who, (job, cursor)),
        }?;
        Ok(Chunk { total: i64::try_from(self.0.rows()).ok(), ..chunk })
    }
}

impl<I: Import> Importing<I> {
    /// The chunk that some results make.
    fn went_on(&self, cursor: Cursor, results: Vec<RowResult>) -> Result<Chunk, Refusal> {
        let rows = results.len();
        let cursor = cursor.after(&results, rows);
        let next = if cursor.at >= self.0.rows() {
            Next::Finished(cursor.figures())
        } else {
            Next::More(cursor.kept()?)
        };
        Ok(Chunk::of(results, next))
    }

    /// Finds out which rows cannot be imported, before any is.
    fn check(
        &self,
        tx: &mut Tx<'_>,
        who: &Actor,
        (job, cursor): (&Job, Cursor),
    ) -> Result<Chunk, Refusal> {
        if cursor.at >= self.0.rows() {
            return Err(Refusal::Because(Code::RosterRowsInvalid));
        }
        let imported = tx.undone(|tx| self.0.part(tx, who, job, cursor.at))??;
        imported.note_denied(tx, job)?;
        let mut results = imported.rows;
        let rows = results.len();
        results.retain(|result| result.outcome == RowOutcome::Failed);
        let mut after = cursor.after(&results, rows);
        if after.at >= self.0.rows() && after.failed == 0 {
            after = Cursor { checked: true, ..Cursor::default() };
        }
        Ok(Chunk::of(results, Next::More(after.kept()?)))
    }

    /// Imports every row in one transaction. One that became wrong since the check undoes them all.
    fn all(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job) -> Result<Chunk, Refusal> {
        let mut results = Vec::with_capacity(self.0.rows());
        while results.len() < self.0.rows() {
            results.extend(self.0.part(tx, who, job, results.len())?.rows);
        }
        if results.iter().any(|result| result.outcome == RowOutcome::Failed) {
            return Err(Refusal::Because(Code::RosterRowsInvalid));
        }
        self.went_on(Cursor::default(), results)
    }
}

//! Imports of rosters: the file is read once, its rows are taken over part by part.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::job::{Figure, JobKind, RowOutcome};
use caredesk_core::domain::roster::ImportMode;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::work::{Chunk, Chunks, Next, Work};
use crate::guard::Refusal;
use crate::service::House;
use crate::service::roster::{Import, Imported, Part, Roster};
use crate::store::jobs::{Job, RowResult};
use crate::store::{self, StoreError, Tx};

/// Rows of a part: a fraction of a second's work.
const PART: usize = 200;

/// The kind of job.
pub struct RosterImport;

impl Work for RosterImport {
    fn kind(&self) -> JobKind {
        JobKind::RosterImport
    }

    fn open<'a>(
        &'a self,
        house: &'a House,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Arc<dyn Chunks>, Refusal>> {
        Box::pin(async move {
            let import: Import = understood(job.params.clone())?;
            let bytes = content(house, job).await?;
            // A file of ten megabytes takes longer than a thread that serves others should be kept.
            let read = tokio::task::spawn_blocking(move || {
                Roster::read(&bytes, &import.columns).map(|roster| Opened { import, roster })
            });
            let opened = read.await.map_err(|cut| Refusal::Broken(cut.to_string()))?;
            let opened: Arc<dyn Chunks> = Arc::new(opened.map_err(Refusal::Because)?);
            Ok(opened)
        })
    }
}

/// The file that a job uses: at most ten megabytes.
async fn content(house: &House, job: &Job) -> Result<Vec<u8>, Refusal> {
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
fn understood<T: serde::de::DeserializeOwned>(kept: Value) -> Result<T, Refusal> {
    serde_json::from_value(kept).map_err(|error| Refusal::Broken(error.to_string()))
}

/// An import with its file.
struct Opened {
    import: Import,
    roster: Roster,
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

impl Chunks for Opened {
    fn chunk(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job) -> Result<Chunk, Refusal> {
        let cursor: Cursor =
            if job.cursor.is_null() { Cursor::default() } else { understood(job.cursor.clone())? };
        let chunk = match (self.import.dry_run, self.import.mode) {
            (true, _) => {
                // Nothing was asked for, and so nothing denied.
                let mut results = tx.undone(|tx| self.part(tx, who, job, cursor.at))??.rows;
                for result in &mut results {
                    if result.outcome == RowOutcome::Created {
                        result.subject = None; // nobody will ever have this id
                    }
                }
                self.went_on(cursor, results)
            }
            (false, ImportMode::ValidRows) => {
                let imported = self.part(tx, who, job, cursor.at)?;
                imported.note_denied(tx, job)?;
                self.went_on(cursor, imported.rows)
            }
            (false, ImportMode::AllOrNothing) if cursor.checked => self.all(tx, who, job),
            (false, ImportMode::AllOrNothing) => self.check(tx, who, (job, cursor)),
        }?;
        Ok(Chunk { total: i64::try_from(self.roster.rows.len()).ok(), ..chunk })
    }
}

impl Opened {
    /// Imports the rows from one on.
    fn part(
        &self,
        tx: &mut Tx<'_>,
        who: &Actor,
        job: &Job,
        at: usize,
    ) -> Result<Imported, Refusal> {
        let rows = self.roster.rows.get(at..).unwrap_or_default();
        let rows = rows.get(..PART).unwrap_or(rows);
        Part { roster: &self.roster, rows, import: &self.import, job }.import(tx, who)
    }

    /// The chunk that some results make.
    fn went_on(&self, cursor: Cursor, results: Vec<RowResult>) -> Result<Chunk, Refusal> {
        let rows = results.len();
        let cursor = cursor.after(&results, rows);
        let next = if cursor.at >= self.roster.rows.len() {
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
        if cursor.at >= self.roster.rows.len() {
            return Err(Refusal::Because(Code::RosterRowsInvalid));
        }
        let imported = tx.undone(|tx| self.part(tx, who, job, cursor.at))??;
        imported.note_denied(tx, job)?;
        let mut results = imported.rows;
        let rows = results.len();
        results.retain(|result| result.outcome == RowOutcome::Failed);
        let mut after = cursor.after(&results, rows);
        if after.at >= self.roster.rows.len() && after.failed == 0 {
            after = Cursor { checked: true, ..Cursor::default() };
        }
        Ok(Chunk::of(results, Next::More(after.kept()?)))
    }

    /// Imports every row in one transaction. One that became wrong since the check undoes them all.
    fn all(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job) -> Result<Chunk, Refusal> {
        let mut results = Vec::with_capacity(self.roster.rows.len());
        while results.len() < self.roster.rows.len() {
            results.extend(self.part(tx, who, job, results.len())?.rows);
        }
        if results.iter().any(|result| result.outcome == RowOutcome::Failed) {
            return Err(Refusal::Because(Code::RosterRowsInvalid));
        }
        self.went_on(Cursor::default(), results)
    }
}

//! Imports of rosters: the file is read once, its rows are taken over part by part.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::job::JobKind;
use caredesk_core::domain::roster::ImportMode;
use futures_util::future::BoxFuture;

use super::importing::{self, Importing, content, understood};
use super::work::{Chunks, Work};
use crate::guard::Refusal;
use crate::service::House;
use crate::service::roster::{Import, Imported, Part, Roster};
use crate::store::Tx;
use crate::store::jobs::Job;

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
            let opened: Arc<dyn Chunks> = Arc::new(Importing(opened.map_err(Refusal::Because)?));
            Ok(opened)
        })
    }
}

/// An import with its file.
struct Opened {
    import: Import,
    roster: Roster,
}

impl importing::Import for Opened {
    fn rows(&self) -> usize {
        self.roster.rows.len()
    }

    fn how(&self) -> (bool, ImportMode) {
        (self.import.dry_run, self.import.mode)
    }

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
}

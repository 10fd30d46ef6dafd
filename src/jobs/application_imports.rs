//! Imports of applications: the file is read once, its rows are taken over part by part.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::job::JobKind;
use caredesk_core::domain::roster::ImportMode;
use futures_util::future::BoxFuture;

use super::importing::{self, Importing, content, understood};
use super::work::{Chunks, Work};
use crate::guard::Refusal;
use crate::service::House;
use crate::service::application_imports::{File, Import, Imported, Part};
use crate::store::jobs::Job;
use crate::store::{self, StoreError, Tx};

/// Rows of a part: a fraction of a second's work.
const PART: usize = 500;

/// The kind of job.
pub struct ApplicationImport;

impl Work for ApplicationImport {
    fn kind(&self) -> JobKind {
        JobKind::ApplicationImport
    }

    fn open<'a>(
        &'a self,
        house: &'a House,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Arc<dyn Chunks>, Refusal>> {
        Box::pin(async move {
            let import: Import = understood(job.params.clone())?;
            let bytes = content(house, job).await?;
            let tenant = job.tenant;
            let read = move |conn: &mut _| match tenant {
                Some(tenant) => store::tenants::phone_region(conn, tenant),
                None => Ok(None),
            };
            let region = house.db.read::<_, StoreError, _>(read).await?;
            // A file of ten megabytes takes longer than a thread that serves others should be kept.
            let read = tokio::task::spawn_blocking(move || {
                File::read(&bytes, &import, region.as_ref()).map(|file| Opened { import, file })
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
    file: File,
}

impl importing::Import for Opened {
    fn rows(&self) -> usize {
        self.file.rows.len()
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
        let rows = self.file.rows.get(at..).unwrap_or_default();
        let rows = rows.get(..PART).unwrap_or(rows);
        Part { file: &self.file, rows, import: &self.import, job }.import(tx, who)
    }
}

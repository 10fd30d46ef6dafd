//! Batches of invitations and of unlinks, part by part.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::job::{Figure, JobKind, RowOutcome};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::work::{Chunk, Chunks, Next, Work};
use crate::guard::Refusal;
use crate::service::House;
use crate::service::batches::{Batch, BatchPlace, Deed, Done, Part};
use crate::store::Tx;
use crate::store::jobs::Job;

/// Rows of a part: a fraction of a second's work.
const PART: usize = 1_000;

/// One of the two kinds of batches.
pub struct FamilyBatch(JobKind);

impl FamilyBatch {
    /// Invitations.
    pub const fn invitations() -> Self {
        Self(JobKind::InvitationBatch)
    }

    /// Unlinks.
    pub const fn unlinks() -> Self {
        Self(JobKind::UnlinkBatch)
    }
}

impl Work for FamilyBatch {
    fn kind(&self) -> JobKind {
        self.0
    }

    fn open<'a>(
        &'a self,
        house: &'a House,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Arc<dyn Chunks>, Refusal>> {
        let opened = Batch::of(job, &house.keys).map(|batch| {
            let chunks: Arc<dyn Chunks> = Arc::new(Opened(batch));
            chunks
        });
        std::future::ready(opened).boxed()
    }
}

/// A batch that was opened.
struct Opened(Batch);

/// How far a batch is.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    place: BatchPlace,
    done: i64,
    skipped: i64,
    failed: i64,
}

impl Chunks for Opened {
    fn chunk(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job) -> Result<Chunk, Refusal> {
        let broken = |error: serde_json::Error| Refusal::Broken(error.to_string());
        let mut cursor = match &job.cursor {
            serde_json::Value::Null => Cursor::default(),
            kept => serde_json::from_value(kept.clone()).map_err(broken)?,
        };
        let part = Part { batch: &self.0, job, from: cursor.place, limit: PART };
        let Done { rows, next } = part.run(tx, who)?;
        for row in &rows {
            let count = match row.outcome {
                RowOutcome::Failed => &mut cursor.failed,
                RowOutcome::Skipped => &mut cursor.skipped,
                _ => &mut cursor.done,
            };
            *count = count.saturating_add(1);
        }
        if let Some(place) = next {
            let cursor = serde_json::to_value(Cursor { place, ..cursor }).map_err(broken)?;
            return Ok(Chunk::of(rows, Next::More(cursor)));
        }
        // A filter may have found fewer than at the beginning, or more: now it is known.
        let all = cursor.done.saturating_add(cursor.skipped).saturating_add(cursor.failed);
        let chunk = Chunk::of(rows, Next::Finished(self.figures(&cursor)));
        Ok(Chunk { total: Some(all), ..chunk })
    }
}

impl Opened {
    /// What came out.
    fn figures(&self, cursor: &Cursor) -> Vec<Figure> {
        let done = match self.0.deed {
            Deed::Invite(_) => "invited",
            Deed::Unlink(_) => "unlinked",
        };
        vec![
            Figure::of(done, cursor.done),
            Figure::of("skipped", cursor.skipped),
            Figure::of("failed", cursor.failed),
        ]
    }
}

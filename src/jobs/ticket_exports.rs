//! Exports of tickets, chunk by chunk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::job::{Figure, JobKind};
use data_encoding::HEXLOWER;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::work::{Chunk, Chunks, Next, Work};
use crate::guard::Refusal;
use crate::service::{House, tickets};
use crate::store::Tx;
use crate::store::jobs::Job;
use crate::store::tickets::{TicketKey, TicketQuery};

/// The kind of job.
pub struct TicketExport;

/// How far an export is.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    after: Option<TicketKey>,
    parts: i32,
    tickets: i64,
}

/// A value that the program wrote itself and cannot read.
fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}

impl Cursor {
    /// Where a job goes on.
    fn of(job: &Job) -> Result<Self, Refusal> {
        match &job.cursor {
            serde_json::Value::Null => Ok(Self::default()),
            kept => serde_json::from_value(kept.clone()).map_err(broken),
        }
    }
}

impl Work for TicketExport {
    fn kind(&self) -> JobKind {
        JobKind::TicketExport
    }

    fn open<'a>(
        &'a self,
        house: &'a House,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Arc<dyn Chunks>, Refusal>> {
        Box::pin(async move {
            let ask = tickets::exported_by(job, &house.keys)?;
            let Cursor { parts, .. } = Cursor::of(job)?;
            // What was written before somebody else went on is read again, for its digest.
            let mut digest = Sha256::new();
            for seq in 0..parts {
                let (keys, job) = (house.keys.clone(), job.clone());
                let read = move |conn: &mut _| tickets::written_part(conn, &keys, (&job, seq));
                let part = house.db.read::<_, Refusal, _>(read).await?;
                digest.update(part.ok_or_else(|| broken("a part of an export is gone"))?);
            }
            let digests = Mutex::new(BTreeMap::from([(parts, digest)]));
            let opened: Arc<dyn Chunks> = Arc::new(Opened { ask, digests });
            Ok(opened)
        })
    }
}

/// An export that was opened.
struct Opened {
    ask: TicketQuery,
    /// The digest of so many parts. That of a chunk that collided is made anew from the one before.
    digests: Mutex<BTreeMap<i32, Sha256>>,
}

impl Chunks for Opened {
    fn chunk(&self, tx: &mut Tx<'_>, who: &Actor, job: &Job) -> Result<Chunk, Refusal> {
        let cursor = Cursor::of(job)?;
        let at = (cursor.after, cursor.parts);
        let written = tickets::export_chunk(tx, who, (job, &self.ask), at)?;
        let digest = self.digest(cursor.parts, &written.bytes)?;
        let parts = cursor.parts.saturating_add(1);
        let all = cursor.tickets.saturating_add(written.tickets);
        let chunk =
            |total, next| Chunk { rows: Vec::new(), done: written.tickets, failed: 0, total, next };
        if written.next.is_some() {
            let cursor = Cursor { after: written.next, parts, tickets: all };
            let cursor = serde_json::to_value(cursor).map_err(broken)?;
            return Ok(chunk(None, Next::More(cursor)));
        }
        tickets::finish_export(tx, job, (all, &digest))?;
        Ok(chunk(Some(all), Next::Finished(vec![Figure::of("tickets", all)])))
    }
}

impl Opened {
    /// The digest of the file with a further part behind so many.
    fn digest(&self, parts: i32, bytes: &[u8]) -> Result<String, Refusal> {
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        let before = digests.get(&parts).cloned();
        let mut digest = before.ok_or_else(|| broken("the digest of an export is not known"))?;
        digest.update(bytes);
        digests.retain(|so_many, _| *so_many == parts);
        digests.insert(parts.saturating_add(1), digest.clone());
        Ok(HEXLOWER.encode(&digest.finalize()))
    }
}

//! Work for jobs to do: a kind that counts, and does in each chunk what the test says.

use std::sync::{Arc, Mutex};

use caredesk::guard::{Refusal, admit, standing};
use caredesk::jobs::runner::Runner;
use caredesk::jobs::work::{Chunk, Chunks, Next, Work};
use caredesk::service::{House, jobs};
use caredesk::store::jobs::{Job, NewJob, RowResult};
use caredesk::store::{Origin, Tx};
use caredesk_core::domain::actor::Actor as Who;
use caredesk_core::domain::ids::{JobId, SessionId, TenantId};
use caredesk_core::domain::job::{Figure, JobKind, RowFault, RowOutcome};
use caredesk_core::policy::action::ReadOwnAccount;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use uuid::Uuid;

use super::actor::Actor;

/// What happens in a chunk, beside the counting: told the row that it begins behind.
type Act = dyn Fn(&mut Tx<'_>, &Who, i64) -> Result<(), Refusal> + Send + Sync;

/// A kind that counts the rows of a job; every seventh fails.
#[derive(Clone)]
pub(crate) struct Counting {
    pub(crate) per_chunk: i64,
    act: Arc<Act>,
    /// Every chunk that was begun: job, and the row that it begins behind.
    pub(crate) begun: Arc<Mutex<Vec<(JobId, i64)>>>,
}

impl Counting {
    /// Counts so many rows in a chunk.
    pub(crate) fn by(per_chunk: i64) -> Self {
        Self { per_chunk, act: Arc::new(|_, _, _| Ok(())), begun: Arc::default() }
    }

    /// The same, with something that happens in each chunk.
    pub(crate) fn with<F>(self, act: F) -> Self
    where
        F: Fn(&mut Tx<'_>, &Who, i64) -> Result<(), Refusal> + Send + Sync + 'static,
    {
        Self { act: Arc::new(act), ..self }
    }

    /// A runner that knows this kind.
    pub(crate) fn runner(&self, house: &House) -> Runner {
        Runner::new(house.clone(), vec![Arc::new(self.clone())])
    }
}

impl Work for Counting {
    fn kind(&self) -> JobKind {
        JobKind::RosterImport
    }

    fn open<'a>(
        &'a self,
        _: &'a House,
        _: &'a Job,
    ) -> BoxFuture<'a, Result<Arc<dyn Chunks>, Refusal>> {
        let chunks: Arc<dyn Chunks> = Arc::new(self.clone());
        std::future::ready(Ok(chunks)).boxed()
    }
}

impl Chunks for Counting {
    fn chunk(&self, tx: &mut Tx<'_>, who: &Who, job: &Job) -> Result<Chunk, Refusal> {
        let (behind, rows) =
            (job.cursor.as_i64().unwrap_or(0), job.params["rows"].as_i64().unwrap());
        self.begun.lock().unwrap().push((job.id, behind));
        (self.act)(tx, who, behind)?;
        let last = rows.min(behind + self.per_chunk);
        let results = (behind + 1..=last).map(|row| {
            let fault = RowFault { column: Some("email".to_owned()), code: "form".to_owned() };
            let (outcome, faults) = match row % 7 {
                0 => (RowOutcome::Failed, vec![fault]),
                _ => (RowOutcome::Created, Vec::new()),
            };
            RowResult { row, outcome, subject: None, faults }
        });
        let next = if last < rows {
            Next::More(json!(last))
        } else {
            Next::Finished(vec![Figure::of("rows", rows)])
        };
        Ok(Chunk { total: Some(rows), ..Chunk::of(results.collect(), next) })
    }
}

/// Makes a job of so many rows, as a use case of somebody's would.
pub(crate) async fn enqueue(who: &Actor<'_>, tenant: Option<TenantId>, rows: i64) -> Uuid {
    let house = &who.app.house;
    let session = SessionId::of(who.session);
    let (keys, entropy, now) = (house.keys.clone(), house.entropy.clone(), house.clock.now());
    let params = json!({"rows": rows});
    let write = house.db.write::<_, Refusal, _>(move |conn| {
        let origin = Origin { request: "a-test-request".to_owned(), address: None };
        let live = caredesk::store::sessions::find(conn, session)?.unwrap();
        let tx = &mut Tx {
            conn,
            now,
            origin: &origin,
            keys: &keys,
            entropy: &entropy,
            hours: &caredesk_core::policy::hours::DeskHours::built_in(),
        };
        let actor = standing(tx, &Who::Person(live.person))?;
        let permit = admit::<ReadOwnAccount>(&actor, now)?;
        let (kind, params) = (JobKind::RosterImport, params.clone());
        let new = NewJob { kind, tenant, params, total: None };
        Ok(jobs::enqueue(tx, &permit, &new)?.id.uuid())
    });
    write.await.expect("a job is made")
}

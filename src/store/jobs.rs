//! Jobs: rows, leases, and what became of each row. [`queue`] is what whoever works on them needs.

pub mod queue;
mod results;

use caredesk_core::domain::actor::Person;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, JobId, SessionId, TenantId};
use caredesk_core::domain::job::{self, Figure, JobKind, JobState};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::CancelJob;
use caredesk_core::policy::{Action, JobFacts, JobSight, Permit, SeenJobs};
use diesel::prelude::*;
use serde_json::Value;

use super::columns::Json;
use super::db::query::{Locked, nothing, row_before};
use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::jobs;
use super::tx::Tx;

pub use results::{ResultQuery, RowResult, add as add_results, results};

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose it is; none for the desk's.
    pub tenant: Option<TenantId>,
    /// What it does.
    pub kind: JobKind,
    /// How far it is.
    pub state: JobState,
    /// Who made it; none if the product did, or whoever has a shell.
    pub created_by: Option<AccountId>,
    /// The session that it was made in.
    pub session: Option<SessionId>,
    /// What its kind needs to know; no personal data.
    pub params: Value,
    /// Where it goes on; null at the beginning.
    pub cursor: Value,
    /// How many rows there are; none while nobody knows.
    pub total: Option<i64>,
    /// Rows that were done.
    pub done: i64,
    /// Rows that failed.
    pub failed: i64,
    /// Attempts in a row that came to nothing, this one included while it runs.
    pub attempts: i32,
    /// The claim that works on it.
    pub holder: Option<uuid::Uuid>,
    /// Until when it is that claim's alone.
    pub lease_until: Option<Moment>,
    /// When it is to be gone on with.
    pub due_at: Moment,
    /// When somebody asked for its end.
    pub cancel_requested_at: Option<Moment>,
    /// The rule that ended it.
    pub failure: Option<Code>,
    /// What came out.
    pub summary: Vec<Figure>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was first worked on.
    pub started_at: Option<Moment>,
    /// When it was over.
    pub finished_at: Option<Moment>,
    /// Counts its changes.
    pub version: i64,
}

impl Job {
    /// What the rules need to know of it.
    pub fn facts(&self) -> JobFacts {
        let Self { id, kind, state, tenant, created_by, .. } = *self;
        JobFacts { id, kind, state, tenant, created_by }
    }

    /// How far it is in thousandths, if that can be told.
    pub fn progress(&self) -> Option<i32> {
        job::progress(self.state, self.total, self.done.saturating_add(self.failed))
    }

    /// Whether somebody works on it now.
    pub fn is_held(&self, now: Moment) -> bool {
        self.holder.is_some() && self.lease_until.is_some_and(|until| until > now)
    }
}

/// A row of the table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct Row {
    id: JobId,
    tenant_id: Option<TenantId>,
    kind: JobKind,
    state: JobState,
    created_by: Option<AccountId>,
    session_id: Option<SessionId>,
    params: Json<Value>,
    cursor: Json<Value>,
    total: Option<i64>,
    done: i64,
    failed: i64,
    attempts: i32,
    lease_until: Option<Moment>,
    lease_holder: Option<super::columns::AnyId>,
    due_at: Moment,
    cancel_requested_at: Option<Moment>,
    failure: Option<Code>,
    summary: Json<Vec<Figure>>,
    created_at: Moment,
    started_at: Option<Moment>,
    finished_at: Option<Moment>,
    version: i64,
}

impl Row {
    fn job(self) -> Job {
        Job {
            id: self.id,
            tenant: self.tenant_id,
            kind: self.kind,
            state: self.state,
            created_by: self.created_by,
            session: self.session_id,
            params: self.params.0,
            cursor: self.cursor.0,
            total: self.total,
            done: self.done,
            failed: self.failed,
            attempts: self.attempts,
            holder: self.lease_holder.map(|holder| holder.0),
            lease_until: self.lease_until,
            due_at: self.due_at,
            cancel_requested_at: self.cancel_requested_at,
            failure: self.failure,
            summary: self.summary.0,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            version: self.version,
        }
    }
}

/// A job that is about to be made.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What it does.
    pub kind: JobKind,
    /// Whose it is; none for the desk's.
    pub tenant: Option<TenantId>,
    /// What its kind needs to know; no personal data.
    pub params: Value,
    /// How many rows there are, if that is known.
    pub total: Option<i64>,
}

/// Makes a job, for whoever may do what it does.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: JobId,
    new: &NewJob,
) -> StoreResult<()> {
    let person = permit.actor().person();
    diesel::insert_into(jobs::table)
        .values((
            (jobs::id.eq(id), jobs::tenant_id.eq(new.tenant), jobs::kind.eq(new.kind)),
            jobs::state.eq(JobState::Queued),
            jobs::created_by.eq(person.map(|person| person.account)),
            jobs::session_id.eq(person.and_then(Person::kept_session)),
            jobs::params.eq(Json(new.params.clone())),
            jobs::cursor.eq(Json(Value::Null)),
            jobs::total.eq(new.total),
            (jobs::done.eq(0_i64), jobs::failed.eq(0_i64), jobs::attempts.eq(0)),
            jobs::due_at.eq(tx.now),
            jobs::summary.eq(Json(Vec::<Figure>::new())),
            jobs::created_at.eq(tx.now),
            jobs::version.eq(1_i64),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Which jobs a page shows.
#[derive(Debug, Clone)]
pub struct JobQuery {
    /// Only of this kind.
    pub kind: Option<JobKind>,
    /// Only in this state.
    pub state: Option<JobState>,
    /// After this key.
    pub after: Option<JobKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a row stands in its list: microseconds, id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JobKey(i64, JobId);

/// A query that conditions can still be added to.
type Boxed<'q> = jobs::BoxedQuery<'q, MultiBackend>;

/// The jobs that somebody sees.
fn visible<'q>(sight: &JobSight) -> Boxed<'q> {
    let all = jobs::table.into_boxed();
    match sight.seen() {
        SeenJobs::All => all,
        SeenJobs::Nothing => all.filter(nothing()),
        SeenJobs::Some { account, tenant: None, .. } => all.filter(jobs::created_by.eq(*account)),
        SeenJobs::Some { account, tenant: Some(tenant), kinds } => {
            let theirs = jobs::kind.eq_any(kinds.clone());
            let seen = theirs.nullable().or(jobs::created_by.eq(*account));
            all.filter(jobs::tenant_id.eq(*tenant)).filter(seen)
        }
    }
}

/// A page of the jobs that somebody sees, newest first.
pub fn list(conn: &mut Conn, sight: &JobSight, ask: &JobQuery) -> StoreResult<Page<Job, JobKey>> {
    let mut query = visible(sight);
    if let Some(kind) = ask.kind {
        query = query.filter(jobs::kind.eq(kind));
    }
    if let Some(state) = ask.state {
        query = query.filter(jobs::state.eq(state));
    }
    if let Some(JobKey(at, id)) = ask.after {
        query =
            query.filter(row_before((jobs::created_at, jobs::id), (Moment::from_micros(at), id)));
    }
    let rows: Vec<Row> = query
        .order((jobs::created_at.desc(), jobs::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select(Row::as_select())
        .load(conn)?;
    let rows = rows.into_iter().map(Row::job).collect();
    Ok(Page::cut(rows, ask.limit, |job: &Job| JobKey(job.created_at.micros(), job.id)))
}

/// One job, if it is among those that somebody sees.
pub fn find(conn: &mut Conn, sight: &JobSight, id: JobId) -> StoreResult<Option<Job>> {
    let one = visible(sight).filter(jobs::id.eq(id)).select(Row::as_select());
    Ok(one.first(conn).optional()?.map(Row::job))
}

/// As [`find`], locked until the transaction ends.
pub fn find_locked(conn: &mut Conn, sight: &JobSight, id: JobId) -> StoreResult<Option<Job>> {
    let row: Option<Row> =
        Locked(jobs::table.find(id).select(Row::as_select())).get_result(conn).optional()?;
    Ok(row.map(Row::job).filter(|job| sight.sees(&job.facts())))
}

/// Jobs by their ids, for watchers that were let in before; in one statement.
pub fn watched(conn: &mut Conn, ids: Vec<JobId>) -> StoreResult<Vec<Job>> {
    let rows: Vec<Row> =
        jobs::table.filter(jobs::id.eq_any(ids)).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Row::job).collect())
}

/// Ends a job that nobody works on, as whoever asked for it wanted.
pub fn cancel(tx: &mut Tx<'_>, permit: &Permit<CancelJob>) -> StoreResult<()> {
    queue::end(tx, permit.target().id, &queue::End::Cancelled)
}

/// Asks whoever works on a job to end it. Asking twice is asking once.
pub fn request_cancel(tx: &mut Tx<'_>, permit: &Permit<CancelJob>) -> StoreResult<()> {
    let running = jobs::table
        .filter(jobs::id.eq(permit.target().id).and(jobs::cancel_requested_at.is_null()));
    diesel::update(running)
        .set((jobs::cancel_requested_at.eq(tx.now), jobs::version.eq(jobs::version + 1)))
        .execute(tx.conn)?;
    Ok(())
}

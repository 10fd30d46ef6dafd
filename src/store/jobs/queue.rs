//! The queue: jobs are claimed for a while, gone on with in chunks, given back, and ended.
//!
//! A claim has an id of its own. Every write of a chunk first locks the job and sees that the claim is
//! still the one that counts, so whoever lost the lease writes nothing.

use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::job::{Figure, JobKind, JobState};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use super::{Job, Row};
use crate::store::columns::{AnyId, Json};
use crate::store::db::Conn;
use crate::store::db::query::{Locked, Prepared, SkipLocked};
use crate::store::error::StoreResult;
use crate::store::schema::{job_results, jobs, tenants};
use crate::store::tx::Tx;

/// How long a job is its claimer's alone, from each of its chunks on. Longer than any chunk takes.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Results that are forgotten in one transaction.
const FORGET: i64 = 5_000;

/// Claims the job of these kinds that is due for longest and that nobody works on: nobody else gets it
/// before [`LEASE`] is over. Jobs of suspended tenants wait.
pub fn claim(tx: &mut Tx<'_>, kinds: &[JobKind]) -> StoreResult<Option<Job>> {
    let suspended = tenants::table
        .filter(tenants::id.nullable().eq(jobs::tenant_id))
        .filter(tenants::status.eq(TenantStatus::Suspended));
    let due = jobs::table
        .filter(jobs::finished_at.is_null().and(jobs::due_at.le(tx.now)))
        .filter(jobs::lease_until.is_null().or(jobs::lease_until.le(tx.now)))
        .filter(jobs::kind.eq_any(kinds.to_vec()))
        .filter(diesel::dsl::not(diesel::dsl::exists(suspended)))
        .order((jobs::due_at.asc(), jobs::id.asc()))
        .limit(1)
        .select(Row::as_select());
    let row: Option<Row> = SkipLocked(due).get_result(tx.conn).optional()?;
    let Some(job) = row.map(Row::job) else { return Ok(None) };
    let claim = AnyId(tx.new_uuid());
    let until = tx.now.plus(LEASE);
    let started = job.started_at.unwrap_or(tx.now);
    Prepared(diesel::update(jobs::table.find(job.id)).set((
        jobs::state.eq(JobState::Running),
        jobs::lease_holder.eq(claim),
        jobs::lease_until.eq(until),
        jobs::started_at.eq(started),
        jobs::attempts.eq(jobs::attempts + 1),
        jobs::version.eq(jobs::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(Some(Job {
        state: JobState::Running,
        holder: Some(claim.0),
        lease_until: Some(until),
        started_at: Some(started),
        attempts: job.attempts.saturating_add(1),
        version: job.version.saturating_add(1),
        ..job
    }))
}

/// A job as it is now, locked, if the claim is still the one that counts.
pub fn held(conn: &mut Conn, id: JobId, claim: Uuid) -> StoreResult<Option<Job>> {
    let row: Option<Row> =
        Locked(jobs::table.find(id).select(Row::as_select())).get_result(conn).optional()?;
    Ok(row.map(Row::job).filter(|job| job.holder == Some(claim) && !job.state.is_over()))
}

/// Whether the tenant of a job is out of use.
pub fn is_suspended(conn: &mut Conn, job: &Job) -> StoreResult<bool> {
    let Some(tenant) = job.tenant else { return Ok(false) };
    let status = tenants::table.find(tenant).select(tenants::status);
    Ok(status.first::<TenantStatus>(conn)? == TenantStatus::Suspended)
}

/// What a chunk adds to a job.
#[derive(Debug, Clone, Default)]
pub struct Advance {
    /// Rows that were done.
    pub done: i64,
    /// Rows that failed.
    pub failed: i64,
    /// How many rows there are, if that became known.
    pub total: Option<i64>,
    /// Where to go on; none where it ends.
    pub cursor: Option<Value>,
}

/// Writes what a chunk did: progress, cursor, and the lease for another while.
pub fn advance(tx: &mut Tx<'_>, id: JobId, by: &Advance) -> StoreResult<()> {
    Prepared(diesel::update(jobs::table.find(id)).set((
        jobs::done.eq(jobs::done + by.done),
        jobs::failed.eq(jobs::failed + by.failed),
        by.total.map(|total| jobs::total.eq(total)),
        by.cursor.clone().map(|cursor| jobs::cursor.eq(Json(cursor))),
        jobs::attempts.eq(0),
        jobs::lease_until.eq(tx.now.plus(LEASE)),
        jobs::version.eq(jobs::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Gives a job back, to be gone on with at `due` by whoever comes first.
pub fn release(tx: &mut Tx<'_>, id: JobId, due: Moment, attempts: i32) -> StoreResult<()> {
    Prepared(diesel::update(jobs::table.find(id)).set((
        jobs::state.eq(JobState::Queued),
        jobs::lease_holder.eq(None::<AnyId>),
        jobs::lease_until.eq(None::<Moment>),
        jobs::due_at.eq(due),
        jobs::attempts.eq(attempts),
        jobs::version.eq(jobs::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// How a job ends.
#[derive(Debug, Clone)]
pub enum End {
    /// With its last row.
    Succeeded(Vec<Figure>),
    /// By a rule.
    Failed(Code),
    /// Because somebody asked for it.
    Cancelled,
}

impl End {
    /// The state that the job is in from then on.
    pub const fn state(&self) -> JobState {
        match self {
            Self::Succeeded(_) => JobState::Succeeded,
            Self::Failed(_) => JobState::Failed,
            Self::Cancelled => JobState::Cancelled,
        }
    }

    /// The rule that ended it.
    pub const fn failure(&self) -> Option<Code> {
        match self {
            Self::Failed(code) => Some(*code),
            Self::Succeeded(_) | Self::Cancelled => None,
        }
    }

    /// What came out.
    pub fn figures(&self) -> &[Figure] {
        match self {
            Self::Succeeded(figures) => figures,
            Self::Failed(_) | Self::Cancelled => &[],
        }
    }
}

/// Ends a job.
pub fn end(tx: &mut Tx<'_>, id: JobId, end: &End) -> StoreResult<()> {
    let succeeded = matches!(end, End::Succeeded(_));
    Prepared(diesel::update(jobs::table.find(id)).set((
        jobs::state.eq(end.state()),
        jobs::failure.eq(end.failure()),
        succeeded.then(|| jobs::summary.eq(Json(end.figures().to_vec()))),
        jobs::lease_holder.eq(None::<AnyId>),
        jobs::lease_until.eq(None::<Moment>),
        jobs::finished_at.eq(tx.now),
        jobs::version.eq(jobs::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Forgets a part of what is known of jobs that were over before a moment; says how many rows. None are
/// left when it says 0.
pub fn forget_over(tx: &mut Tx<'_>, before: Moment) -> StoreResult<usize> {
    let old = jobs::table
        .filter(jobs::finished_at.is_not_null().and(jobs::finished_at.lt(before)))
        .order(jobs::finished_at.asc())
        .select(jobs::id);
    let Some(id) = old.first::<JobId>(tx.conn).optional()? else { return Ok(0) };
    let theirs = || job_results::table.filter(job_results::job_id.eq(id));
    let last = theirs()
        .order(job_results::row_number.asc())
        .offset(FORGET)
        .select(job_results::row_number)
        .first::<i64>(tx.conn)
        .optional()?;
    if let Some(last) = last {
        let first = theirs().filter(job_results::row_number.lt(last));
        return Ok(diesel::delete(first).execute(tx.conn)?);
    }
    let results = diesel::delete(theirs()).execute(tx.conn)?;
    let jobs = diesel::delete(jobs::table.find(id)).execute(tx.conn)?;
    Ok(results.saturating_add(jobs))
}

//! Jobs: made by other use cases, looked at, and stopped. What runs them is the room `jobs`.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::page::Page;
use caredesk_core::policy::Denials;
use caredesk_core::policy::action::CancelJob;
use serde_json::json;

use super::house::{Ask, House};
use super::perform::Looker;
pub use super::steps::enqueue::enqueue;
pub use super::steps::note_denied::note_denied;
use super::watching::Seat;
use crate::guard::{Refusal, admit_end_of, admit_job, jobs_seen_by, signed_in};
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::jobs::queue::End;
use crate::store::jobs::{Job, JobKey, JobQuery, ResultQuery, RowResult};
use crate::store::{self, Tx};

/// A page of the jobs that the caller sees, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &JobQuery,
) -> Result<Page<Job, JobKey>, Refusal> {
    let sight = jobs_seen_by(&looker.actor, looker.now)?;
    Ok(store::jobs::list(conn, &sight, ask)?)
}

/// One job.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: JobId) -> Result<Job, Refusal> {
    let sight = jobs_seen_by(&looker.actor, looker.now)?;
    store::jobs::find(conn, &sight, id)?.ok_or(Refusal::NotFound)
}

/// A page of what became of a job's rows.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn results(
    conn: &mut Conn,
    looker: &Looker,
    id: JobId,
    ask: &ResultQuery,
) -> Result<Page<RowResult, i64>, Refusal> {
    read(conn, looker, id)?;
    Ok(store::jobs::results(conn, id, ask)?)
}

/// Stops a job: at once if nobody works on it, else when whoever does has ended their chunk. What was
/// done before stays.
///
/// # Errors
/// Not found, `job.over`, and whatever the permit denies.
pub fn cancel(tx: &mut Tx<'_>, who: &Actor, id: JobId) -> Result<Job, Refusal> {
    let (permit, job) = admit_job::<CancelJob>(tx, who, id)?;
    if job.is_held(tx.now) {
        store::jobs::request_cancel(tx, &permit)?;
    } else {
        store::jobs::cancel(tx, &permit)?;
        store::uploads::forget_of_job(tx, id)?;
        store::tickets::forget_export(tx, id)?;
    }
    let what = What { tenant: job.tenant, target: Some(id.uuid()), detail: None };
    store::audit::record(tx, &permit, what)?;
    store::jobs::watched(tx.conn, vec![id])?.pop().ok_or(Refusal::NotFound)
}

/// Ends a job that is worked on, wipes the file that it used, and writes down how it ended: in words and
/// figures, which name nobody. What its maker was `denied` stands in the audit as every denial does.
///
/// # Errors
/// The database fails.
pub fn end(
    tx: &mut Tx<'_>,
    job: &Job,
    (end, denied): (&End, Option<&Denials>),
) -> Result<(), Refusal> {
    let permit = admit_end_of(job, tx.now)?;
    if let Some(denials) = denied {
        note_denied(tx, job, (denials.action, denials.first.code), 1)?;
    }
    store::jobs::queue::end(tx, job.id, end)?;
    store::uploads::forget_of_job(tx, job.id)?;
    if !matches!(end, End::Succeeded(_)) {
        store::tickets::forget_export(tx, job.id)?;
    }
    let figures = end.figures().iter().map(|figure| (figure.name.clone(), json!(figure.count)));
    let detail = json!({
        "job": job.kind, "state": end.state(), "done": job.done, "failed": job.failed,
        "failure": end.failure(), "figures": figures.collect::<serde_json::Map<_, _>>(),
    });
    let what =
        What { tenant: job.tenant, target: Some(job.id.uuid()), detail: Some(detail.to_string()) };
    Ok(store::audit::record(tx, &permit, what)?)
}

/// A job as it is, and the place to see it change from; none if nothing more will happen.
pub struct Watched {
    /// The job.
    pub job: Arc<Job>,
    /// Where its changes are shown.
    pub seat: Option<Seat>,
}

impl House {
    /// Begins to watch a job.
    ///
    /// # Errors
    /// Not found, busy when too many watch, and whatever the permit denies.
    pub async fn watch_job(&self, ask: &Ask, id: JobId) -> Result<Watched, Refusal> {
        let person = signed_in(&ask.actor)?;
        let job = self.look(ask, move |conn, looker| read(conn, looker, id)).await?;
        let job = Arc::new(job);
        // A program is shown the job once: what watches for long is a session, and it asks again.
        let is_over = job.state.is_over() || person.is_program();
        let seat = (!is_over).then(|| self.watching.sit(&person, &job)).transpose()?;
        Ok(Watched { job, seat })
    }

    /// Stops a job for whoever has a shell on the machine.
    ///
    /// # Errors
    /// As [`cancel`].
    pub async fn cancel_job(&self, ask: &Ask, id: JobId) -> Result<Job, Refusal> {
        self.transact(ask, move |tx, who| cancel(tx, who, id)).await
    }
}

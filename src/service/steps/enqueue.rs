//! Making a job: what takes too long for a request is asked for in one, and done later.

use caredesk_core::domain::ids::{JobId, TenantId};
use caredesk_core::policy::{Action, Permit};
use serde_json::json;

use crate::guard::Refusal;
use crate::store::audit::What;
use crate::store::jobs::{Job, NewJob};
use crate::store::{self, Tx};

/// Makes a job for whoever holds the permit of what it does; it is done on their behalf, with the
/// standing that they have at each of its chunks.
///
/// # Errors
/// The database fails.
pub fn enqueue<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    new: &NewJob,
) -> Result<Job, Refusal> {
    enqueue_about(tx, permit, (new, new.tenant))
}

/// As [`enqueue`], of a job that is about another organisation than the one whose it is.
///
/// # Errors
/// The database fails.
pub(crate) fn enqueue_about<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (new, about): (&NewJob, Option<TenantId>),
) -> Result<Job, Refusal> {
    let id = JobId::of(tx.new_uuid());
    store::jobs::insert(tx, permit, id, new)?;
    let detail = Some(json!({"job": new.kind}).to_string());
    let what = What { tenant: about, target: Some(id.uuid()), detail };
    store::audit::record(tx, permit, what)?;
    let made = store::jobs::watched(tx.conn, vec![id])?.pop();
    made.ok_or_else(|| Refusal::Broken("a job is not there that was made just now".to_owned()))
}

//! Denials within a job: nobody is answered, so what was denied is written down where the job goes on.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::policy::ActionKind;

use crate::guard::{Refusal, maker_of};
use crate::store::audit::{Refused, What};
use crate::store::jobs::Job;
use crate::store::{self, Tx};

/// Writes down that a rule denied whoever made a job something, so often. Denials of the same rule that come
/// soon after are summed up, as everybody's are.
///
/// # Errors
/// The database fails.
pub fn note_denied(
    tx: &mut Tx<'_>,
    job: &Job,
    (action, rule): (ActionKind, Code),
    times: i64,
) -> Result<(), Refusal> {
    let maker = match maker_of(tx, job) {
        Ok(maker) => maker,
        Err(refusal @ Refusal::Store(_)) => return Err(refusal),
        Err(_out_of_use) => Actor::System,
    };
    let refused = Refused {
        action: action.as_str().to_owned(),
        rule: rule.as_str().to_owned(),
        what: What { tenant: job.tenant, target: Some(job.id.uuid()), detail: None },
        times,
    };
    Ok(store::audit::record_denial(tx, &maker, refused)?)
}

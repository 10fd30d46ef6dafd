//! Who sees a job, who may stop it, and on whose behalf one is done.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{JobId, SessionId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{EndJob, ReadJob};
use caredesk_core::policy::{self, Action, JobFacts, JobSight, Permit};

use super::{Refusal, admit, program};
use crate::store::jobs::Job;
use crate::store::{self, Tx};

/// The jobs that whoever asks sees.
///
/// # Errors
/// Every rule that forbids to look at all.
pub fn jobs_seen_by(actor: &Actor, now: Moment) -> Result<JobSight, Refusal> {
    Ok(JobSight::of(&admit::<ReadJob>(actor, now)?))
}

/// Asks whether `actor` may do `A` to a job that they see. The job is locked, and handed over.
///
/// # Errors
/// Every rule that forbids it; not found for a job that is not theirs to see.
pub fn admit_job<A>(tx: &mut Tx<'_>, actor: &Actor, id: JobId) -> Result<(Permit<A>, Job), Refusal>
where
    A: Action<Target = JobFacts>,
{
    policy::sight(A::KIND, actor, tx.now)?;
    let sight = jobs_seen_by(actor, tx.now)?;
    let job = store::jobs::find_locked(tx.conn, &sight, id)?.ok_or(Refusal::NotFound)?;
    Ok((policy::decide::<A>(actor, job.facts(), tx.now)?, job))
}

/// The product's permit to end a job.
///
/// # Errors
/// None, as the rules stand.
pub fn admit_end_of(job: &Job, now: Moment) -> Result<Permit<EndJob>, Refusal> {
    Ok(policy::decide::<EndJob>(&Actor::System, job.facts(), now)?)
}

/// Whoever made a job, with the standing that they have now; the product where nobody did.
///
/// Whether the second factor was proved was asked when the job was made; that there is one where there
/// must be one is asked again.
///
/// # Errors
/// The account is out of use, or has lost its second factor.
pub fn maker_of(tx: &mut Tx<'_>, job: &Job) -> Result<Actor, Refusal> {
    let Some(account) = job.created_by else { return Ok(Actor::System) };
    let session = job.session.unwrap_or_else(|| SessionId::of(uuid::Uuid::nil()));
    let found = store::sessions::standing_of(tx.conn, (account, session), tx.now)?;
    if found.as_ref().is_some_and(Person::is_program) {
        return program(tx, account).map_err(|refusal| match refusal {
            // Nobody came with the key; what it had begun ends with it.
            Refusal::Because(_) => Refusal::Because(Code::AccountInactive),
            other => other,
        });
    }
    let person = found.filter(|person| person.standing.status == AccountStatus::Active);
    let person = person.ok_or(Refusal::Because(Code::AccountInactive))?;
    if person.standing.is_unproven() {
        return Err(Refusal::Because(Code::SecondFactorRequired));
    }
    Ok(Actor::Person(person))
}

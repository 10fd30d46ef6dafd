//! Who is asking, and may they: loads the facts, asks policy, hands out the permit.
//!
//! [`tokens`], [`passwords`] and [`second_factor`] prove an identity, [`Doorman`] checks the session
//! behind a token on every request, [`admit`] turns an identity into a permit. This is the one room
//! that asks `policy` for permits and scopes.

mod doorman;
mod jobs;
pub mod passwords;
mod place;
mod refusal;
pub mod second_factor;
mod signers;
pub mod tokens;
mod uploads;

use caredesk_core::domain::account::{Account, Role};
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::CreateDeskAccount;
use caredesk_core::policy::{
    self, Action, DeskAccountFacts, Permit, RoleToGrant, Scope, TenantFacts,
};

pub use doorman::Doorman;
pub use jobs::{admit_job, jobs_seen_by, maker_of};
pub use place::place_of;
pub use refusal::{Refusal, Violation};
pub use signers::Signers;
pub use uploads::admit_upload;

use crate::store::{self, Tx};

/// Reads the standing of whoever asks again, inside the transaction that it will allow.
///
/// # Errors
/// The session is over.
pub fn standing(tx: &mut Tx<'_>, actor: &Actor) -> Result<Actor, Refusal> {
    let Some(person) = actor.person() else { return Ok(actor.clone()) };
    let live = store::sessions::find(tx.conn, person.session)?;
    match live.filter(|live| !live.is_over(tx.now)) {
        Some(live) => Ok(Actor::Person(live.person)),
        None => Err(Refusal::Because(Code::InvalidToken)),
    }
}

/// The person who asks.
///
/// # Errors
/// Nobody signed in.
pub fn signed_in(actor: &Actor) -> Result<Person, Refusal> {
    actor.person().cloned().ok_or(Refusal::Because(Code::Unauthenticated))
}

/// Asks whether `actor` may do `A`, which is about no object yet.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit<A: Action<Target = ()>>(actor: &Actor, now: Moment) -> Result<Permit<A>, Refusal> {
    Ok(policy::decide::<A>(actor, (), now)?)
}

/// Asks whether `actor` may do `A` to a tenant that they can see.
///
/// # Errors
/// Every rule that forbids it; not found for a tenant that is not theirs to see; stale if `version`
/// names another version than the one that is there.
pub fn admit_tenant<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: TenantId,
    version: Option<i64>,
) -> Result<Permit<A>, Refusal>
where
    A: Action<Target = TenantFacts>,
{
    let scope: Scope = policy::sight(A::KIND, actor, tx.now)?;
    let facts = store::tenants::facts(tx.conn, scope, id)?.ok_or(Refusal::NotFound)?;
    unchanged(version, facts.version)?;
    Ok(policy::decide::<A>(actor, facts, tx.now)?)
}

/// Asks whether `actor` may make somebody of the desk's staff `role`.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_grant(
    actor: &Actor,
    role: Role,
    now: Moment,
) -> Result<Permit<CreateDeskAccount>, Refusal> {
    Ok(policy::decide::<CreateDeskAccount>(actor, RoleToGrant(role), now)?)
}

/// Asks whether `actor` may do `A` to one of the desk's staff, who gets `new_role` by it if one is named.
/// The account is locked, and handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found for an account that is not the desk's; stale if the version is
/// another one than the one that is there.
pub fn admit_desk_account<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (AccountId, Option<i64>),
    new_role: Option<Role>,
) -> Result<(Permit<A>, Account), Refusal>
where
    A: Action<Target = DeskAccountFacts>,
{
    let scope: Scope = policy::sight(A::KIND, actor, tx.now)?;
    let found = store::accounts::desk::find_locked(tx.conn, scope, id)?;
    let account = found.ok_or(Refusal::NotFound)?;
    unchanged(version, account.version)?;
    let (role, status) = (account.role, account.status);
    let facts = DeskAccountFacts { id, role, status, new_role };
    Ok((policy::decide::<A>(actor, facts, tx.now)?, account))
}

/// Holds the version that a change was made for against the one that is there.
///
/// # Errors
/// They differ.
pub fn unchanged(expected: Option<i64>, actual: i64) -> Result<(), Refusal> {
    if expected.is_none_or(|expected| expected == actual) {
        Ok(())
    } else {
        Err(Refusal::Because(Code::VersionStale))
    }
}

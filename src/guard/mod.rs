//! Who is asking, and may they: loads the facts, asks policy, hands out the permit.
//!
//! [`tokens`], [`passwords`] and [`second_factor`] prove an identity, [`Doorman`] checks the session
//! behind a token on every request, [`admit`] turns an identity into a permit. This is the one room
//! that asks `policy` for permits and scopes.

mod api_keys;
mod articles;
mod attachments;
mod canned_replies;
mod doorman;
mod governed;
mod internal_tickets;
mod jobs;
mod mail;
pub mod passwords;
mod place;
mod refusal;
mod roles;
pub mod second_factor;
mod sending;
mod signers;
mod tickets;
pub mod tokens;
mod uploads;

use caredesk_core::domain::account::{Account, Role};
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::application::Application;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, ApplicationId, InvitationId, TenantId};
use caredesk_core::domain::invitation::Invitation;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::User;
use caredesk_core::policy::action::{CreateDeskAccount, CreateUser, MakeSupportUser};
use caredesk_core::policy::{
    self, Action, ApplicationFacts, Candidate, DeskAccountFacts, InvitationFacts, NewUserFacts,
    Permit, RoleToGrant, Scope, TenantFacts, UserChange, UserFacts,
};

pub use api_keys::{admit_api_key, admit_new_api_key};
pub use articles::{admit_article, reader};
pub use attachments::{
    admit_attachment, admit_content, admit_new_attachment, attachment_given_to, attachment_seen_by,
};
pub use canned_replies::admit_canned_reply;
pub use doorman::Doorman;
pub use governed::{Governed, governed, governed_by_maker};
pub use internal_tickets::admit_internal_ticket;
pub use jobs::{admit_end_of, admit_job, jobs_seen_by, maker_of};
pub use mail::{ByMail, Correspondent, admit_by_mail, correspondent, correspondent_locked};
pub use place::place_of;
pub use refusal::{Refusal, Violation};
pub use roles::{Assignment, admit_assignment, admit_new_role, admit_role};
pub use sending::{admit_lift, admit_resend};
pub use signers::Signers;
pub use tickets::{
    Admitted, admit_end_of_development, admit_linked_ticket, admit_opening, admit_ticket,
    admit_tickets, linked_ticket, may_open_tickets, opened_ticket, sees_ticket,
};
pub use uploads::{admit_new_upload, admit_upload, usable_upload};

use crate::store::{self, Tx};

/// Reads the standing of whoever asks again, inside the transaction that it will allow.
///
/// # Errors
/// The session is over.
pub fn standing(tx: &mut Tx<'_>, actor: &Actor) -> Result<Actor, Refusal> {
    let Some(person) = actor.person() else { return Ok(actor.clone()) };
    if person.is_program() {
        return program(tx, person.account);
    }
    let live = store::sessions::find(tx.conn, person.session)?;
    match live.filter(|live| !live.is_over(tx.now)) {
        Some(live) => Ok(Actor::Person(live.person)),
        None => Err(Refusal::Because(Code::InvalidToken)),
    }
}

/// The program that an account stands for, if its key counts.
///
/// # Errors
/// The key is over.
fn program(tx: &mut Tx<'_>, account: AccountId) -> Result<Actor, Refusal> {
    let live = store::api_keys::live_of(tx.conn, account)?;
    let live = live.filter(|live| !live.is_over(tx.now));
    let live = live.ok_or(Refusal::Because(Code::InvalidToken))?;
    Ok(Actor::Person(live.person))
}

/// The person who asks.
///
/// # Errors
/// Nobody signed in.
pub fn signed_in(actor: &Actor) -> Result<Person, Refusal> {
    actor.person().cloned().ok_or(Refusal::Because(Code::Unauthenticated))
}

/// The organisation of whoever asks, if they may do `A` to anything there.
///
/// # Errors
/// Every rule that forbids it, and nobody of an organisation.
pub fn tenant_of<A: Action>(actor: &Actor, now: Moment) -> Result<TenantId, Refusal> {
    policy::sight(A::KIND, actor, now)?;
    signed_in(actor)?.tenant.ok_or(Refusal::Because(Code::NotPermitted))
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

/// Asks whether `actor` may make a user.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_new_user(
    actor: &Actor,
    facts: NewUserFacts,
    now: Moment,
) -> Result<Permit<CreateUser>, Refusal> {
    Ok(policy::decide::<CreateUser>(actor, facts, now)?)
}

/// Asks whether `actor` may make somebody Support User.
///
/// # Errors
/// Every rule that forbids it, the criteria of Support Users among them.
pub fn admit_candidate(
    actor: &Actor,
    candidate: Candidate,
    now: Moment,
) -> Result<Permit<MakeSupportUser>, Refusal> {
    Ok(policy::decide::<MakeSupportUser>(actor, candidate, now)?)
}

/// Asks whether `actor` may do `A` to a user, of whom `change` is to change. The account is locked, and
/// handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found for a user who is not theirs to see; stale if the version is
/// another one than the one that is there.
pub fn admit_user<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (AccountId, Option<i64>),
    change: impl FnOnce(&User) -> UserChange,
) -> Result<(Permit<A>, User), Refusal>
where
    A: Action<Target = UserFacts>,
{
    let scope: Scope = policy::sight(A::KIND, actor, tx.now)?;
    let found = store::accounts::users::find_locked(tx.conn, scope, id)?;
    let user = found.ok_or(Refusal::NotFound)?;
    unchanged(version, user.account.version)?;
    let change = change(&user);
    Ok((admit_known_user(actor, &user, change, tx.now)?, user))
}

/// As [`admit_user`], to a user whom the caller has just read.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_known_user<A>(
    actor: &Actor,
    user: &User,
    change: UserChange,
    now: Moment,
) -> Result<Permit<A>, Refusal>
where
    A: Action<Target = UserFacts>,
{
    Ok(policy::decide::<A>(actor, user.facts(change), now)?)
}

/// Asks whether `actor` may do `A` to an application. It is locked, and handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found for one that is not theirs to see; stale if the version is another
/// one than the one that is there.
pub fn admit_application<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (ApplicationId, Option<i64>),
) -> Result<(Permit<A>, Application), Refusal>
where
    A: Action<Target = ApplicationFacts>,
{
    let scope: Scope = policy::sight(A::KIND, actor, tx.now)?;
    let found = store::applications::find_locked(tx.conn, scope, id)?;
    let application = found.ok_or(Refusal::NotFound)?;
    unchanged(version, application.version)?;
    Ok((admit_known_application(actor, &application, tx.now)?, application))
}

/// As [`admit_application`], to an application that the caller has just read and locked.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_known_application<A>(
    actor: &Actor,
    application: &Application,
    now: Moment,
) -> Result<Permit<A>, Refusal>
where
    A: Action<Target = ApplicationFacts>,
{
    Ok(policy::decide::<A>(actor, application.facts(now), now)?)
}

/// Asks whether `actor` may have the applications that `A` is about found by what they hold.
///
/// # Errors
/// `batch.reading_needed`.
pub fn admit_search<A: Action>(actor: &Actor, now: Moment) -> Result<(), Refusal> {
    Ok(policy::may_find(A::KIND, actor, now)?)
}

/// Asks whether `actor` may do `A` to an invitation. Its application is locked first.
///
/// # Errors
/// Every rule that forbids it; not found for one that is not theirs to see; stale if the version is another
/// one than the one that is there.
pub fn admit_invitation<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (InvitationId, Option<i64>),
) -> Result<(Permit<A>, Invitation), Refusal>
where
    A: Action<Target = InvitationFacts>,
{
    let scope: Scope = policy::sight(A::KIND, actor, tx.now)?;
    let found = store::invitations::find(tx.conn, scope, id)?.ok_or(Refusal::NotFound)?;
    store::invitations::lock_application(tx.conn, found.application)?;
    let found = store::invitations::find(tx.conn, scope, id)?.ok_or(Refusal::NotFound)?;
    unchanged(version, found.version)?;
    Ok((policy::decide::<A>(actor, found.facts(tx.now), tx.now)?, found))
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

//! Applications of families: made, changed, submitted, withdrawn; their families invited and unlinked (CW).

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::{
    self, Application, ApplicationChanges, InviteMethod, NewApplication, UnlinkReason,
};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::ApplicationId;
use caredesk_core::domain::invitation::InvitationState;
use caredesk_core::domain::page::Page;
use caredesk_core::policy::action::{
    CreateApplication, InviteFamily, ReadApplication, ReinviteFamily, SubmitApplication,
    UnlinkApplication, UpdateApplication, WithdrawApplication,
};
use caredesk_core::policy::{Action, Permit};
use serde_json::{Value, json};

use super::perform::Looker;
use super::steps::{families, invitations, note};
use crate::guard::{Refusal, admit, admit_application, tenant_of};
use crate::store::applications::{ApplicationKey, ApplicationQuery, Numbered};
use crate::store::db::Conn;
use crate::store::{self, Tx};

/// An application, and the version that a change is made for.
pub type Version = (ApplicationId, Option<i64>);

/// Makes an application; submits it and invites its family if `submit` says so.
///
/// # Errors
/// `application.number_taken`, `application.no_contact`, and whatever the permit denies.
pub fn create(
    tx: &mut Tx<'_>,
    who: &Actor,
    (new, submit): (&NewApplication, bool),
) -> Result<Application, Refusal> {
    let tenant = tenant_of::<CreateApplication>(who, tx.now)?;
    let permit = admit::<CreateApplication>(who, tx.now)?;
    let organisation = invitations::letterhead(tx, &permit, tenant)?;
    let numbers = families::numbers(tx, tenant, &[new])?;
    let id = ApplicationId::of(tx.new_uuid());
    let rows = numbers.into_iter().map(|number| Numbered { id, number, new: new.clone() });
    let rows = rows.collect();
    store::applications::insert(tx, &permit, (tenant, organisation.locale), rows)?;
    if submit {
        let made = after(tx, &permit, id)?;
        send_off(tx, &permit, &made)?;
    }
    note::about(tx, &permit, (Some(tenant), id.uuid()), &json!({"submitted": submit}))?;
    after(tx, &permit, id)
}

/// One application.
///
/// # Errors
/// Not found, also for one of another organisation, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: ApplicationId) -> Result<Application, Refusal> {
    let permit = admit::<ReadApplication>(&looker.actor, looker.now)?;
    store::applications::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// A page of the caller's organisation's applications.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &ApplicationQuery,
) -> Result<Page<Application, ApplicationKey>, Refusal> {
    let permit = admit::<ReadApplication>(&looker.actor, looker.now)?;
    Ok(store::applications::list(conn, (permit.scope(), looker.now), ask)?)
}

/// Changes an application. An invitation under way to an address or a number that is left stops to count.
///
/// # Errors
/// `version.stale`, `application.withdrawn`, `application.number_taken`, not found, and whatever the permit
/// denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    changes: &ApplicationChanges,
) -> Result<Application, Refusal> {
    let (permit, before) = admit_application::<UpdateApplication>(tx, who, key)?;
    let (fields, after_change) = application::changed(&before, changes);
    if fields.is_empty() {
        return Ok(before);
    }
    store::applications::update(tx, &permit, &after_change, &fields)?;
    for contact in left(&before, &after_change) {
        if store::invitations::end_at(tx, &permit, before.id, &contact)? {
            store::applications::uninvited(tx, &permit, &before)?;
        }
    }
    done(tx, &permit, &before, &json!({"changed": fields}))
}

/// The contacts that an application had before and has no more. An address that is only written with other
/// capitals is the same one.
fn left(before: &Application, after: &Application) -> impl Iterator<Item = Contact> {
    let contacts = |of: &Application| {
        [of.email.clone().map(Contact::Email), of.phone.clone().map(Contact::Phone)]
    };
    let kept = contacts(after).map(|contact| contact.map(|contact| contact.key()));
    let pairs = contacts(before).into_iter().zip(kept);
    pairs.filter_map(|(had, has)| had.filter(|had| has != Some(had.key())))
}

/// Submits a draft, which invites its family.
///
/// # Errors
/// `application.already_submitted`, `application.withdrawn`, `application.no_contact`, not found, and whatever
/// the permit denies.
pub fn submit(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<Application, Refusal> {
    let (permit, before) = admit_application::<SubmitApplication>(tx, who, key)?;
    send_off(tx, &permit, &before)?;
    done(tx, &permit, &before, &Value::Null)
}

/// Submits an application and invites its family by the preferred way.
fn send_off<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    application: &Application,
) -> Result<(), Refusal> {
    let to = families::contact(application, InviteMethod::Preferred)?;
    let organisation = invitations::letterhead(tx, permit, application.tenant)?;
    store::applications::submitted(tx, permit, &[application.id])?;
    families::invite(tx, permit, (application.tenant, &organisation), &[(application, to)])
}

/// Withdraws an application; an invitation under way stops to count. A family that is linked stays so until it
/// is unlinked.
///
/// # Errors
/// `application.withdrawn`, not found, and whatever the permit denies.
pub fn withdraw(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<Application, Refusal> {
    let (permit, before) = admit_application::<WithdrawApplication>(tx, who, key)?;
    store::applications::withdrawn(tx, &permit, before.id)?;
    if store::invitations::end(tx, &permit, &[before.id], InvitationState::Revoked)? > 0 {
        store::applications::uninvited(tx, &permit, &before)?;
    }
    done(tx, &permit, &before, &Value::Null)
}

/// Invites a family for the first time.
///
/// # Errors
/// `application.not_submitted`, `application.already_invited`, `application.linked`, `application.withdrawn`,
/// `application.no_contact`, not found, and whatever the permit denies.
pub fn invite(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    asked: Option<InviteMethod>,
) -> Result<Application, Refusal> {
    let (permit, before) = admit_application::<InviteFamily>(tx, who, key)?;
    let to = families::contact(&before, asked.unwrap_or(InviteMethod::Preferred))?;
    send(tx, &permit, &before, to)
}

/// Invites a family anew; the invitation of before stops to count. By the preferred way unless another one is
/// asked for; after an unlink one has to be.
///
/// # Errors
/// As [`invite`], `application.not_invited` for a family that never was, and `invitation.method_needed`.
pub fn reinvite(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    asked: Option<InviteMethod>,
) -> Result<Application, Refusal> {
    let (permit, before) = admit_application::<ReinviteFamily>(tx, who, key)?;
    let to = families::contact(&before, families::method_after(&before, asked)?)?;
    send(tx, &permit, &before, to)
}

/// Sends the invitation of one family.
fn send<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: &Application,
    to: Contact,
) -> Result<Application, Refusal> {
    let organisation = invitations::letterhead(tx, permit, before.tenant)?;
    let method = to.method();
    families::invite(tx, permit, (before.tenant, &organisation), &[(before, to)])?;
    done(tx, permit, before, &json!({"method": method}))
}

/// Takes a family's access away, at once. The account stays, and so do its other applications.
///
/// # Errors
/// `application.not_linked`, not found, and whatever the permit denies.
pub fn unlink(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    reason: UnlinkReason,
) -> Result<Application, Refusal> {
    let (permit, before) = admit_application::<UnlinkApplication>(tx, who, key)?;
    store::applications::unlinked(tx, &permit, &[before.id])?;
    let account = before.access.linked.as_ref().map(|linked| linked.account);
    done(tx, &permit, &before, &json!({"reason": reason, "account": account}))
}

/// Writes down what was done, and shows the application as it is now.
fn done<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: &Application,
    detail: &Value,
) -> Result<Application, Refusal> {
    note::about(tx, permit, (Some(before.tenant), before.id.uuid()), detail)?;
    after(tx, permit, before.id)
}

/// The application as it is now.
fn after<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: ApplicationId,
) -> Result<Application, Refusal> {
    store::applications::find(tx.conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

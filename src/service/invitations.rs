//! Invitations of families, as the organisation sees them: listed, sent anew, taken back.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::InvitationId;
use caredesk_core::domain::invitation::{Invitation, InvitationState};
use caredesk_core::domain::page::Page;
use caredesk_core::policy::action::{
    ReadInvitation, ReinviteFamily, ResendInvitation, RevokeInvitation,
};
use serde_json::json;

use super::perform::Looker;
use super::steps::{families, invitations, note};
use crate::guard::{Refusal, admit, admit_invitation, admit_known_application};
use crate::store::db::Conn;
use crate::store::invitations::{InvitationKey, InvitationQuery};
use crate::store::{self, Tx};

/// An invitation, and the version that a change is made for.
pub type Version = (InvitationId, Option<i64>);

/// One invitation.
///
/// # Errors
/// Not found, also for one of another organisation, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: InvitationId) -> Result<Invitation, Refusal> {
    let permit = admit::<ReadInvitation>(&looker.actor, looker.now)?;
    store::invitations::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// A page of the caller's organisation's invitations, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &InvitationQuery,
) -> Result<Page<Invitation, InvitationKey>, Refusal> {
    let permit = admit::<ReadInvitation>(&looker.actor, looker.now)?;
    Ok(store::invitations::list(conn, (permit.scope(), looker.now), ask)?)
}

/// Sends a family's invitation under way again, to where it was sent: with a new link and a new code, which count
/// for 14 days from now. Says which invitation that makes.
///
/// # Errors
/// `invitation.over`, `application.linked`, `application.no_contact` if the application has that
/// contact no more, what stands in the way of a reinvitation, not found, and whatever the permit denies.
pub fn resend(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<Invitation, Refusal> {
    let (permit, sent) = admit_invitation::<ResendInvitation>(tx, who, key)?;
    let scope = permit.scope();
    let found = store::applications::find(tx.conn, scope, sent.application)?;
    let application = found.ok_or(Refusal::NotFound)?;
    if store::invitations::pending(tx.conn, sent.application)? != Some(sent.id) {
        return Err(Refusal::Because(Code::InvitationOver));
    }
    // What bars a reinvitation bars this, too.
    admit_known_application::<ReinviteFamily>(who, &application, tx.now)?;
    let to = application.contact(sent.method);
    let to = to
        .filter(|to| to.key() == key_of(&sent))
        .ok_or(Refusal::Because(Code::ApplicationNoContact))?;
    let organisation = invitations::letterhead(tx, &permit, sent.tenant)?;
    families::invite(tx, &permit, (sent.tenant, &organisation), &[(&application, to)])?;
    let made = store::invitations::pending(tx.conn, sent.application)?.unwrap_or(sent.id);
    let detail = json!({"replaced_by": made});
    note::about(tx, &permit, (Some(sent.tenant), sent.id.uuid()), &detail)?;
    store::invitations::find(tx.conn, scope, made)?.ok_or(Refusal::NotFound)
}

/// Where an invitation went, as contacts are compared.
fn key_of(sent: &Invitation) -> String {
    let contact = Contact::parse(sent.method, &sent.recipient);
    contact.map_or_else(|_unreadable| sent.recipient.clone(), |contact| contact.key())
}

/// Takes an invitation back: link and code count no more.
///
/// # Errors
/// `invitation.over`, not found, and whatever the permit denies.
pub fn revoke(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<Invitation, Refusal> {
    let (permit, sent) = admit_invitation::<RevokeInvitation>(tx, who, key)?;
    let found = store::applications::find(tx.conn, permit.scope(), sent.application)?;
    let application = found.ok_or(Refusal::NotFound)?;
    store::invitations::end(tx, &permit, &[sent.application], InvitationState::Revoked)?;
    store::applications::uninvited(tx, &permit, &application)?;
    let about = (Some(sent.tenant), sent.id.uuid());
    note::about(tx, &permit, about, &json!({"application": sent.application}))?;
    store::invitations::find(tx.conn, permit.scope(), sent.id)?.ok_or(Refusal::NotFound)
}

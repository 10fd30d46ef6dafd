//! Messages: looked at, sent again, and read before they are sent.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, NotificationId, TicketId};
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::page::Page;
use caredesk_core::policy::action::{PreviewNotification, ReadNotification, ResendNotification};
use caredesk_core::policy::{NotificationSight, Permit};
use serde_json::{Value, json};

use super::house::Limits;
use super::perform::Looker;
use super::steps::{attempts, codes, invitations, note, resets, ticket_links};
use crate::guard::{Refusal, admit, admit_resend};
use crate::store::accounts::SignInFacts;
use crate::store::db::Conn;
use crate::store::notifications::{NotificationKey, NotificationQuery, Sent, With};
use crate::store::{self, Tx};
use crate::vault::Opaque;

/// Messages that a contact is sent once more.
const RESENT: &str = "resent-contact";

/// One message.
///
/// # Errors
/// Not found, also for another organisation's, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: NotificationId) -> Result<Sent, Refusal> {
    let permit = admit::<ReadNotification>(&looker.actor, looker.now)?;
    let sight = NotificationSight::of(permit.scope(), permit.actor());
    store::notifications::find(conn, &sight, id)?.ok_or(Refusal::NotFound)
}

/// A page of the messages that the asker sees, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &NotificationQuery,
) -> Result<Page<Sent, NotificationKey>, Refusal> {
    let permit = admit::<ReadNotification>(&looker.actor, looker.now)?;
    let sight = NotificationSight::of(permit.scope(), permit.actor());
    Ok(store::notifications::list(conn, &sight, ask)?)
}

/// Lets whoever looks after messages read what they say, with made-up facts.
///
/// # Errors
/// Whatever the permit denies.
pub fn may_preview(looker: &Looker) -> Result<(), Refusal> {
    admit::<PreviewNotification>(&looker.actor, looker.now).map(drop)
}

/// Sends a message again, as a message of its own. One that holds a link gets a new link, and the one
/// before stops to count.
///
/// # Errors
/// `notification.waits`, `notification.not_resent`, `notification.outdated`, `contact.bounced`,
/// `contact.stopped`, `contact.invalid`, `throttle.too_many_requests`, not found, and whatever the permit
/// denies.
pub fn resend(
    tx: &mut Tx<'_>,
    who: &Actor,
    (limits, id): (&Limits, NotificationId),
) -> Result<Sent, Refusal> {
    let (permit, before) = admit_resend(tx, who, id)?;
    count(tx, limits, &before)?;
    // A kind with a secret has a way of its own here: its secret is made where its first one was.
    let new = match before.kind {
        MessageKind::PasswordReset => reset(tx, &permit, (limits, &before))?,
        MessageKind::Enrolment => enrol(tx, &permit, &before)?,
        _ => repeat(tx, &permit, &before)?,
    };
    note::about(tx, &permit, (before.tenant, id.uuid()), &json!({"sent_as": new}))?;
    let sight = NotificationSight::of(permit.scope(), permit.actor());
    store::notifications::find(tx.conn, &sight, new)?.ok_or(Refusal::NotFound)
}

/// Counts what is sent again to a contact, with what sends it.
fn count(tx: &mut Tx<'_>, limits: &Limits, before: &Sent) -> Result<(), Refusal> {
    let contact = Contact::parse(before.method, &before.recipient);
    let contact = contact.map_or_else(|_| before.recipient.clone(), |contact| contact.key());
    let key = attempts::key(tx.keys, RESENT, &format!("{}|{contact}", before.method));
    let wait = store::throttle::count(tx, &key, limits.resends_per_contact)?;
    wait.map_or(Ok(()), |wait| Err(Refusal::Throttled(wait)))
}

/// Says the same once more.
fn repeat(
    tx: &mut Tx<'_>,
    permit: &Permit<ResendNotification>,
    before: &Sent,
) -> Result<NotificationId, Refusal> {
    let to = Contact::parse(before.method, &before.recipient)
        .map_err(|error| Refusal::Broken(error.to_string()))?;
    let message = Message { kind: before.kind, to, locale: before.locale, tenant: before.tenant };
    let link = one_time_link(tx, permit, before)?;
    let secret = link.as_ref().map(Opaque::secret);
    let with = With { secret, subject: before.subject, resent_from: Some(permit.target().id) };
    Ok(store::notifications::queue_with(tx, &message, before.facts.clone(), with)?)
}

/// A new link to the ticket of a message to somebody who cannot sign in; none for other messages.
fn one_time_link(
    tx: &mut Tx<'_>,
    permit: &Permit<ResendNotification>,
    before: &Sent,
) -> Result<Option<Opaque>, Refusal> {
    let is_one_time = before.facts.get("is_one_time").and_then(Value::as_bool);
    if !before.kind.links_to_its_case() || !is_one_time.unwrap_or_default() {
        return Ok(None);
    }
    let ticket = before.subject.ok_or(Refusal::Because(Code::NotificationOutdated))?;
    // Whoever proved to have an account is shown their ticket there, and not where a caller said.
    if let Some((email, phone)) = store::tickets::requester_on_file(tx.conn, TicketId::of(ticket))?
    {
        let email = email.map(Contact::Email).into_iter();
        let mut on_file = email.chain(phone.map(Contact::Phone));
        if !on_file.any(|contact| contact.as_str() == before.recipient) {
            return Err(Refusal::Because(Code::NotificationOutdated));
        }
    }
    let before = (TicketId::of(ticket), before.created_at);
    Ok(Some(ticket_links::renew(tx, permit, before)?))
}

/// Sends a new link for a new password.
fn reset(
    tx: &mut Tx<'_>,
    permit: &Permit<ResendNotification>,
    (limits, before): (&Limits, &Sent),
) -> Result<NotificationId, Refusal> {
    let (facts, to) = addressee(tx, before)?;
    if !facts.is_open() || facts.password_hash.is_none() {
        return Err(Refusal::Because(Code::NotificationOutdated));
    }
    if codes::is_capped(tx, limits, &facts, &to.key())? {
        return Err(Refusal::Throttled(limits.messages_per_contact.window));
    }
    let new = resets::send(tx, permit, (&facts.account, to))?;
    store::notifications::repeats(tx, permit, new)?;
    Ok(new)
}

/// Sends a new link for a first password.
fn enrol(
    tx: &mut Tx<'_>,
    permit: &Permit<ResendNotification>,
    before: &Sent,
) -> Result<NotificationId, Refusal> {
    let (facts, _) = addressee(tx, before)?;
    if facts.account.status != AccountStatus::Invited || facts.is_suspended() {
        return Err(Refusal::Because(Code::NotificationOutdated));
    }
    let new = invitations::send(tx, permit, &facts.account)?;
    let new = new.ok_or(Refusal::Because(Code::NotificationOutdated))?;
    store::notifications::repeats(tx, permit, new)?;
    Ok(new)
}

/// The account that a message is about, held, and its contact: the one that the message went to.
fn addressee(tx: &mut Tx<'_>, before: &Sent) -> Result<(SignInFacts, Contact), Refusal> {
    let outdated = || Refusal::Because(Code::NotificationOutdated);
    let account = AccountId::of(before.subject.ok_or_else(outdated)?);
    let facts = store::accounts::find_held(tx.conn, account)?.ok_or_else(outdated)?;
    let is_same = |to: &Contact| to.as_str() == before.recipient;
    let to = facts.account.contact().filter(is_same).ok_or_else(outdated)?;
    Ok((facts, to))
}

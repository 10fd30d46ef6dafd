//! Internal tickets (TS, "Tickets"): raised by Tier II, moved by developers, without personal data.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{InternalTicketCommentId, InternalTicketId};
use caredesk_core::domain::internal_ticket::{
    InternalTicket, InternalTicketChanges, InternalTicketComment, NewInternalTicket,
};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::{Line, ReportText};
use caredesk_core::policy::action::{
    CommentInternalTicket, CreateInternalTicket, DeclineInternalTicket, ReadInternalTicket,
    UpdateInternalTicket,
};
use caredesk_core::policy::{Action, InternalTicketFacts, Permit};
use serde_json::{Value, json};

use super::perform::Looker;
use super::steps::personal_data::Scanned;
use super::steps::{development, note};
use crate::guard::{Refusal, admit, admit_internal_ticket, signed_in};
use crate::store::db::Conn;
use crate::store::internal_tickets::comments::{CommentKey, CommentQuery};
use crate::store::internal_tickets::{InternalTicketKey, InternalTicketQuery};
use crate::store::{self, Tx};

/// An internal ticket and the version that a change is made for.
pub type Key = (InternalTicketId, Option<i64>);

/// Raises an internal ticket.
///
/// # Errors
/// `internal_ticket.personal_data`, and whatever the permit denies.
pub fn create(
    tx: &mut Tx<'_>,
    who: &Actor,
    (new, scanned): (&NewInternalTicket, &Scanned),
) -> Result<InternalTicket, Refusal> {
    let permit = admit::<CreateInternalTicket>(who, tx.now)?;
    scanned.is_clean(&permit, Code::PersonalData)?;
    let person = signed_in(who)?;
    let id = InternalTicketId::of(tx.new_uuid());
    store::internal_tickets::insert(tx, &permit, (id, person.account), new)?;
    let detail = json!({"kind": new.kind, "priority": new.priority});
    note::about(tx, &permit, (None, id.uuid()), &detail)?;
    after(tx, &permit, id)
}

/// One internal ticket.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read(
    conn: &mut Conn,
    looker: &Looker,
    id: InternalTicketId,
) -> Result<InternalTicket, Refusal> {
    let permit = admit::<ReadInternalTicket>(&looker.actor, looker.now)?;
    store::internal_tickets::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// A page of internal tickets, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &InternalTicketQuery,
) -> Result<Page<InternalTicket, InternalTicketKey>, Refusal> {
    let permit = admit::<ReadInternalTicket>(&looker.actor, looker.now)?;
    Ok(store::internal_tickets::list(conn, permit.scope(), ask)?)
}

/// Changes title, text or priority.
///
/// # Errors
/// `internal_ticket.personal_data`, `version.stale`, not found, and whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Key,
    (changes, scanned): (&InternalTicketChanges, &Scanned),
) -> Result<InternalTicket, Refusal> {
    let (permit, before) = admit_internal_ticket::<UpdateInternalTicket>(tx, who, key)?;
    let title = changes.title.as_ref().map(Line::as_str);
    let text = changes.text.as_ref().map(ReportText::as_str);
    let kept = (before.title.as_str(), before.text.as_str());
    let scanned = scanned.beside([("title", title), ("text", text)], kept);
    scanned.is_clean(&permit, Code::PersonalData)?;
    store::internal_tickets::update(tx, &permit, changes)?;
    let fields = [
        changes.title.as_ref().map(|_| "title"),
        changes.text.as_ref().map(|_| "text"),
        changes.priority.map(|_| "priority"),
    ];
    let fields: Vec<&str> = fields.into_iter().flatten().collect();
    let detail = json!({"changed": fields, "priority": changes.priority});
    note::about(tx, &permit, (None, key.0.uuid()), &detail)?;
    after(tx, &permit, key.0)
}

/// Takes a step with an internal ticket; what waits for it learns of it in the same transaction.
///
/// # Errors
/// `internal_ticket.wrong_state`, `version.stale`, not found, and whatever the permit denies.
pub fn step<A>(tx: &mut Tx<'_>, who: &Actor, key: Key) -> Result<InternalTicket, Refusal>
where
    A: Action<Target = InternalTicketFacts>,
{
    let (permit, before) = admit_internal_ticket::<A>(tx, who, key)?;
    advance(tx, &permit, &before)
}

/// Declines an internal ticket. Why is said in a comment.
///
/// # Errors
/// `internal_ticket.personal_data`, and as [`step`].
pub fn decline(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Key,
    (reason, scanned): (&ReportText, &Scanned),
) -> Result<InternalTicket, Refusal> {
    let (permit, before) = admit_internal_ticket::<DeclineInternalTicket>(tx, who, key)?;
    scanned.is_clean(&permit, Code::PersonalData)?;
    say(tx, &permit, reason)?;
    advance(tx, &permit, &before)
}

/// Moves an internal ticket to where its permit leads.
fn advance<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: &InternalTicket,
) -> Result<InternalTicket, Refusal>
where
    A: Action<Target = InternalTicketFacts>,
{
    let to = permit.target().next(A::KIND);
    let to = to.ok_or(Refusal::Because(Code::InternalTicketState))?;
    store::internal_tickets::advance(tx, permit, to)?;
    let told = development::moved(tx, permit, before, to)?;
    let detail = json!({"from": before.state, "to": to, "tickets": told});
    note::about(tx, permit, (None, before.id.uuid()), &detail)?;
    after(tx, permit, before.id)
}

/// Says something about an internal ticket.
///
/// # Errors
/// `internal_ticket.personal_data`, not found, and whatever the permit denies.
pub fn comment(
    tx: &mut Tx<'_>,
    who: &Actor,
    id: InternalTicketId,
    (text, scanned): (&ReportText, &Scanned),
) -> Result<InternalTicketComment, Refusal> {
    let (permit, _) = admit_internal_ticket::<CommentInternalTicket>(tx, who, (id, None))?;
    scanned.is_clean(&permit, Code::PersonalData)?;
    let said = say(tx, &permit, text)?;
    note::about(tx, &permit, (None, id.uuid()), &Value::Null)?;
    Ok(said)
}

/// Keeps what whoever holds the permit says.
fn say<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    text: &ReportText,
) -> Result<InternalTicketComment, Refusal>
where
    A: Action<Target = InternalTicketFacts>,
{
    let person = signed_in(permit.actor())?;
    let author_role: Role = person.standing.role;
    let id = InternalTicketCommentId::of(tx.new_uuid());
    let (author, created_at) = (person.account, tx.now);
    let said = InternalTicketComment { id, text: text.clone(), author, author_role, created_at };
    store::internal_tickets::comments::insert(tx, permit, &said)?;
    Ok(said)
}

/// A page of what was said about an internal ticket, newest first.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn comments(
    conn: &mut Conn,
    looker: &Looker,
    ask: &CommentQuery,
) -> Result<Page<InternalTicketComment, CommentKey>, Refusal> {
    read(conn, looker, ask.internal_ticket)?;
    Ok(store::internal_tickets::comments::list(conn, ask)?)
}

/// The internal ticket as the transaction leaves it.
fn after<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: InternalTicketId,
) -> Result<InternalTicket, Refusal> {
    store::internal_tickets::find(tx.conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

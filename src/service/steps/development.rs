//! What an internal ticket and the tickets that wait for it have to do with each other: the link, and what they
//! learn when it moves. Never a word of what developers wrote.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{InternalTicketId, TicketId};
use caredesk_core::domain::internal_ticket::{InternalTicket, InternalTicketState};
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::ticket::flow::{self, Transition};
use caredesk_core::policy::action::{EndTicketDevelopment, LinkInternalTicket};
use caredesk_core::policy::{Action, InternalTicketFacts, Permit};
use serde_json::json;

use super::note;
use crate::guard::{Refusal, admit_end_of_development, admit_internal_ticket, signed_in};
use crate::store::tickets::{Detail, NewEntry, Ticket, TicketRow};
use crate::store::{self, Tx};

/// Links an internal ticket, which is locked by it, to a ticket that the caller was found to see; says whether that
/// is new.
///
/// # Errors
/// `internal_ticket.wrong_state` for one that is over, not found, and whatever the permit denies.
pub(crate) fn link(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, ticket): (InternalTicketId, TicketId),
) -> Result<(InternalTicket, bool), Refusal> {
    let (permit, found) = admit_internal_ticket::<LinkInternalTicket>(tx, who, (id, None))?;
    if found.state.is_over() {
        return Err(Refusal::Because(Code::InternalTicketState));
    }
    let person = signed_in(who)?;
    let is_new = store::internal_tickets::link(tx, &permit, (ticket, person.account))?;
    if is_new {
        note::about(tx, &permit, (None, id.uuid()), &json!({"ticket": ticket}))?;
    }
    Ok((found, is_new))
}

/// Tells the open tickets of an internal one that it has come to a state: each by an event, and those that wait
/// and have nothing more to wait for are open again. Taking an internal ticket up again changes nothing for them.
/// Says how many were told. Called in the transaction of the step.
///
/// # Errors
/// The database fails.
pub(crate) fn moved<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: &InternalTicket,
    to: InternalTicketState,
) -> Result<usize, Refusal>
where
    A: Action<Target = InternalTicketFacts>,
{
    if before.state.is_over() {
        return Ok(0);
    }
    let linked = store::tickets::linked_to(tx.conn, before.id)?;
    let told = linked.len();
    let (mut entries, mut freed) = (Vec::with_capacity(told), Vec::new());
    for (ticket, internal_tickets) in linked {
        let end = admit_end_of_development(ticket.facts(internal_tickets, tx.now), tx.now);
        let transition = end.as_ref().map(|_| Transition::DevelopmentDone);
        entries.push(event(tx, &ticket.row, (before.id, to), transition));
        if let Some(end) = end {
            resume(tx, &end, (&ticket.row, before.id))?;
            freed.push(ticket);
        }
    }
    if !entries.is_empty() {
        store::tickets::add(tx, permit, entries)?;
    }
    tell(tx, &freed)?;
    Ok(told)
}

/// What stands in the timeline of a ticket: for its requester no more than that it goes on.
fn event(
    tx: &Tx<'_>,
    row: &TicketRow,
    internal_ticket: (InternalTicketId, InternalTicketState),
    transition: Option<Transition>,
) -> NewEntry {
    let detail = Detail { internal_ticket: Some(internal_ticket), ..Detail::default() };
    let entry = NewEntry::by_itself(tx, row.id, detail);
    NewEntry { transition, is_internal: transition.is_none(), ..entry }
}

/// Takes a ticket up again; its row, because each has times of its own.
fn resume(
    tx: &mut Tx<'_>,
    permit: &Permit<EndTicketDevelopment>,
    (row, internal): (&TicketRow, InternalTicketId),
) -> Result<(), Refusal> {
    let next = flow::next(Transition::DevelopmentDone, &permit.target().flow)?;
    let after = row.moved(Transition::DevelopmentDone, (&next, None), tx.now);
    store::tickets::move_on(tx, permit, row, &after)?;
    note::about(tx, permit, (row.seen_by(), row.id.uuid()), &json!({"internal_ticket": internal}))
}

/// Tells the agents of tickets that they go on.
fn tell(tx: &mut Tx<'_>, tickets: &[Ticket]) -> Result<(), Refusal> {
    let assignees = tickets.iter().filter_map(|ticket| ticket.row.assignee_id);
    let mut assignees: Vec<_> = assignees.collect();
    assignees.sort_unstable();
    assignees.dedup();
    if assignees.is_empty() {
        return Ok(());
    }
    let agents = store::tickets::agents(tx.conn, assignees)?;
    let messages = tickets.iter().filter_map(|ticket| {
        let agent = agents.iter().find(|agent| Some(agent.id) == ticket.row.assignee_id)?;
        let message = Message {
            kind: MessageKind::DevelopmentDone,
            to: Contact::Email(agent.email.clone()?),
            locale: agent.locale,
            tenant: None,
        };
        Some((message, json!({"name": agent.name, "number": ticket.number})))
    });
    Ok(store::notifications::queue_all(tx, messages.collect())?)
}

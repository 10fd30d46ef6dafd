//! What follows when the message with a ticket's resolution finally does not arrive: nothing is resolved that its
//! requester was not told of (TS), and so the ticket is open again.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::ticket::Tier;
use caredesk_core::domain::ticket::flow::{self, Transition};
use caredesk_core::policy::action::UndoTicketResolution;
use serde_json::json;

use super::note;
use crate::guard::{Refusal, admit_ticket};
use crate::store::tickets::{Detail, NewEntry, TicketRow};
use crate::store::{self, Tx};

/// Opens the ticket again whose resolution a message was to tell its requester. For the transaction in which the
/// message ends. What became of the ticket since is left alone.
pub(crate) fn undo_resolution(tx: &mut Tx<'_>, message: NotificationId) -> Result<(), Refusal> {
    let told = store::notifications::resolution(tx.conn, message)?;
    let Some((ticket, queued_at)) = told else { return Ok(()) };
    let who = Actor::System;
    let (permit, whole) = match admit_ticket::<UndoTicketResolution>(tx, &who, (ticket, None)) {
        Ok(found) => found,
        Err(Refusal::Denied(_) | Refusal::NotFound) => return Ok(()),
        Err(other) => return Err(other),
    };
    let before = &whole.ticket.row;
    // Of a ticket that was resolved once more another message tells.
    if before.closed_at.is_none_or(|closed_at| queued_at < closed_at) {
        return Ok(());
    }
    let next = flow::next(Transition::DeliveryFailed, &permit.target().flow)?;
    let mut after = before.moved(Transition::DeliveryFailed, (&next, None), tx.now);
    if !is_looked_after(tx, before)? {
        after.assignee_id = None;
    }
    store::tickets::move_on(tx, &permit, before, &after)?;
    let entry = NewEntry {
        transition: Some(Transition::DeliveryFailed),
        is_internal: true,
        ..NewEntry::by_itself(tx, ticket, Detail::default())
    };
    store::tickets::add(tx, &permit, vec![entry])?;
    note::about(tx, &permit, (after.seen_by(), ticket.uuid()), &json!({"notification": message}))
}

/// Whether somebody has the ticket who works at its tier still.
pub(crate) fn is_looked_after(tx: &mut Tx<'_>, ticket: &TicketRow) -> Result<bool, Refusal> {
    let Some(agent) = ticket.assignee_id else { return Ok(false) };
    let found = store::accounts::find(tx.conn, agent)?.map(|found| found.account);
    Ok(found.is_some_and(|agent| {
        Tier::of(agent.role) == Some(ticket.tier) && agent.status == AccountStatus::Active
    }))
}

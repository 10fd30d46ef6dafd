//! The targets of tickets, and what time does to tickets next. A ticket never changes without them: see
//! [`super::move_on`].

use caredesk_core::domain::business_hours::TargetClock;
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::ticket::TicketTarget;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit, TicketTargets};
use diesel::prelude::*;
use jiff::SignedDuration;

use super::TicketRow;
use crate::store::db::Conn;
use crate::store::db::query::{Prepared, SkipLocked, row_after};
use crate::store::error::StoreResult;
use crate::store::schema::{ticket_targets, tickets};
use crate::store::tx::Tx;

/// What stands beside a ticket's own row. Working time is in microseconds.
#[derive(Debug, Clone, Copy, Default, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ticket_targets, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    first_answer_left: Option<i64>,
    resolution_left: Option<i64>,
    paused: i64,
    first_answer_missed_at: Option<Moment>,
    resolution_missed_at: Option<Moment>,
    reminded_at: Option<Moment>,
    wakes_at: Option<Moment>,
}

/// A length of time as a column has it.
fn micros(working: SignedDuration) -> i64 {
    i64::try_from(working.as_micros()).unwrap_or(i64::MAX)
}

/// A clock out of its two columns.
fn clock(due_at: Option<Moment>, left: Option<i64>) -> Option<TargetClock> {
    let paused = left.map(|left| TargetClock::Paused { left: SignedDuration::from_micros(left) });
    due_at.map(|due_at| TargetClock::Running { due_at }).or(paused)
}

impl Row {
    /// The targets of a ticket, with what its own row has of them.
    fn targets(self, ticket: &TicketRow) -> TicketTargets {
        TicketTargets {
            first_answer: clock(ticket.first_answer_due_at, self.first_answer_left),
            resolution: clock(ticket.resolution_due_at, self.resolution_left),
            paused: SignedDuration::from_micros(self.paused),
            first_answer_missed_at: self.first_answer_missed_at,
            resolution_missed_at: self.resolution_missed_at,
            reminded_at: self.reminded_at,
        }
    }

    /// The row of targets.
    fn of(targets: &TicketTargets, wakes_at: Option<Moment>) -> Self {
        Self {
            first_answer_left: targets.left(TicketTarget::FirstAnswer).map(micros),
            resolution_left: targets.left(TicketTarget::Resolution).map(micros),
            paused: micros(targets.paused),
            first_answer_missed_at: targets.first_answer_missed_at,
            resolution_missed_at: targets.resolution_missed_at,
            reminded_at: targets.reminded_at,
            wakes_at,
        }
    }
}

/// The targets of a ticket.
pub fn targets(conn: &mut Conn, ticket: &TicketRow) -> StoreResult<TicketTargets> {
    let row = ticket_targets::table.find(ticket.id).select(Row::as_select());
    let row: Option<Row> = row.first(conn).optional()?;
    Ok(row.unwrap_or_default().targets(ticket))
}

/// A new ticket with its targets, which one that ends at once does not have.
pub(super) fn begun(tx: &Tx<'_>, row: &TicketRow) -> (TicketRow, TicketTargets) {
    if row.closed_at.is_some() {
        return (row.clone(), TicketTargets::default());
    }
    let targets = TicketTargets::start(tx.hours, row.priority, row.created_at);
    (shown(row, &targets), targets)
}

/// A ticket after a change, with its targets as they are then; they are kept.
pub(super) fn follow<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (before, after): (&TicketRow, &TicketRow),
) -> StoreResult<TicketRow> {
    let facts = (before.target_facts(), after.target_facts());
    if facts.0 == facts.1 {
        return Ok(after.clone());
    }
    let targets = targets(tx.conn, before)?;
    let targets = targets.after(tx.hours, (&facts.0, &facts.1), tx.now);
    let after = shown(after, &targets);
    keep_targets(tx, permit, &after, &targets)?;
    Ok(after)
}

/// A ticket that shows when its targets are due.
fn shown(row: &TicketRow, targets: &TicketTargets) -> TicketRow {
    TicketRow {
        first_answer_due_at: targets.due_at(TicketTarget::FirstAnswer),
        resolution_due_at: targets.due_at(TicketTarget::Resolution),
        next_due_at: targets.next_due_at(&row.target_facts()),
        ..row.clone()
    }
}

/// Keeps the targets of a ticket that is locked, or new.
pub fn keep_targets<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ticket: &TicketRow,
    targets: &TicketTargets,
) -> StoreResult<()> {
    let next = targets.next_step(&ticket.target_facts()).map(|(at, _)| at);
    let row = Row::of(targets, next);
    let there = Prepared(diesel::update(ticket_targets::table.find(ticket.id)).set(row))
        .execute(tx.conn)?;
    if there == 0 {
        diesel::insert_into(ticket_targets::table)
            .values((ticket_targets::ticket_id.eq(ticket.id), row))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Tickets that time does something to by now, the longest due first, after one.
pub fn timed(
    conn: &mut Conn,
    now: Moment,
    after: Option<(Moment, TicketId)>,
    limit: i64,
) -> StoreResult<Vec<(Moment, TicketId)>> {
    let mut due = ticket_targets::table
        .filter(ticket_targets::wakes_at.le(now))
        .order((ticket_targets::wakes_at.asc(), ticket_targets::ticket_id.asc()))
        .limit(limit)
        .select((ticket_targets::wakes_at.assume_not_null(), ticket_targets::ticket_id))
        .into_boxed();
    if let Some(after) = after {
        due = due.filter(row_after((ticket_targets::wakes_at, ticket_targets::ticket_id), after));
    }
    Ok(due.load(conn)?)
}

/// Locks a ticket to do what time does to it, and reads it with its targets; none if somebody else is at it.
pub fn claim(tx: &mut Tx<'_>, id: TicketId) -> StoreResult<Option<(TicketRow, TicketTargets)>> {
    let row = tickets::table.find(id).select(TicketRow::as_select());
    let row: Option<TicketRow> = SkipLocked(row).get_result(tx.conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let targets = targets(tx.conn, &row)?;
    Ok(Some((row, targets)))
}

/// Has a ticket that is locked left alone until a moment, or until it changes.
pub fn sleep_until(tx: &mut Tx<'_>, id: TicketId, wakes_at: Option<Moment>) -> StoreResult<()> {
    Prepared(
        diesel::update(ticket_targets::table.find(id)).set(ticket_targets::wakes_at.eq(wakes_at)),
    )
    .execute(tx.conn)?;
    Ok(())
}

//! What is written of tickets.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::ids::{AccountId, TicketEntryId, TicketId, TicketLinkId};
use caredesk_core::domain::ticket::{
    CaseNumber, MaskedSubject, MaskedText, TicketLinkKind, TicketState, TierTwoAction,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::TicketRow;
use super::targets::{begun, follow, keep_targets};
use crate::store::columns::AnyId;
use crate::store::db::Conn;
use crate::store::db::masked::{MaskedColumns, MaskedRow, mask_rows};
use crate::store::db::query::{Prepared, SqlLiteral, insert_rows, sql};
use crate::store::error::{StoreError, StoreResult};
use crate::store::schema::{
    accounts, ticket_actions, ticket_links, ticket_originals, ticket_watchers, tickets,
};
use crate::store::tx::Tx;

/// What of a new ticket is sealed.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = ticket_originals, treat_none_as_default_value = false)]
pub struct NewOriginals {
    /// Whose.
    pub ticket_id: TicketId,
    /// The subject as it was written, if something of it was masked.
    pub subject: Option<Vec<u8>>,
    /// Who a caller without an account is.
    pub caller: Option<Vec<u8>>,
    /// The names that the case has met.
    pub names: Vec<u8>,
}

/// The next case number. One series for the whole desk, that nobody waits for: on PostgreSQL a sequence, on
/// SQLite, which has one writer, what follows the last one.
fn next_number(conn: &Conn) -> SqlLiteral<BigInt> {
    match conn {
        Conn::Pg(_) => sql("nextval('ticket_numbers')"),
        Conn::Sqlite(_) => sql("(SELECT coalesce(max(number), 0) + 1 FROM tickets)"),
    }
}

/// Stores a new ticket with what of it is sealed; says which number it got.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &TicketRow,
    originals: NewOriginals,
) -> StoreResult<CaseNumber> {
    let (row, targets) = begun(tx, row);
    let number = tickets::number.eq(next_number(tx.conn));
    let number: i64 = diesel::insert_into(tickets::table)
        .values((row.clone(), number))
        .returning(tickets::number)
        .get_result(tx.conn)?;
    diesel::insert_into(ticket_originals::table).values(originals).execute(tx.conn)?;
    if row.closed_at.is_none() {
        keep_targets(tx, permit, &row, &targets)?;
    }
    Ok(CaseNumber::of(number))
}

/// Writes a ticket as it is after a change, onto the version that was read, with its targets.
pub fn move_on<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: &TicketRow,
    after: &TicketRow,
) -> StoreResult<()> {
    let after = &follow(tx, permit, (before, after))?;
    let row =
        tickets::table.filter(tickets::id.eq(before.id).and(tickets::version.eq(before.version)));
    let changed = diesel::update(row)
        .set((
            (tickets::kind.eq(after.kind), tickets::state.eq(after.state)),
            (tickets::tier.eq(after.tier), tickets::priority.eq(after.priority)),
            (tickets::resolution.eq(after.resolution), tickets::assignee_id.eq(after.assignee_id)),
            (
                tickets::request_type.eq(after.request_type.clone()),
                tickets::outcome.eq(after.outcome),
                tickets::decision_id.eq(after.decision_id),
            ),
            (
                tickets::verification.eq(after.verification),
                tickets::requester.eq(after.requester),
                tickets::requester_id.eq(after.requester_id),
            ),
            tickets::is_confirmed.eq(after.is_confirmed),
            (
                tickets::is_for_team.eq(after.is_for_team),
                tickets::organization_takes_part.eq(after.organization_takes_part),
            ),
            tickets::first_answered_at.eq(after.first_answered_at),
            (
                tickets::first_answer_due_at.eq(after.first_answer_due_at),
                tickets::resolution_due_at.eq(after.resolution_due_at),
                tickets::next_due_at.eq(after.next_due_at),
            ),
            (
                tickets::waiting_since.eq(after.waiting_since),
                tickets::closed_at.eq(after.closed_at),
            ),
            (tickets::updated_at.eq(tx.now), tickets::version.eq(tickets::version + 1)),
        ))
        .execute(tx.conn)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Collision("the ticket was changed".to_owned()))
    }
}

/// Gives tickets to an agent, all of which are in one state from then on; they are locked.
pub fn give_all<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (agent, state): (AccountId, TicketState),
    ids: Vec<TicketId>,
) -> StoreResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(tickets::table.filter(tickets::id.eq_any(ids)))
        .set((
            (tickets::assignee_id.eq(Some(agent)), tickets::state.eq(state)),
            (tickets::updated_at.eq(tx.now), tickets::version.eq(tickets::version + 1)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Keeps the names that a case has met, sealed.
pub fn keep_names<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ticket: TicketId,
    names: Vec<u8>,
) -> StoreResult<()> {
    Prepared(
        diesel::update(ticket_originals::table.find(ticket)).set(ticket_originals::names.eq(names)),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Keeps what a ticket is about masked anew, with what was written sealed.
pub fn mask_subject<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ticket: TicketId,
    (masked, original): (MaskedSubject, Vec<u8>),
) -> StoreResult<()> {
    diesel::update(tickets::table.filter(tickets::id.eq(ticket)))
        .set(tickets::subject.eq(masked))
        .execute(tx.conn)?;
    Prepared(
        diesel::update(ticket_originals::table.find(ticket))
            .set(ticket_originals::subject.eq(Some(original))),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Keeps entries masked anew, with what was written sealed.
pub fn mask_entries<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    entries: Vec<MaskedRow<TicketEntryId, MaskedText>>,
) -> StoreResult<()> {
    let columns = MaskedColumns { table: "ticket_entries", text: "text", original: "original" };
    mask_rows(tx.conn, columns, entries)
}

/// Has people watch a ticket who do not yet; the ticket is locked.
pub fn watch<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (ticket, opened_at): (TicketId, Moment),
    accounts: Vec<AccountId>,
) -> StoreResult<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let (by, now) = (permit.actor().person().map(|person| person.account), tx.now);
    let row = |account: AccountId| {
        (
            ticket_watchers::account_id.eq(account),
            ticket_watchers::opened_at.eq(opened_at),
            ticket_watchers::ticket_id.eq(ticket),
            ticket_watchers::added_by.eq(by.unwrap_or(account)),
            ticket_watchers::added_at.eq(now),
        )
    };
    let rows: Vec<_> = accounts.into_iter().map(row).collect();
    insert_rows!(&mut *tx.conn, ticket_watchers::table, rows)?;
    Ok(())
}

/// Who watches a ticket.
pub fn watchers(conn: &mut Conn, ticket: TicketId) -> StoreResult<Vec<AccountId>> {
    Ok(ticket_watchers::table
        .filter(ticket_watchers::ticket_id.eq(ticket))
        .order(ticket_watchers::account_id.asc())
        .select(ticket_watchers::account_id)
        .load(conn)?)
}

/// Who watches a ticket and is reached at an address; of several one.
pub fn watcher_at(
    conn: &mut Conn,
    ticket: TicketId,
    email_key: &str,
) -> StoreResult<Option<AccountId>> {
    let watchers = ticket_watchers::table
        .filter(ticket_watchers::ticket_id.eq(ticket))
        .select(ticket_watchers::account_id);
    let row = accounts::table
        .filter(accounts::id.eq_any(watchers))
        .filter(accounts::email_key.eq(email_key.to_owned()))
        .filter(accounts::status.eq(AccountStatus::Active))
        .order(accounts::id.asc())
        .select(accounts::id);
    Ok(row.first(conn).optional()?)
}

/// Links a ticket to another one.
pub fn link<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (ticket, kind, other): (TicketId, TicketLinkKind, TicketId),
) -> StoreResult<()> {
    diesel::insert_into(ticket_links::table)
        .values((
            ticket_links::id.eq(TicketLinkId::of(tx.new_uuid())),
            ticket_links::ticket_id.eq(ticket),
            ticket_links::kind.eq(kind),
            ticket_links::other_id.eq(other),
            ticket_links::linked_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes down what the second tier did on a ticket.
pub fn record_action<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    ticket: TicketId,
    kind: TierTwoAction,
) -> StoreResult<()> {
    let by = permit.actor().person().map(|person| person.account);
    diesel::insert_into(ticket_actions::table)
        .values((
            ticket_actions::id.eq(AnyId(tx.new_uuid())),
            ticket_actions::ticket_id.eq(ticket),
            ticket_actions::kind.eq(kind),
            by.map(|by| ticket_actions::recorded_by.eq(by)),
            ticket_actions::recorded_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Whether the second tier did something on a ticket.
pub fn has_action(conn: &mut Conn, ticket: TicketId) -> StoreResult<bool> {
    let recorded = ticket_actions::table.filter(ticket_actions::ticket_id.eq(ticket));
    Ok(diesel::select(exists(recorded)).get_result(conn)?)
}

//! The tickets that wait for development, and the internal tickets that they wait for.

use caredesk_core::domain::account::{AccountStatus, Locale, Realm};
use caredesk_core::domain::ids::{AccountId, InternalTicketId, TicketId};
use caredesk_core::domain::internal_ticket::{InternalTicketNumber, InternalTicketState};
use caredesk_core::domain::ticket::TicketState;
use caredesk_core::domain::ticket::flow::InternalTickets;
use caredesk_core::domain::{EmailAddress, PersonName};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Ticket, TicketRow};
use crate::store::db::Conn;
use crate::store::db::query::{Locked, SqlLiteral, sql};
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, internal_ticket_links, internal_tickets, tickets};

/// Most internal tickets that are shown with a ticket.
const SHOWN: i64 = 100;

/// An internal ticket that a ticket waits for, or waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedInternalTicket {
    /// Its id.
    pub id: InternalTicketId,
    /// Its running number.
    pub number: InternalTicketNumber,
    /// How far it is.
    pub state: InternalTicketState,
}

/// How many internal tickets are linked to the ticket of the row.
pub(super) fn linked() -> SqlLiteral<BigInt> {
    sql("(SELECT COUNT(*) FROM internal_ticket_links \
         WHERE internal_ticket_links.ticket_id = tickets.id)")
}

/// How many of them are not over.
pub(super) fn pending() -> SqlLiteral<BigInt> {
    let (shipped, declined) = (InternalTicketState::Shipped, InternalTicketState::Declined);
    sql(format!(
        "(SELECT COUNT(*) FROM internal_ticket_links JOIN internal_tickets \
         ON internal_tickets.id = internal_ticket_links.internal_ticket_id \
         WHERE internal_ticket_links.ticket_id = tickets.id \
         AND internal_tickets.state NOT IN ('{shipped}', '{declined}'))"
    ))
}

/// What has become of the internal tickets of a ticket, by how many there are, and how many are not over.
pub(super) const fn stand((linked, pending): (i64, i64)) -> InternalTickets {
    match (linked, pending) {
        (0, _) => InternalTickets::None,
        (_, 0) => InternalTickets::Done,
        _ => InternalTickets::Pending,
    }
}

/// The internal tickets that are linked to a ticket, the oldest first.
pub fn internal_tickets_of(
    conn: &mut Conn,
    ticket: TicketId,
) -> StoreResult<Vec<LinkedInternalTicket>> {
    let rows: Vec<(InternalTicketId, i64, InternalTicketState)> = internal_ticket_links::table
        .inner_join(internal_tickets::table)
        .filter(internal_ticket_links::ticket_id.eq(ticket))
        .order(internal_ticket_links::internal_ticket_id.asc())
        .limit(SHOWN)
        .select((internal_tickets::id, internal_tickets::number, internal_tickets::state))
        .load(conn)?;
    let one = |(id, number, state)| {
        let number = InternalTicketNumber::of(number);
        LinkedInternalTicket { id, number, state }
    };
    Ok(rows.into_iter().map(one).collect())
}

/// The open tickets that are linked to an internal ticket, locked in the order of their ids, each with how many
/// internal tickets it has and how many of them are not over.
pub fn linked_to(
    conn: &mut Conn,
    internal: InternalTicketId,
) -> StoreResult<Vec<(Ticket, (i64, i64))>> {
    type Row = (i64, TicketRow, i64, i64);
    let of_internal = internal_ticket_links::table
        .filter(internal_ticket_links::internal_ticket_id.eq(internal))
        .select(internal_ticket_links::ticket_id);
    let open = tickets::table
        .filter(tickets::id.eq_any(of_internal))
        .filter(tickets::state.ne(TicketState::Closed))
        .order(tickets::id.asc())
        .select(tickets::id);
    let ids: Vec<TicketId> = Locked(open).load(conn)?;
    // By a statement of its own: one that waited for a lock counts what was there before it waited.
    let rows: Vec<Row> = tickets::table
        .filter(tickets::id.eq_any(ids))
        .order(tickets::id.asc())
        .select((tickets::number, TicketRow::as_select(), linked(), pending()))
        .load(conn)?;
    let one = |(number, row, linked, pending)| {
        (Ticket::from((number, row, None, None)), (linked, pending))
    };
    Ok(rows.into_iter().map(one).collect())
}

/// An agent, as far as the desk writes to them.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Agent {
    /// Whose account it is.
    pub id: AccountId,
    /// What they are called.
    pub name: PersonName,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// In which language.
    pub locale: Locale,
}

/// The agents of these accounts who are in use.
pub fn agents(conn: &mut Conn, ids: Vec<AccountId>) -> StoreResult<Vec<Agent>> {
    let named = accounts::table
        .filter(accounts::id.eq_any(ids))
        .filter(accounts::realm.eq(Realm::Desk))
        .filter(accounts::status.eq(AccountStatus::Active))
        .order(accounts::id.asc())
        .select((accounts::id, accounts::name, accounts::email, accounts::locale));
    Ok(named.load(conn)?)
}

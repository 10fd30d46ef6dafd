//! One ticket, with what is read of one alone.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::ids::{AccountId, TicketId};
use caredesk_core::domain::ticket::flow::Facts;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{SeenTickets, TicketFacts, TicketSight};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Nullable};
use uuid::Uuid;

use super::development::{linked, pending};
use super::{Somebody, Ticket, TicketRow, assignee, visible};
use crate::store::columns::{Doc, Json};
use crate::store::db::Conn;
use crate::store::db::query::{Locked, SqlLiteral, sql};
use crate::store::error::StoreResult;
use crate::store::schema::{ticket_watchers, tickets};

/// As [`super::Found`], with what is read of one ticket alone.
type One = (
    i64,
    TicketRow,
    Option<Somebody>,
    Option<PersonName>,
    Option<AccountId>,
    bool,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    (i64, i64),
    (bool, Option<Json<Vec<String>>>),
    (bool, bool, bool),
);

/// Of a ticket alone: whether the reader is in copy, whether the second tier recorded something, and what is
/// sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The ticket.
    pub ticket: Ticket,
    /// Whether the reader is in copy.
    pub is_in_copy: bool,
    /// Whether the second tier recorded what it did.
    pub has_action: bool,
    /// The subject as it was written, if something of it was masked, sealed.
    pub subject: Option<Vec<u8>>,
    /// Who a caller without an account is, sealed.
    pub caller: Option<Vec<u8>>,
    /// How many internal tickets are linked, and how many of them are not over.
    pub internal_tickets: (i64, i64),
    /// Whether somebody objected to what was masked.
    pub has_objections: bool,
    /// What there is beside it.
    pub beside: Besides,
    /// The proofs that the policy asked for with its last decision, in its words.
    pub missing: Vec<String>,
}

/// What there is beside a ticket, so that nothing is asked for that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Besides {
    /// Whether it has to do with other tickets.
    pub has_links: bool,
    /// Whether it is marked with something.
    pub has_tags: bool,
    /// Whether something was told beside its words, or is to be.
    pub has_details: bool,
}

impl Whole {
    /// What the rules need to know of it, as it stands at a moment.
    pub fn facts(&self, now: Moment) -> TicketFacts {
        let of_row = self.ticket.facts(self.internal_tickets, now);
        TicketFacts {
            is_in_copy: self.is_in_copy,
            flow: Facts { has_action: self.has_action, ..of_row.flow },
            ..of_row
        }
    }
}

/// What is read of a ticket alone, by a reader.
macro_rules! whole {
    ($sight:expr) => {{
        let reader = match $sight.seen() {
            SeenTickets::Some { account, .. } => account,
            _ => AccountId::of(Uuid::nil()),
        };
        let in_copy = ticket_watchers::table
            .filter(ticket_watchers::ticket_id.eq(tickets::id))
            .filter(ticket_watchers::account_id.eq(reader))
            .select(ticket_watchers::account_id)
            .single_value();
        (
            tickets::number,
            TicketRow::as_select(),
            Option::<Somebody>::as_select(),
            assignee(),
            in_copy,
            recorded(),
            sealed("subject"),
            sealed("caller"),
            (linked(), pending()),
            (objected(), missing()),
            (
                stands(
                    "ticket_links",
                    "ticket_links.ticket_id = tickets.id OR ticket_links.other_id",
                ),
                stands("ticket_tags", "ticket_tags.ticket_id"),
                stands("ticket_details", "ticket_details.ticket_id"),
            ),
        )
    }};
}

impl From<One> for Whole {
    fn from(found: One) -> Self {
        let (
            number,
            row,
            requester,
            assignee,
            in_copy,
            has_action,
            subject,
            caller,
            linked,
            more,
            at,
        ) = found;
        let (has_objections, missing) = more;
        let (has_links, has_tags, has_details) = at;
        Self {
            ticket: Ticket::from((number, row, requester, assignee)),
            is_in_copy: in_copy.is_some(),
            has_action,
            subject,
            caller,
            internal_tickets: linked,
            has_objections,
            beside: Besides { has_links, has_tags, has_details },
            missing: missing.map(|Json(missing)| missing).unwrap_or_default(),
        }
    }
}

/// Whether a table has something of the ticket of the row.
fn stands(table: &'static str, column: &'static str) -> SqlLiteral<Bool> {
    sql(format!("EXISTS (SELECT 1 FROM {table} WHERE {column} = tickets.id)"))
}

/// Whether somebody objected to what was masked on the ticket of the row.
fn objected() -> SqlLiteral<Bool> {
    sql("EXISTS (SELECT 1 FROM ticket_objections WHERE ticket_objections.ticket_id = tickets.id)")
}

/// What the decision that the ticket of the row rests on asked for.
fn missing() -> SqlLiteral<Nullable<Doc>> {
    sql("(SELECT decisions.missing FROM decisions WHERE decisions.id = tickets.decision_id)")
}

/// Whether the second tier recorded something on the ticket of the row.
fn recorded() -> SqlLiteral<Bool> {
    sql("EXISTS (SELECT 1 FROM ticket_actions WHERE ticket_actions.ticket_id = tickets.id)")
}

/// A sealed column of the ticket of the row.
pub(super) fn sealed(column: &'static str) -> SqlLiteral<Nullable<Binary>> {
    sql(format!(
        "(SELECT ticket_originals.{column} FROM ticket_originals \
         WHERE ticket_originals.ticket_id = tickets.id)"
    ))
}

/// One ticket, if the reader may see it.
pub fn find(conn: &mut Conn, sight: TicketSight, id: TicketId) -> StoreResult<Option<Whole>> {
    let found: Option<One> =
        visible(sight).filter(tickets::id.eq(id)).select(whole!(sight)).first(conn).optional()?;
    Ok(found.map(Whole::from))
}

/// One ticket, locked, so that what follows from its state holds until the transaction ends.
pub fn find_locked(
    conn: &mut Conn,
    sight: TicketSight,
    id: TicketId,
) -> StoreResult<Option<Whole>> {
    let row = tickets::table.find(id).select(tickets::id);
    let locked: Option<TicketId> = Locked(row).get_result(conn).optional()?;
    if locked.is_some() { find(conn, sight, id) } else { Ok(None) }
}

/// Tickets, of those that are named, that the reader may see. All that are named are locked, in the order of their
/// ids, so that nobody who locks others of them waits for whom they keep waiting.
pub fn find_all_locked(
    conn: &mut Conn,
    sight: TicketSight,
    ids: &[TicketId],
) -> StoreResult<Vec<Whole>> {
    let named = tickets::table.filter(tickets::id.eq_any(ids.to_vec()));
    let rows = named.order(tickets::id.asc()).select(tickets::id);
    let locked: Vec<TicketId> = Locked(rows).load(conn)?;
    let found: Vec<One> =
        visible(sight).filter(tickets::id.eq_any(locked)).select(whole!(sight)).load(conn)?;
    Ok(found.into_iter().map(Whole::from).collect())
}

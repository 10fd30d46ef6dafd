//! How tickets have to do with each other, as a reader may know it.

use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::ticket::{CaseNumber, TicketLinkKind, TicketRelation};
use caredesk_core::policy::TicketSight;
use diesel::prelude::*;

use super::visible;
use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{ticket_links, tickets};

/// Most other tickets that one shows.
const MOST: i64 = 100;

/// Another ticket that one has to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Related {
    /// Which.
    pub id: TicketId,
    /// What people call it by.
    pub number: CaseNumber,
    /// How, seen from the one that is looked at.
    pub relation: TicketRelation,
}

/// What people call a ticket by.
pub fn number(conn: &mut Conn, id: TicketId) -> StoreResult<Option<CaseNumber>> {
    let row = tickets::table.filter(tickets::id.eq(id)).select(tickets::number);
    Ok(row.first(conn).optional()?.map(CaseNumber::of))
}

/// The tickets that one has to do with, as far as the reader may see them, the oldest first.
pub fn related(conn: &mut Conn, sight: TicketSight, id: TicketId) -> StoreResult<Vec<Related>> {
    let columns = (ticket_links::ticket_id, ticket_links::kind, ticket_links::other_id);
    let here = ticket_links::ticket_id.eq(id).or(ticket_links::other_id.eq(id));
    let links: Vec<(TicketId, TicketLinkKind, TicketId)> =
        ticket_links::table.filter(here).select(columns).limit(MOST).load(conn)?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let other = |(from, kind, to): (TicketId, TicketLinkKind, TicketId)| {
        let is_from_here = from == id;
        (if is_from_here { to } else { from }, TicketRelation::of(kind, is_from_here))
    };
    let others: Vec<(TicketId, TicketRelation)> = links.into_iter().map(other).collect();
    let ids: Vec<TicketId> = others.iter().map(|(id, _)| *id).collect();
    let seen: Vec<(TicketId, i64)> = visible(sight)
        .filter(tickets::id.eq_any(ids))
        .select((tickets::id, tickets::number))
        .load(conn)?;
    let shown = |(id, number): (TicketId, i64)| {
        let mut relations = others.iter().filter(move |(other, _)| *other == id);
        relations.next().map(|(_, relation)| Related {
            id,
            number: CaseNumber::of(number),
            relation: *relation,
        })
    };
    let mut all: Vec<Related> = seen.into_iter().filter_map(shown).collect();
    all.sort_by_key(|related| related.number);
    Ok(all)
}

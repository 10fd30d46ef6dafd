//! What tickets are found by: the terms of what people said on them, masked.
//!
//! A term stands once for a ticket, so that a search finds nothing twice. What is the desk's alone is marked, until
//! somebody says it aloud.

use std::collections::{BTreeMap, BTreeSet};

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{TenantId, TicketId};
use caredesk_core::domain::search::terms;
use caredesk_core::domain::ticket::{MaskedSubject, MaskedText};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;

use super::TicketRow;
use super::details::{DetailsRow, details};
use super::entries::NewEntry;
use crate::store::db::Conn;
use crate::store::db::query::{in_parts, insert_rows};
use crate::store::error::StoreResult;
use crate::store::schema::{ticket_entries, ticket_terms, tickets};
use crate::store::tx::Tx;

/// A term of a ticket.
#[derive(Insertable)]
#[diesel(table_name = ticket_terms, treat_none_as_default_value = false)]
struct TermRow {
    ticket_id: TicketId,
    term: String,
    tenant_id: TenantId,
    created_at: Moment,
    is_internal: bool,
}

/// Terms, each with whether it is said in what is the desk's alone, and nowhere else.
type Terms = BTreeMap<String, bool>;

/// A ticket whose terms are written: its id, its organisation, when it was opened.
type Of = (TicketId, TenantId, Moment);

/// Adds the terms of a text.
fn collect(all: &mut Terms, text: &str, is_internal: bool) {
    for term in terms(text) {
        let known = all.entry(term).or_insert(is_internal);
        *known = *known && is_internal;
    }
}

/// Has a new ticket found by its subject and by what is said on it at once.
pub(super) fn index_new(conn: &mut Conn, row: &TicketRow, said: &[NewEntry]) -> StoreResult<()> {
    let mut all = Terms::new();
    collect(&mut all, row.subject.as_str(), false);
    for entry in said.iter().filter(|entry| is_of_people(entry)) {
        let text = entry.text.as_ref().map_or("", MaskedText::as_str);
        collect(&mut all, text, entry.is_internal);
    }
    insert(conn, (row.id, row.tenant_id, row.created_at), all)
}

/// Whether somebody said it: the policy's answers are the same on every ticket.
fn is_of_people(entry: &NewEntry) -> bool {
    entry.text.is_some() && entry.author != Actor::System.kind()
}

/// The terms of what is about to be said, by tickets.
pub(super) fn of_entries(rows: &[NewEntry]) -> BTreeMap<TicketId, BTreeMap<String, bool>> {
    let mut all: BTreeMap<TicketId, Terms> = BTreeMap::new();
    for entry in rows.iter().filter(|entry| is_of_people(entry)) {
        let text = entry.text.as_ref().map_or("", MaskedText::as_str);
        collect(all.entry(entry.ticket_id).or_default(), text, entry.is_internal);
    }
    all
}

/// Has a ticket found by what is said on it now, too; the ticket is locked.
pub(super) fn index_more(conn: &mut Conn, ticket: TicketId, mut all: Terms) -> StoreResult<()> {
    let sought: Vec<String> = all.keys().cloned().collect();
    let is_one = ticket_terms::ticket_id.eq(tickets::id).and(ticket_terms::term.eq_any(sought));
    let known: Vec<(TenantId, Moment, Option<String>, Option<bool>)> = tickets::table
        .left_join(ticket_terms::table.on(is_one))
        .filter(tickets::id.eq(ticket))
        .select((
            tickets::tenant_id,
            tickets::created_at,
            ticket_terms::term.nullable(),
            ticket_terms::is_internal.nullable(),
        ))
        .load(conn)?;
    let Some((tenant, opened_at, ..)) = known.first().cloned() else { return Ok(()) };
    let mut said_aloud = BTreeSet::new();
    for (.., term, was_internal) in known {
        let Some(term) = term else { continue };
        let is_internal = all.remove(&term);
        if was_internal == Some(true) && is_internal == Some(false) {
            said_aloud.insert(term);
        }
    }
    if !said_aloud.is_empty() {
        let said_aloud: Vec<String> = said_aloud.into_iter().collect();
        let rows = ticket_terms::table
            .filter(ticket_terms::ticket_id.eq(ticket))
            .filter(ticket_terms::term.eq_any(said_aloud));
        diesel::update(rows).set(ticket_terms::is_internal.eq(false)).execute(conn)?;
    }
    insert(conn, (ticket, tenant, opened_at), all)
}

/// Has a ticket found by what stands beside its words, too.
pub(super) fn index_beside(conn: &mut Conn, row: &DetailsRow) -> StoreResult<()> {
    let mut all = Terms::new();
    for text in row.texts() {
        collect(&mut all, text, false);
    }
    if all.is_empty() { Ok(()) } else { index_more(conn, row.ticket_id, all) }
}

/// Has a ticket found by what stands on it now and by nothing else; the ticket is locked. Whoever changes a text
/// that is there calls this: what was masked later must not stay findable.
pub fn index_anew<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, ticket: TicketId) -> StoreResult<()> {
    let (tenant, opened_at, subject): (TenantId, Moment, MaskedSubject) = tickets::table
        .find(ticket)
        .select((tickets::tenant_id, tickets::created_at, tickets::subject))
        .first(tx.conn)?;
    let said: Vec<(Option<MaskedText>, bool)> = ticket_entries::table
        .filter(ticket_entries::ticket_id.eq(ticket))
        .filter(ticket_entries::text.is_not_null())
        .filter(ticket_entries::author.ne(Actor::System.kind()))
        .select((ticket_entries::text, ticket_entries::is_internal))
        .load(tx.conn)?;
    let mut all = Terms::new();
    collect(&mut all, subject.as_str(), false);
    for (text, is_internal) in &said {
        collect(&mut all, text.as_ref().map_or("", MaskedText::as_str), *is_internal);
    }
    if let Some(beside) = details(tx.conn, ticket)? {
        for text in beside.texts() {
            collect(&mut all, text, false);
        }
    }
    let known = ticket_terms::table.filter(ticket_terms::ticket_id.eq(ticket));
    diesel::delete(known).execute(tx.conn)?;
    insert(tx.conn, (ticket, tenant, opened_at), all)
}

/// Writes terms that are not there yet.
fn insert(conn: &mut Conn, (ticket, tenant, opened_at): Of, all: Terms) -> StoreResult<()> {
    let row = |(term, is_internal)| TermRow {
        ticket_id: ticket,
        term,
        tenant_id: tenant,
        created_at: opened_at,
        is_internal,
    };
    let rows: Vec<TermRow> = all.into_iter().map(row).collect();
    for some in in_parts(rows) {
        insert_rows!(&mut *conn, ticket_terms::table, some)?;
    }
    Ok(())
}

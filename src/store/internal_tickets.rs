//! Internal tickets: rows, pages, and the tickets that wait for them. What is said about one is in [`comments`].

pub mod comments;

use caredesk_core::domain::ids::{AccountId, InternalTicketId, TicketId};
use caredesk_core::domain::internal_ticket::{
    InternalTicket, InternalTicketChanges, InternalTicketKind, InternalTicketNumber,
    InternalTicketPriority, InternalTicketState, NewInternalTicket,
};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{Line, ReportText};
use caredesk_core::policy::action::{
    CreateInternalTicket, LinkInternalTicket, UpdateInternalTicket,
};
use caredesk_core::policy::{Action, InternalTicketFacts, Permit, Scope, Sight};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::db::query::{Locked, Portable, SqlLiteral, nothing, row_before, sql};
use super::db::{Conn, MultiBackend};
use super::error::{StoreError, StoreResult};
use super::schema::{desk_numbers, internal_ticket_links, internal_tickets};
use super::tx::Tx;

/// What the numbers of internal tickets are drawn from.
const NUMBERS: &str = "internal_ticket";

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = internal_tickets, treat_none_as_default_value = false)]
struct Row {
    id: InternalTicketId,
    number: i64,
    kind: InternalTicketKind,
    title: Line,
    text: ReportText,
    priority: InternalTicketPriority,
    state: InternalTicketState,
    raised_by: AccountId,
    created_at: Moment,
    updated_at: Moment,
    ended_at: Option<Moment>,
    version: i64,
}

/// A row with how many tickets are linked to it.
type Found = (Row, i64);

/// How many tickets are linked to the internal ticket of the row.
fn links() -> SqlLiteral<BigInt> {
    sql("(SELECT COUNT(*) FROM internal_ticket_links \
         WHERE internal_ticket_links.internal_ticket_id = internal_tickets.id)")
}

fn internal_ticket((row, linked): Found) -> InternalTicket {
    InternalTicket {
        id: row.id,
        number: InternalTicketNumber::of(row.number),
        kind: row.kind,
        title: row.title,
        text: row.text,
        priority: row.priority,
        state: row.state,
        raised_by: row.raised_by,
        linked,
        created_at: row.created_at,
        updated_at: row.updated_at,
        ended_at: row.ended_at,
        version: row.version,
    }
}

/// Which internal tickets a page shows.
#[derive(Debug, Clone)]
pub struct InternalTicketQuery {
    /// Only in this state.
    pub state: Option<InternalTicketState>,
    /// Only of this kind.
    pub kind: Option<InternalTicketKind>,
    /// Only of this priority.
    pub priority: Option<InternalTicketPriority>,
    /// After this key.
    pub after: Option<InternalTicketKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a row stands in its list, newest first: microseconds, id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InternalTicketKey(i64, InternalTicketId);

/// The internal tickets that a reader may see: the desk's all, nobody else any. Whoever of the desk may
/// not was not let in.
fn visible<'q>(scope: Scope) -> internal_tickets::BoxedQuery<'q, MultiBackend> {
    let all = internal_tickets::table.into_boxed();
    match scope.sight() {
        Sight::System | Sight::Desk(_) => all,
        Sight::Tenant(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// One internal ticket, if the reader may see it.
pub fn find(
    conn: &mut Conn,
    scope: Scope,
    id: InternalTicketId,
) -> StoreResult<Option<InternalTicket>> {
    let one = visible(scope).filter(internal_tickets::id.eq(id));
    let row: Option<Found> = one.select((Row::as_select(), links())).first(conn).optional()?;
    Ok(row.map(internal_ticket))
}

/// As [`find`], locked until the transaction ends.
pub fn find_locked(
    conn: &mut Conn,
    scope: Scope,
    id: InternalTicketId,
) -> StoreResult<Option<InternalTicket>> {
    let one = visible(scope).filter(internal_tickets::id.eq(id));
    let one = one.select((Row::as_select(), links()));
    let row: Option<Found> = Locked(one).get_result(conn).optional()?;
    Ok(row.map(internal_ticket))
}

/// A page of internal tickets, newest first.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    ask: &InternalTicketQuery,
) -> StoreResult<Page<InternalTicket, InternalTicketKey>> {
    let mut page = visible(scope);
    if let Some(state) = ask.state {
        page = page.filter(internal_tickets::state.eq(state));
    }
    if let Some(kind) = ask.kind {
        page = page.filter(internal_tickets::kind.eq(kind));
    }
    if let Some(priority) = ask.priority {
        page = page.filter(internal_tickets::priority.eq(priority));
    }
    if let Some(InternalTicketKey(at, id)) = ask.after {
        let key = (Moment::from_micros(at), id);
        page = page.filter(row_before((internal_tickets::created_at, internal_tickets::id), key));
    }
    let rows: Vec<Found> = page
        .order((internal_tickets::created_at.desc(), internal_tickets::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select((Row::as_select(), links()))
        .load(conn)?;
    let key = |(row, _): &Found| InternalTicketKey(row.created_at.micros(), row.id);
    Ok(Page::cut(rows, ask.limit, key).map(internal_ticket))
}

/// Draws the next number; whoever draws at the same moment waits.
fn draw_number(conn: &mut Conn) -> StoreResult<i64> {
    let drawn = diesel::insert_into(desk_numbers::table)
        .values((desk_numbers::name.eq(NUMBERS), desk_numbers::last.eq(1_i64)))
        .on_conflict(desk_numbers::name)
        .do_update()
        .set(desk_numbers::last.eq(desk_numbers::last + 1_i64))
        .returning(desk_numbers::last);
    Ok(Portable(drawn).get_result(conn)?)
}

/// Keeps a new internal ticket, which `raised_by` raised.
pub fn insert(
    tx: &mut Tx<'_>,
    _: &Permit<CreateInternalTicket>,
    (id, raised_by): (InternalTicketId, AccountId),
    new: &NewInternalTicket,
) -> StoreResult<()> {
    let row = Row {
        id,
        number: draw_number(tx.conn)?,
        kind: new.kind,
        title: new.title.clone(),
        text: new.text.clone(),
        priority: new.priority,
        state: InternalTicketState::Reported,
        raised_by,
        created_at: tx.now,
        updated_at: tx.now,
        ended_at: None,
        version: 1,
    };
    diesel::insert_into(internal_tickets::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Changes an internal ticket.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<UpdateInternalTicket>,
    changes: &InternalTicketChanges,
) -> StoreResult<()> {
    let facts = permit.target();
    let row = internal_tickets::table.find(facts.id);
    let updated = diesel::update(row.filter(internal_tickets::version.eq(facts.version)))
        .set((
            changes.title.clone().map(|title| internal_tickets::title.eq(title)),
            changes.text.clone().map(|text| internal_tickets::text.eq(text)),
            changes.priority.map(|priority| internal_tickets::priority.eq(priority)),
            internal_tickets::updated_at.eq(tx.now),
            internal_tickets::version.eq(internal_tickets::version + 1),
        ))
        .execute(tx.conn)?;
    one(updated)
}

/// Moves an internal ticket to a state.
pub fn advance<A>(tx: &mut Tx<'_>, permit: &Permit<A>, to: InternalTicketState) -> StoreResult<()>
where
    A: Action<Target = InternalTicketFacts>,
{
    let facts = permit.target();
    let row = internal_tickets::table.find(facts.id);
    let changed = diesel::update(row.filter(internal_tickets::version.eq(facts.version)))
        .set((
            internal_tickets::state.eq(to),
            internal_tickets::ended_at.eq(to.is_over().then_some(tx.now)),
            internal_tickets::updated_at.eq(tx.now),
            internal_tickets::version.eq(internal_tickets::version + 1),
        ))
        .execute(tx.conn)?;
    one(changed)
}

/// Links an internal ticket to a ticket; false if it was linked before.
pub fn link(
    tx: &mut Tx<'_>,
    permit: &Permit<LinkInternalTicket>,
    (ticket, by): (TicketId, AccountId),
) -> StoreResult<bool> {
    let insert = diesel::insert_into(internal_ticket_links::table)
        .values((
            internal_ticket_links::internal_ticket_id.eq(permit.target().id),
            internal_ticket_links::ticket_id.eq(ticket),
            internal_ticket_links::linked_by.eq(by),
            internal_ticket_links::linked_at.eq(tx.now),
        ))
        .on_conflict_do_nothing();
    Ok(Portable(insert).execute(tx.conn)? == 1)
}

/// Exactly one row was meant; if it was not there, somebody was faster.
fn one(changed: usize) -> StoreResult<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Collision("the internal ticket was changed".to_owned()))
    }
}

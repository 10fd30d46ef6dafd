//! Pages of tickets: in one of their orders, or by when they are due.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::ids::{AccountId, TenantId, TicketId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::ticket::{
    ObjectionState, Priority, TicketSearch, TicketState, TicketTag, Tier,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::desk::RequestType;
use caredesk_core::policy::{SeenTickets, TextSight, TicketSight};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Nullable};

use super::search;
use super::whole::sealed;
use super::{Boxed, Somebody, Ticket, TicketRow, assignee, visible, watched_by};
use crate::store::db::Conn;
use crate::store::db::query::{SqlLiteral, row_after, row_before, sql, unindexed};
use crate::store::error::StoreResult;
use crate::store::schema::{attachments, ticket_objections, ticket_tags, ticket_watchers, tickets};

/// A part of the tickets that a reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketView {
    /// Those that they asked for themselves.
    My(AccountId),
    /// Those of their organisation; of the desk's people, which have none, all.
    Team(Option<TenantId>),
    /// Those that they watch.
    Cc(AccountId),
    /// Those that are open and that nobody has taken.
    Unassigned,
    /// Those that are theirs at the desk.
    Mine(AccountId),
    /// Those of a tier.
    At(Tier),
    /// Those that the desk has to do something with until a moment, the first of them first.
    BreachingSoon(Moment),
    /// Those on which somebody objected to what was masked, and nobody has decided yet.
    Objections,
    /// Those that are open, with a file that nobody has looked at yet.
    Quarantine,
    /// All that they may see.
    Everything,
}

impl TicketView {
    /// The same, with the moment until which something is soon.
    #[must_use]
    pub const fn with_soon(self, until: Moment) -> Self {
        match self {
            Self::BreachingSoon(_) => Self::BreachingSoon(until),
            other => other,
        }
    }
}

/// How a list of tickets is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// The one that changed last first.
    Updated,
    /// The most urgent first, and of those the newest.
    Priority,
}

/// Which tickets a page shows.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct TicketQuery {
    /// Of which part.
    pub view: TicketView,
    /// Only those on which all of these words stand, or that have this number.
    pub search: Option<TicketSearch>,
    /// Only in this state.
    pub state: Option<TicketState>,
    /// Only of this priority.
    pub priority: Option<Priority>,
    /// Only of this type.
    pub request_type: Option<RequestType>,
    /// Only of this organisation.
    pub tenant: Option<TenantId>,
    /// Only those that are this agent's.
    pub assignee: Option<AccountId>,
    /// Only those that are marked with this.
    pub tag: Option<TicketTag>,
    /// Only those that were opened from this moment on.
    pub since: Option<Moment>,
    /// Only those that were opened before this moment.
    pub until: Option<Moment>,
    /// In this order; what is due soon has its own.
    #[serde(default)]
    pub order: TicketOrder,
    /// After this key.
    pub after: Option<TicketKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a ticket stands in its list: microseconds, id, and its priority, of which some lists go one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TicketKey(i64, TicketId, Priority);

/// A ticket of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The ticket.
    pub ticket: Ticket,
    /// The subject as it was written, if something of it was masked, sealed; none for readers who see nothing as it
    /// was written.
    pub subject: Option<Vec<u8>>,
}

/// As it is read.
type Found = (i64, TicketRow, Option<Somebody>, Option<PersonName>, Option<Vec<u8>>);

impl From<Found> for Listed {
    fn from((number, row, requester, assignee, subject): Found) -> Self {
        Self { ticket: Ticket::from((number, row, requester, assignee)), subject }
    }
}

/// What is read of each.
macro_rules! listed {
    ($sight:expr) => {
        (
            tickets::number,
            TicketRow::as_select(),
            Option::<Somebody>::as_select(),
            assignee(),
            written($sight),
        )
    };
}

/// The subject of the ticket of the row as it was written, for readers who may see some so.
fn written(sight: TicketSight) -> SqlLiteral<Nullable<Binary>> {
    match sight.text() {
        TextSight::OwnWords { .. } => sealed("subject"),
        TextSight::Hidden | TextSight::Masked => sql("NULL"),
    }
}

/// One page of the tickets that the reader may see.
pub fn list(
    conn: &mut Conn,
    sight: TicketSight,
    ask: &TicketQuery,
) -> StoreResult<Page<Listed, TicketKey>> {
    if is_withheld(sight, ask.view) {
        return Ok(Page { rows: Vec::new(), next: None, total: None });
    }
    if matches!(ask.view, TicketView::BreachingSoon(_)) {
        return due_soon(conn, sight, ask);
    }
    let most = ask.limit.saturating_add(1);
    let rows = match ask.order {
        TicketOrder::Priority => by_priority(conn, sight, (ask, most))?,
        _ => part(conn, sight, (ask, most))?,
    };
    let at = |row: &TicketRow| match ask.order {
        TicketOrder::Updated => row.updated_at,
        _ => row.created_at,
    };
    let key = |(_, row, ..): &Found| TicketKey(at(row).micros(), row.id, row.priority);
    Ok(Page::cut(rows, ask.limit, key).map(Listed::from))
}

/// The first of the rows that a query finds, in its order.
fn part(
    conn: &mut Conn,
    sight: TicketSight,
    (ask, most): (&TicketQuery, i64),
) -> StoreResult<Vec<Found>> {
    let page = found(conn, sight, ask)?;
    let after = ask.after.map(|TicketKey(at, id, _)| (Moment::from_micros(at), id));
    let page = match (ask.order, after) {
        (_, None) => page,
        (TicketOrder::Newest | TicketOrder::Priority, Some(key)) => {
            page.filter(row_before((tickets::created_at, tickets::id), key))
        }
        (TicketOrder::Oldest, Some(key)) => {
            page.filter(row_after((tickets::created_at, tickets::id), key))
        }
        (TicketOrder::Updated, Some(key)) => {
            page.filter(row_before((tickets::updated_at, tickets::id), key))
        }
    };
    let page = match ask.order {
        TicketOrder::Newest | TicketOrder::Priority => {
            page.order((tickets::created_at.desc(), tickets::id.desc()))
        }
        TicketOrder::Oldest => page.order((tickets::created_at.asc(), tickets::id.asc())),
        TicketOrder::Updated => page.order((tickets::updated_at.desc(), tickets::id.desc())),
    };
    Ok(page.limit(most).select(listed!(sight)).load(conn)?)
}

/// As [`part`], one priority after the other: the words have another order in a column than they mean.
fn by_priority(
    conn: &mut Conn,
    sight: TicketSight,
    (ask, most): (&TicketQuery, i64),
) -> StoreResult<Vec<Found>> {
    let begins = ask.after.map(|TicketKey(.., priority)| priority);
    let is_over = |priority: Priority| begins.is_some_and(|begins| priority > begins);
    let is_asked = |priority: Priority| ask.priority.is_none_or(|only| only == priority);
    let mut rows = Vec::new();
    for priority in Priority::ALL.iter().rev().copied() {
        let missing = i64::try_from(rows.len()).map_or(0, |found| most.saturating_sub(found));
        if is_over(priority) || !is_asked(priority) || missing == 0 {
            continue;
        }
        let after = ask.after.filter(|TicketKey(.., of)| *of == priority);
        let one = TicketQuery { priority: Some(priority), after, ..ask.clone() };
        rows.extend(part(conn, sight, (&one, missing))?);
    }
    Ok(rows)
}

/// Whether there is nothing of a part for a reader. What the desk owes is nobody's outside it; what the second tier
/// decides waits for whoever sees the tickets of both.
fn is_withheld(sight: TicketSight, view: TicketView) -> bool {
    match view {
        TicketView::BreachingSoon(_) => matches!(sight.seen(), SeenTickets::Some { .. }),
        TicketView::Objections | TicketView::Quarantine => sight.seen() != SeenTickets::All,
        _ => false,
    }
}

/// One page of the tickets that are due soon, the first of them first.
fn due_soon(
    conn: &mut Conn,
    sight: TicketSight,
    ask: &TicketQuery,
) -> StoreResult<Page<Listed, TicketKey>> {
    let mut page = found(conn, sight, ask)?;
    if let Some(TicketKey(at, id, _)) = ask.after {
        let key = (Moment::from_micros(at), id);
        page = page.filter(row_after((tickets::next_due_at, tickets::id), key));
    }
    let rows: Vec<Found> = page
        .order((tickets::next_due_at.asc(), tickets::id.asc()))
        .limit(ask.limit.saturating_add(1))
        .select(listed!(sight))
        .load(conn)?;
    let due_at = |row: &TicketRow| row.next_due_at.map(Moment::micros).unwrap_or_default();
    let key = |(_, row, ..): &Found| TicketKey(due_at(row), row.id, row.priority);
    Ok(Page::cut(rows, ask.limit, key).map(Listed::from))
}

/// The tickets that a query finds, in no order yet.
fn found<'q>(conn: &mut Conn, sight: TicketSight, ask: &TicketQuery) -> StoreResult<Boxed<'q>> {
    let all = asked(viewed(visible(sight), ask.view), ask);
    match &ask.search {
        Some(wanted) => search::found(conn, (sight, ask, wanted), all),
        None => Ok(all),
    }
}

/// Those of a view.
fn viewed(all: Boxed<'_>, view: TicketView) -> Boxed<'_> {
    match view {
        TicketView::My(account) => all.filter(tickets::requester_id.eq(account)),
        TicketView::Team(None) | TicketView::Everything => all,
        TicketView::Team(Some(tenant)) => {
            all.filter(tickets::tenant_id.eq(tenant)).filter(tickets::is_for_team)
        }
        TicketView::Cc(account) => all.filter(tickets::id.eq_any(watched_by!(account))),
        TicketView::Unassigned => {
            all.filter(tickets::assignee_id.is_null()).filter(tickets::closed_at.is_null())
        }
        TicketView::Mine(account) => all.filter(tickets::assignee_id.eq(account)),
        TicketView::At(tier) => all.filter(tickets::tier.eq(tier)),
        TicketView::BreachingSoon(until) => all.filter(tickets::next_due_at.le(until)),
        TicketView::Objections => {
            let open = ticket_objections::table.filter(undecided());
            all.filter(tickets::id.eq_any(open.select(ticket_objections::ticket_id)))
        }
        TicketView::Quarantine => {
            // Of an open ticket, newest first, it is asked whether it has one: files of closed ones are many.
            let waiting = attachments::table
                .filter(attachments::ticket_id.eq(tickets::id))
                .filter(attachments::state.eq(AttachmentState::Quarantined));
            all.filter(tickets::closed_at.is_null()).filter(exists(waiting.limit(1).offset(0)))
        }
    }
}

/// Whether nobody has decided about the objection of the row. The word stands in the statement, because an index of
/// some rows is taken for no other.
fn undecided() -> SqlLiteral<Bool> {
    sql(format!("ticket_objections.state = '{}'", ObjectionState::Open))
}

/// Narrows by a column that indexes begin with. Where the order is none of those indexes, SQLite has to be kept from
/// gathering by one of them and sorting what it gathered: it does not think of the limit.
macro_rules! narrowed {
    ($found:expr, $order:expr, $column:expr, $compare:ident, $value:expr) => {
        match $order {
            TicketOrder::Updated => $found.filter(unindexed($column).$compare($value)),
            _ => $found.filter($column.$compare($value)),
        }
    };
}

/// Those that the filters let through.
fn asked<'q>(mut found: Boxed<'q>, ask: &TicketQuery) -> Boxed<'q> {
    let order = ask.order;
    if let Some(state) = ask.state {
        found = narrowed!(found, order, tickets::state, eq, state);
    }
    if let Some(priority) = ask.priority {
        found = narrowed!(found, order, tickets::priority, eq, priority);
    }
    if let Some(request_type) = &ask.request_type {
        found = found.filter(tickets::request_type.eq(request_type.clone()));
    }
    if let Some(tenant) = ask.tenant {
        found = found.filter(tickets::tenant_id.eq(tenant));
    }
    if let Some(assignee) = ask.assignee {
        found = found.filter(tickets::assignee_id.eq(assignee));
    }
    if let Some(tag) = ask.tag {
        let marked = ticket_tags::table.filter(ticket_tags::tag.eq(tag));
        found = found.filter(tickets::id.eq_any(marked.select(ticket_tags::ticket_id)));
    }
    if let Some(since) = ask.since {
        found = narrowed!(found, order, tickets::created_at, ge, since);
    }
    if let Some(until) = ask.until {
        found = narrowed!(found, order, tickets::created_at, lt, until);
    }
    found
}

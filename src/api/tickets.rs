//! Tickets over HTTP: opened, read and listed. [`input`] is what is taken, [`view`] what is shown, [`moves`] the
//! steps; [`verification`] makes sure who calls, [`masking`] shows what was masked, [`details`] takes what helps
//! beside the words, and [`development`] leaves a ticket to the developers.

mod caller;
mod claiming;
mod details;
mod development;
mod export;
mod following;
mod help_search;
pub(super) mod input;
mod linked;
mod many;
mod masking;
mod moves;
mod sharing;
mod verification;
pub(super) mod view;
mod watchers;
mod words;

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::ticket::Tier;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{ListTickets, ReadTicket};

use super::answer;
use super::cursor;
use super::extract::{Caller, Json, Path, Query, Visitor};
use super::problem::Problem;
use crate::guard::Violation;
use crate::service::tickets::{self, Asked, CallerAsked, Details, Emergency, Shown, Words};
use crate::service::{House, directory};
use crate::store::audit::What;
use crate::store::tickets::{EntryKey, TicketKey, TicketOrder, TicketQuery, TicketView};
use input::{
    OpenTicket, ReportEmergency, TicketEntryFilter, TicketListFilter, TicketListView, TicketPath,
    TicketSort,
};
use view::{EmergencyReceipt, Ticket, TicketEntry, TicketEntryPage, TicketPage, TicketSummary};

/// Where a ticket is.
fn location(id: TicketId) -> String {
    format!("/v1/tickets/{id}")
}

/// What a cursor through the timeline of a ticket is bound to.
fn timeline(id: TicketId) -> String {
    format!("ticket-entries|{id}")
}

/// A ticket with where its timeline goes on.
fn seen(house: &House, shown: Shown, actor: &Actor, now: Moment) -> Ticket {
    let binding = timeline(shown.whole.ticket.row.id);
    let next = shown.entries.next.as_ref();
    let cursor = next.and_then(|key| cursor::make(&house.keys, &binding, key));
    Ticket::seen(shown, actor, (now, cursor))
}

/// Open a ticket
///
/// The desk's policy decides first: what the desk does is opened as `new`; what it must not do is opened, answered
/// with whom to turn to, and closed as `referred`, in one step. What is personal in the words is masked: `hints` of
/// the first entry tells its author. The case number is on its way at once. Agents open tickets for callers, who
/// are judged as themselves; what policy hands to the second tier is shown to an agent of the first this once, without
/// its timeline. Of members of an organisation emergencies alone are taken.
#[utoipa::path(operation_id = "open_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.open"))),
    request_body(content = OpenTicket, description = "The new ticket."),
    responses((status = 201, description = "The ticket, with its case number.", body = Ticket)))]
#[post("/tickets")]
async fn open_ticket(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<OpenTicket>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let words = Words { subject: Some(body.subject), text: Some(body.text), ..Words::default() };
    let asked = Asked {
        request_type: body.request_type,
        facts: body.facts,
        tenant: body.tenant_id,
        application: body.application_id,
        help_search: body.help_search_id,
        caller: body.on_behalf_of.map(CallerAsked::from),
    };
    house.count_opening(&ask, &asked).await?;
    let heard = house.hear_opening(caller.actor(), &asked, words).await?;
    let details = body.details.map(Details::from).unwrap_or_default();
    let heard = house.hear_details(&details, heard).await?;
    let (inner, wanted) = (House::clone(&house), asked.clone());
    let opened = answer::perform(&house, &ask, move |tx, who| {
        let shown = tickets::open(tx, who, &inner, (&wanted, &heard))?;
        let row = &shown.whole.ticket.row;
        let (at, version) = (location(row.id), row.version);
        answer::created(at, version, &seen(&inner, shown, who, tx.now))
    });
    match opened.await {
        Err(problem) if problem.code == Code::TicketNotYoursToOpen => {
            house.note_attempt(&ask, &asked).await;
            Err(naming_people(&house, &caller, problem).await)
        }
        opened => opened,
    }
}

/// A refusal with the people of the caller's own organisation who log tickets; as it is if they cannot be read.
async fn naming_people(house: &Data<House>, caller: &Caller, problem: Problem) -> Problem {
    let desk = Arc::clone(&house.desk);
    let find = move |conn: &mut _, looker: &_| directory::support_contacts(conn, looker, desk);
    match answer::look(house, caller, find).await {
        Ok(found) => problem.naming(found.organization.helpers),
        Err(_) => problem,
    }
}

/// Report an emergency
///
/// For people of an organisation who cannot get in, or suspect that somebody got in who must not: without a
/// session. It is taken first, and verified before any account is touched. The answer is the same whether there is
/// such an organisation or not; the case number is sent to the contact that is named.
#[utoipa::path(operation_id = "report_emergency", tag = "tickets", security(()), extensions(("x-action" = json!("ticket.report_emergency"))),
    request_body(content = ReportEmergency, description = "What happened, and where."),
    responses((status = 202, description = "The report was taken.", body = EmergencyReceipt)))]
#[post("/emergency-reports")]
async fn report_emergency(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<ReportEmergency>,
) -> Result<HttpResponse, Problem> {
    let report = Emergency {
        organization: body.organization,
        text: body.text,
        caller: tickets::Caller { name: body.name, email: body.email, phone: body.phone },
        locale: body.locale,
    };
    let reference = house.report_emergency(&visitor.ask(), report).await?;
    Ok(HttpResponse::Accepted().json(EmergencyReceipt { reference }))
}

/// List tickets
///
/// Shows the tickets that the caller may see, newest first or as `sort` says, a page at a time: requesters their own,
/// `team` and `cc`; the desk its queues, of which `breaching_soon` has the soonest due first, and the second tier what
/// waits for its decision, at whichever tier the ticket is. `q` searches masked texts, of what the
/// caller may read only: notes of the desk are found by the desk, and who sees no texts finds by case number. A cursor
/// goes with the filters and the order it was made for.
#[utoipa::path(operation_id = "list_tickets", tag = "tickets", extensions(("x-action" = json!("ticket.list"))),
    params(TicketListFilter), responses((status = 200, description = "A page of tickets.", body = TicketPage)))]
#[get("/tickets")]
async fn list_tickets(
    caller: Caller,
    house: Data<House>,
    Query(query): Query<TicketListFilter>,
) -> Result<HttpResponse, Problem> {
    let TicketListFilter { view, state, priority, request_type, .. } = query;
    let (tenant, assignee) = (query.tenant_id, query.assignee_id);
    let (since, until) = (query.since, query.until);
    let view = viewed(view, caller.actor())?;
    let order = ordered(query.sort, view)?;
    let mut ask = TicketQuery {
        view,
        search: query.q,
        state,
        priority,
        request_type,
        tenant,
        assignee,
        tag: query.tag,
        since,
        until,
        order,
        after: None,
        limit: 0,
    };
    let binding = format!("tickets|{ask:?}");
    ask.view = ask.view.with_soon(tickets::due_soon(&house));
    let after = query.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<TicketKey>(&house.keys, &binding, cursor));
    ask.after = after.transpose()?;
    ask.limit = query.limit.map_or(DEFAULT_LIMIT, i64::from);
    let (now, keys) = (house.clock.now(), house.keys.clone());
    let look =
        answer::look(&house, &caller, move |conn, looker| tickets::list(conn, looker, &keys, &ask));
    let (sight, page) = look.await?;
    house.list_on_record::<ListTickets>(&caller.ask(), (tenant, page.rows.len())).await?;
    let seen = |listed| TicketSummary::seen(listed, sight, now);
    Ok(answer::page(&TicketPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// The order that somebody asks for.
fn ordered(sort: Option<TicketSort>, view: TicketView) -> Result<TicketOrder, Problem> {
    if sort.is_some() && matches!(view, TicketView::BreachingSoon(_)) {
        let (pointer, code) = ("query:sort".to_owned(), "not_sorted".to_owned());
        let detail = "does not go with `breaching_soon`, which has the soonest first".to_owned();
        return Err(Problem::invalid(vec![Violation { pointer, code, detail }]));
    }
    Ok(sort.map_or(TicketOrder::Newest, TicketSort::order))
}

/// The part that somebody asks for.
fn viewed(view: Option<TicketListView>, actor: &Actor) -> Result<TicketView, Problem> {
    let person = actor.person().ok_or_else(|| Problem::of(Code::Unauthenticated))?;
    let own = person.account;
    Ok(match view {
        None => tickets::usual_view(actor),
        Some(TicketListView::My) => TicketView::My(own),
        Some(TicketListView::Team) => TicketView::Team(person.tenant),
        Some(TicketListView::Cc) => TicketView::Cc(own),
        Some(TicketListView::Unassigned) => TicketView::Unassigned,
        Some(TicketListView::Mine) => TicketView::Mine(own),
        Some(TicketListView::Tier1) => TicketView::At(Tier::One),
        Some(TicketListView::Tier2) => TicketView::At(Tier::Two),
        Some(TicketListView::Objections) => TicketView::Objections,
        Some(TicketListView::Quarantine) => TicketView::Quarantine,
        // Until when, is said once the cursor is bound to the view.
        Some(TicketListView::BreachingSoon) => TicketView::BreachingSoon(Moment::from_micros(0)),
    })
}

/// Read a ticket
///
/// Shows one ticket with the newest of what was said on it, and what this caller may do with it now. The first
/// tier reads masked texts, and people by number and role; authors and their organisation read their own words. One
/// that is not the caller's to see is not found.
#[utoipa::path(operation_id = "read_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.read")), ("x-etag" = json!(true))),
    params(TicketPath), responses((status = 200, description = "The ticket.", body = Ticket)))]
#[get("/tickets/{ticket_id}")]
async fn read_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
) -> Result<HttpResponse, Problem> {
    let (id, keys) = (path.ticket_id, house.keys.clone());
    let look =
        answer::look(&house, &caller, move |conn, looker| tickets::read(conn, looker, &keys, id));
    let shown = look.await?;
    on_record(&house, &caller, &shown).await?;
    let version = shown.whole.ticket.row.version;
    answer::shown(version, &seen(&house, shown, caller.actor(), house.clock.now()))
}

/// List what was said on a ticket
///
/// Shows the timeline of a ticket, newest first, a page at a time: what was said, what happened, and for the desk
/// its notes.
#[utoipa::path(operation_id = "list_ticket_entries", tag = "tickets", extensions(("x-action" = json!("ticket.read"))),
    params(TicketPath, TicketEntryFilter), responses((status = 200, description = "A page of entries.", body = TicketEntryPage)))]
#[get("/tickets/{ticket_id}/entries")]
async fn list_ticket_entries(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Query(query): Query<TicketEntryFilter>,
) -> Result<HttpResponse, Problem> {
    let (id, keys) = (path.ticket_id, house.keys.clone());
    let binding = timeline(id);
    let after = query.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<EntryKey>(&house.keys, &binding, cursor));
    let page = (id, after.transpose()?, query.limit.map_or(DEFAULT_LIMIT, i64::from));
    let look = answer::look(&house, &caller, move |conn, looker| {
        tickets::entries(conn, looker, &keys, page)
    });
    let shown = look.await?;
    on_record(&house, &caller, &shown).await?;
    let (sight, page) = (shown.sight, shown.entries);
    let seen = |told| TicketEntry::seen(told, sight);
    Ok(answer::page(&TicketEntryPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Writes down that the desk read a ticket. What its organisation does not see stands in the platform's chain.
async fn on_record(house: &House, caller: &Caller, shown: &Shown) -> Result<(), Problem> {
    let row = &shown.whole.ticket.row;
    let what = What { tenant: row.seen_by(), target: Some(row.id.uuid()), detail: None };
    Ok(house.on_record::<ReadTicket>(&caller.ask(), what).await?)
}

/// The operations of this file, and the steps.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(open_ticket)
        .service(report_emergency)
        .service(list_tickets)
        .service(read_ticket)
        .service(list_ticket_entries)
        .configure(export::routes)
        .configure(moves::routes)
        .configure(details::routes)
        .configure(development::routes)
        .configure(masking::routes)
        .configure(verification::routes)
        .configure(claiming::routes)
        .configure(watchers::routes)
        .configure(following::routes)
        .configure(many::routes)
        .configure(sharing::routes)
        .configure(help_search::routes)
        .configure(linked::routes);
}

//! Internal tickets over HTTP: an operation each. [`input`] is what is taken, [`view`] what is shown.

mod input;
mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use caredesk_core::domain::ids::InternalTicketId;
use caredesk_core::domain::internal_ticket::{InternalTicketChanges, NewInternalTicket};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::{Line, ReportText};
use caredesk_core::policy::action::{
    AcceptInternalTicket, ReopenInternalTicket, ShipInternalTicket, StartInternalTicket,
};
use caredesk_core::policy::{Action, InternalTicketFacts};

use super::answer;
use super::cursor;
use super::extract::{Caller, Json, Path, Query};
use super::problem::Problem;
use crate::service::{House, internal_tickets};
use crate::store::internal_tickets::comments::{CommentKey, CommentQuery};
use crate::store::internal_tickets::{InternalTicketKey, InternalTicketQuery};
use input::{
    CreateInternalTicket, CreateInternalTicketComment, DeclineInternalTicket,
    InternalTicketCommentFilter, InternalTicketFilter, InternalTicketPath, UpdateInternalTicket,
};
use view::{
    InternalTicket, InternalTicketComment, InternalTicketCommentPage, InternalTicketPage,
    InternalTicketSummary,
};

/// Where an internal ticket is.
fn location(id: InternalTicketId) -> String {
    format!("/v1/internal-tickets/{id}")
}

/// Create an internal ticket
///
/// Raises a bug or a feature request with the developers. Title and text are scanned: what holds personal data
/// is refused with `internal_ticket.personal_data`, and `errors` names each place and what was found there. Name
/// people by the ids of their records.
#[utoipa::path(operation_id = "create_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.create"))),
    request_body(content = CreateInternalTicket, description = "What is asked of the developers."),
    responses((status = 201, description = "The internal ticket.", body = InternalTicket)))]
#[post("/internal-tickets")]
async fn create_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateInternalTicket>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let texts = [("title", Some(body.title.as_str())), ("text", Some(body.text.as_str()))];
    let scanned = house.scan(&texts);
    let priority = body.priority();
    let new = NewInternalTicket { kind: body.kind, title: body.title, text: body.text, priority };
    answer::perform(&house, &ask, move |tx, who| {
        let made = internal_tickets::create(tx, who, (&new, &scanned))?;
        let (at, version) = (location(made.id), made.version);
        answer::created(at, version, &InternalTicket::seen(made, who, tx.now))
    })
    .await
}

/// List internal tickets
///
/// Shows the internal tickets, newest first, a page at a time.
#[utoipa::path(operation_id = "list_internal_tickets", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.read"))),
    params(InternalTicketFilter), responses((status = 200, description = "A page of internal tickets.", body = InternalTicketPage)))]
#[get("/internal-tickets")]
async fn list_internal_tickets(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<InternalTicketFilter>,
) -> Result<HttpResponse, Problem> {
    let InternalTicketFilter { state, kind, priority, limit, cursor } = filter;
    let binding = format!("internal-tickets|{state:?}|{kind:?}|{priority:?}");
    let after = cursor.as_deref();
    let after = after.map(|at| cursor::read::<InternalTicketKey>(&house.keys, &binding, at));
    let limit = limit.map_or(DEFAULT_LIMIT, i64::from);
    let ask = InternalTicketQuery { state, kind, priority, after: after.transpose()?, limit };
    let list = move |conn: &mut _, looker: &_| internal_tickets::list(conn, looker, &ask);
    let page = answer::look(&house, &caller, list).await?;
    Ok(answer::page(&InternalTicketPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(InternalTicketSummary::from).collect(),
    }))
}

/// Read an internal ticket
///
/// Shows one internal ticket with what this caller may do with it now. The tickets that wait for it are shown
/// as their number only.
#[utoipa::path(operation_id = "read_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.read")), ("x-etag" = json!(true))),
    params(InternalTicketPath), responses((status = 200, description = "The internal ticket.", body = InternalTicket)))]
#[get("/internal-tickets/{internal_ticket_id}")]
async fn read_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.internal_ticket_id;
    let read = move |conn: &mut _, looker: &_| internal_tickets::read(conn, looker, id);
    let ticket = answer::look(&house, &caller, read).await?;
    let version = ticket.version;
    answer::shown(version, &InternalTicket::seen(ticket, caller.actor(), house.clock.now()))
}

/// Update an internal ticket
///
/// Changes title, text or priority; absent fields stay. Texts are scanned as when it was raised. Send the `ETag`
/// you read as `If-Match`.
#[utoipa::path(operation_id = "update_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.update")), ("x-if-match" = json!("required"))),
    params(InternalTicketPath), request_body(content = UpdateInternalTicket, description = "What changes."),
    responses((status = 200, description = "The internal ticket after the change.", body = InternalTicket)))]
#[patch("/internal-tickets/{internal_ticket_id}")]
async fn update_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
    Json(body): Json<UpdateInternalTicket>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let title = body.title.as_ref().map(Line::as_str);
    let text = body.text.as_ref().map(ReportText::as_str);
    let texts = [("title", title), ("text", text)];
    let scanned = house.scan(&texts);
    let key = (path.internal_ticket_id, ask.version);
    let UpdateInternalTicket { title, text, priority } = body;
    let changes = InternalTicketChanges { title, text, priority };
    answer::perform(&house, &ask, move |tx, who| {
        let ticket = internal_tickets::update(tx, who, key, (&changes, &scanned))?;
        answer::ok(ticket.version, &InternalTicket::seen(ticket, who, tx.now))
    })
    .await
}

/// Takes a step with an internal ticket.
async fn step<A>(
    caller: &Caller,
    house: &House,
    path: &InternalTicketPath,
) -> Result<HttpResponse, Problem>
where
    A: Action<Target = InternalTicketFacts>,
{
    let ask = caller.change()?;
    let key = (path.internal_ticket_id, ask.version);
    answer::perform(house, &ask, move |tx, who| {
        let ticket = internal_tickets::step::<A>(tx, who, key)?;
        answer::ok(ticket.version, &InternalTicket::seen(ticket, who, tx.now))
    })
    .await
}

/// Accept an internal ticket
///
/// Says that it will be worked on. Only developers do, and of what is `reported`.
#[utoipa::path(operation_id = "accept_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.accept")), ("x-if-match" = json!("optional"))),
    params(InternalTicketPath), responses((status = 200, description = "The internal ticket, accepted.", body = InternalTicket)))]
#[post("/internal-tickets/{internal_ticket_id}/accept")]
async fn accept_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
) -> Result<HttpResponse, Problem> {
    step::<AcceptInternalTicket>(&caller, &house, &path).await
}

/// Start an internal ticket
///
/// Says that it is worked on. Only developers do, with what is `reported` or `accepted`.
#[utoipa::path(operation_id = "start_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.start")), ("x-if-match" = json!("optional"))),
    params(InternalTicketPath), responses((status = 200, description = "The internal ticket, in progress.", body = InternalTicket)))]
#[post("/internal-tickets/{internal_ticket_id}/start")]
async fn start_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
) -> Result<HttpResponse, Problem> {
    step::<StartInternalTicket>(&caller, &house, &path).await
}

/// Ship an internal ticket
///
/// Says that what it asks for is in use. Only developers do, of what is `in_progress`; the tickets that wait for
/// it learn of it.
#[utoipa::path(operation_id = "ship_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.ship")), ("x-if-match" = json!("optional"))),
    params(InternalTicketPath), responses((status = 200, description = "The internal ticket, shipped.", body = InternalTicket)))]
#[post("/internal-tickets/{internal_ticket_id}/ship")]
async fn ship_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
) -> Result<HttpResponse, Problem> {
    step::<ShipInternalTicket>(&caller, &house, &path).await
}

/// Decline an internal ticket
///
/// Says that it will not be worked on, and why. Only developers do, of what is not over; the reason is scanned
/// and becomes a comment, and the tickets that wait for it learn that it was declined.
#[utoipa::path(operation_id = "decline_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.decline")), ("x-if-match" = json!("optional"))),
    params(InternalTicketPath), request_body(content = DeclineInternalTicket, description = "Why."),
    responses((status = 200, description = "The internal ticket, declined.", body = InternalTicket)))]
#[post("/internal-tickets/{internal_ticket_id}/decline")]
async fn decline_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
    Json(body): Json<DeclineInternalTicket>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let texts = [("reason", Some(body.reason.as_str()))];
    let scanned = house.scan(&texts);
    let key = (path.internal_ticket_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let ticket = internal_tickets::decline(tx, who, key, (&body.reason, &scanned))?;
        answer::ok(ticket.version, &InternalTicket::seen(ticket, who, tx.now))
    })
    .await
}

/// Reopen an internal ticket
///
/// Takes up again what is over: what was shipped is `accepted` again, what was declined `reported`. Only
/// developers do.
#[utoipa::path(operation_id = "reopen_internal_ticket", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.reopen")), ("x-if-match" = json!("optional"))),
    params(InternalTicketPath), responses((status = 200, description = "The internal ticket, open again.", body = InternalTicket)))]
#[post("/internal-tickets/{internal_ticket_id}/reopen")]
async fn reopen_internal_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
) -> Result<HttpResponse, Problem> {
    step::<ReopenInternalTicket>(&caller, &house, &path).await
}

/// Create a comment on an internal ticket
///
/// Says something about an internal ticket, between Tier II and the developers. It is scanned like the ticket's
/// own text, and never changed.
#[utoipa::path(operation_id = "create_internal_ticket_comment", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.comment"))),
    params(InternalTicketPath), request_body(content = CreateInternalTicketComment, description = "What is to be said."),
    responses((status = 201, description = "The comment.", body = InternalTicketComment)))]
#[post("/internal-tickets/{internal_ticket_id}/comments")]
async fn create_internal_ticket_comment(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
    Json(body): Json<CreateInternalTicketComment>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let texts = [("text", Some(body.text.as_str()))];
    let scanned = house.scan(&texts);
    let id = path.internal_ticket_id;
    answer::perform(&house, &ask, move |tx, who| {
        let said = internal_tickets::comment(tx, who, id, (&body.text, &scanned))?;
        let at = format!("{}/comments", location(id));
        answer::created(at, 1, &InternalTicketComment::from(said))
    })
    .await
}

/// List the comments on an internal ticket
///
/// Shows what was said about an internal ticket, newest first, a page at a time.
#[utoipa::path(operation_id = "list_internal_ticket_comments", tag = "internal-tickets", extensions(("x-action" = json!("internal_ticket.read"))),
    params(InternalTicketPath, InternalTicketCommentFilter),
    responses((status = 200, description = "A page of comments.", body = InternalTicketCommentPage)))]
#[get("/internal-tickets/{internal_ticket_id}/comments")]
async fn list_internal_ticket_comments(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InternalTicketPath>,
    Query(filter): Query<InternalTicketCommentFilter>,
) -> Result<HttpResponse, Problem> {
    let id = path.internal_ticket_id;
    let binding = format!("internal-ticket-comments|{id}");
    let after = filter.cursor.as_deref();
    let after = after.map(|at| cursor::read::<CommentKey>(&house.keys, &binding, at));
    let limit = filter.limit.map_or(DEFAULT_LIMIT, i64::from);
    let ask = CommentQuery { internal_ticket: id, after: after.transpose()?, limit };
    let list = move |conn: &mut _, looker: &_| internal_tickets::comments(conn, looker, &ask);
    let page = answer::look(&house, &caller, list).await?;
    Ok(answer::page(&InternalTicketCommentPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(InternalTicketComment::from).collect(),
    }))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_internal_ticket)
        .service(list_internal_tickets)
        .service(read_internal_ticket)
        .service(update_internal_ticket)
        .service(accept_internal_ticket)
        .service(start_internal_ticket)
        .service(ship_internal_ticket)
        .service(decline_internal_ticket)
        .service(reopen_internal_ticket)
        .service(create_internal_ticket_comment)
        .service(list_internal_ticket_comments);
}

//! Steps of a ticket over HTTP. The state is their guard: `If-Match` may be sent and need not be.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::actor::Actor;

use super::input::{
    AssignTicket, ConfirmEmergency, DeclineEmergency, EscalateTicket, HandToOrganization,
    MergeTicket, RecordOrganizationAnswer, RecordTicketAction, ReferTicket, ReopenTicket,
    ReprioritiseTicket, ReturnTicket, RetypeTicket, TicketPath,
};
use super::view::Ticket;
use super::words::{
    AskRequester, NoteOnTicket, ReplyToTicket, ResolveTicket, reason_and_tried, refuse_canned, say,
    take, worded,
};
use crate::api::extract::{Caller, Json, Path};
use crate::api::problem::Problem;
use crate::service::House;
use crate::service::tickets::{self, Assigned, Wording};
use crate::store::Tx;

/// Reply on a ticket
///
/// Says something that everybody reads who sees the ticket: the requester and whoever is in copy to the desk, the
/// desk to them. A ticket that waited for its requester is open again. What is personal in the words is masked. An
/// agent may write down what a caller said, with `on_behalf_of_caller`.
#[utoipa::path(operation_id = "reply_to_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.reply")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ReplyToTicket, description = "What is said."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/reply")]
async fn reply_to_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ReplyToTicket>,
) -> Result<HttpResponse, Problem> {
    if body.on_behalf_of_caller {
        // What a caller said is no canned reply, and may hold braces as they please.
        refuse_canned(body.canned_reply_id)?;
        let wording = worded(body.text.map(Wording::OfCaller), None)?;
        return say(&caller, &house, (path, wording), tickets::reply_for_caller).await;
    }
    let wording = worded(body.text.map(Wording::Aloud), body.canned_reply_id)?;
    say(&caller, &house, (path, wording), tickets::reply).await
}

/// Ask the requester
///
/// Asks the requester for something and waits for it. They are told that there is a question.
#[utoipa::path(operation_id = "ask_requester", tag = "tickets", extensions(("x-action" = json!("ticket.ask")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = AskRequester, description = "The question."),
    responses((status = 200, description = "The ticket, which waits.", body = Ticket)))]
#[post("/tickets/{ticket_id}/ask")]
async fn ask_requester(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<AskRequester>,
) -> Result<HttpResponse, Problem> {
    let wording = worded(body.text.map(Wording::Aloud), body.canned_reply_id)?;
    say(&caller, &house, (path, wording), tickets::ask).await
}

/// Leave a note
///
/// Leaves a note that only the people of the desk read.
#[utoipa::path(operation_id = "add_ticket_note", tag = "tickets", extensions(("x-action" = json!("ticket.note")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = NoteOnTicket, description = "The note."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/notes")]
async fn add_ticket_note(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<NoteOnTicket>,
) -> Result<HttpResponse, Problem> {
    let wording = worded(body.text.map(Wording::Internal), body.canned_reply_id)?;
    say(&caller, &house, (path, wording), tickets::note_on).await
}

/// Hand a ticket to the organisation
///
/// Asks the organisation to do its part. It takes part from now on, sees the ticket, and is told.
#[utoipa::path(operation_id = "hand_to_organization", tag = "tickets", extensions(("x-action" = json!("ticket.hand_to_organization")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = HandToOrganization, description = "What is asked of it."),
    responses((status = 200, description = "The ticket, which waits.", body = Ticket)))]
#[post("/tickets/{ticket_id}/hand-to-organization")]
async fn hand_to_organization(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<HandToOrganization>,
) -> Result<HttpResponse, Problem> {
    say(&caller, &house, (path, Wording::Aloud(body.text)), tickets::hand_to_organization).await
}

/// Say that the organisation has done its part
///
/// Opens a ticket again that waited for the organisation: said by its Site Admins and Support Users, or by an agent
/// for them.
#[utoipa::path(operation_id = "record_organization_answer", tag = "tickets", extensions(("x-action" = json!("ticket.organization_answered")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = RecordOrganizationAnswer, description = "What it has done."),
    responses((status = 200, description = "The ticket, open again.", body = Ticket)))]
#[post("/tickets/{ticket_id}/organization-answered")]
async fn record_organization_answer(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<RecordOrganizationAnswer>,
) -> Result<HttpResponse, Problem> {
    say(&caller, &house, (path, Wording::Aloud(body.text)), tickets::organization_answered).await
}

/// Confirm an emergency
///
/// Says that what was reported is an emergency, and how that was made sure.
#[utoipa::path(operation_id = "confirm_emergency", tag = "tickets", extensions(("x-action" = json!("ticket.confirm_emergency")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ConfirmEmergency, description = "How it was made sure."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/confirm-emergency")]
async fn confirm_emergency(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ConfirmEmergency>,
) -> Result<HttpResponse, Problem> {
    say(&caller, &house, (path, Wording::Internal(body.text)), tickets::confirm_emergency).await
}

/// Decline an emergency
///
/// Says that what was reported is no emergency, and closes the ticket. Whoever reported it is told why, and how the
/// organisation is reached.
#[utoipa::path(operation_id = "decline_emergency", tag = "tickets", extensions(("x-action" = json!("ticket.decline_emergency")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = DeclineEmergency, description = "Why."),
    responses((status = 200, description = "The ticket, closed.", body = Ticket)))]
#[post("/tickets/{ticket_id}/decline-emergency")]
async fn decline_emergency(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<DeclineEmergency>,
) -> Result<HttpResponse, Problem> {
    say(&caller, &house, (path, Wording::Aloud(body.text)), tickets::decline_emergency).await
}

/// Escalate a ticket
///
/// Hands a ticket to the second tier, with why and what was tried. Nobody has it then until somebody there takes
/// it.
#[utoipa::path(operation_id = "escalate_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.escalate")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = EscalateTicket, description = "Why, and what was tried."),
    responses((status = 200, description = "The ticket, at the second tier.", body = Ticket)))]
#[post("/tickets/{ticket_id}/escalate")]
async fn escalate_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<EscalateTicket>,
) -> Result<HttpResponse, Problem> {
    let text = reason_and_tried(&body.reason, &body.tried)?;
    say(&caller, &house, (path, Wording::Internal(text)), tickets::escalate).await
}

/// Return a ticket to the first tier
///
/// Hands a ticket back, with why. Nothing that was revealed goes with it.
#[utoipa::path(operation_id = "return_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.return")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ReturnTicket, description = "Why."),
    responses((status = 200, description = "The ticket, at the first tier.", body = Ticket)))]
#[post("/tickets/{ticket_id}/return")]
async fn return_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ReturnTicket>,
) -> Result<HttpResponse, Problem> {
    say(&caller, &house, (path, Wording::Internal(body.text)), tickets::return_to_tier1).await
}

/// Reopen a ticket
///
/// Opens a ticket again that was resolved, or that nobody answered, within 14 days of its closing.
#[utoipa::path(operation_id = "reopen_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.reopen")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ReopenTicket, description = "What is still wrong."),
    responses((status = 200, description = "The ticket, open again.", body = Ticket)))]
#[post("/tickets/{ticket_id}/reopen")]
async fn reopen_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ReopenTicket>,
) -> Result<HttpResponse, Problem> {
    say(&caller, &house, (path, Wording::Aloud(body.text)), tickets::reopen).await
}

/// Assign a ticket
///
/// Takes a ticket, or gives it to an agent of the tier that it is at. A new one is open then. If somebody else has
/// it, a reason is needed.
#[utoipa::path(operation_id = "assign_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.assign")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = AssignTicket, description = "Who is to have it."),
    responses((status = 200, description = "The ticket, with whoever has it.", body = Ticket)))]
#[post("/tickets/{ticket_id}/assign")]
async fn assign_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<AssignTicket>,
) -> Result<HttpResponse, Problem> {
    let reason = match body.reason {
        Some(reason) => Some(house.hear_on(caller.actor(), path.ticket_id, reason).await?),
        None => None,
    };
    let asked = Assigned { agent: body.agent_id, reason };
    let step = move |tx: &mut Tx<'_>, who: &Actor, house: &House, key| {
        tickets::assign(tx, who, house, (key, &asked))
    };
    take(&caller, &house, &path, step).await
}

/// Resolve a ticket
///
/// Says what came of it, sends that to the requester and closes the ticket, in one step: none of it without the
/// others. At the second tier one recorded action at least stands before it.
#[utoipa::path(operation_id = "resolve_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.resolve")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ResolveTicket, description = "What came of it."),
    responses((status = 200, description = "The ticket, closed.", body = Ticket)))]
#[post("/tickets/{ticket_id}/resolve")]
async fn resolve_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ResolveTicket>,
) -> Result<HttpResponse, Problem> {
    let resolution = body.resolution.into();
    let wording = worded(body.text.map(Wording::Aloud), body.canned_reply_id)?;
    say(&caller, &house, (path, wording), move |tx, who, house, (key, said)| {
        tickets::resolve(tx, who, house, (key, said, resolution))
    })
    .await
}

/// Refer a ticket
///
/// Closes a ticket for what the desk must not do: the requester is told whom to turn to, and the organisation where
/// the rule wants it. The policy decides; a request that it sends nobody away for is refused.
#[utoipa::path(operation_id = "refer_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.refer")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ReferTicket, description = "What is asked for in truth."),
    responses((status = 200, description = "The ticket, closed.", body = Ticket)))]
#[post("/tickets/{ticket_id}/refer")]
async fn refer_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ReferTicket>,
) -> Result<HttpResponse, Problem> {
    let step = move |tx: &mut Tx<'_>, who: &Actor, house: &House, key| {
        tickets::refer(tx, who, house, (key, &body.request_type, &body.facts))
    };
    take(&caller, &house, &path, step).await
}

/// Retype a ticket
///
/// Says that a ticket is about something else than was thought. The policy decides anew, and the decision is kept.
#[utoipa::path(operation_id = "retype_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.retype")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = RetypeTicket, description = "What it is about, and why."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/retype")]
async fn retype_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<RetypeTicket>,
) -> Result<HttpResponse, Problem> {
    let (request_type, facts) = (body.request_type, body.facts);
    say(
        &caller,
        &house,
        (path, Wording::Internal(body.reason)),
        move |tx, who, house, (key, said)| {
            tickets::retype(tx, who, house, (key, said, &request_type, &facts))
        },
    )
    .await
}

/// Reprioritise a ticket
///
/// Says that a ticket is more urgent than was thought, or less, and why.
#[utoipa::path(operation_id = "reprioritise_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.reprioritise")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ReprioritiseTicket, description = "How urgent it is, and why."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/reprioritise")]
async fn reprioritise_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ReprioritiseTicket>,
) -> Result<HttpResponse, Problem> {
    let priority = body.priority;
    say(
        &caller,
        &house,
        (path, Wording::Internal(body.reason)),
        move |tx, who, house, (key, said)| {
            tickets::reprioritise(tx, who, house, (key, said, priority))
        },
    )
    .await
}

/// Record what the second tier did
///
/// Writes down that the requester was contacted, that development mended something, or that product development was
/// told. One at least stands before the second tier resolves a ticket.
#[utoipa::path(operation_id = "record_ticket_action", tag = "tickets", extensions(("x-action" = json!("ticket.record_action")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = RecordTicketAction, description = "What was done."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/actions")]
async fn record_ticket_action(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<RecordTicketAction>,
) -> Result<HttpResponse, Problem> {
    take(&caller, &house, &path, move |tx, who, _, key| {
        tickets::record_action(tx, who, (key, body.action))
    })
    .await
}

/// Merge a ticket
///
/// Closes a ticket that is the same as another open one of the same organisation. Its requester and whoever is in
/// copy of it are in copy of that one, and what is attached to it is attached to that one: unless somebody reads that
/// one who does not read this one, then it stays where the link between the two leads.
#[utoipa::path(operation_id = "merge_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.merge")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = MergeTicket, description = "Into which ticket."),
    responses((status = 200, description = "The ticket, closed.", body = Ticket)))]
#[post("/tickets/{ticket_id}/merge")]
async fn merge_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<MergeTicket>,
) -> Result<HttpResponse, Problem> {
    take(&caller, &house, &path, move |tx, who, house, key| {
        tickets::merge(tx, who, house, (key, body.into_ticket_id))
    })
    .await
}

/// Withdraw a ticket
///
/// Takes one's own ticket back, which closes it.
#[utoipa::path(operation_id = "withdraw_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.withdraw")), ("x-if-match" = json!("optional"))),
    params(TicketPath), responses((status = 200, description = "The ticket, closed.", body = Ticket)))]
#[post("/tickets/{ticket_id}/withdraw")]
async fn withdraw_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
) -> Result<HttpResponse, Problem> {
    take(&caller, &house, &path, |tx, who, _, key| tickets::withdraw(tx, who, key)).await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(reply_to_ticket)
        .service(ask_requester)
        .service(add_ticket_note)
        .service(hand_to_organization)
        .service(record_organization_answer)
        .service(confirm_emergency)
        .service(decline_emergency)
        .service(escalate_ticket)
        .service(return_ticket)
        .service(reopen_ticket)
        .service(assign_ticket)
        .service(resolve_ticket)
        .service(refer_ticket)
        .service(retype_ticket)
        .service(reprioritise_ticket)
        .service(record_ticket_action)
        .service(merge_ticket)
        .service(withdraw_ticket);
}

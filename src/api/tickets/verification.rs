//! Making sure who calls, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::ticket::TicketText;
use caredesk_core::domain::time::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::input::TicketPath;
use super::seen;
use super::view::Ticket;
use super::words::say;
use crate::api::answer;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::service::{House, tickets};

/// Which way a caller's code takes.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(super) struct SendVerificationCode {
    /// By email or text message, to what is on file; without it by email if there is an address. Nobody names a
    /// contact here.
    #[serde(default)]
    #[schema(nullable = false)]
    pub method: Option<Method>,
}
impl Body for SendVerificationCode {}

/// Where a caller's code went.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "sent_to": "g***@m***.example", "method": "email", "expires_at": "2026-11-21T10:00:00Z"}))]
pub(in crate::api) struct VerificationCodeSent {
    /// The contact on file; most of it is hidden.
    #[schema(min_length = 1, max_length = 300, pattern = "^.+$", example = "g***@m***.example")]
    sent_to: String,
    /// By which way.
    method: Method,
    /// Until when the code counts.
    expires_at: Moment,
}

/// The code that a caller reads out.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "492039"}))]
pub(super) struct VerifyRequester {
    /// Six digits.
    #[schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$", example = "492039")]
    pub code: String,
}
impl Body for VerifyRequester {}

/// How a caller was called back.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Called the number on file; the same person answered and knew of the request."}))]
pub(super) struct RecordCallBack {
    /// How it went, for the desk's people; what is personal in it is masked.
    pub text: TicketText,
}
impl Body for RecordCallBack {}

/// A proof that a ticket waits for, in the policy's words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(value_type = String, max_length = 200, pattern = "^[^\\x00]*$", example = "identity_verified = true")]
pub(in crate::api) struct AwaitedProof(pub(super) String);

/// Send a verification code
///
/// Sends a one-time code to the contact on file of whoever the ticket is for, for the caller to read out: to their
/// account's, or of a family without one to the guardian's of the application that the ticket is about. It counts for
/// 30 minutes and for this ticket; codes that were sent before count no more. To a contact that messages are not sent to
/// any more, since they came back or its owner wants none, goes no code: there is the call back.
#[utoipa::path(operation_id = "send_verification_code", tag = "tickets", extensions(("x-action" = json!("ticket.verify_requester")), ("x-if-match" = json!("optional")), ("x-etag" = json!(false))),
    params(TicketPath), request_body(content = SendVerificationCode, description = "Which way it takes."),
    responses((status = 200, description = "Where the code went.", body = VerificationCodeSent)))]
#[post("/tickets/{ticket_id}/verification-codes")]
async fn send_verification_code(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<SendVerificationCode>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.ticket_id, ask.version);
    let inner = House::clone(&house);
    answer::perform(&house, &ask, move |tx, who| {
        let sent = tickets::send_caller_code(tx, who, &inner, (key, body.method))?;
        let (method, expires_at) = (sent.method, sent.expires_at);
        answer::plain(&VerificationCodeSent { sent_to: sent.to, method, expires_at })
    })
    .await
}

/// Verify a requester
///
/// Takes the code that the caller reads out; five attempts. What is known of the requester never becomes less by it,
/// and what waited for the proof is decided anew: `outcome` says what the policy says now. If that sends the requester
/// elsewhere, the ticket stays open until it is referred.
#[utoipa::path(operation_id = "verify_requester", tag = "tickets", extensions(("x-action" = json!("ticket.verify_requester")), ("x-redeems" = json!(true)), ("x-conflict" = json!(true)), ("x-etag" = json!(true))),
    params(TicketPath), request_body(content = VerifyRequester, description = "The code."),
    responses((status = 200, description = "The ticket, with what is known now.", body = Ticket)))]
#[post("/tickets/{ticket_id}/verification")]
async fn verify_requester(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<VerifyRequester>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.ask();
    let id = path.ticket_id;
    let is_counted = house.try_caller_code(&ask, id).await?;
    let inner = House::clone(&house);
    let verified = answer::perform(&house, &ask, move |tx, who| {
        let typed = ((id, None), body.code.as_str(), is_counted);
        let shown = tickets::verify_caller(tx, who, &inner, typed)?;
        let version = shown.whole.ticket.row.version;
        answer::ok(version, &seen(&inner, shown, who, tx.now))
    })
    .await;
    if verified.as_ref().is_err_and(|problem| problem.code == Code::CodeWrong) {
        house.note_wrong_caller_code(&ask, id).await;
    }
    verified
}

/// Record a call back
///
/// Records that the agent called the number on file of whoever the ticket is for, and reached them. What waited for
/// the proof is decided anew, as by `verify_requester`.
#[utoipa::path(operation_id = "record_call_back", tag = "tickets", extensions(("x-action" = json!("ticket.verify_requester")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = RecordCallBack, description = "How it went."),
    responses((status = 200, description = "The ticket, with what is known now.", body = Ticket)))]
#[post("/tickets/{ticket_id}/call-backs")]
async fn record_call_back(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<RecordCallBack>,
) -> Result<HttpResponse, Problem> {
    say(&caller, &house, (path, body.text), tickets::call_back).await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(send_verification_code).service(verify_requester).service(record_call_back);
}

//! What was masked on a ticket, over HTTP: shown to the second tier, and objected to by whoever wrote it.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::ids::{
    AccountId, AttachmentId, TicketEntryId, TicketId, TicketObjectionId,
};
use caredesk_core::domain::ticket::{ObjectionState, TicketField, TicketText};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::HelpfulDetail;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::input::TicketPath;
use super::view::Ticket;
use super::words::{say, take};
use crate::api::answer;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::guard::{Refusal, Violation};
use crate::service::House;
use crate::service::tickets::{self, Objected, Revealed, Wanted};
use crate::store::tickets::Objection;

/// Which objection.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TicketObjectionPath {
    /// The ticket's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40")]
    pub ticket_id: TicketId,
    /// The objection's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e46")]
    pub objection_id: TicketObjectionId,
}

/// What an agent has to see as it was written.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"field": "subject", "reason": "The name of the class is part of it, and cannot be guessed."}))]
pub(super) struct RevealTicketField {
    /// Which field; `details` are what was told beside the words, as far as something of it is masked.
    pub field: TicketField,
    /// Which entry, where the field is `entry`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub entry_id: Option<TicketEntryId>,
    /// Which attachment, where the field is `attachment`: its name is shown.
    #[serde(default)]
    #[schema(nullable = false)]
    pub attachment_id: Option<AttachmentId>,
    /// Why; what is personal in it is masked.
    pub reason: TicketText,
}
impl Body for RevealTicketField {}

/// A field of a ticket as it was written: for the one agent who asked, once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "field": "subject", "entry_id": null, "attachment_id": null, "text": "The list of Sunflower Class stays empty", "caller": null}))]
pub(in crate::api) struct RevealedField {
    /// Which field.
    field: TicketField,
    /// Which entry; null if it is none.
    entry_id: Option<TicketEntryId>,
    /// Which attachment has the name; null if it is none.
    attachment_id: Option<AttachmentId>,
    /// What was written; null for a caller. Of details, a line for each that is masked: its name, a colon and what was
    /// written.
    #[schema(
        max_length = 200_000,
        pattern = "^[^\\x00]*$",
        example = "The list of Sunflower Class stays empty"
    )]
    text: Option<String>,
    /// Who the caller is; null for a text.
    caller: Option<RevealedCaller>,
}

/// Who a caller without an account is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "Gil Ferro", "email": "gil.ferro@mail.example", "phone": null}))]
pub(in crate::api) struct RevealedCaller {
    /// What they are called; null if nobody knows.
    name: Option<PersonName>,
    /// Where they are written to; null if nobody knows.
    email: Option<EmailAddress>,
    /// Where they are called; null if nobody knows.
    phone: Option<PhoneNumber>,
}

impl RevealedField {
    /// What was written in a field.
    fn of(wanted: Wanted, revealed: Revealed) -> Self {
        let (text, caller) = match revealed {
            Revealed::Text(text) => (Some(text), None),
            Revealed::Caller(who) => {
                (None, Some(RevealedCaller { name: who.name, email: who.email, phone: who.phone }))
            }
        };
        let Wanted { field, entry, attachment } = wanted;
        Self { field, entry_id: entry, attachment_id: attachment, text, caller }
    }
}

/// What somebody says against the masking of their words.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "What was masked is the name of a class, and of no person."}))]
pub(super) struct ObjectToMasking {
    /// The entry that it is about; the subject if no detail is named either.
    #[serde(default)]
    #[schema(nullable = false)]
    pub entry_id: Option<TicketEntryId>,
    /// The detail beside the words that it is about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub detail: Option<HelpfulDetail>,
    /// Why it is not personal; what is personal in the reason is masked.
    pub reason: TicketText,
}
impl Body for ObjectToMasking {}

/// What an author said against the masking of their words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e46", "entry_id": null, "detail": null,
    "author_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "reason": "What was masked is the name of a class, and of no person.", "state": "open",
    "created_at": "2026-11-21T09:30:00Z", "decided_by": null, "decided_at": null}))]
pub(in crate::api) struct TicketObjection {
    /// Its id.
    id: TicketObjectionId,
    /// The entry that it is about; null for a detail and for the subject.
    entry_id: Option<TicketEntryId>,
    /// The detail beside the words that it is about; null for an entry and for the subject.
    detail: Option<HelpfulDetail>,
    /// Whose words they are.
    author_id: AccountId,
    /// Why, masked.
    #[schema(
        max_length = 200_000,
        pattern = "^[^\\x00]*$",
        example = "What was masked is the name of a class, and of no person."
    )]
    reason: Option<String>,
    /// What has become of it.
    state: ObjectionState,
    /// When it was made.
    created_at: Moment,
    /// Who decided; null while nobody has.
    decided_by: Option<AccountId>,
    /// When; null while nobody has.
    decided_at: Option<Moment>,
}

impl From<Objection> for TicketObjection {
    fn from(of: Objection) -> Self {
        Self {
            id: of.id,
            entry_id: of.entry_id,
            detail: of.detail,
            author_id: of.author_id,
            reason: of.reason.map(|reason| reason.as_str().to_owned()),
            state: of.state,
            created_at: of.created_at,
            decided_by: of.decided_by,
            decided_at: of.decided_at,
        }
    }
}

/// Reveal what was masked
///
/// Shows one field as it was written to the agent who has the ticket at the second tier, with a second factor of the
/// last 15 minutes. That it was shown, and why, stands in the timeline and in the audit; what was shown stands nowhere,
/// and is not shown again to a repeated request.
#[utoipa::path(operation_id = "reveal_ticket_field", tag = "tickets", extensions(("x-action" = json!("ticket.reveal")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = RevealTicketField, description = "Which field, and why."),
    responses((status = 200, description = "What was written.", body = RevealedField)))]
#[post("/tickets/{ticket_id}/reveal")]
async fn reveal_ticket_field(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<RevealTicketField>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.ticket_id, ask.version);
    let (field, entry, attachment) = (body.field, body.entry_id, body.attachment_id);
    let wanted = Wanted { field, entry, attachment };
    let spoken = house.hear_on(caller.actor(), path.ticket_id, body.reason).await?;
    let inner = House::clone(&house);
    answer::perform_once(&house, &ask, move |tx, who| {
        let revealed = tickets::reveal(tx, who, &inner, (key, &spoken, wanted))?;
        answer::plain(&RevealedField::of(wanted, revealed))
    })
    .await
}

/// An objection is about one text.
fn one_text_only() -> Problem {
    Problem::from(Refusal::Invalid(vec![Violation {
        pointer: "#/detail".to_owned(),
        code: "not_both".to_owned(),
        detail: "stands beside an entry".to_owned(),
    }]))
}

/// Object to what was masked
///
/// Says that something in one's own words was masked that is not personal. The second tier decides, once; what it
/// decides stands in the timeline.
#[utoipa::path(operation_id = "object_to_masking", tag = "tickets", extensions(("x-action" = json!("ticket.object")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = ObjectToMasking, description = "What it is about, and why."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/objections")]
async fn object_to_masking(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<ObjectToMasking>,
) -> Result<HttpResponse, Problem> {
    let about = match (body.entry_id, body.detail) {
        (Some(entry), None) => Objected::Entry(entry),
        (None, Some(detail)) => Objected::Detail(detail),
        (None, None) => Objected::Subject,
        (Some(_), Some(_)) => return Err(one_text_only()),
    };
    say(&caller, &house, (path, body.reason), move |tx, who, house, (key, said)| {
        tickets::object(tx, who, house, (key, said, about))
    })
    .await
}

/// Uphold an objection
///
/// Puts what was written in place of the masked text, for everybody who reads the ticket. Addresses of email, social
/// security numbers, numbers of cards and passwords stay masked whoever decides.
#[utoipa::path(operation_id = "uphold_objection", tag = "tickets", extensions(("x-action" = json!("ticket.objection.uphold")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(TicketObjectionPath), responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/objections/{objection_id}/uphold")]
async fn uphold_objection(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketObjectionPath>,
) -> Result<HttpResponse, Problem> {
    let TicketObjectionPath { ticket_id, objection_id } = path;
    take(&caller, &house, &TicketPath { ticket_id }, move |tx, who, house, key| {
        tickets::uphold_objection(tx, who, house, (key, objection_id))
    })
    .await
}

/// Dismiss an objection
///
/// Leaves masked what somebody objected to. They read that in the timeline.
#[utoipa::path(operation_id = "dismiss_objection", tag = "tickets", extensions(("x-action" = json!("ticket.objection.dismiss")), ("x-if-match" = json!("optional"))),
    params(TicketObjectionPath), responses((status = 200, description = "The ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/objections/{objection_id}/dismiss")]
async fn dismiss_objection(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketObjectionPath>,
) -> Result<HttpResponse, Problem> {
    let TicketObjectionPath { ticket_id, objection_id } = path;
    take(&caller, &house, &TicketPath { ticket_id }, move |tx, who, _, key| {
        tickets::dismiss_objection(tx, who, (key, objection_id))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(reveal_ticket_field)
        .service(object_to_masking)
        .service(uphold_objection)
        .service(dismiss_objection);
}

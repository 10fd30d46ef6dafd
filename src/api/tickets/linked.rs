//! One ticket for whoever has the link of a message and no account, over HTTP.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{EntryKind, Resolution, TicketState, TicketText};
use caredesk_core::domain::time::Moment;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::api::answer;
use crate::api::extract::{Body, Json, Visitor};
use crate::api::problem::Problem;
use crate::api::views::hint::TicketHint;
use crate::service::House;
use crate::service::tickets::{Linked, LinkedEntry};

/// What shows a ticket.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "cdt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}))]
pub(super) struct ViewLinkedTicket {
    /// The secret of the link, which works once, or the `view_token` that it was exchanged for.
    #[schema(value_type = String, min_length = 47, max_length = 47, pattern = "^cd[tv]_[A-Za-z0-9_-]{43}$", example = "cdt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: SecretString,
}
impl Body for ViewLinkedTicket {}

/// What somebody says who followed a link.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"view_token": "cdv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "text": "It is release 160."}))]
pub(super) struct ReplyToLinkedTicket {
    /// What the link was exchanged for.
    #[schema(value_type = String, min_length = 47, max_length = 47, pattern = "^cdv_[A-Za-z0-9_-]{43}$", example = "cdv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    view_token: SecretString,
    /// What is said; what is personal in it is masked.
    text: TicketText,
}
impl Body for ReplyToLinkedTicket {}

/// Something that was said on a ticket, as whoever has a link to it reads it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "at": "2026-11-21T09:30:00Z", "kind": "reply", "transition": "ask", "author_kind": "tier_one",
    "text": "Which release is it?", "is_masked": false, "hints": [], "contacts": []}))]
pub(in crate::api) struct LinkedTicketEntry {
    /// When.
    at: Moment,
    /// Whether it was said, or happened.
    kind: EntryKind,
    /// The step that the ticket took with it; null if it took none.
    transition: Option<Transition>,
    /// As what its author acted: a role, or `system`, `operator` or `public`.
    #[schema(min_length = 3, max_length = 40, pattern = "^[a-z0-9_]+$", example = "tier_one")]
    author_kind: String,
    /// What was said, masked but for what was said by such a link; null for what happened without words.
    #[schema(max_length = 200_000, pattern = "^[^\\x00]*$", example = "Which release is it?")]
    text: Option<String>,
    /// Whether something of it is masked for this reader.
    is_masked: bool,
    /// What was masked of the words of whoever asked; empty for the words of others.
    #[schema(max_items = 40)]
    hints: Vec<TicketHint>,
    /// Whom to turn to.
    #[schema(max_items = 10)]
    contacts: Vec<Contact>,
}

/// A ticket, as whoever has a link to it reads it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "number": "C-000123", "state": "open", "resolution": null, "subject": "Emergency", "created_at": "2026-11-21T09:30:00Z",
    "organization": "Pine Lodge", "contacts": [{"label": "Front office", "email": "office@pinelodge.example"}],
    "entries": [], "view_token": null, "view_token_expires_at": null}))]
pub(in crate::api) struct LinkedTicket {
    /// The case number: it identifies and proves nothing.
    #[schema(min_length = 8, max_length = 21, pattern = "^C-[0-9]{6,19}$", example = "C-000123")]
    number: String,
    /// How far it has come.
    state: TicketState,
    /// How it ended; null while it has not.
    resolution: Option<Resolution>,
    /// What it is about, masked.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "Emergency")]
    subject: String,
    /// When it was opened.
    created_at: Moment,
    /// The organisation that it is about.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\x00]*$", example = "Pine Lodge")]
    organization: String,
    /// How the organisation is reached.
    #[schema(max_items = 10)]
    contacts: Vec<Contact>,
    /// What was said on it, newest first.
    #[schema(max_items = 100)]
    entries: Vec<LinkedTicketEntry>,
    /// Reads the ticket again, and answers on it, for a quarter of an hour; null unless a link was exchanged for it.
    #[schema(
        min_length = 47,
        max_length = 47,
        pattern = "^cdv_[A-Za-z0-9_-]{43}$",
        example = "cdv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    view_token: Option<String>,
    /// Until when it does.
    view_token_expires_at: Option<Moment>,
}

impl From<LinkedEntry> for LinkedTicketEntry {
    fn from(of: LinkedEntry) -> Self {
        let LinkedEntry { entry, text, is_masked, hints } = of;
        Self {
            at: entry.at,
            kind: entry.kind,
            transition: entry.transition,
            author_kind: entry.author,
            text,
            is_masked,
            hints: hints.into_iter().map(TicketHint::from).collect(),
            contacts: entry.detail.0.contacts,
        }
    }
}

impl From<Linked> for LinkedTicket {
    fn from(of: Linked) -> Self {
        let (number, row) = (of.whole.ticket.number, of.whole.ticket.row);
        Self {
            number: number.to_string(),
            state: row.state,
            resolution: row.resolution,
            subject: row.subject.as_str().to_owned(),
            created_at: row.created_at,
            organization: of.party.name.as_str().to_owned(),
            contacts: of.party.contacts,
            entries: of.entries.into_iter().map(LinkedTicketEntry::from).collect(),
            view_token: of.pass.as_ref().map(|(pass, _)| pass.expose().to_owned()),
            view_token_expires_at: of.pass.map(|(_, until)| until),
        }
    }
}

/// View a ticket by a link
///
/// Shows one ticket to whoever has the link of a message about it and no account to sign in with. A link works once,
/// for 14 days; it is exchanged for a `view_token`, which reads the ticket for a quarter of an hour. Texts are masked,
/// but for what was said by such a link before. A link that was used, is over or never was is answered alike.
#[utoipa::path(operation_id = "view_linked_ticket", tag = "tickets", security(()), extensions(("x-action" = json!("ticket.read_linked")), ("x-redeems" = json!(true))),
    request_body(content = ViewLinkedTicket, description = "The secret of the link."),
    responses((status = 200, description = "The ticket.", body = LinkedTicket)))]
#[post("/ticket-views")]
async fn view_linked_ticket(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<ViewLinkedTicket>,
) -> Result<HttpResponse, Problem> {
    let linked = house.linked_ticket(&visitor.ask(), body.token.expose_secret()).await?;
    Ok(answer::secret(StatusCode::OK, None, &LinkedTicket::from(linked)))
}

/// Reply on a ticket by a link
///
/// Says something on the ticket that a link was exchanged for, in its requester's place. A ticket that waited for its
/// requester is open again. What is personal in the words is masked.
#[utoipa::path(operation_id = "reply_to_linked_ticket", tag = "tickets", security(()), extensions(("x-action" = json!("ticket.reply_linked")), ("x-redeems" = json!(true)), ("x-conflict" = json!(true))),
    request_body(content = ReplyToLinkedTicket, description = "What is said."),
    responses((status = 200, description = "The ticket.", body = LinkedTicket)))]
#[post("/ticket-views/reply")]
async fn reply_to_linked_ticket(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<ReplyToLinkedTicket>,
) -> Result<HttpResponse, Problem> {
    let with = (body.view_token.expose_secret(), body.text);
    let linked = house.reply_to_linked_ticket(&visitor.ask(), with).await?;
    Ok(answer::secret(StatusCode::OK, None, &LinkedTicket::from(linked)))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(view_linked_ticket).service(reply_to_linked_ticket);
}

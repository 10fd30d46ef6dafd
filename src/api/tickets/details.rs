//! What helps the desk beside the words of a ticket, as it is taken and shown, with the ticket and later.

use actix_web::web::Data;
use actix_web::{HttpResponse, patch};
use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::ticket::{BrowserWords, DetailId, ErrorWords, StepsBefore};
use caredesk_core::policy::HelpfulDetail;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::input::TicketPath;
use super::view::Ticket;
use super::words::take;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::api::views::hint::TicketHint;
use crate::service::House;
use crate::service::tickets::{self, Beside, Details, HintedDetail};

/// What helps the desk to help: every one may stay away.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"child_id": "K-20431", "browser": "Firefox 160", "error_message": "Error E-1042"}))]
pub(super) struct GivenDetails {
    /// The number of the user whom it happened to.
    #[serde(default)]
    #[schema(nullable = false)]
    user_id: Option<DetailId>,
    /// The id of the class.
    #[serde(default)]
    #[schema(nullable = false)]
    class_id: Option<DetailId>,
    /// The id of the child.
    #[serde(default)]
    #[schema(nullable = false)]
    child_id: Option<DetailId>,
    /// The browser and its version, as it is known, or its user agent.
    #[serde(default)]
    #[schema(nullable = false)]
    browser: Option<BrowserWords>,
    /// The address that the account was made with; the desk reads it as it is.
    #[serde(default)]
    #[schema(nullable = false)]
    account_email: Option<EmailAddress>,
    /// The words of the error message; what is personal in them is masked.
    #[serde(default)]
    #[schema(nullable = false)]
    error_message: Option<ErrorWords>,
    /// What was done just before; what is personal in it is masked.
    #[serde(default)]
    #[schema(nullable = false)]
    steps: Option<StepsBefore>,
}

impl Body for GivenDetails {}

impl From<GivenDetails> for Details {
    fn from(of: GivenDetails) -> Self {
        Self {
            user_id: of.user_id,
            class_id: of.class_id,
            child_id: of.child_id,
            browser: of.browser,
            account_email: of.account_email,
            error_message: of.error_message,
            steps: of.steps,
        }
    }
}

/// What was told beside the words of a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "user_id": null, "class_id": null, "child_id": "K-20431", "browser": "Firefox 160", "account_email": null,
    "error_message": "Error E-1042", "steps": null}))]
pub(in crate::api) struct TicketDetails {
    /// The number of the user whom it happened to; null if it was not told.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "U-000123")]
    user_id: Option<String>,
    /// The id of the class; null if it was not told.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "B-12")]
    class_id: Option<String>,
    /// The id of the child; null if it was not told.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "K-20431")]
    child_id: Option<String>,
    /// The browser and its version; null if it was not told.
    #[schema(max_length = 20_000, pattern = "^[^\\x00]*$", example = "Firefox 160")]
    browser: Option<String>,
    /// The address that the account was made with; null if it was not told.
    #[schema(max_length = 254, pattern = "^[^\\x00]*$", example = "ana.ruiz@mail.example")]
    account_email: Option<String>,
    /// The words of the error message, masked but for whoever wrote them; null if they were not told.
    #[schema(max_length = 200_000, pattern = "^[^\\x00]*$", example = "Error E-1042")]
    error_message: Option<String>,
    /// What was done just before, masked likewise; null if it was not told.
    #[schema(max_length = 200_000, pattern = "^[^\\x00]*$", example = "Opened the profile.")]
    steps: Option<String>,
}

impl TicketDetails {
    /// What was told; none if nothing was, and for who sees no text.
    pub(super) fn seen(beside: &Beside) -> Option<Self> {
        let of = |detail| beside.details.get(&detail).cloned();
        (!beside.details.is_empty()).then(|| Self {
            user_id: of(HelpfulDetail::UserId),
            class_id: of(HelpfulDetail::ClassId),
            child_id: of(HelpfulDetail::ChildId),
            browser: of(HelpfulDetail::Browser),
            account_email: of(HelpfulDetail::AccountEmail),
            error_message: of(HelpfulDetail::ErrorMessage),
            steps: of(HelpfulDetail::Steps),
        })
    }
}

/// What of a detail was masked, or may be personal and was left: for whoever told it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "detail": "steps", "is_masked": true,
    "hints": [{"label": "PERSON_NAME", "is_masked": true, "count": 1, "instead": "child_class_or_user_id"}]}))]
pub(in crate::api) struct TicketDetailHint {
    /// Which.
    detail: HelpfulDetail,
    /// Whether the desk reads something of it masked.
    is_masked: bool,
    /// What was masked as it was told; what was masked since by what the case has met is not among it.
    #[schema(max_items = 40)]
    hints: Vec<TicketHint>,
}

impl From<HintedDetail> for TicketDetailHint {
    fn from(of: HintedDetail) -> Self {
        let hints = of.hints.into_iter().map(TicketHint::from).collect();
        Self { detail: of.detail, is_masked: of.is_masked, hints }
    }
}

/// Add details to a ticket
///
/// Tells what helps the desk, field by field, at any time: by whoever asked, by those in copy, and by agents where the
/// requester speaks to the desk through them, as the caller's word. What was told before by a field that is named is
/// replaced. What is personal is masked, a browser is judged anew, and `details_to_add` has what is missing still. A
/// ticket that waited for its requester is open again.
#[utoipa::path(operation_id = "add_ticket_details", tag = "tickets", extensions(("x-action" = json!("ticket.add_details")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = GivenDetails, description = "What is told, one field at least."),
    responses((status = 200, description = "The ticket.", body = Ticket)))]
#[patch("/tickets/{ticket_id}/details")]
async fn add_ticket_details(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<GivenDetails>,
) -> Result<HttpResponse, Problem> {
    let details = Details::from(body);
    let more = house.hear_more_details(caller.actor(), path.ticket_id, &details).await?;
    take(&caller, &house, &path, move |tx, who, house, key| {
        tickets::add_details(tx, who, house, (key, &more))
    })
    .await
}

/// The operation of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(add_ticket_details);
}

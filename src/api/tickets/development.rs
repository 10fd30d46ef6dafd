//! Leaving a ticket to development over HTTP, and what of that the second tier sees.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::ids::InternalTicketId;
use caredesk_core::domain::internal_ticket::InternalTicketState;
use caredesk_core::domain::ticket::TicketText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::input::TicketPath;
use super::view::Ticket;
use super::words::say;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::service::{House, tickets};
use crate::store::tickets::LinkedInternalTicket;

/// What a ticket waits for.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "internal_ticket_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e31",
    "text": "The same fault as in three other cases; it is reported with the steps to see it."}))]
pub(super) struct WaitForDevelopment {
    /// The internal ticket that development works on, or will; it is linked by this.
    pub internal_ticket_id: InternalTicketId,
    /// Why, for the desk's people.
    pub text: TicketText,
}
impl Body for WaitForDevelopment {}

/// An internal ticket that a ticket waits for, or waited for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e31", "number": "T-000045", "state": "accepted"}))]
pub(in crate::api) struct TicketInternalTicket {
    /// Its id.
    id: InternalTicketId,
    /// Its running number.
    #[schema(min_length = 8, max_length = 21, pattern = "^T-[0-9]{6,19}$", example = "T-000045")]
    number: String,
    /// How far it is.
    state: InternalTicketState,
}

impl From<LinkedInternalTicket> for TicketInternalTicket {
    fn from(of: LinkedInternalTicket) -> Self {
        Self { id: of.id, number: of.number.to_string(), state: of.state }
    }
}

/// Wait for development
///
/// Links an internal ticket that is not over, and leaves the ticket to development; one that waits already waits for
/// this one, too. It is open again by itself once every internal ticket that is linked to it was shipped or declined;
/// whoever has it is told.
#[utoipa::path(operation_id = "wait_for_development", tag = "tickets", extensions(("x-action" = json!("ticket.wait_for_development")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = WaitForDevelopment, description = "What is waited for, and why."),
    responses((status = 200, description = "The ticket, which waits.", body = Ticket)))]
#[post("/tickets/{ticket_id}/wait-for-development")]
async fn wait_for_development(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<WaitForDevelopment>,
) -> Result<HttpResponse, Problem> {
    let internal = body.internal_ticket_id;
    say(&caller, &house, (path, body.text), move |tx, who, house, (key, said)| {
        tickets::wait_for_development(tx, who, house, (key, said, internal))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(wait_for_development);
}

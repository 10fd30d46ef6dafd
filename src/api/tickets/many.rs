//! Many tickets at once, over HTTP.

use std::collections::HashSet;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::ids::{AccountId, TicketId};
use caredesk_core::domain::ticket::TicketText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::api::answer;
use crate::api::extract::{Body, Caller, Json};
use crate::api::problem::Problem;
use crate::guard::{Refusal, Violation};
use crate::service::House;
use crate::service::tickets::{self, ManyAssigned, RowResult};

/// Who is to have which tickets.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ticket_ids": ["01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40"]}))]
pub(super) struct AssignTickets {
    /// Which, each once.
    #[schema(min_items = 1, max_items = 100)]
    ticket_ids: Vec<TicketId>,
    /// The agent; oneself if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    assignee_id: Option<AccountId>,
    /// Why, if somebody else has one of them now.
    #[serde(default)]
    #[schema(nullable = false)]
    reason: Option<TicketText>,
}
impl Body for AssignTickets {}

impl AssignTickets {
    /// Refuses a ticket that is named twice.
    fn each_once(&self) -> Result<(), Refusal> {
        let mut met = HashSet::with_capacity(self.ticket_ids.len());
        let again = self.ticket_ids.iter().enumerate().filter(|(_, id)| !met.insert(**id));
        let fault = |(at, _)| Violation {
            pointer: format!("#/ticket_ids/{at}"),
            code: "duplicate".to_owned(),
            detail: "is named before".to_owned(),
        };
        let faults: Vec<Violation> = again.map(fault).collect();
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
    }
}

/// What became of one ticket of several.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "ticket_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "is_done": false, "code": "ticket.not_in_state"}))]
pub(in crate::api) struct TicketAssignment {
    /// Which.
    ticket_id: TicketId,
    /// Whether the agent has it by this.
    is_done: bool,
    /// Why not, by the code of the rule; null if it was done.
    #[schema(max_length = 60, pattern = "^[a-z0-9_.]+$", example = "ticket.not_in_state")]
    code: Option<String>,
}

impl From<RowResult> for TicketAssignment {
    fn from((ticket_id, code): RowResult) -> Self {
        Self { ticket_id, is_done: code.is_none(), code: code.map(|code| code.to_string()) }
    }
}

/// What became of several tickets.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "data": [{"ticket_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "is_done": true, "code": null}]}))]
pub(in crate::api) struct TicketAssignments {
    /// A row for each, in the order in which they were named.
    #[schema(max_items = 100)]
    data: Vec<TicketAssignment>,
}

/// Assign many tickets
///
/// Takes up to a hundred tickets, or gives them to an agent, each by the same rule as one alone. A ticket that cannot
/// be given, or that is not the caller's to see, stays as it is and says why; the others are given all the same.
#[utoipa::path(operation_id = "assign_tickets", tag = "tickets", extensions(("x-action" = json!("ticket.bulk_assign"))),
    request_body(content = AssignTickets, description = "Who is to have which tickets."),
    responses((status = 200, description = "What became of each.", body = TicketAssignments)))]
#[post("/ticket-assignments")]
async fn assign_tickets(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<AssignTickets>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    body.each_once()?;
    let reason = match body.reason {
        Some(reason) => Some(house.hear_on_many(caller.actor(), &body.ticket_ids, reason).await?),
        None => None,
    };
    let asked = ManyAssigned { tickets: body.ticket_ids, agent: body.assignee_id, reason };
    let inner = House::clone(&house);
    answer::perform(&house, &ask, move |tx, who| {
        let rows = tickets::assign_many(tx, who, &inner, &asked)?;
        answer::plain(&TicketAssignments { data: rows.into_iter().map(Into::into).collect() })
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(assign_tickets);
}

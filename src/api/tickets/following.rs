//! Going on from a closed ticket, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::ticket::{SubjectLine, TicketRelation, TicketText};
use caredesk_core::policy::desk::{Facts, RequestType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::input::TicketPath;
use super::view::Ticket;
use super::{location, seen};
use crate::api::answer;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::service::House;
use crate::service::tickets::{self, Following, Words};
use crate::store::tickets::Related;

/// A new ticket that goes on from a closed one.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "subject": "The page stays white again",
    "text": "It worked for a week. Since this morning the page stays white for child K-20431 again."}))]
pub(super) struct FollowUpTicket {
    /// What it is about, in one line.
    subject: SubjectLine,
    /// What is asked. Name people by their ids: names, birth dates, gender and addresses are masked.
    text: TicketText,
    /// What is asked for: a type of `GET /v1/policy/request-types`; as before if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    request_type: Option<RequestType>,
    /// What is known beside, as far as one's own word is enough for it.
    #[serde(default)]
    facts: Facts,
    /// The search of the help centre, of the last 24 hours, that did not answer it: named by Site Admins and Support
    /// Users as with a new ticket.
    #[serde(default)]
    #[schema(
        value_type = String,
        nullable = false,
        min_length = 36,
        max_length = 36,
        format = "uuid",
        example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e44"
    )]
    help_search_id: Option<Uuid>,
}
impl Body for FollowUpTicket {}

/// Another ticket that one has to do with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "ticket_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e41", "number": "C-000122", "relation": "follows"}))]
pub(in crate::api) struct RelatedTicket {
    /// Which.
    ticket_id: TicketId,
    /// Its case number.
    #[schema(min_length = 8, max_length = 21, pattern = "^C-[0-9]{6,19}$", example = "C-000122")]
    number: String,
    /// How this one has to do with it.
    relation: TicketRelation,
}

impl From<Related> for RelatedTicket {
    fn from(of: Related) -> Self {
        Self { ticket_id: of.id, number: of.number.to_string(), relation: of.relation }
    }
}

/// Follow up on a ticket
///
/// Opens a ticket that goes on where a closed one ended, at any time after. The policy decides anew, and whoever
/// searches the help centre before a new ticket does before this one. Whoever was in
/// copy is so again, and an organisation that took part, or got a copy of what was said, still does. Both tickets
/// show the other one in `links`.
#[utoipa::path(operation_id = "follow_up_ticket", tag = "tickets", extensions(("x-action" = json!("ticket.follow_up")), ("x-if-match" = json!("optional"))),
    params(TicketPath), request_body(content = FollowUpTicket, description = "What is asked for."),
    responses((status = 201, description = "The new ticket.", body = Ticket)))]
#[post("/tickets/{ticket_id}/follow-up")]
async fn follow_up_ticket(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<FollowUpTicket>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.ticket_id, ask.version);
    let words = Words { subject: Some(body.subject), text: Some(body.text), ..Words::default() };
    let following = Following {
        request_type: body.request_type,
        facts: body.facts,
        help_search: body.help_search_id,
    };
    let heard = house.hear_following(caller.actor(), path.ticket_id, words).await?;
    let inner = House::clone(&house);
    answer::perform(&house, &ask, move |tx, who| {
        let shown = tickets::follow_up(tx, who, &inner, (key, &following, &heard))?;
        let row = &shown.whole.ticket.row;
        let (at, version) = (location(row.id), row.version);
        answer::created(at, version, &seen(&inner, shown, who, tx.now))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(follow_up_ticket);
}

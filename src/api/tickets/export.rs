//! Tickets as a file over HTTP: asked for as a job, and taken when it is there.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::ids::{AccountId, JobId, TenantId};
use caredesk_core::domain::ticket::{Priority, TicketSearch, TicketState, TicketTag};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::desk::RequestType;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::input::TicketListView;
use super::viewed;
use crate::api::answer;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::api::views::job::Job;
use crate::service::{House, tickets};
use crate::store::tickets::{TicketOrder, TicketQuery};

/// Which export.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TicketExportPath {
    /// The id of the job that makes it.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e17")]
    job_id: JobId,
}

/// Which tickets to write into a file: what `list_tickets` finds by the same filters.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "closed", "since": "2026-11-01T00:00:00Z"}))]
pub(super) struct ExportTickets {
    /// Which part: without it one's own, and for the desk all that one sees.
    #[serde(default)]
    #[schema(nullable = false)]
    view: Option<TicketListView>,
    /// Words that all stand on the ticket, as it is masked, or a case number.
    #[serde(default)]
    #[schema(nullable = false)]
    q: Option<TicketSearch>,
    /// Only in this state.
    #[serde(default)]
    #[schema(nullable = false)]
    state: Option<TicketState>,
    /// Only of this priority.
    #[serde(default)]
    #[schema(nullable = false)]
    priority: Option<Priority>,
    /// Only of this type.
    #[serde(default)]
    #[schema(nullable = false)]
    request_type: Option<RequestType>,
    /// Only marked with this.
    #[serde(default)]
    #[schema(nullable = false)]
    tag: Option<TicketTag>,
    /// Only about this organisation.
    #[serde(default)]
    #[schema(nullable = false)]
    tenant_id: Option<TenantId>,
    /// Only those that this agent has.
    #[serde(default)]
    #[schema(nullable = false)]
    assignee_id: Option<AccountId>,
    /// Opened at this moment or later.
    #[serde(default)]
    #[schema(nullable = false)]
    since: Option<Moment>,
    /// Opened before this moment.
    #[serde(default)]
    #[schema(nullable = false)]
    until: Option<Moment>,
}
impl Body for ExportTickets {}

/// Export tickets
///
/// Writes the tickets that the filters find into a file of comma-separated values, newest first, as a job that can
/// be watched and stopped: with what its maker sees of them while it runs, subjects masked, people by number and
/// role. `read_ticket_export` takes the file once the job has succeeded. What it came to, with its SHA-256, is in
/// the audit.
#[utoipa::path(operation_id = "export_tickets", tag = "tickets", extensions(("x-action" = json!("ticket.export")), ("x-step-up" = json!(true))),
    request_body(content = ExportTickets, description = "Which tickets."),
    responses((status = 202, description = "The job that writes them.", body = Job)))]
#[post("/ticket-exports")]
async fn export_tickets(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<ExportTickets>,
) -> Result<HttpResponse, Problem> {
    let ask = TicketQuery {
        view: viewed(body.view, caller.actor())?,
        search: body.q,
        state: body.state,
        priority: body.priority,
        request_type: body.request_type,
        tag: body.tag,
        tenant: body.tenant_id,
        assignee: body.assignee_id,
        since: body.since,
        until: body.until,
        order: TicketOrder::Newest,
        after: None,
        limit: 0,
    };
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let job = tickets::begin_export(tx, who, &ask)?;
        answer::accepted(format!("/v1/jobs/{}", job.id), &Job::seen(&job, who, tx.now))
    })
    .await
}

/// Read the file of an export
///
/// Streams the file of an export as comma-separated values in UTF-8, with a header. It is its maker's alone, there
/// once the job has succeeded, and kept for a day; else it is not found, as it is once its maker has another role. A
/// cell that a spreadsheet would run as a formula begins with an apostrophe. That it was taken is in the audit.
#[utoipa::path(operation_id = "read_ticket_export", tag = "tickets", extensions(("x-action" = json!("ticket.export")), ("x-step-up" = json!(true))),
    params(TicketExportPath),
    responses((status = 200, description = "Comma-separated values.", content_type = "application/octet-stream", body = TicketExportFile)))]
#[get("/ticket-exports/{job_id}/content")]
async fn read_ticket_export(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketExportPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.job_id;
    house.take_export(&caller.ask(), id).await?;
    let parts = futures_util::stream::try_unfold(0_i32, move |seq| {
        let (house, caller) = (house.clone(), caller.clone());
        async move {
            let keys = house.keys.clone();
            let look = answer::look(&house, &caller, move |conn, looker| {
                tickets::exported_part(conn, looker, &keys, (id, seq))
            });
            let part = look.await?;
            Ok::<_, Problem>(part.map(|bytes| (Bytes::from(bytes), seq.saturating_add(1))))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/octet-stream"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"tickets.csv\""))
        .streaming(Box::pin(parts)))
}

/// Tickets as comma-separated values, a ticket a row.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 9_007_199_254_740_991,
    example = "number,state,tier,priority,resolution,request_type,channel,tenant_id,requester_kind,requester_number,requester_role,subject,first_answered_at,opened_at,closed_at\r\nC-000123,open,1,high,,technical.error.report,portal,01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10,support_user,U-000123,support_user,The health history page does not load,,2026-11-21T09:30:00Z,\r\n")]
#[expect(dead_code, reason = "stands for a stream of bytes in the document only")]
pub(super) struct TicketExportFile(Vec<u8>);

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(export_tickets).service(read_ticket_export);
}

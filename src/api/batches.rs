//! Batches over HTTP: the families of many applications invited, or unlinked, as a job.

use std::collections::HashSet;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::application::{
    ApplicationStatus, InviteMethod, OnlineAccount, UnlinkReason,
};
use caredesk_core::domain::ids::ApplicationId;
use caredesk_core::domain::{ChildId, SearchText};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json};
use super::problem::Problem;
use super::views::job::Job;
use crate::guard::Violation;
use crate::service::House;
use crate::service::batches::{self, Batch, Chosen, Deed};
use crate::store::applications::ApplicationFilter;

/// Which applications are meant, by what `list_applications` finds them by. All that is said must be so.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "submitted", "online_account": "none"}))]
pub(super) struct ApplicationChoice {
    /// The beginning of a number, or words that the family's name begins with.
    #[serde(default)]
    #[schema(nullable = false)]
    q: Option<SearchText>,
    /// Only in this state.
    #[serde(default)]
    #[schema(nullable = false)]
    status: Option<ApplicationStatus>,
    /// Only those whose family stands so to the portal.
    #[serde(default)]
    #[schema(nullable = false)]
    online_account: Option<OnlineAccount>,
    /// Only those with this child.
    #[serde(default)]
    #[schema(nullable = false)]
    child_id: Option<ChildId>,
}

/// A batch of invitations.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "method": "preferred", "dry_run": false,
    "application_ids": ["01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e33"]}))]
pub(super) struct InviteFamilies {
    /// By email, as a text message, or each family as it prefers. A family without that contact is not invited by
    /// another way: its row fails.
    method: InviteMethod,
    /// These applications; one that is named twice counts once. Either this or `filter`.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 1000)]
    application_ids: Option<Vec<ApplicationId>>,
    /// The applications that this finds, one thing at least. Either this or `application_ids`.
    #[serde(default)]
    #[schema(nullable = false)]
    filter: Option<ApplicationChoice>,
    /// Whether to find out only what would happen, row by row; nobody is invited then. False if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    dry_run: Option<bool>,
}
impl Body for InviteFamilies {}

/// A batch of unlinks.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "remove_access", "dry_run": true,
    "application_ids": ["01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e33"]}))]
pub(super) struct UnlinkApplications {
    /// Whether the families are to have no access, or to come back by another address or number.
    reason: UnlinkReason,
    /// These applications; one that is named twice counts once. Either this or `filter`.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 1000)]
    application_ids: Option<Vec<ApplicationId>>,
    /// The applications that this finds, one thing at least. Either this or `application_ids`.
    #[serde(default)]
    #[schema(nullable = false)]
    filter: Option<ApplicationChoice>,
    /// Whether to find out only what would happen, row by row; nobody is unlinked then. False if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    dry_run: Option<bool>,
}
impl Body for UnlinkApplications {}

/// Which applications a batch is about.
///
/// # Errors
/// Both ways to say it are taken, or neither, or the filter says nothing: nobody means everybody by leaving
/// something out.
fn chosen(
    ids: Option<Vec<ApplicationId>>,
    filter: Option<ApplicationChoice>,
) -> Result<Chosen, Problem> {
    let fault = |pointer: &str, code: &str, detail: &str| {
        let (pointer, code, detail) = (pointer.to_owned(), code.to_owned(), detail.to_owned());
        Problem::invalid(vec![Violation { pointer, code, detail }])
    };
    match (ids, filter) {
        (Some(mut ids), None) => {
            let mut seen = HashSet::with_capacity(ids.len());
            ids.retain(|id| seen.insert(*id));
            Ok(Chosen::Ids(ids))
        }
        (None, Some(ApplicationChoice { q, status, online_account, child_id })) => {
            let filter =
                ApplicationFilter { search: q, status, online: online_account, child: child_id };
            if filter == ApplicationFilter::default() {
                return Err(fault("#/filter", "too_few_fields", "names one field at least"));
            }
            Ok(Chosen::Filter(filter))
        }
        (None, None) => {
            Err(fault("#", "missing", "names applications by their ids or by a filter"))
        }
        (Some(_), Some(_)) => {
            Err(fault("#/filter", "excluded", "stands where there are no application_ids"))
        }
    }
}

/// Begins a batch for whoever asks.
async fn begin(caller: Caller, house: Data<House>, batch: Batch) -> Result<HttpResponse, Problem> {
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let job = batches::begin(tx, who, &batch)?;
        answer::accepted(format!("/v1/jobs/{}", job.id), &Job::seen(&job, who, tx.now))
    })
    .await
}

/// Invite many families
///
/// Invites the families of many applications, as a job that can be watched and stopped, with a result for each
/// row. Who was never invited is invited, who was before is reinvited, by the rules of those two operations; a
/// row that they bar fails alone, with their code. By `filter` those families are left out who have an
/// invitation that counts, unless it says `online_account: invited`: so the same batch a second time sends
/// nobody a second message. A filter finds the applications that are there now, and not what is made later.
/// It takes the permission `applications.read`, too.
#[utoipa::path(operation_id = "invite_families", tag = "applications", extensions(("x-action" = json!("invitation.batch"))),
    request_body(content = InviteFamilies, description = "Whom to invite, and by what."),
    responses((status = 202, description = "The job that invites them.", body = Job)))]
#[post("/invitation-batches")]
async fn invite_families(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<InviteFamilies>,
) -> Result<HttpResponse, Problem> {
    let chosen = chosen(body.application_ids, body.filter)?;
    let dry_run = body.dry_run.unwrap_or(false);
    begin(caller, house, Batch { deed: Deed::Invite(body.method), dry_run, chosen }).await
}

/// Unlink many applications
///
/// Takes the families' access to many applications away, as a job that can be watched and stopped, with a result
/// for each row. Each is unlinked by the rules of `unlink_application`; one that no family is linked to fails
/// alone. The accounts stay. A filter takes the permission `applications.read`, too.
#[utoipa::path(operation_id = "unlink_applications", tag = "applications", extensions(("x-action" = json!("application.batch_unlink"))),
    request_body(content = UnlinkApplications, description = "Which, and why."),
    responses((status = 202, description = "The job that unlinks them.", body = Job)))]
#[post("/unlink-batches")]
async fn unlink_applications(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<UnlinkApplications>,
) -> Result<HttpResponse, Problem> {
    let chosen = chosen(body.application_ids, body.filter)?;
    let dry_run = body.dry_run.unwrap_or(false);
    begin(caller, house, Batch { deed: Deed::Unlink(body.reason), dry_run, chosen }).await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(invite_families).service(unlink_applications);
}

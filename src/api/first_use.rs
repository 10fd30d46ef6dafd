//! Days of first use from before an organisation came to this product, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::Day;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::ids::EvidenceId;
use caredesk_core::domain::user::EarlierUse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json, Path};
use super::problem::Problem;
use super::tenant_path::TenantPath;
use crate::service::{House, first_use};

/// Days of first use, and why they may be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "evidence": {"kind": "contract", "reference": "Export of the former system, file 2026-131"},
    "dates": [{"user_number": "U-000001", "first_used_on": "2024-03-04"}]}))]
pub(super) struct ImportFirstUseDates {
    /// Why this may be recorded.
    evidence: Evidence,
    /// Whose first use was when; each user once.
    #[schema(min_items = 1, max_items = 500)]
    dates: Vec<FirstUseDate>,
}
impl Body for ImportFirstUseDates {}

/// When a user first used what the organisation had before.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_number": "U-000001", "first_used_on": "2024-03-04"}))]
pub(super) struct FirstUseDate {
    /// The user's running number in the organisation.
    #[schema(min_length = 8, max_length = 21, pattern = "^U-[0-9]{6,19}$", example = "U-000001")]
    user_number: String,
    /// The day, in the organisation's time zone: from 2000-01-01 on, not yet to come, and no later than the
    /// first use that is known.
    first_used_on: Day,
}

impl From<FirstUseDate> for EarlierUse {
    fn from(date: FirstUseDate) -> Self {
        Self { number: date.user_number, day: date.first_used_on }
    }
}

/// What an import of days of first use left.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"imported": 1, "evidence_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e19"}))]
pub(super) struct ImportedFirstUseDates {
    /// How many days were set.
    #[schema(minimum = 1, maximum = 500, format = "int32")]
    imported: i32,
    /// The id that the evidence is kept under.
    evidence_id: EvidenceId,
}

/// Import days of first use
///
/// Records since when users used what the organisation had before, on recorded evidence: the six months that
/// are asked of a Support User count from there. All of them or none; `errors` names everything that is
/// wrong. The organisation is told.
#[utoipa::path(operation_id = "import_first_use_dates", tag = "tenants", extensions(("x-action" = json!("user.first_use.import")), ("x-step-up" = json!(true))),
    params(TenantPath), request_body(content = ImportFirstUseDates, description = "The days and the evidence."),
    responses((status = 200, description = "How many were set.", body = ImportedFirstUseDates)))]
#[post("/tenants/{tenant_id}/first-use-dates")]
async fn import_first_use_dates(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
    Json(body): Json<ImportFirstUseDates>,
) -> Result<HttpResponse, Problem> {
    let (id, evidence) = (path.tenant_id, body.evidence);
    let rows: Vec<EarlierUse> = body.dates.into_iter().map(EarlierUse::from).collect();
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let imported = first_use::import(tx, who, id, (&rows, &evidence))?;
        answer::plain(&ImportedFirstUseDates {
            imported: super::views::figure(i64::try_from(imported.count).unwrap_or(i64::MAX)),
            evidence_id: imported.evidence,
        })
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(import_first_use_dates);
}

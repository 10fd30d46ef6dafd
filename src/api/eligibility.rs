//! Whether a user could be a Support User, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use caredesk_core::domain::Day;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Candidate;
use caredesk_core::policy::support_user::{Criterion, CriterionReason, SupportUserCriterion};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer;
use super::extract::{Caller, Path};
use super::problem::Problem;
use crate::service::{House, eligibility};

/// Who would be a Support User.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct EligibilityPath {
    /// The user's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14")]
    user_id: AccountId,
}

/// Whether a user meets what is asked of a Support User, point by point.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "user_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "role": "member", "eligible": false, "judged_at": "2026-11-21T09:30:00Z",
    "criteria": [{"criterion": "tenure", "met": false, "reason": "too_short", "passes_from": "2027-02-28"},
        {"criterion": "trained", "met": true, "reason": "met", "passes_from": null}]}))]
pub(super) struct SupportEligibility {
    /// Whose it is.
    user_id: AccountId,
    /// What the user is now. Who is a Support User already has to go on meeting every point.
    role: Role,
    /// Whether every point is met.
    eligible: bool,
    /// When it was judged.
    judged_at: Moment,
    /// Every point, met or not.
    #[schema(min_items = 1, max_items = 10)]
    criteria: Vec<JudgedCriterion>,
}

/// One thing that is asked of a Support User.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"criterion": "tenure", "met": false, "reason": "too_short", "passes_from": "2027-02-28"}))]
pub(super) struct JudgedCriterion {
    /// Which.
    criterion: SupportUserCriterion,
    /// Whether it is met.
    met: bool,
    /// Why it is met, or not.
    reason: CriterionReason,
    /// The first day on which it will be met, in the organisation's time zone; null if it is met, and where
    /// waiting is not all that it takes.
    passes_from: Option<Day>,
}

impl From<Criterion> for JudgedCriterion {
    fn from(found: Criterion) -> Self {
        let met = found.is_met();
        let Criterion { name, reason, passes_from } = found;
        Self { criterion: name, met, reason, passes_from }
    }
}

impl SupportEligibility {
    fn of(candidate: &Candidate, judged_at: Moment) -> Self {
        let criteria = candidate.criteria(judged_at);
        Self {
            user_id: candidate.id,
            role: candidate.role,
            eligible: criteria.iter().all(Criterion::is_met),
            judged_at,
            criteria: criteria.into_iter().map(JudgedCriterion::from).collect(),
        }
    }
}

/// Read whether a user could be a Support User
///
/// Judges every point that is asked of a Support User, each on its own: with its reason, and where waiting is
/// all that it takes, with the day from which it is met. Nothing is changed; the same points are judged again
/// when the right is given, and whenever it is used.
#[utoipa::path(operation_id = "read_support_eligibility", tag = "users", extensions(("x-action" = json!("user.eligibility.read"))),
    params(EligibilityPath), responses((status = 200, description = "The points.", body = SupportEligibility)))]
#[get("/users/{user_id}/support-eligibility")]
async fn read_support_eligibility(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<EligibilityPath>,
) -> Result<HttpResponse, Problem> {
    let user = path.user_id;
    let shown = answer::look(&house, &caller, move |conn, looker| {
        let candidate = eligibility::read(conn, looker, user)?;
        Ok(SupportEligibility::of(&candidate, looker.now))
    })
    .await?;
    Ok(answer::page(&shown))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(read_support_eligibility);
}

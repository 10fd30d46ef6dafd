//! The desk's policy over HTTP: tried out, read, and asked what a request is about.

mod rules;
mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::policy::desk::{Channel, DeskPolicy, Facts, RequestType, RequesterKind};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::answer::{self, KeptBy};
use super::extract::{Body, Caller, Held, Json, Visitor};
use super::problem::Problem;
use crate::service::House;
use crate::service::policy::Question;
use rules::{PolicyRule, PolicyRules, RequestTypeEntry, RequestTypes};
use view::{PolicyEvaluation, PolicyEvaluations, RequestTypeSuggestion, RequestTypeSuggestions};

/// Requests that the policy is to be asked about.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"inquiries": [
    {"request_type": "health.lockout.unlock", "requester": "family", "channel": "phone", "facts": {"identity_verified": true}},
    {"request_type": "users.reactivate", "channel": "portal"}]}))]
pub(super) struct EvaluatePolicy {
    /// The requests; each is judged by itself.
    #[schema(min_items = 1, max_items = 100)]
    inquiries: Vec<PolicyInquiry>,
}
impl Body for EvaluatePolicy {}

/// A request, as the policy is to be asked about it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"request_type": "health.lockout.unlock", "requester": "family", "channel": "phone", "facts": {"identity_verified": true}}))]
pub(super) struct PolicyInquiry {
    /// What is asked for: the code of a rule. One that no rule has is refused.
    request_type: RequestType,
    /// As what the requester is judged. Without it the caller is, from what is known of them: what is read
    /// from the record cannot be stated then.
    #[serde(default)]
    #[schema(nullable = false)]
    requester: Option<RequesterKind>,
    /// By which channel it is asked.
    channel: Channel,
    /// What is known beside; a fact that is absent is not known.
    #[serde(default)]
    facts: Facts,
    /// Whether the organisation is copied on every referral, and not on sensitive ones alone; where the caller
    /// is judged, its setting says so.
    #[serde(default)]
    copy_on_referrals: bool,
}

/// Somebody's words.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "My code says expired, can you send me a new one?"}))]
pub(super) struct SuggestRequestTypes {
    /// What they ask, in English or Spanish. It is looked at and not kept.
    #[schema(min_length = 1, max_length = 20_000, pattern = "^[^\\x00]*$")]
    text: String,
}
impl Body for SuggestRequestTypes {}

impl From<PolicyInquiry> for Question {
    fn from(asked: PolicyInquiry) -> Self {
        let PolicyInquiry { request_type, requester, channel, facts, copy_on_referrals } = asked;
        Self { request_type, requester, channel, facts, copy_on_referrals }
    }
}

/// Try the policy
///
/// Says what the desk's policy would answer to some requests: the outcome, what it brings, the rule, what was
/// missing, the facts it rests on and where each came from, what to do next, and the sentence for the
/// requester. Nothing is done, and nothing is kept. All of them are answered, or none.
#[utoipa::path(operation_id = "evaluate_policy", tag = "policy", extensions(("x-action" = json!("policy.evaluate")), ("x-reads" = json!(true))),
    request_body(content = EvaluatePolicy, description = "The requests."),
    responses((status = 200, description = "The answers, in the order of the requests.", body = PolicyEvaluations)))]
#[post("/policy/evaluations")]
async fn evaluate_policy(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<EvaluatePolicy>,
) -> Result<HttpResponse, Problem> {
    let questions = body.inquiries.into_iter().map(Question::from).collect();
    let answers = house.evaluate(&caller.ask(), questions).await?;
    Ok(answer::page(&PolicyEvaluations {
        policy_version: house.rules.desk.policy_version(),
        data: answers.into_iter().map(PolicyEvaluation::from).collect(),
    }))
}

/// List the rules
///
/// Shows every rule of the desk's policy: whom it answers how, in which cases, with which effects and in
/// which words. All of them come at once.
#[utoipa::path(operation_id = "list_policy_rules", tag = "policy", extensions(("x-action" = json!("policy.read")), ("x-cached" = json!(true))),
    responses((status = 200, description = "The rules.", body = PolicyRules)))]
#[get("/policy/rules")]
async fn list_policy_rules(
    caller: Caller,
    held: Held,
    house: Data<House>,
) -> Result<HttpResponse, Problem> {
    let policy = house.desk_policy(&caller.ask()).await?;
    let shown = PolicyRules {
        policy_version: policy.policy_version(),
        data: policy.rules().map(PolicyRule::from).collect(),
    };
    answer::cached(&held, KeptBy::Asker, file_version(policy), &shown)
}

/// List what can be asked for
///
/// Shows every type of request that somebody can have, for forms: what it is called, how somebody would ask
/// for it, and which facts the answer depends on. Nobody needs to sign in for it.
#[utoipa::path(operation_id = "list_request_types", tag = "policy", security(()), extensions(("x-action" = json!("request_type.list")), ("x-cached" = json!(true))),
    responses((status = 200, description = "The types.", body = RequestTypes)))]
#[get("/policy/request-types")]
async fn list_request_types(
    _visitor: Visitor,
    held: Held,
    house: Data<House>,
) -> Result<HttpResponse, Problem> {
    let policy = house.request_types()?;
    let shown = RequestTypes {
        policy_version: policy.policy_version(),
        data: policy.request_types().filter_map(RequestTypeEntry::of).collect(),
    };
    answer::cached(&held, KeptBy::Anybody, file_version(policy), &shown)
}

/// Suggest the type of a request
///
/// Says what somebody is likely to ask for, by their words: up to three types, the likeliest first. Nothing
/// where the words say nothing. The text is not kept.
#[utoipa::path(operation_id = "suggest_request_types", tag = "policy", extensions(("x-action" = json!("request_type.suggest")), ("x-reads" = json!(true))),
    request_body(content = SuggestRequestTypes, description = "The words."),
    responses((status = 200, description = "The types.", body = RequestTypeSuggestions)))]
#[post("/policy/suggestions")]
async fn suggest_request_types(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<SuggestRequestTypes>,
) -> Result<HttpResponse, Problem> {
    let found = house.suggest(&caller.ask(), &body.text).await?;
    let policy = &house.rules.desk;
    let shown = |found| RequestTypeSuggestion::of(found, policy);
    Ok(answer::page(&RequestTypeSuggestions {
        data: found.into_iter().filter_map(shown).collect(),
    }))
}

/// The number that the operator gave the rules.
fn file_version(policy: &DeskPolicy) -> i64 {
    i64::from(policy.version())
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(evaluate_policy)
        .service(list_policy_rules)
        .service(list_request_types)
        .service(suggest_request_types);
}

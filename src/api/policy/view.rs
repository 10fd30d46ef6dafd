//! Answers of the policy as they are shown.

use caredesk_core::policy::desk::{
    Channel, DeskPolicy, Effect, Fact, FactSource, FactUsed, Missing, Outcome, RequestType,
    RequesterAction, RequesterKind, RuleCode, Wording,
};
use caredesk_core::policy::suggestion::Suggestion;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::policy::Evaluated;

/// What the policy would answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"policy_version": "1+3fa9c2d1", "data": [{
    "request_type": "notifications.resend", "requester": "family", "channel": "phone", "rule": "notifications.resend",
    "outcome": "verify_first", "effects": ["audit_log", "identity_verification_required"],
    "missing": [{"fact": "identity_verified", "value": "true", "channels": []}],
    "facts": [{"fact": "identity_verified", "value": null, "source": null}], "next_actions": ["verify_identity"],
    "say": {"en": "First we have to know who asks.", "es": "Primero tenemos que saber quién pregunta."},
    "path": ["Rule notifications.resend:"]}]}))]
pub(in crate::api) struct PolicyEvaluations {
    /// The version of the rules.
    #[schema(max_length = 40, pattern = "^[0-9]+\\+[0-9a-f]{8}$", example = "1+3fa9c2d1")]
    pub(in crate::api) policy_version: String,
    /// The answers, in the order of the requests.
    #[schema(max_items = 100)]
    pub(in crate::api) data: Vec<PolicyEvaluation>,
}

/// An answer of the policy.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "request_type": "notifications.resend", "requester": "family", "channel": "phone", "rule": "notifications.resend",
    "outcome": "verify_first", "effects": ["audit_log", "identity_verification_required"],
    "missing": [{"fact": "identity_verified", "value": "true", "channels": []}],
    "facts": [{"fact": "identity_verified", "value": null, "source": null}], "next_actions": ["verify_identity"],
    "say": {"en": "First we have to know who asks.", "es": "Primero tenemos que saber quién pregunta."},
    "path": ["Rule notifications.resend:"]}))]
pub(in crate::api) struct PolicyEvaluation {
    /// What was asked for.
    request_type: RequestType,
    /// As what the requester was judged.
    requester: RequesterKind,
    /// By which channel it was asked.
    channel: Channel,
    /// The rule that answered; null if no rule knows the request.
    rule: Option<RuleCode>,
    /// What comes of it.
    outcome: Outcome,
    /// What it brings.
    #[schema(max_items = 60)]
    effects: Vec<Effect>,
    /// What would have to be there for another answer.
    #[schema(max_items = 60)]
    missing: Vec<MissingProof>,
    /// The facts that were looked at.
    #[schema(max_items = 60)]
    facts: Vec<FactLookedAt>,
    /// What the requester can do next.
    #[schema(max_items = 20)]
    next_actions: Vec<RequesterAction>,
    /// What the requester is told.
    say: Wording,
    /// The way to the answer, a line for each step.
    #[schema(max_items = 100)]
    path: Vec<PathStep>,
}

/// A step on the way to an answer, in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(value_type = String, max_length = 300, pattern = "^[^\\x00]*$", example = "Rule notifications.resend:")]
pub(in crate::api) struct PathStep(String);

/// Something that would have to be there for another answer: a fact, or another channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"fact": "identity_verified", "value": "true", "channels": []}))]
pub(in crate::api) struct MissingProof {
    /// The fact; null where another channel is asked for.
    fact: Option<Fact>,
    /// What it would have to be.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "true")]
    value: Option<String>,
    /// The channels that it is not answered by.
    #[schema(max_items = 6)]
    channels: Vec<Channel>,
}

/// A fact that was looked at.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"fact": "identity_verified", "value": null, "source": null}))]
pub(in crate::api) struct FactLookedAt {
    /// Which.
    fact: Fact,
    /// What it is; null if it is not known.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "true")]
    value: Option<String>,
    /// Where that comes from; null if it is not known.
    source: Option<FactSource>,
}

/// What somebody is likely to ask for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"data": [{"request_type": "invitations.expired", "score": 870,
    "title": {"en": "A code that has expired", "es": "Un código caducado"}}]}))]
pub(in crate::api) struct RequestTypeSuggestions {
    /// The types, the likeliest first.
    #[schema(max_items = 3)]
    pub(in crate::api) data: Vec<RequestTypeSuggestion>,
}

/// A type that somebody may mean.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"request_type": "invitations.expired", "score": 870,
    "title": {"en": "A code that has expired", "es": "Un código caducado"}}))]
pub(in crate::api) struct RequestTypeSuggestion {
    /// The type.
    request_type: RuleCode,
    /// How likely it is: 0 to 1000.
    #[schema(minimum = 0, maximum = 1000, format = "int32", example = 870)]
    score: i32,
    /// What it is called.
    title: Wording,
}

impl From<Evaluated> for PolicyEvaluation {
    fn from(Evaluated { inquiry, decision }: Evaluated) -> Self {
        Self {
            request_type: decision.request_type,
            requester: inquiry.requester,
            channel: inquiry.channel,
            rule: decision.rule,
            outcome: decision.outcome,
            effects: decision.effects,
            missing: decision.missing.into_iter().map(MissingProof::from).collect(),
            facts: decision.facts_used.into_iter().map(FactLookedAt::from).collect(),
            next_actions: decision.next_actions,
            say: decision.say,
            path: decision.path.iter().map(|step| PathStep(step.to_string())).collect(),
        }
    }
}

impl From<Missing> for MissingProof {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Fact(fact, value) => {
                Self { fact: Some(fact), value: Some(value.to_string()), channels: Vec::new() }
            }
            Missing::Channel(channels) => Self { fact: None, value: None, channels },
        }
    }
}

impl From<FactUsed> for FactLookedAt {
    fn from(FactUsed { fact, known }: FactUsed) -> Self {
        Self {
            fact,
            value: known.as_ref().map(|known| known.value.to_string()),
            source: known.map(|known| known.source),
        }
    }
}

impl RequestTypeSuggestion {
    /// A suggestion with what it is called; none for a type that the operator's rules do not have.
    pub(in crate::api) fn of(found: Suggestion<'_>, policy: &DeskPolicy) -> Option<Self> {
        let rule = policy.rule(found.request_type)?;
        Some(Self {
            request_type: rule.code.clone(),
            score: i32::from(found.score),
            title: rule.title.clone(),
        })
    }
}

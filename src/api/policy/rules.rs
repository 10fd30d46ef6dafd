//! The rules as they are shown.

use caredesk_core::domain::{Line, Paragraph};
use caredesk_core::policy::desk::{
    Case, Channel, Condition, Effect, Fact, Outcome, RequesterKind, Rule, RuleCode, RuleKind, Test,
    Wording,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The rules of the desk's policy.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"policy_version": "1+3fa9c2d1", "data": []}))]
pub(in crate::api) struct PolicyRules {
    /// Their version.
    #[schema(max_length = 40, pattern = "^[0-9]+\\+[0-9a-f]{8}$", example = "1+3fa9c2d1")]
    pub(in crate::api) policy_version: String,
    /// The rules.
    #[schema(max_items = 500)]
    pub(in crate::api) data: Vec<PolicyRule>,
}

/// A rule of the desk's policy.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "code": "health.lockout.unlock", "kind": "decision", "sources": ["HD"],
    "title": {"en": "Unlock a health form", "es": "Desbloquear un formulario de salud"},
    "example": {"en": "Unlock the health form", "es": "Desbloquee el formulario de salud"},
    "channels": ["portal", "email", "phone"], "sensitive": true,
    "cases": [], "outcomes": [{"requester": "family", "outcome": "refer_to_organization"}],
    "effects": [{"outcome": "refuse", "effects": ["provide_org_contact"]}],
    "say": [{"outcome": "refer_to_organization", "say": {"en": "Your organisation unlocks it.", "es": "Su organización lo desbloquea."}}],
    "why": null}))]
pub(in crate::api) struct PolicyRule {
    /// Its name.
    code: RuleCode,
    /// What it is for.
    kind: RuleKind,
    /// The documents that it comes from, by their labels.
    #[schema(max_items = 10)]
    sources: Vec<Line>,
    /// What it is about.
    title: Wording,
    /// How somebody would ask for it; null if nobody does.
    example: Option<Wording>,
    /// The ways in which it is asked for. It informs and decides nothing.
    #[schema(max_items = 6)]
    channels: Vec<Channel>,
    /// Whether the organisation is notified and copied when somebody else is referred to it.
    sensitive: bool,
    /// The cases; the first that matches answers.
    #[schema(max_items = 50)]
    cases: Vec<PolicyCase>,
    /// What comes of it for whom, where no case matches.
    #[schema(max_items = 12)]
    outcomes: Vec<OutcomeForRequester>,
    /// What an outcome brings, beside what it always brings.
    #[schema(max_items = 9)]
    effects: Vec<EffectsOfOutcome>,
    /// What the requester is told.
    #[schema(max_items = 9)]
    say: Vec<WordingOfOutcome>,
    /// Why the rule is as it is; null if nothing is said.
    why: Option<Paragraph>,
}

/// A case of a rule: all that it asks must hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "requesters": ["family"], "channels": ["phone", "email"],
    "conditions": [{"fact": "identity_verified", "test": "is_not", "value": "true"}], "outcome": "verify_first"}))]
pub(in crate::api) struct PolicyCase {
    /// Whom it is for.
    #[schema(max_items = 12)]
    requesters: Vec<RequesterKind>,
    /// By which channels.
    #[schema(max_items = 6)]
    channels: Vec<Channel>,
    /// What it asks of the facts.
    #[schema(max_items = 20)]
    conditions: Vec<PolicyCondition>,
    /// What comes of it.
    outcome: Outcome,
}

/// One thing that a case asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"fact": "identity_verified", "test": "is_not", "value": "true"}))]
pub(in crate::api) struct PolicyCondition {
    /// About which fact.
    fact: Fact,
    /// How it is held against the value.
    test: ConditionTest,
    /// The value.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "true")]
    value: String,
}

/// How a fact is held against a value.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = json!("is_not"))]
pub(in crate::api) enum ConditionTest {
    /// It is this.
    Is,
    /// It is anything else, or not known.
    IsNot,
    /// It is this number or a larger one.
    AtLeast,
}

/// What comes of a request for somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"requester": "family", "outcome": "refer_to_organization"}))]
pub(in crate::api) struct OutcomeForRequester {
    /// For whom.
    requester: RequesterKind,
    /// What.
    outcome: Outcome,
}

/// What an outcome brings.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"outcome": "refuse", "effects": ["provide_org_contact"]}))]
pub(in crate::api) struct EffectsOfOutcome {
    /// Which.
    outcome: Outcome,
    /// What.
    #[schema(max_items = 60)]
    effects: Vec<Effect>,
}

/// What somebody is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"outcome": "refuse", "say": {"en": "We do not do this.", "es": "No hacemos esto."}}))]
pub(in crate::api) struct WordingOfOutcome {
    /// With which outcome.
    outcome: Outcome,
    /// What.
    say: Wording,
}

/// What can be asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"policy_version": "1+3fa9c2d1", "data": []}))]
pub(in crate::api) struct RequestTypes {
    /// The version of the rules.
    #[schema(max_length = 40, pattern = "^[0-9]+\\+[0-9a-f]{8}$", example = "1+3fa9c2d1")]
    pub(in crate::api) policy_version: String,
    /// The types.
    #[schema(max_items = 500)]
    pub(in crate::api) data: Vec<RequestTypeEntry>,
}

/// Something that can be asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "request_type": "notifications.resend", "title": {"en": "A message again", "es": "Un mensaje otra vez"},
    "example": {"en": "Resend the confirmation I deleted", "es": "Reenvíe la confirmación que borré"},
    "channels": ["portal", "email", "phone"], "sensitive": false,
    "facts": [{"fact": "identity_verified", "meaning": "Signed in, or a code to the contact on file.", "counts_while_unknown": true}]}))]
pub(in crate::api) struct RequestTypeEntry {
    /// Its code.
    request_type: RuleCode,
    /// What it is called.
    title: Wording,
    /// How somebody would ask for it.
    example: Wording,
    /// The ways in which it is asked for. It informs and decides nothing.
    #[schema(max_items = 6)]
    channels: Vec<Channel>,
    /// Whether the organisation is told when somebody else is referred to it.
    sensitive: bool,
    /// The facts that the answer depends on.
    #[schema(max_items = 60)]
    facts: Vec<FactAskedFor>,
}

/// A fact that an answer depends on.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"fact": "identity_verified", "meaning": "Signed in, or a code to the contact on file.", "counts_while_unknown": true}))]
pub(in crate::api) struct FactAskedFor {
    /// Which.
    fact: Fact,
    /// What it means.
    #[schema(value_type = Line)]
    meaning: &'static str,
    /// Whether it counts against the requester while it is not known.
    counts_while_unknown: bool,
}

impl From<&Rule> for PolicyRule {
    fn from(rule: &Rule) -> Self {
        let outcomes = rule.outcomes.iter();
        let effects = rule.effects.iter();
        let say = rule.say.iter();
        Self {
            code: rule.code.clone(),
            kind: rule.kind,
            sources: rule.sources.clone(),
            title: rule.title.clone(),
            example: rule.example.clone(),
            channels: rule.channels.iter().collect(),
            sensitive: rule.is_sensitive,
            cases: rule.cases.iter().map(PolicyCase::from).collect(),
            outcomes: outcomes
                .map(|(requester, outcome)| OutcomeForRequester {
                    requester: *requester,
                    outcome: *outcome,
                })
                .collect(),
            effects: effects
                .map(|(outcome, effects)| EffectsOfOutcome {
                    outcome: *outcome,
                    effects: effects.clone(),
                })
                .collect(),
            say: say
                .map(|(outcome, say)| WordingOfOutcome { outcome: *outcome, say: say.clone() })
                .collect(),
            why: rule.why.clone(),
        }
    }
}

impl From<&Case> for PolicyCase {
    fn from(case: &Case) -> Self {
        let by = Channel::ALL.iter().copied().filter(|channel| !case.not_by.has(*channel));
        Self {
            requesters: case.kinds.iter().collect(),
            channels: by.collect(),
            conditions: case.conditions.iter().map(PolicyCondition::from).collect(),
            outcome: case.outcome,
        }
    }
}

impl From<&Condition> for PolicyCondition {
    fn from(condition: &Condition) -> Self {
        let (test, value) = match &condition.test {
            Test::Is(value) => (ConditionTest::Is, value.to_string()),
            Test::IsNot(value) => (ConditionTest::IsNot, value.to_string()),
            Test::AtLeast(least) => (ConditionTest::AtLeast, least.to_string()),
        };
        Self { fact: condition.fact, test, value }
    }
}

impl RequestTypeEntry {
    /// A rule as something to ask for; none if nobody asks for it.
    pub(in crate::api) fn of(rule: &Rule) -> Option<Self> {
        let example = rule.example.clone()?;
        let required = rule.required_facts();
        let shown = |fact: Fact| FactAskedFor {
            fact,
            meaning: fact.meaning(),
            counts_while_unknown: required.contains(&fact),
        };
        Some(Self {
            request_type: rule.code.clone(),
            title: rule.title.clone(),
            example,
            channels: rule.channels.iter().collect(),
            sensitive: rule.is_sensitive,
            facts: rule.facts().into_iter().map(shown).collect(),
        })
    }
}

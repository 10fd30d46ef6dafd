//! Decisions as they are shown.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{AccountId, AuditEntryId, DecisionId, TenantId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::decision_log as log;
use caredesk_core::policy::desk::{
    Channel, Effect, Fact, FactSource, Outcome, RequesterKind, RuleCode,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::page;
use crate::api::views::seal::AuditSeal;
use crate::service::decisions::ProvenDecision;
use crate::store::decisions as store;

/// A decision of the desk's policy that was acted on: who asked, how that was known, by which rule it was
/// decided, from which facts, and what was said.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e1a", "at": "2026-11-21T09:30:00Z",
    "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "ticket_id": null,
    "actor_kind": "tier1", "actor_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "requester": "family", "requester_id": null, "verification": "none", "channel": "phone",
    "request_type": "health.lockout.unlock", "rule": "health.lockout.unlock", "outcome": "refer_to_organization",
    "effects": ["audit_log", "provide_org_contact", "notify_org", "copy_org_on_thread"], "missing": [],
    "facts": [{"fact": "opens_ticket", "value": null, "source": null}], "policy_version": "1+3fa9c2d1",
    "locale": "en", "said": "Your organisation unlocks the form. Here is how to reach them.",
    "request_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e15",
    "proof": {"audit_entry_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14",
        "digest": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9", "seal": null}}))]
pub(in crate::api) struct LoggedDecision {
    /// Its id.
    id: DecisionId,
    /// When it was decided.
    at: Moment,
    /// The tenant that it is about; null if that is not known.
    tenant_id: Option<TenantId>,
    /// The ticket on which it was acted; null if there is none.
    ticket_id: Option<TicketId>,
    /// As what whoever put the question acted: a role, `system`, `operator` or `public`.
    #[schema(max_length = 40, pattern = "^[a-z0-9_]+$", example = "tier1")]
    actor_kind: String,
    /// Which account that was; null for the product itself and for somebody unknown.
    actor_id: Option<AccountId>,
    /// As what the requester was judged.
    requester: RequesterKind,
    /// Which account the requester has; null if none is known.
    requester_id: Option<AccountId>,
    /// How it was known who asks.
    verification: Verification,
    /// By which channel it was asked.
    channel: Channel,
    /// What was asked for.
    #[schema(max_length = 80, pattern = "^[A-Za-z0-9_.-]+$", example = "health.lockout.unlock")]
    request_type: String,
    /// The rule that decided; null if no rule knows the request.
    rule: Option<RuleCode>,
    /// What was decided.
    outcome: Outcome,
    /// What followed from it.
    #[schema(max_items = 60)]
    effects: Vec<Effect>,
    /// What would have had to be there for another answer.
    #[schema(max_items = 60)]
    missing: Vec<MissingWords>,
    /// The facts that it rests on.
    #[schema(max_items = 60)]
    facts: Vec<LoggedFact>,
    /// The version of the rules.
    #[schema(max_length = 40, pattern = "^[0-9]+\\+[0-9a-f]{8}$", example = "1+3fa9c2d1")]
    policy_version: String,
    /// The language of the answer.
    locale: Locale,
    /// What the requester was told.
    #[schema(
        max_length = 2000,
        pattern = "^[^\\x00]*$",
        example = "Your organisation unlocks the form."
    )]
    said: String,
    /// In which request, or job.
    #[schema(
        max_length = 100,
        pattern = "^[A-Za-z0-9_.:-]+$",
        example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e15"
    )]
    request_id: String,
    /// What proves that it was not changed since.
    proof: DecisionProof,
}

/// Something that was missing, in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(value_type = String, max_length = 200, pattern = "^[^\\x00]*$", example = "identity_verified = true")]
pub(in crate::api) struct MissingWords(String);

/// A fact as a decision found it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"fact": "identity_verified", "value": "true", "source": "verified"}))]
pub(in crate::api) struct LoggedFact {
    /// Which.
    fact: Fact,
    /// What it was; null if it was not known.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "true")]
    value: Option<String>,
    /// Where that came from; null if it was not known.
    source: Option<FactSource>,
}

/// What proves a decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"audit_entry_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14",
    "digest": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9", "seal": null}))]
pub(in crate::api) struct DecisionProof {
    /// The entry of the audit whose detail holds the digest.
    audit_entry_id: AuditEntryId,
    /// SHA-256 over everything that the decision holds, in hexadecimal.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
    )]
    digest: String,
    /// The entry's link in the chain; null within the second before it is linked.
    seal: Option<AuditSeal>,
}

page! {
    /// A page of decisions.
    DecisionPage of LoggedDecision, example {"data": [], "next_cursor": null}
}

/// How often a rule came to an outcome in a month.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"month": "2026-11", "rule": "health.lockout.unlock", "outcome": "refer_to_organization", "count": 12}))]
pub(in crate::api) struct DecisionCount {
    /// The month, in UTC.
    #[schema(min_length = 7, max_length = 7, pattern = "^[0-9]{4}-[0-9]{2}$", example = "2026-11")]
    month: String,
    /// The rule; null where no rule knew the request.
    rule: Option<RuleCode>,
    /// The outcome.
    outcome: Outcome,
    /// How often.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 12)]
    count: i64,
}

/// How often each rule came to each outcome, month by month.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"data": [{"month": "2026-11", "rule": "health.lockout.unlock", "outcome": "refer_to_organization", "count": 12}]}))]
pub(in crate::api) struct DecisionCountPage {
    /// The counts, the earliest month first.
    #[schema(max_items = 20_000)]
    pub(in crate::api) data: Vec<DecisionCount>,
}

impl From<log::LoggedFact> for LoggedFact {
    fn from(known: log::LoggedFact) -> Self {
        let log::LoggedFact { fact, value, source } = known;
        Self { fact, value, source }
    }
}

impl From<ProvenDecision> for LoggedDecision {
    fn from(proven: ProvenDecision) -> Self {
        let store::KeptDecision { decision, entry } = proven.kept;
        let proof = DecisionProof {
            audit_entry_id: entry,
            digest: decision.digest(),
            seal: proven.seal.map(AuditSeal::from),
        };
        let log::About { tenant, ticket, requester, verification, locale } = decision.about;
        Self {
            id: decision.id,
            at: decision.at,
            tenant_id: tenant,
            ticket_id: ticket,
            actor_kind: decision.actor_kind,
            actor_id: decision.actor,
            requester: decision.requester,
            requester_id: requester,
            verification,
            channel: decision.channel,
            request_type: decision.request_type,
            rule: decision.rule,
            outcome: decision.outcome,
            effects: decision.effects,
            missing: decision.missing.into_iter().map(MissingWords).collect(),
            facts: decision.facts.into_iter().map(LoggedFact::from).collect(),
            policy_version: decision.policy_version,
            locale,
            said: decision.said,
            request_id: decision.request,
            proof,
        }
    }
}

impl From<store::DecisionCount> for DecisionCount {
    fn from(found: store::DecisionCount) -> Self {
        let store::DecisionCount { month, rule, outcome, count } = found;
        Self { month: format!("{:04}-{:02}", month / 100, month % 100), rule, outcome, count }
    }
}

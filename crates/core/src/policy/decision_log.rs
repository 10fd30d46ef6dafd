//! The decision log: every decision of the desk's policy that was acted on, as it is kept for whoever asks
//! later who asked, how that was known, by which rule it was decided, and what was said.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::desk::{
    Channel, Decision, Effect, Fact, FactSource, FactUsed, Inquiry, Outcome, RequesterKind,
    RuleCode,
};
use crate::domain::account::Locale;
use crate::domain::framing::{framed, hexadecimal};
use crate::domain::ids::{AccountId, DecisionId, TenantId, TicketId};
use crate::domain::time::Moment;
use crate::domain::verification::Verification;

/// Who asked for what, and what came out of it. It holds no personal data: facts that are texts of the
/// requester's own are never judged, and so never among [`Self::facts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedDecision {
    /// Its id.
    pub id: DecisionId,
    /// When it was decided.
    pub at: Moment,
    /// As what the one acted who put the question: a role, `system`, `operator` or `public`.
    pub actor_kind: String,
    /// Which account that was.
    pub actor: Option<AccountId>,
    /// Whom and what it concerns.
    pub about: About,
    /// As what the requester was judged.
    pub requester: RequesterKind,
    /// By which channel it was asked.
    pub channel: Channel,
    /// What was asked for.
    pub request_type: String,
    /// The rule that decided; none if no rule knows the request.
    pub rule: Option<RuleCode>,
    /// What was decided.
    pub outcome: Outcome,
    /// What follows from it.
    pub effects: Vec<Effect>,
    /// What would have had to be there for another answer, in words: `identity_verified = true`, `by portal`.
    pub missing: Vec<String>,
    /// The facts that it rests on, and where each came from.
    pub facts: Vec<LoggedFact>,
    /// The version of the rules.
    pub policy_version: String,
    /// What the requester was told.
    pub said: String,
    /// In which request, or job.
    pub request: String,
}

/// Whom and what a decision concerns, beyond what was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The tenant; none if that is not known.
    pub tenant: Option<TenantId>,
    /// The ticket on which it was acted.
    pub ticket: Option<TicketId>,
    /// Which account the requester has, if one is known.
    pub requester: Option<AccountId>,
    /// How it was known who asks.
    pub verification: Verification,
    /// The language of the answer.
    pub locale: Locale,
}

/// A fact as a decision found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedFact {
    /// Which.
    pub fact: Fact,
    /// What it was; none if it was not known.
    pub value: Option<String>,
    /// Where that came from.
    pub source: Option<FactSource>,
}

/// What stands beside a decision when it is kept.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// The decision's id.
    pub id: DecisionId,
    /// When it was decided.
    pub at: Moment,
    /// As what the one acted who put the question.
    pub actor_kind: String,
    /// Which account that was.
    pub actor: Option<AccountId>,
    /// Whom and what it concerns.
    pub about: About,
    /// The version of the rules.
    pub policy_version: String,
    /// In which request, or job.
    pub request: String,
}

impl From<&FactUsed> for LoggedFact {
    fn from(used: &FactUsed) -> Self {
        Self {
            fact: used.fact,
            value: used.known.as_ref().map(|known| known.value.to_string()),
            source: used.known.as_ref().map(|known| known.source),
        }
    }
}

impl LoggedDecision {
    /// A decision as it is kept.
    pub fn of(inquiry: &Inquiry, decision: &Decision, kept: Circumstances) -> Self {
        let Circumstances { id, at, actor_kind, actor, about, policy_version, request } = kept;
        Self {
            id,
            at,
            actor_kind,
            actor,
            requester: inquiry.requester,
            channel: inquiry.channel,
            request_type: decision.request_type.to_string(),
            rule: decision.rule.clone(),
            outcome: decision.outcome,
            effects: decision.effects.clone(),
            missing: decision.missing.iter().map(ToString::to_string).collect(),
            facts: decision.facts_used.iter().map(LoggedFact::from).collect(),
            policy_version,
            said: decision.say.of(about.locale).to_string(),
            about,
            request,
        }
    }

    /// The bytes that its digest is computed over: every field, each behind its length.
    pub fn canonical(&self) -> Vec<u8> {
        let fact = |known: &LoggedFact| {
            let source = known.source.map(FactSource::as_str).unwrap_or_default();
            let value = known.value.as_deref();
            format!(
                "{}\t{source}\t{}",
                known.fact,
                value.map_or("-".to_owned(), |v| format!("={v}"))
            )
        };
        let lines = |lines: Vec<String>| Some(lines.join("\n"));
        framed([
            Some(self.id.to_string()),
            Some(self.at.micros().to_string()),
            Some(self.actor_kind.clone()),
            self.actor.map(|id| id.to_string()),
            self.about.tenant.map(|id| id.to_string()),
            self.about.ticket.map(|id| id.to_string()),
            self.about.requester.map(|id| id.to_string()),
            Some(self.about.verification.to_string()),
            Some(self.about.locale.to_string()),
            Some(self.requester.to_string()),
            Some(self.channel.to_string()),
            Some(self.request_type.clone()),
            self.rule.as_ref().map(ToString::to_string),
            Some(self.outcome.to_string()),
            lines(self.effects.iter().map(ToString::to_string).collect()),
            lines(self.missing.clone()),
            lines(self.facts.iter().map(fact).collect()),
            Some(self.policy_version.clone()),
            Some(self.said.clone()),
            Some(self.request.clone()),
        ])
    }

    /// The digest over all of it, in hexadecimal: what the audit's entry holds.
    pub fn digest(&self) -> String {
        hexadecimal(&Sha256::digest(self.canonical()))
    }
}

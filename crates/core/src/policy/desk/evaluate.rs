//! From a request to an answer.
//!
//! Where the request would open a ticket on the portal, the rule `tickets.submit` is asked first, and answers
//! if it sends the requester away. Then the request type's own rule answers: its first case that matches, or
//! what it says for that kind of requester. A type that no rule has is refused.

use super::DeskPolicy;
use super::effect::{self, Effect};
use super::fact::{Fact, FactSource, FactValue, Facts, Known};
use super::next::{self, Missing, RequesterAction};
use super::rule::{Case, Rule, Wording};
use super::words::{Channel, Outcome, RequestType, RequesterKind, RuleCode};

/// The rule that stands before everything that would open a ticket on the portal.
const SUBMIT: &str = "tickets.submit";
/// An emergency goes past it,
const EMERGENCY: &str = "tickets.submit.emergency";
/// and so does what only Site Admins and owners ask for, whose rules send others away themselves.
const PAST_SUBMIT: [&str; 2] = ["access.", "users.reactivate"];

/// A request, as the policy is asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// What is asked for.
    pub request_type: RequestType,
    /// Who asks; whoever files for another names the other.
    pub requester: RequesterKind,
    /// In which way.
    pub channel: Channel,
    /// What is known about it.
    pub facts: Facts,
    /// The organisation's setting: it is notified and copied on every referral of somebody outside, not on
    /// the sensitive ones alone.
    pub copy_on_referrals: bool,
}

/// An answer of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The rule that answered; none if no rule is called like the request type.
    pub rule: Option<RuleCode>,
    /// What was asked for.
    pub request_type: RequestType,
    /// What comes of it.
    pub outcome: Outcome,
    /// What that brings, in the vocabulary's order.
    pub effects: Vec<Effect>,
    /// What would have to be there for another answer.
    pub missing: Vec<Missing>,
    /// The facts that were looked at, in the vocabulary's order.
    pub facts_used: Vec<FactUsed>,
    /// What the requester can do next.
    pub next_actions: Vec<RequesterAction>,
    /// What the requester is told.
    pub say: Wording,
    /// How the answer was found.
    pub path: Vec<Step>,
}

/// A fact that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactUsed {
    /// Which.
    pub fact: Fact,
    /// What was known of it.
    pub known: Option<Known>,
}

/// A step on the way to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The request would open no ticket on the portal: `tickets.submit` was not asked.
    NoTicket,
    /// The request type goes past `tickets.submit`.
    Exempt,
    /// A rule was asked.
    Asked(RuleCode),
    /// A case of it was tried.
    Tried {
        /// Its number among the rule's cases, from 1 on.
        case: usize,
        /// Its line in the file.
        line: usize,
        /// How it came out.
        verdict: Verdict,
    },
    /// No case matched: what the rule says for this kind of requester.
    ByKind(RequesterKind, Outcome),
    /// `tickets.submit` sends nobody away here, and does not answer.
    PassedOn,
    /// No rule is called like this.
    UnknownType,
}

/// How a case came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It matches, and answers.
    Matched(Outcome),
    /// It is for others.
    OtherKind,
    /// It is not for this channel.
    OtherChannel,
    /// A fact is not as it asks.
    OtherFact(Fact, Option<FactValue>),
}

impl RequestType {
    /// Whether it is an emergency: what anybody of an organisation reports.
    pub fn is_emergency(&self) -> bool {
        self.as_str() == EMERGENCY
    }

    /// Whether it is about access: what only Site Admins and owners ask for.
    pub fn is_about_access(&self) -> bool {
        PAST_SUBMIT.iter().any(|head| self.as_str().starts_with(head))
    }
}

impl Inquiry {
    /// What is known of a fact: what was given; else what follows from the channel.
    pub(super) fn known(&self, fact: Fact) -> Option<Known> {
        let by_channel = is_signed_in(fact, self.requester, self.channel);
        let signed_in = || Known { value: FactValue::Flag(true), source: FactSource::Channel };
        self.facts.get(fact).cloned().or_else(|| by_channel.then(signed_in))
    }
}

/// Whether a fact holds by the channel alone: whoever uses the portal has signed in. Somebody unknown has not,
/// whatever the channel says.
pub(super) fn is_signed_in(fact: Fact, requester: RequesterKind, channel: Channel) -> bool {
    fact == Fact::IdentityVerified
        && channel == Channel::Portal
        && requester != RequesterKind::Unknown
}

impl DeskPolicy {
    /// Answers a request. Pure: the same inquiry always gets the same answer.
    pub fn evaluate(&self, inquiry: &Inquiry) -> Decision {
        let mut trail = Trail::of(inquiry);
        let answer =
            self.submission(inquiry, &mut trail).or_else(|| self.own_rule(inquiry, &mut trail));
        let Some((rule, outcome, case)) = answer else { return self.unknown_type(inquiry, trail) };
        let effects = rule.effects_for(outcome, inquiry.requester, inquiry.copy_on_referrals);
        let missing = next::missing(rule, case, outcome, inquiry);
        Decision {
            rule: Some(rule.code.clone()),
            request_type: inquiry.request_type.clone(),
            outcome,
            next_actions: next::actions(outcome, &effects, &missing),
            effects,
            missing,
            facts_used: trail.facts_used(),
            say: self.say(rule, outcome),
            path: trail.steps,
        }
    }

    /// The answer of `tickets.submit`, where it is asked and sends the requester away.
    fn submission<'p>(&'p self, inquiry: &Inquiry, trail: &mut Trail<'_>) -> Option<Answer<'p>> {
        if trail.look(Fact::OpensTicket) != Some(FactValue::Flag(true)) {
            trail.steps.push(Step::NoTicket);
            return None;
        }
        if inquiry.request_type.is_emergency() || inquiry.request_type.is_about_access() {
            trail.steps.push(Step::Exempt);
            return None;
        }
        let answer = trail.ask(self.rule(SUBMIT)?);
        if answer.1.sends_away() {
            return Some(answer);
        }
        trail.steps.push(Step::PassedOn);
        None
    }

    /// The answer of the request type's own rule.
    fn own_rule<'p>(&'p self, inquiry: &Inquiry, trail: &mut Trail<'_>) -> Option<Answer<'p>> {
        let rule = self.rule(inquiry.request_type.as_str());
        rule.map(|rule| trail.ask(rule))
    }

    /// The answer to what no rule is about.
    fn unknown_type(&self, inquiry: &Inquiry, mut trail: Trail<'_>) -> Decision {
        trail.steps.push(Step::UnknownType);
        let effects = effect::effects(Outcome::Refuse, &[], inquiry.requester, false);
        Decision {
            rule: None,
            request_type: inquiry.request_type.clone(),
            outcome: Outcome::Refuse,
            next_actions: next::actions(Outcome::Refuse, &effects, &[]),
            effects,
            missing: Vec::new(),
            facts_used: trail.facts_used(),
            say: self.refused.clone(),
            path: trail.steps,
        }
    }
}

/// The rule that answers, its outcome, and the case that matched if one did.
type Answer<'p> = (&'p Rule, Outcome, Option<&'p Case>);

/// What was looked at on the way.
struct Trail<'i> {
    inquiry: &'i Inquiry,
    steps: Vec<Step>,
    looked_at: Vec<Fact>,
}

impl<'i> Trail<'i> {
    fn of(inquiry: &'i Inquiry) -> Self {
        Self { inquiry, steps: Vec::new(), looked_at: Vec::new() }
    }

    /// What is known of a fact, noting that it was looked at.
    fn look(&mut self, fact: Fact) -> Option<FactValue> {
        self.looked_at.push(fact);
        self.inquiry.known(fact).map(|known| known.value)
    }

    /// Asks a rule: its first case that matches, or what it says for the kind of requester.
    fn ask<'p>(&mut self, rule: &'p Rule) -> Answer<'p> {
        self.steps.push(Step::Asked(rule.code.clone()));
        for (at, case) in rule.cases.iter().enumerate() {
            let verdict = self.try_case(case);
            let matched = matches!(verdict, Verdict::Matched(_));
            self.steps.push(Step::Tried { case: at + 1, line: case.line, verdict });
            if matched {
                return (rule, case.outcome, Some(case));
            }
        }
        let outcome = rule.outcome_for(self.inquiry.requester);
        self.steps.push(Step::ByKind(self.inquiry.requester, outcome));
        (rule, outcome, None)
    }

    fn try_case(&mut self, case: &Case) -> Verdict {
        if !case.kinds.has(self.inquiry.requester) {
            return Verdict::OtherKind;
        }
        if case.not_by.has(self.inquiry.channel) {
            return Verdict::OtherChannel;
        }
        for condition in &case.conditions {
            let value = self.look(condition.fact);
            if !condition.test.holds(value.as_ref()) {
                return Verdict::OtherFact(condition.fact, value);
            }
        }
        Verdict::Matched(case.outcome)
    }

    /// The facts that were looked at, each once.
    fn facts_used(&self) -> Vec<FactUsed> {
        let mut facts = self.looked_at.clone();
        facts.sort_unstable();
        facts.dedup();
        let known = |fact| FactUsed { fact, known: self.inquiry.known(fact) };
        facts.into_iter().map(known).collect()
    }
}

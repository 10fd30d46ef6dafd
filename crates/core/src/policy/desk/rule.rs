//! A rule as it is judged by: compiled out of the file, with nothing left to look up by name.

use std::collections::BTreeMap;

use super::effect::{self, Effect};
use super::fact::{Fact, FactValue};
use super::words::{ChannelSet, KindSet, Outcome, RequesterKind, RuleCode, RuleKind};
use crate::domain::account::Locale;
use crate::domain::{Line, Paragraph};

/// A sentence in every language of the product.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({
    "en": "Your organisation decides this. Here is how to reach them.",
    "es": "Esto lo decide su organización. Así puede comunicarse con ella."})))]
pub struct Wording {
    /// In English.
    pub en: Paragraph,
    /// In Spanish.
    pub es: Paragraph,
}

impl Wording {
    /// The sentence in a language.
    pub const fn of(&self, locale: Locale) -> &Paragraph {
        match locale {
            Locale::English => &self.en,
            Locale::Spanish => &self.es,
        }
    }
}

/// What a case asks of one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is this.
    Is(FactValue),
    /// It is anything else, or not known.
    IsNot(FactValue),
    /// It is this number or a larger one.
    AtLeast(u32),
}

impl Test {
    /// Whether it holds for what is known of its fact.
    pub fn holds(&self, value: Option<&FactValue>) -> bool {
        match (self, value) {
            (Self::Is(wanted), value) => value == Some(wanted),
            (Self::IsNot(unwanted), value) => value != Some(unwanted),
            (Self::AtLeast(least), Some(FactValue::Count(count))) => count >= least,
            (Self::AtLeast(_), _) => false,
        }
    }
}

/// One thing that a case asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// About which fact.
    pub fact: Fact,
    /// What.
    pub test: Test,
}

/// A case of a rule: all that it asks must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Whom it is for.
    pub kinds: KindSet,
    /// Channels that it is not for.
    pub not_by: ChannelSet,
    /// What it asks.
    pub conditions: Vec<Condition>,
    /// What comes of it.
    pub outcome: Outcome,
    /// Its line in the file.
    pub line: usize,
}

/// A rule of the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub code: RuleCode,
    /// What it is for.
    pub kind: RuleKind,
    /// The documents that it comes from, by their labels.
    pub sources: Vec<Line>,
    /// What it is about, in a few words.
    pub title: Wording,
    /// How somebody would ask for it; none if nobody does.
    pub example: Option<Wording>,
    /// The ways in which it is asked for. It informs and decides nothing.
    pub channels: ChannelSet,
    /// Whether the organisation is notified and copied when somebody else is referred to it.
    pub is_sensitive: bool,
    /// Whether the product cannot do without it.
    pub is_required: bool,
    /// The cases, the first that matches answers.
    pub cases: Vec<Case>,
    /// What comes of it where no case matches.
    pub outcomes: BTreeMap<RequesterKind, Outcome>,
    /// What it brings beside what the outcome brings.
    pub effects: BTreeMap<Outcome, Vec<Effect>>,
    /// What the requester is told, for every outcome that it has.
    pub say: BTreeMap<Outcome, Wording>,
    /// Why the rule is as it is.
    pub why: Option<Paragraph>,
    /// Its file and line.
    pub place: Place,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What the file is called.
    pub path: String,
    /// The line, from 1 on.
    pub line: usize,
}

impl Rule {
    /// What somebody gets when no case matches. A rule that was read names everybody.
    pub fn outcome_for(&self, requester: RequesterKind) -> Outcome {
        self.outcomes.get(&requester).copied().unwrap_or(Outcome::Refuse)
    }

    /// Every outcome that the rule can have, in the vocabulary's order.
    pub fn possible_outcomes(&self) -> Vec<Outcome> {
        let by_case = self.cases.iter().map(|case| case.outcome);
        let mut all: Vec<Outcome> = by_case.chain(self.outcomes.values().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Everything that an outcome of this rule brings for somebody; `copy_on_referrals` as in
    /// [`Inquiry`](super::Inquiry).
    pub fn effects_for(
        &self,
        outcome: Outcome,
        requester: RequesterKind,
        copy_on_referrals: bool,
    ) -> Vec<Effect> {
        let own = self.effects.get(&outcome).map_or(&[][..], Vec::as_slice);
        effect::effects(outcome, own, requester, self.is_sensitive || copy_on_referrals)
    }

    /// Whether a person can ask for it: there is an example of how.
    pub fn can_be_asked(&self) -> bool {
        self.example.is_some()
    }

    /// The facts that its cases look at, in the vocabulary's order.
    pub fn facts(&self) -> Vec<Fact> {
        self.facts_where(|_| true)
    }

    /// Those of them that count against the requester while they are not known.
    pub fn required_facts(&self) -> Vec<Fact> {
        self.facts_where(|test| matches!(test, Test::IsNot(_)))
    }

    fn facts_where(&self, wanted: impl Fn(&Test) -> bool) -> Vec<Fact> {
        let conditions = self.cases.iter().flat_map(|case| &case.conditions);
        let mut facts: Vec<Fact> =
            conditions.filter(|one| wanted(&one.test)).map(|one| one.fact).collect();
        facts.sort_unstable();
        facts.dedup();
        facts
    }
}

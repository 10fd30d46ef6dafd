//! The way to an answer, in words.

use std::fmt::{Display, Formatter, Result};

use super::evaluate::{Decision, Step, Verdict};
use super::next::Missing;
use super::rule::Test;
use super::words::Channel;

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Is(value) => write!(f, "is {value}"),
            Self::IsNot(value) => write!(f, "is not {value}"),
            Self::AtLeast(least) => write!(f, "is at least {least}"),
        }
    }
}

impl Display for Missing {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Fact(fact, value) => write!(f, "{fact} = {value}"),
            Self::Channel(channels) => {
                let channels: Vec<&str> = channels.iter().map(|by| Channel::as_str(*by)).collect();
                write!(f, "by {}", channels.join(" or "))
            }
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::NoTicket => {
                f.write_str("It would open no ticket on the portal: tickets.submit is not asked.")
            }
            Self::Exempt => f.write_str("A request of this type goes past tickets.submit."),
            Self::Asked(rule) => write!(f, "Rule {rule}:"),
            Self::Tried { case, line, verdict } => {
                write!(f, "  case {case} (line {line}) {verdict}")
            }
            Self::ByKind(requester, outcome) => {
                write!(f, "  no case matches: {requester} gets {outcome}")
            }
            Self::PassedOn => f.write_str("  which sends nobody away: the next rule answers."),
            Self::UnknownType => f.write_str("No rule is about this type: refused."),
        }
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Matched(outcome) => write!(f, "matches: {outcome}"),
            Self::OtherKind => f.write_str("is for others"),
            Self::OtherChannel => f.write_str("is not for this channel"),
            Self::OtherFact(fact, Some(value)) => write!(f, "does not match: {fact} is {value}"),
            Self::OtherFact(fact, None) => write!(f, "does not match: {fact} is not known"),
        }
    }
}

impl Decision {
    /// The way to the answer, a line for each step, then what it brings, rests on and lacks.
    pub fn explain(&self) -> String {
        let mut lines = vec![format!("Asked for {}.", self.request_type)];
        lines.extend(self.path.iter().map(ToString::to_string));
        lines.push(format!("Outcome: {}", self.outcome));
        lines.push(format!("Effects: {}", listed(&self.effects)));
        let used = self.facts_used.iter().map(|used| match &used.known {
            Some(known) => format!("{} = {} ({})", used.fact, known.value, known.source),
            None => format!("{} not known", used.fact),
        });
        let used: Vec<String> = used.collect();
        lines.push(format!("Facts: {}", listed(&used)));
        lines.push(format!("Missing: {}", listed(&self.missing)));
        lines.push(format!("Next: {}", listed(&self.next_actions)));
        lines.join("\n")
    }
}

/// Things in a row; a word where there are none.
fn listed<T: Display>(things: &[T]) -> String {
    if things.is_empty() {
        return "none".to_owned();
    }
    things.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

//! The hash of a policy: of every rule as it is in force, wording included.

use sha2::{Digest, Sha256};

use super::rule::{Rule, Wording};
use crate::domain::framing::hexadecimal;

/// The SHA-256 of rules in their order, as 64 lower-case digits.
pub(super) fn of<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let mut sum = Sha256::new();
    for rule in rules {
        for part in parts(rule) {
            // Lengths keep two parts from being taken for one.
            sum.update(part.len().to_string());
            sum.update(":");
            sum.update(part);
        }
    }
    hexadecimal(&sum.finalize())
}

/// Everything about a rule that anybody could notice; its place in a file is not.
fn parts(rule: &Rule) -> Vec<String> {
    let mut parts = vec![rule.code.to_string(), rule.kind.to_string()];
    parts.extend(rule.sources.iter().map(ToString::to_string));
    parts.extend(wording(&rule.title));
    parts.extend(rule.example.iter().flat_map(wording));
    parts.extend(rule.channels.iter().map(|channel| channel.to_string()));
    parts.push(format!("sensitive {} required {}", rule.is_sensitive, rule.is_required));
    for case in &rule.cases {
        parts.push(format!("case {}", case.outcome));
        parts.extend(case.kinds.iter().map(|kind| kind.to_string()));
        parts.extend(case.not_by.iter().map(|channel| format!("not by {channel}")));
        parts.extend(case.conditions.iter().map(|one| format!("{} {}", one.fact, one.test)));
    }
    parts.extend(rule.outcomes.iter().map(|(kind, outcome)| format!("{kind} {outcome}")));
    for (outcome, effects) in &rule.effects {
        parts.extend(effects.iter().map(|effect| format!("{outcome} brings {effect}")));
    }
    for (outcome, said) in &rule.say {
        parts.push(format!("{outcome} says"));
        parts.extend(wording(said));
    }
    parts.extend(rule.why.iter().map(ToString::to_string));
    parts
}

fn wording(wording: &Wording) -> [String; 2] {
    [wording.en.to_string(), wording.es.to_string()]
}

//! Which cases of a rule can match at all: every combination of what its facts can be is tried.

use super::evaluate;
use super::fact::{Fact, FactType, FactValue};
use super::fault::Faults;
use super::rule::{Case, Rule, Test};
use super::words::{Channel, KindSet, RequesterKind};

/// Most combinations of facts that a rule is tried with: those of eight facts that are true, false or not
/// known. More than that nobody can review.
const MAX_COMBINATIONS: usize = 6561;

/// Values of the facts that a rule looks at, one combination of them.
pub(super) type Combination = Vec<(Fact, Option<FactValue>)>;

/// Notes every case that can never match, and everybody whom a case names in vain.
pub(super) fn check(rule: &Rule, faults: &mut Faults<'_>) {
    let Some(combinations) = combinations(rule) else {
        faults.add_at(rule.place.line, "the cases look at too many facts to be checked");
        return;
    };
    for (at, case) in rule.cases.iter().enumerate() {
        let earlier = rule.cases.get(..at).unwrap_or_default();
        let mut alone = false;
        let mut reached = KindSet::NONE;
        for (kind, channel, facts) in asks(&combinations) {
            if reached.has(kind) || !matches(case, kind, channel, facts) {
                continue;
            }
            alone = true;
            if !earlier.iter().any(|other| matches(other, kind, channel, facts)) {
                reached = reached.iter().chain([kind]).collect();
            }
        }
        let in_vain: Vec<&str> = case
            .kinds
            .iter()
            .filter(|kind| !reached.has(*kind))
            .map(RequesterKind::as_str)
            .collect();
        let what = if !alone {
            "the case contradicts itself and can never match".to_owned()
        } else if reached.is_empty() {
            "the case can never match: earlier cases answer first".to_owned()
        } else if !in_vain.is_empty() && case.kinds != KindSet::all() {
            format!("the case never matches for {}: earlier cases answer first", in_vain.join(", "))
        } else {
            continue;
        };
        faults.add_at(case.line, what);
    }
}

/// Everybody by every channel with every combination of facts.
pub(super) fn asks(
    combinations: &[Combination],
) -> impl Iterator<Item = (RequesterKind, Channel, &Combination)> {
    RequesterKind::ALL.iter().flat_map(move |kind| {
        Channel::ALL
            .iter()
            .flat_map(move |channel| combinations.iter().map(move |facts| (*kind, *channel, facts)))
    })
}

/// Whether a case matches.
pub(super) fn matches(
    case: &Case,
    kind: RequesterKind,
    channel: Channel,
    facts: &Combination,
) -> bool {
    let value = |fact: Fact| {
        let given = facts.iter().find(|(other, _)| *other == fact);
        let given = given.and_then(|(_, value)| value.as_ref());
        let signed_in = evaluate::is_signed_in(fact, kind, channel);
        given.or_else(|| signed_in.then_some(&FactValue::Flag(true)))
    };
    case.kinds.has(kind)
        && !case.not_by.has(channel)
        && case.conditions.iter().all(|one| one.test.holds(value(one.fact)))
}

/// Every combination of what the facts of a rule can be, the plainest first; none if they are too many.
pub(super) fn combinations(rule: &Rule) -> Option<Vec<Combination>> {
    let mut all: Vec<Combination> = vec![Vec::new()];
    for fact in rule.facts() {
        let values = values(rule, fact);
        if all.len().saturating_mul(values.len()) > MAX_COMBINATIONS {
            return None;
        }
        let longer = values.iter().flat_map(|value| {
            all.iter().map(|shorter| {
                let mut longer = shorter.clone();
                longer.push((fact, value.clone()));
                longer
            })
        });
        all = longer.collect();
    }
    Some(all)
}

/// What makes a difference of a fact in a rule: that it is not known, each of its words, and on either side
/// of every number that the rule names.
fn values(rule: &Rule, fact: Fact) -> Vec<Option<FactValue>> {
    let known = match fact.fact_type() {
        FactType::Flag => vec![FactValue::Flag(true), FactValue::Flag(false)],
        FactType::Word(words) => words.iter().map(|word| FactValue::Word(*word)).collect(),
        FactType::Count(first, last) => {
            let conditions = rule.cases.iter().flat_map(|case| &case.conditions);
            let named =
                conditions.filter(|one| one.fact == fact).filter_map(|one| match &one.test {
                    Test::AtLeast(number)
                    | Test::Is(FactValue::Count(number))
                    | Test::IsNot(FactValue::Count(number)) => Some(*number),
                    _ => None,
                });
            let around = named
                .flat_map(|number| [number.saturating_sub(1), number, number.saturating_add(1)]);
            let mut counts: Vec<u32> = around.map(|number| number.clamp(first, last)).collect();
            counts.sort_unstable();
            counts.dedup();
            counts.into_iter().map(FactValue::Count).collect()
        }
        FactType::Text => Vec::new(),
    };
    std::iter::once(None).chain(known.into_iter().map(Some)).collect()
}

//! Every rule and every case of a rule is reached: tables for whoever reviews a change of a rule.

use std::collections::BTreeMap;

use super::*;
use reach::{asks, combinations, matches};

/// The plainest inquiry that reaches a case of a rule.
fn reaching(rule: &Rule, at: usize) -> (RequesterKind, Channel, Facts) {
    let combinations = combinations(rule).unwrap();
    let (earlier, case) = (&rule.cases[..at], &rule.cases[at]);
    let (kind, channel, facts) = asks(&combinations)
        .find(|(kind, channel, facts)| {
            matches(case, *kind, *channel, facts)
                && !earlier.iter().any(|other| matches(other, *kind, *channel, facts))
        })
        .unwrap();
    (kind, channel, facts_of(facts))
}

/// An inquiry in a line.
fn line(kind: RequesterKind, channel: Channel, facts: &Facts) -> String {
    let known = facts.iter().map(|(fact, known)| format!(" {fact}={}", known.value));
    format!("{kind} by {channel}{}", known.collect::<String>())
}

/// The number of the case that answered.
fn answered(decision: &Decision) -> Option<usize> {
    decision.path.iter().find_map(|step| match step {
        Step::Tried { case, verdict: Verdict::Matched(_), .. } => Some(*case),
        _ => None,
    })
}

#[test]
fn every_rule_and_every_case_of_it_is_reached() {
    let mut table = Vec::new();
    for rule in policy().rules() {
        for (at, case) in rule.cases.iter().enumerate() {
            let (kind, channel, facts) = reaching(rule, at);
            let inquiry = line(kind, channel, &facts);
            let decision = ask(rule.code.as_str(), kind, channel, facts);
            assert_eq!(answered(&decision), Some(at + 1), "{} {inquiry}", rule.code);
            assert_eq!(
                (decision.rule.as_ref(), decision.outcome),
                (Some(&rule.code), case.outcome)
            );
            table.push(format!("{} | case {} | {inquiry} | {}", rule.code, at + 1, case.outcome));
        }
        let mut by_outcome: BTreeMap<Outcome, Vec<&str>> = BTreeMap::new();
        for kind in RequesterKind::ALL {
            by_outcome.entry(rule.outcome_for(*kind)).or_default().push(kind.as_str());
        }
        for (outcome, kinds) in by_outcome {
            table.push(format!("{} | by kind | {} | {outcome}", rule.code, kinds.join(" ")));
        }
    }
    insta::assert_snapshot!("coverage", table.join("\n"));
}

#[test]
fn what_everybody_gets_while_nothing_is_known() {
    let short = |outcome: Outcome| match outcome {
        Outcome::Perform => "perform",
        Outcome::Assist => "assist",
        Outcome::ProvideContact => "contact",
        Outcome::Refuse => "refuse",
        Outcome::ReferToOrganization => "to_org",
        Outcome::ReferToSiteAdmin => "to_admin",
        Outcome::VerifyFirst => "verify",
        Outcome::AuthorizeFirst => "authorize",
        Outcome::Escalate => "escalate",
    };
    let cell = |text: &str| format!("{text:<10}");
    let heads = [
        "family",
        "owner_mail",
        "third",
        "provider",
        "staff",
        "support",
        "admin",
        "owner",
        "tier1",
        "tier2",
        "system",
        "unknown",
    ];
    let mut table = vec![format!("{:<40}{}", "by email", heads.map(cell).concat())];
    for rule in policy().rules() {
        let row = RequesterKind::ALL.iter().map(|kind| {
            cell(short(ask(rule.code.as_str(), *kind, Channel::Email, Facts::new()).outcome))
        });
        table.push(
            format!("{:<40}{}", rule.code.as_str(), row.collect::<String>()).trim_end().to_owned(),
        );
    }
    insta::assert_snapshot!("outcome_by_requester", table.join("\n"));
}

#[test]
fn who_can_have_something_performed_at_all() {
    let mut table = Vec::new();
    for rule in policy().rules() {
        let combinations = combinations(rule).unwrap();
        let mut kinds: Vec<&str> = Vec::new();
        for (kind, channel, facts) in asks(&combinations) {
            let is_new = kinds.last() != Some(&kind.as_str());
            if is_new
                && ask(rule.code.as_str(), kind, channel, facts_of(facts)).outcome
                    == Outcome::Perform
            {
                kinds.push(kind.as_str());
            }
        }
        if !kinds.is_empty() {
            let all = kinds.len() == RequesterKind::ALL.len();
            let kinds = if all { "everybody".to_owned() } else { kinds.join(" ") };
            table.push(format!("{}: {kinds}", rule.code));
        }
    }
    insta::assert_snapshot!("performed_for", table.join("\n"));
}

//! What is wrong with a file is told by its line, all of it at once.

use super::*;

const GOOD: &str = r#"version = 1
[say]
refuse.en = "No."
refuse.es = "Por desgracia no."
[[rule]]
code = "a.rule"
kind = "decision"
source = ["HD"]
title = { en = "A rule", es = "Una regla" }
when = [
    { if = { identity_verified = true }, kinds = ["family", "unknown"], outcome = "perform" },
    { if_at_least = { rows = 3 }, if_channel_not = ["portal"], outcome = "assist" },
]
outcome = { organization = "assist", "*" = "refuse" }
effects = { perform = ["open_case"] }
[rule.say]
perform = { en = "Yes.", es = "Sí." }
assist = { en = "Look.", es = "Mire." }
"#;

/// A text of the good file, what stands for it, and what is said then.
const FAULTS: &[(&str, &str, &str)] = &[
    // unknown words
    ("identity_verified", "identity_proven", "line 11: no fact is called `identity_proven`"),
    ("\"family\"", "\"families\"", "line 11: `kinds` names nobody that the policy knows"),
    ("organization =", "organisation =", "line 14: nobody is called `organisation`"),
    ("[\"portal\"]", "[\"fax\"]", "line 12: `if_channel_not`: \"fax\" not a word of Channel"),
    (
        "outcome = \"perform\"",
        "outcome = \"grant\"",
        "line 11: `outcome`: \"grant\" not a word of Outcome",
    ),
    ("\"*\" = \"refuse\"", "\"*\" = \"deny\"", "line 14: no outcome is called `deny`"),
    ("\"open_case\"", "\"open_door\"", "line 15: `open_door` is no effect"),
    (
        "\"open_case\"",
        "\"disclose_account_holder\"",
        "line 15: `disclose_account_holder` is forbidden in every rule",
    ),
    (
        "\"open_case\"",
        "\"reveal_original_to_tier1\"",
        "line 15: `reveal_original_to_tier1` is forbidden",
    ),
    ("\"open_case\"", "\"reactivate_user\"", "line 15: `reactivate_user` is forbidden"),
    ("\"decision\"", "\"opinion\"", "line 7: `kind`: \"opinion\" not a word of RuleKind"),
    ("if_at_least", "if_at_most", "line 12: unknown key `if_at_most`; known are if, if_not"),
    ("kind =", "sort =", "line 5: `kind` is missing"),
    ("\"a.rule\"", "\"A rule\"", "line 6: `code`: \"A rule\" is not of the expected form"),
    // wording
    (", es = \"Una regla\"", "", "line 9: `title` has no wording in `es`"),
    (", es = \"Sí.\"", "", "line 17: `say.perform` has no wording in `es`"),
    ("en = \"Look.\", ", "", "line 18: `say.assist` has no wording in `en`"),
    ("es = \"Mire.\"", "es = \"\"", "line 18: `say.assist.es`: \"\" is too short"),
    ("es = \"Mire.\"", "es = \"Mire.\", fr = \"Voyez.\"", "line 18: unknown key `fr`"),
    ("perform = { en", "escalate = { en", "line 5: `a.rule` has no wording for `perform`"),
    (
        "perform = { en",
        "escalate = { en",
        "line 17: `say` for `escalate`, which the rule never has",
    ),
    (
        "perform = [\"open_case\"]",
        "escalate = []",
        "line 15: `effects` for `escalate`, which the rule never has",
    ),
    // outcomes
    (", \"*\" = \"refuse\"", "", "line 14: `outcome` says nothing for family, email_owner"),
    ("\"assist\", \"*\"", "5, \"*\"", "line 14: no outcome is called ``"),
    // values of the wrong type
    (
        "identity_verified = true",
        "identity_verified = 1",
        "line 11: `identity_verified` is true or false",
    ),
    (
        "identity_verified = true",
        "link_state = \"lost\"",
        "line 11: `link_state` is one of \"none\"",
    ),
    ("identity_verified = true", "tier = 3", "line 11: `tier` is a whole number from 1 to 2"),
    (
        "identity_verified = true",
        "urgent = true",
        "line 11: `urgent` is recorded only, no rule can ask for it",
    ),
    ("identity_verified = true", "reason = \"court\"", "line 11: `reason` is recorded only"),
    ("rows = 3", "rows = -3", "line 12: `rows` is a whole number from 0"),
    (
        "rows = 3",
        "identity_verified = 1",
        "line 12: `if_at_least` asks for a number, and `identity_verified` is none",
    ),
    ("source = [\"HD\"]", "source = \"HD\"", "line 8: `source` is a list"),
    ("source = [\"HD\"]", "source = []", "line 5: `source` names no document"),
    (
        "source = [\"HD\"]",
        "source = [\"HD\"]\nsensitive = \"yes\"",
        "line 9: `sensitive` is true or false",
    ),
    ("version = 1", "version = 0", "line 1: `version` is a whole number from 1 on"),
    ("version = 1", "version = 1\nmode = \"overlay\"", "line 2: unknown key `mode`"),
    ("version = 1\n", "", "line 1: `version` is missing"),
    ("title = {", "title = { {", "line 9: "),
    // cases that can never match
    (
        "{ if = { identity_verified = true }",
        "{ if = { identity_verified = true }, if_not = { identity_verified = true }",
        "line 11: the case contradicts itself",
    ),
    (
        "{ if = { identity_verified = true }",
        "{ if = { rows = 1 }, if_at_least = { rows = 2 }",
        "line 11: the case contradicts itself",
    ),
    (
        "if_at_least = { rows = 3 }",
        "if = { identity_verified = true, rows = 1 }, kinds = [\"family\"]",
        "line 12: the case can never match: earlier cases answer first",
    ),
    (
        "if_at_least = { rows = 3 }",
        "if = { identity_verified = true, rows = 1 }, kinds = [\"family\", \"system\"]",
        "line 12: the case never matches for family: earlier",
    ),
    (
        "[\"portal\"]",
        "[\"portal\", \"form\", \"email\", \"phone\", \"chat\", \"mail\"]",
        "line 12: the case contradicts itself",
    ),
    ("[\"family\", \"unknown\"]", "[]", "line 11: `kinds` names nobody"),
];

fn parse(text: &str) -> Result<DeskPolicy, Vec<RuleFault>> {
    DeskPolicy::parse(&[PolicyFile { path: "desk.toml", text }])
}

/// What is said of a file in which one text stands for another.
fn faults(good: &str, bad: &str) -> String {
    assert_eq!(GOOD.matches(good).count(), 1, "{good}");
    told(&parse(&GOOD.replace(good, bad)).unwrap_err())
}

#[test]
fn a_file_with_one_rule_is_a_policy() {
    let policy = parse(GOOD).unwrap();
    let rule = policy.rule("a.rule").unwrap();
    assert_eq!((rule.place.line, rule.cases[0].line, rule.cases[1].line), (5, 11, 12));
    assert_eq!(rule.facts(), [Fact::IdentityVerified, Fact::Rows]);
    assert!(rule.required_facts().is_empty() && !rule.can_be_asked());
    assert_eq!(rule.say.keys().copied().collect::<Vec<_>>(), rule.possible_outcomes());
    assert_eq!(rule.say[&Outcome::Refuse].en.as_str(), "No.");
}

#[test]
fn every_fault_is_told_with_its_line() {
    for (good, bad, says) in FAULTS {
        let told = faults(good, bad);
        let says = format!("desk.toml: {says}");
        assert!(told.lines().any(|line| line.starts_with(&says)), "{bad}:\n{told}\nnot {says}");
    }
}

#[test]
fn a_case_that_is_answered_by_several_others_together_can_never_match() {
    let together = "{ if = { rows = 3 }, outcome = \"assist\" },\n    { if_not = { rows = 3 }, outcome = \"assist\" },\n    { if_at_least = { rows = 2 }";
    let told = faults("{ if_at_least = { rows = 3 }", together);
    assert_eq!(told, "desk.toml: line 14: the case can never match: earlier cases answer first");
}

#[test]
fn a_code_stands_for_one_rule() {
    let rule = GOOD.split_once("[[rule]]").unwrap().1;
    let told = told(&parse(&format!("{GOOD}[[rule]]{rule}")).unwrap_err());
    assert_eq!(told, "desk.toml: line 19: `a.rule` is in line 5 already");
}

#[test]
fn all_faults_are_told_at_once() {
    let bad = GOOD
        .replace("\"decision\"", "\"opinion\"")
        .replace("\"family\"", "\"families\"")
        .replace("rows = 3", "rows = \"three\"")
        .replace("\"open_case\"", "\"open_door\"")
        .replace(", es = \"Sí.\"", "");
    let faults = parse(&bad).unwrap_err();
    let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [7, 11, 12, 15, 17], "{}", told(&faults));
}

#[test]
fn a_rule_that_nobody_could_review_is_refused() {
    let flags = [
        "trained",
        "is_person",
        "email_unique",
        "help_searched",
        "two_factor",
        "escalated",
        "assigned",
        "contains_pii",
        "has_attachment",
        "user_active",
    ];
    let many = flags.map(|flag| format!("{flag} = true")).join(", ");
    let told = faults("identity_verified = true", &many);
    assert_eq!(told, "desk.toml: line 5: the cases look at too many facts to be checked");
}

#[test]
fn no_file_at_all_is_no_policy() {
    assert!(DeskPolicy::parse(&[]).is_err());
    assert!(parse("version = 1").is_err());
}

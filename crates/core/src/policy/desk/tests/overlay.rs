//! An operator's file over the built-in one, or instead of it.

use super::*;

const STRICTER: &str = r#"version = 4
mode = "overlay"
[say]
refuse = { en = "Our desk does not do this.", es = "Nuestro equipo no hace esto." }
[[rule]]
code = "technical.browser.update"
kind = "decision"
source = ["House rules"]
title = { en = "Browsers", es = "Navegadores" }
outcome = { "*" = "refuse" }
[[rule]]
code = "parking.permit"
kind = "decision"
source = ["House rules"]
title = { en = "Parking", es = "Estacionamiento" }
example = { en = "Where do I park?", es = "¿Dónde estaciono?" }
outcome = { "*" = "provide_contact" }
"#;

fn over(text: &str) -> Result<DeskPolicy, Vec<RuleFault>> {
    DeskPolicy::parse(&[BUILT_IN, PolicyFile { path: "ours.toml", text }])
}

#[test]
fn an_overlay_replaces_rules_of_the_same_code_and_adds_others() {
    let policy = over(STRICTER).unwrap();
    assert_eq!(policy.rules().count(), 73);
    let outcome = |code: &str| policy.rule(code).unwrap().outcome_for(RequesterKind::Family);
    assert_eq!(outcome("technical.browser.update"), Outcome::Refuse);
    assert_eq!(outcome("parking.permit"), Outcome::ProvideContact);
    assert_eq!(outcome("health.navigate"), Outcome::Assist);
    let place = &policy.rule("parking.permit").unwrap().place;
    assert_eq!((place.path.as_str(), place.line), ("ours.toml", 11));
}

#[test]
fn common_sentences_of_an_overlay_stand_where_rules_have_none() {
    let policy = over(STRICTER).unwrap();
    let said = |code: &str| policy.rule(code).unwrap().say[&Outcome::Refuse].en.to_string();
    assert_eq!(said("finance.refund"), "Our desk does not do this.");
    assert_eq!(said("technical.browser.update"), "Our desk does not do this.");
    assert_ne!(said("pii.tier2.reveal"), "Our desk does not do this.");
}

#[test]
fn an_overlay_is_another_policy() {
    let (ours, built_in) = (over(STRICTER).unwrap(), DeskPolicy::built_in());
    assert_eq!(ours.version(), 4);
    assert_ne!(ours.hash(), built_in.hash());
    assert!(ours.policy_version().starts_with("4+"));
    let word = over(&STRICTER.replace("Where do I park?", "Where can I park?")).unwrap();
    assert_ne!(word.hash(), ours.hash());
}

#[test]
fn where_a_rule_stands_in_its_file_is_no_part_of_the_hash() {
    let moved = over(&STRICTER.replace("version = 4\n", "# ours\n\nversion = 4\n")).unwrap();
    assert_eq!(moved.hash(), over(STRICTER).unwrap().hash());
}

#[test]
fn the_built_in_rules_can_be_replaced_by_themselves() {
    let text = BUILT_IN.text.replacen("version = 1", "version = 1\nmode = \"replace\"", 1);
    assert_eq!(over(&text).unwrap().hash(), DeskPolicy::built_in().hash());
}

#[test]
fn a_replacement_without_a_rule_that_the_product_needs_is_refused() {
    let faults = over(&STRICTER.replace("\"overlay\"", "\"replace\"")).err().unwrap();
    let told = told(&faults);
    let needed = policy().rules().filter(|rule| rule.is_required);
    assert_eq!(faults.len(), needed.count());
    assert!(told.contains("ours.toml: line 1: the rule `tickets.submit` is missing"), "{told}");
}

#[test]
fn an_operators_file_says_what_it_is() {
    for (bad, says) in [
        ("", "ours.toml: line 1: `mode` is missing"),
        ("mode = \"merge\"", "ours.toml: line 2: `mode`: \"merge\" not a word of PolicyMode"),
    ] {
        let told = told(&over(&STRICTER.replace("mode = \"overlay\"", bad)).unwrap_err());
        assert_eq!(told, says);
    }
}

#[test]
fn faults_of_several_files_are_told_together() {
    let one = PolicyFile { path: "one.toml", text: "mode = \"overlay\"" };
    let two = PolicyFile { path: "two.toml", text: "version = 1" };
    let told = told(&DeskPolicy::parse(&[BUILT_IN, one, two]).unwrap_err());
    assert_eq!(told, "one.toml: line 1: `version` is missing\ntwo.toml: line 1: `mode` is missing");
}

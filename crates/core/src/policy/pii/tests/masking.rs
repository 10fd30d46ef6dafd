//! Placeholders, cases, and what is told of a finding.

use super::super::Case;
use super::*;

fn mask(text: &str) -> String {
    DETECTOR.mask(text, &mut Case::new()).text
}

#[test]
fn every_kind_has_its_placeholder() {
    let text = "Name: Nora Lindqvist, DOB: 4/4/2014, Sex: female, 12 Fern Hollow Rd, Keene, NH 03431, \
        call 702-555-0171 or tina.r@example.com. SSN 523-44-1029, member id KQG220918334, card 4916 3385 0608 2832, \
        password is Hunter!22";
    assert_eq!(
        mask(text),
        "Name: [NAME-1], DOB: [DOB-1], Sex: [GENDER-1], [ADDRESS-1], call [PHONE-1] or [EMAIL-1]. SSN [SSN-1], \
         member id [MEDICAL-ID-1], card [CARD-1], password is [PASSWORD-1]"
    );
}

#[test]
fn a_value_keeps_its_placeholder_through_a_case() {
    let mut case = Case::new();
    let first = DETECTOR.mask("Call 702-555-0171, ask for Carla Ruiz or Nora Vance", &mut case);
    let second =
        DETECTOR.mask("CARLA has a new phone: (702) 555-0199, not (702) 555-0171", &mut case);
    assert_eq!(first.text, "Call [PHONE-1], ask for [NAME-1] or [NAME-2]");
    assert_eq!(second.text, "[NAME-1] has a new phone: [PHONE-2], not [PHONE-1]");
}

#[test]
fn a_case_survives_being_stored() {
    let mut case = Case::new();
    let _ = DETECTOR.mask("my son Liam Vance", &mut case);
    let stored = serde_json::to_string(&case).unwrap();
    let mut read: Case = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, case);
    assert_eq!(DETECTOR.mask("Liam again", &mut read).text, "[NAME-1] again");
}

#[test]
fn nothing_that_is_printed_holds_a_value() {
    let mut case = Case::new();
    let masked = DETECTOR.mask("my son Liam Vance, tina.r@example.com", &mut case);
    let printed = format!("{case:?} {:?} {:?}", masked.findings, masked.hints);
    for value in ["Liam", "liam", "Vance", "tina"] {
        assert!(!printed.contains(value), "{printed}");
    }
}

#[test]
fn a_masked_value_is_left_nowhere() {
    let masked = mask(
        "my card 4916 3385 0608 2832 failed, see receipt_4916338506082832 or 4916338506082832",
    );
    assert_eq!(masked.matches("[CARD-1]").count(), 2, "{masked}");
    let names = mask("Ask CarlaRuiz. Her name is Carla Ruiz, yes, carla ruiz.");
    assert!(!names.to_lowercase().contains("ruiz"), "{names}");
}

#[test]
fn what_is_unsure_is_hinted_at_and_left() {
    let masked = DETECTOR.mask("The forms of Xylandra are gone.", &mut Case::new());
    assert_eq!(masked.text, "The forms of Xylandra are gone.");
    assert_eq!(masked.hints.len(), 1);
    assert!(masked.hints.iter().all(|hint| (HINT..MASK).contains(&hint.score)));
}

#[test]
fn a_finding_says_what_spoke_for_it() {
    let findings = DETECTOR.scan("My daughter Nora Lindqvist can't sign");
    assert_eq!(findings[0].recognizer, Recognizer::NameCue);
    assert_eq!(findings[0].cues, [Cue::Relation, Cue::Name]);
}

#[test]
fn placeholders_are_no_findings() {
    let text = "My son [NAME-1], born [DOB-1], [GENDER-1], lives at [ADDRESS-1], call [PHONE-1], card [CARD-1]";
    assert_eq!(found(text), []);
    assert_eq!(mask(text), text);
}

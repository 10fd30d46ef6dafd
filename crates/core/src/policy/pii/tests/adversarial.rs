//! Text made to hide a name, to look like one, to take long, or to break offsets.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::Case;
use super::*;

#[test]
fn invisible_characters_hide_nothing() {
    assert_eq!(names("My son Li\u{200b}am can't log in"), ["Li\u{200b}am"]);
    assert_eq!(names("My son L\u{ad}iam Vance can't log in"), ["L\u{ad}iam Vance"]);
    assert_eq!(found("text me 702\u{2060}-555-0171"), [("702\u{2060}-555-0171", Label::Phone)]);
    assert_eq!(found("tina.r\u{200d}@example.com"), [("tina.r\u{200d}@example.com", Label::Email)]);
}

#[test]
fn letters_that_look_latin_are_read_as_latin() {
    // Cyrillic a, e and o.
    assert_eq!(names("my daughter N\u{43e}r\u{430} is locked out"), ["N\u{43e}r\u{430}"]);
    assert_eq!(names("Ｍｙ son Ｌｉａｍ can't log in"), ["Ｌｉａｍ"]);
    assert_eq!(found("ssn ５２３-４４-１０２９"), [("５２３-４４-１０２９", Label::Ssn)]);
}

#[test]
fn html_entities_are_read() {
    assert_eq!(names("my son &#76;iam can't log in"), ["&#76;iam"]);
    assert_eq!(names("Mi hijo Tom&aacute;s no puede entrar"), ["Tom&aacute;s"]);
    assert_eq!(found("write to tina&#64;example.com"), [("tina&#64;example.com", Label::Email)]);
}

#[test]
fn case_hides_no_name() {
    for text in
        ["MY SON LIAM CANNOT LOG IN", "my son liam cannot log in", "My son Liam cannot log in"]
    {
        assert_eq!(names(text).len(), 1, "{text}");
    }
}

#[test]
fn will_and_may_at_the_start_are_judged_by_what_follows() {
    assert_eq!(names("Will is enrolled in the May session."), ["Will"]);
    assert_eq!(names("May can't find her bus."), ["May"]);
    for text in [
        "Will the May session open soon?",
        "May I have the link?",
        "May 5 is too late.",
        "Will you be open in May?",
        "May is our busiest month.",
    ] {
        assert!(names(text).is_empty(), "{text}");
    }
}

#[test]
fn identifiers_stay() {
    for text in [
        "child ID 330219 and class 8812",
        "User ID carla_rm2 is locked.",
        "case C-000123, order A-000001, ticket T-000045, user U-000123",
        "child id 7025550171",
        "Error E-2041 on Chrome 131.0.6778.86",
        "id 6f1c2e9a-77b1-4c39-9d1e-5a0a2f3b4c5d from 203.0.113.45",
        "https://example.org/forms/Nora?child=330219",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn two_messages_that_complete_each_other_are_masked_as_one() {
    let mut case = Case::new();
    let first = DETECTOR.mask("My daughter Summer Vance can't sign the waiver.", &mut case);
    let second = DETECTOR.mask("I asked again: Summer still can't sign.", &mut case);
    assert_eq!(first.text, "My daughter [NAME-1] can't sign the waiver.");
    assert_eq!(second.text, "I asked again: [NAME-1] still can't sign.");
    assert!(names("The summer session is full").is_empty());
}

#[test]
fn a_long_text_takes_no_more_than_its_share_of_time() {
    let texts = [
        "7", "1 ", "4-", "a@", "Nora ", "my son ", "(555) ", "4/4/", "&#", "12 Fern ", "\u{301}",
        "D'",
    ];
    for text in texts {
        let long = text.repeat(65_536 / text.len());
        let start = Instant::now();
        DETECTOR.scan(&long);
        assert!(start.elapsed() < Duration::from_secs(20), "{text}: {:?}", start.elapsed());
    }
}

/// Pieces that texts are made of: personal data, signs, letters of many kinds.
fn pieces() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "my son Liam Vance ",
        "Nora ",
        "Thanks,\nBev",
        "dob 4/4/2014 ",
        "Sex: female. ",
        "702-555-0171 ",
        "tina.r@example.com ",
        "member id KQG220918334 ",
        "12 Fern Hollow Rd, Keene, NH 03431 ",
        "ssn 523-44-1029 ",
        "4916 3385 0608 2832 ",
        "mi hija Inés ",
        "password is Hunter!22 ",
        "child ID 330219 ",
        "Will ",
        "May ",
        "👩\u{200d}👧 ",
        "e\u{301}",
        "ﬁ",
        "&eacute;",
        "김민준 ",
        "Владимир ",
        "\u{202e}",
        "[NAME-1] ",
        "\n",
        "İ",
        "ß",
        "㎏",
        "Ⅳ",
        ". ",
        "- ",
    ]);
    prop_oneof![
        known.prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[a-zA-Z0-9 .,@'-]{0,12}"
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(pieces(), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn findings_are_sorted_apart_and_on_boundaries(text in texts()) {
        let mut end = 0;
        for finding in DETECTOR.scan(&text) {
            prop_assert!(finding.start >= end && finding.start < finding.end);
            prop_assert!(text.get(finding.start..finding.end).is_some());
            prop_assert!((MASK..=1000).contains(&finding.score));
            end = finding.end;
        }
    }

    #[test]
    fn masking_then_scanning_finds_nothing(text in texts()) {
        let mut case = Case::new();
        let masked = DETECTOR.mask(&text, &mut case);
        prop_assert_eq!(DETECTOR.scan_in(&masked.text, &case), vec![]);
        prop_assert_eq!(DETECTOR.scan(&masked.text), vec![]);
    }

    #[test]
    fn the_same_text_is_masked_alike(text in texts()) {
        prop_assert_eq!(DETECTOR.mask(&text, &mut Case::new()), DETECTOR.mask(&text, &mut Case::new()));
    }

    #[test]
    fn a_name_is_found_beside_whatever_cannot_be_seen(hidden in "[\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}]{0,3}") {
        let text = format!("👋🏽 é my son Li{hidden}am can't log in");
        let name = format!("Li{hidden}am");
        prop_assert_eq!(names(&text), vec![name.as_str()]);
    }
}

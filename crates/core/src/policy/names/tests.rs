//! The set of names and addresses in `tests/data/names.jsonl`, and properties that hold for any.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{NameReason, NameVerdict, judge};

/// A line of the set.
#[derive(serde::Deserialize)]
struct Case {
    first: String,
    last: String,
    email: Option<String>,
    /// What is right; where it is `needs_review`, nobody can know, and any verdict will do.
    expect: NameVerdict,
}

fn cases() -> Vec<Case> {
    let set = include_str!("../../../tests/data/names.jsonl");
    set.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn verdict(first: &str, last: &str, email: Option<&str>) -> NameVerdict {
    judge(first, last, email).verdict
}

/// Every case with another verdict than the right one.
fn misses() -> Vec<(NameVerdict, NameVerdict, String)> {
    let mut misses = Vec::new();
    for case in cases() {
        let found = judge(&case.first, &case.last, case.email.as_deref());
        if found.verdict != case.expect {
            let told =
                format!("{} | {} | {:?}: {:?}", case.first, case.last, case.email, found.reasons);
            misses.push((case.expect, found.verdict, told));
        }
    }
    misses
}

#[test]
fn no_real_person_is_called_generic() {
    let insulted: Vec<_> = misses()
        .into_iter()
        .filter(|(expect, found, _)| {
            (*expect, *found) == (NameVerdict::Named, NameVerdict::Generic)
        })
        .collect();
    assert!(insulted.is_empty(), "{insulted:#?}");
}

#[test]
fn nearly_all_that_is_decided_is_right() {
    let (all, misses) = (cases().len(), misses());
    let wrong = misses.iter().filter(|(expect, found, _)| {
        *expect != NameVerdict::NeedsReview && *found != NameVerdict::NeedsReview
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.len() * 100 <= all, "{wrong:#?}");
}

#[test]
fn few_need_review_and_hardly_any_that_can_be_known() {
    let cases = cases();
    let clear = cases.iter().filter(|case| case.expect != NameVerdict::NeedsReview).count();
    let misses = misses();
    let put_off: Vec<_> =
        misses.iter().filter(|(_, found, _)| *found == NameVerdict::NeedsReview).collect();
    assert!(put_off.len() * 100 <= clear * 5, "{} of {clear}: {put_off:#?}", put_off.len());
    let reviewed = cases.iter().filter(|case| {
        verdict(&case.first, &case.last, case.email.as_deref()) == NameVerdict::NeedsReview
    });
    assert!(reviewed.count() * 100 <= cases.len() * 10);
}

#[test]
fn a_judgement_says_why() {
    use NameReason as R;
    for (first, last, email, verdict, reasons) in [
        ("Ana", "Gil", Some("ana@clinic.example"), NameVerdict::Named, &[R::LooksNamed][..]),
        ("Front", "Desk", None, NameVerdict::Generic, &[R::Department]),
        ("Nurse", "1", None, NameVerdict::Generic, &[R::Occupation, R::Digits]),
        ("Test", "User", None, NameVerdict::Generic, &[R::Placeholder]),
        ("Acme", "Inc.", None, NameVerdict::Generic, &[R::CompanySuffix]),
        ("asdfg", "zzz", None, NameVerdict::Generic, &[R::KeyboardRow, R::Repeated]),
        ("", "", None, NameVerdict::Generic, &[R::MissingFirstName, R::MissingLastName]),
        ("Maria", "", None, NameVerdict::NeedsReview, &[R::MissingLastName]),
        ("Mrs.", "Gil", None, NameVerdict::NeedsReview, &[R::MissingFirstName]),
        ("Ana", "G.", None, NameVerdict::NeedsReview, &[R::SingleLetter]),
        ("Ana and Luis", "Gil", None, NameVerdict::NeedsReview, &[R::TwoPeople]),
        ("M\u{430}ria", "Gil", None, NameVerdict::NeedsReview, &[R::MixedScripts]),
        ("John", "Doe", None, NameVerdict::NeedsReview, &[R::MayBeNobody]),
        ("Ana", "Gil", Some("info@clinic.example"), NameVerdict::Generic, &[R::RoleAddress]),
        (
            "Ana",
            "",
            Some("info@clinic.example"),
            NameVerdict::Generic,
            &[R::MissingLastName, R::RoleAddress],
        ),
        (
            "Ana",
            "Gil",
            Some("ana.office@clinic.example"),
            NameVerdict::NeedsReview,
            &[R::RoleBesideNameInAddress],
        ),
        (
            "Ana",
            "Gil",
            Some("gilfamily@mail.example"),
            NameVerdict::NeedsReview,
            &[R::SharedAddressWords],
        ),
    ] {
        let found = judge(first, last, email);
        assert_eq!((found.verdict, found.reasons.as_slice()), (verdict, reasons), "{first} {last}");
    }
}

#[test]
fn a_role_address_is_told_from_a_generic_name() {
    let found = judge("Ana", "Gil", Some("frontdesk@clinic.example"));
    assert!(found.reasons.iter().all(|reason| reason.is_about_address()));
    assert!(judge("Front", "Desk", None).reasons.iter().all(|reason| !reason.is_about_address()));
}

#[test]
fn a_name_of_any_length_is_judged() {
    let long = "desk".repeat(20_000);
    assert_eq!(verdict(&long, "Gil", None), NameVerdict::Named);
    let words = "front desk ".repeat(2_000);
    assert_eq!(verdict(&words, &words, Some(&words)), NameVerdict::Generic);
}

/// Words that names and addresses are made of, and anything else.
fn part() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "Front",
        "Desk",
        "Nurse",
        "1",
        "Maria",
        "O'Brien",
        "de la",
        "Nguyễn",
        "Straße",
        "Σωκράτης",
        "Иванов",
        "王",
        "J.",
        "Test",
        "Billing",
        "\u{430}dmin",
        "Summer",
        "Camp",
        "-",
        "",
        "İlker",
        "ﬁona",
        "d'accueil",
        "(",
        ")",
        "and",
        "asdf",
        "zzz",
        "St.",
        "Mary's",
        "ᾳ",
        "Null",
    ]);
    let piece = prop_oneof![3 => known.prop_map(String::from), 1 => "\\PC{0,8}"];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.join(" "))
}

fn address() -> impl Strategy<Value = Option<String>> {
    let local = prop_oneof![
        prop::sample::select(vec!["maria", "frontdesk", "info.gil", "nurse1", "obrien.m", "and"])
            .prop_map(String::from),
        "\\PC{0,8}",
    ];
    prop::option::of(local.prop_map(|local| format!("{local}@clinic.example")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_is_judged_and_told_why(first in part(), last in part(), email in address()) {
        let found = judge(&first, &last, email.as_deref());
        prop_assert!(!found.reasons.is_empty());
        let is_named = found.reasons.contains(&NameReason::LooksNamed);
        prop_assert_eq!(is_named, found.verdict == NameVerdict::Named);
    }

    #[test]
    fn case_makes_no_difference(first in part(), last in part(), email in address()) {
        let upper = email.as_deref().map(str::to_uppercase);
        prop_assert_eq!(
            judge(&first, &last, email.as_deref()),
            judge(&first.to_uppercase(), &last.to_uppercase(), upper.as_deref())
        );
    }

    #[test]
    fn composition_makes_no_difference(first in part(), last in part(), email in address()) {
        let [composed, decomposed] = [
            judge(&first.nfc().to_string(), &last.nfc().to_string(), email.as_deref()),
            judge(&first.nfd().to_string(), &last.nfd().to_string(), email.as_deref()),
        ];
        prop_assert_eq!(composed, decomposed);
    }

    #[test]
    fn spaces_around_make_no_difference(first in part(), last in part(), email in address()) {
        let spaced = |text: &str| format!(" \u{a0}{text}\u{2003} ");
        let email_spaced = email.as_deref().map(spaced);
        prop_assert_eq!(
            judge(&first, &last, email.as_deref()),
            judge(&spaced(&first), &spaced(&last), email_spaced.as_deref())
        );
    }

    #[test]
    fn an_invisible_character_hides_nothing(first in part(), last in part()) {
        let seen = judge(&first, &last, None);
        let veiled = |text: &str| text.chars().flat_map(|c| [c, '\u{200b}']).collect::<String>();
        prop_assert_eq!(seen, judge(&veiled(&first), &veiled(&last), None));
    }
}

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
    let put_off: Vec<_> =
        misses().into_iter().filter(|(_, found, _)| *found == NameVerdict::NeedsReview).collect();
    assert!(put_off.len() * 100 <= clear * 5, "{} of {clear}: {put_off:#?}", put_off.len());
}

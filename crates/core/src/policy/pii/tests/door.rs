//! What becomes of words at the door: masked, sealed, dropped; and over several messages of one case.

use proptest::prelude::*;

use super::super::{Case, Door, Hint, Instead, Screening, Withheld, joined, pieces};
use super::*;
use crate::domain::ticket::{MaskedSubject, MaskedText};
use crate::domain::{FileName, PersonName};

fn door() -> Door<'static> {
    Door::new(&DETECTOR)
}

fn screen(text: &str, case: &mut Case) -> Screening<MaskedText> {
    door().screen(text, None, case).unwrap()
}

fn after(earlier: &str, text: &str, case: &mut Case) -> Screening<MaskedText> {
    door().screen(text, Some(earlier), case).unwrap()
}

#[test]
fn what_is_masked_is_sealed_with_its_places() {
    let text = "My daughter Nora Lindqvist, DOB 4/4/2014, can't sign in.";
    let screened = screen(text, &mut Case::new());
    assert_eq!(screened.masked.as_str(), "My daughter [NAME-1], DOB [DOB-1], can't sign in.");
    assert_eq!(screened.original, text);
    let words: Vec<(&str, Label)> =
        screened.spans.iter().map(|span| (&text[span.start..span.end], span.label)).collect();
    assert_eq!(words, [("Nora Lindqvist", Label::PersonName), ("4/4/2014", Label::DateOfBirth)]);
    assert!(screened.has_learned && !screened.has_dropped);
}

#[test]
fn cards_and_passwords_are_dropped_and_kept_nowhere() {
    let mut case = Case::new();
    let text =
        "Nora Lindqvist's password is Hunter!22, card 4916 3385 0608 2832, call 702-555-0171";
    let screened = screen(text, &mut case);
    assert!(screened.has_dropped);
    let kept = format!("{screened:?} {}", serde_json::to_string(&case).unwrap());
    for secret in ["Hunter", "hunter", "4916", "2832", "4916338506082832"] {
        assert!(!kept.contains(secret), "{secret}: {kept}");
    }
    assert!(screened.original.contains("702-555-0171"), "{}", screened.original);
    assert!(screened.masked.as_str().contains("[CARD-1], call [PHONE-1]"));
    for span in &screened.spans {
        assert!(screened.original.get(span.start..span.end).is_some(), "{span:?}");
    }
}

#[test]
fn the_author_is_told_by_kind_and_what_to_write_instead() {
    let text = "My sons Liam Vance and Noah Vance, tina.r@example.com, password is Hunter!22";
    let hints = screen(text, &mut Case::new()).hints;
    let hint = |label, count, instead| Hint { label, is_masked: true, count, instead };
    assert_eq!(
        hints,
        [
            hint(Label::PersonName, 2, Instead::ChildClassOrUserId),
            hint(Label::Email, 1, Instead::AccountEmail),
            hint(Label::Password, 1, Instead::Nothing),
        ]
    );
    let unsure = screen("The forms of Xylandra are gone.", &mut Case::new());
    assert_eq!(unsure.hints.len(), 1);
    assert!(unsure.hints.iter().all(|hint| !hint.is_masked));
}

#[test]
fn what_is_harmless_goes_through_as_it_is() {
    let text = "Case C-000482: child K-20431 gets error E-4410 in Firefox 160 since 11/20/2026.";
    let screened = screen(text, &mut Case::new());
    assert_eq!(screened.masked.as_str(), text);
    assert_eq!(screened.original, text);
    assert!(screened.spans.is_empty() && !screened.has_learned);
    assert!(screened.hints.iter().all(|hint| !hint.is_masked), "{:?}", screened.hints);
}

#[test]
fn a_subject_and_a_files_name_go_through_it_too() {
    let mut case = Case::new();
    let subject: Screening<MaskedSubject> =
        door().screen("Form of my daughter Nora Lindqvist", None, &mut case).unwrap();
    assert_eq!(subject.masked.as_str(), "Form of my daughter [NAME-1]");
    let file: Screening<FileName> = door().screen("nora_lindqvist.pdf", None, &mut case).unwrap();
    assert!(!file.masked.as_str().contains("lindqvist"), "{}", file.masked);
}

#[test]
fn a_name_that_was_found_once_is_masked_later() {
    let mut case = Case::new();
    let _ = screen("My daughter Nora Lindqvist can't sign in.", &mut case);
    let later = screen("It works now, but lindqvist is still written wrong.", &mut case);
    assert_eq!(later.masked.as_str(), "It works now, but [NAME-1] is still written wrong.");
}

#[test]
fn a_name_that_is_known_from_elsewhere_is_masked() {
    let mut case = Case::new();
    case.know(&PersonName::parse("Xylandra Quoss").unwrap());
    let screened = screen("The forms of xylandra are gone.", &mut case);
    assert_eq!(screened.masked.as_str(), "The forms of [NAME-1] are gone.");
    assert!(!screened.has_learned);
}

#[test]
fn what_a_later_message_tells_masks_the_earlier_ones() {
    let mut case = Case::new();
    let first = screen("The forms of Xylandra are gone.", &mut case);
    assert_eq!(first.masked.as_str(), "The forms of Xylandra are gone.");
    let other = screen("Error E-4410 comes up.", &mut case);
    let second = screen("My daughter Xylandra Quoss has child id K-20431.", &mut case);
    assert!(second.has_learned);
    let earlier = [first.masked.as_str(), other.masked.as_str()];
    let anew: Vec<(usize, MaskedText)> = door().rewrite(&earlier, &mut case).unwrap();
    let anew: Vec<(usize, &str)> = anew.iter().map(|(at, text)| (*at, text.as_str())).collect();
    assert_eq!(anew, [(0, "The forms of [NAME-1] are gone.")]);
    let texts = [anew[0].1, other.masked.as_str(), second.masked.as_str()];
    let again: Vec<(usize, MaskedText)> = door().rewrite(&texts, &mut case).unwrap();
    assert_eq!(again, [], "and then no more");
}

#[test]
fn what_is_broken_in_two_is_found_where_the_messages_meet() {
    let mut case = Case::new();
    let first = screen("My number is 702-555", &mut case);
    assert_eq!(first.masked.as_str(), "My number is 702-555");
    let second = after(first.masked.as_str(), "0171, Nora Lindqvist is my daughter", &mut case);
    assert_eq!(second.completes.as_deref(), Some("My number is [PHONE-1]"));
    assert_eq!(second.masked.as_str(), "[PHONE-1], [NAME-1] is my daughter");
    assert_eq!(second.original, "0171, Nora Lindqvist is my daughter");
    let words: Vec<&str> =
        second.spans.iter().map(|span| &second.original[span.start..span.end]).collect();
    assert_eq!(words, ["0171", "Nora Lindqvist"]);
    assert_eq!(second.hints.len(), 2);
}

#[test]
fn a_card_that_is_broken_in_two_is_dropped_from_both() {
    let mut case = Case::new();
    let first = screen("It is 4916 3385", &mut case);
    let second = after(first.masked.as_str(), "0608 2832 I think", &mut case);
    assert!(second.has_dropped);
    let kept = format!("{second:?} {}", serde_json::to_string(&case).unwrap());
    assert!(!kept.contains("2832") && !kept.contains("4916"), "{kept}");
    assert!(second.spans.is_empty());
}

/// The pieces of a card number that is written in several texts, screened one after the other.
fn broken(texts: &[&str]) -> (Vec<String>, String) {
    let mut case = Case::new();
    let mut kept: Vec<String> = Vec::new();
    let mut sealed = String::new();
    for text in texts {
        let before: Vec<&str> = kept.iter().map(String::as_str).collect();
        let screened = after(&joined(before.iter().copied()), text, &mut case);
        let changed = screened.completes.map(|anew| pieces(&before, &anew)).unwrap_or_default();
        for piece in changed {
            kept[piece.place] = piece.text;
        }
        kept.push(screened.masked.as_str().to_owned());
        sealed = screened.original;
    }
    (kept, sealed)
}

#[test]
fn a_card_that_is_broken_over_several_texts_is_dropped_from_all() {
    for texts in [
        vec!["It is 4916 3385", "0608 2832, I think"],
        vec!["It is 4916", "3385 0608", "2832, I think"],
        vec!["It is 4916", "3385", "0608", "2832, I think"],
        vec!["It is 4916-", "3385\u{200b}-06\u{2060}08-", "\u{feff}2832, I think"],
        vec![
            "It is \u{664}\u{669}\u{661}\u{666}",
            "\u{ff13}\u{ff13}\u{ff18}\u{ff15} 0608",
            "2832, I think",
        ],
        vec!["It is 49l6", "3385 O6O8", "2832, I think"],
    ] {
        let (kept, sealed) = broken(&texts);
        let (last, before) = kept.split_last().unwrap();
        assert_eq!(before[0], "It is [CARD-1]", "{texts:?}");
        assert!(before[1..].iter().all(|text| text == "[CARD-1]"), "{kept:?}");
        assert_eq!(last, "[CARD-1], I think", "{texts:?}");
        assert_eq!(sealed, "[CARD-1], I think");
    }
}

#[test]
fn what_lies_across_two_masked_texts_is_taken_from_both() {
    let mut case = Case::new();
    let card = door().across("It is 4916 3385", "0608 2832 I think", &mut case).unwrap();
    assert_eq!((card.label, case == Case::new()), (Label::CreditCard, true));
    assert_eq!(
        (card.completes.as_str(), card.text.as_str()),
        ("It is [CARD-1]", "[CARD-1] I think")
    );
    assert_eq!(card.sealed("0608 2832 Nora thinks"), "[CARD-1] Nora thinks");
    assert_eq!(card.sealed("otherwise"), "[CARD-1] I think", "what does not fit is not kept");
    let phone = door().across("My number is 702-555", "0171 for me", &mut case).unwrap();
    assert_eq!(phone.completes, "My number is [PHONE-1]");
    assert_eq!(phone.text, "[PHONE-1] for me");
    assert_eq!(phone.sealed("0171 for me"), "0171 for me");
    assert!(door().across("It is [CARD-1]", "[CARD-1] I think", &mut case).is_none());
    assert!(door().across("The page stays white.", "Firefox 160", &mut case).is_none());
}

#[test]
fn letters_that_look_like_digits_are_a_card_only_if_its_check_digit_is_right() {
    let mut case = Case::new();
    assert_eq!(screen("Card 49I6 3385 o608 2832.", &mut case).masked.as_str(), "Card [CARD-1].");
    let other = "Serial A49I6-3385-o608-2833 of the tablet.";
    assert!(screen(other, &mut Case::new()).masked.as_str().contains("2833"), "no card");
}

#[test]
fn a_message_that_follows_another_is_as_it_was_if_nothing_meets() {
    let mut case = Case::new();
    let screened = after("Error E-4410 comes up.", "On the page of forms.", &mut case);
    assert_eq!(screened.completes, None);
    assert_eq!(screened.masked.as_str(), "On the page of forms.");
}

#[test]
fn what_does_not_fit_is_withheld_and_the_case_stays_as_it_was() {
    let mut case = Case::new();
    let name = format!("{} my son Liam Vance.pdf", "x".repeat(254));
    let withheld = door().screen::<FileName>(&name, None, &mut case);
    assert_eq!(withheld, Err(Withheld));
    assert_eq!(case, Case::new());
}

/// Words of messages, among them what is personal and what tells of it.
fn words() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "my son",
        "Liam Vance",
        "Nora",
        "Lindqvist",
        "DOB",
        "4/4/2014",
        "702-555-0171",
        "tina.r@example.com",
        "4916 3385 0608 2832",
        "password is Hunter!22",
        "the form",
        "error E-4410",
        "K-20431",
        "ñandú",
        "[NAME-1]",
        "\u{200b}",
        "12 Fern Hollow Rd, Keene, NH 03431",
        ".",
        "\n",
        "SSN 523-44-1029",
    ];
    prop::collection::vec(prop::sample::select(PIECES).prop_map(str::to_owned), 1..12)
        .prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_found_in_what_went_through(first in words(), second in words()) {
        let mut case = Case::new();
        let mut before = None;
        for text in [first, second] {
            let Ok(screened) = door().screen::<MaskedText>(&text, before.as_deref(), &mut case) else {
                prop_assert!(text.trim().is_empty() || text.contains('\u{200b}'), "{}", text);
                continue;
            };
            prop_assert_eq!(DETECTOR.scan_in(screened.masked.as_str(), &case), []);
            for span in &screened.spans {
                let words = screened.original.get(span.start..span.end);
                prop_assert!(words.is_some_and(|words| !words.is_empty()), "{:?}", span);
            }
            before = Some(screened.masked.as_str().to_owned());
        }
    }
}

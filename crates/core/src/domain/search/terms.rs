//! Texts of no certain language: the terms that they are found by, and what a query looks for among those.
//!
//! What stands on a ticket may be English or Spanish, whatever its requester is written to in. So a word has one
//! stem, that of both languages one after the other: its forms in either have the same. The word as it is written
//! is kept beside it, for beginnings.

use std::collections::BTreeSet;

use super::query::Query;
use super::words::{is_stop_word, stem, tokens};
use super::{MAX_TOKENS, MAX_WORD};
use crate::domain::account::Locale;

/// Most terms of one text. What comes after so many is not found by.
pub const MAX_TERMS: usize = 400;
/// Fewest letters of a beginning.
const LEAST_BEGINNING: usize = 2;
/// Stands before every letter: what comes between a term and this behind it is the term alone.
const BEFORE_ALL: char = '\u{1}';

/// The terms that a text is found by: its first [`MAX_TERMS`].
pub fn terms(text: &str) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for token in tokens(text).take(MAX_TOKENS) {
        if says_nothing(&token.word) {
            continue;
        }
        let both = [common_stem(&token.word), token.word];
        for term in both {
            if terms.len() < MAX_TERMS {
                terms.insert(term);
            }
        }
        if terms.len() >= MAX_TERMS {
            break;
        }
    }
    terms
}

/// Terms of an index, in the order of code points: from the first one on, to before the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRange {
    /// From this on.
    pub from: String,
    /// To before this.
    pub before: String,
}

/// A word that is looked for, as the terms that it may stand for: never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtTerms(Vec<TermRange>);

impl SoughtTerms {
    /// The words of a query; a text is found by it that has all of them.
    pub fn of(text: &str) -> Vec<Self> {
        let words = Query::of(text).in_no_language();
        words.into_iter().map(|(word, is_open)| Self::word(word, is_open)).collect()
    }

    /// One word, which may be the beginning of one.
    fn word(word: String, is_open: bool) -> Self {
        let stem = common_stem(&word);
        let alone = TermRange { before: format!("{stem}{BEFORE_ALL}"), from: stem };
        if !is_open || word.chars().count() < LEAST_BEGINNING {
            return Self(vec![alone]);
        }
        let is_inside = alone.from.starts_with(&word);
        let begins = TermRange { before: format!("{word}{}", char::MAX), from: word };
        Self(if is_inside { vec![begins] } else { vec![alone, begins] })
    }

    /// Where its terms stand: one range, or two.
    pub fn ranges(&self) -> &[TermRange] {
        &self.0
    }
}

/// Whether a plain word says nothing about a text, in any of the languages.
pub(super) fn says_nothing(word: &str) -> bool {
    Locale::ALL.iter().any(|locale| is_stop_word(*locale, word))
}

/// The stem that a plain word has if its language is not known. What has a digit in it has no forms.
fn common_stem(word: &str) -> String {
    if word.chars().any(char::is_numeric) {
        return word.to_owned();
    }
    let stem = stem(Locale::Spanish, &stem(Locale::English, word));
    stem.chars().take(MAX_WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text is found by a query.
    fn finds(query: &str, text: &str) -> bool {
        let terms = terms(text);
        let sought = SoughtTerms::of(query);
        let stands = |word: &SoughtTerms| {
            let inside = |range: &TermRange| {
                terms.range(range.from.clone()..range.before.clone()).next().is_some()
            };
            word.ranges().iter().any(inside)
        };
        !sought.is_empty() && sought.iter().all(stands)
    }

    #[test]
    fn forms_accents_and_beginnings_are_found_in_both_languages() {
        for (query, text) in [
            ("invitations sent", "I have sent an invitation"),
            ("invitación ", "No llegan las invitaciones"),
            ("contrasena nueva", "Quiero una CONTRASEÑA nueva"),
            ("pages ", "The page does not load"),
            ("password hist", "The history of my passwords"),
            ("invitati", "Two invitations"),
            ("K-20431", "The page of child K-20431"),
        ] {
            assert!(finds(query, text), "{query}: {text}");
        }
    }

    #[test]
    fn all_words_have_to_be_there_and_only_the_last_is_a_beginning() {
        assert!(finds("the white page", "The page stays white"));
        for query in ["white horse", "sta white", "hite", "???"] {
            assert!(!finds(query, "The page stays white"), "{query}");
        }
    }

    #[test]
    fn a_text_has_so_many_terms_and_no_more() {
        let mut long = String::new();
        for n in 0..100_000 {
            long.push_str(&n.to_string());
            long.push(' ');
        }
        assert_eq!(terms(&long).len(), MAX_TERMS);
        assert!(terms("the of y de").is_empty());
    }
}

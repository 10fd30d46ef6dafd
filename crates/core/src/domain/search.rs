//! Finding texts by their words, in English and Spanish: what a text is indexed by, what a query looks for,
//! how what is found is ranked, and which part of it is shown.
//!
//! Everything is decided here and nothing by a database: a store keeps [`Index`]es and hands back
//! [`Posting`]s, so that the same words find the same texts in the same order wherever they are kept. Words
//! are compared in their plain form (`fold`), then by their stems.

mod excerpt;
mod query;
mod rank;
mod terms;
mod typing;
mod words;

use std::collections::BTreeMap;

pub use excerpt::{EXCERPT, Excerpt, Mark, excerpt, marks};
pub use query::{MAX_WORDS, Query};
pub use rank::{Closeness, Posting, Sought, rank};
pub use terms::{MAX_TERMS, SoughtTerms, TermRange, terms};
pub use typing::{distance, mirrored, stays_in_front, typos_in};
pub use words::{Token, is_stop_word, stem, tokens};

use super::account::Locale;

/// Longest word that is kept, in characters.
pub const MAX_WORD: usize = 40;
/// Most words of a text that are looked at.
pub const MAX_TOKENS: usize = 20_000;

/// How soon a word that is repeated counts for little more, in thousandths (the k1 of BM25).
const SATURATION: i64 = 1_200;
/// How much the length of a text counts, in thousandths (the b of BM25).
const BY_LENGTH: i64 = 750;
/// Words of a text of usual length. A constant, so that a new text changes nothing about the others.
const USUAL_LENGTH: i64 = 300;

/// A part of a text, and how much a word in it counts.
#[derive(Debug, Clone, Copy)]
pub struct Part<'t> {
    /// The part.
    pub text: &'t str,
    /// How much one word counts; 1 in a text's body.
    pub weight: i64,
}

/// What a text is found by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Stems, each with how much the text is about it: 0 to 2200.
    pub terms: BTreeMap<String, i32>,
    /// The words as they are written, plain, each with its stem: for beginnings of words, and for typing errors.
    pub words: BTreeMap<String, String>,
}

impl Index {
    /// Reads a text of a language in its parts.
    pub fn of(locale: Locale, parts: &[Part<'_>]) -> Self {
        let mut index = Self::default();
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        let mut length: i64 = 0;
        for part in parts {
            for token in tokens(part.text).take(MAX_TOKENS) {
                length = length.saturating_add(1);
                if is_stop_word(locale, &token.word) {
                    continue;
                }
                let term =
                    index.words.entry(token.word).or_insert_with_key(|word| stem(locale, word));
                let count = counts.entry(term.clone()).or_default();
                *count = count.saturating_add(part.weight);
            }
        }
        index.terms =
            counts.into_iter().map(|(term, count)| (term, impact(count, length))).collect();
        index
    }
}

/// How much a text of `length` words is about a word that is in it, so often: BM25 without the word's rarity,
/// in thousandths.
fn impact(count: i64, length: i64) -> i32 {
    let by_length = BY_LENGTH * length / USUAL_LENGTH;
    let norm = SATURATION * (1_000 - BY_LENGTH + by_length) / 1_000;
    let count = count.clamp(0, 1_000_000);
    let impact = count * 1_000 * (SATURATION + 1_000) / (count * 1_000 + norm).max(1);
    i32::try_from(impact).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Index {
        Index::of(Locale::English, &[Part { text, weight: 1 }])
    }

    #[test]
    fn what_a_text_is_about_counts_for_more_than_its_length() {
        let short = body("reset a password");
        let long = body(&format!("reset a password {}", "with some other words ".repeat(200)));
        assert!(short.terms["password"] > long.terms["password"]);
        let often = body("password password password");
        assert!(
            often.terms["password"] > short.terms["password"] && often.terms["password"] < 2_200
        );
    }

    #[test]
    fn a_title_counts_for_more_than_a_body() {
        let both = [Part { text: "Browsers", weight: 5 }, Part { text: "passwords", weight: 1 }];
        let index = Index::of(Locale::English, &both);
        assert!(index.terms["browser"] > index.terms["password"]);
        assert_eq!(index.words["browsers"], "browser");
    }

    #[test]
    fn words_that_say_nothing_are_not_kept() {
        assert!(body("the of and it").terms.is_empty());
        assert!(
            Index::of(Locale::Spanish, &[Part { text: "de la y el", weight: 1 }]).terms.is_empty()
        );
    }

    #[test]
    fn a_long_text_ends_somewhere() {
        let index = body(&"word ".repeat(1_000_000));
        assert_eq!(index.terms.len(), 1);
        assert!(body(&"x".repeat(100_000)).words.keys().all(|word| word.len() == MAX_WORD));
    }
}

//! The request type that somebody's words ask for, so that a form or an agent does not begin at a list
//! of seventy.
//!
//! A suggestion opens no door: whoever files the request confirms its type, and the rules decide over
//! what was confirmed. It is lexical and in process. [`Suggester`] learns once from the phrases in
//! `policy/phrases`, a file for each voice in which people speak, and weighs a text by the words, the
//! pairs of words and the pieces of words that it shares with them (a multinomial naive Bayes classifier
//! over TF-IDF). Pieces forgive typing errors and endings in both languages, so nothing is stemmed.
//!
//! Start at [`Suggester::suggest`]; [`features`] reads a text, [`model`] learns and weighs, [`phrases`]
//! checks the data.

mod features;
mod model;
mod phrases;

use features::Features;
use model::Model;
pub use phrases::{PhraseBook, PhraseFault};

/// Most request types that are suggested for one text.
pub const MAX_SUGGESTIONS: usize = 3;
/// How many characters of a text are read; the rest is left aside.
pub const MAX_CHARACTERS: usize = 20_000;
/// The highest score.
const FULL_SCORE: u16 = 1000;
/// The least score that the best type needs: below it the words say nothing that is known.
const FLOOR: u16 = 20;

/// A request type that a text may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestion<'a> {
    /// The code of the request type.
    pub request_type: &'a str,
    /// How sure the suggestion is, from 0 to 1000. Scores of one text compare with each other, and add up
    /// to 1000 at most.
    pub score: u16,
}

/// Suggests request types. Made once; learning takes some tens of milliseconds.
#[derive(Debug, Clone)]
pub struct Suggester {
    model: Model,
}

impl Suggester {
    /// Learns the built-in phrases.
    pub fn new() -> Self {
        match PhraseBook::built_in() {
            Ok(book) => Self::of(&book),
            Err(fault) => unreachable!("a test reads the built-in phrases: {fault}"),
        }
    }

    /// Learns phrases.
    pub fn of(book: &PhraseBook) -> Self {
        Self { model: Model::learn(book.phrases()) }
    }

    /// The request types that a text asks for, the likeliest first; none if nothing in it is known.
    pub fn suggest(&self, text: &str) -> Vec<Suggestion<'_>> {
        let read: String = text.chars().take(MAX_CHARACTERS).collect();
        let mut found: Vec<Suggestion<'_>> = self
            .model
            .likelihoods(&Features::of(&read))
            .into_iter()
            .map(|(request_type, share)| Suggestion { request_type, score: score(share) })
            .collect();
        found.sort_by(|one, other| {
            other.score.cmp(&one.score).then_with(|| one.request_type.cmp(other.request_type))
        });
        found.truncate(MAX_SUGGESTIONS);
        if found.first().is_none_or(|best| best.score < FLOOR) {
            return Vec::new();
        }
        found.retain(|suggestion| suggestion.score > 0);
        found
    }
}

impl Default for Suggester {
    fn default() -> Self {
        Self::new()
    }
}

/// A share of 1 as a score, rounded to the nearest.
fn score(share: f64) -> u16 {
    let scores: Vec<u16> = (1..=FULL_SCORE).collect();
    let reached =
        scores.partition_point(|score| f64::from(*score) - 0.5 <= share * f64::from(FULL_SCORE));
    u16::try_from(reached).unwrap_or(FULL_SCORE)
}

#[cfg(test)]
mod tests;

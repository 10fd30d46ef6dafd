//! The request type that somebody's words ask for, so that a form or an agent does not begin at a list
//! of seventy.
//!
//! A suggestion opens no door: whoever files the request confirms its type, and the rules decide over
//! what was confirmed. It is lexical and in process. [`Suggester`] learns once from the phrases in
//! `policy/phrases`, a file for each voice in which people speak, and weighs a text by the words, the
//! pairs of words and the pieces of words that it shares with them (a multinomial naive Bayes classifier
//! over TF-IDF). Pieces forgive typing errors and endings in both languages, so nothing is stemmed. The
//! wish often stands in one sentence of many, so the best sentence counts as much as the whole.
//!
//! Start at [`Suggester::suggest`]; `features` reads a text, `model` learns and weighs, `phrases` checks
//! the data.

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
const FLOOR: u16 = 45;
/// What the best sentence counts beside the whole text.
const SENTENCE: f64 = 0.4;

/// A request type that a text may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestion<'a> {
    /// The code of the request type.
    pub request_type: &'a str,
    /// How much the words speak for it, from 0 to 1000. Scores compare with each other; they are no
    /// probabilities.
    pub score: u16,
}

/// Suggests request types. Made once: learning takes much longer than suggesting.
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
        let types = self.model.types().iter().map(String::as_str);
        let mut found: Vec<(&str, f64)> = types
            .zip(self.strengths(text))
            .filter(|(request_type, _)| *request_type != phrases::NOTHING)
            .collect();
        found.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        found.truncate(MAX_SUGGESTIONS);
        let suggestions: Vec<Suggestion<'_>> = found
            .into_iter()
            .map(|(request_type, strength)| Suggestion { request_type, score: score(strength) })
            .collect();
        match suggestions.first() {
            Some(best) if best.score >= FLOOR => suggestions,
            _ => Vec::new(),
        }
    }

    /// How much a text speaks for each type, from 0 to 1, in the model's order; empty if nothing is known.
    fn strengths(&self, text: &str) -> Vec<f64> {
        let read: String = text.chars().take(MAX_CHARACTERS).collect();
        let sentences = Features::of_sentences(&read);
        let whole = self.model.shares(&Features::together(&sentences));
        let mut best: Vec<f64> = whole.iter().map(|_| 0.0).collect();
        for shares in sentences.iter().map(|sentence| self.model.shares(sentence)) {
            for (best, share) in best.iter_mut().zip(shares) {
                *best = best.max(share);
            }
        }
        whole
            .iter()
            .zip(best)
            .map(|(whole, best)| SENTENCE * best + (1.0 - SENTENCE) * whole)
            .collect()
    }
}

impl Default for Suggester {
    fn default() -> Self {
        Self::new()
    }
}

/// A strength as a score, rounded to the nearest.
fn score(strength: f64) -> u16 {
    let steps: Vec<u16> = (1..=FULL_SCORE).collect();
    let full = f64::from(FULL_SCORE);
    let reached = steps.partition_point(|step| f64::from(*step) - 0.5 <= strength * full);
    u16::try_from(reached).unwrap_or(FULL_SCORE)
}

#[cfg(test)]
mod tests;

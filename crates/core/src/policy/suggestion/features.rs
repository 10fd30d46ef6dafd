//! What a text is made of, as far as the model cares: words and pairs of words, and pieces of words.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::fold;

/// How long a piece of a word is, in characters, its ends included.
const PIECES: [usize; 3] = [3, 4, 5];
/// Longest word that is taken, in characters: longer ones are keys, addresses and noise.
const MAX_WORD: usize = 30;
/// Stands for a run of digits: which number it is says nothing.
const NUMBER: &str = "#";
/// Stands for the part of an email address after the name.
const ADDRESS: &str = "@";

/// A feature, by the hash of what it is. Two that fell together would only blur one weight.
pub(super) type Feature = u64;

/// The features of a text and how often each occurs, in an order of their own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Features {
    /// Words and pairs of neighbours.
    pub(super) words: Vec<(Feature, f64)>,
    /// Pieces of words.
    pub(super) pieces: Vec<(Feature, f64)>,
}

impl Features {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let words = words(text);
        let single = words.iter().map(|word| feature("word", word));
        let pairs = words.iter().zip(words.iter().skip(1)).map(|pair| feature("pair", pair));
        let pieces = words.iter().flat_map(|word| pieces(word));
        Self { words: counted(single.chain(pairs).collect()), pieces: counted(pieces.collect()) }
    }
}

/// The words of a text in their plain form. Digits become one word, and so does the domain of an address.
pub(super) fn words(text: &str) -> Vec<String> {
    let plain = fold::plain(text).replace(['\'', '’'], "").replace("e-mail", "email");
    let mut words = Vec::new();
    for run in plain.split_whitespace() {
        let (name, is_address) = match run.split_once('@') {
            Some((name, _domain)) => (name, true),
            None => (run, false),
        };
        let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        words.extend(parts.map(word));
        if is_address {
            words.push(ADDRESS.to_owned());
        }
    }
    words
}

/// A part of a text as a word.
fn word(part: &str) -> String {
    match part.chars().all(char::is_numeric) {
        true => NUMBER.to_owned(),
        false => part.chars().take(MAX_WORD).collect(),
    }
}

/// The pieces of a word with its ends marked.
fn pieces(word: &str) -> Vec<Feature> {
    let marked: Vec<char> = format!("<{word}>").chars().collect();
    PIECES
        .iter()
        .flat_map(|length| marked.windows(*length))
        .map(|piece| feature("piece", piece))
        .collect()
}

/// The hash of a feature; the same in every run.
fn feature(kind: &str, what: impl Hash) -> Feature {
    let mut hasher = DefaultHasher::new();
    kind.hash(&mut hasher);
    what.hash(&mut hasher);
    hasher.finish()
}

/// Each feature once, with how often it occurs.
fn counted(mut features: Vec<Feature>) -> Vec<(Feature, f64)> {
    features.sort_unstable();
    let runs = features.chunk_by(|one, other| one == other);
    runs.filter_map(|run| Some((*run.first()?, run.iter().map(|_| 1.0).sum()))).collect()
}

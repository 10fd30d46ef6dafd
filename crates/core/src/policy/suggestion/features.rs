//! What a text is made of, as far as the model cares: words and pairs of words, and pieces of words.

use std::collections::BTreeMap;

use crate::domain::fold;

/// How long a piece of a word is, in characters, its ends included.
const PIECES: [usize; 2] = [4, 5];
/// Longest word that is taken, in characters: longer ones are keys, addresses and noise.
const MAX_WORD: usize = 30;
/// A sentence of more words is also read in parts of so many: not everybody sets full stops.
const PART: usize = 16;
/// Stands for a run of digits: which number it is says nothing.
const NUMBER: &str = "#";
/// Stands for the domain of an email address.
const ADDRESS: &str = "@";

/// A feature, by the hash of what it is. Two that fell together would only blur one weight.
pub(super) type Feature = u64;

/// The features of a text and how often each occurs, in ascending order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Features {
    /// Words and pairs of neighbours.
    pub(super) words: Vec<(Feature, f64)>,
    /// Pieces of words.
    pub(super) pieces: Vec<(Feature, f64)>,
}

impl Features {
    /// Reads every sentence, long ones in parts.
    pub(super) fn of_sentences(text: &str) -> Vec<Self> {
        let ends = |c: char| matches!(c, '!' | '?' | '¡' | '¿' | '\n');
        let sentences = text.split(ends).flat_map(|line| line.split(". ")).map(words);
        let parts = sentences.flat_map(|words| {
            let parts = words.chunks(PART).map(Self::of);
            parts.collect::<Vec<Self>>()
        });
        parts.filter(|part| !part.words.is_empty()).collect()
    }

    /// The features of all parts together.
    pub(super) fn together(parts: &[Self]) -> Self {
        Self {
            words: summed(parts.iter().flat_map(|part| &part.words)),
            pieces: summed(parts.iter().flat_map(|part| &part.pieces)),
        }
    }

    /// The features of words that follow each other.
    pub(super) fn of(words: &[String]) -> Self {
        let single = words.iter().filter(|word| !is_mark(word));
        let single = single.map(|word| feature("word", word.chars()));
        let pairs = words.iter().zip(words.iter().skip(1));
        let pairs = pairs
            .filter(|(one, next)| !is_mark(one) || !is_mark(next))
            .map(|(one, next)| feature("pair", one.chars().chain([' ']).chain(next.chars())));
        let pieces = words.iter().flat_map(|word| pieces(word));
        Self { words: counted(single.chain(pairs)), pieces: counted(pieces) }
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
    if part.chars().all(char::is_numeric) {
        return NUMBER.to_owned();
    }
    part.chars().take(MAX_WORD).collect()
}

/// Whether a word stands for something else, and so says nothing by itself.
fn is_mark(word: &str) -> bool {
    matches!(word, NUMBER | ADDRESS)
}

/// The pieces of a word with its ends marked.
fn pieces(word: &str) -> Vec<Feature> {
    let marked: Vec<char> = ['<'].into_iter().chain(word.chars()).chain(['>']).collect();
    let windows = PIECES.iter().flat_map(|length| marked.windows(*length));
    windows.map(|piece| feature("piece", piece.iter().copied())).collect()
}

/// The hash of a feature (FNV-1a over characters): the same in every build.
fn feature(kind: &str, what: impl Iterator<Item = char>) -> Feature {
    kind.chars().chain([' ']).chain(what).fold(0xcbf2_9ce4_8422_2325, |hash: u64, c| {
        (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Each feature once, with how often it occurs.
fn counted(features: impl Iterator<Item = Feature>) -> Vec<(Feature, f64)> {
    let mut features: Vec<Feature> = features.collect();
    features.sort_unstable();
    let runs = features.chunk_by(|one, other| one == other);
    runs.filter_map(|run| Some((*run.first()?, run.iter().map(|_| 1.0).sum()))).collect()
}

/// Each feature once, with the sum of its counts.
fn summed<'a>(counts: impl Iterator<Item = &'a (Feature, f64)>) -> Vec<(Feature, f64)> {
    let mut sums: BTreeMap<Feature, f64> = BTreeMap::new();
    for (feature, count) in counts {
        *sums.entry(*feature).or_default() += count;
    }
    sums.into_iter().collect()
}

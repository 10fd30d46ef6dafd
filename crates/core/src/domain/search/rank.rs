//! The order of what was found: BM25 over indexed parts, texts with more of the words first.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How many texts a word's rarity is measured against. A constant, so that nobody has to count them all.
const TEXTS: f64 = 1_000.0;
/// How much more a text counts that is raised.
const RAISED: f64 = 1.5;

/// How a word that was found stands to the one that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// It is mistyped.
    Similar,
    /// It begins with it.
    Begins,
    /// It is the same word, or a form of it.
    Same,
}

impl Closeness {
    /// How much it counts.
    const fn factor(self) -> f64 {
        match self {
            Self::Same => 1.0,
            Self::Begins => 0.7,
            Self::Similar => 0.5,
        }
    }
}

/// A word that is looked for, as the stems that it may stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought(BTreeMap<String, Closeness>);

impl Sought {
    /// Looks for a stem, too. The closest that is said of one counts.
    pub fn add(&mut self, term: String, closeness: Closeness) {
        let known = self.0.entry(term).or_insert(closeness);
        *known = closeness.max(*known);
    }

    /// The stems.
    pub fn terms(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// That a text has a stem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting<K> {
    /// The stem.
    pub term: String,
    /// The text.
    pub text: K,
    /// How much the text is about it: see [`Index`](super::Index).
    pub impact: i32,
}

/// The texts in which words were found, each with its score, the best first. Of equal ones that with the greater
/// key is first; the order in which postings come makes no difference.
pub fn rank<K: Copy + Ord>(
    sought: &[Sought],
    postings: &[Posting<K>],
    raised: &BTreeSet<K>,
) -> Vec<(K, f64)> {
    let mut by_term: BTreeMap<&str, Vec<&Posting<K>>> = BTreeMap::new();
    for posting in postings {
        by_term.entry(&posting.term).or_default().push(posting);
    }
    let mut found: BTreeMap<K, (f64, u32)> = BTreeMap::new();
    for word in sought {
        for (text, score) in best(word, &by_term) {
            let (sum, words) = found.entry(text).or_default();
            *sum += score;
            *words = words.saturating_add(1);
        }
    }
    let all = f64::from(u32::try_from(sought.len()).unwrap_or(u32::MAX)).max(1.0);
    let whole = |(text, (sum, words)): (K, (f64, u32))| {
        let share = f64::from(words) / all;
        let raise = if raised.contains(&text) { RAISED } else { 1.0 };
        (text, sum * share * share * raise)
    };
    let mut ranked: Vec<(K, f64)> = found.into_iter().map(whole).collect();
    ranked.sort_by(by_score);
    ranked
}

/// The better one first.
fn by_score<K: Ord>(one: &(K, f64), other: &(K, f64)) -> Ordering {
    other.1.total_cmp(&one.1).then_with(|| other.0.cmp(&one.0))
}

/// How well each text fits one word, by the best of the stems that the word may stand for.
fn best<K: Copy + Ord>(
    word: &Sought,
    by_term: &BTreeMap<&str, Vec<&Posting<K>>>,
) -> BTreeMap<K, f64> {
    let mut best: BTreeMap<K, f64> = BTreeMap::new();
    for (term, closeness) in &word.0 {
        let Some(postings) = by_term.get(term.as_str()) else { continue };
        let texts = f64::from(u32::try_from(postings.len()).unwrap_or(u32::MAX));
        let rarity = (1.0 + TEXTS / (texts + 1.0)).ln();
        for posting in postings {
            let score = rarity * closeness.factor() * f64::from(posting.impact);
            let known = best.entry(posting.text).or_default();
            *known = known.max(score);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sought(terms: &[(&str, Closeness)]) -> Sought {
        let mut sought = Sought::default();
        for (term, closeness) in terms {
            sought.add((*term).to_owned(), *closeness);
        }
        sought
    }

    fn posting(term: &str, text: u8, impact: i32) -> Posting<u8> {
        Posting { term: term.to_owned(), text, impact }
    }

    fn order(sought: &[Sought], postings: &[Posting<u8>], raised: &[u8]) -> Vec<u8> {
        let raised = raised.iter().copied().collect();
        rank(sought, postings, &raised).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn texts_with_all_words_come_first() {
        let words = ["reset", "password"].map(|word| sought(&[(word, Closeness::Same)]));
        let postings = [
            posting("reset", 1, 2_000),
            posting("reset", 2, 900),
            posting("password", 2, 900),
            posting("password", 3, 2_100),
        ];
        assert_eq!(order(&words, &postings, &[]), [2, 3, 1]);
        let mut others = postings.to_vec();
        others.reverse();
        assert_eq!(order(&words, &others, &[]), [2, 3, 1]);
    }

    #[test]
    fn a_rare_word_counts_for_more_than_a_usual_one() {
        let words = ["camp", "lockout"].map(|word| sought(&[(word, Closeness::Same)]));
        let mut postings: Vec<_> = (1..=100).map(|text| posting("camp", text, 1_000)).collect();
        postings.push(posting("lockout", 200, 1_000));
        assert_eq!(order(&words, &postings, &[])[0], 200);
    }

    #[test]
    fn the_word_itself_comes_before_what_begins_with_it_and_what_is_like_it() {
        let word = sought(&[
            ("invit", Closeness::Same),
            ("invitro", Closeness::Begins),
            ("inert", Closeness::Similar),
        ]);
        let postings =
            [posting("inert", 1, 1_000), posting("invitro", 2, 1_000), posting("invit", 3, 1_000)];
        assert_eq!(order(&[word], &postings, &[]), [3, 2, 1]);
    }

    #[test]
    fn equal_ones_have_an_order_and_one_that_is_raised_comes_first() {
        let word = [sought(&[("invit", Closeness::Same)])];
        let postings = [posting("invit", 1, 1_000), posting("invit", 2, 1_000)];
        assert_eq!(order(&word, &postings, &[]), [2, 1]);
        assert_eq!(order(&word, &postings, &[1]), [1, 2]);
    }
}

//! What somebody looks for, as words.

use super::terms::says_nothing;
use super::words::{is_stop_word, tokens};
use crate::domain::account::Locale;

/// Most words of a query that are looked for.
pub const MAX_WORDS: usize = 8;

/// A query in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Plain words, each once, in order.
    words: Vec<String>,
    /// Whether the last one may be the beginning of a word: nothing stands behind it yet.
    is_open: bool,
}

impl Query {
    /// Reads what somebody typed.
    pub fn of(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut end = 0;
        for token in tokens(text) {
            if words.len() < MAX_WORDS && !words.contains(&token.word) {
                words.push(token.word);
                end = token.place.end;
            }
        }
        Self { words, is_open: end == text.trim_end_matches(['.', '?', '!', '"', ')']).len() }
    }

    /// The words to look for in texts of a language, each with whether it may be the beginning of one. Words that
    /// say nothing are left out where others say something.
    pub fn in_language(&self, locale: Locale) -> Vec<(String, bool)> {
        self.but_for(|word| is_stop_word(locale, word))
    }

    /// As [`in_language`](Self::in_language), for texts whose language is not known.
    pub fn in_no_language(&self) -> Vec<(String, bool)> {
        self.but_for(says_nothing)
    }

    /// The words but for those that say nothing.
    fn but_for(&self, says_nothing: impl Fn(&str) -> bool) -> Vec<(String, bool)> {
        let last = self.words.last();
        let open = |word: &String| (word.clone(), self.is_open && Some(word) == last);
        let says_something = |word: &&String| !says_nothing(word);
        let telling: Vec<_> = self.words.iter().filter(says_something).map(open).collect();
        if telling.is_empty() { self.words.iter().map(open).collect() } else { telling }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, locale: Locale) -> Vec<(String, bool)> {
        Query::of(text).in_language(locale)
    }

    fn word(word: &str, is_open: bool) -> (String, bool) {
        (word.to_owned(), is_open)
    }

    #[test]
    fn the_last_word_may_go_on() {
        let both = [word("reset", false), word("passw", true)];
        assert_eq!(words("Reset my passw", Locale::English), both);
        assert_eq!(words("reset reset", Locale::English), [word("reset", false)]);
        assert_eq!(words("reset ", Locale::English), [word("reset", false)]);
        assert_eq!(words("reset?", Locale::English), [word("reset", true)]);
    }

    #[test]
    fn words_that_say_nothing_are_looked_for_alone() {
        assert_eq!(words("how to", Locale::English), [word("how", false), word("to", true)]);
        assert_eq!(words("como invito a", Locale::Spanish), [word("invito", false)]);
        assert!(words("¿?", Locale::Spanish).is_empty());
    }

    #[test]
    fn a_query_has_an_end() {
        let long: Vec<String> = (0..100).map(|n| format!("w{n}")).collect();
        assert_eq!(words(&long.join(" "), Locale::English).len(), MAX_WORDS);
    }
}

//! The words, numbers and signs of a text, in order, with what is known of each.

use std::borrow::Cow;

use super::words::{Facts, Kinds, Words};
use crate::policy::lexicon::fold;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Letters only, with an apostrophe inside at most.
    Word,
    /// Digits only.
    Number,
    /// Letters and digits, or with an underscore.
    Mixed,
    /// One sign.
    Sign(char),
    /// One or more line ends.
    Line,
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// All small letters, or a script without capitals.
    Lower,
    /// A capital first.
    Title,
    /// All capitals, more than one.
    Upper,
    /// Capitals elsewhere.
    Odd,
}

/// A word, number or sign.
#[derive(Debug)]
pub(super) struct Token<'t> {
    /// Where it begins in the plain text.
    pub(super) start: usize,
    /// Behind its end.
    pub(super) end: usize,
    /// As it is written.
    pub(super) raw: &'t str,
    /// As it is looked up.
    pub(super) folded: Cow<'t, str>,
    /// What it is.
    pub(super) form: Form,
    /// How it is written.
    pub(super) shape: Shape,
    /// What is known of it.
    pub(super) facts: Facts,
    /// Whether it begins a sentence or a line.
    pub(super) first: bool,
    /// Whether nothing stands between the one before and it.
    pub(super) glued: bool,
    /// Whether its line is written in capitals throughout.
    pub(super) shouted: bool,
}

impl Token<'_> {
    /// Whether it tells one of some things.
    pub(super) const fn is(&self, kinds: Kinds) -> bool {
        self.facts.kinds.any(kinds)
    }

    /// Whether it is one of these words, folded.
    pub(super) fn says(&self, words: &[&str]) -> bool {
        words.contains(&self.folded.as_ref())
    }

    /// Whether it is this sign.
    pub(super) fn sign(&self, sign: char) -> bool {
        self.form == Form::Sign(sign)
    }

    /// Whether it is one of these signs.
    pub(super) fn signs(&self, signs: &[char]) -> bool {
        matches!(self.form, Form::Sign(sign) if signs.contains(&sign))
    }

    /// Whether it is written as names are, and the writing tells.
    pub(super) fn capital(&self) -> bool {
        match self.shape {
            Shape::Title | Shape::Odd => true,
            Shape::Upper => !self.shouted,
            Shape::Lower => false,
        }
    }

    /// Whether it is a single letter.
    pub(super) fn letter(&self) -> bool {
        self.form == Form::Word && self.raw.chars().nth(1).is_none()
    }
}

/// A text in pieces.
#[derive(Debug)]
pub(super) struct Text<'t> {
    /// The plain text.
    pub(super) plain: &'t str,
    /// Its pieces, in order.
    pub(super) tokens: Vec<Token<'t>>,
}

impl<'t> Text<'t> {
    /// Takes a plain text to pieces.
    pub(super) fn of(plain: &'t str, words: &Words) -> Self {
        let mut text = Self { plain, tokens: Vec::with_capacity(plain.len() / 4) };
        let mut at = 0;
        let mut glued = false;
        while let Some(c) = plain.get(at..).and_then(|rest| rest.chars().next()) {
            if c.is_whitespace() && c != '\n' {
                at += c.len_utf8();
                glued = false;
                continue;
            }
            let (form, length) = piece(plain.get(at..).unwrap_or_default());
            text.add(at, at + length, form, glued, words);
            at += length;
            glued = true;
        }
        text.mark_shouting();
        text
    }

    /// The piece at a place.
    pub(super) fn get(&self, at: usize) -> Option<&Token<'t>> {
        self.tokens.get(at)
    }

    /// The piece some places before one.
    pub(super) fn back(&self, at: usize, by: usize) -> Option<&Token<'t>> {
        self.tokens.get(at.checked_sub(by)?)
    }

    /// Of the first piece that ends behind an offset: its place.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.tokens.partition_point(|token| token.end <= offset)
    }

    /// Whether a sentence or a line ends with a piece.
    pub(super) fn ends_sentence(&self, at: usize) -> bool {
        match self.get(at).map(|token| token.form) {
            None | Some(Form::Line | Form::Sign('!' | '?' | ';' | '…' | '•')) => true,
            Some(Form::Sign('.')) => {
                let glued = self.get(at + 1).is_some_and(|next| next.glued);
                let short = self.back(at, 1).is_some_and(|word| {
                    at > 0
                        && (word.letter()
                            || word.is(Kinds::BIRTH) && word.folded.len() <= 4
                            || word.is(Kinds::HONORIFIC)
                            || word.is(Kinds::SHORT_MONTH))
                });
                let number = self.get(at + 1).is_some_and(|next| next.form == Form::Number)
                    && self
                        .back(at, 1)
                        .is_some_and(|word| word.is(Kinds::GENERIC) && word.folded.len() <= 3);
                !glued && !short && !number
            }
            _ => false,
        }
    }

    fn add(&mut self, start: usize, end: usize, form: Form, glued: bool, words: &Words) {
        let raw = self.plain.get(start..end).unwrap_or_default();
        let first = self.tokens.is_empty() || self.ends_sentence_so_far(glued);
        let folded = if form == Form::Line { Cow::Borrowed("") } else { fold(raw) };
        let mut facts = if form == Form::Word { words.facts(&folded) } else { Facts::default() };
        if form == Form::Word {
            let before = self.tokens.len().saturating_sub(6);
            let tail = self.tokens.get(before..).unwrap_or_default().iter();
            let spoken = tail
                .filter(|t| !t.folded.is_empty() || t.form == Form::Line)
                .map(|t| t.folded.as_ref());
            facts.kinds = facts.kinds | words.phrases(&spoken.chain([folded.as_ref()]));
        }
        let shape = shape(raw);
        self.tokens.push(Token {
            start,
            end,
            raw,
            folded,
            form,
            shape,
            facts,
            first,
            glued,
            shouted: false,
        });
    }

    /// Whether what is added next begins a sentence.
    fn ends_sentence_so_far(&self, glued: bool) -> bool {
        let last = self.tokens.len().saturating_sub(1);
        let opens = |token: &Token<'_>| {
            token.signs(&['"', '(', '-', '*', '>', '\u{2014}', '\u{2022}', '\''])
        };
        match self.tokens.get(last) {
            None => true,
            Some(token) if opens(token) => token.first,
            Some(token) if token.sign('.') && glued => false,
            _ => self.ends_sentence(last),
        }
    }

    /// Marks the words of lines in which capitals tell nothing.
    fn mark_shouting(&mut self) {
        for line in self.tokens.split_mut(|token| token.form == Form::Line) {
            let words = || line.iter().filter(|token| token.form == Form::Word && !token.letter());
            let upper = words().filter(|token| token.shape == Shape::Upper).count();
            let shouted = upper >= 3 && upper * 10 >= words().count() * 7;
            for token in line {
                token.shouted = shouted;
            }
        }
    }
}

/// What a text begins with, and how long that is.
fn piece(text: &str) -> (Form, usize) {
    let Some(c) = text.chars().next() else { return (Form::Line, 0) };
    if c == '\n' {
        let length = text.find(|c: char| !c.is_whitespace()).unwrap_or(text.len());
        return (
            Form::Line,
            text.get(..length).and_then(|blank| blank.rfind('\n')).map_or(1, |last| last + 1),
        );
    }
    if !is_inner(c) {
        return (Form::Sign(c), c.len_utf8());
    }
    let length = word_length(text);
    let word = text.get(..length).unwrap_or_default();
    let form = if word.bytes().all(|byte| byte.is_ascii_digit()) {
        Form::Number
    } else if word.chars().any(|c| c == '_' || c.is_numeric()) {
        Form::Mixed
    } else {
        Form::Word
    };
    (form, length)
}

fn is_inner(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || unicode_normalization::char::is_combining_mark(c)
}

/// How long the word is that a text begins with; an apostrophe belongs to it unless a possessive or a
/// shortened verb follows.
fn word_length(text: &str) -> usize {
    let run = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.find(|c| !is_inner(c)).unwrap_or(rest.len())
    };
    let first = run(0);
    let Some(after) = text.get(first..).and_then(|rest| rest.strip_prefix('\'')) else {
        return first;
    };
    let second = run(first + 1);
    let tail = after.get(..second - first - 1).unwrap_or_default();
    let head = text.get(..first).unwrap_or_default();
    let shortened =
        ["s", "re", "ve", "ll", "d", "m"].iter().any(|short| tail.eq_ignore_ascii_case(short));
    if tail.is_empty()
        || shortened
        || !tail.chars().all(char::is_alphabetic)
        || !head.chars().all(char::is_alphabetic)
    {
        first
    } else {
        second
    }
}

fn shape(word: &str) -> Shape {
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let Some(first) = letters.next() else { return Shape::Lower };
    let (mut upper, mut lower) = (0, 0);
    for c in letters {
        if c.is_uppercase() {
            upper += 1;
        } else {
            lower += 1;
        }
    }
    match (first.is_uppercase(), upper, lower) {
        (true, 0, _) => Shape::Title,
        (true, _, 0) => Shape::Upper,
        (false, 0, _) => Shape::Lower,
        _ => Shape::Odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let words = Words::new();
        Text::of(text, &words).tokens.iter().map(|token| token.raw.to_owned()).collect()
    }

    #[test]
    fn apostrophes_belong_to_names_and_not_to_possessives() {
        assert_eq!(pieces("O'Brien's can't"), ["O'Brien", "'", "s", "can't"]);
        assert_eq!(pieces("D'Angelo, 'Nora'"), ["D'Angelo", ",", "'", "Nora", "'"]);
        assert_eq!(pieces("a\n \n b"), ["a", "\n \n", "b"]);
    }

    #[test]
    fn sentences_begin_after_stops_and_lines_and_not_after_titles() {
        let words = Words::new();
        let text = Text::of("Ask Dr. Ruiz. He knows\nmore.", &words);
        let first: Vec<_> =
            text.tokens.iter().filter(|token| token.first).map(|token| token.raw).collect();
        assert_eq!(first, ["Ask", "He", "more"]);
    }
}

//! The part of a text that shows why it was found, and the places of the words in it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::MAX_TOKENS;
use super::words::{stem, tokens};
use crate::domain::account::Locale;

/// Longest excerpt, in characters, without the marks of what was left out.
pub const EXCERPT: usize = 240;
/// Characters that are shown in front of the first word that was found.
const LEAD: usize = 40;
/// Most places of a text that are looked at for where the excerpt begins.
const MAX_PLACES: usize = 200;
/// Stands where something was left out.
const LEFT_OUT: char = '…';

/// A place in a text, in characters: the first, and the one behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The first character.
    pub start: i32,
    /// The one behind the last.
    pub end: i32,
}

/// Part of a text on one line, with the places of what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The part: as it is written, with spaces for line breaks.
    pub text: String,
    /// What to mark.
    pub marks: Vec<Mark>,
}

/// The places in a text of words with these stems.
pub fn marks(locale: Locale, text: &str, terms: &BTreeSet<String>) -> Vec<Mark> {
    in_characters(text, &places(locale, text, terms))
}

/// The part of a text with the most of these stems; its beginning if it has none.
pub fn excerpt(locale: Locale, text: &str, terms: &BTreeSet<String>) -> Excerpt {
    let found = places(locale, text, terms);
    let first = densest(text, &found);
    let start = first.map_or(0, |place| word_before(text, place.start));
    let end = end_after(text, start);
    let shown = text.get(start..end).unwrap_or_default();
    let inside = found.iter().filter(|place| place.start >= start && place.end <= end);
    let inside: Vec<Range<usize>> =
        inside.map(|place| place.start - start..place.end - start).collect();
    let mut marks = in_characters(shown, &inside);
    let mut line: String = shown.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    if start > 0 {
        line.insert(0, LEFT_OUT);
        for mark in &mut marks {
            *mark = Mark { start: mark.start.saturating_add(1), end: mark.end.saturating_add(1) };
        }
    }
    if end < text.len() {
        line.push(LEFT_OUT);
    }
    Excerpt { text: line, marks }
}

/// The places in a text, in bytes, of words with these stems.
fn places(locale: Locale, text: &str, terms: &BTreeSet<String>) -> Vec<Range<usize>> {
    if terms.is_empty() {
        return Vec::new();
    }
    let is_sought = |word: &str| terms.contains(&stem(locale, word));
    let found = tokens(text).take(MAX_TOKENS).filter(|token| is_sought(&token.word));
    found.map(|token| token.place).collect()
}

/// The place from which the most places follow within an excerpt; the first of equal ones.
fn densest<'p>(text: &str, found: &'p [Range<usize>]) -> Option<&'p Range<usize>> {
    let some = found.get(..MAX_PLACES).unwrap_or(found);
    let follow = |from: &Range<usize>| {
        let end = end_after(text, word_before(text, from.start));
        some.iter().filter(|place| place.start >= from.start && place.end <= end).count()
    };
    some.iter().rev().max_by_key(|place| follow(place))
}

/// The beginning of a word some characters before a place; the text's own if that is near.
fn word_before(text: &str, place: usize) -> usize {
    let before = text.get(..place).unwrap_or_default();
    let Some((start, _)) = before.char_indices().rev().nth(LEAD) else { return 0 };
    let lead = before.get(start..).unwrap_or_default();
    lead.find(char::is_whitespace).map_or(place, |at| {
        let space = lead.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        start.saturating_add(at).saturating_add(space)
    })
}

/// The end of the last whole word of an excerpt that begins at a place.
fn end_after(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let Some((most, _)) = rest.char_indices().nth(EXCERPT) else { return text.len() };
    let shown = rest.get(..most).unwrap_or_default();
    let is_between = rest.get(most..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
    let word = if is_between { None } else { shown.rfind(char::is_whitespace) };
    // One word longer than all that is shown is cut.
    let end = word.filter(|end| *end > 0).unwrap_or(most);
    start.saturating_add(end)
}

/// Places in bytes, in order, as places in characters.
fn in_characters(text: &str, places: &[Range<usize>]) -> Vec<Mark> {
    let (mut bytes, mut characters) = (0, 0_i32);
    let mut count = |until: usize| {
        let passed = text.get(bytes..until).unwrap_or_default().chars().count();
        characters = characters.saturating_add(i32::try_from(passed).unwrap_or(i32::MAX));
        bytes = until.max(bytes);
        characters
    };
    places.iter().map(|place| Mark { start: count(place.start), end: count(place.end) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|term| (*term).to_owned()).collect()
    }

    /// What is marked in a text.
    fn marked(excerpt: &Excerpt) -> Vec<String> {
        let chars: Vec<char> = excerpt.text.chars().collect();
        let part = |mark: &Mark| {
            let (start, end) = (mark.start.try_into().unwrap(), mark.end.try_into().unwrap());
            let range: Range<usize> = start..end;
            chars[range].iter().collect()
        };
        excerpt.marks.iter().map(part).collect()
    }

    #[test]
    fn every_form_of_a_word_is_marked() {
        let text = "Invitaciones: una invitación, ¡INVÍTELA! Ñandú.";
        let found = excerpt(Locale::Spanish, text, &terms(&["invit"]));
        assert_eq!(found.text, text);
        assert_eq!(marked(&found)[..2], ["Invitaciones", "invitación"]);
    }

    #[test]
    fn the_part_with_the_most_words_is_shown() {
        let text = format!(
            "A password. {} Reset your password:\nthe password page has a reset link. {}",
            "Something else entirely. ".repeat(30),
            "And so on. ".repeat(60)
        );
        let found = excerpt(Locale::English, &text, &terms(&["password", "reset"]));
        assert_eq!(marked(&found), ["Reset", "password", "password", "reset"]);
        assert!(found.text.starts_with('…') && found.text.ends_with('…'));
        assert!(!found.text.contains('\n') && found.text.chars().count() <= EXCERPT + 2);
    }

    #[test]
    fn a_text_without_the_words_is_shown_from_its_beginning() {
        let found = excerpt(Locale::English, "Short.", &terms(&["password"]));
        assert_eq!(found, Excerpt { text: "Short.".to_owned(), marks: Vec::new() });
        let long = "é".repeat(1_000);
        let found = excerpt(Locale::English, &long, &terms(&["x"]));
        assert_eq!(found.text.chars().count(), EXCERPT + 1);
    }

    #[test]
    fn what_looks_like_a_page_stays_text() {
        let text = "<script>alert('password')</script>";
        let found = excerpt(Locale::English, text, &terms(&["password"]));
        assert_eq!((found.text.as_str(), marked(&found)), (text, vec!["password".to_owned()]));
    }
}

//! Names of organisations and places that contain names of people: they stay.

use super::draft::Drafts;
use super::text::{Form, Text, Token};
use super::words::{Kinds, Words};
use crate::policy::lexicon::NameRank;

/// Most words of a name on one side of the word that tells an organisation.
const SIDE: usize = 5;

/// Keeps the names of organisations.
pub(super) fn keep(text: &Text<'_>, known: &Words, drafts: &mut Drafts) {
    for (at, token) in text.tokens.iter().enumerate() {
        if token.form != Form::Word {
            continue;
        }
        if known.keeps_head(&token.folded) {
            keep_known(text, at, known, drafts);
        }
        if token.is(Kinds::UNIT) {
            keep_unit(text, at, drafts);
        }
        if token.is(Kinds::ORG_AFTER | Kinds::ORG_STRONG) {
            keep_left(text, at, token, drafts);
        }
        if token.is(Kinds::ORG_BEFORE) {
            keep_right(text, at, token, drafts);
        }
    }
}

/// "Harry Potter": up to five words from a piece on that everybody knows.
fn keep_known(text: &Text<'_>, at: usize, known: &Words, drafts: &mut Drafts) {
    let mut words = String::new();
    let mut count = 0;
    for (place, token) in text.tokens.iter().enumerate().skip(at).take(8) {
        if token.form == Form::Word {
            if count > 0 {
                words.push(' ');
            }
            words.push_str(&token.folded);
            count += 1;
            if count > 1 && known.keeps(&words) {
                keep_tokens(text, at, place, drafts);
            }
        } else if !token.signs(&['.', '-', '&', '\'']) {
            break;
        }
    }
}

/// "Class Sunflower", "cabin Juniper": a word behind what rooms and groups are called.
fn keep_unit(text: &Text<'_>, at: usize, drafts: &mut Drafts) {
    let mut by = 1;
    while text.get(at + by).is_some_and(|token| {
        token.signs(&['"', '\'', '('])
            || token
                .says(&["are", "is", "called", "named", "renamed", "were", "se", "llaman", "llama"])
                && by < 4
    }) {
        by += 1;
    }
    let mut end = None;
    while let Some(token) = text.get(at + by) {
        let joins = token.signs(&[',', '&', '/', '"', '\'']) || token.says(&["and", "y", "or"]);
        let word = token.form == Form::Word
            && token.capital()
            && token.facts.word().is_some()
            && !stops(token);
        if word {
            end = Some(at + by);
        } else if !joins {
            break;
        }
        by += 1;
    }
    if let Some(end) = end {
        keep_tokens(text, at, end, drafts);
    }
}

/// "Hope Center for Children": the capitals before, and those behind.
fn keep_left(text: &Text<'_>, at: usize, token: &Token<'_>, drafts: &mut Drafts) {
    if !token.capital() {
        keep_left_lower(text, at, token, drafts);
        return;
    }
    let mut first = at;
    for by in 1..=SIDE {
        let Some(before) = text.back(at, by) else { break };
        if before.form == Form::Word && before.capital() {
            if before.is(Kinds::HONORIFIC | Kinds::RELATION | Kinds::GREETING)
                && !before.is(Kinds::ORG_AFTER)
            {
                break;
            }
            first = at - by;
        } else if !joins(before)
            || text.ends_sentence(at - by)
            || before.folded == "s" && owns(text, at - by)
        {
            break;
        }
    }
    while first < at && text.get(first).is_some_and(|word| word.first && word.is(Kinds::STOP)) {
        first += 1;
    }
    let names = text.tokens.get(first..at).unwrap_or_default();
    if names.is_empty() || !token.is(Kinds::ORG_STRONG) && is_person(names, token) {
        return;
    }
    keep_tokens(text, first, right_end(text, at), drafts);
}

/// "Nora's School": what belongs to a person, unless a saint.
fn owns(text: &Text<'_>, at: usize) -> bool {
    let name = text.back(at, 2);
    let saint = (3..=4).any(|by| text.back(at, by).is_some_and(|word| word.says(&["st", "saint"])));
    !saint
        && name.is_some_and(|name| {
            matches!(name.facts.given, Some(NameRank::Common | NameRank::Usual))
                && name.facts.word().is_none()
        })
}

/// "madison pediatrics": without capitals only the word before.
fn keep_left_lower(text: &Text<'_>, at: usize, token: &Token<'_>, drafts: &mut Drafts) {
    let Some(before) = text.back(at, 1) else { return };
    let named =
        before.form == Form::Word && !before.is(Kinds::STOP) && before.facts.word().is_some();
    if token.is(Kinds::ORG_STRONG) && named && !text.ends_sentence(at - 1) {
        let second = text.back(at, 2).is_some_and(|word| word.capital() && !word.first);
        keep_tokens(text, if second && before.capital() { at - 2 } else { at - 1 }, at, drafts);
    }
}

/// "Camp Rose Valley", "St. Mary's", "Colegio San José": the capitals behind.
fn keep_right(text: &Text<'_>, at: usize, token: &Token<'_>, drafts: &mut Drafts) {
    let saint = token.says(&["st", "saint", "san", "santa", "santo", "ft", "mt"]);
    if token.capital() || saint {
        let end = right_end(text, at);
        if end > at {
            keep_tokens(text, at, end, drafts);
        }
        return;
    }
    let mut end = at;
    let mut by = 1;
    while by <= 4
        && text.get(at + by).is_some_and(|word| {
            word.says(&[
                "de",
                "del",
                "la",
                "ninos",
                "infantil",
                "primaria",
                "publica",
                "secundaria",
                "privada",
            ]) && !word.capital()
        })
    {
        by += 1;
    }
    if text
        .get(at + by)
        .is_some_and(|word| word.form == Form::Word && word.capital() && !stops(word))
        && token.facts.english.is_none()
    {
        keep_tokens(text, at, right_end(text, at + by), drafts);
        return;
    }
    for by in 1..=2 {
        match text.get(at + by) {
            Some(word)
                if word.form == Form::Word
                    && word.facts.given.is_some()
                    && word.facts.word().is_some()
                    && !stops(word)
                    && !word.is(Kinds::STOP) =>
            {
                end = at + by;
            }
            _ => break,
        }
    }
    keep_tokens(text, at, end, drafts);
}

/// The last word of a name that goes on behind a place.
fn right_end(text: &Text<'_>, at: usize) -> usize {
    let mut end = at;
    for by in 1..=SIDE {
        let Some(next) = text.get(at + by) else { break };
        if next.form == Form::Word && next.capital() && !stops(next) {
            end = at + by;
        } else {
            let title = by == 1 && (next.sign('.') || next.form == Form::Number);
            let inside = joins(next) || next.says(&["for", "and", "para", "s"]);
            if !title && (!inside || stops(next) || text.ends_sentence(at + by)) {
                break;
            }
        }
    }
    end
}

/// A word before which the name of an organisation ends.
fn stops(word: &Token<'_>) -> bool {
    word.is(Kinds::ROLE | Kinds::HONORIFIC | Kinds::RELATION)
        || word.is(Kinds::PERSON_VERB) && !word.is(Kinds::ORG_AFTER)
        || word.is(Kinds::STOP)
            && !word.is(Kinds::ORG_AFTER)
            && !word.says(&[
                "de", "la", "los", "las", "el", "of", "the", "for", "and", "del", "para",
                "children",
            ])
}

fn joins(token: &Token<'_>) -> bool {
    token.signs(&['&', '\'', '-', '.'])
        || token.says(&["of", "the", "de", "del", "la", "los", "las", "el", "s"])
}

/// "Ava Woods": a given name before a word that is a surname too.
fn is_person(names: &[Token<'_>], token: &Token<'_>) -> bool {
    let given = |name: &Token<'_>| {
        matches!(name.facts.given, Some(NameRank::Common | NameRank::Usual))
            && (name.facts.word().is_none() || !name.is(Kinds::VERBISH))
    };
    let surname = token.facts.surname.is_some();
    names.first().is_some_and(given) && (surname || names.len() > 1)
}

fn keep_tokens(text: &Text<'_>, first: usize, last: usize, drafts: &mut Drafts) {
    if let (Some(first), Some(last)) = (text.get(first), text.get(last)) {
        drafts.keep(first.start, last.end);
    }
}

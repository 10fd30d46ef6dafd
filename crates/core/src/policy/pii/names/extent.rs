//! How far a name goes, from its first part on.

use super::super::draft::Drafts;
use super::super::text::{Form, Text, Token};
use super::super::words::Kinds;
use super::class::{self, Class};

/// Most parts of a name.
const PARTS: usize = 6;

/// Little words inside names.
const INSIDE: [&str; 22] = [
    "de", "la", "las", "los", "del", "da", "dos", "das", "do", "di", "van", "von", "der", "den",
    "bin", "binti", "ibn", "al", "el", "st", "ter", "y",
];

/// A name's pieces: the first and the last, and how many parts it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) parts: usize,
}

/// How far a name goes that begins at a piece.
pub(super) fn extent(text: &Text<'_>, first: usize, drafts: &Drafts) -> Extent {
    let mut extent = Extent { first, last: first, parts: 1 };
    if text.get(first).is_some_and(Token::letter) {
        extent.last = initial_end(text, first);
    }
    let sure = text.get(first).is_some_and(|head| {
        head.letter()
            || matches!(class::class(head), Class::Given | Class::RareGiven | Class::Surname)
    });
    while extent.parts < PARTS {
        let Some(last) = next_part(text, extent.last, drafts) else { break };
        let seldom = text
            .get(last)
            .is_some_and(|part| class::class(part) == Class::Word && part.facts.surname.is_none());
        if seldom && !sure {
            break;
        }
        extent.last = last;
        extent.parts += 1;
    }
    extent
}

/// The last piece of the part behind a piece, if one is there.
fn next_part(text: &Text<'_>, last: usize, drafts: &Drafts) -> Option<usize> {
    let mut at = last + 1;
    let capital = text.get(last).is_some_and(Token::capital);
    let next = text.get(at)?;
    if next.sign('-')
        && next.glued
        && text.get(at + 1).is_some_and(|part| part.glued && can_be_joined(part))
    {
        return Some(at + 1);
    }
    if next.signs(&['"', '(', '\'']) && !(next.sign('\'') && next.glued) {
        return nickname(text, at);
    }
    if next.letter() && is_initial(next, capital) {
        return initial(text, at, capital);
    }
    let mut little = 0;
    while text.get(at).is_some_and(|word| {
        INSIDE.contains(&word.folded.as_ref()) && little < 3 && word.form == Form::Word
    }) {
        at += 1;
        little += 1;
    }
    if little > 0 && text.get(at).is_some_and(|sign| sign.sign('-') && sign.glued) {
        at += 1;
    }
    let part = text.get(at)?;
    if drafts.is_kept(part.start, part.end) || drafts.is_found(part.start, part.end) {
        return None;
    }
    if little == 0 && part.says(&["jr", "sr", "ii", "iii", "iv"]) {
        return Some(if text.get(at + 1).is_some_and(|sign| sign.sign('.')) { at + 1 } else { at });
    }
    let follows = class::can_follow(part, text.get(at + 1), capital);
    let inside = little > 0
        && (part.capital()
            || matches!(class::class(part), Class::Surname | Class::Unknown | Class::Given)
            || part.facts.surname.is_some());
    let weak = little == 1
        && text.get(at - 1).is_some_and(|word| word.says(&["y", "de", "do", "al", "el", "la"]));
    let wrong = weak
        && (!part.capital()
            || text.get(at - 1).is_some_and(|word| word.folded == "y")
                && part.facts.given.is_some()
            || matches!(class::class(part), Class::Word | Class::Never));
    (if little > 0 { inside && !wrong && class::class(part) != Class::Never } else { follows })
        .then_some(at)
}

/// Whether a letter inside or behind a name is an initial, and no little word.
fn is_initial(letter: &Token<'_>, capital: bool) -> bool {
    if letter.raw.chars().all(char::is_uppercase) {
        return !matches!(letter.raw, "I" | "A" | "Y") && !letter.shouted;
    }
    !capital && !letter.says(&["a", "y", "i", "u", "r", "n", "e", "o"])
}

/// The last piece of an initial inside or behind a name, if the name goes on with it.
fn initial(text: &Text<'_>, at: usize, capital: bool) -> Option<usize> {
    let end = initial_end(text, at);
    let next = text.get(at + 1);
    let follows = next.is_some_and(|part| class::can_follow(part, text.get(at + 2), capital));
    let small = text.get(at).is_some_and(|letter| letter.raw.chars().all(char::is_lowercase));
    let ends = next.is_none_or(|sign| sign.form != Form::Word);
    (if small { ends } else { end > at || follows }).then_some(end)
}

/// Whether a word can stand behind a hyphen in a name.
fn can_be_joined(part: &Token<'_>) -> bool {
    part.form == Form::Word
        && (part.capital() || !matches!(class::class(part), Class::Word | Class::Never))
}

/// The last piece of an initial with its stop, and of others joined to it: "J.", "J.T.".
fn initial_end(text: &Text<'_>, at: usize) -> usize {
    let mut end = at;
    while text.get(end + 1).is_some_and(|sign| sign.sign('.') && sign.glued) {
        let more = text.get(end + 2).is_some_and(|part| part.letter() && part.glued);
        if !more {
            return end + 1;
        }
        end += 2;
    }
    end
}

/// A nickname in quotes or brackets, with a surname behind it or not: its closing sign.
fn nickname(text: &Text<'_>, at: usize) -> Option<usize> {
    let open = text.get(at)?;
    let name = text.get(at + 1)?;
    let close = text.get(at + 2)?;
    let closed = match open.form {
        Form::Sign('(') => close.sign(')'),
        Form::Sign(sign) => close.sign(sign),
        _ => false,
    };
    let known = matches!(
        class::class(name),
        Class::Given | Class::Ambiguous | Class::RareGiven | Class::Unknown | Class::Surname
    );
    let surname = text
        .get(at + 3)
        .is_some_and(|part| part.capital() && class::can_follow(part, text.get(at + 4), true));
    let quoted = !open.sign('(');
    let is_name = name.form == Form::Word && known && name.capital()
        || quoted && surname && name.form == Form::Word;
    let alone = !open.sign('(')
        || surname
        || matches!(class::class(name), Class::Given | Class::Ambiguous | Class::RareGiven);
    (closed && is_name && alone && !name.is(Kinds::STOP)).then_some(at + 2)
}

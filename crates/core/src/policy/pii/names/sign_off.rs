//! Names under a message.

use super::super::draft::{Draft, Drafts};
use super::super::finding::{Cue, Label, Recognizer};
use super::super::text::{Form, Text, Token};
use super::super::words::Kinds;
use super::class::{Class, class};

/// Most words of a name under a message.
const LONGEST: usize = 5;

/// Finds names behind a closing ("Thanks,"), behind a dash, or alone in the last line.
pub(super) fn find(text: &Text<'_>, drafts: &mut Drafts) {
    for (at, token) in text.tokens.iter().enumerate() {
        let closing = token.is(Kinds::CLOSING) && closes(text, at);
        let dash = (token.sign('-') || token.sign('\u{2014}')) && token.first;
        if !(closing || dash) {
            continue;
        }
        let mut next = at + 1;
        let mut broken = dash;
        while text.get(next).is_some_and(|sign| {
            sign.signs(&[',', '!', '.', '-', '\u{2014}', '~']) || sign.form == Form::Line
        }) {
            broken = true;
            next += 1;
        }
        if broken || text.get(next).is_some_and(Token::capital) {
            sign(text, next, dash, drafts);
        }
    }
    lines(text, drafts);
}

/// Whether a closing is the end of a sentence or stands at the start of one.
fn closes(text: &Text<'_>, at: usize) -> bool {
    (0..=4).any(|by| text.back(at, by).is_some_and(|token| token.first))
}

/// Lines that are a name alone.
fn lines(text: &Text<'_>, drafts: &mut Drafts) {
    let end = text.tokens.iter().rposition(|token| token.form != Form::Line).unwrap_or(0);
    let several = text.tokens.iter().any(|token| token.form == Form::Line);
    let mut start = 0;
    for (at, token) in text.tokens.iter().enumerate() {
        if token.form != Form::Line && at < end {
            continue;
        }
        let stop = if token.form == Form::Line { at } else { at + 1 };
        let line = text.tokens.get(start..stop).unwrap_or_default();
        if several && !line.is_empty() && line.len() <= LONGEST && is_name_line(line, stop > end) {
            sign(text, start, false, drafts);
        }
        start = at + 1;
    }
}

/// Whether a line is a name: capitals of the lists, in the last line also words that are names seldom.
fn is_name_line(line: &[Token<'_>], last: bool) -> bool {
    let words = || line.iter().filter(|token| token.form == Form::Word && !token.letter());
    let known = words().any(|token| {
        matches!(class(token), Class::Given | Class::RareGiven | Class::Surname)
            || token.facts.given.is_some()
                && token.capital()
                && (last && class(token) == Class::Ambiguous
                    || words().count() >= 2 && class(token) == Class::Ambiguous)
    });
    let seldom = last
        && words().count() == 1
        && words().all(|token| {
            token.capital() && token.facts.given.is_some() && !token.is(Kinds::STOP | Kinds::THING)
        });
    let capitals = words().all(Token::capital)
        || words().all(|token| {
            !token.capital()
                && matches!(
                    class(token),
                    Class::Given | Class::RareGiven | Class::Surname | Class::Ambiguous
                )
        });
    let plain =
        line.iter().all(|token| token.form == Form::Word || token.signs(&['.', '-', '\'', ',']));
    plain && capitals && (known || seldom)
}

/// A name from a piece to the end of its line or to a sign.
fn sign(text: &Text<'_>, first: usize, dash: bool, drafts: &mut Drafts) {
    let mut last = None;
    let mut names = 0;
    let mut at = first;
    while let Some(token) = text.get(at) {
        if token.form == Form::Line
            || at >= first + LONGEST + 3
            || token.signs(&[',', '|', '(', '-', '/', '!', '\u{2014}', '@', '<'])
                && !(token.sign('-') && token.glued)
        {
            break;
        }
        if token.signs(&['.', '-', '\'']) || token.is(Kinds::HONORIFIC) {
            last = if token.is(Kinds::HONORIFIC) { Some(at) } else { last };
            at += 1;
            continue;
        }
        let little = token.says(&["de", "la", "del", "los", "van", "von", "st"]);
        if token.form != Form::Word
            || token.is(Kinds::DESK)
            || !little && !fits(token)
            || drafts.is_kept(token.start, token.end)
        {
            return;
        }
        names += usize::from(matches!(
            class(token),
            Class::Given | Class::RareGiven | Class::Surname | Class::Unknown | Class::Ambiguous
        ));
        last = Some(at);
        at += 1;
    }
    let Some(last) = last else { return };
    let words = last + 1 - first;
    let single = text.get(first).is_some_and(Token::letter) && words == 1;
    if names == 0 && !single
        || words > LONGEST
        || single && !at_end(text, at)
        || dash && !at_end(text, at) && words < 2
    {
        return;
    }
    let stop = text
        .get(last + 1)
        .filter(|sign| sign.sign('.') && text.get(last).is_some_and(Token::letter));
    if let (Some(head), Some(tail)) = (text.get(first), stop.or(text.get(last))) {
        let recognizer = Recognizer::Signature;
        drafts.add(Draft {
            start: head.start,
            end: tail.end,
            label: Label::PersonName,
            score: 800,
            recognizer,
            cues: vec![Cue::Closing],
        });
    }
}

fn fits(token: &Token<'_>) -> bool {
    token.letter() && token.raw.chars().all(char::is_uppercase)
        || match class(token) {
            Class::Never => false,
            Class::Word => {
                token.capital()
                    && (token.facts.surname.is_some() || token.facts.given.is_some())
                    && !token.is(Kinds::ROLE | Kinds::RELATION)
            }
            Class::Ambiguous => token.capital() || !token.is(Kinds::STOP),
            _ => true,
        }
}

/// Whether nothing but line ends follow.
fn at_end(text: &Text<'_>, at: usize) -> bool {
    text.tokens
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|token| token.form == Form::Line || token.sign('.'))
}

//! Dates, and which of them are somebody's birth.

use regex::Regex;

use super::draft::{Draft, Drafts};
use super::finding::{Cue, Label};
use super::text::{Form, Text};
use super::words::Kinds;

/// How far from a date its cue may stand before it, in words and signs.
const REACH: usize = 16;
/// And behind it.
const REACH_BEHIND: usize = 6;

const MONTH: &str = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|junio|julio|ago(?:sto)?|septiembre|setiembre|octubre|noviembre|dic(?:iembre)?)";

/// The forms of dates, compiled.
#[derive(Debug)]
pub(super) struct Dates {
    full: Regex,
    bare: Regex,
}

/// A date in a text.
struct Date {
    start: usize,
    end: usize,
    /// Whether it can be nothing but a date: a month's name or three numbers.
    full: bool,
}

/// What a date is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Birth,
    Event,
    Unknown,
}

impl Dates {
    /// Compiles the forms.
    pub(super) fn new() -> Result<Self, regex::Error> {
        let full = format!(
            r"(?xi) (?-u:\b)(?:
              \d{{1,2}}\s?[/.\-]\s?\d{{1,2}}\s?[/.\-]\s?(?:\d{{4}}|'?\d{{2}})(?-u:\b)
            | \d{{4}}\s?[/.\-]\s?\d{{1,2}}\s?[/.\-]\s?\d{{1,2}}(?-u:\b)
            | {MONTH}\.?[\s\-/]{{0,2}}(?:the\s)?\d{{1,2}}(?:st|nd|rd|th)?(?-u:\b) (?:(?:\s?,\s?|\s|-|/|\s?,?\s?of\s|\sde\s|\sdel\s)(?:'\d{{2}}|\d{{4}}|\d{{2}})(?-u:\b))?
            | \d{{1,2}}(?:st|nd|rd|th|º|°|o)?[\s\-/]{{0,2}}(?:(?:day\s)?of\s|de\s)?{MONTH}(?-u:\b)\.?(?:[\s,\-/]{{0,2}}(?:de\s|del\s|of\s|del\saño\s)?(?:\d{{4}}|'\d{{2}}|\d{{2}})(?-u:\b))?
            | (?:primero|uno)\sde\s{MONTH}(?:\sde[l]?\s\d{{4}})?
            | {MONTH}\.?,?\s(?:of\s|de\s|del\s)?(?:19|20)\d{{2}}(?-u:\b)
            | (?:19|20)\d{{2}}[\s,\-]{{1,2}}{MONTH}[\s\-]\d{{1,2}}(?-u:\b)
            )"
        );
        Ok(Self {
            full: Regex::new(&full)?,
            bare: Regex::new(
                r"(?-u:\b)(?:\d{1,2}\s?[/-]\s?\d{1,2}(?-u:\b)|(?:19|20)\d{2}(?-u:\b)|\d{8}(?-u:\b)|\d{6}(?-u:\b))",
            )?,
        })
    }

    /// Finds dates of birth.
    pub(super) fn find(&self, text: &Text<'_>, drafts: &mut Drafts) {
        let mut dates: Vec<Date> = self.dates(text.plain, &self.full, true).collect();
        dates.extend(self.dates(text.plain, &self.bare, false));
        dates.extend(spelled(text));
        dates.sort_by_key(|date| (date.start, !date.full, usize::MAX - date.end));
        let mut last = (0, Of::Unknown);
        for date in dates {
            if date.start < last.0 || !drafts.is_free(date.start, date.end) {
                continue;
            }
            let of = judge(text, &date, last, drafts);
            if of == Of::Birth {
                drafts.add(Draft::cued(date.start, date.end, Label::DateOfBirth, 800, Cue::Birth));
            }
            if of != Of::Unknown || date.full {
                last = (date.end, of);
            }
        }
    }

    fn dates<'t>(
        &self,
        plain: &'t str,
        form: &'t Regex,
        full: bool,
    ) -> impl Iterator<Item = Date> + 't {
        let _ = self;
        form.find_iter(plain)
            .filter(move |found| super::patterns::alone(plain, found.range()))
            .map(move |found| Date { start: found.start(), end: found.end(), full })
    }
}

/// Dates in words, with the month's name among at least three words.
fn spelled(text: &Text<'_>) -> Vec<Date> {
    let mut dates = Vec::new();
    let mut at = 0;
    while let Some(head) = text.get(at) {
        let (start, mut end, mut next, mut numbers, mut months) = (head.start, head.end, at, 0, 0);
        while let Some(token) = text.get(next) {
            if token.is(Kinds::NUMBER_WORD) {
                numbers += 1;
                end = token.end;
            } else if token.is(Kinds::MONTH) {
                months += 1;
                end = token.end;
            } else if next == at
                || !(token.says(&["de", "of", "the", "del", "and", "y"])
                    || token.signs(&['-', ',']))
            {
                break;
            }
            next += 1;
        }
        if numbers >= 2 && months == 1 {
            dates.push(Date { start, end, full: true });
        }
        at = next.max(at + 1);
    }
    dates
}

fn judge(text: &Text<'_>, date: &Date, last: (usize, Of), drafts: &Drafts) -> Of {
    let first = text.at(date.start);
    let behind = text.at(date.end);
    let before = before(text, date, first, last);
    if date.full {
        let after = after(text, behind);
        if after == Of::Birth && before != Of::Birth {
            return Of::Birth;
        }
        let event =
            (0..2).any(|by| text.get(behind + by).is_some_and(|token| token.is(Kinds::EVENT)));
        if before == Of::Unknown && !event && beside_name(text, first, behind, drafts) {
            return Of::Birth;
        }
    }
    before
}

/// What the words before a date say.
fn before(text: &Text<'_>, date: &Date, first: usize, last: (usize, Of)) -> Of {
    let reach = if date.full { REACH } else { 5 };
    let said = |by: usize| text.back(first, by).is_some_and(is_said);
    let stated = said(1) || said(2);
    if !date.full && is_age(text, first) {
        return Of::Birth;
    }
    let mut event = false;
    for by in 1..=reach {
        let Some(token) = text.back(first, by) else { break };
        let at = first - by;
        if token.form == Form::Line
            && by > 1
            && !text.back(at, 1).is_some_and(|t| t.sign(':') || t.is(Kinds::BIRTH))
        {
            break;
        }
        if token.form != Form::Line && text.ends_sentence(at) {
            break;
        }
        if token.folded == "b" && by <= 2 && text.get(at + 1).is_some_and(|sign| sign.sign('.')) {
            return Of::Birth;
        }
        if date.full && token.end <= last.0 && last.1 != Of::Unknown && !event && by <= 9 {
            return last.1;
        }
        let of_field = text.get(at + 1).is_some_and(|next| {
            next.says(&[
                "field",
                "column",
                "format",
                "picker",
                "box",
                "calendar",
                "selector",
                "validation",
                "campo",
            ])
        });
        if token.is(Kinds::BIRTH) && turns(text, at) && !(of_field && event) {
            return if event && !stated { Of::Event } else { Of::Birth };
        }
        event |= token.is(Kinds::EVENT);
    }
    if event { Of::Event } else { Of::Unknown }
}

/// "Will be six on".
fn is_age(text: &Text<'_>, first: usize) -> bool {
    let word = |by: usize| text.back(first, by).map_or("", |token| token.folded.as_ref());
    let number = text
        .back(first, 2)
        .is_some_and(|token| token.form == Form::Number || token.is(Kinds::NUMBER_WORD));
    matches!(word(1), "on" | "el")
        && number
        && matches!(
            word(3),
            "be" | "is" | "turned" | "turns" | "was" | "cumple" | "cumplio" | "made"
        )
}

/// "Turned" says something of a birth only before an age.
fn turns(text: &Text<'_>, at: usize) -> bool {
    let Some(token) = text.get(at) else { return false };
    !token.folded.starts_with("turn")
        || text.get(at + 1).is_some_and(|next| {
            matches!(next.form, Form::Number | Form::Mixed) || next.is(Kinds::NUMBER_WORD)
        })
}

fn is_said(token: &super::text::Token<'_>) -> bool {
    token.signs(&[':', '='])
        || token
            .says(&["is", "was", "be", "es", "as", "to", "says", "shows", "como", "era", "dice"])
}

/// What the words behind a date say.
fn after(text: &Text<'_>, behind: usize) -> Of {
    for by in 0..REACH_BEHIND {
        let Some(token) = text.get(behind + by) else { break };
        if token.is(Kinds::BIRTH) && turns(text, behind + by) {
            return Of::Birth;
        }
        if text.ends_sentence(behind + by)
            || token.is(Kinds::EVENT)
            || token.form == Form::Number
            || token.signs(&[';'])
        {
            break;
        }
    }
    Of::Unknown
}

/// Whether a person's name stands right before a date.
fn beside_name(text: &Text<'_>, first: usize, behind: usize, drafts: &Drafts) -> bool {
    for by in 1..=6 {
        let Some(token) = text.back(first, by) else { return false };
        let name = drafts.is_found(token.start, token.end)
            && drafts
                .found()
                .iter()
                .any(|draft| draft.label == Label::PersonName && draft.end == token.end);
        if name {
            return true;
        }
        let own_line = token.form == Form::Line
            && by == 1
            && text.get(behind).is_none_or(|next| next.form == Form::Line);
        if !own_line
            && !token.is(Kinds::SEX | Kinds::SEX_LETTER)
            && !token.signs(&['(', ',', '-', ':', '|', '/', '\u{2014}', '[', ';'])
        {
            return false;
        }
    }
    false
}

//! Numbers and codes that only the words before them explain: of a patient, an insured person, a social
//! security number without signs, a post code; and identifiers, which stay.

use super::draft::{Draft, Drafts};
use super::finding::{Cue, Label};
use super::text::{Form, Text};
use super::words::Kinds;

/// How far before a value its cue may stand, in words and signs.
const REACH: usize = 9;

/// Most groups that a value goes on with.
const MOST_GROUPS: usize = 4;

/// A run of letters and digits that may have hyphens inside.
struct Value {
    start: usize,
    end: usize,
    first: usize,
    digits: usize,
    length: usize,
}

/// Finds values that a cue explains, and keeps those that are identifiers.
pub(super) fn find(text: &Text<'_>, drafts: &mut Drafts) {
    let mut at = 0;
    while at < text.tokens.len() {
        let (value, next) = value_at(text, at);
        at = next;
        let grouped = value.as_ref().and_then(|value| grouped(text, value, next));
        let Some(value) = value.filter(|value| drafts.is_free(value.start, value.end)) else {
            continue;
        };
        let wide = grouped.filter(|wide| drafts.is_free(wide.start, wide.end));
        if let Some((wide, verdict)) =
            wide.and_then(|wide| Some((judge(text, &wide)?, wide))).map(|(v, w)| (w, v))
            && let Verdict::Found(Label::MedicalId, score, cue) = verdict
        {
            drafts.add(Draft::cued(wide.start, wide.end, Label::MedicalId, score, cue));
            continue;
        }
        match judge(text, &value) {
            Some(Verdict::Found(label, score, cue)) => {
                drafts.add(Draft::cued(value.start, value.end, label, score, cue));
                at = next.max(text.at(value.end));
            }
            Some(Verdict::Keep) => drafts.keep(value.start, value.end),
            None => {}
        }
    }
}

/// A value with the groups of digits and capitals that follow it after single blanks.
fn grouped(text: &Text<'_>, value: &Value, mut next: usize) -> Option<Value> {
    let mut wide = Value { ..*value };
    let most = next + MOST_GROUPS;
    while let Some(token) = text.get(next).filter(|_| next < most) {
        let numeral = token.raw.chars().any(|c| c.is_ascii_digit())
            && token.raw.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        if !numeral
            || token.start != wide.end + 1
            || text.plain.get(wide.end..token.start) != Some(" ")
        {
            break;
        }
        wide.digits += token.raw.chars().filter(char::is_ascii_digit).count();
        wide.length += token.raw.len();
        (wide.end, next) = (token.end, next + 1);
    }
    (wide.end > value.end).then_some(wide)
}

/// What a value is.
enum Verdict {
    Found(Label, u16, Cue),
    Keep,
}

fn judge(text: &Text<'_>, value: &Value) -> Option<Verdict> {
    let mut insured = false;
    for by in 1..=REACH {
        let Some(token) = text.back(value.first, by) else { break };
        let at = value.first - by;
        if text.ends_sentence(at) && !(token.form == Form::Line && is_label(text, at)) {
            break;
        }
        insured |= token.is(Kinds::MEDICAL);
    }
    let mut generic = false;
    for by in 1..=REACH {
        let Some(token) = text.back(value.first, by) else { break };
        let at = value.first - by;
        if text.ends_sentence(at) && !(token.form == Form::Line && is_label(text, at)) {
            break;
        }
        let group = insured && token.says(&["group", "grp", "grupo"]);
        if token.is(Kinds::MEDICAL) || group {
            let long =
                value.digits >= 3 && value.length >= 5 || value.digits >= 2 && value.length >= 6;
            let short = group && value.digits >= 3 || by <= 2 && value.digits >= 4;
            return (long || short).then_some(Verdict::Found(
                Label::MedicalId,
                800,
                Cue::Insurance,
            ));
        }
        if token.is(Kinds::SSN) {
            let whole = matches!(value.digits, 4 | 9) && value.digits == value.length;
            return whole.then_some(Verdict::Found(Label::Ssn, 800, Cue::Ssn));
        }
        if token.is(Kinds::ZIP) && by <= 4 && value.digits == 5 {
            return Some(Verdict::Found(Label::Address, 650, Cue::Home));
        }
        if token.is(Kinds::GENERIC) {
            generic |= token.is(Kinds::ID);
        } else if token.is(Kinds::PHONE)
            && by <= 5
            && (7..=12).contains(&value.digits)
            && value.digits == value.length
        {
            return Some(Verdict::Found(Label::Phone, 700, Cue::Phone));
        } else if token.is(Kinds::ID) {
            let far = if token.is(Kinds::RELATION) { 2 } else { 4 };
            return (by <= far && value.length < 20).then_some(Verdict::Keep);
        }
    }
    generic.then_some(Verdict::Keep).filter(|_| value.digits == value.length && value.length < 7)
}

/// Whether a line end follows a label, so that the value stands in the next line.
fn is_label(text: &Text<'_>, at: usize) -> bool {
    text.back(at, 1).is_some_and(|token| at > 0 && token.sign(':'))
}

/// The value that begins at a piece, and where to go on.
fn value_at(text: &Text<'_>, at: usize) -> (Option<Value>, usize) {
    let part = |at: usize| {
        text.get(at).filter(|token| {
            matches!(token.form, Form::Number | Form::Mixed) || token.form == Form::Word
        })
    };
    let Some(head) = part(at) else { return (None, at + 1) };
    let (mut end, mut next) = (head.end, at + 1);
    while let (Some(sign), Some(more)) = (text.get(next), part(next + 1)) {
        let slash = sign.sign('/') && more.raw.len() >= 7 && more.form == Form::Number;
        if !((sign.sign('-') || slash) && sign.glued && more.glued) {
            break;
        }
        (end, next) = (more.end, next + 2);
    }
    let raw = text.plain.get(head.start..end).unwrap_or_default();
    let digits = raw.chars().filter(char::is_ascii_digit).count();
    let length = raw.chars().filter(|c| c.is_alphanumeric()).count();
    let value = Value { start: head.start, end, first: at, digits, length };
    ((digits > 0 && length > 2 && !raw.contains('_')).then_some(value), next)
}

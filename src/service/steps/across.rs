//! What is broken over the words of a ticket and what is told beside them, or over several of the details: each by
//! itself says nothing.

use caredesk_core::policy::HelpfulDetail;
use caredesk_core::policy::pii::{self, Across, Case, Detector, Door, Hint, Label};

use super::door::{self, Heard};
use crate::guard::Refusal;

/// Digits that a card number has at least, if letters stand for some.
const LEAST_DIGITS: usize = 10;
/// So often something is found in what is told at once; what is broken more often is no use to anybody.
const MOST: usize = 8;

/// A text of a new ticket, behind the door.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fragment {
    is: FragmentOf,
    masked: String,
    written: Option<String>,
}

/// Which text of a new ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FragmentOf {
    Subject,
    Text,
    Detail(HelpfulDetail),
}

impl FragmentOf {
    fn detail(self) -> Option<HelpfulDetail> {
        match self {
            Self::Subject | Self::Text => None,
            Self::Detail(detail) => Some(detail),
        }
    }
}

/// A text that is looked at with another one: which detail it is, if it is one, and what it says, masked.
type Neighbour<'t> = (Option<HelpfulDetail>, &'t str);

/// What two texts say together. Identifiers stay as they are (TS), whatever stands beside them: of those, only a card
/// number is believed, for its check digit.
fn together(
    door: &Door<'_>,
    (earlier, later): (Neighbour<'_>, Neighbour<'_>),
    case: &mut Case,
) -> Option<Across> {
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).count();
    let has_id = is_id(earlier.0) || is_id(later.0);
    if has_id && digits(earlier.1).saturating_add(digits(later.1)) < LEAST_DIGITS {
        return None;
    }
    let mut met = case.clone();
    let found = door.across(earlier.1, later.1, &mut met)?;
    if has_id && found.label != Label::CreditCard {
        return None;
    }
    *case = met;
    Some(found)
}

/// Whether a detail is an identifier.
fn is_id(detail: Option<HelpfulDetail>) -> bool {
    use HelpfulDetail as D;
    matches!(detail, Some(D::UserId | D::ClassId | D::ChildId))
}

/// The detail that goes on in a text, if what its author said just before does not.
pub(crate) fn goes_on<'w>(
    door: &Door<'_>,
    (after, beside): (Option<&str>, &'w [(HelpfulDetail, String)]),
    text: &str,
    case: &Case,
) -> Option<(HelpfulDetail, &'w str)> {
    let goes_on = |earlier: Neighbour<'_>| {
        together(door, (earlier, (None, text)), &mut case.clone()).is_some()
    };
    if beside.is_empty() || after.is_some_and(|after| goes_on((None, after))) {
        return None;
    }
    let mut told = beside.iter().map(|(detail, told)| (*detail, told.as_str()));
    told.find(|&(detail, told)| goes_on((Some(detail), told)))
}

/// Masks what is broken over the words of a new ticket and what is told beside them; the author is told of it with
/// the words.
///
/// # Errors
/// What was masked cannot be kept, which is a bug.
pub(crate) fn mask(detector: &Detector, heard: &mut Heard) -> Result<(), Refusal> {
    let door = Door::new(detector);
    let mut parts = parts(heard);
    let mut labels = Vec::new();
    for _ in 0..MOST {
        let Some((places, later, across)) = next(&door, &parts, &mut heard.case) else { break };
        take(&mut parts, (&places, later), &across);
        labels.push(across.label);
    }
    if labels.is_empty() {
        return Ok(());
    }
    put_back(heard, parts)?;
    if let Some(text) = &mut heard.text {
        for label in labels {
            tell(&mut text.hints, label);
        }
    }
    Ok(())
}

/// The texts of a new ticket in the order of its form. The address of the account is structured, and stays.
fn parts(heard: &Heard) -> Vec<Fragment> {
    let mut parts = Vec::with_capacity(heard.details.len().saturating_add(2));
    let part = |is, masked: &str, written: Option<&String>| Fragment {
        is,
        masked: masked.to_owned(),
        written: written.cloned(),
    };
    if let Some(subject) = &heard.subject {
        parts.push(part(FragmentOf::Subject, subject.masked.as_str(), subject.original.as_ref()));
    }
    if let Some(text) = &heard.text {
        parts.push(part(FragmentOf::Text, text.masked.as_str(), text.original.as_ref()));
    }
    let free = heard.details.iter().filter(|one| one.detail != HelpfulDetail::AccountEmail);
    parts.extend(
        free.map(|one| part(FragmentOf::Detail(one.detail), &one.masked, one.original.as_ref())),
    );
    parts
}

/// The first thing that lies across some of the texts and another one: their places, its place, and what it is.
fn next(
    door: &Door<'_>,
    parts: &[Fragment],
    case: &mut Case,
) -> Option<(Vec<usize>, usize, Across)> {
    for (later, part) in parts.iter().enumerate() {
        for places in before(parts, later) {
            let texts: Vec<&Fragment> = places.iter().filter_map(|at| parts.get(*at)).collect();
            let detail = texts.last().and_then(|last| last.is.detail());
            let joined = pii::joined(texts.iter().map(|text| text.masked.as_str()));
            let sides = ((detail, joined.as_str()), (part.is.detail(), part.masked.as_str()));
            if let Some(across) = together(door, sides, case) {
                return Some((places, later, across));
            }
        }
    }
    None
}

/// The texts that one may go on from, each time some of them as if they were one: a detail from everything before it
/// in the form, with the words between left out or not; and everything from every detail, whatever was filled in first.
fn before(parts: &[Fragment], later: usize) -> Vec<Vec<usize>> {
    let is_detail = |at: &usize| parts.get(*at).is_some_and(|part| part.is.detail().is_some());
    let is_text = |at: &usize| parts.get(*at).is_some_and(|part| part.is == FragmentOf::Text);
    let mut all: Vec<Vec<usize>> = Vec::new();
    if is_detail(&later) {
        all.push((0..later).collect());
        all.push((0..later).filter(|at| !is_text(at)).collect());
    }
    let others = (0..parts.len()).filter(|at| *at != later);
    all.extend(others.filter(|at| is_detail(at) || is_detail(&later)).map(|at| vec![at]));
    all.retain(|places| !places.is_empty());
    all
}

/// Takes from the texts what lies across them.
fn take(parts: &mut [Fragment], (places, later): (&[usize], usize), across: &Across) {
    let masked = |at: &usize| parts.get(*at).map(|part| part.masked.clone());
    let texts: Vec<String> = places.iter().filter_map(masked).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for piece in pii::pieces(&texts, &across.completes) {
        let part = places.get(piece.place).and_then(|at| parts.get_mut(*at));
        let Some(part) = part else { continue };
        let written = part.written.take().unwrap_or_else(|| part.masked.clone());
        part.written = Some(piece.sealed(&written));
        part.masked = piece.text;
    }
    if let Some(part) = parts.get_mut(later) {
        let written = part.written.take().unwrap_or_else(|| part.masked.clone());
        part.written = Some(across.sealed(&written));
        part.masked.clone_from(&across.text);
    }
}

/// Puts the texts back where they are kept.
fn put_back(heard: &mut Heard, parts: Vec<Fragment>) -> Result<(), Refusal> {
    for Fragment { is, masked, written } in parts {
        match is {
            FragmentOf::Subject => {
                if let Some(subject) = &mut heard.subject {
                    (subject.masked, subject.original) = (door::kept(&masked)?, written);
                }
            }
            FragmentOf::Text => {
                if let Some(text) = &mut heard.text {
                    (text.masked, text.original) = (door::kept(&masked)?, written);
                }
            }
            FragmentOf::Detail(detail) => {
                let told = heard.details.iter_mut().find(|one| one.detail == detail);
                if let Some(told) = told {
                    (told.masked, told.original) = (masked, written);
                }
            }
        }
    }
    Ok(())
}

/// Tells the author that something was masked.
fn tell(hints: &mut Vec<Hint>, label: Label) {
    match hints.iter_mut().find(|hint| hint.is_masked && hint.label == label) {
        Some(hint) => hint.count = hint.count.saturating_add(1),
        None => hints.push(Hint { label, is_masked: true, count: 1, instead: label.instead() }),
    }
}

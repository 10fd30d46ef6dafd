//! The door: what becomes of the words that people write on a ticket, before anything of them is kept (TS, "PII").
//!
//! [`Door::screen`] gives the masked text, which everybody may read, and what is to be sealed: the text as it was
//! written, without card numbers and passwords, which are dropped. Should the detector fail, the text is
//! [`Withheld`]: it is sealed as it came, nothing of it is shown to the first tier, and the ticket is opened all
//! the same.
//!
//! A case learns. Names that were found keep their placeholders, and are found wherever they stand later. What a
//! later message tells of earlier ones is found by [`Door::rewrite`]: whenever a screening says that the case has
//! learned something, the store hands it the ticket's subject and all its earlier masked texts, the notes
//! included, and writes anew those that come back, in the same transaction, together with their search terms.
//! The sealed originals stay as they are. What is broken in two at the seam of two messages is found by
//! handing the author's message before, or the subject, to [`Door::screen`]; [`Screening::completes`] is what takes
//! its place. Both need the ticket's row locked, so that two messages at once do not number past each other.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use super::broken::Across;
use super::case::Case;
use super::finding::{Finding, Label};
use super::normal::Normal;
use super::{Detector, Masked, ROUNDS, replace};

/// What is dropped from the text that is sealed, too.
const DROPPED: [Label; 2] = [Label::CreditCard, Label::Password];
/// How much of two messages is looked at where they meet, in characters of each.
const SEAM: usize = 200;

/// The door.
#[derive(Debug, Clone)]
pub struct Door<'d> {
    detector: &'d Detector,
}

/// A text that went through the door; `M` is what the masked text is kept as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening<M> {
    /// What everybody may read.
    pub masked: M,
    /// What is sealed: as it was written, without what is dropped.
    pub original: String,
    /// What was masked, by its place in `original`.
    pub spans: Vec<MaskedSpan>,
    /// What the author is told.
    pub hints: Vec<Hint>,
    /// Whether a card number or a password was dropped.
    pub has_dropped: bool,
    /// Whether the case has learned something, so that earlier texts are to be looked at again.
    pub has_learned: bool,
    /// The masked message before, anew, if the two together say what neither does alone.
    pub completes: Option<String>,
}

/// A piece of a text that was masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MaskedSpan {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Behind its end.
    pub end: usize,
    /// What it is.
    pub label: Label,
}

/// What an author is told of their words; nothing of the words themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "KeptHint")]
pub struct Hint {
    /// What was found.
    pub label: Label,
    /// Whether it was masked; what was not may be personal data, and the author knows.
    pub is_masked: bool,
    /// How often.
    pub count: usize,
    /// What to write instead.
    pub instead: Instead,
}

/// A hint as it is kept: those of before do not say what to write instead.
#[derive(serde::Deserialize)]
struct KeptHint {
    label: Label,
    is_masked: bool,
    count: usize,
    instead: Option<Instead>,
}

impl From<KeptHint> for Hint {
    fn from(of: KeptHint) -> Self {
        let KeptHint { label, is_masked, count, instead } = of;
        Self { label, is_masked, count, instead: instead.unwrap_or_else(|| label.instead()) }
    }
}

words! {
    /// What to write instead of personal data.
    Instead {
        /// The id of the child or the class, or the number of the user.
        ChildClassOrUserId = "child_class_or_user_id",
        /// The field for the email address of the account.
        AccountEmail = "account_email",
        /// Nothing: the desk never needs it.
        Nothing = "nothing",
    }
}

/// A text that could not be screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is withheld: it could not be screened for personal data")]
pub struct Withheld;

impl Label {
    /// Whether it is dropped from the text that is sealed, too.
    pub fn is_dropped(self) -> bool {
        DROPPED.contains(&self)
    }

    /// What to write instead.
    pub const fn instead(self) -> Instead {
        match self {
            Self::PersonName | Self::DateOfBirth | Self::Gender | Self::MedicalId => {
                Instead::ChildClassOrUserId
            }
            Self::Email => Instead::AccountEmail,
            Self::Address | Self::Phone | Self::Ssn | Self::CreditCard | Self::Password => {
                Instead::Nothing
            }
        }
    }
}

impl<'d> Door<'d> {
    /// A door with a detector.
    pub const fn new(detector: &'d Detector) -> Self {
        Self { detector }
    }

    /// Screens a text of a case. `after` is the masked text that its author wrote just before, on the same
    /// ticket: the message before, or the subject.
    ///
    /// # Errors
    /// The detector failed, or what is masked is no `M` (longer than one may be, for one); the case is as it was.
    pub fn screen<M: FromStr>(
        &self,
        text: &str,
        after: Option<&str>,
        case: &mut Case,
    ) -> Result<Screening<M>, Withheld> {
        guarded(case, |case| self.screened(text, after, case))
    }

    /// Looks again at masked texts of a case that has learned something: those that change, by their places
    /// among `earlier`, and what they become.
    ///
    /// # Errors
    /// As [`Self::screen`]; then the earlier texts are to be withheld.
    pub fn rewrite<M: FromStr>(
        &self,
        earlier: &[&str],
        case: &mut Case,
    ) -> Result<Vec<(usize, M)>, Withheld> {
        guarded(case, |case| {
            let mut texts: Vec<String> = earlier.iter().map(|text| (*text).to_owned()).collect();
            // What one of them tells may be news for the others.
            for _ in 0..ROUNDS {
                let before = texts.clone();
                for text in &mut texts {
                    let (masked, is_clean) = self.detector.mask_to_the_end(text, case);
                    *text = Some(masked.text).filter(|_| is_clean)?;
                }
                if texts == before {
                    break;
                }
            }
            let changed =
                texts.iter().enumerate().zip(earlier).filter(|((_, new), old)| new != *old);
            changed.map(|((at, new), _)| Some((at, new.parse().ok()?))).collect()
        })
    }

    /// What two masked texts of a case say together that neither does alone. Should the detector fail, nothing: each
    /// text has been screened by itself.
    pub fn across(&self, earlier: &str, text: &str, case: &mut Case) -> Option<Across> {
        let seam = guarded(case, |case| self.seam(earlier, text, case));
        let Seam { text: anew, completes, head } = seam.ok()?;
        let rest = anew.len().saturating_sub(head.placeholder.len());
        let (taken, _) = text.split_at_checked(text.len().saturating_sub(rest))?;
        Some(Across {
            label: head.label,
            completes,
            text: anew,
            taken: taken.to_owned(),
            placeholder: head.placeholder,
        })
    }

    /// The screening; none if something is left to be found.
    fn screened<M: FromStr>(
        &self,
        text: &str,
        after: Option<&str>,
        case: &mut Case,
    ) -> Option<Screening<M>> {
        let before = case.clone();
        let seam = after.and_then(|after| self.seam(after, text, case));
        let (text, completes, head) = match seam {
            Some(seam) => (seam.text, Some(seam.completes), Some(seam.head)),
            None => (text.to_owned(), None, None),
        };
        let Parts { kept, masked, dropped } = self.parts(text, case)?;
        let hints = hints(&masked.findings, &masked.hints, &dropped, head.as_ref());
        let mut screening = Screening {
            masked: masked.text.parse().ok()?,
            original: kept,
            spans: masked.findings.iter().map(MaskedSpan::of).collect(),
            hints,
            has_dropped: !dropped.is_empty(),
            has_learned: *case != before,
            completes,
        };
        if let Some(head) = head {
            head.put_back(&mut screening);
        }
        Some(screening)
    }

    /// A text without what is dropped, masked; none if there is no end to it.
    fn parts(&self, text: String, case: &mut Case) -> Option<Parts> {
        let mut kept = text;
        let mut dropped = Vec::new();
        // What is dropped is kept nowhere, a case included: this one is thrown away.
        let mut gone = Case::new();
        for _ in 0..ROUNDS {
            let mut met = case.clone();
            let (masked, is_clean) = self.detector.mask_to_the_end(&kept, &mut met);
            if !DROPPED.into_iter().any(|label| met.has(label)) {
                *case = met;
                return is_clean.then_some(Parts { kept, masked, dropped });
            }
            // Masking may have laid it open; knowing it now, it is found where it was written.
            let mut found = self.detector.scan_in(&kept, &met);
            found.retain(|finding| DROPPED.contains(&finding.label));
            dropped.extend(found.iter().map(|finding| finding.label));
            kept = replace(&kept, &found, &mut gone);
        }
        None
    }

    /// What lies across the end of one text and the beginning of another.
    fn seam(&self, after: &str, text: &str, case: &mut Case) -> Option<Seam> {
        let tail = tail(after);
        let joint = tail.len();
        let both = format!("{tail} {}", head(text));
        let across = |finding: &&Finding| finding.start < joint && finding.end > joint + 1;
        let findings = self.detector.scan_in(&both, case);
        let finding = findings.iter().find(across)?;
        let value = Normal::of(both.get(finding.start..finding.end)?).text;
        let is_dropped = DROPPED.contains(&finding.label);
        let mut gone = Case::new();
        let placeholder =
            if is_dropped { &mut gone } else { case }.placeholder(finding.label, &value);
        let (head, rest) = text.split_at_checked(finding.end - joint - 1)?;
        let (front, _) = after.split_at_checked(after.len() - joint + finding.start)?;
        Some(Seam {
            text: format!("{placeholder}{rest}"),
            completes: format!("{front}{placeholder}"),
            head: Head {
                words: if is_dropped { placeholder.clone() } else { head.to_owned() },
                placeholder,
                label: finding.label,
                is_dropped,
            },
        })
    }
}

/// A text in its parts.
struct Parts {
    /// What is sealed.
    kept: String,
    masked: Masked,
    /// What was dropped.
    dropped: Vec<Label>,
}

/// What was found across two texts.
struct Seam {
    /// The later text, with a placeholder for its part.
    text: String,
    /// The earlier text, with one for its part.
    completes: String,
    head: Head,
}

/// The beginning of a text that belongs to the end of another.
struct Head {
    /// What is sealed of it.
    words: String,
    placeholder: String,
    label: Label,
    is_dropped: bool,
}

impl Head {
    /// Puts the words back into what is sealed, in front of everything else.
    fn put_back<M>(self, screening: &mut Screening<M>) {
        let (placed, written) = (self.placeholder.len(), self.words.len());
        let Some(rest) = screening.original.get(placed..) else { return };
        screening.original = format!("{}{rest}", self.words);
        for span in &mut screening.spans {
            span.start = span.start.saturating_sub(placed) + written;
            span.end = span.end.saturating_sub(placed) + written;
        }
        screening.has_dropped |= self.is_dropped;
        if !self.is_dropped {
            screening.spans.insert(0, MaskedSpan { start: 0, end: written, label: self.label });
        }
    }
}

impl MaskedSpan {
    const fn of(finding: &Finding) -> Self {
        Self { start: finding.start, end: finding.end, label: finding.label }
    }
}

/// The last characters of a text.
fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().nth(SEAM - 1).map_or(0, |(at, _)| at);
    text.get(start..).unwrap_or(text)
}

/// The first characters of a text.
fn head(text: &str) -> &str {
    let end = text.char_indices().nth(SEAM).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

/// What the author is told: a line for every kind, what was masked first.
fn hints(
    masked: &[Finding],
    left: &[Finding],
    dropped: &[Label],
    head: Option<&Head>,
) -> Vec<Hint> {
    let labels =
        |findings: &[Finding]| findings.iter().map(|found| found.label).collect::<Vec<_>>();
    let hidden =
        [labels(masked), dropped.to_vec(), head.map(|head| head.label).into_iter().collect()];
    let hidden = hidden.concat().into_iter().map(|label| (false, label));
    let mut counts: BTreeMap<(bool, Label), usize> = BTreeMap::new();
    for key in hidden.chain(labels(left).into_iter().map(|label| (true, label))) {
        *counts.entry(key).or_default() += 1;
    }
    let hint = |((is_left, label), count): ((bool, Label), usize)| Hint {
        label,
        is_masked: !is_left,
        count,
        instead: label.instead(),
    };
    counts.into_iter().map(hint).collect()
}

/// Runs the detector. Should it fail, whatever the way, the case stays as it was.
fn guarded<T>(case: &mut Case, work: impl FnOnce(&mut Case) -> Option<T>) -> Result<T, Withheld> {
    let mut trial = case.clone();
    match catch_unwind(AssertUnwindSafe(|| work(&mut trial))) {
        Ok(Some(done)) => {
            *case = trial;
            Ok(done)
        }
        Ok(None) | Err(_) => Err(Withheld),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PersonName;

    #[test]
    fn a_detector_that_fails_withholds_and_leaves_the_case_as_it_was() {
        let mut case = Case::new();
        let fails = |case: &mut Case| -> Option<()> {
            case.know(&PersonName::parse("Nora Lindqvist").unwrap());
            panic!("a fault of the detector")
        };
        assert_eq!(guarded(&mut case, fails), Err(Withheld));
        let gives_up = |case: &mut Case| -> Option<()> {
            case.know(&PersonName::parse("Nora Lindqvist").unwrap());
            None
        };
        assert_eq!(guarded(&mut case, gives_up), Err(Withheld));
        assert_eq!(case, Case::new());
    }

    #[test]
    fn a_hint_that_was_kept_without_what_to_write_instead_says_it() {
        let kept = r#"{"label": "PERSON_NAME", "is_masked": true, "count": 2}"#;
        let hint: Hint = serde_json::from_str(kept).unwrap();
        assert_eq!((hint.count, hint.instead), (2, Instead::ChildClassOrUserId));
        let again: Hint = serde_json::from_str(&serde_json::to_string(&hint).unwrap()).unwrap();
        assert_eq!(again, hint);
    }
}

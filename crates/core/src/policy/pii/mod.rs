//! Personal data in messages to the desk: found, masked, and named by placeholders.
//!
//! A [`Detector`] has an [`Examiner`] look at a text until nothing is found in it any more: the [`Recognizers`], which
//! read English and Spanish. They make the text plain (`normal`), take it to pieces
//! (`text`), and look one after the other; what one has found, or kept as an
//! identifier or an organisation, the next leaves alone. Names come late, because addresses and
//! organisations contain them, and before dates, because a date beside a name is a birth's. Everything is
//! deterministic and linear in the length of the text; findings never hold the words they point at.

mod address;
mod again;
mod broken;
mod case;
mod checks;
mod dates;
mod door;
mod draft;
mod finding;
mod gender;
mod names;
mod normal;
mod orgs;
mod patterns;
mod text;
mod values;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

pub use broken::{Across, Piece, joined, pieces};
pub use case::Case;
pub use door::{Door, Hint, Instead, MaskedSpan, Screening, Withheld};
pub use finding::{Cue, Finding, Label, Recognizer};

use self::address::Addresses;
use self::dates::Dates;
use self::draft::{Draft, Drafts};
use self::normal::Normal;
use self::patterns::Patterns;
use self::text::Text;
use self::words::Words;

/// From this score on a finding is masked.
pub const MASK: u16 = 500;
/// From this score on the author is told of a finding that is not masked.
pub const HINT: u16 = 250;
/// What a text that holds a sure name adds to the scores of its unsure ones.
const COMPANY: u16 = 60;
/// Most rounds of masking what masking has laid open.
const ROUNDS: usize = 8;

/// Looks for personal data in one text. A [`Detector`] asks it again and again; should it fail, the door withholds.
pub trait Examiner: fmt::Debug + Send + Sync {
    /// What is to be masked in a text of a case, and what is only to be hinted at: each sorted, all apart from each
    /// other, on boundaries of characters.
    fn examine(&self, text: &str, case: &Case) -> (Vec<Finding>, Vec<Finding>);
}

/// The recognisers that come with the program. Building them compiles their forms and reads their lists (some ten
/// milliseconds): build them once and keep them.
#[derive(Debug)]
pub struct Recognizers {
    words: Words,
    patterns: Patterns,
    addresses: Addresses,
    dates: Dates,
}

/// Finds personal data, and masks it until nothing is left to be found. Build one and keep it.
#[derive(Debug)]
pub struct Detector {
    examiner: Box<dyn Examiner>,
}

/// A text without the personal data that was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text with placeholders.
    pub text: String,
    /// What was masked, by its place in the original.
    pub findings: Vec<Finding>,
    /// What may be personal data and was left, by its place in the original: for the author's eyes.
    pub hints: Vec<Finding>,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// A detector with the recognisers that come with the program.
    pub fn new() -> Self {
        Self::of(Recognizers::new())
    }

    /// A detector that has something look at each text.
    pub fn of(examiner: impl Examiner + 'static) -> Self {
        Self { examiner: Box::new(examiner) }
    }

    /// What is to be masked in a text: sorted, apart from each other, on boundaries of characters.
    pub fn scan(&self, text: &str) -> Vec<Finding> {
        self.scan_in(text, &Case::default())
    }

    /// As [`Self::scan`], knowing what the case has met before.
    pub fn scan_in(&self, text: &str, case: &Case) -> Vec<Finding> {
        self.examiner.examine(text, case).0
    }

    /// Masks a text. Values that the case has met keep their placeholders; new ones get theirs.
    ///
    /// The masked text is scanned again until nothing is found in it.
    pub fn mask(&self, text: &str, case: &mut Case) -> Masked {
        self.mask_to_the_end(text, case).0
    }

    /// As [`Self::mask`], and whether there was an end to it: whether nothing is left to be found.
    fn mask_to_the_end(&self, text: &str, case: &mut Case) -> (Masked, bool) {
        let (findings, hints) = self.examiner.examine(text, case);
        let mut masked = replace(text, &findings, case);
        let mut is_clean = false;
        for _ in 0..ROUNDS {
            let known = self.scan_in(&masked, case);
            let left = if known.is_empty() { self.scan(&masked) } else { known };
            is_clean = left.is_empty();
            if is_clean {
                break;
            }
            masked = replace(&masked, &left, case);
        }
        (Masked { text: masked, findings, hints }, is_clean)
    }
}

impl Default for Recognizers {
    fn default() -> Self {
        Self::new()
    }
}

impl Examiner for Recognizers {
    fn examine(&self, original: &str, case: &Case) -> (Vec<Finding>, Vec<Finding>) {
        let normal = Normal::of(original);
        let text = Text::of(&normal.text, &self.words);
        let drafts = self.drafts(&text, case);
        let findings = drafts.into_sorted().into_iter().filter_map(|draft| {
            let (start, end) = normal.original(draft.start, draft.end)?;
            let Draft { label, score, recognizer, cues, .. } = draft;
            Some(Finding { start, end, label, score, recognizer, cues })
        });
        apart(findings).partition(|finding| finding.score >= MASK)
    }
}

impl Recognizers {
    /// Builds them.
    ///
    /// # Panics
    /// Never: a form that does not compile fails every test.
    #[expect(clippy::expect_used, reason = "the forms are constants, and every test compiles them")]
    pub fn new() -> Self {
        Self {
            words: Words::new(),
            patterns: Patterns::new().expect("the patterns are valid"),
            addresses: Addresses::new().expect("the forms of addresses are valid"),
            dates: Dates::new().expect("the forms of dates are valid"),
        }
    }

    fn drafts(&self, text: &Text<'_>, case: &Case) -> Drafts {
        let mut drafts = Drafts::of(text.plain.len());
        self.patterns.find(text, &mut drafts);
        self.addresses.find(text, &mut drafts);
        values::find(text, &mut drafts);
        orgs::keep(text, &self.words, &mut drafts);
        names::find(text, &mut drafts);
        keep_company(&mut drafts);
        let mut known: BTreeSet<String> = case.name_words();
        for name in drafts.found().iter().filter(|draft| draft.label == Label::PersonName) {
            known.extend(names::parts(text, name.start, name.end));
        }
        names::spread(text, &known, &mut drafts);
        self.dates.find(text, &mut drafts);
        gender::find(text, &mut drafts);
        again::find(text, case.values(), &mut drafts);
        drafts
    }
}

/// Raises unsure names in a text that has something sure.
fn keep_company(drafts: &mut Drafts) {
    if drafts.found().is_empty() {
        return;
    }
    for mut draft in drafts.take_unsure() {
        draft.score += COMPANY;
        drafts.add(draft);
    }
}

/// Findings that do not overlap in the original either: two may share a character that stands for several.
fn apart(findings: impl Iterator<Item = Finding>) -> impl Iterator<Item = Finding> {
    let mut end = 0;
    findings.filter_map(move |mut finding| {
        finding.start = finding.start.max(end);
        (finding.start < finding.end).then(|| {
            end = finding.end;
            finding
        })
    })
}

/// The text with the findings' placeholders.
fn replace(text: &str, findings: &[Finding], case: &mut Case) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for finding in findings {
        let value = Normal::of(text.get(finding.start..finding.end).unwrap_or_default()).text;
        masked.push_str(text.get(at..finding.start).unwrap_or_default());
        masked.push_str(&case.placeholder(finding.label, &value));
        at = finding.end;
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    masked
}

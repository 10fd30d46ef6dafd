//! Texts that must hold no personal data: looked through at the door, before anything is kept.

use std::sync::Arc;

use caredesk_core::domain::code::Code;
use caredesk_core::policy::pii::{Detector, Label};
use caredesk_core::policy::{Action, Permit};

use crate::guard::{Refusal, Violation};
use crate::service::house::House;
use crate::service::policy::Rules;

/// A text that somebody sent, with the name of its field; none where the field is absent.
pub(crate) type Field<'t> = (&'static str, Option<&'t str>);

/// What was found in texts: fields and kinds, never a value.
#[derive(Debug, Clone)]
pub struct Scanned {
    found: Vec<Violation>,
    rules: Arc<Rules>,
}

impl House {
    /// Looks through texts for personal data, before a transaction is begun: through each, and where one of them
    /// goes on in the next.
    pub(crate) fn scan(&self, texts: &[Field<'_>]) -> Scanned {
        let rules = Arc::clone(&self.rules);
        let said = texts.iter().filter_map(|(field, text)| Some((*field, (*text)?)));
        let mut found: Vec<Violation> =
            said.flat_map(|(field, text)| found_in(&rules.detector, field, text)).collect();
        for pair in texts.windows(2) {
            if let &[(_, Some(first)), (field, Some(second))] = pair {
                add(&mut found, found_across(&rules.detector, field, (first, second)));
            }
        }
        Scanned { found, rules }
    }
}

impl Scanned {
    /// As it is with the field that is kept, where only one of two was sent: what was found where they meet is
    /// the sent one's fault.
    pub(crate) fn beside(&self, sent: [Field<'_>; 2], kept: (&str, &str)) -> Self {
        let (field, both) = match sent {
            [(field, Some(first)), (_, None)] => (field, (first, kept.1)),
            [(_, None), (field, Some(second))] => (field, (kept.0, second)),
            _ => return self.clone(),
        };
        let mut all = self.clone();
        add(&mut all.found, found_across(&self.rules.detector, field, both));
        all
    }

    /// Refuses what holds personal data, to whoever might do it otherwise. The refusal is written down.
    ///
    /// # Errors
    /// The code, with each field and what was found there.
    pub fn is_clean<A: Action>(&self, permit: &Permit<A>, code: Code) -> Result<(), Refusal> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(Refusal::Faulty { action: permit.action(), code, violations: self.found.clone() })
    }
}

/// What personal data stands in a field, each kind once.
fn found_in(detector: &Detector, field: &str, text: &str) -> Vec<Violation> {
    violations(field, detector.scan(text).into_iter().map(|finding| finding.label).collect())
}

/// What personal data begins in one text and ends in the next, likewise.
fn found_across(detector: &Detector, field: &str, (first, second): (&str, &str)) -> Vec<Violation> {
    let joint = first.len();
    let found = detector.scan(&format!("{first} {second}")).into_iter();
    let across = found.filter(|finding| finding.start < joint && finding.end > joint + 1);
    violations(field, across.map(|finding| finding.label).collect())
}

/// Adds what is not said yet.
fn add(found: &mut Vec<Violation>, more: Vec<Violation>) {
    for violation in more {
        if !found.contains(&violation) {
            found.push(violation);
        }
    }
}

/// Each kind once, as what is wrong with a field.
fn violations(field: &str, mut labels: Vec<Label>) -> Vec<Violation> {
    labels.sort_unstable();
    labels.dedup();
    let violation = |label: Label| Violation {
        pointer: format!("#/{field}"),
        code: label.as_str().to_ascii_lowercase(),
        detail: format!("holds what was found to be {label}"),
    };
    labels.into_iter().map(violation).collect()
}

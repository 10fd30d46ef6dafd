//! Texts that must hold no personal data: looked through at the door, before anything is kept.

use caredesk_core::domain::code::Code;
use caredesk_core::policy::pii::{Detector, Label};
use caredesk_core::policy::{Action, Permit};

use crate::guard::{Refusal, Violation};
use crate::service::house::House;

/// A text that somebody sent, with the name of its field; none where the field is absent.
pub(crate) type Field<'t> = (&'static str, Option<&'t str>);

/// What was found in texts: fields and kinds, never a value.
#[derive(Debug, Clone)]
pub struct Scanned(Vec<Violation>);

impl House {
    /// Looks through texts for personal data, before a transaction is begun.
    pub(crate) fn scan(&self, texts: &[Field<'_>]) -> Scanned {
        let detector = &self.rules.detector;
        let said = texts.iter().filter_map(|(field, text)| Some((*field, (*text)?)));
        Scanned(said.flat_map(|(field, text)| found_in(detector, field, text)).collect())
    }
}

impl Scanned {
    /// Refuses what holds personal data, to whoever might do it otherwise. The refusal is written down.
    ///
    /// # Errors
    /// The code, with each field and what was found there.
    pub fn is_clean<A: Action>(&self, permit: &Permit<A>, code: Code) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Refusal::Faulty { action: permit.action(), code, violations: self.0.clone() })
    }
}

/// What personal data stands in a field, each kind once.
fn found_in(detector: &Detector, field: &str, text: &str) -> Vec<Violation> {
    let mut labels: Vec<Label> =
        detector.scan(text).into_iter().map(|finding| finding.label).collect();
    labels.sort_unstable();
    labels.dedup();
    let violation = |label: Label| Violation {
        pointer: format!("#/{field}"),
        code: label.as_str().to_ascii_lowercase(),
        detail: format!("holds what was found to be {label}"),
    };
    labels.into_iter().map(violation).collect()
}

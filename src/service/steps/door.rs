//! The door of everything that the first tier can read: what is personal is masked before it is kept, and what
//! was written stays sealed (TS, "PII").
//!
//! Looking takes up to some milliseconds, so it happens on a blocking thread and before the transaction.

use std::sync::Arc;

use caredesk_core::domain::TextError;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::ticket::{MaskedSubject, MaskedText, TicketSubject, TicketText};
use caredesk_core::policy::pii::{Case, Detector, Finding, Label, Masked};
use uuid::Uuid;

use crate::guard::Refusal;
use crate::service::house::House;
use crate::store::Tx;
use crate::store::tickets::Hint;
use crate::vault::{Keyring, Place};

/// What stands for a text that could not be looked at.
const WITHHELD: &str = "[WITHHELD]";

/// A text behind the door.
#[derive(Debug, Clone)]
pub struct Passed<T> {
    /// The text that is kept in clear.
    pub masked: T,
    /// What was written, if that is something else.
    pub original: Option<String>,
    /// What was masked, and what may be personal and was left: for its author.
    pub hints: Vec<Hint>,
}

/// What somebody says on a ticket, behind the door.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What it is about.
    pub subject: Option<Passed<MaskedSubject>>,
    /// What is said.
    pub text: Option<Passed<MaskedText>>,
    /// The names that the case has met by now.
    pub case: Case,
}

/// What somebody says on a ticket.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// What it is about.
    pub subject: Option<TicketSubject>,
    /// What is said.
    pub text: Option<TicketText>,
}

impl House {
    /// Looks at what somebody says. What cannot be looked at is withheld, and never stands in the way.
    pub async fn hear(&self, words: Words, case: Case) -> Heard {
        let rules = Arc::clone(&self.rules);
        let kept = (words.clone(), case.clone());
        let looked = tokio::task::spawn_blocking(move || heard(&rules.detector, &words, case));
        looked.await.unwrap_or_else(|failure| {
            tracing::error!(%failure, "a text could not be looked at, and is withheld");
            withheld(&kept.0, kept.1)
        })
    }
}

/// Masks what somebody says, knowing the names that the case has met.
pub(crate) fn heard(detector: &Detector, words: &Words, mut case: Case) -> Heard {
    let subject = words.subject.as_ref().and_then(|subject| {
        let masked = detector.mask(subject.as_str(), &mut case);
        passed(subject.as_str(), masked, MaskedSubject::parse)
    });
    let text = words.text.as_ref().and_then(|text| {
        let masked = detector.mask(text.as_str(), &mut case);
        passed(text.as_str(), masked, MaskedText::parse)
    });
    Heard { subject, text, case }
}

/// What is kept where nobody could look.
fn withheld(words: &Words, case: Case) -> Heard {
    let nothing = || Masked { text: String::new(), findings: Vec::new(), hints: Vec::new() };
    let subject = words.subject.as_ref();
    let text = words.text.as_ref();
    Heard {
        subject: subject.and_then(|all| passed(all.as_str(), nothing(), MaskedSubject::parse)),
        text: text.and_then(|all| passed(all.as_str(), nothing(), MaskedText::parse)),
        case,
    }
}

/// A text behind the door. What is too long with its placeholders, or nothing, is withheld as a whole.
fn passed<T: std::fmt::Display>(
    written: &str,
    found: Masked,
    parse: impl Fn(&str) -> Result<T, TextError>,
) -> Option<Passed<T>> {
    let masked = parse(&found.text).or_else(|_too_long_or_nothing| parse(WITHHELD)).ok()?;
    let is_changed = masked.to_string() != written;
    let original = is_changed.then(|| without_secrets(written, &found.findings));
    Some(Passed { masked, original, hints: hints(&found) })
}

/// What was written, without card numbers and passwords: those are kept nowhere.
fn without_secrets(written: &str, findings: &[Finding]) -> String {
    let mut kept = String::with_capacity(written.len());
    let mut at = 0;
    for finding in findings.iter().filter(|finding| is_secret(finding.label)) {
        kept.push_str(written.get(at..finding.start).unwrap_or_default());
        kept.push_str(&format!("[{}]", finding.label.placeholder()));
        at = finding.end;
    }
    kept.push_str(written.get(at..).unwrap_or_default());
    kept
}

/// Whether something is kept nowhere.
const fn is_secret(label: Label) -> bool {
    matches!(label, Label::CreditCard | Label::Password)
}

/// What was found, by its kind.
fn hints(found: &Masked) -> Vec<Hint> {
    let masked = found.findings.iter().map(|finding| (finding.label, true));
    let left = found.hints.iter().map(|finding| (finding.label, false));
    let mut hints: Vec<Hint> = Vec::new();
    for (label, is_masked) in masked.chain(left) {
        match hints.iter_mut().find(|hint| hint.label == label && hint.is_masked == is_masked) {
            Some(hint) => hint.count = hint.count.saturating_add(1),
            None => hints.push(Hint { label, is_masked, count: 1 }),
        }
    }
    hints
}

/// Where the sealed words of an entry stand.
pub(crate) fn place_of_entry(tenant: TenantId, entry: Uuid) -> Place {
    Place { tenant: Some(tenant), table: "ticket_entries", row: entry, column: "original" }
}

/// Where a sealed column of a ticket stands.
pub(crate) fn place_of_ticket(tenant: TenantId, ticket: Uuid, column: &'static str) -> Place {
    Place { tenant: Some(tenant), table: "ticket_originals", row: ticket, column }
}

/// Seals a text.
pub(crate) fn sealed(tx: &Tx<'_>, place: &Place, text: &str) -> Vec<u8> {
    tx.keys.seal(tx.entropy, place, text.as_bytes())
}

/// Opens a sealed text.
pub(crate) fn opened(keys: &Keyring, place: &Place, sealed: &[u8]) -> Result<String, Refusal> {
    let plain = keys.open(place, sealed).map_err(|error| Refusal::Broken(error.to_string()))?;
    String::from_utf8(plain.to_vec()).map_err(|error| Refusal::Broken(error.to_string()))
}

/// The names that a case has met, sealed.
pub(crate) fn sealed_names(
    tx: &Tx<'_>,
    (tenant, ticket): (TenantId, Uuid),
    case: &Case,
) -> Result<Vec<u8>, Refusal> {
    let names = serde_json::to_string(case).map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok(sealed(tx, &place_of_ticket(tenant, ticket, "names"), &names))
}

/// The names that a case has met.
pub(crate) fn opened_names(
    keys: &Keyring,
    (tenant, ticket): (TenantId, Uuid),
    names: &[u8],
) -> Result<Case, Refusal> {
    let text = opened(keys, &place_of_ticket(tenant, ticket, "names"), names)?;
    serde_json::from_str(&text).map_err(|error| Refusal::Broken(error.to_string()))
}

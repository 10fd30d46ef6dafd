//! The door of everything that the first tier can read: what is personal is masked before it is kept, and what
//! was written stays sealed (TS, "PII").
//!
//! Looking takes up to some milliseconds, so it happens on a blocking thread and before the transaction.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use caredesk_core::domain::PersonName;
use caredesk_core::domain::canned_reply::{ReplyVariable, fill_in};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::ticket::{MaskedSubject, MaskedText, SubjectLine, TicketText};
use caredesk_core::policy::HelpfulDetail;
use caredesk_core::policy::pii::{self, Case, Detector, Door, Hint, Piece, Screening, Withheld};
use uuid::Uuid;

use super::across;
use crate::guard::Refusal;
use crate::service::house::House;
use crate::store::Tx;
use crate::vault::{Keyring, Place};

/// What stands for a text that could not be looked at.
pub(crate) const WITHHELD: &str = "[WITHHELD]";

/// A text behind the door.
#[derive(Debug, Clone)]
pub struct Passed<T> {
    /// The text that is kept in clear.
    pub masked: T,
    /// What was written, if that is something else.
    pub original: Option<String>,
    /// What was masked, and what may be personal and was left: for its author.
    pub hints: Vec<Hint>,
    /// Whether the name of whoever asked was filled in, so that they read what was written.
    pub names_requester: bool,
}

impl<T> Passed<T> {
    /// What was written, as whoever asked reads it, if their name was filled in.
    pub(crate) fn named(&self) -> Option<&str> {
        self.original.as_deref().filter(|_| self.names_requester)
    }
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
    /// Whether it has met some by this, so that what was said before is to be looked at again.
    pub has_learned: bool,
    /// What its author wrote before, if the two together say what neither does alone.
    pub completes: Option<Completes>,
    /// What was told beside the words, by its field.
    pub details: Vec<DetailHeard>,
}

/// What somebody wrote before that goes on in what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completes {
    /// What it becomes.
    pub anew: String,
    /// The detail that it is; none of what they said.
    pub detail: Option<HelpfulDetail>,
}

/// A detail behind the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailHeard {
    /// Which.
    pub detail: HelpfulDetail,
    /// What is kept in clear.
    pub masked: String,
    /// What was written, if that is something else.
    pub original: Option<String>,
    /// What was masked, and what may be personal and was left: for its author.
    pub hints: Vec<Hint>,
}

/// What somebody says on a ticket.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// What it is about.
    pub subject: Option<SubjectLine>,
    /// What is said.
    pub text: Option<TicketText>,
    /// What its author said just before, masked, where there is no subject.
    pub after: Option<String>,
    /// What its author told beside, masked, by its field.
    pub beside: Vec<(HelpfulDetail, String)>,
    /// What is put into the places of the text behind the door.
    pub places: Vec<(ReplyVariable, String)>,
    /// The name of whoever asked, where that has a place in the text: it is put in behind the door, too, masked.
    pub named: Option<PersonName>,
}

impl House {
    /// Looks at what somebody says. What cannot be looked at is withheld, and never stands in the way.
    pub async fn hear(&self, words: Words, case: Case) -> Heard {
        let rules = Arc::clone(&self.rules);
        let kept = (words.clone(), case.clone());
        let looked = tokio::task::spawn_blocking(move || heard(&rules.detector, &words, case));
        looked.await.unwrap_or_else(|failure| {
            tracing::error!(
                panicked = failure.is_panic(),
                "a text could not be looked at, and is withheld"
            );
            withheld(&kept.0, kept.1)
        })
    }
}

/// Masks what somebody says, knowing the names that the case has met. What the text tells of the subject is
/// masked there, too.
pub(crate) fn heard(detector: &Detector, words: &Words, mut case: Case) -> Heard {
    let door = Door::new(detector);
    let stands_for = words.named.as_ref().map(|name| case.know(name));
    let mut subject = words.subject.as_ref().and_then(|subject| {
        let screened = door.screen::<MaskedSubject>(subject.as_str(), None, &mut case);
        passed(subject.as_str(), screened)
    });
    let (mut has_learned, mut completes) = (false, None);
    let text = words.text.as_ref().and_then(|text| {
        let after = subject.as_ref().map(|subject| subject.masked.as_str());
        let after = after.or(words.after.as_deref());
        let beside = across::goes_on(&door, (after, &words.beside), text.as_str(), &case);
        let after = beside.map_or(after, |(_, told)| Some(told));
        let screened = door.screen::<MaskedText>(text.as_str(), after, &mut case);
        if let (None, Ok(screening)) = (&subject, &screened) {
            has_learned = screening.has_learned;
            let detail = beside.map(|(detail, _)| detail);
            completes = screening.completes.clone().map(|anew| Completes { anew, detail });
        }
        if let (Some(subject), Ok(screening)) = (&mut subject, &screened)
            && (screening.has_learned || screening.completes.is_some())
        {
            let earlier = subject.masked.as_str();
            let completes = screening.completes.as_deref();
            let found = completes.and_then(|anew| pii::pieces(&[earlier], anew).pop());
            again(&door, (subject, found.as_ref()), &mut case);
        }
        let passed = passed(text.as_str(), screened)?;
        Some(filled(passed, (text.as_str(), words), stands_for))
    });
    Heard { subject, text, case, has_learned, completes, details: Vec::new() }
}

/// A text behind the door with its places filled in, if it has room for that: a name by what stands for it, and as it
/// is in what is sealed.
fn filled(
    passed: Passed<MaskedText>,
    (written, words): (&str, &Words),
    stands_for: Option<String>,
) -> Passed<MaskedText> {
    let with = |name: Option<String>| {
        let name = name.map(|name| (ReplyVariable::RequesterName, name));
        words.places.iter().cloned().chain(name).collect::<Vec<_>>()
    };
    let places = with(stands_for);
    if places.is_empty() {
        return passed;
    }
    let Ok(masked) = MaskedText::parse(&fill_in(passed.masked.as_str(), &places)) else {
        return passed;
    };
    let name = words.named.as_ref().map(|name| name.as_str().to_owned());
    let names_requester = name.is_some();
    let written = passed.original.or_else(|| names_requester.then(|| written.to_owned()));
    let places = with(name);
    let original = written.map(|written| fill_in(&written, &places));
    Passed { masked, original, names_requester, hints: passed.hints }
}

/// Looks at masked texts again, of a case that has learned something since: all of them, as they are to be kept.
/// If they cannot be looked at, they are withheld.
pub(crate) fn looked_at_again(
    detector: &Detector,
    earlier: &[String],
    case: &mut Case,
) -> Vec<String> {
    let texts: Vec<&str> = earlier.iter().map(String::as_str).collect();
    let Ok(changed) = Door::new(detector).rewrite::<String>(&texts, case) else {
        return vec![WITHHELD.to_owned(); earlier.len()];
    };
    let mut all = earlier.to_vec();
    for (place, text) in changed {
        if let Some(one) = all.get_mut(place) {
            *one = text;
        }
    }
    all
}

/// A masked text as it is kept; one that cannot be is withheld.
pub(crate) fn kept<T: FromStr>(masked: &str) -> Result<T, Refusal> {
    let kept = masked.parse::<T>().ok().or_else(|| WITHHELD.parse::<T>().ok());
    kept.ok_or_else(|| Refusal::Broken("a text cannot be withheld".to_owned()))
}

/// Looks at a subject again, of a case that has learned something since, and without the piece that goes on in the
/// text.
fn again(
    door: &Door<'_>,
    (subject, piece): (&mut Passed<MaskedSubject>, Option<&Piece>),
    case: &mut Case,
) {
    let before = subject.masked.as_str().to_owned();
    let earlier = piece.map_or(before.as_str(), |piece| piece.text.as_str());
    let rewritten = door.rewrite::<MaskedSubject>(&[earlier], case);
    let masked = match rewritten.map(|mut changed| changed.pop()) {
        Ok(Some((_, masked))) => Some(masked),
        Ok(None) => MaskedSubject::parse(earlier).ok(),
        Err(Withheld) => MaskedSubject::parse(WITHHELD).ok(),
    };
    if let Some(masked) = masked.filter(|masked| *masked != subject.masked) {
        let written = subject.original.take().unwrap_or(before);
        subject.original =
            Some(piece.map_or_else(|| written.clone(), |piece| piece.sealed(&written)));
        subject.masked = masked;
    }
}

/// What is kept where nobody could look.
fn withheld(words: &Words, case: Case) -> Heard {
    let subject = words.subject.as_ref();
    let text = words.text.as_ref();
    Heard {
        subject: subject.and_then(|all| passed(all.as_str(), Err(Withheld))),
        text: text.and_then(|all| passed(all.as_str(), Err(Withheld))),
        case,
        has_learned: false,
        completes: None,
        details: Vec::new(),
    }
}

/// A text behind the door; one that could not be looked at is withheld as a whole.
fn passed<T: FromStr + Display>(
    written: &str,
    screened: Result<Screening<T>, Withheld>,
) -> Option<Passed<T>> {
    let Ok(screening) = screened else {
        let masked = WITHHELD.parse().ok()?;
        let original = Some(written.to_owned());
        return Some(Passed { masked, original, hints: Vec::new(), names_requester: false });
    };
    let is_changed =
        screening.masked.to_string() != screening.original || screening.original != written;
    Some(Passed {
        original: is_changed.then_some(screening.original),
        hints: screening.hints,
        masked: screening.masked,
        names_requester: false,
    })
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

#[cfg(test)]
mod tests {
    use caredesk_core::domain::PersonName;

    use super::*;

    #[test]
    fn words_that_nobody_could_look_at_are_withheld_as_a_whole() {
        let words = Words {
            subject: SubjectLine::parse("A page of Nora stays white").ok(),
            text: TicketText::parse("Since this morning.").ok(),
            ..Words::default()
        };
        let mut case = Case::new();
        case.know(&PersonName::parse("Nora Lindqvist").unwrap());
        let heard = withheld(&words, case.clone());
        let (subject, text) = (heard.subject.unwrap(), heard.text.unwrap());
        assert_eq!((subject.masked.as_str(), text.masked.as_str()), (WITHHELD, WITHHELD));
        assert_eq!(subject.original.as_deref(), Some("A page of Nora stays white"));
        assert_eq!(text.original.as_deref(), Some("Since this morning."));
        assert_eq!((heard.case, heard.has_learned), (case, false));
    }
}

//! Objections to what was masked: made by whoever wrote it, decided by the second tier (TS, "PII").

use caredesk_core::domain::PersonName;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{TenantId, TicketEntryId, TicketId, TicketObjectionId};
use caredesk_core::domain::ticket::{MaskedSubject, MaskedText, ObjectionState, TicketText};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{DismissObjection, ObjectToMasking, UpholdObjection};
use caredesk_core::policy::pii::{Case, Label};
use caredesk_core::policy::{Action, HelpfulDetail, TicketFacts};
use serde_json::json;

use super::step::{Saying, Step, begin};
use super::{Shown, Spoken, Version, Words, details, reader, shown};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::door;
use crate::store::columns::Json;
use crate::store::tickets::{Detail, Masked, Objection, Whole};
use crate::store::{self, Tx};

/// The text whose masking somebody objects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objected {
    /// The subject.
    Subject,
    /// An entry.
    Entry(TicketEntryId),
    /// What was told beside the words.
    Detail(HelpfulDetail),
}

impl Objected {
    /// What an objection is about.
    const fn by(objection: &Objection) -> Self {
        match (objection.entry_id, objection.detail) {
            (Some(entry), _) => Self::Entry(entry),
            (None, Some(detail)) => Self::Detail(detail),
            (None, None) => Self::Subject,
        }
    }

    /// The entry and the detail that are meant, if one is.
    fn parts(self) -> (Option<TicketEntryId>, Option<HelpfulDetail>) {
        match self {
            Self::Subject => (None, None),
            Self::Entry(entry) => (Some(entry), None),
            Self::Detail(detail) => (None, Some(detail)),
        }
    }

    /// What the timeline says of an objection.
    fn said(self, state: ObjectionState) -> Detail {
        let (entry, detail) = self.parts();
        let details = detail.into_iter().collect();
        Detail { objection: Some(state), entry, details, ..Detail::default() }
    }
}

/// Objects to what was masked of one's own words. Why stands in the timeline, behind the door like everything there.
///
/// # Errors
/// `ticket.not_yours` for the words of somebody else, `ticket.nothing_masked`, `ticket.already_objected`, not found
/// for an entry that is none of the ticket's or not theirs to see, and as every step.
pub fn object(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, about): (Version, &Spoken, Objected),
) -> Result<Shown, Refusal> {
    let step = begin::<ObjectToMasking>(tx, who, key, None)?;
    let id = step.after.id;
    let now = tx.now;
    let text = masked(tx, &step, (about, now))?;
    let own = reader(who);
    if own.is_none() || text.author_id != own {
        // Whoever does not see the desk's notes learns of none.
        let is_hidden = text.is_internal && !step.is_by_desk();
        let not_yours = Refusal::Because(Code::TicketNotYours);
        return Err(if is_hidden { Refusal::NotFound } else { not_yours });
    }
    if text.original.is_none() {
        return Err(Refusal::Because(Code::TicketNothingMasked));
    }
    let before = store::tickets::objections(tx.conn, id)?;
    for one in before.iter().filter(|one| Objected::by(one) == about) {
        // A detail that was told anew since is another text.
        if masked(tx, &step, (about, one.created_at))?.original.is_some() {
            return Err(Refusal::Because(Code::TicketObjected));
        }
    }
    let heard = step.hear(tx, house, said)?;
    let objection = TicketObjectionId::of(tx.new_uuid());
    let (entry, named) = about.parts();
    let (detail, is_internal) = (about.said(ObjectionState::Open), text.is_internal);
    let saying = Saying { is_internal, detail, ..Saying::internally(&heard) };
    let on_record = json!({"objection": objection, "entry": entry, "detail": named});
    let reason = step.write_entry(tx, saying, &on_record)?;
    store::tickets::object(tx, &step.permit, (objection, reason), (entry, named))?;
    step.shown(tx)
}

/// Puts what was written in place of the masked text, for everybody who reads the ticket; it is not masked again.
/// What has a form that leaves no doubt stays masked, whoever decides: addresses of email, social security numbers,
/// numbers of cards, and passwords; and so do the names of whoever asks and of the author, which are on file. Nobody decides about words of their own.
///
/// # Errors
/// `ticket.masking_stands`, and as [`dismiss_objection`].
pub fn uphold_objection(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, id): (Version, TicketObjectionId),
) -> Result<Shown, Refusal> {
    let step = begin::<UpholdObjection>(tx, who, key, None)?;
    let (objection, text) = open(tx, &step, id)?;
    let (ticket, tenant) = step.of();
    let sealed = text.original.as_ref();
    let sealed = sealed.ok_or(Refusal::Because(Code::TicketNothingMasked))?;
    let about = Objected::by(&objection);
    let written = written(tx, (tenant, ticket), (about, sealed))?;
    let on_file = on_file(tx, &step.whole, &text)?;
    if text.detail.0.names_requester || holds_what_is_certain(house, &written, &on_file) {
        return Err(Refusal::Because(Code::TicketMaskingStands));
    }
    match about {
        Objected::Entry(entry) => {
            let text = MaskedText::parse(&written);
            let text = text.map_err(|error| Refusal::Broken(error.to_string()))?;
            store::tickets::unmask_entry(tx, &step.permit, (entry, text))?;
        }
        Objected::Detail(detail) => {
            details::put_back(tx, &step.permit, (tenant, ticket), (detail, written))?;
        }
        Objected::Subject => {
            let subject = MaskedSubject::parse(&written);
            let subject = subject.map_err(|error| Refusal::Broken(error.to_string()))?;
            store::tickets::unmask_subject(tx, &step.permit, subject)?;
        }
    }
    store::tickets::index_anew(tx, &step.permit, ticket)?;
    decide(tx, &step, (&objection, &text, ObjectionState::Upheld))?;
    step.shown(tx)
}

/// Leaves masked what somebody objected to. Like everything that is decided, its author reads it in the timeline.
///
/// # Errors
/// Not found, `ticket.objection_decided`, `ticket.not_yours` for words of one's own, and as every step.
pub fn dismiss_objection(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, id): (Version, TicketObjectionId),
) -> Result<Shown, Refusal> {
    let step = begin::<DismissObjection>(tx, who, key, None)?;
    let (objection, text) = open(tx, &step, id)?;
    decide(tx, &step, (&objection, &text, ObjectionState::Dismissed))?;
    step.shown(tx)
}

/// An objection that waits to be decided, with what it is about.
fn open<A: Action<Target = TicketFacts>>(
    tx: &mut Tx<'_>,
    step: &Step<A>,
    id: TicketObjectionId,
) -> Result<(Objection, Masked), Refusal> {
    let found = store::tickets::objection(tx.conn, step.after.id, id)?;
    let found = found.ok_or(Refusal::NotFound)?;
    if found.state != ObjectionState::Open {
        return Err(Refusal::Because(Code::TicketObjectionDecided));
    }
    if Some(found.author_id) == reader(step.permit.actor()) {
        return Err(Refusal::Because(Code::TicketNotYours));
    }
    let text = masked(tx, step, (Objected::by(&found), found.created_at))?;
    Ok((found, text))
}

/// What was written in a text that is masked.
fn written(
    tx: &Tx<'_>,
    (tenant, ticket): (TenantId, TicketId),
    (about, sealed): (Objected, &[u8]),
) -> Result<String, Refusal> {
    let place = match about {
        Objected::Entry(entry) => door::place_of_entry(tenant, entry.uuid()),
        Objected::Subject => door::place_of_ticket(tenant, ticket.uuid(), "subject"),
        Objected::Detail(detail) => {
            let mut written = details::opened(tx.keys, (tenant, ticket), sealed)?;
            return written.remove(&detail).ok_or(Refusal::Because(Code::TicketNothingMasked));
        }
    };
    door::opened(tx.keys, &place, sealed)
}

/// Writes a decision down, where the author of the text reads it.
fn decide<A: Action<Target = TicketFacts>>(
    tx: &mut Tx<'_>,
    step: &Step<A>,
    (objection, text, state): (&Objection, &Masked, ObjectionState),
) -> Result<(), Refusal> {
    store::tickets::decide_objection(tx, &step.permit, objection.id, state)?;
    let about = Objected::by(objection);
    let (entry, named) = about.parts();
    let is_internal = text.is_internal;
    let saying = Saying { is_internal, ..Saying::nothing(about.said(state)) };
    let on_record =
        json!({"objection": objection.id, "entry": entry, "detail": named, "state": state});
    step.write(tx, saying, &on_record)
}

/// A text, as far as its masking is concerned; a detail as it was told at a moment.
fn masked<A: Action<Target = TicketFacts>>(
    tx: &mut Tx<'_>,
    step: &Step<A>,
    (about, at): (Objected, Moment),
) -> Result<Masked, Refusal> {
    let (ticket, tenant) = step.of();
    match about {
        Objected::Entry(entry) => {
            store::tickets::masked(tx.conn, ticket, entry)?.ok_or(Refusal::NotFound)
        }
        Objected::Detail(detail) => details::masked(tx, (tenant, ticket), (detail, at)),
        Objected::Subject => {
            let author_id = store::tickets::author_of_subject(tx.conn, ticket)?;
            let original = step.whole.subject.clone();
            Ok(Masked { author_id, is_internal: false, original, detail: Json(Detail::default()) })
        }
    }
}

/// The names of whoever a ticket is for and of who wrote a text.
fn on_file(tx: &mut Tx<'_>, whole: &Whole, text: &Masked) -> Result<Vec<PersonName>, Refusal> {
    let row = &whole.ticket.row;
    let mut names = Vec::new();
    names.extend(whole.ticket.requester.as_ref().map(|somebody| somebody.name.clone()));
    if let Some(sealed) = &whole.caller {
        names.extend(shown::caller(tx.keys, (row.tenant_id, row.id), sealed)?.name);
    }
    names.extend(store::accounts::names(tx.conn, text.author_id.as_slice())?);
    Ok(names)
}

/// Whether something stands in a text that is personal without doubt: by its form, or because it is one of these
/// names. What cannot be looked at is taken to hold some.
fn holds_what_is_certain(house: &House, written: &str, names: &[PersonName]) -> bool {
    let words_of = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| word.chars().count() > 2).map(str::to_lowercase).collect()
    };
    let said = words_of(written);
    if names.iter().flat_map(|name| words_of(name.as_str())).any(|part| said.contains(&part)) {
        return true;
    }
    let Ok(text) = TicketText::parse(written) else { return true };
    let words = Words { text: Some(text), ..Words::default() };
    let heard = door::heard(&house.rules.detector, &words, Case::default());
    let Some(passed) = heard.text else { return true };
    let is_withheld = passed.masked.as_str() == door::WITHHELD;
    let is_certain =
        |label| matches!(label, Label::Email | Label::Ssn | Label::CreditCard | Label::Password);
    is_withheld || passed.hints.iter().any(|hint| hint.is_masked && is_certain(hint.label))
}

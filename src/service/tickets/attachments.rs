//! Attachments of tickets: announced, cleared and thrown away. Their names pass the door.

use caredesk_core::domain::FileName;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::attachment::{AttachmentState, AttachmentType, LASTS, safe_name};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AttachmentId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::{MaskedText, TicketText};
use caredesk_core::policy::action::{ClearAttachment, CreateAttachment, DiscardAttachment};
use caredesk_core::policy::desk::{Decision, Effect};
use caredesk_core::policy::pii::{Case, Detector};
use caredesk_core::policy::{Action, Permit, TicketFacts};
use jiff::SignedDuration;
use serde_json::json;

use super::step::{Saying, Step, begin, hear};
use super::{Spoken, telling};
use crate::guard::{Refusal, admit_new_attachment};
use crate::service::house::House;
use crate::service::steps::attachments::{ShownAttachment, place_of_name, shown};
use crate::service::steps::door::{self, Passed};
use crate::service::steps::note;
use crate::store::attachments::{Attachment, AttachmentRow};
use crate::store::columns::Json;
use crate::store::db::masked::MaskedRow;
use crate::store::tickets::{Detail, NewEntry, TicketRow, Whole};
use crate::store::{self, Tx};

/// A file that somebody announces.
#[derive(Debug, Clone)]
pub struct NewAttachment {
    /// Its name, safe to show and to save.
    pub name: FileName,
    /// What it is said to be.
    pub media_type: AttachmentType,
    /// Its bytes.
    pub size: i64,
}

impl NewAttachment {
    /// A file by the name that its sender has for it.
    pub fn of(written: &FileName, media_type: AttachmentType, size: i64) -> Self {
        Self { name: safe_name(written, media_type), media_type, size }
    }

    /// The name as it is looked at: names of files have other signs between their words than sentences.
    ///
    /// # Errors
    /// It is no text, which no name is.
    pub fn words(&self) -> Result<TicketText, Refusal> {
        let words = stem(&self.name).replace(['_', '+'], " ");
        TicketText::parse(&words)
            .or_else(|_only_signs| TicketText::parse("attachment"))
            .map_err(|error| Refusal::Broken(error.to_string()))
    }
}

/// A name without its ending.
fn stem(name: &FileName) -> &str {
    name.as_str().rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem)
}

/// Longest masked stem of a name, in characters.
const STEM: usize = 200;

/// Announces an attachment of a ticket.
///
/// # Errors
/// Not found, `ticket.not_yours`, `ticket.not_in_state`, `attachment.not_to_families`, `attachment.too_many`, and
/// whatever the permit denies.
pub fn announce(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (ticket, new, said): (TicketId, &NewAttachment, &Spoken),
) -> Result<ShownAttachment, Refusal> {
    let (permit, whole) = admit_new_attachment(tx, who, ticket)?;
    let author = who.person().ok_or(Refusal::NotFound)?.account;
    let tenant = whole.ticket.row.tenant_id;
    let id = AttachmentId::of(tx.new_uuid());
    let heard = hear(tx, house, (&permit, &whole), said)?;
    let hints = heard.text.as_ref().map(|text| text.hints.clone()).unwrap_or_default();
    let masked = heard.text.filter(|text| text.original.is_some());
    let original = match &masked {
        Some(masked) => {
            let name = sealed_name(masked, new)?;
            Some(door::sealed(tx, &place_of_name(tenant, id), name.as_str()))
        }
        None => None,
    };
    let file_name = match masked {
        Some(masked) => masked_name(masked.masked.as_str(), new.media_type)?,
        None => new.name.clone(),
    };
    let is_discarded = permit.target().is_discarded;
    let state = if is_discarded { AttachmentState::Discarded } else { AttachmentState::Pending };
    let row = AttachmentRow {
        id,
        ticket_id: ticket,
        tenant_id: tenant,
        author_id: author,
        file_name,
        original_name: original,
        media_type: new.media_type,
        size: new.size,
        sha256: None,
        state,
        object_id: None,
        created_at: tx.now,
        completed_at: None,
        expires_at: tx.now.plus(LASTS),
        settled_by: None,
        settled_at: is_discarded.then_some(tx.now),
        version: 1,
        name_hints: Json(hints),
    };
    store::attachments::insert(tx, &permit, row)?;
    if is_discarded {
        tell_of_discarding(tx, &permit, (&whole, id))?;
    }
    let detail =
        json!({"ticket": ticket, "media_type": new.media_type, "size": new.size, "state": state});
    note::about(tx, &permit, (whole.ticket.row.seen_by(), id.uuid()), &detail)?;
    shown(tx.keys, who, there(tx, id)?)
}

/// A masked name, with the ending of its type.
fn masked_name(masked: &str, is: AttachmentType) -> Result<FileName, Refusal> {
    let line: String = masked.chars().filter(|c| !c.is_control()).take(STEM).collect();
    let name = FileName::parse(&format!("{}.{}", line.trim(), is.extension()));
    name.map_err(|error| Refusal::Broken(error.to_string()))
}

/// What is sealed of a name: as it was written, but for what is kept nowhere. Then it has the signs between its words
/// that it was looked at with.
fn sealed_name(masked: &Passed<MaskedText>, new: &NewAttachment) -> Result<FileName, Refusal> {
    let has_dropped = masked.hints.iter().any(|hint| hint.is_masked && hint.label.is_dropped());
    match masked.original.as_deref().filter(|_| has_dropped) {
        Some(kept) => Ok(safe_name(&masked_name(kept, new.media_type)?, new.media_type)),
        None => Ok(new.name.clone()),
    }
}

/// Masks the names of what was attached before with what is known by now. Texts that were cleared because nothing
/// personal was known to be in them wait for somebody to look at them.
pub(super) fn mask_names<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (ticket, detector): (&TicketRow, &Detector),
    case: &mut Case,
) -> Result<(), Refusal> {
    store::attachments::doubt_scans(tx, permit, ticket.id)?;
    mask_names_alone(tx, permit, (ticket, detector), case)
}

/// As [`mask_names`], of a case that has learned nothing: names of files alone are new to it.
pub(super) fn mask_names_alone<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (ticket, detector): (&TicketRow, &Detector),
    case: &mut Case,
) -> Result<(), Refusal> {
    let all = store::attachments::of_ticket(tx.conn, ticket.id, tx.now)?;
    let words = |found: &Attachment| stem(&found.row.file_name).replace(['_', '+'], " ");
    let before: Vec<String> = all.iter().map(words).collect();
    let after = door::looked_at_again(detector, &before, case);
    let both = before.into_iter().zip(after);
    let mut names = Vec::new();
    for (found, (_, after)) in all.into_iter().zip(both).filter(|(_, (is, will))| is != will) {
        let row = found.row;
        let place = place_of_name(row.tenant_id, row.id);
        let original = match row.original_name {
            Some(sealed) => sealed,
            None => door::sealed(tx, &place, row.file_name.as_str()),
        };
        names.push(MaskedRow { id: row.id, text: masked_name(&after, row.media_type)?, original });
    }
    Ok(store::attachments::mask_names(tx, permit, names)?)
}

/// An attachment as it is now.
fn there(tx: &mut Tx<'_>, id: AttachmentId) -> Result<Attachment, Refusal> {
    store::attachments::find(tx.conn, id, tx.now)?.ok_or(Refusal::NotFound)
}

/// Says on the ticket, and to its requester, that what came with the request was thrown away: the desk uploads
/// nothing for anybody (HD).
fn tell_of_discarding(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateAttachment>,
    (whole, id): (&Whole, AttachmentId),
) -> Result<(), Refusal> {
    let row = &whole.ticket.row;
    let entry = discarded(tx, row.id, id);
    store::tickets::add(tx, permit, vec![entry])?;
    let reader = telling::requester(tx, whole)?;
    let facts = json!({"number": whole.ticket.number});
    telling::tell(tx, &reader, (row.id, row.tenant_id), (MessageKind::AttachmentDiscarded, facts))
}

/// Throws away what is attached to a ticket that policy decides anew, where that is what it decides for such a
/// request: "upload it for me". Says so on the ticket, and to its requester and who is in copy. Whether there was
/// anything.
pub(super) fn discard_as_decided<A: Action<Target = TicketFacts>>(
    tx: &mut Tx<'_>,
    step: &Step<A>,
    decision: &Decision,
) -> Result<bool, Refusal> {
    if !decision.effects.contains(&Effect::DiscardAttachment) {
        return Ok(false);
    }
    let all = store::attachments::discard_all(tx, &step.permit, step.after.id)?;
    if all.is_empty() {
        return Ok(false);
    }
    // After the step that has brought it about.
    let at = tx.now.plus(SignedDuration::from_micros(1));
    let after = |id| NewEntry { at, ..discarded(tx, step.after.id, id) };
    let entries = all.into_iter().map(after).collect();
    store::tickets::add(tx, &step.permit, entries)?;
    let facts = json!({"number": step.whole.ticket.number, "is_later": true});
    step.tell(tx, (MessageKind::AttachmentDiscarded, &facts))?;
    Ok(true)
}

/// The entry of the timeline that an attachment was thrown away.
fn discarded(tx: &Tx<'_>, ticket: TicketId, id: AttachmentId) -> NewEntry {
    let (attachment, attachment_state) = (Some(id), Some(AttachmentState::Discarded));
    let detail = Detail { attachment, attachment_state, ..Detail::default() };
    NewEntry::by_itself(tx, ticket, detail)
}

/// Lets everybody who sees the ticket have an attachment, now that somebody has looked at it.
///
/// # Errors
/// Not found, `attachment.not_quarantined`, and whatever the permit denies.
pub fn clear(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (ticket, id, said): (TicketId, AttachmentId, &Spoken),
) -> Result<ShownAttachment, Refusal> {
    let step = begin::<ClearAttachment>(tx, who, (ticket, None), None)?;
    settle(tx, house, &step, (id, said), AttachmentState::Cleared)
}

/// Throws an attachment away: its content is deleted, and nobody is given it any more.
///
/// # Errors
/// Not found, `attachment.not_complete`, `attachment.discarded`, and whatever the permit denies.
pub fn discard(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (ticket, id, said): (TicketId, AttachmentId, &Spoken),
) -> Result<ShownAttachment, Refusal> {
    let step = begin::<DiscardAttachment>(tx, who, (ticket, None), None)?;
    settle(tx, house, &step, (id, said), AttachmentState::Discarded)
}

/// Clears an attachment or throws it away, with the reason on the ticket.
fn settle<A: Action<Target = TicketFacts>>(
    tx: &mut Tx<'_>,
    house: &House,
    step: &Step<A>,
    (id, said): (AttachmentId, &Spoken),
    state: AttachmentState,
) -> Result<ShownAttachment, Refusal> {
    let found = store::attachments::find_locked(tx.conn, id, tx.now)?;
    let found = found.filter(|found| found.row.ticket_id == step.after.id);
    let found = found.ok_or(Refusal::NotFound)?;
    match (found.row.state, state) {
        (AttachmentState::Pending, _) => return Err(Refusal::Because(Code::AttachmentPending)),
        (AttachmentState::Discarded, _) => return Err(Refusal::Because(Code::AttachmentDiscarded)),
        (AttachmentState::Cleared, AttachmentState::Cleared) => {
            return Err(Refusal::Because(Code::AttachmentNotQuarantined));
        }
        _ => {}
    }
    let heard = step.hear(tx, house, said)?;
    store::attachments::settle(tx, &step.permit, &found.row, state)?;
    let detail =
        Detail { attachment: Some(id), attachment_state: Some(state), ..Detail::default() };
    // The list of attachments tells everybody what became of it; why is the desk's.
    let saying = Saying { detail, ..Saying::internally(&heard) };
    step.write(tx, saying, &json!({"attachment": id}))?;
    shown(tx.keys, step.permit.actor(), there(tx, id)?)
}

//! Showing what was masked, a field at a time, to the agent who has a ticket at the second tier (TS, "PII"). It is shown
//! once and to nobody else: what the timeline and the audit keep is that it was shown, and why.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AttachmentId, TicketEntryId};
use caredesk_core::domain::ticket::TicketField;
use caredesk_core::policy::action::RevealTicket;
use serde_json::json;

use super::details;
use super::shown::caller;
use super::step::{Saying, Step, begin, invalid};
use super::{Caller, Spoken, Version};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::attachments::place_of_name;
use crate::service::steps::door;
use crate::store::tickets::Detail;
use crate::store::{self, Tx};

/// What an agent wants to see.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Which field.
    pub field: TicketField,
    /// Which entry, where an entry is meant.
    pub entry: Option<TicketEntryId>,
    /// Which attachment, where the name of one is meant.
    pub attachment: Option<AttachmentId>,
}

impl Wanted {
    /// Refuses what does not go with the field: an entry and an attachment are named where they are meant.
    fn check(self) -> Result<(), Refusal> {
        let named = [
            ("#/entry_id", self.field == TicketField::Entry, self.entry.is_some()),
            ("#/attachment_id", self.field == TicketField::Attachment, self.attachment.is_some()),
        ];
        for (pointer, is_meant, is_named) in named {
            match (is_meant, is_named) {
                (true, false) => return Err(invalid(pointer, "required", "is missing, and meant")),
                (false, true) => return Err(invalid(pointer, "not_allowed", "is not meant")),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub enum Revealed {
    /// A text.
    Text(String),
    /// Who a caller without an account is.
    Caller(Caller),
}

/// Shows one field as it was written.
///
/// # Errors
/// `ticket.nothing_masked`, not found for an entry or an attachment that is none of the ticket's, invalid where field
/// and entry or attachment do not go together, and as every step: `ticket.tier`, `ticket.not_assigned`,
/// `second_factor.step_up_required`.
pub fn reveal(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, wanted): (Version, &Spoken, Wanted),
) -> Result<Revealed, Refusal> {
    let step = begin::<RevealTicket>(tx, who, key, None)?;
    let revealed = written(tx, &step, wanted)?;
    let heard = step.hear(tx, house, said)?;
    let Wanted { field, entry, attachment } = wanted;
    let detail = Detail { revealed: Some(field), entry, attachment, ..Detail::default() };
    let saying = Saying { detail, ..Saying::internally(&heard) };
    step.write(tx, saying, &json!({"field": field, "entry": entry, "attachment": attachment}))?;
    Ok(revealed)
}

/// What was written in a field.
fn written(
    tx: &mut Tx<'_>,
    step: &Step<RevealTicket>,
    wanted: Wanted,
) -> Result<Revealed, Refusal> {
    let (id, tenant) = step.of();
    let nothing = || Refusal::Because(Code::TicketNothingMasked);
    wanted.check()?;
    match wanted.field {
        TicketField::Subject => {
            let sealed = step.whole.subject.as_ref().ok_or_else(nothing)?;
            let place = door::place_of_ticket(tenant, id.uuid(), "subject");
            Ok(Revealed::Text(door::opened(tx.keys, &place, sealed)?))
        }
        TicketField::Caller => {
            let sealed = step.whole.caller.as_ref().ok_or_else(nothing)?;
            Ok(Revealed::Caller(caller(tx.keys, (tenant, id), sealed)?))
        }
        TicketField::Entry => {
            let entry = wanted.entry.ok_or(Refusal::NotFound)?;
            let found = store::tickets::masked(tx.conn, id, entry)?.ok_or(Refusal::NotFound)?;
            let sealed = found.original.ok_or_else(nothing)?;
            let place = door::place_of_entry(tenant, entry.uuid());
            Ok(Revealed::Text(door::opened(tx.keys, &place, &sealed)?))
        }
        TicketField::Details => {
            let row = store::tickets::details(tx.conn, id)?;
            let sealed = row.and_then(|row| row.original).ok_or_else(nothing)?;
            let written = details::opened(tx.keys, (tenant, id), &sealed)?;
            let lines = written.iter().map(|(detail, text)| format!("{detail}: {text}"));
            Ok(Revealed::Text(lines.collect::<Vec<_>>().join("\n")))
        }
        TicketField::Attachment => {
            let attachment = wanted.attachment.ok_or(Refusal::NotFound)?;
            let found = store::attachments::find(tx.conn, attachment, tx.now)?;
            let row = found.map(|found| found.row).filter(|row| row.ticket_id == id);
            let row = row.ok_or(Refusal::NotFound)?;
            let sealed = row.original_name.as_ref().ok_or_else(nothing)?;
            let place = place_of_name(row.tenant_id, row.id);
            Ok(Revealed::Text(door::opened(tx.keys, &place, sealed)?))
        }
    }
}

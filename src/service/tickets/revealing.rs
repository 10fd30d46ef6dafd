//! Showing what was masked, a field at a time, to the agent who has a ticket at the second tier (TS, "PII"). It is shown
//! once and to nobody else: what the timeline and the audit keep is that it was shown, and why.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::TicketEntryId;
use caredesk_core::domain::ticket::TicketField;
use caredesk_core::policy::action::RevealTicket;
use serde_json::json;

use super::details;
use super::shown::caller;
use super::step::{Saying, Step, begin, invalid};
use super::{Caller, Spoken, Version};
use crate::guard::Refusal;
use crate::service::house::House;
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
/// `ticket.nothing_masked`, not found for an entry that is none of the ticket's, invalid where field and entry do
/// not go together, and as every step: `ticket.tier`, `ticket.not_assigned`, `second_factor.step_up_required`.
pub fn reveal(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, wanted): (Version, &Spoken, Wanted),
) -> Result<Revealed, Refusal> {
    let step = begin::<RevealTicket>(tx, who, key, None)?;
    let revealed = written(tx, &step, wanted)?;
    let heard = step.hear(tx, house, said)?;
    let Wanted { field, entry } = wanted;
    let detail = Detail { revealed: Some(field), entry, ..Detail::default() };
    let saying = Saying { detail, ..Saying::internally(&heard) };
    step.write(tx, saying, &json!({"field": field, "entry": entry}))?;
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
    match (wanted.field, wanted.entry) {
        (TicketField::Subject, None) => {
            let sealed = step.whole.subject.as_ref().ok_or_else(nothing)?;
            let place = door::place_of_ticket(tenant, id.uuid(), "subject");
            Ok(Revealed::Text(door::opened(tx.keys, &place, sealed)?))
        }
        (TicketField::Caller, None) => {
            let sealed = step.whole.caller.as_ref().ok_or_else(nothing)?;
            Ok(Revealed::Caller(caller(tx.keys, (tenant, id), sealed)?))
        }
        (TicketField::Entry, Some(entry)) => {
            let found = store::tickets::masked(tx.conn, id, entry)?.ok_or(Refusal::NotFound)?;
            let sealed = found.original.ok_or_else(nothing)?;
            let place = door::place_of_entry(tenant, entry.uuid());
            Ok(Revealed::Text(door::opened(tx.keys, &place, &sealed)?))
        }
        (TicketField::Details, None) => {
            let row = store::tickets::details(tx.conn, id)?;
            let sealed = row.and_then(|row| row.original).ok_or_else(nothing)?;
            let written = details::opened(tx.keys, (tenant, id), &sealed)?;
            let lines = written.iter().map(|(detail, text)| format!("{detail}: {text}"));
            Ok(Revealed::Text(lines.collect::<Vec<_>>().join("\n")))
        }
        (TicketField::Entry, None) => {
            Err(invalid("#/entry_id", "required", "is missing, and an entry is meant"))
        }
        (_, Some(_)) => {
            Err(invalid("#/entry_id", "not_allowed", "names an entry, and none is meant"))
        }
    }
}

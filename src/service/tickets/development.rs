//! Leaving a ticket to development, by an internal ticket.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::InternalTicketId;
use caredesk_core::domain::ticket::TicketState;
use caredesk_core::policy::action::WaitForDevelopment;
use serde_json::json;

use super::opening::unknown;
use super::step::{Saying, begin};
use super::{Shown, Spoken, Version};
use crate::guard::{Refusal, sees_ticket};
use crate::service::house::House;
use crate::service::steps::development;
use crate::store::Tx;
use crate::store::tickets::Detail;

/// Links an internal ticket and waits for it; a ticket that waits already waits for this one, too. The internal ticket
/// is locked first, as a developer's step locks it, so that it cannot end unseen meanwhile.
///
/// # Errors
/// As [`reply`](super::reply), and `internal_ticket.wrong_state` for one that is over; `ticket.not_in_state` if it is
/// waited for already; invalid for an id that names none.
pub fn wait_for_development(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, internal): (Version, &Spoken, InternalTicketId),
) -> Result<Shown, Refusal> {
    sees_ticket::<WaitForDevelopment>(tx, who, key.0)?;
    let linked = development::link(tx, who, (internal, key.0));
    let (linked, is_new) = linked.map_err(|refusal| match refusal {
        Refusal::NotFound => unknown("#/internal_ticket_id", "names no internal ticket"),
        refusal => refusal,
    })?;
    let step = begin::<WaitForDevelopment>(tx, who, key, None)?;
    if !is_new && step.whole.ticket.row.state == TicketState::WaitingOnDevelopment {
        return Err(Refusal::Because(Code::TicketNotInState));
    }
    let heard = step.hear(tx, house, said)?;
    let internal_ticket = Some((internal, linked.state));
    let detail = Detail { internal_ticket, ..Detail::default() };
    let saying = Saying { detail, ..Saying::internally(&heard) };
    step.write(tx, saying, &json!({"internal_ticket": internal}))?;
    step.shown(tx)
}

//! Who has a ticket, at which tier, and how urgent it is.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{Priority, Tier, TierTwoAction};
use caredesk_core::policy::action::{
    AssignTicket, EscalateTicket, RecordTicketAction, ReprioritiseTicket, ReturnTicket,
};
use serde_json::{Value, json};

use super::step::{Saying, begin, invalid};
use super::{Shown, Spoken, Version};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::store::tickets::Detail;
use crate::store::{self, Tx};

/// Who is to have a ticket, and why.
#[derive(Debug, Clone)]
pub struct Assigned {
    /// Who; whoever asks if nobody is named.
    pub agent: Option<AccountId>,
    /// Why, if somebody else has it.
    pub reason: Option<Spoken>,
}

/// Gives a ticket to an agent of its tier.
///
/// # Errors
/// As [`reply`](super::reply), and `ticket.assignee_unfit`; invalid without a reason where somebody else has it.
pub fn assign(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, asked): (Version, &Assigned),
) -> Result<Shown, Refusal> {
    let mut step = begin::<AssignTicket>(tx, who, key, None)?;
    let own = who.person().map(|person| person.account);
    let agent = asked.agent.or(own).ok_or(Refusal::Because(Code::TicketAssigneeUnfit))?;
    let found = store::accounts::find(tx.conn, agent)?.map(|found| found.account);
    let is_fit = found.is_some_and(|account| {
        Tier::of(account.role) == Some(step.after.tier) && account.status == AccountStatus::Active
    });
    if !is_fit {
        return Err(Refusal::Because(Code::TicketAssigneeUnfit));
    }
    let heard = asked.reason.as_ref().map(|reason| step.hear(tx, house, reason)).transpose()?;
    if step.transition == Some(Transition::Reassign) && heard.is_none() {
        return Err(invalid("#/reason", "required", "is missing, and somebody has the ticket"));
    }
    step.after.assignee_id = Some(agent);
    let detail = Detail { assignee: Some(agent), ..Detail::default() };
    let saying = match &heard {
        Some(heard) => Saying { detail, ..Saying::internally(heard) },
        None => Saying::nothing(detail),
    };
    step.write(tx, saying, &json!({"agent": agent}))?;
    step.shown(tx)
}

/// Hands a ticket to the second tier.
///
/// # Errors
/// As [`reply`](super::reply).
pub fn escalate(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<EscalateTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::internally(&heard), &Value::Null)?;
    step.shown(tx)
}

/// Hands a ticket back to the first tier.
///
/// # Errors
/// As [`reply`](super::reply).
pub fn return_to_tier1(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<ReturnTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::internally(&heard), &Value::Null)?;
    step.shown(tx)
}

/// Records what the second tier did.
///
/// # Errors
/// As [`reply`](super::reply).
pub fn record_action(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, action): (Version, TierTwoAction),
) -> Result<Shown, Refusal> {
    let step = begin::<RecordTicketAction>(tx, who, key, None)?;
    store::tickets::record_action(tx, &step.permit, step.after.id, action)?;
    let detail = Detail { action: Some(action), ..Detail::default() };
    let saying = Saying { is_internal: true, ..Saying::nothing(detail) };
    step.write(tx, saying, &json!({"action": action}))?;
    step.shown(tx)
}

/// Changes how urgent a ticket is.
///
/// # Errors
/// As [`reply`](super::reply).
pub fn reprioritise(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, priority): (Version, &Spoken, Priority),
) -> Result<Shown, Refusal> {
    let mut step = begin::<ReprioritiseTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.after.priority = priority;
    let detail = Detail { priority: Some(priority), ..Detail::default() };
    step.write(
        tx,
        Saying { detail, ..Saying::internally(&heard) },
        &json!({"priority": priority}),
    )?;
    step.shown(tx)
}

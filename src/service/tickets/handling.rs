//! Who has a ticket, at which tier, how urgent it is, and in which other one it goes on.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{
    MAX_WATCHERS, Priority, TicketLinkKind, TicketState, Tier, TierTwoAction,
};
use caredesk_core::policy::TicketSight;
use caredesk_core::policy::action::{
    AssignTicket, EscalateTicket, MergeTicket, RecordTicketAction, ReprioritiseTicket, ReturnTicket,
};
use serde_json::{Value, json};

use super::step::{Saying, begin, invalid};
use super::telling::{self, Reader};
use super::{Shown, Spoken, Version};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::store::tickets::{Detail, TicketRow};
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

/// Whether a ticket can go on in another one, so that nobody reads by it what they could not read before.
fn is_the_same(row: &TicketRow, target: &TicketRow) -> bool {
    target.id != row.id
        && target.tenant_id == row.tenant_id
        && target.state != TicketState::Closed
        && match (row.requester_id, target.requester_id) {
            (Some(_), Some(_)) => is_read_by_the_same(row, target),
            (None, None) => reads_no_more(row, target),
            // Whoever has no account could not be let in, and their word is nobody's else.
            _ => false,
        }
}

/// Whether two tickets of people with accounts can be one: both are read by the same people then. Families share
/// theirs with nobody.
fn is_read_by_the_same(row: &TicketRow, target: &TicketRow) -> bool {
    let is_of_organization = row.requester.is_of_organization();
    target.requester.is_of_organization() == is_of_organization
        && (is_of_organization || target.requester_id == row.requester_id)
}

/// Whether two tickets of callers without accounts can be one: a family that phones twice, an emergency that is
/// reported by three. Nobody is in copy of the other one for it, and each caller's links show their own as ever; so
/// that nobody else reads more either, the organisation must not come to see by the one what it does not see of the
/// other, and colleagues in copy of the one none of a family's.
fn reads_no_more(row: &TicketRow, target: &TicketRow) -> bool {
    (target.is_for_team || !row.is_for_team)
        && (target.organization_takes_part || !row.organization_takes_part)
        && (target.requester.is_of_organization() || !row.requester.is_of_organization())
}

/// Tells whoever is in copy of a ticket from now on, because theirs goes on in it.
fn tell_of_joining(
    tx: &mut Tx<'_>,
    target: &TicketRow,
    joining: &[AccountId],
) -> Result<(), Refusal> {
    let Some(number) = store::tickets::number(tx.conn, target.id)? else { return Ok(()) };
    for account in joining {
        let Some(found) = store::accounts::find(tx.conn, *account)? else { continue };
        let told = (MessageKind::TicketWatched, json!({"number": number}));
        telling::tell(tx, &Reader::of(&found.account), (target.id, target.tenant_id), told)?;
    }
    Ok(())
}

/// Merges a ticket into another one of the same organisation; whoever watches it watches that one. A caller without an
/// account watches nothing.
///
/// # Errors
/// As [`reply`](super::reply), `ticket.merge_target` and `ticket.too_many_watchers`.
pub fn merge(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, into): (Version, TicketId),
) -> Result<Shown, Refusal> {
    let step = begin::<MergeTicket>(tx, who, key, None)?;
    let sight = TicketSight::of(&step.permit);
    let target = store::tickets::find_locked(tx.conn, sight, into)?.map(|whole| whole.ticket.row);
    let target = target.filter(|target| is_the_same(&step.after, target));
    let target = target.ok_or(Refusal::Because(Code::TicketMergeTarget))?;
    let link = (step.after.id, TicketLinkKind::MergedInto, target.id);
    store::tickets::link(tx, &step.permit, link)?;
    let watching = store::tickets::watchers(tx.conn, target.id)?;
    let mut watchers = store::tickets::watchers(tx.conn, step.after.id)?;
    watchers.extend(step.after.requester_id.filter(|who| !watchers.contains(who)));
    watchers.retain(|who| Some(*who) != target.requester_id && !watching.contains(who));
    if watching.len().saturating_add(watchers.len()) > MAX_WATCHERS {
        return Err(Refusal::Because(Code::TicketWatchersFull));
    }
    store::tickets::watch(tx, &step.permit, (target.id, target.created_at), watchers.clone())?;
    let mut joined = target.clone();
    joined.organization_takes_part |= step.after.organization_takes_part;
    joined.is_for_team |= step.after.is_for_team;
    if joined != target {
        store::tickets::move_on(tx, &step.permit, &target, &joined)?;
    }
    let detail = Detail { ticket: Some(target.id), ..Detail::default() };
    step.write(tx, Saying::nothing(detail), &json!({"into": target.id}))?;
    tell_of_joining(tx, &target, &watchers)?;
    step.shown(tx)
}

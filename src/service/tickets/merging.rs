//! In which other ticket one goes on: the people in copy go along, and what is attached.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::attachment::MAX_EVER_PER_TICKET;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::{MAX_WATCHERS, TicketLinkKind, TicketState, TicketTag};
use caredesk_core::policy::action::MergeTicket;
use caredesk_core::policy::pii::Case;
use caredesk_core::policy::{TicketPlace, TicketSight};
use serde_json::json;

use super::step::{Saying, Step, begin};
use super::telling;
use super::{Shown, Version, attachments};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::door;
use crate::store::tickets::{Detail, TicketRow};
use crate::store::{self, Tx};

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
    let told = (MessageKind::TicketWatched, &json!({"number": number}));
    telling::tell_colleagues(tx, (target.id, target.tenant_id), joining, told)
}

/// Merges a ticket into another one of the same organisation; whoever watches it watches that one. A caller without an
/// account watches nothing.
///
/// # Errors
/// As [`reply`](super::reply), `ticket.merge_target` and `ticket.too_many_watchers`.
pub fn merge(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, into): (Version, TicketId),
) -> Result<Shown, Refusal> {
    let step = begin::<MergeTicket>(tx, who, key, None)?;
    let sight = TicketSight::of(&step.permit);
    let target = store::tickets::find_locked(tx.conn, sight, into)?.map(|whole| whole.ticket.row);
    let target = target.filter(|target| is_the_same(&step.after, target));
    let target = target.ok_or(Refusal::Because(Code::TicketMergeTarget))?;
    let link = (step.after.id, TicketLinkKind::MergedInto, target.id);
    store::tickets::link(tx, &step.permit, link)?;
    let there = store::tickets::watchers(tx.conn, target.id)?;
    let here = store::tickets::watchers(tx.conn, step.after.id)?;
    let mut joining = here.clone();
    joining.extend(step.after.requester_id.filter(|who| !here.contains(who)));
    joining.retain(|who| Some(*who) != target.requester_id && !there.contains(who));
    if there.len().saturating_add(joining.len()) > MAX_WATCHERS {
        return Err(Refusal::Because(Code::TicketWatchersFull));
    }
    store::tickets::watch(tx, &step.permit, (target.id, target.created_at), joining.clone())?;
    let mut joined = target.clone();
    joined.organization_takes_part |= step.after.organization_takes_part;
    joined.is_for_team |= step.after.is_for_team;
    if joined != target {
        store::tickets::move_on(tx, &step.permit, &target, &joined)?;
    }
    let files = take_files(tx, house, &step, (&joined, &here, &there))?;
    let detail = Detail { ticket: Some(target.id), ..Detail::default() };
    step.write(tx, Saying::nothing(detail), &json!({"into": target.id, "attachments": files}))?;
    tell_of_joining(tx, &target, &joining)?;
    step.shown(tx)
}

/// Moves what is attached to the other ticket, and says how many that are: as many as a ticket may ever have. Nothing is
/// moved if somebody would see it by that; it stays where the link between the two leads. `here` and `there` are in copy
/// of the one and of the other.
fn take_files(
    tx: &mut Tx<'_>,
    house: &House,
    step: &Step<MergeTicket>,
    (target, here, there): (&TicketRow, &[AccountId], &[AccountId]),
) -> Result<usize, Refusal> {
    let (kept, _) = store::attachments::count(tx.conn, step.after.id, tx.now)?;
    if kept == 0 || !is_read_by_no_more(tx, &step.after, (target, here, there))? {
        return Ok(0);
    }
    let (_, ever) = store::attachments::count(tx.conn, target.id, tx.now)?;
    let room = MAX_EVER_PER_TICKET.saturating_sub(ever).max(0);
    let mut case = met(tx, target)?;
    let knows_others = case != met(tx, &step.after)?;
    let way = (step.after.id, target.id);
    let moved = store::attachments::move_to(tx, &step.permit, way, (room, knows_others))?;
    if moved > 0 && knows_others {
        let known = (target, &*house.rules.detector);
        attachments::mask_names_alone(tx, &step.permit, known, &mut case)?;
        let names = door::sealed_names(tx, (target.tenant_id, target.id.uuid()), &case)?;
        store::tickets::keep_names(tx, &step.permit, target.id, names)?;
    }
    Ok(moved)
}

/// Whether everybody who sees the other ticket sees the one that goes on in it, too, but for whoever comes along.
fn is_read_by_no_more(
    tx: &mut Tx<'_>,
    row: &TicketRow,
    (target, here, there): (&TicketRow, &[AccountId], &[AccountId]),
) -> Result<bool, Refusal> {
    let before = place(tx, row)?;
    if !place(tx, target)?.is_seen_by_no_more_roles_than(&before) {
        return Ok(false);
    }
    let readers = target.requester_id.into_iter().chain(there.iter().copied());
    let is_new = |who: &AccountId| row.requester_id != Some(*who) && !here.contains(who);
    for who in readers.filter(is_new) {
        let found = store::accounts::find(tx.conn, who)?.map(|found| found.account);
        let sees = found.is_some_and(|account| before.is_seen_as(account.role, account.tenant));
        if !sees {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Where a ticket belongs, for somebody who is not in copy.
fn place(tx: &mut Tx<'_>, row: &TicketRow) -> Result<TicketPlace, Refusal> {
    let tags = store::tickets::tags(tx.conn, row.id)?;
    Ok(row.place(tags.contains(&TicketTag::PolicyQuestion)))
}

/// What the case of a ticket has met.
fn met(tx: &mut Tx<'_>, row: &TicketRow) -> Result<Case, Refusal> {
    match store::tickets::names(tx.conn, row.id)? {
        Some(met) => door::opened_names(tx.keys, (row.tenant_id, row.id.uuid()), &met.names),
        None => Ok(Case::default()),
    }
}

//! Who is in copy of a ticket beside its requester: colleagues of the organisation, put there by hand (domain,
//! "Watchers and CC").

use caredesk_core::domain::account::{Account, AccountStatus, Realm};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TenantId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::MAX_WATCHERS;
use caredesk_core::domain::ticket::flow::Party;
use caredesk_core::domain::user::UserNumber;
use caredesk_core::policy::TicketSight;
use caredesk_core::policy::action::{ReadTicket, WatchTicket};
use serde_json::json;

use super::step::{Saying, Step, begin};
use super::telling::{self, Reader};
use super::{Version, reader};
use crate::guard::{Refusal, admit};
use crate::service::perform::Looker;
use crate::store::db::Conn;
use crate::store::tickets::{Detail, TicketRow, Watcher};
use crate::store::{self, Tx};

/// Somebody as they are named who is to be in copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// By the id of their account.
    Account(AccountId),
    /// By their number in the ticket's organisation.
    Number(UserNumber),
}

/// Everybody who is in copy of a ticket; and its organisation, where that sees it.
///
/// # Errors
/// Not found, also for a ticket that is not the caller's to see, and whatever the permit denies.
pub fn watchers(
    conn: &mut Conn,
    looker: &Looker,
    id: TicketId,
) -> Result<(TicketSight, Vec<Watcher>, Option<TenantId>), Refusal> {
    let permit = admit::<ReadTicket>(&looker.actor, looker.now)?;
    let sight = TicketSight::of(&permit);
    let whole = store::tickets::find(conn, sight, id)?.ok_or(Refusal::NotFound)?;
    Ok((sight, store::tickets::watchers_shown(conn, id)?, whole.ticket.row.seen_by()))
}

/// Puts somebody in copy of a ticket, and tells them. Whoever is already stays so.
///
/// # Errors
/// As every step; `ticket.watcher_unfit`, also for somebody who is not there, and `ticket.too_many_watchers`.
pub fn add_watcher(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, named): (Version, Named),
) -> Result<(TicketSight, Vec<Watcher>), Refusal> {
    let step = begin::<WatchTicket>(tx, who, key, None)?;
    names_others(&step, who)?;
    let row = &step.after;
    let account = match named {
        Named::Account(id) => Some(id),
        Named::Number(number) => store::tickets::numbered(tx.conn, row.tenant_id, number)?,
    };
    let found = match account {
        Some(id) => store::accounts::find(tx.conn, id)?.map(|found| found.account),
        None => None,
    };
    let account = found.filter(|account| is_fit(row, account));
    let account = account.ok_or(Refusal::Because(Code::TicketWatcherUnfit))?;
    let there = store::tickets::watchers(tx.conn, row.id)?;
    // Its requester sees it anyway.
    if row.requester_id != Some(account.id) && !there.contains(&account.id) {
        if there.len() >= MAX_WATCHERS {
            return Err(Refusal::Because(Code::TicketWatchersFull));
        }
        let ticket = (row.id, row.created_at);
        store::tickets::watch(tx, &step.permit, ticket, vec![account.id])?;
        let detail = Detail { watches: Some(account.id), ..Detail::default() };
        step.write(tx, Saying::nothing(detail), &json!({"added": account.id}))?;
        if reader(who) != Some(account.id) {
            let facts = json!({"number": step.whole.ticket.number});
            let told = (MessageKind::TicketWatched, facts);
            telling::tell(tx, &Reader::of(&account), step.of(), told)?;
        }
    }
    Ok((TicketSight::of(&step.permit), store::tickets::watchers_shown(tx.conn, row.id)?))
}

/// Takes somebody out of copy of a ticket: oneself, or whom one may put there.
///
/// # Errors
/// As every step; not found for somebody who is not in copy.
pub fn remove_watcher(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, account): (Version, AccountId),
) -> Result<(), Refusal> {
    let step = begin::<WatchTicket>(tx, who, key, None)?;
    if reader(who) != Some(account) {
        names_others(&step, who)?;
    }
    if !store::tickets::unwatch(tx, &step.permit, step.after.id, account)? {
        return Err(Refusal::NotFound);
    }
    let detail = Detail { unwatches: Some(account), ..Detail::default() };
    step.write(tx, Saying::nothing(detail), &json!({"removed": account}))
}

/// Refuses whoever is in copy and nothing else: they decide for themselves alone.
fn names_others(step: &Step<WatchTicket>, who: &Actor) -> Result<(), Refusal> {
    let others = [Party::Requester, Party::Organization, Party::Tier1, Party::Tier2];
    if step.permit.target().parties(who).meets(others.into_iter().collect()) {
        return Ok(());
    }
    Err(Refusal::Because(Code::TicketNotYours))
}

/// Whether somebody can be in copy: a user of the organisation who is in use. What a family asks for is read by
/// nobody beside it.
fn is_fit(row: &TicketRow, account: &Account) -> bool {
    row.requester.is_of_organization()
        && account.tenant == Some(row.tenant_id)
        && account.role.realm() == Realm::Tenant
        && account.status == AccountStatus::Active
}

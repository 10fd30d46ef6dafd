//! The people in copy of a ticket.

use caredesk_core::domain::ids::{AccountId, TenantId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::UserNumber;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;

use super::Somebody;
use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, ticket_watchers};
use crate::store::tx::Tx;

/// Somebody who watches a ticket, as far as it shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    /// Their account.
    pub account: AccountId,
    /// Who they are.
    pub somebody: Somebody,
    /// Since when they watch it.
    pub added_at: Moment,
}

/// Everybody who watches a ticket, the longest first; the caller has shown that the reader may see it.
pub fn watchers_shown(conn: &mut Conn, ticket: TicketId) -> StoreResult<Vec<Watcher>> {
    let rows: Vec<(AccountId, Moment, Somebody)> = ticket_watchers::table
        .inner_join(accounts::table.on(accounts::id.eq(ticket_watchers::account_id)))
        .filter(ticket_watchers::ticket_id.eq(ticket))
        .select((ticket_watchers::account_id, ticket_watchers::added_at, Somebody::as_select()))
        .load(conn)?;
    let watcher = |(account, added_at, somebody)| Watcher { account, somebody, added_at };
    let mut all: Vec<Watcher> = rows.into_iter().map(watcher).collect();
    all.sort_by_key(|watcher| (watcher.added_at, watcher.account));
    Ok(all)
}

/// The account of an organisation's user by number.
pub fn numbered(
    conn: &mut Conn,
    tenant: TenantId,
    number: UserNumber,
) -> StoreResult<Option<AccountId>> {
    let theirs = accounts::tenant_id.eq(tenant).and(accounts::number.eq(number.get()));
    Ok(accounts::table.filter(theirs).select(accounts::id).first(conn).optional()?)
}

/// The number of a user in their organisation; none of who has none.
pub fn number_of_user(conn: &mut Conn, account: AccountId) -> StoreResult<Option<UserNumber>> {
    let row = accounts::table.filter(accounts::id.eq(account)).select(accounts::number);
    let number: Option<Option<i64>> = row.first(conn).optional()?;
    Ok(number.flatten().map(UserNumber::of))
}

/// Has somebody watch a ticket no more; the ticket is locked. Whether they did.
pub fn unwatch<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ticket: TicketId,
    account: AccountId,
) -> StoreResult<bool> {
    let row = ticket_watchers::table
        .filter(ticket_watchers::ticket_id.eq(ticket))
        .filter(ticket_watchers::account_id.eq(account));
    Ok(diesel::delete(row).execute(tx.conn)? == 1)
}

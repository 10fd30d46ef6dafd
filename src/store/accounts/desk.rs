//! The vendor's staff, as those who look after them see and change them.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::{Account, AccountStatus, InactiveReason, Locale, Realm, Role};
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{
    DeactivateDeskAccount, ReactivateDeskAccount, ReenrolDeskAccount, UpdateDeskAccount,
};
use caredesk_core::policy::{Permit, Scope, Sight};
use diesel::prelude::*;

use super::{Row, touched};
use crate::store::Tx;
use crate::store::db::Conn;
use crate::store::db::query::{Locked, Prepared, row_before};
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, second_factors};

/// Which of the staff a page shows.
#[derive(Debug, Clone)]
pub struct Query {
    /// Only of this role.
    pub role: Option<Role>,
    /// Only in this status.
    pub status: Option<AccountStatus>,
    /// After this key.
    pub after: Option<Key>,
    /// So many rows.
    pub limit: i64,
}

/// Where a row stands in its list: microseconds, id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Key(i64, AccountId);

/// What is to be changed about one of the staff; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What they are.
    pub role: Option<Role>,
    /// Their name.
    pub name: Option<PersonName>,
    /// The language they are written to in.
    pub locale: Option<Locale>,
}

/// Whether a scope sees the staff at all: whoever may look after them was let in before.
fn sees(scope: Scope) -> bool {
    matches!(scope.sight(), Sight::Desk(_) | Sight::System)
}

/// One of the staff, locked, so that what follows from its state holds until the transaction ends.
pub fn find_locked(conn: &mut Conn, scope: Scope, id: AccountId) -> StoreResult<Option<Account>> {
    if !sees(scope) {
        return Ok(None);
    }
    let desk =
        accounts::table.find(id).filter(accounts::realm.eq(Realm::Desk)).select(Row::as_select());
    let row: Option<Row> = Locked(desk).get_result(conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let confirmed = second_factors::table
        .find(id)
        .select(second_factors::confirmed_at)
        .first::<Option<Moment>>(conn)
        .optional()?;
    Ok(Some(row.account(confirmed.flatten().is_some())))
}

/// One of the staff.
pub fn find(conn: &mut Conn, scope: Scope, id: AccountId) -> StoreResult<Option<Account>> {
    if !sees(scope) {
        return Ok(None);
    }
    let row: Option<(Row, Option<Moment>)> = accounts::table
        .left_join(second_factors::table)
        .filter(accounts::id.eq(id).and(accounts::realm.eq(Realm::Desk)))
        .select((Row::as_select(), second_factors::confirmed_at.nullable()))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, confirmed_at)| row.account(confirmed_at.is_some())))
}

/// A page of the staff, newest first.
pub fn list(conn: &mut Conn, scope: Scope, ask: &Query) -> StoreResult<Page<Account, Key>> {
    let mut query = accounts::table
        .left_join(second_factors::table)
        .filter(accounts::realm.eq(Realm::Desk).and(accounts::tenant_id.is_null()))
        .order((accounts::created_at.desc(), accounts::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select((Row::as_select(), second_factors::confirmed_at.nullable()))
        .into_boxed();
    if !sees(scope) {
        query = query.filter(accounts::id.is_null());
    }
    if let Some(role) = ask.role {
        query = query.filter(accounts::role.eq(role));
    }
    if let Some(status) = ask.status {
        query = query.filter(accounts::status.eq(status));
    }
    if let Some(Key(at, id)) = ask.after {
        let at = Moment::from_micros(at);
        query = query.filter(row_before((accounts::created_at, accounts::id), (at, id)));
    }
    let rows: Vec<(Row, Option<Moment>)> = query.load(conn)?;
    let rows = rows.into_iter().map(|(row, confirmed)| row.account(confirmed.is_some())).collect();
    let key = |account: &Account| Key(account.created_at.micros(), account.id);
    Ok(Page::cut(rows, ask.limit, key))
}

/// How many platform admins are in use; locked, so that of two who end the last but one, one waits.
pub fn lock_platform_admins(conn: &mut Conn) -> StoreResult<Vec<AccountId>> {
    let active = accounts::table
        .filter(accounts::tenant_id.is_null().and(accounts::role.eq(Role::PlatformAdmin)))
        .filter(accounts::status.eq(AccountStatus::Active))
        .order(accounts::id)
        .select(accounts::id);
    Ok(Locked(active).load(conn)?)
}

/// Changes one of the staff.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<UpdateDeskAccount>,
    changes: &Changes,
) -> StoreResult<()> {
    let row = accounts::table.find(permit.target().id);
    diesel::update(row)
        .set((
            changes.role.map(|role| accounts::role.eq(role)),
            changes.name.clone().map(|name| accounts::name.eq(name)),
            changes.locale.map(|locale| accounts::locale.eq(locale)),
            touched(tx),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Switches one of the staff off.
pub fn deactivate(
    tx: &mut Tx<'_>,
    permit: &Permit<DeactivateDeskAccount>,
    reason: InactiveReason,
) -> StoreResult<()> {
    Prepared(diesel::update(accounts::table.find(permit.target().id)).set((
        accounts::status.eq(AccountStatus::Inactive),
        accounts::inactive_reason.eq(reason),
        touched(tx),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Switches one of the staff on again: to start anew, with a link.
pub fn reactivate(tx: &mut Tx<'_>, permit: &Permit<ReactivateDeskAccount>) -> StoreResult<()> {
    start_anew(tx, permit.target().id)
}

/// Takes password and standing of one of the staff away, to be enrolled again.
pub fn reenrol(tx: &mut Tx<'_>, permit: &Permit<ReenrolDeskAccount>) -> StoreResult<()> {
    start_anew(tx, permit.target().id)
}

fn start_anew(tx: &mut Tx<'_>, id: AccountId) -> StoreResult<()> {
    Prepared(diesel::update(accounts::table.find(id)).set((
        accounts::status.eq(AccountStatus::Invited),
        accounts::inactive_reason.eq(None::<InactiveReason>),
        accounts::password_hash.eq(None::<String>),
        touched(tx),
    )))
    .execute(tx.conn)?;
    Ok(())
}

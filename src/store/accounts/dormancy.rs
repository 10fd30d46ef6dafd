//! Who has not been seen for long, and who was warned of it.

use caredesk_core::domain::account::{Account, AccountStatus, Realm};
use caredesk_core::domain::dormancy::Idle;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::WarnDormantUser;
use diesel::prelude::*;

use super::Row;
use crate::store::Tx;
use crate::store::db::Conn;
use crate::store::db::query::{Prepared, row_after};
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, tenants};

/// A user who was not seen for some time.
#[derive(Debug, Clone)]
pub struct IdleUser {
    /// Who.
    pub account: Account,
    /// How long, and who was warned. Whether it is the last Site Admin is for the caller to say.
    pub idle: Idle,
}

/// Which users in use were not seen since a moment, and are not kept active.
macro_rules! unseen_since {
    ($before:expr) => {
        accounts::realm
            .eq(Realm::Tenant)
            .and(accounts::status.eq(AccountStatus::Active))
            .and(accounts::kept_active.eq(false))
            .and(accounts::idle_since.lt($before))
    };
}

/// Tenants in use with users who were not seen since a moment, in the order of their ids, after one.
pub fn tenants_with_idle(
    conn: &mut Conn,
    after: Option<TenantId>,
    before: Moment,
    limit: i64,
) -> StoreResult<Vec<TenantId>> {
    let idle = accounts::table
        .filter(accounts::tenant_id.eq(tenants::id.nullable()))
        .filter(unseen_since!(before));
    let mut found = tenants::table
        .filter(tenants::status.eq(TenantStatus::Active))
        .filter(diesel::dsl::exists(idle))
        .order(tenants::id)
        .limit(limit)
        .select(tenants::id)
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(tenants::id.gt(after));
    }
    Ok(found.load(conn)?)
}

/// Users of a tenant who were not seen since a moment, the longest unseen first, after one.
pub fn idle_users(
    conn: &mut Conn,
    (tenant, before): (TenantId, Moment),
    after: Option<(Moment, AccountId)>,
    limit: i64,
) -> StoreResult<Vec<IdleUser>> {
    type Found = (Row, Option<Moment>, Option<Moment>, Option<Moment>);
    let mut found = accounts::table
        .filter(accounts::tenant_id.eq(tenant).and(unseen_since!(before)))
        .order((accounts::idle_since.asc(), accounts::id.asc()))
        .limit(limit)
        .select((
            Row::as_select(),
            accounts::idle_since,
            accounts::dormancy_warned_at,
            accounts::owner_warned_at,
        ))
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(row_after((accounts::idle_since, accounts::id), after));
    }
    let rows: Vec<Found> = found.load(conn)?;
    let users = rows.into_iter().filter_map(|(row, since, warned_at, owner_warned_at)| {
        let account = row.account(false);
        let is_last_site_admin = false;
        let idle = Idle { since: since?, warned_at, owner_warned_at, is_last_site_admin };
        Some(IdleUser { account, idle })
    });
    Ok(users.collect())
}

/// Notes that a user was warned.
pub fn warned(tx: &mut Tx<'_>, _: &Permit<WarnDormantUser>, id: AccountId) -> StoreResult<()> {
    Prepared(diesel::update(accounts::table.find(id)).set(accounts::dormancy_warned_at.eq(tx.now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that the owners were warned about a user.
pub fn owner_warned(
    tx: &mut Tx<'_>,
    _: &Permit<WarnDormantUser>,
    id: AccountId,
) -> StoreResult<()> {
    Prepared(diesel::update(accounts::table.find(id)).set(accounts::owner_warned_at.eq(tx.now)))
        .execute(tx.conn)?;
    Ok(())
}

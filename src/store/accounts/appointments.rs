//! Site Admins and Support Users: who is invited to be one, and how somebody becomes one.

use caredesk_core::domain::UserName;
use caredesk_core::domain::account::{Account, AccountStatus, Role};
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::{MakeSiteAdmin, MakeSupportUser};
use diesel::prelude::*;

use super::{Row, touched};
use crate::store::Tx;
use crate::store::db::Conn;
use crate::store::db::query::Prepared;
use crate::store::error::StoreResult;
use crate::store::schema::accounts;

/// The user of a tenant with a user name.
pub fn id_of(
    conn: &mut Conn,
    tenant: TenantId,
    user_name: &UserName,
) -> StoreResult<Option<AccountId>> {
    let named = accounts::table
        .filter(accounts::tenant_id.eq(tenant).and(accounts::sign_in_key.eq(user_name.folded())));
    Ok(named.select(accounts::id).first(conn).optional()?)
}

/// The Site Admin of a tenant who has yet to set a password; the first, if there are several.
pub fn invited_site_admin(conn: &mut Conn, tenant: TenantId) -> StoreResult<Option<Account>> {
    let row: Option<Row> = accounts::table
        .filter(accounts::tenant_id.eq(tenant).and(accounts::role.eq(Role::SiteAdmin)))
        .filter(accounts::status.eq(AccountStatus::Invited))
        .order(accounts::id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(|row| row.account(false)))
}

/// Makes a user Site Admin. Who was Support User is it no more: one column holds both.
pub fn make_site_admin(tx: &mut Tx<'_>, permit: &Permit<MakeSiteAdmin>) -> StoreResult<()> {
    set_role(tx, permit.target().id, Role::SiteAdmin)
}

/// Makes a user Support User.
pub fn make_support_user(tx: &mut Tx<'_>, permit: &Permit<MakeSupportUser>) -> StoreResult<()> {
    set_role(tx, permit.target().id, Role::SupportUser)
}

fn set_role(tx: &mut Tx<'_>, id: AccountId, role: Role) -> StoreResult<()> {
    Prepared(diesel::update(accounts::table.find(id)).set((accounts::role.eq(role), touched(tx))))
        .execute(tx.conn)?;
    Ok(())
}

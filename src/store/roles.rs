//! Roles that organisations made, what they permit, and who has them.

use caredesk_core::domain::account::{AccountStatus, Realm, Role};
use caredesk_core::domain::holder::{HeldRole, Holder};
use caredesk_core::domain::ids::{AccountId, RoleId, TenantId};
use caredesk_core::domain::permission::{Permission, PermissionSet};
use caredesk_core::domain::role::{CustomRole, MAX_ROLES, RoleDetails};
use caredesk_core::domain::tenant::{TenantSettings, TenantStatus};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{Line, RoleName};
use caredesk_core::policy::action::{AssignRoles, CreateRole, DeleteRole, UpdateRole};
use caredesk_core::policy::{Action, Permit, Scope, Sight};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use uuid::Uuid;

use super::columns::{AnyId, Json};
use super::db::Conn;
use super::error::{StoreError, StoreResult};
use super::schema::{accounts, role_permissions, roles, second_factors, tenants, user_roles};
use super::tx::Tx;
use crate::store::db::query::{Prepared, SqlLiteral, insert_rows, sql};

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = roles, treat_none_as_default_value = false)]
struct Row {
    id: RoleId,
    tenant_id: TenantId,
    name: RoleName,
    name_key: String,
    description: Option<Line>,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

/// What the role of the row permits: a sum of distinct powers of two.
fn bits() -> SqlLiteral<Nullable<BigInt>> {
    sql("CAST((SELECT SUM(role_permissions.bit) FROM role_permissions \
         WHERE role_permissions.role_id = roles.id) AS bigint)")
}

/// How many users have the role of the row.
fn users() -> SqlLiteral<BigInt> {
    sql("(SELECT COUNT(*) FROM user_roles WHERE user_roles.role_id = roles.id)")
}

fn role((row, bits, users): (Row, Option<i64>, i64)) -> CustomRole {
    CustomRole {
        id: row.id,
        tenant: row.tenant_id,
        name: row.name,
        description: row.description,
        permissions: PermissionSet::of_bits(bits.unwrap_or_default()),
        users,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    }
}

/// Whether a reader may see the roles of a tenant.
fn sees(scope: Scope, tenant: TenantId) -> bool {
    match scope.sight() {
        Sight::System => true,
        Sight::Tenant(own) => own == tenant,
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => false,
    }
}

/// The roles that a tenant made, by name; there are [`MAX_ROLES`] at most.
pub fn list(conn: &mut Conn, scope: Scope, tenant: TenantId) -> StoreResult<Vec<CustomRole>> {
    if !sees(scope, tenant) {
        return Ok(Vec::new());
    }
    let rows = roles::table
        .filter(roles::tenant_id.eq(tenant))
        .order(roles::name_key)
        .limit(MAX_ROLES)
        .select((Row::as_select(), bits(), users()))
        .load(conn)?;
    Ok(rows.into_iter().map(role).collect())
}

/// One role that a tenant made, if the reader may see it.
pub fn find(
    conn: &mut Conn,
    scope: Scope,
    tenant: TenantId,
    id: RoleId,
) -> StoreResult<Option<CustomRole>> {
    if !sees(scope, tenant) {
        return Ok(None);
    }
    let row = roles::table
        .filter(roles::id.eq(id).and(roles::tenant_id.eq(tenant)))
        .select((Row::as_select(), bits(), users()))
        .first(conn)
        .optional()?;
    Ok(row.map(role))
}

/// How many roles a tenant made. Asked under the tenant's lock.
pub fn count(conn: &mut Conn, tenant: TenantId) -> StoreResult<i64> {
    Ok(roles::table.filter(roles::tenant_id.eq(tenant)).count().get_result(conn)?)
}

/// How many users of a tenant are Site Admin, Support User and member, inactive ones included.
pub fn built_in_users(conn: &mut Conn, scope: Scope, tenant: TenantId) -> StoreResult<[i64; 3]> {
    if !sees(scope, tenant) {
        return Ok([0; 3]);
    }
    // One walk over the tenant's users; a GROUP BY would sort them.
    let of = |role: &str| {
        sql::<BigInt>(format!(
            "CAST(COALESCE(SUM(CASE WHEN accounts.role = '{role}' THEN 1 ELSE 0 END), 0) AS bigint)"
        ))
    };
    let (site_admins, support_users, members) = accounts::table
        .filter(accounts::tenant_id.eq(tenant))
        .select((
            of(Role::SiteAdmin.as_str()),
            of(Role::SupportUser.as_str()),
            of(Role::Member.as_str()),
        ))
        .first(conn)?;
    Ok([site_admins, support_users, members])
}

/// Stores a new role.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateRole>,
    id: RoleId,
    new: &RoleDetails,
) -> StoreResult<()> {
    let row = Row {
        id,
        tenant_id: permit.target().tenant,
        name: new.name.clone(),
        name_key: new.name.folded(),
        description: new.description.clone(),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    diesel::insert_into(roles::table).values(row).execute(tx.conn)?;
    permit_all(tx.conn, id, new.permissions)
}

/// Replaces what a role is called, is for and permits. What has not changed is not written.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<UpdateRole>,
    before: &CustomRole,
    after: &RoleDetails,
) -> StoreResult<()> {
    let row = roles::table
        .filter(roles::id.eq(before.id).and(roles::tenant_id.eq(permit.target().tenant)))
        .filter(roles::version.eq(before.version));
    let changed = diesel::update(row)
        .set((
            roles::name.eq(after.name.clone()),
            roles::name_key.eq(after.name.folded()),
            roles::description.eq(after.description.clone()),
            roles::updated_at.eq(tx.now),
            roles::version.eq(before.version.saturating_add(1)),
        ))
        .execute(tx.conn)?;
    one(changed)?;
    if before.permissions == after.permissions {
        return Ok(());
    }
    forbid_all(tx.conn, before.id)?;
    permit_all(tx.conn, before.id, after.permissions)
}

/// Deletes a role that nobody has.
pub fn delete(
    tx: &mut Tx<'_>,
    permit: &Permit<DeleteRole>,
    before: &CustomRole,
) -> StoreResult<()> {
    forbid_all(tx.conn, before.id)?;
    let row = roles::table
        .filter(roles::id.eq(before.id).and(roles::tenant_id.eq(permit.target().tenant)))
        .filter(roles::version.eq(before.version));
    one(diesel::delete(row).execute(tx.conn)?)
}

/// Writes down what a role permits.
fn permit_all(conn: &mut Conn, id: RoleId, permissions: PermissionSet) -> StoreResult<()> {
    let row = |permission: Permission| {
        (
            role_permissions::role_id.eq(id),
            role_permissions::permission.eq(permission),
            role_permissions::bit.eq(permission.bit()),
        )
    };
    let rows: Vec<_> = permissions.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    insert_rows!(conn, role_permissions::table, rows)?;
    Ok(())
}

/// Takes away all that a role permits.
fn forbid_all(conn: &mut Conn, id: RoleId) -> StoreResult<()> {
    let rows = role_permissions::table.filter(role_permissions::role_id.eq(id));
    diesel::delete(rows).execute(conn)?;
    Ok(())
}

/// Gives a user roles, and takes others. The user's account counts it as a change.
pub fn assign(
    tx: &mut Tx<'_>,
    permit: &Permit<AssignRoles>,
    added: &[RoleId],
    removed: &[RoleId],
) -> StoreResult<()> {
    let user = permit.target().id;
    if !removed.is_empty() {
        let taken = user_roles::table.filter(user_roles::account_id.eq(user));
        let taken = taken.filter(user_roles::role_id.eq_any(removed.to_vec()));
        diesel::delete(taken).execute(tx.conn)?;
    }
    let given: Vec<(AccountId, RoleId)> = added.iter().map(|role| (user, *role)).collect();
    give(tx, permit, &given)?;
    Prepared(
        diesel::update(accounts::table.find(user))
            .set((accounts::updated_at.eq(tx.now), accounts::version.eq(accounts::version + 1))),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Gives users roles that they do not have, in one statement. The caller holds the tenant's lock, under
/// which the roles were found.
pub fn give<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    all: &[(AccountId, RoleId)],
) -> StoreResult<()> {
    let giver = permit.actor().person().map_or(Uuid::nil(), |person| person.account.uuid());
    let row = |(user, role): &(AccountId, RoleId)| {
        (
            user_roles::account_id.eq(*user),
            user_roles::role_id.eq(*role),
            user_roles::granted_by.eq(AnyId(giver)),
            user_roles::granted_at.eq(tx.now),
        )
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    insert_rows!(tx.conn, user_roles::table, rows)?;
    Ok(())
}

/// A user as far as permissions go, if the reader may see them.
pub fn holder(conn: &mut Conn, scope: Scope, id: AccountId) -> StoreResult<Option<Holder>> {
    type Columns = (
        (TenantId, Role, AccountStatus, i64),
        (TenantStatus, Json<TenantSettings>),
        Option<Moment>,
    );
    let found: Option<Columns> = accounts::table
        .inner_join(tenants::table)
        .left_join(second_factors::table)
        .filter(accounts::id.eq(id).and(accounts::realm.eq(Realm::Tenant)))
        .select((
            (tenants::id, accounts::role, accounts::status, accounts::version),
            (tenants::status, tenants::settings),
            second_factors::confirmed_at.nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some(((_, role, status, version), (tenant_status, Json(settings)), confirmed_at)) =
        found.filter(|((tenant, ..), ..)| sees(scope, *tenant))
    else {
        return Ok(None);
    };
    let must = role.needs_second_factor_where(settings.support_user_second_factor);
    Ok(Some(Holder {
        account: id,
        role,
        status,
        tenant_suspended: tenant_status == TenantStatus::Suspended,
        lacks_second_factor: must && confirmed_at.is_none(),
        given: given(conn, id)?,
        version,
    }))
}

/// The roles that a user was given, by name.
fn given(conn: &mut Conn, user: AccountId) -> StoreResult<Vec<HeldRole>> {
    let rows: Vec<(RoleId, RoleName, Option<i64>)> = user_roles::table
        .inner_join(roles::table)
        .filter(user_roles::account_id.eq(user))
        .select((roles::id, roles::name, bits()))
        .load(conn)?;
    let mut given: Vec<HeldRole> = rows
        .into_iter()
        .map(|(id, name, bits)| {
            let permissions = PermissionSet::of_bits(bits.unwrap_or_default());
            HeldRole { id, name, permissions }
        })
        .collect();
    given.sort_by_cached_key(|role| role.name.folded()); // twenty at most
    Ok(given)
}

/// Exactly one row was meant; if it was not there, somebody was faster.
fn one(changed: usize) -> StoreResult<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Collision("the role was changed".to_owned()))
    }
}

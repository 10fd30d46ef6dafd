//! Roles that an organisation makes, who gets them, and what anybody may do by them.
//!
//! Every change is made under the tenant's lock, which [`crate::guard`] takes before it decides.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::holder::Holder;
use caredesk_core::domain::ids::{AccountId, RoleId, TenantId};
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::role::{
    BUILT_IN, CustomRole, MAX_ROLES, RoleChanges, RoleDetails, built_in,
};
use caredesk_core::policy::action::{
    AssignRoles, DeleteRole, ReadOwnPermissions, ReadRole, ReadUser, UpdateRole,
};
use caredesk_core::policy::{Action, Permit, RoleFacts};
use serde_json::{Value, json};

use super::perform::Looker;
use super::steps::note;
use crate::guard::{
    Governed, Refusal, admit, admit_assignment, admit_new_role, admit_role, governed, signed_in,
};
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::{self, Tx};

/// A role as a list shows it.
#[derive(Debug, Clone)]
pub enum ListedRole {
    /// One that every organisation has, and how many users have it here.
    BuiltIn(TenantId, Role, i64),
    /// One that the organisation made.
    Custom(CustomRole),
}

/// What a role can permit.
///
/// # Errors
/// Whatever the permit denies.
pub fn catalogue(looker: &Looker) -> Result<&'static [Permission], Refusal> {
    admit::<ReadRole>(&looker.actor, looker.now)?;
    Ok(Permission::ALL)
}

/// The roles of the asker's organisation: the built-in ones, then its own by name.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(conn: &mut Conn, looker: &Looker) -> Result<Vec<ListedRole>, Refusal> {
    let (permit, tenant) = reads(looker)?;
    let users = store::roles::built_in_users(conn, permit.scope(), tenant)?;
    let custom = store::roles::list(conn, permit.scope(), tenant)?;
    let built_in = BUILT_IN.into_iter().zip(users);
    let built_in = built_in.map(|(role, users)| ListedRole::BuiltIn(tenant, role, users));
    Ok(built_in.chain(custom.into_iter().map(ListedRole::Custom)).collect())
}

/// One role of the asker's organisation.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: RoleId) -> Result<ListedRole, Refusal> {
    let (permit, tenant) = reads(looker)?;
    if let Some(wanted) = built_in(id) {
        let users = store::roles::built_in_users(conn, permit.scope(), tenant)?;
        let found = BUILT_IN.into_iter().zip(users).find(|(role, _)| *role == wanted);
        let found = found.map(|(role, users)| ListedRole::BuiltIn(tenant, role, users));
        return found.ok_or(Refusal::NotFound);
    }
    let role = store::roles::find(conn, permit.scope(), tenant, id)?;
    role.map(ListedRole::Custom).ok_or(Refusal::NotFound)
}

/// The permit to read roles, and the organisation whose they are.
fn reads(looker: &Looker) -> Result<(Permit<ReadRole>, TenantId), Refusal> {
    let permit = admit::<ReadRole>(&looker.actor, looker.now)?;
    let tenant = signed_in(&looker.actor)?.tenant.ok_or(Refusal::NotFound)?;
    Ok((permit, tenant))
}

/// Makes a role.
///
/// # Errors
/// `role.name_taken`, `role.too_many`, and whatever the permit denies.
pub fn create(tx: &mut Tx<'_>, who: &Actor, new: &RoleDetails) -> Result<CustomRole, Refusal> {
    let permit = admit_new_role(tx, who, new)?;
    if store::roles::count(tx.conn, permit.target().tenant)? >= MAX_ROLES {
        return Err(Refusal::Because(Code::RolesFull));
    }
    let id = RoleId::of(tx.new_uuid());
    store::roles::insert(tx, &permit, id, new)?;
    let permissions: Vec<Permission> = new.permissions.iter().collect();
    record(tx, &permit, id, &json!({"permissions": permissions}))?;
    after(tx, &permit, id)
}

/// Changes a role; what it permits then counts at once for everybody who has it.
///
/// # Errors
/// `role.name_taken`, `version.stale`, not found, and whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: (RoleId, Option<i64>),
    changes: &RoleChanges,
) -> Result<CustomRole, Refusal> {
    let (permit, before) =
        admit_role::<UpdateRole>(tx, who, key, |role| changes.onto(&role.details()))?;
    let details = changes.onto(&before.details());
    store::roles::update(tx, &permit, &before, &details)?;
    let fields = [
        ("name", details.name != before.name),
        ("description", details.description != before.description),
        ("permissions", details.permissions != before.permissions),
    ];
    let names: Vec<&str> =
        fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect();
    let added: Vec<Permission> = details.permissions.without(before.permissions).iter().collect();
    let removed: Vec<Permission> = before.permissions.without(details.permissions).iter().collect();
    let detail = json!({"changed": names, "added": added, "removed": removed});
    record(tx, &permit, key.0, &detail)?;
    after(tx, &permit, key.0)
}

/// Deletes a role that nobody has.
///
/// # Errors
/// `role.in_use`, `version.stale`, not found, and whatever the permit denies.
pub fn delete(tx: &mut Tx<'_>, who: &Actor, key: (RoleId, Option<i64>)) -> Result<(), Refusal> {
    let (permit, role) = admit_role::<DeleteRole>(tx, who, key, CustomRole::details)?;
    store::roles::delete(tx, &permit, &role)?;
    let permissions: Vec<Permission> = role.permissions.iter().collect();
    record(tx, &permit, key.0, &json!({"permissions": permissions}))
}

/// Leaves a user with exactly these roles of the organisation's own.
///
/// # Errors
/// `version.stale`, not found, a role that there is not, and whatever the permit denies.
pub fn assign(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: (AccountId, Option<i64>),
    wanted: &[RoleId],
) -> Result<Holder, Refusal> {
    let governed = governed::<AssignRoles>(tx, who)?;
    let permit = assign_governed(tx, &governed, key, wanted)?;
    store::roles::holder(tx.conn, permit.scope(), key.0)?.ok_or(Refusal::NotFound)
}

/// As [`assign`], for a caller who holds the tenant's lock.
pub(super) fn assign_governed(
    tx: &mut Tx<'_>,
    governed: &Governed,
    key: (AccountId, Option<i64>),
    wanted: &[RoleId],
) -> Result<Permit<AssignRoles>, Refusal> {
    let (permit, assignment) = admit_assignment(tx, governed, key, wanted)?;
    store::roles::assign(tx, &permit, &assignment.added, &assignment.removed)?;
    let detail = json!({"added": assignment.added, "removed": assignment.removed});
    note::about(tx, &permit, (Some(permit.target().tenant), key.0.uuid()), &detail)?;
    Ok(permit)
}

/// What a user of the asker's organisation may do, and by what.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn permissions_of(
    conn: &mut Conn,
    looker: &Looker,
    user: AccountId,
) -> Result<Holder, Refusal> {
    let permit = admit::<ReadUser>(&looker.actor, looker.now)?;
    store::roles::holder(conn, permit.scope(), user)?.ok_or(Refusal::NotFound)
}

/// What the asker may do, and by what.
///
/// # Errors
/// Whatever the permit denies.
pub fn own_permissions(conn: &mut Conn, looker: &Looker) -> Result<Holder, Refusal> {
    let permit = admit::<ReadOwnPermissions>(&looker.actor, looker.now)?;
    let own = signed_in(&looker.actor)?.account;
    store::roles::holder(conn, permit.scope(), own)?.ok_or(Refusal::NotFound)
}

/// Writes down what was done to a role. Names are free text, and stay out of it.
fn record<A>(tx: &mut Tx<'_>, permit: &Permit<A>, id: RoleId, detail: &Value) -> Result<(), Refusal>
where
    A: Action<Target = RoleFacts>,
{
    let tenant = Some(permit.target().tenant);
    let what = What { tenant, target: Some(id.uuid()), detail: Some(detail.to_string()) };
    Ok(store::audit::record(tx, permit, what)?)
}

/// The role as the transaction leaves it.
fn after<A>(tx: &mut Tx<'_>, permit: &Permit<A>, id: RoleId) -> Result<CustomRole, Refusal>
where
    A: Action<Target = RoleFacts>,
{
    let tenant = permit.target().tenant;
    store::roles::find(tx.conn, permit.scope(), tenant, id)?.ok_or(Refusal::NotFound)
}

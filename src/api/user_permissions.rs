//! What a user may do, by what, and the roles that they are given.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, put};
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::holder::{GrantedBy, Holder, Ineffective, TicketRight};
use caredesk_core::domain::ids::{AccountId, RoleId};
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::{Line, RoleName};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json, Path};
use super::problem::Problem;
use crate::service::House;
use crate::service::roles;

/// Whose permissions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct HolderPath {
    /// The user's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e16")]
    user_id: AccountId,
}

/// The roles that a user shall have.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role_ids": ["00000000-0000-7000-8000-000000000003"]}))]
pub(super) struct AssignRoles {
    /// All roles of the organisation's own that the user shall have from now on. The id of the built-in role
    /// that the user has may stand among them, and changes nothing.
    #[schema(max_items = 20)]
    role_ids: Vec<RoleId>,
}
impl Body for AssignRoles {}

/// What a user may do, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "user_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e16", "role": "member", "status": "active",
    "effective": true, "ineffective_because": null,
    "permissions": [{
        "permission": "users.read", "description": "List and read users, their roles and their training.", "held": true,
        "granted_by": [{"role_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e21", "name": "Reception", "built_in": false}]}],
    "may_log_tickets": {"allowed": false, "because": "member"}, "version": 1}))]
pub(super) struct UserPermissions {
    /// Whose they are.
    user_id: AccountId,
    /// The built-in role.
    role: Role,
    /// Whether the account can be used.
    status: AccountStatus,
    /// Whether what is held counts now.
    effective: bool,
    /// Why what is held counts for nothing now; null if it counts.
    ineffective_because: Option<Ineffective>,
    /// Every permission of the catalogue.
    #[schema(max_items = 50)]
    permissions: Vec<HeldPermission>,
    /// Whether the user may log tickets; this is a right of two built-in roles, and no permission.
    may_log_tickets: MayLogTickets,
    /// Counts the changes of the user.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
}

/// A permission, and whether somebody holds it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "permission": "users.read", "description": "List and read users, their roles and their training.", "held": true,
    "granted_by": [{"role_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e21", "name": "Reception", "built_in": false}]}))]
pub(super) struct HeldPermission {
    /// Its word.
    permission: Permission,
    /// What whoever holds it can do.
    #[schema(value_type = Line)]
    description: &'static str,
    /// Whether a role of the user permits it.
    held: bool,
    /// The roles that permit it.
    #[schema(max_items = 25)]
    granted_by: Vec<GrantingRole>,
}

/// A role that permits something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"role_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e21", "name": "Reception", "built_in": false}))]
pub(super) struct GrantingRole {
    /// Its id.
    role_id: RoleId,
    /// What it is called.
    #[schema(value_type = RoleName)]
    name: String,
    /// Whether it is one of the three that every organisation has.
    built_in: bool,
}

/// Whether somebody may log tickets with the vendor's desk.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"allowed": false, "because": "member"}))]
pub(super) struct MayLogTickets {
    /// Whether they may, now.
    allowed: bool,
    /// Why.
    because: TicketRight,
}

impl From<GrantedBy> for GrantingRole {
    fn from(role: GrantedBy) -> Self {
        Self { role_id: role.id, name: role.name, built_in: role.is_built_in }
    }
}

impl From<&Holder> for UserPermissions {
    fn from(holder: &Holder) -> Self {
        let because = holder.ineffective();
        let (allowed, right) = holder.may_log_tickets();
        let shown = |permission: &Permission| {
            let granted_by = holder.granted_by(*permission);
            HeldPermission {
                permission: *permission,
                description: permission.description(),
                held: !granted_by.is_empty(),
                granted_by: granted_by.into_iter().map(GrantingRole::from).collect(),
            }
        };
        Self {
            user_id: holder.account,
            role: holder.role,
            status: holder.status,
            effective: because.is_none(),
            ineffective_because: because,
            permissions: Permission::ALL.iter().map(shown).collect(),
            may_log_tickets: MayLogTickets { allowed, because: right },
            version: holder.version,
        }
    }
}

/// Read a user's permissions
///
/// Shows what a user may do and by which role, each permission of the catalogue, held or not.
#[utoipa::path(operation_id = "read_user_permissions", tag = "roles", extensions(("x-action" = json!("user.read")), ("x-etag" = json!(true))),
    params(HolderPath), responses((status = 200, description = "The permissions.", body = UserPermissions)))]
#[get("/users/{user_id}/permissions")]
async fn read_user_permissions(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<HolderPath>,
) -> Result<HttpResponse, Problem> {
    let user = path.user_id;
    let read = move |conn: &mut _, looker: &_| roles::permissions_of(conn, looker, user);
    let holder = answer::look(&house, &caller, read).await?;
    answer::shown(holder.version, &UserPermissions::from(&holder))
}

/// Read one's own permissions
///
/// Shows what the caller may do and by which role, each permission of the catalogue, held or not.
#[utoipa::path(operation_id = "read_own_permissions", tag = "roles", extensions(("x-action" = json!("account.permissions.read")), ("x-etag" = json!(true))),
    responses((status = 200, description = "The permissions.", body = UserPermissions)))]
#[get("/account/permissions")]
async fn read_own_permissions(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let holder = answer::look(&house, &caller, roles::own_permissions).await?;
    answer::shown(holder.version, &UserPermissions::from(&holder))
}

/// Assign roles to a user
///
/// Replaces the roles that the organisation gave a user. The caller must hold all that the roles permit which
/// the user gets or loses. Site Admin and Support User are neither given nor taken here: that is an access
/// change. It counts at once, on every instance within a second. Send the `ETag` of the user, or of their
/// permissions, as `If-Match`.
#[utoipa::path(operation_id = "assign_roles", tag = "roles", extensions(("x-action" = json!("user.roles.assign")), ("x-step-up" = json!(true)), ("x-if-match" = json!("required"))),
    params(HolderPath), request_body(content = AssignRoles, description = "The roles."),
    responses((status = 200, description = "What the user may do from now on.", body = UserPermissions)))]
#[put("/users/{user_id}/roles")]
async fn assign_roles(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<HolderPath>,
    Json(body): Json<AssignRoles>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.user_id, ask.version);
    let response = answer::perform(&house, &ask, move |tx, who| {
        let holder = roles::assign(tx, who, key, &body.role_ids)?;
        answer::ok(holder.version, &UserPermissions::from(&holder))
    })
    .await;
    house.doorman.forget_all(); // what they may do has changed, on this instance at once
    response
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(read_user_permissions).service(read_own_permissions).service(assign_roles);
}

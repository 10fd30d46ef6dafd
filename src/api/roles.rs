//! Roles over HTTP: the catalogue of permissions, the built-in roles, and those that an organisation makes.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, patch, post};
use caredesk_core::domain::account::Role as BuiltIn;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{RoleId, TenantId};
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::role::{self as domain, RoleChanges, RoleDetails, RoleGranting};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{Line, RoleName};
use caredesk_core::policy::{ActionKind, RoleFacts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json, Path};
use super::problem::Problem;
use super::views::{AllowedAction, allowed_actions, maybe_null, page};
use crate::service::House;
use crate::service::roles::{self, ListedRole};

/// Which role.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct RolePath {
    /// The role's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e21")]
    role_id: RoleId,
}

/// A new role.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Reception", "description": "Looks families up", "permissions": ["users.read", "applications.read"]}))]
pub(super) struct CreateRole {
    /// What it is called; no other role of the organisation is, and it looks like no built-in one.
    name: RoleName,
    /// What it is for.
    #[serde(default)]
    #[schema(nullable = false)]
    description: Option<Line>,
    /// What it permits: no more than what the caller holds.
    #[schema(max_items = 50)]
    permissions: Vec<Permission>,
}
impl Body for CreateRole {}

/// What changes about a role; what is absent stays.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Front desk", "description": "Looks families up and answers the telephone"}))]
pub(super) struct UpdateRole {
    /// What it is called; no other role of the organisation is, and it looks like no built-in one.
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<RoleName>,
    /// What it is for; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schema(value_type = Option<Line>)]
    description: Option<Option<Line>>,
    /// All that it permits from now on. The caller must hold this, and what it permitted before.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    permissions: Option<Vec<Permission>>,
}
impl Body for UpdateRole {}

/// A role of the organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e21", "name": "Reception", "description": "Looks families up",
    "built_in": false, "granted_by": "assignment", "permissions": ["users.read", "applications.read"], "users": 3,
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", "version": 1,
    "allowed_actions": [{"action": "role.update", "allowed": true, "barred_by": null}]}))]
pub(super) struct OrganisationRole {
    /// Its id. Those of the built-in roles are the same in every organisation.
    id: RoleId,
    /// What it is called.
    #[schema(value_type = RoleName)]
    name: String,
    /// What it is for; null if nothing is said.
    #[schema(value_type = Option<Line>)]
    description: Option<String>,
    /// Whether it is one of the three that every organisation has, and that nobody changes.
    built_in: bool,
    /// How somebody comes to have it.
    granted_by: RoleGranting,
    /// What it permits.
    #[schema(max_items = 50)]
    permissions: Vec<Permission>,
    /// How many users have it, inactive ones included.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    users: i64,
    /// When it was made; null for a built-in one.
    created_at: Option<Moment>,
    /// When it was last changed; null for a built-in one.
    updated_at: Option<Moment>,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now.
    #[schema(max_items = 10)]
    allowed_actions: Vec<AllowedAction>,
}

/// The roles of an organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"data": [], "next_cursor": null}))]
pub(super) struct OrganisationRolePage {
    /// The built-in roles, then the organisation's own by name.
    #[schema(max_items = 103)]
    data: Vec<OrganisationRole>,
    /// Always null: there is one page.
    #[schema(max_length = 600, pattern = "^[A-Za-z0-9_-]+$", example = "q1w2e3r4t5")]
    next_cursor: Option<String>,
}

/// Something that a role may permit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"permission": "users.read", "description": "List and read users, their roles and their training."}))]
pub(super) struct CataloguePermission {
    /// Its word.
    permission: Permission,
    /// What whoever holds it can do.
    #[schema(value_type = Line)]
    description: &'static str,
}

page! {
    /// The catalogue of permissions.
    CataloguePermissionPage of CataloguePermission, example {"data": [
        {"permission": "users.read", "description": "List and read users, their roles and their training."}], "next_cursor": null}
}

/// What can be done with a role, in the order of a menu.
const MENU: [ActionKind; 2] = [ActionKind::UpdateRole, ActionKind::DeleteRole];

impl OrganisationRole {
    /// A role as `actor` sees it now.
    fn seen(role: ListedRole, actor: &Actor, now: Moment) -> Self {
        match role {
            ListedRole::BuiltIn(tenant, role, users) => {
                Self::built_in((tenant, role, users), actor, now)
            }
            ListedRole::Custom(role) => Self::custom(role, actor, now),
        }
    }

    fn built_in(
        (tenant, role, users): (TenantId, BuiltIn, i64),
        actor: &Actor,
        now: Moment,
    ) -> Self {
        let facts = RoleFacts::of_built_in(tenant, role);
        Self {
            id: domain::built_in_id(role),
            name: domain::built_in_name(role).to_owned(),
            description: Some(domain::built_in_description(role).to_owned()),
            built_in: true,
            granted_by: domain::built_in_granting(role),
            permissions: domain::built_in_permissions(role).iter().collect(),
            users,
            created_at: None,
            updated_at: None,
            version: facts.version,
            allowed_actions: allowed_actions(&MENU, actor, &facts, now),
        }
    }

    fn custom(role: domain::CustomRole, actor: &Actor, now: Moment) -> Self {
        let facts = role.facts(&role.details());
        Self {
            id: role.id,
            name: role.name.as_str().to_owned(),
            description: role.description.map(|line| line.as_str().to_owned()),
            built_in: false,
            granted_by: RoleGranting::Assignment,
            permissions: role.permissions.iter().collect(),
            users: role.users,
            created_at: Some(role.created_at),
            updated_at: Some(role.updated_at),
            version: role.version,
            allowed_actions: allowed_actions(&MENU, actor, &facts, now),
        }
    }
}

/// List the permissions
///
/// Shows everything that a role may permit. The catalogue is the same in every organisation; later
/// versions may add to it.
#[utoipa::path(operation_id = "list_permissions", tag = "roles", extensions(("x-action" = json!("role.read"))),
    responses((status = 200, description = "The catalogue.", body = CataloguePermissionPage)))]
#[get("/permissions")]
async fn list_permissions(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let all = answer::look(&house, &caller, |_, looker| roles::catalogue(looker)).await?;
    let shown = |permission: &Permission| CataloguePermission {
        permission: *permission,
        description: permission.description(),
    };
    let data = all.iter().map(shown).collect();
    Ok(answer::page(&CataloguePermissionPage { data, next_cursor: None }))
}

/// List the roles
///
/// Shows the three built-in roles, then those that the organisation made, by name; there are 100 of these
/// at most, so the list has one page.
#[utoipa::path(operation_id = "list_roles", tag = "roles", extensions(("x-action" = json!("role.read"))),
    responses((status = 200, description = "The roles.", body = OrganisationRolePage)))]
#[get("/roles")]
async fn list_roles(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let now = house.clock.now();
    let found = answer::look(&house, &caller, roles::list).await?;
    let seen = |role| OrganisationRole::seen(role, caller.actor(), now);
    let data = found.into_iter().map(seen).collect();
    Ok(answer::page(&OrganisationRolePage { data, next_cursor: None }))
}

/// Read a role
///
/// Shows one role, a built-in one too, with what it permits and how many users have it.
#[utoipa::path(operation_id = "read_role", tag = "roles", extensions(("x-action" = json!("role.read")), ("x-etag" = json!(true))),
    params(RolePath), responses((status = 200, description = "The role.", body = OrganisationRole)))]
#[get("/roles/{role_id}")]
async fn read_role(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<RolePath>,
) -> Result<HttpResponse, Problem> {
    let id = path.role_id;
    let read = move |conn: &mut _, looker: &_| roles::read(conn, looker, id);
    let role = answer::look(&house, &caller, read).await?;
    let view = OrganisationRole::seen(role, caller.actor(), house.clock.now());
    answer::shown(view.version, &view)
}

/// Create a role
///
/// Makes a role out of the catalogue of permissions. Nobody makes one that permits more than they hold
/// themselves, and none is called what would be taken for a built-in role. There are 100 at most.
#[utoipa::path(operation_id = "create_role", tag = "roles", extensions(("x-action" = json!("role.create")), ("x-step-up" = json!(true))),
    request_body(content = CreateRole, description = "The new role."),
    responses((status = 201, description = "The role.", body = OrganisationRole)))]
#[post("/roles")]
async fn create_role(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateRole>,
) -> Result<HttpResponse, Problem> {
    let permissions = body.permissions.into_iter().collect();
    let new = RoleDetails { name: body.name, description: body.description, permissions };
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let role = roles::create(tx, who, &new)?;
        let location = format!("/v1/roles/{}", role.id);
        let view = OrganisationRole::custom(role, who, tx.now);
        answer::created(location, view.version, &view)
    })
    .await
}

/// Update a role
///
/// Changes name, description or permissions; absent fields stay. What it permits counts at once for
/// everybody who has it, on every instance within a second. The caller must hold all that it permits
/// before and after. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_role", tag = "roles", extensions(("x-action" = json!("role.update")), ("x-step-up" = json!(true)), ("x-if-match" = json!("required"))),
    params(RolePath), request_body(content = UpdateRole, description = "What changes."),
    responses((status = 200, description = "The role after the change.", body = OrganisationRole)))]
#[patch("/roles/{role_id}")]
async fn update_role(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<RolePath>,
    Json(body): Json<UpdateRole>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.role_id, ask.version);
    let permissions = body.permissions.map(|all| all.into_iter().collect());
    let changes = RoleChanges { name: body.name, description: body.description, permissions };
    let response = answer::perform(&house, &ask, move |tx, who| {
        let role = roles::update(tx, who, key, &changes)?;
        let view = OrganisationRole::custom(role, who, tx.now);
        answer::ok(view.version, &view)
    })
    .await;
    house.doorman.forget_all(); // what its users may do has changed, on this instance at once
    response
}

/// Delete a role
///
/// Deletes a role that no user has; 409 `role.in_use` while one has it, so that nobody loses anything by
/// surprise. The caller must hold all that it permits.
#[utoipa::path(operation_id = "delete_role", tag = "roles", extensions(("x-action" = json!("role.delete")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(RolePath), responses((status = 204, description = "The role is gone.")))]
#[delete("/roles/{role_id}")]
async fn delete_role(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<RolePath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.role_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        roles::delete(tx, who, key)?;
        Ok(answer::done())
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_permissions)
        .service(list_roles)
        .service(read_role)
        .service(create_role)
        .service(update_role)
        .service(delete_role);
}

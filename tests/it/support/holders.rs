//! Roles, and users who hold permissions by them, made behind the product's back.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{role_permissions, roles, user_roles};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::{RoleId, TenantId};
use caredesk_core::domain::permission::PermissionSet;
use diesel::prelude::*;
use uuid::Uuid;

use super::actor::Actor;
use super::app::App;
use super::scene::behind;

/// A role of a tenant with a name that nobody else gives.
pub(crate) async fn role(app: &App, tenant: TenantId, permits: PermissionSet) -> RoleId {
    let now = app.house.clock.now();
    let id = RoleId::of(app.house.entropy.uuid(now));
    behind(app, move |conn| {
        let name = format!("Role {}", id.uuid().simple());
        let row = (
            roles::id.eq(id),
            roles::tenant_id.eq(tenant),
            roles::name.eq(name.parse::<caredesk_core::domain::RoleName>().unwrap()),
            roles::name_key.eq(name.to_lowercase()),
            roles::created_at.eq(now),
            roles::updated_at.eq(now),
            roles::version.eq(1_i64),
        );
        diesel::insert_into(roles::table).values(row).execute(conn)?;
        for permission in permits.iter() {
            let row = (
                role_permissions::role_id.eq(id),
                role_permissions::permission.eq(permission),
                role_permissions::bit.eq(permission.bit()),
            );
            diesel::insert_into(role_permissions::table).values(row).execute(conn)?;
        }
        Ok(0)
    })
    .await;
    id
}

/// Gives somebody a role.
pub(crate) async fn give(app: &App, account: Uuid, role: RoleId) {
    let now = app.house.clock.now();
    behind(app, move |conn| {
        let row = (
            user_roles::account_id.eq(AnyId(account)),
            user_roles::role_id.eq(role),
            user_roles::granted_by.eq(AnyId(account)),
            user_roles::granted_at.eq(now),
        );
        diesel::insert_into(user_roles::table).values(row).execute(conn)
    })
    .await;
}

impl App {
    /// A member who holds exactly these permissions, by one role.
    pub(crate) async fn holder(&self, tenant: TenantId, holds: PermissionSet) -> Actor<'_> {
        let who = self.someone(Role::Member, Some(tenant)).await;
        give(self, who.account, role(self, tenant, holds).await).await;
        who
    }
}

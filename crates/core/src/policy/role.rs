//! The rules about roles that an organisation makes: nobody makes or changes more than they hold.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use crate::domain::account::Role;
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::{RoleId, TenantId};
use crate::domain::permission::PermissionSet;
use crate::domain::role::{BUILT_IN_VERSION, CustomRole, RoleDetails, built_in_id};
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleFacts {
    /// Which role; none for one that is to be made.
    pub id: Option<RoleId>,
    /// The organisation.
    pub tenant: TenantId,
    /// Whether it is one of the three that nobody changes.
    pub is_built_in: bool,
    /// What it permits, before and after.
    pub permissions: PermissionSet,
    /// The built-in role that its new name would be taken for.
    pub imitates: Option<Role>,
    /// Whether users have it.
    pub is_in_use: bool,
    /// The version that was read.
    pub version: i64,
}

impl RoleFacts {
    /// A role that an organisation is about to make.
    pub fn of_new(tenant: TenantId, new: &RoleDetails) -> Self {
        Self {
            id: None,
            tenant,
            is_built_in: false,
            permissions: new.permissions,
            imitates: new.name.imitates(),
            is_in_use: false,
            version: BUILT_IN_VERSION,
        }
    }

    /// One of the three that nobody changes.
    pub fn of_built_in(tenant: TenantId, role: Role) -> Self {
        Self {
            id: Some(built_in_id(role)),
            tenant,
            is_built_in: true,
            permissions: PermissionSet::NONE,
            imitates: None,
            is_in_use: false,
            version: BUILT_IN_VERSION,
        }
    }
}

impl CustomRole {
    /// What the rules need to know of this role, which is to become `after`.
    pub fn facts(&self, after: &RoleDetails) -> RoleFacts {
        RoleFacts {
            id: Some(self.id),
            tenant: self.tenant,
            is_built_in: false,
            permissions: self.permissions.with(after.permissions),
            imitates: after.name.imitates(),
            is_in_use: self.users > 0,
            version: self.version,
        }
    }
}

impl Target for RoleFacts {
    fn bars(&self, action: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        let mut found = Vec::new();
        if self.is_built_in {
            found.push(Denial::of(Code::RoleBuiltIn));
        }
        if self.imitates.is_some() {
            found.push(Denial::of(Code::RoleNameReserved));
        }
        let holds =
            actor.person().map_or_else(PermissionSet::all, |person| person.standing.holds());
        if !self.is_built_in && !holds.covers(self.permissions) {
            found.push(Denial::of(Code::PermissionsOutOfReach));
        }
        if action == ActionKind::DeleteRole && self.is_in_use {
            found.push(Denial::conflict(Code::RoleInUse));
        }
        found
    }
}

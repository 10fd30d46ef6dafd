//! The rules about users: who may do what to whom (PM1 and PM2, "Site Admin", "Add/Modify Site Admins or
//! Support Users").
//!
//! What concerns Site Admin and Support User as such is an access change's and refused here, whichever way
//! it is tried. Beyond that nobody reaches further than what they hold themselves.

use super::action::{ActionKind, Target};
use super::matrix::STEP_UP_AGE;
use super::permit::Denial;
use crate::domain::account::{Account, AccountStatus, Role};
use crate::domain::actor::{Actor, Person};
use crate::domain::code::Code;
use crate::domain::ids::{AccountId, TenantId};
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::time::Moment;
use crate::domain::user::User;

/// What the rules and the writing functions need to know of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserFacts {
    /// Who.
    pub id: AccountId,
    /// The organisation they belong to.
    pub tenant: TenantId,
    /// What they are.
    pub role: Role,
    /// Whether the account can be used.
    pub status: AccountStatus,
    /// What the roles they were given permit.
    pub permissions: PermissionSet,
    /// What of them is to change.
    pub change: UserChange,
    /// The version that was read.
    pub version: i64,
}

impl User {
    /// What the rules need to know of this user, of whom so much is to change.
    pub fn facts(&self, change: UserChange) -> UserFacts {
        let Account { id, role, status, version, .. } = self.account;
        let permissions = self.permissions;
        UserFacts { id, tenant: self.tenant, role, status, permissions, change, version }
    }
}

/// What of a user is to change, as far as rules are about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserChange {
    /// The user name.
    pub sign_in: bool,
    /// Address or telephone number.
    pub contact: bool,
    /// Whether name and address would be no person's: a desk's, a function's, a placeholder.
    pub generic: bool,
    /// What the roles given or taken permit.
    pub permissions: PermissionSet,
    /// A built-in role that they would get, or lose.
    pub built_in: Option<Role>,
}

/// A user who is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewUserFacts {
    /// The organisation they will belong to.
    pub tenant: TenantId,
    /// What the roles that are given permit.
    pub permissions: PermissionSet,
    /// Whether roles are given at all.
    pub has_roles: bool,
    /// A built-in role other than member that they are to have.
    pub built_in: Option<Role>,
}

/// What an actor may pass on: what they hold. Site Admins hold all, and so does the product itself.
fn holds(actor: &Actor) -> PermissionSet {
    actor.person().map_or_else(PermissionSet::all, |person| person.standing.holds())
}

/// The refusal of a built-in role that only an access change grants or revokes.
fn access_change(role: Option<Role>) -> Option<Denial> {
    match role? {
        Role::SiteAdmin => Some(Denial::of(Code::SiteAdminByAccessChange)),
        Role::SupportUser => Some(Denial::of(Code::SupportUserByAccessChange)),
        _ => None,
    }
}

/// Whether roles that permit this may be given or taken by an actor.
fn passes_on(actor: &Actor, permissions: PermissionSet) -> bool {
    holds(actor).has(Permission::RolesManage) && holds(actor).covers(permissions)
}

impl Target for NewUserFacts {
    fn bars(&self, _: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        let mut found: Vec<Denial> = access_change(self.built_in).into_iter().collect();
        if self.has_roles && !passes_on(actor, self.permissions) {
            found.push(Denial::of(Code::PermissionsOutOfReach));
        }
        found
    }
}

impl UserFacts {
    /// Whether `actor` may look after this user at all: Site Admins everybody of theirs, others those who
    /// are no more than they are.
    fn is_reached_by(&self, person: &Person) -> bool {
        person.standing.role == Role::SiteAdmin
            || (self.role == Role::Member && person.standing.holds().covers(self.permissions))
    }

    /// Whether an action on a Site Admin is what only an access change may do (PM1, "modify Site Admins").
    fn modifies_site_admin(&self, action: ActionKind) -> bool {
        match action {
            ActionKind::UpdateUser => self.change.sign_in || self.change.contact,
            ActionKind::DeactivateUser | ActionKind::KeepUserActive => true,
            _ => false,
        }
    }

    /// The rules about one's own account.
    fn own(&self, action: ActionKind, person: &Person, now: Moment) -> Option<Denial> {
        match action {
            // It is confirmed by codes to both contacts under one's own account.
            ActionKind::UpdateUser if self.change.contact => Some(Denial::of(Code::OwnContact)),
            ActionKind::KeepUserActive => Some(Denial::of(Code::OwnAccount)),
            // A Site Admin's own changes need a fresh proof; the last one is kept by the use case.
            ActionKind::DeactivateUser => {
                let proved = person.standing.second_factor_at;
                let fresh = proved.is_some_and(|at| now.since(at) <= STEP_UP_AGE);
                (self.role == Role::SiteAdmin && !fresh).then_some(Denial::of(Code::StepUpRequired))
            }
            _ => None,
        }
    }

    /// The rules about what state the user is in.
    fn state(&self, action: ActionKind) -> Option<Denial> {
        use AccountStatus::{Active, Inactive, Invited};
        let generic = self.change.generic && self.role == Role::SupportUser;
        match (action, self.status) {
            (ActionKind::UpdateUser, _) if generic => Some(Code::SupportUserGeneric),
            (ActionKind::ReactivateUser, Active | Invited) => Some(Code::AccountNotInactive),
            (ActionKind::InviteUser, Active) => Some(Code::InvitationAccepted),
            (
                ActionKind::DeactivateUser
                | ActionKind::InviteUser
                | ActionKind::KeepUserActive
                | ActionKind::MakeSiteAdmin,
                Inactive,
            ) => Some(Code::AccountAlreadyInactive),
            _ => None,
        }
        .map(Denial::conflict)
    }
}

impl Target for UserFacts {
    fn bars(&self, action: ActionKind, actor: &Actor, now: Moment) -> Vec<Denial> {
        let mut found: Vec<Denial> = access_change(self.change.built_in).into_iter().collect();
        if let Some(person) = actor.person() {
            if person.account == self.id {
                found.extend(self.own(action, person, now));
            } else if self.role == Role::SiteAdmin && self.modifies_site_admin(action) {
                found.push(Denial::of(Code::SiteAdminByAccessChange));
            } else if !self.is_reached_by(person) {
                found.push(Denial::of(Code::UserOutOfReach));
            }
            if action == ActionKind::AssignRoles && !passes_on(actor, self.change.permissions) {
                found.push(Denial::of(Code::PermissionsOutOfReach));
            }
        }
        if action == ActionKind::MakeSiteAdmin && self.role == Role::SiteAdmin {
            found.push(Denial::conflict(Code::SiteAdminAlready));
        }
        found.extend(self.state(action));
        found
    }
}

//! What a user of an organisation may do, and why: each permission with the roles that it comes by.

use super::RoleName;
use super::account::{AccountStatus, Role};
use super::ids::{AccountId, RoleId};
use super::permission::{Permission, PermissionSet};
use super::role::{built_in_id, built_in_name, built_in_permissions};

words! {
    /// Why the permissions of a user count for nothing now.
    Ineffective {
        /// The account is not in use.
        AccountInactive = "account_inactive",
        /// The person has yet to set a password.
        AccountInvited = "account_invited",
        /// The organisation is suspended.
        TenantSuspended = "tenant_suspended",
        /// The account must have a second factor, and has none yet.
        SecondFactorMissing = "second_factor_missing",
    }
}

words! {
    /// Why a user may log tickets, or may not.
    TicketRight {
        /// Site Admins may, by their role.
        SiteAdmin = "site_admin",
        /// Support Users may, by their role.
        SupportUser = "support_user",
        /// The role would let them, but counts for nothing now.
        NotEffective = "not_effective",
        /// Members may not: whom they can ask is in `/v1/support-contacts`.
        Member = "member",
    }
}

/// A user of an organisation, as far as permissions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Whose permissions they are.
    pub account: AccountId,
    /// The built-in role.
    pub role: Role,
    /// Whether the account can be used.
    pub status: AccountStatus,
    /// Whether the organisation is suspended.
    pub tenant_suspended: bool,
    /// Whether the account must have a second factor, and has none.
    pub lacks_second_factor: bool,
    /// The roles that the organisation gave.
    pub given: Vec<HeldRole>,
    /// Counts the account's changes.
    pub version: i64,
}

/// A role that somebody was given, with what it permits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// The role.
    pub id: RoleId,
    /// What it is called.
    pub name: RoleName,
    /// What it permits.
    pub permissions: PermissionSet,
}

/// A role that a permission comes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedBy {
    /// The role.
    pub id: RoleId,
    /// What it is called.
    pub name: String,
    /// Whether it is one of the built-in ones.
    pub is_built_in: bool,
}

impl Holder {
    /// Why the permissions count for nothing now; none if they do count.
    pub const fn ineffective(&self) -> Option<Ineffective> {
        match self.status {
            AccountStatus::Inactive => Some(Ineffective::AccountInactive),
            AccountStatus::Invited => Some(Ineffective::AccountInvited),
            AccountStatus::Active if self.tenant_suspended => Some(Ineffective::TenantSuspended),
            AccountStatus::Active if self.lacks_second_factor => {
                Some(Ineffective::SecondFactorMissing)
            }
            AccountStatus::Active => None,
        }
    }

    /// The roles that a permission comes by, the built-in one first; none if it is not held.
    pub fn granted_by(&self, permission: Permission) -> Vec<GrantedBy> {
        let built_in = built_in_permissions(self.role).has(permission).then(|| GrantedBy {
            id: built_in_id(self.role),
            name: built_in_name(self.role).to_owned(),
            is_built_in: true,
        });
        let given = self.given.iter().filter(|role| role.permissions.has(permission));
        let given = given.map(|role| GrantedBy {
            id: role.id,
            name: role.name.as_str().to_owned(),
            is_built_in: false,
        });
        built_in.into_iter().chain(given).collect()
    }

    /// Whether the user may log tickets, and why; it is no permission but a right of two roles.
    pub const fn may_log_tickets(&self) -> (bool, TicketRight) {
        match (self.role, self.ineffective()) {
            (Role::SiteAdmin | Role::SupportUser, Some(_)) => (false, TicketRight::NotEffective),
            (Role::SiteAdmin, None) => (true, TicketRight::SiteAdmin),
            (Role::SupportUser, None) => (true, TicketRight::SupportUser),
            _ => (false, TicketRight::Member),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(role: Role) -> Holder {
        let given = HeldRole {
            id: RoleId::of(uuid::Uuid::nil()),
            name: RoleName::parse("Reception").unwrap(),
            permissions: [Permission::UsersRead].into_iter().collect(),
        };
        Holder {
            account: AccountId::of(uuid::Uuid::nil()),
            role,
            status: AccountStatus::Active,
            tenant_suspended: false,
            lacks_second_factor: false,
            given: vec![given],
            version: 1,
        }
    }

    fn names(holder: &Holder, permission: Permission) -> Vec<String> {
        holder.granted_by(permission).into_iter().map(|role| role.name).collect()
    }

    #[test]
    fn a_permission_names_every_role_that_it_comes_by() {
        let admin = holder(Role::SiteAdmin);
        assert_eq!(names(&admin, Permission::UsersRead), ["Site Admin", "Reception"]);
        assert_eq!(names(&admin, Permission::AuditRead), ["Site Admin"]);
        let member = holder(Role::Member);
        assert_eq!(names(&member, Permission::UsersRead), ["Reception"]);
        assert!(names(&member, Permission::AuditRead).is_empty());
    }

    #[test]
    fn what_counts_for_nothing_says_why() {
        let whole = holder(Role::SiteAdmin);
        assert_eq!(whole.ineffective(), None);
        let cases = [
            (Holder { status: AccountStatus::Inactive, ..whole.clone() }, "account_inactive"),
            (Holder { status: AccountStatus::Invited, ..whole.clone() }, "account_invited"),
            (Holder { tenant_suspended: true, ..whole.clone() }, "tenant_suspended"),
            (Holder { lacks_second_factor: true, ..whole }, "second_factor_missing"),
        ];
        for (holder, why) in cases {
            assert_eq!(holder.ineffective().map(Ineffective::as_str), Some(why));
            assert_eq!(holder.may_log_tickets(), (false, TicketRight::NotEffective));
        }
    }

    #[test]
    fn tickets_are_a_right_of_two_roles_and_no_permission() {
        assert_eq!(holder(Role::SiteAdmin).may_log_tickets(), (true, TicketRight::SiteAdmin));
        assert_eq!(holder(Role::SupportUser).may_log_tickets(), (true, TicketRight::SupportUser));
        assert_eq!(holder(Role::Member).may_log_tickets(), (false, TicketRight::Member));
    }
}

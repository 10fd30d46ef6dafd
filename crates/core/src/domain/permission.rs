//! What a user of an organisation may be permitted: a fixed catalogue, and sets of it.

words! {
    /// Something that a role may permit.
    Permission {
        /// List and read users, their roles and their training.
        UsersRead = "users.read",
        /// Create, change, invite and deactivate users.
        UsersManage = "users.manage",
        /// Make roles, change them, and give them to users.
        RolesManage = "roles.manage",
        /// List and read applications.
        ApplicationsRead = "applications.read",
        /// Create and change applications.
        ApplicationsWrite = "applications.write",
        /// Import applications in bulk.
        ApplicationsImport = "applications.import",
        /// Invite families to the portal.
        InvitationsSend = "invitations.send",
        /// Take a family's access to an application away.
        InvitationsUnlink = "invitations.unlink",
        /// List and read participants.
        ParticipantsRead = "participants.read",
        /// Create and change participants.
        ParticipantsWrite = "participants.write",
        /// Write the organisation's help articles.
        ArticlesWrite = "articles.write",
        /// Export what one may read.
        ExportsRun = "exports.run",
        /// Search the organisation's audit.
        AuditRead = "audit.read",
        /// Make and end keys for programs.
        ApiKeysManage = "api_keys.manage",
        /// Change the organisation's settings and opening hours.
        SettingsManage = "settings.manage",
    }
}

impl Permission {
    /// The power of two that stands for it in a set; kept in the database, so never another one.
    pub const fn bit(self) -> i64 {
        1 << match self {
            Self::UsersRead => 0,
            Self::UsersManage => 1,
            Self::RolesManage => 2,
            Self::ApplicationsRead => 3,
            Self::ApplicationsWrite => 4,
            Self::ApplicationsImport => 5,
            Self::InvitationsSend => 6,
            Self::InvitationsUnlink => 7,
            Self::ParticipantsRead => 8,
            Self::ParticipantsWrite => 9,
            Self::ArticlesWrite => 10,
            Self::ExportsRun => 11,
            Self::AuditRead => 12,
            Self::ApiKeysManage => 13,
            Self::SettingsManage => 14,
        }
    }

    /// What whoever holds it can do, as the catalogue says it.
    pub const fn description(self) -> &'static str {
        match self {
            Self::UsersRead => "List and read users, their roles and their training.",
            Self::UsersManage => {
                "Create, change, invite, deactivate and import users who may do no more than oneself."
            }
            Self::RolesManage => {
                "Make roles out of what one may do oneself, change them, and give them to users."
            }
            Self::ApplicationsRead => "List and read applications.",
            Self::ApplicationsWrite => "Create, change, submit and withdraw applications.",
            Self::ApplicationsImport => "Import applications in bulk.",
            Self::InvitationsSend => "Invite families to the portal, one by one and in batches.",
            Self::InvitationsUnlink => "Take a family's access to an application away.",
            Self::ParticipantsRead => "List and read participants.",
            Self::ParticipantsWrite => "Create and change participants.",
            Self::ArticlesWrite => "Write, publish and archive the organisation's help articles.",
            Self::ExportsRun => "Export what one may read.",
            Self::AuditRead => "Search the organisation's audit.",
            Self::ApiKeysManage => "Make, rotate and end keys for programs.",
            Self::SettingsManage => "Change the organisation's settings and opening hours.",
        }
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(i64);

impl PermissionSet {
    /// None.
    pub const NONE: Self = Self(0);

    /// Every permission there is: what a Site Admin holds.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// A set out of the sum of its permissions' bits; bits of no permission are left out.
    pub fn of_bits(bits: i64) -> Self {
        Self(bits & Self::all().0)
    }

    /// Whether a permission is in it.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether everything in `other` is in it, too.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether something in `other` is in it, too.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in either.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in it and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The permissions in it, in the catalogue's order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_bit_of_its_own() {
        let sum: i64 = Permission::ALL.iter().map(|permission| permission.bit()).sum();
        assert_eq!(sum, (1 << Permission::ALL.len()) - 1);
        assert_eq!(PermissionSet::of_bits(sum), PermissionSet::all());
    }

    #[test]
    fn a_set_covers_its_parts() {
        let some: PermissionSet =
            [Permission::UsersRead, Permission::AuditRead].into_iter().collect();
        assert!(PermissionSet::all().covers(some) && some.covers(PermissionSet::NONE));
        assert!(!some.covers(PermissionSet::all()));
        assert_eq!(some.iter().collect::<Vec<_>>(), [Permission::UsersRead, Permission::AuditRead]);
    }
}

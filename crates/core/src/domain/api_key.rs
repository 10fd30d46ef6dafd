//! Keys of programs: what one may permit, and how long it counts.
//!
//! A key never leads to people, roles, settings or other keys: what it may permit is a list of its own, and
//! whatever stands in a row, nothing beyond that list counts.

use jiff::SignedDuration;

use super::KeyName;
use super::account::AccountStatus;
use super::ids::{AccountId, ApiKeyId, TenantId};
use super::permission::{Permission, PermissionSet};
use super::time::Moment;

/// Most days that a key counts for.
pub const MAX_DAYS: i32 = 365;
/// Most hours that the secret of before works on after a rotation.
pub const MAX_OVERLAP_HOURS: i32 = 7 * 24;
/// How many hours it does if nothing is said.
pub const OVERLAP_HOURS: i32 = 24;
/// Most keys of an organisation that count at a time.
pub const MAX_KEYS: i64 = 50;
/// How long before its end those who look after a key are told.
pub const WARNED_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Use of a key is written down at most this often.
pub const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(60);

words! {
    /// Something that a key may permit.
    KeyPermission {
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
        /// Export what it may read.
        ExportsRun = "exports.run",
    }
}

impl KeyPermission {
    /// The permission that it is.
    pub const fn permission(self) -> Permission {
        match self {
            Self::ApplicationsRead => Permission::ApplicationsRead,
            Self::ApplicationsWrite => Permission::ApplicationsWrite,
            Self::ApplicationsImport => Permission::ApplicationsImport,
            Self::InvitationsSend => Permission::InvitationsSend,
            Self::InvitationsUnlink => Permission::InvitationsUnlink,
            Self::ParticipantsRead => Permission::ParticipantsRead,
            Self::ParticipantsWrite => Permission::ParticipantsWrite,
            Self::ExportsRun => Permission::ExportsRun,
        }
    }

    /// What some scopes permit together.
    pub fn set_of(scopes: &[Self]) -> PermissionSet {
        scopes.iter().map(|scope| scope.permission()).collect()
    }

    /// The scopes of a set, in their order; what is no scope is left out.
    pub fn among(permissions: PermissionSet) -> Vec<Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|scope| permissions.has(scope.permission())).collect()
    }
}

/// What of a set a key may permit at all.
pub fn within_reach(permissions: PermissionSet) -> PermissionSet {
    KeyPermission::set_of(&KeyPermission::among(permissions))
}

words! {
    /// Whether a key counts.
    ApiKeyStatus {
        /// It does.
        Active = "active",
        /// Its time is over.
        Expired = "expired",
        /// Somebody ended it.
        Revoked = "revoked",
    }
}

/// A key as it is kept, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The part of its secret that everybody may see.
    pub handle: String,
    /// What people call it.
    pub name: KeyName,
    /// What it permits.
    pub scopes: PermissionSet,
    /// Who made it.
    pub created_by: AccountId,
    /// Whether whoever made it can still use their account.
    pub maker_status: AccountStatus,
    /// When it was made.
    pub created_at: Moment,
    /// From then on it does not count.
    pub expires_at: Moment,
    /// When it last got another secret.
    pub rotated_at: Option<Moment>,
    /// Until when the secret of before works, too.
    pub previous_until: Option<Moment>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Moment>,
    /// From which network address.
    pub last_used_address: Option<String>,
    /// When somebody ended it.
    pub revoked_at: Option<Moment>,
    /// Counts its changes.
    pub version: i64,
}

impl ApiKey {
    /// The account that what it does is written down under.
    pub const fn account(&self) -> AccountId {
        AccountId::of(self.id.uuid())
    }

    /// Whether it counts now.
    pub fn status(&self, now: Moment) -> ApiKeyStatus {
        if self.revoked_at.is_some() {
            ApiKeyStatus::Revoked
        } else if now >= self.expires_at {
            ApiKeyStatus::Expired
        } else {
            ApiKeyStatus::Active
        }
    }
}

/// What a key is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What people call it.
    pub name: KeyName,
    /// What it permits.
    pub scopes: PermissionSet,
    /// For how many days it counts.
    pub days: i32,
}

/// How a key gets another secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// For how many hours the secret of before works on.
    pub overlap_hours: i32,
    /// For how many days the key counts from now on; none leaves its end as it is.
    pub days: Option<i32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_the_permission_of_its_word() {
        for scope in KeyPermission::ALL {
            assert_eq!(scope.permission().as_str(), scope.as_str());
        }
        assert_eq!(
            KeyPermission::among(KeyPermission::set_of(KeyPermission::ALL)),
            KeyPermission::ALL
        );
    }

    #[test]
    fn nothing_about_people_and_power_is_within_a_key_s_reach() {
        let out = PermissionSet::all().without(within_reach(PermissionSet::all()));
        let out: Vec<&str> = out.iter().map(Permission::as_str).collect();
        assert_eq!(
            out,
            [
                "users.read",
                "users.manage",
                "roles.manage",
                "articles.write",
                "audit.read",
                "api_keys.manage",
                "settings.manage"
            ]
        );
    }
}

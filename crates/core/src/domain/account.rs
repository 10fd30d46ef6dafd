//! Accounts: whoever, or whatever, signs in. One shape for every realm.

use super::{EmailAddress, PersonName, ids::AccountId, ids::TenantId};

words! {
    /// A wall: whoever is inside one realm has no way into another.
    Realm {
        /// The vendor's own people.
        Desk = "desk",
        /// The people of one organisation.
        Tenant = "tenant",
        /// Parents and guardians.
        Family = "family",
        /// Programs with an API key.
        Integration = "integration",
    }
}

words! {
    /// What an account is in its realm.
    Role {
        /// Operates caredesk: tenants, owners on file, desk staff, policy, keys.
        PlatformAdmin = "platform_admin",
        /// Queues, staff, audit and decision log of the desk.
        DeskManager = "desk_manager",
        /// First contact; never sees personal data.
        TierOne = "tier1",
        /// Product experts; may see what is needed, on the record.
        TierTwo = "tier2",
        /// Moves internal tickets; sees no case.
        Developer = "developer",
        /// Manages the users, roles and permissions of a tenant.
        SiteAdmin = "site_admin",
        /// A trained, named person who may log tickets.
        SupportUser = "support_user",
        /// Any other user of a tenant.
        Member = "member",
        /// A parent or guardian.
        Guardian = "guardian",
        /// A program with a scoped key.
        Integration = "integration",
    }
}

impl Role {
    /// The realm a role belongs to.
    pub const fn realm(self) -> Realm {
        match self {
            Self::PlatformAdmin
            | Self::DeskManager
            | Self::TierOne
            | Self::TierTwo
            | Self::Developer => Realm::Desk,
            Self::SiteAdmin | Self::SupportUser | Self::Member => Realm::Tenant,
            Self::Guardian => Realm::Family,
            Self::Integration => Realm::Integration,
        }
    }

    /// Whether a session of this role can do nothing before a second factor (PM1, Site Admin; the
    /// desk by our own choice).
    pub const fn needs_second_factor(self) -> bool {
        matches!(self.realm(), Realm::Desk) || matches!(self, Self::SiteAdmin)
    }
}

words! {
    /// Whether an account can be used.
    AccountStatus {
        /// Made, but nobody has set a password yet.
        Invited = "invited",
        /// In use.
        Active = "active",
        /// Switched off.
        Inactive = "inactive",
    }
}

words! {
    /// A language the product speaks.
    Locale {
        /// English.
        English = "en",
        /// Spanish.
        Spanish = "es",
    }
}

/// A member of the vendor's staff who is about to get an account.
#[derive(Debug, Clone)]
pub struct NewDeskAccount {
    /// The id to give it.
    pub id: AccountId,
    /// What they are.
    pub role: Role,
    /// Their name.
    pub name: PersonName,
    /// Their address, which is also what they sign in with.
    pub email: EmailAddress,
    /// The language they are written to in.
    pub locale: Locale,
}

/// What the store knows of an account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What it is.
    pub role: Role,
    /// The tenant it belongs to; none at the desk and in the family realm.
    pub tenant: Option<TenantId>,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// The person's name.
    pub name: PersonName,
    /// Where they are written to.
    pub email: EmailAddress,
    /// The language they are written to in.
    pub locale: Locale,
    /// Whether a second factor is enrolled and confirmed.
    pub has_second_factor: bool,
}

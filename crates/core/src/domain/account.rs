//! Accounts: whoever, or whatever, signs in. One shape for every realm.

use super::contact::Contact;
use super::fold::caseless;
use super::ids::{AccountId, TenantId};
use super::time::Moment;
use super::{EmailAddress, PersonName, PhoneNumber, SignInName, Slug, UserName};

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

    /// As [`Self::needs_second_factor`], in an organisation that asks its Support Users for one, or not.
    pub const fn needs_second_factor_where(self, support_users_are_asked: bool) -> bool {
        self.needs_second_factor() || support_users_are_asked && matches!(self, Self::SupportUser)
    }
}

words! {
    /// What a member of the vendor's staff is.
    DeskRole {
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
    }
}

impl From<DeskRole> for Role {
    fn from(role: DeskRole) -> Self {
        match role {
            DeskRole::PlatformAdmin => Self::PlatformAdmin,
            DeskRole::DeskManager => Self::DeskManager,
            DeskRole::TierOne => Self::TierOne,
            DeskRole::TierTwo => Self::TierTwo,
            DeskRole::Developer => Self::Developer,
        }
    }
}

words! {
    /// What a user of an organisation is.
    TenantRole {
        /// Manages the users, roles and permissions of the organisation.
        SiteAdmin = "site_admin",
        /// A trained, named person who may log tickets.
        SupportUser = "support_user",
        /// Any other user of the organisation.
        Member = "member",
    }
}

impl From<TenantRole> for Role {
    fn from(role: TenantRole) -> Self {
        match role {
            TenantRole::SiteAdmin => Self::SiteAdmin,
            TenantRole::SupportUser => Self::SupportUser,
            TenantRole::Member => Self::Member,
        }
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

words! {
    /// Why an account is switched off.
    InactiveReason {
        /// Somebody with the right to do so did it.
        ByAdmin = "by_admin",
        /// It was not used for as long as the organisation allows.
        Dormant = "dormant",
        /// The person has left.
        Left = "left",
    }
}

/// An account that is about to be made; somebody sets its password later.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The id to give it.
    pub id: AccountId,
    /// What it is.
    pub role: Role,
    /// What it signs in with.
    pub name: Named,
    /// The language its person is written to in.
    pub locale: Locale,
}

/// Who an account is, as its realm knows people.
#[derive(Debug, Clone)]
pub enum Named {
    /// Desk staff: known by one name, signs in with the address.
    Staff {
        /// The whole name.
        name: PersonName,
        /// The address, which is also the sign-in name.
        email: EmailAddress,
    },
    /// A user of an organisation, who signs in with a user name of its own.
    User {
        /// The organisation.
        tenant: TenantId,
        /// Its running number in the organisation.
        number: i64,
        /// The sign-in name.
        user_name: UserName,
        /// First name.
        first_name: PersonName,
        /// Last name.
        last_name: PersonName,
        /// The address, which others may share.
        email: EmailAddress,
        /// The telephone number.
        phone: Option<PhoneNumber>,
    },
    /// A guardian, who signs in with the one contact that was confirmed.
    Guardian {
        /// The whole name.
        name: PersonName,
        /// The address or number, which is also the sign-in name.
        contact: Contact,
    },
}

/// What the store knows of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What it is.
    pub role: Role,
    /// The tenant it belongs to; none at the desk and in the family realm.
    pub tenant: Option<TenantId>,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// Its user name; organisations' users have one.
    pub user_name: Option<UserName>,
    /// The person's name.
    pub name: PersonName,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// Where they are called, or sent text messages.
    pub phone: Option<PhoneNumber>,
    /// The language they are written to in.
    pub locale: Locale,
    /// Whether a second factor is enrolled and confirmed.
    pub has_second_factor: bool,
    /// When somebody last signed in to it.
    pub last_signed_in_at: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    /// Counts its changes.
    pub version: i64,
}

impl Account {
    /// Where the account's person is told things: by email if there is an address.
    pub fn contact(&self) -> Option<Contact> {
        let email = self.email.clone().map(Contact::Email);
        email.or_else(|| self.phone.clone().map(Contact::Phone))
    }

    /// The contact of the same kind as another one.
    pub fn contact_like(&self, other: &Contact) -> Option<Contact> {
        match other {
            Contact::Email(_) => self.email.clone().map(Contact::Email),
            Contact::Phone(_) => self.phone.clone().map(Contact::Phone),
        }
    }

    /// What of an account its person would put into a password.
    pub fn words(&self) -> Vec<String> {
        let texts = [
            Some(self.name.as_str()),
            self.user_name.as_ref().map(UserName::as_str),
            self.email.as_ref().map(EmailAddress::as_str),
            self.phone.as_ref().map(PhoneNumber::as_str),
        ];
        texts.into_iter().flatten().map(str::to_owned).collect()
    }
}

/// Whom somebody says they are when they sign in, or ask for a new password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// Somebody of the vendor's staff.
    Staff(SignInName),
    /// A user of the organisation with this short name.
    User(Slug, SignInName),
    /// A parent or guardian.
    Guardian(SignInName),
}

impl Claimed {
    /// The realm they would be in.
    pub fn realm(&self) -> Realm {
        match self {
            Self::Staff(_) => Realm::Desk,
            Self::User(..) => Realm::Tenant,
            Self::Guardian(_) => Realm::Family,
        }
    }

    /// The organisation they name.
    pub fn tenant(&self) -> Option<&Slug> {
        match self {
            Self::User(tenant, _) => Some(tenant),
            Self::Staff(_) | Self::Guardian(_) => None,
        }
    }

    /// The sign-in name as it is compared. A number of a guardian is the one that it was when the account was
    /// made, however it is written with its country; of which country it is without, nobody knows here.
    pub fn key(&self) -> String {
        match self {
            Self::Staff(name) | Self::User(_, name) => caseless(name.as_str()),
            Self::Guardian(name) => match PhoneNumber::read(name.as_str(), None) {
                Ok(number) => number.as_str().to_owned(),
                Err(_no_number) => caseless(name.as_str()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_compared_without_case_and_a_number_without_spacing() {
        let key = |name| Claimed::Guardian(SignInName::parse(name).unwrap()).key();
        assert_eq!(key("Ana@Home.Example"), "ana@home.example");
        for number in [
            "+1 (555) 010-0200",
            "001 555 010 0200",
            "\u{202a}+1\u{a0}555\u{2011}010\u{2011}0200\u{202c}",
            "\u{ff0b}\u{ff11}\u{ff15}\u{ff15}\u{ff15}\u{ff10}\u{ff11}\u{ff10}\u{ff10}\u{ff12}\u{ff10}\u{ff10}",
        ] {
            assert_eq!(key(number), "+15550100200", "{number}");
        }
        assert_eq!(key("+44 (0)20 7946 0958"), key("0044 20 7946 0958"));
    }
}

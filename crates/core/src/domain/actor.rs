//! Who acts: a proven identity with the facts that its rights rest on.

use super::account::{AccountStatus, Role};
use super::ids::{AccountId, SessionId, TenantId, TicketId};
use super::permission::PermissionSet;
use super::time::Moment;

/// Somebody who signed in, or the product itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A session that was checked.
    Person(Person),
    /// A job or a delivery of the product's own.
    System,
    /// Whoever has a shell on the machine: `caredesk admin`.
    Operator,
    /// Nobody known: signs in, redeems a link.
    Public,
    /// A caller without an account, for the one ticket that they have shown to be theirs.
    Caller(TicketId),
}

/// A signed-in account and its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The session it acts through; for a program or an email, which has none, the id that stands for
    /// nothing.
    pub session: SessionId,
    /// The tenant it belongs to, if its realm has one.
    pub tenant: Option<TenantId>,
    /// What it is allowed to be, as the store said.
    pub standing: Standing,
}

/// The facts a right rests on. Read with the session, and again inside every transaction that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The role.
    pub role: Role,
    /// Whether the account can be used.
    pub status: AccountStatus,
    /// Whether the account has a confirmed second factor.
    pub has_second_factor: bool,
    /// Whether the account must have one: by its role, or because its tenant says so.
    pub second_factor_is_compulsory: bool,
    /// When this session last proved the second factor.
    pub second_factor_at: Option<Moment>,
    /// Whether the tenant of the account is suspended.
    pub tenant_suspended: bool,
    /// What the roles that its organisation gave it permit.
    pub permissions: PermissionSet,
}

impl Person {
    /// Whether it is a program, which acts through a key and never has a session.
    pub fn is_program(&self) -> bool {
        self.standing.role == Role::Integration
    }

    /// The session, to be written down; none of a program, nor of somebody who writes by email.
    pub fn kept_session(&self) -> Option<SessionId> {
        let has_none = self.is_program() || self.session.uuid().is_nil();
        (!has_none).then_some(self.session)
    }
}

impl Standing {
    /// Whether the account, or the organisation it belongs to, is out of use.
    pub fn is_switched_off(&self) -> bool {
        self.status != AccountStatus::Active || self.tenant_suspended
    }

    /// What the account is permitted: a Site Admin everything, others what their roles say.
    pub fn holds(&self) -> PermissionSet {
        if self.role == Role::SiteAdmin { PermissionSet::all() } else { self.permissions }
    }

    /// Whether a session of this account is proved by a second factor: it must have one, or has one.
    pub fn has_to_prove(&self) -> bool {
        self.second_factor_is_compulsory || self.has_second_factor
    }

    /// Whether the session can do nothing yet but prove its second factor.
    pub fn is_unproven(&self) -> bool {
        self.has_to_prove() && self.second_factor_at.is_none()
    }
}

impl Actor {
    /// The signed-in person, if there is one.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::System | Self::Operator | Self::Public | Self::Caller(_) => None,
        }
    }

    /// The word the audit knows this kind of actor by: a role, or `system`, `operator`, `public`,
    /// `caller`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(person) => person.standing.role.as_str(),
            Self::System => "system",
            Self::Operator => "operator",
            Self::Public => "public",
            Self::Caller(_) => "caller",
        }
    }
}

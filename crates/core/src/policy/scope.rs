//! What a reader may see. Reading functions of the store demand a scope and take the tenant from it.

use crate::domain::account::Role;
use crate::domain::actor::Actor;
use crate::domain::ids::{AccountId, TenantId};

/// The part of the data that a reader may see. Made here only, out of a proven identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(Sight);

/// The kinds of sight there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// One tenant.
    Tenant(TenantId),
    /// What is linked to one guardian.
    Guardian(AccountId),
    /// What a role of the desk may see.
    Desk(Role),
    /// Everything: the product itself.
    System,
    /// Nothing but what is public.
    Public,
}

impl Scope {
    /// What an actor may see.
    pub(super) fn of(actor: &Actor) -> Self {
        Self(match actor {
            Actor::System | Actor::Operator => Sight::System,
            Actor::Public | Actor::Caller(_) => Sight::Public,
            Actor::Person(person) => match (person.tenant, person.standing.role) {
                (Some(tenant), _) => Sight::Tenant(tenant),
                (None, Role::Guardian) => Sight::Guardian(person.account),
                (None, role) => Sight::Desk(role),
            },
        })
    }

    /// What can be seen.
    pub const fn sight(self) -> Sight {
        self.0
    }
}

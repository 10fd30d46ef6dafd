//! The rules about uploads: who sees one, and what can still be done with it.

use super::action::{ActionKind, Target};
use super::permit::{Denial, Permit};
use super::{Action, Scope, Sight};
use crate::domain::account::Role;
use crate::domain::actor::{Actor, Person};
use crate::domain::code::Code;
use crate::domain::ids::{AccountId, TenantId, UploadId};
use crate::domain::time::Moment;
use crate::domain::upload::{UploadPurpose, UploadState};

/// What the rules and the writing functions need to know of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadFacts {
    /// Which upload.
    pub id: UploadId,
    /// What it is for.
    pub purpose: UploadPurpose,
    /// How far it is.
    pub state: UploadState,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who announced it.
    pub created_by: AccountId,
}

/// Whether an actor may send a file for something at all: what is about people is no program's.
pub fn may_send(actor: &Actor, purpose: UploadPurpose) -> bool {
    let is_program = actor.person().is_some_and(Person::is_program);
    match purpose {
        UploadPurpose::Roster => !is_program,
    }
}

impl Target for UploadFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        match (action, self.state) {
            (ActionKind::WriteUpload, UploadState::Complete | UploadState::InUse) => {
                vec![Denial::conflict(Code::UploadComplete)]
            }
            (ActionKind::DeleteUpload, UploadState::InUse) => {
                vec![Denial::conflict(Code::UploadInUse)]
            }
            _ => Vec::new(),
        }
    }
}

/// The uploads that somebody sees: one's own, and to Site Admins all of their tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadSight {
    scope: Scope,
    own: Option<AccountId>,
}

impl UploadSight {
    /// What whoever holds a permit sees.
    pub fn of<A: Action>(permit: &Permit<A>) -> Self {
        Self::by(permit.actor(), permit.scope())
    }

    /// What an actor sees who was let in with a scope.
    pub fn by(actor: &Actor, scope: Scope) -> Self {
        let person = actor.person();
        let is_admin = person.is_none_or(|person| person.standing.role == Role::SiteAdmin);
        Self { scope, own: person.filter(|_| !is_admin).map(|person| person.account) }
    }

    /// Of which tenant; none sees nothing.
    pub const fn tenant(&self) -> Option<TenantId> {
        match self.scope.sight() {
            Sight::Tenant(tenant) => Some(tenant),
            _ => None,
        }
    }

    /// Whose alone; none for everybody's.
    pub const fn own(&self) -> Option<AccountId> {
        self.own
    }
}

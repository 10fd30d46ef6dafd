//! The rules about uploads: who sees one, and what can still be done with it.

use super::action::{ActionKind, Target};
use super::permit::{Denial, Permit};
use super::{Action, Scope, Sight};
use crate::domain::account::Role;
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::{AccountId, TenantId, UploadId};
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::time::Moment;
use crate::domain::upload::{UploadPurpose, UploadState};

/// What one holds to send a file for a purpose, and to see one.
const fn sent_with(purpose: UploadPurpose) -> Permission {
    match purpose {
        UploadPurpose::Roster => Permission::UsersManage,
        UploadPurpose::Applications => Permission::ApplicationsImport,
    }
}

/// A file that is about to be announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewUploadFacts {
    /// What it is for.
    pub purpose: UploadPurpose,
}

impl Target for NewUploadFacts {
    fn bars(&self, _: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        let needed = sent_with(self.purpose);
        let lacks = actor.person().is_some_and(|person| !person.standing.holds().has(needed));
        lacks.then_some(Denial::of(Code::NotPermitted)).into_iter().collect()
    }
}

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

/// The uploads that somebody sees: one's own, and to Site Admins all of their tenant; for purposes that they
/// may send a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadSight {
    scope: Scope,
    own: Option<AccountId>,
    holds: PermissionSet,
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
        let holds = person.map_or_else(PermissionSet::all, |person| person.standing.holds());
        Self { scope, own: person.filter(|_| !is_admin).map(|person| person.account), holds }
    }

    /// For which purposes.
    pub fn purposes(&self) -> Vec<UploadPurpose> {
        let all = UploadPurpose::ALL.iter().copied();
        all.filter(|purpose| self.holds.has(sent_with(*purpose))).collect()
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

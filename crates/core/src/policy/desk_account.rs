//! The rules about the desk's staff: who may make whom.
//!
//! Nobody grants what they do not hold: a desk manager looks after agents and developers, and only a
//! platform admin after managers and platform admins. Nobody changes their own account here.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use crate::domain::account::{AccountStatus, Role};
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::AccountId;
use crate::domain::time::Moment;

/// The role that a new account is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleToGrant(pub Role);

/// What the rules and the writing functions need to know of one of the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskAccountFacts {
    /// Who.
    pub id: AccountId,
    /// What they are.
    pub role: Role,
    /// Whether the account can be used.
    pub status: AccountStatus,
    /// What they are to be, if that is to change.
    pub new_role: Option<Role>,
}

/// Whether an actor may make, change and end accounts of a role.
fn reaches(actor: &Actor, role: Role) -> bool {
    match actor.person().map(|person| person.standing.role) {
        Some(Role::DeskManager) => {
            matches!(role, Role::TierOne | Role::TierTwo | Role::Developer)
        }
        // Whoever else gets here was let in by the table of roles.
        _ => true,
    }
}

impl Target for RoleToGrant {
    fn bars(&self, _: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        if reaches(actor, self.0) { Vec::new() } else { vec![Denial::of(Code::RoleOutOfReach)] }
    }
}

impl Target for DeskAccountFacts {
    fn bars(&self, action: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        let mut found = Vec::new();
        let roles = [Some(self.role), self.new_role];
        if !roles.into_iter().flatten().all(|role| reaches(actor, role)) {
            found.push(Denial::of(Code::RoleOutOfReach));
        }
        if actor.person().is_some_and(|person| person.account == self.id) {
            found.push(Denial::of(Code::OwnAccount));
        }
        match (action, self.status) {
            (
                ActionKind::DeactivateDeskAccount | ActionKind::ReenrolDeskAccount,
                AccountStatus::Inactive,
            ) => found.push(Denial::conflict(Code::AccountAlreadyInactive)),
            (ActionKind::ReactivateDeskAccount, AccountStatus::Active | AccountStatus::Invited) => {
                found.push(Denial::conflict(Code::AccountNotInactive));
            }
            _ => {}
        }
        found
    }
}

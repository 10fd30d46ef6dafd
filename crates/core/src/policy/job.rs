//! The rules about jobs: who sees which, and when one can still be stopped.

use super::action::{ActionKind, ReadJob, Target};
use super::permit::{Denial, Permit};
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::{AccountId, JobId, TenantId};
use crate::domain::job::{JobKind, JobState};
use crate::domain::permission::Permission;
use crate::domain::time::Moment;

/// What one holds to see every job of a kind in one's tenant; nothing lets one see those that are their maker's
/// alone. Whoever made a job sees it in any case.
const fn seen_with(kind: JobKind) -> Option<Permission> {
    match kind {
        JobKind::RosterImport => Some(Permission::UsersManage),
        JobKind::ApplicationImport => Some(Permission::ApplicationsImport),
        JobKind::InvitationBatch => Some(Permission::InvitationsSend),
        JobKind::UnlinkBatch => Some(Permission::InvitationsUnlink),
        // It holds what its maker sees of tickets.
        JobKind::TicketExport => None,
    }
}

/// What the rules and the writing functions need to know of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobFacts {
    /// Which job.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// How far it is.
    pub state: JobState,
    /// Whose it is.
    pub tenant: Option<TenantId>,
    /// Who made it; none if the product did.
    pub created_by: Option<AccountId>,
}

impl Target for JobFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        match action {
            ActionKind::CancelJob if self.state.is_over() => vec![Denial::conflict(Code::JobOver)],
            _ => Vec::new(),
        }
    }
}

/// The jobs that somebody sees. Made of a permit only, so that nobody looks who may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSight(SeenJobs);

/// What a [`JobSight`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenJobs {
    /// All of them: the product, and whoever has a shell.
    All,
    /// One's own, and those of some kinds in one's tenant.
    Some {
        /// Who looks.
        account: AccountId,
        /// Their tenant.
        tenant: Option<TenantId>,
        /// The kinds that they see all jobs of.
        kinds: Vec<JobKind>,
    },
    /// None.
    Nothing,
}

impl JobSight {
    /// The jobs that whoever holds a permit sees.
    pub fn of(permit: &Permit<ReadJob>) -> Self {
        Self::by(permit.actor())
    }

    /// The jobs that an actor sees.
    fn by(actor: &Actor) -> Self {
        Self(match actor {
            Actor::System | Actor::Operator => SeenJobs::All,
            Actor::Public | Actor::Caller(_) => SeenJobs::Nothing,
            Actor::Person(person) => {
                let holds = person.standing.holds();
                let all = JobKind::ALL.iter().copied();
                let is_seen = |kind: &JobKind| {
                    seen_with(*kind).is_some_and(|permission| holds.has(permission))
                };
                SeenJobs::Some {
                    account: person.account,
                    tenant: person.tenant,
                    kinds: all.filter(is_seen).collect(),
                }
            }
        })
    }

    /// What is seen.
    pub const fn seen(&self) -> &SeenJobs {
        &self.0
    }

    /// Whether a job is among them.
    pub fn sees(&self, job: &JobFacts) -> bool {
        match self.seen() {
            SeenJobs::All => true,
            SeenJobs::Nothing => false,
            SeenJobs::Some { account, tenant, kinds } => {
                let is_of_tenant = tenant.is_some() && job.tenant == *tenant;
                job.created_by == Some(*account) || is_of_tenant && kinds.contains(&job.kind)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{AccountStatus, Role};
    use crate::domain::actor::{Person, Standing};
    use crate::domain::ids::SessionId;
    use crate::domain::permission::PermissionSet;
    use uuid::Uuid;

    fn somebody(account: u128, tenant: Option<u128>, role: Role) -> Actor {
        let standing = Standing {
            role,
            status: AccountStatus::Active,
            has_second_factor: false,
            second_factor_is_compulsory: false,
            second_factor_at: None,
            tenant_suspended: false,
            permissions: PermissionSet::NONE,
        };
        Actor::Person(Person {
            account: AccountId::of(Uuid::from_u128(account)),
            session: SessionId::of(Uuid::nil()),
            tenant: tenant.map(|tenant| TenantId::of(Uuid::from_u128(tenant))),
            standing,
        })
    }

    #[test]
    fn a_job_is_seen_by_its_maker_and_by_who_administers_its_tenant() {
        let job = JobFacts {
            id: JobId::of(Uuid::nil()),
            kind: JobKind::RosterImport,
            state: JobState::Queued,
            tenant: Some(TenantId::of(Uuid::from_u128(1))),
            created_by: Some(AccountId::of(Uuid::from_u128(7))),
        };
        let sees = |actor: &Actor| JobSight::by(actor).sees(&job);
        assert!(sees(&somebody(7, Some(1), Role::Member)), "its maker");
        assert!(sees(&somebody(8, Some(1), Role::SiteAdmin)), "a Site Admin");
        assert!(!sees(&somebody(8, Some(1), Role::Member)), "somebody else of the tenant");
        assert!(!sees(&somebody(8, Some(2), Role::SiteAdmin)), "another tenant's Site Admin");
        assert!(sees(&somebody(7, None, Role::PlatformAdmin)), "somebody of the desk who made it");
        assert!(!sees(&somebody(8, None, Role::PlatformAdmin)), "the desk");
        assert!(sees(&Actor::Operator) && !sees(&Actor::Public));
    }
}

//! The rules about a tenant's own state.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::TenantId;
use crate::domain::tenant::TenantStatus;
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantFacts {
    /// Which tenant.
    pub id: TenantId,
    /// Whether it is in use.
    pub status: TenantStatus,
    /// The version that was read.
    pub version: i64,
}

impl Target for TenantFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        match (action, self.status) {
            (ActionKind::SuspendTenant, TenantStatus::Suspended) => {
                vec![Denial::conflict(Code::TenantAlreadySuspended)]
            }
            (ActionKind::ResumeTenant, TenantStatus::Active) => {
                vec![Denial::conflict(Code::TenantNotSuspended)]
            }
            // Nothing is sent on behalf of a tenant that is out of use.
            (ActionKind::ResendFirstInvitation, TenantStatus::Suspended) => {
                vec![Denial::conflict(Code::TenantSuspended)]
            }
            _ => Vec::new(),
        }
    }
}

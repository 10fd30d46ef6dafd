//! The rules about applications and their invitations (CW): what can be done from which state.

use super::action::{ActionKind, OfOneTenant, Target};
use super::permit::{Denial, Denials, sight};
use crate::domain::actor::Actor;
use crate::domain::application::{Application, ApplicationStatus, OnlineAccount};
use crate::domain::code::Code;
use crate::domain::ids::{ApplicationId, InvitationId, TenantId};
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationFacts {
    /// Which.
    pub id: ApplicationId,
    /// The organisation it was made to.
    pub tenant: TenantId,
    /// How far it has come.
    pub status: ApplicationStatus,
    /// How its family stands to the portal now.
    pub online: OnlineAccount,
    /// The version that was read.
    pub version: i64,
}

/// What the rules need to know of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationFacts {
    /// Which.
    pub id: InvitationId,
    /// The organisation that invites.
    pub tenant: TenantId,
    /// What has become of it by now.
    pub state: InvitationState,
    /// The version that was read.
    pub version: i64,
}

impl Application {
    /// What the rules need to know of this application now.
    pub fn facts(&self, now: Moment) -> ApplicationFacts {
        let Self { id, tenant, status, version, .. } = *self;
        ApplicationFacts { id, tenant, status, online: self.access.now(now), version }
    }
}

/// Decides whether `actor` may have the applications that an action is about found by what they hold. Whoever may
/// not read them would learn it from what a filter finds.
///
/// # Errors
/// `batch.reading_needed`.
pub fn may_find(action: ActionKind, actor: &Actor, now: Moment) -> Result<(), Denials> {
    if sight(ActionKind::ReadApplication, actor, now).is_ok() {
        return Ok(());
    }
    let first = Denial::of(Code::BatchReadingNeeded);
    Err(Denials { action, first, others: Vec::new() })
}

impl Invitation {
    /// What the rules need to know of this invitation now.
    pub fn facts(&self, now: Moment) -> InvitationFacts {
        let Self { id, tenant, version, .. } = *self;
        InvitationFacts { id, tenant, state: self.state(now), version }
    }
}

impl ApplicationFacts {
    /// What keeps an application from being invited to, other than how its family stands to the portal.
    fn is_not_open(&self) -> Option<Code> {
        match self.status {
            ApplicationStatus::Draft => Some(Code::ApplicationNotSubmitted),
            ApplicationStatus::Withdrawn => Some(Code::ApplicationWithdrawn),
            ApplicationStatus::Submitted => None,
        }
    }

    /// The rule that an application's state holds against an action.
    fn barred(&self, action: ActionKind) -> Option<Code> {
        use OnlineAccount as O;
        match (action, self.online) {
            (ActionKind::UnlinkApplication, O::Linked) => None,
            (ActionKind::UnlinkApplication, _) => Some(Code::ApplicationNotLinked),
            (ActionKind::InviteFamily | ActionKind::ReinviteFamily, O::Linked) => {
                Some(Code::ApplicationLinked)
            }
            (ActionKind::InviteFamily, O::Invited | O::Expired | O::Unlinked) => {
                Some(Code::ApplicationInvited)
            }
            (ActionKind::ReinviteFamily, O::None) => Some(Code::ApplicationNotInvited),
            (ActionKind::InviteFamily | ActionKind::ReinviteFamily, _) => self.is_not_open(),
            (ActionKind::SubmitApplication, _) => match self.status {
                ApplicationStatus::Draft => None,
                ApplicationStatus::Submitted => Some(Code::ApplicationSubmitted),
                ApplicationStatus::Withdrawn => Some(Code::ApplicationWithdrawn),
            },
            (ActionKind::UpdateApplication | ActionKind::WithdrawApplication, _) => {
                (self.status == ApplicationStatus::Withdrawn).then_some(Code::ApplicationWithdrawn)
            }
            _ => None,
        }
    }
}

impl Target for ApplicationFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        self.barred(action).map(Denial::conflict).into_iter().collect()
    }
}

impl OfOneTenant for ApplicationFacts {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl Target for InvitationFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        use InvitationState::{Accepted, Expired, Replaced, Revoked};
        let is_over = match self.state {
            Accepted | Replaced | Revoked => true,
            // What nobody came by in time can be sent again, and need not be taken back.
            Expired => action == ActionKind::RevokeInvitation,
            InvitationState::Pending => false,
        };
        let barred = is_over.then_some(Code::InvitationOver);
        barred.map(Denial::conflict).into_iter().collect()
    }
}

impl OfOneTenant for InvitationFacts {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ACTIONS: [ActionKind; 6] = [
        ActionKind::InviteFamily,
        ActionKind::ReinviteFamily,
        ActionKind::UnlinkApplication,
        ActionKind::UpdateApplication,
        ActionKind::SubmitApplication,
        ActionKind::WithdrawApplication,
    ];

    #[test]
    fn what_can_be_done_follows_from_the_two_states() {
        let mut table = Vec::new();
        for status in ApplicationStatus::ALL {
            for online in OnlineAccount::ALL {
                let facts = ApplicationFacts {
                    id: ApplicationId::of(Uuid::nil()),
                    tenant: TenantId::of(Uuid::nil()),
                    status: *status,
                    online: *online,
                    version: 1,
                };
                let can = ACTIONS.iter().filter(|action| facts.barred(**action).is_none());
                let can: Vec<&str> = can.map(|action| action.as_str()).collect();
                table.push(format!("{status} {online}: {}", can.join(" ")));
            }
        }
        insta::assert_snapshot!("what_can_be_done_with_an_application", table.join("\n"));
    }
}

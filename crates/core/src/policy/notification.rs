//! The rules about messages and about contacts that nothing is sent to.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::{NotificationId, SuppressionId, TenantId};
use crate::domain::notification::{MessageKind, MessageState, SuppressionReason};
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotificationFacts {
    /// Which message.
    pub id: NotificationId,
    /// On whose behalf it is sent.
    pub tenant: Option<TenantId>,
    /// What it says.
    pub kind: MessageKind,
    /// What has become of it.
    pub state: MessageState,
    /// Why nothing is sent to its contact now.
    pub suppression: Option<SuppressionReason>,
}

impl Target for NotificationFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        if action != ActionKind::ResendNotification {
            return Vec::new();
        }
        let mut found = Vec::new();
        // A code belongs to the request that asked for it, and is asked for there once more.
        if matches!(self.kind, MessageKind::ContactCode | MessageKind::Invitation) {
            found.push(Denial::conflict(Code::NotificationNotResent));
        }
        if self.state == MessageState::Queued {
            found.push(Denial::conflict(Code::NotificationWaits));
        }
        found.extend(self.suppression.map(|reason| {
            Denial::conflict(match reason {
                SuppressionReason::Bounced => Code::ContactBounced,
                SuppressionReason::Stopped => Code::ContactStopped,
                SuppressionReason::Invalid => Code::ContactInvalid,
            })
        }));
        found
    }
}

/// What the rules and the writing functions need to know of a contact that nothing is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuppressionFacts {
    /// Which suppression.
    pub id: SuppressionId,
    /// Why nothing is sent.
    pub reason: SuppressionReason,
    /// The version that was read.
    pub version: i64,
}

impl Target for SuppressionFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        match (action, self.reason) {
            // Only the person who said STOP can say START.
            (ActionKind::LiftSuppression, SuppressionReason::Stopped) => {
                vec![Denial::conflict(Code::SuppressionStopped)]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn codes(facts: &NotificationFacts) -> Vec<Code> {
        let now = Moment::from_micros(0);
        let found = facts.bars(ActionKind::ResendNotification, &Actor::System, now);
        found.into_iter().map(|denial| denial.code).collect()
    }

    #[test]
    fn what_is_at_its_end_is_repeated_to_whoever_is_written_to() {
        let sent = NotificationFacts {
            id: NotificationId::of(Uuid::nil()),
            tenant: None,
            kind: MessageKind::PasswordChanged,
            state: MessageState::Sent,
            suppression: None,
        };
        assert_eq!(codes(&sent), []);
        let waits = NotificationFacts { state: MessageState::Queued, ..sent };
        assert_eq!(codes(&waits), [Code::NotificationWaits]);
        for kind in [MessageKind::ContactCode, MessageKind::Invitation] {
            let code = NotificationFacts { kind, ..sent };
            assert_eq!(codes(&code), [Code::NotificationNotResent]);
        }
        let stopped = NotificationFacts { suppression: Some(SuppressionReason::Stopped), ..sent };
        assert_eq!(codes(&stopped), [Code::ContactStopped]);
    }

    #[test]
    fn a_stop_is_lifted_by_nobody_else() {
        let bars = |reason| {
            let facts = SuppressionFacts { id: SuppressionId::of(Uuid::nil()), reason, version: 1 };
            facts.bars(ActionKind::LiftSuppression, &Actor::System, Moment::from_micros(0)).len()
        };
        assert_eq!(SuppressionReason::ALL.iter().map(|reason| bars(*reason)).sum::<usize>(), 1);
        assert_eq!(bars(SuppressionReason::Stopped), 1);
    }
}

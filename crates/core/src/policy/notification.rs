//! The rules about messages and about contacts that nothing is sent to.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use super::scope::Scope;
use crate::domain::account::Role;
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::{NotificationId, SuppressionId, TenantId};
use crate::domain::notification::{MessageKind, MessageState, SuppressionReason};
use crate::domain::permission::Permission;
use crate::domain::time::Moment;

/// What one holds for messages of a kind that are sent on behalf of one's organisation.
struct Held {
    /// To see them, and the contacts that they went to.
    to_see: Permission,
    /// To send them again.
    to_resend: Permission,
}

/// To families, and about what families do.
const FAMILIES: Option<Held> =
    Some(Held { to_see: Permission::InvitationsSend, to_resend: Permission::InvitationsSend });
/// To the organisation's people, about their accounts.
const STAFF: Option<Held> =
    Some(Held { to_see: Permission::UsersRead, to_resend: Permission::UsersManage });
/// To the owners and to those who stand for them: Site Admins alone see them.
const OWNERS: Option<Held> = None;

/// The table: what one holds for a kind of message. A kind without a row does not compile.
const fn held_for(kind: MessageKind) -> Option<Held> {
    match kind {
        MessageKind::Invitation
        | MessageKind::InvitationRequested
        | MessageKind::FamilyContactChanged
        | MessageKind::FamilyUnlinked => FAMILIES,
        MessageKind::SessionReuse
        | MessageKind::Enrolment
        | MessageKind::PasswordReset
        | MessageKind::PasswordChanged
        | MessageKind::SignInInactive
        | MessageKind::SecondFactorChanged
        | MessageKind::RecoveryCodeUsed
        | MessageKind::ColleagueChanged
        | MessageKind::UserChanged
        | MessageKind::UserReactivated
        | MessageKind::DormancyWarning
        | MessageKind::ContactCode
        | MessageKind::ContactChanged
        | MessageKind::OwnAccessChanged
        | MessageKind::ArticleShared
        | MessageKind::ArticleDrafted => STAFF,
        MessageKind::ContactsChanged
        | MessageKind::OwnersChanged
        | MessageKind::TenantSuspended
        | MessageKind::TenantResumed
        | MessageKind::LastSiteAdminDormant
        | MessageKind::SiteAdminDeactivated
        | MessageKind::AccessChanged
        | MessageKind::ApiKeyChanged
        | MessageKind::ApiKeyExpiring
        | MessageKind::FirstUseImported
        | MessageKind::OrganizationTold
        | MessageKind::TicketOpened
        | MessageKind::TicketAnswered
        | MessageKind::CallerCode
        | MessageKind::DevelopmentDone
        | MessageKind::TicketResolved
        | MessageKind::TicketReferred
        | MessageKind::TicketReminder
        | MessageKind::TicketLapsed
        | MessageKind::TargetMissed
        | MessageKind::AttachmentDiscarded
        | MessageKind::AnswerNotTaken
        | MessageKind::FilesLeftOut
        | MessageKind::TicketWatched => OWNERS,
    }
}

/// Whether a message is between the desk and whoever asked it for something: their organisation sees as much of
/// it as it sees of the ticket, and no list of messages shows it.
const fn is_the_desks(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::TicketOpened
            | MessageKind::TicketAnswered
            | MessageKind::CallerCode
            | MessageKind::DevelopmentDone
            | MessageKind::TicketResolved
            | MessageKind::TicketReferred
            | MessageKind::TicketReminder
            | MessageKind::TicketLapsed
            | MessageKind::TargetMissed
            | MessageKind::AttachmentDiscarded
            | MessageKind::AnswerNotTaken
            | MessageKind::FilesLeftOut
            | MessageKind::TicketWatched
    )
}

/// Whether somebody's rights are enough for a kind of message: who is no user of an organisation has been
/// judged by the role alone.
fn is_held(actor: &Actor, kind: MessageKind, what: impl Fn(Held) -> Permission) -> bool {
    let Some(person) = actor.person().filter(|person| person.tenant.is_some()) else { return true };
    let standing = &person.standing;
    let holds = |held| standing.holds().has(what(held));
    !is_the_desks(kind) && (standing.role == Role::SiteAdmin || held_for(kind).is_some_and(holds))
}

/// The messages that somebody sees: where, and of which kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationSight {
    scope: Scope,
    kinds: Vec<MessageKind>,
}

impl NotificationSight {
    /// What `actor`, whose scope it is, sees in it. Kinds that this program does not know, it cannot show.
    pub fn of(scope: Scope, actor: &Actor) -> Self {
        let all = MessageKind::ALL.iter().copied();
        let kinds = all.filter(|kind| is_held(actor, *kind, |held| held.to_see)).collect();
        Self { scope, kinds }
    }

    /// Where.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// Of which kinds.
    pub fn kinds(&self) -> Vec<MessageKind> {
        self.kinds.clone()
    }
}

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
    fn bars(&self, action: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        if action != ActionKind::ResendNotification {
            return Vec::new();
        }
        let mut found = Vec::new();
        if !is_held(actor, self.kind, |held| held.to_resend) {
            found.push(Denial::of(Code::NotPermitted));
        }
        // A code belongs to the request that asked for it, and is asked for there once more.
        let is_code = matches!(
            self.kind,
            MessageKind::ContactCode | MessageKind::CallerCode | MessageKind::Invitation
        );
        if is_code {
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
    use crate::domain::account::AccountStatus;
    use crate::domain::actor::{Person, Standing};
    use crate::domain::ids::{AccountId, SessionId};
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
        for kind in [MessageKind::ContactCode, MessageKind::CallerCode, MessageKind::Invitation] {
            let code = NotificationFacts { kind, ..sent };
            assert_eq!(codes(&code), [Code::NotificationNotResent]);
        }
        let stopped = NotificationFacts { suppression: Some(SuppressionReason::Stopped), ..sent };
        assert_eq!(codes(&stopped), [Code::ContactStopped]);
    }

    /// A user of an organisation who holds these permissions.
    fn user(role: Role, permissions: &[Permission]) -> Actor {
        let standing = Standing {
            role,
            status: AccountStatus::Active,
            has_second_factor: false,
            second_factor_is_compulsory: false,
            second_factor_at: None,
            tenant_suspended: false,
            permissions: permissions.iter().copied().collect(),
        };
        Actor::Person(Person {
            account: AccountId::of(Uuid::nil()),
            session: SessionId::of(Uuid::nil()),
            tenant: Some(TenantId::of(Uuid::nil())),
            standing,
        })
    }

    #[test]
    fn what_one_sees_of_messages_is_what_one_holds_for_their_kinds() {
        let sees = |actor: &Actor| NotificationSight::of(Scope::of(actor), actor).kinds();
        let families = sees(&user(Role::Member, &[Permission::InvitationsSend]));
        let staff = sees(&user(Role::Member, &[Permission::UsersRead]));
        assert!(families.contains(&MessageKind::Invitation) && families.len() == 4);
        assert!(staff.contains(&MessageKind::Enrolment) && !staff.contains(&families[0]));
        for owners in [MessageKind::ContactsChanged, MessageKind::ApiKeyChanged] {
            assert!(!families.contains(&owners) && !staff.contains(&owners));
        }
        assert_eq!(sees(&user(Role::Member, &[Permission::UsersManage])), []);
        let site_admins = MessageKind::ALL.iter().filter(|kind| !is_the_desks(**kind));
        assert_eq!(sees(&user(Role::SiteAdmin, &[])), site_admins.copied().collect::<Vec<_>>());
        assert_eq!(sees(&Actor::System), MessageKind::ALL);
    }

    #[test]
    fn what_one_sends_again_takes_more_than_seeing_it() {
        let sent = NotificationFacts {
            id: NotificationId::of(Uuid::nil()),
            tenant: None,
            kind: MessageKind::Enrolment,
            state: MessageState::Sent,
            suppression: None,
        };
        let denied = |role, permissions: &[Permission]| {
            let actor = user(role, permissions);
            let now = Moment::from_micros(0);
            !sent.bars(ActionKind::ResendNotification, &actor, now).is_empty()
        };
        assert!(denied(Role::Member, &[Permission::UsersRead, Permission::InvitationsSend]));
        assert!(!denied(Role::Member, &[Permission::UsersRead, Permission::UsersManage]));
        assert!(!denied(Role::SiteAdmin, &[]));
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

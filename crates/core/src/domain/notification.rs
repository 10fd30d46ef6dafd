//! Messages that leave the product. They are queued with the change that causes them.

use super::account::Locale;
use super::contact::Contact;
use super::ids::TenantId;

words! {
    /// Which template a message is written from.
    MessageKind {
        /// To the old notification address and the owners: the tenant's contacts were changed.
        ContactsChanged = "contacts_changed",
        /// To the old notification address and the owner concerned: an owner on file was changed.
        OwnersChanged = "owners_changed",
        /// To the notification address: the tenant was suspended.
        TenantSuspended = "tenant_suspended",
        /// To the notification address: the tenant is in use again.
        TenantResumed = "tenant_resumed",
        /// To an account: somebody used an old refresh token, so its session was ended.
        SessionReuse = "session_reuse",
        /// To a new account, or one that starts anew: the link that sets its password.
        Enrolment = "enrolment",
        /// To an account: the link that sets a new password, as somebody asked for.
        PasswordReset = "password_reset",
        /// To an account: its password was changed.
        PasswordChanged = "password_changed",
        /// To somebody inactive who knows the password: whom to turn to.
        SignInInactive = "sign_in_inactive",
        /// To an account: its second factor was enrolled, replaced or removed.
        SecondFactorChanged = "second_factor_changed",
        /// To an account: one of its recovery codes was used.
        RecoveryCodeUsed = "recovery_code_used",
        /// To those who administer a colleague: the colleague's way in was changed.
        ColleagueChanged = "colleague_changed",
        /// To a user: somebody else changed what they sign in with or where they are reached.
        UserChanged = "user_changed",
        /// To a user: the account is in use again.
        UserReactivated = "user_reactivated",
        /// To a user: the account becomes inactive for want of use.
        DormancyWarning = "dormancy_warning",
        /// To the owners on file: the last Site Admin becomes inactive for want of use.
        LastSiteAdminDormant = "last_site_admin_dormant",
        /// To the owners on file: it happened.
        SiteAdminDeactivated = "site_admin_deactivated",
        /// To a contact: a code that shows that it is its owner's.
        ContactCode = "contact_code",
        /// To the contact of before: another one has taken its place.
        ContactChanged = "contact_changed",
        /// To the notification address and the Site Admins: somebody was given access that few have.
        AccessChanged = "access_changed",
        /// To a user: they were given access that few have.
        OwnAccessChanged = "own_access_changed",
        /// To the Site Admins: a key for a program was made, or got another secret.
        ApiKeyChanged = "api_key_changed",
        /// To the Site Admins: a key for a program is about to expire.
        ApiKeyExpiring = "api_key_expiring",
        /// To the notification address: earlier days of first use were imported.
        FirstUseImported = "first_use_imported",
        /// To a family: the link and the code by which it comes to the portal.
        Invitation = "invitation",
        /// To the notification address: a family asks for a new invitation.
        InvitationRequested = "invitation_requested",
        /// To the notification address: a linked family changed where it is reached.
        FamilyContactChanged = "family_contact_changed",
        /// To the notification address: a family unlinked an application from its account.
        FamilyUnlinked = "family_unlinked",
        /// To a requester: the number of the case that was opened for them.
        TicketOpened = "ticket_opened",
        /// To a requester and who is copied: the desk has written on the case.
        TicketAnswered = "ticket_answered",
        /// To the contact on file of whoever calls the desk about a case: a code to read out to the agent.
        CallerCode = "caller_code",
        /// To an agent: development is done with what the agent's case waited for.
        DevelopmentDone = "development_done",
        /// To a requester: how the case was resolved.
        TicketResolved = "ticket_resolved",
        /// To a requester: the matter is somebody else's, and how they are reached.
        TicketReferred = "ticket_referred",
        /// To a requester and who is copied: the desk still waits for an answer on the case.
        TicketReminder = "ticket_reminder",
        /// To a requester and who is copied: the case was closed, because nobody answered.
        TicketLapsed = "ticket_lapsed",
        /// To an agent, or the desk's managers: a target of a case was missed.
        TargetMissed = "target_missed",
        /// To a requester: what they attached was thrown away, because the desk uploads nothing for anybody.
        AttachmentDiscarded = "attachment_discarded",
        /// To a user: somebody has put them in copy of a case.
        TicketWatched = "ticket_watched",
        /// To the notification address: what the desk was asked, or what is said on a case.
        OrganizationTold = "organization_told",
        /// To whoever answered a message about a case by email: nothing was added to it, and what to do.
        AnswerNotTaken = "answer_not_taken",
        /// To whoever answered by email with files: what was said was taken, and the files were not.
        FilesLeftOut = "files_left_out",
        /// To colleagues: somebody wants them to know an article of the help centre.
        ArticleShared = "article_shared",
        /// To those who write an organisation's articles: a case was made into the draft of one.
        ArticleDrafted = "article_drafted",
    }
}

words! {
    /// How a message travels.
    Method {
        /// By email.
        Email = "email",
        /// As a text message.
        Sms = "sms",
    }
}

words! {
    /// What has become of a message.
    MessageState {
        /// It waits for its turn.
        Queued = "queued",
        /// It was handed over.
        Sent = "sent",
        /// It arrived, as the gateway says.
        Delivered = "delivered",
        /// It could not be handed over, or did not arrive, and is not tried again.
        Failed = "failed",
        /// Nothing is sent to its contact: see the suppressions.
        Suppressed = "suppressed",
    }
}

impl MessageState {
    /// Whether what a gateway says of a message, late or out of order as it may be, is news. What was
    /// handed over may have failed on the way, and what was taken for failed may have arrived; what
    /// arrived has arrived.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Queued, Self::Sent | Self::Failed | Self::Delivered)
                | (Self::Sent, Self::Failed | Self::Delivered)
                | (Self::Failed, Self::Delivered)
        )
    }
}

words! {
    /// What a message that is due waits for.
    WaitReason {
        /// For the hours in which text messages are sent.
        SendingHours = "sending_hours",
        /// For the next day: its contact had as many messages as a day allows.
        DailyCap = "daily_cap",
        /// For the organisation to be in use again.
        TenantSuspended = "tenant_suspended",
        /// For the next attempt, after one that did not succeed.
        Retry = "retry",
    }
}

words! {
    /// Why nothing is sent to a contact.
    SuppressionReason {
        /// A server refused the address as one that it does not know.
        Bounced = "bounced",
        /// Its owner asked for nothing more to be sent.
        Stopped = "stopped",
        /// The gateway says that messages cannot be sent to the number.
        Invalid = "invalid",
    }
}

impl MessageKind {
    /// Whether somebody sits in front of a screen and waits for it, who has just asked for it. Such
    /// messages have caps of their own where they are asked for.
    pub const fn is_awaited(self) -> bool {
        matches!(self, Self::ContactCode | Self::CallerCode | Self::PasswordReset)
    }

    /// Whether it says who got power over an organisation or an account, or lost it. Nobody keeps such
    /// messages away by filling a contact's day with others.
    pub const fn is_about_power(self) -> bool {
        matches!(
            self,
            Self::ContactsChanged
                | Self::OwnersChanged
                | Self::TenantSuspended
                | Self::TenantResumed
                | Self::LastSiteAdminDormant
                | Self::SiteAdminDeactivated
                | Self::SecondFactorChanged
                | Self::ContactChanged
                | Self::AccessChanged
                | Self::OwnAccessChanged
                | Self::ApiKeyChanged
        )
    }

    /// What people are told about a case and may answer by email; an answer to anything else belongs to none.
    pub const ABOUT_A_CASE: [Self; 8] = [
        Self::TicketOpened,
        Self::TicketAnswered,
        Self::TicketResolved,
        Self::TicketReferred,
        Self::TicketReminder,
        Self::TicketLapsed,
        Self::AnswerNotTaken,
        Self::FilesLeftOut,
    ];

    /// Whether it asks its reader to answer: what is closed for good takes nothing more.
    pub const fn invites_an_answer(self) -> bool {
        matches!(
            self,
            Self::TicketOpened
                | Self::TicketAnswered
                | Self::TicketResolved
                | Self::TicketReminder
                | Self::TicketLapsed
        )
    }

    /// Whether it holds a link to the case that it is about.
    pub const fn links_to_its_case(self) -> bool {
        matches!(
            self,
            Self::TicketOpened
                | Self::TicketAnswered
                | Self::TicketResolved
                | Self::TicketReferred
                | Self::TicketReminder
                | Self::TicketLapsed
                | Self::FilesLeftOut
                | Self::TicketWatched
                | Self::OrganizationTold
        )
    }

    /// What a suspended tenant is told all the same.
    pub const ABOUT_SUSPENSION: [Self; 2] = [Self::TenantSuspended, Self::TenantResumed];

    /// Whether it goes to a contact that nothing else is sent to for this reason: by a code somebody
    /// shows that they can be reached again. Whoever said STOP is sent nothing at all.
    pub const fn passes(self, reason: SuppressionReason) -> bool {
        matches!(self, Self::ContactCode)
            && matches!(reason, SuppressionReason::Bounced | SuppressionReason::Invalid)
    }
}

/// A message as a use case asks for it; the template says it in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which template.
    pub kind: MessageKind,
    /// To whom.
    pub to: Contact,
    /// In which language.
    pub locale: Locale,
    /// On whose behalf; none for the desk's own.
    pub tenant: Option<TenantId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_invites_an_answer_is_taken_as_one_and_links_to_its_case() {
        for kind in MessageKind::ALL.iter().filter(|kind| kind.invites_an_answer()) {
            assert!(MessageKind::ABOUT_A_CASE.contains(kind) && kind.links_to_its_case(), "{kind}");
        }
        assert!(MessageKind::TicketReminder.invites_an_answer());
        assert!(MessageKind::TicketLapsed.invites_an_answer());
    }
}

//! Every action there is: its word, what it acts on, and a type of its own to permit it by.

use super::{
    ApiKeyFacts, ApplicationFacts, ArticleFacts, AttachmentFacts, Candidate, CannedReplyFacts,
    DeskAccountFacts, InternalTicketFacts, InvitationFacts, JobFacts, NewAttachmentFacts,
    NewUploadFacts, NewUserFacts, NotificationFacts, OpeningFacts, RoleFacts, RoleToGrant,
    SuppressionFacts, TenantFacts, TicketFacts, UploadFacts, UserFacts,
};
use crate::domain::actor::Actor;
use crate::domain::ids::TenantId;
use crate::domain::time::Moment;

/// An action as a type, so that a permit for one cannot stand for another.
pub trait Action: 'static {
    /// Which action it is.
    const KIND: ActionKind;
    /// The facts of the object that it acts on.
    type Target: Target;
}

/// What a permit must know of the object it is for.
pub trait Target {
    /// Rules about the object itself, and about this actor and it: a denial for each that stands in
    /// the way.
    fn bars(&self, action: ActionKind, actor: &Actor, now: Moment) -> Vec<super::Denial>;
}

/// Facts of something that belongs to one tenant.
pub trait OfOneTenant: Target {
    /// Which.
    fn tenant(&self) -> TenantId;
}

impl OfOneTenant for TenantFacts {
    fn tenant(&self) -> TenantId {
        self.id
    }
}

impl OfOneTenant for UserFacts {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl OfOneTenant for Candidate {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl Target for () {
    fn bars(&self, _: ActionKind, _: &Actor, _: Moment) -> Vec<super::Denial> {
        Vec::new()
    }
}

/// Declares the actions: a word each in [`ActionKind`], and a type each.
macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident = $word:literal on $target:ty;)+) => {
        words! {
            /// Something that can be done, or refused.
            ActionKind { $($(#[$meta])* $name = $word),+ }
        }
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl Action for $name {
                const KIND: ActionKind = ActionKind::$name;
                type Target = $target;
            }
        )+
    };
}

actions! {
    /// Signs in with a password.
    SignIn = "session.create" on ();
    /// Exchanges a refresh token for new tokens.
    RefreshSession = "session.refresh" on ();
    /// Redeems an enrolment link.
    RedeemEnrolment = "enrolment.redeem" on ();
    /// Asks for a link to set a new password with.
    RequestPasswordReset = "password_reset.request" on ();
    /// Redeems such a link.
    RedeemPasswordReset = "password_reset.redeem" on ();
    /// Reads one's own session.
    ReadOwnSession = "session.read" on ();
    /// Signs out.
    EndOwnSession = "session.end" on ();
    /// Lists one's own sessions.
    ListOwnSessions = "session.list" on ();
    /// Ends another session of one's own, or all.
    RevokeOwnSession = "session.revoke" on ();
    /// Reads one's own account.
    ReadOwnAccount = "account.read" on ();
    /// Changes one's own account.
    UpdateOwnAccount = "account.update" on ();
    /// Changes one's own password.
    ChangePassword = "password.change" on ();
    /// Changes one's own email address or telephone number.
    ChangeContact = "contact.change" on ();
    /// Begins or confirms the enrolment of one's own second factor.
    EnrolSecondFactor = "second_factor.enrol" on ();
    /// Proves one's own second factor.
    VerifySecondFactor = "second_factor.verify" on ();
    /// Proves it with a recovery code.
    UseRecoveryCode = "second_factor.recover" on ();
    /// Has a code sent to one's own contact, as a second factor.
    SendSecondFactorCode = "second_factor.send_code" on ();
    /// Begins to replace one's own second factor by another.
    ReplaceSecondFactor = "second_factor.replace" on ();
    /// Has new recovery codes made.
    RenewRecoveryCodes = "second_factor.renew_codes" on ();
    /// Removes one's own second factor.
    RemoveSecondFactor = "second_factor.remove" on ();
    /// Creates a member of the desk's staff.
    CreateDeskAccount = "desk_account.create" on RoleToGrant;
    /// Lists and reads the desk's staff.
    ReadDeskAccount = "desk_account.read" on ();
    /// Changes role, name or language of one of the desk's staff.
    UpdateDeskAccount = "desk_account.update" on DeskAccountFacts;
    /// Switches one of the desk's staff off.
    DeactivateDeskAccount = "desk_account.deactivate" on DeskAccountFacts;
    /// Switches one of the desk's staff on again.
    ReactivateDeskAccount = "desk_account.reactivate" on DeskAccountFacts;
    /// Has one of the desk's staff begin anew: password, second factor, sessions.
    ReenrolDeskAccount = "desk_account.reenrol" on DeskAccountFacts;
    /// Makes the next key that tokens are signed with.
    RotateSigningKey = "signing_key.rotate" on ();
    /// Creates a tenant with its owners on file.
    CreateTenant = "tenant.create" on ();
    /// Lists and reads tenants.
    ReadTenant = "tenant.read" on ();
    /// Changes a tenant's name or kind.
    UpdateTenant = "tenant.update" on TenantFacts;
    /// Changes a tenant's settings and opening hours.
    UpdateTenantSettings = "tenant.settings.update" on TenantFacts;
    /// Lets a tenant's Support Users go without a second factor.
    LoosenSecondFactor = "tenant.second_factor.loosen" on TenantFacts;
    /// Changes a tenant's notification address and contacts.
    ChangeTenantContacts = "tenant.contacts.change" on TenantFacts;
    /// Suspends a tenant.
    SuspendTenant = "tenant.suspend" on TenantFacts;
    /// Takes a tenant back into use.
    ResumeTenant = "tenant.resume" on TenantFacts;
    /// Lists and reads the owners on file.
    ReadOwner = "owner.read" on ();
    /// Puts an owner on file.
    AddOwner = "owner.add" on TenantFacts;
    /// Changes an owner on file.
    ChangeOwner = "owner.change" on TenantFacts;
    /// Confirms that an owner's details are right.
    ConfirmOwner = "owner.confirm" on TenantFacts;
    /// Takes an owner off the file.
    RemoveOwner = "owner.remove" on TenantFacts;
    /// Imports earlier days of first use, on evidence.
    ImportFirstUse = "user.first_use.import" on TenantFacts;
    /// Sends a tenant's first Site Admin their link again.
    ResendFirstInvitation = "tenant.site_admin.invite" on TenantFacts;
    /// Lists and reads users.
    ReadUser = "user.read" on ();
    /// Creates a user.
    CreateUser = "user.create" on NewUserFacts;
    /// Changes a user.
    UpdateUser = "user.update" on UserFacts;
    /// Sends a user the link to set a password with again, or takes it back.
    InviteUser = "user.invite" on UserFacts;
    /// Switches a user off.
    DeactivateUser = "user.deactivate" on UserFacts;
    /// Switches a user on again.
    ReactivateUser = "user.reactivate" on UserFacts;
    /// Exempts a user from dormancy, or ends that.
    KeepUserActive = "user.keep_active" on UserFacts;
    /// Enters a record of a user's training, or withdraws one.
    RecordTraining = "user.training.record" on UserFacts;
    /// Gives a user roles, or takes them.
    AssignRoles = "user.roles.assign" on UserFacts;
    /// Imports users out of a file.
    ImportRoster = "roster.import" on ();
    /// Exports the users.
    ExportRoster = "roster.export" on ();
    /// Makes a user Site Admin, from the machine's shell.
    MakeSiteAdmin = "site_admin.make" on UserFacts;
    /// Makes a user Support User, from the machine's shell.
    MakeSupportUser = "support_user.make" on Candidate;
    /// Warns a user who is about to become dormant.
    WarnDormantUser = "user.dormancy.warn" on ();
    /// Reads what one may do oneself, and by what.
    ReadOwnPermissions = "account.permissions.read" on ();
    /// Lists and reads roles, and what they may permit.
    ReadRole = "role.read" on ();
    /// Makes a role.
    CreateRole = "role.create" on RoleFacts;
    /// Changes a role.
    UpdateRole = "role.update" on RoleFacts;
    /// Deletes a role.
    DeleteRole = "role.delete" on RoleFacts;
    /// Comes with the key of a program.
    UseApiKey = "api_key.use" on ();
    /// Makes a key for a program.
    CreateApiKey = "api_key.create" on ApiKeyFacts;
    /// Lists and reads keys of programs.
    ReadApiKey = "api_key.read" on ();
    /// Gives a key another name.
    UpdateApiKey = "api_key.update" on ApiKeyFacts;
    /// Gives a key another secret.
    RotateApiKey = "api_key.rotate" on ApiKeyFacts;
    /// Ends a key.
    RevokeApiKey = "api_key.revoke" on ApiKeyFacts;
    /// Reads the key that one comes with.
    ReadOwnApiKey = "api_key.read_own" on ();
    /// Warns of a key that is about to expire.
    WarnOfApiKey = "api_key.warn" on ();
    /// Reads how the desk is reached.
    ReadDeskContact = "desk_contact.read" on ();
    /// Lists whom to turn to in one's own organisation.
    ListSupportContacts = "support_contact.list" on ();
    /// Lists and reads jobs and their results, and watches them.
    ReadJob = "job.read" on ();
    /// Stops a job.
    CancelJob = "job.cancel" on JobFacts;
    /// Ends a job: the product's own, whoever made it.
    EndJob = "job.end" on JobFacts;
    /// Announces a file.
    CreateUpload = "upload.create" on NewUploadFacts;
    /// Reads what became of a file.
    ReadUpload = "upload.read" on ();
    /// Sends the content of a file.
    WriteUpload = "upload.write" on UploadFacts;
    /// Wipes a file.
    DeleteUpload = "upload.delete" on UploadFacts;
    /// Has the desk's policy tried: what would be answered, and why.
    EvaluatePolicy = "policy.evaluate" on ();
    /// Reads the rules of the desk's policy.
    ReadPolicy = "policy.read" on ();
    /// Lists what the desk can be asked for.
    ListRequestTypes = "request_type.list" on ();
    /// Has the type of a request suggested from its words.
    SuggestRequestType = "request_type.suggest" on ();
    /// Reads which browsers are supported, and has one judged.
    ReadBrowsers = "browser.read" on ();
    /// Has a decision of the desk's policy written down, whoever it was about.
    RecordDecision = "decision.record" on ();
    /// Lists and reads decisions of the desk's policy, and counts them.
    ReadDecision = "decision.read" on ();
    /// Exports decisions of the desk's policy.
    ExportDecisions = "decision.export" on ();
    /// Has the tickets that a filter finds written into a file, and takes it.
    ExportTickets = "ticket.export" on ();
    /// Writes down what such a file came to.
    FinishTicketExport = "ticket_export.finish" on ();
    /// Lists and reads applications.
    ReadApplication = "application.read" on ();
    /// Makes an application, submitted at once or not.
    CreateApplication = "application.create" on ();
    /// Changes an application.
    UpdateApplication = "application.update" on ApplicationFacts;
    /// Submits an application, whose family is invited by that.
    SubmitApplication = "application.submit" on ApplicationFacts;
    /// Withdraws an application.
    WithdrawApplication = "application.withdraw" on ApplicationFacts;
    /// Imports applications out of a file.
    ImportApplications = "application.import" on ();
    /// Invites a family for the first time.
    InviteFamily = "application.invite" on ApplicationFacts;
    /// Invites a family anew.
    ReinviteFamily = "application.reinvite" on ApplicationFacts;
    /// Takes a family's access to an application away.
    UnlinkApplication = "application.unlink" on ApplicationFacts;
    /// Invites the families of many applications.
    InviteFamilies = "invitation.batch" on ();
    /// Takes the access to many applications away.
    UnlinkApplications = "application.batch_unlink" on ();
    /// Lists and reads invitations.
    ReadInvitation = "invitation.read" on ();
    /// Sends an invitation anew.
    ResendInvitation = "invitation.resend" on InvitationFacts;
    /// Takes an invitation back.
    RevokeInvitation = "invitation.revoke" on InvitationFacts;
    /// Asks what an invitation's link or code is for.
    LookUpInvitation = "invitation.look_up" on ();
    /// Begins or confirms an account by an invitation.
    AcceptInvitation = "invitation.accept" on ();
    /// Asks the organisation for a new invitation.
    RequestInvitation = "invitation.request" on ();
    /// Lists and reads the applications that are linked to oneself.
    ReadOwnApplication = "own_application.read" on ();
    /// Links a further application to oneself.
    LinkOwnApplication = "own_application.link" on ();
    /// Unlinks an application from oneself.
    UnlinkOwnApplication = "own_application.unlink" on ();
    /// Lists the organisations of one's applications, and how they are reached.
    ListOrganizations = "organization.list" on ();
    /// Lists and reads articles of the help centre.
    ReadArticle = "article.read" on ();
    /// Reads what an article said before.
    ReadArticleVersions = "article.versions.read" on ();
    /// Takes the words out of an old version of an article.
    RedactArticleVersion = "article.version.redact" on ArticleFacts;
    /// Lists and reads what the help centre has for everybody.
    ReadPublicArticle = "article.read_public" on ();
    /// Writes an article.
    CreateArticle = "article.create" on ();
    /// Changes what an article says.
    UpdateArticle = "article.update" on ArticleFacts;
    /// Lets an article's audience find it.
    PublishArticle = "article.publish" on ArticleFacts;
    /// Lets nobody find an article any more.
    ArchiveArticle = "article.archive" on ArticleFacts;
    /// Takes an article out of the archive.
    RestoreArticle = "article.restore" on ArticleFacts;
    /// Tells colleagues of an article.
    ShareArticle = "article.share" on ArticleFacts;
    /// Says whether an article helped.
    RateArticle = "article.rate" on ArticleFacts;
    /// Says without a session whether an article helped.
    RatePublicArticle = "article.rate_public" on ();
    /// Searches the help centre.
    SearchHelp = "help.search" on ();
    /// Searches what the help centre has for everybody.
    SearchPublicHelp = "help.search_public" on ();
    /// Reads whether a user could be a Support User.
    ReadEligibility = "user.eligibility.read" on ();
    /// Lists and reads messages, and what has become of them.
    ReadNotification = "notification.read" on ();
    /// Sends a message again.
    ResendNotification = "notification.resend" on NotificationFacts;
    /// Lists the kinds of messages, and reads what one says with made-up facts.
    PreviewNotification = "notification.preview" on ();
    /// Writes down what the gateway says of a message.
    SettleNotification = "notification.settle" on ();
    /// Lists and reads the contacts that nothing is sent to.
    ReadSuppression = "suppression.read" on ();
    /// Has a contact written to again.
    LiftSuppression = "suppression.lift" on SuppressionFacts;
    /// Has nothing sent to a contact: it bounced, or its owner asked for it.
    SuppressContact = "contact.suppress" on ();
    /// Has a contact written to again whose owner asked for it.
    ReleaseContact = "contact.release" on ();
    /// Opens a ticket.
    OpenTicket = "ticket.open" on OpeningFacts;
    /// Reports an emergency.
    ReportEmergency = "ticket.report_emergency" on ();
    /// Reads a ticket and its timeline.
    ReadTicket = "ticket.read" on ();
    /// Lists tickets.
    ListTickets = "ticket.list" on ();
    /// Takes a ticket, or gives it to an agent.
    AssignTicket = "ticket.assign" on TicketFacts;
    /// Takes or gives many tickets.
    BulkAssignTickets = "ticket.bulk_assign" on ();
    /// Says something on a ticket.
    ReplyToTicket = "ticket.reply" on TicketFacts;
    /// Says on a ticket what a caller said to an agent.
    ReplyForCaller = "ticket.reply_for_caller" on TicketFacts;
    /// Tells a detail beside the words of a ticket that is there.
    AddTicketDetails = "ticket.add_details" on TicketFacts;
    /// Asks the requester for something.
    AskRequester = "ticket.ask" on TicketFacts;
    /// Leaves a note for the desk's people.
    NoteOnTicket = "ticket.note" on TicketFacts;
    /// Hands a ticket to the organisation.
    HandToOrganization = "ticket.hand_to_organization" on TicketFacts;
    /// Says that the organisation has done its part.
    OrganizationAnswered = "ticket.organization_answered" on TicketFacts;
    /// Confirms that it is an emergency.
    ConfirmEmergency = "ticket.confirm_emergency" on TicketFacts;
    /// Says that it is no emergency.
    DeclineEmergency = "ticket.decline_emergency" on TicketFacts;
    /// Hands a ticket to the second tier.
    EscalateTicket = "ticket.escalate" on TicketFacts;
    /// Hands a ticket back to the first tier.
    ReturnTicket = "ticket.return" on TicketFacts;
    /// Leaves a ticket to development.
    WaitForDevelopment = "ticket.wait_for_development" on TicketFacts;
    /// Records what the second tier did.
    RecordTicketAction = "ticket.record_action" on TicketFacts;
    /// Resolves a ticket.
    ResolveTicket = "ticket.resolve" on TicketFacts;
    /// Refers a requester to their organisation, and closes the ticket.
    ReferTicket = "ticket.refer" on TicketFacts;
    /// Merges a ticket into another.
    MergeTicket = "ticket.merge" on TicketFacts;
    /// Takes one's own ticket back.
    WithdrawTicket = "ticket.withdraw" on TicketFacts;
    /// Opens one's own ticket again.
    ReopenTicket = "ticket.reopen" on TicketFacts;
    /// Opens a ticket that goes on where a closed one ended.
    FollowUpTicket = "ticket.follow_up" on TicketFacts;
    /// Changes what a ticket is about; policy decides anew.
    RetypeTicket = "ticket.retype" on TicketFacts;
    /// Changes how urgent a ticket is.
    ReprioritiseTicket = "ticket.reprioritise" on TicketFacts;
    /// Puts somebody in copy of a ticket, or takes them out.
    WatchTicket = "ticket.watch" on TicketFacts;
    /// Makes a draft of an article out of a ticket that was answered.
    ShareKnowledge = "ticket.share_knowledge" on TicketFacts;
    /// Makes sure who a ticket's requester is.
    VerifyRequester = "ticket.verify_requester" on TicketFacts;
    /// Has what was masked shown as it was written.
    RevealTicket = "ticket.reveal" on TicketFacts;
    /// Objects to what was masked of one's own words.
    ObjectToMasking = "ticket.object" on TicketFacts;
    /// Puts what was written in place of what was masked.
    UpholdObjection = "ticket.objection.uphold" on TicketFacts;
    /// Leaves masked what somebody objected to.
    DismissObjection = "ticket.objection.dismiss" on TicketFacts;
    /// Closes a ticket that nobody answers: the product's own.
    LapseTicket = "ticket.lapse" on TicketFacts;
    /// Writes down that a target of a ticket is missed: the product's own.
    MissTicketTarget = "ticket.miss_target" on TicketFacts;
    /// Reminds the requester of a ticket that waits for them: the product's own.
    RemindRequester = "ticket.remind" on TicketFacts;
    /// Takes a ticket up again when development is done: the product's own.
    EndTicketDevelopment = "ticket.development_done" on TicketFacts;
    /// Takes a ticket up again whose resolution did not arrive: the product's own.
    UndoTicketResolution = "ticket.delivery_failed" on TicketFacts;
    /// Announces an attachment of a ticket.
    CreateAttachment = "attachment.create" on NewAttachmentFacts;
    /// Sends the content of an attachment.
    WriteAttachment = "attachment.write" on AttachmentFacts;
    /// Lists the attachments of a ticket, and reads their content.
    ReadAttachment = "attachment.read" on ();
    /// Lets everybody who sees the ticket have an attachment.
    ClearAttachment = "attachment.clear" on TicketFacts;
    /// Throws an attachment away.
    DiscardAttachment = "attachment.discard" on TicketFacts;
    /// Reads one ticket by the link of a message.
    ReadLinkedTicket = "ticket.read_linked" on ();
    /// Says something on one ticket that was opened by the link of a message.
    ReplyToLinkedTicket = "ticket.reply_linked" on TicketFacts;
    /// Lists and reads internal tickets, and what is said about them.
    ReadInternalTicket = "internal_ticket.read" on ();
    /// Raises an internal ticket.
    CreateInternalTicket = "internal_ticket.create" on ();
    /// Changes title, text or priority of an internal ticket.
    UpdateInternalTicket = "internal_ticket.update" on InternalTicketFacts;
    /// Says something about an internal ticket.
    CommentInternalTicket = "internal_ticket.comment" on InternalTicketFacts;
    /// Links an internal ticket to a ticket that waits for it.
    LinkInternalTicket = "internal_ticket.link" on InternalTicketFacts;
    /// Says that an internal ticket will be worked on.
    AcceptInternalTicket = "internal_ticket.accept" on InternalTicketFacts;
    /// Begins to work on an internal ticket.
    StartInternalTicket = "internal_ticket.start" on InternalTicketFacts;
    /// Says that what an internal ticket asks for is in use.
    ShipInternalTicket = "internal_ticket.ship" on InternalTicketFacts;
    /// Says that an internal ticket will not be worked on.
    DeclineInternalTicket = "internal_ticket.decline" on InternalTicketFacts;
    /// Takes an internal ticket up again that is over.
    ReopenInternalTicket = "internal_ticket.reopen" on InternalTicketFacts;
    /// Lists and reads canned replies, and has one filled in with what is made up.
    ReadCannedReply = "canned_reply.read" on ();
    /// Writes a canned reply.
    CreateCannedReply = "canned_reply.create" on ();
    /// Changes a canned reply.
    UpdateCannedReply = "canned_reply.update" on CannedReplyFacts;
    /// Deletes a canned reply.
    DeleteCannedReply = "canned_reply.delete" on CannedReplyFacts;
    /// Searches the audit.
    ReadAudit = "audit.read" on ();
    /// Exports the audit.
    ExportAudit = "audit.export" on ();
}

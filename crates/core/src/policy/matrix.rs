//! Which role may do what: one table, printed as a snapshot by the tests.

use jiff::SignedDuration;

use super::action::ActionKind as A;
use crate::domain::account::{Realm, Role};
use crate::domain::permission::{Permission, PermissionSet};

/// How old a second factor may be for most actions that need a fresh one (RFC 9470).
pub const STEP_UP_AGE: SignedDuration = SignedDuration::from_mins(5);

/// How old it may be for having shown what was masked.
const REVEAL_STEP_UP_AGE: SignedDuration = SignedDuration::from_mins(15);

/// What a role may do with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Nothing.
    Never,
    /// Do it, even before the second factor: enrol, verify, read oneself, sign out.
    Unproven,
    /// Do it.
    Allowed,
    /// Do it with a second factor no older than [`step_up_age`] says.
    StepUp,
    /// As [`Self::StepUp`], for whoever has a second factor or must have one; others just do it, to
    /// what is their own.
    OwnStepUp,
}

/// Who may do an action, as the table below writes it.
enum Who {
    /// Somebody without a session.
    Public,
    /// Everybody who is signed in, for themselves, also before the second factor.
    Oneself,
    /// Every person, for themselves, once the session is proved.
    Person(Fresh),
    /// Only whoever has a shell on the machine.
    OperatorOnly,
    /// Only programs, by their key.
    ProgramOnly,
    /// These roles.
    Roles(&'static [Role], Fresh),
    /// These roles, and every user of an organisation who holds these permissions. A Site Admin does.
    Holders(&'static [Role], &'static [Permission], Fresh),
    /// These roles, and every user of an organisation who holds one of these permissions. A Site Admin does.
    /// Which of them it takes is a rule about the object.
    HoldersOfOne(&'static [Role], &'static [Permission], Fresh),
}

/// Whether the second factor must be fresh.
#[derive(Clone, Copy)]
enum Fresh {
    /// Any proof of this session will do.
    No,
    /// See [`step_up_age`].
    Yes,
    /// As [`Self::Yes`], for whoever has a factor or must have one.
    IfAny,
}

/// The table. An action without a row does not compile.
#[expect(clippy::match_same_arms, reason = "a row for each action reads better than a merged one")]
#[expect(clippy::too_many_lines, reason = "one table in one place, as it is reviewed")]
const fn who(action: A) -> Who {
    use Fresh::{IfAny, No, Yes};
    use Permission::{
        ApiKeysManage, ApplicationsImport, ApplicationsRead, ApplicationsWrite, ArticlesWrite,
        AuditRead, ExportsRun, InvitationsSend, InvitationsUnlink, RolesManage, SettingsManage,
        UsersManage, UsersRead,
    };
    use Role::{
        DeskManager, Developer, Guardian, Member, PlatformAdmin, SiteAdmin, SupportUser, TierOne,
        TierTwo,
    };
    match action {
        A::SignIn
        | A::RefreshSession
        | A::RedeemEnrolment
        | A::RequestPasswordReset
        | A::RedeemPasswordReset
        | A::ReadDeskContact
        | A::ListRequestTypes
        | A::ReadBrowsers
        | A::RecordDecision
        | A::LookUpInvitation
        | A::AcceptInvitation
        | A::RequestInvitation
        | A::ReadPublicArticle
        | A::RatePublicArticle
        | A::SearchPublicHelp
        | A::UseApiKey => Who::Public,
        A::ReadOwnSession
        | A::EndOwnSession
        | A::EnrolSecondFactor
        | A::VerifySecondFactor
        | A::UseRecoveryCode => Who::Oneself,
        A::ListOwnSessions | A::RevokeOwnSession => Who::Person(No),
        A::ReadOwnAccount | A::UpdateOwnAccount | A::ChangePassword => Who::Person(No),
        A::ChangeContact => Who::Person(IfAny),
        A::ReplaceSecondFactor | A::RenewRecoveryCodes => Who::Person(IfAny),
        A::RemoveSecondFactor => Who::Roles(&[SupportUser, Member, Guardian], IfAny),
        A::SendSecondFactorCode => Who::Roles(&[Guardian], No),
        A::CreateDeskAccount => Who::Roles(&[PlatformAdmin, DeskManager], Yes),
        A::ReadDeskAccount => Who::Roles(&[PlatformAdmin, DeskManager], No),
        A::UpdateDeskAccount | A::ReactivateDeskAccount | A::ReenrolDeskAccount => {
            Who::Roles(&[PlatformAdmin, DeskManager], Yes)
        }
        // Somebody who has to be stopped is stopped at once.
        A::DeactivateDeskAccount => Who::Roles(&[PlatformAdmin, DeskManager], No),
        A::RotateSigningKey => Who::OperatorOnly,
        A::CreateTenant => Who::Roles(&[PlatformAdmin], Yes),
        A::ReadTenant => Who::Holders(&[PlatformAdmin], &[SettingsManage], No),
        A::UpdateTenant => Who::Roles(&[PlatformAdmin], No),
        A::UpdateTenantSettings => Who::Holders(&[PlatformAdmin], &[SettingsManage], No),
        A::LoosenSecondFactor => Who::Roles(&[PlatformAdmin, SiteAdmin], Yes),
        A::ChangeTenantContacts => Who::Roles(&[PlatformAdmin], Yes),
        A::SuspendTenant | A::ResumeTenant => Who::Roles(&[PlatformAdmin], No),
        A::ReadOwner => Who::Roles(&[PlatformAdmin, SiteAdmin], No),
        A::AddOwner | A::ChangeOwner | A::ConfirmOwner | A::RemoveOwner => {
            Who::Roles(&[PlatformAdmin], Yes)
        }
        A::EvaluatePolicy | A::ReadPolicy | A::SuggestRequestType => Who::Person(No),
        A::ReadUser | A::ReadRole | A::ReadEligibility => Who::Holders(&[], &[UsersRead], No),
        A::CreateUser | A::InviteUser => Who::Holders(&[], &[UsersManage], No),
        // An address leads to a password: whoever changes one proves who they are.
        A::UpdateUser => Who::Holders(&[], &[UsersManage], Yes),
        // Somebody who has to be stopped is stopped at once.
        A::DeactivateUser | A::KeepUserActive => Who::Holders(&[], &[UsersManage], No),
        // "Reach out to your Site Admin" (PM1, "Reactivate Users"), and a record that lets somebody log
        // tickets is a Site Admin's word (PM2, "Support Users").
        A::ReactivateUser => Who::Roles(&[SiteAdmin], Yes),
        A::RecordTraining => Who::Roles(&[SiteAdmin], No),
        A::AssignRoles | A::CreateRole | A::UpdateRole | A::DeleteRole => {
            Who::Holders(&[], &[RolesManage], Yes)
        }
        A::ImportRoster => Who::Holders(&[], &[UsersRead, UsersManage], Yes),
        A::ExportRoster => Who::Holders(&[], &[UsersRead, ExportsRun], Yes),
        A::ReadOwnPermissions => Who::Roles(&[SiteAdmin, SupportUser, Member], No),
        A::ImportFirstUse => Who::Roles(&[PlatformAdmin], Yes),
        A::ResendFirstInvitation => Who::Roles(&[PlatformAdmin], No),
        A::CreateApiKey | A::RotateApiKey => Who::Holders(&[], &[ApiKeysManage], Yes),
        // What has to be stopped is stopped at once.
        A::ReadApiKey | A::UpdateApiKey | A::RevokeApiKey => {
            Who::Holders(&[], &[ApiKeysManage], No)
        }
        A::ReadOwnApiKey => Who::ProgramOnly,
        A::MakeSiteAdmin | A::MakeSupportUser | A::WarnDormantUser | A::WarnOfApiKey => {
            Who::OperatorOnly
        }
        A::ReadAudit | A::ReadDecision => {
            Who::Holders(&[PlatformAdmin, DeskManager], &[AuditRead], No)
        }
        A::ExportAudit | A::ExportDecisions => {
            Who::Holders(&[PlatformAdmin, DeskManager], &[AuditRead, ExportsRun], Yes)
        }
        A::ListSupportContacts => Who::Roles(&[SiteAdmin, SupportUser, Member], No),
        // Which jobs somebody sees is said by kind: `policy/job.rs`.
        A::ReadJob | A::CancelJob => Who::Person(No),
        A::EndJob => Who::OperatorOnly,
        // Which messages those are is said by kind: `policy/notification.rs`.
        A::ReadNotification | A::ReadSuppression => {
            Who::HoldersOfOne(&[PlatformAdmin], &[UsersRead, InvitationsSend], No)
        }
        A::ResendNotification => {
            Who::HoldersOfOne(&[PlatformAdmin], &[UsersManage, InvitationsSend], No)
        }
        A::PreviewNotification => Who::Holders(&[PlatformAdmin], &[InvitationsSend], No),
        A::LiftSuppression => Who::Roles(&[PlatformAdmin, SiteAdmin], No),
        A::SettleNotification | A::SuppressContact | A::ReleaseContact => Who::OperatorOnly,
        // A file is seen and sent by whoever could use it: `policy/upload.rs`, by its purpose.
        A::CreateUpload | A::ReadUpload | A::WriteUpload | A::DeleteUpload => {
            Who::HoldersOfOne(&[], &[UsersManage, ApplicationsImport], No)
        }
        A::ReadApplication | A::ReadInvitation => Who::Holders(&[], &[ApplicationsRead], No),
        A::CreateApplication
        | A::UpdateApplication
        | A::SubmitApplication
        | A::WithdrawApplication => Who::Holders(&[], &[ApplicationsWrite], No),
        A::ImportApplications => Who::Holders(&[], &[ApplicationsImport], No),
        // Two permissions (CW): inviting, and taking access away.
        A::InviteFamily
        | A::ReinviteFamily
        | A::InviteFamilies
        | A::ResendInvitation
        | A::RevokeInvitation => Who::Holders(&[], &[InvitationsSend], No),
        A::UnlinkApplication | A::UnlinkApplications => Who::Holders(&[], &[InvitationsUnlink], No),
        A::ReadCannedReply => Who::Roles(&[DeskManager, TierOne, TierTwo], No),
        A::CreateCannedReply | A::UpdateCannedReply | A::DeleteCannedReply => {
            Who::Roles(&[DeskManager, TierTwo], No)
        }
        // Raised by Tier II, moved by developers, who see these and no case (TS, "Tickets").
        A::ReadInternalTicket => Who::Roles(&[DeskManager, TierTwo, Developer], No),
        A::CreateInternalTicket | A::LinkInternalTicket => Who::Roles(&[TierTwo], No),
        A::UpdateInternalTicket | A::CommentInternalTicket => Who::Roles(&[TierTwo, Developer], No),
        A::AcceptInternalTicket
        | A::StartInternalTicket
        | A::ShipInternalTicket
        | A::DeclineInternalTicket
        | A::ReopenInternalTicket => Who::Roles(&[Developer], No),
        A::ReadOwnApplication
        | A::LinkOwnApplication
        | A::UnlinkOwnApplication
        | A::ListOrganizations => Who::Roles(&[Guardian], No),
        // Anybody of an organisation, whether they get in or not (PM1, "Emergency").
        A::ReportEmergency => Who::Public,
        // Whoever has the link of a message about a ticket of their own; it works once.
        A::ReadLinkedTicket | A::ReplyToLinkedTicket => Who::Public,
        // Who does what with which ticket, and when, is said by the table of transitions and by
        // `policy/ticket.rs`.
        // Of members what is an emergency: `policy/ticket/opening.rs`.
        A::OpenTicket => {
            Who::Roles(&[SiteAdmin, SupportUser, Member, Guardian, TierOne, TierTwo], No)
        }
        A::ReadTicket | A::ListTickets => Who::Roles(
            &[SiteAdmin, SupportUser, Member, Guardian, TierOne, TierTwo, DeskManager],
            No,
        ),
        A::ExportTickets => {
            Who::Roles(&[SiteAdmin, SupportUser, TierOne, TierTwo, DeskManager], Yes)
        }
        A::FinishTicketExport => Who::OperatorOnly,
        // Agents tell what a caller told them.
        A::ReplyToTicket | A::AddTicketDetails => {
            Who::Roles(&[SiteAdmin, SupportUser, Member, Guardian, TierOne, TierTwo], No)
        }
        // What a family asks for is read by nobody beside it.
        A::WatchTicket => Who::Roles(&[SiteAdmin, SupportUser, Member, TierOne, TierTwo], No),
        A::WithdrawTicket | A::ReopenTicket => {
            Who::Roles(&[SiteAdmin, SupportUser, Member, Guardian], No)
        }
        // It opens a ticket.
        A::FollowUpTicket => Who::Roles(&[SiteAdmin, SupportUser, Guardian, TierOne, TierTwo], No),
        A::ShareKnowledge => Who::Roles(&[SiteAdmin, SupportUser, TierOne, TierTwo], No),
        A::OrganizationAnswered => Who::Roles(&[SiteAdmin, SupportUser, TierOne, TierTwo], No),
        A::AssignTicket
        | A::BulkAssignTickets
        | A::ReplyForCaller
        | A::AskRequester
        | A::NoteOnTicket
        | A::HandToOrganization
        | A::ResolveTicket
        | A::ReferTicket
        | A::MergeTicket
        | A::RetypeTicket
        | A::ReprioritiseTicket
        | A::VerifyRequester => Who::Roles(&[TierOne, TierTwo], No),
        A::ConfirmEmergency | A::DeclineEmergency | A::EscalateTicket => Who::Roles(&[TierOne], No),
        A::ReturnTicket | A::WaitForDevelopment | A::RecordTicketAction => {
            Who::Roles(&[TierTwo], No)
        }
        // Which attachments those are, and how much of them is given out: `policy/attachment.rs`.
        A::CreateAttachment | A::WriteAttachment | A::ReadAttachment => {
            Who::Roles(&[SiteAdmin, SupportUser, Member, Guardian, TierOne, TierTwo], No)
        }
        A::ClearAttachment | A::DiscardAttachment => Who::Roles(&[TierTwo], No),
        A::RevealTicket => Who::Roles(&[TierTwo], Yes),
        // Whose words they are is asked for where the objection is made.
        A::ObjectToMasking => {
            Who::Roles(&[SiteAdmin, SupportUser, Member, Guardian, TierOne, TierTwo], No)
        }
        A::UpholdObjection => Who::Roles(&[TierTwo], Yes),
        A::DismissObjection => Who::Roles(&[TierTwo], No),
        A::LapseTicket
        | A::MissTicketTarget
        | A::RemindRequester
        | A::EndTicketDevelopment
        | A::UndoTicketResolution => Who::OperatorOnly,
        // Which articles those are is said by audience and side: `store/articles`.
        A::ReadArticle | A::SearchHelp | A::RateArticle => Who::Person(No),
        A::CreateArticle
        | A::UpdateArticle
        | A::PublishArticle
        | A::ArchiveArticle
        | A::RestoreArticle
        | A::ReadArticleVersions => Who::Holders(&[DeskManager, TierTwo], &[ArticlesWrite], No),
        A::RedactArticleVersion => Who::Holders(&[DeskManager, TierTwo], &[ArticlesWrite], Yes),
        A::ShareArticle => Who::Holders(&[SupportUser], &[ArticlesWrite], No),
    }
}

/// How old a second factor may be for an action that needs a fresh one.
pub const fn step_up_age(action: A) -> SignedDuration {
    match action {
        A::RevealTicket | A::UpholdObjection => REVEAL_STEP_UP_AGE,
        _ => STEP_UP_AGE,
    }
}

/// What a program may ever do, and what its key has to permit for it. A list of its own: an action that is
/// opened to people is closed to programs until somebody decides otherwise here. Nothing about people,
/// roles, settings, owners, keys and sessions stands on it, and nothing that wants a second factor.
const fn by_key(action: A) -> Option<&'static [Permission]> {
    use Permission::{
        ApplicationsImport, ApplicationsRead, ApplicationsWrite, InvitationsSend, InvitationsUnlink,
    };
    match action {
        // Which jobs those are is said by kind and maker: its own.
        A::ReadOwnApiKey | A::ReadJob | A::CancelJob => Some(&[]),
        A::ReadApplication | A::ReadInvitation => Some(&[ApplicationsRead]),
        A::CreateApplication
        | A::UpdateApplication
        | A::SubmitApplication
        | A::WithdrawApplication => Some(&[ApplicationsWrite]),
        A::CreateUpload
        | A::ReadUpload
        | A::WriteUpload
        | A::DeleteUpload
        | A::ImportApplications => Some(&[ApplicationsImport]),
        A::InviteFamily
        | A::ReinviteFamily
        | A::InviteFamilies
        | A::ResendInvitation
        | A::RevokeInvitation => Some(&[InvitationsSend]),
        A::UnlinkApplication | A::UnlinkApplications => Some(&[InvitationsUnlink]),
        _ => None,
    }
}

/// What a role may do with an action.
pub fn grant(action: A, role: Role) -> Grant {
    if matches!(role, Role::Integration) {
        return if by_key(action).is_some() { Grant::Allowed } else { Grant::Never };
    }
    match who(action) {
        Who::Public | Who::OperatorOnly | Who::ProgramOnly => Grant::Never,
        Who::Oneself => Grant::Unproven,
        Who::Roles(roles, _) if !roles.contains(&role) => Grant::Never,
        Who::Holders(roles, ..) | Who::HoldersOfOne(roles, ..)
            if !roles.contains(&role) && role.realm() != Realm::Tenant =>
        {
            Grant::Never
        }
        Who::Person(fresh)
        | Who::Roles(_, fresh)
        | Who::Holders(_, _, fresh)
        | Who::HoldersOfOne(_, _, fresh) => match fresh {
            Fresh::No => Grant::Allowed,
            Fresh::IfAny => Grant::OwnStepUp,
            Fresh::Yes => Grant::StepUp,
        },
    }
}

/// What somebody of a role has to hold for an action, beside what [`grant`] says: nothing, unless the action
/// is for holders and the role is not one of those that it names.
pub fn permissions(action: A, role: Role) -> PermissionSet {
    if matches!(role, Role::Integration) {
        return by_key(action).unwrap_or_default().iter().copied().collect();
    }
    match who(action) {
        Who::Holders(roles, permissions, _) if !roles.contains(&role) => {
            permissions.iter().copied().collect()
        }
        _ => PermissionSet::NONE,
    }
}

/// Whether a program may ever do an action.
pub const fn is_open_to_programs(action: A) -> bool {
    by_key(action).is_some()
}

/// Permissions of which somebody of a role has to hold one for an action; none if that is not asked.
pub fn permissions_of_which_one(action: A, role: Role) -> PermissionSet {
    match who(action) {
        Who::HoldersOfOne(_, permissions, _) if role.realm() == Realm::Tenant => {
            permissions.iter().copied().collect()
        }
        _ => PermissionSet::NONE,
    }
}

/// Whether what somebody of a role holds is enough for an action.
pub fn is_enough(action: A, role: Role, holds: PermissionSet) -> bool {
    let one = permissions_of_which_one(action, role);
    holds.covers(permissions(action, role)) && (one == PermissionSet::NONE || holds.meets(one))
}

/// Whether a caller without an account may do an action to the ticket that is theirs.
pub const fn is_a_callers(action: A) -> bool {
    matches!(action, A::ReplyToTicket | A::ReopenTicket)
}

/// Whether somebody without a session may do an action.
pub const fn is_public(action: A) -> bool {
    matches!(who(action), Who::Public)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A role by role table of letters: `.` never, `o` oneself, `x` allowed, `!` with a fresh factor,
    /// `f` with a fresh factor if there is one. Behind an action stand the permissions that users of an
    /// organisation need for it; a Site Admin holds them all.
    #[test]
    fn the_table_is_what_was_reviewed() {
        let letter = |grant| match grant {
            Grant::Never => '.',
            Grant::Unproven => 'o',
            Grant::Allowed => 'x',
            Grant::StepUp => '!',
            Grant::OwnStepUp => 'f',
        };
        let mut table = Vec::new();
        for action in A::ALL {
            let row: String = Role::ALL.iter().map(|role| letter(grant(*action, *role))).collect();
            let words = |set: PermissionSet, between| {
                set.iter().map(Permission::as_str).collect::<Vec<_>>().join(between)
            };
            let all = words(permissions(*action, Role::Member), " ");
            let one = words(permissions_of_which_one(*action, Role::Member), " or ");
            table.push(format!("{row}  {action} {all}{one}").trim_end().to_owned());
        }
        insta::assert_snapshot!("role_by_action", table.join("\n"));
    }
}

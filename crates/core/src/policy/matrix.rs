//! Which role may do what: one table, printed as a snapshot by the tests.

use jiff::SignedDuration;

use super::action::ActionKind as A;
use crate::domain::account::Role;

/// How old a second factor may be for an action that needs a fresh one (RFC 9470).
pub const STEP_UP_AGE: SignedDuration = SignedDuration::from_mins(5);

/// What a role may do with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Nothing.
    Never,
    /// Do it, even before the second factor: enrol, verify, read oneself, sign out.
    Unproven,
    /// Do it.
    Allowed,
    /// Do it with a second factor no older than [`STEP_UP_AGE`].
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
    /// These roles.
    Roles(&'static [Role], Fresh),
}

/// Whether the second factor must be fresh.
#[derive(Clone, Copy)]
enum Fresh {
    /// Any proof of this session will do.
    No,
    /// See [`STEP_UP_AGE`].
    Yes,
    /// As [`Self::Yes`], for whoever has a factor or must have one.
    IfAny,
}

/// The table. An action without a row does not compile.
#[expect(clippy::match_same_arms, reason = "a row for each action reads better than a merged one")]
const fn who(action: A) -> Who {
    use Fresh::{IfAny, No, Yes};
    use Role::{DeskManager, Guardian, Member, PlatformAdmin, SiteAdmin, SupportUser};
    match action {
        A::SignIn
        | A::RefreshSession
        | A::RedeemEnrolment
        | A::RequestPasswordReset
        | A::RedeemPasswordReset => Who::Public,
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
        A::ReadTenant => Who::Roles(&[PlatformAdmin, SiteAdmin], No),
        A::UpdateTenant => Who::Roles(&[PlatformAdmin], No),
        A::UpdateTenantSettings => Who::Roles(&[PlatformAdmin, SiteAdmin], No),
        A::LoosenSecondFactor => Who::Roles(&[PlatformAdmin, SiteAdmin], Yes),
        A::ChangeTenantContacts => Who::Roles(&[PlatformAdmin], Yes),
        A::SuspendTenant | A::ResumeTenant => Who::Roles(&[PlatformAdmin], No),
        A::ReadOwner => Who::Roles(&[PlatformAdmin, SiteAdmin], No),
        A::AddOwner | A::ChangeOwner | A::ConfirmOwner | A::RemoveOwner => {
            Who::Roles(&[PlatformAdmin], Yes)
        }
        // Which jobs somebody sees is said by kind: `policy/job.rs`.
        A::ReadJob | A::CancelJob => Who::Person(No),
        A::CreateUpload | A::ReadUpload | A::WriteUpload | A::DeleteUpload => {
            Who::Roles(&[SiteAdmin], No)
        }
        A::ReadAudit => Who::Roles(&[PlatformAdmin, DeskManager, SiteAdmin], No),
        A::ExportAudit => Who::Roles(&[PlatformAdmin, DeskManager, SiteAdmin], Yes),
    }
}

/// What a role may do with an action.
pub fn grant(action: A, role: Role) -> Grant {
    match who(action) {
        Who::Public | Who::OperatorOnly => Grant::Never,
        Who::Oneself => Grant::Unproven,
        Who::Person(_) if matches!(role, Role::Integration) => Grant::Never,
        Who::Roles(roles, _) if !roles.contains(&role) => Grant::Never,
        Who::Person(Fresh::No) | Who::Roles(_, Fresh::No) => Grant::Allowed,
        Who::Person(_) | Who::Roles(_, Fresh::IfAny) => Grant::OwnStepUp,
        Who::Roles(_, Fresh::Yes) => Grant::StepUp,
    }
}

/// Whether somebody without a session may do an action.
pub const fn is_public(action: A) -> bool {
    matches!(who(action), Who::Public)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A role by role table of letters: `.` never, `o` oneself, `x` allowed, `!` with a fresh factor,
    /// `f` with a fresh factor if there is one.
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
            table.push(format!("{row}  {action}"));
        }
        insta::assert_snapshot!("role_by_action", table.join("\n"));
    }
}

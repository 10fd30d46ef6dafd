//! What becomes of a row: a user who is there is changed, and what stands in the way is a fault of it.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, RoleId};
use caredesk_core::domain::job::{RowFault, RowOutcome};
use caredesk_core::domain::roster::{RosterColumn, RosterRow};
use caredesk_core::domain::user::{User, UserChanges};
use caredesk_core::policy::action::UpdateUser;
use caredesk_core::policy::{ActionKind, UserChange};

use crate::guard::{Governed, Refusal, admit_known_user};
use crate::service::{roles, users};
use crate::store::Tx;
use crate::store::jobs::RowResult;

/// What is to become of a row.
pub(super) enum Judged {
    /// It is done with.
    Ended(Result<(RowOutcome, Option<AccountId>), Failure>),
    /// It makes a user with these roles.
    New(Vec<RoleId>),
}

impl Judged {
    pub(super) fn failed(fault: RowFault) -> Self {
        Self::Ended(Err(Failure::of(vec![fault])))
    }
}

/// Why a row cannot be imported.
pub(super) struct Failure {
    /// What its result says.
    pub(super) faults: Vec<RowFault>,
    /// What the rules denied, if it was they.
    pub(super) denied: Option<(ActionKind, Code)>,
}

impl Failure {
    /// One that is the row's own.
    pub(super) const fn of(faults: Vec<RowFault>) -> Self {
        Self { faults, denied: None }
    }
}

/// Changes a user to what a row says, by the use cases that everybody's changes go through.
pub(super) fn change(
    tx: &mut Tx<'_>,
    governed: &Governed,
    (user, row, roles): (&User, &RosterRow, Option<&[RoleId]>),
) -> Result<Judged, Refusal> {
    let (who, id) = (governed.who(), user.account.id);
    if row.status.is_some_and(|status| status != user.account.status) {
        return Ok(Judged::failed(fault(Some(RosterColumn::Status), "not_importable")));
    }
    let (changes, role) = (changes(row), row.role.map(Role::from));
    let has: BTreeSet<RoleId> = user.roles.iter().map(|role| role.id).collect();
    let wanted = roles.filter(|wanted| wanted.iter().copied().collect::<BTreeSet<_>>() != has);
    let is_same =
        changes.fields(user).is_empty() && role.is_none_or(|role| role == user.account.role);
    if is_same && wanted.is_none() {
        // Nothing is asked of the database, and the same of the rules as for a change.
        return match admit_known_user::<UpdateUser>(who, user, UserChange::default(), tx.now) {
            Ok(_) => Ok(Judged::Ended(Ok((RowOutcome::Unchanged, Some(id))))),
            Err(refusal) => because(refusal, row),
        };
    }
    let ended = tx.kept_if_ok(|tx| {
        users::change(tx, who, (id, None), (&changes, role))?;
        if let Some(wanted) = wanted {
            roles::assign_governed(tx, governed, (id, None), wanted)?;
        }
        Ok::<_, Refusal>(())
    });
    match ended {
        Ok(()) => Ok(Judged::Ended(Ok((RowOutcome::Updated, Some(id))))),
        Err(refusal) => because(refusal, row),
    }
}

/// What a row says of a user who is there.
fn changes(row: &RosterRow) -> UserChanges {
    let new = row.user.clone();
    UserChanges {
        user_name: Some(new.user_name),
        first_name: Some(new.first_name),
        last_name: Some(new.last_name),
        email: Some(new.email),
        phone: new.phone.map(Some),
        locale: new.locale,
    }
}

/// A refusal as a row's fault; what is about the database stays an error.
pub(super) fn because(refusal: Refusal, row: &RosterRow) -> Result<Judged, Refusal> {
    let (code, denied) = match &refusal {
        Refusal::Denied(denials) => (refusal.code(), Some((denials.action, refusal.code()))),
        Refusal::Because(_) | Refusal::NotFound => (refusal.code(), None),
        _ => return Err(refusal),
    };
    let column = match code {
        Code::SiteAdminByAccessChange | Code::SupportUserByAccessChange if row.role.is_some() => {
            Some(RosterColumn::Role)
        }
        Code::AddressReserved | Code::AddressShared => Some(RosterColumn::Email),
        Code::PermissionsOutOfReach => Some(RosterColumn::Roles),
        Code::UserNameTaken => Some(RosterColumn::UserName),
        _ => None,
    };
    Ok(Judged::Ended(Err(Failure { faults: vec![fault(column, code.as_str())], denied })))
}

/// A fault of a column.
pub(super) fn fault(column: Option<RosterColumn>, code: &str) -> RowFault {
    RowFault { column: column.map(|column| column.as_str().to_owned()), code: code.to_owned() }
}

/// What became of a row.
pub(super) fn result(
    row: i64,
    ended: Result<(RowOutcome, Option<AccountId>), Failure>,
) -> RowResult {
    match ended {
        Ok((outcome, user)) => {
            RowResult { row, outcome, subject: user.map(AccountId::uuid), faults: Vec::new() }
        }
        Err(Failure { faults, .. }) => {
            RowResult { row, outcome: RowOutcome::Failed, subject: None, faults }
        }
    }
}

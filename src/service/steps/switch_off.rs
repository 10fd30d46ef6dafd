//! Switching a user off: what follows is the same whoever does it.

use caredesk_core::domain::account::{InactiveReason, Role};
use caredesk_core::domain::user::User;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::DeactivateUser;
use serde_json::json;

use super::invitations::shut_out;
use super::note::about;
use crate::guard::Refusal;
use crate::store::{self, Tx};

/// Switches off whom the permit names, and writes it down.
pub(crate) fn switch_off(
    tx: &mut Tx<'_>,
    permit: &Permit<DeactivateUser>,
    before: &User,
    reason: InactiveReason,
) -> Result<User, Refusal> {
    let id = before.account.id;
    store::accounts::users::deactivate(tx, permit, reason)?;
    let ended = shut_out(tx, permit, id)?;
    let role = Some(before.account.role).filter(|role| *role != Role::Member);
    let detail = json!({"reason": reason, "sessions_ended": ended, "role_ended": role});
    about(tx, permit, (Some(before.tenant), id.uuid()), &detail)?;
    let found = store::accounts::users::find(tx.conn, permit.scope(), id)?;
    found.ok_or(Refusal::NotFound)
}

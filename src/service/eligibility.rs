//! Whether a user could be a Support User (PM2), asked before anybody asks for it in earnest.

use caredesk_core::domain::ids::AccountId;
use caredesk_core::policy::Candidate;
use caredesk_core::policy::action::ReadEligibility;

use super::perform::Looker;
use super::steps::addresses;
use crate::guard::{Refusal, admit};
use crate::store::db::Conn;

/// A user as somebody who would be a Support User. Whose address theirs is, too, stays unsaid.
///
/// # Errors
/// Not found, also for a user of another organisation, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, user: AccountId) -> Result<Candidate, Refusal> {
    let scope = admit::<ReadEligibility>(&looker.actor, looker.now)?.scope();
    addresses::candidate(conn, scope, user, looker.now)
}

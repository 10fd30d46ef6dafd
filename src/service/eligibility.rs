//! Whether a user could be a Support User (PM2), asked before anybody asks for it in earnest.

use caredesk_core::domain::ids::AccountId;
use caredesk_core::policy::Candidate;
use caredesk_core::policy::action::ReadEligibility;

use super::perform::Looker;
use super::steps::{addresses, eligibility};
use crate::guard::{Refusal, admit};
use crate::store;
use crate::store::db::Conn;

/// A user as somebody who would be a Support User. Whose address theirs is, too, stays unsaid.
///
/// # Errors
/// Not found, also for a user of another organisation, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, user: AccountId) -> Result<Candidate, Refusal> {
    let scope = admit::<ReadEligibility>(&looker.actor, looker.now)?.scope();
    let user = store::accounts::users::find(conn, scope, user)?.ok_or(Refusal::NotFound)?;
    let tenant = store::tenants::find(conn, scope, user.tenant)?.ok_or(Refusal::NotFound)?;
    let address = addresses::whose(conn, &user.account)?;
    Ok(eligibility::candidate(&user, &tenant, address, looker.now))
}

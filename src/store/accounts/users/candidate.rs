//! Users as they are judged who would be Support Users.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Realm;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::tenant::TenantSettings;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::support_user::Address;
use caredesk_core::policy::{Candidate, Scope, Sight};
use diesel::dsl::exists;
use diesel::prelude::*;

use super::UserRow;
use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, tenants, training_records};

/// Account, settings of the organisation, and whether the person is trained.
type CandidateRow = (UserRow, Json<TenantSettings>, bool);

/// A user as somebody who would be a Support User, with their whole name; whose their address is is still to
/// be asked. One statement.
pub fn candidate(
    conn: &mut Conn,
    scope: Scope,
    id: AccountId,
    now: Moment,
) -> StoreResult<Option<(Candidate, PersonName)>> {
    let users = accounts::table.inner_join(tenants::table).filter(accounts::id.eq(id));
    let row: Option<CandidateRow> = users
        .filter(accounts::realm.eq(Realm::Tenant))
        .select((UserRow::as_select(), tenants::settings, is_trained!()))
        .first(conn)
        .optional()?;
    let Some((row, settings, is_trained)) = row else { return Ok(None) };
    let user = row.user(false, is_trained, (Vec::new(), PermissionSet::NONE));
    let is_seen = match scope.sight() {
        Sight::System => true,
        Sight::Tenant(tenant) => tenant == user.tenant,
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => false,
    };
    if !is_seen {
        return Ok(None);
    }
    let away = user.inactive_since.map(|since| now.since(since)).unwrap_or_default();
    let account = user.account;
    let candidate = Candidate {
        id: account.id,
        tenant: user.tenant,
        zone: settings.0.time_zone.zone(),
        role: account.role,
        status: account.status,
        first_used_at: user.first_used_at,
        inactive_for: user.inactive_for.saturating_add(away),
        is_trained,
        first_name: user.first_name,
        last_name: user.last_name,
        email: account.email,
        address: Address::None,
    };
    Ok(Some((candidate, account.name)))
}

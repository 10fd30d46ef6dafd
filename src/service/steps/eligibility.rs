//! What the criteria of Support Users are judged by.

use caredesk_core::domain::tenant::Tenant;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::User;
use caredesk_core::policy::Candidate;
use caredesk_core::policy::support_user::Address;

/// A user as somebody who would be a Support User.
pub(crate) fn candidate(user: &User, tenant: &Tenant, address: Address, now: Moment) -> Candidate {
    let account = &user.account;
    let away = user.inactive_since.map(|since| now.since(since)).unwrap_or_default();
    Candidate {
        id: account.id,
        tenant: tenant.id,
        zone: tenant.settings.time_zone.zone(),
        role: account.role,
        status: account.status,
        first_used_at: user.first_used_at,
        inactive_for: user.inactive_for.saturating_add(away),
        is_trained: user.is_trained,
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        email: account.email.clone(),
        address,
    }
}

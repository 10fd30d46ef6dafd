//! What is shown of users.

use caredesk_core::domain::account::{AccountStatus, InactiveReason, Locale, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, RoleId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user as domain;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, RoleName, UserName};
use caredesk_core::policy::{ActionKind, UserChange};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, counted_page};

/// What can be done with a user, in the order of a menu.
const MENU: [ActionKind; 7] = [
    ActionKind::UpdateUser,
    ActionKind::AssignRoles,
    ActionKind::InviteUser,
    ActionKind::RecordTraining,
    ActionKind::KeepUserActive,
    ActionKind::DeactivateUser,
    ActionKind::ReactivateUser,
];

/// A user of an organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "number": "U-000123", "user_name": "ana.ruiz",
    "first_name": "Ana", "last_name": "Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100201",
    "locale": "en", "role": "member", "roles": [{"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e20", "name": "Reception"}],
    "status": "active", "inactive_reason": null, "inactive_since": null, "was_site_admin": false,
    "kept_active": false, "is_trained": true, "has_second_factor": false, "invitation_expires_at": null,
    "first_used_at": "2026-03-02T08:00:00Z", "first_use_imported": false,
    "last_signed_in_at": "2026-11-20T07:58:12Z",
    "created_at": "2026-03-01T09:30:00Z", "updated_at": "2026-11-20T07:58:12Z", "version": 4,
    "allowed_actions": [{"action": "user.update", "allowed": true, "barred_by": null}]}))]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own to a client")]
#[expect(clippy::struct_field_names, reason = "the user name is called that everywhere")]
pub(in crate::api) struct User {
    /// Its id.
    id: AccountId,
    /// Its running number in the organisation: it identifies and never authorises.
    #[schema(min_length = 8, max_length = 21, pattern = "^U-[0-9]{6,19}$", example = "U-000123")]
    number: String,
    /// What they sign in with.
    user_name: Option<UserName>,
    /// First name.
    first_name: PersonName,
    /// Last name.
    last_name: PersonName,
    /// Where they are written to.
    email: Option<EmailAddress>,
    /// Where they are called; null without a number.
    phone: Option<PhoneNumber>,
    /// The language they are written to in.
    locale: Locale,
    /// The built-in role.
    role: Role,
    /// The roles that the organisation made and gave them, by name.
    #[schema(max_items = 20)]
    roles: Vec<GivenRole>,
    /// Whether the account can be used.
    status: AccountStatus,
    /// Why it is inactive; null while it is not.
    inactive_reason: Option<InactiveReason>,
    /// Since when it is inactive; null while it is not.
    inactive_since: Option<Moment>,
    /// Whether they were Site Admin until the account became inactive.
    was_site_admin: bool,
    /// Whether dormancy passes them over.
    kept_active: bool,
    /// Whether a training record says that they are fully trained.
    is_trained: bool,
    /// Whether a second factor is enrolled.
    has_second_factor: bool,
    /// Until when the link counts that they set a password with; a time gone by means that it has expired,
    /// null that there is none.
    invitation_expires_at: Option<Moment>,
    /// When the account was first used; null before.
    first_used_at: Option<Moment>,
    /// Whether that day was imported on evidence, from before the organisation used this product.
    first_use_imported: bool,
    /// When they last signed in; null before the first time.
    last_signed_in_at: Option<Moment>,
    /// When the account was made.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now, and which rule bars the rest.
    #[schema(max_items = 20)]
    allowed_actions: Vec<AllowedAction>,
}

/// A role that a user was given.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e20", "name": "Reception"}))]
pub(in crate::api) struct GivenRole {
    /// The role's id.
    id: RoleId,
    /// What it is called.
    name: RoleName,
}

counted_page! {
    /// A page of an organisation's users.
    UserPage of User, example {"data": [], "next_cursor": null}
}

impl User {
    /// A user as `actor` sees it now.
    pub(in crate::api) fn seen(user: domain::User, actor: &Actor, now: Moment) -> Self {
        let facts = user.facts(UserChange::default());
        let allowed_actions = allowed_actions(&MENU, actor, &facts, now);
        let account = user.account;
        Self {
            id: account.id,
            number: user.number.to_string(),
            user_name: account.user_name,
            first_name: user.first_name,
            last_name: user.last_name,
            email: account.email,
            phone: account.phone,
            locale: account.locale,
            role: account.role,
            roles: user.roles.into_iter().map(GivenRole::of).collect(),
            status: account.status,
            inactive_reason: user.inactive_reason,
            inactive_since: user.inactive_since,
            was_site_admin: user.was_site_admin,
            kept_active: user.kept_active,
            is_trained: user.is_trained,
            has_second_factor: account.has_second_factor,
            invitation_expires_at: user.invited_until,
            first_used_at: user.first_used_at,
            first_use_imported: user.first_use_evidence.is_some(),
            last_signed_in_at: account.last_signed_in_at,
            created_at: account.created_at,
            updated_at: user.updated_at,
            version: account.version,
            allowed_actions,
        }
    }
}

impl GivenRole {
    fn of(role: domain::GivenRole) -> Self {
        Self { id: role.id, name: role.name }
    }
}

//! What is taken about users.

use caredesk_core::domain::account::{AccountStatus, Locale, TenantRole};
use caredesk_core::domain::ids::{AccountId, RoleId};
use caredesk_core::domain::{EmailAddress, PersonName, SearchText, UserName, WrittenPhone};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::extract::{Body, Parameters};
use crate::api::views::{DeactivationReason, maybe_null};

/// Which user.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct UserPath {
    /// The user's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14")]
    pub user_id: AccountId,
}

/// How a list of users is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "name")]
pub(in crate::api) enum UserSort {
    /// Newest first.
    Newest,
    /// By last name, then first name; case and accents do not count.
    Name,
    /// By number.
    Number,
}

/// Which users to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UserFilter {
    /// A user number, or words that first name, last name, user name or address begin with; case and
    /// accents do not count, and all words must be found.
    #[param(nullable = false, example = "ruiz")]
    pub q: Option<SearchText>,
    /// Only in this state.
    #[param(nullable = false, example = "active")]
    pub status: Option<AccountStatus>,
    /// Only of this built-in role.
    #[param(nullable = false, example = "member")]
    pub role: Option<TenantRole>,
    /// Only those who were given this role.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e20")]
    pub role_id: Option<RoleId>,
    /// Only those whom a training record says to be fully trained, or only the others.
    #[param(nullable = false, example = true)]
    pub trained: Option<bool>,
    /// Only those whom dormancy passes over, or only the others.
    #[param(nullable = false, example = false)]
    pub kept_active: Option<bool>,
    /// The order; newest first if absent.
    #[param(nullable = false, example = "name")]
    pub sort: Option<UserSort>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub cursor: Option<String>,
    /// Whether to count what the filters find, up to 10 000.
    #[param(nullable = false, example = false)]
    pub include_total: Option<bool>,
}
impl Parameters for UserFilter {}

/// A new user of the caller's organisation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_name": "ana.ruiz", "first_name": "Ana", "last_name": "Ruiz", "email": "ana.ruiz@pinelodge.example",
    "phone": "+15550100201", "locale": "en"}))]
pub(super) struct CreateUser {
    /// What they will sign in with; unique in the organisation, compared without case.
    pub user_name: UserName,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// Where they are written to; others may share the address, unless it is a Support User's.
    pub email: EmailAddress,
    /// Where they are called, as people write it; absent if there is no number. Without its country it is
    /// one of the organisation's `phone_region`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<WrittenPhone>,
    /// The language they are written to in; the organisation's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// The built-in role; `member` if absent. The others come by an access change alone, and are refused.
    #[serde(default)]
    #[schema(nullable = false)]
    pub role: Option<TenantRole>,
    /// Whether to send the link that they set a password with now; true if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub send_invitation: Option<bool>,
}
impl Body for CreateUser {}

/// What changes about a user; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"last_name": "Ruiz Ortega"}))]
pub(super) struct UpdateUser {
    /// What they sign in with.
    #[serde(default)]
    #[schema(nullable = false)]
    pub user_name: Option<UserName>,
    /// First name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub first_name: Option<PersonName>,
    /// Last name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub last_name: Option<PersonName>,
    /// Where they are written to.
    #[serde(default)]
    #[schema(nullable = false)]
    pub email: Option<EmailAddress>,
    /// Where they are called, as people write it; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    pub phone: Option<Option<WrittenPhone>>,
    /// The language they are written to in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// The built-in role as it is; another one comes by an access change alone, and is refused.
    #[serde(default)]
    #[schema(nullable = false)]
    pub role: Option<TenantRole>,
}
impl Body for UpdateUser {}

/// Why a user is switched off.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "left"}))]
pub(super) struct DeactivateUser {
    /// Whether somebody decided it, or the person has left.
    pub reason: DeactivationReason,
}
impl Body for DeactivateUser {}

/// Whether dormancy passes a user over.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"keep_active": true}))]
pub(super) struct KeepUserActive {
    /// True: not deactivated for want of use. False: idle days count again, from now.
    pub keep_active: bool,
}
impl Body for KeepUserActive {}

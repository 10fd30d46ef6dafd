//! What is shown of keys of programs.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::api_key::{self as domain, ApiKeyStatus, KeyPermission};
use caredesk_core::domain::ids::{AccountId, ApiKeyId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{AddressLine, KeyName, TenantName};
use caredesk_core::policy::ActionKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, page};
use crate::vault::ApiSecret;

/// A key of a program, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "name": "Enrolment system", "handle": "k3v7q2m5x4a6b2cd",
    "scopes": ["applications.read", "applications.import"], "status": "active",
    "created_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "maker_status": "active",
    "created_at": "2026-11-21T09:30:00Z", "expires_at": "2027-02-19T09:30:00Z", "rotated_at": null,
    "previous_secret_until": null, "last_used_at": null, "last_used_address": null, "revoked_at": null, "version": 1,
    "allowed_actions": [{"action": "api_key.update", "allowed": true, "barred_by": null}]}))]
pub(super) struct ApiKey {
    /// Its id. What the program does stands in the audit under it.
    id: ApiKeyId,
    /// What people call it.
    name: KeyName,
    /// The part of its secret behind `cdk_`: it says which key a secret belongs to.
    #[schema(min_length = 16, max_length = 16, pattern = "^[a-z2-7]{16}$")]
    handle: String,
    /// What it permits.
    #[schema(max_items = 8)]
    scopes: Vec<KeyPermission>,
    /// Whether it counts.
    status: ApiKeyStatus,
    /// Who made it.
    created_by: AccountId,
    /// Whether whoever made it is in use. Of a leaver's key somebody should know what it is for.
    maker_status: AccountStatus,
    /// When it was made.
    created_at: Moment,
    /// From then on it does not count.
    expires_at: Moment,
    /// When it last got another secret; null if it never did.
    rotated_at: Option<Moment>,
    /// Until when the secret of before works, too; null if it does not.
    previous_secret_until: Option<Moment>,
    /// When it was last used, to the minute; null if it never was.
    last_used_at: Option<Moment>,
    /// The network address it was last used from.
    #[schema(value_type = Option<AddressLine>)]
    last_used_address: Option<String>,
    /// When somebody ended it; null if nobody did.
    revoked_at: Option<Moment>,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now.
    #[schema(max_items = 10)]
    allowed_actions: Vec<AllowedAction>,
}

page! {
    /// A page of keys of programs.
    ApiKeyPage of ApiKey, example {"data": [], "next_cursor": null}
}

/// A key with its secret, as it is shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30",
    "secret": "cdk_k3v7q2m5x4a6b2cd_Zm9yIHRoZSBkb2N1bWVudCwgYW5kIG5vdGhpbmcgZWwVl0A",
    "api_key": {
        "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "name": "Enrolment system", "handle": "k3v7q2m5x4a6b2cd",
        "scopes": ["applications.read", "applications.import"], "status": "active",
        "created_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "maker_status": "active",
        "created_at": "2026-11-21T09:30:00Z", "expires_at": "2027-02-19T09:30:00Z", "rotated_at": null,
        "previous_secret_until": null, "last_used_at": null, "last_used_address": null, "revoked_at": null, "version": 1,
        "allowed_actions": [{"action": "api_key.update", "allowed": true, "barred_by": null}]}}))]
pub(super) struct ApiKeyWithSecret {
    /// The key's id.
    id: ApiKeyId,
    /// What the program sends as its bearer token. Keep it where secrets are kept: it is not shown again.
    #[schema(min_length = 68, max_length = 68, pattern = "^cdk_[a-z2-7]{16}_[A-Za-z0-9_-]{47}$")]
    secret: String,
    /// The key.
    api_key: ApiKey,
}

/// The key that a program comes with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "name": "Enrolment system",
    "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "tenant_name": "Pine Lodge Summer Camp",
    "scopes": ["applications.read", "applications.import"], "expires_at": "2027-02-19T09:30:00Z",
    "previous_secret_until": null}))]
pub(super) struct CurrentApiKey {
    /// Its id.
    id: ApiKeyId,
    /// What people call it.
    name: KeyName,
    /// The organisation whose it is.
    tenant_id: TenantId,
    /// What the organisation is called.
    tenant_name: TenantName,
    /// What it permits.
    #[schema(max_items = 8)]
    scopes: Vec<KeyPermission>,
    /// From then on it does not count.
    expires_at: Moment,
    /// Until when the secret of before works, too; null if it does not.
    previous_secret_until: Option<Moment>,
}

/// What can be done with a key, in the order of a menu.
const MENU: [ActionKind; 3] =
    [ActionKind::UpdateApiKey, ActionKind::RotateApiKey, ActionKind::RevokeApiKey];

impl ApiKey {
    /// A key as `actor` sees it now.
    pub(super) fn seen(key: domain::ApiKey, actor: &Actor, now: Moment) -> Self {
        let facts = key.facts(now);
        Self {
            id: key.id,
            status: key.status(now),
            scopes: KeyPermission::among(key.scopes),
            name: key.name,
            handle: key.handle,
            created_by: key.created_by,
            maker_status: key.maker_status,
            created_at: key.created_at,
            expires_at: key.expires_at,
            rotated_at: key.rotated_at,
            previous_secret_until: key.previous_until.filter(|until| *until > now),
            last_used_at: key.last_used_at,
            last_used_address: key.last_used_address,
            revoked_at: key.revoked_at,
            version: key.version,
            allowed_actions: allowed_actions(&MENU, actor, &facts, now),
        }
    }
}

impl ApiKeyWithSecret {
    /// A key with its secret, for whoever made it or rotated it.
    pub(super) fn of(key: domain::ApiKey, secret: &ApiSecret, actor: &Actor, now: Moment) -> Self {
        let secret = secret.expose().to_owned();
        Self { id: key.id, secret, api_key: ApiKey::seen(key, actor, now) }
    }
}

impl CurrentApiKey {
    /// The key that a program comes with.
    pub(super) fn of(key: domain::ApiKey, tenant_name: TenantName, now: Moment) -> Self {
        Self {
            id: key.id,
            tenant_id: key.tenant,
            tenant_name,
            scopes: KeyPermission::among(key.scopes),
            name: key.name,
            expires_at: key.expires_at,
            previous_secret_until: key.previous_until.filter(|until| *until > now),
        }
    }
}

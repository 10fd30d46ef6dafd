//! What is shown of tenants.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::hours::OpeningHours;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::owner::TRUST_DELAY;
use caredesk_core::domain::tenant::{
    self as domain, Advisory, Contact, TenantKind, TenantSettings, TenantStatus,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, Slug, TenantName};
use caredesk_core::policy::{ActionKind, TenantFacts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, counted_page, figure};

/// What a menu offers for a tenant, most used first.
const MENU: [ActionKind; 9] = [
    ActionKind::UpdateTenant,
    ActionKind::UpdateTenantSettings,
    ActionKind::SuspendTenant,
    ActionKind::ResumeTenant,
    ActionKind::ChangeTenantContacts,
    ActionKind::AddOwner,
    ActionKind::ChangeOwner,
    ActionKind::ConfirmOwner,
    ActionKind::RemoveOwner,
];

/// An organisation that the desk serves.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "slug": "pine-lodge", "name": "Pine Lodge Summer Camp",
    "kind": "camp", "status": "active", "notification_address": "office@pinelodge.example",
    "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"}],
    "contacts_authorise_from": "2026-11-24T09:30:00Z",
    "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}],
    "settings": {"time_zone": "UTC", "locale": "en", "dormancy_days": 90, "support_user_second_factor": false,
        "help_search_required": true, "site_admin_wait_days": 2, "copy_on_referrals": false, "no_access_procedure": null, "phone_region": null},
    "owners_on_file": 1, "advisories": ["no_access_procedure"],
    "allowed_actions": [{"action": "tenant.update", "allowed": true, "barred_by": null}],
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", "version": 1}))]
pub(super) struct Tenant {
    /// Its id.
    pub(super) id: TenantId,
    /// Its short name.
    pub(super) slug: Slug,
    /// Its name.
    pub(super) name: TenantName,
    /// What it is.
    pub(super) kind: TenantKind,
    /// Whether it is in use.
    pub(super) status: TenantStatus,
    /// Where notices about it go.
    pub(super) notification_address: EmailAddress,
    /// How families and staff reach it.
    #[schema(max_items = 10)]
    pub(super) contacts: Vec<Contact>,
    /// From when the contact points may be relied on to authorise anything: 72 hours after their change.
    pub(super) contacts_authorise_from: Moment,
    /// When it is reached.
    #[schema(max_items = 21)]
    pub(super) hours: Vec<OpeningHours>,
    /// What it decides for itself.
    pub(super) settings: TenantSettings,
    /// How many owners are on file.
    #[schema(minimum = 0, maximum = 10, format = "int32")]
    pub(super) owners_on_file: i32,
    /// What it should mend.
    #[schema(max_items = 10)]
    pub(super) advisories: Vec<Advisory>,
    /// What this caller may do with it now; what is allowed comes first.
    #[schema(max_items = 20)]
    pub(super) allowed_actions: Vec<AllowedAction>,
    /// When it was created.
    pub(super) created_at: Moment,
    /// When it was last changed.
    pub(super) updated_at: Moment,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    pub(super) version: i64,
}

/// A tenant in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "slug": "pine-lodge", "name": "Pine Lodge Summer Camp",
    "kind": "camp", "status": "active", "owners_on_file": 1, "advisories": [],
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z"}))]
pub(super) struct TenantSummary {
    /// Its id.
    pub(super) id: TenantId,
    /// Its short name.
    pub(super) slug: Slug,
    /// Its name.
    pub(super) name: TenantName,
    /// What it is.
    pub(super) kind: TenantKind,
    /// Whether it is in use.
    pub(super) status: TenantStatus,
    /// How many owners are on file.
    #[schema(minimum = 0, maximum = 10, format = "int32")]
    pub(super) owners_on_file: i32,
    /// What it should mend.
    #[schema(max_items = 10)]
    pub(super) advisories: Vec<Advisory>,
    /// When it was created.
    pub(super) created_at: Moment,
    /// When it was last changed.
    pub(super) updated_at: Moment,
}

counted_page! {
    /// A page of tenants.
    TenantPage of TenantSummary, example {"data": [{
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "slug": "pine-lodge", "name": "Pine Lodge Summer Camp",
    "kind": "camp", "status": "active", "owners_on_file": 1, "advisories": [],
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z"}], "next_cursor": null}
}

impl Tenant {
    /// A tenant as `actor` sees it now.
    pub(super) fn seen(tenant: domain::Tenant, actor: &Actor, now: Moment) -> Self {
        let facts = TenantFacts { id: tenant.id, status: tenant.status, version: tenant.version };
        let advisories = tenant.advisories(now);
        Self {
            id: tenant.id,
            slug: tenant.slug,
            name: tenant.name,
            kind: tenant.kind,
            status: tenant.status,
            notification_address: tenant.points.notification_address,
            contacts: tenant.points.contacts,
            contacts_authorise_from: tenant.points_changed_at.plus(TRUST_DELAY),
            hours: tenant.hours,
            settings: tenant.settings,
            owners_on_file: figure(tenant.owners.count),
            advisories,
            allowed_actions: allowed_actions(&MENU, actor, &facts, now),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
            version: tenant.version,
        }
    }
}

impl TenantSummary {
    pub(super) fn of(tenant: domain::Tenant, now: Moment) -> Self {
        Self {
            advisories: tenant.advisories(now),
            id: tenant.id,
            slug: tenant.slug,
            name: tenant.name,
            kind: tenant.kind,
            status: tenant.status,
            owners_on_file: figure(tenant.owners.count),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
        }
    }
}

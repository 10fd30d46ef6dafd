//! Tenants over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post, put};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::hours::{self, HoursError, OpeningHours};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::owner::OwnerDetails;
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::tenant::{
    self as domain, Advisory, Contact, ContactPoints, NewTenant, SettingsChanges, TenantChanges,
    TenantKind, TenantSettings, TenantStatus,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{
    EmailAddress, Line, Paragraph, PersonName, PhoneNumber, SearchText, Slug, TenantName,
    TimeZoneName,
};
use caredesk_core::policy::{ActionKind, TenantFacts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::answer;
use super::cursor;
use super::extract::{Body, Caller, ITEMS, Json, Parameters, Path, Query};
use super::problem::Problem;
use super::tenant_path::TenantPath;
use super::views::{AllowedAction, allowed_actions, maybe_null};
use crate::service::{House, tenants};
use crate::store::tenants::{TenantKey, TenantOrder, TenantQuery};

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

/// A new organisation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "slug": "pine-lodge", "name": "Pine Lodge Summer Camp", "kind": "camp",
    "notification_address": "office@pinelodge.example",
    "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"}],
    "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}],
    "owners": [{"name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100201"}]}))]
pub(super) struct CreateTenant {
    /// Its short name, for good: it is part of sign-in and links.
    pub slug: Slug,
    /// Its name.
    pub name: TenantName,
    /// What it is.
    pub kind: TenantKind,
    /// Where notices about the tenant go.
    pub notification_address: EmailAddress,
    /// How families and staff reach it; each has an address, a number, or both.
    #[schema(max_items = 10)]
    #[validate(custom(function = "reachable"))]
    pub contacts: Vec<Contact>,
    /// When it is reached; absent or empty means nothing is promised.
    #[serde(default)]
    #[schema(max_items = 21)]
    #[validate(custom(function = "orderly"))]
    pub hours: Vec<OpeningHours>,
    /// What it decides for itself; absent means the defaults.
    #[serde(default)]
    #[schema(nullable = false)]
    pub settings: Option<TenantSettings>,
    /// Who owns it: the authority of last resort. Without one an advisory is shown.
    #[schema(max_items = 10)]
    #[validate(custom(function = "distinct"))]
    pub owners: Vec<OwnerInput>,
}
impl Body for CreateTenant {}

/// How an owner is reached.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100201"}))]
pub struct OwnerInput {
    /// The owner's name.
    pub name: PersonName,
    /// The address that the owner's authority is accepted from.
    pub email: EmailAddress,
    /// The number the owner is called back on; absent if there is none.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<PhoneNumber>,
}

impl From<OwnerInput> for OwnerDetails {
    fn from(input: OwnerInput) -> Self {
        Self { name: input.name, email: input.email, phone: input.phone }
    }
}

/// A changed name or kind; absent fields stay.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Pine Lodge Camps"}))]
pub(super) struct UpdateTenant {
    /// A new name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<TenantName>,
    /// Another kind.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<TenantKind>,
}
impl Body for UpdateTenant {}

/// Changed settings and hours; absent fields stay.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "dormancy_days": 120, "support_user_second_factor": true, "help_search_required": false, "copy_on_referrals": false,
    "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}]}))]
pub(super) struct UpdateTenantSettings {
    /// The zone that days and opening hours are read in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub time_zone: Option<TimeZoneName>,
    /// The language the organisation is written to in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// Days without a sign-in after which a user is deactivated.
    #[serde(default)]
    #[schema(nullable = false, minimum = 30, maximum = 730, format = "int32", example = 120)]
    pub dormancy_days: Option<i32>,
    /// Whether Support Users need a second factor.
    #[serde(default)]
    #[schema(nullable = false)]
    pub support_user_second_factor: Option<bool>,
    /// Whether a ticket needs a help search of the last 24 hours.
    #[serde(default)]
    #[schema(nullable = false)]
    pub help_search_required: Option<bool>,
    /// Business days to wait for an unavailable Site Admin before the owner may authorise.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 20, format = "int32", example = 2)]
    pub site_admin_wait_days: Option<i32>,
    /// Whether the organisation is copied on referrals that are not sensitive, too.
    #[serde(default)]
    #[schema(nullable = false)]
    pub copy_on_referrals: Option<bool>,
    /// What people who cannot use the system do instead; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schema(value_type = Option<Paragraph>)]
    pub no_access_procedure: Option<Option<Paragraph>>,
    /// When the organisation is reached.
    #[serde(default)]
    #[schema(nullable = false, max_items = 21)]
    #[validate(custom(function = "orderly"))]
    pub hours: Option<Vec<OpeningHours>>,
}
impl Body for UpdateTenantSettings {}

/// New contact points, and why they may be changed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "notification_address": "director@pinelodge.example",
    "contacts": [{"label": "Director", "phone": "+15550100202"}],
    "evidence": {"kind": "signed_letter", "reference": "Letter of 3 November, file 2026-118"}}))]
pub(super) struct ChangeTenantContacts {
    /// Where notices about the tenant go from now on.
    pub notification_address: EmailAddress,
    /// How families and staff reach it from now on.
    #[schema(max_items = 10)]
    #[validate(custom(function = "reachable"))]
    pub contacts: Vec<Contact>,
    /// Why this may be changed.
    pub evidence: Evidence,
}
impl Body for ChangeTenantContacts {}

/// Why a tenant is suspended or taken back into use.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Contract ended on 31 October"}))]
pub(super) struct SwitchTenant {
    /// The reason; the organisation reads it.
    pub reason: Line,
}
impl Body for SwitchTenant {}

/// Which tenants, in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantFilter {
    /// Words that the name or short name begins with; all must be found. Case and accents do not matter.
    #[param(nullable = false, example = "pine")]
    q: Option<SearchText>,
    /// Only of this kind.
    #[param(nullable = false, example = "camp")]
    kind: Option<TenantKind>,
    /// Only in this status.
    #[param(nullable = false, example = "active")]
    status: Option<TenantStatus>,
    /// The order: newest first, or by name.
    #[param(nullable = false, example = "newest")]
    sort: Option<TenantSort>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters and order.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    cursor: Option<String>,
    /// Whether to count what the filters find, up to 10 000.
    #[param(nullable = false, default = false, example = false)]
    include_total: Option<bool>,
}
impl Parameters for TenantFilter {}

/// The order of a list of tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "newest")]
pub(super) enum TenantSort {
    /// Newest first.
    Newest,
    /// By name.
    Name,
}

/// An organisation that the desk serves.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "slug": "pine-lodge", "name": "Pine Lodge Summer Camp",
    "kind": "camp", "status": "active", "notification_address": "office@pinelodge.example",
    "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"}],
    "contacts_authorise_from": "2026-11-24T09:30:00Z",
    "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}],
    "settings": {"time_zone": "UTC", "locale": "en", "dormancy_days": 90, "support_user_second_factor": false,
        "help_search_required": true, "site_admin_wait_days": 2, "copy_on_referrals": false, "no_access_procedure": null},
    "owners_on_file": 1, "advisories": ["no_access_procedure"],
    "allowed_actions": [{"action": "tenant.update", "allowed": true, "barred_by": null}],
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", "version": 1}))]
pub(super) struct Tenant {
    /// Its id.
    id: TenantId,
    /// Its short name.
    slug: Slug,
    /// Its name.
    name: TenantName,
    /// What it is.
    kind: TenantKind,
    /// Whether it is in use.
    status: TenantStatus,
    /// Where notices about it go.
    notification_address: EmailAddress,
    /// How families and staff reach it.
    #[schema(max_items = 10)]
    contacts: Vec<Contact>,
    /// From when the contact points may be relied on to authorise anything: 72 hours after their change.
    contacts_authorise_from: Moment,
    /// When it is reached.
    #[schema(max_items = 21)]
    hours: Vec<OpeningHours>,
    /// What it decides for itself.
    settings: TenantSettings,
    /// How many owners are on file.
    #[schema(minimum = 0, maximum = 10, format = "int32")]
    owners_on_file: i32,
    /// What it should mend.
    #[schema(max_items = 10)]
    advisories: Vec<Advisory>,
    /// What this caller may do with it now; what is allowed comes first.
    #[schema(max_items = 20)]
    allowed_actions: Vec<AllowedAction>,
    /// When it was created.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
}

/// A tenant in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "slug": "pine-lodge", "name": "Pine Lodge Summer Camp",
    "kind": "camp", "status": "active", "owners_on_file": 1, "advisories": [],
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z"}))]
pub(super) struct TenantSummary {
    /// Its id.
    id: TenantId,
    /// Its short name.
    slug: Slug,
    /// Its name.
    name: TenantName,
    /// What it is.
    kind: TenantKind,
    /// Whether it is in use.
    status: TenantStatus,
    /// How many owners are on file.
    #[schema(minimum = 0, maximum = 10, format = "int32")]
    owners_on_file: i32,
    /// What it should mend.
    #[schema(max_items = 10)]
    advisories: Vec<Advisory>,
    /// When it was created.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
}

/// A page of tenants.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"data": [{
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "slug": "pine-lodge", "name": "Pine Lodge Summer Camp",
    "kind": "camp", "status": "active", "owners_on_file": 1, "advisories": [],
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z"}], "next_cursor": null}))]
pub(super) struct TenantPage {
    /// The rows.
    #[schema(max_items = 100)]
    data: Vec<TenantSummary>,
    /// Where the next page begins; null on the last one.
    #[schema(max_length = 600, pattern = "^[A-Za-z0-9_-]+$", example = "q1w2e3r4t5")]
    next_cursor: Option<String>,
    /// How many the filters find, up to 10 000; only when asked for with `include_total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000, format = "int32", example = 1)]
    total: Option<i32>,
}

impl Tenant {
    /// A tenant as `actor` sees it now.
    fn seen(tenant: domain::Tenant, actor: &Actor, now: Moment) -> Self {
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
            contacts_authorise_from: tenant
                .points_changed_at
                .plus(caredesk_core::domain::owner::TRUST_DELAY),
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
    fn of(tenant: domain::Tenant, now: Moment) -> Self {
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

/// A count as the contract shows it.
fn figure(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Every contact has an address or a number.
fn reachable(contacts: &[Contact]) -> Result<(), ValidationError> {
    let is_out_of_reach = |contact: &Contact| contact.email.is_none() && contact.phone.is_none();
    let says = "has neither an email address nor a phone number";
    let places = contacts.iter().enumerate().filter(|(_, contact)| is_out_of_reach(contact));
    faults(places.map(|(at, _)| (at, "unreachable", says)))
}

/// No day has overlapping or reversed hours.
fn orderly(week: &[OpeningHours]) -> Result<(), ValidationError> {
    faults(hours::faults(week).into_iter().map(|fault| match fault {
        HoursError::Backwards(at) => (at, "backwards", "closes before it opens"),
        HoursError::Overlap(at) => (at, "overlap", "overlaps an earlier span of the day"),
    }))
}

/// Owners have an address each.
fn distinct(owners: &[OwnerInput]) -> Result<(), ValidationError> {
    let folded: Vec<String> = owners.iter().map(|owner| owner.email.folded()).collect();
    let is_earlier = |at: usize, email: &String| folded.iter().take(at).any(|other| other == email);
    let twice = folded.iter().enumerate().filter(|(at, email)| is_earlier(*at, email));
    faults(twice.map(|(at, _)| (at, "duplicate", "has the address of an earlier owner")))
}

/// Faults of a list's items: where, which and what it says; the body's extractor takes them apart again.
fn faults(
    faults: impl Iterator<Item = (usize, &'static str, &'static str)>,
) -> Result<(), ValidationError> {
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() {
        return Ok(());
    }
    let mut error = ValidationError::new(ITEMS);
    error.add_param(ITEMS.into(), &faults);
    Err(error)
}

/// Create a tenant
///
/// Creates an organisation with its owners on file. Only a platform admin with a second factor proved in
/// the last five minutes may; the owners authorise nothing for 72 hours.
#[utoipa::path(operation_id = "create_tenant", tag = "tenants", extensions(("x-action" = json!("tenant.create")), ("x-step-up" = json!(true))),
    request_body(content = CreateTenant, description = "The new organisation."),
    responses((status = 201, description = "The tenant.", body = Tenant)))]
#[post("/tenants")]
async fn create_tenant(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateTenant>,
) -> Result<HttpResponse, Problem> {
    let new = NewTenant {
        slug: body.slug,
        name: body.name,
        kind: body.kind,
        points: ContactPoints {
            notification_address: body.notification_address,
            contacts: body.contacts,
        },
        hours: body.hours,
        settings: body.settings.unwrap_or_default(),
        owners: body.owners.into_iter().map(OwnerDetails::from).collect(),
    };
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let tenant = tenants::create(tx, who, &new)?;
        let (id, version) = (tenant.id, tenant.version);
        answer::created(format!("/v1/tenants/{id}"), version, &Tenant::seen(tenant, who, tx.now))
    })
    .await
}

/// List tenants
///
/// Shows the tenants that the caller may see, a page at a time: platform admins all of them, Site Admins
/// their own. Filters narrow the list; a cursor goes with the filters it was made for.
#[utoipa::path(operation_id = "list_tenants", tag = "tenants", extensions(("x-action" = json!("tenant.read"))),
    params(TenantFilter), responses((status = 200, description = "A page of tenants.", body = TenantPage)))]
#[get("/tenants")]
async fn list_tenants(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<TenantFilter>,
) -> Result<HttpResponse, Problem> {
    let order = match filter.sort {
        Some(TenantSort::Name) => TenantOrder::Name,
        Some(TenantSort::Newest) | None => TenantOrder::Newest,
    };
    let binding = format!("tenants|{order:?}|{:?}|{:?}|{:?}", filter.q, filter.kind, filter.status);
    let after = filter
        .cursor
        .as_deref()
        .map(|cursor| cursor::read::<TenantKey>(&house.keys, &binding, cursor));
    let ask = TenantQuery {
        search: filter.q,
        kind: filter.kind,
        status: filter.status,
        order,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
        total: filter.include_total.unwrap_or(false),
    };
    let now = house.clock.now();
    let page = answer::look(&house, &caller, move |conn, looker| tenants::list(conn, looker, &ask))
        .await?;
    Ok(answer::page(&TenantPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        total: page.total.map(figure),
        data: page.rows.into_iter().map(|tenant| TenantSummary::of(tenant, now)).collect(),
    }))
}

/// Read a tenant
///
/// Shows one tenant with what this caller may do with it now. A tenant of somebody else's is not found.
#[utoipa::path(operation_id = "read_tenant", tag = "tenants", extensions(("x-action" = json!("tenant.read")), ("x-etag" = json!(true))),
    params(TenantPath), responses((status = 200, description = "The tenant.", body = Tenant)))]
#[get("/tenants/{tenant_id}")]
async fn read_tenant(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.tenant_id;
    let tenant =
        answer::look(&house, &caller, move |conn, looker| tenants::read(conn, looker, id)).await?;
    let version = tenant.version;
    answer::shown(version, &Tenant::seen(tenant, caller.actor(), house.clock.now()))
}

/// Update a tenant
///
/// Changes the name or the kind; absent fields stay. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_tenant", tag = "tenants", extensions(("x-action" = json!("tenant.update")), ("x-if-match" = json!("required"))),
    params(TenantPath), request_body(content = UpdateTenant, description = "What changes."),
    responses((status = 200, description = "The tenant after the change.", body = Tenant)))]
#[patch("/tenants/{tenant_id}")]
async fn update_tenant(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
    Json(body): Json<UpdateTenant>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.tenant_id, ask.version);
    let changes = TenantChanges { name: body.name, kind: body.kind };
    answer::perform(&house, &ask, move |tx, who| {
        let tenant = tenants::update(tx, who, key, &changes)?;
        answer::ok(tenant.version, &Tenant::seen(tenant, who, tx.now))
    })
    .await
}

/// Update a tenant's settings
///
/// Changes what the organisation decides for itself, and its opening hours; absent fields stay. Its Site
/// Admins may, and platform admins. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_tenant_settings", tag = "tenants", extensions(("x-action" = json!("tenant.settings.update")), ("x-if-match" = json!("required"))),
    params(TenantPath), request_body(content = UpdateTenantSettings, description = "What changes."),
    responses((status = 200, description = "The tenant after the change.", body = Tenant)))]
#[patch("/tenants/{tenant_id}/settings")]
async fn update_tenant_settings(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
    Json(body): Json<UpdateTenantSettings>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.tenant_id, ask.version);
    let hours = body.hours;
    let changes = SettingsChanges {
        time_zone: body.time_zone,
        locale: body.locale,
        dormancy_days: body.dormancy_days,
        support_user_second_factor: body.support_user_second_factor,
        help_search_required: body.help_search_required,
        site_admin_wait_days: body.site_admin_wait_days,
        copy_on_referrals: body.copy_on_referrals,
        no_access_procedure: body.no_access_procedure,
    };
    answer::perform(&house, &ask, move |tx, who| {
        let tenant = tenants::update_settings(tx, who, key, &changes, hours.as_ref())?;
        answer::ok(tenant.version, &Tenant::seen(tenant, who, tx.now))
    })
    .await
}

/// Change a tenant's contacts
///
/// Replaces notification address and contacts on recorded evidence. The old address and the owners on
/// file are told; the new ones authorise nothing for 72 hours. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "change_tenant_contacts", tag = "tenants", extensions(("x-action" = json!("tenant.contacts.change")), ("x-step-up" = json!(true)), ("x-if-match" = json!("required"))),
    params(TenantPath), request_body(content = ChangeTenantContacts, description = "The new contact points and the evidence."),
    responses((status = 200, description = "The tenant after the change.", body = Tenant)))]
#[put("/tenants/{tenant_id}/contacts")]
async fn change_tenant_contacts(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
    Json(body): Json<ChangeTenantContacts>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.tenant_id, ask.version);
    let points =
        ContactPoints { notification_address: body.notification_address, contacts: body.contacts };
    let evidence = body.evidence;
    answer::perform(&house, &ask, move |tx, who| {
        let tenant = tenants::change_contacts(tx, who, key, &points, &evidence)?;
        answer::ok(tenant.version, &Tenant::seen(tenant, who, tx.now))
    })
    .await
}

/// Suspend a tenant
///
/// Takes the organisation out of use: sign-in, invitations, jobs and sending stop; nothing is deleted.
/// The organisation is told the reason.
#[utoipa::path(operation_id = "suspend_tenant", tag = "tenants", extensions(("x-action" = json!("tenant.suspend")), ("x-if-match" = json!("optional"))),
    params(TenantPath), request_body(content = SwitchTenant, description = "Why."),
    responses((status = 200, description = "The suspended tenant.", body = Tenant)))]
#[post("/tenants/{tenant_id}/suspend")]
async fn suspend_tenant(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
    Json(body): Json<SwitchTenant>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.tenant_id, ask.version);
    let response = answer::perform(&house, &ask, move |tx, who| {
        let tenant = tenants::suspend(tx, who, key, &body.reason)?;
        answer::ok(tenant.version, &Tenant::seen(tenant, who, tx.now))
    })
    .await;
    house.doorman.forget_all(); // its people's sessions are barred from now on
    response
}

/// Resume a tenant
///
/// Takes a suspended organisation back into use. The organisation is told the reason.
#[utoipa::path(operation_id = "resume_tenant", tag = "tenants", extensions(("x-action" = json!("tenant.resume")), ("x-if-match" = json!("optional"))),
    params(TenantPath), request_body(content = SwitchTenant, description = "Why."),
    responses((status = 200, description = "The tenant, in use again.", body = Tenant)))]
#[post("/tenants/{tenant_id}/resume")]
async fn resume_tenant(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
    Json(body): Json<SwitchTenant>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.tenant_id, ask.version);
    let response = answer::perform(&house, &ask, move |tx, who| {
        let tenant = tenants::resume(tx, who, key, &body.reason)?;
        answer::ok(tenant.version, &Tenant::seen(tenant, who, tx.now))
    })
    .await;
    house.doorman.forget_all();
    response
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_tenant)
        .service(list_tenants)
        .service(read_tenant)
        .service(update_tenant)
        .service(update_tenant_settings)
        .service(change_tenant_contacts)
        .service(suspend_tenant)
        .service(resume_tenant);
}

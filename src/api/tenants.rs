//! Tenants over HTTP: an operation each. [`input`] is what is taken, [`view`] what is shown.

mod input;
mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post, put};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::tenant::{ContactPoints, SettingsChanges, TenantChanges};

use super::answer;
use super::cursor;
use super::extract::{Caller, Json, Path, Query};
use super::problem::Problem;
use super::tenant_path::TenantPath;
use super::views::figure;
use crate::service::{House, phones, tenants};
use crate::store::tenants::{TenantKey, TenantOrder, TenantQuery};
pub(in crate::api) use input::TenantSort;
use input::{
    ChangeTenantContacts, CreateTenant, SwitchTenant, TenantFilter, UpdateTenant,
    UpdateTenantSettings, contacts,
};
use view::{Tenant, TenantPage, TenantSummary};

/// Create a tenant
///
/// Creates an organisation with its owners on file and, if one is named, its first Site Admin, who is sent
/// the link to set a password with, once, within 72 hours. Only a platform admin with a second factor proved
/// in the last five minutes may; the owners authorise nothing for 72 hours.
#[utoipa::path(operation_id = "create_tenant", tag = "tenants", extensions(("x-action" = json!("tenant.create")), ("x-step-up" = json!(true))),
    request_body(content = CreateTenant, description = "The new organisation."),
    responses((status = 201, description = "The tenant.", body = Tenant)))]
#[post("/tenants")]
async fn create_tenant(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateTenant>,
) -> Result<HttpResponse, Problem> {
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let tenant = tenants::create(tx, who, &body.tenant()?)?;
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
/// Admins may, and platform admins. Letting Support Users go without a second factor wants a proof of one's
/// own within the last five minutes. Send the `ETag` you read as `If-Match`.
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
        phone_region: body.phone_region,
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
    answer::perform(&house, &ask, move |tx, who| {
        let written = body.contacts.iter().filter_map(|contact| contact.phone.as_ref());
        let region = phones::region_for(tx, (who, key.0), written)?;
        let points = ContactPoints {
            notification_address: body.notification_address.clone(),
            contacts: contacts(region.as_ref(), &body.contacts)?,
        };
        let tenant = tenants::change_contacts(tx, who, key, &points, &body.evidence)?;
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

/// Send the first Site Admin's link again
///
/// For an organisation whose first Site Admin has not set a password yet: a new link goes to the address on
/// file, and the one before stops to count. Refused as soon as a Site Admin is in use: from then on they look
/// after each other.
#[utoipa::path(operation_id = "resend_site_admin_invitation", tag = "tenants", extensions(("x-action" = json!("tenant.site_admin.invite"))),
    params(TenantPath), responses((status = 204, description = "The link is on its way.")))]
#[post("/tenants/{tenant_id}/site-admin-invitation")]
async fn resend_site_admin_invitation(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.tenant_id;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        tenants::resend_first_link(tx, who, id)?;
        Ok(answer::done())
    })
    .await
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
        .service(resume_tenant)
        .service(resend_site_admin_invitation);
}

//! Owners on file over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post, put};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::ids::{OwnerId, TenantId};
use caredesk_core::domain::owner::{self as domain, OwnerDetails};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, WrittenPhone};
use caredesk_core::policy::action::ReadOwner;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json, Path};
use super::problem::Problem;
use super::tenant_path::TenantPath;
use super::views::page;
use crate::guard::Refusal;
use crate::service::owners::{self, OwnerKey};
use crate::service::{House, phones};
use crate::store::Tx;
use crate::store::audit::What;

/// Which owner of which tenant.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OwnerPath {
    /// The tenant's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    tenant_id: TenantId,
    /// The owner's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11")]
    owner_id: OwnerId,
}

/// An owner's details, and why they may be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100201",
    "evidence": {"kind": "registry_extract", "reference": "State register, extract of 2 November"}}))]
pub(super) struct RecordOwner {
    /// The owner's name.
    name: PersonName,
    /// The address that the owner's authority is accepted from.
    email: EmailAddress,
    /// The number the owner is called back on, as people write it; absent if there is none. One without its
    /// country is one of the organisation's `phone_region`.
    #[serde(default)]
    #[schema(nullable = false)]
    phone: Option<WrittenPhone>,
    /// Why this may be recorded.
    evidence: Evidence,
}
impl Body for RecordOwner {}

/// Why an owner is confirmed or taken off the file.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"evidence": {"kind": "call_to_number_on_file", "reference": "Call of 20 November, 10:15"}}))]
pub(super) struct OwnerEvidence {
    /// What was shown.
    evidence: Evidence,
}
impl Body for OwnerEvidence {}

/// An owner on file: the authority of last resort, who never signs in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100201",
    "authorises_from": "2026-11-24T09:30:00Z", "confirmed_at": "2026-11-21T09:30:00Z",
    "changed_at": "2026-11-21T09:30:00Z", "created_at": "2026-11-21T09:30:00Z", "version": 1}))]
pub(super) struct Owner {
    /// Its id.
    id: OwnerId,
    /// The tenant.
    tenant_id: TenantId,
    /// The owner's name.
    name: PersonName,
    /// The address that the owner's authority is accepted from.
    email: EmailAddress,
    /// The number the owner is called back on; null if there is none.
    phone: Option<PhoneNumber>,
    /// From when the owner can authorise anything: 72 hours after the last change.
    authorises_from: Moment,
    /// When the details were last confirmed to be right.
    confirmed_at: Moment,
    /// When the details were last changed.
    changed_at: Moment,
    /// When the owner was put on file.
    created_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
}

page! {
    /// The owners of a tenant.
    OwnerPage of Owner, example {"data": [{
        "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
        "name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": null,
        "authorises_from": "2026-11-24T09:30:00Z", "confirmed_at": "2026-11-21T09:30:00Z",
        "changed_at": "2026-11-21T09:30:00Z", "created_at": "2026-11-21T09:30:00Z", "version": 1}], "next_cursor": null}
}

impl From<domain::Owner> for Owner {
    fn from(owner: domain::Owner) -> Self {
        Self {
            authorises_from: owner.authorises_from(),
            id: owner.id,
            tenant_id: owner.tenant,
            name: owner.details.name,
            email: owner.details.email,
            phone: owner.details.phone,
            confirmed_at: owner.confirmed_at,
            changed_at: owner.changed_at,
            created_at: owner.created_at,
            version: owner.version,
        }
    }
}

impl RecordOwner {
    /// The owner's details, with the number as a tenant dials it.
    fn details(
        &self,
        tx: &mut Tx<'_>,
        (who, tenant): (&Actor, TenantId),
    ) -> Result<OwnerDetails, Refusal> {
        let region = phones::region_for(tx, (who, tenant), self.phone.iter())?;
        let phone = phones::within(region.as_ref(), self.phone.as_ref(), "#/phone")?;
        Ok(OwnerDetails { name: self.name.clone(), email: self.email.clone(), phone })
    }
}

/// List a tenant's owners
///
/// Shows every owner on file, in the order in which they were added; there are ten at most, so the list
/// has one page.
#[utoipa::path(operation_id = "list_owners", tag = "owners", extensions(("x-action" = json!("owner.read"))),
    params(TenantPath), responses((status = 200, description = "The owners.", body = OwnerPage)))]
#[get("/tenants/{tenant_id}/owners")]
async fn list_owners(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
) -> Result<HttpResponse, Problem> {
    let tenant = path.tenant_id;
    let found =
        answer::look(&house, &caller, move |conn, looker| owners::list(conn, looker, tenant))
            .await?;
    on_record(&house, &caller, tenant, None).await?;
    Ok(answer::page(&OwnerPage {
        data: found.into_iter().map(Owner::from).collect(),
        next_cursor: None,
    }))
}

/// Read an owner
///
/// Shows one owner on file, and from when they can authorise anything.
#[utoipa::path(operation_id = "read_owner", tag = "owners", extensions(("x-action" = json!("owner.read")), ("x-etag" = json!(true))),
    params(OwnerPath), responses((status = 200, description = "The owner.", body = Owner)))]
#[get("/tenants/{tenant_id}/owners/{owner_id}")]
async fn read_owner(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<OwnerPath>,
) -> Result<HttpResponse, Problem> {
    let OwnerPath { tenant_id, owner_id } = path;
    let owner = answer::look(&house, &caller, move |conn, looker| {
        owners::read(conn, looker, tenant_id, owner_id)
    })
    .await?;
    on_record(&house, &caller, tenant_id, Some(owner_id)).await?;
    answer::shown(owner.version, &Owner::from(owner))
}

/// Add an owner
///
/// Puts an owner on file, on recorded evidence. The other owners and the organisation are told; the new
/// one authorises nothing for 72 hours.
#[utoipa::path(operation_id = "add_owner", tag = "owners", extensions(("x-action" = json!("owner.add")), ("x-step-up" = json!(true))),
    params(TenantPath), request_body(content = RecordOwner, description = "The owner and the evidence."),
    responses((status = 201, description = "The owner on file.", body = Owner)))]
#[post("/tenants/{tenant_id}/owners")]
async fn add_owner(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TenantPath>,
    Json(body): Json<RecordOwner>,
) -> Result<HttpResponse, Problem> {
    let tenant = path.tenant_id;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let details = body.details(tx, (who, tenant))?;
        let owner = owners::add(tx, who, tenant, &details, &body.evidence)?;
        let location = format!("/v1/tenants/{tenant}/owners/{}", owner.id);
        answer::created(location, owner.version, &Owner::from(owner))
    })
    .await
}

/// Change an owner
///
/// Replaces an owner's details, on recorded evidence. The old address is told; the changed owner
/// authorises nothing for 72 hours. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "change_owner", tag = "owners", extensions(("x-action" = json!("owner.change")), ("x-step-up" = json!(true)), ("x-if-match" = json!("required"))),
    params(OwnerPath), request_body(content = RecordOwner, description = "The new details and the evidence."),
    responses((status = 200, description = "The owner after the change.", body = Owner)))]
#[put("/tenants/{tenant_id}/owners/{owner_id}")]
async fn change_owner(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<OwnerPath>,
    Json(body): Json<RecordOwner>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = OwnerKey { tenant: path.tenant_id, id: path.owner_id, version: ask.version };
    answer::perform(&house, &ask, move |tx, who| {
        let details = body.details(tx, (who, key.tenant))?;
        let owner = owners::change(tx, who, key, &details, &body.evidence)?;
        answer::ok(owner.version, &Owner::from(owner))
    })
    .await
}

/// Confirm an owner
///
/// Notes that the details on file were found to be right, which is due once a year.
#[utoipa::path(operation_id = "confirm_owner", tag = "owners", extensions(("x-action" = json!("owner.confirm")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(OwnerPath), request_body(content = OwnerEvidence, description = "The evidence."),
    responses((status = 200, description = "The confirmed owner.", body = Owner)))]
#[post("/tenants/{tenant_id}/owners/{owner_id}/confirm")]
async fn confirm_owner(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<OwnerPath>,
    Json(body): Json<OwnerEvidence>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = OwnerKey { tenant: path.tenant_id, id: path.owner_id, version: ask.version };
    answer::perform(&house, &ask, move |tx, who| {
        let owner = owners::confirm(tx, who, key, &body.evidence)?;
        answer::ok(owner.version, &Owner::from(owner))
    })
    .await
}

/// Remove an owner
///
/// Takes an owner off the file, on recorded evidence. The owner and the organisation are told. It is a
/// POST because it carries its evidence.
#[utoipa::path(operation_id = "remove_owner", tag = "owners", extensions(("x-action" = json!("owner.remove")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(OwnerPath), request_body(content = OwnerEvidence, description = "The evidence."),
    responses((status = 204, description = "The owner is off the file.")))]
#[post("/tenants/{tenant_id}/owners/{owner_id}/remove")]
async fn remove_owner(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<OwnerPath>,
    Json(body): Json<OwnerEvidence>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = OwnerKey { tenant: path.tenant_id, id: path.owner_id, version: ask.version };
    answer::perform(&house, &ask, move |tx, who| {
        owners::remove(tx, who, key, &body.evidence)?;
        Ok(answer::done())
    })
    .await
}

/// Owners are people: when the desk reads them, that is in the audit before the answer leaves.
async fn on_record(
    house: &House,
    caller: &Caller,
    tenant: TenantId,
    owner: Option<OwnerId>,
) -> Result<(), Problem> {
    let target = Some(owner.map_or(tenant.uuid(), OwnerId::uuid));
    let what = What { tenant: Some(tenant), target, detail: None };
    Ok(house.on_record::<ReadOwner>(&caller.ask(), what).await?)
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_owners)
        .service(read_owner)
        .service(add_owner)
        .service(change_owner)
        .service(confirm_owner)
        .service(remove_owner);
}

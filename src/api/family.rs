//! What a family does on the portal, over HTTP: its applications, and how their organisations are reached.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use caredesk_core::domain::application::ApplicationStatus;
use caredesk_core::domain::hours::OpeningHours;
use caredesk_core::domain::ids::{ApplicationId, TenantId};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{
    ApplicationNumber, ChildId, Paragraph, PersonName, TenantName, TimeZoneName,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::cursor;
use super::extract::{Body, Caller, Json, Parameters, Path, Query};
use super::problem::Problem;
use super::views::page;
use crate::service::{House, portal};
use crate::store::portal as kept;

/// Bytes of a body of these operations.
const LIMIT: usize = 4 * 1024;

/// Which of one's applications.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct FamilyApplicationPath {
    /// The application's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30")]
    application_id: ApplicationId,
}

/// In which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FamilyPages {
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
    /// Where the page begins: `next_cursor` of the one before.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    cursor: Option<String>,
}
impl Parameters for FamilyPages {}

/// An application, as the family sees it that it is linked to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "organization_name": "Pine Lodge Summer Camp", "number": "A-000123", "family_name": "Ruiz Ortega", "status": "submitted",
    "children": [{"child_id": "K-20431", "name": "Leo"}], "linked_at": "2026-11-20T07:58:12Z"}))]
pub(super) struct FamilyApplication {
    /// Its id.
    id: ApplicationId,
    /// The organisation that it was made to.
    tenant_id: TenantId,
    /// What that is called.
    organization_name: TenantName,
    /// Its number there: it identifies and never authorises.
    number: ApplicationNumber,
    /// The family's name.
    family_name: PersonName,
    /// How far it has come.
    status: ApplicationStatus,
    /// The children.
    #[schema(max_items = 20)]
    children: Vec<FamilyChild>,
    /// Since when it is linked.
    linked_at: Moment,
}

/// A child of an application, as its family sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"child_id": "K-20431", "name": "Leo"}))]
pub(super) struct FamilyChild {
    /// The child's id in the organisation's records: what to name it by.
    child_id: ChildId,
    /// What it is called; null where the organisation gave no name.
    name: Option<PersonName>,
}

page! {
    /// A page of one's applications.
    FamilyApplicationPage of FamilyApplication, example {"data": [], "next_cursor": null}
}

impl From<kept::FamilyApplication> for FamilyApplication {
    fn from(of: kept::FamilyApplication) -> Self {
        let child = |(child_id, name)| FamilyChild { child_id, name };
        Self {
            id: of.id,
            tenant_id: of.tenant,
            organization_name: of.organization,
            number: of.number,
            family_name: of.family_name,
            status: of.status,
            children: of.children.into_iter().map(child).collect(),
            linked_at: of.linked_at,
        }
    }
}

/// An invitation to a further application.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"invitation_code": "7K4M-29QX-8ZRT-V5NP"}))]
pub(super) struct LinkFamilyApplication {
    /// What stands behind the `#` of the link, or the code of the message as it was typed.
    #[schema(value_type = String, min_length = 16, max_length = 64, pattern = "^[A-Za-z0-9 _-]+$", example = "7K4M-29QX-8ZRT-V5NP")]
    invitation_code: SecretString,
}
impl Body for LinkFamilyApplication {
    const LIMIT: usize = LIMIT;
}

/// An organisation, as the families of its applications reach it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "name": "Pine Lodge Summer Camp",
    "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"}],
    "time_zone": "America/New_York", "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}],
    "no_access_procedure": "Call the office; the director signs in for the family."}))]
pub(super) struct FamilyOrganization {
    /// Its id: what to name it by in a ticket.
    tenant_id: TenantId,
    /// Its name.
    name: TenantName,
    /// How it is reached.
    #[schema(max_items = 10)]
    contacts: Vec<Contact>,
    /// The zone that its hours are read in.
    time_zone: TimeZoneName,
    /// When it is reached.
    #[schema(max_items = 21)]
    hours: Vec<OpeningHours>,
    /// What people who cannot use the system do instead; null when there is no procedure.
    no_access_procedure: Option<Paragraph>,
}

/// The organisations of one's applications.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"data": []}))]
pub(super) struct FamilyOrganizationList {
    /// The organisations, by name; a hundred at most.
    #[schema(max_items = 100)]
    data: Vec<FamilyOrganization>,
}

impl From<kept::FamilyOrganization> for FamilyOrganization {
    fn from(of: kept::FamilyOrganization) -> Self {
        Self {
            tenant_id: of.id,
            name: of.name,
            contacts: of.contacts,
            time_zone: of.settings.time_zone,
            hours: of.hours,
            no_access_procedure: of.settings.no_access_procedure,
        }
    }
}

/// List one's applications
///
/// Shows a family the applications that are linked to its account, of whatever organisation, those that were
/// linked last in front.
#[utoipa::path(operation_id = "list_family_applications", tag = "family", extensions(("x-action" = json!("own_application.read"))),
    params(FamilyPages), responses((status = 200, description = "A page of applications.", body = FamilyApplicationPage)))]
#[get("/family-applications")]
async fn list_family_applications(
    caller: Caller,
    house: Data<House>,
    Query(pages): Query<FamilyPages>,
) -> Result<HttpResponse, Problem> {
    const BINDING: &str = "family-applications";
    let after = pages.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<kept::FamilyKey>(&house.keys, BINDING, cursor));
    let (after, limit) = (after.transpose()?, pages.limit.map_or(DEFAULT_LIMIT, i64::from));
    let look = answer::look(&house, &caller, move |conn, looker| {
        portal::list(conn, looker, (after, limit))
    });
    let page = look.await?;
    Ok(answer::page(&FamilyApplicationPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, BINDING, key)),
        data: page.rows.into_iter().map(FamilyApplication::from).collect(),
    }))
}

/// Read one of one's applications
///
/// Shows a family one application that is linked to its account.
#[utoipa::path(operation_id = "read_family_application", tag = "family", extensions(("x-action" = json!("own_application.read"))),
    params(FamilyApplicationPath), responses((status = 200, description = "The application.", body = FamilyApplication)))]
#[get("/family-applications/{application_id}")]
async fn read_family_application(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<FamilyApplicationPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.application_id;
    let look = answer::look(&house, &caller, move |conn, looker| portal::read(conn, looker, id));
    Ok(answer::page(&FamilyApplication::from(look.await?)))
}

/// Link an application
///
/// Links a further application to one's account, with the link or the code of its invitation, which is used up
/// by it.
#[utoipa::path(operation_id = "link_family_application", tag = "family", extensions(("x-action" = json!("own_application.link")), ("x-redeems" = json!(true))),
    request_body(content = LinkFamilyApplication, description = "The link's secret or the code."),
    responses((status = 201, description = "The application, linked.", body = FamilyApplication)))]
#[post("/family-applications")]
async fn link_family_application(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<LinkFamilyApplication>,
) -> Result<HttpResponse, Problem> {
    let typed = body.invitation_code.expose_secret();
    let linked = house.link_application(&caller.ask(), typed).await?;
    let location = format!("/v1/family-applications/{}", linked.id);
    let body = FamilyApplication::from(linked);
    Ok(answer::secret(StatusCode::CREATED, Some(&location), &body))
}

/// Unlink one of one's applications
///
/// Takes one's own access to an application away; the organisation is told. The account stays, and the
/// organisation may invite again.
#[utoipa::path(operation_id = "unlink_family_application", tag = "family", extensions(("x-action" = json!("own_application.unlink"))),
    params(FamilyApplicationPath), responses((status = 204, description = "It is linked no more.")))]
#[delete("/family-applications/{application_id}")]
async fn unlink_family_application(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<FamilyApplicationPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.application_id;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        portal::unlink(tx, who, id)?;
        Ok(answer::done())
    })
    .await
}

/// List the organisations of one's applications
///
/// Shows a family how the organisations are reached that it has applications with: contacts, hours, and what
/// people do who cannot use the system.
#[utoipa::path(operation_id = "list_family_organizations", tag = "family", extensions(("x-action" = json!("organization.list"))),
    responses((status = 200, description = "The organisations.", body = FamilyOrganizationList)))]
#[get("/family-organizations")]
async fn list_family_organizations(
    caller: Caller,
    house: Data<House>,
) -> Result<HttpResponse, Problem> {
    let found = answer::look(&house, &caller, portal::organizations).await?;
    let data = found.into_iter().map(FamilyOrganization::from).collect();
    Ok(answer::page(&FamilyOrganizationList { data }))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_family_applications)
        .service(read_family_application)
        .service(link_family_application)
        .service(unlink_family_application)
        .service(list_family_organizations);
}

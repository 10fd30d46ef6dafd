//! Applications of families over HTTP. [`input`] is what is taken, [`view`] what is shown.

mod input;
pub(super) mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use caredesk_core::domain::application::{ApplicationChanges, NewApplication};
use caredesk_core::domain::ids::ApplicationId;
use caredesk_core::domain::page::DEFAULT_LIMIT;

use super::answer;
use super::cursor;
use super::extract::{Caller, Json, Path, Query};
use super::problem::Problem;
use super::views::figure;
use crate::service::{House, applications, phones};
use crate::store::applications::{ApplicationKey, ApplicationOrder, ApplicationQuery};
pub(in crate::api) use input::ApplicationSort;
use input::{
    ApplicationListFilter, ApplicationPath, CreateApplication, InviteFamily, ReinviteFamily,
    UnlinkApplication, UpdateApplication,
};
use view::{Application, ApplicationPage};

/// Where an application is.
fn location(id: ApplicationId) -> String {
    format!("/v1/applications/{id}")
}

/// Create an application
///
/// Makes a draft in the caller's organisation, or submits the application at once: that invites its family by
/// the preferred way, with a link and a code that count for 14 days. Without a number of the organisation's own
/// one is drawn.
#[utoipa::path(operation_id = "create_application", tag = "applications", extensions(("x-action" = json!("application.create"))),
    request_body(content = CreateApplication, description = "The new application."),
    responses((status = 201, description = "The application.", body = Application)))]
#[post("/applications")]
async fn create_application(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateApplication>,
) -> Result<HttpResponse, Problem> {
    let (submit, written) = (body.submit.unwrap_or(false), body.phone.clone());
    let new = body.application()?;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let phone = phones::of_asker(tx, who, written.as_ref())?;
        let new = NewApplication { phone, ..new.clone() };
        let made = applications::create(tx, who, (&new, submit))?;
        let (at, version) = (location(made.id), made.version);
        answer::created(at, version, &Application::seen(made, who, tx.now))
    })
    .await
}

/// List applications
///
/// Shows the applications of the caller's organisation, a page at a time, each with how its family stands to the
/// portal and what it is linked by. Filters narrow the list; a cursor goes with the filters and the order it was
/// made for.
#[utoipa::path(operation_id = "list_applications", tag = "applications", extensions(("x-action" = json!("application.read"))),
    params(ApplicationListFilter), responses((status = 200, description = "A page of applications.", body = ApplicationPage)))]
#[get("/applications")]
async fn list_applications(
    caller: Caller,
    house: Data<House>,
    Query(query): Query<ApplicationListFilter>,
) -> Result<HttpResponse, Problem> {
    let order = match query.sort {
        Some(ApplicationSort::Name) => ApplicationOrder::FamilyName,
        Some(ApplicationSort::Newest) | None => ApplicationOrder::Newest,
    };
    let filter = query.filter();
    let binding = format!("applications|{order:?}|{filter:?}");
    let after = query.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<ApplicationKey>(&house.keys, &binding, cursor));
    let ask = ApplicationQuery {
        filter,
        order,
        after: after.transpose()?,
        limit: query.limit.map_or(DEFAULT_LIMIT, i64::from),
        total: query.include_total.unwrap_or(false),
    };
    let now = house.clock.now();
    let look =
        answer::look(&house, &caller, move |conn, looker| applications::list(conn, looker, &ask));
    let page = look.await?;
    let seen = |application| Application::seen(application, caller.actor(), now);
    Ok(answer::page(&ApplicationPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        total: page.total.map(figure),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Read an application
///
/// Shows one application of the caller's organisation with what this caller may do with it now. One of another
/// organisation is not found.
#[utoipa::path(operation_id = "read_application", tag = "applications", extensions(("x-action" = json!("application.read")), ("x-etag" = json!(true))),
    params(ApplicationPath), responses((status = 200, description = "The application.", body = Application)))]
#[get("/applications/{application_id}")]
async fn read_application(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApplicationPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.application_id;
    let look =
        answer::look(&house, &caller, move |conn, looker| applications::read(conn, looker, id));
    let application = look.await?;
    let version = application.version;
    answer::shown(version, &Application::seen(application, caller.actor(), house.clock.now()))
}

/// Update an application
///
/// Changes what the organisation has on record; absent fields stay, `children` replaces them all. An invitation
/// under way to an address or a number that is left stops to count. A linked family's account is not changed by
/// it. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_application", tag = "applications", extensions(("x-action" = json!("application.update")), ("x-if-match" = json!("required"))),
    params(ApplicationPath), request_body(content = UpdateApplication, description = "What changes."),
    responses((status = 200, description = "The application after the change.", body = Application)))]
#[patch("/applications/{application_id}")]
async fn update_application(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApplicationPath>,
    Json(body): Json<UpdateApplication>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.application_id, ask.version);
    let written = body.phone.clone();
    let changes = body.changes()?;
    answer::perform(&house, &ask, move |tx, who| {
        let phone = phones::of_asker(tx, who, written.as_ref().and_then(Option::as_ref))?;
        let phone = written.as_ref().map(|_| phone);
        let changes = ApplicationChanges { phone, ..changes.clone() };
        let application = applications::update(tx, who, key, &changes)?;
        answer::ok(application.version, &Application::seen(application, who, tx.now))
    })
    .await
}

/// Submit an application
///
/// Submits a draft, and invites its family by the preferred way in the same step: without the contact for it
/// nothing is submitted.
#[utoipa::path(operation_id = "submit_application", tag = "applications", extensions(("x-action" = json!("application.submit")), ("x-if-match" = json!("optional"))),
    params(ApplicationPath), responses((status = 200, description = "The application, its family invited.", body = Application)))]
#[post("/applications/{application_id}/submit")]
async fn submit_application(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApplicationPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.application_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let application = applications::submit(tx, who, key)?;
        answer::ok(application.version, &Application::seen(application, who, tx.now))
    })
    .await
}

/// Withdraw an application
///
/// Ends an application. An invitation under way stops to count; a family that is linked sees it until it is
/// unlinked.
#[utoipa::path(operation_id = "withdraw_application", tag = "applications", extensions(("x-action" = json!("application.withdraw")), ("x-if-match" = json!("optional"))),
    params(ApplicationPath), responses((status = 200, description = "The application, withdrawn.", body = Application)))]
#[post("/applications/{application_id}/withdraw")]
async fn withdraw_application(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApplicationPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.application_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let application = applications::withdraw(tx, who, key)?;
        answer::ok(application.version, &Application::seen(application, who, tx.now))
    })
    .await
}

/// Invite a family
///
/// Sends a family its first invitation to the portal: a link and a code that work once, for 14 days. Without the
/// contact that `method` needs nothing is sent, and no other way is taken.
#[utoipa::path(operation_id = "invite_family", tag = "applications", extensions(("x-action" = json!("application.invite")), ("x-if-match" = json!("optional"))),
    params(ApplicationPath), request_body(content = InviteFamily, description = "By what."),
    responses((status = 200, description = "The application, its family invited.", body = Application)))]
#[post("/applications/{application_id}/invite")]
async fn invite_family(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApplicationPath>,
    Json(body): Json<InviteFamily>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.application_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let application = applications::invite(tx, who, key, body.method)?;
        answer::ok(application.version, &Application::seen(application, who, tx.now))
    })
    .await
}

/// Reinvite a family
///
/// Sends a family a new invitation; the one before stops to count. It goes by the preferred way unless `method`
/// says otherwise; after an unlink `method` has to name one.
#[utoipa::path(operation_id = "reinvite_family", tag = "applications", extensions(("x-action" = json!("application.reinvite")), ("x-if-match" = json!("optional"))),
    params(ApplicationPath), request_body(content = ReinviteFamily, description = "By what."),
    responses((status = 200, description = "The application, its family invited anew.", body = Application)))]
#[post("/applications/{application_id}/reinvite")]
async fn reinvite_family(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApplicationPath>,
    Json(body): Json<ReinviteFamily>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.application_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let application = applications::reinvite(tx, who, key, body.method)?;
        answer::ok(application.version, &Application::seen(application, who, tx.now))
    })
    .await
}

/// Unlink an application
///
/// Takes the family's access to this application away, at once. Its account stays, with whatever else is linked
/// to it, and a new invitation may go elsewhere.
#[utoipa::path(operation_id = "unlink_application", tag = "applications", extensions(("x-action" = json!("application.unlink")), ("x-if-match" = json!("optional"))),
    params(ApplicationPath), request_body(content = UnlinkApplication, description = "Why."),
    responses((status = 200, description = "The application, with no account linked.", body = Application)))]
#[post("/applications/{application_id}/unlink")]
async fn unlink_application(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApplicationPath>,
    Json(body): Json<UnlinkApplication>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.application_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let application = applications::unlink(tx, who, key, body.reason)?;
        answer::ok(application.version, &Application::seen(application, who, tx.now))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_application)
        .service(list_applications)
        .service(read_application)
        .service(update_application)
        .service(submit_application)
        .service(withdraw_application)
        .service(invite_family)
        .service(reinvite_family)
        .service(unlink_application);
}

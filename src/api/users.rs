//! Users of an organisation over HTTP. [`input`] is what is taken, [`view`] what is shown.

mod input;
pub(super) mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::user::{NewUser, UserChanges};

use super::answer;
use super::cursor;
use super::extract::{Caller, Json, Path, Query};
use super::problem::Problem;
use super::views::figure;
use crate::service::{House, phones, users};
use crate::store::accounts::users::{UserKey, UserOrder, UserQuery};
pub(in crate::api) use input::UserSort;
use input::{CreateUser, DeactivateUser, KeepUserActive, UpdateUser, UserFilter, UserPath};
use view::{User, UserPage};

/// Where a user is.
fn location(id: AccountId) -> String {
    format!("/v1/users/{id}")
}

/// Create a user
///
/// Makes a member of the caller's organisation and, unless told not to, sends them the link that they set
/// their password with, once, within 72 hours. Several users may share an address; only a Support User's is
/// nobody else's. Site Admins and Support Users are made by an access change alone.
#[utoipa::path(operation_id = "create_user", tag = "users", extensions(("x-action" = json!("user.create"))),
    request_body(content = CreateUser, description = "The new user."),
    responses((status = 201, description = "The user.", body = User)))]
#[post("/users")]
async fn create_user(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateUser>,
) -> Result<HttpResponse, Problem> {
    let role = body.role.map_or(Role::Member, Role::from);
    let invite = body.send_invitation.unwrap_or(true);
    let new = NewUser {
        user_name: body.user_name,
        first_name: body.first_name,
        last_name: body.last_name,
        email: body.email,
        phone: None,
        locale: body.locale,
    };
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let phone = phones::of_asker(tx, who, body.phone.as_ref())?;
        let new = NewUser { phone, ..new.clone() };
        let user = users::create(tx, who, (&new, role, invite))?;
        let (at, version) = (location(user.account.id), user.account.version);
        answer::created(at, version, &User::seen(user, who, tx.now))
    })
    .await
}

/// List users
///
/// Shows the users of the caller's organisation, a page at a time. Filters narrow the list; a cursor goes
/// with the filters and the order it was made for.
#[utoipa::path(operation_id = "list_users", tag = "users", extensions(("x-action" = json!("user.read"))),
    params(UserFilter), responses((status = 200, description = "A page of users.", body = UserPage)))]
#[get("/users")]
async fn list_users(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<UserFilter>,
) -> Result<HttpResponse, Problem> {
    let order = match filter.sort {
        Some(UserSort::Name) => UserOrder::Name,
        Some(UserSort::Number) => UserOrder::Number,
        Some(UserSort::Newest) | None => UserOrder::Newest,
    };
    let narrowed = (&filter.q, filter.status, filter.role, filter.role_id);
    let binding =
        format!("users|{order:?}|{narrowed:?}|{:?}|{:?}", filter.trained, filter.kept_active);
    let after = filter.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<UserKey>(&house.keys, &binding, cursor));
    let ask = UserQuery {
        search: filter.q,
        status: filter.status,
        role: filter.role.map(Role::from),
        given: filter.role_id,
        trained: filter.trained,
        kept_active: filter.kept_active,
        order,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
        total: filter.include_total.unwrap_or(false),
    };
    let now = house.clock.now();
    let page =
        answer::look(&house, &caller, move |conn, looker| users::list(conn, looker, &ask)).await?;
    let seen = |user| User::seen(user, caller.actor(), now);
    Ok(answer::page(&UserPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        total: page.total.map(figure),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Read a user
///
/// Shows one user of the caller's organisation with what this caller may do with it now. A user of another
/// organisation is not found.
#[utoipa::path(operation_id = "read_user", tag = "users", extensions(("x-action" = json!("user.read")), ("x-etag" = json!(true))),
    params(UserPath), responses((status = 200, description = "The user.", body = User)))]
#[get("/users/{user_id}")]
async fn read_user(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UserPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.user_id;
    let user =
        answer::look(&house, &caller, move |conn, looker| users::read(conn, looker, id)).await?;
    let version = user.account.version;
    answer::shown(version, &User::seen(user, caller.actor(), house.clock.now()))
}

/// Update a user
///
/// Changes names, user name, address, number or language; absent fields stay. The person is told, at the
/// address of before, too. Nobody changes a user who may do more than they themselves; a Site Admin's user
/// name, address and number are changed by an access change or by the Site Admin; one's own address and
/// number under `/v1/account`. A Support User's address stays nobody else's. Send the `ETag` you read as
/// `If-Match`.
#[utoipa::path(operation_id = "update_user", tag = "users", extensions(("x-action" = json!("user.update")), ("x-step-up" = json!(true)), ("x-if-match" = json!("required"))),
    params(UserPath), request_body(content = UpdateUser, description = "What changes."),
    responses((status = 200, description = "The user after the change.", body = User)))]
#[patch("/users/{user_id}")]
async fn update_user(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UserPath>,
    Json(body): Json<UpdateUser>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.user_id, ask.version);
    let role = body.role.map(Role::from);
    let changes = UserChanges {
        user_name: body.user_name,
        first_name: body.first_name,
        last_name: body.last_name,
        email: body.email,
        phone: None,
        locale: body.locale,
    };
    answer::perform(&house, &ask, move |tx, who| {
        let written = body.phone.as_ref();
        let phone = phones::of_asker(tx, who, written.and_then(Option::as_ref))?;
        let changes = UserChanges { phone: written.map(|_| phone), ..changes.clone() };
        let user = users::update(tx, who, key, (&changes, role))?;
        answer::ok(user.account.version, &User::seen(user, who, tx.now))
    })
    .await
}

/// Deactivate a user
///
/// Switches a user off at once: every session and every link of theirs ends, and with them Site Admin and
/// Support User; roles that the organisation gave stay for a return. Another Site Admin is deactivated by an
/// access change; one's own account with a fresh proof; the last Site Admin in use not at all.
#[utoipa::path(operation_id = "deactivate_user", tag = "users", extensions(("x-action" = json!("user.deactivate")), ("x-if-match" = json!("optional"))),
    params(UserPath), request_body(content = DeactivateUser, description = "Why."),
    responses((status = 200, description = "The user, switched off.", body = User)))]
#[post("/users/{user_id}/deactivate")]
async fn deactivate_user(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UserPath>,
    Json(body): Json<DeactivateUser>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.user_id, ask.version);
    let reason = body.reason.into();
    let response = answer::perform(&house, &ask, move |tx, who| {
        let user = users::deactivate(tx, who, key, reason)?;
        answer::ok(user.account.version, &User::seen(user, who, tx.now))
    })
    .await;
    house.doorman.forget_all(); // no call with a token of theirs comes through from now on
    response
}

/// Reactivate a user
///
/// Switches a user on again, as a member with the roles that the organisation gave, and with the password
/// of before; whoever never set one is sent a link. Who was Site Admin or Support User is so again only by
/// an access change.
#[utoipa::path(operation_id = "reactivate_user", tag = "users", extensions(("x-action" = json!("user.reactivate")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(UserPath), responses((status = 200, description = "The user, in use again.", body = User)))]
#[post("/users/{user_id}/reactivate")]
async fn reactivate_user(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UserPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.user_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let user = users::reactivate(tx, who, key)?;
        answer::ok(user.account.version, &User::seen(user, who, tx.now))
    })
    .await
}

/// Keep a user active
///
/// Has dormancy pass a user over who will be away for long, or no more: then the idle days count again,
/// from now.
#[utoipa::path(operation_id = "keep_user_active", tag = "users", extensions(("x-action" = json!("user.keep_active")), ("x-if-match" = json!("optional"))),
    params(UserPath), request_body(content = KeepUserActive, description = "Whether."),
    responses((status = 200, description = "The user after the change.", body = User)))]
#[post("/users/{user_id}/keep-active")]
async fn keep_user_active(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UserPath>,
    Json(body): Json<KeepUserActive>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.user_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let user = users::keep_active(tx, who, key, body.keep_active)?;
        answer::ok(user.account.version, &User::seen(user, who, tx.now))
    })
    .await
}

/// Resend a user's invitation
///
/// Sends the link that a password is set with again, to the address on file, for 72 hours; the one before
/// stops to count.
#[utoipa::path(operation_id = "resend_user_invitation", tag = "users", extensions(("x-action" = json!("user.invite")), ("x-if-match" = json!("optional"))),
    params(UserPath), responses((status = 200, description = "The user, invited anew.", body = User)))]
#[post("/users/{user_id}/resend-invitation")]
async fn resend_user_invitation(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UserPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.user_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let user = users::resend_invitation(tx, who, key)?;
        answer::ok(user.account.version, &User::seen(user, who, tx.now))
    })
    .await
}

/// Revoke a user's invitation
///
/// Takes the link back that a password is set with. The user stays, and can be invited again.
#[utoipa::path(operation_id = "revoke_user_invitation", tag = "users", extensions(("x-action" = json!("user.invite")), ("x-if-match" = json!("optional"))),
    params(UserPath), responses((status = 200, description = "The user, without a link.", body = User)))]
#[post("/users/{user_id}/revoke-invitation")]
async fn revoke_user_invitation(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UserPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.user_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let user = users::revoke_invitation(tx, who, key)?;
        answer::ok(user.account.version, &User::seen(user, who, tx.now))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_user)
        .service(list_users)
        .service(read_user)
        .service(update_user)
        .service(deactivate_user)
        .service(reactivate_user)
        .service(keep_user_active)
        .service(resend_user_invitation)
        .service(revoke_user_invitation);
}

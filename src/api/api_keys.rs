//! Keys of programs over HTTP. [`view`] is what is shown.

mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use caredesk_core::domain::KeyName;
use caredesk_core::domain::api_key::{
    ApiKeyStatus, KeyPermission, NewApiKey, OVERLAP_HOURS, Rotation,
};
use caredesk_core::domain::ids::ApiKeyId;
use caredesk_core::domain::page::DEFAULT_LIMIT;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::cursor;
use super::extract::{Body, Caller, Json, Parameters, Path, Query};
use super::problem::Problem;
use crate::service::{House, api_keys};
use crate::store::api_keys::{ApiKeyKey, ApiKeyQuery};
use view::{ApiKey, ApiKeyPage, ApiKeyWithSecret, CurrentApiKey};

/// Which key.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ApiKeyPath {
    /// The key's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30")]
    api_key_id: ApiKeyId,
}

/// Which keys to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKeyFilter {
    /// Only those that count, or that do not.
    #[param(nullable = false, example = "active")]
    status: Option<ApiKeyStatus>,
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
    /// Where the page begins: `next_cursor` of the one before, with the same filters.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    cursor: Option<String>,
}
impl Parameters for ApiKeyFilter {}

/// A new key for a program.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Enrolment system", "scopes": ["applications.read", "applications.import"], "expires_in_days": 90}))]
pub(super) struct CreateApiKey {
    /// What people call it.
    name: KeyName,
    /// What it permits: no more than what the caller holds.
    #[schema(min_items = 1, max_items = 8)]
    scopes: Vec<KeyPermission>,
    /// For how many days it counts.
    #[schema(minimum = 1, maximum = 365, format = "int32")]
    expires_in_days: i32,
}
impl Body for CreateApiKey {}

/// What changes about a key; what is absent stays. Scopes never change: make another key.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Enrolment system, nights"}))]
pub(super) struct UpdateApiKey {
    /// What people call it.
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<KeyName>,
}
impl Body for UpdateApiKey {}

/// How a key gets another secret.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_hours": 24}))]
pub(super) struct RotateApiKey {
    /// For how many hours the secret of before works on; 24 if absent, and with 0 it ends at once.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 168, format = "int32", example = 24)]
    overlap_hours: Option<i32>,
    /// For how many days the key counts from now on; absent: it ends when it would have.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 365, format = "int32", example = 90)]
    expires_in_days: Option<i32>,
}
impl Body for RotateApiKey {}

/// Where a key is.
fn location(id: ApiKeyId) -> String {
    format!("/v1/api-keys/{id}")
}

/// Create an API key
///
/// Makes a key for a program of the caller's organisation. `secret` is in this answer and never again. It is
/// sent as `Authorization: Bearer cdk_...` with every request. A key never leads to users, roles, settings,
/// sessions or other keys, and permits no more than what its maker holds now. The Site Admins are told, and
/// once more 14 days before it expires.
#[utoipa::path(operation_id = "create_api_key", tag = "api-keys", extensions(("x-action" = json!("api_key.create")), ("x-step-up" = json!(true))),
    request_body(content = CreateApiKey, description = "The new key."),
    responses((status = 201, description = "The key and its secret.", body = ApiKeyWithSecret)))]
#[post("/api-keys")]
async fn create_api_key(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateApiKey>,
) -> Result<HttpResponse, Problem> {
    let scopes = KeyPermission::set_of(&body.scopes);
    let new = NewApiKey { name: body.name, scopes, days: body.expires_in_days };
    answer::perform_once(&house, &caller.change()?, move |tx, who| {
        let (key, secret) = api_keys::create(tx, who, &new)?;
        let (at, version) = (location(key.id), key.version);
        answer::created(at, version, &ApiKeyWithSecret::of(key, &secret, who, tx.now))
    })
    .await
}

/// List API keys
///
/// Shows the keys of the caller's organisation, newest first, a page at a time. `maker_status` says whether
/// whoever made a key is still in use: a key goes on without its maker until somebody revokes it.
#[utoipa::path(operation_id = "list_api_keys", tag = "api-keys", extensions(("x-action" = json!("api_key.read"))),
    params(ApiKeyFilter), responses((status = 200, description = "A page of keys.", body = ApiKeyPage)))]
#[get("/api-keys")]
async fn list_api_keys(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<ApiKeyFilter>,
) -> Result<HttpResponse, Problem> {
    let binding = format!("api-keys|{:?}", filter.status);
    let after = filter.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<ApiKeyKey>(&house.keys, &binding, cursor));
    let now = house.clock.now();
    let ask = ApiKeyQuery {
        status: filter.status.map(|status| (status, now)),
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let list = move |conn: &mut _, looker: &_| api_keys::list(conn, looker, &ask);
    let page = answer::look(&house, &caller, list).await?;
    let seen = |key| ApiKey::seen(key, caller.actor(), now);
    Ok(answer::page(&ApiKeyPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Read the current API key
///
/// Shows a program the key that it comes with: its organisation, its scopes, its end.
#[utoipa::path(operation_id = "read_current_api_key", tag = "api-keys", extensions(("x-action" = json!("api_key.read_own"))),
    responses((status = 200, description = "The key.", body = CurrentApiKey)))]
#[get("/current-api-key")]
async fn read_current_api_key(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let (key, organisation) = answer::look(&house, &caller, api_keys::read_own).await?;
    Ok(answer::page(&CurrentApiKey::of(key, organisation, house.clock.now())))
}

/// Read an API key
///
/// Shows one key of the caller's organisation, without its secret, with what this caller may do with it now.
#[utoipa::path(operation_id = "read_api_key", tag = "api-keys", extensions(("x-action" = json!("api_key.read")), ("x-etag" = json!(true))),
    params(ApiKeyPath), responses((status = 200, description = "The key.", body = ApiKey)))]
#[get("/api-keys/{api_key_id}")]
async fn read_api_key(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApiKeyPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.api_key_id;
    let read = move |conn: &mut _, looker: &_| api_keys::read(conn, looker, id);
    let key = answer::look(&house, &caller, read).await?;
    answer::shown(key.version, &ApiKey::seen(key, caller.actor(), house.clock.now()))
}

/// Update an API key
///
/// Changes what people call a key. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_api_key", tag = "api-keys", extensions(("x-action" = json!("api_key.update")), ("x-if-match" = json!("required"))),
    params(ApiKeyPath), request_body(content = UpdateApiKey, description = "What changes."),
    responses((status = 200, description = "The key after the change.", body = ApiKey)))]
#[patch("/api-keys/{api_key_id}")]
async fn update_api_key(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApiKeyPath>,
    Json(body): Json<UpdateApiKey>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.api_key_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let key = api_keys::rename(tx, who, key, body.name.as_ref())?;
        answer::ok(key.version, &ApiKey::seen(key, who, tx.now))
    })
    .await
}

/// Rotate an API key
///
/// Gives a key another secret, which is in this answer and never again. The secret of before works on for
/// `overlap_hours`, so that the program can change over; until then the key is not rotated again, unless
/// with an overlap of 0. The handle stays. Whoever rotates a key holds what it permits. The Site Admins are
/// told.
#[utoipa::path(operation_id = "rotate_api_key", tag = "api-keys", extensions(("x-action" = json!("api_key.rotate")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(ApiKeyPath), request_body(content = RotateApiKey, description = "For how long both work."),
    responses((status = 200, description = "The key and its new secret.", body = ApiKeyWithSecret)))]
#[post("/api-keys/{api_key_id}/rotate")]
async fn rotate_api_key(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApiKeyPath>,
    Json(body): Json<RotateApiKey>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.api_key_id, ask.version);
    let overlap_hours = body.overlap_hours.unwrap_or(OVERLAP_HOURS);
    let rotation = Rotation { overlap_hours, days: body.expires_in_days };
    let response = answer::perform_once(&house, &ask, move |tx, who| {
        let (key, secret) = api_keys::rotate(tx, who, key, rotation)?;
        answer::ok(key.version, &ApiKeyWithSecret::of(key, &secret, who, tx.now))
    })
    .await;
    house.doorman.forget_all(); // the secret of before may have ended
    response
}

/// Revoke an API key
///
/// Ends a key for good, and at once: other instances refuse it within a second. What was done with it stays,
/// and so does the key in the list.
#[utoipa::path(operation_id = "revoke_api_key", tag = "api-keys", extensions(("x-action" = json!("api_key.revoke")), ("x-if-match" = json!("optional"))),
    params(ApiKeyPath), responses((status = 200, description = "The key, revoked.", body = ApiKey)))]
#[post("/api-keys/{api_key_id}/revoke")]
async fn revoke_api_key(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ApiKeyPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.api_key_id, ask.version);
    let response = answer::perform(&house, &ask, move |tx, who| {
        let key = api_keys::revoke(tx, who, key)?;
        answer::ok(key.version, &ApiKey::seen(key, who, tx.now))
    })
    .await;
    house.doorman.forget_all();
    response
}

/// The operations of this file; the literal path before the one with an id.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_api_key)
        .service(list_api_keys)
        .service(read_current_api_key)
        .service(read_api_key)
        .service(update_api_key)
        .service(rotate_api_key)
        .service(revoke_api_key);
}

//! The vendor's staff over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use caredesk_core::domain::account::{Account, AccountStatus, DeskRole, Locale, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName};
use caredesk_core::policy::{ActionKind, DeskAccountFacts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::cursor;
use super::extract::{Body, Caller, Json, Parameters, Path, Query};
use super::problem::Problem;
use super::views::{AllowedAction, DeactivationReason, allowed_actions, page};
use crate::service::House;
use crate::service::desk_accounts::{self, NewStaff};
use crate::store::accounts::desk::{Changes, Key, Query as StaffQuery};

/// Which of the staff.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct DeskAccountPath {
    /// The account's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13")]
    desk_account_id: AccountId,
}

/// Which of the staff to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeskAccountFilter {
    /// Only of this role.
    #[param(nullable = false, example = "tier1")]
    role: Option<DeskRole>,
    /// Only in this state.
    #[param(nullable = false, example = "active")]
    status: Option<AccountStatus>,
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
impl Parameters for DeskAccountFilter {}

/// A new member of the staff.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "tier1", "name": "Sam Okafor", "email": "sam@desk.example", "locale": "en"}))]
pub(super) struct CreateDeskAccount {
    /// What they are to be.
    role: DeskRole,
    /// Their name.
    name: PersonName,
    /// Their address, which they will sign in with.
    email: EmailAddress,
    /// The language they are written to in; English if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
}
impl Body for CreateDeskAccount {}

/// What changes about one of the staff; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "tier2"}))]
pub(super) struct UpdateDeskAccount {
    /// What they are to be.
    #[serde(default)]
    #[schema(nullable = false)]
    role: Option<DeskRole>,
    /// Their name.
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<PersonName>,
    /// The language they are written to in.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
}
impl Body for UpdateDeskAccount {}

/// Why one of the staff is switched off.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "left"}))]
pub(super) struct DeactivateDeskAccount {
    /// Whether somebody decided it, or the person has left.
    reason: DeactivationReason,
}
impl Body for DeactivateDeskAccount {}

/// A member of the vendor's staff.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13", "role": "tier1", "status": "invited", "name": "Sam Okafor",
    "email": "sam@desk.example", "locale": "en", "has_second_factor": false, "last_signed_in_at": null,
    "created_at": "2026-11-21T09:30:00Z", "version": 1,
    "allowed_actions": [{"action": "desk_account.update", "allowed": true, "barred_by": null}]}))]
pub(super) struct DeskAccount {
    /// Its id.
    id: AccountId,
    /// What they are.
    role: Role,
    /// Whether the account can be used.
    status: AccountStatus,
    /// Their name.
    name: PersonName,
    /// Their address, which they sign in with.
    email: Option<EmailAddress>,
    /// The language they are written to in.
    locale: Locale,
    /// Whether a second factor is enrolled.
    has_second_factor: bool,
    /// When they last signed in; null before the first time.
    last_signed_in_at: Option<Moment>,
    /// When the account was made.
    created_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now.
    #[schema(max_items = 10)]
    allowed_actions: Vec<AllowedAction>,
}

page! {
    /// A page of the vendor's staff.
    DeskAccountPage of DeskAccount, example {"data": [], "next_cursor": null}
}

/// What can be done with one of the staff, in the order of a menu.
const MENU: [ActionKind; 4] = [
    ActionKind::UpdateDeskAccount,
    ActionKind::ReenrolDeskAccount,
    ActionKind::DeactivateDeskAccount,
    ActionKind::ReactivateDeskAccount,
];

impl DeskAccount {
    /// One of the staff as `actor` sees them now.
    fn seen(account: Account, actor: &Actor, now: Moment) -> Self {
        let Account { id, role, status, .. } = account;
        let facts = DeskAccountFacts { id, role, status, new_role: None };
        Self {
            id,
            role,
            status,
            name: account.name,
            email: account.email,
            locale: account.locale,
            has_second_factor: account.has_second_factor,
            last_signed_in_at: account.last_signed_in_at,
            created_at: account.created_at,
            version: account.version,
            allowed_actions: allowed_actions(&MENU, actor, &facts, now),
        }
    }
}

/// Where one of the staff is.
fn location(id: AccountId) -> String {
    format!("/v1/desk-accounts/{id}")
}

/// Create a desk account
///
/// Makes an account for a member of the vendor's staff and sends them the link that they set their
/// password with, once, within 72 hours. Desk managers make agents and developers; platform admins make
/// managers and platform admins, too.
#[utoipa::path(operation_id = "create_desk_account", tag = "desk-accounts", extensions(("x-action" = json!("desk_account.create")), ("x-step-up" = json!(true))),
    request_body(content = CreateDeskAccount, description = "The new member of the staff."),
    responses((status = 201, description = "The account.", body = DeskAccount)))]
#[post("/desk-accounts")]
async fn create_desk_account(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateDeskAccount>,
) -> Result<HttpResponse, Problem> {
    let new = NewStaff {
        role: body.role.into(),
        name: body.name,
        email: body.email,
        locale: body.locale.unwrap_or(Locale::English),
    };
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let made = desk_accounts::create(tx, who, &new)?;
        let (at, version) = (location(made.id), made.version);
        answer::created(at, version, &DeskAccount::seen(made, who, tx.now))
    })
    .await
}

/// List the desk's accounts
///
/// Shows the vendor's staff, newest first, a page at a time.
#[utoipa::path(operation_id = "list_desk_accounts", tag = "desk-accounts", extensions(("x-action" = json!("desk_account.read"))),
    params(DeskAccountFilter), responses((status = 200, description = "A page of the staff.", body = DeskAccountPage)))]
#[get("/desk-accounts")]
async fn list_desk_accounts(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<DeskAccountFilter>,
) -> Result<HttpResponse, Problem> {
    let binding = format!("desk-accounts|{:?}|{:?}", filter.role, filter.status);
    let after = filter.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<Key>(&house.keys, &binding, cursor));
    let ask = StaffQuery {
        role: filter.role.map(Role::from),
        status: filter.status,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let now = house.clock.now();
    let list = move |conn: &mut _, looker: &_| desk_accounts::list(conn, looker, &ask);
    let page = answer::look(&house, &caller, list).await?;
    let seen = |account| DeskAccount::seen(account, caller.actor(), now);
    Ok(answer::page(&DeskAccountPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Read a desk account
///
/// Shows one member of the vendor's staff with what this caller may do with the account now.
#[utoipa::path(operation_id = "read_desk_account", tag = "desk-accounts", extensions(("x-action" = json!("desk_account.read")), ("x-etag" = json!(true))),
    params(DeskAccountPath), responses((status = 200, description = "The account.", body = DeskAccount)))]
#[get("/desk-accounts/{desk_account_id}")]
async fn read_desk_account(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<DeskAccountPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.desk_account_id;
    let read = move |conn: &mut _, looker: &_| desk_accounts::read(conn, looker, id);
    let account = answer::look(&house, &caller, read).await?;
    let version = account.version;
    answer::shown(version, &DeskAccount::seen(account, caller.actor(), house.clock.now()))
}

/// Update a desk account
///
/// Changes role, name or language; absent fields stay. A new role counts at once, on every instance
/// within a second. Nobody changes their own account here, and a desk manager nobody's who is a manager
/// or a platform admin, or is to be one. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_desk_account", tag = "desk-accounts", extensions(("x-action" = json!("desk_account.update")), ("x-step-up" = json!(true)), ("x-if-match" = json!("required"))),
    params(DeskAccountPath), request_body(content = UpdateDeskAccount, description = "What changes."),
    responses((status = 200, description = "The account after the change.", body = DeskAccount)))]
#[patch("/desk-accounts/{desk_account_id}")]
async fn update_desk_account(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<DeskAccountPath>,
    Json(body): Json<UpdateDeskAccount>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.desk_account_id, ask.version);
    let changes = Changes { role: body.role.map(Role::from), name: body.name, locale: body.locale };
    let response = answer::perform(&house, &ask, move |tx, who| {
        let account = desk_accounts::update(tx, who, key, &changes)?;
        answer::ok(account.version, &DeskAccount::seen(account, who, tx.now))
    })
    .await;
    house.doorman.forget_all(); // what they are has changed, on this instance at once
    response
}

/// Deactivate a desk account
///
/// Switches one of the staff off: every session and every link of theirs ends. The last platform admin in
/// use stays.
#[utoipa::path(operation_id = "deactivate_desk_account", tag = "desk-accounts", extensions(("x-action" = json!("desk_account.deactivate")), ("x-if-match" = json!("optional"))),
    params(DeskAccountPath), request_body(content = DeactivateDeskAccount, description = "Why."),
    responses((status = 200, description = "The account, switched off.", body = DeskAccount)))]
#[post("/desk-accounts/{desk_account_id}/deactivate")]
async fn deactivate_desk_account(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<DeskAccountPath>,
    Json(body): Json<DeactivateDeskAccount>,
) -> Result<HttpResponse, Problem> {
    let reason = body.reason.into();
    let ask = caller.change()?;
    let key = (path.desk_account_id, ask.version);
    let response = answer::perform(&house, &ask, move |tx, who| {
        let account = desk_accounts::deactivate(tx, who, key, reason)?;
        answer::ok(account.version, &DeskAccount::seen(account, who, tx.now))
    })
    .await;
    house.doorman.forget_all();
    response
}

/// Reactivate a desk account
///
/// Switches one of the staff on again. They begin anew, with a link that is sent to them: password and
/// second factor of before do not come back.
#[utoipa::path(operation_id = "reactivate_desk_account", tag = "desk-accounts", extensions(("x-action" = json!("desk_account.reactivate")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(DeskAccountPath),
    responses((status = 200, description = "The account, waiting for its link to be redeemed.", body = DeskAccount)))]
#[post("/desk-accounts/{desk_account_id}/reactivate")]
async fn reactivate_desk_account(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<DeskAccountPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.desk_account_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let account = desk_accounts::reactivate(tx, who, key)?;
        answer::ok(account.version, &DeskAccount::seen(account, who, tx.now))
    })
    .await
}

/// Enrol a desk account again
///
/// For one of the staff who has lost the link, the password, or authenticator app and recovery codes:
/// what they had stops to count, sessions end, and a new link is sent to them.
#[utoipa::path(operation_id = "reenrol_desk_account", tag = "desk-accounts", extensions(("x-action" = json!("desk_account.reenrol")), ("x-step-up" = json!(true)), ("x-if-match" = json!("optional"))),
    params(DeskAccountPath),
    responses((status = 200, description = "The account, waiting for its link to be redeemed.", body = DeskAccount)))]
#[post("/desk-accounts/{desk_account_id}/reenrol")]
async fn reenrol_desk_account(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<DeskAccountPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.desk_account_id, ask.version);
    let response = answer::perform(&house, &ask, move |tx, who| {
        let account = desk_accounts::reenrol(tx, who, key)?;
        answer::ok(account.version, &DeskAccount::seen(account, who, tx.now))
    })
    .await;
    house.doorman.forget_all();
    response
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_desk_account)
        .service(list_desk_accounts)
        .service(read_desk_account)
        .service(update_desk_account)
        .service(deactivate_desk_account)
        .service(reactivate_desk_account)
        .service(reenrol_desk_account);
}

//! One's own account over HTTP: read, changed, its password, its contacts.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post, put};
use caredesk_core::domain::account::{AccountStatus, Locale, Role};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, ContactChangeId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, UserName, WrittenPhone};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::answer;
use super::extract::{Body, Caller, Json, Path};
use super::problem::Problem;
use crate::guard::Refusal;
use crate::service::contacts::{self, ContactChange as Begun};
use crate::service::own_account::{self, OwnAccount};
use crate::service::{House, phones};

/// What somebody changes of their own account.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"locale": "es"}))]
pub(super) struct UpdateAccount {
    /// The language they are written to in; absent stays.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
}
impl Body for UpdateAccount {}

/// The present password and the one to take its place.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "correct horse battery staple", "new_password": "violet tractor 93 sings at dusk"}))]
pub(super) struct ChangePassword {
    /// The present password.
    #[schema(value_type = String, min_length = 1, max_length = 128, format = Password, example = "correct horse battery staple")]
    current_password: SecretString,
    /// The new password: 12 to 128 characters of any kind, not easy to guess.
    #[schema(value_type = String, min_length = 12, max_length = 128, format = Password, example = "violet tractor 93 sings at dusk")]
    new_password: SecretString,
}
impl Body for ChangePassword {
    const LIMIT: usize = 4 * 1024;
}

/// The new address or the new number, one of the two.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "one_of_two"))]
#[schema(example = json!({"email": "ana@new.example"}))]
pub(super) struct BeginContactChange {
    /// The new address.
    #[serde(default)]
    #[schema(nullable = false)]
    email: Option<EmailAddress>,
    /// The new number, as people write it. Without its country it is one of the organisation's
    /// `phone_region`.
    #[serde(default)]
    #[schema(nullable = false)]
    phone: Option<WrittenPhone>,
}
impl Body for BeginContactChange {}

/// One contact is changed at a time.
fn one_of_two(body: &BeginContactChange) -> Result<(), ValidationError> {
    if body.email.is_some() == body.phone.is_some() {
        let error = ValidationError::new("one_of_two");
        return Err(error.with_message("names one new address or one new number".into()));
    }
    Ok(())
}

/// The codes that were sent to the present contact and to the new one.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_code": "492039", "new_code": "118203"}))]
pub(super) struct ConfirmContactChange {
    /// The code that went to the present contact.
    #[schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$", example = "492039")]
    current_code: String,
    /// The code that went to the new one.
    #[schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$", example = "118203")]
    new_code: String,
}
impl Body for ConfirmContactChange {
    const LIMIT: usize = 4 * 1024;
}

/// Which change of a contact.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ContactChangePath {
    /// The change's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14")]
    contact_change_id: ContactChangeId,
}

/// An account, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13", "role": "site_admin", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "status": "active", "user_name": "ana.ruiz", "name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": null,
    "locale": "en", "has_second_factor": true, "second_factor_is_compulsory": true, "recovery_codes_left": 10,
    "last_signed_in_at": "2026-11-21T09:30:00Z", "created_at": "2026-11-01T09:30:00Z", "version": 3}))]
pub(super) struct Account {
    /// Its id.
    id: AccountId,
    /// What it is.
    role: Role,
    /// The tenant it belongs to; null at the desk and in the family realm.
    tenant_id: Option<TenantId>,
    /// Whether it can be used.
    status: AccountStatus,
    /// The user name; null at the desk and in the family realm.
    user_name: Option<UserName>,
    /// The person's name.
    name: PersonName,
    /// Where they are written to; null if they have a number only.
    email: Option<EmailAddress>,
    /// Where they are called or sent text messages; null if there is none.
    phone: Option<PhoneNumber>,
    /// The language they are written to in.
    locale: Locale,
    /// Whether a second factor is enrolled.
    has_second_factor: bool,
    /// Whether there must be one.
    second_factor_is_compulsory: bool,
    /// How many recovery codes have not been used.
    #[schema(minimum = 0, maximum = 10, format = "int32", example = 10)]
    recovery_codes_left: i32,
    /// When somebody last signed in; null before the first time.
    last_signed_in_at: Option<Moment>,
    /// When the account was made.
    created_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
}

impl From<OwnAccount> for Account {
    fn from(own: OwnAccount) -> Self {
        let account = own.account;
        Self {
            id: account.id,
            role: account.role,
            tenant_id: account.tenant,
            status: account.status,
            user_name: account.user_name,
            name: account.name,
            email: account.email,
            phone: account.phone,
            locale: account.locale,
            has_second_factor: account.has_second_factor,
            second_factor_is_compulsory: own.second_factor_is_compulsory,
            recovery_codes_left: i32::try_from(own.recovery_codes_left).unwrap_or(i32::MAX),
            last_signed_in_at: account.last_signed_in_at,
            created_at: account.created_at,
            version: account.version,
        }
    }
}

/// A change of a contact that waits for its two codes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "current_contact": "a***@p***.example", "new_contact": "a***@n***.example",
    "expires_at": "2026-11-21T09:40:00Z"}))]
pub(super) struct ContactChange {
    /// Names it.
    id: ContactChangeId,
    /// Where the one code went; most of it is hidden.
    #[schema(min_length = 1, max_length = 300, pattern = "^.+$", example = "a***@p***.example")]
    current_contact: String,
    /// Where the other code went; most of it is hidden.
    #[schema(min_length = 1, max_length = 300, pattern = "^.+$", example = "a***@n***.example")]
    new_contact: String,
    /// Until when both codes count.
    expires_at: Moment,
}

impl From<Begun> for ContactChange {
    fn from(begun: Begun) -> Self {
        let Begun { id, current, new, expires_at } = begun;
        Self { id, current_contact: current, new_contact: new, expires_at }
    }
}

/// Read one's own account
///
/// Shows the account of whoever asks.
#[utoipa::path(operation_id = "read_account", tag = "account", extensions(("x-action" = json!("account.read")), ("x-etag" = json!(true))),
    responses((status = 200, description = "The account.", body = Account)))]
#[get("/account")]
async fn read_account(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let own = answer::look(&house, &caller, own_account::read).await?;
    answer::shown(own.account.version, &Account::from(own))
}

/// Update one's own account
///
/// Changes the language of the messages to whoever asks. Name and user name are for those who administer
/// the account; contacts are changed with `begin_contact_change`.
#[utoipa::path(operation_id = "update_account", tag = "account", extensions(("x-action" = json!("account.update")), ("x-if-match" = json!("optional"))),
    request_body(content = UpdateAccount, description = "What changes."),
    responses((status = 200, description = "The account after the change.", body = Account)))]
#[patch("/account")]
async fn update_account(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<UpdateAccount>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let change = (body.locale, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let own = own_account::update(tx, who, change)?;
        answer::ok(own.account.version, &Account::from(own))
    })
    .await
}

/// Change one's own password
///
/// Takes the present password once more. Every other session of the account ends, and every link to
/// reset the password; the person is told by message.
#[utoipa::path(operation_id = "change_password", tag = "account", extensions(("x-action" = json!("password.change"))),
    request_body(content = ChangePassword, description = "The present and the new password."),
    responses((status = 204, description = "The new password counts.")))]
#[put("/account/password")]
async fn change_password(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<ChangePassword>,
) -> Result<HttpResponse, Problem> {
    house.change_password(&caller.ask(), (body.current_password, body.new_password)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Begin to change a contact
///
/// Sends a code to the present contact and another to the new one; `confirm_contact_change` takes both.
/// Whoever has a second factor proves it within the last five minutes. Beginning again ends the codes of
/// before.
#[utoipa::path(operation_id = "begin_contact_change", tag = "account", extensions(("x-action" = json!("contact.change")), ("x-step-up" = json!(true)), ("x-conflict" = json!(true))),
    request_body(content = BeginContactChange, description = "The new address or number."),
    responses((status = 200, description = "The change, waiting for its codes.", body = ContactChange)))]
#[post("/account/contact-changes")]
async fn begin_contact_change(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<BeginContactChange>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let email = body.email.map(Contact::Email);
    let limits = house.limits;
    answer::perform(&house, &ask, move |tx, who| {
        let phone = phones::of_asker(tx, who, body.phone.as_ref())?.map(Contact::Phone);
        // The body's own check has seen to it that there is one.
        let new = email.clone().or(phone).ok_or_else(|| Refusal::Invalid(Vec::new()))?;
        answer::plain(&ContactChange::from(contacts::begin(tx, who, (&limits, &new))?))
    })
    .await
}

/// Confirm the change of a contact
///
/// Takes the two codes, which count for ten minutes and five attempts. The contact of before is told. At
/// the desk and in the family realm the contact is what one signs in with, and that changes with it.
#[utoipa::path(operation_id = "confirm_contact_change", tag = "account", extensions(("x-action" = json!("contact.change")), ("x-step-up" = json!(true)), ("x-redeems" = json!(true)), ("x-conflict" = json!(true))),
    params(ContactChangePath), request_body(content = ConfirmContactChange, description = "Both codes."),
    responses((status = 204, description = "The new contact counts.")))]
#[post("/account/contact-changes/{contact_change_id}/confirm")]
async fn confirm_contact_change(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ContactChangePath>,
    Json(body): Json<ConfirmContactChange>,
) -> Result<HttpResponse, Problem> {
    let codes = (body.current_code, body.new_code);
    house.confirm_contact_change(&caller.ask(), path.contact_change_id, codes).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(read_account)
        .service(update_account)
        .service(change_password)
        .service(begin_contact_change)
        .service(confirm_contact_change);
}

//! Forgotten passwords over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::{SignInName, Slug};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::extract::{Body, Json, Visitor};
use super::problem::Problem;
use super::views::session::{SessionTokens, SignInRealm, begun, claimed};
use crate::service::House;

/// Bytes of a body of these operations.
const LIMIT: usize = 4 * 1024;

/// Whose password was forgotten.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"realm": "family", "name": "ana@home.example"}))]
pub(super) struct RequestPasswordReset {
    /// Which of the three ways in.
    realm: SignInRealm,
    /// The organisation's short name; its users give it, others do not.
    #[serde(default)]
    #[schema(nullable = false)]
    tenant: Option<Slug>,
    /// A user's name, the desk's address, a guardian's address or number.
    name: SignInName,
}
impl Body for RequestPasswordReset {
    const LIMIT: usize = LIMIT;
}

/// A reset link's secret, and the password to set.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "cdp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "password": "violet tractor 93 sings at dusk"}))]
pub(super) struct RedeemPasswordReset {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String, min_length = 47, max_length = 47, pattern = "^cdp_[A-Za-z0-9_-]{43}$", example = "cdp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: SecretString,
    /// The new password: 12 to 128 characters of any kind, not easy to guess.
    #[schema(value_type = String, min_length = 12, max_length = 128, format = Password, example = "violet tractor 93 sings at dusk")]
    password: SecretString,
}
impl Body for RedeemPasswordReset {
    const LIMIT: usize = LIMIT;
}

/// Ask for a password reset
///
/// Sends a link to the address or number of the account, if there is such an account in use. The answer
/// is the same in any case, and says nothing of whether there is.
#[utoipa::path(operation_id = "request_password_reset", tag = "sessions", security(()), extensions(("x-action" = json!("password_reset.request"))),
    request_body(content = RequestPasswordReset, description = "Whose password was forgotten."),
    responses((status = 202, description = "Whoever has the name gets a link, if anybody has.")))]
#[post("/password-resets")]
async fn request_password_reset(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<RequestPasswordReset>,
) -> Result<HttpResponse, Problem> {
    let claimed = claimed(body.realm, body.tenant, body.name)?;
    house.request_password_reset(&visitor.ask(), claimed).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Redeem a password reset
///
/// Sets a new password with the secret of the link, which works once and for an hour. Every session of
/// the account ends and a new one begins; a second factor stays, and the new session has not proved it.
#[utoipa::path(operation_id = "redeem_password_reset", tag = "sessions", security(()), extensions(("x-action" = json!("password_reset.redeem")), ("x-redeems" = json!(true))),
    request_body(content = RedeemPasswordReset, description = "The link's secret and the new password."),
    responses((status = 201, description = "The session and its tokens.", body = SessionTokens)))]
#[post("/password-resets/redeem")]
async fn redeem_password_reset(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<RedeemPasswordReset>,
) -> Result<HttpResponse, Problem> {
    let with = (body.token.expose_secret(), body.password.clone());
    let tokens = house.redeem_password_reset(&visitor.ask(), with, visitor.user_agent()).await?;
    Ok(begun(&house, &tokens))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(request_password_reset).service(redeem_password_reset);
}

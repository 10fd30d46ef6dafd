//! The second factor over HTTP.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json};
use super::problem::Problem;
use super::sessions::{Session, TokenType, seconds_until};
use crate::service::House;
use crate::service::second_factor::Proven;

/// A code of an authenticator app.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "492039"}))]
pub(super) struct SecondFactorCode {
    /// Six digits; each code works once.
    #[schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$", example = "492039")]
    code: String,
}
impl Body for SecondFactorCode {
    const LIMIT: usize = 4 * 1024;
}

/// What an authenticator app is given, shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "otpauth_uri": "otpauth://totp/caredesk:admin%40desk.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=caredesk"}))]
pub(super) struct SecondFactorEnrolment {
    /// The shared secret in base32, to be typed.
    #[schema(
        min_length = 32,
        max_length = 32,
        pattern = "^[A-Z2-7]{32}$",
        example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    )]
    secret: String,
    /// The same with its labels, to be drawn as a QR code.
    #[schema(
        max_length = 600,
        format = "uri",
        example = "otpauth://totp/caredesk:admin%40desk.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=caredesk"
    )]
    otpauth_uri: String,
}

/// A session that proved its second factor, with an access token that says so.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln", "token_type": "Bearer", "expires_in": 300,
    "session": {"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
        "role": "platform_admin", "tenant_id": null, "second_factor": "proven", "second_factor_at": "2026-11-21T09:31:00Z",
        "created_at": "2026-11-21T09:30:00Z", "idle_until": "2026-11-21T10:01:00Z", "expires_at": "2026-11-21T21:30:00Z"}}))]
pub(super) struct ProvenSession {
    /// Goes with every request from now on; the older one works as well.
    #[schema(
        max_length = 2048,
        pattern = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
        example = "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln"
    )]
    access_token: String,
    /// How the token is sent.
    token_type: TokenType,
    /// Seconds until the access token is over.
    #[schema(minimum = 0, maximum = 3600, format = "int32", example = 300)]
    expires_in: i32,
    /// The session.
    session: Session,
}

/// The answer to a code that was right.
fn proven(house: &House, proven: &Proven) -> HttpResponse {
    let body = ProvenSession {
        access_token: proven.access.clone(),
        token_type: TokenType::Bearer,
        expires_in: seconds_until(proven.access_expires_at, house.clock.now()),
        session: Session::of(&proven.session),
    };
    answer::secret(StatusCode::OK, None, &body)
}

/// Begin a second factor
///
/// Makes a new secret for an authenticator app. It counts once a first code of it was shown to
/// `confirm_second_factor`; beginning again replaces a secret that was not confirmed.
#[utoipa::path(operation_id = "begin_second_factor", tag = "second-factor", extensions(("x-action" = json!("second_factor.enrol")), ("x-conflict" = json!(true))),
    responses((status = 200, description = "The secret, shown once.", body = SecondFactorEnrolment)))]
#[post("/second-factor/begin")]
async fn begin_second_factor(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let enrolment = house.begin_second_factor(&caller.ask()).await?;
    let body = SecondFactorEnrolment { secret: enrolment.secret, otpauth_uri: enrolment.uri };
    Ok(answer::secret(StatusCode::OK, None, &body))
}

/// Confirm a second factor
///
/// Shows the first code of a new secret. From then on the account has a second factor, and this session
/// has proved it.
#[utoipa::path(operation_id = "confirm_second_factor", tag = "second-factor", extensions(("x-action" = json!("second_factor.enrol")), ("x-conflict" = json!(true))),
    request_body(content = SecondFactorCode, description = "The code."),
    responses((status = 200, description = "The session, with its second factor.", body = ProvenSession)))]
#[post("/second-factor/confirm")]
async fn confirm_second_factor(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<SecondFactorCode>,
) -> Result<HttpResponse, Problem> {
    let (ended, _) = house.confirm_second_factor(&caller.ask(), &body.code).await?;
    Ok(proven(&house, &ended))
}

/// Verify the second factor
///
/// Proves the second factor: after signing in, and again before operations that want a fresh proof.
/// Every code works once.
#[utoipa::path(operation_id = "verify_second_factor", tag = "second-factor", extensions(("x-action" = json!("second_factor.verify")), ("x-conflict" = json!(true))),
    request_body(content = SecondFactorCode, description = "The code."),
    responses((status = 200, description = "The session, with its second factor.", body = ProvenSession)))]
#[post("/second-factor/verify")]
async fn verify_second_factor(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<SecondFactorCode>,
) -> Result<HttpResponse, Problem> {
    let ended = house.verify_second_factor(&caller.ask(), &body.code).await?;
    Ok(proven(&house, &ended))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(begin_second_factor)
        .service(confirm_second_factor)
        .service(verify_second_factor);
}

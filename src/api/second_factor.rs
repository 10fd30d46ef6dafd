//! The second factor over HTTP.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, post};
use caredesk_core::domain::time::Moment;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json};
use super::problem::Problem;
use super::views::session::{Session, TokenType, seconds_until};
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
    "otpauth_uri": "otpauth://totp/caredesk:admin%40desk.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=caredesk",
    "qr_svg": "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"}))]
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
    /// That QR code, drawn: an SVG image to show to the camera.
    #[schema(
        max_length = 30_000,
        min_length = 11,
        pattern = "^<svg [^\\x00-\\x1f]*</svg>$",
        example = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"
    )]
    qr_svg: String,
}

/// A recovery code.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"recovery_code": "7H3KD0-9QWZ2M-RVX4TB-1N8CYE"}))]
pub(super) struct UseRecoveryCode {
    /// One of the ten codes that were shown at enrolment; each works once. Case, hyphens and spaces do not
    /// matter.
    #[schema(value_type = String, min_length = 1, max_length = 60, pattern = "^[0-9A-Za-z -]+$", example = "7H3KD0-9QWZ2M-RVX4TB-1N8CYE")]
    recovery_code: SecretString,
}
impl Body for UseRecoveryCode {
    const LIMIT: usize = 4 * 1024;
}

/// A code for whoever has lost the authenticator app.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(
    min_length = 27,
    max_length = 27,
    pattern = "^([0-9A-HJKMNP-TV-Z]{6}-){3}[0-9A-HJKMNP-TV-Z]{6}$",
    example = "7H3KD0-9QWZ2M-RVX4TB-1N8CYE"
)]
pub(super) struct RecoveryCode(String);

/// Ten codes for whoever has lost the authenticator app, shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"recovery_codes": ["7H3KD0-9QWZ2M-RVX4TB-1N8CYE"]}))]
pub(super) struct RenewedCodes {
    /// The codes; each works once.
    #[schema(max_items = 10)]
    recovery_codes: Vec<RecoveryCode>,
}

/// Where a code was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"sent_to": "a***@h***.example", "expires_at": "2026-11-21T09:40:00Z"}))]
pub(super) struct SentCode {
    /// The contact on file; most of it is hidden.
    #[schema(min_length = 1, max_length = 300, pattern = "^.+$", example = "a***@h***.example")]
    sent_to: String,
    /// Until when the code counts.
    expires_at: Moment,
}

/// A session that proved its new second factor, and the codes for whoever loses it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln", "token_type": "Bearer", "expires_in": 300,
    "session": {"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
        "role": "platform_admin", "tenant_id": null, "second_factor": "proven", "second_factor_at": "2026-11-21T09:31:00Z",
        "created_at": "2026-11-21T09:30:00Z", "idle_until": "2026-11-21T10:01:00Z", "expires_at": "2026-11-21T21:30:00Z"},
    "recovery_codes": ["7H3KD0-9QWZ2M-RVX4TB-1N8CYE"]}))]
pub(super) struct EnrolledSession {
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
    /// Ten codes to keep, shown once; each works once. Codes of before stop to count.
    #[schema(max_items = 10)]
    recovery_codes: Vec<RecoveryCode>,
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

/// Codes as they are shown.
fn shown(codes: Vec<String>) -> Vec<RecoveryCode> {
    codes.into_iter().map(RecoveryCode).collect()
}

/// Begin a second factor
///
/// Makes a new secret for an authenticator app. It counts once a first code of it was shown to
/// `confirm_second_factor`; beginning again replaces a secret that was not confirmed. To replace a factor
/// that counts, prove it within the last five minutes; it counts until the new one is confirmed.
#[utoipa::path(operation_id = "begin_second_factor", tag = "second-factor", extensions(("x-action" = json!("second_factor.enrol"))),
    responses((status = 200, description = "The secret, shown once.", body = SecondFactorEnrolment)))]
#[post("/second-factor/begin")]
async fn begin_second_factor(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let enrolment = house.begin_second_factor(&caller.ask()).await?;
    let body = SecondFactorEnrolment {
        secret: enrolment.secret,
        otpauth_uri: enrolment.uri,
        qr_svg: enrolment.picture,
    };
    Ok(answer::secret(StatusCode::OK, None, &body))
}

/// Confirm a second factor
///
/// Shows the first code of a new secret. From then on the account has this second factor, this session
/// has proved it, and every other session has to. Keep the recovery codes: each lets its owner in once
/// without the app.
#[utoipa::path(operation_id = "confirm_second_factor", tag = "second-factor", extensions(("x-action" = json!("second_factor.enrol")), ("x-conflict" = json!(true))),
    request_body(content = SecondFactorCode, description = "The code."),
    responses((status = 200, description = "The session, with its second factor.", body = EnrolledSession)))]
#[post("/second-factor/confirm")]
async fn confirm_second_factor(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<SecondFactorCode>,
) -> Result<HttpResponse, Problem> {
    let (proven, codes) = house.confirm_second_factor(&caller.ask(), &body.code).await?;
    let body = EnrolledSession {
        access_token: proven.access,
        token_type: TokenType::Bearer,
        expires_in: seconds_until(proven.access_expires_at, house.clock.now()),
        session: Session::of(&proven.session),
        recovery_codes: shown(codes),
    };
    Ok(answer::secret(StatusCode::OK, None, &body))
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

/// Use a recovery code
///
/// Proves the second factor without the authenticator app. The person is told by message, and those who
/// administer the account. Replace the lost factor next, with `begin_second_factor`.
#[utoipa::path(operation_id = "use_recovery_code", tag = "second-factor", extensions(("x-action" = json!("second_factor.recover"))),
    request_body(content = UseRecoveryCode, description = "The recovery code."),
    responses((status = 200, description = "The session, with its second factor.", body = ProvenSession)))]
#[post("/second-factor/recover")]
async fn use_recovery_code(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<UseRecoveryCode>,
) -> Result<HttpResponse, Problem> {
    let code = body.recovery_code.expose_secret();
    let ended = house.use_recovery_code(&caller.ask(), code).await?;
    Ok(proven(&house, &ended))
}

/// Renew the recovery codes
///
/// Makes ten new recovery codes, shown once; the old ones stop to count. Wants a proof of the second
/// factor within the last five minutes.
#[utoipa::path(operation_id = "renew_recovery_codes", tag = "second-factor", extensions(("x-action" = json!("second_factor.renew_codes")), ("x-step-up" = json!(true)), ("x-conflict" = json!(true))),
    responses((status = 200, description = "The new codes.", body = RenewedCodes)))]
#[post("/second-factor/recovery-codes")]
async fn renew_recovery_codes(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let codes = house.renew_recovery_codes(&caller.ask()).await?;
    Ok(answer::secret(StatusCode::OK, None, &RenewedCodes { recovery_codes: shown(codes) }))
}

/// Remove the second factor
///
/// Takes second factor and recovery codes away. Refused to whom a second factor is compulsory: the desk,
/// Site Admins, and Support Users whose organisation says so. Wants a proof of the second factor within
/// the last five minutes.
#[utoipa::path(operation_id = "remove_second_factor", tag = "second-factor", extensions(("x-action" = json!("second_factor.remove")), ("x-step-up" = json!(true)), ("x-conflict" = json!(true))),
    responses((status = 204, description = "There is no second factor any more.")))]
#[delete("/second-factor")]
async fn remove_second_factor(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    house.remove_second_factor(&caller.ask()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Send a code to one's own contact
///
/// Sends a guardian a code of six digits, which counts for ten minutes and for this session alone;
/// `verify_sent_code` takes it.
#[utoipa::path(operation_id = "send_second_factor_code", tag = "second-factor", extensions(("x-action" = json!("second_factor.send_code")), ("x-conflict" = json!(true))),
    responses((status = 200, description = "Where the code went.", body = SentCode)))]
#[post("/second-factor/send-code")]
async fn send_second_factor_code(
    caller: Caller,
    house: Data<House>,
) -> Result<HttpResponse, Problem> {
    let sent = house.send_second_factor_code(&caller.ask()).await?;
    Ok(answer::page(&SentCode { sent_to: sent.to, expires_at: sent.expires_at }))
}

/// Verify a code that was sent
///
/// Proves a guardian's session with the code that `send_second_factor_code` sent. Five attempts.
#[utoipa::path(operation_id = "verify_sent_code", tag = "second-factor", extensions(("x-action" = json!("second_factor.verify")), ("x-redeems" = json!(true)), ("x-conflict" = json!(true))),
    request_body(content = SecondFactorCode, description = "The code."),
    responses((status = 200, description = "The session, proved.", body = ProvenSession)))]
#[post("/second-factor/verify-code")]
async fn verify_sent_code(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<SecondFactorCode>,
) -> Result<HttpResponse, Problem> {
    let ended = house.verify_sent_code(&caller.ask(), &body.code).await?;
    Ok(proven(&house, &ended))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(begin_second_factor)
        .service(confirm_second_factor)
        .service(verify_second_factor)
        .service(use_recovery_code)
        .service(renew_recovery_codes)
        .service(remove_second_factor)
        .service(send_second_factor_code)
        .service(verify_sent_code);
}

//! Sessions over HTTP: enrolling, signing in, carrying on, signing out.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use caredesk_core::domain::ids::SessionId;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{SignInName, Slug};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json, Parameters, Path, Query, Visitor};
use super::problem::Problem;
use super::views::page;
use super::views::session::{Session, SessionTokens, SignInRealm, begun, claimed};
use crate::service::House;
use crate::service::sign_in::Credentials;

/// Bytes of a body of these operations.
const LIMIT: usize = 4 * 1024;

/// Who somebody says they are, and their password.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"realm": "desk", "name": "admin@desk.example", "password": "correct horse battery staple"}))]
pub(super) struct SignIn {
    /// Which of the three ways in.
    realm: SignInRealm,
    /// The organisation's short name; its users give it, others do not.
    #[serde(default)]
    #[schema(nullable = false)]
    tenant: Option<Slug>,
    /// A user's name, the desk's address, a guardian's address or number.
    name: SignInName,
    /// The password, as it was typed.
    #[schema(value_type = String, min_length = 1, max_length = 128, format = Password, example = "correct horse battery staple")]
    password: SecretString,
}
impl Body for SignIn {
    const LIMIT: usize = LIMIT;
}

/// A refresh token.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "cdr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}))]
pub(super) struct RefreshSession {
    /// The token, which works once.
    #[schema(value_type = String, min_length = 47, max_length = 47, pattern = "^cdr_[A-Za-z0-9_-]{43}$", example = "cdr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    refresh_token: SecretString,
}
impl Body for RefreshSession {
    const LIMIT: usize = LIMIT;
}

/// An enrolment link's secret, and the password to set.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "cde_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "password": "violet tractor 93 sings at dusk"}))]
pub(super) struct RedeemEnrolment {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String, min_length = 47, max_length = 47, pattern = "^cde_[A-Za-z0-9_-]{43}$", example = "cde_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: SecretString,
    /// The new password: 12 to 128 characters of any kind, not easy to guess.
    #[schema(value_type = String, min_length = 12, max_length = 128, format = Password, example = "violet tractor 93 sings at dusk")]
    password: SecretString,
}
impl Body for RedeemEnrolment {
    const LIMIT: usize = LIMIT;
}

/// Which session.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SessionPath {
    /// The session's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12")]
    session_id: SessionId,
}

/// Which sessions to end.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EndSessions {
    /// Whether the session that asks stays.
    #[param(nullable = false, default = false, example = false)]
    keep_current: Option<bool>,
}
impl Parameters for EndSessions {}

/// One of the caller's sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "is_current": true, "device": "Mozilla/5.0 (X11; Linux x86_64)",
    "address": "203.0.113.7", "created_at": "2026-11-21T09:30:00Z", "last_used_at": "2026-11-21T09:45:00Z",
    "expires_at": "2026-11-21T21:30:00Z"}))]
pub(super) struct SessionSummary {
    /// Its id.
    id: SessionId,
    /// Whether it is the one that asks.
    is_current: bool,
    /// The device, as it calls itself; null if it does not.
    #[schema(max_length = 200, pattern = "^.*$", example = "Mozilla/5.0 (X11; Linux x86_64)")]
    device: Option<String>,
    /// From which network address it began; null if that is not known.
    #[schema(max_length = 64, pattern = "^[0-9A-Fa-f.:]+$", example = "203.0.113.7")]
    address: Option<String>,
    /// When it began.
    created_at: Moment,
    /// When it was last used, to the minute.
    last_used_at: Moment,
    /// When it ends at the latest.
    expires_at: Moment,
}

page! {
    /// The caller's sessions.
    SessionPage of SessionSummary, example {"data": [{
        "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "is_current": true, "device": null, "address": "203.0.113.7",
        "created_at": "2026-11-21T09:30:00Z", "last_used_at": "2026-11-21T09:45:00Z", "expires_at": "2026-11-21T21:30:00Z"}], "next_cursor": null}
}

/// Sign in
///
/// Begins a session of a user, a guardian, or a member of the desk's staff. If the account has a second
/// factor, or must have one, the session can do nothing but prove it with `verify_second_factor`, or
/// enrol one with `begin_second_factor`. Unknown name, wrong password, inactive account and suspended
/// organisation get the same answer.
#[utoipa::path(operation_id = "sign_in", tag = "sessions", security(()), extensions(("x-action" = json!("session.create"))),
    request_body(content = SignIn, description = "Name and password."),
    responses((status = 201, description = "The session and its tokens.", body = SessionTokens)))]
#[post("/sessions")]
async fn sign_in(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<SignIn>,
) -> Result<HttpResponse, Problem> {
    let with = Credentials {
        claimed: claimed(body.realm, body.tenant, body.name)?,
        password: body.password,
        user_agent: visitor.user_agent(),
    };
    let tokens = house.sign_in(&visitor.ask(), with).await?;
    Ok(begun(&house, &tokens))
}

/// Refresh a session
///
/// Exchanges a refresh token for new tokens of the same session. A refresh token works once; one that is
/// used again ends its session, because one of its two users is not its owner.
#[utoipa::path(operation_id = "refresh_session", tag = "sessions", security(()), extensions(("x-action" = json!("session.refresh"))),
    request_body(content = RefreshSession, description = "The refresh token."),
    responses((status = 200, description = "The session and its new tokens.", body = SessionTokens)))]
#[post("/sessions/refresh")]
async fn refresh_session(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<RefreshSession>,
) -> Result<HttpResponse, Problem> {
    use secrecy::ExposeSecret;
    let tokens = house.refresh(&visitor.ask(), body.refresh_token.expose_secret()).await?;
    Ok(answer::secret(StatusCode::OK, None, &SessionTokens::of(&tokens, house.clock.now())))
}

/// Redeem an enrolment link
///
/// Sets the first password of a new account with the secret of its one-time link, and begins a session
/// to enrol a second factor in. Links work once and for three days.
#[utoipa::path(operation_id = "redeem_enrolment", tag = "sessions", security(()), extensions(("x-action" = json!("enrolment.redeem")), ("x-redeems" = json!(true))),
    request_body(content = RedeemEnrolment, description = "The link's secret and the new password."),
    responses((status = 201, description = "The session and its tokens.", body = SessionTokens)))]
#[post("/enrolments/redeem")]
async fn redeem_enrolment(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<RedeemEnrolment>,
) -> Result<HttpResponse, Problem> {
    use secrecy::ExposeSecret;
    let token = body.token.expose_secret();
    let tokens = house
        .redeem_enrolment(&visitor.ask(), token, body.password.clone(), visitor.user_agent())
        .await?;
    Ok(begun(&house, &tokens))
}

/// Read the current session
///
/// Shows the session of the token that asks, also before its second factor was proved.
#[utoipa::path(operation_id = "read_current_session", tag = "sessions", extensions(("x-action" = json!("session.read"))),
    responses((status = 200, description = "The session.", body = Session)))]
#[get("/sessions/current")]
async fn read_current_session(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let live = house.read_own_session(&caller.ask()).await?;
    Ok(answer::page(&Session::of(&live)))
}

/// Sign out
///
/// Ends the session of the token that asks; its tokens are refused from then on, on every instance within
/// a second.
#[utoipa::path(operation_id = "sign_out", tag = "sessions", extensions(("x-action" = json!("session.end"))),
    responses((status = 204, description = "The session is over.")))]
#[delete("/sessions/current")]
async fn sign_out(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    house.end_own_session(&caller.ask()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List one's own sessions
///
/// Shows the sessions of whoever asks that are not over, the last used first; there are ten at most, so
/// the list has one page.
#[utoipa::path(operation_id = "list_sessions", tag = "sessions", extensions(("x-action" = json!("session.list"))),
    responses((status = 200, description = "The sessions.", body = SessionPage)))]
#[get("/account/sessions")]
async fn list_sessions(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    let running = house.list_own_sessions(&caller.ask()).await?;
    let current = caller.actor().person().map(|person| person.session);
    let data = running.into_iter().map(|one| SessionSummary {
        id: one.id,
        is_current: Some(one.id) == current,
        device: one.user_agent,
        address: one.address,
        created_at: one.created_at,
        last_used_at: one.last_used_at,
        expires_at: one.expires_at,
    });
    Ok(answer::page(&SessionPage { data: data.collect(), next_cursor: None }))
}

/// End a session
///
/// Ends one of the caller's sessions: a device that was lost, a browser that was left open. Its tokens are
/// refused from then on, on every instance within a second.
#[utoipa::path(operation_id = "end_session", tag = "sessions", extensions(("x-action" = json!("session.revoke"))),
    params(SessionPath), responses((status = 204, description = "The session is over.")))]
#[delete("/account/sessions/{session_id}")]
async fn end_session(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<SessionPath>,
) -> Result<HttpResponse, Problem> {
    house.revoke_session(&caller.ask(), path.session_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sign out everywhere
///
/// Ends every session of the caller, or every other one.
#[utoipa::path(operation_id = "end_sessions", tag = "sessions", extensions(("x-action" = json!("session.revoke"))),
    params(EndSessions), responses((status = 204, description = "The sessions are over.")))]
#[delete("/account/sessions")]
async fn end_sessions(
    caller: Caller,
    house: Data<House>,
    Query(which): Query<EndSessions>,
) -> Result<HttpResponse, Problem> {
    house.revoke_sessions(&caller.ask(), which.keep_current.unwrap_or(false)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(sign_in)
        .service(refresh_session)
        .service(redeem_enrolment)
        .service(read_current_session)
        .service(sign_out)
        .service(list_sessions)
        .service(end_session)
        .service(end_sessions);
}

//! Sessions over HTTP: enrolling, signing in, carrying on, signing out.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use caredesk_core::domain::account::{Claimed, Role};
use caredesk_core::domain::ids::{AccountId, SessionId, TenantId};
use caredesk_core::domain::session;
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
use crate::guard::Violation;
use crate::service::sign_in::Credentials;
use crate::service::{House, Tokens};
use crate::store::sessions::LiveSession;

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

/// Where somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "tenant")]
pub(super) enum SignInRealm {
    /// The vendor's desk.
    Desk,
    /// An organisation.
    Tenant,
    /// The family portal.
    Family,
}

/// Who somebody says they are.
///
/// # Errors
/// A user without an organisation, or somebody else with one.
pub(super) fn claimed(
    realm: SignInRealm,
    tenant: Option<Slug>,
    name: SignInName,
) -> Result<Claimed, Problem> {
    match (realm, tenant) {
        (SignInRealm::Desk, None) => Ok(Claimed::Staff(name)),
        (SignInRealm::Family, None) => Ok(Claimed::Guardian(name)),
        (SignInRealm::Tenant, Some(tenant)) => Ok(Claimed::User(tenant, name)),
        (SignInRealm::Tenant, None) => {
            Err(of_tenant("required", "is missing: users sign in to an organisation"))
        }
        (_, Some(_)) => {
            Err(of_tenant("unknown", "is not known here: only users belong to an organisation"))
        }
    }
}

/// What is wrong with the organisation.
fn of_tenant(code: &str, detail: &str) -> Problem {
    let (pointer, code, detail) = ("#/tenant".to_owned(), code.to_owned(), detail.to_owned());
    Problem::invalid(vec![Violation { pointer, code, detail }])
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

/// A session, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "role": "platform_admin", "tenant_id": null, "second_factor": "required", "second_factor_at": null,
    "created_at": "2026-11-21T09:30:00Z", "idle_until": "2026-11-21T10:00:00Z", "expires_at": "2026-11-21T21:30:00Z"}))]
pub(super) struct Session {
    /// Its id.
    id: SessionId,
    /// Whose it is.
    account_id: AccountId,
    /// What they are.
    role: Role,
    /// The tenant they belong to; null at the desk and in the family realm.
    tenant_id: Option<TenantId>,
    /// What this session's second factor needs.
    second_factor: SecondFactorState,
    /// When it was last proved; null before that.
    second_factor_at: Option<Moment>,
    /// When it began.
    created_at: Moment,
    /// When it ends if nothing more is asked for.
    idle_until: Moment,
    /// When it ends at the latest.
    expires_at: Moment,
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

/// What a session's second factor needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "required")]
pub(super) enum SecondFactorState {
    /// Nothing: it was proved.
    Proven,
    /// To be proved before anything else can be done.
    Required,
    /// To be enrolled before anything else can be done.
    EnrolmentRequired,
    /// Nothing: the account has none and needs none.
    NotRequired,
}

/// A session and the tokens to use it with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln", "token_type": "Bearer", "expires_in": 300,
    "refresh_token": "cdr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "session": {"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
        "role": "platform_admin", "tenant_id": null, "second_factor": "required", "second_factor_at": null,
        "created_at": "2026-11-21T09:30:00Z", "idle_until": "2026-11-21T10:00:00Z", "expires_at": "2026-11-21T21:30:00Z"}}))]
pub(super) struct SessionTokens {
    /// Goes with every request: `Authorization: Bearer ...`.
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
    /// Makes new tokens, once.
    #[schema(
        min_length = 47,
        max_length = 47,
        pattern = "^cdr_[A-Za-z0-9_-]{43}$",
        example = "cdr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    refresh_token: String,
    /// The session.
    session: Session,
}

/// How a token is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = "Bearer")]
pub(super) enum TokenType {
    /// As a bearer token (RFC 6750).
    Bearer,
}

impl Session {
    /// A session as its owner sees it.
    pub(super) fn of(live: &LiveSession) -> Self {
        let standing = live.person.standing;
        let second_factor = match (standing.second_factor_at, standing.has_to_prove()) {
            (Some(_), _) => SecondFactorState::Proven,
            (None, false) => SecondFactorState::NotRequired,
            (None, true) if standing.has_second_factor => SecondFactorState::Required,
            (None, true) => SecondFactorState::EnrolmentRequired,
        };
        Self {
            id: live.person.session,
            account_id: live.person.account,
            role: standing.role,
            tenant_id: live.person.tenant,
            second_factor,
            second_factor_at: standing.second_factor_at,
            created_at: live.created_at,
            idle_until: live
                .last_used_at
                .plus(session::idle(standing.role.realm()))
                .min(live.expires_at),
            expires_at: live.expires_at,
        }
    }
}

impl SessionTokens {
    fn of(tokens: &Tokens, now: Moment) -> Self {
        Self {
            access_token: tokens.access.clone(),
            token_type: TokenType::Bearer,
            expires_in: seconds_until(tokens.access_expires_at, now),
            refresh_token: tokens.refresh.expose().to_owned(),
            session: Session::of(&tokens.session),
        }
    }
}

/// Whole seconds from now until a moment, none if it is over.
pub(super) fn seconds_until(moment: Moment, now: Moment) -> i32 {
    i32::try_from(moment.since(now).as_secs().max(0)).unwrap_or(i32::MAX)
}

/// Where the caller's own session is.
const OWN: &str = "/v1/sessions/current";

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

/// A session that has begun.
pub(super) fn begun(house: &House, tokens: &Tokens) -> HttpResponse {
    let body = SessionTokens::of(tokens, house.clock.now());
    answer::secret(StatusCode::CREATED, Some(OWN), &body)
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
#[get("/sessions")]
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
#[delete("/sessions/{session_id}")]
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
#[delete("/sessions")]
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

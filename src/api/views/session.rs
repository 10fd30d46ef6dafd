//! Sessions, as several operations take and show them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use caredesk_core::domain::account::{Claimed, Role};
use caredesk_core::domain::ids::{AccountId, SessionId, TenantId};
use caredesk_core::domain::session;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{SignInName, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::answer;
use crate::api::problem::Problem;
use crate::guard::Violation;
use crate::service::{House, Tokens};
use crate::store::sessions::LiveSession;

/// Where somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "tenant")]
pub(in crate::api) enum SignInRealm {
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
pub(in crate::api) fn claimed(
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

/// A session, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "role": "platform_admin", "tenant_id": null, "second_factor": "required", "second_factor_at": null,
    "created_at": "2026-11-21T09:30:00Z", "idle_until": "2026-11-21T10:00:00Z", "expires_at": "2026-11-21T21:30:00Z"}))]
pub(in crate::api) struct Session {
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

/// What a session's second factor needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "required")]
pub(in crate::api) enum SecondFactorState {
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
pub(in crate::api) struct SessionTokens {
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
pub(in crate::api) enum TokenType {
    /// As a bearer token (RFC 6750).
    Bearer,
}

impl Session {
    /// A session as its owner sees it.
    pub(in crate::api) fn of(live: &LiveSession) -> Self {
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
    pub(in crate::api) fn of(tokens: &Tokens, now: Moment) -> Self {
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
pub(in crate::api) fn seconds_until(moment: Moment, now: Moment) -> i32 {
    i32::try_from(moment.since(now).as_secs().max(0)).unwrap_or(i32::MAX)
}

/// Where the caller's own session is.
const OWN: &str = "/v1/sessions/current";

/// A session that has begun.
pub(in crate::api) fn begun(house: &House, tokens: &Tokens) -> HttpResponse {
    let body = SessionTokens::of(tokens, house.clock.now());
    answer::secret(StatusCode::CREATED, Some(OWN), &body)
}

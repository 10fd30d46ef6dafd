//! Refusals as RFC 9457 problems.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use caredesk_core::domain::code::Code;
use serde::Serialize;
use utoipa::ToSchema;

use super::codes;
use super::directory::SupportPerson;
use crate::guard::{Refusal, Violation};
use crate::store::directory::Helper;

/// Most people that a refusal names.
const MOST_NAMED: usize = 20;

/// Why a request was refused: RFC 9457, with a stable `code` to act on.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/tenant.slug_taken", "title": "Another tenant has this short name", "status": 409,
    "code": "tenant.slug_taken", "detail": "Take another one.", "instance": "/v1/tenants",
    "request_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "errors": [], "next_actions": []}))]
pub struct ProblemBody {
    /// A page that explains the code.
    #[serde(rename = "type")]
    #[schema(
        max_length = 120,
        pattern = r"^/problems/[a-z0-9_.]+$",
        example = "/problems/tenant.slug_taken"
    )]
    pub kind: String,
    /// One short sentence, the same for every occurrence of the code.
    #[schema(max_length = 200, pattern = "^.+$", example = "Another tenant has this short name")]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, format = "int32", example = 409)]
    pub status: i32,
    /// The stable code: dotted, never renamed, never reused.
    #[schema(
        max_length = 100,
        pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$",
        example = "tenant.slug_taken"
    )]
    pub code: String,
    /// What to do about it.
    #[schema(max_length = 500, pattern = "^.*$", example = "Take another one.")]
    pub detail: String,
    /// The path that was asked for.
    #[schema(max_length = 2048, pattern = "^.*$", example = "/v1/tenants")]
    pub instance: String,
    /// The request's id, as in the log and the audit.
    #[schema(
        max_length = 100,
        pattern = "^[A-Za-z0-9_.-]+$",
        example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10"
    )]
    pub request_id: String,
    /// Every fault of what was sent, each with its place.
    #[schema(max_items = 200)]
    pub errors: Vec<FieldError>,
    /// The rule of the policy that forbids it; absent where no rule does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        max_length = 100,
        pattern = r"^[a-z0-9_.]+$",
        example = "action.not_permitted"
    )]
    pub rule: Option<String>,
    /// Operations that would help, by their operation id.
    #[schema(max_items = 10)]
    pub next_actions: Vec<NextAction>,
    /// Whom of their own organisation somebody turns to instead; absent where nobody helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 20)]
    pub people: Option<Vec<SupportPerson>>,
}

/// The id of an operation that would help.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 100, pattern = "^[a-z0-9_]+$", example = "verify_second_factor")]
pub struct NextAction(pub String);

/// One fault of what was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"pointer": "#/name", "code": "required", "detail": "is missing"}))]
pub struct FieldError {
    /// Where: a JSON pointer into the body, or `query:`, `path:` or `header:` and a name.
    #[schema(max_length = 500, pattern = "^.*$", example = "#/name")]
    pub pointer: String,
    /// Which kind of fault.
    #[schema(max_length = 100, pattern = "^[a-z0-9_.]+$", example = "required")]
    pub code: String,
    /// What is expected.
    #[schema(max_length = 500, pattern = "^.*$", example = "is missing")]
    pub detail: String,
}

/// A refusal on its way out. The edge adds what only it knows: the path and the request's id.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The code.
    pub code: Code,
    /// Faults of what was sent.
    pub violations: Vec<Violation>,
    /// Whether policy said no.
    pub is_denial: bool,
    /// Seconds to wait.
    pub retry_after: Option<i64>,
    /// The methods that a path has.
    pub allow: Option<String>,
    /// Operations that would help.
    pub helped_by: &'static [&'static str],
    /// Whom to turn to instead.
    pub people: Vec<SupportPerson>,
}

impl Problem {
    /// A problem that is all in its code.
    pub fn of(code: Code) -> Self {
        let retry_after = match code {
            Code::Busy => Some(1),
            Code::FilesUnavailable => Some(30),
            _ => None,
        };
        let helped_by = helping(code);
        let (violations, people) = (Vec::new(), Vec::new());
        Self { code, violations, is_denial: false, retry_after, allow: None, helped_by, people }
    }

    /// As it is, where other operations help than elsewhere.
    #[must_use]
    pub fn helped_by(self, operations: &'static [&'static str]) -> Self {
        Self { helped_by: operations, ..self }
    }

    /// As it is, with the people of somebody's own organisation who help instead.
    #[must_use]
    pub(super) fn naming(self, helpers: Vec<Helper>) -> Self {
        let people = helpers.into_iter().take(MOST_NAMED).map(SupportPerson::from).collect();
        Self { people, ..self }
    }

    /// Faults of what was sent.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::of(Code::Invalid) }
    }

    /// A header that is not of its form.
    pub fn header(name: &str, expected: &str) -> Self {
        let violation = Violation {
            pointer: format!("header:{name}"),
            code: "form".to_owned(),
            detail: expected.to_owned(),
        };
        Self { violations: vec![violation], ..Self::of(Code::InvalidHeader) }
    }

    /// The body that is sent.
    pub fn body(&self, instance: &str, request_id: &str) -> ProblemBody {
        let row = codes::describe(self.code);
        let errors = self.violations.iter().take(200).map(|violation| FieldError {
            pointer: violation.pointer.chars().map(shown).take(500).collect(),
            code: violation.code.clone(),
            detail: violation.detail.clone(),
        });
        ProblemBody {
            kind: format!("/problems/{}", self.code),
            title: row.title.to_owned(),
            status: i32::from(row.status),
            code: self.code.to_string(),
            detail: row.remedy.to_owned(),
            instance: instance.chars().take(2048).collect(),
            request_id: request_id.to_owned(),
            errors: errors.collect(),
            rule: self.is_denial.then(|| self.code.to_string()),
            next_actions: self.helped_by.iter().map(|one| NextAction((*one).to_owned())).collect(),
            people: (!self.people.is_empty()).then(|| self.people.clone()),
        }
    }
}

/// A character of a name that somebody else chose, on one line.
fn shown(c: char) -> char {
    let breaks = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if breaks { char::REPLACEMENT_CHARACTER } else { c }
}

/// What would help.
const fn helping(code: Code) -> &'static [&'static str] {
    match code {
        Code::Unauthenticated => &["sign_in"],
        Code::InvalidToken => &["refresh_session", "sign_in"],
        Code::SecondFactorRequired => {
            &["verify_second_factor", "begin_second_factor", "use_recovery_code"]
        }
        Code::SecondFactorMissing | Code::SecondFactorCompulsory => &["begin_second_factor"],
        Code::StepUpRequired => &["verify_second_factor", "send_second_factor_code"],
        Code::SecondFactorByApp => &["verify_second_factor"],
        Code::SecondFactorWrongCode => &["verify_second_factor", "use_recovery_code"],
        Code::WrongCredentials => &["request_password_reset"],
        Code::LastPlatformAdmin => &["create_desk_account"],
        Code::AccountAlreadyInactive => &["reactivate_desk_account"],
        Code::InvitationExpired | Code::InvitationReplaced => &["request_invitation"],
        Code::InvitationUsed => &["sign_in", "request_password_reset"],
        Code::ApplicationNotInvited => &["invite_family"],
        Code::ApplicationInvited => &["reinvite_family"],
        Code::ApplicationLinked => &["unlink_application"],
        Code::TicketNotYoursToOpen => &["list_support_contacts", "report_emergency"],
        Code::TicketNotYours => &["read_ticket"],
        Code::TicketContactUnreachable => &["record_call_back"],
        _ => &[],
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = Self::of(refusal.code());
        match refusal {
            Refusal::Denied(_) => Self { is_denial: true, ..problem },
            Refusal::Invalid(violations) | Refusal::Faulty { violations, .. } => {
                Self { violations, ..problem }
            }
            Refusal::Throttled(wait) => {
                Self { retry_after: Some(wait.as_secs().max(1)), ..problem }
            }
            Refusal::Store(error) if problem.code == Code::Internal => {
                tracing::error!(%error, "the store failed");
                problem
            }
            Refusal::Hash(error) if problem.code == Code::Internal => {
                tracing::error!(%error, "a password could not be hashed");
                problem
            }
            Refusal::Broken(what) => {
                tracing::error!(what, "something is broken");
                problem
            }
            _ => problem,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.code.fmt(f)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(codes::describe(self.code).status)
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Status and headers; the edge writes the body.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status_code());
        let headers = response.headers_mut();
        if let Some(challenge) = challenge(self.code) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) =
            self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            headers.insert(ALLOW, allow);
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// What a 401 asks for (RFC 6750, RFC 9470).
fn challenge(code: Code) -> Option<&'static str> {
    match code {
        Code::Unauthenticated | Code::WrongCredentials => Some("Bearer realm=\"caredesk\""),
        Code::InvalidToken => Some("Bearer realm=\"caredesk\", error=\"invalid_token\""),
        Code::StepUpRequired => Some(
            "Bearer realm=\"caredesk\", error=\"insufficient_user_authentication\", acr_values=\"aal2\", max_age=300",
        ),
        _ => None,
    }
}

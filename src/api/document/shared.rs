//! Headers and problems that operations share, as components of the document.

use serde_json::{Map, Value, json};

use crate::api::codes;
use caredesk_core::domain::code::Code;

/// Statuses with what they mean in general, and a code to show as the example.
const PROBLEMS: [(u16, &str, Code); 16] = [
    (400, "The request is malformed.", Code::MalformedJson),
    (
        401,
        "No token, or one that is not valid; or a fresh proof of the second factor is asked for.",
        Code::Unauthenticated,
    ),
    (403, "Known, but not allowed.", Code::NotPermitted),
    (404, "There is no such thing, or it is not yours to see.", Code::NotFound),
    (408, "The body did not arrive in time.", Code::TooSlow),
    (409, "The state of the resource stands in the way.", Code::IdempotencyInProgress),
    (410, "The link or code cannot be used any more.", Code::LinkNotUsable),
    (412, "Somebody else changed the resource meanwhile.", Code::VersionStale),
    (413, "The body is too long.", Code::BodyTooLarge),
    (415, "The body has another media type.", Code::UnsupportedMediaType),
    (422, "Well-formed, but not valid.", Code::Invalid),
    (428, "The operation wants to know which version is changed.", Code::VersionRequired),
    (429, "Too many requests.", Code::Throttled),
    (431, "The headers are too long.", Code::HeadersTooLarge),
    (500, "Something failed on our side.", Code::Internal),
    (503, "Too much to do right now.", Code::Busy),
];

/// The name of a shared problem.
pub(super) fn problem_name(status: u16) -> String {
    format!("Problem{status}")
}

/// The shared problems.
pub(super) fn problems() -> Map<String, Value> {
    PROBLEMS
        .iter()
        .map(|(status, meaning, code)| (problem_name(*status), problem(*status, meaning, *code)))
        .collect()
}

fn problem(status: u16, meaning: &str, code: Code) -> Value {
    let row = codes::describe(code);
    let mut example = json!({
        "type": format!("/problems/{code}"), "title": row.title, "status": row.status, "code": code,
        "detail": row.remedy, "instance": "/v1/tenants", "request_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e15",
        "errors": [], "next_actions": []
    });
    if status == 422
        && let Value::Object(example) = &mut example
    {
        let errors = json!([{"pointer": "#/name", "code": "required", "detail": "is missing"}]);
        example.insert("errors".to_owned(), errors);
    }
    let media = json!({"schema": {"$ref": "#/components/schemas/Problem"}, "example": example});
    let mut headers = common_headers();
    if matches!(status, 429 | 503) {
        headers.insert("Retry-After".to_owned(), header_ref("Retry-After"));
    }
    if status == 401 {
        headers.insert("WWW-Authenticate".to_owned(), header_ref("WWW-Authenticate"));
    }
    json!({
        "description": meaning,
        "headers": headers,
        "content": {"application/problem+json": media, "application/json": media}
    })
}

/// A reference to a shared header.
pub(super) fn header_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// Headers of every answer.
const COMMON: [&str; 5] = [
    "X-Request-Id",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Access-Control-Allow-Origin",
];

/// The headers of every answer.
pub(super) fn common_headers() -> Map<String, Value> {
    COMMON.iter().map(|name| ((*name).to_owned(), header_ref(name))).collect()
}

/// The shared headers, each under its own name: some linters take every object called `headers` for
/// those of an answer.
pub(super) fn headers() -> Value {
    let figure = |description: &str| {
        let schema = json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": i32::MAX, "example": 60});
        json!({"description": description, "required": true, "schema": schema})
    };
    let text = |description: &str, required: bool, max: u32, pattern: &str, example: &str| {
        let schema =
            json!({"type": "string", "maxLength": max, "pattern": pattern, "example": example});
        json!({"description": description, "required": required, "schema": schema})
    };
    let tenant = "/v1/tenants/01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10";
    json!({
        "X-Request-Id": text("The request's id, as in the log and the audit.", true, 64, "^[A-Za-z0-9_.-]+$", "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e15"),
        "RateLimit-Limit": figure("Requests that one address may make at once."),
        "RateLimit-Remaining": figure("How many of them are left."),
        "RateLimit-Reset": figure("Seconds until all of them are there again."),
        "Retry-After": figure("Seconds to wait before trying again."),
        "Access-Control-Allow-Origin": text("The page that may read the answer, if the request came from an allowed one.", false, 200, "^.*$", "https://app.example"),
        "WWW-Authenticate": text("What is asked for (RFC 6750, RFC 9470).", true, 300, "^Bearer .*$", "Bearer realm=\"caredesk\""),
        "ETag": text("The version of the resource and a hash of this caller's view, for `If-Match`.", true, 40, "^\"[0-9]+-[0-9a-f]{8}\"$", "\"7-a1b2c3d4\""),
        "Location": text("Where the resource is.", true, 300, "^/v1/.*$", tenant),
        "Idempotent-Replayed": text("`true` if this is the answer that was given to an earlier request with the same key.", false, 4, "^true$", "true"),
        "Cache-Control": text("How long the answer may be kept.", true, 40, "^(public|private), max-age=[0-9]+$", "private, max-age=60"),
        "Content-Disposition": text("The name to save the file under.", true, 4000, "^attachment; .*$", "attachment; filename=\"audit.ndjson\"")
    })
}

/// The shared parameters.
pub(super) fn parameters() -> Value {
    let if_match = |required: bool, description: &str| {
        json!({
            "name": "If-Match", "in": "header", "required": required, "description": description,
            "schema": {"type": "string", "format": "etag", "maxLength": 29, "pattern": "^\"[0-9]{1,18}-[0-9a-f]{8}\"$"},
            "example": "\"7-a1b2c3d4\""
        })
    };
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes the request repeatable: within 24 hours the same key and body give the stored answer.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
            "example": "4f6c1b2e-0d3a-4e55-9c1d-2a7b8c9d0e1f"
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The ETag of an answer that is at hand: if it is still the present one, 304 says so without a body.",
            "schema": {"type": "string", "maxLength": 300, "pattern": "^[ -~]*$"},
            "example": "\"7-a1b2c3d4\""
        },
        "IfMatch": if_match(false, "The ETag that was read: the change is made only if the resource still has this version."),
        "IfMatchRequired": if_match(true, "The ETag that was read: the change is made only if the resource still has this version. Without it the answer is 428.")
    })
}

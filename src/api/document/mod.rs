//! The contract: generated from the handlers, finished by what their shape implies.
//!
//! `finish` adds to every operation the headers, problems and links that follow from its method, path
//! and marks, so that no handler repeats them; `down` says the same in OpenAPI 3.0.

mod down;
mod examples;
mod finish;
mod links;
mod schemas;
mod shared;

use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::applications::ApplicationSort;
use super::articles::WhoseArticles;
use super::problem::{FieldError, NextAction, ProblemBody};
use super::tenants::TenantSort;
use super::tickets::input::{TicketListView, TicketSort};
use super::users::UserSort;
use caredesk_core::domain::SearchText;
use caredesk_core::domain::account::{DeskRole, TenantRole};

/// What stands before the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "caredesk",
        description = "The support desk of a vendor whose customers keep health records, and their access: tenants, owners on file, \
                       sessions with a second factor, and the audit. Errors are RFC 9457 problems with a stable `code`. Lists are paged \
                       by cursor. POST operations take an `Idempotency-Key`.",
        contact(name = "caredesk", url = "https://caredesk.example", email = "desk@caredesk.example"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "sessions", description = "Enrolling, signing in, carrying on and signing out."),
        (name = "second-factor", description = "Enrolling and proving the second factor."),
        (name = "account", description = "One's own account, password and contacts."),
        (name = "desk-accounts", description = "The vendor's staff."),
        (name = "tenants", description = "Organisations that the desk serves."),
        (name = "owners", description = "Owners on file: the authority of last resort."),
        (name = "users", description = "Users of an organisation: invited, changed, switched off and on."),
        (name = "family", description = "The family portal: what an invitation is for, an account by it, and the applications that are linked."),
        (name = "applications", description = "Applications of families, and the invitations by which each family comes to the portal."),
        (name = "directory", description = "Whom to turn to: in one's own organisation, and at the desk."),
        (name = "api-keys", description = "Keys for programs: made, given another secret, ended."),
        (name = "jobs", description = "Work that is too long for a request: its progress, its results, its end."),
        (name = "uploads", description = "Files in two steps: announced, then sent."),
        (name = "roles", description = "Roles of an organisation, what they permit, and who has them."),
        (name = "training", description = "Records of users' training."),
        (name = "articles", description = "The help centre: articles, their versions, and the search among them."),
        (name = "policy", description = "What the desk may do: tried, read, and suggested."),
        (name = "decisions", description = "Decisions of the desk's policy that were acted on."),
        (name = "tickets", description = "What people bring to the desk, and what becomes of it."),
        (name = "attachments", description = "Files of tickets in two steps: announced, then sent; quarantined until somebody has looked at them."),
        (name = "notifications", description = "Messages that leave, and contacts that nothing is sent to."),
        (name = "internal-tickets", description = "What the desk asks of its developers: raised by Tier II, moved by developers, without personal data."),
        (name = "canned-replies", description = "Texts that agents answer with, with places that are filled in."),
        (name = "audit", description = "Who did what, when, and by which rule."),
    ),
    security(("bearer" = [])),
    // What only shared responses and parameters refer to; the generator finds the rest in the bodies.
    components(schemas(ProblemBody, FieldError, NextAction, SearchText, TenantSort, DeskRole, TenantRole, UserSort, ApplicationSort, TicketListView, TicketSort, WhoseArticles))
)]
struct Base;

/// The finished document, in both versions and as text.
#[derive(Debug, Clone)]
pub struct Document {
    /// OpenAPI 3.1.
    pub value: Value,
    /// The same as text, as it is committed.
    pub json: String,
    /// OpenAPI 3.0, for tools that read nothing newer.
    pub json_30: String,
    /// Every path with its methods, for requests that match none.
    paths: Vec<(Vec<String>, Vec<String>)>,
}

impl Document {
    /// Generates the document from the handlers.
    pub fn generate() -> Self {
        let mut base = Base::openapi();
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "An access token: a JWT signed with Ed25519, checked as RFC8725 asks (algorithm, type, issuer and audience \
                 are fixed). Get one with `sign_in`.",
            ))
            .build();
        base.components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("cdk")
            .description(Some(
                "The key of a program, as `create_api_key` showed it once: sent with every request, not exchanged for a token. It is \
                 no JWT, so RFC8725 does not apply. It permits its scopes in its organisation until it expires or is revoked.",
            ))
            .build();
        base.components
            .get_or_insert_default()
            .add_security_scheme("api_key", SecurityScheme::Http(key));
        let collected = super::server::collect(base);
        let raw = serde_json::to_value(collected).unwrap_or(Value::Null);
        let value = finish::finish(raw);
        let value_30 = down::to_30(value.clone());
        let paths = paths(&value);
        Self { json: pretty(&value), json_30: pretty(&value_30), value, paths }
    }

    /// Whether an operation, named by method and path pattern, has parameters in its query.
    pub fn takes_query(&self, method: &str, pattern: &str) -> bool {
        let item = self.value.get("paths").and_then(|paths| paths.get(pattern));
        let operation = item.and_then(|item| item.get(method.to_lowercase()));
        let parameters = operation.and_then(|operation| operation.get("parameters")?.as_array());
        parameters
            .into_iter()
            .flatten()
            .any(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
    }

    /// The methods that a path has; none if no operation has the path.
    pub fn methods_of(&self, path: &str) -> Vec<String> {
        let asked: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &[String]| {
            pattern.len() == asked.len()
                && pattern.iter().zip(&asked).all(|(part, asked)| {
                    part.starts_with('{') && !asked.is_empty() || part == asked
                })
        };
        let literal_first = |pattern: &&(Vec<String>, Vec<String>)| {
            pattern.0.iter().filter(|part| part.starts_with('{')).count()
        };
        let found =
            self.paths.iter().filter(|(pattern, _)| fits(pattern)).min_by_key(literal_first);
        found.map(|(_, methods)| methods.clone()).unwrap_or_default()
    }
}

/// OpenAPI 3.1, as it is committed.
pub fn document_json() -> String {
    Document::generate().json
}

/// OpenAPI 3.0, as it is committed.
pub fn document_30_json() -> String {
    Document::generate().json_30
}

/// A document as text with a final line break.
fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Every path in parts, with its methods in capitals.
fn paths(value: &Value) -> Vec<(Vec<String>, Vec<String>)> {
    let paths = value.get("paths").and_then(Value::as_object);
    let split = |(path, item): (&String, &Value)| {
        let methods =
            item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
        (path.split('/').map(str::to_owned).collect(), methods.collect())
    };
    paths.into_iter().flatten().map(split).collect()
}

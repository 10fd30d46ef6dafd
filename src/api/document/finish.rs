//! What follows from an operation's shape: parameters, headers, problems, links.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::attachment::AttachmentType;
use caredesk_core::policy::ActionKind;
use caredesk_core::policy::matrix::{self, Grant};
use serde_json::{Map, Value, json};

use super::{examples, links, schemas, shared};

/// A step into a document.
type Object = Map<String, Value>;

/// Adds to the collected document everything that a handler does not say.
pub(super) fn finish(mut document: Value) -> Value {
    let collected = document.clone();
    let Some(root) = document.as_object_mut() else { return document };
    root.insert(
        "servers".to_owned(),
        json!([{"url": "/", "description": "The production server that serves this document.", "x-internal": false}]),
    );
    if let Some(paths) = root.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                if let Some(operation) = operation.as_object_mut() {
                    finish_operation((path, method), operation, &collected);
                }
            }
        }
    }
    if let Some(components) = root.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("responses".to_owned(), Value::Object(shared::problems()));
        components.insert("headers".to_owned(), shared::headers());
        components.insert("parameters".to_owned(), shared::parameters());
    }
    schemas::finish(&mut document);
    examples::finish(&mut document);
    document
}

/// What the marks and the form of an operation say about it.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Shape {
    is_public: bool,
    is_post: bool,
    is_session: bool,
    has_path_parameter: bool,
    has_body: bool,
    has_query: bool,
    if_match: Option<String>,
    redeems: bool,
    only_reads: bool,
    is_cached: bool,
    conflicts: bool,
    shows_etag: bool,
}

impl Shape {
    fn of(path: &str, method: &str, operation: &Object) -> Self {
        let mark = |name: &str| operation.get(name).and_then(Value::as_bool).unwrap_or(false);
        let if_match = operation.get("x-if-match").and_then(Value::as_str).map(str::to_owned);
        let tag = operation.get("tags").and_then(|tags| tags.get(0)).and_then(Value::as_str);
        let is_session = matches!(tag, Some("sessions" | "second-factor"));
        let is_query =
            |parameter: &Value| parameter.get("in").and_then(Value::as_str) == Some("query");
        let parameters = operation.get("parameters").and_then(Value::as_array);
        Self {
            is_public: operation.get("security") == Some(&json!([{}])),
            is_post: method == "post",
            is_session,
            has_path_parameter: path.contains('{'),
            has_body: operation.contains_key("requestBody"),
            has_query: parameters.is_some_and(|all| all.iter().any(is_query)),
            redeems: mark("x-redeems"),
            only_reads: mark("x-reads"),
            is_cached: mark("x-cached"),
            conflicts: mark("x-conflict"),
            // What is answered may be another thing than the one whose version is compared.
            shows_etag: operation
                .get("x-etag")
                .and_then(Value::as_bool)
                .unwrap_or(if_match.is_some()),
            if_match,
        }
    }

    /// Whether the operation takes an idempotency key. What redeems a proof that works once does not, nor
    /// what changes nothing.
    fn is_repeatable(&self) -> bool {
        let changes = self.is_post && !self.only_reads;
        changes && !self.is_session && !self.is_public && !self.redeems
    }

    /// Every status that the operation can refuse with.
    fn problems(&self) -> Vec<u16> {
        let mut statuses = vec![429, 431, 500, 503];
        let mut add = |when: bool, these: &[u16]| {
            if when {
                statuses.extend_from_slice(these);
            }
        };
        // 422: a parameter in the query that is unknown, if nothing else.
        add(true, &[401, 422]);
        add(!self.is_public, &[403]);
        add(self.has_path_parameter, &[404]);
        add(self.has_body, &[400, 408, 413, 415, 422]);
        add(self.has_query, &[400, 422]);
        add(self.is_repeatable(), &[400, 409, 422]);
        add(self.if_match.is_some(), &[400, 409, 412]);
        add(self.if_match.as_deref() == Some("required"), &[428]);
        add(self.redeems, &[410]);
        add(self.conflicts, &[409]);
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }
}

fn finish_operation((path, method): (&str, &str), operation: &mut Object, collected: &Value) {
    let shape = Shape::of(path, method, operation);
    let mut parameters = match operation.remove("parameters") {
        Some(Value::Array(parameters)) => parameters,
        _ => Vec::new(),
    };
    if shape.is_repeatable() {
        parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
    }
    match shape.if_match.as_deref() {
        Some("required") => {
            parameters.push(json!({"$ref": "#/components/parameters/IfMatchRequired"}));
        }
        Some(_) => parameters.push(json!({"$ref": "#/components/parameters/IfMatch"})),
        None => {}
    }
    if shape.is_cached {
        parameters.push(json!({"$ref": "#/components/parameters/IfNoneMatch"}));
    }
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(security) = security(operation) {
        operation.insert("security".to_owned(), security);
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    if shape.is_cached {
        let unchanged = "Nothing has changed since the answer with the ETag of `If-None-Match`.";
        responses.insert("304".to_owned(), json!({"description": unchanged}));
    }
    for (status, response) in responses.iter_mut() {
        if let Some(response) = response.as_object_mut() {
            finish_success(status, response, &shape);
            if status == "201" && !shape.is_session {
                response.insert("links".to_owned(), Value::Object(links::from(collected, path)));
            }
        }
    }
    for status in shape.problems() {
        let problem = format!("#/components/responses/{}", shared::problem_name(status));
        responses.insert(status.to_string(), json!({"$ref": problem}));
    }
}

/// Who can call an operation, where programs can; elsewhere what is said for the whole document holds.
fn security(operation: &Object) -> Option<Value> {
    let action: ActionKind = operation.get("x-action")?.as_str()?.parse().ok()?;
    if !matrix::is_open_to_programs(action) {
        return None;
    }
    let mut schemes = vec![json!({"api_key": []})];
    if matrix::grant(action, Role::SiteAdmin) != Grant::Never {
        schemes.insert(0, json!({"bearer": []}));
    }
    Some(Value::Array(schemes))
}

/// Whether an answer of this media type is a file to be saved.
pub(super) fn is_of_file(media: &str) -> bool {
    media == "application/octet-stream" || media.parse::<AttachmentType>().is_ok()
}

/// Headers of an answer that is no problem.
fn finish_success(status: &str, response: &mut Object, shape: &Shape) {
    let mut headers = shared::common_headers();
    let has_body = response.contains_key("content");
    let is_resource = !shape.is_session && !shape.redeems;
    if shape.shows_etag && has_body || status == "201" && is_resource {
        headers.insert("ETag".to_owned(), shared::header_ref("ETag"));
    }
    if shape.is_cached {
        headers.insert("ETag".to_owned(), shared::header_ref("ETag"));
        headers.insert("Cache-Control".to_owned(), shared::header_ref("Cache-Control"));
    }
    // Where there is nothing to be shown, or nobody who may look, there is nothing to be found.
    if status == "201" || status == "202" && has_body && !shape.is_public {
        headers.insert("Location".to_owned(), shared::header_ref("Location"));
    }
    if shape.is_repeatable() {
        headers.insert("Idempotent-Replayed".to_owned(), shared::header_ref("Idempotent-Replayed"));
    }
    let content = response.get("content").and_then(Value::as_object);
    let is_file = content.is_some_and(|content| content.keys().any(|media| is_of_file(media)));
    if is_file {
        headers.insert("Content-Disposition".to_owned(), shared::header_ref("Content-Disposition"));
    }
    response.insert("headers".to_owned(), Value::Object(headers));
}

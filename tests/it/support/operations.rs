//! The operations of the document, for proofs that grow by themselves.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use caredesk::api::document::Document;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::policy::ActionKind;
use caredesk_core::policy::matrix::{Grant, grant, is_enough, permissions};
use jsonschema::Validator;
use serde_json::{Value, json};

/// One operation, as the document has it.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: reqwest::Method,
    pub(crate) path: String,
    pub(crate) value: Value,
}

impl Operation {
    /// The path with its parameters replaced, by name, from pairs.
    pub(crate) fn path_with(&self, pairs: &[(&str, &str)]) -> String {
        pairs.iter().fold(self.path.clone(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        })
    }

    /// Whether it is open to everybody.
    pub(crate) fn is_public(&self) -> bool {
        self.value["security"] == json!([{}])
    }

    /// The action it asks for, as the document words it.
    pub(crate) fn action(&self) -> &str {
        self.value["x-action"].as_str().unwrap_or_else(|| panic!("{} names no x-action", self.id))
    }

    /// The action it asks for.
    pub(crate) fn kind(&self) -> ActionKind {
        let word = self.action();
        word.parse().unwrap_or_else(|_| panic!("{}: {word} is no action", self.id))
    }

    /// What a role may do with it that was given no permissions, as the policy's table says.
    pub(crate) fn grant(&self, role: Role) -> Grant {
        let held = if role == Role::SiteAdmin { PermissionSet::all() } else { PermissionSet::NONE };
        if is_enough(self.kind(), role, held) { grant(self.kind(), role) } else { Grant::Never }
    }

    /// What somebody of a role must hold for it, beside what the role may do.
    pub(crate) fn permissions(&self, role: Role) -> PermissionSet {
        permissions(self.kind(), role)
    }

    /// Whether it changes something.
    pub(crate) fn changes(&self) -> bool {
        self.method != reqwest::Method::GET && self.value["x-reads"] != true
    }

    /// The names of its parameters at a place: `path` or `query`.
    pub(crate) fn parameters(&self, place: &str) -> Vec<&str> {
        let all = self.value["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let here = all.iter().filter(|parameter| parameter["in"] == place);
        here.map(|parameter| parameter["name"].as_str().unwrap()).collect()
    }

    /// The status that it answers with when all is well.
    pub(crate) fn success(&self) -> u16 {
        let statuses = self.value["responses"].as_object().unwrap().keys();
        let mut good = statuses.filter(|status| status.starts_with('2'));
        let status = good.next().unwrap_or_else(|| panic!("{} has no success", self.id));
        status.parse().unwrap()
    }

    /// The example of its body, if it has one.
    pub(crate) fn example(&self, document: &Value) -> Option<Value> {
        let name = self.body_schema()?;
        document.pointer(&format!("/components/schemas/{name}/example")).cloned()
    }

    /// The name of the schema of its body, if it has one.
    pub(crate) fn body_schema(&self) -> Option<&str> {
        let media = self.value.pointer("/requestBody/content/application~1json/schema/$ref")?;
        media.as_str()?.rsplit('/').next()
    }

    /// Whether its body is a file.
    pub(crate) fn takes_octets(&self) -> bool {
        self.value.pointer("/requestBody/content/application~1octet-stream").is_some()
    }

    /// Whether a concrete path is one of this operation's.
    fn fits(&self, path: &str) -> bool {
        let (mut ours, mut theirs) = (self.path.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(ours), Some(theirs)) if ours.starts_with('{') && !theirs.is_empty() => {}
                (Some(ours), Some(theirs)) if ours == theirs => {}
                _ => return false,
            }
        }
    }

    /// What it documents for a status, with references followed; none if it does not document it.
    pub(crate) fn response(&self, document: &Value, status: u16) -> Option<Value> {
        let response = self.value.get("responses")?.get(status.to_string())?;
        Some(resolved(document, response).clone())
    }
}

/// A value of the document, or what it refers to.
pub(crate) fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect(reference),
        None => value,
    }
}

/// The document and its operations, generated once.
static DOCUMENT: LazyLock<(Value, Vec<Operation>)> = LazyLock::new(|| {
    let document = Document::generate().value;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, value) in item.as_object().unwrap() {
            let id = value["operationId"].as_str().unwrap().to_owned();
            let method = method.to_uppercase().parse().unwrap();
            operations.push(Operation { id, method, path: path.clone(), value: value.clone() });
        }
    }
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    (document, operations)
});

/// The document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT.0
}

/// Every operation of the document, by its id.
pub(crate) fn all() -> &'static [Operation] {
    &DOCUMENT.1
}

/// Every role that can sign in.
pub(crate) fn roles() -> &'static [Role] {
    Role::ALL
}

/// The operation that a request asks for, if it asks for one.
pub(crate) fn asked_for(method: &reqwest::Method, path: &str) -> Option<&'static Operation> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let fits = |operation: &&Operation| operation.method == *method && operation.fits(path);
    let holes = |operation: &&Operation| operation.path.matches('{').count();
    all().iter().filter(fits).min_by_key(holes)
}

/// A schema of the document, compiled with everything that it may refer to.
pub(crate) fn validator(key: &str, schema: impl FnOnce() -> Value) -> Arc<Validator> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> =
        LazyLock::new(Mutex::default);
    let known = COMPILED.lock().unwrap().get(key).cloned();
    known.unwrap_or_else(|| {
        let mut root = schema();
        root["components"] = document()["components"].clone();
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        let compiled = options.build(&root).unwrap_or_else(|error| panic!("{key}: {error}"));
        let compiled = Arc::new(compiled);
        COMPILED.lock().unwrap().insert(key.to_owned(), Arc::clone(&compiled));
        compiled
    })
}

/// What is wrong with a value under a schema; none if it is right.
pub(crate) fn faults(key: &str, schema: impl FnOnce() -> Value, value: &Value) -> Vec<String> {
    let validator = validator(key, schema);
    let fault =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(value).map(fault).collect()
}

/// Holds an answer against the document: the status must be documented for the operation, and the
/// body be as the schema of that status says. What asks for no operation is not looked at.
#[track_caller]
pub(crate) fn keeps_the_contract(
    method: &reqwest::Method,
    path: &str,
    (status, media): (u16, &str),
    body: &Value,
) {
    let Some(operation) = asked_for(method, path) else { return };
    let id = &operation.id;
    let Some(response) = operation.response(document(), status) else {
        panic!("{id} answered {status}, which the document does not promise: {body}");
    };
    let media = media.split(';').next().unwrap_or_default();
    let Some(content) = response.get("content") else {
        assert!(body.is_null(), "{id} answered {status} with a body that is not documented");
        return;
    };
    let schema = content.get(media).and_then(|content| content.get("schema"));
    let Some(schema) = schema else {
        panic!("{id} answered {status} as {media:?}, not documented")
    };
    if media.ends_with("json") {
        let faults = faults(&format!("{id} {status} {media}"), || schema.clone(), body);
        assert!(
            faults.is_empty(),
            "{id} answered {status} against its schema: {faults:#?}\n{body}"
        );
    }
}

//! Query parameters: each once, none unknown, each as the document describes it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use caredesk_core::domain::code::Code;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::schema::Schemas;
use crate::api::problem::Problem;
use crate::guard::Violation;

/// Parameters that can be read from a query.
pub trait Parameters: DeserializeOwned + IntoParams + 'static {}

/// The parameters of a query, checked against their schemas.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: Parameters> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Query))
    }
}

/// Reads, checks and types the parameters; all faults at once.
fn read<T: Parameters>(request: &HttpRequest) -> Result<T, Problem> {
    let schemas = request.app_data::<Data<Schemas>>();
    let schemas = schemas.ok_or_else(|| Problem::of(Code::Internal))?;
    let described = described::<T>();
    let (sent, mut violations) = sent(request.query_string(), &described);
    let value = Value::Object(sent);
    let key = std::any::type_name::<T>();
    let found = schemas.check(
        key,
        || json!({"type": "object", "additionalProperties": false, "properties": described}),
        &value,
    );
    violations.extend(found.into_iter().map(in_query));
    if !violations.is_empty() {
        return Err(Problem::invalid(violations));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        Problem::invalid(vec![Violation {
            pointer: format!("query:{}", error.path()),
            code: "form".to_owned(),
            detail: "is not of the expected form".to_owned(),
        }])
    })
}

/// The schema of every parameter, by its name.
fn described<T: IntoParams>() -> Map<String, Value> {
    let parameters = T::into_params(|| Some(utoipa::openapi::path::ParameterIn::Query));
    let schema = |parameter: utoipa::openapi::path::Parameter| {
        let schema = parameter.schema.and_then(|schema| serde_json::to_value(schema).ok());
        (parameter.name, schema.unwrap_or(Value::Bool(true)))
    };
    parameters.into_iter().map(schema).collect()
}

/// What was sent, as JSON of the described types; a parameter that stands twice is a fault.
fn sent(query: &str, described: &Map<String, Value>) -> (Map<String, Value>, Vec<Violation>) {
    let mut sent = Map::new();
    let mut violations = Vec::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let kind = described.get(name.as_ref()).and_then(|schema| schema.get("type"));
        let value = typed(&text, kind.and_then(Value::as_str));
        if sent.insert(name.to_string(), value).is_some() {
            let pointer = format!("query:{}", name.chars().take(100).collect::<String>());
            let detail = "stands twice".to_owned();
            violations.push(Violation { pointer, code: "duplicate".to_owned(), detail });
        }
    }
    (sent, violations)
}

/// A text as the JSON type that it is described as; as text if it is none, for the schema to refuse.
fn typed(text: &str, kind: Option<&str>) -> Value {
    let typed = match kind {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or_else(|| text.into())
}

/// The same violation, in the query.
fn in_query(violation: Violation) -> Violation {
    let name = violation.pointer.trim_start_matches(['#', '/']);
    Violation { pointer: format!("query:{name}"), ..violation }
}

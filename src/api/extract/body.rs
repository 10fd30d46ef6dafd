//! JSON bodies: one object, no key twice, at most sixteen deep, as the document describes them.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use caredesk_core::domain::code::Code;
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::schema::Schemas;
use crate::api::problem::Problem;
use crate::guard::Violation;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How deep a body may be nested.
const DEPTH: usize = 16;

/// What a body must be to be taken.
pub trait Body: DeserializeOwned + Validate + ToSchema + 'static {
    /// Most bytes.
    const LIMIT: usize = 64 * 1024;
}

/// A body that was checked: its form, then its schema, then what a schema cannot say.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// The hash of the body as it was sent, for repeated requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyHash(pub(super) [u8; 32]);

impl<T: Body> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_media_type(&request)?;
            check_length(&request, T::LIMIT)?;
            let bytes = tokio::time::timeout(PATIENCE, read(&mut payload, T::LIMIT))
                .await
                .map_err(|_elapsed| Problem::of(Code::TooSlow))??;
            request.extensions_mut().insert(BodyHash(Sha256::digest(&bytes).into()));
            let value = parse(&bytes)?;
            let schemas = request.app_data::<Data<Schemas>>();
            let schemas = schemas.ok_or_else(|| Problem::of(Code::Internal))?;
            let violations = schemas.violations_of(&T::name(), &value);
            if !violations.is_empty() {
                return Err(Problem::invalid(violations));
            }
            typed(value).map(Json)
        })
    }
}

/// Only JSON is taken; a charset may be named if it is UTF-8.
fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let wrong = || Problem::of(Code::UnsupportedMediaType);
    let Some(header) = request.headers().get(CONTENT_TYPE) else { return Err(wrong()) };
    let header = header.to_str().map_err(|_bytes| wrong())?.to_ascii_lowercase();
    let mut parts = header.split(';').map(str::trim);
    let is_json = parts.next() == Some("application/json");
    let is_utf8 = parts.all(|part| {
        part.is_empty() || part.trim_matches('"') == "charset=utf-8" || part == "charset=\"utf-8\""
    });
    if is_json && is_utf8 { Ok(()) } else { Err(wrong()) }
}

/// A body that says it is too long is not waited for.
fn check_length(request: &HttpRequest, limit: usize) -> Result<(), Problem> {
    let said = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match said.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if usize::try_from(length).map_or(true, |length| length > limit) => {
            Err(Problem::of(Code::BodyTooLarge))
        }
        _ => Ok(()),
    }
}

/// Reads the body up to its limit.
async fn read(payload: &mut Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_broken| Problem::of(Code::MalformedJson))?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Problem::of(Code::BodyTooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Reads JSON strictly.
fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::of(Code::MissingBody));
    }
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let value =
        Strict { depth: 0 }.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    value.map_err(|error| {
        let said = error.to_string();
        if said.starts_with(TWICE) {
            Problem::of(Code::DuplicateKey)
        } else if said.starts_with(DEEP) || said.starts_with("recursion limit") {
            Problem::of(Code::TooDeep)
        } else {
            Problem::of(Code::MalformedJson)
        }
    })
}

/// How the two faults that only we look for are told apart from the parser's.
const TWICE: &str = "a key stands twice";
/// See [`TWICE`].
const DEEP: &str = "nested too deeply";

/// Reads a value, refusing repeated keys and too much depth, which the parser's own value lets pass.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.saturating_add(1);
        if depth > DEPTH { Err(E::custom(DEEP)) } else { Ok(Self { depth }) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    /// `120.0` is an integer to JSON Schema, so it is one here.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        let whole = (value.fract() == 0.0).then(|| format!("{value:.0}").parse::<i64>().ok());
        Ok(whole.flatten().map_or_else(|| value.into(), Value::from))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(TWICE));
            }
            let value = entries.next_value_seed(deeper)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// The value as its type, and what only code can check.
fn typed<T: Body>(value: Value) -> Result<T, Problem> {
    let typed: T = serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = pointer_of(&error.path().to_string());
        let detail = "is not of the expected form, or names nothing that exists".to_owned();
        Problem::invalid(vec![Violation { pointer, code: "form".to_owned(), detail }])
    })?;
    match typed.validate() {
        Ok(()) => Ok(typed),
        Err(errors) => {
            let mut violations = Vec::new();
            collect("#", &errors, &mut violations);
            Err(Problem::invalid(violations))
        }
    }
}

/// `a.b[0]` as `#/a/b/0`.
fn pointer_of(path: &str) -> String {
    let path = path.replace('[', ".").replace(']', "");
    let parts = path.split('.').filter(|part| !part.is_empty());
    parts.fold("#".to_owned(), |pointer, part| pointer + "/" + part)
}

/// How a check of a list names the faults of its items: `(where, code, detail)` each, as a parameter of
/// this name.
pub const ITEMS: &str = "items";

/// Every error of the validator, with its pointer.
fn collect(at: &str, errors: &ValidationErrors, into: &mut Vec<Violation>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Field(faults) => {
                for fault in faults {
                    let items = fault.params.get(ITEMS).cloned().unwrap_or_default();
                    let of_items: Option<Vec<(u64, String, String)>> =
                        serde_json::from_value(items).ok();
                    into.extend(of_items.into_iter().flatten().map(|(at, code, detail)| {
                        Violation { pointer: format!("{pointer}/{at}"), code, detail }
                    }));
                    if fault.code != ITEMS {
                        let detail = fault.message.as_deref().unwrap_or("is not valid").to_owned();
                        let code = fault.code.to_string();
                        into.push(Violation { pointer: pointer.clone(), code, detail });
                    }
                }
            }
            ValidationErrorsKind::Struct(inner) => collect(&pointer, inner, into),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(&format!("{pointer}/{index}"), inner, into);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_once() {
        assert_eq!(parse(br#"{"a":1,"b":{"c":1,"c":2}}"#).unwrap_err().code, Code::DuplicateKey);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(nested(16).as_bytes()).is_ok());
        assert_eq!(parse(nested(17).as_bytes()).unwrap_err().code, Code::TooDeep);
        assert_eq!(parse(nested(5000).as_bytes()).unwrap_err().code, Code::TooDeep);
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for bad in ["{", "{\"a\":}", "nope", "{} {}", "{\"a\":\"\u{0}\"}"] {
            assert_eq!(parse(bad.as_bytes()).unwrap_err().code, Code::MalformedJson, "{bad}");
        }
        assert_eq!(parse(b"\"\xff\"").unwrap_err().code, Code::MalformedJson);
        assert_eq!(parse(b" ").unwrap_err().code, Code::MissingBody);
    }

    #[test]
    fn pointers_lead_into_lists() {
        assert_eq!(pointer_of("owners[2].email"), "#/owners/2/email");
        assert_eq!(pointer_of("."), "#");
    }
}

//! The published schemas, compiled: what was sent is held against what was promised.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

use crate::guard::Violation;

/// Most bytes of a list of words that a fault repeats.
const LISTED: usize = 400;

/// The schemas of the document, each compiled when it is first needed. Clones share them.
#[derive(Clone)]
pub struct Schemas {
    components: Arc<Value>,
    compiled: Arc<Mutex<HashMap<String, Arc<Validator>>>>,
}

impl Schemas {
    /// The schemas of a document.
    pub fn of(document: &Value) -> Self {
        let components = document.get("components").cloned().unwrap_or(Value::Null);
        Self { components: Arc::new(components), compiled: Arc::default() }
    }

    /// Everything that is wrong with `value` as the named component. The component must exist; a test
    /// sends every operation a body.
    pub fn violations_of(&self, name: &str, value: &Value) -> Vec<Violation> {
        let schema = || json!({"$ref": format!("#/components/schemas/{name}")});
        self.check(name, schema, value)
    }

    /// Everything that is wrong with `value` under a schema that refers to the components.
    pub fn check(
        &self,
        key: &str,
        schema: impl FnOnce() -> Value,
        value: &Value,
    ) -> Vec<Violation> {
        match self.validator(key, schema) {
            Ok(validator) => {
                let mut places = HashSet::new();
                let found = validator.iter_errors(value).flat_map(|error| violations(&error));
                // What is of another type is not of the enum either: one fault a place says enough.
                found.filter(|violation| places.insert(violation.pointer.clone())).collect()
            }
            Err(why) => {
                tracing::error!(key, why, "a published schema cannot be compiled");
                vec![violation("", "schema", "cannot be checked")]
            }
        }
    }

    fn validator(
        &self,
        key: &str,
        schema: impl FnOnce() -> Value,
    ) -> Result<Arc<Validator>, String> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(key) {
            return Ok(Arc::clone(validator));
        }
        let mut root = schema();
        if let Value::Object(object) = &mut root {
            object.insert("components".to_owned(), self.components.as_ref().clone());
        }
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&root)
            .map_err(|error| error.to_string())?;
        let validator = Arc::new(validator);
        compiled.insert(key.to_owned(), Arc::clone(&validator));
        Ok(validator)
    }
}

/// A violation at a place in the body.
fn violation(path: &str, code: &str, detail: impl Into<String>) -> Violation {
    Violation { pointer: format!("#{path}"), code: code.to_owned(), detail: detail.into() }
}

/// One error of the validator in our words, which never repeat what was sent.
fn violations(error: &ValidationError<'_>) -> Vec<Violation> {
    use ValidationErrorKind as Kind;
    let at = error.instance_path().to_string();
    let one = |code: &str, detail: String| vec![violation(&at, code, detail)];
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![violation(&format!("{at}/{}", escaped(name)), "required", "is missing")]
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let field = |name: &String| {
                violation(&format!("{at}/{}", escaped(name)), "unknown", "is not known here")
            };
            unexpected.iter().map(field).collect()
        }
        Kind::MaxLength { limit } => one("max_length", format!("has more than {limit} characters")),
        Kind::MinLength { limit } => {
            one("min_length", format!("has fewer than {limit} characters"))
        }
        Kind::MaxItems { limit } => one("max_items", format!("has more than {limit} items")),
        Kind::MinItems { limit } => one("min_items", format!("has fewer than {limit} items")),
        Kind::Maximum { limit } => one("maximum", format!("is more than {limit}")),
        Kind::Minimum { limit } => one("minimum", format!("is less than {limit}")),
        Kind::Enum { options } => one("enum", none_of(&options.to_string())),
        Kind::Format { format } => one("format", format!("is not of the format {format}")),
        Kind::Pattern { .. } => one("pattern", "is not of the expected form".to_owned()),
        Kind::Type { kind } => one("type", format!("is not of the type {}", kind_name(kind))),
        _ => one("schema", "is not as the document describes it".to_owned()),
    }
}

/// The words that a value is none of; a list that is longer than a fault may be stands in the document alone.
fn none_of(options: &str) -> String {
    if options.len() > LISTED {
        return "is none of the words that the document has".to_owned();
    }
    format!("is none of {options}")
}

/// The types that a value may have, as the schema names them.
fn kind_name(kind: &jsonschema::error::TypeKind) -> String {
    use jsonschema::error::TypeKind;
    match kind {
        TypeKind::Single(single) => single.to_string(),
        TypeKind::Multiple(several) => {
            several.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" or ")
        }
    }
}

/// A name as a part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.chars().take(100).collect::<String>().replace('~', "~0").replace('/', "~1")
}

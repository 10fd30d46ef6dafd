//! Examples where tools look for them: beside every body and in the schema of every parameter.

use serde_json::Value;

/// Completes the examples of a document whose schemas are finished.
pub(super) fn finish(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or(Value::Null);
    if let Some(paths) = document.get_mut("paths") {
        walk(paths, &schemas);
    }
    if let Some(parameters) = document.pointer_mut("/components/parameters") {
        walk(parameters, &schemas);
    }
}

/// Looks for things with a `schema` beside them: media types and parameters.
fn walk(value: &mut Value, schemas: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, schemas)),
        Value::Object(object) => {
            if object.contains_key("schema") {
                show(object, schemas);
            }
            object.values_mut().for_each(|inner| walk(inner, schemas));
        }
        _ => {}
    }
}

/// A body shows its schema's example; a parameter's schema shows the parameter's.
fn show(carrier: &mut serde_json::Map<String, Value>, schemas: &Value) {
    let example = carrier.get("example").cloned();
    let Some(schema) = carrier.get_mut("schema").and_then(Value::as_object_mut) else { return };
    let reference = schema.get("$ref").and_then(Value::as_str);
    let name = reference.and_then(|reference| reference.rsplit('/').next());
    match (example, name) {
        (None, Some(name)) => {
            if let Some(example) =
                schemas.get(name).and_then(|schema| schema.get("example")).cloned()
            {
                carrier.insert("example".to_owned(), example);
            }
        }
        (Some(example), None) => {
            schema.entry("example").or_insert(example);
        }
        _ => {}
    }
}

//! The document in OpenAPI 3.0.3, for tools that read nothing newer.
//!
//! Lost on the way: links (many 3.0 tools stumble over them) and whatever stands beside a `$ref`.

use serde_json::{Map, Value, json};

/// Says a finished 3.1 document in 3.0.3.
pub(super) fn to_30(mut document: Value) -> Value {
    if let Some(root) = document.as_object_mut() {
        root.insert("openapi".to_owned(), json!("3.0.3"));
        if let Some(license) = root
            .get_mut("info")
            .and_then(|info| info.get_mut("license"))
            .and_then(Value::as_object_mut)
        {
            license.remove("identifier");
        }
    }
    lower(&mut document, false);
    document
}

/// Walks everything; `in_names` is true where keys are names of our own and not words of the format.
fn lower(value: &mut Value, in_names: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| lower(item, false)),
        Value::Object(object) => {
            if !in_names {
                lower_object(object);
            }
            for (key, inner) in object.iter_mut() {
                let names = !in_names
                    && matches!(
                        key.as_str(),
                        "properties" | "schemas" | "responses" | "headers" | "paths" | "mapping"
                    );
                let is_sample = !in_names
                    && matches!(key.as_str(), "example" | "examples" | "default" | "enum");
                if !is_sample {
                    lower(inner, names);
                }
            }
        }
        _ => {}
    }
}

/// One object whose keys are words of the format.
fn lower_object(object: &mut Map<String, Value>) {
    object.remove("links");
    if object.contains_key("$ref") {
        object.retain(|key, _| key == "$ref");
        return;
    }
    if let Some(constant) = object.remove("const") {
        object.insert("enum".to_owned(), json!([constant]));
    }
    if let Some(Value::Array(types)) = object.get("type").cloned() {
        let mut rest = types.into_iter().filter(|kind| kind != "null");
        if let Some(kind) = rest.next() {
            object.insert("type".to_owned(), kind);
        }
        object.insert("nullable".to_owned(), json!(true));
    }
    for word in ["oneOf", "anyOf"] {
        let Some(Value::Array(choices)) = object.get(word).cloned() else { continue };
        let is_null = |choice: &Value| choice.get("type").and_then(Value::as_str) == Some("null");
        let rest: Vec<Value> = choices.iter().filter(|choice| !is_null(choice)).cloned().collect();
        if rest.len() == choices.len() {
            continue;
        }
        object.remove(word);
        object.insert("nullable".to_owned(), json!(true));
        let word = if rest.len() == 1 { "allOf" } else { word };
        object.insert(word.to_owned(), Value::Array(rest));
    }
}

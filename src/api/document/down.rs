//! The document in OpenAPI 3.0.3, for tools that read nothing newer.
//!
//! Lost on the way: webhooks, links (many 3.0 tools stumble over them), whatever stands beside a `$ref`,
//! all examples of a schema but the first, and the name of a body of bytes.

use serde_json::{Map, Value, json};

use super::finish::is_of_file;

/// Says a finished 3.1 document in 3.0.3.
pub(super) fn to_30(mut document: Value) -> Value {
    if let Some(root) = document.as_object_mut() {
        root.insert("openapi".to_owned(), json!("3.0.3"));
        root.remove("webhooks");
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
    for (_, content) in object.iter_mut().filter(|(media, _)| is_of_file(media)) {
        // Generators take bytes as they stand, and under no name.
        *content = json!({"schema": {"type": "string", "format": "binary"}});
    }
    if object.contains_key("$ref") {
        object.retain(|key, _| key == "$ref");
        return;
    }
    // A list of examples is a schema's; the map of a body's examples 3.0 has, too.
    if let Some(Value::Array(examples)) = object.get("examples") {
        let first = examples.first().cloned();
        object.remove("examples");
        if let Some(first) = first {
            object.entry("example").or_insert(first);
        }
    }
    if let Some(constant) = object.remove("const") {
        object.insert("enum".to_owned(), json!([constant]));
    }
    if null_out_of_types(object) | null_out_of_choices(object) {
        object.insert("nullable".to_owned(), json!(true));
        // In 3.0 `nullable` alone does not let null through an `enum`.
        if let Some(words) = object.get_mut("enum").and_then(Value::as_array_mut)
            && !words.contains(&Value::Null)
        {
            words.push(Value::Null);
        }
    }
}

/// `["string", "null"]` becomes `"string"`; whether null was there.
fn null_out_of_types(object: &mut Map<String, Value>) -> bool {
    let Some(Value::Array(types)) = object.get("type") else { return false };
    let first = types.iter().find(|kind| *kind != "null").cloned();
    let had_null = types.iter().any(|kind| kind == "null");
    if let Some(first) = first {
        object.insert("type".to_owned(), first);
    }
    had_null
}

/// A choice between something and null becomes that something; whether null was there.
fn null_out_of_choices(object: &mut Map<String, Value>) -> bool {
    for word in ["oneOf", "anyOf"] {
        let Some(Value::Array(choices)) = object.get(word) else { continue };
        let is_null = |choice: &&Value| choice.get("type").is_some_and(|kind| kind == "null");
        let rest: Vec<Value> = choices.iter().filter(|choice| !is_null(choice)).cloned().collect();
        if rest.len() == choices.len() {
            continue;
        }
        object.remove(word);
        let word = if rest.len() == 1 { "allOf" } else { word };
        object.insert(word.to_owned(), Value::Array(rest));
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema as 3.0 says it.
    fn lowered(mut schema: Value) -> Value {
        lower(&mut schema, false);
        schema
    }

    #[test]
    fn null_becomes_a_flag() {
        let word = json!({"type": ["string", "null"], "enum": ["a"]});
        let flagged = json!({"type": "string", "nullable": true, "enum": ["a", null]});
        assert_eq!(lowered(word), flagged);
        let named = json!({"$ref": "#/components/schemas/Moment"});
        assert_eq!(
            lowered(json!({"oneOf": [named, {"type": "null"}], "description": "When."})),
            json!({"allOf": [named], "nullable": true, "description": "When."})
        );
    }

    #[test]
    fn a_choice_without_null_stays() {
        let choice = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
        assert_eq!(lowered(choice.clone()), choice);
    }

    #[test]
    fn a_constant_becomes_an_enum_of_one() {
        assert_eq!(lowered(json!({"const": "email"})), json!({"enum": ["email"]}));
    }

    #[test]
    fn a_list_of_examples_becomes_one() {
        let listed = json!({"type": "integer", "examples": [1, 2]});
        assert_eq!(lowered(listed), json!({"type": "integer", "example": 1}));
        let both = json!({"type": "integer", "example": 3, "examples": [1]});
        assert_eq!(lowered(both), json!({"type": "integer", "example": 3}));
        let named = json!({"examples": {"plain": {"value": 1}}});
        assert_eq!(lowered(named.clone()), named);
    }

    #[test]
    fn bytes_have_no_name() {
        let named = json!({"$ref": "#/components/schemas/UploadContent"});
        let content = json!({"content": {"application/octet-stream": {"schema": named}}});
        let bytes = json!({"type": "string", "format": "binary"});
        let said = json!({"content": {"application/octet-stream": {"schema": bytes}}});
        assert_eq!(lowered(content), said);
    }

    #[test]
    fn nothing_stands_beside_a_reference() {
        let named = json!({"$ref": "#/components/schemas/Line", "description": "The reason."});
        let schema = json!({"properties": {"reason": named}});
        let bare = json!({"properties": {"reason": {"$ref": "#/components/schemas/Line"}}});
        assert_eq!(lowered(schema), bare);
    }

    #[test]
    fn names_and_examples_are_no_words_of_the_format() {
        let schema = json!({
            "properties": {"const": {"type": "string"}, "links": {"type": "string"}},
            "example": {"const": "a", "links": ["b"], "type": ["x", "null"]}
        });
        assert_eq!(lowered(schema.clone()), schema);
    }

    #[test]
    fn the_root_says_which_version_it_is() {
        let root =
            json!({"openapi": "3.1.0", "info": {"license": {"name": "A", "identifier": "A"}}});
        let old = json!({"openapi": "3.0.3", "info": {"license": {"name": "A"}}});
        assert_eq!(to_30(root), old);
    }
}

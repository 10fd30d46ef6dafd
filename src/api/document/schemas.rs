//! Schemas as the contract wants them: what is sent in is closed, what is sent out stays open.
//!
//! A closed answer would break strict clients at the first new field; an open request would swallow a
//! misspelt one. So a schema that goes both ways becomes two: `Contact` as it is read, and
//! `ContactInput` as it is sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Where schemas are referred to.
const SCHEMAS: &str = "#/components/schemas/";

/// Names of schemas.
type Names = BTreeSet<String>;

/// Mends the schemas of a document whose operations and shared responses are complete.
pub(super) fn finish(document: &mut Value) {
    each_schema(document, |_, schema| {
        one_example(schema);
        lift_descriptions(schema);
        borrow_examples(schema);
    });
    let (sent, shown) = directions(document);
    let both: Names =
        sent.intersection(&shown).filter(|name| is_closed(document, name)).cloned().collect();
    add_inputs(document, &both);
    each_schema(document, |name, schema| {
        let is_sent =
            sent.contains(name) && !shown.contains(name) || input_of(name, &both).is_some();
        if is_sent {
            rename(schema, &both);
        } else {
            open(schema);
        }
    });
    each_request_body(document, |body| rename(body, &both));
}

/// Calls `mend` with the name and the schema of every component.
fn each_schema(document: &mut Value, mut mend: impl FnMut(&str, &mut Value)) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        mend(name, schema);
    }
}

/// Calls `mend` with the request body of every operation that has one.
fn each_request_body(document: &mut Value, mut mend: impl FnMut(&mut Value)) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations =
        paths.into_iter().flatten().filter_map(|(_, item)| item.as_object_mut()).flatten();
    operations.filter_map(|(_, operation)| operation.get_mut("requestBody")).for_each(&mut mend);
}

/// The generator lists examples; readers of 3.0 and most tools know one.
fn one_example(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(examples)) = object.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        object.insert("example".to_owned(), first);
    }
}

/// A property that may be null says what it is itself, not in one of its alternatives.
fn lift_descriptions(schema: &mut Value) {
    for (_, property) in properties(schema) {
        let said = property.pointer_mut("/oneOf/0").and_then(Value::as_object_mut);
        let said = said.and_then(|alternative| alternative.remove("description"));
        if let (Some(said), Some(property)) = (said, property.as_object_mut()) {
            property.insert("description".to_owned(), said);
        }
    }
}

/// A property without an example has the one that its schema's example shows.
fn borrow_examples(schema: &mut Value) {
    let whole = schema.get("example").cloned().unwrap_or(Value::Null);
    for (name, property) in properties(schema) {
        let is_elsewhere = property.get("$ref").is_some() || property.get("example").is_some();
        if let (false, Some(example), Some(property)) =
            (is_elsewhere, whole.get(name), property.as_object_mut())
        {
            property.insert("example".to_owned(), example.clone());
        }
    }
}

/// The properties of a schema.
fn properties(schema: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
}

/// Leaves room for fields of later versions, and promises those that are there always: a field of an
/// answer that can be null is null, not absent.
fn open(schema: &mut Value) {
    let nullable: Vec<String> = properties(schema)
        .filter(|(_, property)| may_be_null(property))
        .map(|(name, _)| name.clone())
        .collect();
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("additionalProperties");
    if nullable.is_empty() {
        return;
    }
    let required = object.entry("required").or_insert_with(|| json!([]));
    for name in nullable {
        if let Some(required) =
            required.as_array_mut().filter(|required| !required.contains(&json!(name)))
        {
            required.push(json!(name));
        }
    }
}

/// Whether a schema says that null is one of its values.
fn may_be_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    let in_types =
        schema.get("type").and_then(Value::as_array).is_some_and(|types| types.iter().any(is_null));
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    in_types
        || alternatives
            .is_some_and(|all| all.iter().any(|one| one.get("type").is_some_and(is_null)))
}

/// Whether a schema refuses fields that it does not know.
fn is_closed(document: &Value, name: &str) -> bool {
    component(document, name).and_then(|schema| schema.get("additionalProperties"))
        == Some(&Value::Bool(false))
}

fn component<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    document.get("components")?.get("schemas")?.get(name)
}

/// The name under which a schema that goes both ways is sent.
fn input(name: &str) -> String {
    format!("{name}Input")
}

/// The schema that `name` is the input of.
fn input_of<'a>(name: &'a str, both: &Names) -> Option<&'a str> {
    name.strip_suffix("Input").filter(|name| both.contains(*name))
}

/// Adds the closed copies.
fn add_inputs(document: &mut Value, both: &Names) {
    let copies: Map<String, Value> = both
        .iter()
        .filter_map(|name| Some((input(name), component(document, name)?.clone())))
        .collect();
    if let Some(schemas) =
        document.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
    {
        schemas.extend(copies);
    }
}

/// Lets every reference to a schema that goes both ways lead to the one that is sent.
fn rename(value: &mut Value, both: &Names) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, both)),
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref")
                && let Some(name) =
                    reference.strip_prefix(SCHEMAS).filter(|name| both.contains(*name))
            {
                *reference = format!("{SCHEMAS}{}", input(name));
            }
            object.values_mut().for_each(|inner| rename(inner, both));
        }
        _ => {}
    }
}

/// The schemas that requests lead to, and those that answers lead to.
fn directions(document: &Value) -> (Names, Names) {
    let (mut sent, mut shown) = (Names::new(), Names::new());
    let paths = document.get("paths").and_then(Value::as_object);
    let operations = paths.into_iter().flatten().filter_map(|(_, item)| item.as_object()).flatten();
    for (_, operation) in operations {
        gather(document, operation.get("requestBody"), &mut sent);
        gather(document, operation.get("responses"), &mut shown);
    }
    gather(document, document.pointer("/components/responses"), &mut shown);
    (sent, shown)
}

/// Every schema that can be reached from a part of the document.
fn gather(document: &Value, part: Option<&Value>, names: &mut Names) {
    match part {
        Some(Value::Array(items)) => {
            for item in items {
                gather(document, Some(item), names);
            }
        }
        Some(Value::Object(object)) => {
            let reference =
                object.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix(SCHEMAS));
            if let Some(name) = reference
                && names.insert(name.to_owned())
            {
                gather(document, component(document, name), names);
            }
            object.values().for_each(|inner| gather(document, Some(inner), names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        let media = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": format!("{SCHEMAS}{name}")}}}});
        let nullable = json!({"oneOf": [{"$ref": format!("{SCHEMAS}Line"), "description": "Said."}, {"type": "null"}]});
        json!({
            "paths": {"/things": {"post": {"requestBody": media("Create"), "responses": {"201": media("Thing")}}}},
            "components": {"schemas": {
                "Create": {"additionalProperties": false, "properties": {"part": {"$ref": format!("{SCHEMAS}Part")}}},
                "Thing": {"properties": {"part": {"$ref": format!("{SCHEMAS}Part")}, "note": nullable}, "required": ["part"]},
                "Part": {"additionalProperties": false, "example": {"size": 3}, "properties": {"size": {"type": "integer"}}},
                "Line": {"type": "string", "examples": ["a", "b"]}
            }}
        })
    }

    #[test]
    fn a_schema_that_goes_both_ways_becomes_two() {
        let mut document = sample();
        finish(&mut document);
        let at = |pointer: &str| document.pointer(&format!("/components/schemas/{pointer}"));
        assert_eq!(
            at("Create/properties/part/$ref"),
            Some(&json!("#/components/schemas/PartInput"))
        );
        assert_eq!(at("Thing/properties/part/$ref"), Some(&json!("#/components/schemas/Part")));
        assert_eq!(at("PartInput/additionalProperties"), Some(&json!(false)));
        assert_eq!(at("Part/additionalProperties"), None);
    }

    #[test]
    fn what_an_answer_can_say_null_to_is_always_there() {
        let mut document = sample();
        finish(&mut document);
        assert_eq!(
            document.pointer("/components/schemas/Thing/required"),
            Some(&json!(["part", "note"]))
        );
        assert_eq!(
            document.pointer("/components/schemas/Thing/properties/note/description"),
            Some(&json!("Said."))
        );
    }

    #[test]
    fn examples_stand_alone_and_reach_the_properties() {
        let mut document = sample();
        finish(&mut document);
        assert_eq!(
            document.pointer("/components/schemas/Line"),
            Some(&json!({"type": "string", "example": "a"}))
        );
        assert_eq!(
            document.pointer("/components/schemas/Part/properties/size/example"),
            Some(&json!(3))
        );
    }
}

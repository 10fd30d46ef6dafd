//! Links: what can be done with a thing that was just made.

use serde_json::{Map, Value, json};

/// Links from what a POST on a collection makes to every operation on it and below it, as far as its id
/// is all that they need to know.
pub(super) fn from(document: &Value, collection: &str) -> Map<String, Value> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut links = Map::new();
    for (path, item) in paths.into_iter().flatten() {
        let Some(parameter) = one_more(collection, path) else { continue };
        for (_, operation) in item.as_object().into_iter().flatten() {
            if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                links.insert(id.to_owned(), link(operation, id, (collection, parameter)));
            }
        }
    }
    links
}

/// The parameter that `path` has beyond those of the collection; none if it has more, or lies elsewhere.
fn one_more<'a>(collection: &str, path: &'a str) -> Option<&'a str> {
    let mut parameters = parameters(path.strip_prefix(collection)?.strip_prefix('/')?);
    let first = parameters.next()?;
    parameters.next().is_none().then_some(first)
}

/// The names of the parameters in a path.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// How to call an operation on what was made.
fn link(operation: &Value, id: &str, (collection, parameter): (&str, &str)) -> Value {
    let mut values = Map::new();
    for outer in parameters(collection) {
        values.insert(outer.to_owned(), json!(format!("$request.path.{outer}")));
    }
    values.insert(parameter.to_owned(), json!("$response.body#/id"));
    if operation.get("x-if-match").is_some() {
        values.insert("If-Match".to_owned(), json!("$response.header.ETag"));
    }
    json!({
        "operationId": id,
        "parameters": values,
        "description": operation.get("summary").cloned().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_knows_the_id_of_what_was_made_and_nothing_else() {
        assert_eq!(one_more("/camps", "/camps/{camp}"), Some("camp"));
        assert_eq!(one_more("/camps", "/camps/{camp}/close"), Some("camp"));
        assert_eq!(one_more("/camps/{camp}/owners", "/camps/{camp}/owners/{owner}"), Some("owner"));
        for elsewhere in ["/camps", "/camps/{camp}/owners/{owner}", "/campsites/{site}"] {
            assert_eq!(one_more("/camps", elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_link_hands_the_version_on() {
        let operation = json!({"summary": "Update a camp", "x-if-match": "required"});
        let values = json!({"camp": "$response.body#/id", "If-Match": "$response.header.ETag"});
        let made = link(&operation, "update_camp", ("/camps", "camp"));
        assert_eq!(made.get("parameters"), Some(&values));
    }
}

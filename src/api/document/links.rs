//! Links: what can be done with a thing that was just made.

use serde_json::{Map, Value, json};

/// Links from what a POST on a collection makes to every operation on it and below it, as far as its id
/// is all that they need to know.
pub(super) fn from(document: &Value, collection: &str) -> Map<String, Value> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut links = Map::new();
    let elsewhere = elsewhere(collection);
    for (path, item) in paths.into_iter().flatten() {
        let there = std::iter::once(collection).chain(elsewhere.as_deref());
        let mut found = there.filter_map(|of| Some((of, one_more(of, path)?)));
        let Some((collection, parameter)) = found.next() else { continue };
        for (_, operation) in item.as_object().into_iter().flatten() {
            if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                links.insert(id.to_owned(), link(operation, id, (collection, parameter)));
            }
        }
    }
    links
}

/// Where what is made in a collection of one thing stands by itself, if it does: what is attached to a ticket is found
/// among all attachments.
fn elsewhere(collection: &str) -> Option<String> {
    let (of, name) = collection.rsplit_once('/')?;
    of.contains('{').then(|| format!("/v1/{name}"))
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
    fn what_is_made_below_one_thing_may_stand_by_itself() {
        assert_eq!(elsewhere("/v1/camps/{camp}/owners").as_deref(), Some("/v1/owners"));
        assert_eq!(elsewhere("/v1/camps"), None);
        let read = json!({"get": {"operationId": "read_owner"}});
        let document = json!({"paths": {"/v1/owners/{owner}": read}});
        let links = from(&document, "/v1/camps/{camp}/owners");
        let values = links.get("read_owner").and_then(|link| link.get("parameters"));
        assert_eq!(values, Some(&json!({"owner": "$response.body#/id"})));
    }

    #[test]
    fn a_link_hands_the_version_on() {
        let operation = json!({"summary": "Update a camp", "x-if-match": "required"});
        let values = json!({"camp": "$response.body#/id", "If-Match": "$response.header.ETag"});
        let made = link(&operation, "update_camp", ("/camps", "camp"));
        assert_eq!(made.get("parameters"), Some(&values));
    }
}

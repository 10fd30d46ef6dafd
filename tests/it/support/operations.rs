//! The operations of the document, for proofs that grow by themselves.

use caredesk::api::document::Document;
use caredesk_core::domain::account::Role;
use serde_json::Value;

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
        pairs.iter().fold(self.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
    }

    /// Whether it is open to everybody.
    pub(crate) fn is_public(&self) -> bool {
        self.value["security"] == serde_json::json!([{}])
    }

    /// The action it asks for.
    pub(crate) fn action(&self) -> &str {
        self.value["x-action"].as_str().unwrap_or_else(|| panic!("{} names no x-action", self.id))
    }

    /// Whether it changes something.
    pub(crate) fn changes(&self) -> bool {
        self.method != reqwest::Method::GET
    }

    /// The example of its body, if it has one.
    pub(crate) fn example(&self, document: &Value) -> Option<Value> {
        let schema = self.value.pointer("/requestBody/content/application~1json/schema/$ref")?.as_str()?;
        let name = schema.rsplit('/').next()?;
        document.pointer(&format!("/components/schemas/{name}/example")).cloned()
    }
}

/// Every operation of the document.
pub(crate) fn operations() -> (Value, Vec<Operation>) {
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
}

/// Every role that can sign in.
pub(crate) fn roles() -> &'static [Role] {
    Role::ALL
}

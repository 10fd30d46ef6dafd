//! An answer, with what tests ask of it.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) raw: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let raw = response.text().await.expect("a whole answer");
        let body = serde_json::from_str(&raw).unwrap_or(Value::Null);
        Self { status, headers, body, raw }
    }

    /// Demands a status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.raw);
        self
    }

    /// Demands a problem with this code, whole and true to its status.
    #[track_caller]
    #[expect(
        clippy::wrong_self_convention,
        reason = "reads like a sentence and hands the answer on"
    )]
    pub(crate) fn is_refused(self, code: &str) -> Self {
        assert_eq!(self.body["code"], code, "{} {}", self.status, self.raw);
        assert_eq!(self.body["status"], self.status.as_u16());
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        self
    }

    /// Demands that the problem names these places, and no others.
    #[track_caller]
    pub(crate) fn at(self, pointers: &[&str]) -> Self {
        let mut found: Vec<&str> = self.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        let mut pointers = pointers.to_vec();
        pointers.sort_unstable();
        assert_eq!(found, pointers, "{}", self.raw);
        self
    }

    /// A text of the body, by its JSON pointer.
    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.raw)).to_owned()
    }

    /// A header, empty if it is absent.
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// The `ETag`.
    pub(crate) fn etag(&self) -> String {
        self.header("etag")
    }
}

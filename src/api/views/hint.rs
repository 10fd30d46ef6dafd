//! What an author is told of what was masked.

use caredesk_core::policy::pii::{Hint, Instead, Label};
use serde::Serialize;
use utoipa::ToSchema;

/// What of a text was masked, or may be personal and was left: for its author.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "label": "PERSON_NAME", "is_masked": true, "count": 1, "instead": "child_class_or_user_id"}))]
pub(in crate::api) struct TicketHint {
    /// What kind of personal data.
    label: Label,
    /// Whether it was masked; false for what may be personal and was left.
    is_masked: bool,
    /// How often.
    #[schema(minimum = 1, maximum = 100_000, format = "int32", example = 1)]
    count: i32,
    /// What to write instead.
    instead: Instead,
}

impl From<Hint> for TicketHint {
    fn from(of: Hint) -> Self {
        Self {
            label: of.label,
            is_masked: of.is_masked,
            count: i32::try_from(of.count).unwrap_or(i32::MAX),
            instead: of.instead,
        }
    }
}

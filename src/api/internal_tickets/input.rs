//! What is taken about internal tickets.

use caredesk_core::domain::ids::InternalTicketId;
use caredesk_core::domain::internal_ticket::{
    InternalTicketKind, InternalTicketPriority, InternalTicketState,
};
use caredesk_core::domain::{Line, ReportText};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::extract::{Body, Parameters};

/// Which internal ticket.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct InternalTicketPath {
    /// The internal ticket's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e31")]
    pub(super) internal_ticket_id: InternalTicketId,
}

/// Which internal tickets to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct InternalTicketFilter {
    /// Only in this state.
    #[param(nullable = false, example = "reported")]
    pub(super) state: Option<InternalTicketState>,
    /// Only of this kind.
    #[param(nullable = false, example = "bug")]
    pub(super) kind: Option<InternalTicketKind>,
    /// Only of this priority.
    #[param(nullable = false, example = "high")]
    pub(super) priority: Option<InternalTicketPriority>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub(super) limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub(super) cursor: Option<String>,
}
impl Parameters for InternalTicketFilter {}

/// In which pages to show what was said.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct InternalTicketCommentFilter {
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub(super) limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, of the same internal ticket.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub(super) cursor: Option<String>,
}
impl Parameters for InternalTicketCommentFilter {}

/// What the desk asks of its developers, without personal data.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "bug", "title": "The list of invitations stays empty",
    "text": "After a filter was removed the list stays empty until the page is loaded again.", "priority": "high"}))]
pub(super) struct CreateInternalTicket {
    /// What it asks for.
    pub(super) kind: InternalTicketKind,
    /// In one line.
    pub(super) title: Line,
    /// In full: what happens, what should happen, and the steps. People are named by the ids of their records.
    pub(super) text: ReportText,
    /// How soon it is wanted; for a bug `high` if absent, else `normal`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) priority: Option<InternalTicketPriority>,
}
impl Body for CreateInternalTicket {}

impl CreateInternalTicket {
    /// How soon it is wanted.
    pub(super) fn priority(&self) -> InternalTicketPriority {
        self.priority.unwrap_or(match self.kind {
            InternalTicketKind::Bug => InternalTicketPriority::High,
            InternalTicketKind::FeatureRequest => InternalTicketPriority::Normal,
        })
    }
}

/// What changes about an internal ticket; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"priority": "urgent"}))]
pub(super) struct UpdateInternalTicket {
    /// In one line.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) title: Option<Line>,
    /// In full.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) text: Option<ReportText>,
    /// How soon it is wanted.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) priority: Option<InternalTicketPriority>,
}
impl Body for UpdateInternalTicket {}

/// Why an internal ticket will not be worked on.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The page is replaced in the next release."}))]
pub(super) struct DeclineInternalTicket {
    /// Why; it becomes a comment.
    pub(super) reason: ReportText,
}
impl Body for DeclineInternalTicket {}

/// Something to say about an internal ticket, without personal data.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "It happens in Firefox only."}))]
pub(super) struct CreateInternalTicketComment {
    /// What is to be said.
    pub(super) text: ReportText,
}
impl Body for CreateInternalTicketComment {}

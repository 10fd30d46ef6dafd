//! What is shown of internal tickets.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, InternalTicketCommentId, InternalTicketId};
use caredesk_core::domain::internal_ticket::{
    self as domain, InternalTicketKind, InternalTicketPriority, InternalTicketState,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{Line, ReportText};
use caredesk_core::policy::ActionKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, page};

/// What can be done with an internal ticket, in the order of a menu.
const MENU: [ActionKind; 7] = [
    ActionKind::AcceptInternalTicket,
    ActionKind::StartInternalTicket,
    ActionKind::ShipInternalTicket,
    ActionKind::DeclineInternalTicket,
    ActionKind::ReopenInternalTicket,
    ActionKind::UpdateInternalTicket,
    ActionKind::CommentInternalTicket,
];

/// An internal ticket: what the desk asks of its developers. It holds no personal data.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e31", "number": "T-000045", "kind": "bug",
    "title": "The list of invitations stays empty",
    "text": "After a filter was removed the list stays empty until the page is loaded again.",
    "priority": "high", "state": "reported", "linked_tickets": 3,
    "raised_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13", "created_at": "2026-11-21T09:30:00Z",
    "updated_at": "2026-11-21T09:30:00Z", "ended_at": null, "version": 1,
    "allowed_actions": [{"action": "internal_ticket.accept", "allowed": true, "barred_by": null}]}))]
pub(super) struct InternalTicket {
    /// Its id.
    id: InternalTicketId,
    /// Its running number: it identifies and never authorises.
    #[schema(min_length = 8, max_length = 21, pattern = "^T-[0-9]{6,19}$", example = "T-000045")]
    number: String,
    /// What it asks for.
    kind: InternalTicketKind,
    /// In one line.
    title: Line,
    /// In full.
    text: ReportText,
    /// How soon it is wanted.
    priority: InternalTicketPriority,
    /// How far it is.
    state: InternalTicketState,
    /// How many tickets wait for it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    linked_tickets: i64,
    /// Who raised it.
    raised_by: AccountId,
    /// When it was raised.
    created_at: Moment,
    /// When it last changed.
    updated_at: Moment,
    /// When it was shipped or declined; null before.
    ended_at: Option<Moment>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now; what is allowed comes first.
    #[schema(max_items = 10)]
    allowed_actions: Vec<AllowedAction>,
}

/// An internal ticket in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e31", "number": "T-000045", "kind": "bug",
    "title": "The list of invitations stays empty", "priority": "high", "state": "reported", "linked_tickets": 3,
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z"}))]
pub(super) struct InternalTicketSummary {
    /// Its id.
    id: InternalTicketId,
    /// Its running number.
    #[schema(min_length = 8, max_length = 21, pattern = "^T-[0-9]{6,19}$", example = "T-000045")]
    number: String,
    /// What it asks for.
    kind: InternalTicketKind,
    /// In one line.
    title: Line,
    /// How soon it is wanted.
    priority: InternalTicketPriority,
    /// How far it is.
    state: InternalTicketState,
    /// How many tickets wait for it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    linked_tickets: i64,
    /// When it was raised.
    created_at: Moment,
    /// When it last changed.
    updated_at: Moment,
}

page! {
    /// A page of internal tickets.
    InternalTicketPage of InternalTicketSummary, example {"data": [], "next_cursor": null}
}

/// What an agent or a developer said about an internal ticket. It is never changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e32", "text": "It happens in Firefox only.",
    "author_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13", "author_role": "developer",
    "created_at": "2026-11-21T10:05:00Z"}))]
pub(super) struct InternalTicketComment {
    /// Its id.
    id: InternalTicketCommentId,
    /// What was said.
    text: ReportText,
    /// Who said it.
    author_id: AccountId,
    /// What they were then.
    author_role: Role,
    /// When it was said.
    created_at: Moment,
}

page! {
    /// A page of what was said about an internal ticket.
    InternalTicketCommentPage of InternalTicketComment, example {"data": [], "next_cursor": null}
}

impl InternalTicket {
    /// An internal ticket as `actor` sees it now.
    pub(super) fn seen(ticket: domain::InternalTicket, actor: &Actor, now: Moment) -> Self {
        let allowed_actions = allowed_actions(&MENU, actor, &ticket.facts(), now);
        Self {
            id: ticket.id,
            number: ticket.number.to_string(),
            kind: ticket.kind,
            title: ticket.title,
            text: ticket.text,
            priority: ticket.priority,
            state: ticket.state,
            linked_tickets: ticket.linked,
            raised_by: ticket.raised_by,
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
            ended_at: ticket.ended_at,
            version: ticket.version,
            allowed_actions,
        }
    }
}

impl From<domain::InternalTicket> for InternalTicketSummary {
    fn from(ticket: domain::InternalTicket) -> Self {
        Self {
            id: ticket.id,
            number: ticket.number.to_string(),
            kind: ticket.kind,
            title: ticket.title,
            priority: ticket.priority,
            state: ticket.state,
            linked_tickets: ticket.linked,
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
        }
    }
}

impl From<domain::InternalTicketComment> for InternalTicketComment {
    fn from(comment: domain::InternalTicketComment) -> Self {
        Self {
            id: comment.id,
            text: comment.text,
            author_id: comment.author,
            author_role: comment.author_role,
            created_at: comment.created_at,
        }
    }
}

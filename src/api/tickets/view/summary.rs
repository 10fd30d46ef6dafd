//! A ticket as lists have it.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::ids::{AccountId, TenantId, TicketId};
use caredesk_core::domain::ticket::{
    Priority, Resolution, TicketKind, TicketState, TicketTarget, Tier,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::TicketSight;
use caredesk_core::policy::desk::{Channel, RequestType, RequesterKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::people::{TicketPerson, is_of_desk};
use crate::api::views::page;
use crate::service::tickets::ListedTicket;
use crate::store::tickets as store;

/// A ticket in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "number": "C-000123", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "kind": "ordinary", "state": "open", "tier": 1, "priority": "high", "resolution": null,
    "request_type": "technical.error.report", "channel": "portal", "subject": "The health history page does not load",
    "requester_kind": "support_user",
    "requester": {"role": "support_user", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "number": "U-000123",
        "name": null, "contact": null},
    "assignee_id": null, "assignee_name": null, "first_answered_at": null,
    "first_answer_due_at": "2026-11-23T15:00:00Z", "resolution_due_at": "2026-11-25T13:00:00Z", "breached_targets": [],
    "closed_at": null, "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", "version": 1}))]
pub(in crate::api) struct TicketSummary {
    /// Its id.
    id: TicketId,
    /// The case number: it identifies and proves nothing.
    #[schema(min_length = 8, max_length = 21, pattern = "^C-[0-9]{6,19}$", example = "C-000123")]
    number: String,
    /// The organisation that it is about.
    tenant_id: TenantId,
    /// Whether it is an emergency.
    kind: TicketKind,
    /// How far it has come.
    state: TicketState,
    /// Which of the desk's teams has it.
    tier: Tier,
    /// How soon it wants an answer.
    priority: Priority,
    /// How it ended; null while it has not.
    resolution: Option<Resolution>,
    /// What is asked for.
    request_type: RequestType,
    /// By which way it came.
    channel: Channel,
    /// What it is about: masked, but for whoever asks and their organisation; null where texts are not for this
    /// reader.
    #[schema(
        max_length = 2000,
        pattern = "^[^\\x00]*$",
        example = "The health history page does not load"
    )]
    subject: Option<String>,
    /// As what the requester was judged.
    requester_kind: RequesterKind,
    /// Who asks.
    requester: TicketPerson,
    /// Who has it at the desk; null while nobody has, and for everybody outside the desk.
    assignee_id: Option<AccountId>,
    /// What they are called.
    assignee_name: Option<PersonName>,
    /// When the desk answered first; null while it has not.
    first_answered_at: Option<Moment>,
    /// When the desk should have answered first; null while that stands still, and for everybody outside the desk.
    first_answer_due_at: Option<Moment>,
    /// When it should be resolved; null while that stands still, and for everybody outside the desk.
    resolution_due_at: Option<Moment>,
    /// What of that was missed; empty for everybody outside the desk.
    #[schema(max_items = 2)]
    breached_targets: Vec<TicketTarget>,
    /// When it was closed; null while it is not.
    closed_at: Option<Moment>,
    /// When it was opened.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 1)]
    version: i64,
}

page! {
    /// A page of tickets.
    TicketPage of TicketSummary, example {"data": [], "next_cursor": null}
}

impl TicketSummary {
    /// A ticket in a list, as somebody sees it.
    pub(in crate::api) fn seen(listed: ListedTicket, sight: TicketSight, now: Moment) -> Self {
        let store::Ticket { number, row, requester, assignee } = listed.ticket;
        let requester = requester.map(|who| TicketPerson::of(row.requester_id, &who, sight));
        let of_desk = is_of_desk(sight);
        let breached_targets = if of_desk { row.missed(now) } else { Vec::new() };
        Self {
            id: row.id,
            number: number.to_string(),
            tenant_id: row.tenant_id,
            kind: row.kind,
            state: row.state,
            tier: row.tier,
            priority: row.priority,
            resolution: row.resolution,
            request_type: row.request_type,
            channel: row.channel,
            subject: listed.subject,
            requester_kind: row.requester,
            requester: requester.unwrap_or(TicketPerson::NOBODY),
            assignee_id: row.assignee_id.filter(|_| of_desk),
            assignee_name: assignee.filter(|_| of_desk),
            first_answered_at: row.first_answered_at,
            first_answer_due_at: row.first_answer_due_at.filter(|_| of_desk),
            resolution_due_at: row.resolution_due_at.filter(|_| of_desk),
            breached_targets,
            closed_at: row.closed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

//! What was said on a ticket, and what happened to it.

use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::ids::{
    AccountId, AttachmentId, InternalTicketId, TicketEntryId, TicketId,
};
use caredesk_core::domain::internal_ticket::InternalTicketState;
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{
    EntryKind, ObjectionState, Priority, Resolution, TicketEvent, TicketField, TicketTarget,
    TierTwoAction,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::desk::RequestType;
use caredesk_core::policy::{HelpfulDetail, TextSight, TicketSight};
use serde::Serialize;
use utoipa::ToSchema;

use super::people::{TicketPerson, is_of_desk};
use crate::api::directory::SupportPerson;
use crate::api::views::hint::TicketHint;
use crate::api::views::page;
use crate::service::tickets::Told;
use crate::store::directory::Helper;

/// Something that was said on a ticket, or that happened to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e42", "at": "2026-11-21T09:30:00Z", "kind": "reply", "transition": "open",
    "is_internal": false, "author_kind": "support_user",
    "author": {"role": "support_user", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "number": "U-000123",
        "name": null, "contact": null},
    "text": "Since this morning the page stays white for child K-20431, in Firefox 160.", "is_masked": false, "hints": [],
    "contacts": [], "people": [], "assignee_id": null, "priority": null, "request_type": null, "resolution": null,
    "other_ticket_id": null, "tier2_action": null, "event": null, "target": null, "attachment_id": null, "attachment_state": null,
    "verification": null, "claimed_account_id": null, "revealed": null, "objection": null, "other_entry_id": null,
    "internal_ticket_id": null, "internal_ticket_state": null,
    "details": [], "added_watcher_id": null, "removed_watcher_id": null}))]
pub(in crate::api) struct TicketEntry {
    /// Its id.
    id: TicketEntryId,
    /// When.
    at: Moment,
    /// Whether it was said to all, among the desk's people, or happened.
    kind: EntryKind,
    /// The step that the ticket took with it; null if it took none.
    transition: Option<Transition>,
    /// Whether it is the desk's alone.
    is_internal: bool,
    /// As what its author acted: a role, or `system`, `operator`, `public` or `caller`.
    #[schema(min_length = 3, max_length = 40, pattern = "^[a-z0-9_]+$", example = "support_user")]
    author_kind: String,
    /// Who that was.
    author: TicketPerson,
    /// What was said; null for what happened without words, and where texts are not for this reader.
    #[schema(
        max_length = 200_000,
        pattern = "^[^\\x00]*$",
        example = "Since this morning the page stays white for child K-20431, in Firefox 160."
    )]
    text: Option<String>,
    /// Whether something of it is masked for this reader.
    is_masked: bool,
    /// What was masked, for whoever wrote it; in the first entry, of the subject, too. Empty for others.
    #[schema(max_items = 40)]
    hints: Vec<TicketHint>,
    /// Whom to turn to, for whoever is sent there.
    #[schema(max_items = 10)]
    contacts: Vec<Contact>,
    /// Whom to turn to among one's own people, for users of the organisation; empty for everybody else.
    #[schema(max_items = 20)]
    people: Vec<SupportPerson>,
    /// Who has the ticket by it; null if that did not change, and for everybody outside the desk.
    assignee_id: Option<AccountId>,
    /// How urgent it is by it; null if that did not change.
    priority: Option<Priority>,
    /// What is asked for by it; null if that did not change.
    request_type: Option<RequestType>,
    /// How the ticket ended by it; null if it did not.
    resolution: Option<Resolution>,
    /// The other ticket that it is about; null if there is none.
    other_ticket_id: Option<TicketId>,
    /// What the second tier did; null if it is about something else.
    tier2_action: Option<TierTwoAction>,
    /// What happened beside a step of the ticket; null if nothing did.
    event: Option<TicketEvent>,
    /// The target that was missed; null if none was.
    target: Option<TicketTarget>,
    /// The attachment that it is about; null if it is about none.
    attachment_id: Option<AttachmentId>,
    /// What became of that attachment; null if it is about none.
    attachment_state: Option<AttachmentState>,
    /// What proof there is by it of who asks; null if it is about something else.
    verification: Option<Verification>,
    /// The account that the caller says is theirs, and that is proved by nothing; null if none was named, and for
    /// everybody outside the desk.
    claimed_account_id: Option<AccountId>,
    /// Which field was shown to an agent as it was written; null if it is about something else.
    revealed: Option<TicketField>,
    /// What has become of an objection by it; null if it is about something else.
    objection: Option<ObjectionState>,
    /// The other entry that it is about; null if there is none.
    other_entry_id: Option<TicketEntryId>,
    /// The internal ticket that it is about; null if there is none, and for everybody but the second tier.
    internal_ticket_id: Option<InternalTicketId>,
    /// How far that came with it; null like `internal_ticket_id`.
    internal_ticket_state: Option<InternalTicketState>,
    /// The details beside the words that were told with it, or that it is about; empty if there are none.
    #[schema(max_items = 7)]
    details: Vec<HelpfulDetail>,
    /// Who is in copy by it; null if nobody was added.
    added_watcher_id: Option<AccountId>,
    /// Who is in copy no more by it; null if nobody was taken out.
    removed_watcher_id: Option<AccountId>,
}

page! {
    /// A page of what was said on a ticket.
    TicketEntryPage of TicketEntry, example {"data": [], "next_cursor": null}
}

/// The people that an entry names, for whoever may know them: users of an organisation read what is their own alone.
fn people(named: Vec<Helper>, sight: TicketSight) -> Vec<SupportPerson> {
    let is_user = matches!(sight.text(), TextSight::OwnWords { tenant: Some(_), .. });
    let named = if is_user { named } else { Vec::new() };
    named.into_iter().map(SupportPerson::from).collect()
}

impl TicketEntry {
    /// An entry, as somebody sees it.
    pub(in crate::api) fn seen(told: Told, sight: TicketSight) -> Self {
        let author = TicketPerson::author(&told, sight);
        let of_desk = is_of_desk(sight);
        let Told { entry, text, is_masked, is_own } = told;
        let hints = if is_own { entry.hints.0 } else { Vec::new() };
        let detail = entry.detail.0;
        let internal = detail.internal_ticket.filter(|_| sight.is_second_tiers());
        Self {
            id: entry.id,
            at: entry.at,
            kind: entry.kind,
            transition: entry.transition,
            is_internal: entry.is_internal,
            author_kind: entry.author,
            author,
            text,
            is_masked,
            hints: hints.into_iter().map(TicketHint::from).collect(),
            // The desk has them where it looks after the organisation.
            contacts: if of_desk { Vec::new() } else { detail.contacts },
            people: people(detail.people, sight),
            assignee_id: detail.assignee.filter(|_| of_desk),
            priority: detail.priority,
            request_type: detail.request_type,
            resolution: detail.resolution,
            other_ticket_id: detail.ticket,
            tier2_action: detail.action,
            event: detail.event,
            target: detail.target,
            attachment_id: detail.attachment,
            attachment_state: detail.attachment_state,
            verification: detail.verification,
            claimed_account_id: detail.claims.filter(|_| of_desk),
            revealed: detail.revealed.filter(|_| of_desk),
            objection: detail.objection,
            other_entry_id: detail.entry,
            internal_ticket_id: internal.map(|(id, _)| id),
            internal_ticket_state: internal.map(|(_, state)| state),
            details: detail.details,
            added_watcher_id: detail.watches,
            removed_watcher_id: detail.unwatches,
        }
    }
}

//! What is shown of tickets.

mod entries;
mod people;
mod summary;

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, ApplicationId, ArticleId, TenantId, TicketId};
use caredesk_core::domain::ticket::flow::InternalTickets;
use caredesk_core::domain::ticket::{
    Priority, Resolution, TicketKind, TicketState, TicketTag, TicketTarget, Tier,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::browsers::BrowserSupport;
use caredesk_core::policy::desk::{Channel, Outcome, RequestType, RequesterKind};
use caredesk_core::policy::{ActionKind, HelpfulDetail};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(in crate::api) use entries::{TicketEntry, TicketEntryPage};
use people::is_of_desk;
pub(in crate::api) use summary::{TicketPage, TicketSummary};

pub(super) use people::TicketPerson;

use super::details::{TicketDetailHint, TicketDetails};
use super::development::TicketInternalTicket;
use super::following::RelatedTicket;
use super::masking::TicketObjection;
use super::verification::AwaitedProof;
use crate::api::views::{AllowedAction, allowed_actions};
use crate::service::tickets::Shown;
use crate::store::tickets::TicketRow;

/// What a menu shows for a ticket, after what can be done with it now.
const MENU: [ActionKind; 26] = [
    ActionKind::ConfirmEmergency,
    ActionKind::DeclineEmergency,
    ActionKind::AssignTicket,
    ActionKind::OrganizationAnswered,
    ActionKind::ReplyToTicket,
    ActionKind::ReplyForCaller,
    ActionKind::AddTicketDetails,
    ActionKind::ReopenTicket,
    ActionKind::ResolveTicket,
    ActionKind::AskRequester,
    ActionKind::HandToOrganization,
    ActionKind::EscalateTicket,
    ActionKind::ReturnTicket,
    ActionKind::ReferTicket,
    ActionKind::MergeTicket,
    ActionKind::RetypeTicket,
    ActionKind::ReprioritiseTicket,
    ActionKind::WithdrawTicket,
    ActionKind::FollowUpTicket,
    ActionKind::RecordTicketAction,
    ActionKind::NoteOnTicket,
    ActionKind::VerifyRequester,
    ActionKind::WaitForDevelopment,
    ActionKind::RevealTicket,
    ActionKind::WatchTicket,
    ActionKind::ShareKnowledge,
];

/// A ticket, with the newest of what was said on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "number": "C-000123", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "kind": "ordinary", "state": "new", "tier": 1, "priority": "high", "resolution": null,
    "request_type": "technical.error.report", "outcome": "assist", "channel": "portal", "verification": "signed_in",
    "locale": "en", "application_id": null, "help_search_id": null,
    "subject": "The health history page does not load", "is_subject_masked": false, "is_confirmed_emergency": false,
    "organization_takes_part": false, "requester_kind": "support_user",
    "requester": {"role": "support_user", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "number": "U-000123",
        "name": null, "contact": null},
    "assignee_id": null, "assignee_name": null, "first_answered_at": null,
    "first_answer_due_at": "2026-11-23T15:00:00Z", "resolution_due_at": "2026-11-25T13:00:00Z", "breached_targets": [],
    "closed_at": null, "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", "version": 1,
    "entries": [], "entries_cursor": null, "waits_for": [], "internal_tickets": [], "objections": [],
    "links": [], "tags": [], "details": null, "detail_hints": [],
    "details_to_add": ["error_message", "steps", "browser"], "browser_support": null, "browser_article_id": null,
    "allowed_actions": [{"action": "ticket.assign", "allowed": true, "barred_by": null}]}))]
pub(in crate::api) struct Ticket {
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
    /// What the policy said to it; `verify_first` and `authorize_first` wait for a proof.
    outcome: Outcome,
    /// By which way it came.
    channel: Channel,
    /// How it is known who asks.
    verification: Verification,
    /// The language its requester is written to in.
    locale: Locale,
    /// The application that it is about; null if it is about none.
    application_id: Option<ApplicationId>,
    /// The search of the help centre that went before, which `read_ticket_help_search` shows; null if none was asked
    /// for.
    #[schema(
        value_type = Option<String>,
        min_length = 36,
        max_length = 36,
        format = "uuid",
        example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e44"
    )]
    help_search_id: Option<Uuid>,
    /// What it is about; null where texts are not for this reader.
    #[schema(
        max_length = 2000,
        pattern = "^[^\\x00]*$",
        example = "The health history page does not load"
    )]
    subject: Option<String>,
    /// Whether something of that is masked for this reader.
    is_subject_masked: bool,
    /// Whether it was confirmed to be an emergency.
    is_confirmed_emergency: bool,
    /// Whether it was handed to the organisation, or the organisation gets a copy of what is said.
    organization_takes_part: bool,
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
    /// The newest of what was said on it, newest first.
    #[schema(max_items = 100)]
    entries: Vec<TicketEntry>,
    /// Where `GET /v1/tickets/{ticket_id}/entries` goes on; null if that was all.
    #[schema(max_length = 600, pattern = "^[A-Za-z0-9_-]+$", example = "q1w2e3r4t5")]
    entries_cursor: Option<String>,
    /// The proofs that are missing, in the policy's words, while it waits for one; empty for everybody outside the
    /// desk.
    #[schema(max_items = 60)]
    waits_for: Vec<AwaitedProof>,
    /// The internal tickets that it waits for, or waited for; empty for everybody but the second tier.
    #[schema(max_items = 100)]
    internal_tickets: Vec<TicketInternalTicket>,
    /// What authors said against the masking of their words, newest first; empty for everybody but the second tier.
    #[schema(max_items = 100)]
    objections: Vec<TicketObjection>,
    /// The other tickets that it has to do with, as far as this reader sees them.
    #[schema(max_items = 100)]
    links: Vec<RelatedTicket>,
    /// What it is marked with.
    #[schema(max_items = 10)]
    tags: Vec<TicketTag>,
    /// What was told beside the words; null if nothing was, and where texts are not for this reader.
    details: Option<TicketDetails>,
    /// What of that was masked, for whoever told it and their organisation; empty for others.
    #[schema(max_items = 7)]
    detail_hints: Vec<TicketDetailHint>,
    /// What would help the desk to help and was not told yet, the most telling first.
    #[schema(max_items = 7)]
    details_to_add: Vec<HelpfulDetail>,
    /// Whether the browser that was named is supported; null if none was.
    browser_support: Option<BrowserSupport>,
    /// The article that tells how to update a browser that is too old; null if it is not, or none is published.
    browser_article_id: Option<ArticleId>,
    /// What this caller may do with it now, the most useful first, and which rule bars the rest.
    #[schema(max_items = 40)]
    allowed_actions: Vec<AllowedAction>,
}

/// An emergency was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"reference": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e43"}))]
pub(in crate::api) struct EmergencyReceipt {
    /// To name when asking about the report. It proves nothing.
    #[schema(
        value_type = String,
        min_length = 36,
        max_length = 36,
        format = "uuid",
        example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e43"
    )]
    pub(in crate::api) reference: Uuid,
}

/// What somebody may do with a ticket now, and what bars the rest. What their role never does is no part of it.
fn menu(shown: &Shown, actor: &Actor, now: Moment) -> Vec<AllowedAction> {
    let mut facts = shown.whole.facts(now);
    if facts.flow.internal_tickets == InternalTickets::None {
        // The internal ticket that is waited for is named with the step.
        facts.flow.internal_tickets = InternalTickets::Pending;
    }
    let allowed = facts.allowed(actor, now);
    let rest = MENU.iter().filter(|kind| !allowed.contains(kind));
    let kinds: Vec<ActionKind> =
        allowed.iter().filter(|kind| MENU.contains(kind)).chain(rest).copied().collect();
    let judged = allowed_actions(&kinds, actor, &facts, now);
    let never =
        |action: &AllowedAction| action.barred_by.as_deref() != Some("action.not_permitted");
    judged.into_iter().filter(never).collect()
}

impl Ticket {
    /// A ticket, as `actor` sees it now; `cursor` is where its timeline goes on.
    pub(in crate::api) fn seen(
        shown: Shown,
        actor: &Actor,
        (now, cursor): (Moment, Option<String>),
    ) -> Self {
        let allowed_actions = menu(&shown, actor, now);
        let (sight, of_desk) = (shown.sight, is_of_desk(shown.sight));
        let (ticket, second_tier) = (shown.whole.ticket, shown.second_tier);
        let row: TicketRow = ticket.row;
        let breached_targets = if of_desk { row.missed(now) } else { Vec::new() };
        let waits =
            of_desk && matches!(row.outcome, Outcome::VerifyFirst | Outcome::AuthorizeFirst);
        let missing = if waits { shown.whole.missing } else { Vec::new() };
        let is_subject_masked =
            shown.whole.subject.is_some() && shown.subject.as_deref() == Some(row.subject.as_str());
        let known = ticket.requester.map(|who| TicketPerson::of(row.requester_id, &who, sight));
        let caller = shown.caller.map(TicketPerson::caller);
        let entries = shown.entries.rows.into_iter().map(|told| TicketEntry::seen(told, sight));
        Self {
            id: row.id,
            number: ticket.number.to_string(),
            tenant_id: row.tenant_id,
            kind: row.kind,
            state: row.state,
            tier: row.tier,
            priority: row.priority,
            resolution: row.resolution,
            request_type: row.request_type,
            outcome: row.outcome,
            channel: row.channel,
            verification: row.verification,
            locale: row.locale,
            application_id: row.application_id,
            help_search_id: row.help_search_id.map(|id| id.0),
            subject: shown.subject,
            is_subject_masked,
            is_confirmed_emergency: row.is_confirmed,
            organization_takes_part: row.organization_takes_part,
            requester_kind: row.requester,
            requester: known.or(caller).unwrap_or(TicketPerson::NOBODY),
            assignee_id: row.assignee_id.filter(|_| of_desk),
            assignee_name: ticket.assignee.filter(|_| of_desk),
            first_answered_at: row.first_answered_at,
            first_answer_due_at: row.first_answer_due_at.filter(|_| of_desk),
            resolution_due_at: row.resolution_due_at.filter(|_| of_desk),
            breached_targets,
            closed_at: row.closed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            entries: entries.collect(),
            entries_cursor: cursor,
            waits_for: missing.into_iter().map(AwaitedProof).collect(),
            internal_tickets: second_tier.internal_tickets.into_iter().map(Into::into).collect(),
            objections: second_tier.objections.into_iter().map(Into::into).collect(),
            tags: shown.beside.tags.clone(),
            details: TicketDetails::seen(&shown.beside),
            detail_hints: shown.beside.hinted.iter().cloned().map(Into::into).collect(),
            details_to_add: shown.beside.asked_for.clone(),
            browser_support: shown.beside.browser_support,
            browser_article_id: shown.beside.article,
            links: shown.related.into_iter().map(RelatedTicket::from).collect(),
            allowed_actions,
        }
    }
}

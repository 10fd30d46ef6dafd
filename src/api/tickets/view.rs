//! What is shown of tickets.

use caredesk_core::domain::account::{Locale, Realm, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::contact;
use caredesk_core::domain::ids::{
    AccountId, ApplicationId, ArticleId, TenantId, TicketEntryId, TicketId,
};
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{
    EntryKind, Priority, Resolution, TicketKind, TicketState, TicketTag, Tier, TierTwoAction,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::UserNumber;
use caredesk_core::domain::verification::Verification;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::browsers::BrowserSupport;
use caredesk_core::policy::desk::{Channel, Outcome, RequestType, RequesterKind};
use caredesk_core::policy::pii::Label;
use caredesk_core::policy::{
    ActionKind, HelpfulDetail, PeopleSight, TextSight, TicketFacts, TicketSight,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::details::TicketDetails;
use super::following::RelatedTicket;
use crate::api::views::{AllowedAction, allowed_actions, page};
use crate::service::tickets::{Shown, Told};
use crate::store::tickets::{self as store, Somebody, TicketRow};

/// What a menu shows for a ticket, after what can be done with it now.
const MENU: [ActionKind; 21] = [
    ActionKind::ConfirmEmergency,
    ActionKind::DeclineEmergency,
    ActionKind::AssignTicket,
    ActionKind::OrganizationAnswered,
    ActionKind::ReplyToTicket,
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
    ActionKind::WatchTicket,
    ActionKind::ShareKnowledge,
];

/// Somebody on a ticket, as far as the reader may know them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "role": "support_user", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "number": "U-000123",
    "name": null, "contact": null}))]
pub(in crate::api) struct TicketPerson {
    /// What they are; null of somebody without an account.
    role: Option<Role>,
    /// Their account; null if they have none, or it is not for this reader.
    account_id: Option<AccountId>,
    /// Their number in their organisation; null if they have none.
    #[schema(min_length = 8, max_length = 21, pattern = "^U-[0-9]{6,19}$", example = "U-000123")]
    number: Option<String>,
    /// Their name; null where it is not for this reader.
    name: Option<PersonName>,
    /// Where they are reached: in full, masked, or null where it is not for this reader.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[^\x00-\x1F\x7F]+$",
        example = "g***@m***.example"
    )]
    contact: Option<String>,
}

/// A ticket in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "number": "C-000123", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "kind": "ordinary", "state": "open", "tier": 1, "priority": "high", "resolution": null,
    "request_type": "technical.error.report", "channel": "portal", "subject": "The health history page does not load",
    "requester_kind": "support_user",
    "requester": {"role": "support_user", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "number": "U-000123",
        "name": null, "contact": null},
    "assignee_id": null, "assignee_name": null, "first_answered_at": null, "closed_at": null,
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", "version": 1}))]
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
    /// What it is about, masked but in lists of one's own; null where texts are not for this reader.
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

/// What of a text was masked, or may be personal and was left: for its author.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"label": "PERSON_NAME", "is_masked": true, "count": 1}))]
pub(in crate::api) struct TicketHint {
    /// What kind of personal data.
    label: Label,
    /// Whether it was masked; false for what may be personal and was left.
    is_masked: bool,
    /// How often.
    #[schema(minimum = 1, maximum = 100_000, format = "int32", example = 1)]
    count: i32,
}

/// Something that was said on a ticket, or that happened to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e42", "at": "2026-11-21T09:30:00Z", "kind": "reply", "transition": "open",
    "is_internal": false, "author_kind": "support_user",
    "author": {"role": "support_user", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "number": "U-000123",
        "name": null, "contact": null},
    "text": "Since this morning the page stays white for child K-20431, in Firefox 160.", "is_masked": false, "hints": [],
    "contacts": [], "assignee_id": null, "priority": null, "request_type": null, "resolution": null,
    "other_ticket_id": null, "tier2_action": null, "added_watcher_id": null, "removed_watcher_id": null}))]
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
    /// As what its author acted: a role, or `system`, `operator` or `public`.
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
    /// What was masked, for whoever wrote it; empty for others.
    #[schema(max_items = 40)]
    hints: Vec<TicketHint>,
    /// Whom to turn to, for whoever is sent there.
    #[schema(max_items = 10)]
    contacts: Vec<Contact>,
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
    /// Who is in copy by it; null if nobody was added.
    added_watcher_id: Option<AccountId>,
    /// Who is in copy no more by it; null if nobody was taken out.
    removed_watcher_id: Option<AccountId>,
}

page! {
    /// A page of what was said on a ticket.
    TicketEntryPage of TicketEntry, example {"data": [], "next_cursor": null}
}

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
    "assignee_id": null, "assignee_name": null, "first_answered_at": null, "closed_at": null,
    "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z", "version": 1,
    "entries": [], "entries_cursor": null, "links": [], "tags": [], "details": null,
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
    /// The search of the help centre that went before; null if none was asked for.
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
    /// The other tickets that it has to do with, as far as this reader sees them.
    #[schema(max_items = 100)]
    links: Vec<RelatedTicket>,
    /// What it is marked with.
    #[schema(max_items = 10)]
    tags: Vec<TicketTag>,
    /// What was told beside the words; null if nothing was, and where texts are not for this reader.
    details: Option<TicketDetails>,
    /// What would help the desk to help and was not told when it was opened, the most telling first.
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

impl TicketPerson {
    /// Nobody that is known.
    const NOBODY: Self =
        Self { role: None, account_id: None, number: None, name: None, contact: None };

    /// Somebody with an account.
    pub(super) fn of(id: Option<AccountId>, somebody: &Somebody, sight: TicketSight) -> Self {
        let is_named = sight.people() == PeopleSight::Named;
        let email = somebody.email.clone().map(contact::Contact::Email);
        let reached = email.or_else(|| somebody.phone.clone().map(contact::Contact::Phone));
        let masked = || {
            let is_family = somebody.role.realm() == Realm::Family;
            reached.as_ref().filter(|_| is_family).map(contact::Contact::masked)
        };
        let full = || reached.as_ref().map(|contact| contact.as_str().to_owned());
        Self {
            role: Some(somebody.role),
            account_id: id,
            number: somebody.number.map(|number| UserNumber::of(number).to_string()),
            name: is_named.then(|| somebody.name.clone()),
            contact: if is_named { full() } else { masked() },
        }
    }

    /// Somebody who wrote something.
    fn author(told: &Told, sight: TicketSight) -> Self {
        let Some((role, number, name)) = &told.entry.person else { return Self::NOBODY };
        let is_of_desk = role.realm() == Realm::Desk;
        let reads_at_desk = !matches!(sight.text(), TextSight::OwnWords { .. });
        let is_named = sight.people() == PeopleSight::Named && !is_of_desk;
        Self {
            role: Some(*role),
            account_id: told.entry.author_id.filter(|_| !is_of_desk || reads_at_desk),
            number: number.map(|number| UserNumber::of(number).to_string()),
            name: (is_named || is_of_desk && reads_at_desk).then(|| name.clone()),
            contact: None,
        }
    }

    /// A caller without an account, for whoever may know who that is.
    fn caller(
        name: Option<PersonName>,
        (email, phone): (Option<EmailAddress>, Option<PhoneNumber>),
    ) -> Self {
        let email = email.map(contact::Contact::Email);
        let reached = email.or_else(|| phone.map(contact::Contact::Phone));
        let contact = reached.map(|contact| contact.as_str().to_owned());
        Self { name, contact, ..Self::NOBODY }
    }
}

/// Whether somebody of the desk reads.
fn is_of_desk(sight: TicketSight) -> bool {
    !matches!(sight.text(), TextSight::OwnWords { .. })
}

impl TicketSummary {
    /// A ticket in a list, as somebody sees it.
    pub(in crate::api) fn seen(ticket: store::Ticket, sight: TicketSight) -> Self {
        let store::Ticket { number, row, requester, assignee } = ticket;
        let requester = requester.map(|who| TicketPerson::of(row.requester_id, &who, sight));
        let of_desk = is_of_desk(sight);
        let shows_text = sight.text() != TextSight::Hidden;
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
            subject: shows_text.then(|| row.subject.as_str().to_owned()),
            requester_kind: row.requester,
            requester: requester.unwrap_or(TicketPerson::NOBODY),
            assignee_id: row.assignee_id.filter(|_| of_desk),
            assignee_name: assignee.filter(|_| of_desk),
            first_answered_at: row.first_answered_at,
            closed_at: row.closed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

impl TicketEntry {
    /// An entry, as somebody sees it.
    pub(in crate::api) fn seen(told: Told, sight: TicketSight) -> Self {
        let author = TicketPerson::author(&told, sight);
        let of_desk = is_of_desk(sight);
        let Told { entry, text, is_masked, is_own } = told;
        let hints = if is_own { entry.hints.0 } else { Vec::new() };
        let hint = |hint: store::Hint| TicketHint {
            label: hint.label,
            is_masked: hint.is_masked,
            count: hint.count,
        };
        let detail = entry.detail.0;
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
            hints: hints.into_iter().map(hint).collect(),
            // The desk has them where it looks after the organisation.
            contacts: if of_desk { Vec::new() } else { detail.contacts },
            assignee_id: detail.assignee.filter(|_| of_desk),
            priority: detail.priority,
            request_type: detail.request_type,
            resolution: detail.resolution,
            other_ticket_id: detail.ticket,
            tier2_action: detail.action,
            added_watcher_id: detail.watches,
            removed_watcher_id: detail.unwatches,
        }
    }
}

/// What somebody may do with a ticket now, the most useful first, and which rule bars the rest.
fn menu(facts: &TicketFacts, actor: &Actor, now: Moment) -> Vec<AllowedAction> {
    let allowed = facts.allowed(actor, now);
    let rest = MENU.iter().filter(|kind| !allowed.contains(kind));
    let menu: Vec<ActionKind> =
        allowed.iter().filter(|kind| MENU.contains(kind)).chain(rest).copied().collect();
    // What somebody's role never does is no part of their menu.
    let never =
        |action: &AllowedAction| action.barred_by.as_deref() != Some("action.not_permitted");
    allowed_actions(&menu, actor, facts, now).into_iter().filter(never).collect()
}

impl Ticket {
    /// A ticket, as `actor` sees it now; `cursor` is where its timeline goes on.
    pub(in crate::api) fn seen(
        shown: Shown,
        actor: &Actor,
        (now, cursor): (Moment, Option<String>),
    ) -> Self {
        let allowed_actions = menu(&shown.whole.facts(now), actor, now);
        let (sight, of_desk) = (shown.sight, is_of_desk(shown.sight));
        let ticket = shown.whole.ticket;
        let row: TicketRow = ticket.row;
        let is_subject_masked =
            shown.whole.subject.is_some() && shown.subject.as_deref() == Some(row.subject.as_str());
        let known = ticket.requester.map(|who| TicketPerson::of(row.requester_id, &who, sight));
        let caller = shown.caller;
        let caller = caller.map(|who| TicketPerson::caller(who.name, (who.email, who.phone)));
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
            closed_at: row.closed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            entries: entries.collect(),
            entries_cursor: cursor,
            tags: shown.beside.tags.clone(),
            details: TicketDetails::seen(&shown.beside),
            details_to_add: shown.beside.asked_for.clone(),
            browser_support: shown.beside.browser_support,
            browser_article_id: shown.beside.article,
            links: shown.related.into_iter().map(RelatedTicket::from).collect(),
            allowed_actions,
        }
    }
}

//! What is taken about tickets.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{AccountId, ApplicationId, TenantId, TicketId};
use caredesk_core::domain::ticket::{
    Priority, SubjectLine, TicketSearch, TicketState, TicketTag, TicketText, TierTwoAction,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, Slug};
use caredesk_core::policy::desk::{Facts, RequestType};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::caller::TicketCaller;
use super::details::GivenDetails;
use crate::api::extract::{Body, Parameters};
use crate::store::tickets::TicketOrder;

/// Which ticket.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TicketPath {
    /// The ticket's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40")]
    pub ticket_id: TicketId,
}

/// A part of the tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "my")]
pub(in crate::api) enum TicketListView {
    /// Those that one asked for oneself.
    My,
    /// Those of one's organisation, as far as one sees them.
    Team,
    /// Those that one is in copy of.
    Cc,
    /// Of the desk: those that are open and that nobody has.
    Unassigned,
    /// Of the desk: those that are one's own to work on.
    Mine,
    /// Of the desk: those at the first tier.
    Tier1,
    /// Of the desk: those at the second tier.
    Tier2,
    /// Of the desk: those that wait for it and are due within two working hours or past due, the soonest first.
    BreachingSoon,
    /// For the second tier and desk managers: those on which an author objects to what was masked, and nobody has
    /// decided yet. Empty for others.
    Objections,
    /// For the second tier and desk managers: those that are not closed, with an attachment that waits to be looked
    /// at. Empty for others.
    Quarantine,
}

/// How a list of tickets is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "newest")]
pub(in crate::api) enum TicketSort {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// The one that changed last first, by `updated_at`: what is only said on a ticket does not change it.
    Updated,
    /// The most urgent first, and of those the newest.
    Priority,
}

impl TicketSort {
    /// As the list knows it.
    pub(super) const fn order(self) -> TicketOrder {
        match self {
            Self::Newest => TicketOrder::Newest,
            Self::Oldest => TicketOrder::Oldest,
            Self::Updated => TicketOrder::Updated,
            Self::Priority => TicketOrder::Priority,
        }
    }
}

/// Which tickets to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketListFilter {
    /// Which part: without it one's own, and for the desk all that one sees.
    #[param(nullable = false, example = "my")]
    pub view: Option<TicketListView>,
    /// Words that all stand on the ticket, as it is masked, or a case number. Case and accents do not count, forms of
    /// a word are one, and the last one may be a beginning.
    #[param(nullable = false, example = "history page")]
    pub q: Option<TicketSearch>,
    /// Only in this state.
    #[param(nullable = false, example = "open")]
    pub state: Option<TicketState>,
    /// Only of this priority.
    #[param(nullable = false, example = "high")]
    pub priority: Option<Priority>,
    /// Only of this type.
    #[param(nullable = false, example = "technical.error.report")]
    pub request_type: Option<RequestType>,
    /// Only about this organisation.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    pub tenant_id: Option<TenantId>,
    /// Only those that this agent has.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11")]
    pub assignee_id: Option<AccountId>,
    /// Only those that are marked with this.
    #[param(nullable = false, example = "policy_question")]
    pub tag: Option<TicketTag>,
    /// Opened at this moment or later.
    #[param(nullable = false, example = "2026-11-01T00:00:00Z")]
    pub since: Option<Moment>,
    /// Opened before this moment.
    #[param(nullable = false, example = "2026-12-01T00:00:00Z")]
    pub until: Option<Moment>,
    /// The order; newest first if absent. What is due soon is ordered by that, and by nothing else.
    #[param(nullable = false, example = "newest")]
    pub sort: Option<TicketSort>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub cursor: Option<String>,
}
impl Parameters for TicketListFilter {}

/// Which entries to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketEntryFilter {
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub cursor: Option<String>,
}
impl Parameters for TicketEntryFilter {}

/// A new ticket.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "request_type": "technical.error.report", "subject": "The health history page does not load",
    "text": "Since this morning the page stays white for child K-20431, in Firefox 160."}))]
pub(super) struct OpenTicket {
    /// What is asked for: a type of `GET /v1/policy/request-types`.
    pub request_type: RequestType,
    /// What it is about, in one line.
    pub subject: SubjectLine,
    /// What is asked. Name people by their ids: names, birth dates, gender and addresses are masked.
    pub text: TicketText,
    /// What is known beside, as far as one's own word is enough for it.
    #[serde(default)]
    pub facts: Facts,
    /// The organisation that it is about: named by a family that has applications with several, unless it names one of
    /// those.
    #[serde(default)]
    #[schema(nullable = false)]
    pub tenant_id: Option<TenantId>,
    /// The application that it is about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub application_id: Option<ApplicationId>,
    /// The search of the help centre, of the last 24 hours, that did not answer it. Site Admins and Support Users
    /// name one, unless their organisation has switched that off or it is an emergency.
    #[serde(default)]
    #[schema(
        value_type = String,
        nullable = false,
        min_length = 36,
        max_length = 36,
        format = "uuid",
        example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e44"
    )]
    pub help_search_id: Option<Uuid>,
    /// For whom an agent opens it; agents open none for themselves.
    #[serde(default)]
    #[schema(nullable = false)]
    pub on_behalf_of: Option<TicketCaller>,
    /// What helps the desk to help, field by field.
    #[serde(default)]
    #[schema(nullable = false)]
    pub details: Option<GivenDetails>,
}
impl Body for OpenTicket {}

/// An emergency, reported by somebody who cannot get in.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "organization": "pine-lodge", "text": "Nobody of our office gets in since eight o'clock.",
    "name": "Mia Lund", "email": "mia.lund@pinelodge.example"}))]
pub(super) struct ReportEmergency {
    /// The organisation's short name, as people sign in with it.
    pub organization: Slug,
    /// What happened: who cannot get in, or who got in that must not.
    pub text: TicketText,
    /// Who reports it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<PersonName>,
    /// Where the answer goes; one of email and phone is there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub email: Option<EmailAddress>,
    /// Where they can be called back.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<PhoneNumber>,
    /// The language of the answer; the organisation's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
}
impl Body for ReportEmergency {}

/// Declares bodies that are a text and nothing else.
macro_rules! said {
    ($($(#[$meta:meta])* $name:ident: $(#[$field:meta])* $example:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!({"text": $example}))]
        pub(super) struct $name {
            $(#[$field])*
            pub text: TicketText,
        }
        impl Body for $name {}
    )+};
}

said! {
    /// Why a ticket is to be open again.
    ReopenTicket:
        /// What is still wrong; what is personal in it is masked.
        "The page is white again since this morning.";
}
said! {
    /// What the organisation is to do.
    HandToOrganization:
        /// What is asked of it.
        "Please look whether child K-20431 is enrolled for this term.";
}
said! {
    /// What the organisation has done.
    RecordOrganizationAnswer:
        /// What it said.
        "The child is enrolled; the record was mended.";
}
said! {
    /// Why a report is an emergency.
    ConfirmEmergency:
        /// How that was made sure.
        "Called the office at the number on file: nobody gets in.";
}
said! {
    /// Why a report is none.
    DeclineEmergency:
        /// What is answered.
        "One password was forgotten; everybody else gets in.";
}
said! {
    /// Why a ticket goes back to the first tier.
    ReturnTicket:
        /// Why.
        "A known fault of old browsers; the article tells how to update.";
}

/// Why a ticket goes to the second tier, and what was tried at the first.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "The page stays white for this child only.",
    "tried": "Cleared the cache, and tried another browser."}))]
pub(super) struct EscalateTicket {
    /// Why.
    pub reason: TicketText,
    /// What was tried. Both stand in one entry of the timeline, which is the desk's.
    pub tried: TicketText,
}
impl Body for EscalateTicket {}

/// Who is to have a ticket.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(super) struct AssignTicket {
    /// The agent, of the tier that the ticket is at; oneself if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub agent_id: Option<AccountId>,
    /// Why, if somebody else has it now.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reason: Option<TicketText>,
}
impl Body for AssignTicket {}

/// What a ticket is about, if not what was thought.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"request_type": "technical.navigation.help", "reason": "The page is there; it was not found."}))]
pub(super) struct RetypeTicket {
    /// What is asked for; policy decides anew.
    pub request_type: RequestType,
    /// What is known beside, as far as one's own word is enough for it.
    #[serde(default)]
    pub facts: Facts,
    /// Why.
    pub reason: TicketText,
}
impl Body for RetypeTicket {}

/// How urgent a ticket is.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"priority": "urgent", "reason": "The camp begins tomorrow."}))]
pub(super) struct ReprioritiseTicket {
    /// How urgent.
    pub priority: Priority,
    /// Why.
    pub reason: TicketText,
}
impl Body for ReprioritiseTicket {}

/// Why a ticket is referred to the organisation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"request_type": "health.lockout.unlock"}))]
pub(super) struct ReferTicket {
    /// What is asked for in truth; the policy has to send the requester away for it.
    pub request_type: RequestType,
    /// What is known beside, as far as one's own word is enough for it.
    #[serde(default)]
    pub facts: Facts,
}
impl Body for ReferTicket {}

/// Which ticket another one is the same as.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"into_ticket_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e41"}))]
pub(super) struct MergeTicket {
    /// An open ticket of the same organisation, that nobody reads by it who could not before.
    pub into_ticket_id: TicketId,
}
impl Body for MergeTicket {}

/// What the second tier did.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "contacted_requester"}))]
pub(super) struct RecordTicketAction {
    /// What.
    pub action: TierTwoAction,
}
impl Body for RecordTicketAction {}

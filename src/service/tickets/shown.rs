//! A ticket as somebody sees it: masked, but for their own words.

use caredesk_core::domain::account::Realm;
use caredesk_core::domain::ids::{AccountId, TenantId, TicketId};
use caredesk_core::domain::page::Page;
use caredesk_core::policy::{PeopleSight, TextSight, TicketSight};

use super::Caller;
use super::beside::{self, Beside, DetailsReader};
use crate::guard::Refusal;
use crate::service::steps::door;
use crate::store;
use crate::store::db::Conn;
use crate::store::tickets::{
    Entry, EntryKey, EntryQuery, LinkedInternalTicket, Objection, Related, TicketRow, Whole,
};
use crate::vault::Keyring;

/// A ticket with a page of its timeline.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The ticket.
    pub whole: Whole,
    /// How much of it is seen.
    pub sight: TicketSight,
    /// What it is about; none for who sees no text.
    pub subject: Option<String>,
    /// Who a caller without an account is; none where nobody is kept, or people are shown by number.
    pub caller: Option<Caller>,
    /// What was said on it, newest first.
    pub entries: Page<Told, EntryKey>,
    /// The other tickets that it has to do with, as far as the reader sees them.
    pub related: Vec<Related>,
    /// What stands beside its words.
    pub beside: Beside,
    /// What only the second tier sees.
    pub second_tier: ForSecondTier,
}

/// What of a ticket only the second tier sees; nothing for others.
#[derive(Debug, Clone, Default)]
pub struct ForSecondTier {
    /// The internal tickets that it waits for, or waited for.
    pub internal_tickets: Vec<LinkedInternalTicket>,
    /// What authors said against the masking of their words, newest first.
    pub objections: Vec<Objection>,
}

impl ForSecondTier {
    /// What there is of it, for a reader; asks for nothing that is not there.
    fn of(conn: &mut Conn, sight: TicketSight, whole: &Whole) -> Result<Self, Refusal> {
        if !sight.is_second_tiers() {
            return Ok(Self::default());
        }
        let (id, mut shown) = (whole.ticket.row.id, Self::default());
        if whole.internal_tickets.0 > 0 {
            shown.internal_tickets = store::tickets::internal_tickets_of(conn, id)?;
        }
        if whole.has_objections {
            shown.objections = store::tickets::objections(conn, id)?;
        }
        Ok(shown)
    }
}

/// An entry of the timeline, as somebody sees it.
#[derive(Debug, Clone)]
pub struct Told {
    /// The entry.
    pub entry: Entry,
    /// What was said.
    pub text: Option<String>,
    /// Whether something of it is masked for this reader.
    pub is_masked: bool,
    /// Whether the reader wrote it, or somebody of their organisation.
    pub is_own: bool,
}

/// Reads a ticket with a page of its timeline: two statements, and for the second tier one more for each of what
/// only it sees, where there is some.
pub(super) fn show(
    conn: &mut Conn,
    keys: &Keyring,
    (sight, id, reader): (TicketSight, TicketId, Option<AccountId>),
    (after, limit): (Option<EntryKey>, i64),
) -> Result<Shown, Refusal> {
    let whole = store::tickets::find(conn, sight, id)?.ok_or(Refusal::NotFound)?;
    let (with_internal, hidden) = match sight.text() {
        TextSight::Hidden => (false, true),
        TextSight::Masked => (true, false),
        TextSight::OwnWords { .. } => (false, false),
    };
    let ask = EntryQuery { ticket: id, with_internal, after, limit };
    let page = store::tickets::entries(conn, &ask)?;
    let tenant = whole.ticket.row.tenant_id;
    let mut rows = Vec::with_capacity(page.rows.len());
    for entry in page.rows {
        rows.push(told(keys, (sight, hidden, reader), tenant, entry)?);
    }
    let subject = if hidden { None } else { Some(subject(keys, sight, &whole)?) };
    let caller = match (&whole.caller, sight.people()) {
        (Some(sealed), PeopleSight::Named) => Some(caller(keys, (tenant, id), sealed)?),
        _ => None,
    };
    let entries = Page { rows, next: page.next, total: None };
    let second_tier = ForSecondTier::of(conn, sight, &whole)?;
    let there = whole.beside;
    let related =
        if there.has_links { store::tickets::related(conn, sight, id)? } else { Vec::new() };
    let is_askers = sight.shows_original(whole.ticket.row.requester_id, asker_of(&whole));
    let looks = DetailsReader { sight, reader, is_askers };
    let beside = beside::beside(conn, keys, (tenant, id), (there, looks))?;
    Ok(Shown { whole, sight, subject, caller, entries, related, beside, second_tier })
}

/// What a ticket is about, as somebody sees it.
fn subject(keys: &Keyring, sight: TicketSight, whole: &Whole) -> Result<String, Refusal> {
    let row = &whole.ticket.row;
    let of = asker_of(whole);
    match &whole.subject {
        Some(sealed) if sight.shows_original(row.requester_id, of) => {
            let place = door::place_of_ticket(row.tenant_id, row.id.uuid(), "subject");
            door::opened(keys, &place, sealed)
        }
        _ => Ok(row.subject.as_str().to_owned()),
    }
}

/// The organisation of whoever asks, if they are one of its users.
fn asker_of(whole: &Whole) -> Option<TenantId> {
    let asker = whole.ticket.requester.as_ref();
    let is_user = asker.is_some_and(|asker| asker.role.realm() == Realm::Tenant);
    is_user.then_some(whole.ticket.row.tenant_id)
}

/// An entry, as somebody sees it.
fn told(
    keys: &Keyring,
    (sight, hidden, reader): (TicketSight, bool, Option<AccountId>),
    tenant: TenantId,
    entry: Entry,
) -> Result<Told, Refusal> {
    let author = entry.person.as_ref().map(|(role, ..)| *role);
    let of = author.filter(|role| role.realm() == Realm::Tenant).map(|_| tenant);
    let shows_original = sight.shows_original(entry.author_id, of);
    let is_own = shows_original || entry.author_id.is_some() && entry.author_id == reader;
    let masked = entry.text.as_ref().map(|text| text.as_str().to_owned());
    let (text, is_masked) = match &entry.original {
        _ if hidden => (None, false),
        Some(sealed) if shows_original => {
            let place = door::place_of_entry(tenant, entry.id.uuid());
            (Some(door::opened(keys, &place, sealed)?), false)
        }
        sealed => (masked, sealed.is_some()),
    };
    Ok(Told { entry, text, is_masked, is_own })
}

/// Who a caller without an account is.
pub(super) fn caller(
    keys: &Keyring,
    (tenant, ticket): (TenantId, TicketId),
    sealed: &[u8],
) -> Result<Caller, Refusal> {
    let place = door::place_of_ticket(tenant, ticket.uuid(), "caller");
    let text = door::opened(keys, &place, sealed)?;
    serde_json::from_str(&text).map_err(|error| Refusal::Broken(error.to_string()))
}

/// A ticket as whoever handed it on left it, without its timeline.
pub(super) fn left(before: &Whole, after: &TicketRow, sight: TicketSight) -> Shown {
    let mut whole = before.clone();
    whole.ticket.row = TicketRow { version: after.version.saturating_add(1), ..after.clone() };
    whole.ticket.assignee = None;
    let subject = Some(after.subject.as_str().to_owned());
    let entries = Page { rows: Vec::new(), next: None, total: None };
    Shown {
        whole,
        sight,
        subject,
        caller: None,
        entries,
        related: Vec::new(),
        beside: Beside::default(),
        second_tier: ForSecondTier::default(),
    }
}

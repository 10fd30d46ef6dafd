//! A ticket as somebody sees it: masked, but for their own words.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Realm;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, TenantId, TicketId};
use caredesk_core::domain::page::Page;
use caredesk_core::policy::{Action, CallerSight, Permit, TextSight, TicketSight};

use super::beside::{self, Beside, DetailsReader};
use super::{Caller, ENTRIES_SHOWN};
use crate::guard::{Refusal, opened_ticket};
use crate::service::steps::door;
use crate::store::db::Conn;
use crate::store::tickets::{
    Entry, EntryKey, EntryQuery, LinkedInternalTicket, Listed, Objection, Related, Ticket, Whole,
};
use crate::store::{self, Tx};
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
    /// Who a caller without an account is; none where nobody is kept, or it is not for the reader.
    pub caller: Option<CallerShown>,
    /// What was said on it, newest first.
    pub entries: Page<Told, EntryKey>,
    /// The other tickets that it has to do with, as far as the reader sees them.
    pub related: Vec<Related>,
    /// What stands beside its words.
    pub beside: Beside,
    /// What only the second tier sees.
    pub second_tier: ForSecondTier,
}

/// Who a caller without an account is, as somebody sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerShown {
    /// What they are called; none where that is not for the reader.
    pub name: Option<PersonName>,
    /// Where they are reached, in full or masked.
    pub contact: Option<String>,
}

impl CallerShown {
    /// A caller as far as a sight goes.
    fn of(caller: Caller, sight: CallerSight) -> Option<Self> {
        let email = caller.email.map(Contact::Email);
        let reached = email.or_else(|| caller.phone.map(Contact::Phone));
        match sight {
            CallerSight::Named => {
                let contact = reached.map(|contact| contact.as_str().to_owned());
                Some(Self { name: caller.name, contact })
            }
            CallerSight::Masked => {
                Some(Self { name: None, contact: reached.map(|contact| contact.masked()) })
            }
            CallerSight::Hidden => None,
        }
    }
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
    let shows_original =
        sight.shows_original(whole.ticket.row.requester_id, asker_of(&whole.ticket));
    for entry in page.rows {
        rows.push(told(keys, (sight, reader), (hidden, shows_original), tenant, entry)?);
    }
    let subject = if hidden {
        None
    } else {
        Some(subject(keys, sight, (&whole.ticket, whole.subject.as_deref()))?)
    };
    let caller = match (&whole.caller, sight.caller(whole.ticket.row.requester)) {
        (None, _) | (_, CallerSight::Hidden) => None,
        (Some(sealed), seen) => CallerShown::of(caller(keys, (tenant, id), sealed)?, seen),
    };
    let entries = Page { rows, next: page.next, total: None };
    let second_tier = ForSecondTier::of(conn, sight, &whole)?;
    let there = whole.beside;
    let related =
        if there.has_links { store::tickets::related(conn, sight, id)? } else { Vec::new() };
    let looks = DetailsReader { sight, reader, is_askers: shows_original };
    let beside = beside::beside(conn, keys, (tenant, id), (there, looks))?;
    Ok(Shown { whole, sight, subject, caller, entries, related, beside, second_tier })
}

/// A ticket in a list, as somebody sees it.
#[derive(Debug, Clone)]
pub struct ListedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// What it is about; none for who sees no text.
    pub subject: Option<String>,
}

/// A ticket of a page, as somebody sees it.
pub(super) fn listed(
    keys: &Keyring,
    sight: TicketSight,
    listed: Listed,
) -> Result<ListedTicket, Refusal> {
    let Listed { ticket, subject: sealed } = listed;
    let subject = match sight.text() {
        TextSight::Hidden => None,
        _ => Some(subject(keys, sight, (&ticket, sealed.as_deref()))?),
    };
    Ok(ListedTicket { ticket, subject })
}

/// What a ticket is about, as somebody sees it; with it what was written, sealed, if something was masked.
fn subject(
    keys: &Keyring,
    sight: TicketSight,
    (ticket, sealed): (&Ticket, Option<&[u8]>),
) -> Result<String, Refusal> {
    let row = &ticket.row;
    let of = asker_of(ticket);
    match sealed {
        Some(sealed) if sight.shows_original(row.requester_id, of) => {
            let place = door::place_of_ticket(row.tenant_id, row.id.uuid(), "subject");
            door::opened(keys, &place, sealed)
        }
        _ => Ok(row.subject.as_str().to_owned()),
    }
}

/// The organisation of whoever asks, if they are one of its users.
fn asker_of(ticket: &Ticket) -> Option<TenantId> {
    let asker = ticket.requester.as_ref();
    let is_user = asker.is_some_and(|asker| asker.role.realm() == Realm::Tenant);
    is_user.then_some(ticket.row.tenant_id)
}

/// An entry, as somebody sees it: also what names whoever asked, if the words of those are seen as they were written.
fn told(
    keys: &Keyring,
    (sight, reader): (TicketSight, Option<AccountId>),
    (hidden, is_askers): (bool, bool),
    tenant: TenantId,
    entry: Entry,
) -> Result<Told, Refusal> {
    let author = entry.person.as_ref().map(|(role, ..)| *role);
    let of = author.filter(|role| role.realm() == Realm::Tenant).map(|_| tenant);
    let is_own = sight.shows_original(entry.author_id, of);
    let shows_original = is_own || is_askers && entry.detail.0.names_requester;
    let is_own = is_own || entry.author_id.is_some() && entry.author_id == reader;
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

/// A ticket that was opened just now, as whoever opened it sees it.
pub(super) fn opened<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: TicketId,
) -> Result<Shown, Refusal> {
    let sight = TicketSight::of(permit);
    let seen = (sight, id, super::reader(permit.actor()));
    match show(tx.conn, tx.keys, seen, (None, ENTRIES_SHOWN)) {
        // Policy may hand it to the other tier at once: its number is for whoever opened it all the same.
        Err(Refusal::NotFound) => Ok(left(opened_ticket(tx, permit, id)?, sight)),
        other => other,
    }
}

/// A ticket as whoever handed it on left it, without its timeline.
pub(super) fn left(mut whole: Whole, sight: TicketSight) -> Shown {
    whole.ticket.assignee = None;
    let subject = Some(whole.ticket.row.subject.as_str().to_owned());
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

//! The timeline of a ticket: what was said, and what happened.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::ids::{
    AccountId, AttachmentId, InternalTicketId, TicketEntryId, TicketId,
};
use caredesk_core::domain::internal_ticket::InternalTicketState;
use caredesk_core::domain::page::Page;
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{
    EntryKind, MaskedText, ObjectionState, Priority, Resolution, TicketEvent, TicketField,
    TicketTarget, TierTwoAction,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::desk::RequestType;
use caredesk_core::policy::pii::Hint;
use caredesk_core::policy::{Action, HelpfulDetail, Permit};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{TicketRow, terms};
use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::db::query::{insert_rows, row_before, sql};
use crate::store::directory::Helper;
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, ticket_entries};
use crate::store::tx::Tx;

/// What an entry says beside its words: ids and words, and how an organisation and its people are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Detail {
    /// Whom to turn to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Whom to turn to among one's own people: told to users of the organisation, and to nobody else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Helper>,
    /// Who has the ticket by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AccountId>,
    /// How urgent it is by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// What is asked for by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_type: Option<RequestType>,
    /// How the ticket ended by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// The other ticket that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
    /// What the second tier did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<TierTwoAction>,
    /// What happened beside the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<TicketEvent>,
    /// The target that was missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TicketTarget>,
    /// The attachment that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentId>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_state: Option<AttachmentState>,
    /// How it is known by it who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// Whose account the caller says is theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<AccountId>,
    /// What was shown to an agent as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revealed: Option<TicketField>,
    /// What has become of an objection by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objection: Option<ObjectionState>,
    /// The other entry that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<TicketEntryId>,
    /// The internal ticket that it is about, and how far that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_ticket: Option<(InternalTicketId, InternalTicketState)>,
    /// The details beside the words that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<HelpfulDetail>,
    /// Who is in copy from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watches: Option<AccountId>,
    /// Who is not any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unwatches: Option<AccountId>,
    /// Whether the name of whoever asked stands in what was written, which they read for that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub names_requester: bool,
}

/// An entry that is about to be made.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = ticket_entries, treat_none_as_default_value = false)]
pub struct NewEntry {
    /// Its id.
    pub id: TicketEntryId,
    /// Of which ticket.
    pub ticket_id: TicketId,
    /// When.
    pub at: Moment,
    /// What it is.
    pub kind: EntryKind,
    /// As what its author acted: a role, or `system`, `public` or `caller`.
    pub author: String,
    /// Who that was.
    pub author_id: Option<AccountId>,
    /// What happened to the ticket with it.
    pub transition: Option<Transition>,
    /// Whether it is the desk's alone.
    pub is_internal: bool,
    /// What was said, masked.
    pub text: Option<MaskedText>,
    /// What was written, sealed, if something of it was masked.
    pub original: Option<Vec<u8>>,
    /// What was masked.
    pub hints: Json<Vec<Hint>>,
    /// What changed: words and ids.
    pub detail: Json<Detail>,
}

impl NewEntry {
    /// What the product writes by itself: an event without words, for everybody who sees the ticket.
    pub fn by_itself(tx: &Tx<'_>, ticket: TicketId, detail: Detail) -> Self {
        Self {
            id: TicketEntryId::of(tx.new_uuid()),
            ticket_id: ticket,
            at: tx.now,
            kind: EntryKind::Event,
            author: Actor::System.kind().to_owned(),
            author_id: None,
            transition: None,
            is_internal: false,
            text: None,
            original: None,
            hints: Json(Vec::new()),
            detail: Json(detail),
        }
    }
}

/// An entry as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Entry {
    /// Its id.
    pub id: TicketEntryId,
    /// When.
    pub at: Moment,
    /// What it is.
    pub kind: EntryKind,
    /// As what its author acted.
    pub author: String,
    /// Who that was.
    pub author_id: Option<AccountId>,
    /// What happened to the ticket with it.
    pub transition: Option<Transition>,
    /// Whether it is the desk's alone.
    pub is_internal: bool,
    /// What was said, masked.
    pub text: Option<MaskedText>,
    /// What was written, sealed.
    pub original: Option<Vec<u8>>,
    /// What was masked.
    pub hints: Json<Vec<Hint>>,
    /// What changed.
    pub detail: Json<Detail>,
    /// The author's role by now, running number and name.
    pub person: Option<(Role, Option<i64>, PersonName)>,
}

/// Where an entry stands in its list: microseconds, id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EntryKey(i64, TicketEntryId);

/// Which entries a page shows.
#[derive(Debug, Clone, Copy)]
pub struct EntryQuery {
    /// Of which ticket; the caller has shown that the reader may see it.
    pub ticket: TicketId,
    /// Whether with what is the desk's alone.
    pub with_internal: bool,
    /// After this key.
    pub after: Option<EntryKey>,
    /// So many rows.
    pub limit: i64,
}

/// Adds the first entries to a new ticket, and has it found by its words.
pub fn add_first<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ticket: &TicketRow,
    rows: Vec<NewEntry>,
) -> StoreResult<()> {
    terms::index_new(tx.conn, ticket, &rows)?;
    insert(tx.conn, rows)
}

/// Adds entries to a ticket that is there and locked, and has it found by what they say.
pub fn add<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, rows: Vec<NewEntry>) -> StoreResult<()> {
    // One ticket: who writes on many at once says nothing.
    for (ticket, said) in terms::of_entries(&rows) {
        terms::index_more(tx.conn, ticket, said)?;
    }
    insert(tx.conn, rows)
}

/// Writes entries.
fn insert(conn: &mut Conn, rows: Vec<NewEntry>) -> StoreResult<()> {
    insert_rows!(conn, ticket_entries::table, rows)?;
    Ok(())
}

/// Something that was said, as it is looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The entry.
    pub id: TicketEntryId,
    /// What was said, masked.
    pub text: MaskedText,
    /// What was written, sealed.
    pub original: Option<Vec<u8>>,
}

/// Everything that people said on a ticket, the desk's notes included, oldest first.
pub fn said(conn: &mut Conn, ticket: TicketId) -> StoreResult<Vec<Said>> {
    let rows: Vec<(TicketEntryId, Option<MaskedText>, Option<Vec<u8>>)> = ticket_entries::table
        .filter(ticket_entries::ticket_id.eq(ticket))
        .filter(ticket_entries::text.is_not_null())
        .filter(ticket_entries::author.ne(Actor::System.kind()))
        .order((ticket_entries::at.asc(), ticket_entries::id.asc()))
        .select((ticket_entries::id, ticket_entries::text, ticket_entries::original))
        .load(conn)?;
    let said = |(id, text, original): (_, Option<MaskedText>, _)| {
        text.map(|text| Said { id, text, original })
    };
    Ok(rows.into_iter().filter_map(said).collect())
}

/// Something that everybody reads who sees a ticket, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicText {
    /// As what its author acted.
    pub author: String,
    /// The author's role by now, if they have an account.
    pub role: Option<Role>,
    /// What was said.
    pub text: MaskedText,
}

/// Most texts of a ticket that are read at once.
const MOST_TEXTS: i64 = 200;

/// What everybody reads who sees a ticket, masked, oldest first.
pub fn public_texts(conn: &mut Conn, ticket: TicketId) -> StoreResult<Vec<PublicText>> {
    let rows: Vec<(String, Option<Role>, Option<MaskedText>)> = ticket_entries::table
        .left_join(accounts::table)
        .filter(ticket_entries::ticket_id.eq(ticket))
        .filter(ticket_entries::is_internal.eq(false))
        .filter(ticket_entries::text.is_not_null())
        .order((ticket_entries::at.asc(), ticket_entries::id.asc()))
        .limit(MOST_TEXTS)
        .select((ticket_entries::author, accounts::role.nullable(), ticket_entries::text))
        .load(conn)?;
    let public = |(author, role, text): (_, _, Option<MaskedText>)| {
        text.map(|text| PublicText { author, role, text })
    };
    Ok(rows.into_iter().filter_map(public).collect())
}

/// Whose words are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Those of an account that did not ask.
    Account(AccountId),
    /// Those of whoever asked: what they wrote, what they said by a link or to an agent, and what the ticket was
    /// opened with, whoever typed it.
    Requester {
        /// Their account, if they have one.
        account: Option<AccountId>,
        /// When the ticket was opened.
        opened_at: Moment,
    },
}

/// What somebody said last on a ticket, masked, the newest first.
pub fn last_said(
    conn: &mut Conn,
    (ticket, speaker): (TicketId, Speaker),
    limit: i64,
) -> StoreResult<Vec<(TicketEntryId, MaskedText)>> {
    let all = ticket_entries::table.into_boxed();
    let of_author = match speaker {
        Speaker::Account(account) => all.filter(ticket_entries::author_id.eq(account)),
        Speaker::Requester { account, opened_at } => {
            let nobodys = ticket_entries::author
                .eq_any([Actor::Caller(ticket).kind(), Actor::Public.kind()])
                .and(ticket_entries::author_id.is_null());
            let opening = ticket_entries::at
                .eq(opened_at)
                .and(ticket_entries::kind.eq(EntryKind::Reply))
                .and(ticket_entries::author.ne(Actor::System.kind()));
            let theirs = nobodys.or(opening);
            match account {
                Some(account) => {
                    all.filter(theirs.nullable().or(ticket_entries::author_id.eq(account)))
                }
                None => all.filter(theirs),
            }
        }
    };
    let rows: Vec<(TicketEntryId, Option<MaskedText>)> = of_author
        .filter(ticket_entries::ticket_id.eq(ticket))
        .filter(ticket_entries::text.is_not_null())
        .order((ticket_entries::at.desc(), ticket_entries::id.desc()))
        .limit(limit)
        .select((ticket_entries::id, ticket_entries::text))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, text)| Some((id, text?))).collect())
}

/// As [`last_said`], of an account on many tickets: so many texts of each, the newest first.
pub fn last_said_on_all(
    conn: &mut Conn,
    (tickets, author): (&[TicketId], AccountId),
    limit: i64,
) -> StoreResult<Vec<(TicketId, TicketEntryId, MaskedText)>> {
    let is_among_last = sql::<Bool>(format!(
        "(SELECT COUNT(*) FROM ticket_entries AS later \
         WHERE later.ticket_id = ticket_entries.ticket_id \
         AND later.author_id = ticket_entries.author_id AND later.text IS NOT NULL \
         AND (later.at, later.id) > (ticket_entries.at, ticket_entries.id)) < {limit}",
    ));
    let rows: Vec<(TicketId, TicketEntryId, Option<MaskedText>)> = ticket_entries::table
        .filter(ticket_entries::ticket_id.eq_any(tickets.to_vec()))
        .filter(ticket_entries::author_id.eq(author))
        .filter(ticket_entries::text.is_not_null())
        .filter(is_among_last)
        .order((ticket_entries::at.desc(), ticket_entries::id.desc()))
        .select((ticket_entries::ticket_id, ticket_entries::id, ticket_entries::text))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(ticket, id, text)| Some((ticket, id, text?))).collect())
}

/// A page of a ticket's entries, newest first.
pub fn entries(conn: &mut Conn, ask: &EntryQuery) -> StoreResult<Page<Entry, EntryKey>> {
    let mut page = ticket_entries::table
        .left_join(accounts::table)
        .filter(ticket_entries::ticket_id.eq(ask.ticket))
        .into_boxed();
    if !ask.with_internal {
        page = page.filter(ticket_entries::is_internal.eq(false));
    }
    if let Some(EntryKey(at, id)) = ask.after {
        let key = (Moment::from_micros(at), id);
        page = page.filter(row_before((ticket_entries::at, ticket_entries::id), key));
    }
    let rows: Vec<Entry> = page
        .order((ticket_entries::at.desc(), ticket_entries::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select((
            ticket_entries::id,
            ticket_entries::at,
            ticket_entries::kind,
            ticket_entries::author,
            ticket_entries::author_id,
            ticket_entries::transition,
            ticket_entries::is_internal,
            ticket_entries::text,
            ticket_entries::original,
            ticket_entries::hints,
            ticket_entries::detail,
            (accounts::role, accounts::number, accounts::name).nullable(),
        ))
        .load(conn)?;
    Ok(Page::cut(rows, ask.limit, |entry| EntryKey(entry.at.micros(), entry.id)))
}

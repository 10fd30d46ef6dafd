//! What authors say against the masking of their words, and what was written, put back in its place.

use caredesk_core::domain::ids::{AccountId, TicketEntryId, TicketId, TicketObjectionId};
use caredesk_core::domain::ticket::{MaskedSubject, MaskedText, ObjectionState};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{ObjectToMasking, UpholdObjection};
use caredesk_core::policy::pii::Hint;
use caredesk_core::policy::{Action, HelpfulDetail, Permit, TicketFacts};
use diesel::prelude::*;
use diesel::sql_types::Nullable;

use super::Detail;
use crate::store::columns::{Json, Word};
use crate::store::db::Conn;
use crate::store::db::query::{Prepared, sql};
use crate::store::error::{StoreError, StoreResult};
use crate::store::schema::{ticket_entries, ticket_objections, ticket_originals, tickets};
use crate::store::tx::Tx;

/// Most objections that are shown with a ticket.
const SHOWN: i64 = 100;

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Objection {
    /// Its id.
    pub id: TicketObjectionId,
    /// The entry that it is about; a detail or the subject without one.
    pub entry_id: Option<TicketEntryId>,
    /// The detail that it is about.
    pub detail: Option<HelpfulDetail>,
    /// The entry that says why.
    pub reason_id: TicketEntryId,
    /// Whose words it is about.
    pub author_id: AccountId,
    /// What has become of it.
    pub state: ObjectionState,
    /// When it was made.
    pub created_at: Moment,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Why, masked.
    pub reason: Option<MaskedText>,
}

/// What is read of each.
macro_rules! columns {
    () => {
        (
            ticket_objections::id,
            ticket_objections::entry_id,
            ticket_objections::detail,
            ticket_objections::reason_id,
            ticket_objections::author_id,
            ticket_objections::state,
            ticket_objections::created_at,
            ticket_objections::decided_by,
            ticket_objections::decided_at,
            sql::<Nullable<Word>>(
                "(SELECT reasons.text FROM ticket_entries AS reasons \
                 WHERE reasons.id = ticket_objections.reason_id)",
            ),
        )
    };
}

/// Keeps an objection to an entry, to a detail, or to the subject; the ticket is locked.
pub fn object(
    tx: &mut Tx<'_>,
    permit: &Permit<ObjectToMasking>,
    (id, reason): (TicketObjectionId, TicketEntryId),
    (entry, detail): (Option<TicketEntryId>, Option<HelpfulDetail>),
) -> StoreResult<()> {
    let by = permit.actor().person().map(|person| person.account);
    diesel::insert_into(ticket_objections::table)
        .values((
            ticket_objections::id.eq(id),
            ticket_objections::ticket_id.eq(permit.target().id),
            ticket_objections::entry_id.eq(entry),
            ticket_objections::detail.eq(detail),
            ticket_objections::reason_id.eq(reason),
            by.map(|by| ticket_objections::author_id.eq(by)),
            ticket_objections::state.eq(ObjectionState::Open),
            ticket_objections::created_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The objections on a ticket, newest first.
pub fn objections(conn: &mut Conn, ticket: TicketId) -> StoreResult<Vec<Objection>> {
    Ok(ticket_objections::table
        .filter(ticket_objections::ticket_id.eq(ticket))
        .order((ticket_objections::created_at.desc(), ticket_objections::id.desc()))
        .limit(SHOWN)
        .select(columns!())
        .load(conn)?)
}

/// One objection on a ticket, which is locked.
pub fn objection(
    conn: &mut Conn,
    ticket: TicketId,
    id: TicketObjectionId,
) -> StoreResult<Option<Objection>> {
    let one = ticket_objections::table
        .filter(ticket_objections::id.eq(id).and(ticket_objections::ticket_id.eq(ticket)))
        .select(columns!());
    Ok(one.first(conn).optional()?)
}

/// Writes down what the second tier decided.
pub fn decide_objection<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: TicketObjectionId,
    state: ObjectionState,
) -> StoreResult<()>
where
    A: Action<Target = TicketFacts>,
{
    let by = permit.actor().person().map(|person| person.account);
    let open = ticket_objections::table
        .filter(ticket_objections::id.eq(id))
        .filter(ticket_objections::ticket_id.eq(permit.target().id))
        .filter(ticket_objections::state.eq(ObjectionState::Open));
    let decided = diesel::update(open)
        .set((
            ticket_objections::state.eq(state),
            ticket_objections::decided_by.eq(by),
            ticket_objections::decided_at.eq(Some(tx.now)),
        ))
        .execute(tx.conn)?;
    if decided == 1 {
        Ok(())
    } else {
        Err(StoreError::Collision("the objection was decided".to_owned()))
    }
}

/// What is not masked again, because an objection to that was upheld: entries, and the subject as none.
pub fn upheld(conn: &mut Conn, ticket: TicketId) -> StoreResult<Vec<Option<TicketEntryId>>> {
    Ok(ticket_objections::table
        .filter(ticket_objections::ticket_id.eq(ticket))
        .filter(ticket_objections::state.eq(ObjectionState::Upheld))
        .filter(ticket_objections::detail.is_null())
        .select(ticket_objections::entry_id)
        .load(conn)?)
}

/// As [`upheld`], of details: which, and when somebody objected to what was told then.
pub fn upheld_details(
    conn: &mut Conn,
    ticket: TicketId,
) -> StoreResult<Vec<(HelpfulDetail, Moment)>> {
    let rows: Vec<(Option<HelpfulDetail>, Moment)> = ticket_objections::table
        .filter(ticket_objections::ticket_id.eq(ticket))
        .filter(ticket_objections::state.eq(ObjectionState::Upheld))
        .filter(ticket_objections::detail.is_not_null())
        .select((ticket_objections::detail, ticket_objections::created_at))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(detail, at)| Some((detail?, at))).collect())
}

/// A text, as far as its masking is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Masked {
    /// Who wrote it.
    pub author_id: Option<AccountId>,
    /// Whether it is the desk's alone.
    pub is_internal: bool,
    /// What was written, sealed; none if nothing of it is masked.
    pub original: Option<Vec<u8>>,
    /// What it says beside.
    pub detail: Json<Detail>,
}

/// An entry of a ticket.
pub fn masked(
    conn: &mut Conn,
    ticket: TicketId,
    entry: TicketEntryId,
) -> StoreResult<Option<Masked>> {
    let one = ticket_entries::table
        .filter(ticket_entries::id.eq(entry).and(ticket_entries::ticket_id.eq(ticket)))
        .select((
            ticket_entries::author_id,
            ticket_entries::is_internal,
            ticket_entries::original,
            ticket_entries::detail,
        ));
    Ok(one.first(conn).optional()?)
}

/// Who wrote what a ticket is about: the author of its first entry.
pub fn author_of_subject(conn: &mut Conn, ticket: TicketId) -> StoreResult<Option<AccountId>> {
    let first = ticket_entries::table
        .filter(ticket_entries::ticket_id.eq(ticket))
        .order((ticket_entries::at.asc(), ticket_entries::id.asc()))
        .select(ticket_entries::author_id);
    Ok(first.first::<Option<AccountId>>(conn).optional()?.flatten())
}

/// Puts what was written in place of a masked subject.
pub fn unmask_subject(
    tx: &mut Tx<'_>,
    permit: &Permit<UpholdObjection>,
    subject: MaskedSubject,
) -> StoreResult<()> {
    let ticket = permit.target().id;
    diesel::update(tickets::table.filter(tickets::id.eq(ticket)))
        .set(tickets::subject.eq(subject))
        .execute(tx.conn)?;
    Prepared(
        diesel::update(ticket_originals::table.find(ticket))
            .set(ticket_originals::subject.eq(None::<Vec<u8>>)),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Puts what was written in place of a masked entry.
pub fn unmask_entry(
    tx: &mut Tx<'_>,
    permit: &Permit<UpholdObjection>,
    (entry, text): (TicketEntryId, MaskedText),
) -> StoreResult<()> {
    let row = ticket_entries::table
        .filter(ticket_entries::id.eq(entry))
        .filter(ticket_entries::ticket_id.eq(permit.target().id));
    diesel::update(row)
        .set((
            ticket_entries::text.eq(Some(text)),
            ticket_entries::original.eq(None::<Vec<u8>>),
            ticket_entries::hints.eq(Json(Vec::<Hint>::new())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

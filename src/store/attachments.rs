//! Attachments: the record, and the files that stand for it in the room for files.
//!
//! Each sending of the content is a file of its own. It is written down here before its first byte is kept, with the
//! moment from which on it is deleted; that is taken back when it has come as a whole. So no file is ever without
//! a row, whenever the process is killed, and whatever is deleted is deleted in the database first.

use caredesk_core::domain::FileName;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::attachment::{AttachmentState, AttachmentType, LASTS};
use caredesk_core::domain::ids::{AccountId, AttachmentId, TenantId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{CreateAttachment, WriteAttachment};
use caredesk_core::policy::pii::Hint;
use caredesk_core::policy::{Action, AttachmentFacts, Permit};
use diesel::prelude::*;
use uuid::Uuid;

use super::columns::{AnyId, Json};
use super::db::Conn;
use super::db::masked::{MaskedColumns, MaskedRow, mask_rows};
use super::db::query::{Locked, Prepared};
use super::error::StoreResult;
use super::schema::{accounts, attachment_objects, attachments};
use super::tx::Tx;

/// Attachments that are forgotten in one transaction.
const FORGET: i64 = 50;
/// Rows that a ticket shows; there are never more.
const SHOWN: i64 = 100;

/// An attachment as its row has it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub struct AttachmentRow {
    /// Its id.
    pub id: AttachmentId,
    /// Of which ticket.
    pub ticket_id: TicketId,
    /// The organisation that the ticket is about.
    pub tenant_id: TenantId,
    /// Who announced it.
    pub author_id: AccountId,
    /// The file's name, masked.
    pub file_name: FileName,
    /// The file's name as it was written, if something of it was masked, sealed.
    pub original_name: Option<Vec<u8>>,
    /// What it is.
    pub media_type: AttachmentType,
    /// Its bytes.
    pub size: i64,
    /// Their hash, in hexadecimal digits, once they are there.
    pub sha256: Option<String>,
    /// How far it is.
    pub state: AttachmentState,
    /// The sending whose bytes count.
    pub object_id: Option<AnyId>,
    /// When it was announced.
    pub created_at: Moment,
    /// When its content was there.
    pub completed_at: Option<Moment>,
    /// When it is forgotten, if its content has not come until then.
    pub expires_at: Moment,
    /// Who cleared it or threw it away.
    pub settled_by: Option<AccountId>,
    /// When.
    pub settled_at: Option<Moment>,
    /// Counts its changes.
    pub version: i64,
    /// What of the file's name was masked.
    pub name_hints: Json<Vec<Hint>>,
}

/// An attachment with what its author is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The row.
    pub row: AttachmentRow,
    /// What its author is.
    pub role: Role,
}

impl From<(AttachmentRow, Role)> for Attachment {
    fn from((row, role): (AttachmentRow, Role)) -> Self {
        Self { row, role }
    }
}

impl Attachment {
    /// What the rules need to know of it.
    pub fn facts(&self) -> AttachmentFacts {
        let row = &self.row;
        AttachmentFacts {
            id: row.id,
            ticket: row.ticket_id,
            tenant: row.tenant_id,
            author: row.author_id,
            role: self.role,
            state: row.state,
        }
    }
}

/// Keeps the record of an attachment. Whoever calls has seen to it that there are not too many.
pub fn insert(
    tx: &mut Tx<'_>,
    _: &Permit<CreateAttachment>,
    row: AttachmentRow,
) -> StoreResult<()> {
    diesel::insert_into(attachments::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// How many attachments a ticket has, and how many it ever had; those that were never finished left out.
pub fn count(conn: &mut Conn, ticket: TicketId, now: Moment) -> StoreResult<(i64, i64)> {
    let there = attachments::state.ne(AttachmentState::Pending).or(attachments::expires_at.gt(now));
    let all = attachments::table.filter(attachments::ticket_id.eq(ticket)).filter(there);
    let ever: i64 = all.count().get_result(conn)?;
    let kept = all.filter(attachments::state.ne(AttachmentState::Discarded));
    Ok((kept.count().get_result(conn)?, ever))
}

/// The attachments of a ticket, oldest first, without those that were never finished in time.
pub fn of_ticket(conn: &mut Conn, ticket: TicketId, now: Moment) -> StoreResult<Vec<Attachment>> {
    let there = attachments::state.ne(AttachmentState::Pending).or(attachments::expires_at.gt(now));
    let rows: Vec<(AttachmentRow, Role)> = attachments::table
        .inner_join(accounts::table)
        .filter(attachments::ticket_id.eq(ticket))
        .filter(there)
        .order((attachments::created_at.asc(), attachments::id.asc()))
        .limit(SHOWN)
        .select((AttachmentRow::as_select(), accounts::role))
        .load(conn)?;
    Ok(rows.into_iter().map(Attachment::from).collect())
}

/// One attachment, unless it was not finished in time. Whoever calls asks whether the ticket is seen.
pub fn find(conn: &mut Conn, id: AttachmentId, now: Moment) -> StoreResult<Option<Attachment>> {
    let there = attachments::state.ne(AttachmentState::Pending).or(attachments::expires_at.gt(now));
    let row: Option<(AttachmentRow, Role)> = attachments::table
        .inner_join(accounts::table)
        .filter(attachments::id.eq(id))
        .filter(there)
        .select((AttachmentRow::as_select(), accounts::role))
        .first(conn)
        .optional()?;
    Ok(row.map(Attachment::from))
}

/// As [`find`], locked until the transaction ends.
pub fn find_locked(
    conn: &mut Conn,
    id: AttachmentId,
    now: Moment,
) -> StoreResult<Option<Attachment>> {
    let lock = attachments::table.find(id).select(attachments::id);
    Locked(lock).get_result::<AttachmentId>(conn).optional()?;
    find(conn, id, now)
}

/// Begins a sending of the content, which takes the place of every other. What another one keeps until it learns of
/// that is its own to give up: deleted sooner, it would come after its row.
pub fn begin(tx: &mut Tx<'_>, permit: &Permit<WriteAttachment>, object: Uuid) -> StoreResult<()> {
    let object = AnyId(object);
    diesel::insert_into(attachment_objects::table)
        .values((
            attachment_objects::id.eq(object),
            attachment_objects::wipe_at.eq(Some(tx.now.plus(LASTS))),
        ))
        .execute(tx.conn)?;
    Prepared(
        diesel::update(attachments::table.find(permit.target().id))
            .set(attachments::object_id.eq(Some(object))),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Has a file deleted from a moment on.
fn wipe_from(conn: &mut Conn, object: AnyId, at: Moment) -> StoreResult<()> {
    Prepared(
        diesel::update(attachment_objects::table.find(object))
            .set(attachment_objects::wipe_at.eq(Some(at))),
    )
    .execute(conn)?;
    Ok(())
}

/// The content is there as a whole, or was thrown away as it came.
pub fn complete(
    tx: &mut Tx<'_>,
    permit: &Permit<WriteAttachment>,
    (object, sha256): (Uuid, &str),
    state: AttachmentState,
) -> StoreResult<()> {
    let object = AnyId(object);
    let is_kept = state != AttachmentState::Discarded;
    Prepared(diesel::update(attachments::table.find(permit.target().id)).set((
        attachments::state.eq(state),
        attachments::sha256.eq(Some(sha256.to_owned())),
        attachments::completed_at.eq(Some(tx.now)),
        attachments::version.eq(attachments::version + 1),
    )))
    .execute(tx.conn)?;
    Prepared(
        diesel::update(attachment_objects::table.find(object))
            .set(attachment_objects::wipe_at.eq((!is_kept).then_some(tx.now))),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Has deleted what a sending left that came to nothing.
pub fn abandon(tx: &mut Tx<'_>, object: Uuid) -> StoreResult<()> {
    let left = attachment_objects::table
        .filter(attachment_objects::id.eq(AnyId(object)))
        .filter(attachment_objects::wipe_at.is_not_null());
    diesel::update(left).set(attachment_objects::wipe_at.eq(Some(tx.now))).execute(tx.conn)?;
    Ok(())
}

/// Clears an attachment, or throws it away: its file is deleted then.
pub fn settle<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &AttachmentRow,
    state: AttachmentState,
) -> StoreResult<()> {
    let by = permit.actor().person().map(|person| person.account);
    Prepared(diesel::update(attachments::table.find(row.id)).set((
        attachments::state.eq(state),
        attachments::settled_by.eq(by),
        attachments::settled_at.eq(Some(tx.now)),
        attachments::version.eq(attachments::version + 1),
    )))
    .execute(tx.conn)?;
    match row.object_id.filter(|_| state == AttachmentState::Discarded) {
        Some(object) => wipe_from(tx.conn, object, tx.now),
        None => Ok(()),
    }
}

/// Throws away everything that is attached to a ticket, which is locked, and says what that was. What is on its way
/// is its sending's own to give up.
pub fn discard_all<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ticket: TicketId,
) -> StoreResult<Vec<AttachmentId>> {
    let there =
        attachments::state.ne(AttachmentState::Pending).or(attachments::expires_at.gt(tx.now));
    let all: Vec<(AttachmentId, AttachmentState, Option<AnyId>)> = attachments::table
        .filter(attachments::ticket_id.eq(ticket))
        .filter(attachments::state.ne(AttachmentState::Discarded))
        .filter(there)
        .order((attachments::created_at.asc(), attachments::id.asc()))
        .limit(SHOWN)
        .select((attachments::id, attachments::state, attachments::object_id))
        .load(tx.conn)?;
    let ids: Vec<AttachmentId> = all.iter().map(|(id, ..)| *id).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    diesel::update(attachments::table.filter(attachments::id.eq_any(ids.clone())))
        .set((
            attachments::state.eq(AttachmentState::Discarded),
            attachments::settled_by.eq(None::<AccountId>),
            attachments::settled_at.eq(Some(tx.now)),
            attachments::version.eq(attachments::version + 1),
        ))
        .execute(tx.conn)?;
    let has_come = all.into_iter().filter(|(_, state, _)| *state != AttachmentState::Pending);
    let objects: Vec<AnyId> = has_come.filter_map(|(.., object)| object).collect();
    diesel::update(attachment_objects::table.filter(attachment_objects::id.eq_any(objects)))
        .set(attachment_objects::wipe_at.eq(Some(tx.now)))
        .execute(tx.conn)?;
    Ok(ids)
}

/// Forgets some of the attachments whose content never came; says how many. None are left when it says 0. What came of
/// it is deleted in its own time.
pub fn forget_unfinished(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let over = attachments::table
        .filter(attachments::state.eq(AttachmentState::Pending))
        .filter(attachments::expires_at.le(tx.now))
        .order(attachments::expires_at.asc())
        .limit(FORGET)
        .select(attachments::id);
    let over: Vec<AttachmentId> = Locked(over).load(tx.conn)?;
    let rows = attachments::table.filter(attachments::id.eq_any(over));
    Ok(diesel::delete(rows).execute(tx.conn)?)
}

/// Keeps the names of attachments masked anew, with what was written sealed.
pub fn mask_names<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    names: Vec<MaskedRow<AttachmentId, FileName>>,
) -> StoreResult<()> {
    let columns =
        MaskedColumns { table: "attachments", text: "file_name", original: "original_name" };
    mask_rows(tx.conn, columns, names)
}

/// Quarantines what a scan alone has cleared: it knew less of the case than is known now.
pub fn doubt_scans<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, ticket: TicketId) -> StoreResult<()> {
    let scanned = attachments::table
        .filter(attachments::ticket_id.eq(ticket))
        .filter(attachments::state.eq(AttachmentState::Cleared))
        .filter(attachments::settled_by.is_null());
    diesel::update(scanned)
        .set((
            attachments::state.eq(AttachmentState::Quarantined),
            attachments::version.eq(attachments::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Moves attachments of a ticket to another one, the oldest first, but for those that were thrown away; says how many.
/// Both are locked. If the other one's case knows other names, what a scan alone has cleared is quarantined.
pub fn move_to<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (from, to): (TicketId, TicketId),
    (room, knows_others): (i64, bool),
) -> StoreResult<usize> {
    let there =
        attachments::state.ne(AttachmentState::Pending).or(attachments::expires_at.gt(tx.now));
    let all = attachments::table
        .filter(attachments::ticket_id.eq(from))
        .filter(attachments::state.ne(AttachmentState::Discarded))
        .filter(there)
        .order((attachments::created_at.asc(), attachments::id.asc()))
        .limit(room)
        .select(attachments::id);
    let ids: Vec<AttachmentId> = Locked(all).load(tx.conn)?;
    if knows_others {
        let scanned = attachments::table
            .filter(attachments::id.eq_any(ids.clone()))
            .filter(attachments::state.eq(AttachmentState::Cleared))
            .filter(attachments::settled_by.is_null());
        let doubted = attachments::state.eq(AttachmentState::Quarantined);
        diesel::update(scanned).set(doubted).execute(tx.conn)?;
    }
    let moved = attachments::table.filter(attachments::id.eq_any(ids));
    Ok(diesel::update(moved)
        .set((attachments::ticket_id.eq(to), attachments::version.eq(attachments::version + 1)))
        .execute(tx.conn)?)
}

/// Some of the files that are nobody's any more; none are left when there are none.
pub fn to_wipe(conn: &mut Conn, now: Moment) -> StoreResult<Vec<Uuid>> {
    let due = attachment_objects::table
        .filter(attachment_objects::wipe_at.le(now))
        .order(attachment_objects::wipe_at.asc())
        .limit(FORGET)
        .select(attachment_objects::id);
    let due: Vec<AnyId> = due.load(conn)?;
    Ok(due.into_iter().map(|AnyId(id)| id).collect())
}

/// Forgets files that were deleted.
pub fn wiped(tx: &mut Tx<'_>, objects: &[Uuid]) -> StoreResult<usize> {
    let objects: Vec<AnyId> = objects.iter().copied().map(AnyId).collect();
    let rows = attachment_objects::table
        .filter(attachment_objects::id.eq_any(objects))
        .filter(attachment_objects::wipe_at.is_not_null());
    Ok(diesel::delete(rows).execute(tx.conn)?)
}

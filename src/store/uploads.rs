//! Uploads: the record, and the content in pieces.
//!
//! Each sending of the content has an id of its own. The one that began last counts: its beginning wipes
//! what others left, and each of its pieces is written only while it is still the one that counts. So
//! the content is never a mixture, and never more than one file long.

use caredesk_core::domain::ids::{AccountId, JobId, TenantId, UploadId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::upload::{LASTS, UploadPurpose, UploadState};
use caredesk_core::domain::{FileName, MediaType};
use caredesk_core::policy::action::{CreateUpload, DeleteUpload, WriteUpload};
use caredesk_core::policy::{Action, Permit, UploadFacts, UploadSight};
use diesel::prelude::*;
use uuid::Uuid;

use super::columns::AnyId;
use super::db::query::{Locked, Prepared};
use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::{upload_pieces, uploads};
use super::tx::Tx;

/// Uploads that are forgotten in one transaction.
const FORGET: i64 = 20;

/// An upload as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = uploads)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Who announced it.
    pub created_by: AccountId,
    /// What it is for.
    pub purpose: UploadPurpose,
    /// The file's name: personal data.
    pub file_name: FileName,
    /// What its sender says it is.
    pub media_type: Option<MediaType>,
    /// How far it is.
    pub state: UploadState,
    /// Its bytes, once they are there.
    pub size: Option<i64>,
    /// Their hash, in hexadecimal digits.
    pub sha256: Option<String>,
    /// When it was announced.
    pub created_at: Moment,
    /// When its content was there.
    pub completed_at: Option<Moment>,
    /// When it is wiped, if nothing uses it.
    pub expires_at: Moment,
    /// Counts its changes.
    pub version: i64,
}

impl Upload {
    /// What the rules need to know of it.
    pub fn facts(&self) -> UploadFacts {
        UploadFacts {
            id: self.id,
            purpose: self.purpose,
            state: self.state,
            tenant: self.tenant_id,
            created_by: self.created_by,
        }
    }
}

/// A file that is announced.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// What it is for.
    pub purpose: UploadPurpose,
    /// Its name.
    pub file_name: FileName,
    /// What its sender says it is.
    pub media_type: Option<MediaType>,
}

/// Keeps the record of an upload. Whoever calls has seen to it that there are not too many.
pub fn insert(
    tx: &mut Tx<'_>,
    _: &Permit<CreateUpload>,
    (id, tenant, account): (UploadId, TenantId, AccountId),
    new: &NewUpload,
) -> StoreResult<()> {
    diesel::insert_into(uploads::table)
        .values((
            uploads::id.eq(id),
            uploads::tenant_id.eq(tenant),
            uploads::created_by.eq(account),
            uploads::purpose.eq(new.purpose),
            uploads::file_name.eq(new.file_name.clone()),
            uploads::media_type.eq(new.media_type.clone()),
            uploads::state.eq(UploadState::Pending),
            uploads::created_at.eq(tx.now),
            uploads::expires_at.eq(tx.now.plus(LASTS)),
            uploads::version.eq(1_i64),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// How many uploads of a tenant there are that have not run out, those in use left out.
pub fn count(conn: &mut Conn, tenant: TenantId, now: Moment) -> StoreResult<i64> {
    let waiting = uploads::table
        .filter(uploads::tenant_id.eq(tenant).and(uploads::expires_at.gt(now)))
        .filter(uploads::job_id.is_null());
    Ok(waiting.count().get_result(conn)?)
}

/// The uploads that somebody sees and that have not run out.
fn visible<'q>(sight: UploadSight, now: Moment) -> uploads::BoxedQuery<'q, MultiBackend> {
    let there = uploads::expires_at.gt(now).or(uploads::job_id.is_not_null());
    let mut query = uploads::table.filter(there).into_boxed();
    query = query.filter(uploads::purpose.eq_any(sight.purposes()));
    query = match sight.tenant() {
        Some(tenant) => query.filter(uploads::tenant_id.eq(tenant)),
        None => query.filter(uploads::id.is_null()),
    };
    match sight.own() {
        Some(account) => query.filter(uploads::created_by.eq(account)),
        None => query,
    }
}

/// One upload, if somebody sees it and it has not run out.
pub fn find(
    conn: &mut Conn,
    sight: UploadSight,
    id: UploadId,
    now: Moment,
) -> StoreResult<Option<Upload>> {
    let one = visible(sight, now).filter(uploads::id.eq(id)).select(Upload::as_select());
    Ok(one.first(conn).optional()?)
}

/// As [`find`], locked until the transaction ends.
pub fn find_locked(
    conn: &mut Conn,
    sight: UploadSight,
    id: UploadId,
    now: Moment,
) -> StoreResult<Option<Upload>> {
    let lock = uploads::table.find(id).select(uploads::id);
    Locked(lock).get_result::<UploadId>(conn).optional()?;
    find(conn, sight, id, now)
}

/// Begins a sending of the content, which takes the place of every other.
pub fn begin(tx: &mut Tx<'_>, permit: &Permit<WriteUpload>, attempt: Uuid) -> StoreResult<()> {
    let id = permit.target().id;
    diesel::delete(upload_pieces::table.filter(upload_pieces::upload_id.eq(id)))
        .execute(tx.conn)?;
    Prepared(diesel::update(uploads::table.find(id)).set(uploads::attempt.eq(AnyId(attempt))))
        .execute(tx.conn)?;
    Ok(())
}

/// Whether a sending is still the one that counts; locks the upload.
fn counts(conn: &mut Conn, id: UploadId, attempt: Uuid) -> StoreResult<bool> {
    let row = uploads::table.find(id).select((uploads::attempt, uploads::state));
    let found = Locked(row).get_result::<(Option<AnyId>, UploadState)>(conn).optional()?;
    Ok(found == Some((Some(AnyId(attempt)), UploadState::Pending)))
}

/// Keeps a piece; false if the sending counts no more.
pub fn add_piece(
    tx: &mut Tx<'_>,
    (id, attempt, seq): (UploadId, Uuid, i32),
    bytes: &[u8],
) -> StoreResult<bool> {
    if !counts(tx.conn, id, attempt)? {
        return Ok(false);
    }
    diesel::insert_into(upload_pieces::table)
        .values((
            upload_pieces::upload_id.eq(id),
            upload_pieces::attempt.eq(AnyId(attempt)),
            upload_pieces::seq.eq(seq),
            upload_pieces::bytes.eq(bytes.to_vec()),
        ))
        .execute(tx.conn)?;
    Ok(true)
}

/// The content is there as a whole; false if the sending counts no more.
pub fn complete(
    tx: &mut Tx<'_>,
    permit: &Permit<WriteUpload>,
    attempt: Uuid,
    (size, sha256): (i64, &str),
) -> StoreResult<bool> {
    let id = permit.target().id;
    if !counts(tx.conn, id, attempt)? {
        return Ok(false);
    }
    Prepared(diesel::update(uploads::table.find(id)).set((
        uploads::state.eq(UploadState::Complete),
        uploads::size.eq(size),
        uploads::sha256.eq(sha256.to_owned()),
        uploads::completed_at.eq(tx.now),
        uploads::version.eq(uploads::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(true)
}

/// Wipes what a sending left that came to nothing.
pub fn abandon(tx: &mut Tx<'_>, id: UploadId, attempt: Uuid) -> StoreResult<()> {
    if counts(tx.conn, id, attempt)? {
        let left = upload_pieces::table.filter(upload_pieces::upload_id.eq(id));
        diesel::delete(left).execute(tx.conn)?;
    }
    Ok(())
}

/// Gives an upload to a job, for as long as it lasts: [`forget_of_job`] wipes it when the job is over.
pub fn use_for<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    id: UploadId,
    job: JobId,
) -> StoreResult<()> {
    Prepared(diesel::update(uploads::table.find(id)).set((
        uploads::state.eq(UploadState::InUse),
        uploads::job_id.eq(job),
        uploads::version.eq(uploads::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// A piece of the upload that a job uses, from 0; none behind the last.
pub fn piece_of_job(conn: &mut Conn, job: JobId, seq: i32) -> StoreResult<Option<Vec<u8>>> {
    let piece = upload_pieces::table
        .inner_join(uploads::table)
        .filter(uploads::job_id.eq(job).and(uploads::attempt.eq(upload_pieces::attempt.nullable())))
        .filter(upload_pieces::seq.eq(seq))
        .select(upload_pieces::bytes);
    Ok(piece.first(conn).optional()?)
}

/// Wipes an upload.
pub fn delete(tx: &mut Tx<'_>, permit: &Permit<DeleteUpload>) -> StoreResult<()> {
    wipe(tx.conn, &[permit.target().id]).map(drop)
}

/// Wipes what a job used, now that it is over.
pub fn forget_of_job(tx: &mut Tx<'_>, job: JobId) -> StoreResult<()> {
    let used = uploads::table.filter(uploads::job_id.eq(job)).select(uploads::id);
    let used: Vec<UploadId> = used.load(tx.conn)?;
    wipe(tx.conn, &used).map(drop)
}

/// Wipes some of the uploads that have run out and that nothing uses; says how many. None are left when
/// it says 0.
pub fn forget_expired(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let over = uploads::table
        .filter(uploads::expires_at.le(tx.now).and(uploads::job_id.is_null()))
        .order(uploads::expires_at.asc())
        .limit(FORGET)
        .select(uploads::id);
    let over: Vec<UploadId> = over.load(tx.conn)?;
    wipe(tx.conn, &over)
}

/// Wipes uploads with their content; the record is locked first, so that no piece comes after.
fn wipe(conn: &mut Conn, ids: &[UploadId]) -> StoreResult<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let rows = uploads::table.filter(uploads::id.eq_any(ids.to_vec())).order(uploads::id);
    Locked(rows.select(uploads::id)).load::<UploadId>(conn)?;
    let pieces = upload_pieces::table.filter(upload_pieces::upload_id.eq_any(ids.to_vec()));
    diesel::delete(pieces).execute(conn)?;
    let rows = uploads::table.filter(uploads::id.eq_any(ids.to_vec()));
    Ok(diesel::delete(rows).execute(conn)?)
}

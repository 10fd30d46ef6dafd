//! Codes that were sent to a contact, by their hash.

use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, CodeId};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::proof::{CODE_ATTEMPTS, CODE_LASTS, CodePurpose};
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;
use uuid::Uuid;

use super::columns::AnyId;
use super::db::Conn;
use super::db::query::Locked;
use super::error::{StoreError, StoreResult};
use super::schema::one_time_codes;
use super::tx::Tx;

/// A code that was sent and still counts.
#[derive(Debug, Clone)]
pub struct SentCode {
    /// Names it.
    pub id: CodeId,
    /// What it shows.
    pub purpose: CodePurpose,
    /// Where it was sent.
    pub contact: Contact,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// A code that is about to be sent.
#[derive(Debug, Clone)]
pub struct NewCode<'a> {
    /// Names it.
    pub id: CodeId,
    /// What it shows.
    pub purpose: CodePurpose,
    /// What it is for: the change of a contact, or a session.
    pub subject: Uuid,
    /// Whose it is.
    pub account: AccountId,
    /// Where it is sent.
    pub contact: &'a Contact,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Keeps a new code.
pub fn insert<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, new: &NewCode<'_>) -> StoreResult<()> {
    diesel::insert_into(one_time_codes::table)
        .values((
            one_time_codes::id.eq(new.id),
            one_time_codes::purpose.eq(new.purpose),
            one_time_codes::subject.eq(AnyId(new.subject)),
            one_time_codes::account_id.eq(new.account),
            one_time_codes::method.eq(new.contact.method()),
            one_time_codes::contact.eq(new.contact.as_str().to_owned()),
            one_time_codes::hash.eq(new.hash.to_vec()),
            one_time_codes::attempts.eq(0_i64),
            one_time_codes::created_at.eq(tx.now),
            one_time_codes::expires_at.eq(tx.now.plus(CODE_LASTS)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Whether codes of an account were sent for a subject, be they over by now.
pub fn is_known(conn: &mut Conn, account: AccountId, subject: Uuid) -> StoreResult<bool> {
    let sent = one_time_codes::table
        .filter(one_time_codes::subject.eq(AnyId(subject)))
        .filter(one_time_codes::account_id.eq(account));
    Ok(diesel::select(diesel::dsl::exists(sent)).get_result(conn)?)
}

/// Counts an attempt at the codes of a subject, in a transaction of its own, so that it stays counted;
/// false if there is no code left to try.
pub fn count_attempt(tx: &mut Tx<'_>, account: AccountId, subject: Uuid) -> StoreResult<bool> {
    let open = one_time_codes::table
        .filter(one_time_codes::subject.eq(AnyId(subject)))
        .filter(one_time_codes::account_id.eq(account))
        .filter(one_time_codes::used_at.is_null().and(one_time_codes::expires_at.gt(tx.now)))
        .filter(one_time_codes::attempts.lt(CODE_ATTEMPTS));
    let counted = diesel::update(open)
        .set(one_time_codes::attempts.eq(one_time_codes::attempts + 1))
        .execute(tx.conn)?;
    Ok(counted > 0)
}

/// The codes of a subject that still count, locked.
pub fn find_open(tx: &mut Tx<'_>, account: AccountId, subject: Uuid) -> StoreResult<Vec<SentCode>> {
    type Row = (CodeId, CodePurpose, Method, String, Vec<u8>);
    let open = one_time_codes::table
        .filter(one_time_codes::subject.eq(AnyId(subject)))
        .filter(one_time_codes::account_id.eq(account))
        .filter(one_time_codes::used_at.is_null().and(one_time_codes::expires_at.gt(tx.now)))
        .order(one_time_codes::id)
        .select((
            one_time_codes::id,
            one_time_codes::purpose,
            one_time_codes::method,
            one_time_codes::contact,
            one_time_codes::hash,
        ));
    let rows: Vec<Row> = Locked(open).load(tx.conn)?;
    rows.into_iter()
        .map(|(id, purpose, method, contact, hash)| {
            let contact = Contact::parse(method, &contact)
                .map_err(|error| StoreError::Corrupt(format!("a contact: {error}")))?;
            Ok(SentCode { id, purpose, contact, hash })
        })
        .collect()
}

/// Uses the codes of a subject up; false if somebody else did.
pub fn use_up<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    subject: Uuid,
) -> StoreResult<bool> {
    let open = one_time_codes::table
        .filter(one_time_codes::subject.eq(AnyId(subject)))
        .filter(one_time_codes::account_id.eq(account))
        .filter(one_time_codes::used_at.is_null());
    let used = diesel::update(open).set(one_time_codes::used_at.eq(tx.now)).execute(tx.conn)?;
    Ok(used > 0)
}

/// Ends the codes of an account that are for one purpose.
pub fn end<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    purpose: CodePurpose,
) -> StoreResult<()> {
    let open = one_time_codes::table
        .filter(one_time_codes::account_id.eq(account).and(one_time_codes::purpose.eq(purpose)))
        .filter(one_time_codes::used_at.is_null());
    diesel::update(open).set(one_time_codes::used_at.eq(tx.now)).execute(tx.conn)?;
    Ok(())
}

/// Forgets codes that are over; says how many.
pub fn forget_expired(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let over = one_time_codes::table.filter(one_time_codes::expires_at.le(tx.now));
    Ok(diesel::delete(over).execute(tx.conn)?)
}

//! Answers kept for repeated requests, in the transaction of the effect they answer for.

use data_encoding::BASE64;
use diesel::prelude::*;
use jiff::SignedDuration;
use uuid::Uuid;

use super::db::Conn;
use super::error::{StoreError, StoreResult};
use super::schema::idempotency_answers;
use super::tx::Tx;
use crate::vault::{Keyring, Place};

/// How long an answer is kept.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A request that may be repeated: whose it is, which operation, which key; and what it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Hash of principal, operation and the caller's key.
    pub key: [u8; 32],
    /// Hash of path and body.
    pub fingerprint: [u8; 32],
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its body as JSON; none if it holds a secret and is not kept.
    pub body: Option<String>,
}

impl KeptAnswer {
    /// Whether the answer had a body that was not kept, because it held a secret.
    pub fn is_withheld(&self) -> bool {
        self.body.is_none() && self.status != 204
    }
}

/// What is known of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nothing: go ahead.
    Nothing,
    /// It was answered.
    Answered(KeptAnswer),
    /// The key was used for something else.
    OtherRequest,
}

diesel::define_sql_function! {
    /// Whether PostgreSQL gave the lock of a number, which nobody else has until the transaction ends.
    fn pg_try_advisory_xact_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}

/// Keeps others with the same key out until this transaction ends; false if one is inside.
///
/// SQLite has one process and one writer, where the caller's set of keys does this.
pub fn lock(conn: &mut Conn, claim: &Claim) -> StoreResult<bool> {
    let Conn::Pg(conn) = conn else { return Ok(true) };
    let (head, _) = claim.key.split_first_chunk::<8>().ok_or(StoreError::Busy)?;
    let lock = pg_try_advisory_xact_lock(i64::from_be_bytes(*head));
    Ok(diesel::select(lock).get_result(conn)?)
}

/// Where an answer is sealed to: its key stands for its row.
fn place(claim: &Claim) -> Place {
    let [row @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = claim.key;
    let row = Uuid::from_bytes(row);
    Place { tenant: None, table: "idempotency_answers", row, column: "body" }
}

/// What is known of a claim now.
pub fn find(tx: &mut Tx<'_>, claim: &Claim) -> StoreResult<Known> {
    type Columns = (Vec<u8>, i32, Option<String>, Option<String>, Option<String>);
    let row: Option<Columns> = idempotency_answers::table
        .filter(idempotency_answers::key.eq(claim.key.to_vec()))
        .filter(idempotency_answers::expires_at.gt(tx.now))
        .select((
            idempotency_answers::fingerprint,
            idempotency_answers::status,
            idempotency_answers::location,
            idempotency_answers::etag,
            idempotency_answers::body,
        ))
        .first(tx.conn)
        .optional()?;
    let Some((fingerprint, status, location, etag, body)) = row else { return Ok(Known::Nothing) };
    if fingerprint != claim.fingerprint {
        return Ok(Known::OtherRequest);
    }
    let status = u16::try_from(status).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let body = body.map(|sealed| opened(tx.keys, claim, &sealed)).transpose()?;
    Ok(Known::Answered(KeptAnswer { status, location, etag, body }))
}

/// The text of a sealed answer.
fn opened(keys: &Keyring, claim: &Claim, sealed: &str) -> StoreResult<String> {
    let corrupt = |why: String| StoreError::Corrupt(format!("a kept answer: {why}"));
    let sealed = BASE64.decode(sealed.as_bytes()).map_err(|error| corrupt(error.to_string()))?;
    let text = keys.open(&place(claim), &sealed).map_err(|error| corrupt(error.to_string()))?;
    String::from_utf8(text.to_vec()).map_err(|error| corrupt(error.to_string()))
}

/// Keeps an answer. Its body is sealed: it may hold names and addresses, and nobody searches it.
pub fn keep(tx: &mut Tx<'_>, claim: &Claim, answer: &KeptAnswer) -> StoreResult<()> {
    let expired = idempotency_answers::table
        .filter(idempotency_answers::key.eq(claim.key.to_vec()))
        .filter(idempotency_answers::expires_at.le(tx.now));
    diesel::delete(expired).execute(tx.conn)?;
    let seal =
        |body: &String| BASE64.encode(&tx.keys.seal(tx.entropy, &place(claim), body.as_bytes()));
    let body = answer.body.as_ref().map(seal);
    diesel::insert_into(idempotency_answers::table)
        .values((
            idempotency_answers::key.eq(claim.key.to_vec()),
            idempotency_answers::fingerprint.eq(claim.fingerprint.to_vec()),
            idempotency_answers::status.eq(i32::from(answer.status)),
            idempotency_answers::location.eq(answer.location.clone()),
            idempotency_answers::etag.eq(answer.etag.clone()),
            idempotency_answers::body.eq(body),
            idempotency_answers::expires_at.eq(tx.now.plus(KEPT_FOR)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets answers that are too old; says how many.
pub fn forget_expired(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let old = idempotency_answers::table.filter(idempotency_answers::expires_at.le(tx.now));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

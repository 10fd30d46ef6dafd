//! The keys that access tokens are signed with: rows that all instances share, sealed by the root key.

use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::RotateSigningKey;
use diesel::prelude::*;
use jiff::SignedDuration;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::columns::AnyId;
use super::db::Conn;
use super::error::{StoreError, StoreResult};
use super::schema::signing_keys;
use super::tx::Tx;
use crate::vault::{Keyring, Place};

/// When a key counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its name in tokens.
    pub kid: String,
    /// From then on it signs, until a later one does.
    pub signs_from: Moment,
    /// From then on nothing that it signed counts.
    pub retired_at: Option<Moment>,
}

/// A signing key as it is kept.
pub struct StoredKey {
    /// When it counts.
    pub term: Term,
    /// The private half.
    pub secret: Zeroizing<Vec<u8>>,
}

/// A new key's halves.
pub struct NewKey<'k> {
    /// Its name in tokens.
    pub kid: &'k str,
    /// The private half.
    pub secret: &'k [u8],
    /// The public half.
    pub public: &'k [u8],
    /// From when on it signs.
    pub signs_from: Moment,
}

fn place(id: Uuid) -> Place {
    Place { tenant: None, table: "signing_keys", row: id, column: "secret" }
}

/// Keeps others from making or retiring keys until this transaction ends. What is read after it is what
/// they left. There may be no row yet to lock instead; SQLite has one writer.
pub fn lock(conn: &mut Conn) -> StoreResult<()> {
    // Two numbers: the locks of one number are named by others.
    if let Conn::Pg(conn) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock(1667330661, 1)").execute(conn)?;
    }
    Ok(())
}

/// Every key that is kept.
pub fn list(conn: &mut Conn, keys: &Keyring) -> StoreResult<Vec<StoredKey>> {
    type Columns = (AnyId, Vec<u8>, String, Moment, Option<Moment>);
    let rows: Vec<Columns> = signing_keys::table
        .select((
            signing_keys::id,
            signing_keys::secret,
            signing_keys::kid,
            signing_keys::signs_from,
            signing_keys::retired_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(AnyId(id), sealed, kid, signs_from, retired_at)| {
            let secret = keys
                .open(&place(id), &sealed)
                .map_err(|error| StoreError::Corrupt(format!("signing key {kid}: {error}")))?;
            Ok(StoredKey { term: Term { kid, signs_from, retired_at }, secret })
        })
        .collect()
}

/// When every key counts, the one that signs last first.
pub fn terms(conn: &mut Conn) -> StoreResult<Vec<Term>> {
    let rows: Vec<(String, Moment, Option<Moment>)> = signing_keys::table
        .order((signing_keys::signs_from.desc(), signing_keys::id.desc()))
        .select((signing_keys::kid, signing_keys::signs_from, signing_keys::retired_at))
        .load(conn)?;
    let term = |(kid, signs_from, retired_at)| Term { kid, signs_from, retired_at };
    Ok(rows.into_iter().map(term).collect())
}

/// Keeps a new key; gives its row.
pub fn insert(
    tx: &mut Tx<'_>,
    _: &Permit<RotateSigningKey>,
    new: &NewKey<'_>,
) -> StoreResult<Uuid> {
    let id = tx.new_uuid();
    let sealed = tx.keys.seal(tx.entropy, &place(id), new.secret);
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::id.eq(AnyId(id)),
            signing_keys::kid.eq(new.kid),
            signing_keys::secret.eq(sealed),
            signing_keys::public.eq(new.public.to_vec()),
            signing_keys::created_at.eq(tx.now),
            signing_keys::signs_from.eq(new.signs_from),
        ))
        .execute(tx.conn)?;
    Ok(id)
}

/// Ends every key at `at`, but those that end before.
pub fn retire(tx: &mut Tx<'_>, _: &Permit<RotateSigningKey>, at: Moment) -> StoreResult<()> {
    let later = signing_keys::retired_at.is_null().or(signing_keys::retired_at.gt(at));
    diesel::update(signing_keys::table.filter(later))
        .set(signing_keys::retired_at.eq(at))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets keys that were retired long ago; says how many.
pub fn forget_retired(tx: &mut Tx<'_>, ago: SignedDuration) -> StoreResult<usize> {
    let old = signing_keys::table.filter(signing_keys::retired_at.le(tx.now.plus(-ago)));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

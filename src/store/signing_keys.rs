//! The keys that access tokens are signed with: rows that all instances share, sealed by the root key.

use caredesk_core::domain::time::Moment;
use diesel::prelude::*;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::columns::AnyId;
use super::db::Conn;
use super::error::{StoreError, StoreResult};
use super::schema::signing_keys;
use super::tx::Tx;
use crate::vault::{Keyring, Place};

/// A signing key as it is kept.
pub struct StoredKey {
    /// Its name in tokens.
    pub kid: String,
    /// The private half.
    pub secret: Zeroizing<Vec<u8>>,
    /// Whether new tokens are still signed with it.
    pub is_active: bool,
}

fn place(id: Uuid) -> Place {
    Place { tenant: None, table: "signing_keys", row: id, column: "secret" }
}

/// Every key that tokens may still carry, newest first.
pub fn list(conn: &mut Conn, keys: &Keyring) -> StoreResult<Vec<StoredKey>> {
    let rows: Vec<(AnyId, String, Vec<u8>, Option<Moment>)> = signing_keys::table
        .order(signing_keys::id.desc())
        .select((
            signing_keys::id,
            signing_keys::kid,
            signing_keys::secret,
            signing_keys::retired_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(AnyId(id), kid, sealed, retired_at)| {
            let secret = keys
                .open(&place(id), &sealed)
                .map_err(|error| StoreError::Corrupt(format!("signing key {kid}: {error}")))?;
            Ok(StoredKey { kid, secret, is_active: retired_at.is_none() })
        })
        .collect()
}

/// Keeps a new key.
pub fn insert(tx: &mut Tx<'_>, kid: &str, secret: &[u8], public: &[u8]) -> StoreResult<()> {
    let id = tx.new_uuid();
    let sealed = tx.keys.seal(tx.entropy, &place(id), secret);
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::id.eq(AnyId(id)),
            signing_keys::kid.eq(kid),
            signing_keys::secret.eq(sealed),
            signing_keys::public.eq(public.to_vec()),
            signing_keys::created_at.eq(tx.now),
            signing_keys::signs_from.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

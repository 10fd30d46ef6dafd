//! Emails that were taken, by a keyed hash, so that none is taken twice.

use diesel::dsl::exists;
use diesel::prelude::*;
use jiff::SignedDuration;

use super::db::Conn;
use super::error::StoreResult;
use super::schema::taken_emails;
use super::tx::Tx;

/// How long it is known that an email was taken: longer than any mail server tries to hand one over.
const KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Whether an email was taken.
pub fn is_taken(conn: &mut Conn, key: &[u8; 32]) -> StoreResult<bool> {
    let taken = taken_emails::table.find(key.to_vec());
    Ok(diesel::select(exists(taken)).get_result(conn)?)
}

/// Notes that an email is taken; whoever calls holds a lock on what it is about.
pub fn take(tx: &mut Tx<'_>, key: &[u8; 32]) -> StoreResult<()> {
    let row = (taken_emails::key.eq(key.to_vec()), taken_emails::taken_at.eq(tx.now));
    diesel::insert_into(taken_emails::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Forgets emails that were taken long ago; says how many.
pub fn forget_old(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let old = taken_emails::table.filter(taken_emails::taken_at.le(tx.now.plus(-KEPT)));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

//! Attempts counted in the database, so that several instances add up; and the places that a name is
//! known to be used from, which are spared what others try elsewhere.

use std::collections::HashSet;

use caredesk_core::domain::time::Moment;
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::upsert::excluded;
use jiff::SignedDuration;

use super::db::Conn;
use super::db::query::{Portable, Prepared, insert_rows};
use super::error::StoreResult;
use super::schema::{familiar_places, throttle_counters};
use super::tx::Tx;

/// How many attempts a window takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// So many.
    pub attempts: i64,
    /// In so long.
    pub window: SignedDuration,
}

/// Counts an attempt; if it is one too many, says how long to wait.
///
/// Runs in a transaction of its own, so that a refused request still counts.
pub fn count(
    tx: &mut Tx<'_>,
    key: &[u8; 32],
    allowance: Allowance,
) -> StoreResult<Option<SignedDuration>> {
    let over = tx.now.plus(-allowance.window);
    let is_over = || throttle_counters::opened_at.le(over);
    let attempt = diesel::insert_into(throttle_counters::table)
        .values((
            throttle_counters::key.eq(key.to_vec()),
            throttle_counters::opened_at.eq(tx.now),
            throttle_counters::attempts.eq(1_i64),
        ))
        .on_conflict(throttle_counters::key)
        .do_update()
        // A window that is over begins anew with this attempt.
        .set((
            throttle_counters::opened_at.eq(case_when(
                is_over(),
                excluded(throttle_counters::opened_at),
            )
            .otherwise(throttle_counters::opened_at)),
            throttle_counters::attempts.eq(case_when(
                is_over(),
                excluded(throttle_counters::attempts),
            )
            .otherwise(throttle_counters::attempts + 1)),
        ))
        .returning((throttle_counters::opened_at, throttle_counters::attempts));
    let (opened_at, attempts): (Moment, i64) = Prepared(Portable(attempt)).get_result(tx.conn)?;
    if attempts <= allowance.attempts {
        return Ok(None);
    }
    Ok(Some(allowance.window - tx.now.since(opened_at)))
}

/// Those of some keys that were not counted within a window; from now on they were. For what may happen once in a
/// window, to many at a time: whoever calls holds a lock on what it is about.
pub fn first_of(
    tx: &mut Tx<'_>,
    keys: &[[u8; 32]],
    window: SignedDuration,
) -> StoreResult<HashSet<[u8; 32]>> {
    let since = tx.now.plus(-window);
    let bytes = |keys: &[[u8; 32]]| keys.iter().map(|key| key.to_vec()).collect::<Vec<_>>();
    let counted: Vec<Vec<u8>> = throttle_counters::table
        .filter(throttle_counters::key.eq_any(bytes(keys)))
        .filter(throttle_counters::opened_at.gt(since))
        .select(throttle_counters::key)
        .load(tx.conn)?;
    let first: HashSet<[u8; 32]> =
        keys.iter().copied().filter(|key| !counted.iter().any(|one| one == key)).collect();
    if first.is_empty() {
        return Ok(first);
    }
    let of_before = throttle_counters::key.eq_any(bytes(keys));
    let is_over = throttle_counters::opened_at.le(since);
    diesel::delete(throttle_counters::table.filter(of_before.and(is_over))).execute(tx.conn)?;
    let row = |key: &[u8; 32]| {
        (
            throttle_counters::key.eq(key.to_vec()),
            throttle_counters::opened_at.eq(tx.now),
            throttle_counters::attempts.eq(1_i64),
        )
    };
    let rows: Vec<_> = first.iter().map(row).collect();
    insert_rows!(&mut *tx.conn, throttle_counters::table, rows)?;
    Ok(first)
}

/// Whether a window has taken all that it takes; counts nothing.
pub fn is_spent(
    conn: &mut Conn,
    key: &[u8; 32],
    allowance: Allowance,
    now: Moment,
) -> StoreResult<bool> {
    let spent = throttle_counters::table
        .find(key.to_vec())
        .filter(throttle_counters::opened_at.gt(now.plus(-allowance.window)))
        .filter(throttle_counters::attempts.ge(allowance.attempts));
    Ok(diesel::select(diesel::dsl::exists(spent)).get_result(conn)?)
}

/// Forgets the attempts of somebody who succeeded.
pub fn forget(tx: &mut Tx<'_>, key: &[u8; 32]) -> StoreResult<()> {
    diesel::delete(throttle_counters::table.find(key.to_vec())).execute(tx.conn)?;
    Ok(())
}

/// Forgets windows that are long over; says how many.
pub fn forget_expired(tx: &mut Tx<'_>, older_than: SignedDuration) -> StoreResult<usize> {
    let old =
        throttle_counters::table.filter(throttle_counters::opened_at.le(tx.now.plus(-older_than)));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

/// Whether a name was used with success from a place since a moment.
pub fn is_familiar(conn: &mut Conn, key: &[u8; 32], since: Moment) -> StoreResult<bool> {
    let seen = familiar_places::table.find(key.to_vec()).filter(familiar_places::seen_at.gt(since));
    Ok(diesel::select(diesel::dsl::exists(seen)).get_result(conn)?)
}

/// Notes that a name was used with success from a place.
pub fn make_familiar(tx: &mut Tx<'_>, key: &[u8; 32]) -> StoreResult<()> {
    let row = (familiar_places::key.eq(key.to_vec()), familiar_places::seen_at.eq(tx.now));
    let statement = diesel::insert_into(familiar_places::table)
        .values(row)
        .on_conflict(familiar_places::key)
        .do_update()
        .set(familiar_places::seen_at.eq(excluded(familiar_places::seen_at)));
    Prepared(Portable(statement)).execute(tx.conn)?;
    Ok(())
}

/// Forgets places that were not used for long; says how many.
pub fn forget_unfamiliar(tx: &mut Tx<'_>, older_than: SignedDuration) -> StoreResult<usize> {
    let old = familiar_places::table.filter(familiar_places::seen_at.le(tx.now.plus(-older_than)));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

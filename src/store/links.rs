//! One-time links, by their hash.

use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::proof::LinkPurpose;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;

use super::db::Conn;
use super::error::StoreResult;
use super::schema::links;
use super::tx::Tx;
use crate::store::db::query::insert_rows;

/// Keeps a new link of an account, and ends the older ones for the same purpose.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (account, purpose): (AccountId, LinkPurpose),
    hash: &[u8],
) -> StoreResult<()> {
    end(tx, permit, account, purpose)?;
    diesel::insert_into(links::table)
        .values((
            links::hash.eq(hash.to_vec()),
            links::purpose.eq(purpose),
            links::account_id.eq(account),
            links::created_at.eq(tx.now),
            links::expires_at.eq(tx.now.plus(purpose.lasts())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Keeps the first link of each of some accounts.
pub fn insert_first<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    purpose: LinkPurpose,
    new: &[(AccountId, [u8; 32])],
) -> StoreResult<()> {
    let row = |(account, hash): &(AccountId, [u8; 32])| {
        (
            links::hash.eq(hash.to_vec()),
            links::purpose.eq(purpose),
            links::account_id.eq(*account),
            links::created_at.eq(tx.now),
            links::expires_at.eq(tx.now.plus(purpose.lasts())),
        )
    };
    let rows: Vec<_> = new.iter().map(row).collect();
    insert_rows!(&mut *tx.conn, links::table, rows)?;
    Ok(())
}

/// The account that a usable link is for.
pub fn find(
    conn: &mut Conn,
    purpose: LinkPurpose,
    hashes: &[[u8; 32]],
    now: Moment,
) -> StoreResult<Option<AccountId>> {
    let row = links::table
        .filter(links::hash.eq_any(hashes.iter().map(|hash| hash.to_vec())))
        .filter(links::purpose.eq(purpose))
        .filter(links::used_at.is_null().and(links::expires_at.gt(now)))
        .select(links::account_id)
        .first(conn)
        .optional()?;
    Ok(row)
}

/// Uses a link up, in one statement; none if it was used, has expired or never was.
pub fn redeem<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    purpose: LinkPurpose,
    hashes: &[[u8; 32]],
) -> StoreResult<Option<AccountId>> {
    let usable = links::table
        .filter(links::hash.eq_any(hashes.iter().map(|hash| hash.to_vec())))
        .filter(links::purpose.eq(purpose))
        .filter(links::used_at.is_null().and(links::expires_at.gt(tx.now)));
    let account = diesel::update(usable)
        .set(links::used_at.eq(tx.now))
        .returning(links::account_id)
        .get_result(tx.conn)
        .optional()?;
    Ok(account)
}

/// Ends the links of an account that are for one purpose; says how many still counted.
pub fn end<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    purpose: LinkPurpose,
) -> StoreResult<usize> {
    let open = links::table
        .filter(links::account_id.eq(account).and(links::purpose.eq(purpose)))
        .filter(links::used_at.is_null().and(links::expires_at.gt(tx.now)));
    Ok(diesel::update(open).set(links::used_at.eq(tx.now)).execute(tx.conn)?)
}

/// Forgets links that are over; says how many.
pub fn forget_expired(tx: &mut Tx<'_>) -> StoreResult<usize> {
    Ok(diesel::delete(links::table.filter(links::expires_at.le(tx.now))).execute(tx.conn)?)
}

//! One-time enrolment links, by their hash.

use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::session::ENROLMENT_LASTS;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::{CreateDeskAccount, RedeemEnrolment};
use diesel::prelude::*;

use super::db::Conn;
use super::error::StoreResult;
use super::schema::enrolments;
use super::tx::Tx;

/// Keeps a new link of an account.
pub fn insert(
    tx: &mut Tx<'_>,
    _: &Permit<CreateDeskAccount>,
    account: AccountId,
    hash: &[u8],
) -> StoreResult<()> {
    diesel::insert_into(enrolments::table)
        .values((
            enrolments::hash.eq(hash.to_vec()),
            enrolments::account_id.eq(account),
            enrolments::created_at.eq(tx.now),
            enrolments::expires_at.eq(tx.now.plus(ENROLMENT_LASTS)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The account that a usable link enrols.
pub fn find(
    conn: &mut Conn,
    hash: &[u8],
    now: caredesk_core::domain::time::Moment,
) -> StoreResult<Option<AccountId>> {
    let row = enrolments::table
        .filter(enrolments::hash.eq(hash.to_vec()))
        .filter(enrolments::used_at.is_null().and(enrolments::expires_at.gt(now)))
        .select(enrolments::account_id)
        .first(conn)
        .optional()?;
    Ok(row)
}

/// Uses a link up, in one statement; none if it was used, has expired or never was.
pub fn redeem(
    tx: &mut Tx<'_>,
    _: &Permit<RedeemEnrolment>,
    hash: &[u8],
) -> StoreResult<Option<AccountId>> {
    let usable = enrolments::table
        .filter(enrolments::hash.eq(hash.to_vec()))
        .filter(enrolments::used_at.is_null().and(enrolments::expires_at.gt(tx.now)));
    let account = diesel::update(usable)
        .set(enrolments::used_at.eq(tx.now))
        .returning(enrolments::account_id)
        .get_result(tx.conn)
        .optional()?;
    Ok(account)
}

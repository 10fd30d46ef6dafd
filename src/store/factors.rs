//! Second factors: one time-based secret an account, sealed.

use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::{EnrolSecondFactor, VerifySecondFactor};
use diesel::prelude::*;
use diesel::upsert::excluded;
use zeroize::Zeroizing;

use super::db::Conn;
use super::db::query::{Locked, Portable};
use super::error::{StoreError, StoreResult};
use super::schema::second_factors;
use super::tx::Tx;
use crate::vault::{Keyring, Place};

/// A second factor as it is kept.
pub struct Factor {
    /// The shared secret.
    pub secret: Zeroizing<Vec<u8>>,
    /// Whether a code was shown for it once.
    pub is_confirmed: bool,
    /// The last time step that was used.
    pub last_step: i64,
}

/// Where a secret is sealed to.
fn place(account: AccountId) -> Place {
    Place { tenant: None, table: "second_factors", row: account.uuid(), column: "secret" }
}

/// The second factor of an account, locked: of two who begin, confirm or prove it at the same moment, the
/// second sees what the first did.
pub fn find(conn: &mut Conn, keys: &Keyring, account: AccountId) -> StoreResult<Option<Factor>> {
    let columns = (second_factors::secret, second_factors::confirmed_at, second_factors::last_step);
    let row: Option<(Vec<u8>, Option<Moment>, i64)> =
        Locked(second_factors::table.find(account).select(columns)).get_result(conn).optional()?;
    let Some((sealed, confirmed_at, last_step)) = row else { return Ok(None) };
    let secret = keys
        .open(&place(account), &sealed)
        .map_err(|error| StoreError::Corrupt(format!("a second factor: {error}")))?;
    Ok(Some(Factor { secret, is_confirmed: confirmed_at.is_some(), last_step }))
}

/// Keeps a new secret that is yet to be confirmed, instead of an older unconfirmed one.
pub fn begin(
    tx: &mut Tx<'_>,
    _: &Permit<EnrolSecondFactor>,
    account: AccountId,
    secret: &[u8],
) -> StoreResult<()> {
    let sealed = tx.keys.seal(tx.entropy, &place(account), secret);
    let row = (
        second_factors::account_id.eq(account),
        second_factors::secret.eq(sealed),
        second_factors::created_at.eq(tx.now),
        second_factors::last_step.eq(0_i64),
    );
    let statement = diesel::insert_into(second_factors::table)
        .values(row)
        .on_conflict(second_factors::account_id)
        .do_update()
        .set((
            second_factors::secret.eq(excluded(second_factors::secret)),
            second_factors::created_at.eq(excluded(second_factors::created_at)),
            second_factors::last_step.eq(0_i64),
        ));
    Portable(statement).execute(tx.conn)?;
    Ok(())
}

/// Takes a code's time step for good; false if that step, or a later one, was taken already.
///
/// One statement, so that of two uses of one code at the same moment one wins.
pub fn take_step(
    tx: &mut Tx<'_>,
    _: &Permit<VerifySecondFactor>,
    account: AccountId,
    step: i64,
) -> StoreResult<bool> {
    let fresh = second_factors::table
        .filter(second_factors::account_id.eq(account).and(second_factors::last_step.lt(step)));
    let taken = diesel::update(fresh).set(second_factors::last_step.eq(step)).execute(tx.conn)?;
    Ok(taken == 1)
}

/// Confirms the secret with the first code's step; false if it was confirmed, or that step taken.
pub fn confirm(
    tx: &mut Tx<'_>,
    _: &Permit<EnrolSecondFactor>,
    account: AccountId,
    step: i64,
) -> StoreResult<bool> {
    let waiting = second_factors::table
        .filter(second_factors::account_id.eq(account).and(second_factors::last_step.lt(step)))
        .filter(second_factors::confirmed_at.is_null());
    let confirmed = diesel::update(waiting)
        .set((second_factors::confirmed_at.eq(tx.now), second_factors::last_step.eq(step)))
        .execute(tx.conn)?;
    Ok(confirmed == 1)
}

//! Second factors: one time-based secret an account, sealed; and the recovery codes beside it.

use caredesk_core::domain::ids::{AccountId, SessionId};
use caredesk_core::domain::proof::ENROLMENT_WAITS;
use caredesk_core::policy::action::{EnrolSecondFactor, UseRecoveryCode, VerifySecondFactor};
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;
use diesel::upsert::excluded;
use zeroize::Zeroizing;

use super::db::Conn;
use super::db::query::{Locked, Portable, insert_rows};
use super::error::{StoreError, StoreResult};
use super::schema::{recovery_codes, second_factor_enrolments, second_factors};
use super::tx::Tx;
use crate::vault::{Keyring, Place};

/// A shared secret, opened.
type Secret = Zeroizing<Vec<u8>>;

/// A second factor as it is kept.
pub struct Factor {
    /// The shared secret.
    pub secret: Secret,
    /// The last time step that was used.
    pub last_step: i64,
}

/// Where a secret is sealed to.
fn place(table: &'static str, account: AccountId) -> Place {
    Place { tenant: None, table, row: account.uuid(), column: "secret" }
}

/// The confirmed secrets.
const CONFIRMED: &str = "second_factors";
/// The secrets that wait for a first code.
const WAITING: &str = "second_factor_enrolments";

/// Opens a secret that was kept for an account.
fn open(
    keys: &Keyring,
    (table, account): (&'static str, AccountId),
    sealed: &[u8],
) -> StoreResult<Secret> {
    keys.open(&place(table, account), sealed)
        .map_err(|error| StoreError::Corrupt(format!("a second factor: {error}")))
}

/// The second factor of an account, locked: of two who prove it at the same moment, the second sees what
/// the first did.
pub fn find(conn: &mut Conn, keys: &Keyring, account: AccountId) -> StoreResult<Option<Factor>> {
    let row = second_factors::table
        .find(account)
        .filter(second_factors::confirmed_at.is_not_null())
        .select((second_factors::secret, second_factors::last_step));
    let row: Option<(Vec<u8>, i64)> = Locked(row).get_result(conn).optional()?;
    let Some((sealed, last_step)) = row else { return Ok(None) };
    Ok(Some(Factor { secret: open(keys, (CONFIRMED, account), &sealed)?, last_step }))
}

/// The secret that a session began to enrol and that waits for its first code, locked. It does not wait
/// for ever: see [`ENROLMENT_WAITS`].
pub fn find_waiting(
    tx: &mut Tx<'_>,
    (account, session): (AccountId, SessionId),
) -> StoreResult<Option<Secret>> {
    let row = second_factor_enrolments::table
        .find(account)
        .filter(second_factor_enrolments::session_id.eq(session))
        .filter(second_factor_enrolments::created_at.gt(tx.now.plus(-ENROLMENT_WAITS)))
        .select(second_factor_enrolments::secret);
    let sealed: Option<Vec<u8>> = Locked(row).get_result(tx.conn).optional()?;
    sealed.map(|sealed| open(tx.keys, (WAITING, account), &sealed)).transpose()
}

/// Keeps a new secret that is yet to be confirmed, instead of one that never was.
pub fn begin<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (account, session): (AccountId, SessionId),
    secret: &[u8],
) -> StoreResult<()> {
    let sealed = tx.keys.seal(tx.entropy, &place(WAITING, account), secret);
    let row = (
        second_factor_enrolments::account_id.eq(account),
        second_factor_enrolments::session_id.eq(session),
        second_factor_enrolments::secret.eq(sealed),
        second_factor_enrolments::created_at.eq(tx.now),
    );
    let statement = diesel::insert_into(second_factor_enrolments::table)
        .values(row)
        .on_conflict(second_factor_enrolments::account_id)
        .do_update()
        .set((
            second_factor_enrolments::session_id.eq(excluded(second_factor_enrolments::session_id)),
            second_factor_enrolments::secret.eq(excluded(second_factor_enrolments::secret)),
            second_factor_enrolments::created_at.eq(excluded(second_factor_enrolments::created_at)),
        ));
    Portable(statement).execute(tx.conn)?;
    Ok(())
}

/// Makes the waiting secret the account's second factor, with its first code's step taken; false if
/// somebody else did so or began anew meanwhile.
pub fn confirm(
    tx: &mut Tx<'_>,
    _: &Permit<EnrolSecondFactor>,
    (account, secret): (AccountId, &[u8]),
    step: i64,
) -> StoreResult<bool> {
    let waiting = second_factor_enrolments::table.find(account);
    if diesel::delete(waiting).execute(tx.conn)? != 1 {
        return Ok(false);
    }
    let sealed = tx.keys.seal(tx.entropy, &place(CONFIRMED, account), secret);
    let row = (
        second_factors::account_id.eq(account),
        second_factors::secret.eq(sealed),
        second_factors::created_at.eq(tx.now),
        second_factors::confirmed_at.eq(tx.now),
        second_factors::last_step.eq(step),
    );
    let statement = diesel::insert_into(second_factors::table)
        .values(row)
        .on_conflict(second_factors::account_id)
        .do_update()
        .set((
            second_factors::secret.eq(excluded(second_factors::secret)),
            second_factors::created_at.eq(excluded(second_factors::created_at)),
            second_factors::confirmed_at.eq(excluded(second_factors::confirmed_at)),
            second_factors::last_step.eq(excluded(second_factors::last_step)),
        ));
    Portable(statement).execute(tx.conn)?;
    Ok(true)
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

/// Takes second factor, waiting secret and recovery codes of an account away; false if it had no factor.
pub fn remove<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, account: AccountId) -> StoreResult<bool> {
    diesel::delete(second_factor_enrolments::table.find(account)).execute(tx.conn)?;
    let codes = recovery_codes::table.filter(recovery_codes::account_id.eq(account));
    diesel::delete(codes).execute(tx.conn)?;
    Ok(diesel::delete(second_factors::table.find(account)).execute(tx.conn)? == 1)
}

/// Keeps new recovery codes of an account instead of those it had.
pub fn set_recovery_codes<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    hashes: &[[u8; 32]],
) -> StoreResult<()> {
    let old = recovery_codes::table.filter(recovery_codes::account_id.eq(account));
    diesel::delete(old).execute(tx.conn)?;
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| {
            (
                recovery_codes::hash.eq(hash.to_vec()),
                recovery_codes::account_id.eq(account),
                recovery_codes::created_at.eq(tx.now),
            )
        })
        .collect();
    insert_rows!(tx.conn, recovery_codes::table, rows)?;
    Ok(())
}

/// Uses a recovery code up; false if it is not one of the account's, or was used.
///
/// One statement, so that of two uses at the same moment one wins.
pub fn take_recovery_code(
    tx: &mut Tx<'_>,
    _: &Permit<UseRecoveryCode>,
    account: AccountId,
    hashes: &[[u8; 32]],
) -> StoreResult<bool> {
    let unused = recovery_codes::table
        .filter(recovery_codes::hash.eq_any(hashes.iter().map(|hash| hash.to_vec())))
        .filter(recovery_codes::account_id.eq(account).and(recovery_codes::used_at.is_null()));
    let used = diesel::update(unused).set(recovery_codes::used_at.eq(tx.now)).execute(tx.conn)?;
    Ok(used == 1)
}

/// Forgets secrets that waited too long for their first code; says how many.
pub fn forget_waiting(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let old = second_factor_enrolments::table
        .filter(second_factor_enrolments::created_at.le(tx.now.plus(-ENROLMENT_WAITS)));
    Ok(diesel::delete(old).execute(tx.conn)?)
}

/// How many recovery codes an account has left.
pub fn recovery_codes_left(conn: &mut Conn, account: AccountId) -> StoreResult<i64> {
    let unused = recovery_codes::table
        .filter(recovery_codes::account_id.eq(account).and(recovery_codes::used_at.is_null()));
    Ok(unused.count().get_result(conn)?)
}

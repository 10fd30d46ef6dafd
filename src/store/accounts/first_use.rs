//! Days of first use from before an organisation came to this product.

use caredesk_core::domain::ids::{AccountId, EvidenceId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::ImportFirstUse;
use diesel::prelude::*;

use super::touched;
use crate::store::Tx;
use crate::store::db::query::Locked;
use crate::store::error::StoreResult;
use crate::store::schema::accounts;

/// When a user of a number was first used, as far as it is known.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct KnownUse {
    /// Who.
    pub id: AccountId,
    /// Their number.
    pub number: Option<i64>,
    /// Since when, if they ever signed in or a day was imported.
    pub first_used_at: Option<Moment>,
}

/// The users of the permit's tenant who have one of these numbers; locked, so that nobody signs in for the
/// first time meanwhile.
pub fn known(
    tx: &mut Tx<'_>,
    permit: &Permit<ImportFirstUse>,
    numbers: Vec<i64>,
) -> StoreResult<Vec<KnownUse>> {
    let numbered = accounts::table
        .filter(accounts::tenant_id.eq(permit.target().id).and(accounts::number.eq_any(numbers)))
        .order(accounts::id)
        .select((accounts::id, accounts::number, accounts::first_used_at));
    Ok(Locked(numbered).load(tx.conn)?)
}

/// Sets when some users were first used, on evidence.
pub fn import(
    tx: &mut Tx<'_>,
    permit: &Permit<ImportFirstUse>,
    (users, first_used_at): (Vec<AccountId>, Moment),
    evidence: EvidenceId,
) -> StoreResult<()> {
    let rows = accounts::table
        .filter(accounts::tenant_id.eq(permit.target().id).and(accounts::id.eq_any(users)));
    diesel::update(rows)
        .set((
            accounts::first_used_at.eq(first_used_at),
            accounts::first_use_evidence.eq(evidence),
            touched(tx),
        ))
        .execute(tx.conn)?;
    Ok(())
}

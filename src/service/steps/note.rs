//! Writing down what was done to an account.

use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::policy::{Action, Permit};
use serde_json::Value;

use crate::guard::Refusal;
use crate::store::audit::What;
use crate::store::{self, Tx};

/// Writes down what the permit allowed to be done to an account, in its tenant's chain. The detail names
/// words and ids, no personal data; null if there is none.
pub(crate) fn about<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (tenant, account): (Option<TenantId>, AccountId),
    detail: &Value,
) -> Result<(), Refusal> {
    let detail = (!detail.is_null()).then(|| detail.to_string());
    let what = What { tenant, target: Some(account.uuid()), detail };
    Ok(store::audit::record(tx, permit, what)?)
}

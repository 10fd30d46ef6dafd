//! Writing down what was done.

use caredesk_core::domain::ids::TenantId;
use caredesk_core::policy::{Action, Permit};
use serde_json::Value;
use uuid::Uuid;

use crate::guard::Refusal;
use crate::store::audit::What;
use crate::store::{self, Tx};

/// Writes down what the permit allowed to be done to an account or a session, in its tenant's chain. The
/// detail names words and ids, no personal data; null if there is none.
pub(crate) fn about<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (tenant, target): (Option<TenantId>, Uuid),
    detail: &Value,
) -> Result<(), Refusal> {
    let detail = (!detail.is_null()).then(|| detail.to_string());
    let what = What { tenant, target: Some(target), detail };
    Ok(store::audit::record(tx, permit, what)?)
}

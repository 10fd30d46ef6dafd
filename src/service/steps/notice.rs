//! Telling an organisation what was changed about it.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::tenant::Tenant;
use serde_json::Value;

use crate::guard::Refusal;
use crate::store::{self, Tx};

/// Queues one message to each address, once.
pub(crate) fn tell(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    kind: MessageKind,
    to: &[&EmailAddress],
    facts: &Value,
) -> Result<(), Refusal> {
    let mut told: Vec<String> = Vec::with_capacity(to.len());
    for address in to {
        let folded = address.folded();
        if told.contains(&folded) {
            continue;
        }
        told.push(folded);
        let message = Message {
            kind,
            to: (*address).clone(),
            locale: tenant.settings.locale,
            tenant: Some(tenant.id),
        };
        store::notifications::queue(tx, &message, facts.clone())?;
    }
    Ok(())
}

//! The link for a new password: made and sent, whoever asks for it.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::proof::LinkPurpose;
use caredesk_core::policy::{Action, Permit};
use serde_json::json;

use super::notice;
use crate::guard::Refusal;
use crate::store::{self, Tx};
use crate::vault::{Opaque, OpaqueKind};

/// Makes a link for a new password and sends it to the account's contact; the ones before stop to count.
pub(crate) fn send<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (account, to): (&Account, Contact),
) -> Result<NotificationId, Refusal> {
    let purpose = LinkPurpose::PasswordReset;
    let link = Opaque::make(tx.entropy, OpaqueKind::PasswordReset);
    store::links::insert(tx, permit, (account.id, purpose), &link.hash(tx.keys))?;
    let facts = json!({"minutes": purpose.lasts().as_mins()});
    notice::secret(tx, account, (MessageKind::PasswordReset, to), facts, link.secret())
}

//! A Support User's address is nobody else's (PM2, "Support Users"): kept true whenever an address is set.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;

use crate::guard::Refusal;
use crate::store::{self, Tx};

/// Asks for an address for an account that is, or is to be, `role`; none for one that is not there yet.
/// Until the transaction ends nobody else takes it. Whose it is stays unsaid: it may be another tenant's.
///
/// # Errors
/// `user.address_reserved`: it is a Support User's; `support_user.address_shared`: a Support User asks for
/// one that somebody has.
pub(crate) fn claim(
    tx: &mut Tx<'_>,
    (id, role): (Option<AccountId>, Role),
    address: &EmailAddress,
) -> Result<(), Refusal> {
    let key = address.folded();
    store::accounts::addresses::lock(tx, &key)?;
    let others = store::accounts::addresses::others(tx.conn, &key, id)?;
    if others.contains(&Role::SupportUser) {
        return Err(Refusal::Because(Code::AddressReserved));
    }
    if role == Role::SupportUser && !others.is_empty() {
        return Err(Refusal::Because(Code::AddressShared));
    }
    Ok(())
}

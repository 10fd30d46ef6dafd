//! Links that show a ticket once to somebody who cannot sign in (domain, "one-time link to that ticket alone").

use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::ticket::TicketPass;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};

use crate::guard::Refusal;
use crate::store::{self, Tx};
use crate::vault::{Opaque, OpaqueKind};

/// A link to a ticket, for the message that is queued with it.
///
/// # Errors
/// The database fails.
pub(crate) fn make(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Opaque, Refusal> {
    let link = Opaque::make(tx.entropy, OpaqueKind::TicketLink);
    let hash = link.hash(tx.keys);
    store::tickets::keep_pass(tx, (ticket, TicketPass::Link), &hash)?;
    Ok(link)
}

/// As [`make`], in place of the one that a message of a moment holds: that ends, unless it was followed.
///
/// # Errors
/// The database fails.
pub(crate) fn renew<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (ticket, made_at): (TicketId, Moment),
) -> Result<Opaque, Refusal> {
    store::tickets::end_link(tx, permit, (ticket, made_at))?;
    make(tx, ticket)
}

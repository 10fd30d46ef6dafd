//! Who may do what to an internal ticket.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::InternalTicketId;
use caredesk_core::domain::internal_ticket::InternalTicket;
use caredesk_core::policy::{self, Action, InternalTicketFacts, Permit};

use super::{Refusal, unchanged};
use crate::store::{self, Tx};

/// Asks whether `actor` may do `A` to an internal ticket. It is locked, and handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found; stale if the version is another one than the one that is there.
pub fn admit_internal_ticket<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (InternalTicketId, Option<i64>),
) -> Result<(Permit<A>, InternalTicket), Refusal>
where
    A: Action<Target = InternalTicketFacts>,
{
    let scope = policy::sight(A::KIND, actor, tx.now)?;
    let found = store::internal_tickets::find_locked(tx.conn, scope, id)?;
    let ticket = found.ok_or(Refusal::NotFound)?;
    unchanged(version, ticket.version)?;
    Ok((policy::decide::<A>(actor, ticket.facts(), tx.now)?, ticket))
}

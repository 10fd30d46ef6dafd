//! Permits about tickets: asked for with the ticket locked, so that what its state allows holds.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{EndTicketDevelopment, OpenTicket};
use caredesk_core::policy::{self, Action, OpeningFacts, Permit, TicketFacts, TicketSight};

use super::refusal::Refusal;
use super::unchanged;
use crate::store::tickets::Whole;
use crate::store::{self, Tx};

/// Asks whether `actor` may open any ticket at all.
///
/// # Errors
/// Every rule about the actor that forbids it.
pub fn may_open_tickets(actor: &Actor, now: Moment) -> Result<(), Refusal> {
    policy::sight(OpenTicket::KIND, actor, now)?;
    Ok(())
}

/// Asks whether `actor` may open such a ticket.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_opening(
    actor: &Actor,
    facts: OpeningFacts,
    now: Moment,
) -> Result<Permit<OpenTicket>, Refusal> {
    Ok(policy::decide::<OpenTicket>(actor, facts, now)?)
}

/// Asks whether `actor` may do `A` to a ticket. It is locked, and handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found for one that is not theirs to see; stale if the version is another
/// one than the one that is there.
pub fn admit_ticket<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (TicketId, Option<i64>),
) -> Result<(Permit<A>, Whole), Refusal>
where
    A: Action<Target = TicketFacts>,
{
    policy::sight(A::KIND, actor, tx.now)?;
    let found = store::tickets::find_locked(tx.conn, TicketSight::by(actor), id)?;
    let found = found.ok_or(Refusal::NotFound)?;
    unchanged(version, found.ticket.row.version)?;
    let facts = found.facts(tx.now);
    Ok((policy::decide::<A>(actor, facts, tx.now)?, found))
}

/// Asks whether `actor` may do `A` to any ticket, and sees this one. It is not locked: what its state allows is
/// asked for later.
///
/// # Errors
/// Every rule about the actor that forbids it; not found for one that is not theirs to see.
pub fn sees_ticket<A>(tx: &mut Tx<'_>, actor: &Actor, id: TicketId) -> Result<(), Refusal>
where
    A: Action<Target = TicketFacts>,
{
    policy::sight(A::KIND, actor, tx.now)?;
    let found = store::tickets::find(tx.conn, TicketSight::by(actor), id)?;
    found.map(drop).ok_or(Refusal::NotFound)
}

/// Asks whether development is done with what a ticket waits for, which is locked; none if it does not wait, or
/// waits on.
pub fn admit_end_of_development(
    facts: TicketFacts,
    now: Moment,
) -> Option<Permit<EndTicketDevelopment>> {
    policy::decide::<EndTicketDevelopment>(&Actor::System, facts, now).ok()
}

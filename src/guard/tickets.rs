//! Permits about tickets: asked for with the ticket locked, so that what its state allows holds.

use std::collections::HashMap;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{EndTicketDevelopment, OpenTicket, ReadLinkedTicket};
use caredesk_core::policy::{self, Action, OpeningFacts, Permit, TicketFacts, TicketSight};

use super::refusal::Refusal;
use super::unchanged;
use crate::store::tickets::Whole;
use crate::store::{self, Tx};

/// One of many tickets: allowed, as it is before, or why not.
pub type Admitted<A> = (TicketId, Result<(Permit<A>, Whole), Refusal>);

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

/// As [`admit_ticket`], of many: each by itself, all locked in one order.
///
/// # Errors
/// Every rule about whoever asks; what forbids it for one ticket stands with that one.
pub fn admit_tickets<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    ids: &[TicketId],
) -> Result<Vec<Admitted<A>>, Refusal>
where
    A: Action<Target = TicketFacts>,
{
    policy::sight(A::KIND, actor, tx.now)?;
    let found = store::tickets::find_all_locked(tx.conn, TicketSight::by(actor), ids)?;
    let mut found: HashMap<TicketId, Whole> =
        found.into_iter().map(|whole| (whole.ticket.row.id, whole)).collect();
    let admit = |id: &TicketId| {
        let whole = found.remove(id).ok_or(Refusal::NotFound)?;
        let facts = whole.facts(tx.now);
        Ok((policy::decide::<A>(actor, facts, tx.now)?, whole))
    };
    Ok(ids.iter().copied().zip(ids.iter().map(admit)).collect())
}

/// Asks whether somebody may do `A` to the ticket that a link of theirs shows. It is locked, and handed over as it is
/// before.
///
/// # Errors
/// Every rule that forbids it; not found for one that is gone.
pub fn admit_linked_ticket<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: TicketId,
) -> Result<(Permit<A>, Whole), Refusal>
where
    A: Action<Target = TicketFacts>,
{
    let whole = store::tickets::find_locked(tx.conn, TicketSight::by(&Actor::System), id)?;
    let whole = whole.ok_or(Refusal::NotFound)?;
    let facts = whole.facts(tx.now);
    Ok((policy::decide::<A>(actor, facts, tx.now)?, whole))
}

/// The ticket that somebody has just opened, also where it is not theirs to see: policy may hand it to the second
/// tier at once.
///
/// # Errors
/// Not found for one that is gone.
pub fn opened_ticket<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    id: TicketId,
) -> Result<Whole, Refusal> {
    let whole = store::tickets::find(tx.conn, TicketSight::by(&Actor::System), id)?;
    whole.ok_or(Refusal::NotFound)
}

/// The ticket that a link shows, read for whoever may follow links.
///
/// # Errors
/// Not found for one that is gone.
pub fn linked_ticket(
    tx: &mut Tx<'_>,
    _: &Permit<ReadLinkedTicket>,
    id: TicketId,
) -> Result<Whole, Refusal> {
    let whole = store::tickets::find(tx.conn, TicketSight::by(&Actor::System), id)?;
    whole.ok_or(Refusal::NotFound)
}

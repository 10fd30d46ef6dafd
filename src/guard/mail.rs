//! Who answers by email. An email proves no session, so what it allows is two steps of one ticket: to say
//! something on it, and to open it again.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, SessionId, TicketId};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{ReopenTicket, ReplyToTicket};
use caredesk_core::policy::{self, Action, Permit, TicketFacts, TicketSight};
use uuid::Uuid;

use super::refusal::Refusal;
use crate::store::db::Conn;
use crate::store::tickets::Whole;
use crate::store::{self, Tx};

/// What somebody does by email. Nothing else is.
pub trait ByMail: Action<Target = TicketFacts> {}
impl ByMail for ReplyToTicket {}
impl ByMail for ReopenTicket {}

/// Somebody who answered a message about a ticket, and the ticket. Only this room makes one.
#[derive(Debug, Clone)]
pub struct Correspondent {
    actor: Actor,
    whole: Whole,
}

impl Correspondent {
    /// Who it is.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The ticket.
    pub const fn whole(&self) -> &Whole {
        &self.whole
    }
}

/// Whoever is reached at an address that a message about a ticket was sent to: its requester, or somebody in copy.
/// None if nobody is any more, or the ticket's organisation is out of use. `caller` opens the address of a caller
/// without an account.
///
/// # Errors
/// The database fails, or what is sealed cannot be opened.
pub fn correspondent(
    conn: &mut Conn,
    (id, address, now): (TicketId, &EmailAddress, Moment),
    caller: impl Fn(&Whole) -> Result<Option<EmailAddress>, Refusal>,
) -> Result<Option<Correspondent>, Refusal> {
    let whole = store::tickets::find(conn, TicketSight::by(&Actor::System), id)?;
    known(conn, (whole, address, now), caller)
}

/// As [`correspondent`], with the ticket locked, so that what its state allows holds.
///
/// # Errors
/// As [`correspondent`].
pub fn correspondent_locked(
    tx: &mut Tx<'_>,
    (id, address): (TicketId, &EmailAddress),
    caller: impl Fn(&Whole) -> Result<Option<EmailAddress>, Refusal>,
) -> Result<Option<Correspondent>, Refusal> {
    let whole = store::tickets::find_locked(tx.conn, TicketSight::by(&Actor::System), id)?;
    known(tx.conn, (whole, address, tx.now), caller)
}

fn known(
    conn: &mut Conn,
    (whole, address, now): (Option<Whole>, &EmailAddress, Moment),
    caller: impl Fn(&Whole) -> Result<Option<EmailAddress>, Refusal>,
) -> Result<Option<Correspondent>, Refusal> {
    let Some(mut whole) = whole else { return Ok(None) };
    let (id, tenant) = (whole.ticket.row.id, whole.ticket.row.tenant_id);
    let scope = policy::sight(ReplyToTicket::KIND, &Actor::System, now)?;
    let facts = store::tenants::facts(conn, scope, tenant)?;
    if facts.is_none_or(|facts| facts.status != TenantStatus::Active) {
        return Ok(None);
    }
    let folded = address.folded();
    let is_here = |email: &EmailAddress| email.folded() == folded;
    let requester = whole.ticket.requester.as_ref();
    let requester = requester.and_then(|who| who.email.as_ref()).is_some_and(is_here);
    let of_account = whole.ticket.row.requester_id;
    let account = match of_account.filter(|_| requester) {
        Some(account) => Some(account),
        None if of_account.is_none() && caller(&whole)?.as_ref().is_some_and(is_here) => {
            return Ok(Some(Correspondent { actor: Actor::Caller(id), whole }));
        }
        None => {
            let watcher = store::tickets::watcher_at(conn, id, &folded)?;
            whole.is_in_copy = watcher.is_some();
            watcher
        }
    };
    let Some(account) = account else { return Ok(None) };
    Ok(person(conn, account, now)?.map(|actor| Correspondent { actor, whole }))
}

/// An account with the standing that it has now. It has no session, and that it has a second factor where it must
/// have one is asked still.
fn person(conn: &mut Conn, account: AccountId, now: Moment) -> Result<Option<Actor>, Refusal> {
    let nothing = SessionId::of(Uuid::nil());
    let found = store::sessions::standing_of(conn, (account, nothing), now)?;
    Ok(found.map(Actor::Person))
}

/// Asks whether somebody may do `A` to the ticket that they answered about, by email.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_by_mail<A: ByMail>(who: &Correspondent, now: Moment) -> Result<Permit<A>, Refusal> {
    Ok(policy::decide::<A>(who.actor(), who.whole.facts(now), now)?)
}

//! The rules about attachments: who attaches something to which ticket, who sends its content, and who is given
//! it (TS, "PII"; HD).

use super::action::{ActionKind, OfOneTenant, Target};
use super::permit::Denial;
use super::{TicketFacts, TicketSight};
use crate::domain::account::{Realm, Role};
use crate::domain::actor::Actor;
use crate::domain::attachment::{AttachmentState, MAX_EVER_PER_TICKET, MAX_PER_TICKET};
use crate::domain::code::Code;
use crate::domain::ids::{AccountId, AttachmentId, TenantId, TicketId};
use crate::domain::ticket::TicketState;
use crate::domain::time::Moment;

/// An attachment that is about to be announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAttachmentFacts {
    /// The ticket.
    pub ticket: TicketFacts,
    /// Whether the ticket is that of somebody outside the organisation: a family.
    pub is_for_family: bool,
    /// Whether policy has what comes with such a request thrown away: "upload it for me".
    pub is_discarded: bool,
    /// How many attachments the ticket has.
    pub kept: i64,
    /// How many it ever had.
    pub ever: i64,
}

impl Target for NewAttachmentFacts {
    fn bars(&self, _: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        let is_agent =
            actor.person().is_some_and(|person| person.standing.role.realm() == Realm::Desk);
        let is_closed = self.ticket.flow.state == Some(TicketState::Closed);
        let is_full = self.kept >= MAX_PER_TICKET || self.ever >= MAX_EVER_PER_TICKET;
        let checks = [
            (self.ticket.is_theirs(actor), Denial::of(Code::TicketNotYours)),
            // "The desk never sends attachments to the family" (HD).
            (!(is_agent && self.is_for_family), Denial::of(Code::AttachmentNotToFamilies)),
            // A request that is sent away is closed at once, and what came with it is thrown away all the same.
            (!is_closed || self.is_discarded, Denial::conflict(Code::TicketNotInState)),
            (!is_full, Denial::conflict(Code::AttachmentsFull)),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, denial)| denial).collect()
    }
}

impl OfOneTenant for NewAttachmentFacts {
    fn tenant(&self) -> TenantId {
        self.ticket.tenant
    }
}

/// What the rules and the writing functions need to know of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentFacts {
    /// Which.
    pub id: AttachmentId,
    /// Of which ticket.
    pub ticket: TicketId,
    /// The organisation that the ticket is about.
    pub tenant: TenantId,
    /// Who announced it.
    pub author: AccountId,
    /// What they are.
    pub role: Role,
    /// How far it is.
    pub state: AttachmentState,
}

impl Target for AttachmentFacts {
    fn bars(&self, _: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        let is_own = actor.person().is_some_and(|person| person.account == self.author);
        let state = match self.state {
            AttachmentState::Pending => None,
            AttachmentState::Discarded => Some(Denial::conflict(Code::AttachmentDiscarded)),
            _ => Some(Denial::conflict(Code::AttachmentComplete)),
        };
        let others = (!is_own).then_some(Denial::of(Code::AttachmentNotYours));
        others.into_iter().chain(state).collect()
    }
}

impl OfOneTenant for AttachmentFacts {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl AttachmentFacts {
    /// The organisation that it comes from; none of what a family or the desk attached.
    pub fn of(&self) -> Option<TenantId> {
        (self.role.realm() == Realm::Tenant).then_some(self.tenant)
    }

    /// Whether somebody who sees the ticket is told of it at all: nothing goes from the desk to families.
    pub fn is_told(&self, reader: &Actor) -> bool {
        let realm = reader.person().map(|person| person.standing.role.realm());
        !(realm == Some(Realm::Family) && self.role.realm() == Realm::Desk)
    }

    /// Whether its content is given to somebody who sees the ticket: what was cleared to everybody, what waits to
    /// be looked at to the second tier, to its author, and to the author's own organisation.
    ///
    /// # Errors
    /// Why it is not.
    pub fn is_given(&self, reader: &Actor) -> Result<(), Code> {
        let is_own = TicketSight::by(reader).shows_original(Some(self.author), self.of());
        let role = reader.person().map(|person| person.standing.role);
        let looks = is_own || role == Some(Role::TierTwo);
        match self.state {
            AttachmentState::Pending => Err(Code::AttachmentPending),
            AttachmentState::Discarded => Err(Code::AttachmentDiscarded),
            AttachmentState::Quarantined if !looks => Err(Code::AttachmentQuarantined),
            AttachmentState::Quarantined | AttachmentState::Cleared => Ok(()),
        }
    }
}

//! The rules about internal tickets: which step can be taken where. Who takes it stands in the table of roles.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::InternalTicketId;
use crate::domain::internal_ticket::{
    InternalTicket, InternalTicketState, InternalTicketStep, after,
};
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of an internal ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InternalTicketFacts {
    /// Which.
    pub id: InternalTicketId,
    /// How far it is.
    pub state: InternalTicketState,
    /// The version that was read.
    pub version: i64,
}

impl InternalTicket {
    /// What the rules need to know of it.
    pub const fn facts(&self) -> InternalTicketFacts {
        InternalTicketFacts { id: self.id, state: self.state, version: self.version }
    }
}

/// The step that an action is, if it is one.
const fn step(action: ActionKind) -> Option<InternalTicketStep> {
    match action {
        ActionKind::AcceptInternalTicket => Some(InternalTicketStep::Accept),
        ActionKind::StartInternalTicket => Some(InternalTicketStep::Start),
        ActionKind::ShipInternalTicket => Some(InternalTicketStep::Ship),
        ActionKind::DeclineInternalTicket => Some(InternalTicketStep::Decline),
        ActionKind::ReopenInternalTicket => Some(InternalTicketStep::Reopen),
        _ => None,
    }
}

impl InternalTicketFacts {
    /// The state that an action leads to; none if it leads to none from here.
    pub fn next(&self, action: ActionKind) -> Option<InternalTicketState> {
        after(step(action)?, self.state)
    }
}

impl Target for InternalTicketFacts {
    fn bars(&self, action: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        if step(action).is_some() && self.next(action).is_none() {
            return vec![Denial::conflict(Code::InternalTicketState)];
        }
        Vec::new()
    }
}

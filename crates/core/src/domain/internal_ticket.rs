//! Internal tickets (TS, "Tickets"): what the desk raises for its developers, and how they move.

use super::account::Role;
use super::ids::{AccountId, InternalTicketCommentId, InternalTicketId};
use super::time::Moment;
use super::{Line, ReportText};

words! {
    /// What an internal ticket asks of the developers.
    InternalTicketKind {
        /// Something does not work as it should.
        Bug = "bug",
        /// Something should be possible that is not.
        FeatureRequest = "feature_request",
    }
}

words! {
    /// How soon an internal ticket is wanted.
    InternalTicketPriority {
        /// When there is time.
        Low = "low",
        /// In its turn.
        Normal = "normal",
        /// Before what is normal.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
}

words! {
    /// How far an internal ticket is.
    InternalTicketState {
        /// Nobody has judged it yet.
        Reported = "reported",
        /// It will be worked on.
        Accepted = "accepted",
        /// It is worked on.
        InProgress = "in_progress",
        /// What it asks for is in use.
        Shipped = "shipped",
        /// It will not be worked on.
        Declined = "declined",
    }
}

impl InternalTicketState {
    /// Whether nothing more is to be expected.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Shipped | Self::Declined)
    }
}

words! {
    /// What developers do to an internal ticket.
    InternalTicketStep {
        /// Say that it will be worked on.
        Accept = "accept",
        /// Begin to work on it.
        Start = "start",
        /// Say that what it asks for is in use.
        Ship = "ship",
        /// Say that it will not be worked on.
        Decline = "decline",
        /// Take up again what is over.
        Reopen = "reopen",
    }
}

use InternalTicketState::{Accepted, Declined, InProgress, Reported, Shipped};
use InternalTicketStep::{Accept, Decline, Reopen, Ship, Start};

/// Every step from every state that has it, and where it leads. There is no other way.
pub const FLOW: [(InternalTicketStep, InternalTicketState, InternalTicketState); 9] = [
    (Accept, Reported, Accepted),
    (Start, Reported, InProgress),
    (Start, Accepted, InProgress),
    (Ship, InProgress, Shipped),
    (Decline, Reported, Declined),
    (Decline, Accepted, Declined),
    (Decline, InProgress, Declined),
    (Reopen, Shipped, Accepted),
    (Reopen, Declined, Reported),
];

/// Where a step leads from a state; none if it cannot be taken there.
pub fn after(step: InternalTicketStep, from: InternalTicketState) -> Option<InternalTicketState> {
    FLOW.iter().find(|(of, state, _)| (*of, *state) == (step, from)).map(|(.., to)| *to)
}

/// An internal ticket's running number: shown as `T-000045`. It identifies and never authorises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InternalTicketNumber(i64);

impl InternalTicketNumber {
    /// A number that the store gave out.
    pub const fn of(number: i64) -> Self {
        Self(number)
    }
}

impl std::fmt::Display for InternalTicketNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "T-{:06}", self.0)
    }
}

/// An internal ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalTicket {
    /// Its id.
    pub id: InternalTicketId,
    /// Its running number.
    pub number: InternalTicketNumber,
    /// What it asks for.
    pub kind: InternalTicketKind,
    /// In one line.
    pub title: Line,
    /// In full.
    pub text: ReportText,
    /// How soon it is wanted.
    pub priority: InternalTicketPriority,
    /// How far it is.
    pub state: InternalTicketState,
    /// Who raised it.
    pub raised_by: AccountId,
    /// How many tickets are linked to it.
    pub linked: i64,
    /// When it was raised.
    pub created_at: Moment,
    /// When it last changed.
    pub updated_at: Moment,
    /// When it was shipped or declined.
    pub ended_at: Option<Moment>,
    /// Counts its changes.
    pub version: i64,
}

/// An internal ticket that is about to be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInternalTicket {
    /// What it asks for.
    pub kind: InternalTicketKind,
    /// In one line.
    pub title: Line,
    /// In full.
    pub text: ReportText,
    /// How soon it is wanted.
    pub priority: InternalTicketPriority,
}

/// Changes of an internal ticket; absent ones stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InternalTicketChanges {
    /// In one line.
    pub title: Option<Line>,
    /// In full.
    pub text: Option<ReportText>,
    /// How soon it is wanted.
    pub priority: Option<InternalTicketPriority>,
}

/// What somebody said about an internal ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalTicketComment {
    /// Its id.
    pub id: InternalTicketCommentId,
    /// What was said.
    pub text: ReportText,
    /// Who said it.
    pub author: AccountId,
    /// What they were then.
    pub author_role: Role,
    /// When.
    pub created_at: Moment,
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// A line a state: where each step leads from it; `-` where it cannot be taken.
    #[test]
    fn the_flow_is_what_was_reviewed() {
        let mut table = " ".repeat(12);
        for step in InternalTicketStep::ALL {
            write!(table, "{:>13}", step.as_str()).unwrap();
        }
        for state in InternalTicketState::ALL {
            write!(table, "\n{:<12}", state.as_str()).unwrap();
            for step in InternalTicketStep::ALL {
                let to = after(*step, *state).map_or("-", InternalTicketState::as_str);
                write!(table, "{to:>13}").unwrap();
            }
        }
        insta::assert_snapshot!("internal_ticket_flow", table);
    }

    #[test]
    fn every_state_is_reached_and_left() {
        for state in InternalTicketState::ALL {
            assert!(FLOW.iter().any(|(_, from, _)| from == state), "no way out of {state}");
            assert!(FLOW.iter().any(|(.., to)| to == state), "no way into {state}");
        }
        assert_eq!(InternalTicketNumber::of(45).to_string(), "T-000045");
    }
}

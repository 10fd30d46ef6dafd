//! How a ticket moves: one table of every step, and what follows from it.
//!
//! [`TABLE`] says from which states and tiers a step is taken, where it leads, who takes it, and what it
//! needs. [`next`] says what a step leads to, [`step`] also whether somebody may take it, and [`allowed`]
//! what is offered to somebody. `docs/tickets.md` draws the table.

#[cfg(test)]
mod diagram;
mod need;
mod party;
mod table;

#[cfg(test)]
mod tests;

use jiff::SignedDuration;

pub use need::Need;
pub use party::{Party, PartySet};
pub use table::{Row, TABLE, To};

use super::{Resolution, TicketKind, TicketState, Tier};
use crate::domain::code::Code;
use crate::domain::time::Moment;

/// How long after it was closed a ticket can be opened again; at exactly that age it is too late.
pub const REOPENS_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long a ticket waits for its requester before it lapses.
pub const LAPSES_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long it waits before the requester is reminded.
pub const REMINDS_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

words! {
    /// A step that a ticket takes.
    Transition {
        /// It is opened, as policy decides.
        Open = "open",
        /// It is not the desk's: the requester is told whom to turn to.
        Refer = "refer",
        /// What was reported is an emergency.
        ConfirmEmergency = "confirm_emergency",
        /// What was reported is none.
        DeclineEmergency = "decline_emergency",
        /// Somebody takes it, or is given it.
        Assign = "assign",
        /// The organisation has done its part.
        OrganizationAnswered = "organization_answered",
        /// The requester, or somebody in copy, adds something.
        Reply = "reply",
        /// The requester opens it again.
        Reopen = "reopen",
        /// The desk solved it, and says how.
        Resolve = "resolve",
        /// The desk says something, and asks nothing.
        Answer = "answer",
        /// The desk asks the requester for something.
        Ask = "ask",
        /// The desk hands it to the organisation.
        HandToOrganization = "hand_to_organization",
        /// The second tier leaves it to development.
        WaitForDevelopment = "wait_for_development",
        /// The first tier hands it to the second.
        Escalate = "escalate",
        /// The second tier hands it back.
        ReturnToTier1 = "return_to_tier1",
        /// It is the same as another ticket.
        Merge = "merge",
        /// Somebody else takes it, or is given it.
        Reassign = "reassign",
        /// It is about something else than was thought; policy decides anew.
        Retype = "retype",
        /// It is more urgent, or less.
        Reprioritise = "reprioritise",
        /// The requester takes it back.
        Withdraw = "withdraw",
        /// A new ticket goes on where it ended.
        FollowUp = "follow_up",
        /// Development has done its part.
        DevelopmentDone = "development_done",
        /// The message with the resolution did not arrive.
        DeliveryFailed = "delivery_failed",
        /// The requester did not answer in time.
        Lapse = "lapse",
    }
}

words! {
    /// What has become of the internal tickets that a ticket waits for.
    InternalTickets {
        /// None is linked.
        None = "none",
        /// One at least is not done.
        Pending = "pending",
        /// All were shipped or declined.
        Done = "done",
    }
}

/// What the table has to know of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// How far it is; none before it is opened.
    pub state: Option<TicketState>,
    /// What kind it is.
    pub kind: TicketKind,
    /// At which tier it is; before it is opened, at which it will be.
    pub tier: Tier,
    /// How it ended, if it is closed.
    pub resolution: Option<Resolution>,
    /// When it was closed, if it is.
    pub closed_at: Option<Moment>,
    /// Since when it has waited for whom it waits for.
    pub waits_since: Option<Moment>,
    /// Whether an agent has it.
    pub is_assigned: bool,
    /// Whether it was confirmed to be an emergency.
    pub is_confirmed: bool,
    /// Whether the second tier has recorded what it did.
    pub has_action: bool,
    /// What has become of the internal tickets that are linked.
    pub internal_tickets: InternalTickets,
    /// When the step is taken.
    pub now: Moment,
}

impl Facts {
    /// Before a ticket is opened at a tier.
    pub const fn before_opening(kind: TicketKind, tier: Tier, now: Moment) -> Self {
        Self {
            state: None,
            kind,
            tier,
            resolution: None,
            closed_at: None,
            waits_since: None,
            is_assigned: false,
            is_confirmed: false,
            has_action: false,
            internal_tickets: InternalTickets::None,
            now,
        }
    }
}

/// What a step leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// The state.
    pub state: TicketState,
    /// The tier.
    pub tier: Tier,
    /// How the ticket ends by it: one of these. Empty if it does not end, or ended before.
    pub closes_as: &'static [Resolution],
    /// Whether whoever has the ticket loses it, because they belong to the tier of before.
    pub is_freed: bool,
    /// What the step needs; what is looked up in the facts was found.
    pub needs: &'static [Need],
}

words! {
    /// Why a step is not taken.
    NotNow {
        /// The ticket is not in a state that it is taken from.
        State = "state",
        /// The ticket is at the other tier.
        Tier = "tier",
        /// Others take it.
        Party = "party",
        /// Nobody has the ticket.
        Unassigned = "unassigned",
        /// Somebody has the ticket.
        Assigned = "assigned",
        /// The ticket is no emergency, or was confirmed to be one before.
        NotReported = "not_reported",
        /// The second tier has recorded nothing that it did.
        ActionMissing = "action_missing",
        /// No internal ticket is linked.
        InternalTicketMissing = "internal_ticket_missing",
        /// The ticket ended in a way that is final.
        Final = "final",
        /// The time is over in which it could be opened again.
        TooLate = "too_late",
        /// What the product waits for has not come yet.
        TooEarly = "too_early",
    }
}

impl NotNow {
    /// What a client is told.
    pub const fn code(self) -> Code {
        match self {
            // What the product does by itself is nobody's to be refused.
            Self::State | Self::TooEarly => Code::TicketNotInState,
            Self::Tier => Code::TicketTier,
            Self::Party => Code::TicketNotYours,
            Self::Unassigned => Code::TicketNotAssigned,
            Self::Assigned => Code::TicketAlreadyAssigned,
            Self::NotReported => Code::TicketNotEmergency,
            Self::ActionMissing => Code::TicketActionRequired,
            Self::InternalTicketMissing => Code::TicketInternalTicketRequired,
            Self::Final => Code::TicketFinal,
            Self::TooLate => Code::TicketTooOld,
        }
    }

    /// Whether the ticket stands in the way, and not who asks.
    pub const fn is_about_state(self) -> bool {
        !matches!(self, Self::Party)
    }
}

/// What a step leads to, whoever takes it.
///
/// # Errors
/// Why it is not taken now.
pub fn next(transition: Transition, facts: &Facts) -> Result<Next, NotNow> {
    let row = row(transition, facts)?;
    row.needs.iter().find_map(|need| need.unmet(facts)).map_or_else(|| Ok(row.next(facts)), Err)
}

/// What a step leads to that somebody takes.
///
/// # Errors
/// Why they do not take it now.
pub fn step(transition: Transition, parties: PartySet, facts: &Facts) -> Result<Next, NotNow> {
    let ever = table::of(transition).flat_map(|row| row.who).copied().collect();
    takes(parties, ever)?;
    let now = row(transition, facts)?.who.iter().copied().collect();
    takes(parties, now)?;
    next(transition, facts)
}

/// Whether somebody is one of those who take a step.
fn takes(parties: PartySet, who: PartySet) -> Result<(), NotNow> {
    if parties.meets(who) {
        return Ok(());
    }
    // The second tier's agents see what is at the first, and leave it to them.
    let is_other_tiers = parties.has(Party::Tier2) && who.has(Party::Assigned);
    Err(if is_other_tiers { NotNow::Tier } else { NotNow::Party })
}

/// The steps that somebody may take now, the most useful first.
pub fn allowed(parties: PartySet, facts: &Facts) -> Vec<Transition> {
    // No two rows of one step are from the same state.
    let from_here = TABLE.iter().filter(|row| row.is_from(facts.state));
    let steps = from_here.map(|row| row.transition);
    steps.filter(|transition| step(*transition, parties, facts).is_ok()).collect()
}

/// The row by which a step is taken.
fn row(transition: Transition, facts: &Facts) -> Result<&'static Row, NotNow> {
    let mut from_here = table::of(transition).filter(|row| row.is_from(facts.state)).peekable();
    if from_here.peek().is_none() {
        return Err(NotNow::State);
    }
    from_here.find(|row| row.at.contains(&facts.tier)).ok_or(NotNow::Tier)
}

/// When a ticket lapses that has waited for its requester since a moment.
pub fn lapses_at(waits_since: Moment) -> Moment {
    waits_since.plus(LAPSES_AFTER)
}

/// When its requester is reminded.
pub fn reminds_at(waits_since: Moment) -> Moment {
    waits_since.plus(REMINDS_AFTER)
}

/// Until when a ticket can be opened again that was closed at a moment.
pub fn reopens_until(closed_at: Moment) -> Moment {
    closed_at.plus(REOPENS_WITHIN)
}

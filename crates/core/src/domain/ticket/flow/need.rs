//! What a step needs: what comes with it, and what must be so already.

use super::{Facts, InternalTickets, NotNow, lapses_at, reopens_until};
use crate::domain::ticket::{Resolution, TicketKind, Tier};

words! {
    /// Something that a step needs.
    Need {
        /// A decision of the policy.
        Decision = "a decision",
        /// A number of its own.
        CaseNumber = "a case number",
        /// The number on its way to the requester.
        Acknowledgement = "the acknowledgement queued",
        /// Personal data masked.
        Masking = "what is personal masked",
        /// Whom to turn to, in the answer; the organisation is told where the rule says.
        Referral = "whom to turn to",
        /// How it was made sure who reported it.
        Verification = "how it was verified",
        /// Why.
        Reason = "a reason",
        /// An agent of the ticket's tier.
        Assignee = "an agent of the tier",
        /// Words that the requester reads.
        Message = "a public message",
        /// The organisation, as one that takes part.
        OrganizationTakesPart = "the organisation as a party",
        /// What was tried.
        Tried = "what was tried",
        /// What came of it, in words that the requester reads, queued for them in the same act.
        ResolutionText = "the resolution's text, queued for the requester",
        /// A ticket of the same tenant.
        Target = "a ticket of the same tenant",
        /// A ticket of its own that is linked.
        NewTicket = "a new ticket, linked",
        /// A closing message that finally did not arrive.
        FailedMessage = "the resolution's message has failed",
        /// Nobody has the ticket.
        Unassigned = "nobody has it",
        /// Somebody has the ticket.
        Assigned = "somebody has it",
        /// It is an emergency that was reported.
        Reported = "an emergency",
        /// It is an emergency that nobody has confirmed yet.
        Unconfirmed = "not confirmed yet",
        /// At the second tier, one recorded action at least.
        Action = "at tier 2 a recorded action",
        /// An internal ticket that is linked.
        InternalTicket = "a linked internal ticket",
        /// Every internal ticket that is linked is shipped or declined.
        InternalTicketsDone = "every linked internal ticket done",
        /// It ended in a way that is not final.
        NotFinal = "solved, answered by an article, or no response",
        /// It ended with a message of the desk's.
        Resolved = "solved or answered by an article",
        /// It was closed less than 14 days ago.
        Recent = "within 14 days",
        /// Nothing was heard for 14 days.
        Silence = "14 days of silence, a reminder after 7",
    }
}

impl Need {
    /// Whether it comes with the step, and is not looked up in the ticket's facts.
    pub const fn comes_with_the_step(self) -> bool {
        matches!(
            self,
            Self::Decision
                | Self::CaseNumber
                | Self::Acknowledgement
                | Self::Masking
                | Self::Referral
                | Self::Verification
                | Self::Reason
                | Self::Assignee
                | Self::Message
                | Self::OrganizationTakesPart
                | Self::Tried
                | Self::ResolutionText
                | Self::Target
                | Self::NewTicket
                | Self::FailedMessage
        )
    }

    /// What stands in the way, if the facts do not have it. What comes with the step is never missed here.
    pub(super) fn unmet(self, facts: &Facts) -> Option<NotNow> {
        let (is_met, otherwise) = match self {
            Self::Unassigned => (!facts.is_assigned, NotNow::Assigned),
            Self::Assigned => (facts.is_assigned, NotNow::Unassigned),
            Self::Reported => (facts.kind == TicketKind::Emergency, NotNow::NotReported),
            Self::Unconfirmed => (!facts.is_confirmed, NotNow::NotReported),
            Self::Action => (facts.tier == Tier::One || facts.has_action, NotNow::ActionMissing),
            Self::InternalTicket => {
                (facts.internal_tickets != InternalTickets::None, NotNow::InternalTicketMissing)
            }
            Self::InternalTicketsDone => {
                (facts.internal_tickets == InternalTickets::Done, NotNow::TooEarly)
            }
            Self::NotFinal => {
                (facts.resolution.is_some_and(Resolution::can_be_reopened), NotNow::Final)
            }
            Self::Resolved => (facts.resolution.is_some_and(Resolution::is_told), NotNow::Final),
            Self::Recent => (
                facts.closed_at.is_some_and(|closed| facts.now < reopens_until(closed)),
                NotNow::TooLate,
            ),
            Self::Silence => (
                facts.waits_since.is_some_and(|since| facts.now >= lapses_at(since)),
                NotNow::TooEarly,
            ),
            _ => return None,
        };
        (!is_met).then_some(otherwise)
    }
}

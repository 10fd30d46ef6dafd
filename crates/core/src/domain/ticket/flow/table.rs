//! The table itself.

use super::{Facts, Need, Next, Party, Transition};
use crate::domain::ticket::{Resolution, TicketState, Tier};

use Need as N;
use Party as P;
use TicketState as S;
use Transition as T;

/// A row of the table: a step, from some states.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The step.
    pub transition: Transition,
    /// The states that it is taken from; empty if there is no ticket yet.
    pub from: &'static [TicketState],
    /// The tiers that it is taken at.
    pub at: &'static [Tier],
    /// The state that it leads to.
    pub to: To,
    /// The tier that it leads to, if that is another one.
    pub tier: Option<Tier>,
    /// How the ticket ends by it, if it does: one of these.
    pub closes_as: &'static [Resolution],
    /// Who takes it.
    pub who: &'static [Party],
    /// What it needs.
    pub needs: &'static [Need],
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// To a state.
    State(TicketState),
    /// Nowhere: it adds something, and the ticket stays as it was.
    AsItWas,
}

const NOTHING: &[S] = &[];
const ANY_BUT_CLOSED: &[S] =
    &[S::New, S::Open, S::WaitingOnRequester, S::WaitingOnOrganization, S::WaitingOnDevelopment];
const OPEN_OR_WAITING: &[S] =
    &[S::Open, S::WaitingOnRequester, S::WaitingOnOrganization, S::WaitingOnDevelopment];
const NEW_OR_OPEN: &[S] = &[S::New, S::Open];
const NOT_IN_DEVELOPMENT: &[S] =
    &[S::New, S::Open, S::WaitingOnRequester, S::WaitingOnOrganization];
const NOT_ON_REQUESTER: &[S] =
    &[S::New, S::Open, S::WaitingOnOrganization, S::WaitingOnDevelopment];

const BOTH: &[Tier] = &Tier::ALL;
const ONE: &[Tier] = &[Tier::One];
const TWO: &[Tier] = &[Tier::Two];

const AGENTS: &[P] = &[P::Tier1, P::Tier2];

/// A step that ends nothing and leaves the tier as it was.
const fn row(
    transition: T,
    from: &'static [S],
    to: To,
    who: &'static [P],
    needs: &'static [N],
) -> Row {
    Row { transition, from, at: BOTH, to, tier: None, closes_as: &[], who, needs }
}

impl Row {
    /// The same, at one tier only.
    const fn only_at(self, at: &'static [Tier]) -> Self {
        Self { at, ..self }
    }

    /// The same, to the other tier.
    const fn moves_to(self, tier: Tier) -> Self {
        Self { tier: Some(tier), ..self }
    }

    /// The same, with how the ticket ends.
    const fn closes_as(self, closes_as: &'static [Resolution]) -> Self {
        Self { closes_as, ..self }
    }

    /// Whether it is taken from a state; none before the ticket is there.
    pub fn is_from(&self, state: Option<TicketState>) -> bool {
        state.map_or(self.from.is_empty(), |state| self.from.contains(&state))
    }

    /// What it leads to.
    pub(super) fn next(&self, facts: &Facts) -> Next {
        let tier = self.tier.unwrap_or(facts.tier);
        let state = match self.to {
            To::State(state) => state,
            // What stays as it was is there.
            To::AsItWas => facts.state.unwrap_or(TicketState::New),
        };
        let Self { closes_as, needs, .. } = *self;
        Next { state, tier, closes_as, is_freed: tier != facts.tier, needs }
    }
}

/// The rows of a step.
pub(super) fn of(transition: Transition) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.transition == transition)
}

const OPEN: To = To::State(S::Open);
const CLOSED: To = To::State(S::Closed);

/// Every step there is, in the order in which they are offered. Of several rows of one step, no two are from
/// the same state.
pub const TABLE: &[Row] = &[
    row(
        T::Open,
        NOTHING,
        To::State(S::New),
        &[P::Policy],
        &[N::Decision, N::CaseNumber, N::Acknowledgement, N::Masking],
    ),
    row(
        T::Refer,
        NOTHING,
        CLOSED,
        &[P::Policy],
        &[N::Decision, N::CaseNumber, N::Acknowledgement, N::Masking, N::Referral],
    )
    .closes_as(&[Resolution::Referred]),
    row(
        T::ConfirmEmergency,
        NEW_OR_OPEN,
        OPEN,
        &[P::Tier1],
        &[N::Reported, N::Unconfirmed, N::Verification],
    ),
    row(
        T::DeclineEmergency,
        NEW_OR_OPEN,
        CLOSED,
        &[P::Tier1],
        &[N::Reported, N::Reason, N::Referral],
    )
    .closes_as(&[Resolution::EmergencyDeclined]),
    row(T::Assign, &[S::New], OPEN, AGENTS, &[N::Assignee]),
    row(T::Assign, OPEN_OR_WAITING, To::AsItWas, AGENTS, &[N::Unassigned, N::Assignee]),
    row(
        T::OrganizationAnswered,
        &[S::WaitingOnOrganization],
        OPEN,
        &[P::Organization, P::Tier1, P::Tier2],
        &[N::Masking],
    ),
    row(T::Reply, &[S::WaitingOnRequester], OPEN, &[P::Requester, P::Cc], &[N::Masking]),
    row(T::Reply, NOT_ON_REQUESTER, To::AsItWas, &[P::Requester, P::Cc], &[N::Masking]),
    row(T::Reopen, &[S::Closed], OPEN, &[P::Requester], &[N::NotFinal, N::Recent, N::Masking]),
    row(
        T::Resolve,
        OPEN_OR_WAITING,
        CLOSED,
        &[P::Assigned],
        &[N::Assigned, N::Action, N::ResolutionText, N::Masking],
    )
    .closes_as(&[Resolution::Solved, Resolution::AnsweredByArticle]),
    row(
        T::Answer,
        OPEN_OR_WAITING,
        To::AsItWas,
        &[P::Assigned],
        &[N::Assigned, N::Message, N::Masking],
    ),
    row(
        T::Ask,
        &[S::Open],
        To::State(S::WaitingOnRequester),
        &[P::Assigned],
        &[N::Assigned, N::Message, N::Masking],
    ),
    row(
        T::HandToOrganization,
        &[S::Open],
        To::State(S::WaitingOnOrganization),
        AGENTS,
        &[N::OrganizationTakesPart],
    ),
    row(
        T::WaitForDevelopment,
        &[S::Open],
        To::State(S::WaitingOnDevelopment),
        &[P::Tier2],
        &[N::InternalTicket],
    )
    .only_at(TWO),
    // More may turn out to be wrong than what it waits for: it goes on once the last of them ends.
    row(
        T::WaitForDevelopment,
        &[S::WaitingOnDevelopment],
        To::AsItWas,
        &[P::Tier2],
        &[N::InternalTicket],
    )
    .only_at(TWO),
    row(T::Escalate, ANY_BUT_CLOSED, OPEN, &[P::Tier1], &[N::Reason, N::Tried])
        .only_at(ONE)
        .moves_to(Tier::Two),
    // Who waits for development stays where internal tickets are looked after.
    row(T::ReturnToTier1, NOT_IN_DEVELOPMENT, To::AsItWas, &[P::Tier2], &[N::Reason, N::Masking])
        .only_at(TWO)
        .moves_to(Tier::One),
    row(T::Refer, ANY_BUT_CLOSED, CLOSED, AGENTS, &[N::Decision, N::Referral, N::Masking])
        .closes_as(&[Resolution::Referred]),
    row(T::Merge, ANY_BUT_CLOSED, CLOSED, AGENTS, &[N::Target]).closes_as(&[Resolution::Duplicate]),
    row(T::Reassign, OPEN_OR_WAITING, To::AsItWas, AGENTS, &[N::Assigned, N::Assignee, N::Reason]),
    row(T::Retype, ANY_BUT_CLOSED, To::AsItWas, AGENTS, &[N::Decision, N::Reason]),
    row(T::Reprioritise, ANY_BUT_CLOSED, To::AsItWas, AGENTS, &[N::Reason]),
    row(T::Withdraw, ANY_BUT_CLOSED, CLOSED, &[P::Requester], &[])
        .closes_as(&[Resolution::Withdrawn]),
    row(
        T::FollowUp,
        &[S::Closed],
        To::AsItWas,
        &[P::Requester, P::Tier1, P::Tier2],
        &[N::NewTicket],
    ),
    row(
        T::DevelopmentDone,
        &[S::WaitingOnDevelopment],
        OPEN,
        &[P::System],
        &[N::InternalTicketsDone],
    ),
    row(T::DeliveryFailed, &[S::Closed], OPEN, &[P::System], &[N::Resolved, N::FailedMessage]),
    row(T::Lapse, &[S::WaitingOnRequester], CLOSED, &[P::System], &[N::Silence])
        .closes_as(&[Resolution::NoResponse]),
];

//! The row of a ticket, and what follows from it alone.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{AccountId, ApplicationId, DecisionId, TenantId, TicketId};
use caredesk_core::domain::ticket::flow::{Next, Transition};
use caredesk_core::domain::ticket::{
    MaskedSubject, Priority, Resolution, TicketKind, TicketState, TicketTarget, Tier,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::desk::{Channel, Outcome, RequestType, RequesterKind};
use caredesk_core::policy::{self, TargetFacts, TicketPlace};
use diesel::prelude::*;

use crate::store::columns::AnyId;
use crate::store::schema::tickets;

/// A ticket as its row has it, but for its number.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tickets, treat_none_as_default_value = false)]
pub struct TicketRow {
    /// Its id.
    pub id: TicketId,
    /// The organisation that it is about.
    pub tenant_id: TenantId,
    /// Whether it is an emergency.
    pub kind: TicketKind,
    /// How far it has come.
    pub state: TicketState,
    /// Where it is worked on.
    pub tier: Tier,
    /// How soon it wants an answer.
    pub priority: Priority,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// Whose it is at the desk.
    pub assignee_id: Option<AccountId>,
    /// What is asked for.
    pub request_type: RequestType,
    /// What the policy said to that.
    pub outcome: Outcome,
    /// That decision.
    pub decision_id: DecisionId,
    /// As what the requester was judged.
    pub requester: RequesterKind,
    /// The requester's account; none of a caller who has none.
    pub requester_id: Option<AccountId>,
    /// By which way it came.
    pub channel: Channel,
    /// How it is known who asks.
    pub verification: Verification,
    /// The language the requester is written to in.
    pub locale: Locale,
    /// The application that it is about.
    pub application_id: Option<ApplicationId>,
    /// The search of the help centre that went before.
    pub help_search_id: Option<AnyId>,
    /// Whether an emergency was confirmed to be one.
    pub is_confirmed: bool,
    /// Whether the organisation sees it.
    pub is_for_team: bool,
    /// Whether it was handed to the organisation, or the organisation gets a copy of what is said.
    pub organization_takes_part: bool,
    /// What it is about, masked.
    pub subject: MaskedSubject,
    /// When the desk should have answered first.
    pub first_answer_due_at: Option<Moment>,
    /// When it did.
    pub first_answered_at: Option<Moment>,
    /// When it should be resolved.
    pub resolution_due_at: Option<Moment>,
    /// Since when somebody else than the desk is waited for.
    pub waiting_since: Option<Moment>,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// When it was opened.
    pub created_at: Moment,
    /// When it last changed.
    pub updated_at: Moment,
    /// Counts the changes.
    pub version: i64,
    /// When the desk has to do something next; none while it has nothing to do.
    pub next_due_at: Option<Moment>,
}

impl TicketRow {
    /// Its organisation, if that sees it. Its audit is where it stands what was done with the ticket; what the
    /// organisation does not see stands in the platform's.
    pub fn seen_by(&self) -> Option<TenantId> {
        self.is_for_team.then_some(self.tenant_id)
    }

    /// The ticket after a step that leads to `next` and ends it, if it does, as `ends`, at a moment.
    #[must_use]
    pub fn moved(
        &self,
        transition: Transition,
        (next, ends): (&Next, Option<Resolution>),
        now: Moment,
    ) -> Self {
        let mut after = Self { state: next.state, tier: next.tier, ..self.clone() };
        if next.is_freed {
            after.assignee_id = None;
        }
        if ends.is_some() {
            (after.resolution, after.closed_at) = (ends, Some(now));
        } else if self.state == TicketState::Closed && next.state != TicketState::Closed {
            (after.resolution, after.closed_at) = (None, None);
        }
        after.waiting_since = match (next.state.is_waiting(), self.waiting_since) {
            (true, Some(since)) if self.state == next.state => Some(since),
            (true, _) => Some(now),
            (false, _) => None,
        };
        // The organisation is asked aloud: the requester reads it, and is told.
        let is_answer = matches!(
            transition,
            Transition::Answer | Transition::Ask | Transition::HandToOrganization
        );
        // Nobody was answered if whoever asked took it back, or it goes on elsewhere.
        let goes = matches!(transition, Transition::Withdraw | Transition::Merge);
        if (is_answer || (ends.is_some() && !goes)) && self.first_answered_at.is_none() {
            after.first_answered_at = Some(now);
        }
        after
    }

    /// What its targets follow from.
    pub const fn target_facts(&self) -> TargetFacts {
        TargetFacts {
            state: self.state,
            kind: self.kind,
            priority: self.priority,
            opened_at: self.created_at,
            waiting_since: self.waiting_since,
            first_answered_at: self.first_answered_at,
            closed_at: self.closed_at,
        }
    }

    /// Where it belongs, for somebody who is not in copy.
    pub fn place(&self, is_policy_question: bool) -> TicketPlace {
        TicketPlace {
            tenant: self.tenant_id,
            tier: self.tier,
            requester: self.requester_id,
            is_for_team: self.is_for_team,
            is_about_access: self.request_type.is_about_access(),
            is_policy_question,
            organization_takes_part: self.organization_takes_part,
            is_in_copy: false,
        }
    }

    /// The targets that are missed by a moment.
    pub fn missed(&self, now: Moment) -> Vec<TicketTarget> {
        let facts = self.target_facts();
        let is_missed = |target: &TicketTarget| {
            let due_at = match target {
                TicketTarget::FirstAnswer => self.first_answer_due_at,
                TicketTarget::Resolution => self.resolution_due_at,
            };
            due_at.is_some_and(|due_at| policy::is_missed(due_at, facts.ended_at(*target), now))
        };
        TicketTarget::ALL.iter().copied().filter(is_missed).collect()
    }
}

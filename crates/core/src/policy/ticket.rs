//! The rules about tickets: who opens one, what becomes of it then, who sees what of it, and who takes its
//! next step.
//!
//! Roles are in the matrix, steps in the table of [`flow`]; here the two meet.

mod intake;
mod opening;
mod sight;
mod targets;

#[cfg(test)]
mod tests;

pub use intake::{HelpfulDetail, Intake};
pub use opening::{OpeningFacts, SEARCH_COUNTS, SearchedBefore};
pub use sight::{
    CallerSight, PeopleSight, SeenTickets, SeenTogether, TextSight, TicketPlace, TicketSight,
};
pub use targets::{DUE_SOON, TargetFacts, TicketTargets, TimedStep, is_missed};

use super::action::{ActionKind, OfOneTenant, Target};
use super::permit::{Denial, bars};
use crate::domain::account::Role;
use crate::domain::actor::{Actor, Person};
use crate::domain::code::Code;
use crate::domain::ids::{AccountId, TenantId, TicketId};
use crate::domain::ticket::flow::{self, Facts, NotNow, Party, PartySet, Transition};
use crate::domain::ticket::{TicketState, Tier};
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts, each looked up by itself")]
pub struct TicketFacts {
    /// Which.
    pub id: TicketId,
    /// The organisation that it is about.
    pub tenant: TenantId,
    /// The account of whoever it is for, if there is one.
    pub requester: Option<AccountId>,
    /// The agent who has it.
    pub assignee: Option<AccountId>,
    /// Whether whoever asks is in copy.
    pub is_in_copy: bool,
    /// Whether whoever asked speaks to the desk through its agents: they have no account, or came by telephone,
    /// chat or email, or without a session.
    pub is_by_caller: bool,
    /// Whether the organisation takes part: it was handed to it, or it gets copies.
    pub organization_takes_part: bool,
    /// Whether the desk has answered it.
    pub is_answered: bool,
    /// Whether the organisation sees it.
    pub is_for_team: bool,
    /// How far it is, as the table of transitions has to know it; whether it is assigned follows from
    /// `assignee`, and when it is looked at from the question.
    pub flow: Facts,
    /// The version that was read.
    pub version: i64,
}

impl TicketFacts {
    /// What the table of transitions has to know of the ticket now.
    pub fn facts(&self, now: Moment) -> Facts {
        Facts { is_assigned: self.assignee.is_some(), now, ..self.flow }
    }

    /// What somebody is to the ticket.
    pub fn parties(&self, actor: &Actor) -> PartySet {
        match actor {
            Actor::Person(person) => self.parties_of(person),
            Actor::System => std::iter::once(Party::System).collect(),
            // Theirs is a ticket that no account has asked for.
            Actor::Caller(ticket) if *ticket == self.id && self.requester.is_none() => {
                std::iter::once(Party::Requester).collect()
            }
            Actor::Operator | Actor::Public | Actor::Caller(_) => PartySet::NONE,
        }
    }

    fn parties_of(&self, person: &Person) -> PartySet {
        let role = person.standing.role;
        if let Some(agent) = Tier::of(role) {
            return PartySet::of_agent(agent, self.flow.tier);
        }
        let is_of_tenant = person.tenant == Some(self.tenant);
        let answers_for_it = matches!(role, Role::SiteAdmin | Role::SupportUser);
        let is = [
            (Party::Requester, self.requester == Some(person.account)),
            (Party::Cc, self.is_in_copy),
            (Party::Organization, self.organization_takes_part && is_of_tenant && answers_for_it),
        ];
        is.into_iter().filter_map(|(party, is)| is.then_some(party)).collect()
    }

    /// The step that an action takes for somebody; none if it takes none.
    pub fn transition(&self, action: ActionKind, actor: &Actor) -> Option<Transition> {
        use ActionKind as A;
        use Transition as T;
        let is_agent = is_agent(actor);
        Some(match action {
            A::AssignTicket if self.assignee.is_some() => T::Reassign,
            A::AssignTicket => T::Assign,
            A::ReplyToTicket if is_agent => T::Answer,
            A::ReplyToTicket | A::ReplyForCaller | A::ReplyToLinkedTicket => T::Reply,
            // What was asked for is an answer, in whatever field it is told.
            A::AddTicketDetails if self.flow.state == Some(TicketState::WaitingOnRequester) => {
                T::Reply
            }
            A::AskRequester => T::Ask,
            A::HandToOrganization => T::HandToOrganization,
            A::OrganizationAnswered => T::OrganizationAnswered,
            A::ConfirmEmergency => T::ConfirmEmergency,
            A::DeclineEmergency => T::DeclineEmergency,
            A::EscalateTicket => T::Escalate,
            A::ReturnTicket => T::ReturnToTier1,
            A::WaitForDevelopment => T::WaitForDevelopment,
            A::ResolveTicket => T::Resolve,
            A::ReferTicket => T::Refer,
            A::MergeTicket => T::Merge,
            A::WithdrawTicket => T::Withdraw,
            A::ReopenTicket => T::Reopen,
            A::FollowUpTicket => T::FollowUp,
            A::RetypeTicket => T::Retype,
            A::ReprioritiseTicket => T::Reprioritise,
            A::LapseTicket => T::Lapse,
            A::EndTicketDevelopment => T::DevelopmentDone,
            A::UndoTicketResolution => T::DeliveryFailed,
            _ => return None,
        })
    }

    /// What somebody may do with the ticket now, the most useful first: the steps of the table in its order, then
    /// what adds to the ticket without moving it. A second factor that is not fresh stands in nobody's way here.
    pub fn allowed(&self, actor: &Actor, now: Moment) -> Vec<ActionKind> {
        let steps = flow::allowed(self.parties(actor), &self.facts(now));
        let by_step = steps.into_iter().filter_map(|step| {
            let takes = |action: &&ActionKind| self.transition(**action, actor) == Some(step);
            ActionKind::ALL.iter().find(takes).copied()
        });
        let beside = [
            ActionKind::ReplyForCaller,
            ActionKind::AddTicketDetails,
            ActionKind::RecordTicketAction,
            ActionKind::VerifyRequester,
            ActionKind::NoteOnTicket,
            ActionKind::WatchTicket,
            ActionKind::ShareKnowledge,
            ActionKind::RevealTicket,
        ];
        let is_open = |action: &ActionKind| {
            let found = bars(*action, actor, self, now);
            found.iter().all(|denial| denial.code == Code::StepUpRequired)
        };
        by_step.chain(beside).filter(is_open).collect()
    }

    /// Whether somebody has a say on the ticket: the desk at its tier, whoever asks, is in copy, or takes part.
    pub(super) fn is_theirs(&self, actor: &Actor) -> bool {
        use Party::{Cc, Organization, Requester, Tier1, Tier2};
        let parties = self.parties(actor);
        [Tier1, Tier2, Requester, Cc, Organization].into_iter().any(|party| parties.has(party))
    }

    /// Why somebody does not do what takes no step, or what they do for somebody else.
    fn barred(&self, action: ActionKind, actor: &Actor) -> Option<NotNow> {
        let parties = self.parties(actor);
        let has_it =
            self.assignee.is_some() && self.assignee == actor.person().map(|person| person.account);
        let is_closed = self.flow.state == Some(TicketState::Closed);
        let checks: &[(bool, NotNow)] = match action {
            ActionKind::RecordTicketAction => &[
                (self.flow.tier == Tier::Two, NotNow::Tier),
                (!is_closed, NotNow::State),
                (self.assignee.is_some(), NotNow::Unassigned),
            ],
            ActionKind::VerifyRequester => &[
                (parties.has(Party::Tier1) || parties.has(Party::Tier2), NotNow::Party),
                (parties.has(Party::Assigned), NotNow::Tier),
                (!is_closed, NotNow::State),
            ],
            // "The requester may add detail at any time" (domain, "Tickets").
            ActionKind::AddTicketDetails if !is_agent(actor) => {
                &[(parties.has(Party::Requester) || parties.has(Party::Cc), NotNow::Party)]
            }
            ActionKind::ReplyForCaller | ActionKind::AddTicketDetails => &[
                (parties.has(Party::Tier1) || parties.has(Party::Tier2), NotNow::Party),
                (self.is_by_caller, NotNow::Party),
            ],
            ActionKind::CreateAttachment => {
                &[(self.is_theirs(actor), NotNow::Party), (!is_closed, NotNow::State)]
            }
            ActionKind::NoteOnTicket => {
                &[(parties.has(Party::Tier1) || parties.has(Party::Tier2), NotNow::Party)]
            }
            // "An answered ticket becomes a draft" (PM1, "share the knowledge").
            // What a family asks for is read by nobody beside it.
            ActionKind::ShareKnowledge => {
                &[(self.is_for_team, NotNow::Party), (is_closed || self.is_answered, NotNow::State)]
            }
            ActionKind::WatchTicket => {
                let adds =
                    [Party::Requester, Party::Cc, Party::Organization, Party::Tier1, Party::Tier2];
                &[(parties.meets(adds.into_iter().collect()), NotNow::Party)]
            }
            // "The agent who has the case, after it was handed on" (TS; `pii.tier2.reveal`).
            ActionKind::RevealTicket => {
                &[(self.flow.tier == Tier::Two, NotNow::Tier), (has_it, NotNow::Unassigned)]
            }
            _ => &[],
        };
        checks.iter().find(|(holds, _)| !holds).map(|(_, otherwise)| *otherwise)
    }
}

/// Whether somebody is an agent of one of the tiers.
fn is_agent(actor: &Actor) -> bool {
    actor.person().is_some_and(|person| Tier::of(person.standing.role).is_some())
}

/// Whether somebody does what only a caller's word is.
fn speaks_for_caller(action: ActionKind, actor: &Actor) -> bool {
    match action {
        ActionKind::ReplyForCaller => true,
        ActionKind::AddTicketDetails => is_agent(actor),
        _ => false,
    }
}

impl Target for TicketFacts {
    fn bars(&self, action: ActionKind, actor: &Actor, now: Moment) -> Vec<Denial> {
        let found = match self.transition(action, actor) {
            // The agent says what the caller said: whether that is heard now is asked as of them.
            Some(step) if speaks_for_caller(action, actor) => {
                let caller = std::iter::once(Party::Requester).collect();
                let now = || flow::step(step, caller, &self.facts(now)).err();
                self.barred(action, actor).or_else(now)
            }
            Some(step) => {
                // Whoever has the link that was sent to the requester stands for them.
                let has_the_link = action == ActionKind::ReplyToLinkedTicket;
                let linked: PartySet =
                    has_the_link.then_some(Party::Requester).into_iter().collect();
                flow::step(step, self.parties(actor).and(linked), &self.facts(now)).err()
            }
            None => self.barred(action, actor),
        };
        let denial = |found: NotNow| {
            let about_state = found.is_about_state();
            Denial { code: found.code(), about_state }
        };
        found.map(denial).into_iter().collect()
    }
}

impl OfOneTenant for TicketFacts {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}

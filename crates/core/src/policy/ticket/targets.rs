//! The targets of a ticket: when they are due, how they stand still while others are waited for, and when time next
//! does something to the ticket.

use jiff::SignedDuration;

use crate::domain::business_hours::{Calendar, TargetClock};
use crate::domain::ticket::flow::{LAPSES_AFTER, REMINDS_AFTER, lapses_at, reminds_at};
use crate::domain::ticket::{Priority, TicketKind, TicketState, TicketTarget};
use crate::domain::time::Moment;
use crate::policy::hours::DeskHours;

/// Working time before a target is due from which on it is soon.
pub const DUE_SOON: SignedDuration = SignedDuration::from_hours(2);

/// What of a ticket its targets follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetFacts {
    /// How far it is.
    pub state: TicketState,
    /// What kind it is.
    pub kind: TicketKind,
    /// How soon it wants an answer.
    pub priority: Priority,
    /// When it was opened.
    pub opened_at: Moment,
    /// Since when somebody else than the desk is waited for, if so.
    pub waiting_since: Option<Moment>,
    /// When the desk answered first, if it did.
    pub first_answered_at: Option<Moment>,
    /// When it was closed, if it is.
    pub closed_at: Option<Moment>,
}

impl TargetFacts {
    /// Since when the desk has nothing to do.
    fn stands_since(&self) -> Option<Moment> {
        self.closed_at.or(self.waiting_since)
    }

    /// When a target was over, met or missed.
    pub fn ended_at(&self, target: TicketTarget) -> Option<Moment> {
        match target {
            TicketTarget::FirstAnswer => self.first_answered_at.or(self.closed_at),
            TicketTarget::Resolution => self.closed_at,
        }
    }
}

/// Whether a target that is due at a moment, and was over at another, is missed by now.
pub fn is_missed(due_at: Moment, ended_at: Option<Moment>, now: Moment) -> bool {
    now >= due_at && ended_at.is_none_or(|ended_at| ended_at >= due_at)
}

/// The targets of a ticket, and what time has done to it so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TicketTargets {
    /// Until the desk first says something; none of a ticket that has no targets.
    pub first_answer: Option<TargetClock>,
    /// Until it is closed.
    pub resolution: Option<TargetClock>,
    /// Working time that passed while the targets stood still, in pauses that are over.
    pub paused: SignedDuration,
    /// When it was written down that the first answer is late.
    pub first_answer_missed_at: Option<Moment>,
    /// When it was written down that the resolution is late.
    pub resolution_missed_at: Option<Moment>,
    /// When the requester was reminded, in the present wait.
    pub reminded_at: Option<Moment>,
}

/// What time does to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimedStep {
    /// A target is missed, and nobody was told so.
    Miss(TicketTarget),
    /// The requester has been silent, and is reminded.
    Remind,
    /// The requester has been silent for too long.
    Lapse,
}

impl TicketTargets {
    /// Those of a ticket that is opened at a moment.
    pub fn start(hours: &DeskHours, priority: Priority, opened_at: Moment) -> Self {
        let (first_answer, resolution) = hours.start(priority, opened_at);
        Self { first_answer: Some(first_answer), resolution: Some(resolution), ..Self::default() }
    }

    /// Those after a change of the ticket. They stand still while others are waited for and while it is closed, and
    /// are counted anew, from the opening, by another priority or kind.
    #[must_use]
    pub fn after(
        self,
        hours: &DeskHours,
        (before, after): (&TargetFacts, &TargetFacts),
        now: Moment,
    ) -> Self {
        let calendar = hours.calendar();
        let (stood, stands) = (before.stands_since(), after.stands_since());
        let mut next = self;
        if stood != stands {
            let pause = stood.map(|since| calendar.between(since, now));
            next.paused = next.paused.saturating_add(pause.unwrap_or_default());
            let moved = |clock: TargetClock| moved(clock, calendar, (stood, after), now);
            next.resolution = next.resolution.map(moved);
            // What was answered stays as it was due.
            if after.first_answered_at.is_none() {
                next.first_answer = next.first_answer.map(moved);
            }
        }
        let is_other = (before.priority, before.kind) != (after.priority, after.kind);
        if is_other && after.closed_at.is_none() {
            next.count(hours, after);
        }
        if before.waiting_since != after.waiting_since {
            next.reminded_at = None;
        }
        next
    }

    /// Counts what is not over from the opening on.
    fn count(&mut self, hours: &DeskHours, facts: &TargetFacts) {
        let (calendar, targets) = (hours.calendar(), hours.targets(facts.priority));
        let paused = self.paused;
        let counted = |working: SignedDuration| {
            let working = working.saturating_add(paused);
            let clock = TargetClock::start(calendar, facts.opened_at, working);
            facts.waiting_since.map_or(clock, |since| clock.pause(calendar, since))
        };
        self.resolution = Some(counted(targets.resolution));
        if facts.first_answered_at.is_none() {
            self.first_answer = Some(counted(targets.first_answer));
        }
    }

    /// The clock of a target.
    pub const fn clock(&self, target: TicketTarget) -> Option<TargetClock> {
        match target {
            TicketTarget::FirstAnswer => self.first_answer,
            TicketTarget::Resolution => self.resolution,
        }
    }

    /// When a target is due; none while it stands still.
    pub fn due_at(&self, target: TicketTarget) -> Option<Moment> {
        self.clock(target).and_then(TargetClock::due_at)
    }

    /// The working time that a target has left; none while it runs.
    pub fn left(&self, target: TicketTarget) -> Option<SignedDuration> {
        match self.clock(target) {
            Some(TargetClock::Paused { left }) => Some(left),
            Some(TargetClock::Running { .. }) | None => None,
        }
    }

    /// When the desk has to do something next; none while it has nothing to do.
    pub fn next_due_at(&self, facts: &TargetFacts) -> Option<Moment> {
        if facts.stands_since().is_some() {
            return None;
        }
        let open = TicketTarget::ALL.iter().filter(|target| facts.ended_at(**target).is_none());
        open.filter_map(|target| self.due_at(*target)).min()
    }

    /// When a target is missed that nobody was told of, unless it is met before.
    fn missed_at(&self, facts: &TargetFacts, target: TicketTarget) -> Option<Moment> {
        let noted = match target {
            TicketTarget::FirstAnswer => self.first_answer_missed_at,
            TicketTarget::Resolution => self.resolution_missed_at,
        };
        let due_at = self.due_at(target).filter(|_| noted.is_none())?;
        is_missed(due_at, facts.ended_at(target), due_at).then_some(due_at)
    }

    /// What time does to the ticket next, and when.
    pub fn next_step(&self, facts: &TargetFacts) -> Option<(Moment, TimedStep)> {
        let missed = |target: &TicketTarget| {
            Some((self.missed_at(facts, *target)?, TimedStep::Miss(*target)))
        };
        let waits = facts.waiting_since;
        let waits = waits.filter(|_| facts.state == TicketState::WaitingOnRequester);
        let silence = waits.map(|since| match self.reminded_at {
            None => (reminds_at(since), TimedStep::Remind),
            // Whoever was reminded late has as long to answer as everybody.
            Some(reminded) => {
                let answers_until = reminded.plus(LAPSES_AFTER - REMINDS_AFTER);
                (lapses_at(since).max(answers_until), TimedStep::Lapse)
            }
        });
        let steps = TicketTarget::ALL.iter().filter_map(missed).chain(silence);
        steps.min_by_key(|(at, _)| *at)
    }
}

/// A target whose ticket began to stand still, or goes on; `stood` is since when it stood before.
fn moved(
    clock: TargetClock,
    calendar: &Calendar,
    (stood, after): (Option<Moment>, &TargetFacts),
    now: Moment,
) -> TargetClock {
    match (stood, after.stands_since()) {
        // A ticket that is closed shows when it was due.
        (None, Some(_)) if after.closed_at.is_none() => clock.pause(calendar, now),
        (Some(since), None) => clock.pause(calendar, since).resume(calendar, now),
        _ => clock,
    }
}

#[cfg(test)]
mod tests;

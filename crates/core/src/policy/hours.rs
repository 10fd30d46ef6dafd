//! When the desk works, and how soon tickets are answered: the data of their targets.
//!
//! The file is `policy/hours.toml`; an operator's own stands for all of it.

mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::SignedDuration;

use super::desk::RuleFault;
use crate::domain::business_hours::{Calendar, TargetClock};
use crate::domain::ticket::Priority;
use crate::domain::time::Moment;

/// What faults call the file that comes with the program.
const PATH: &str = "policy/hours.toml";
/// The file that comes with the program.
const BUILT_IN: &str = include_str!("../../../../policy/hours.toml");

/// Most minutes of a target: some five years of working days.
pub const MAX_MINUTES: u32 = 1_000_000;

/// How soon tickets of a priority are answered, in working time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    /// Until the desk first says something.
    pub first_answer: SignedDuration,
    /// Until the ticket is closed.
    pub resolution: SignedDuration,
}

/// The working hours of the desk and the targets that are counted by them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskHours {
    calendar: Calendar,
    targets: BTreeMap<Priority, Targets>,
}

impl DeskHours {
    /// Those that come with the program.
    pub fn built_in() -> Self {
        static READ: LazyLock<DeskHours> =
            LazyLock::new(|| match DeskHours::parse(PATH, BUILT_IN) {
                Ok(hours) => hours,
                Err(faults) => unreachable!("a test reads the built-in hours: {faults:?}"),
            });
        READ.clone()
    }

    /// Reads a file of hours; `path` is what faults call it.
    ///
    /// # Errors
    /// All that is wrong with it, by its lines.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<RuleFault>> {
        read::read(path, text)
    }

    /// The same targets, counted by another calendar.
    #[must_use]
    pub fn counted_by(self, calendar: Calendar) -> Self {
        Self { calendar, ..self }
    }

    /// When the desk works.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// How soon tickets of a priority are answered. A file that was read names every priority.
    pub fn targets(&self, priority: Priority) -> Targets {
        let none = Targets { first_answer: SignedDuration::MAX, resolution: SignedDuration::MAX };
        self.targets.get(&priority).copied().unwrap_or(none)
    }

    /// The clocks of a ticket that is opened at a moment: until its first answer, and until its resolution.
    pub fn start(&self, priority: Priority, at: Moment) -> (TargetClock, TargetClock) {
        let Targets { first_answer, resolution } = self.targets(priority);
        let start = |working| TargetClock::start(&self.calendar, at, working);
        (start(first_answer), start(resolution))
    }
}

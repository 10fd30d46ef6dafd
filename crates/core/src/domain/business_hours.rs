//! Working time: how much of it lies between two moments, and when so much of it is over.
//!
//! Hours and holidays become instants here only. A target counts working time, and stands still while the
//! desk waits for others: see [`TargetClock`].

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::desk_contact::{DeskContact, Holiday, MAX_HOLIDAYS};
use super::hours::{self, HoursError, MAX_SPANS, OpeningHours, Weekday};
use super::time::Moment;
use super::{TimeOfDay, TimeZoneName};

/// The last time of day that can be written. A span that closes then lasts to midnight, so that a desk
/// can be open around the clock.
const END_OF_DAY: &str = "23:59";

/// The days of a calendar as instants: opening hours in a zone, and days on which nobody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenDays {
    zone: TimeZone,
    /// The spans of a week, the earliest of a day first.
    week: Vec<Span>,
    closed: BTreeSet<Date>,
}

/// A span of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    day: Weekday,
    opens: Time,
    /// None at midnight.
    closes: Option<Time>,
}

impl Span {
    fn of(hours: &OpeningHours) -> Self {
        let closes = Some(&hours.closes).filter(|closes| closes.as_str() != END_OF_DAY);
        Self { day: hours.day, opens: time_of(&hours.opens), closes: closes.map(time_of) }
    }
}

impl OpenDays {
    /// The days of a week without faults.
    pub(super) fn new(zone: TimeZone, week: &[OpeningHours], holidays: &[Holiday]) -> Self {
        let mut week: Vec<Span> = week.iter().map(Span::of).collect();
        week.sort_by_key(|span| span.opens);
        Self { zone, week, closed: holidays.iter().map(|holiday| holiday.date.date()).collect() }
    }

    /// The day that a moment falls on.
    pub(super) fn date(&self, at: Moment) -> Date {
        self.zone.to_datetime(at.timestamp()).date()
    }

    /// Whether a moment lies in a span.
    pub(super) fn is_open(&self, at: Moment) -> bool {
        // A change of the clocks around midnight can bring a date back for a moment: hence its neighbours.
        let day = self.date(at);
        let mut days = [day.yesterday(), Ok(day), day.tomorrow()].into_iter().flatten();
        days.any(|day| self.spans_of(day).iter().any(|(from, to)| (*from..*to).contains(&at)))
    }

    /// The spans of a day, the earliest first; none on a holiday. What the clocks skip is left out.
    pub(super) fn spans_of(&self, day: Date) -> Vec<(Moment, Moment)> {
        if self.closed.contains(&day) {
            return Vec::new();
        }
        let weekday = weekday_of(day);
        let spans = self.week.iter().filter(|span| span.day == weekday);
        let instants = spans.filter_map(|span| {
            let closes = match span.closes {
                None => day.tomorrow().ok()?.at(0, 0, 0, 0),
                Some(closes) => day.to_datetime(closes),
            };
            let from = first_instant(&self.zone, day.to_datetime(span.opens))?;
            Some((Moment::of(from), Moment::of(first_instant(&self.zone, closes)?)))
        });
        instants.filter(|(from, to)| from < to).collect()
    }

    /// What is left of every span from a moment on, to the end of the calendar.
    fn spans_from(&self, from: Moment) -> impl Iterator<Item = (Moment, Moment)> {
        let day = self.date(from);
        let first = day.yesterday().unwrap_or(day);
        let spans = first.series(1.day()).flat_map(|day| self.spans_of(day));
        spans.map(move |(opens, closes)| (opens.max(from), closes)).filter(|(from, to)| from < to)
    }
}

/// The smallest step that a moment can tell, back.
pub(super) fn just_before(moment: Moment) -> Moment {
    Moment::from_micros(moment.micros().saturating_sub(1))
}

/// The day of the week.
fn weekday_of(day: Date) -> Weekday {
    match day.weekday() {
        jiff::civil::Weekday::Monday => Weekday::Monday,
        jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
        jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
        jiff::civil::Weekday::Thursday => Weekday::Thursday,
        jiff::civil::Weekday::Friday => Weekday::Friday,
        jiff::civil::Weekday::Saturday => Weekday::Saturday,
        jiff::civil::Weekday::Sunday => Weekday::Sunday,
    }
}

/// A time of day as the time library has it.
fn time_of(text: &TimeOfDay) -> Time {
    match text.as_str().parse() {
        Ok(time) => time,
        Err(error) => unreachable!("the form of a time of day admits {text}: {error}"),
    }
}

/// The first instant at which a clock on the wall shows this or more. Where the clocks go back it is the
/// first of two; where they go forward over it, the instant at which they do.
fn first_instant(zone: &TimeZone, shows: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(shows).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shows).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shows).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            let earlier = after.to_timestamp(shows).ok()?;
            zone.following(earlier).next().map(|change| change.timestamp())
        }
    }
}

/// What is wrong with a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarFault {
    /// It is closed all week.
    NeverOpen,
    /// A span of the week is wrong.
    Hours(HoursError),
    /// The week has more spans than a week has.
    TooManyHours,
    /// The holiday falls on the day of an earlier one.
    SameDay(usize),
    /// There are more holidays than are kept.
    TooManyHolidays,
}

/// When a desk works: opening hours in a zone, without its holidays. It is open some time of every week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    days: OpenDays,
}

impl Calendar {
    /// Checks a calendar.
    ///
    /// # Errors
    /// Every fault that it has.
    pub fn new(
        zone: &TimeZoneName,
        week: &[OpeningHours],
        holidays: &[Holiday],
    ) -> Result<Self, Vec<CalendarFault>> {
        let mut faults: Vec<CalendarFault> =
            hours::faults(week).into_iter().map(CalendarFault::Hours).collect();
        if week.is_empty() {
            faults.push(CalendarFault::NeverOpen);
        }
        if week.len() > MAX_SPANS {
            faults.push(CalendarFault::TooManyHours);
        }
        if holidays.len() > MAX_HOLIDAYS {
            faults.push(CalendarFault::TooManyHolidays);
        }
        for (at, holiday) in holidays.iter().enumerate() {
            if holidays.iter().take(at).any(|other| other.date == holiday.date) {
                faults.push(CalendarFault::SameDay(at));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { days: OpenDays::new(zone.zone(), week, holidays) })
    }

    /// When a desk works, as everybody is told of it; none if it is closed all week.
    pub fn told(contact: &DeskContact) -> Option<Self> {
        let details = contact.details();
        let zone = details.time_zone.zone();
        let days = OpenDays::new(zone, &details.hours, &details.holidays);
        (!days.week.is_empty()).then_some(Self { days })
    }

    /// Whether it has the zone and the hours of another one, and is closed on its holidays at least.
    pub fn keeps(&self, told: &Self) -> bool {
        let (ours, theirs) = (&self.days, &told.days);
        ours.zone == theirs.zone
            && ours.week.len() == theirs.week.len()
            && ours.week.iter().all(|span| theirs.week.contains(span))
            && theirs.closed.is_subset(&ours.closed)
    }

    /// Whether a moment is working time.
    pub fn is_open(&self, at: Moment) -> bool {
        self.days.is_open(at)
    }

    /// The first moment at which so much working time has passed since another: the moment itself if none is to
    /// pass, the end of a working day rather than the beginning of the next. The end of the calendar if there
    /// is no such moment.
    pub fn add(&self, from: Moment, working: SignedDuration) -> Moment {
        let mut left = working;
        if left <= SignedDuration::ZERO {
            return from;
        }
        for (opens, closes) in self.days.spans_from(from) {
            let span = closes.since(opens);
            if span >= left {
                return opens.plus(left);
            }
            left -= span;
        }
        Moment::from_micros(i64::MAX)
    }

    /// The working time between two moments; none if the second is not the later one.
    pub fn between(&self, from: Moment, to: Moment) -> SignedDuration {
        let spans = self.days.spans_from(from).take_while(|(opens, _)| *opens < to);
        let parts = spans.map(|(opens, closes)| closes.min(to).since(opens));
        parts.fold(SignedDuration::ZERO, SignedDuration::saturating_add)
    }
}

/// How much working time a target has left, and whether it runs. Kept as two columns, of which one is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetClock {
    /// It runs, and is missed from this moment on.
    Running {
        /// That moment.
        due_at: Moment,
    },
    /// It stands still, because the desk waits for others.
    Paused {
        /// The working time that is left.
        left: SignedDuration,
    },
}

impl TargetClock {
    /// A target that begins to run.
    pub fn start(calendar: &Calendar, at: Moment, working: SignedDuration) -> Self {
        Self::Running { due_at: calendar.add(at, working) }
    }

    /// Has it stand still. What is missed stays missed, and what stands still does so.
    #[must_use]
    pub fn pause(self, calendar: &Calendar, at: Moment) -> Self {
        match self {
            Self::Running { due_at } if at < due_at => {
                Self::Paused { left: calendar.between(at, due_at) }
            }
            Self::Running { .. } | Self::Paused { .. } => self,
        }
    }

    /// Has it run again with what was left.
    #[must_use]
    pub fn resume(self, calendar: &Calendar, at: Moment) -> Self {
        match self {
            Self::Paused { left } => Self::start(calendar, at, left),
            Self::Running { .. } => self,
        }
    }

    /// When it is missed, if it runs.
    pub const fn due_at(self) -> Option<Moment> {
        match self {
            Self::Running { due_at } => Some(due_at),
            Self::Paused { .. } => None,
        }
    }

    /// Whether it is missed.
    pub fn is_missed(self, now: Moment) -> bool {
        self.due_at().is_some_and(|due_at| now >= due_at)
    }
}

#[cfg(test)]
mod tests;

//! The file of hours, checked: what is wrong is told with its line, all of it at once.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{DeskHours, MAX_MINUTES, Targets};
use crate::domain::business_hours::{Calendar, CalendarFault};
use crate::domain::desk_contact::{Holiday, MAX_HOLIDAYS};
use crate::domain::hours::{HoursError, MAX_SPANS, OpeningHours};
use crate::domain::ticket::Priority;
use crate::domain::{Day, Line, TimeZoneName};
use crate::policy::desk::{Faults, RuleFault};

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    time_zone: Spanned<String>,
    #[serde(default)]
    hours: Vec<Spanned<OpeningHours>>,
    #[serde(default)]
    targets: Vec<Spanned<WrittenTargets>>,
    #[serde(default)]
    holidays: Vec<Spanned<WrittenHoliday>>,
}

/// The targets of a priority as they are written.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `priority`, `first_answer` and `resolution`"
)]
struct WrittenTargets {
    priority: Priority,
    first_answer: Spanned<u32>,
    resolution: Spanned<u32>,
}

/// A holiday as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `date` and `name`")]
struct WrittenHoliday {
    date: Datetime,
    name: Line,
}

/// Where a fault is that is about the file as a whole.
const WHOLE: Range<usize> = 0..0;

/// Reads and checks a file.
pub(super) fn read(path: &str, text: &str) -> Result<DeskHours, Vec<RuleFault>> {
    let mut faults = Faults::of(path, text);
    let read = match toml::from_str::<File>(text) {
        Ok(file) => checked(&file, &mut faults),
        Err(error) => {
            faults.add(&error.span().unwrap_or(WHOLE), error.message());
            None
        }
    };
    let found = faults.into_found();
    read.filter(|_| found.is_empty()).ok_or(found)
}

/// The hours, if nothing is wrong with them.
fn checked(file: &File, faults: &mut Faults<'_>) -> Option<DeskHours> {
    let zone = TimeZoneName::parse(file.time_zone.get_ref());
    if let Err(why) = &zone {
        faults.add(&file.time_zone.span(), format!("`time_zone` {why}"));
    }
    let week: Vec<OpeningHours> = file.hours.iter().map(|span| span.get_ref().clone()).collect();
    let holidays: Vec<Holiday> =
        file.holidays.iter().filter_map(|day| holiday(day, faults)).collect();
    let targets = targets(&file.targets, faults);
    // A zone that does not exist is told above; the rest is checked all the same.
    let any_zone = zone.as_ref().ok().cloned().or_else(|| TimeZoneName::parse("Etc/UTC").ok())?;
    match Calendar::new(&any_zone, &week, &holidays) {
        Ok(calendar) => zone.ok().map(|_exists| DeskHours { calendar, targets }),
        Err(wrong) => {
            for fault in wrong {
                let (span, what) = told(fault, file);
                faults.add(&span, what);
            }
            None
        }
    }
}

/// A holiday, if it is a day.
fn holiday(written: &Spanned<WrittenHoliday>, faults: &mut Faults<'_>) -> Option<Holiday> {
    let WrittenHoliday { date, name } = written.get_ref();
    match Day::parse(&date.to_string()) {
        Ok(date) => Some(Holiday { date, name: name.clone() }),
        Err(_no_day) => {
            faults.add(&written.span(), "`date` is a day, such as 2026-11-26");
            None
        }
    }
}

/// The targets of every priority.
fn targets(
    written: &[Spanned<WrittenTargets>],
    faults: &mut Faults<'_>,
) -> BTreeMap<Priority, Targets> {
    let mut all = BTreeMap::new();
    for row in written {
        let WrittenTargets { priority, first_answer, resolution } = row.get_ref();
        for minutes in [first_answer, resolution] {
            if !(1..=MAX_MINUTES).contains(minutes.get_ref()) {
                faults.add(&minutes.span(), format!("a target has 1 to {MAX_MINUTES} minutes"));
            }
        }
        if first_answer.get_ref() > resolution.get_ref() {
            faults.add(&first_answer.span(), "nobody resolves before the first answer");
        }
        let working =
            |minutes: &Spanned<u32>| SignedDuration::from_mins((*minutes.get_ref()).into());
        let targets =
            Targets { first_answer: working(first_answer), resolution: working(resolution) };
        if all.insert(*priority, targets).is_some() {
            faults.add(&row.span(), format!("`{priority}` stands here twice"));
        }
    }
    for priority in Priority::ALL {
        if !all.contains_key(priority) {
            faults.add(&WHOLE, format!("`targets` says nothing for `{priority}`"));
        }
    }
    all
}

/// Where a fault of the calendar is, and what it is.
fn told(fault: CalendarFault, file: &File) -> (Range<usize>, String) {
    let span = |at: usize| file.hours.get(at).map_or(WHOLE, Spanned::span);
    match fault {
        CalendarFault::NeverOpen => (WHOLE, "the desk is closed all week".to_owned()),
        CalendarFault::Hours(HoursError::Backwards(at)) => {
            (span(at), "`closes` is later than `opens`".to_owned())
        }
        CalendarFault::Hours(HoursError::Overlap(at)) => {
            (span(at), "the span overlaps an earlier one of its day".to_owned())
        }
        CalendarFault::TooManyHours => (WHOLE, format!("a week has at most {MAX_SPANS} spans")),
        CalendarFault::SameDay(at) => (
            file.holidays.get(at).map_or(WHOLE, Spanned::span),
            "another holiday is on this day".to_owned(),
        ),
        CalendarFault::TooManyHolidays => (WHOLE, format!("at most {MAX_HOLIDAYS} holidays")),
    }
}

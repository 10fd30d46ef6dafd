//! The desk's own contact: what it is called, when somebody answers there, and the ways in.
//!
//! An operator writes it down; the program reads it once.

use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::business_hours::{OpenDays, just_before};
use super::hours::{self, HoursError, MAX_SPANS, OpeningHours};
use super::time::Moment;
use super::{Day, EmailAddress, Line, Paragraph, PhoneNumber, TimeZoneName};

/// Most holidays of a desk: several years of them.
pub const MAX_HOLIDAYS: usize = 200;

text! {
    /// The address of a page, with its scheme.
    WebAddress: 11..=500, r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?$", example "https://desk.example/portal", format "uri"
}

/// A day on which the desk is closed, whatever the day of the week.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({"date": "2026-11-26", "name": "Thanksgiving"})))]
pub struct Holiday {
    /// The day, in the desk's time zone.
    pub date: Day,
    /// What is celebrated.
    pub name: Line,
}

/// The ways to the desk; there is one at least.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({
    "portal_url": "https://desk.example/portal", "email": "help@desk.example", "phone": "+15550100300", "chat_url": null})))]
pub struct WaysIn {
    /// The portal; null if there is none.
    pub portal_url: Option<WebAddress>,
    /// The address; null if there is none.
    pub email: Option<EmailAddress>,
    /// The number; null if there is none.
    pub phone: Option<PhoneNumber>,
    /// The chat; null if there is none.
    pub chat_url: Option<WebAddress>,
}

impl WaysIn {
    /// Whether nobody could reach the desk.
    fn is_empty(&self) -> bool {
        let Self { portal_url, email, phone, chat_url } = self;
        portal_url.is_none() && email.is_none() && phone.is_none() && chat_url.is_none()
    }
}

/// What is written down of a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskDetails {
    /// What it is called.
    pub name: Line,
    /// The zone that its hours and holidays are read in.
    pub time_zone: TimeZoneName,
    /// When somebody answers.
    pub hours: Vec<OpeningHours>,
    /// When nobody does.
    pub holidays: Vec<Holiday>,
    /// How it is reached.
    pub ways_in: WaysIn,
    /// What to do when it cannot wait until the desk opens.
    pub emergency_note: Option<Paragraph>,
}

/// What is wrong with the details of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskFault {
    /// Nobody could reach it.
    NoWayIn,
    /// The time zone does not exist.
    UnknownZone,
    /// A span of the week is wrong.
    Hours(HoursError),
    /// The week has more spans than a week has.
    TooManyHours,
    /// The holiday falls on the day of an earlier one.
    SameDay(usize),
    /// There are more holidays than are kept.
    TooManyHolidays,
}

/// A desk whose details are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskContact {
    details: DeskDetails,
    days: OpenDays,
}

impl DeskContact {
    /// Checks the details of a desk.
    ///
    /// # Errors
    /// Every fault that they have.
    pub fn new(details: DeskDetails) -> Result<Self, Vec<DeskFault>> {
        let mut faults: Vec<DeskFault> =
            hours::faults(&details.hours).into_iter().map(DeskFault::Hours).collect();
        if details.hours.len() > MAX_SPANS {
            faults.push(DeskFault::TooManyHours);
        }
        if details.holidays.len() > MAX_HOLIDAYS {
            faults.push(DeskFault::TooManyHolidays);
        }
        for (at, holiday) in details.holidays.iter().enumerate() {
            if details.holidays.iter().take(at).any(|other| other.date == holiday.date) {
                faults.push(DeskFault::SameDay(at));
            }
        }
        if details.ways_in.is_empty() {
            faults.push(DeskFault::NoWayIn);
        }
        match TimeZone::get(details.time_zone.as_str()) {
            Ok(zone) if faults.is_empty() => {
                let days = OpenDays::new(zone, &details.hours, &details.holidays);
                Ok(Self { details, days })
            }
            Ok(_) => Err(faults),
            Err(_unknown) => Err([faults, vec![DeskFault::UnknownZone]].concat()),
        }
    }

    /// What is written down of it.
    pub fn details(&self) -> &DeskDetails {
        &self.details
    }

    /// Whether somebody answers at a moment.
    pub fn is_open(&self, at: Moment) -> bool {
        self.days.is_open(at)
    }

    /// When somebody begins to answer next, after a moment; none if the desk never opens, or never closes.
    pub fn opens_next(&self, after: Moment) -> Option<Moment> {
        let first = self.days.date(after).yesterday().ok()?;
        // Every opening of a desk that opens once a week may fall on a holiday.
        let weeks = self.details.holidays.len().saturating_add(2);
        let mut days = first.series(1.day()).take(weeks.saturating_mul(7));
        // One span may follow another without a break; that is no opening.
        let opens = |from: &Moment| *from > after && !self.is_open(just_before(*from));
        days.find_map(|day| {
            let starts = self.days.spans_of(day).into_iter().map(|(from, _)| from);
            starts.filter(opens).min()
        })
    }

    /// The holidays from the day of a moment on, for so many days, the next one first.
    pub fn holidays_within(&self, from: Moment, days: i32) -> Vec<&Holiday> {
        let first = self.days.date(from);
        let last = first.saturating_add(days.days());
        let near = |holiday: &&Holiday| (first..=last).contains(&holiday.date.date());
        let mut found: Vec<&Holiday> = self.details.holidays.iter().filter(near).collect();
        found.sort_by(|one, other| one.date.cmp(&other.date));
        found
    }
}

#[cfg(test)]
mod tests;

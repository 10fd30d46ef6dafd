//! The desk's contact out of its file: the operator's, or the example that is embedded in the program.
//!
//! What is wrong is told with file and line, all of it at once. Nothing in the file is a secret, so here
//! errors may show what was written.

use std::path::{Path, PathBuf};

use caredesk_core::domain::desk_contact::{
    DeskContact, DeskDetails, DeskFault, Holiday, MAX_HOLIDAYS, WaysIn,
};
use caredesk_core::domain::hours::{HoursError, MAX_SPANS, OpeningHours};
use caredesk_core::domain::{Day, TextError};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::source::{ConfigError, Values};

/// The desk as everybody is told of it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// What it is called, its hours and its ways in.
    pub contact: DeskContact,
    /// Whether that is the embedded example, which is nobody's desk.
    pub is_example: bool,
}

/// Where the example stands.
const EXAMPLE_PATH: &str = "policy/contact.toml";
/// The example.
const EXAMPLE: &str = include_str!("../../policy/contact.toml");

impl Desk {
    /// Takes the setting, and reads the file that it names.
    pub(super) fn of(values: &mut Values) -> Result<Self, ConfigError> {
        let file: Option<PathBuf> = values.maybe("desk_contact")?;
        match file {
            None => Self::example(),
            Some(file) => Ok(Self { contact: read_file(&file)?, is_example: false }),
        }
    }

    /// The embedded example.
    ///
    /// # Errors
    /// It is wrong; a test would show it first.
    pub fn example() -> Result<Self, ConfigError> {
        Ok(Self { contact: read(EXAMPLE_PATH, EXAMPLE)?, is_example: true })
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeskFile {
    name: Spanned<String>,
    time_zone: Spanned<String>,
    emergency_note: Option<Spanned<String>>,
    ways_in: Spanned<WaysInTable>,
    hours: Vec<Spanned<HoursTable>>,
    #[serde(default)]
    holidays: Vec<Spanned<HolidayTable>>,
}

/// The ways in as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with the ways in")]
struct WaysInTable {
    portal_url: Option<Spanned<String>>,
    email: Option<Spanned<String>>,
    phone: Option<Spanned<String>>,
    chat_url: Option<Spanned<String>>,
}

/// A span as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `day`, `opens` and `closes`")]
struct HoursTable {
    day: Spanned<String>,
    opens: Spanned<String>,
    closes: Spanned<String>,
}

/// A holiday as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `date` and `name`")]
struct HolidayTable {
    date: Spanned<Datetime>,
    name: Spanned<String>,
}

/// Reads an operator's file.
fn read_file(file: &Path) -> Result<DeskContact, ConfigError> {
    let place = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::File(format!("`desk_contact`: {place}: {error}")))?;
    read(&place, &text)
}

/// Reads and checks a contact; `place` is what an error calls the file.
fn read(place: &str, text: &str) -> Result<DeskContact, ConfigError> {
    let mut faults = Faults { text, found: Vec::new() };
    let contact = match toml::from_str::<DeskFile>(text) {
        Ok(file) => faults.check(&file),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            faults.add(at, error.message());
            None
        }
    };
    contact.ok_or_else(|| ConfigError::File(format!("{place}: {}", faults.told())))
}

/// What is wrong with a text, by its lines.
struct Faults<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
}

impl Faults<'_> {
    /// Notes a fault at a place of the text.
    fn add(&mut self, at: usize, what: &str) {
        let before = self.text.get(..at).unwrap_or_default();
        // The parser's own words may have lines of their own.
        self.found.push((before.split('\n').count(), what.replace('\n', " ")));
    }

    /// All of them, from top to bottom.
    fn told(mut self) -> String {
        self.found.sort();
        let one = |(line, what): (usize, String)| format!("line {line}: {what}");
        self.found.into_iter().map(one).collect::<Vec<_>>().join("; ")
    }

    /// The contact, if nothing is wrong with it.
    fn check(&mut self, file: &DeskFile) -> Option<DeskContact> {
        let ways_in = self.ways_in(file.ways_in.get_ref());
        let hours: Vec<_> = file.hours.iter().map(|span| self.hours(span.get_ref())).collect();
        let holidays: Vec<_> =
            file.holidays.iter().map(|row| self.holiday(row.get_ref())).collect();
        let name = self.text("name", &file.name);
        let time_zone = self.text("time_zone", &file.time_zone);
        let emergency_note = self.maybe("emergency_note", file.emergency_note.as_ref());
        // What follows from several values is asked once each of them is right.
        let details = DeskDetails {
            name: name?,
            time_zone: time_zone?,
            hours: hours.into_iter().collect::<Option<_>>()?,
            holidays: holidays.into_iter().collect::<Option<_>>()?,
            ways_in: ways_in?,
            emergency_note: emergency_note?,
        };
        match DeskContact::new(details) {
            Ok(contact) => Some(contact),
            Err(faults) => {
                for fault in faults {
                    self.add_fault(fault, file);
                }
                None
            }
        }
    }

    /// Notes a fault of the whole at the place in the file that it is about.
    fn add_fault(&mut self, fault: DeskFault, file: &DeskFile) {
        let span = |at: usize| file.hours.get(at).map_or(0, |row| row.span().start);
        let holiday = |at: usize| file.holidays.get(at).map_or(0, |row| row.span().start);
        let (at, what) = match fault {
            DeskFault::NoWayIn => {
                let what = "`ways_in` names none of `portal_url`, `email`, `phone` and `chat_url`";
                (file.ways_in.span().start, what.to_owned())
            }
            DeskFault::UnknownZone => {
                (file.time_zone.span().start, "`time_zone` is not known".to_owned())
            }
            DeskFault::Hours(HoursError::Backwards(at)) => {
                (span(at), "`hours`: `closes` is not later than `opens`".to_owned())
            }
            DeskFault::Hours(HoursError::Overlap(at)) => {
                (span(at), "`hours` overlap an earlier span of their day".to_owned())
            }
            DeskFault::TooManyHours => {
                (span(MAX_SPANS), format!("`hours` has more than {MAX_SPANS} spans"))
            }
            DeskFault::SameDay(at) => (holiday(at), "`holidays` has this date already".to_owned()),
            DeskFault::TooManyHolidays => {
                (holiday(MAX_HOLIDAYS), format!("`holidays` has more than {MAX_HOLIDAYS} days"))
            }
        };
        self.add(at, &what);
    }

    /// A value in quotes as what it stands for.
    fn text<T: std::str::FromStr<Err = TextError>>(
        &mut self,
        name: &str,
        written: &Spanned<String>,
    ) -> Option<T> {
        let read = written.get_ref().parse();
        read.map_err(|why| self.add(written.span().start, &format!("`{name}` {why}"))).ok()
    }

    /// As [`Self::text`], for what need not be there; none if it is there and wrong.
    #[expect(clippy::option_option, reason = "wrong and absent are two things")]
    fn maybe<T: std::str::FromStr<Err = TextError>>(
        &mut self,
        name: &str,
        written: Option<&Spanned<String>>,
    ) -> Option<Option<T>> {
        match written {
            None => Some(None),
            Some(written) => self.text(name, written).map(Some),
        }
    }

    /// The ways in.
    fn ways_in(&mut self, table: &WaysInTable) -> Option<WaysIn> {
        let portal_url = self.maybe("portal_url", table.portal_url.as_ref());
        let email = self.maybe("email", table.email.as_ref());
        let phone = self.maybe("phone", table.phone.as_ref());
        let chat_url = self.maybe("chat_url", table.chat_url.as_ref());
        Some(WaysIn { portal_url: portal_url?, email: email?, phone: phone?, chat_url: chat_url? })
    }

    /// One span.
    fn hours(&mut self, table: &HoursTable) -> Option<OpeningHours> {
        let day = table.day.get_ref().parse();
        let unknown = "`day` is no day of the week, such as monday";
        let day = day.map_err(|_unknown| self.add(table.day.span().start, unknown)).ok();
        let opens = self.text("opens", &table.opens);
        let closes = self.text("closes", &table.closes);
        Some(OpeningHours { day: day?, opens: opens?, closes: closes? })
    }

    /// One holiday.
    fn holiday(&mut self, table: &HolidayTable) -> Option<Holiday> {
        let date = day_of(table.date.get_ref());
        if date.is_none() {
            let what = "`date` is no day of the calendar, such as 2026-11-26";
            self.add(table.date.span().start, what);
        }
        let name = self.text("name", &table.name);
        Some(Holiday { date: date?, name: name? })
    }
}

/// The day that is written; none if a time of day stands beside it.
fn day_of(written: &Datetime) -> Option<Day> {
    let Datetime { date: Some(date), time: None, offset: None } = written else { return None };
    let year = i16::try_from(date.year).ok()?;
    let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    jiff::civil::Date::new(year, month, day).ok().map(Day::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
name = \"Desk\"
time_zone = \"Europe/Madrid\"
[ways_in]
email = \"help@desk.example\"
[[hours]]
day = \"monday\"
opens = \"09:00\"
closes = \"17:00\"
[[holidays]]
date = 2026-12-25
name = \"Christmas\"
";

    /// What is said of a file in which one text stands for another.
    fn refusal(good: &str, bad: &str) -> String {
        assert!(GOOD.contains(good), "{good}");
        read("desk.toml", &GOOD.replace(good, bad)).unwrap_err().to_string()
    }

    #[test]
    fn the_example_is_a_contact_and_says_that_it_is_one() {
        let desk = Desk::example().unwrap();
        assert!(desk.is_example && desk.contact.details().hours.len() == 5);
    }

    #[test]
    fn little_needs_to_be_said_of_a_desk() {
        let contact = read("desk.toml", GOOD).unwrap();
        assert_eq!(contact.details().emergency_note, None);
        let brief = GOOD.split("[[holidays]]").next().unwrap();
        assert!(read("desk.toml", brief).unwrap().details().holidays.is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_line() {
        for (good, bad, says) in [
            ("name = \"Desk\"", "name = \"\"", "line 1: `name` is too short"),
            ("name = \"Desk\"", "name = 5", "line 1: invalid type"),
            ("name = \"Desk\"", "name = \"Desk", "line 1: "),
            ("name = \"Desk\"\n", "", "line 1: missing field `name`"),
            ("name = \"Desk\"", "name = \"Desk\"\ncolour = 1", "line 2: unknown field `colour`"),
            ("Europe/Madrid", "Europe/Atlantis", "line 2: `time_zone` is not known"),
            ("email =", "fax =", "line 4: unknown field `fax`"),
            (
                "help@desk.example",
                "help.desk.example",
                "line 4: `email` is not of the expected form",
            ),
            (
                "email = \"help@desk.example\"",
                "chat_url = \"chat\"",
                "line 4: `chat_url` is too short",
            ),
            ("email = \"help@desk.example\"\n", "", "line 3: `ways_in` names none of"),
            ("\"monday\"", "\"Mon\"", "line 6: `day` is no day of the week"),
            ("\"09:00\"", "\"9:00\"", "line 7: `opens` is too short"),
            ("\"17:00\"", "\"24:00\"", "line 8: `closes` is not of the expected form"),
            ("\"17:00\"", "\"08:00\"", "line 5: `hours`: `closes` is not later"),
            ("closes =", "until =", "line 8: unknown field `until`"),
            ("2026-12-25", "2026-02-30", "line 10: "),
            ("2026-12-25", "2026-12-25T09:00:00Z", "line 10: `date` is no day"),
            ("2026-12-25", "\"2026-12-25\"", "line 10: invalid type"),
        ] {
            let refusal = refusal(good, bad);
            assert!(refusal.starts_with(&format!("desk.toml: {says}")), "{bad}: {refusal}");
            assert!(!refusal.contains('\n'), "{refusal}");
        }
    }

    #[test]
    fn no_word_of_the_program_stands_in_an_error() {
        for text in ["hours = [5]", "holidays = [5]", "ways_in = 5", "hours = 5", "[[name]]", "= ="]
        {
            let refusal = read("desk.toml", text).unwrap_err().to_string();
            assert!(refusal.starts_with("desk.toml: line 1: "), "{refusal}");
            assert!(!refusal.contains("Table") && !refusal.contains("struct"), "{refusal}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_told_at_the_later_place() {
        let again =
            "[[hours]]\nday = \"monday\"\nopens = \"16:00\"\ncloses = \"18:00\"\n[[holidays]]";
        let overlap = refusal("[[holidays]]", again);
        assert_eq!(overlap, "desk.toml: line 9: `hours` overlap an earlier span of their day");
        let twice = "name = \"Christmas\"\n[[holidays]]\ndate = 2026-12-25\nname = \"Once more\"";
        let twice = refusal("name = \"Christmas\"", twice);
        assert_eq!(twice, "desk.toml: line 12: `holidays` has this date already");
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let text = GOOD.replace("Madrid", "Atlantis").replace("09:00", "nine");
        let refusal = read("desk.toml", &text).unwrap_err().to_string();
        let says = "desk.toml: line 2: `time_zone` is not known; line 7: `opens` is too short";
        assert_eq!(refusal, says);
    }
}

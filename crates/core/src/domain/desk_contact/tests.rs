//! When a desk is open: over changes of the clocks, holidays, breaks and the ends of the calendar.

use jiff::civil::Date;

use super::*;
use crate::domain::TimeOfDay;
use crate::domain::hours::Weekday;

const WEEK: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

fn span(day: Weekday, opens: &str, closes: &str) -> OpeningHours {
    OpeningHours {
        day,
        opens: TimeOfDay::parse(opens).unwrap(),
        closes: TimeOfDay::parse(closes).unwrap(),
    }
}

fn details(hours: Vec<OpeningHours>, holidays: &[&str]) -> DeskDetails {
    let holiday = |date: &&str| Holiday {
        date: Day::parse(date).unwrap(),
        name: Line::parse("A holiday").unwrap(),
    };
    DeskDetails {
        name: Line::parse("The desk").unwrap(),
        time_zone: TimeZoneName::parse("America/New_York").unwrap(),
        hours,
        holidays: holidays.iter().map(holiday).collect(),
        ways_in: WaysIn {
            portal_url: None,
            email: Some(EmailAddress::parse("help@desk.example").unwrap()),
            phone: None,
            chat_url: None,
        },
        emergency_note: None,
    }
}

fn desk(hours: Vec<OpeningHours>, holidays: &[&str]) -> DeskContact {
    DeskContact::new(details(hours, holidays)).unwrap()
}

fn office(holidays: &[&str]) -> DeskContact {
    desk(WEEK.map(|day| span(day, "09:00", "17:00")).to_vec(), holidays)
}

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn next(desk: &DeskContact, after: &str) -> Option<String> {
    desk.opens_next(at(after)).map(|moment| moment.to_string())
}

#[test]
fn a_desk_opens_and_closes_on_the_minute_in_its_own_zone() {
    let desk = office(&[]);
    for (moment, is_open) in [
        ("2026-11-23T13:59:59.999999Z", false),
        ("2026-11-23T14:00:00Z", true),
        ("2026-11-23T21:59:59.999999Z", true),
        ("2026-11-23T22:00:00Z", false),
        ("2026-11-21T15:00:00Z", false), // a Saturday
    ] {
        assert_eq!(desk.is_open(at(moment)), is_open, "{moment}");
    }
    assert_eq!(next(&desk, "2026-11-20T22:00:00Z").unwrap(), "2026-11-23T14:00:00Z");
    assert_eq!(next(&desk, "2026-11-23T13:59:59Z").unwrap(), "2026-11-23T14:00:00Z");
    // While it is open, the next opening is another day's.
    assert_eq!(next(&desk, "2026-11-23T14:00:00Z").unwrap(), "2026-11-24T14:00:00Z");
}

#[test]
fn nine_oclock_stays_nine_oclock_when_the_clocks_change() {
    let desk = office(&[]);
    // Forward on 8 March, back on 1 November.
    assert_eq!(next(&desk, "2026-03-06T22:00:00Z").unwrap(), "2026-03-09T13:00:00Z");
    assert_eq!(next(&desk, "2026-10-30T21:00:00Z").unwrap(), "2026-11-02T14:00:00Z");
    assert!(desk.is_open(at("2026-03-06T14:00:00Z")) && !desk.is_open(at("2026-03-06T13:00:00Z")));
    assert!(desk.is_open(at("2026-03-09T13:00:00Z")) && !desk.is_open(at("2026-03-09T21:00:00Z")));
}

#[test]
fn an_hour_that_the_clocks_skip_is_no_opening_hour() {
    // 02:00 to 03:00 is not on 8 March.
    let half = desk(vec![span(Weekday::Sunday, "02:30", "05:00")], &[]);
    assert_eq!(next(&half, "2026-03-08T05:00:00Z").unwrap(), "2026-03-08T07:00:00Z");
    assert!(!half.is_open(at("2026-03-08T06:59:59Z")) && half.is_open(at("2026-03-08T07:00:00Z")));
    assert!(half.is_open(at("2026-03-08T08:59:59Z")) && !half.is_open(at("2026-03-08T09:00:00Z")));
    let whole = desk(vec![span(Weekday::Sunday, "02:10", "02:50")], &[]);
    assert!(!whole.is_open(at("2026-03-08T07:00:00Z")));
    assert_eq!(next(&whole, "2026-03-08T05:00:00Z").unwrap(), "2026-03-15T06:10:00Z");
}

#[test]
fn an_hour_that_comes_twice_is_open_from_its_first_time_on() {
    // 01:00 to 02:00 is twice on 1 November: at 05:00 and at 06:00 in UTC.
    let desk = desk(vec![span(Weekday::Sunday, "01:30", "04:00")], &[]);
    assert_eq!(next(&desk, "2026-11-01T04:00:00Z").unwrap(), "2026-11-01T05:30:00Z");
    for (moment, is_open) in [
        ("2026-11-01T05:29:59Z", false),
        ("2026-11-01T05:30:00Z", true),
        ("2026-11-01T06:10:00Z", true), // 01:10 once more
        ("2026-11-01T08:59:59Z", true),
        ("2026-11-01T09:00:00Z", false),
    ] {
        assert_eq!(desk.is_open(at(moment)), is_open, "{moment}");
    }
    assert_eq!(next(&desk, "2026-11-01T05:30:00Z").unwrap(), "2026-11-08T06:30:00Z");
}

#[test]
fn nobody_answers_on_a_holiday() {
    let desk = office(&["2026-11-26", "2026-11-27"]);
    assert!(!desk.is_open(at("2026-11-26T15:00:00Z")));
    assert_eq!(next(&desk, "2026-11-25T22:00:00Z").unwrap(), "2026-11-30T14:00:00Z");
}

#[test]
fn a_holiday_is_a_day_of_the_desks_zone() {
    let hours = WEEK.map(|day| span(day, "18:00", "23:00")).to_vec();
    let late = desk(hours, &["2026-11-26"]);
    assert!(!late.is_open(at("2026-11-27T03:00:00Z")) && late.is_open(at("2026-11-26T03:00:00Z")));
}

#[test]
fn a_desk_that_opens_once_a_week_is_found_behind_many_holidays() {
    let first: Date = "2026-11-23".parse().unwrap();
    let mondays = first.series(1.week()).take(30).map(|day| day.to_string());
    let mondays: Vec<String> = mondays.collect();
    let mondays: Vec<&str> = mondays.iter().map(String::as_str).collect();
    let desk = desk(vec![span(Weekday::Monday, "09:00", "10:00")], &mondays);
    assert_eq!(next(&desk, "2026-11-21T09:00:00Z").unwrap(), "2027-06-21T13:00:00Z");
}

#[test]
fn a_break_ends_with_an_opening_and_spans_without_one_are_one() {
    let with = desk(
        vec![span(Weekday::Monday, "09:00", "12:00"), span(Weekday::Monday, "13:00", "17:00")],
        &[],
    );
    assert_eq!(next(&with, "2026-11-23T14:30:00Z").unwrap(), "2026-11-23T18:00:00Z");
    let without = desk(
        vec![span(Weekday::Monday, "12:00", "17:00"), span(Weekday::Monday, "09:00", "12:00")],
        &[],
    );
    assert_eq!(next(&without, "2026-11-23T14:30:00Z").unwrap(), "2026-11-30T14:00:00Z");
    assert!(without.is_open(at("2026-11-23T17:00:00Z")));
}

#[test]
fn a_desk_can_be_open_around_the_clock_or_never() {
    let always = Weekday::ALL.iter().map(|day| span(*day, "00:00", "23:59")).collect();
    let always = desk(always, &[]);
    assert!(
        always.is_open(at("2026-11-22T04:59:30Z")) && always.is_open(at("2026-03-08T07:00:00Z"))
    );
    assert_eq!(next(&always, "2026-11-21T09:00:00Z"), None);
    let never = desk(Vec::new(), &[]);
    assert!(!never.is_open(at("2026-11-23T15:00:00Z")));
    assert_eq!(next(&never, "2026-11-21T09:00:00Z"), None);
}

#[test]
fn the_ends_of_the_calendar_are_no_hours() {
    let always = Weekday::ALL.iter().map(|day| span(*day, "00:00", "23:59")).collect();
    let always = desk(always, &[]);
    for micros in [i64::MIN, i64::MAX] {
        let end = Moment::from_micros(micros);
        always.is_open(end);
        assert_eq!(always.opens_next(end), None);
        assert!(always.holidays_within(end, 60).is_empty());
    }
}

#[test]
fn the_next_holidays_come_in_their_order() {
    let desk = office(&["2027-01-20", "2027-01-21", "2026-12-25", "2026-11-20", "2026-11-21"]);
    let found = desk.holidays_within(at("2026-11-21T09:00:00Z"), 60);
    let dates: Vec<String> = found.iter().map(|holiday| holiday.date.to_string()).collect();
    assert_eq!(dates, ["2026-11-21", "2026-12-25", "2027-01-20"]);
}

#[test]
fn every_fault_is_named() {
    let mut wrong = details(
        vec![
            span(Weekday::Monday, "09:00", "12:00"),
            span(Weekday::Monday, "11:00", "17:00"),
            span(Weekday::Friday, "17:00", "09:00"),
        ],
        &["2026-11-26", "2026-12-25", "2026-11-26"],
    );
    wrong.ways_in.email = None;
    let faults = DeskContact::new(wrong).unwrap_err();
    let expected = [
        DeskFault::Hours(HoursError::Overlap(1)),
        DeskFault::Hours(HoursError::Backwards(2)),
        DeskFault::SameDay(2),
        DeskFault::NoWayIn,
    ];
    assert_eq!(faults, expected);
    let many = vec![span(Weekday::Monday, "09:00", "09:00"); MAX_SPANS + 1];
    assert!(DeskContact::new(details(many, &[])).unwrap_err().contains(&DeskFault::TooManyHours));
}

#[test]
fn a_page_has_a_scheme_and_a_host() {
    for good in ["https://desk.example", "http://127.0.0.1:8080/docs/?a=b#c"] {
        assert!(WebAddress::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "desk.example/help",
        "ftp://desk.example",
        "https://a b",
        "https:///x",
        "javascript:alert(1)",
    ] {
        assert!(WebAddress::parse(bad).is_err(), "{bad}");
    }
}

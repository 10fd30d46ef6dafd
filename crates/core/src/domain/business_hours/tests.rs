//! Working time over nights, weekends, holidays and changes of the clocks.

use proptest::prelude::*;

use super::*;
use crate::domain::{Day, Line};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const WORKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

fn span(day: Weekday, opens: &str, closes: &str) -> OpeningHours {
    OpeningHours {
        day,
        opens: TimeOfDay::parse(opens).unwrap(),
        closes: TimeOfDay::parse(closes).unwrap(),
    }
}

fn holiday(date: &str) -> Holiday {
    Holiday { date: Day::parse(date).unwrap(), name: Line::parse("A holiday").unwrap() }
}

fn calendar(zone: &str, week: &[OpeningHours], holidays: &[&str]) -> Calendar {
    let holidays: Vec<Holiday> = holidays.iter().map(|date| holiday(date)).collect();
    Calendar::new(&TimeZoneName::parse(zone).unwrap(), week, &holidays).unwrap()
}

/// From nine to five on workdays, with a break at noon.
fn office(holidays: &[&str]) -> Calendar {
    let day = |day| [span(day, "13:00", "17:00"), span(day, "09:00", "12:00")];
    calendar("America/New_York", &WORKDAYS.map(day).concat(), holidays)
}

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

#[track_caller]
fn adds(calendar: &Calendar, from: &str, working: SignedDuration, expected: &str) {
    assert_eq!(calendar.add(at(from), working), at(expected), "{from} and {working:?}");
    assert_eq!(calendar.between(at(from), at(expected)), working, "{from} to {expected}");
}

#[test]
fn only_working_time_counts() {
    let office = office(&[]);
    adds(&office, "2026-11-23T15:00:00Z", HOUR, "2026-11-23T16:00:00Z");
    adds(&office, "2026-11-23T15:00:00Z", HOUR * 3, "2026-11-23T19:00:00Z"); // over the break
    adds(&office, "2026-11-23T16:30:00Z", HOUR / 2, "2026-11-23T17:00:00Z"); // its end, not the next
    adds(&office, "2026-11-20T21:30:00Z", HOUR, "2026-11-23T14:30:00Z"); // over a weekend
    adds(&office, "2026-11-21T03:00:00Z", MINUTE, "2026-11-23T14:01:00Z"); // asked on a Saturday
    adds(&office, "2026-11-21T03:00:00Z", SignedDuration::ZERO, "2026-11-21T03:00:00Z");
    adds(&office, "2026-11-23T14:00:00Z", HOUR * 35, "2026-11-27T22:00:00Z"); // a week
}

#[test]
fn time_does_not_run_backwards() {
    let office = office(&[]);
    let (earlier, later) = (at("2026-11-23T15:00:00Z"), at("2026-11-23T16:00:00Z"));
    assert_eq!(office.between(later, earlier), SignedDuration::ZERO);
    assert_eq!(office.between(later, later), SignedDuration::ZERO);
    assert_eq!(office.add(later, -HOUR), later);
}

#[test]
fn nobody_works_on_a_holiday_at_the_change_of_the_year() {
    let office = office(&["2027-01-01", "2026-12-31"]);
    // From Wednesday's last hour to Monday's first.
    adds(&office, "2026-12-30T21:30:00Z", HOUR, "2027-01-04T14:30:00Z");
    assert!(!office.is_open(at("2027-01-01T15:00:00Z")));
    // In the zone of the desk it is still the old year.
    assert!(!office.is_open(at("2027-01-01T04:00:00Z")));
}

#[test]
fn nine_to_five_is_as_long_when_the_clocks_change() {
    let office = office(&[]);
    // Forward on 8 March 2026, back on 1 November: the desk is closed on both.
    adds(&office, "2026-03-06T21:00:00Z", HOUR * 2, "2026-03-09T14:00:00Z");
    adds(&office, "2026-10-30T20:00:00Z", HOUR * 2, "2026-11-02T15:00:00Z");
}

#[test]
fn a_day_around_the_clock_has_an_hour_less_or_more_when_the_clocks_change() {
    let week: Vec<OpeningHours> =
        Weekday::ALL.iter().map(|day| span(*day, "00:00", "23:59")).collect();
    let always = calendar("America/New_York", &week, &[]);
    let day = |from: &str, to: &str| always.between(at(from), at(to));
    assert_eq!(day("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"), HOUR * 23);
    assert_eq!(day("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"), HOUR * 25);
    adds(&always, "2026-03-08T06:30:00Z", HOUR, "2026-03-08T07:30:00Z");
    adds(&always, "2026-11-01T05:30:00Z", HOUR, "2026-11-01T06:30:00Z");
}

#[test]
fn what_the_clocks_skip_is_no_working_time_and_what_comes_twice_counts_twice() {
    let sundays = calendar("America/New_York", &[span(Weekday::Sunday, "01:30", "04:00")], &[]);
    let on = |from: &str, to: &str| sundays.between(at(from), at(to));
    assert_eq!(on("2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"), MINUTE * 90);
    assert_eq!(on("2026-03-15T00:00:00Z", "2026-03-16T00:00:00Z"), MINUTE * 150);
    assert_eq!(on("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"), MINUTE * 210);
}

#[test]
fn a_calendar_that_is_closed_all_week_is_refused() {
    let zone = TimeZoneName::parse("Europe/Madrid").unwrap();
    let faults = |week: &[OpeningHours], holidays: &[Holiday]| {
        Calendar::new(&zone, week, holidays).unwrap_err()
    };
    assert_eq!(faults(&[], &[]), [CalendarFault::NeverOpen]);
    let backwards = [span(Weekday::Monday, "17:00", "09:00")];
    assert_eq!(faults(&backwards, &[]), [CalendarFault::Hours(HoursError::Backwards(0))]);
    let twice = [holiday("2026-12-25"), holiday("2026-12-25")];
    let monday = [span(Weekday::Monday, "09:00", "17:00")];
    assert_eq!(faults(&monday, &twice), [CalendarFault::SameDay(1)]);
    let many = vec![holiday("2026-12-25"); MAX_HOLIDAYS + 1];
    assert!(faults(&monday, &many).contains(&CalendarFault::TooManyHolidays));
    let long = vec![span(Weekday::Monday, "09:00", "17:00"); MAX_SPANS + 1];
    assert!(faults(&long, &[]).contains(&CalendarFault::TooManyHours));
}

#[test]
fn the_end_of_the_calendar_is_the_end() {
    let office = office(&[]);
    let end = Moment::from_micros(i64::MAX);
    assert_eq!(office.add(end, HOUR), end);
    assert_eq!(office.between(end, end), SignedDuration::ZERO);
}

#[test]
fn a_target_stands_still_while_the_desk_waits() {
    let office = office(&[]);
    let clock = TargetClock::start(&office, at("2026-11-23T14:00:00Z"), HOUR * 4);
    assert_eq!(clock.due_at(), Some(at("2026-11-23T19:00:00Z")));
    let paused = clock.pause(&office, at("2026-11-23T15:00:00Z"));
    assert_eq!(paused, TargetClock::Paused { left: HOUR * 3 });
    assert_eq!(paused.pause(&office, at("2026-11-23T16:00:00Z")), paused);
    assert!(!paused.is_missed(at("2027-11-23T15:00:00Z")));
    let resumed = paused.resume(&office, at("2026-11-24T21:00:00Z"));
    assert_eq!(resumed.due_at(), Some(at("2026-11-25T16:00:00Z")));
    assert_eq!(resumed.resume(&office, at("2026-11-26T21:00:00Z")), resumed);
}

#[test]
fn a_target_that_was_missed_stays_missed() {
    let office = office(&[]);
    let clock = TargetClock::start(&office, at("2026-11-23T14:00:00Z"), HOUR);
    let due = at("2026-11-23T15:00:00Z");
    assert!(!clock.is_missed(just_before(due)) && clock.is_missed(due));
    assert_eq!(clock.pause(&office, due), clock);
    assert!(clock.pause(&office, due).resume(&office, due).is_missed(due));
}

/// Calendars of two zones and the desk around the clock, with holidays at the change of the year.
fn calendars() -> impl Strategy<Value = Calendar> {
    let holidays = ["2026-12-31", "2027-01-01", "2027-03-28"];
    let always: Vec<OpeningHours> =
        Weekday::ALL.iter().map(|day| span(*day, "00:00", "23:59")).collect();
    let nights: Vec<OpeningHours> =
        Weekday::ALL.iter().map(|day| span(*day, "00:30", "03:30")).collect();
    prop::sample::select(vec![
        office(&holidays),
        calendar("America/New_York", &always, &holidays),
        calendar("America/Havana", &always, &holidays), // changes its clocks at midnight
        calendar("Europe/Berlin", &nights, &holidays),
        calendar("Asia/Beirut", &[span(Weekday::Sunday, "00:00", "23:59")], &holidays),
    ])
}

fn moments() -> impl Strategy<Value = Moment> {
    // From 2026 to 2028.
    (1_767_225_600_000_000..1_861_920_000_000_000_i64).prop_map(Moment::from_micros)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn so_much_lies_between_as_was_added(
        calendar in calendars(), from in moments(), working in 0..2_000_000_000_000_i64,
    ) {
        let working = SignedDuration::from_micros(working);
        let to = calendar.add(from, working);
        prop_assert_eq!(calendar.between(from, to), working);
        prop_assert!(working.is_zero() || calendar.is_open(just_before(to)));
    }

    #[test]
    fn time_between_is_the_sum_of_its_parts(
        calendar in calendars(), a in moments(), b in moments(), c in moments(),
    ) {
        let mut in_order = [a, b, c];
        in_order.sort_unstable();
        let [a, b, c] = in_order;
        let parts = calendar.between(a, b) + calendar.between(b, c);
        prop_assert_eq!(calendar.between(a, c), parts);
        prop_assert!(parts <= c.since(a));
    }

    #[test]
    fn a_pause_costs_no_working_time(
        calendar in calendars(), start in moments(), working in 1..500_000_000_000_i64,
        waited in 0..500_000_000_000_i64, paused in 0..5_000_000_000_000_i64,
    ) {
        let clock = TargetClock::start(&calendar, start, SignedDuration::from_micros(working));
        let pause = start.plus(SignedDuration::from_micros(waited));
        let resume = pause.plus(SignedDuration::from_micros(paused));
        prop_assert_eq!(clock.pause(&calendar, pause).resume(&calendar, pause), clock);
        let due = clock.pause(&calendar, pause).resume(&calendar, resume).due_at().unwrap();
        let late = clock.is_missed(pause);
        let worked = calendar.between(start, pause) + calendar.between(resume, due);
        prop_assert!(late || worked == SignedDuration::from_micros(working));
    }
}

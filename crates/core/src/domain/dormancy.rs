//! Dormancy: who is not seen for as long as the organisation allows is warned, then deactivated.
//!
//! Days are days of the organisation's calendar. A warning always comes first, and so long before: also
//! when the job slept, or the organisation shortened the time.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::time::Moment;

/// Days between a user's warning and the deactivation.
pub const WARNED_BEFORE: i64 = 7;
/// Days between the owners' warning and the deactivation of the last Site Admin.
pub const OWNER_WARNED_BEFORE: i64 = 14;

/// What is known of a user who may become dormant.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    /// From when the idle days count.
    pub since: Moment,
    /// When the user was last warned.
    pub warned_at: Option<Moment>,
    /// When the owners were last warned about this user.
    pub owner_warned_at: Option<Moment>,
    /// Whether it is the last Site Admin in use, whom the owners are warned about.
    pub is_last_site_admin: bool,
}

/// What is due now, and the earliest day of the deactivation to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// Warn the user.
    pub warn: Option<Date>,
    /// Warn the owners.
    pub warn_owner: Option<Date>,
    /// Deactivate the user.
    pub deactivate: bool,
}

/// What is due of a user whose organisation allows so many days, in its time zone.
pub fn due(idle: &Idle, days: i64, zone: &TimeZone, now: Moment) -> Due {
    let day = |at: Moment| at.timestamp().to_zoned(zone.clone()).date();
    let later = |date: Date, days: i64| date.saturating_add(days.days());
    let (today, ends) = (day(now), later(day(idle.since), days));
    // A warning of before the last sign-in counts no more, nor one of before the time was made longer.
    let counts = |warned: Option<Moment>, before: i64| {
        let warned = warned.filter(|at| *at >= idle.since).map(day);
        warned.filter(|warned| *warned >= later(ends, -before))
    };
    let warned = counts(idle.warned_at, WARNED_BEFORE);
    let owner_warned = counts(idle.owner_warned_at, OWNER_WARNED_BEFORE);
    let earliest = |warned: Option<Date>, before| {
        let from = later(warned.unwrap_or(today), before);
        from.max(ends)
    };
    let mut day = earliest(warned, WARNED_BEFORE);
    if idle.is_last_site_admin {
        day = day.max(earliest(owner_warned, OWNER_WARNED_BEFORE));
    }
    let near = |before: i64| today >= later(ends, -before);
    let warn_owner = idle.is_last_site_admin && owner_warned.is_none() && near(OWNER_WARNED_BEFORE);
    let warn = warned.is_none() && near(WARNED_BEFORE);
    let told = warned.is_some() && (owner_warned.is_some() || !idle.is_last_site_admin);
    Due {
        warn: warn.then_some(day),
        warn_owner: warn_owner.then_some(day),
        deactivate: told && today >= day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use jiff::civil::date;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn idle(since: &str) -> Idle {
        let (warned_at, owner_warned_at) = (None, None);
        Idle { since: at(since), warned_at, owner_warned_at, is_last_site_admin: false }
    }

    /// Lets day after day pass, and notes what happens on which.
    fn days_until_the_end(mut idle: Idle, days: i64, zone: &TimeZone) -> Vec<(String, Date)> {
        let mut seen = Vec::new();
        for day in 0..400 {
            let now = idle.since.plus(SignedDuration::from_hours(24 * day));
            let date = now.timestamp().to_zoned(zone.clone()).date();
            let due = due(&idle, days, zone, now);
            if due.warn_owner.is_some() {
                idle.owner_warned_at = Some(now);
                seen.push(("owner".to_owned(), date));
            }
            if due.warn.is_some() {
                idle.warned_at = Some(now);
                seen.push(("warned".to_owned(), date));
            }
            if due.deactivate {
                seen.push(("off".to_owned(), date));
                break;
            }
        }
        seen
    }

    #[test]
    fn a_warning_comes_a_week_before_the_end() {
        let seen = days_until_the_end(idle("2026-01-01T12:00:00Z"), 90, &TimeZone::UTC);
        let expected =
            [("warned".to_owned(), date(2026, 3, 25)), ("off".to_owned(), date(2026, 4, 1))];
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_owners_are_warned_two_weeks_before_the_last_site_admin_goes() {
        let last = Idle { is_last_site_admin: true, ..idle("2026-01-01T12:00:00Z") };
        let seen = days_until_the_end(last, 90, &TimeZone::UTC);
        let days: Vec<Date> = seen.iter().map(|(_, day)| *day).collect();
        assert_eq!(days, [date(2026, 3, 18), date(2026, 3, 25), date(2026, 4, 1)]);
    }

    #[test]
    fn who_becomes_the_last_one_late_has_two_weeks_from_then() {
        let mut late = idle("2026-01-01T12:00:00Z");
        late.warned_at = Some(at("2026-03-25T12:00:00Z"));
        late.is_last_site_admin = true;
        let first = due(&late, 90, &TimeZone::UTC, at("2026-04-01T12:00:00Z"));
        assert_eq!((first.deactivate, first.warn_owner), (false, Some(date(2026, 4, 15))));
        late.owner_warned_at = Some(at("2026-04-01T12:00:00Z"));
        assert!(!due(&late, 90, &TimeZone::UTC, at("2026-04-14T12:00:00Z")).deactivate);
        assert!(due(&late, 90, &TimeZone::UTC, at("2026-04-15T12:00:00Z")).deactivate);
    }

    #[test]
    fn a_job_that_slept_warns_first_and_waits_the_week() {
        let mut long = idle("2025-01-01T12:00:00Z");
        let now = at("2026-01-01T12:00:00Z");
        let first = due(&long, 90, &TimeZone::UTC, now);
        assert_eq!((first.deactivate, first.warn), (false, Some(date(2026, 1, 8))));
        long.warned_at = Some(now);
        assert!(!due(&long, 90, &TimeZone::UTC, at("2026-01-07T23:59:59Z")).deactivate);
        assert!(due(&long, 90, &TimeZone::UTC, at("2026-01-08T00:00:00Z")).deactivate);
    }

    #[test]
    fn signing_in_makes_an_old_warning_void() {
        let mut back = idle("2026-04-01T12:00:00Z");
        back.warned_at = Some(at("2026-03-25T12:00:00Z"));
        assert!(due(&back, 30, &TimeZone::UTC, at("2026-04-24T12:00:00Z")).warn.is_some());
        assert!(!due(&back, 30, &TimeZone::UTC, at("2026-05-02T12:00:00Z")).deactivate);
    }

    #[test]
    fn a_longer_time_makes_an_old_warning_void() {
        let mut long = idle("2026-01-01T12:00:00Z");
        long.warned_at = Some(at("2026-01-24T12:00:00Z")); // for the end of thirty days
        assert!(due(&long, 30, &TimeZone::UTC, at("2026-01-31T12:00:00Z")).deactivate);
        assert_eq!(due(&long, 90, &TimeZone::UTC, at("2026-02-01T12:00:00Z")), Due::default());
        let again = due(&long, 90, &TimeZone::UTC, at("2026-03-25T12:00:00Z"));
        assert_eq!((again.deactivate, again.warn), (false, Some(date(2026, 4, 1))));
    }

    #[test]
    fn days_are_the_organisations_own() {
        let auckland = TimeZone::get("Pacific/Auckland").unwrap();
        // The first of January in Auckland, still December in UTC.
        let early = idle("2025-12-31T12:00:00Z");
        let warned = due(&early, 30, &auckland, at("2026-01-23T11:00:00Z"));
        assert_eq!(warned.warn, Some(date(2026, 1, 31)));
        assert_eq!(due(&early, 30, &auckland, at("2026-01-23T10:59:59Z")), Due::default());
    }
}

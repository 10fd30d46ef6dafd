//! When an organisation, or the desk, can be reached: opening hours by day of the week.

use super::TimeOfDay;

/// Most spans in a week: three a day.
pub const MAX_SPANS: usize = 21;

words! {
    /// A day of the week.
    Weekday {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

/// One span of a day in which somebody answers, in the tenant's time zone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({"day": "monday", "opens": "09:00", "closes": "17:00"})))]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    /// The day.
    pub day: Weekday,
    /// From this time of day.
    pub opens: TimeOfDay,
    /// To this time of day, later than `opens`.
    pub closes: TimeOfDay,
}

/// What is wrong with a week, and with which of its spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoursError {
    /// The span closes before it opens.
    Backwards(usize),
    /// The span overlaps an earlier one of its day.
    Overlap(usize),
}

/// Every fault of a week.
pub fn faults(week: &[OpeningHours]) -> Vec<HoursError> {
    let mut faults = Vec::new();
    for (at, span) in week.iter().enumerate() {
        if span.opens >= span.closes {
            faults.push(HoursError::Backwards(at));
        }
        let overlaps = |other: &OpeningHours| {
            other.day == span.day && other.opens < span.closes && span.opens < other.closes
        };
        if week.iter().take(at).any(overlaps) {
            faults.push(HoursError::Overlap(at));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(day: Weekday, opens: &str, closes: &str) -> OpeningHours {
        OpeningHours {
            day,
            opens: TimeOfDay::parse(opens).unwrap(),
            closes: TimeOfDay::parse(closes).unwrap(),
        }
    }

    #[test]
    fn a_day_may_have_a_break_but_no_overlap() {
        let split =
            [span(Weekday::Monday, "09:00", "12:00"), span(Weekday::Monday, "12:00", "17:00")];
        assert_eq!(faults(&split), []);
        let overlap =
            [span(Weekday::Monday, "09:00", "12:00"), span(Weekday::Monday, "11:59", "17:00")];
        assert_eq!(faults(&overlap), [HoursError::Overlap(1)]);
        assert_eq!(faults(&[span(Weekday::Sunday, "10:00", "09:00")]), [HoursError::Backwards(0)]);
    }
}

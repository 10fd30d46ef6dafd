//! Moments. The clock is a parameter: a request reads it once and hands it on.

use jiff::{SignedDuration, Timestamp};

/// An instant in UTC, to the microsecond, as both databases keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "columns", derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow), diesel(sql_type = crate::columns::Instant))]
pub struct Moment(Timestamp);

impl Moment {
    /// The instant, cut to the microsecond.
    pub fn of(timestamp: Timestamp) -> Self {
        Self::from_micros(timestamp.as_microsecond())
    }

    /// From microseconds since 1970; clamped to what a calendar can say.
    pub fn from_micros(micros: i64) -> Self {
        let clamped = Timestamp::from_microsecond(micros);
        Self(clamped.unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX }))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Milliseconds since 1970, none before: what an id begins with.
    pub fn unix_millis(self) -> u64 {
        u64::try_from(self.0.as_millisecond()).unwrap_or(0)
    }

    /// This much later (or earlier, for a negative span); clamped.
    #[must_use]
    pub fn plus(self, span: SignedDuration) -> Self {
        self.0.checked_add(span).map_or(self, Self)
    }

    /// How long since `earlier`; negative if it lies ahead.
    pub fn since(self, earlier: Self) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }

    /// The instant as the time library has it.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Moment {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::of)
    }
}

impl<'de> serde::Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(from).map(Self::of)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Moment {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .max_length(Some(40))
            .description(Some("An instant, RFC 3339 in UTC, to the microsecond."))
            .examples(["2026-11-21T09:30:00.5Z"])
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Moment {
    fn name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_the_way_through_both_databases() {
        let read: Moment = "2026-11-21T09:30:00.123456789Z".parse().unwrap();
        assert_eq!(Moment::from_micros(read.micros()), read);
        assert_eq!(read.to_string(), "2026-11-21T09:30:00.123456Z");
    }

    #[test]
    fn adding_never_leaves_the_calendar() {
        let end = Moment::from_micros(i64::MAX);
        assert_eq!(end.plus(SignedDuration::from_hours(1)), end);
    }
}

//! A day of the calendar, in no time zone of its own.

use jiff::civil;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct CalendarDate(civil::Date);

impl CalendarDate {
    /// The day as the time library has it.
    pub const fn of(date: civil::Date) -> Self {
        Self(date)
    }

    /// The day of these numbers; none if the calendar has no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The day as the time library has it.
    pub const fn civil(self) -> civil::Date {
        self.0
    }
}

impl std::fmt::Display for CalendarDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for CalendarDate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .min_length(Some(10))
            .max_length(Some(10))
            .description(Some("A day of the calendar, year, month and day."))
            .examples(["2026-11-26"])
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for CalendarDate {
    fn name() -> std::borrow::Cow<'static, str> {
        "CalendarDate".into()
    }
}

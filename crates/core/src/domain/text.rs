//! Bounded texts: trimmed, composed (NFC), free of control characters, with one limit each.
//!
//! A limit is counted in characters and stands here only; the contract shows the same numbers.

use unicode_normalization::UnicodeNormalization;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Shorter than the type allows, after trimming.
    #[error("is too short")]
    TooShort,
    /// Longer than the type allows.
    #[error("is too long")]
    TooLong,
    /// Not of the form the type asks for; a control character, for one.
    #[error("is not of the expected form")]
    Form,
    /// Of the right form, but nothing of that name exists (a time zone, for one).
    #[error("is not known")]
    Unknown,
}

/// One line of any language: no control characters, at least one visible character.
pub(crate) const LINE: &str =
    r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x20\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$";
/// As [`LINE`], with line breaks and tabs.
pub(crate) const LINES: &str = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*[^\s\x00-\x20\x7F-\x9F][^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$";

/// Composes and trims `raw`, then holds it against the limits and the form of a text type.
pub(crate) fn accept(
    raw: &str,
    (min, max): (usize, usize),
    form: &regex::Regex,
) -> Result<String, TextError> {
    let trimmed = raw.trim();
    let length = trimmed.chars().count();
    if length < min {
        return Err(TextError::TooShort);
    }
    if length > max {
        return Err(TextError::TooLong);
    }
    if !form.is_match(trimmed) {
        return Err(TextError::Form);
    }
    Ok(trimmed.nfc().collect())
}

/// Declares a bounded text type: limits, form, example and, where one is needed, a last check.
macro_rules! text {
    (
        $(#[$meta:meta])*
        $name:ident: $min:literal..=$max:literal, $form:expr, example $example:literal
        $(, format $format:literal)? $(, check $check:path)?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "columns", derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow), diesel(sql_type = $crate::columns::Word))]
        pub struct $name(String);

        #[cfg(feature = "columns")]
        word_column!($name);

        impl $name {
            /// Fewest characters.
            pub const MIN: usize = $min;
            /// Most characters.
            pub const MAX: usize = $max;

            /// Reads, trims and composes a text.
            ///
            /// # Errors
            /// [`TextError`](crate::domain::TextError) says which limit or form it breaks.
            pub fn parse(raw: &str) -> Result<Self, $crate::domain::TextError> {
                static FORM: std::sync::LazyLock<regex::Regex> =
                    std::sync::LazyLock::new(|| $crate::domain::text::form($form));
                let text = $crate::domain::text::accept(raw, (Self::MIN, Self::MAX), &FORM)?;
                $( $check(&text)?; )?
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::TextError;

            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                Self::parse(raw)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let raw = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Self::parse(&raw).map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, Type};
                let object = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .pattern(Some($form))
                    .description(Some($crate::domain::text::doc(&[$(stringify!($meta)),*])))
                    .examples([$example]);
                $( let object = object.format(Some(utoipa::openapi::SchemaFormat::Custom($format.into()))); )?
                object.into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

/// Compiles a form; the forms are constants of this module, tested below.
pub(crate) fn form(pattern: &str) -> regex::Regex {
    match regex::Regex::new(pattern) {
        Ok(form) => form,
        Err(error) => unreachable!("a form of the text types does not compile: {error}"),
    }
}

/// The doc comment of a text type as the contract's description.
#[cfg(feature = "schema")]
pub(crate) fn doc(metas: &[&str]) -> String {
    let lines: Vec<&str> = metas
        .iter()
        // The compiler hands doc comments on as `doc = r" ..."`.
        .filter_map(|meta| {
            meta.strip_prefix("doc =")?
                .trim()
                .trim_start_matches('r')
                .strip_prefix('"')?
                .strip_suffix('"')
        })
        .map(str::trim)
        .collect();
    lines.join(" ").trim().to_owned()
}

text! {
    /// An organisation's name as its people write it.
    TenantName: 1..=120, LINE, example "Pine Lodge Summer Camp"
}
text! {
    /// A person's name in any culture's form.
    PersonName: 1..=120, LINE, example "Nguyễn Thị Minh"
}
text! {
    /// One line of text.
    Line: 1..=200, LINE, example "Letter of 3 November, file 2026-118"
}
text! {
    /// A short text of several lines.
    Paragraph: 1..=2000, LINES, example "Call the office; the director signs in for the family."
}
text! {
    /// What an internal ticket or a comment on one says, in several lines.
    ReportText: 1..=8000, LINES, example "The list of invitations stays empty after a filter was removed."
}
text! {
    /// A tenant's short name in sign-in and links: lower case, digits, single hyphens.
    Slug: 2..=40, "^[a-z0-9]+(-[a-z0-9]+)*$", example "pine-lodge"
}
text! {
    /// An email address as it was given; compared after case folding.
    EmailAddress: 6..=254, r"^[^\x00-\x20\x7F-\x9F@<>(),:;\[\]\\\x22]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$", example "office@pinelodge.example", format "email"
}
text! {
    /// A telephone number in the international form of E.164.
    PhoneNumber: 8..=16, r"^\+[1-9][0-9]{6,14}$", example "+15550100200"
}
text! {
    /// An application's number, as the organisation writes it: no spaces, compared without case.
    ApplicationNumber: 1..=40, r"^[^\x00-\x20\x7F-\xA0]+$", example "A-000123"
}
text! {
    /// A child's id in the organisation's own records: no spaces, compared without case.
    ChildId: 1..=40, r"^[^\x00-\x20\x7F-\xA0]+$", example "K-20431"
}
text! {
    /// A telephone number as people write it: with `+` or `00` in front, or as it is dialled in the
    /// organisation's own country. No letters, no extension.
    WrittenPhone: 1..=40, LINE, example "+1 (201) 555-0123"
}
text! {
    /// What a user of an organisation signs in with: no spaces, compared without case.
    UserName: 2..=80, r"^[^\x00-\x20\x7F-\xA0]+$", example "ana.ruiz"
}
text! {
    /// What somebody signs in with: a user name, an email address or a telephone number.
    SignInName: 1..=254, LINE, example "ana.ruiz"
}
text! {
    /// One line of a postal or network address.
    AddressLine: 1..=64, LINE, example "127.0.0.1"
}
text! {
    /// What an organisation calls a role of its own.
    RoleName: 2..=60, LINE, example "Reception", check runs_one_way
}
text! {
    /// What people call a key of a program.
    KeyName: 2..=80, LINE, example "Enrolment system"
}
text! {
    /// A day of the calendar.
    Day: 10..=10, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example "2026-11-21", format "date", check known_day
}
text! {
    /// A file's name, as its owner calls it: personal data.
    FileName: 1..=255, LINE, example "staff.csv"
}
text! {
    /// A media type, without parameters.
    MediaType: 3..=100, "^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$", example "text/csv"
}
text! {
    /// What somebody types to find something.
    SearchText: 1..=80, LINE, example "pine"
}
text! {
    /// A time of day, hours and minutes.
    TimeOfDay: 5..=5, "^([01][0-9]|2[0-3]):[0-5][0-9]$", example "09:00"
}
text! {
    /// A time zone of the IANA database.
    TimeZoneName: 3..=40, "^[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$", example "America/New_York", check known_zone
}

/// The plain digit that a digit of any script stands for.
pub(crate) fn digit(c: char) -> Option<char> {
    // Each script has its ten digits in a row, and its nought is known.
    const NOUGHTS: [char; 12] = [
        '0', '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{be6}',
        '\u{c66}', '\u{ce6}', '\u{e50}', '\u{ed0}',
    ];
    let value =
        |nought: char| u32::from(c).checked_sub(u32::from(nought)).filter(|value| *value < 10);
    NOUGHTS.into_iter().find_map(value).and_then(|value| char::from_digit(value, 10))
}

/// Refuses marks that turn the direction of writing: a name must be what it looks like.
fn runs_one_way(name: &str) -> Result<(), TextError> {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if name.contains(turns) { Err(TextError::Form) } else { Ok(()) }
}

/// Refuses a day that no calendar has.
fn known_day(day: &str) -> Result<(), TextError> {
    day.parse::<jiff::civil::Date>().map(drop).map_err(|_no_such_day| TextError::Unknown)
}

impl Day {
    /// The day of a date.
    pub fn of(date: jiff::civil::Date) -> Self {
        Self(date.to_string())
    }

    /// The date as the time library has it.
    pub fn date(&self) -> jiff::civil::Date {
        self.0.parse().unwrap_or(jiff::civil::Date::MIN) // was read as one
    }
}

impl TimeZoneName {
    /// The zone, as the time library has it.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.0).unwrap_or(jiff::tz::TimeZone::UTC) // was read as one
    }
}

/// Refuses a zone that the time zone database does not have.
fn known_zone(name: &str) -> Result<(), TextError> {
    jiff::tz::TimeZone::get(name).map(drop).map_err(|_unknown| TextError::Unknown)
}

impl EmailAddress {
    /// The form two addresses are compared in: composed, case folded.
    pub fn folded(&self) -> String {
        super::fold::caseless(&self.0)
    }

    /// Enough to recognise one's own address, not enough to learn somebody's: `o***@p***.example`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let (host, top) = domain.rsplit_once('.').unwrap_or((domain, ""));
        let first = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
        format!("{}***@{}***.{top}", first(local), first(host))
    }
}

impl UserName {
    /// The form two user names are compared in.
    pub fn folded(&self) -> String {
        super::fold::caseless(&self.0)
    }
}

impl ApplicationNumber {
    /// The form two numbers are compared in.
    pub fn folded(&self) -> String {
        super::fold::caseless(&self.0)
    }
}

impl ChildId {
    /// The form two ids are compared in.
    pub fn folded(&self) -> String {
        super::fold::caseless(&self.0)
    }
}

impl PhoneNumber {
    /// Enough to recognise one's own number: its last two digits.
    pub fn masked(&self) -> String {
        let hidden = self.0.chars().count().saturating_sub(2);
        self.0.chars().enumerate().map(|(at, c)| if at < hidden { '*' } else { c }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_composed() {
        let decomposed = "  Nguye\u{302}\u{303}n  ";
        assert_eq!(PersonName::parse(decomposed).unwrap().as_str(), "Nguy\u{1ec5}n");
    }

    #[test]
    fn control_characters_and_blank_lines_are_refused() {
        for bad in ["a\0b", "a\u{7}b", "a\nb", "\u{7f}", "a\u{85}b", "a\u{9b}31m"] {
            assert_eq!(TenantName::parse(bad), Err(TextError::Form), "{bad:?}");
        }
        assert_eq!(TenantName::parse("   "), Err(TextError::TooShort));
        assert!(Paragraph::parse("two\nlines").is_ok());
        assert_eq!(Paragraph::parse("a\0b"), Err(TextError::Form));
    }

    #[test]
    fn limits_count_characters_not_bytes() {
        assert!(TenantName::parse(&"é".repeat(120)).is_ok());
        assert_eq!(TenantName::parse(&"é".repeat(121)), Err(TextError::TooLong));
    }

    #[test]
    fn addresses_and_numbers_have_their_form() {
        for good in ["a@b.co", "Ana.Ruiz+desk@pine-lodge.example", "ñandú@correo.example"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["a@b", "a b@c.example", "a@@b.example", "@b.example", "a@-b.example", "<a@b.example>"]
        {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
        assert!(PhoneNumber::parse("+15550100200").is_ok());
        assert!(PhoneNumber::parse("5550100200").is_err());
    }

    #[test]
    fn a_zone_must_exist() {
        assert!(TimeZoneName::parse("Europe/Madrid").is_ok());
        assert_eq!(TimeZoneName::parse("Europe/Atlantis"), Err(TextError::Unknown));
    }

    #[test]
    fn a_name_of_a_role_is_not_written_backwards() {
        assert_eq!(RoleName::parse("\u{202e}nimdA etiS"), Err(TextError::Form));
        assert!(RoleName::parse("\u{5de}\u{5d6}\u{5db}\u{5d9}\u{5e8}\u{5d5}\u{5ea}").is_ok());
    }

    #[test]
    fn a_masked_address_hides_its_owner() {
        let address = EmailAddress::parse("office@pinelodge.example").unwrap();
        assert_eq!(address.masked(), "o***@p***.example");
    }
}

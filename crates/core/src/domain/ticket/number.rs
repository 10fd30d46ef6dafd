//! The number that a requester knows a ticket by.

use std::fmt;
use std::str::FromStr;

use crate::domain::TextError;

/// A case's running number: shown as `C-000123`. It is a handle, and proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber(i64);

impl CaseNumber {
    /// Fewest characters of a number as it is shown.
    pub const MIN: usize = 8;
    /// Most characters of a number as it is shown.
    pub const MAX: usize = 21;

    /// A number that the store gave out.
    pub const fn of(number: i64) -> Self {
        Self(number)
    }

    /// Reads `C-000123`, and `123`; case and leading noughts do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix(['C', 'c'])
            .map_or(text, |rest| rest.strip_prefix('-').unwrap_or(rest));
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|number| is_plain && *number > 0).map(Self)
    }

    /// The bare number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C-{:06}", self.0)
    }
}

impl FromStr for CaseNumber {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(TextError::Form)
    }
}

impl serde::Serialize for CaseNumber {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_shown_with_its_letter_and_read_with_or_without() {
        assert_eq!(CaseNumber::of(123).to_string(), "C-000123");
        assert_eq!(CaseNumber::of(i64::MAX).to_string().len(), CaseNumber::MAX);
        for text in ["C-000123", "c-123", "C123", "123", "000123"] {
            assert_eq!(CaseNumber::parse(text), Some(CaseNumber::of(123)), "{text}");
        }
        for text in
            ["", "C-", "0", "C-0", "-1", "+1", "C--1", "12a", "U-12", "99999999999999999999"]
        {
            assert_eq!(CaseNumber::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read(number in 1..=i64::MAX) {
            let number = CaseNumber::of(number);
            prop_assert_eq!(CaseNumber::parse(&number.to_string()), Some(number));
        }
    }
}

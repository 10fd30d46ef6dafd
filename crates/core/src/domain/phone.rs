//! Telephone numbers as people write them, and what is kept of them: E.164.
//!
//! What is E.164 already is taken as it is, whatever the numbering plans say of it: they change, and a plan
//! that is a month old must not refuse a number that exists. Plans are asked for numbers that leave the
//! country out, because only they know how long those are and which digits fall away.

use phonenumber::Mode;
use phonenumber::country::{Id, Source};
use unicode_normalization::UnicodeNormalization;

use super::text::{self, TextError};
use super::{PhoneNumber, WrittenPhone};

/// Fewest and most digits of a number in E.164, the country's included.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// What people put between digits; none of it counts.
const SPACING: [char; 7] = ['-', '.', '(', ')', '/', '\u{2010}', '\u{2011}'];
/// As [`SPACING`], of the longer dashes that programs make of a hyphen.
const DASHES: [char; 4] = ['\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'];

text! {
    /// A country or territory, by its two letters of ISO 3166-1.
    Region: 2..=2, "^[A-Z]{2}$", example "US", check has_numbers
}

/// Refuses letters that no numbering plan goes by.
fn has_numbers(region: &str) -> Result<(), TextError> {
    plan_of(region).map(drop).ok_or(TextError::Unknown)
}

/// The plan of a region.
fn plan_of(region: &str) -> Option<Id> {
    region.parse().ok()
}

impl PhoneNumber {
    /// Reads a number as somebody wrote it: with `+` or `00` in front, or as it is dialled within `region`, where
    /// something else than `00` may lead abroad. Digits of any script count; spaces, hyphens, dots, slashes and
    /// brackets do not.
    ///
    /// # Errors
    /// [`TextError::Form`] for letters, extensions, and a number without its country where no region is
    /// known; [`TextError::TooShort`] and [`TextError::TooLong`]; [`TextError::Unknown`] for one that the
    /// region's plan does not have.
    pub fn read(written: &str, region: Option<&Region>) -> Result<Self, TextError> {
        let written = plain(written);
        let dialled = dialled(&written)?;
        if let Some(abroad) = dialled.strip_prefix('+') {
            return international(abroad, &written);
        }
        // Nobody's national numbers begin so.
        if let Some(abroad) = dialled.strip_prefix("00") {
            // Some countries dial 0011 or 001 to get abroad, and 00 nowhere.
            let is_theirs = abroad.starts_with('1') || !exists(abroad);
            let by_plan = region.filter(|_| is_theirs);
            let by_plan = by_plan.and_then(|region| abroad_from(region, &dialled));
            return by_plan.map_or_else(|| international(abroad, &written), Ok);
        }
        let few = dialled.len() < *DIGITS.start();
        let unclear = if few { TextError::TooShort } else { TextError::Form };
        let region = region.ok_or(unclear)?;
        let plan = plan_of(region.as_str()).ok_or(TextError::Unknown)?;
        let digits = dialled.len();
        if digits > *DIGITS.end() + 5 {
            return Err(TextError::TooLong); // with what is dialled to get out of the country, at the most
        }
        let number = phonenumber::parse(Some(plan), &dialled);
        let number = number.map_err(|_no_number| TextError::Unknown)?;
        if number.is_valid() { kept(&number) } else { Err(TextError::Unknown) }
    }
}

impl WrittenPhone {
    /// The number that was written, within a region.
    ///
    /// # Errors
    /// As [`PhoneNumber::read`].
    pub fn read(&self, region: Option<&Region>) -> Result<PhoneNumber, TextError> {
        PhoneNumber::read(self.as_str(), region)
    }

    /// The number, if it was written as it is kept, so that no region need be known.
    pub fn as_kept(&self) -> Option<PhoneNumber> {
        PhoneNumber::parse(self.as_str()).ok()
    }
}

/// A number in plain characters: digits of a width of their own become usual ones, and so do brackets and
/// hyphens; marks that nobody sees, which are copied along with a number, fall away.
fn plain(written: &str) -> String {
    let is_seen = |c: &char| !matches!(*c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    written.nfkc().filter(is_seen).collect::<String>().trim().to_owned()
}

/// What is left to dial: digits, with a plus in front if there was one.
fn dialled(written: &str) -> Result<String, TextError> {
    let mut dialled = String::new();
    for c in written.chars() {
        match c {
            '+' if dialled.is_empty() => dialled.push(c),
            _ if c.is_whitespace() || SPACING.contains(&c) || DASHES.contains(&c) => {}
            _ => {
                let digit = text::digit(c).ok_or(TextError::Form)?;
                dialled.push(digit);
            }
        }
    }
    let digits = dialled.trim_start_matches('+').len();
    if digits == 0 { Err(TextError::TooShort) } else { Ok(dialled) }
}

/// A number with its country, of which `digits` are left. Some write the digit that is dialled within a
/// country in brackets, `+44 (0)20 7946 0958`: the plan knows that it falls away.
fn international(digits: &str, written: &str) -> Result<PhoneNumber, TextError> {
    if digits.len() < *DIGITS.start() {
        return Err(TextError::TooShort);
    }
    let number = if written.contains("(0)") { parsed(digits) } else { None };
    match number {
        Some(number) => kept(&number),
        None if digits.len() > *DIGITS.end() => Err(TextError::TooLong),
        None => PhoneNumber::parse(&format!("+{digits}")),
    }
}

/// A number with its country, if its plan has it.
fn parsed(digits: &str) -> Option<phonenumber::PhoneNumber> {
    let parsed = phonenumber::parse(None, format!("+{digits}"));
    parsed.ok().filter(phonenumber::PhoneNumber::is_valid)
}

/// Whether there is a number with its country.
fn exists(digits: &str) -> bool {
    parsed(digits).is_some()
}

/// A number as it is dialled from a region to get abroad, if it is one.
fn abroad_from(region: &Region, dialled: &str) -> Option<PhoneNumber> {
    let parsed = phonenumber::parse(plan_of(region.as_str()), dialled).ok()?;
    let is_abroad = parsed.code().source() == Source::Idd && parsed.is_valid();
    if is_abroad { kept(&parsed).ok() } else { None }
}

/// A number as it is kept.
fn kept(number: &phonenumber::PhoneNumber) -> Result<PhoneNumber, TextError> {
    PhoneNumber::parse(&number.format().mode(Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(written: &str, region: &str) -> Result<String, TextError> {
        let region = Region::parse(region).ok();
        PhoneNumber::read(written, region.as_ref()).map(|number| number.to_string())
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (written, region, kept) in [
            ("+1 (201) 555-0123", "", "+12015550123"),
            ("+44 20 7946 0958", "", "+442079460958"),
            ("+44 (0)20 7946 0958", "", "+442079460958"),
            ("+44 \u{ff08}0\u{ff09}20 7946 0958", "", "+442079460958"),
            ("+44 \u{ff08}\u{ff10}\u{ff09}20 7946 0958", "", "+442079460958"),
            ("0044 (0)20 7946 0958", "", "+442079460958"),
            ("0044 (0)20 7946 0958", "GB", "+442079460958"),
            ("0044 \u{ff08}0\u{ff09}20 7946 0958", "US", "+442079460958"),
            ("0049 (0)30 123456", "", "+4930123456"),
            ("0049 (0)30 123456", "DE", "+4930123456"),
            // What leads abroad is not 00 everywhere.
            ("0011 44 20 7946 0958", "AU", "+442079460958"),
            ("0011 1 201 555 0123", "AU", "+12015550123"),
            ("0061 2 5550 1234", "AU", "+61255501234"),
            ("001 44 20 7946 0958", "SG", "+442079460958"),
            ("001 44 20 7946 0958", "HK", "+442079460958"),
            ("0033 6 12 34 56 78", "SG", "+33612345678"),
            ("001 201 555 0123", "ES", "+12015550123"),
            // Copied out of a page, with marks of the direction of writing.
            ("\u{202a}+1 201 555 0123\u{202c}", "", "+12015550123"),
            ("\u{2066}+44 (0)20 7946 0958\u{2069}", "", "+442079460958"),
            ("\u{200e}600\u{a0}12 34 56\u{200f}", "ES", "+34600123456"),
            ("0034 600 123 456", "", "+34600123456"),
            ("0034 600 123 456", "US", "+34600123456"),
            ("600 12 34 56", "ES", "+34600123456"),
            ("600.12.34.56", "ES", "+34600123456"),
            ("(201) 555-0123", "US", "+12015550123"),
            ("1-201-555-0123", "US", "+12015550123"),
            ("201\u{2013}555\u{2013}0123", "US", "+12015550123"),
            ("011 44 20 7946 0958", "US", "+442079460958"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("030/123456", "DE", "+4930123456"),
            // The nought stays in Italy.
            ("06 698 12345", "IT", "+390669812345"),
            (
                "\u{ff10}\u{ff13} \u{ff11}\u{ff12}\u{ff13}\u{ff14} \u{ff15}\u{ff16}\u{ff17}\u{ff18}",
                "JP",
                "+81312345678",
            ),
            ("\u{ff0b}\u{ff14}\u{ff14} 20 7946 0958", "", "+442079460958"),
            ("\u{662}\u{660}\u{661} 555 0123", "US", "+12015550123"),
            ("  +15550100200  ", "ES", "+15550100200"),
            ("+1 555 010 0200", "", "+15550100200"),
        ] {
            assert_eq!(read(written, region).as_deref(), Ok(kept), "{written} in {region:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_by_what_is_wrong_with_it() {
        use TextError::{Form, TooLong, TooShort, Unknown};
        for (written, region, why) in [
            ("", "US", TooShort),
            ("+", "US", TooShort),
            ("+12", "", TooShort),
            ("600 12 34 56", "", Form),
            ("201-555-0123 x12", "US", Form),
            ("201-555-0123 ext. 12", "US", Form),
            ("+1 201 555 0123;ext=4", "", Form),
            ("201-555-0123#4", "US", Form),
            ("1-800-FLOWERS", "US", Form),
            ("+1 201 +555 0123", "", Form),
            ("2015550123\0", "US", Form),
            ("555-0123", "US", Unknown),
            ("911", "US", Unknown),
            ("(555) 010-1234", "US", Unknown),
            ("000 111 222", "", Form),
            ("+1234567890123456", "", TooLong),
            ("123456789012345678901", "US", TooLong),
        ] {
            assert_eq!(read(written, region), Err(why), "{written} in {region:?}");
        }
    }

    #[test]
    fn a_region_is_one_that_has_numbers() {
        assert!(["US", "ES", "GB", "JP", "XK"].iter().all(|region| Region::parse(region).is_ok()));
        for (region, why) in [
            ("us", TextError::Form),
            ("USA", TextError::TooLong),
            ("U", TextError::TooShort),
            ("ZZ", TextError::Unknown),
            ("EU", TextError::Unknown),
        ] {
            assert_eq!(Region::parse(region), Err(why), "{region}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_as_itself(number in r"\+[1-9][0-9]{6,14}", region in "(US|ES|IT|JP|GB)?") {
            prop_assert_eq!(read(&number, &region), Ok(number));
        }

        #[test]
        fn whatever_is_read_is_kept_in_one_form(written in r"\PC{0,30}", region in "(US|ES|IT|JP|AR)?") {
            if let Ok(kept) = read(&written, &region) {
                prop_assert_eq!(read(&kept, &region), Ok(kept));
            }
        }

        #[test]
        fn digits_and_spacing_never_break_it(written in r"[0-9+ ()./-]{0,30}", region in "(US|ES|IT|JP|AR|MX|BR|CI)?") {
            if let Ok(kept) = read(&written, &region) {
                prop_assert_eq!(read(&kept, ""), Ok(kept));
            }
        }
    }
}

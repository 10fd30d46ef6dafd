//! Whether digits can be a card, a social security number, a telephone of North America.

/// Whether the check digit of a card's number is right (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(i, digit)| if i.is_multiple_of(2) { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}

/// Whether nine digits can be a social security number: no area 000, 666 or from 900 (those are tax
/// numbers, and as private), no group 00, no serial 0000.
pub(super) fn is_ssn(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    digits.len() == 9
        && !matches!(part(0..3), "000" | "666")
        && part(3..5) != "00"
        && part(5..9) != "0000"
}

/// Whether ten or eleven digits follow the North American plan: area and exchange begin with 2 to 9.
pub(super) fn is_north_american(digits: &str) -> bool {
    let digits =
        if digits.len() == 11 { digits.strip_prefix('1').unwrap_or_default() } else { digits };
    let high =
        |at: usize| digits.as_bytes().get(at).is_some_and(|byte| (b'2'..=b'9').contains(byte));
    digits.len() == 10 && high(0) && high(3)
}

/// Whether a telephone number of North America costs its caller nothing: an office's, nobody's own.
pub(super) fn is_toll_free(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national =
        if digits.len() == 11 { digits.strip_prefix('1').unwrap_or_default() } else { &digits };
    national.len() == 10
        && ["800", "833", "844", "855", "866", "877", "888"]
            .iter()
            .any(|area| national.starts_with(area))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_check_digit_is_seen() {
        assert!(luhn("4916338506082832"));
        assert!(!luhn("4916338506082833"));
        assert!(!luhn("0000000000000000"));
    }

    #[test]
    fn numbers_outside_the_plans_are_none() {
        assert!(is_ssn("523441029") && !is_ssn("000441029") && !is_ssn("666441029"));
        assert!(is_north_american("17025550171") && !is_north_american("1025550171"));
        assert!(is_toll_free("1-888-555-0123") && !is_toll_free("702-555-0171"));
    }
}

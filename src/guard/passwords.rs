//! What a password must be, after NIST SP 800-63B: long, and hard to guess. No composition rules.
//!
//! The same person types the same password on another keyboard tomorrow: it is brought to one form
//! before it is judged, hashed or compared, and never trimmed.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::Score;

/// Fewest characters.
pub const MIN: usize = 12;
/// Most characters.
pub const MAX: usize = 128;

/// Characters whose guessability is judged: what is hard to guess so far does not become easier by what
/// follows, and the work grows faster than the length (made of the worst characters, 32 take a tenth of
/// a second, 100 a whole one).
const JUDGED: usize = 32;
/// Words of the person that are looked for: more would only cost time.
const WORDS: usize = 32;
/// Bytes of such a word: shorter ones are in every text, longer ones in no password.
const WORD_LENGTH: std::ops::RangeInclusive<usize> = 3..=64;
/// The product's own words, which everybody here thinks of.
const OUR_WORDS: [&str; 3] = ["caredesk", "care", "desk"];

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Under [`MIN`] characters.
    #[error("is too short")]
    TooShort,
    /// Over [`MAX`] characters.
    #[error("is too long")]
    TooLong,
    /// It holds a control character, NUL for one, which no keyboard types on purpose.
    #[error("holds a control character")]
    ControlCharacter,
    /// Common, or made of words about the person, patterns and repetitions.
    #[error("is too easy to guess")]
    Guessable,
}

/// Judges a password that somebody chose. `words` are the person's own: name, address, organisation.
///
/// # Errors
/// The first [`Weakness`] found. Finding none can take a tenth of a second: not for a transaction, and
/// not for a thread that serves others. A password at sign-in is not judged, only compared.
pub fn check(password: &str, words: &[&str]) -> Result<(), Weakness> {
    let prepared = prepare(password);
    let password = prepared.expose_secret();
    let length = password.chars().count();
    if length < MIN {
        return Err(Weakness::TooShort);
    }
    if length > MAX {
        return Err(Weakness::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(Weakness::ControlCharacter);
    }
    let known: Vec<&str> = OUR_WORDS.into_iter().chain(parts(words)).collect();
    if of_its_own(password, &known) < MIN / 2 {
        return Err(Weakness::Guessable);
    }
    let head = password.char_indices().nth(JUDGED).and_then(|(end, _)| password.get(..end));
    match zxcvbn::zxcvbn(head.unwrap_or(password), &known).score() {
        Score::Three | Score::Four => Ok(()),
        _ => Err(Weakness::Guessable),
    }
}

/// The form in which a password is hashed and compared: every kind of space a plain one, then NFC, as
/// RFC 8265 (`OpaqueString`) has it. NFKC would make different passwords the same.
pub fn prepare(password: &str) -> SecretString {
    let space = |c: char| if c.is_whitespace() && !c.is_control() { ' ' } else { c };
    password.chars().map(space).nfc().collect::<String>().into()
}

/// The person's words, whole and in parts: an address is guessed by its name as well.
fn parts<'words>(words: &[&'words str]) -> impl Iterator<Item = &'words str> {
    let pieces = |word: &'words str| word.split(|c: char| !c.is_alphanumeric());
    words
        .iter()
        .flat_map(move |word| std::iter::once(*word).chain(pieces(word)))
        .filter(|word| WORD_LENGTH.contains(&word.len()))
        .take(WORDS)
}

/// How many characters of a password are its own: neither of the known words nor space nor the number of
/// a year. zxcvbn takes any three words in a row for hard to guess, be they all the person's own; so half
/// of the shortest password must be something else.
fn of_its_own(password: &str, known: &[&str]) -> usize {
    // The longest first: "ana" must not leave "stasia" of an Anastasia.
    let mut known = known.to_vec();
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = known
        .iter()
        .fold(password.to_lowercase(), |rest, word| rest.replace(&word.to_lowercase(), " "));
    let is_year = |word: &&str| {
        word.len() == 4 && word.starts_with(['1', '2']) && word.bytes().all(|b| b.is_ascii_digit())
    };
    let words = rest.split_whitespace().filter(|word| !is_year(word));
    words.map(|word| word.chars().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_unusual_password_of_any_script_passes() {
        for good in
            ["correct horse battery staple", "μπλε ελέφαντας κάτω", "夜空に浮かぶ紫の自転車と猫"]
        {
            assert_eq!(check(good, &[]), Ok(()), "{good}");
        }
    }

    #[test]
    fn twelve_to_128_characters_not_bytes() {
        assert_eq!(check("xK9#qTz!4vw", &[]), Err(Weakness::TooShort));
        assert_eq!(check("xK9#qTz!4vwL", &[]), Ok(()));
        assert_eq!(check("ééééé", &[]), Err(Weakness::TooShort));
        let long = "xK9#qTz!4vwLmé2%".repeat(8);
        assert_eq!(check(&long, &[]), Ok(()));
        assert_eq!(check(&format!("{long}!"), &[]), Err(Weakness::TooLong));
        // Decomposed it has more characters; what counts is what a person sees.
        assert_eq!(check(&long.replace('é', "e\u{301}"), &[]), Ok(()));
    }

    #[test]
    fn common_passwords_and_patterns_are_refused() {
        for bad in
            ["password1234", "qwertyuiop123", "aaaaaaaaaaaaaaaa", "123456789012345", "iloveyou2026"]
        {
            assert_eq!(check(bad, &[]), Err(Weakness::Guessable), "{bad}");
        }
    }

    #[test]
    fn the_persons_own_words_are_easy_to_guess() {
        let own = ["Ana Ruiz", "Anastasia Ruizmarin", "aruizmarin@pinelodge.example"];
        for bad in [
            "Anastasia-Ruizmarin",
            "pinelodge-aruizmarin",
            "ruizmarin.caredesk",
            "caredesk anastasia 2026",
        ] {
            assert_eq!(check(bad, &own), Err(Weakness::Guessable), "{bad}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        for bad in ["xK9#qTz!4vwL\0", "xK9#qTz\t!4vwL", "xK9#qTz!4vwL\u{85}"] {
            assert_eq!(check(bad, &[]), Err(Weakness::ControlCharacter), "{bad:?}");
        }
    }

    #[test]
    fn one_password_has_one_form_and_is_not_trimmed() {
        let form = |password| prepare(password).expose_secret().to_owned();
        assert_eq!(form("e\u{301}le\u{300}ve"), form("\u{e9}l\u{e8}ve"));
        assert_eq!(form("a\u{a0}b\u{3000}c"), "a b c");
        assert_eq!(form(" a "), " a ");
        assert_ne!(form("\u{fb01}"), form("fi"));
    }

    #[test]
    fn judging_the_worst_input_takes_a_moment_only() {
        let worst = "4@8({[<369&1!|1703$5+7%2".repeat(6).chars().take(MAX).collect::<String>();
        let words = vec![worst.as_str(); 500];
        let began = std::time::Instant::now();
        let _judged = check(&worst, &words);
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

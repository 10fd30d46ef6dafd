//! The words of a name, and what each may be.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::MixedScript;

use super::words::{Borne, Kind, Word, words};
use crate::policy::lexicon::{NameRank, fold, given_name_rank, is_apostrophe, surname_rank};

/// The rows of keyboards, both ways.
const ROWS: [&str; 8] = [
    "qwertyuiop",
    "poiuytrewq",
    "asdfghjkl",
    "lkjhgfdsa",
    "zxcvbnm",
    "mnbvcxz",
    "qwertzuiop",
    "azertyuiop",
];
/// Articles and prepositions that lose their vowel.
const ELIDED: [&str; 6] = ["d", "l", "dell", "all", "nell", "sull"];
/// Fewest letters of a row in a row that are no word.
const ROW: usize = 5;

/// What a word of a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A word of desks, rooms and functions.
    Generic(Word),
    /// Neighbours on the keyboard.
    KeyboardRow,
    /// One letter over and over.
    Repeated,
    /// Digits alone, or a number's ending.
    Number,
    /// A title; true if it is a given name, too.
    Title(bool),
    /// In a name, or between the words of a function.
    Particle,
    /// After a name, no part of it.
    Suffix,
    /// Joins two people's names.
    Couple,
    /// One letter.
    Initial,
    /// A word of everyday language that is no given name.
    Ordinary,
    /// Anything else: a name, known or not.
    Name,
}

/// A word of a name.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Folded.
    pub(super) text: String,
    pub(super) class: Class,
    /// Ends in `'s`.
    pub(super) is_possessive: bool,
    /// Has letters and digits.
    pub(super) has_digits: bool,
    /// Has letters of several scripts that do not belong together.
    pub(super) is_mixed: bool,
}

impl Token {
    fn new(raw: &str) -> Option<Self> {
        let text = fold(raw).into_owned();
        if text.is_empty() {
            return None;
        }
        let is_possessive =
            raw.strip_suffix(['s', 'S']).is_some_and(|rest| rest.ends_with(is_apostrophe));
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let has_digits = digits > 0 && digits < text.chars().count();
        let is_mixed = !text.as_str().is_single_script();
        let class =
            elided(raw).map_or_else(|| classify(&text, has_digits, is_mixed), Class::Generic);
        Some(Self { text, class, is_possessive, has_digits, is_mixed })
    }

    /// The generic word that it is.
    pub(super) fn generic(&self) -> Option<Word> {
        match self.class {
            Class::Generic(word) => Some(word),
            Class::KeyboardRow | Class::Repeated => Some(Word::plain(Kind::Placeholder)),
            _ => None,
        }
    }

    /// The generic word that it is, if that says what somebody or something is.
    pub(super) fn noun(&self) -> Option<Word> {
        self.generic().filter(|word| word.is_noun())
    }

    /// Whether it is no name, or not only one.
    pub(super) fn is_neutral(&self) -> bool {
        self.generic().is_some()
            || self.is_everyday()
            || matches!(
                self.class,
                Class::Number
                    | Class::Title(_)
                    | Class::Particle
                    | Class::Suffix
                    | Class::Couple
                    | Class::Initial
            )
    }

    /// Whether it is a word of everyday language and no name.
    pub(super) fn is_everyday(&self) -> bool {
        self.class == Class::Ordinary && surname_rank(&self.text).is_none()
    }

    /// Whether it is likely a given name: known as one, and not far better known as a surname; or of a
    /// script that the lists do not have.
    pub(super) fn is_given_like(&self) -> bool {
        match self.class {
            Class::Title(is_given) => is_given,
            Class::Name => {
                let surname = surname_rank(&self.text);
                match given_name_rank(&self.text) {
                    Some(NameRank::Rare) => surname != Some(NameRank::Common),
                    Some(_) => true,
                    None => !self.text.is_ascii(),
                }
            }
            Class::Generic(word) => word.given == Borne::Often,
            Class::Particle => {
                given_name_rank(&self.text).is_some_and(|rank| rank < NameRank::Rare)
            }
            _ => false,
        }
    }

    /// Whether it is a name of the lists, of any kind, or of a script that they do not have.
    pub(super) fn is_known_name(&self) -> bool {
        let is_listed = || given_name_rank(&self.text).or(surname_rank(&self.text)).is_some();
        matches!(self.class, Class::Name | Class::Ordinary)
            && (!self.text.is_ascii() || is_listed())
    }
}

/// What a folded word is.
fn classify(text: &str, has_digits: bool, is_mixed: bool) -> Class {
    let words = words();
    if text.chars().all(|c| c.is_ascii_digit()) {
        return Class::Number;
    }
    if let Some(word) = generic(text, has_digits, is_mixed) {
        return Class::Generic(word);
    }
    if words.is_suffix(text) {
        return Class::Suffix;
    }
    if let Some(is_given) = words.title(text) {
        return Class::Title(is_given);
    }
    if words.is_particle(text) {
        return Class::Particle;
    }
    if words.is_couple(text) {
        return Class::Couple;
    }
    let mut letters = text.chars();
    let first = letters.next();
    let rest = letters.as_str();
    // Scripts whose single letters are names (Han, Hangul) come after these.
    if rest.is_empty() && first < Some('\u{530}') {
        return Class::Initial;
    }
    if text.is_ascii() && rest.len() > 1 && rest.chars().all(|letter| Some(letter) == first) {
        return Class::Repeated;
    }
    let is_listed = given_name_rank(text).or(surname_rank(text)).is_some();
    if !is_listed && text.len() >= ROW && ROWS.iter().any(|row| row.contains(text)) {
        return Class::KeyboardRow;
    }
    if !is_listed && let Some(word) = compound(text) {
        return Class::Generic(word);
    }
    if words.is_ordinary(text) { Class::Ordinary } else { Class::Name }
}

/// The generic word that a folded word is, as it is, with a number, or in disguise.
fn generic(text: &str, has_digits: bool, is_mixed: bool) -> Option<Word> {
    let words = words();
    let plain = words.generic(text);
    if plain.is_some() {
        return plain;
    }
    if has_digits {
        let letters = text.trim_matches(|c: char| c.is_ascii_digit());
        let spelled = || text.chars().map(letter_for).collect::<String>();
        return words
            .generic(letters)
            .or_else(|| compound(letters))
            .or_else(|| words.generic(&spelled()));
    }
    // As lists do that are to have it at their end: `zztest`.
    let unpadded = text.trim_start_matches(['x', 'z']);
    let padded = (text.len() > unpadded.len() + 1).then(|| words.generic(unpadded)).flatten();
    padded.or_else(|| is_mixed.then(|| words.lookalike(text)).flatten())
}

/// The noun after an article or preposition that lost its vowel: *d'accueil*, *dell'ufficio*.
fn elided(raw: &str) -> Option<Word> {
    let (before, noun) = raw.split_once(is_apostrophe)?;
    let is_elided = ELIDED.contains(&fold(before).as_ref());
    words().generic(&fold(noun)).filter(|word| is_elided && word.is_noun())
}

/// What a word is that is made of generic words, one of which nobody bears, or all of which are nouns.
fn compound(text: &str) -> Option<Word> {
    let parts = words().compound(text)?;
    let unborne = parts.iter().find(|word| word.is_noun() && word.surname == Borne::Never);
    let all_nouns = || parts.last().filter(|_| parts.iter().all(|word| word.is_noun()));
    unborne.or_else(all_nouns).map(|word| Word::plain(word.kind))
}

/// The letter that a digit is written for.
const fn letter_for(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        _ => c,
    }
}

/// The words of a field, and those that stand in brackets.
pub(super) fn tokens(field: &str) -> (Vec<Token>, Vec<Token>) {
    let (mut words, mut asides) = (Vec::new(), Vec::new());
    let mut raw = String::new();
    let mut depth = 0_u32;
    for c in field.nfkd().filter(|c| !is_invisible(*c)).chain([' ']) {
        if c.is_alphanumeric() || is_combining_mark(c) || is_apostrophe(c) {
            raw.push(c);
            continue;
        }
        let found = if depth > 0 { &mut asides } else { &mut words };
        let word = Token::new(&std::mem::take(&mut raw));
        // *John/Jane* is two people, *N/A* is none.
        let is_joined =
            c == '&' || c == '/' && word.as_ref().is_some_and(|word| word.text.len() > 2);
        found.extend(word);
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if is_joined => found.extend(Token::new("and")),
            _ => {}
        }
    }
    (words, asides)
}

/// Whether nothing of a field shows.
pub(super) fn is_blank(field: &str) -> bool {
    field.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// Characters that show nothing and join or part nothing.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

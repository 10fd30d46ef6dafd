//! Words: where they are in a text, their plain form, their stems, and those that say nothing.

use std::borrow::Cow;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::char::is_combining_mark;

use super::MAX_WORD;
use crate::domain::account::Locale;
use crate::domain::fold;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where it is, in bytes.
    pub place: Range<usize>,
    /// Its plain form: lower case, no accents, letters and digits only.
    pub word: String,
}

/// The words of a text, in order. A single letter is none.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (start, _) = chars.by_ref().find(|(_, c)| c.is_alphanumeric())?;
            while chars.next_if(|(_, c)| is_inside(*c)).is_some() {}
            let end = chars.peek().map_or(text.len(), |(next, _)| *next);
            let word = plain(text.get(start..end).unwrap_or_default());
            if word.chars().nth(1).is_some() || word.chars().any(char::is_numeric) {
                return Some(Token { place: start..end, word });
            }
        }
    })
}

/// Whether a character goes on with a word: letters, digits, their accents, and what cannot be seen.
fn is_inside(c: char) -> bool {
    c.is_alphanumeric()
        || is_combining_mark(c)
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The plain form of one word.
fn plain(word: &str) -> String {
    if word.is_ascii() {
        return word.chars().take(MAX_WORD).map(|c| c.to_ascii_lowercase()).collect();
    }
    fold::plain(word).chars().filter(|c| c.is_alphanumeric()).take(MAX_WORD).collect()
}

/// The stem of a plain word: the same of its forms.
pub fn stem(locale: Locale, word: &str) -> String {
    match locale {
        Locale::English => Stemmer::create(Algorithm::English).stem(word).into_owned(),
        // The stemmer knows endings by their accents, which the plain form has lost.
        Locale::Spanish => {
            let accented = accented(word);
            let stem = Stemmer::create(Algorithm::Spanish).stem(&accented).into_owned();
            fold::plain(&stem)
        }
    }
}

/// A plain Spanish word with the accent of its ending.
fn accented(word: &str) -> Cow<'_, str> {
    for (plain, accented) in [
        ("cion", "ción"),
        ("sion", "sión"),
        ("logia", "logía"),
        ("logias", "logías"),
        ("eria", "ería"),
        ("erias", "erías"),
    ] {
        if let Some(rest) = word.strip_suffix(plain) {
            return Cow::Owned(format!("{rest}{accented}"));
        }
    }
    Cow::Borrowed(word)
}

/// English words that say nothing about a text, plain and in order.
const ENGLISH: &[&str] = &[
    "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "had", "has", "have", "how", "if", "in", "into",
    "is", "it", "its", "me", "my", "of", "on", "or", "our", "please", "should", "so", "that",
    "the", "their", "them", "then", "there", "these", "they", "this", "to", "us", "was", "we",
    "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
];
/// The same in Spanish.
const SPANISH: &[&str] = &[
    "al", "algo", "ante", "aqui", "asi", "como", "con", "cual", "cuando", "de", "del", "desde",
    "donde", "el", "ella", "ellas", "ellos", "en", "entre", "era", "eres", "es", "esa", "esas",
    "ese", "eso", "esos", "esta", "estas", "este", "esto", "estos", "fue", "ha", "hace", "hacer",
    "hago", "han", "hasta", "hay", "la", "las", "le", "les", "lo", "los", "mas", "me", "mi", "mis",
    "muy", "nos", "nuestra", "nuestro", "os", "para", "pero", "por", "porque", "puede", "puedo",
    "que", "quien", "se", "ser", "si", "sin", "sobre", "son", "soy", "su", "sus", "te", "tiene",
    "tu", "tus", "un", "una", "unas", "uno", "unos", "ya", "yo",
];

/// Whether a plain word says nothing about a text.
pub fn is_stop_word(locale: Locale, word: &str) -> bool {
    let list = match locale {
        Locale::English => ENGLISH,
        Locale::Spanish => SPANISH,
    };
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).map(|token| token.word).collect()
    }

    #[test]
    fn words_are_plain_and_know_their_place() {
        let text = "¿Cómo invito a la FAMILIA Peña-Ruiz?";
        let found: Vec<Token> = tokens(text).collect();
        let plain: Vec<&str> = found.iter().map(|token| token.word.as_str()).collect();
        assert_eq!(plain, ["como", "invito", "la", "familia", "pena", "ruiz"]);
        let written: Vec<&str> = found.iter().map(|token| &text[token.place.clone()]).collect();
        assert_eq!(written, ["Cómo", "invito", "la", "FAMILIA", "Peña", "Ruiz"]);
    }

    #[test]
    fn spelling_of_the_same_letters_makes_no_difference() {
        assert_eq!(words("Nguye\u{302}\u{303}n"), ["nguyen"]);
        assert_eq!(words("pass\u{200b}word pass\u{ad}word ＰＡＳＳＷＯＲＤ"), ["password"; 3]);
        assert_eq!(words("a b 7 U-000123"), ["7", "000123"]);
        assert_eq!(words("contrase\u{f1}a"), words("contrasen\u{303}a"));
        assert!(words("--- *** ´ ` 「」").is_empty());
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        let same = |locale, forms: &[&str]| {
            let stems: Vec<String> = forms.iter().map(|form| stem(locale, form)).collect();
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{forms:?}: {stems:?}");
        };
        same(Locale::English, &["invitation", "invitations", "invited", "inviting"]);
        same(Locale::English, &["password", "passwords"]);
        same(Locale::Spanish, &["invitacion", "invitaciones", "invitar"]);
        same(Locale::Spanish, &["contrasena", "contrasenas"]);
        same(Locale::Spanish, &["navegador", "navegadores"]);
    }

    #[test]
    fn the_lists_are_plain_and_in_order() {
        for list in [ENGLISH, SPANISH] {
            assert!(list.is_sorted() && list.iter().all(|word| fold::plain(word) == *word));
        }
    }
}

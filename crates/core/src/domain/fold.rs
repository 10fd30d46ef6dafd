//! How names are compared and found: without case, and for a search without accents.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Most terms that one text is indexed or searched by.
pub const MAX_TERMS: usize = 24;
/// Longest term kept, in characters.
pub const MAX_TERM: usize = 40;

/// Compatibility-composed and lower case: the form for equality.
pub fn caseless(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// Letters that are no other letter with a mark, as they are written where they are on no key.
const OTHERWISE: [(char, &str); 12] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ð', "d"),
    ('đ', "d"),
    ('þ', "th"),
    ('ł', "l"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ŋ', "n"),
    ('ŧ', "t"),
];

/// As [`caseless`], without accents, and with letters that not everybody can type written otherwise: the form
/// for finding.
pub fn plain(text: &str) -> String {
    let unmarked = text.nfkd().filter(|c| !is_combining_mark(*c));
    unmarked.flat_map(char::to_lowercase).flat_map(otherwise).nfkc().collect()
}

/// A letter as whoever has it on no key writes it.
fn otherwise(letter: char) -> impl Iterator<Item = char> {
    let known = OTHERWISE.iter().find(|(known, _)| *known == letter);
    let written = known.map_or("", |(_, written)| written);
    written.chars().chain(known.is_none().then_some(letter))
}

/// The words of a text in their plain form, each once, in order.
pub fn terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for word in plain(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let term: String = word.chars().take(MAX_TERM).collect();
        if terms.len() < MAX_TERMS && !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_hide_a_name() {
        assert_eq!(terms("Peña Álvarez — PEÑA's"), ["pena", "alvarez", "s"]);
        assert_eq!(plain("Nguyễn"), "nguyen");
        assert_eq!(
            plain("Sørensen Łukasz Þórsdóttir STRAẞE"),
            "sorensen lukasz thorsdottir strasse"
        );
    }

    #[test]
    fn equality_keeps_accents() {
        assert_ne!(caseless("Peña"), caseless("Pena"));
        assert_eq!(caseless("ＡＢＣ@example.org"), "abc@example.org");
    }
}

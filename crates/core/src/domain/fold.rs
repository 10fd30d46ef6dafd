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

/// As [`caseless`], without accents: the form for finding.
pub fn plain(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).nfkc().collect()
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
    }

    #[test]
    fn equality_keeps_accents() {
        assert_ne!(caseless("Peña"), caseless("Pena"));
        assert_eq!(caseless("ＡＢＣ@example.org"), "abc@example.org");
    }
}

//! Which words are names of people, and how usual they are as such: lists of given names and surnames of
//! many cultures, in Latin script (`data/names/`, with their sources).
//!
//! A word that is in a list may be a name; nothing follows from a word that is not.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// How many people bear a name; the most usual first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameRank {
    /// One of the 1 000 first given names, or 2 000 first surnames.
    Common,
    /// One of the 5 000 first given names, or 10 000 first surnames.
    Usual,
    /// Any other of the list.
    Rare,
}

/// The names of a list, in their folded form.
type Names = HashMap<&'static str, NameRank>;

static GIVEN_NAMES: LazyLock<Names> =
    LazyLock::new(|| read(include_str!("../../data/names/given.txt")));
static SURNAMES: LazyLock<Names> =
    LazyLock::new(|| read(include_str!("../../data/names/surnames.txt")));

/// How usual a word is as a given name; none if it is not in the list. Case, accents, spaces, hyphens and
/// apostrophes make no difference.
pub fn given_name_rank(word: &str) -> Option<NameRank> {
    GIVEN_NAMES.get(fold(word).as_ref()).copied()
}

/// How usual a word is as a surname; as [`given_name_rank`] otherwise.
pub fn surname_rank(word: &str) -> Option<NameRank> {
    SURNAMES.get(fold(word).as_ref()).copied()
}

/// The form that the lists are written in: letters and digits, lower case, without accents. Upper and lower
/// case come to the same also where a letter's case is not one letter.
pub(crate) fn fold(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(word);
    }
    let mut folded = String::with_capacity(word.len());
    let letters = word.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    for c in letters.filter(|c| c.is_alphanumeric() && !is_apostrophe(*c)) {
        match plain_letters(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    Cow::Owned(folded)
}

/// The apostrophe, and the letters that are written for it.
pub(crate) const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '‘' | '’' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ʾ' | 'ʿ')
}

/// The plain letters for one whose stroke or ligature is part of it, not an accent.
const fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŋ' => "n",
        'ə' => "e",
        _ => return None,
    })
}

/// Reads a list: comments, then headings and the names under each.
fn read(list: &'static str) -> Names {
    let mut names = Names::with_capacity(list.len() / 8);
    let mut rank = NameRank::Rare;
    for line in list.lines() {
        match line {
            "[common]" => rank = NameRank::Common,
            "[usual]" => rank = NameRank::Usual,
            "[rare]" => rank = NameRank::Rare,
            comment if comment.starts_with('#') => {}
            name => _ = names.insert(name, rank),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_cultures_are_known() {
        for name in [
            "Mary",
            "José",
            "Nguyệt",
            "Fadumo",
            "Widlyne",
            "Oleksandr",
            "Agnieszka",
            "Wei",
            "Priya",
            "Jin",
            "Ayşe",
            "Kwame",
            "Nhia",
            "Guadalupe",
            "Hiroshi",
            "João",
            "Élise",
            "Jürgen",
            "Giulia",
            "Eh",
            "Gurpreet",
            "Jean-Baptiste",
        ] {
            assert!(given_name_rank(name).is_some(), "{name}");
        }
        for name in [
            "Smith",
            "García",
            "Nguyễn",
            "Abdi",
            "Toussaint",
            "Kovalenko",
            "Wójcik",
            "Xiong",
            "Patel",
            "Kim",
            "Yılmaz",
            "Mensah",
            "O'Brien",
            "de la Cruz",
            "Tanaka",
            "Gonçalves",
            "Lefèvre",
            "Müller",
            "Rossi",
            "Đặng",
            "Dąbrowski",
            "Singh",
            "Ng",
        ] {
            assert!(surname_rank(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_usual_stand_before_the_rare() {
        assert_eq!(given_name_rank("JAMES"), Some(NameRank::Common));
        assert_eq!(surname_rank("smith"), Some(NameRank::Common));
        assert!(surname_rank("Attard") > surname_rank("Garcia"));
    }

    #[test]
    fn rooms_and_desks_are_no_names() {
        for word in ["desk", "office", "admin", "clinic", "dept", "helpdesk", ""] {
            assert_eq!(given_name_rank(word), None, "{word}");
            assert_eq!(surname_rank(word), None, "{word}");
        }
    }

    #[test]
    fn spelling_makes_no_difference() {
        for spelling in ["O'Brien", "o’brien", "OBRIEN", "O Brien", "Ｏ'Brien"] {
            assert_eq!(fold(spelling), "obrien");
        }
        assert_eq!(fold("Müller"), fold("Mu\u{308}ller"));
        assert_eq!(fold("Straße Łódź Đặng Ørsted İnönü"), "strasselodzdangorstedinonu");
    }

    #[test]
    fn every_line_of_a_list_is_a_folded_name_and_stands_once() {
        for (list, least) in [
            (include_str!("../../data/names/given.txt"), 15_000),
            (include_str!("../../data/names/surnames.txt"), 25_000),
        ] {
            let names: Vec<_> = list.lines().filter(|line| !line.starts_with(['#', '['])).collect();
            assert!(names.iter().all(|name| fold(name) == *name && name.len() > 1));
            assert!(read(list).len() == names.len() && names.len() > least);
        }
    }
}

//! The words of desks, rooms, functions and placeholders (`data/names/generic_words.txt`), what else may
//! stand in a name, and words of everyday language (`data/names/ordinary_words.txt`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_security::skeleton;

use super::NameReason;
use crate::policy::lexicon::fold;

/// What kind of thing a generic word is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Placeholder,
    Mailbox,
    Department,
    Occupation,
    Organisation,
    Company,
    Thing,
    /// Says nothing alone.
    Qualifier,
}

impl Kind {
    /// How it is told.
    pub(super) const fn reason(self) -> NameReason {
        match self {
            Self::Placeholder => NameReason::Placeholder,
            Self::Department => NameReason::Department,
            Self::Occupation => NameReason::Occupation,
            Self::Organisation => NameReason::Organisation,
            Self::Company => NameReason::CompanySuffix,
            Self::Mailbox | Self::Thing | Self::Qualifier => NameReason::GenericWord,
        }
    }
}

/// How many people bear a generic word as their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Borne {
    /// Nobody that is known.
    Never,
    /// As a surname: few. As a given name: as often as it is an ordinary word.
    Rarely,
    /// Many.
    Often,
}

/// A generic word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) kind: Kind,
    pub(super) surname: Borne,
    pub(super) given: Borne,
}

impl Word {
    /// One that nobody bears.
    pub(super) const fn plain(kind: Kind) -> Self {
        Self { kind, surname: Borne::Never, given: Borne::Never }
    }

    /// Whether it says what somebody or something is.
    pub(super) fn is_noun(self) -> bool {
        self.kind != Kind::Qualifier
    }
}

/// Longest word that is taken apart, in bytes.
const LONGEST_COMPOUND: usize = 64;

/// All of the data files.
#[derive(Debug, Default)]
pub(super) struct Words {
    generic: HashMap<String, Word>,
    /// By what a word looks like in lower and in upper case.
    lookalikes: HashMap<String, Word>,
    /// True for those that are given names of their own.
    titles: HashMap<String, bool>,
    particles: HashSet<String>,
    suffixes: HashSet<String>,
    couples: HashSet<String>,
    households: HashSet<String>,
    mailboxes: HashSet<String>,
    phrases: HashSet<String>,
    unclear: HashSet<String>,
    ordinary: HashSet<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let ordinary = include_str!("../../../data/names/ordinary_words.txt").lines();
    Words {
        ordinary: ordinary.filter(|line| !line.starts_with('#')).collect(),
        ..Words::read(include_str!("../../../data/names/generic_words.txt"))
    }
});

/// The words of the data files.
pub(super) fn words() -> &'static Words {
    &WORDS
}

impl Words {
    /// The generic word that a folded word is.
    pub(super) fn generic(&self, folded: &str) -> Option<Word> {
        self.generic.get(folded).copied()
    }

    /// The generic word that a folded word only looks like.
    pub(super) fn lookalike(&self, folded: &str) -> Option<Word> {
        let [lower, upper] = looks(folded);
        self.lookalikes.get(&lower).or_else(|| self.lookalikes.get(&upper)).copied()
    }

    /// Whether a folded word is a title, and if so whether it is a given name, too.
    pub(super) fn title(&self, folded: &str) -> Option<bool> {
        self.titles.get(folded).copied()
    }

    /// Whether it belongs to a name, or joins the words of a function.
    pub(super) fn is_particle(&self, folded: &str) -> bool {
        self.particles.contains(folded)
    }

    /// Whether it stands after a name and is no part of it.
    pub(super) fn is_suffix(&self, folded: &str) -> bool {
        self.suffixes.contains(folded)
    }

    /// Whether it joins the names of two people.
    pub(super) fn is_couple(&self, folded: &str) -> bool {
        self.couples.contains(folded)
    }

    /// Whether it says in an address that several people read it; also at the end of a longer word.
    pub(super) fn is_household(&self, folded: &str) -> bool {
        self.households.contains(folded)
            || self.households.iter().any(|word| word.len() > 5 && folded.ends_with(word.as_str()))
    }

    /// Whether it is a function's where it is all of an address.
    pub(super) fn is_mailbox(&self, folded: &str) -> bool {
        self.mailboxes.contains(folded)
    }

    /// Whether a whole name, folded and spaced, is nobody's.
    pub(super) fn is_nobody(&self, phrase: &str) -> bool {
        self.phrases.contains(phrase)
    }

    /// Whether a whole name, folded and spaced, may be somebody's or nobody's.
    pub(super) fn is_unclear(&self, phrase: &str) -> bool {
        self.unclear.contains(phrase)
    }

    /// Whether a folded word is one of everyday language, and no given name.
    pub(super) fn is_ordinary(&self, folded: &str) -> bool {
        self.ordinary.contains(folded)
    }

    /// The generic words that a folded word is made of; none if anything is left over.
    pub(super) fn compound(&self, folded: &str) -> Option<Vec<Word>> {
        if folded.len() > LONGEST_COMPOUND {
            return None;
        }
        // For every place that can be reached, the words that lead there.
        let mut reached: HashMap<usize, Vec<Word>> = HashMap::from([(0, Vec::new())]);
        let ends = || folded.char_indices().map(|(at, _)| at).skip(1).chain([folded.len()]);
        for from in folded.char_indices().map(|(at, _)| at) {
            let Some(path) = reached.get(&from).cloned() else { continue };
            for to in ends().filter(|to| *to > from) {
                let piece = folded.get(from..to).unwrap_or_default();
                if let Some(word) = self.generic(piece).filter(|word| is_part(piece, *word)) {
                    reached.entry(to).or_insert_with(|| [path.as_slice(), &[word]].concat());
                }
            }
        }
        reached.remove(&folded.len()).filter(|path| path.len() > 1)
    }

    /// Reads the data file: comments, headings, and under each its words or whole names.
    fn read(text: &str) -> Self {
        let mut words = Self::default();
        let mut heading = "";
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(name) => heading = name,
                None => words.add(heading, line),
            }
        }
        words
    }

    /// Adds a line under a heading.
    fn add(&mut self, heading: &str, line: &str) {
        let each = || line.split_whitespace().map(|word| fold(word).into_owned());
        let spaced = || each().collect::<Vec<_>>().join(" ");
        match heading {
            "title" => {
                let marked = line.split_whitespace();
                self.titles
                    .extend(marked.map(|word| (fold(word).into_owned(), word.ends_with('+'))));
            }
            "particle" => self.particles.extend(each()),
            "suffix" => self.suffixes.extend(each()),
            "couple" => self.couples.extend(each()),
            "household" => self.households.extend(each()),
            "address" => self.mailboxes.extend(each()),
            "phrase" => _ = self.phrases.insert(spaced()),
            "unclear" => _ = self.unclear.insert(spaced()),
            kind => {
                let Some(kind) = kind_of(kind) else { return };
                for marked in line.split_whitespace() {
                    let word = read_word(kind, marked);
                    let folded = fold(marked).into_owned();
                    self.lookalikes.extend(looks(&folded).map(|look| (look, word)));
                    self.generic.insert(folded, word);
                }
            }
        }
    }
}

/// Whether a generic word is long enough to be seen inside a longer one; scripts that write few letters
/// for a word, or several bytes for a letter, need two.
fn is_part(piece: &str, word: Word) -> bool {
    let least = if word.is_noun() { 4 } else { 3 };
    if piece.is_ascii() { piece.len() >= least } else { piece.chars().nth(1).is_some() }
}

/// What a folded word looks like in lower and in upper case.
fn looks(folded: &str) -> [String; 2] {
    let lower = skeleton(folded).collect();
    let upper = skeleton(&folded.to_uppercase()).collect();
    [lower, upper]
}

/// The kind that a heading stands for.
fn kind_of(heading: &str) -> Option<Kind> {
    Some(match heading {
        "placeholder" => Kind::Placeholder,
        "mailbox" => Kind::Mailbox,
        "department" => Kind::Department,
        "occupation" => Kind::Occupation,
        "organisation" => Kind::Organisation,
        "company" => Kind::Company,
        "thing" => Kind::Thing,
        "qualifier" => Kind::Qualifier,
        _ => return None,
    })
}

/// A word with its marks.
fn read_word(kind: Kind, marked: &str) -> Word {
    let mut word = Word::plain(kind);
    for mark in marked.chars() {
        match mark {
            '*' => word.surname = Borne::Often,
            '?' => word.surname = Borne::Rarely,
            '+' => word.given = Borne::Often,
            '~' => word.given = Borne::Rarely,
            _ => {}
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = include_str!("../../../data/names/generic_words.txt");

    #[test]
    fn every_heading_is_known_and_every_word_stands_once() {
        let rest =
            ["title", "particle", "suffix", "couple", "household", "address", "phrase", "unclear"];
        let (mut heading, mut seen) = ("", HashSet::new());
        for line in DATA.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[') {
                heading = name.trim_end_matches(']');
                assert!(kind_of(heading).is_some() || rest.contains(&heading), "{heading}");
            } else if kind_of(heading).is_some() {
                for word in line.split_whitespace() {
                    assert!(seen.insert(fold(word).into_owned()), "{word} stands twice");
                }
            }
        }
        assert!(seen.len() > 1_000);
    }

    #[test]
    fn marks_say_who_bears_a_word() {
        let guest = words().generic("guest").unwrap();
        assert_eq!((guest.kind, guest.surname), (Kind::Occupation, Borne::Often));
        assert_eq!(words().generic("desk"), Some(Word::plain(Kind::Department)));
        assert_eq!(words().generic("hope").unwrap().given, Borne::Often);
        assert_eq!((words().title("dean"), words().title("mrs")), (Some(true), Some(false)));
    }

    #[test]
    fn compounds_come_apart_whole_or_not_at_all() {
        assert_eq!(words().compound("frontdesk2"), None);
        assert_eq!(words().compound("campnurse").unwrap().len(), 2);
        assert_eq!(words().compound("测试用户").unwrap().len(), 2);
        assert_eq!(words().compound("campbell"), None);
        assert_eq!(words().compound(&"desk".repeat(1_000)), None);
    }

    #[test]
    fn look_alikes_are_seen_through_in_either_case() {
        // A Cyrillic letter each: the first of all, and one that looks like H only as a capital.
        assert!(words().lookalike("\u{430}dmin").is_some());
        assert!(words().lookalike("\u{43d}elp").is_some());
        assert!(words().lookalike("anna").is_none());
    }
}

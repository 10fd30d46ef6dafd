//! What is known of a word: how often it is written, whether it is a name, and what it tells of its
//! neighbours. From `data/pii/` and the lists of names.

use std::collections::{HashMap, HashSet};
use std::ops::BitOr;

use crate::policy::lexicon::{NameRank, given_name_rank, surname_rank};

/// Kinds of words, as a set; one bit for each heading of `cues.txt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds(u64);

impl Kinds {
    /// Whether one of the other set's kinds is in this.
    pub(super) const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Both sets together.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

/// Declares the kinds with their headings.
macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $heading:literal at $bit:literal),+ $(,)?) => {
        impl Kinds {
            $($(#[$meta])* pub(super) const $name: Self = Self(1 << $bit);)+

            /// The kind of a heading in `cues.txt`.
            fn headed(heading: &str) -> Option<Self> {
                match heading {
                    $($heading => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    RELATION = "relation" at 0,
    ROLE = "role" at 1,
    HONORIFIC = "honorific" at 2,
    NAMING = "naming" at 3,
    INTRO = "intro" at 4,
    GREETING = "greeting" at 5,
    CLOSING = "closing" at 6,
    FIELD = "field" at 7,
    PERSON_VERB = "person_verb" at 8,
    PERSON_STATE = "person_state" at 9,
    TOWARDS = "towards" at 10,
    BEFORE_TIME = "before_time" at 11,
    ORG_AFTER = "org_after" at 12,
    ORG_BEFORE = "org_before" at 13,
    ORG_STRONG = "org_strong" at 14,
    AT_PLACE = "at_place" at 15,
    MONTH = "month" at 16,
    SHORT_MONTH = "short_month" at 17,
    WEEKDAY = "weekday" at 18,
    NUMBER_WORD = "number_word" at 19,
    BIRTH = "birth" at 20,
    EVENT = "event" at 21,
    SEX_FIELD = "sex_field" at 22,
    SEX = "sex" at 23,
    SEX_LETTER = "sex_letter" at 24,
    CHILD_SEX = "child_sex" at 25,
    CHOICES = "choices" at 26,
    PUT_AS = "put_as" at 27,
    PHONE = "phone" at 28,
    CARD = "card" at 29,
    SSN = "ssn" at 30,
    MEDICAL = "medical" at 31,
    ADDRESS = "address_cue" at 32,
    ZIP = "zip_cue" at 33,
    ID = "id_cue" at 34,
    PRODUCT = "product" at 35,
    PLACE = "place" at 36,
    STOP = "stop" at 37,
    VERBISH = "verbish" at 38,
    POSSESSIVE = "possessive" at 39,
    PERSON_ONLY = "person_only" at 40,
    DESK = "desk" at 41,
    GENERIC = "generic" at 42,
    THINGS_DO = "things_do" at 43,
    THING = "thing" at 44,
    OF_PLACE = "of_place" at 45,
    ADJUNCT = "adjunct" at 46,
    UNIT = "unit" at 47,
}

/// How often a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Band {
    /// Among the first 2 000.
    Common,
    /// Among the first 8 000.
    Usual,
    /// Among the first 25 000.
    Rare,
}

/// What is known of a word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// As a given name.
    pub(super) given: Option<NameRank>,
    /// As a surname.
    pub(super) surname: Option<NameRank>,
    /// As an English word.
    pub(super) english: Option<Band>,
    /// As a Spanish word.
    pub(super) spanish: Option<Band>,
    /// What it tells.
    pub(super) kinds: Kinds,
}

impl Facts {
    /// How often it is written, in the language where that is more.
    pub(super) fn word(&self) -> Option<Band> {
        match (self.english, self.spanish) {
            (Some(english), Some(spanish)) => Some(english.min(spanish)),
            (english, spanish) => english.or(spanish),
        }
    }
}

/// Every word that something is known of, and the phrases.
#[derive(Debug)]
pub(super) struct Words {
    single: HashMap<&'static str, Facts>,
    /// The phrases with what they tell, by their last word.
    phrases: HashMap<&'static str, Vec<(&'static str, Kinds)>>,
    /// Well-known names that stay, by their words.
    kept: HashSet<&'static str>,
    /// The words that such names begin with.
    kept_heads: HashSet<&'static str>,
}

impl Words {
    /// Reads the lists.
    pub(super) fn new() -> Self {
        let mut words = Self {
            single: HashMap::with_capacity(60_000),
            phrases: HashMap::new(),
            kept: kept().collect(),
            kept_heads: kept().filter_map(|name| name.split(' ').next()).collect(),
        };
        for (band, word) in bands(include_str!("../../../data/pii/english.txt")) {
            words.single.entry(word).or_default().english = Some(band);
        }
        for (band, word) in bands(include_str!("../../../data/pii/spanish.txt")) {
            words.single.entry(word).or_default().spanish = Some(band);
        }
        words.read_cues(include_str!("../../../data/pii/cues.txt"));
        words
    }

    fn read_cues(&mut self, list: &'static str) {
        let mut kind = Kinds::default();
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                kind = Kinds::headed(heading).unwrap_or_default();
                continue;
            }
            for word in line.split_whitespace() {
                if let Some((_, last)) = word.rsplit_once('_') {
                    self.phrases.entry(last).or_default().push((word, kind));
                } else {
                    let facts = self.single.entry(word).or_default();
                    facts.kinds = facts.kinds | kind;
                }
            }
        }
    }

    /// What is known of a folded word.
    pub(super) fn facts(&self, word: &str) -> Facts {
        let mut facts = self.single.get(word).copied().unwrap_or_default();
        facts.given = given_name_rank(word);
        facts.surname = surname_rank(word);
        facts
    }

    /// Whether a name that everybody knows begins with a word.
    pub(super) fn keeps_head(&self, word: &str) -> bool {
        self.kept_heads.contains(word)
    }

    /// Whether some words are a name that everybody knows.
    pub(super) fn keeps(&self, words: &str) -> bool {
        self.kept.contains(words)
    }

    /// What the phrases tell that end with the last of some words.
    pub(super) fn phrases<'w>(
        &self,
        words: &(impl DoubleEndedIterator<Item = &'w str> + Clone),
    ) -> Kinds {
        let phrases = words.clone().next_back().and_then(|last| self.phrases.get(last));
        let mut kinds = Kinds::default();
        for (phrase, told) in phrases.into_iter().flatten() {
            let mut before = words.clone().rev();
            if phrase.rsplit('_').all(|word| before.next() == Some(word)) {
                kinds = kinds | *told;
            }
        }
        kinds
    }
}

/// The names that everybody knows.
fn kept() -> impl Iterator<Item = &'static str> {
    include_str!("../../../data/pii/kept.txt").lines().filter(|line| !line.starts_with('#'))
}

/// The words of a list with headings for how often they are written.
fn bands(list: &'static str) -> impl Iterator<Item = (Band, &'static str)> {
    let mut band = Band::Common;
    list.lines().filter(|line| !line.starts_with('#')).filter_map(move |line| {
        match line {
            "[common]" => band = Band::Common,
            "[usual]" => band = Band::Usual,
            "[rare]" => band = Band::Rare,
            word => return Some((band, word)),
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_of_the_cues_is_known() {
        let list = include_str!("../../../data/pii/cues.txt");
        let headings = list.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
        let unknown: Vec<_> = headings.filter(|heading| Kinds::headed(heading).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn every_word_of_a_list_is_folded() {
        let lists = [
            include_str!("../../../data/pii/english.txt"),
            include_str!("../../../data/pii/spanish.txt"),
        ];
        for (_, word) in lists.into_iter().flat_map(bands) {
            assert_eq!(crate::policy::lexicon::fold(word), word);
        }
        let cues = include_str!("../../../data/pii/cues.txt").lines();
        for word in
            cues.filter(|line| !line.starts_with(['#', '['])).flat_map(str::split_whitespace)
        {
            assert_eq!(crate::policy::lexicon::fold(word), word.replace('_', ""), "{word}");
        }
    }

    #[test]
    fn phrases_are_found_by_their_end() {
        let words = Words::new();
        assert!(words.phrases(&["my", "name", "is"].into_iter()).any(Kinds::NAMING));
        assert!(!words.phrases(&["my", "dog", "is"].into_iter()).any(Kinds::NAMING));
        assert!(words.facts("dob").kinds.any(Kinds::BIRTH));
    }
}

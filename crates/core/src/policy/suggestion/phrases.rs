//! The phrases that the suggestions are learnt from: read, checked, and in a fixed order.

use std::collections::BTreeMap;

use super::features;

/// What stands in the place of a request type over phrases that ask for nothing: greetings, thanks, weather.
/// They are learnt too, so that they speak for no type.
pub(super) const NOTHING: &str = "nothing";

/// A file of phrases for each voice, embedded.
const BUILT_IN: [(&str, &str); 12] = [
    ("callers", include_str!("../../../../../policy/phrases/callers.toml")),
    ("chatter", include_str!("../../../../../policy/phrases/chatter.toml")),
    ("chats", include_str!("../../../../../policy/phrases/chats.toml")),
    ("familias", include_str!("../../../../../policy/phrases/familias.toml")),
    ("families", include_str!("../../../../../policy/phrases/families.toml")),
    ("letters", include_str!("../../../../../policy/phrases/letters.toml")),
    ("mensajes", include_str!("../../../../../policy/phrases/mensajes.toml")),
    ("neighbours", include_str!("../../../../../policy/phrases/neighbours.toml")),
    ("oficinas", include_str!("../../../../../policy/phrases/oficinas.toml")),
    ("offices", include_str!("../../../../../policy/phrases/offices.toml")),
    ("requests", include_str!("../../../../../policy/phrases/requests.toml")),
    ("subjects", include_str!("../../../../../policy/phrases/subjects.toml")),
];

/// What is wrong with phrases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhraseFault {
    /// A file is no list of phrases.
    #[error("the phrases of {voice} cannot be read: {reason}")]
    Unreadable {
        /// The voice that the file is of.
        voice: String,
        /// What the reader said, with the line.
        reason: String,
    },
    /// A phrase has no word that could be learnt.
    #[error("{voice} has an empty phrase under {request_type}")]
    Empty {
        /// The voice that the phrase is of.
        voice: String,
        /// The type that it stands under.
        request_type: String,
    },
    /// The same words stand twice, whatever their case and signs.
    #[error("\"{text}\" stands under {first} and again under {second}")]
    Repeated {
        /// The phrase that comes second.
        text: String,
        /// The type that has them first.
        first: String,
        /// The type that has them again, maybe the same one.
        second: String,
    },
}

/// Something that somebody says who wants something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    /// Who speaks: the file's name.
    pub(super) voice: String,
    /// What they want.
    pub(super) request_type: String,
    /// How they say it.
    pub(super) text: String,
    /// Its words in their plain form.
    pub(super) words: Vec<String>,
}

/// Phrases without a fault.
#[derive(Debug, Clone, Default)]
pub struct PhraseBook {
    phrases: Vec<Phrase>,
    /// The type of every phrase, by its words.
    types: BTreeMap<Vec<String>, String>,
}

impl PhraseBook {
    /// The phrases of `policy/phrases`, which are part of the program.
    ///
    /// # Errors
    /// The first fault that they have; a test would show it before.
    pub fn built_in() -> Result<Self, PhraseFault> {
        Self::read(&BUILT_IN)
    }

    /// Reads files of phrases, each with the name of its voice: TOML with a list for each request type.
    ///
    /// # Errors
    /// The first fault that they have.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, PhraseFault> {
        let mut book = Self::default();
        for (voice, file) in files {
            let lists: BTreeMap<String, Vec<String>> = toml::from_str(file).map_err(|error| {
                PhraseFault::Unreadable { voice: (*voice).to_owned(), reason: error.to_string() }
            })?;
            for (request_type, list) in lists {
                for text in list {
                    let (voice, request_type) = ((*voice).to_owned(), request_type.clone());
                    let words = features::words(&text);
                    book.add(Phrase { voice, request_type, text, words })?;
                }
            }
        }
        Ok(book)
    }

    /// Adds a phrase that says something, and something new.
    fn add(&mut self, phrase: Phrase) -> Result<(), PhraseFault> {
        let Phrase { voice, request_type, text, words } = &phrase;
        if words.is_empty() {
            return Err(PhraseFault::Empty {
                voice: voice.clone(),
                request_type: request_type.clone(),
            });
        }
        if let Some(first) = self.types.insert(words.clone(), request_type.clone()) {
            let (text, second) = (text.clone(), request_type.clone());
            return Err(PhraseFault::Repeated { text, first, second });
        }
        self.phrases.push(phrase);
        Ok(())
    }

    /// Every request type that has a phrase, in alphabetical order.
    pub fn request_types(&self) -> Vec<&str> {
        let types = self.phrases.iter().map(|phrase| phrase.request_type.as_str());
        let mut types: Vec<&str> = types.filter(|request_type| *request_type != NOTHING).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Whether a phrase has the words of a text, whatever their case and signs.
    pub fn contains(&self, text: &str) -> bool {
        self.types.contains_key(&features::words(text))
    }

    /// Every phrase, in the order of files, types and lists.
    pub(super) fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// Some of the phrases only.
    #[cfg(test)]
    pub(super) fn only(&self, keeps: impl Fn(&Phrase) -> bool) -> Self {
        let mut only = Self::default();
        for phrase in self.phrases.iter().filter(|phrase| keeps(phrase)) {
            only.add(phrase.clone()).unwrap();
        }
        only
    }
}

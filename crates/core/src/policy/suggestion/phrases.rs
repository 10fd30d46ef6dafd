//! The phrases that the suggestions are learnt from: read, checked, and in a fixed order.

use std::collections::BTreeMap;

use super::features;

/// What stands in the place of a request type over phrases that ask for nothing: greetings, thanks, weather.
/// They are learnt too, so that they speak for no type.
pub(super) const NOTHING: &str = "nothing";

/// A file of phrases for each voice, embedded.
const BUILT_IN: [(&str, &str); 9] = [
    ("callers", include_str!("../../../../../policy/phrases/callers.toml")),
    ("chatter", include_str!("../../../../../policy/phrases/chatter.toml")),
    ("chats", include_str!("../../../../../policy/phrases/chats.toml")),
    ("familias", include_str!("../../../../../policy/phrases/familias.toml")),
    ("families", include_str!("../../../../../policy/phrases/families.toml")),
    ("letters", include_str!("../../../../../policy/phrases/letters.toml")),
    ("oficinas", include_str!("../../../../../policy/phrases/oficinas.toml")),
    ("offices", include_str!("../../../../../policy/phrases/offices.toml")),
    ("requests", include_str!("../../../../../policy/phrases/requests.toml")),
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
    #[error("\"{words}\" stands under {first} and again under {second}")]
    Repeated {
        /// The words.
        words: String,
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
    pub(super) words: String,
}

/// Phrases without a fault.
#[derive(Debug, Clone)]
pub struct PhraseBook {
    phrases: Vec<Phrase>,
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
        let mut phrases = Vec::new();
        for (voice, file) in files {
            let lists: BTreeMap<String, Vec<String>> = toml::from_str(file).map_err(|error| {
                PhraseFault::Unreadable { voice: (*voice).to_owned(), reason: error.to_string() }
            })?;
            for (request_type, list) in lists {
                phrases.extend(list.into_iter().map(|words| Phrase {
                    voice: (*voice).to_owned(),
                    request_type: request_type.clone(),
                    words,
                }));
            }
        }
        match fault(&phrases) {
            Some(fault) => Err(fault),
            None => Ok(Self { phrases }),
        }
    }

    /// Every request type that has a phrase, in alphabetical order.
    pub fn request_types(&self) -> Vec<&str> {
        let types = self.phrases.iter().map(|phrase| phrase.request_type.as_str());
        let mut types: Vec<&str> = types.filter(|request_type| *request_type != NOTHING).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Every phrase, in the order of files, types and lists.
    pub(super) fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// The phrases of some voices only.
    #[cfg(test)]
    pub(super) fn only(&self, keeps: impl Fn(&Phrase) -> bool) -> Self {
        Self { phrases: self.phrases.iter().filter(|phrase| keeps(phrase)).cloned().collect() }
    }
}

/// The first fault of phrases.
fn fault(phrases: &[Phrase]) -> Option<PhraseFault> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    phrases.iter().find_map(|Phrase { voice, request_type, words }| {
        let plain = features::words(words).join(" ");
        if plain.is_empty() {
            return Some(PhraseFault::Empty {
                voice: voice.clone(),
                request_type: request_type.clone(),
            });
        }
        let first = seen.insert(plain, request_type)?;
        Some(PhraseFault::Repeated {
            words: words.clone(),
            first: first.to_owned(),
            second: request_type.clone(),
        })
    })
}

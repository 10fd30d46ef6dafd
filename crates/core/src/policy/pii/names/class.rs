//! How much a word looks like a name, by the lists and by how it is written.

use super::super::text::{Form, Shape, Token};
use super::super::words::{Band, Kinds};
use crate::policy::lexicon::NameRank;

/// What a word can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A given name, and no other word.
    Given,
    /// A rare given name, and no other word.
    RareGiven,
    /// A given name, and another word: "Grace", "Will", "Rosa".
    Ambiguous,
    /// A surname, and no other word.
    Surname,
    /// In no list.
    Unknown,
    /// A word like others.
    Word,
    /// Nothing of a name: a number, a little word, a product.
    Never,
}

/// The class of a word.
pub(super) fn class(token: &Token<'_>) -> Class {
    if token.form != Form::Word
        || token.is(Kinds::PRODUCT | Kinds::SEX | Kinds::CHILD_SEX)
        || token.letter()
    {
        return Class::Never;
    }
    let usual = matches!(token.facts.given, Some(NameRank::Common | NameRank::Usual));
    if token.is(Kinds::STOP) && !(token.is(Kinds::VERBISH) && usual) {
        return Class::Never;
    }
    if token.is(Kinds::WEEKDAY)
        || token.is(Kinds::MONTH | Kinds::SHORT_MONTH) && !(usual && token.is(Kinds::VERBISH))
    {
        return Class::Never;
    }
    if !token.raw.is_ascii()
        && token.raw.chars().all(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase())
    {
        return Class::Unknown;
    }
    if token.shape == Shape::Upper && !token.shouted && token.folded.len() <= 3 && !usual {
        return Class::Never;
    }
    let word = token.facts.word();
    let short = token.folded.len() <= 2;
    let other = token.is(Kinds::MONTH | Kinds::PLACE | Kinds::VERBISH);
    match (token.facts.given, word) {
        (Some(NameRank::Common | NameRank::Usual), _) if other => Class::Ambiguous,
        (Some(NameRank::Common), Some(Band::Rare))
            if token.capital() && !token.is(Kinds::VERBISH) =>
        {
            Class::Given
        }
        (Some(NameRank::Common | NameRank::Usual), Some(_)) => Class::Ambiguous,
        (Some(NameRank::Common | NameRank::Usual), None) if token.is(Kinds::PLACE) || short => {
            Class::Ambiguous
        }
        (Some(NameRank::Common | NameRank::Usual), None) => Class::Given,
        (_, Some(_)) => Class::Word,
        (_, None) if token.is(Kinds::PLACE) => Class::Word,
        (Some(NameRank::Rare), None) if short => Class::Unknown,
        (Some(NameRank::Rare), None) => Class::RareGiven,
        (None, None) if (token.facts.surname.is_some() || is_seldom(token)) => Class::Surname,
        (None, None) if is_plain_word(token) => Class::Word,
        (None, None) => Class::Unknown,
    }
}

/// A word that only a kind of cue knows: "waitlist", "lvl".
fn is_plain_word(token: &Token<'_>) -> bool {
    token.facts.kinds != Kinds::default()
        || token.folded.len() < 2
        || token.shape == Shape::Odd && is_camel(token.raw)
}

/// `CampHub`: a capital after a small letter, as in products and not as in `McCoy`.
fn is_camel(raw: &str) -> bool {
    let name = ["Mc", "Mac", "De", "Di", "Le", "La", "Van", "O'", "D'", "Fitz", "Du", "St"];
    let starts = name.iter().any(|start| raw.starts_with(start));
    let inner =
        raw.chars().zip(raw.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    !starts && (inner || raw.chars().next().is_some_and(char::is_lowercase))
}

/// A word that is seldom written and tells nothing of its neighbours.
fn is_seldom(token: &Token<'_>) -> bool {
    token.facts.word() > Some(Band::Common) && token.facts.kinds == Kinds::default()
}

/// Whether a word can stand in a name behind a part that is sure.
pub(super) fn can_follow(token: &Token<'_>, next: Option<&Token<'_>>, after_capital: bool) -> bool {
    if token.form != Form::Word {
        return false;
    }
    let class = class(token);
    if token.capital() {
        return match class {
            Class::Never => false,
            Class::Word => {
                (token.facts.surname.is_some() || is_seldom(token))
                    && !token
                        .is(Kinds::ROLE | Kinds::RELATION | Kinds::ORG_STRONG | Kinds::HONORIFIC)
            }
            _ => true,
        };
    }
    match class {
        Class::Given | Class::Surname | Class::RareGiven => true,
        Class::Unknown => !after_capital && token.folded.len() >= 4,
        Class::Ambiguous | Class::Word => {
            let surname = matches!(token.facts.surname, Some(NameRank::Common));
            let ends =
                next.is_none_or(|next| next.is(Kinds::PERSON_VERB) || next.form != Form::Word);
            surname
                && ends
                && !token.is(Kinds::VERBISH
                    | Kinds::ROLE
                    | Kinds::RELATION
                    | Kinds::EVENT
                    | Kinds::ORG_STRONG
                    | Kinds::PERSON_VERB)
                && token.facts.word() != Some(Band::Common)
        }
        Class::Never => false,
    }
}

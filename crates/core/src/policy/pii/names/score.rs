//! How sure a word is a name, by its class, how it is written, and what stands around it. The scores were
//! tuned on `tests/data/pii_messages.txt`.

use super::super::finding::Cue;
use super::super::text::{Form, Shape, Text, Token};
use super::super::words::{Band, Kinds};
use super::class::{Class, class};
use super::cue::{After, Before, Strength};
use super::extent::Extent;
use crate::policy::lexicon::NameRank;

/// A word that may begin a name, with all that is known of it.
pub(super) struct Candidate<'c, 't> {
    pub(super) text: &'c Text<'t>,
    pub(super) at: usize,
    pub(super) token: &'c Token<'t>,
    pub(super) class: Class,
    pub(super) before: Before,
    pub(super) extent: Extent,
    pub(super) after: After,
}

/// A word with a capital, where capitals tell.
pub(super) fn capital(of: &Candidate<'_, '_>) -> Option<u16> {
    let strength = of.before.strength;
    match of.class {
        Class::Given => Some(match strength {
            Strength::None => 650,
            Strength::Weak => 700,
            Strength::Near => 800,
            Strength::Sure => 900,
        }),
        Class::Never => None,
        _ if strength == Strength::Sure => sure_score(of.token, of.class),
        Class::Ambiguous => ambiguous_score(of),
        Class::Word => word_score(of),
        Class::RareGiven | Class::Surname => Some(listed_score(of)),
        Class::Unknown => Some(unknown_score(of)),
    }
}

/// A word like others: behind "my son", or a rare name that does something.
fn word_score(of: &Candidate<'_, '_>) -> Option<u16> {
    let Candidate { text, at, token, after, .. } = of;
    if of.before.strength == Strength::Near {
        let fits = of.before.owned
            && !token.first
            && !token.is(Kinds::ORG_AFTER | Kinds::ROLE | Kinds::RELATION)
            && text.back(*at, 1).is_some_and(|before| before.form == Form::Word);
        let named = token.facts.surname.is_some() || token.facts.given.is_some();
        return (fits && (named || after.acts || after.ends)).then_some(560);
    }
    let rare = token.facts.given.is_some() && token.facts.word() == Some(Band::Rare);
    let acts = after.person || after.owns;
    (rare && acts && !token.is(Kinds::ORG_AFTER | Kinds::ROLE)).then_some(520)
}

/// A rare given name, or a surname.
fn listed_score(of: &Candidate<'_, '_>) -> u16 {
    let Candidate { token, after, .. } = of;
    match of.before.strength {
        Strength::Near => 750,
        _ if is_paired(of.text, of.extent.last) => 560,
        _ if after.be && of.class == Class::RareGiven && token.shape == Shape::Title => 520,
        Strength::Weak if !token.first => 560,
        _ if of.extent.parts > 1 => 620,
        _ if after.person || after.owns => 560,
        _ if !token.first => 450,
        _ => 350,
    }
}

/// A word of no list.
fn unknown_score(of: &Candidate<'_, '_>) -> u16 {
    let several = of.extent.parts > 1;
    let asked = of.text.back(of.at, 1).is_some_and(|before| {
        before.says(&["tell", "ask", "contact", "meet", "invite", "told", "asked", "con"])
    });
    match of.before.strength {
        Strength::Near => 700,
        _ if several && !of.token.first => 480,
        Strength::Weak if asked => 520,
        _ if of.after.person && !several => 500,
        _ if several => 450,
        Strength::Weak => 430,
        _ => 300,
    }
}

/// Behind a cue that a name follows.
fn sure_score(token: &Token<'_>, class: Class) -> Option<u16> {
    match class {
        Class::Word if token.is(Kinds::ROLE | Kinds::RELATION | Kinds::FIELD) => None,
        Class::Word => Some(600),
        _ => Some(850),
    }
}

/// "Will", "May", "Grace" with a capital: a name if what stands around it says so.
fn ambiguous_score(of: &Candidate<'_, '_>) -> Option<u16> {
    let Candidate { text, at, token, extent, after, .. } = of;
    let (at, strength) = (*at, of.before.strength);
    let next = text.get(extent.last + 1);
    if token.is(Kinds::MONTH) && is_month(text, at, extent, *after) {
        return None;
    }
    if extent.parts > 1 {
        return Some(if strength >= Strength::Near { 800 } else { 680 });
    }
    let headed =
        strength == Strength::None && !token.first && text.back(at, 1).is_some_and(is_noun_before);
    let paired = next.is_some_and(|t| t.sign('&') || t.says(&["and", "y"]))
        && text
            .get(extent.last + 2)
            .is_some_and(|t| t.capital() && t.facts.given.is_some() && !t.is(Kinds::MONTH));
    let heading = next.is_some_and(|next| {
        next.form == Form::Word && next.capital() && !next.is(Kinds::PERSON_VERB)
    });
    match strength {
        Strength::Sure => return Some(850),
        Strength::Near => return if heading { Some(450) } else { Some(750) },
        Strength::Weak if !heading && !token.is(Kinds::MONTH) => return Some(600),
        _ => {}
    }
    if heading {
        return Some(300);
    }
    let thing_before = token.is(Kinds::THING)
        && text.back(at, 1).is_some_and(|word| word.capital() && !word.first);
    if (headed || thing_before) && extent.parts == 1 {
        return Some(300);
    }
    if token.is(Kinds::THING) && (token.first || !after.person) {
        return Some(if paired { 560 } else { 300 });
    }
    if token.first {
        let verb = token.is(Kinds::VERBISH);
        let owns = after.owns && !token.is(Kinds::MONTH);
        let be = after.be && !token.is(Kinds::MONTH);
        return if after.person || be || owns || paired || after.acts && !verb {
            Some(600)
        } else {
            Some(250)
        };
    }
    let month = token.is(Kinds::MONTH) && !after.person;
    Some(if month { 250 } else { 560 })
}

/// "Łukasz / Agnieszka": another capital of the lists behind "and" or a sign.
fn is_paired(text: &Text<'_>, last: usize) -> bool {
    let joins = text.get(last + 1).is_some_and(|t| t.signs(&['&', '/']) || t.says(&["and", "y"]));
    joins
        && text
            .get(last + 2)
            .is_some_and(|t| t.capital() && matches!(class(t), Class::Given | Class::RareGiven))
}

/// "Scavenger Hunter": a noun with a capital that is no beginning of a sentence's talk.
fn is_noun_before(token: &Token<'_>) -> bool {
    token.capital()
        && class(token) == Class::Word
        && !token.is(Kinds::TOWARDS
            | Kinds::PERSON_VERB
            | Kinds::INTRO
            | Kinds::NAMING
            | Kinds::RELATION
            | Kinds::ROLE)
        && token.facts.word() > Some(Band::Common)
}

/// Whether a month's name is the month.
fn is_month(text: &Text<'_>, at: usize, extent: &Extent, after: After) -> bool {
    let next = text.get(at + 1);
    let before = text.back(at, 1);
    let number = |token: Option<&Token<'_>>| {
        token.is_some_and(|t| {
            matches!(t.form, Form::Number | Form::Mixed)
                || t.is(Kinds::NUMBER_WORD | Kinds::MONTH | Kinds::SHORT_MONTH)
        })
    };
    let timed = before.is_some_and(|t| t.is(Kinds::BEFORE_TIME) || t.form == Form::Number);
    let list = next.is_some_and(|t| t.signs(&['/', '-']))
        || next.is_some_and(|t| t.says(&["and", "or", "to", "through"]))
            && text.get(at + 2).is_some_and(|t| t.is(Kinds::MONTH));
    extent.parts == 1 && !after.person && (number(next) || timed || number(before) || list)
}

/// Whether the last part is a surname and no other word.
fn surname_follows(text: &Text<'_>, extent: &Extent) -> bool {
    text.get(extent.last).is_some_and(|token| {
        class(token) == Class::Surname && token.facts.surname != Some(NameRank::Rare)
    })
}

/// A word where capitals tell nothing.
pub(super) fn lower(of: &Candidate<'_, '_>) -> Option<u16> {
    let Candidate { text, token, before, extent, after, .. } = of;
    let several = extent.parts > 1;
    let ends = after.ends || after.acts;
    let verbish = token.is(Kinds::VERBISH);
    let score = match (of.class, before.strength) {
        (Class::Given, strength) => 600 + 100 * u16::from(strength >= Strength::Near),
        (Class::RareGiven | Class::Surname, Strength::Near | Strength::Sure)
        | (Class::Unknown | Class::Ambiguous, Strength::Sure) => 650,
        (Class::RareGiven, _) if several => 560,
        (Class::RareGiven | Class::Surname, Strength::Weak) if ends => 450,
        (Class::RareGiven | Class::Surname, _) if after.owns => 560,
        (Class::Unknown, Strength::Near) if ends || several => 560,
        (Class::Ambiguous, Strength::Near) => {
            let stops = token.is(Kinds::STOP) || verbish;
            if several
                || after.person
                || after.ends && before.cue != Some(Cue::Relation)
                || !stops && ends
            {
                600
            } else {
                300
            }
        }
        (Class::Ambiguous, _) if several && surname_follows(text, extent) => 600,
        (Class::Ambiguous, Strength::None)
            if token.first && after.strict && !token.is(Kinds::THING | Kinds::STOP) =>
        {
            560
        }
        (Class::Ambiguous, _) if several && !verbish && !token.is(Kinds::STOP) => 560,
        _ => return None,
    };
    Some(score)
}

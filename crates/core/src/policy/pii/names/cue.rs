//! What stands around a name and says that it is one.

use super::super::finding::Cue;
use super::super::text::{Form, Shape, Text, Token};
use super::super::words::Kinds;

/// How strongly the words before speak for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// Not at all.
    None,
    /// Somebody or something follows: "for", "ask".
    Weak,
    /// A person is near: "my son", "Hi".
    Near,
    /// A name follows: "her name is", "Mrs.".
    Sure,
}

/// What speaks before a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub(super) strength: Strength,
    pub(super) cue: Option<Cue>,
    /// Whether a person's word stands right there, with whose it is: "my son".
    pub(super) owned: bool,
}

const NOTHING: Before = Before { strength: Strength::None, cue: None, owned: false };

/// What the words before a piece say.
pub(super) fn before(text: &Text<'_>, at: usize) -> Before {
    let mut by = 1;
    let mut colon = false;
    let mut comma = false;
    while let Some(token) = text.back(at, by).filter(|_| by <= 6) {
        if token.signs(&['"', '(', '-', '*', '[', '\'', '\u{2014}', '#', '>', '/'])
            || token.sign('.') && is_title(text, at, by + 1)
        {
            by += 1;
        } else if token.sign(':') || token.sign('=') {
            colon = true;
            by += 1;
        } else if token.sign(',') {
            comma = true;
            by += 1;
        } else if is_filler(text, at, by) {
            by += 1;
        } else {
            break;
        }
    }
    let Some(token) = text.back(at, by) else { return NOTHING };
    of_token(text, at - by, token, colon, comma)
}

fn is_title(text: &Text<'_>, at: usize, by: usize) -> bool {
    text.back(at, by).is_some_and(|token| token.is(Kinds::HONORIFIC))
}

/// "Is", "9 year old", "who is": words between a relation and its name.
fn is_filler(text: &Text<'_>, at: usize, by: usize) -> bool {
    let Some(token) = text.back(at, by) else { return false };
    let little = token.says(&[
        "is", "es", "son", "are", "year", "old", "yr", "yo", "s", "anos", "called", "llamada",
        "little", "dear", "sweet", "new", "older", "younger", "de", "con", "whose", "d", "our",
    ]) || token.form == Form::Number
        || token.form == Form::Mixed && token.raw.len() <= 5;
    let person =
        |by: usize| text.back(at, by).is_some_and(|word| word.is(Kinds::RELATION | Kinds::ROLE));
    !token.is(Kinds::NAMING | Kinds::INTRO)
        && little
        && (by + 1..by + 5).any(person)
        && token.folded != "son"
}

fn of_token(text: &Text<'_>, at: usize, token: &Token<'_>, colon: bool, comma: bool) -> Before {
    let said = |strength, cue| Before { strength, cue: Some(cue), owned: false };
    if token.form == Form::Line {
        return closing_before(text, at);
    }
    if token.form != Form::Word {
        return NOTHING;
    }
    let missed = token.folded == "miss" && !token.capital();
    if token.is(Kinds::HONORIFIC) && !colon && !comma && !missed {
        return said(Strength::Sure, Cue::Title);
    }
    let of_user = (1..=2).any(|by| {
        text.back(at, by).is_some_and(|word| word.says(&["user", "usuario", "file", "account"]))
    });
    if token.is(Kinds::NAMING) && of_user {
        return NOTHING;
    }
    if token.is(Kinds::NAMING) && !comma {
        return said(Strength::Sure, Cue::Naming);
    }
    if colon && token.is(Kinds::FIELD) {
        return said(Strength::Sure, Cue::Field);
    }
    if token.is(Kinds::RELATION) {
        let owned = (1..=3).any(|by| {
            text.back(at, by).is_some_and(|word| {
                word.is(Kinds::POSSESSIVE) && !word.says(&["the", "el", "la", "los", "las"])
            })
        });
        let strength = if comma && !owned { Strength::Weak } else { Strength::Near };
        return Before { strength, cue: Some(Cue::Relation), owned };
    }
    if token.is(Kinds::ROLE) && !colon {
        return said(Strength::Near, Cue::Role);
    }
    if token.is(Kinds::INTRO) && !comma {
        return said(Strength::Near, Cue::Introduction);
    }
    if token.is(Kinds::CLOSING) && comma {
        return said(Strength::Near, Cue::Closing);
    }
    if token.is(Kinds::GREETING) && opens(text, at) {
        return said(Strength::Near, Cue::Greeting);
    }
    if token.is(Kinds::TOWARDS) && !comma {
        return said(Strength::Weak, Cue::Towards);
    }
    NOTHING
}

/// Whether a greeting stands where greetings do.
fn opens(text: &Text<'_>, at: usize) -> bool {
    (0..4).any(|by| text.back(at, by).is_some_and(|token| token.first))
}

/// A line that ends with a closing, before a line end.
fn closing_before(text: &Text<'_>, line: usize) -> Before {
    let mut by = 1;
    while text.back(line, by).is_some_and(|token| token.signs(&[',', '!', '.', '-', ':'])) {
        by += 1;
    }
    let Some(last) = text.back(line, by).filter(|_| by <= 3) else { return NOTHING };
    let starts = (0..4).any(|more| text.back(line, by + more).is_some_and(|token| token.first));
    if last.is(Kinds::CLOSING) && starts {
        return Before { strength: Strength::Near, cue: Some(Cue::Closing), owned: false };
    }
    if last.is(Kinds::FIELD) && text.back(line, 1).is_some_and(|token| token.sign(':')) {
        return Before { strength: Strength::Near, cue: Some(Cue::Field), owned: false };
    }
    NOTHING
}

/// What people do and things hardly ever.
const STRICT: [&str; 15] = [
    "cant", "cannot", "needs", "wants", "lost", "forgot", "said", "says", "told", "doesnt",
    "didnt", "puede", "quiere", "necesita", "hasnt",
];
/// What people and things are and have.
const BE: [&str; 8] = ["is", "has", "was", "isnt", "hasnt", "wasnt", "tiene", "got"];

/// What stands behind a name.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and all can hold together"
)]
#[derive(Debug, Clone, Copy)]
pub(super) struct After {
    /// Somebody does something there.
    pub(super) acts: bool,
    /// What only people do, or is said of people alone.
    pub(super) person: bool,
    /// A sign, a line end, or the end of the text.
    pub(super) ends: bool,
    /// "'s" and "family": whose something is.
    pub(super) owns: bool,
    /// "Is", "has", "was".
    pub(super) be: bool,
    /// A thing follows that is called so: "theme", "disease".
    pub(super) adjunct: bool,
    /// What only people do, in so many words.
    pub(super) strict: bool,
    /// "My middle child", behind a comma: who that is.
    pub(super) kin: bool,
    /// "Is the name of": a thing's name.
    pub(super) names: bool,
}

/// What the words behind a piece say.
pub(super) fn after(text: &Text<'_>, last: usize) -> After {
    let next = |is: &dyn Fn(&Token<'_>) -> bool| text.get(last + 1).is_some_and(is);
    let second = |is: &dyn Fn(&Token<'_>) -> bool| text.get(last + 2).is_some_and(is);
    let short = |words: &[&str]| next(&|t| t.sign('\'')) && second(&|t| t.glued && t.says(words));
    let acts = next(&|t| t.is(Kinds::PERSON_VERB) || did(t)) || short(&["s", "d", "ll"]);
    let only = next(&|t| t.is(Kinds::PERSON_ONLY) || did(t));
    let state = (1..=4).any(|by| text.get(last + by).is_some_and(|t| t.is(Kinds::PERSON_STATE)));
    let aged = next(&|t| t.says(&["is", "tiene"]))
        && second(&|t| t.is(Kinds::NUMBER_WORD) || t.form == Form::Number);
    let no = next(&|t| t.says(&["no"])) && second(&|t| t.is(Kinds::PERSON_VERB));
    let family = next(&|t| t.says(&["family", "familia", "household", "kids", "twins"]));
    After {
        acts: acts || no,
        person: acts && (only || state) || no || is_name(text, last) || aged,
        strict: next(&|t| t.says(&STRICT)) || no,
        be: next(&|t| t.says(&BE)),
        ends: next_ends(text, last),
        owns: next(&|t| t.glued) && short(&["s"]) || family,
        kin: is_kin(text, last),
        names: names_thing(text, last),
        adjunct: is_adjunct(text, last),
    }
}

/// Whether a sign, a line's or the text's end follows.
fn next_ends(text: &Text<'_>, last: usize) -> bool {
    text.get(last + 1).is_none_or(|token| token.form != Form::Word && !token.sign('\''))
}

/// "July is her name".
fn is_name(text: &Text<'_>, last: usize) -> bool {
    let says = |by: usize, words: &[&str]| text.get(last + by).is_some_and(|t| t.says(words));
    let whose = text.get(last + 2).is_some_and(|token| token.is(Kinds::POSSESSIVE));
    says(1, &["is", "es"]) && whose && (2..=4).any(|by| says(by, &["name", "nombre"]))
}

/// "Lourdes is the name of".
fn names_thing(text: &Text<'_>, last: usize) -> bool {
    let says = |by: usize, words: &[&str]| text.get(last + by).is_some_and(|t| t.says(words));
    says(1, &["is", "es"]) && says(2, &["the", "el"]) && says(3, &["name", "nombre"])
}

/// ", my middle child".
fn is_kin(text: &Text<'_>, last: usize) -> bool {
    let near =
        |is: &dyn Fn(&Token<'_>) -> bool| (3..=5).any(|by| text.get(last + by).is_some_and(is));
    let set_off = text.get(last + 1).is_some_and(|t| t.signs(&[',', '(']) || t.says(&["is", "es"]));
    let whose = text.get(last + 2).is_some_and(|token| token.is(Kinds::POSSESSIVE));
    set_off && whose && near(&|t| t.is(Kinds::RELATION)) && !near(&|t| t.sign('\''))
}

/// "Suzuki violin", "Valentine's party", "Elsa costume day".
fn is_adjunct(text: &Text<'_>, last: usize) -> bool {
    let owns = text.get(last + 1).is_some_and(|sign| sign.sign('\''));
    let at = if owns { last + 3 } else { last + 1 };
    let next = text.get(at).is_some_and(|token| token.is(Kinds::ADJUNCT));
    let second = text.get(at).is_some_and(|token| {
        token.form == Form::Word
            && !token.is(Kinds::STOP | Kinds::PERSON_VERB | Kinds::TOWARDS)
            && token.facts.word().is_some()
    }) && text.get(at + 1).is_some_and(|token| token.is(Kinds::ADJUNCT));
    if owns {
        next && text
            .get(at)
            .is_some_and(|token| token.says(&["day", "law", "party", "disease", "syndrome"]))
    } else {
        next || second
    }
}

/// A verb in the past of something that people do.
fn did(token: &Token<'_>) -> bool {
    token.shape == Shape::Lower
        && token.folded.len() >= 5
        && token.folded.ends_with("ed")
        && token.facts.english.is_some()
        && !token.is(Kinds::THINGS_DO)
}

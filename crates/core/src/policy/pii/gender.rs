//! A person's sex or gender, where it is said as such.

use super::draft::{Draft, Drafts};
use super::finding::{Cue, Label};
use super::text::{Form, Shape, Text, Token};
use super::words::Kinds;

/// How far behind a field's name its value may stand, in words and signs.
const REACH: usize = 12;

/// Words between "is" and what somebody is.
const BETWEEN: [&str; 13] = [
    "not",
    "actually",
    "really",
    "now",
    "biologically",
    "una",
    "only",
    "just",
    "legally",
    "definitely",
    "clearly",
    "actualmente",
    "realmente",
];
/// "Is", in what forms it has.
const COPULAS: [&str; 15] = [
    "is", "s", "es", "was", "isnt", "hes", "shes", "soy", "im", "are", "being", "were", "son",
    "sea", "era",
];
/// Words for who is something.
const PERSONS: [&str; 20] = [
    "she", "he", "they", "who", "ella", "el", "child", "kid", "camper", "no", "i", "ellos", "que",
    "hija", "hijo", "one", "not", "son", "daughter", "baby",
];
/// Nouns that a word for a sex only describes: "girl scout".
const NOUNS: [&str; 21] = [
    "scout",
    "scouts",
    "only",
    "counselor",
    "counselors",
    "cabin",
    "cabins",
    "staff",
    "bathroom",
    "camp",
    "doctor",
    "nurse",
    "side",
    "version",
    "who",
    "problem",
    "dominated",
    "mayor",
    "grande",
    "buena",
    "bueno",
];

/// Finds genders.
pub(super) fn find(text: &Text<'_>, drafts: &mut Drafts) {
    for at in 0..text.tokens.len() {
        let Some(token) = text.get(at).filter(|token| token.form == Form::Word) else { continue };
        if !token.is(Kinds::SEX | Kinds::CHILD_SEX | Kinds::SEX_LETTER)
            || !drafts.is_free(token.start, token.end)
        {
            continue;
        }
        let stated =
            as_value(text, at, token) || put_as(text, at, token) || is_one(text, at, token);
        let told = said_of_field(text, at, token)
            || in_row(text, at, token, drafts)
            || again(text, at, token, drafts);
        if stated || told && !among_choices(text, at) {
            drafts.add(Draft::cued(token.start, token.end, Label::Gender, 800, Cue::Sex));
        }
    }
}

/// Whether a letter is written as a value is.
fn stands_as_value(token: &Token<'_>) -> bool {
    !token.is(Kinds::SEX_LETTER)
        || token.is(Kinds::SEX)
        || matches!(token.shape, Shape::Title | Shape::Upper)
}

/// "Sex: female", "gender on file is M", "female gender".
fn said_of_field(text: &Text<'_>, at: usize, token: &Token<'_>) -> bool {
    let behind = text.get(at + 1).is_some_and(|next| next.is(Kinds::SEX_FIELD));
    if behind && token.is(Kinds::SEX) {
        return true;
    }
    for by in 1..=REACH {
        let Some(before) = text.back(at, by) else { return false };
        if before.is(Kinds::SEX_FIELD) {
            let direct = by <= 2
                || (1..by).any(|i| {
                    text.back(at, i).is_some_and(|t| {
                        t.signs(&[':', '=']) || t.facts.kinds.any(Kinds::PUT_AS) || says(t)
                    })
                });
            return direct
                && (stands_as_value(token)
                    || text.back(at, 1).is_some_and(|t| t.signs(&[':', '='])));
        }
        if text.ends_sentence(at - by)
            && !(before.form == Form::Line && text.back(at, by + 1).is_some_and(|t| t.sign(':')))
        {
            return false;
        }
    }
    false
}

fn says(token: &Token<'_>) -> bool {
    token.says(&[
        "is", "as", "to", "from", "shows", "says", "was", "be", "es", "como", "dice", "sale",
        "aparece", "not", "a", "de", "put", "marked", "of", "still", "into", "should",
    ])
}

/// "Listed as male", "identifies as a girl", "9 year old female".
fn put_as(text: &Text<'_>, at: usize, token: &Token<'_>) -> bool {
    let article = text.back(at, 1).is_some_and(is_article);
    let cue = if article { 2 } else { 1 };
    text.back(at, cue).is_some_and(|before| before.is(Kinds::PUT_AS))
        && stands_as_value(token)
        && !is_noun_on(text, at)
        && !(token.is(Kinds::CHILD_SEX)
            && !article
            && text.back(at, cue).is_some_and(|t| t.says(&["old", "edad", "yo", "o"])))
}

/// "Says female", "as male", ", 8, female,".
fn as_value(text: &Text<'_>, at: usize, token: &Token<'_>) -> bool {
    if !token.is(Kinds::SEX) || is_noun_on(text, at) || among_choices(text, at) {
        return false;
    }
    let Some(before) = text.back(at, 1) else { return false };
    let said = before.says(&[
        "says", "shows", "lists", "states", "reads", "as", "como", "dice", "marca", "aparece",
        "sale", "put", "selected",
    ]);
    let ends = text.get(at + 1).is_none_or(|next| next.form != Form::Word);
    let aged = before.sign(',')
        && ends
        && text.back(at, 2).is_some_and(|age| {
            matches!(age.form, Form::Number | Form::Mixed)
                || age.is(Kinds::NUMBER_WORD)
                || age.is(Kinds::PUT_AS)
        });
    said || aged
}

/// "She is a girl", "he's male", "es niño".
fn is_one(text: &Text<'_>, at: usize, token: &Token<'_>) -> bool {
    if token.is(Kinds::SEX_LETTER) {
        return false;
    }
    let mut by = 1;
    let article = text.back(at, by).is_some_and(is_article);
    by += usize::from(article);
    while text.back(at, by).is_some_and(|word| word.says(&BETWEEN)) {
        by += 1;
    }
    let copula = text.back(at, by).is_some_and(|word| word.says(&COPULAS));
    let of_person =
        text.back(at, by + 1).is_some_and(|word| {
            word.says(&PERSONS)
                || word.is(Kinds::RELATION)
                || word.facts.given.is_some()
                || word.signs(&['\'', ']'])
                || word.form == Form::Number
        }) || text.back(at, by).is_some_and(|word| word.says(&["hes", "shes", "es", "im", "soy"]));
    let boy = token.is(Kinds::CHILD_SEX) && !token.is(Kinds::SEX);
    let spanish = text.back(at, by).is_some_and(|word| word.folded == "es" || word.folded == "soy");
    copula && of_person && (article || !boy || spanish) && !is_noun_on(text, at)
}

fn is_article(token: &Token<'_>) -> bool {
    token.says(&["a", "an", "un", "una"])
}

/// "Girl scout": a word that only describes the next one.
fn is_noun_on(text: &Text<'_>, at: usize) -> bool {
    text.get(at + 1).is_some_and(|next| {
        next.says(&NOUNS) || next.sign('\'') && text.get(at + 2).is_some_and(|s| s.folded == "s")
    })
}

/// A value in a row of a table, between a person's name or birth date and a sign.
fn in_row(text: &Text<'_>, at: usize, token: &Token<'_>, drafts: &Drafts) -> bool {
    let plural = token.is(Kinds::CHILD_SEX) && token.folded.ends_with('s');
    if plural || !stands_as_value(token) {
        return false;
    }
    let sign = |token: Option<&Token<'_>>| {
        token.is_none_or(|t| t.signs(&[',', '|', '/', '(', ')', ';', '-']) || t.form == Form::Line)
    };
    let found = |token: Option<&Token<'_>>| token.is_some_and(|t| drafts.is_found(t.start, t.end));
    let behind = text.get(at + 1);
    let before = text.back(at, 1);
    let ends = sign(behind) || behind.is_some_and(|t| t.sign('.'));
    let left = at > 0
        && sign(before)
        && !before.is_some_and(|t| t.form == Form::Line)
        && found(text.back(at, 2));
    let right = behind.is_some_and(|t| t.signs(&[',', '|', '/', ';']))
        && found(text.get(at + 2))
        && (at == 0 || sign(before));
    ends && left || right
}

/// Another value in a sentence that has told one: "male, should be female".
fn again(text: &Text<'_>, at: usize, token: &Token<'_>, drafts: &Drafts) -> bool {
    if !stands_as_value(token) {
        return false;
    }
    for by in 1..=8 {
        let Some(before) = text.back(at, by) else { return false };
        let value = before.is(Kinds::SEX | Kinds::CHILD_SEX | Kinds::SEX_LETTER);
        if value && drafts.is_found(before.start, before.end) {
            return !is_noun_on(text, at);
        }
        if text.ends_sentence(at - by) {
            return false;
        }
    }
    false
}

/// Whether the sentence speaks of the choices of a form.
fn among_choices(text: &Text<'_>, at: usize) -> bool {
    let before =
        (1..=12).map_while(|by| text.back(at, by).filter(|_| !text.ends_sentence(at - by)));
    let behind = (1..=8).map_while(|by| text.get(at + by).filter(|_| !text.ends_sentence(at + by)));
    before.chain(behind).any(|token| token.is(Kinds::CHOICES))
}

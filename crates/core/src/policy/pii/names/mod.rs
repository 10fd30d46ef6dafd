//! Names of people: words of the lists and words that a cue points at, weighed by how they are written
//! and by what stands around them.

mod class;
mod cue;
mod extent;
mod place;
mod score;
mod sign_off;
mod spread;

pub(super) use spread::{parts, spread};

use self::class::{Class, class};
use self::cue::{Before, Strength};
use self::extent::Extent;
use self::score::Candidate;
use super::draft::{Draft, Drafts};
use super::finding::{Cue, Label, Recognizer};
use super::text::{Form, Text, Token};
use super::words::{Band, Kinds};
use crate::policy::lexicon::{NameRank, given_name_rank};

/// Finds names of people.
pub(super) fn find(text: &Text<'_>, drafts: &mut Drafts) {
    sign_off::find(text, drafts);
    let mut at = 0;
    let mut row: Option<usize> = None;
    while let Some(token) = text.get(at) {
        let free = token.form == Form::Word
            && drafts.is_free(token.start, token.end)
            && !place::in_user_name(text, at);
        let name = if free { name_at(text, at, row, drafts) } else { None };
        if let Some((draft, last)) = name {
            let sure = draft.score >= super::MASK;
            drafts.add(draft);
            row = row_goes_on(text, last).filter(|_| sure);
            at = last + 1;
        } else {
            row = row.filter(|start| at < *start);
            at += 1;
        }
    }
}

/// Where the next name of a row would stand behind a name: "Ava, Liam and Mia".
fn row_goes_on(text: &Text<'_>, last: usize) -> Option<usize> {
    let mut at = last + 1;
    let mut joined = false;
    while let Some(token) = text.get(at) {
        let joins = token.signs(&[',', '&', '/', '+']) || token.says(&["and", "y", "e", "n", "or"]);
        if !joins || at > last + 2 {
            break;
        }
        joined = true;
        at += 1;
    }
    joined.then_some(at)
}

/// The name that begins at a piece, and its last piece.
fn name_at(
    text: &Text<'_>,
    at: usize,
    row: Option<usize>,
    drafts: &Drafts,
) -> Option<(Draft, usize)> {
    let token = text.get(at)?;
    let mut before = cue::before(text, at);
    let mut recognizer = Recognizer::NameList;
    if row == Some(at) && before.strength < Strength::Near {
        let strength = if text.back(at, 1).is_some_and(|sign| sign.sign(',')) && !token.capital() {
            Strength::Weak
        } else {
            Strength::Near
        };
        before = Before { strength, cue: Some(Cue::Name), owned: false };
        recognizer = Recognizer::NameRow;
    } else if before.strength >= Strength::Near {
        recognizer = Recognizer::NameCue;
    }
    let found = if token.letter() {
        initials(text, at, before, drafts)
    } else {
        weigh(text, at, token, before, drafts)
    };
    let (extent, mut score, cues) = found?;
    if (token.is(Kinds::PLACE) && place::is_place(text, &extent, drafts))
        || place::before_state(text, &extent)
    {
        score = score.saturating_sub(500);
    }
    let title = with_title(text, extent.first);
    let (first, last) = (text.get(title)?, text.get(extent.last)?);
    let mut cues: Vec<Cue> = before.cue.into_iter().chain(cues).collect();
    cues.sort_unstable();
    cues.dedup();
    let draft = Draft {
        start: first.start,
        end: last.end,
        label: Label::PersonName,
        score,
        recognizer,
        cues,
    };
    (score >= super::HINT).then_some((draft, extent.last))
}

/// The title before a name, which tells the person's sex, or "Grandma"; else the name's first piece.
fn with_title(text: &Text<'_>, first: usize) -> usize {
    let stop = usize::from(text.back(first, 1).is_some_and(|sign| sign.sign('.')));
    let title = |by: usize| text.back(first, by).is_some_and(|token| token.is(Kinds::HONORIFIC));
    let family = text.back(first, 1).is_some_and(|token| {
        token.capital()
            && !token.first
            && token.says(&[
                "grandma", "grandpa", "aunt", "uncle", "tia", "tio", "abuela", "abuelo", "nana",
            ])
    });
    if title(1 + stop) {
        first - 1 - stop
    } else if family {
        first - 1
    } else {
        first
    }
}

/// "R. Ibarra", "J.T.": initials, before a surname or behind a cue.
fn initials(
    text: &Text<'_>,
    at: usize,
    before: Before,
    drafts: &Drafts,
) -> Option<(Extent, u16, Option<Cue>)> {
    let token = text.get(at)?;
    let stop = text.get(at + 1).is_some_and(|sign| sign.sign('.') && sign.glued);
    if !token.raw.chars().all(char::is_uppercase) {
        return None;
    }
    let extent = extent::extent(text, at, drafts);
    let surname = text.get(extent.last).filter(|_| extent.parts > 1).map(class);
    let several = extent.last >= at + 3;
    let score = match (surname, before.strength) {
        (Some(Class::Given | Class::Surname | Class::RareGiven), _) if stop => 700,
        (Some(Class::Unknown | Class::Ambiguous), _)
        | (Some(Class::Word), Strength::Near | Strength::Sure)
            if stop =>
        {
            620
        }
        (
            Some(Class::Given | Class::Surname | Class::RareGiven),
            Strength::Near | Strength::Sure,
        ) => 650,
        (None, Strength::Near | Strength::Sure) if several => 650,
        (None, Strength::Sure) if stop && !matches!(token.raw, "M" | "F" | "X") => 520,
        _ => return None,
    };
    Some((extent, score, None))
}

/// A word and what follows it: how sure a name it is.
fn weigh(
    text: &Text<'_>,
    at: usize,
    token: &Token<'_>,
    before: Before,
    drafts: &Drafts,
) -> Option<(Extent, u16, Option<Cue>)> {
    let class = if is_joined_given(text, at) { Class::Given } else { class(token) };
    if class == Class::Never {
        return None;
    }
    if is_foreign(token) {
        let extent = extent::extent(text, at, drafts);
        return Some((extent, if before.strength >= Strength::Near { 750 } else { 520 }, None));
    }
    if let Some(extent) = surname_first(text, at, token, class, before) {
        return Some((extent, 750, Some(Cue::Name)));
    }
    let extent = extent::extent(text, at, drafts);
    let after = cue::after(text, extent.last);
    let before = if after.kin && before.strength < Strength::Near {
        Before { strength: Strength::Near, cue: Some(Cue::Relation), owned: false }
    } else {
        before
    };
    let score = if token.capital() {
        score::capital(&Candidate { text, at, token, class, before, extent, after })
    } else {
        score::lower(&Candidate { text, at, token, class, before, extent, after })
    };
    let cue = if extent.parts > 1 { Some(Cue::Name) } else { after.acts.then_some(Cue::Action) };
    let thing = after.names
        || after.adjunct && (before.strength < Strength::Near || before.cue == Some(Cue::Title));
    let less = if thing { 400 } else { 0 };
    score.map(|score| (extent, score.saturating_sub(less), cue))
}

/// "Ji-woo": two parts that are a given name together.
fn is_joined_given(text: &Text<'_>, at: usize) -> bool {
    let hyphen = text.get(at + 1).is_some_and(|sign| sign.sign('-') && sign.glued);
    match (text.get(at), text.get(at + 2)) {
        (Some(one), Some(two))
            if hyphen && two.glued && two.form == Form::Word && one.capital() =>
        {
            given_name_rank(&format!("{}{}", one.folded, two.folded)).is_some()
                && one.facts.kinds == Kinds::default()
        }
        _ => false,
    }
}

/// A word of another script than Latin: among English or Spanish words most often a name.
fn is_foreign(token: &Token<'_>) -> bool {
    !token.raw.is_ascii()
        && token
            .raw
            .chars()
            .all(|c| c.is_alphabetic() && c > '\u{24f}' && !('\u{1e00}'..='\u{1eff}').contains(&c))
}

/// "Ibarra, Rosa": a surname, a comma, a given name.
fn surname_first(
    text: &Text<'_>,
    at: usize,
    token: &Token<'_>,
    class: Class,
    before: Before,
) -> Option<Extent> {
    let surname = matches!(class, Class::Surname | Class::Unknown | Class::RareGiven)
        || before.cue == Some(Cue::Field) && token.facts.surname.is_some();
    let surname = surname
        || class == Class::Word
            && matches!(token.facts.surname, Some(NameRank::Common | NameRank::Usual))
            && token.facts.word() > Some(Band::Common)
            && !token.is(Kinds::PERSON_VERB | Kinds::EVENT | Kinds::GREETING | Kinds::CLOSING);
    let comma = text.get(at + 1)?.sign(',');
    let given = text.get(at + 2)?;
    let next = text.get(at + 3);
    let is_given = given.capital()
        && given.facts.given.is_some()
        && matches!(self::class::class(given), Class::Given | Class::Ambiguous | Class::RareGiven);
    let closed =
        next.is_none_or(|next| next.form != Form::Word || next.letter() || !next.capital());
    let begins = token.first
        || before.cue == Some(Cue::Field)
        || at == 0
        || text.back(at, 1).is_some_and(|t| t.form != Form::Word);
    let last =
        if next.is_some_and(|next| next.letter() && next.capital()) { at + 3 } else { at + 2 };
    (surname && token.capital() && comma && is_given && closed && begins).then_some(Extent {
        first: at,
        last,
        parts: 2,
    })
}

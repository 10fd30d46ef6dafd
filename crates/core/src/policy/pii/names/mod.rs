//! Names of people: words of the lists and words that a cue points at, weighed by how they are written
//! and by what stands around them.

mod class;
mod cue;
mod extent;
mod sign_off;
mod spread;

pub(super) use spread::{parts, spread};

use self::class::{Class, class};
use self::cue::{After, Before, Strength};
use self::extent::Extent;
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
            && !in_user_name(text, at);
        let name = if free { name_at(text, at, row, drafts) } else { None };
        match name {
            Some((draft, last)) => {
                let sure = draft.score >= super::MASK;
                drafts.add(draft);
                row = row_goes_on(text, last).filter(|_| sure);
                at = last + 1;
            }
            None => {
                if row.is_some_and(|start| at >= start) {
                    row = None;
                }
                at += 1;
            }
        }
    }
}

/// Whether a word is part of a user's name, a file's or a machine's: "beth.r_04".
fn in_user_name(text: &Text<'_>, at: usize) -> bool {
    let joined = |sign: usize, part: usize, whole: bool| {
        let sign = text
            .get(sign)
            .filter(|sign| sign.signs(&['.', '@', '\\', '_', '/']) && (sign.glued || whole));
        let part = text.get(part);
        let plain = |t: &Token<'_>| t.form != Form::Word || !t.capital() && !t.letter();
        sign.is_some_and(|sign| !sign.sign('/'))
            && part.is_some_and(|part| plain(part) && (part.glued || whole))
    };
    let glued = text.get(at).is_some_and(|token| token.glued);
    let before = at >= 2
        && glued
        && joined(at - 1, at - 2, true)
        && text.get(at - 1).is_some_and(|sign| sign.glued);
    let small = text.get(at).is_some_and(|token| !token.capital());
    let inner = |sign: usize, part: usize| {
        text.get(sign).is_some_and(|sign| sign.sign('.') && sign.glued)
            && text
                .get(part)
                .is_some_and(|part| part.glued && !part.letter() && part.form == Form::Word)
    };
    let chain = inner(at + 1, at + 2)
        && (at >= 2 && glued && text.get(at - 1).is_some_and(|sign| sign.sign('.'))
            || inner(at + 3, at + 4))
        || at >= 4 && glued && inner(at - 1, at) && inner(at - 3, at - 2);
    chain
        || before && small
        || joined(at + 1, at + 2, false)
            && (small || text.get(at + 2).is_some_and(|part| part.form == Form::Mixed))
}

/// Where the next name of a row would stand behind a name: "Ava, Liam and Mia".
fn row_goes_on(text: &Text<'_>, last: usize) -> Option<usize> {
    let mut at = last + 1;
    let mut joined = false;
    while let Some(token) = text.get(at) {
        let joins = token.signs(&[',', '&', '/', '+'])
            || matches!(token.folded.as_ref(), "and" | "y" | "e" | "n" | "or");
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
    if token.is(Kinds::PLACE) && is_place(text, &extent, drafts) {
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

/// The title before a name, which tells the person's sex; else the name's first piece.
fn with_title(text: &Text<'_>, first: usize) -> usize {
    let stop = usize::from(text.back(first, 1).is_some_and(|sign| sign.sign('.')));
    let title = |by: usize| text.back(first, by).is_some_and(|token| token.is(Kinds::HONORIFIC));
    if title(1 + stop) { first - 1 - stop } else { first }
}

/// A place by its neighbours: "in Austin", "Austin, TX".
fn is_place(text: &Text<'_>, extent: &Extent, drafts: &Drafts) -> bool {
    let before = text.back(extent.first, 1).is_some_and(|token| token.is(Kinds::AT_PLACE));
    let state = text.get(extent.last + 1).is_some_and(|token| token.sign(','))
        && text.get(extent.last + 2).is_some_and(|token| {
            token.is(Kinds::PLACE)
                || token.raw.len() == 2 && token.raw.chars().all(char::is_uppercase)
        });
    let sibling = text.back(extent.first, 2).filter(|_| {
        text.back(extent.first, 1).is_some_and(|sign| {
            sign.signs(&[',', '/', '&']) || matches!(sign.folded.as_ref(), "and" | "or" | "y" | "o")
        })
    });
    let listed = sibling
        .is_some_and(|token| token.is(Kinds::PLACE) && !drafts.is_found(token.start, token.end));
    let part = text.get(extent.last + 1).is_some_and(|token| token.is(Kinds::OF_PLACE))
        || text.back(extent.first, 1).is_some_and(|token| {
            matches!(token.folded.as_ref(), "north" | "south" | "new" | "west" | "east")
        });
    extent.parts == 1 && (before || state || listed || part)
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
        (Some(Class::Unknown | Class::Ambiguous), _) if stop => 620,
        (Some(Class::Word), Strength::Near | Strength::Sure) if stop => 620,
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
        capital_score(text, at, class, before, &extent, after)
    } else {
        lower_score(text, at, class, before, &extent, after)
    };
    let cue = if extent.parts > 1 { Some(Cue::Name) } else { after.acts.then_some(Cue::Action) };
    let less = if after.names { 400 } else { 0 };
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

/// A word with a capital, where capitals tell.
fn capital_score(
    text: &Text<'_>,
    at: usize,
    class: Class,
    before: Before,
    extent: &Extent,
    after: After,
) -> Option<u16> {
    let token = text.get(at)?;
    let first = token.first;
    let several = extent.parts > 1;
    let score = match (class, before.strength) {
        (Class::Given, strength) => match strength {
            Strength::None => 650,
            Strength::Weak => 700,
            Strength::Near => 800,
            Strength::Sure => 900,
        },
        (_, Strength::Sure) => sure_score(token, class)?,
        (Class::Ambiguous, strength) => return ambiguous_score(text, at, strength, extent, after),
        (Class::Word, Strength::Near) => {
            let fits = before.owned
                && !first
                && !token.is(Kinds::ORG_AFTER | Kinds::ROLE | Kinds::RELATION)
                && text.back(at, 1).is_some_and(|t| t.form == Form::Word);
            if fits
                && (token.facts.surname.is_some()
                    || token.facts.given.is_some()
                    || after.acts
                    || after.ends)
            {
                560
            } else {
                return None;
            }
        }
        (Class::Word, _) => {
            let rare = token.facts.given.is_some() && token.facts.word() == Some(Band::Rare);
            if rare && (after.person || after.owns) && !token.is(Kinds::ORG_AFTER | Kinds::ROLE) {
                520
            } else {
                return None;
            }
        }
        (Class::RareGiven | Class::Surname, strength) => match strength {
            Strength::Near => 750,
            _ if is_paired(text, extent.last) => 560,
            Strength::Weak if !first => 560,
            _ if several => 620,
            _ if after.person || after.owns => 560,
            _ if !first => 450,
            _ => 350,
        },
        (Class::Unknown, strength) => match strength {
            Strength::Near => 700,
            _ if several && !first => 540,
            Strength::Weak
                if matches!(
                    before_word(text, at),
                    "tell" | "ask" | "contact" | "meet" | "invite" | "told" | "asked" | "con"
                ) =>
            {
                520
            }
            _ if after.person && !several => 500,
            _ if several => 450,
            Strength::Weak => 430,
            _ => 300,
        },
        (Class::Never, _) => return None,
    };
    Some(score)
}

fn before_word<'t>(text: &'t Text<'_>, at: usize) -> &'t str {
    text.back(at, 1).map_or("", |token| token.folded.as_ref())
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
fn ambiguous_score(
    text: &Text<'_>,
    at: usize,
    strength: Strength,
    extent: &Extent,
    after: After,
) -> Option<u16> {
    let token = text.get(at)?;
    let next = text.get(extent.last + 1);
    if token.is(Kinds::MONTH) && is_month(text, at, extent, after) {
        return None;
    }
    if extent.parts > 1 {
        return Some(if strength >= Strength::Near { 800 } else { 680 });
    }
    let headed =
        strength == Strength::None && !token.first && text.back(at, 1).is_some_and(is_noun_before);
    let paired = next.is_some_and(|t| t.sign('&') || matches!(t.folded.as_ref(), "and" | "y"))
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
    if headed && extent.parts == 1 {
        return Some(300);
    }
    if token.is(Kinds::THING) && (token.first || !after.person) {
        return Some(if paired { 560 } else { 300 });
    }
    if token.first {
        let verb = token.is(Kinds::VERBISH);
        let owns = after.owns && !token.is(Kinds::MONTH);
        return if after.person || owns || paired || after.acts && !verb {
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
    let joins = text
        .get(last + 1)
        .is_some_and(|t| t.signs(&['&', '/']) || matches!(t.folded.as_ref(), "and" | "y"));
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
        || next.is_some_and(|t| matches!(t.folded.as_ref(), "and" | "or" | "to" | "through"))
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
fn lower_score(
    text: &Text<'_>,
    at: usize,
    class: Class,
    before: Before,
    extent: &Extent,
    after: After,
) -> Option<u16> {
    let token = text.get(at)?;
    let several = extent.parts > 1;
    let ends = after.ends || after.acts;
    let verbish = token.is(Kinds::VERBISH);
    let score = match (class, before.strength) {
        (Class::Given, strength) => 600 + 100 * u16::from(strength >= Strength::Near),
        (Class::RareGiven | Class::Surname, Strength::Near | Strength::Sure) => 650,
        (Class::RareGiven, _) if several => 560,
        (Class::RareGiven | Class::Surname, Strength::Weak) if ends => 450,
        (Class::RareGiven | Class::Surname, _) if after.owns => 560,
        (Class::Unknown, Strength::Sure) => 650,
        (Class::Unknown, Strength::Near) if ends || several => 560,
        (Class::Ambiguous, Strength::Sure) => 650,
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

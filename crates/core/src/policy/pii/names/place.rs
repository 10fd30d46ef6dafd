//! Words that are names elsewhere and are a place or a part of an identifier here.

use super::super::draft::Drafts;
use super::super::text::{Form, Text, Token};
use super::super::words::Kinds;
use super::extent::Extent;

/// "Aurora, IL".
pub(super) fn before_state(text: &Text<'_>, extent: &Extent) -> bool {
    const STATES: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR";
    let comma = text.get(extent.last + 1).is_some_and(|sign| sign.sign(','));
    let state = text.get(extent.last + 2).is_some_and(|token| {
        token.raw.len() == 2 && STATES.split(' ').any(|state| state == token.raw)
    });
    comma
        && state
        && text
            .get(extent.first)
            .is_some_and(|token| token.facts.given.is_none() || extent.parts == 1)
}

/// A place by its neighbours: "in Austin", "Austin, TX".
pub(super) fn is_place(text: &Text<'_>, extent: &Extent, drafts: &Drafts) -> bool {
    let before = text.back(extent.first, 1).is_some_and(|token| token.is(Kinds::AT_PLACE));
    let state = text.get(extent.last + 1).is_some_and(|token| token.sign(','))
        && text.get(extent.last + 2).is_some_and(|token| {
            token.is(Kinds::PLACE)
                || token.raw.len() == 2 && token.raw.chars().all(char::is_uppercase)
        });
    let sibling = text.back(extent.first, 2).filter(|_| {
        text.back(extent.first, 1)
            .is_some_and(|sign| sign.signs(&[',', '/', '&']) || sign.says(&["and", "or", "y", "o"]))
    });
    let listed = sibling
        .is_some_and(|token| token.is(Kinds::PLACE) && !drafts.is_found(token.start, token.end));
    let part = text.get(extent.last + 1).is_some_and(|token| token.is(Kinds::OF_PLACE))
        || text
            .back(extent.first, 1)
            .is_some_and(|token| token.says(&["north", "south", "new", "west", "east"]));
    extent.parts == 1 && (before || state || listed || part)
}

/// Whether a word is part of a user's name, a file's or a machine's: `beth.r_04`.
pub(super) fn in_user_name(text: &Text<'_>, at: usize) -> bool {
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

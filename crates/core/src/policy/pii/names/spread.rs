//! A name that was found once is one wherever it stands.

use std::collections::BTreeSet;

use super::super::draft::{Draft, Drafts};
use super::super::finding::{Cue, Label, Recognizer};
use super::super::text::{Form, Text};
use super::super::words::Kinds;
use super::class::{Class, class};
use super::cue;

/// The parts of a name that tell it alone, folded.
pub(in super::super) fn parts(text: &Text<'_>, start: usize, end: usize) -> Vec<String> {
    let tokens = text.tokens.get(text.at(start)..).unwrap_or_default();
    tokens
        .iter()
        .take_while(|token| token.end <= end)
        .filter(|token| {
            token.form == Form::Word && token.folded.len() >= 3 && class(token) != Class::Never
        })
        .map(|token| token.folded.clone().into_owned())
        .collect()
}

/// Finds again what is known: the names of this text and of the case.
pub(in super::super) fn spread(text: &Text<'_>, known: &BTreeSet<String>, drafts: &mut Drafts) {
    for (at, token) in text.tokens.iter().enumerate() {
        if token.form != Form::Word
            || !known.contains(token.folded.as_ref())
            || !drafts.is_free(token.start, token.end)
        {
            continue;
        }
        let fits = match class(token) {
            Class::Never => false,
            Class::Word | Class::Ambiguous => {
                let heading =
                    text.get(at + 1).is_some_and(|next| next.capital() && next.form == Form::Word);
                let after = cue::after(text, at);
                if token.capital() {
                    !token.first && !heading
                        || after.person
                        || after.owns
                        || after.acts && !token.is(Kinds::VERBISH)
                } else {
                    after.person && !token.is(Kinds::STOP) || after.owns
                }
            }
            _ => true,
        };
        if fits {
            let (recognizer, cues) = (Recognizer::Again, vec![Cue::Name]);
            drafts.add(Draft {
                start: token.start,
                end: token.end,
                label: Label::PersonName,
                score: 650,
                recognizer,
                cues,
            });
        }
    }
}

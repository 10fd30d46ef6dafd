//! Values that were found once and stand in the text again, however they are broken up.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::draft::{Draft, Drafts};
use super::finding::{Label, Recognizer};
use super::text::{Form, Text};
use crate::policy::lexicon::fold;

/// Letters and digits that a value has at least, to be looked for by them alone.
const SHORTEST: usize = 6;

/// The letters and digits of a text, folded, without anything between.
#[derive(Default)]
struct Stream {
    letters: String,
    /// Where every word begins in `letters`, and where in the plain text; ascending.
    begins: Vec<(usize, usize)>,
    /// The same of the ends.
    ends: Vec<(usize, usize)>,
}

impl Stream {
    fn of(text: &Text<'_>) -> Self {
        let mut stream = Self::default();
        let words = [Form::Word, Form::Number, Form::Mixed];
        for token in text.tokens.iter().filter(|token| words.contains(&token.form)) {
            stream.begins.push((stream.letters.len(), token.start));
            stream.letters.push_str(&token.folded);
            stream.ends.push((stream.letters.len(), token.end));
        }
        stream
    }
}

/// The place in the plain text of a place among the letters, if a word's edge is there.
fn edge(edges: &[(usize, usize)], at: usize) -> Option<usize> {
    let place = edges.binary_search_by_key(&at, |edge| edge.0).ok()?;
    edges.get(place).map(|edge| edge.1)
}

/// Finds values again: those of the drafts, and the case's.
pub(super) fn find(
    text: &Text<'_>,
    of_case: impl Iterator<Item = (Label, String)>,
    drafts: &mut Drafts,
) {
    let here = drafts.found().iter().filter_map(|draft| {
        Some((draft.label, fold(text.plain.get(draft.start..draft.end)?).into_owned()))
    });
    let mut values: BTreeMap<String, Label> =
        here.chain(of_case).map(|(label, value)| (value, label)).collect();
    values.retain(|value, _| value.chars().count() >= SHORTEST);
    if values.is_empty() {
        return;
    }
    let Ok(automaton) = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::NoncontiguousNFA))
        .build(values.keys())
    else {
        return;
    };
    let labels: Vec<Label> = values.values().copied().collect();
    let stream = Stream::of(text);
    for found in automaton.find_iter(&stream.letters) {
        let begin = edge(&stream.begins, found.start());
        let end = edge(&stream.ends, found.end());
        if let (Some(start), Some(end), Some(&label)) =
            (begin, end, labels.get(found.pattern().as_usize()))
        {
            drafts.add(Draft {
                start,
                end,
                label,
                score: 700,
                recognizer: Recognizer::Again,
                cues: Vec::new(),
            });
        }
    }
}

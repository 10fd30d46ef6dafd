//! The figures on messages written for this purpose, counted as `score_pii.py` counts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Detector, Label};

/// A message with what is in it, as sets of the bytes at which letters and digits begin.
struct Message {
    line: usize,
    text: String,
    spans: Vec<(Option<Label>, BTreeSet<usize>)>,
    ignored: BTreeSet<usize>,
    identifiers: BTreeSet<usize>,
}

const KINDS: [(&str, Option<Label>); 10] = [
    ("N", Some(Label::PersonName)),
    ("D", Some(Label::DateOfBirth)),
    ("G", Some(Label::Gender)),
    ("A", Some(Label::Address)),
    ("P", Some(Label::Phone)),
    ("E", Some(Label::Email)),
    ("S", Some(Label::Ssn)),
    ("M", Some(Label::MedicalId)),
    ("C", Some(Label::CreditCard)),
    ("W", None),
];
const CORE: [Label; 4] = [Label::PersonName, Label::DateOfBirth, Label::Gender, Label::Address];

/// The bytes at which letters and digits begin in a piece of a text.
fn letters(text: &str, start: usize, end: usize) -> BTreeSet<usize> {
    let piece = text[start..end].char_indices();
    piece.filter(|(_, c)| c.is_alphanumeric()).map(|(at, _)| start + at).collect()
}

/// Reads a line of the messages.
fn message(line: usize, marked: &str) -> Message {
    let marked = marked.split_once(": ").unwrap().1.replace("\\n", "\n").replace("\\t", "\t");
    let mut text = String::new();
    let mut pieces = Vec::new();
    let mut rest = marked.as_str();
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, behind) = after.split_once("}}").unwrap();
        let (kind, words) = inner.split_once('|').unwrap();
        text.push_str(before);
        pieces.push((kind.to_owned(), text.len(), text.len() + words.len()));
        text.push_str(words);
        rest = behind;
    }
    text.push_str(rest);
    let mut message = Message {
        line,
        text,
        spans: Vec::new(),
        ignored: BTreeSet::new(),
        identifiers: BTreeSet::new(),
    };
    for (kind, start, end) in pieces {
        let piece = letters(&message.text, start, end);
        match KINDS.iter().find(|(word, _)| *word == kind) {
            Some((_, None)) => message.ignored.extend(piece),
            Some((_, label)) => message.spans.push((*label, piece)),
            None if kind == "#" => message.identifiers.extend(piece),
            None => message.ignored.extend(piece),
        }
    }
    message
}

fn messages(file: &str) -> Vec<Message> {
    let lines =
        file.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
    lines.map(|(at, line)| message(at + 1, line)).collect()
}

/// What was counted.
#[derive(Default)]
struct Figures {
    leaks: (usize, usize),
    core_leaks: (usize, usize),
    over_masked: (usize, usize),
    recall: BTreeMap<Label, (usize, usize)>,
    identifiers_masked: Vec<usize>,
}

fn share((part, whole): (usize, usize)) -> f64 {
    f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole.max(1)).unwrap())
}

fn figures<'m>(detector: &Detector, messages: impl Iterator<Item = &'m Message>) -> Figures {
    let mut figures = Figures::default();
    for message in messages {
        let findings = detector.scan(&message.text);
        let of = |findings: &[super::Finding]| -> BTreeSet<usize> {
            findings.iter().flat_map(|f| letters(&message.text, f.start, f.end)).collect()
        };
        let masked = of(&findings);
        if !masked.is_disjoint(&message.identifiers) {
            figures.identifiers_masked.push(message.line);
        }
        for (label, piece) in &message.spans {
            let label = label.unwrap();
            let same: Vec<_> = findings.iter().filter(|f| f.label == label).cloned().collect();
            let counted = figures.recall.entry(label).or_default();
            counted.0 += usize::from(of(&same).intersection(piece).count() * 2 >= piece.len());
            counted.1 += 1;
        }
        let is_core = |label: Option<Label>| label.is_some_and(|label| CORE.contains(&label));
        let leaks = |core: bool| {
            message
                .spans
                .iter()
                .any(|(label, piece)| (!core || is_core(*label)) && !piece.is_subset(&masked))
        };
        if message.spans.is_empty() {
            figures.over_masked.0 += usize::from(!masked.is_subset(&message.ignored));
            figures.over_masked.1 += 1;
        } else {
            figures.leaks.0 += usize::from(leaks(false));
            figures.leaks.1 += 1;
        }
        if message.spans.iter().any(|(label, _)| is_core(*label)) {
            figures.core_leaks.0 += usize::from(leaks(true));
            figures.core_leaks.1 += 1;
        }
    }
    figures
}

/// Holds figures against what the product promises.
fn assert_promised(name: &str, figures: &Figures) {
    println!(
        "{name}: leak {:?}, core {:?}, over-masked {:?}, recall {:?}, identifiers {:?}",
        figures.leaks,
        figures.core_leaks,
        figures.over_masked,
        figures.recall,
        figures.identifiers_masked
    );
    assert!(share(figures.leaks) <= 0.12, "{name}: leak {:?}", figures.leaks);
    assert!(share(figures.core_leaks) <= 0.15, "{name}: core leak {:?}", figures.core_leaks);
    assert!(share(figures.over_masked) <= 0.08, "{name}: over-masked {:?}", figures.over_masked);
    assert!(
        figures.identifiers_masked.is_empty(),
        "{name}: lines {:?}",
        figures.identifiers_masked
    );
    for label in [Label::Email, Label::CreditCard, Label::Ssn, Label::Phone] {
        let recall = figures.recall.get(&label).copied().unwrap_or((1, 1));
        assert!(share(recall) >= 0.99, "{name}: recall of {label} {recall:?}");
    }
}

#[test]
fn the_promised_figures_hold_on_messages_tuned_on_and_on_others() {
    let messages = messages(include_str!("../../../../tests/data/pii_messages.txt"));
    let tuned = messages.iter().step_by(2);
    let held_out = messages.iter().skip(1).step_by(2);
    assert_promised("tuned", &figures(&super::DETECTOR, tuned));
    assert_promised("held out", &figures(&super::DETECTOR, held_out));
}

#[test]
fn the_promised_figures_hold_on_messages_written_afterwards() {
    let messages = messages(include_str!("../../../../tests/data/pii_fresh.txt"));
    assert_promised("fresh", &figures(&super::DETECTOR, messages.iter()));
}

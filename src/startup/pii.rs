//! Personal data in texts, looked for from a shell.

use std::io::{BufRead, Read, Write};

use caredesk_core::policy::pii::{Case, Detector, Finding};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Failure, lines};

/// Longest text that is read at once, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// A line with a text.
#[derive(Deserialize)]
struct Text {
    text: String,
}

/// Finds personal data: in one text, told to people with the reasons and never the values, or in a text a
/// line of JSON, `{"id","text"}` in and `{"id","spans":[{"start","end","label","score"}]}` out, in bytes. Says
/// whether every line could be read.
///
/// # Errors
/// The input cannot be read, or is longer than a mebibyte as one text; the output cannot be written.
pub fn scan(jsonl: bool, mut input: impl BufRead, out: &mut impl Write) -> Result<bool, Failure> {
    let detector = Detector::new();
    let whole = if jsonl {
        lines::each(input, out, |Text { text }: Text| {
            let spans: Vec<Value> = detector.scan(&text).iter().map(span).collect();
            Ok(Map::from_iter([("spans".to_owned(), Value::Array(spans))]))
        })?
    } else {
        let text = whole_text(&mut input)?;
        let mut case = Case::default();
        let masked = detector.mask(&text, &mut case);
        let told = [("masked", &masked.findings), ("hint", &masked.hints)]
            .into_iter()
            .flat_map(|(what, found)| found.iter().map(move |finding| told(what, finding)));
        let told: String = told.collect();
        write!(out, "{}\n\n{told}", masked.text.trim_end())
            .map_err(|error| Failure::of("standard output", error))?;
        true
    };
    out.flush().map_err(|error| Failure::of("standard output", error))?;
    Ok(whole)
}

/// All of a text, up to the longest.
fn whole_text(input: &mut impl BufRead) -> Result<String, Failure> {
    let mut text = Vec::new();
    let longest = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
    input
        .take(longest.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(|error| Failure::of("the input", error))?;
    if text.len() > MAX_TEXT {
        return Err(Failure("the text is longer than a mebibyte".to_owned()));
    }
    String::from_utf8(text).map_err(|error| Failure::of("the input", error))
}

/// A finding as a span of its text.
fn span(finding: &Finding) -> Value {
    json!({
        "start": finding.start,
        "end": finding.end,
        "label": finding.label,
        "score": f64::from(finding.score) / 1000.0,
    })
}

/// A finding for people, without its value.
fn told(what: &str, finding: &Finding) -> String {
    let Finding { start, end, label, score, recognizer, cues } = finding;
    let cues: Vec<String> = cues.iter().map(ToString::to_string).collect();
    let cues = if cues.is_empty() { "no cue".to_owned() } else { cues.join(", ") };
    format!("{what}  {label}  bytes {start} to {end}, score {score}, by {recognizer}: {cues}\n")
}

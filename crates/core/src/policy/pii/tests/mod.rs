mod adversarial;
mod door;
mod masking;
mod messages;

use super::*;

/// One detector for all tests: building it is the slow part.
static DETECTOR: std::sync::LazyLock<Detector> = std::sync::LazyLock::new(Detector::new);

/// What is found in a text: the words and what they are.
fn found(text: &str) -> Vec<(&str, Label)> {
    DETECTOR
        .scan(text)
        .iter()
        .map(|finding| (&text[finding.start..finding.end], finding.label))
        .collect()
}

/// The names found in a text.
fn names(text: &str) -> Vec<&str> {
    let found = found(text);
    found.iter().filter(|(_, label)| *label == Label::PersonName).map(|(words, _)| *words).collect()
}

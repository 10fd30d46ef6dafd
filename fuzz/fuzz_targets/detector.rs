//! A message, whatever is in it: findings lie on characters, do not overlap, and what is masked stays masked.
#![no_main]

use std::sync::LazyLock;

use caredesk_core::policy::pii::{Case, Detector};
use libfuzzer_sys::fuzz_target;

static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::new);

fuzz_target!(|text: &str| {
    let mut last = 0;
    for finding in DETECTOR.scan(text) {
        assert!(finding.start < finding.end && last <= finding.start);
        assert!(text.get(finding.start..finding.end).is_some());
        assert!(finding.score <= 1_000);
        last = finding.end;
    }
    let mut case = Case::default();
    let masked = DETECTOR.mask(text, &mut case);
    let again = DETECTOR.mask(&masked.text, &mut case);
    assert_eq!(again.text, masked.text);
});

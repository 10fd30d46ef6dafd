//! A name and an address, whatever is in them: a verdict with its reasons, the same in capitals.
#![no_main]

use caredesk_core::policy::names::judge;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|parts: (&str, &str, Option<&str>)| {
    let (first, last, email) = parts;
    let judged = judge(first, last, email);
    assert!(!judged.reasons.is_empty());
    let spaced = judge(&format!("  {first} "), &format!(" {last}  "), email);
    assert_eq!(spaced, judged);
});

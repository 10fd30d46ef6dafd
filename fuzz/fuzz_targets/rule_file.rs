//! An operator's file of rules, whatever is in it: a policy or faults with lines, and a policy answers.
#![no_main]

use caredesk_core::policy::desk::{
    BUILT_IN, Channel, DeskPolicy, Effect, FORBIDDEN, Facts, Inquiry, PolicyFile, RequesterKind,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let own = PolicyFile { path: "own.toml", text };
    // Reading the rules that are shipped takes a hundred times as long as a file of a few kilobytes: most
    // texts are read by themselves, one in sixteen as what it would be, a file over the rules.
    let over = text.len() % 16 == 0;
    let files = [BUILT_IN, own];
    match DeskPolicy::parse(if over { &files } else { &files[1..] }) {
        Err(faults) => {
            assert!(!faults.is_empty());
            let lines = text.matches('\n').count() + 1;
            for fault in faults.iter().filter(|fault| fault.path == "own.toml") {
                assert!((1..=lines).contains(&fault.line), "{fault}");
            }
        }
        Ok(policy) => policy.rules().for_each(|rule| answers(&policy, rule.code.as_str())),
    }
});

/// Asks a rule as everybody, by every channel.
fn answers(policy: &DeskPolicy, code: &str) {
    for requester in RequesterKind::ALL {
        for channel in Channel::ALL {
            let decision = policy.evaluate(&Inquiry {
                request_type: code.parse().expect("a rule's code is a request type"),
                requester: *requester,
                channel: *channel,
                facts: Facts::new(),
                copy_on_referrals: false,
            });
            assert!(decision.effects.contains(&Effect::AuditLog));
            assert!(!decision.effects.iter().any(|effect| FORBIDDEN.contains(&effect.as_str())));
        }
    }
}

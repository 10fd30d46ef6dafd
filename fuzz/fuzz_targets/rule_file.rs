//! An operator's file of rules, whatever is in it: a policy or faults with lines, and a policy answers.
#![no_main]

use caredesk_core::policy::desk::{
    BUILT_IN, Channel, DeskPolicy, Effect, FORBIDDEN, Facts, Inquiry, PolicyFile, RequesterKind,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let own = PolicyFile { path: "own.toml", text };
    match DeskPolicy::parse(&[BUILT_IN, own]) {
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

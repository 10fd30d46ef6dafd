//! How long the desk policy takes: to be read, and to answer.

use std::hint::black_box;

use caredesk_core::policy::desk::{
    BUILT_IN, Channel, DeskPolicy, Fact, FactError, FactSource, FactType, Facts, Inquiry,
    RequesterKind,
};
use criterion::Criterion;

/// Everything that can be known, so that no look-up is saved.
fn everything() -> Result<Facts, FactError> {
    let mut facts = Facts::new();
    for fact in Fact::ALL {
        let text = match fact.fact_type() {
            FactType::Flag => "false",
            FactType::Count(..) => "1",
            FactType::Word(words) => words.last().map_or("", |word| word.as_str()),
            FactType::Text => "a reason",
        };
        facts.set_text(*fact, text, FactSource::Record)?;
    }
    Ok(facts)
}

/// Every rule asked by everybody.
fn inquiries(policy: &DeskPolicy, facts: &Facts) -> Vec<Inquiry> {
    let mut all = Vec::new();
    for rule in policy.rules() {
        all.extend(RequesterKind::ALL.iter().map(|requester| Inquiry {
            request_type: (&rule.code).into(),
            requester: *requester,
            channel: Channel::Email,
            facts: facts.clone(),
            copy_on_referrals: false,
        }));
    }
    all
}

fn main() -> Result<(), FactError> {
    let mut criterion = Criterion::default().configure_from_args();
    let policy = DeskPolicy::built_in();
    criterion.bench_function("read and check the built-in policy", |b| {
        b.iter(|| DeskPolicy::parse(&[BUILT_IN]));
    });
    for (name, facts) in [("nothing known", Facts::new()), ("everything known", everything()?)] {
        let inquiries = inquiries(&policy, &facts);
        let mut cycle = inquiries.iter().cycle();
        criterion.bench_function(&format!("answer a request, {name}"), |b| {
            b.iter(|| cycle.next().map(|one| policy.evaluate(black_box(one))));
        });
        let all = format!("answer every rule for everybody ({}), {name}", inquiries.len());
        criterion.bench_function(&all, |b| {
            b.iter(|| inquiries.iter().for_each(|one| drop(black_box(policy.evaluate(one)))));
        });
    }
    criterion.final_summary();
    Ok(())
}

//! How long it takes to learn the phrases, and to suggest for a message.

use std::hint::black_box;

use caredesk_core::policy::suggestion::Suggester;
use criterion::Criterion;

/// A message as most are.
const SHORT: &str = "Hi, my ex-husband still gets the mails about our daughter, please take his address off. Thanks!";

/// Learning, a short message, and the longest that is read.
fn suggestion(criterion: &mut Criterion) {
    criterion.bench_function("suggestion/learn", |bencher| bencher.iter(Suggester::new));
    let suggester = Suggester::new();
    criterion.bench_function("suggestion/short message", |bencher| {
        bencher.iter(|| suggester.suggest(black_box(SHORT)).len());
    });
    let long = SHORT.repeat(210);
    criterion.bench_function("suggestion/20 000 characters", |bencher| {
        bencher.iter(|| suggester.suggest(black_box(&long)).len());
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    suggestion(&mut criterion);
    criterion.final_summary();
}

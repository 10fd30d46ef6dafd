//! How often the suggested request type is right, on messages that were never learnt from.

use caredesk_core::policy::suggestion::Suggester;
use serde::Deserialize;

/// A message and what it asks for.
#[derive(Deserialize)]
struct Request {
    text: String,
    request_type: String,
}

/// Messages from many voices, at least four for every request type.
fn requests() -> Vec<Request> {
    let lines = include_str!("data/suggestion_requests.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_right_type_comes_first_in_three_of_four_and_among_three_in_nine_of_ten() {
    let suggester = Suggester::new();
    let requests = requests();
    let (mut first, mut among) = (0, 0);
    for Request { text, request_type } in &requests {
        let found = suggester.suggest(text);
        let right = found.first().is_some_and(|best| best.request_type == request_type);
        first += usize::from(right);
        among += usize::from(found.iter().any(|one| one.request_type == request_type));
        if !right {
            println!("{request_type}: {text} -> {found:?}");
        }
    }
    println!("of {}: {first} first, {among} among three", requests.len());
    assert!(first * 100 >= requests.len() * 75);
    assert!(among * 100 >= requests.len() * 90);
}

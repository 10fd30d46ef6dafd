//! How often the suggested request type is right, on messages that were never learnt from.

use caredesk_core::policy::suggestion::{PhraseBook, Suggester};
use serde::Deserialize;

/// A message and what it asks for.
#[derive(Deserialize)]
struct Request {
    text: String,
    request_type: String,
}

/// Messages from many voices, at least five for every request type.
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
        let is_first = found.first().is_some_and(|best| best.request_type == request_type);
        first += usize::from(is_first);
        among += usize::from(found.iter().any(|one| one.request_type == request_type));
        if !is_first {
            println!("{request_type}: {text} -> {found:?}");
        }
    }
    println!("of {}: {first} first, {among} among three", requests.len());
    assert!(first * 100 >= requests.len() * 75);
    assert!(among * 100 >= requests.len() * 90);
}

#[test]
fn every_request_type_is_asked_for_at_least_five_times() {
    let book = PhraseBook::built_in().unwrap();
    let requests = requests();
    for request_type in book.request_types() {
        let asked = requests.iter().filter(|request| request.request_type == request_type);
        assert!(asked.count() >= 5, "{request_type}");
    }
    assert!(requests.iter().all(|request| book.request_types().contains(&&*request.request_type)));
}

#[test]
fn no_message_is_learnt_from() {
    let book = PhraseBook::built_in().unwrap();
    for Request { text, .. } in requests() {
        assert!(!book.contains(&text), "{text}");
    }
}

//! How often the suggested request type is right, on messages that were never learnt from.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

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

/// How many messages have their type first, and how many among three, in a hundred.
fn hits(messages: impl Fn(&str) -> String) -> (usize, usize) {
    let suggester = Suggester::new();
    let requests = requests();
    let (mut first, mut among) = (0, 0);
    for Request { text, request_type } in &requests {
        let text = messages(text);
        let found = suggester.suggest(&text);
        let is_first = found.first().is_some_and(|best| best.request_type == request_type);
        first += usize::from(is_first);
        among += usize::from(found.iter().any(|one| one.request_type == request_type));
        if !is_first {
            println!("{request_type}: {text} -> {found:?}");
        }
    }
    println!("of {}: {first} first, {among} among three", requests.len());
    (first * 100 / requests.len(), among * 100 / requests.len())
}

#[test]
fn the_right_type_comes_first_in_three_of_four_and_among_three_in_nine_of_ten() {
    let (first, among) = hits(str::to_owned);
    assert!(first >= 75 && among >= 90, "{first} % first, {among} % among three");
}

#[test]
fn a_story_around_the_wish_does_not_hide_it() {
    let before = "Good afternoon! We've had a really busy spring with two soccer teams and a kitchen \
        renovation. My husband usually takes care of these things. I tried to call last Thursday, but \
        had to go to a meeting.";
    let after = "Thank you for your time, we still talk about last year.\nJennifer and Mark Hollis";
    let (first, among) = hits(|wish| format!("{before} {wish} {after}"));
    assert!(first >= 65 && among >= 80, "{first} % first, {among} % among three");
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

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::*;
use crate::policy::desk::DeskPolicy;

/// The request types of the desk policy, in order.
static REQUEST_TYPES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let policy = DeskPolicy::built_in();
    let types: BTreeSet<String> = policy.rules().map(|rule| rule.code.to_string()).collect();
    types.into_iter().collect()
});
/// Voices that speak Spanish; the others speak English, or say nothing.
const SPANISH: [&str; 3] = ["familias", "mensajes", "oficinas"];

/// How often a type was suggested first, and among three.
#[derive(Debug, Clone, Copy, Default)]
struct Hits {
    first: usize,
    among: usize,
    asked: usize,
}

impl Hits {
    /// Asks for every phrase.
    fn count(&mut self, suggester: &Suggester, asked: &PhraseBook) {
        for phrase in asked.phrases() {
            let found = suggester.suggest(&phrase.text);
            let is_right = |one: &Suggestion<'_>| one.request_type == phrase.request_type;
            self.first += usize::from(found.first().is_some_and(is_right));
            self.among += usize::from(found.iter().any(is_right));
            self.asked += 1;
        }
    }

    /// Adds the hits of another voice.
    fn add(&mut self, other: Self) {
        self.first += other.first;
        self.among += other.among;
        self.asked += other.asked;
    }

    /// Both in a hundred.
    fn shares(self) -> (usize, usize) {
        (self.first * 100 / self.asked, self.among * 100 / self.asked)
    }
}

/// The code of the best suggestion.
fn best<'a>(suggester: &'a Suggester, text: &str) -> Option<&'a str> {
    suggester.suggest(text).first().map(|best| best.request_type)
}

#[test]
fn a_voice_that_was_not_learnt_is_understood() {
    let book = PhraseBook::built_in().unwrap();
    let voices: BTreeSet<&str> =
        book.phrases().iter().map(|phrase| phrase.voice.as_str()).collect();
    let mut all = Hits::default();
    for voice in voices.into_iter().filter(|voice| *voice != "chatter") {
        let others = Suggester::of(&book.only(|phrase| phrase.voice != voice));
        let own = book.only(|phrase| phrase.voice == voice);
        let mut hits = Hits::default();
        hits.count(&others, &own);
        all.add(hits);
        let (first, among) = hits.shares();
        println!("{voice}: {first} % first, {among} % among three");
        assert!(first >= 70 && among >= 85, "{voice}: {hits:?}");
    }
    let (first, among) = all.shares();
    println!("all: {first} % first, {among} % among three");
    assert!(first >= 87 && among >= 95, "{all:?}");
}

#[test]
fn every_request_type_has_phrases_in_both_languages_and_no_other_has() {
    let book = PhraseBook::built_in().unwrap();
    assert_eq!(book.request_types(), *REQUEST_TYPES);
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for phrase in book.phrases().iter().filter(|phrase| phrase.request_type != phrases::NOTHING) {
        let is_spanish = SPANISH.contains(&phrase.voice.as_str());
        *counts.entry((&phrase.request_type, is_spanish)).or_default() += 1;
    }
    for ((request_type, is_spanish), count) in &counts {
        let least = if *is_spanish { 9 } else { 29 };
        assert!(*count >= least, "{request_type} has {count} phrases, in Spanish: {is_spanish}");
    }
    assert_eq!(counts.len(), 2 * REQUEST_TYPES.len());
}

#[test]
fn faults_of_phrases_are_found() {
    let read = |file: &str| PhraseBook::read(&[("voice", file)]).map(|_| ());
    let voice = "voice".to_owned();
    assert!(matches!(read("\"a.b\" = 1"), Err(PhraseFault::Unreadable { .. })));
    assert_eq!(
        read("\"a.b\" = [\"?!\"]"),
        Err(PhraseFault::Empty { voice, request_type: "a.b".to_owned() })
    );
    assert_eq!(
        read("\"a.b\" = [\"Open it\"]\n\"c.d\" = [\"open IT!\"]"),
        Err(PhraseFault::Repeated {
            text: "open IT!".to_owned(),
            first: "a.b".to_owned(),
            second: "c.d".to_owned()
        })
    );
    assert_eq!(read("\"a.b\" = [\"Open it\", \"Close it\"]"), Ok(()));
}

#[test]
fn nothing_is_suggested_where_nothing_is_known() {
    let suggester = Suggester::new();
    let digits = "0123456789 ".repeat(6000);
    for text in [
        "",
        " \n\t ",
        "?!... --",
        "555 0142 2231",
        &digits,
        &"9".repeat(65_536),
        "\u{1f600}\u{1f600} \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "こんにちは、世界",
        "Привет, как дела?",
        "مرحبا بالعالم",
        "xqzvw jjkkl pfffrt",
        "Hello!",
        "Thank you so much, have a great weekend",
        "Buenos días, muchas gracias",
    ] {
        let head: String = text.chars().take(30).collect();
        assert_eq!(suggester.suggest(text), [], "{head}");
    }
}

#[test]
fn any_text_is_read() {
    let suggester = Suggester::new();
    let noise: String = ('\u{1}'..='\u{ffff}').collect();
    for text in [noise, "a".repeat(70_000), "unlock the form ".repeat(5000), "\u{301}".repeat(9000)]
    {
        let found = suggester.suggest(&text);
        assert!(found.len() <= MAX_SUGGESTIONS);
        assert!(found.is_sorted_by(|one, next| one.score >= next.score));
        assert!(found.iter().all(|one| one.score <= 1000));
    }
}

#[test]
fn case_accents_and_typing_errors_matter_little() {
    let suggester = Suggester::new();
    for (text, request_type) in [
        ("PLEASE UNLOCK THE HEALTH FORM", "health.lockout.unlock"),
        ("plese unlok the helth frm", "health.lockout.unlock"),
        ("¿me devuelven el depósito?", "finance.refund"),
        ("me devuelven el deposito", "finance.refund"),
        ("ｒｅｆｕｎｄ my ｄｅｐｏｓｉｔ", "finance.refund"),
    ] {
        assert_eq!(best(&suggester, text), Some(request_type), "{text}");
    }
}

#[test]
fn a_wish_is_found_in_a_long_message() {
    let suggester = Suggester::new();
    let story =
        "We have had such a long spring, with two soccer teams and a new kitchen. ".repeat(5);
    let wish = "My ex-husband has no custody, please remove his email from our son's account. ";
    let end = "It was lovely to see everybody at the picnic.\nBest wishes from all of us";
    let text = format!("Good morning!\n{story}{wish}{story}{end}");
    assert_eq!(best(&suggester, &text), Some("profiles.email.remove.other"));
}

#[test]
fn the_same_words_have_the_same_suggestions() {
    let (one, other) = (Suggester::new(), Suggester::new());
    for text in
        ["my code says expired", "No puedo entrar al portal", "what is my user name and case"]
    {
        assert!(!one.suggest(text).is_empty());
        assert_eq!(one.suggest(text), other.suggest(text));
    }
}

use std::collections::BTreeSet;

use super::*;

/// How many of the phrases have their type first, and how many among three, in a thousand.
fn hits(suggester: &Suggester, asked: &[(String, String)]) -> (usize, usize) {
    let mut first = 0;
    let mut among = 0;
    for (request_type, words) in asked {
        let found = suggester.suggest(words);
        first += usize::from(found.first().is_some_and(|best| best.request_type == request_type));
        among += usize::from(found.iter().any(|one| one.request_type == request_type));
    }
    (first * 1000 / asked.len(), among * 1000 / asked.len())
}

#[test]
fn a_voice_that_was_not_learnt_is_understood() {
    let book = PhraseBook::built_in().unwrap();
    let voices: BTreeSet<&str> =
        book.phrases().iter().map(|phrase| phrase.voice.as_str()).collect();
    for voice in voices {
        let others = Suggester::of(&book.only(|phrase| phrase.voice != voice));
        let own = book.only(|phrase| phrase.voice == voice);
        let asked: Vec<(String, String)> = own
            .phrases()
            .iter()
            .map(|phrase| (phrase.request_type.clone(), phrase.words.clone()))
            .collect();
        let (first, among) = hits(&others, &asked);
        println!("{voice}: {first} first, {among} among three, of a thousand");
    }
}

//! Typing errors: how far two words are from each other, and which words come into question at all.

/// From how many letters on a word may have one error.
const ONE_FROM: usize = 5;
/// From how many letters on it may have two.
const TWO_FROM: usize = 8;

/// How many typing errors a plain word may have: none if it is short, or a number.
pub fn typos_in(word: &str) -> usize {
    if word.chars().any(char::is_numeric) {
        return 0;
    }
    match word.chars().count() {
        0..ONE_FROM => 0,
        ONE_FROM..TWO_FROM => 1,
        _ => 2,
    }
}

/// How many characters of a mistyped word are right at its beginning, if its end is not: whoever looks for the
/// words that were meant looks for those that begin like it and, with the same number in [`mirrored`] words, for
/// those that end like it. Of one error this finds all; of two all but those at both ends of a word.
pub fn stays_in_front(word: &str) -> usize {
    let length = word.chars().count();
    if typos_in(word) < 2 { length.saturating_sub(1) / 2 } else { length / 3 }
}

/// A word from its end to its beginning.
pub fn mirrored(word: &str) -> String {
    word.chars().rev().collect()
}

/// In how many errors one word becomes another: a letter too many, too few, or wrong, or two in the wrong order.
/// None for more than `most`.
pub fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    // Rows of the table: the one before the last, the last, and the next.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(last.len());
        next.push(at.saturating_add(1));
        for (place, there) in other.iter().enumerate() {
            let get = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX);
            let replaced = get(&last, place).saturating_add(usize::from(letter != there));
            let removed = get(&last, place.saturating_add(1)).saturating_add(1);
            let added = get(&next, place).saturating_add(1);
            let mut cheapest = replaced.min(removed).min(added);
            let swapped = at.checked_sub(1).and_then(|at| one.get(at)) == Some(there)
                && place.checked_sub(1).and_then(|place| other.get(place)) == Some(letter);
            if let (true, Some(two_back)) = (swapped, place.checked_sub(1)) {
                cheapest = cheapest.min(get(&before, two_back).saturating_add(1));
            }
            next.push(cheapest);
        }
        if next.iter().all(|so_far| *so_far > most) {
            return None;
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().filter(|found| *found <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted() {
        for (one, other, errors) in [
            ("password", "password", Some(0)),
            ("pasword", "password", Some(1)),
            ("passwrod", "password", Some(1)),
            ("passsword", "password", Some(1)),
            ("pazzword", "password", Some(2)),
            ("pasowrd", "password", Some(2)),
            ("pzzzword", "password", None),
            ("pass", "password", None),
            ("", "ab", Some(2)),
        ] {
            assert_eq!(distance(one, other, 2), errors, "{one} {other}");
            assert_eq!(distance(other, one, 2), errors, "{other} {one}");
        }
    }

    #[test]
    fn short_words_and_numbers_have_none() {
        assert_eq!(["desk", "invte", "invites", "invitaton"].map(typos_in), [0, 1, 1, 2]);
        assert_eq!(typos_in("u000123456"), 0);
    }

    /// Every word at one error's distance shares its beginning or its end with the right one.
    #[test]
    fn what_was_meant_is_looked_for_where_it_is() {
        for right in ["abcde", "abcdef", "abcdefg", "invitation"] {
            for wrong in misspelt(right).iter().filter(|wrong| typos_in(wrong) == 1) {
                let same = stays_in_front(wrong);
                let (front, back) = (&wrong[..same], &mirrored(wrong)[..same]);
                let found = right.starts_with(front) || mirrored(right).starts_with(back);
                assert!(found, "{wrong} for {right}");
            }
        }
    }

    fn misspelt(word: &str) -> Vec<String> {
        let mut all = Vec::new();
        for at in 0..=word.len() {
            all.push(format!("{}z{}", &word[..at], &word[at..]));
            if at < word.len() {
                all.push(format!("{}{}", &word[..at], &word[at + 1..]));
                all.push(format!("{}z{}", &word[..at], &word[at + 1..]));
            }
            if at + 1 < word.len() {
                let (one, two) = (&word[at..=at], &word[at + 1..at + 2]);
                all.push(format!("{}{two}{one}{}", &word[..at], &word[at + 2..]));
            }
        }
        all
    }
}

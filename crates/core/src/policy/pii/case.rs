//! What a case has met: the placeholder of every value, and the names that are known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::finding::Label;
use crate::domain::PersonName;
use crate::policy::lexicon::fold;

/// The values that were masked in a case, folded, in the order they were met; the place is the number in
/// the placeholder.
///
/// It holds the values themselves, because names have to be found again: whoever stores it seals it, as
/// the original texts are.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    values: BTreeMap<Label, Vec<String>>,
}

impl Case {
    /// A case that has met nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name that is known from elsewhere, so that it is found wherever it stands; says what stands for it.
    pub fn know(&mut self, name: &PersonName) -> String {
        self.placeholder(Label::PersonName, name.as_str())
    }

    /// Whether it has met something of a kind.
    pub(super) fn has(&self, label: Label) -> bool {
        self.values.get(&label).is_some_and(|values| !values.is_empty())
    }

    /// The placeholder of a value: the one that it has, or the next.
    ///
    /// A part of one known name, and of no other, has that name's.
    pub(super) fn placeholder(&mut self, label: Label, value: &str) -> String {
        let folded = folded(label, value);
        let values = self.values.entry(label).or_default();
        let known = values.iter().position(|known| *known == folded);
        let place = known
            .or_else(|| (label == Label::PersonName).then(|| part_of(values, &folded)).flatten());
        let number = place.unwrap_or_else(|| {
            values.push(folded);
            values.len() - 1
        });
        format!("[{}-{}]", label.placeholder(), number + 1)
    }

    /// The words of the known names.
    pub(super) fn name_words(&self) -> BTreeSet<String> {
        let names = self.values.get(&Label::PersonName).into_iter().flatten();
        names
            .flat_map(|name| name.split(' '))
            .filter(|word| word.len() >= 3)
            .map(str::to_owned)
            .collect()
    }

    /// All values, folded and without blanks, with what they are.
    pub(super) fn values(&self) -> impl Iterator<Item = (Label, String)> {
        let all = self
            .values
            .iter()
            .flat_map(|(label, values)| values.iter().map(|value| (*label, value)));
        all.map(|(label, value)| (label, value.replace(' ', "")))
    }
}

impl fmt::Debug for Case {
    /// How many values of each kind; never a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.values.iter().map(|(label, values)| (label, values.len())))
            .finish()
    }
}

/// The words of a value, folded; numbers without their signs.
fn folded(label: Label, value: &str) -> String {
    let words: Vec<_> = value
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | ',' | '"' | '(' | ')'))
        .map(|word| fold(word).into_owned())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(if matches!(label, Label::PersonName | Label::Address | Label::DateOfBirth) {
        " "
    } else {
        ""
    })
}

/// The place of the one name that has all of some words.
fn part_of(names: &[String], words: &str) -> Option<usize> {
    let has = |name: &&(usize, &String)| {
        words.split(' ').all(|word| name.1.split(' ').any(|part| part == word))
    };
    let numbered: Vec<_> = names.iter().enumerate().collect();
    let mut holders = numbered.iter().filter(has);
    let first = holders.next()?;
    holders.next().is_none().then_some(first.0)
}

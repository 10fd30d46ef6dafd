//! Whom a rule names: kinds of requesters, and the groups that stand for several of them.

use std::collections::BTreeMap;

use super::fault::Faults;
use super::read;
use super::table::{self, Table, Value};
use super::words::{KindSet, Outcome, RequesterKind};

/// The organisation: its users and its owner on file.
const ORGANIZATION: &str = "organization";
/// The people of the desk.
const AGENTS: &str = "agents";
/// Everybody whom the rule does not name.
const OTHERS: &str = "*";

/// The kinds that a word stands for: one, or a group's.
fn kinds(word: &str) -> Option<KindSet> {
    let group = |is_in: fn(RequesterKind) -> bool| {
        RequesterKind::ALL.iter().copied().filter(move |kind| is_in(*kind)).collect()
    };
    match word {
        ORGANIZATION => Some(group(RequesterKind::is_of_organization)),
        AGENTS => Some(group(RequesterKind::is_agent)),
        kind => kind.parse().ok().map(|kind: RequesterKind| std::iter::once(kind).collect()),
    }
}

/// A list of kinds and groups.
pub(super) fn set(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<KindSet> {
    let mut all = Some(KindSet::NONE);
    for item in table::items(value, "kinds", faults) {
        let read = item.get_ref().as_str().and_then(kinds);
        if read.is_none() {
            faults.add(&item.span(), "`kinds` names nobody that the policy knows");
        }
        all = all.zip(read).map(|(all, read)| all.iter().chain(read.iter()).collect());
    }
    if all.is_some_and(KindSet::is_empty) {
        faults.add(&value.span(), "`kinds` names nobody");
    }
    all.filter(|kinds| !kinds.is_empty())
}

/// The outcome for every kind: one that is named goes before its group, a group before `*`.
pub(super) fn outcomes(
    value: &Value<'_>,
    faults: &mut Faults<'_>,
) -> Option<BTreeMap<RequesterKind, Outcome>> {
    let table = Table::of(value, "`outcome`", faults)?;
    let mut ranked: Vec<(u8, RequesterKind, Outcome)> = Vec::new();
    for (word, span, value) in table.rows() {
        let named = if word == OTHERS { Some(KindSet::all()) } else { kinds(word) };
        let Some(named) = named else {
            faults.add(&span, format!("nobody is called `{word}`"));
            continue;
        };
        let written = value.get_ref().as_str().unwrap_or_default();
        let Some(outcome) = read::outcome(written, &value.span(), faults) else { continue };
        let rank = match word {
            OTHERS => 0,
            ORGANIZATION | AGENTS => 1,
            _ => 2,
        };
        ranked.extend(named.iter().map(|kind| (rank, kind, outcome)));
    }
    ranked.sort_unstable();
    let all: BTreeMap<_, _> =
        ranked.into_iter().map(|(_, kind, outcome)| (kind, outcome)).collect();
    let unnamed = RequesterKind::ALL.iter().filter(|kind| !all.contains_key(kind));
    let unnamed: Vec<&str> = unnamed.map(|kind| kind.as_str()).collect();
    if !unnamed.is_empty() {
        faults.add(&value.span(), format!("`outcome` says nothing for {}", unnamed.join(", ")));
    }
    Some(all)
}

//! A file of rules as it is written, rule by rule.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::PolicyFile;
use super::effect::{Effect, FORBIDDEN};
use super::fault::{Faults, RuleFault};
use super::rule::{Place, Rule, Wording};
use super::table::{self, Table, Value};
use super::who;
use super::words::{Channel, ChannelSet, Outcome, RuleCode};
use super::{cases, reach};
use crate::domain::Paragraph;

words! {
    /// What an operator's file does with the rules before it.
    PolicyMode {
        /// Its rules stand for all of them.
        Replace = "replace",
        /// A rule of the same code stands for the one before; others are added.
        Overlay = "overlay",
    }
}

/// What a file says.
pub(super) struct Read {
    /// What it does with the rules before it; none in the first file.
    pub mode: Option<PolicyMode>,
    /// Its own version.
    pub version: u32,
    /// What is said for an outcome where a rule says nothing of its own; none if some of it is wrong.
    pub common: Option<BTreeMap<Outcome, Wording>>,
    /// Its rules, in their order.
    pub rules: Vec<Rule>,
}

/// Reads a file: what is right in it, and every fault. The first file is the built-in one, which has no mode.
pub(super) fn read(file: &PolicyFile<'_>, is_first: bool) -> (Read, Vec<RuleFault>) {
    let mut faults = Faults::of(file.path, file.text);
    let (root, errors) = DeTable::parse_recoverable(file.text);
    for error in errors {
        faults.add(&error.span().unwrap_or(0..0), error.message());
    }
    let read = whole(Table::new(root.get_ref(), &(0..0)), is_first, &mut faults);
    (read, faults.into_found())
}

fn whole(table: Table<'_>, is_first: bool, faults: &mut Faults<'_>) -> Read {
    let known: &[&str] =
        if is_first { &["version", "say", "rule"] } else { &["version", "mode", "say", "rule"] };
    table.only(known, faults);
    Read {
        mode: if is_first { None } else { table.text("mode", faults) },
        version: version(table, faults).unwrap_or_default(),
        common: table.get("say").map_or(Some(BTreeMap::new()), |say| wordings(say, faults)),
        rules: table.get("rule").map(|list| rules(list, faults)).unwrap_or_default(),
    }
}

/// The file's own version: a whole number from 1 on.
fn version(table: Table<'_>, faults: &mut Faults<'_>) -> Option<u32> {
    let value = table.need("version", faults)?;
    let version = table::number(value).filter(|version| *version > 0);
    if version.is_none() {
        faults.add(&value.span(), "`version` is a whole number from 1 on");
    }
    version
}

fn rules(list: &Value<'_>, faults: &mut Faults<'_>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for value in table::items(list, "rule", faults) {
        let Some(table) = Table::of(value, "`rule`", faults) else { continue };
        let Some(rule) = rule(table, faults) else { continue };
        if let Some(other) = rules.iter().find(|other| other.code == rule.code) {
            let what = format!("`{}` is in line {} already", rule.code, other.place.line);
            faults.add_at(rule.place.line, what);
        }
        rules.push(rule);
    }
    rules
}

/// The keys of a rule.
const KEYS: [&str; 13] = [
    "code",
    "kind",
    "source",
    "title",
    "example",
    "channels",
    "sensitive",
    "required",
    "when",
    "outcome",
    "effects",
    "say",
    "why",
];

fn rule(table: Table<'_>, faults: &mut Faults<'_>) -> Option<Rule> {
    table.only(&KEYS, faults);
    let code: Option<RuleCode> = table.text("code", faults);
    let kind = table.text("kind", faults);
    let sources = sources(table, faults);
    let title = table.need("title", faults).and_then(|title| wording(title, "title", faults));
    let example = table.get("example").map(|example| wording(example, "example", faults));
    let channels = table.list::<Channel>("channels", faults).into_iter().collect::<ChannelSet>();
    let why = table.get("why").map(|why| table::text::<Paragraph>(why, "why", faults));
    let outcomes = table.need("outcome", faults).and_then(|value| who::outcomes(value, faults));
    let cases = cases::read(table, faults);
    let effects = table.get("effects").map(|value| effects(value, faults)).unwrap_or_default();
    let say = table.get("say").map_or(Some(BTreeMap::new()), |say| wordings(say, faults));
    let says_well = say.is_some();
    let rule = Rule {
        code: code?,
        kind: kind?,
        sources: sources?,
        title: title?,
        example: example.map_or(Some(None), |read| read.map(Some))?,
        channels: if channels.is_empty() { ChannelSet::all() } else { channels },
        is_sensitive: table.flag("sensitive", faults),
        is_required: table.flag("required", faults),
        cases: cases?,
        outcomes: outcomes?,
        effects,
        say: say.unwrap_or_default(),
        why: why.flatten(),
        place: Place { path: faults.path().to_owned(), line: faults.line(&table.span()) },
    };
    unused(&rule, table, faults);
    reach::check(&rule, faults);
    says_well.then_some(rule)
}

/// The labels of the documents that a rule comes from: one at least.
fn sources(table: Table<'_>, faults: &mut Faults<'_>) -> Option<Vec<crate::domain::Line>> {
    table.need("source", faults)?;
    let sources = table.list("source", faults);
    if sources.is_empty() {
        faults.add(&table.span(), "`source` names no document");
    }
    Some(sources)
}

/// Notes effects and sentences for outcomes that the rule never has.
fn unused(rule: &Rule, table: Table<'_>, faults: &mut Faults<'_>) {
    let possible = rule.possible_outcomes();
    for key in ["effects", "say"] {
        let named = table.get(key).and_then(|value| value.get_ref().as_table());
        for (word, _) in named.into_iter().flat_map(DeTable::iter) {
            let outcome = word.get_ref().parse::<Outcome>();
            if outcome.is_ok_and(|outcome| !possible.contains(&outcome)) {
                let what = format!("`{key}` for `{}`, which the rule never has", word.get_ref());
                faults.add(&word.span(), what);
            }
        }
    }
}

/// An outcome that is written as a key.
pub(super) fn outcome(word: &str, span: &Range<usize>, faults: &mut Faults<'_>) -> Option<Outcome> {
    let outcome = word.parse();
    outcome.map_err(|_unknown| faults.add(span, format!("no outcome is called `{word}`"))).ok()
}

/// A sentence in every language.
fn wording(value: &Value<'_>, key: &str, faults: &mut Faults<'_>) -> Option<Wording> {
    let table = Table::of(value, &format!("`{key}`"), faults)?;
    table.only(&["en", "es"], faults);
    let in_language = |language: &str, faults: &mut Faults<'_>| -> Option<Paragraph> {
        let Some(text) = table.get(language) else {
            faults.add(&table.span(), format!("`{key}` has no wording in `{language}`"));
            return None;
        };
        table::text(text, &format!("{key}.{language}"), faults)
    };
    let (en, es) = (in_language("en", faults), in_language("es", faults));
    Some(Wording { en: en?, es: es? })
}

/// Sentences by outcome; none if one of them is wrong.
fn wordings(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<BTreeMap<Outcome, Wording>> {
    let table = Table::of(value, "`say`", faults)?;
    let read = table.rows().map(|(word, span, value)| {
        let outcome = outcome(word, &span, faults);
        outcome.zip(wording(value, &format!("say.{word}"), faults))
    });
    read.collect::<Vec<_>>().into_iter().collect()
}

/// Effects by outcome.
fn effects(value: &Value<'_>, faults: &mut Faults<'_>) -> BTreeMap<Outcome, Vec<Effect>> {
    let Some(table) = Table::of(value, "`effects`", faults) else { return BTreeMap::new() };
    let mut all = BTreeMap::new();
    for (word, span, value) in table.rows() {
        let Some(outcome) = outcome(word, &span, faults) else { continue };
        let read = table::items(value, "effects", faults).filter_map(|item| effect(item, faults));
        all.insert(outcome, read.collect());
    }
    all
}

/// An effect; a forbidden one is told from one that nobody knows.
fn effect(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<Effect> {
    let DeValue::String(word) = value.get_ref() else {
        faults.add(&value.span(), "an effect is a text");
        return None;
    };
    let forbidden = FORBIDDEN.contains(&word.as_ref());
    let why = if forbidden { "is forbidden in every rule" } else { "is no effect" };
    word.parse().map_err(|_unknown| faults.add(&value.span(), format!("`{word}` {why}"))).ok()
}

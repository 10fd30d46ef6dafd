//! The cases of a rule, as they are written.

use super::fact::{Fact, FactType, FactValue};
use super::fault::Faults;
use super::rule::{Case, Condition, Test};
use super::table::{self, Table, Value};
use super::who;
use super::words::{Channel, ChannelSet, KindSet};
use toml::de::DeValue;

/// The keys of a case.
const KEYS: [&str; 6] = ["if", "if_not", "if_at_least", "if_channel_not", "kinds", "outcome"];

/// The cases of a rule, in their order; none if one of them is wrong.
pub(super) fn read(rule: Table<'_>, faults: &mut Faults<'_>) -> Option<Vec<Case>> {
    let Some(list) = rule.get("when") else { return Some(Vec::new()) };
    let cases: Vec<Option<Case>> =
        table::items(list, "when", faults).map(|value| case(value, faults)).collect();
    cases.into_iter().collect()
}

fn case(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<Case> {
    let table = Table::of(value, "`when`", faults)?;
    table.only(&KEYS, faults);
    let kinds = table.get("kinds").map(|kinds| who::set(kinds, faults));
    let not_by =
        table.list::<Channel>("if_channel_not", faults).into_iter().collect::<ChannelSet>();
    let outcome = table.text("outcome", faults);
    let mut conditions = Vec::new();
    let mut is_whole = true;
    for key in ["if", "if_not", "if_at_least"] {
        let Some(value) = table.get(key) else { continue };
        let Some(facts) = Table::of(value, &format!("`{key}`"), faults) else {
            is_whole = false;
            continue;
        };
        for (name, span, value) in facts.rows() {
            let fact = fact(name, &span, faults);
            let test = fact.and_then(|fact| test(key, fact, value, faults));
            is_whole &= test.is_some();
            conditions.extend(fact.zip(test).map(|(fact, test)| Condition { fact, test }));
        }
    }
    is_whole.then_some(Case {
        kinds: kinds.map_or(Some(KindSet::all()), |kinds| kinds)?,
        not_by,
        conditions,
        outcome: outcome?,
        line: faults.line(&table.span()),
    })
}

/// A fact that a rule may ask for.
fn fact(name: &str, span: &std::ops::Range<usize>, faults: &mut Faults<'_>) -> Option<Fact> {
    let fact = name.parse::<Fact>();
    match fact {
        Err(_) => faults.add(span, format!("no fact is called `{name}`")),
        Ok(fact) if fact.is_recorded_only() => {
            faults.add(span, format!("`{fact}` is recorded only, no rule can ask for it"));
        }
        Ok(_) => {}
    }
    fact.ok().filter(|fact| !fact.is_recorded_only())
}

/// What a case asks of a fact.
fn test(key: &str, fact: Fact, value: &Value<'_>, faults: &mut Faults<'_>) -> Option<Test> {
    if key == "if_at_least" {
        return least(fact, value, faults).map(Test::AtLeast);
    }
    let read = match value.get_ref() {
        DeValue::Boolean(flag) => fact.flag(*flag),
        DeValue::String(word) => fact.word(word),
        _ => fact.count(table::number(value).unwrap_or(u32::MAX)),
    };
    let read = read.map_err(|why| faults.add(&value.span(), why.to_string())).ok();
    read.map(|value: FactValue| if key == "if" { Test::Is(value) } else { Test::IsNot(value) })
}

/// The number that a fact has to reach.
fn least(fact: Fact, value: &Value<'_>, faults: &mut Faults<'_>) -> Option<u32> {
    let FactType::Count(..) = fact.fact_type() else {
        faults.add(&value.span(), format!("`if_at_least` asks for a number, and `{fact}` is none"));
        return None;
    };
    let least = table::number(value).filter(|least| fact.count(*least).is_ok());
    if least.is_none() {
        faults.add(&value.span(), format!("`{fact}` is {}", fact.fact_type()));
    }
    least
}

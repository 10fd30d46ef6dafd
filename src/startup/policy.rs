//! The desk's policy from a shell: checked, explained, and asked line by line.

use std::io::{BufRead, Write};
use std::path::Path;

use caredesk_core::policy::desk::{
    BUILT_IN, Channel, DeskPolicy, Fact, FactSource, Facts, Inquiry, PolicyFile, RequestType,
    RequesterKind,
};
use caredesk_core::policy::names;
use caredesk_core::policy::suggestion::Suggester;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Failure, lines};

/// A request, as it is to be explained.
#[derive(Debug, Clone)]
pub struct Explained {
    /// What is asked for: the code of a rule.
    pub rule: RequestType,
    /// Who asks.
    pub requester: RequesterKind,
    /// By which channel.
    pub channel: Channel,
    /// What is known: facts with their values, as they are written.
    pub facts: Vec<(Fact, String)>,
}

/// Checks a file of rules on top of those that come with the program; says what they are together, or all
/// that is wrong, by file and line.
///
/// # Errors
/// The file cannot be read, or the answer not be written.
pub fn check_policy(file: &Path, out: &mut impl Write) -> Result<bool, Failure> {
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| Failure::of(&path, error))?;
    let faults = match DeskPolicy::parse(&[BUILT_IN, PolicyFile { path: &path, text: &text }]) {
        Ok(policy) => {
            let (version, rules) = (policy.policy_version(), policy.rules().count());
            return say(out, &format!("{version}: {rules} rules, nothing is wrong\n"))
                .map(|()| true);
        }
        Err(faults) => faults,
    };
    for fault in &faults {
        say(out, &format!("{fault}\n"))?;
    }
    Ok(false)
}

/// The way to an answer, step by step.
///
/// # Errors
/// A fact that cannot be what was said; the answer cannot be written.
pub fn explain_policy(
    policy: &DeskPolicy,
    asked: &Explained,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut facts = Facts::new();
    for (fact, value) in &asked.facts {
        facts
            .set_text(*fact, value, FactSource::Given)
            .map_err(|error| Failure::of(format!("{fact}={value}"), error))?;
    }
    let inquiry = Inquiry {
        request_type: asked.rule.clone(),
        requester: asked.requester,
        channel: asked.channel,
        facts,
        copy_on_referrals: false,
    };
    let decision = policy.evaluate(&inquiry);
    let said = &decision.say;
    let text = format!(
        "{}\nPolicy: {}\nSays (en): {}\nSays (es): {}\n",
        decision.explain(),
        policy.policy_version(),
        said.en,
        said.es
    );
    say(out, &text)
}

/// A line that asks for a decision.
#[derive(Deserialize)]
struct DecisionAsked {
    request_type: String,
    requester_kind: RequesterKind,
    channel: Channel,
    #[serde(default)]
    facts: Facts,
}

/// Decides requests, a line each: `{"id","request_type","requester_kind","channel","facts"}` in,
/// `{"id","rule","outcome","effects"}` out. Says whether every line could be read.
///
/// # Errors
/// The input cannot be read, or the output not be written.
pub fn decide_lines(
    policy: &DeskPolicy,
    input: impl BufRead,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    lines::each(input, out, |asked: DecisionAsked| {
        let DecisionAsked { request_type, requester_kind, channel, facts } = asked;
        let requester = requester_kind;
        // What cannot be the code of a rule is no rule's, and refused like it.
        let request_type = request_type.parse().unwrap_or_else(|_| unknown_type());
        let copy_on_referrals = false;
        let inquiry = Inquiry { request_type, requester, channel, facts, copy_on_referrals };
        let decision = policy.evaluate(&inquiry);
        Ok(object(json!({
            "rule": decision.rule,
            "outcome": decision.outcome,
            "effects": decision.effects,
        })))
    })
}

/// A request type that no rule has.
fn unknown_type() -> RequestType {
    RequestType::parse("unknown").unwrap_or_else(|_| unreachable!("it is of the form"))
}

/// A line with somebody's words.
#[derive(Deserialize)]
struct Words {
    text: String,
}

/// Suggests request types, a line each: `{"id","text"}` in, `{"id","suggested":[..]}` out, the likeliest
/// first. Says whether every line could be read.
///
/// # Errors
/// The input cannot be read, or the output not be written.
pub fn suggest_lines(input: impl BufRead, out: &mut impl Write) -> Result<bool, Failure> {
    let suggester = Suggester::new();
    lines::each(input, out, |asked: Words| {
        let found = suggester.suggest(&asked.text);
        let types: Vec<&str> = found.iter().map(|found| found.request_type).collect();
        Ok(object(json!({"suggested": types})))
    })
}

/// A line with a name.
#[derive(Deserialize)]
struct Named {
    #[serde(flatten)]
    line: Map<String, Value>,
}

/// Judges names, a line each: `{"first","last","email"}` in, the same with `verdict` and `reasons` out. Says
/// whether every line could be read.
///
/// # Errors
/// The input cannot be read, or the output not be written.
pub fn judge_name_lines(input: impl BufRead, out: &mut impl Write) -> Result<bool, Failure> {
    lines::each(input, out, |Named { mut line }: Named| {
        let text = |name: &str| match line.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(format!("`{name}` is a text")),
        };
        let (first, last, email) = (text("first")?, text("last")?, text("email")?);
        let judged = names::judge(first.unwrap_or_default(), last.unwrap_or_default(), email);
        line.extend(object(json!({"verdict": judged.verdict, "reasons": judged.reasons})));
        Ok(line)
    })
}

/// The fields of an object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn say(out: &mut impl Write, text: &str) -> Result<(), Failure> {
    out.write_all(text.as_bytes()).map_err(|error| Failure::of("standard output", error))
}

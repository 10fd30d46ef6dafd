//! What the desk may do: rules as data, and the one place where they are applied (HD, and the rules of the
//! other documents that are asked at the desk).
//!
//! Start at [`DeskPolicy::evaluate`]. The rules are in `policy/desk.toml`; its words are the vocabularies of
//! this module, and `docs/policy.md` tells how to read and to write it. A file is checked whole before any of
//! its rules is in force.

mod cases;
mod digest;
mod effect;
mod evaluate;
mod explain;
mod fact;
mod fact_json;
mod fault;
mod next;
mod reach;
mod read;
mod rule;
mod table;
#[cfg(test)]
mod tests;
mod who;
mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use effect::{Effect, FORBIDDEN};
pub use evaluate::{Decision, FactUsed, Inquiry, Step, Verdict};
pub use fact::{
    Fact, FactError, FactSource, FactType, FactValue, FactWord, Facts, Known, MAX_COUNT,
};
pub(in crate::policy) use fault::Faults;
pub use fault::RuleFault;
pub use next::{Missing, RequesterAction};
pub use read::PolicyMode;
pub use rule::{Case, Condition, Place, Rule, Test, Wording};
pub use words::{
    Channel, ChannelSet, KindSet, Outcome, RequestType, RequesterKind, RuleCode, RuleKind,
};

use read::Read;

/// A file of rules.
#[derive(Debug, Clone, Copy)]
pub struct PolicyFile<'t> {
    /// What faults call it.
    pub path: &'t str,
    /// What is in it.
    pub text: &'t str,
}

/// The rules that come with the program.
pub const BUILT_IN: PolicyFile<'static> =
    PolicyFile { path: "policy/desk.toml", text: include_str!("../../../../../policy/desk.toml") };

/// The rules in force.
#[derive(Debug, Clone)]
pub struct DeskPolicy {
    version: u32,
    hash: String,
    rules: BTreeMap<RuleCode, Rule>,
    /// What is said where no rule is asked for.
    refused: Wording,
}

impl DeskPolicy {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        static READ: LazyLock<DeskPolicy> =
            LazyLock::new(|| match DeskPolicy::parse(&[BUILT_IN]) {
                Ok(policy) => policy,
                Err(faults) => unreachable!("the built-in policy has faults: {faults:?}"),
            });
        READ.clone()
    }

    /// Reads files of rules, the built-in one first; each operator's file replaces or overlays what is before
    /// it.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn parse(files: &[PolicyFile<'_>]) -> Result<Self, Vec<RuleFault>> {
        let mut faults = Vec::new();
        let mut read: Vec<Read> = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let (one, found) = read::read(file, at == 0);
            read.push(one);
            faults.extend(found);
        }
        let last = files.last().map_or("", |file| file.path);
        Self::merged(read, last, faults)
    }

    /// What the files say together; `last` is what the last one is called.
    fn merged(
        files: Vec<Read>,
        last: &str,
        mut faults: Vec<RuleFault>,
    ) -> Result<Self, Vec<RuleFault>> {
        let version = files.last().map_or(0, |file| file.version);
        let mut rules: BTreeMap<RuleCode, Rule> = BTreeMap::new();
        let mut common = Some(BTreeMap::new());
        let mut required: Vec<RuleCode> = Vec::new();
        for (at, file) in files.into_iter().enumerate() {
            if file.mode == Some(PolicyMode::Replace) {
                rules.clear();
            }
            common = common
                .zip(file.common)
                .map(|(before, own)| before.into_iter().chain(own).collect());
            if at == 0 {
                required = codes(file.rules.iter().filter(|rule| rule.is_required));
            }
            rules.extend(file.rules.into_iter().map(|rule| (rule.code.clone(), rule)));
        }
        if faults.is_empty() {
            let missing = required.iter().filter(|code| !rules.contains_key(*code));
            faults.extend(missing.map(|code| is_missing(last, code)));
        }
        // Where a common sentence is wrong, nobody can say which rules lack one.
        let common: BTreeMap<Outcome, Wording> = common.unwrap_or_default();
        if !common.is_empty() {
            faults.extend(rules.values_mut().flat_map(|rule| complete(rule, &common)));
        }
        faults.sort();
        let refused = common.get(&Outcome::Refuse).cloned();
        if refused.is_none() && faults.is_empty() {
            let what = "`say` has no common wording for `refuse`".to_owned();
            faults.push(RuleFault { path: last.to_owned(), line: 1, what });
        }
        let Some(refused) = refused.filter(|_| faults.is_empty()) else { return Err(faults) };
        let hash = digest::of(rules.values());
        Ok(Self { version, hash, rules, refused })
    }

    /// The version that the last file gives itself.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The SHA-256 of all rules in force, as 64 digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Which policy this is, as decisions are recorded with it: the file's version, and the beginning of the
    /// hash, `1+3fa9c2d1`.
    pub fn policy_version(&self) -> String {
        format!("{}+{}", self.version, self.hash.get(..8).unwrap_or_default())
    }

    /// Every rule in force, by its code.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The rules that a person can ask for, by their codes: the request types.
    pub fn request_types(&self) -> impl Iterator<Item = &Rule> {
        self.rules().filter(|rule| rule.can_be_asked())
    }

    /// A rule by its code.
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.get(code)
    }

    /// What a rule says for an outcome; it has a sentence for each that it can have.
    fn say(&self, rule: &Rule, outcome: Outcome) -> Wording {
        rule.say.get(&outcome).unwrap_or(&self.refused).clone()
    }
}

/// Gives a rule the common sentences where it has none of its own, and notes where there is neither.
fn complete(rule: &mut Rule, common: &BTreeMap<Outcome, Wording>) -> Vec<RuleFault> {
    let mut faults = Vec::new();
    for outcome in rule.possible_outcomes() {
        if rule.say.contains_key(&outcome) {
            continue;
        }
        match common.get(&outcome) {
            Some(wording) => drop(rule.say.insert(outcome, wording.clone())),
            None => faults.push(RuleFault {
                path: rule.place.path.clone(),
                line: rule.place.line,
                what: format!("`{}` has no wording for `{outcome}`", rule.code),
            }),
        }
    }
    faults
}

/// A rule that the product cannot do without, and that is not there.
fn is_missing(path: &str, code: &RuleCode) -> RuleFault {
    let what = format!("the rule `{code}` is missing, and the product cannot do without it");
    RuleFault { path: path.to_owned(), line: 1, what }
}

fn codes<'r>(rules: impl Iterator<Item = &'r Rule>) -> Vec<RuleCode> {
    rules.map(|rule| rule.code.clone()).collect()
}

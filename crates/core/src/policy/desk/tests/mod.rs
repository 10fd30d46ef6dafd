//! The desk policy: its file, its faults, its answers.

mod coverage;
mod faults;
mod next;
mod overlay;
mod properties;
mod requests;

use super::reach::Combination;
use super::*;

/// The built-in policy, read once.
fn policy() -> &'static DeskPolicy {
    static POLICY: std::sync::LazyLock<DeskPolicy> =
        std::sync::LazyLock::new(|| match DeskPolicy::parse(&[BUILT_IN]) {
            Ok(policy) => policy,
            Err(faults) => panic!("{}", told(&faults)),
        });
    &POLICY
}

/// Faults, a line each.
fn told(faults: &[RuleFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Facts as they are written on a command line.
fn facts(written: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::new();
    for (fact, value) in written {
        facts.set_text(fact.parse().unwrap(), value, FactSource::Given).unwrap();
    }
    facts
}

fn ask(request_type: &str, requester: RequesterKind, channel: Channel, facts: Facts) -> Decision {
    let request_type = request_type.parse().unwrap();
    let copy_on_referrals = false;
    policy().evaluate(&Inquiry { request_type, requester, channel, facts, copy_on_referrals })
}

/// Facts out of a combination.
fn facts_of(combination: &Combination) -> Facts {
    let mut facts = Facts::new();
    for (fact, value) in combination {
        if let Some(value) = value {
            let text = if *value == FactValue::Word(FactWord::Nobody) {
                String::new()
            } else {
                value.to_string()
            };
            facts.set_text(*fact, &text, FactSource::Given).unwrap();
        }
    }
    facts
}

#[test]
fn there_are_72_rules_and_most_can_be_asked_for() {
    assert_eq!(policy().rules().count(), 72);
    assert_eq!(policy().request_types().count(), 63);
    assert!(policy().request_types().all(|rule| rule.kind != RuleKind::Duty));
}

#[test]
fn every_sentence_is_of_its_language_and_short() {
    for rule in policy().rules() {
        let own = rule.say.values().chain([&rule.title]).chain(&rule.example);
        for wording in own {
            assert_ne!(wording.en, wording.es, "{}", rule.code);
            for text in [&wording.en, &wording.es] {
                let words = text.as_str().split_whitespace().count();
                assert!(words <= 60, "{}: {words} words: {text}", rule.code);
            }
        }
        for (outcome, said) in &rule.say {
            let ends = |text: &str| text.ends_with(['.', '!', '?']);
            assert!(ends(said.en.as_str()) && ends(said.es.as_str()), "{} {outcome}", rule.code);
        }
    }
}

#[test]
fn forbidden_effects_are_no_words_of_the_policy() {
    for effect in FORBIDDEN {
        assert!(effect.parse::<Effect>().is_err(), "{effect}");
    }
}

#[test]
fn a_policy_is_named_by_its_version_and_its_hash() {
    let policy = policy();
    assert_eq!(policy.hash().len(), 64);
    assert_eq!(policy.policy_version(), format!("1+{}", &policy.hash()[..8]));
    assert_eq!(policy.hash(), DeskPolicy::built_in().hash());
}

#[test]
fn whoever_uses_the_portal_has_signed_in_unless_it_is_said_otherwise() {
    use RequesterKind as K;
    let outcome =
        |requester, channel, facts| ask("notifications.resend", requester, channel, facts).outcome;
    assert_eq!(outcome(K::Family, Channel::Portal, Facts::new()), Outcome::Perform);
    assert_eq!(outcome(K::Family, Channel::Form, Facts::new()), Outcome::VerifyFirst);
    let denied = facts(&[("identity_verified", "false")]);
    assert_eq!(outcome(K::Family, Channel::Portal, denied), Outcome::VerifyFirst);
    let unknown = ask("case.followup", K::Unknown, Channel::Portal, Facts::new());
    assert_eq!(unknown.outcome, Outcome::VerifyFirst);
    let used = &ask("case.followup", K::Family, Channel::Portal, Facts::new()).facts_used;
    let identity = used.iter().find(|used| used.fact == Fact::IdentityVerified).unwrap();
    assert_eq!(identity.known.as_ref().unwrap().source, FactSource::Channel);
}

#[test]
fn a_tenant_can_have_every_referral_notified_and_copied() {
    let mut inquiry = Inquiry {
        request_type: "finance.refund".parse().unwrap(),
        requester: RequesterKind::Family,
        channel: Channel::Phone,
        facts: Facts::new(),
        copy_on_referrals: false,
    };
    assert!(!policy().evaluate(&inquiry).effects.contains(&Effect::NotifyOrg));
    inquiry.copy_on_referrals = true;
    let effects = policy().evaluate(&inquiry).effects;
    assert!(effects.contains(&Effect::NotifyOrg) && effects.contains(&Effect::CopyOrgOnThread));
    // Nothing is copied to the organisation on its own request.
    inquiry.request_type = "notifications.resend".parse().unwrap();
    inquiry.requester = RequesterKind::SiteAdmin;
    inquiry.facts = facts(&[("to_new_address", "true")]);
    let decision = policy().evaluate(&inquiry);
    assert_eq!(decision.outcome, Outcome::ReferToOrganization);
    assert_eq!(decision.effects, [Effect::AuditLog, Effect::ProvideOrgContact]);
}

#[test]
fn the_way_to_an_answer_is_told_step_by_step() {
    let emergency =
        facts(&[("opens_ticket", "true"), ("system_access", "true"), ("urgent", "true")]);
    let explained = [
        ask("tickets.submit.emergency", RequesterKind::OrgStaff, Channel::Portal, emergency),
        ask(
            "health.record.change",
            RequesterKind::OrgStaff,
            Channel::Portal,
            facts(&[("opens_ticket", "true")]),
        ),
        ask(
            "health.record.change",
            RequesterKind::Family,
            Channel::Portal,
            facts(&[("opens_ticket", "true")]),
        ),
        ask(
            "access.change.by_owner_email",
            RequesterKind::BusinessOwner,
            Channel::Email,
            Facts::new(),
        ),
        ask(
            "users.reactivate.site_admin",
            RequesterKind::SiteAdmin,
            Channel::Phone,
            facts(&[("active_site_admins", "0")]),
        ),
        ask("records.export", RequesterKind::Family, Channel::Email, Facts::new()),
    ];
    let line = regex::Regex::new(r"line \d+").unwrap(); // moves with every rule above it
    let without_line =
        |decision: &Decision| line.replace_all(&decision.explain(), "line ..").into_owned();
    let explained: Vec<String> = explained.iter().map(without_line).collect();
    insta::assert_snapshot!("explained", explained.join("\n\n"));
}

#[test]
fn facts_are_read_from_json_and_written_back() {
    let read = |text: &str| serde_json::from_str::<Facts>(text);
    let facts = read(r#"{"rows": 3, "authorized_by": "", "reason": "", "controls_mailbox": null, "urgent": true}"#).unwrap();
    assert_eq!(
        serde_json::to_string(&facts).unwrap(),
        r#"{"authorized_by":"","rows":3,"urgent":true}"#
    );
    for (bad, why) in [
        (r#"{"verified": true}"#, "no fact is called `verified`"),
        (r#"{"rows": -1}"#, "integer `-1`"),
        (r#"{"rows": 99999999999}"#, "the number is too large"),
        (r#"{"rows": 1.5}"#, "floating point"),
        (r#"{"rows": true}"#, "`rows` is a whole number from 0 to 10000000"),
        (r#"{"tier": 3}"#, "`tier` is a whole number from 1 to 2"),
        (r#"{"link_state": "gone"}"#, "`link_state` is one of \"none\", \"invited\""),
        (r#"{"identity_verified": "true"}"#, "`identity_verified` is true or false"),
        (r#"{"reason": "a\u0000b"}"#, "`reason` is not of the expected form"),
        (r#"{"rows": 1, "rows": 2}"#, "`rows` is there twice"),
    ] {
        let refusal = read(bad).unwrap_err().to_string();
        assert!(refusal.contains(why), "{bad}: {refusal}");
    }
}

#[cfg(feature = "schema")]
#[test]
fn every_fact_is_in_the_published_schema() {
    let schema = serde_json::to_value(<Facts as utoipa::PartialSchema>::schema()).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(properties.len(), Fact::ALL.len());
    assert!(properties.values().all(|one| !one["description"].as_str().unwrap().is_empty()));
    assert_eq!(schema["additionalProperties"], false);
}

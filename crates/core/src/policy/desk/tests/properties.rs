//! What holds for every request, whatever is known about it.

use proptest::prelude::*;

use super::*;
use reach::{asks, combinations};

/// Rules that ask for a channel by name; in another one what they allow is refused.
const BY_CHANNEL: [&str; 2] = ["access.change.by_owner_email", "access.change.by_site_admin"];
/// Rules that ask whether somebody is verified, as whoever uses the portal is.
const BY_SIGN_IN: [&str; 4] =
    ["case.followup", "identity.verify", "invitations.username", "notifications.resend"];

fn any_of<T: Copy + std::fmt::Debug + 'static>(words: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(words)
}

/// A value that a fact can be, as it is written.
fn value(fact: Fact) -> BoxedStrategy<String> {
    match fact.fact_type() {
        FactType::Flag => any::<bool>().prop_map(|flag| flag.to_string()).boxed(),
        FactType::Count(first, last) => prop_oneof![first..=last, first..=last.min(7)]
            .prop_map(|count| count.to_string())
            .boxed(),
        FactType::Word(words) => any_of(words).prop_map(|word| word.to_string()).boxed(),
        FactType::Text => "[a-zñ ]{0,20}[a-z]".boxed(),
    }
}

/// Any number of facts, each once, in any order.
fn written() -> impl Strategy<Value = Vec<(Fact, String)>> {
    let one = any_of(Fact::ALL).prop_flat_map(|fact| (Just(fact), value(fact)));
    proptest::collection::vec(one, 0..14).prop_map(|mut written| {
        let mut seen = std::collections::BTreeSet::new();
        written.retain(|(fact, _)| seen.insert(*fact));
        written
    })
}

/// Values of the facts that are recorded only.
fn words() -> impl Strategy<Value = Vec<(Fact, String)>> {
    written().prop_map(|mut written| {
        written.retain(|(fact, _)| fact.is_recorded_only());
        written
    })
}

fn request_type() -> impl Strategy<Value = String> {
    let codes: Vec<String> = policy().rules().map(|rule| rule.code.to_string()).collect();
    prop_oneof![20 => proptest::sample::select(codes), 1 => "[a-z]{1,9}(\\.[a-z_]{1,9}){0,3}"]
}

fn known(written: &[(Fact, String)]) -> Facts {
    let mut facts = Facts::new();
    for (fact, text) in written {
        facts.set_text(*fact, text, FactSource::Given).unwrap();
    }
    facts
}

proptest! {
    #[test]
    fn the_order_of_facts_never_matters(
        request_type in request_type(),
        requester in any_of(RequesterKind::ALL),
        channel in any_of(Channel::ALL),
        (written, shuffled) in written().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let one = ask(&request_type, requester, channel, known(&written));
        prop_assert_eq!(one, ask(&request_type, requester, channel, known(&shuffled)));
    }

    #[test]
    fn every_decision_is_audited_and_brings_nothing_twice(
        request_type in request_type(),
        requester in any_of(RequesterKind::ALL),
        channel in any_of(Channel::ALL),
        written in written(),
    ) {
        let decision = ask(&request_type, requester, channel, known(&written));
        prop_assert!(decision.effects.contains(&Effect::AuditLog));
        prop_assert!(decision.effects.is_sorted_by(|one, next| one < next));
        prop_assert!(decision.effects.iter().all(|effect| !FORBIDDEN.contains(&effect.as_str())));
        let told = decision.effects.contains(&Effect::NotifyOrg) && decision.outcome == Outcome::ReferToOrganization;
        prop_assert!(!told || !requester.is_of_organization());
    }

    #[test]
    fn no_words_change_an_answer(
        request_type in request_type(),
        requester in any_of(RequesterKind::ALL),
        channel in any_of(Channel::ALL),
        written in written(),
        words in words(),
    ) {
        let mut silent = written.clone();
        silent.retain(|(fact, _)| !fact.is_recorded_only());
        let loud: Vec<_> = silent.iter().cloned().chain(words).collect();
        let silent = ask(&request_type, requester, channel, known(&silent));
        prop_assert_eq!(silent, ask(&request_type, requester, channel, known(&loud)));
    }

    #[test]
    fn no_words_and_no_channel_make_a_refused_act_performable(
        request_type in request_type(),
        requester in any_of(RequesterKind::ALL),
        one in any_of(Channel::ALL),
        other in any_of(Channel::ALL),
        written in written(),
        words in words(),
    ) {
        prop_assume!(!BY_CHANNEL.contains(&request_type.as_str()));
        let refused = ask(&request_type, requester, one, known(&written)).outcome;
        prop_assume!(refused.sends_away());
        let again: Vec<_> = written.into_iter().chain(words).collect();
        let again = ask(&request_type, requester, other, known(&again)).outcome;
        prop_assert_ne!(again, Outcome::Perform);
    }

    #[test]
    fn an_unknown_type_is_never_performed(
        request_type in "[A-Za-z0-9_.-]{1,80}",
        requester in any_of(RequesterKind::ALL),
        channel in any_of(Channel::ALL),
        written in written(),
    ) {
        prop_assume!(policy().rule(&request_type).is_none());
        let outcome = ask(&request_type, requester, channel, known(&written)).outcome;
        prop_assert!(outcome.sends_away());
    }

    #[test]
    fn any_text_is_read_or_refused_with_its_lines(text in "(?s).{0,200}") {
        let file = PolicyFile { path: "desk.toml", text: &text };
        prop_assert!(DeskPolicy::parse(&[file]).is_err_and(|faults| !faults.is_empty()));
    }
}

/// The outcomes of a request by every channel.
fn by_channel(code: &str, requester: RequesterKind, facts: &Facts) -> Vec<Outcome> {
    let by = |channel: &Channel| ask(code, requester, *channel, facts.clone()).outcome;
    Channel::ALL.iter().map(by).collect()
}

#[test]
fn the_channel_decides_where_a_rule_names_it_or_asks_for_a_sign_in() {
    let mut by_name = Vec::new();
    let mut by_sign_in = Vec::new();
    for rule in policy().rules() {
        for (requester, channel, combination) in asks(&combinations(rule).unwrap()) {
            if channel != Channel::Portal {
                continue;
            }
            let facts = facts_of(combination);
            let outcomes = by_channel(rule.code.as_str(), requester, &facts);
            if outcomes.iter().all(|outcome| *outcome == outcomes[0]) {
                continue;
            }
            let known = facts.get(Fact::IdentityVerified).is_some();
            let names = rule.cases.iter().any(|case| !case.not_by.is_empty());
            assert!(names || !known, "{} {requester}", rule.code);
            let list = if names { &mut by_name } else { &mut by_sign_in };
            if list.last() != Some(&rule.code.as_str()) {
                list.push(rule.code.as_str());
            }
        }
    }
    assert_eq!((by_name, by_sign_in), (BY_CHANNEL.to_vec(), BY_SIGN_IN.to_vec()));
}

/// The exceptions, one by one: the facts are the same, the channel makes the difference.
#[test]
fn where_the_channel_decides_it_is_the_one_that_the_rule_names() {
    use Outcome as O;
    use RequesterKind as K;
    let all = |code: &str, requester, written: &[(&str, &str)]| {
        by_channel(code, requester, &facts(written))
    };
    // portal, form, email, phone, chat, mail
    let site_admin = all("access.change.by_site_admin", K::SiteAdmin, &[]);
    assert_eq!(site_admin, [O::Perform, O::Refuse, O::Refuse, O::Refuse, O::Refuse, O::Refuse]);
    let proof = [("from_owner_address_on_file", "true"), ("current_site_admin_available", "false")];
    let owner = all("access.change.by_owner_email", K::BusinessOwner, &proof);
    assert_eq!(owner, [O::Refuse, O::Refuse, O::Perform, O::Refuse, O::Refuse, O::Refuse]);
    let resend = all("notifications.resend", K::Family, &[]);
    assert_eq!(resend[0], O::Perform);
    assert!(resend[1..].iter().all(|outcome| *outcome == O::VerifyFirst));
}

//! What stands in the way of another answer, and what the requester can do next.

use super::effect::Effect;
use super::evaluate::Inquiry;
use super::fact::{Fact, FactType, FactValue, FactWord};
use super::rule::{Case, Condition, Rule, Test};
use super::words::{Channel, Outcome};

/// Something that would have to be there for another answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A fact would have to be this.
    Fact(Fact, FactValue),
    /// It would have to be asked for in one of these ways.
    Channel(Vec<Channel>),
}

words! {
    /// Something that a requester can do next.
    RequesterAction {
        /// Prove who they are: sign in, enter a code, be called back at the number on file.
        VerifyIdentity = "verify_identity",
        /// Prove that a mailbox is theirs: follow a link that is sent there, or answer from there.
        ConfirmMailbox = "confirm_mailbox",
        /// Write from the owner's address on file.
        WriteFromOwnerAddress = "write_from_owner_address",
        /// Have the owner on file authorise it.
        GetAuthorization = "get_authorization",
        /// Ask for it on the portal, signed in.
        AskOnPortal = "ask_on_portal",
        /// Ask for it by email.
        AskByEmail = "ask_by_email",
        /// Turn to the organisation.
        ContactOrganization = "contact_organization",
        /// Turn to one of the organisation's Site Admins or Support Users.
        ContactSiteAdmin = "contact_site_admin",
        /// Propose the change on the portal, for the organisation to accept.
        ProposeChange = "propose_change",
        /// Set a new password.
        ResetPassword = "reset_password",
        /// Send the details that are asked for.
        SendDetails = "send_details",
        /// Read the help articles.
        ReadHelp = "read_help",
        /// Wait for the second tier.
        WaitForTier2 = "wait_for_tier2",
    }
}

/// What would have to be there for another answer than one that waits for a proof, or refuses for want of
/// something.
pub(super) fn missing(
    rule: &Rule,
    case: Option<&Case>,
    outcome: Outcome,
    inquiry: &Inquiry,
) -> Vec<Missing> {
    if !matches!(outcome, Outcome::VerifyFirst | Outcome::AuthorizeFirst | Outcome::Refuse) {
        return Vec::new();
    }
    if outcome == Outcome::Refuse && !can_help(rule, inquiry) {
        return Vec::new();
    }
    let mut missing: Vec<Missing> = case.into_iter().flat_map(turned).collect();
    if outcome != Outcome::Refuse {
        missing.extend(on_the_way(rule, inquiry));
    }
    if missing.is_empty() {
        missing.extend(by_outcome(outcome));
    }
    missing.dedup();
    missing
}

/// Whether there is anything that the rule would do for this requester.
fn can_help(rule: &Rule, inquiry: &Inquiry) -> bool {
    let by_case = rule.cases.iter().filter(|case| case.kinds.has(inquiry.requester));
    let mut outcomes =
        by_case.map(|case| case.outcome).chain([rule.outcome_for(inquiry.requester)]);
    outcomes.any(Outcome::helps)
}

/// What would keep a case that answered from matching: the facts that it found wanting, and the channels.
fn turned(case: &Case) -> Vec<Missing> {
    let by: Vec<Channel> = case.not_by.iter().collect();
    let by = (!by.is_empty()).then_some(Missing::Channel(by));
    case.conditions.iter().filter_map(wanting).chain(by).collect()
}

/// What a condition found wanting in its fact.
fn wanting(condition: &Condition) -> Option<Missing> {
    let fact = condition.fact;
    let value = match &condition.test {
        Test::Is(FactValue::Flag(false)) => FactValue::Flag(true),
        Test::IsNot(value) if *value != FactValue::Flag(false) => value.clone(),
        Test::Is(FactValue::Word(FactWord::None)) => match fact.fact_type() {
            FactType::Word([FactWord::None, only]) => FactValue::Word(*only),
            _ => return None,
        },
        _ => return None,
    };
    Some(Missing::Fact(fact, value))
}

/// What the cases ask that would do something for this requester, and that is not there.
fn on_the_way(rule: &Rule, inquiry: &Inquiry) -> Vec<Missing> {
    let helps = |case: &&Case| case.outcome.helps() && case.kinds.has(inquiry.requester);
    let conditions = rule.cases.iter().filter(helps).flat_map(|case| &case.conditions);
    let lacking = conditions.filter_map(|one| match &one.test {
        Test::Is(value) if inquiry.known(one.fact).is_none_or(|known| known.value != *value) => {
            Some(Missing::Fact(one.fact, value.clone()))
        }
        _ => None,
    });
    lacking.collect()
}

/// What an outcome waits for where the rule names nothing.
fn by_outcome(outcome: Outcome) -> Option<Missing> {
    match outcome {
        Outcome::VerifyFirst => Some(Missing::Fact(Fact::IdentityVerified, FactValue::Flag(true))),
        Outcome::AuthorizeFirst => {
            let owner = FactValue::Word(FactWord::BusinessOwner);
            Some(Missing::Fact(Fact::AuthorizedBy, owner))
        }
        _ => None,
    }
}

/// What the requester can do next, in the vocabulary's order.
pub(super) fn actions(
    outcome: Outcome,
    effects: &[Effect],
    missing: &[Missing],
) -> Vec<RequesterAction> {
    let by_outcome = match outcome {
        Outcome::ReferToSiteAdmin => Some(RequesterAction::ContactSiteAdmin),
        Outcome::Escalate => Some(RequesterAction::WaitForTier2),
        _ => None,
    };
    let by_effect = effects.iter().filter_map(|effect| match effect {
        Effect::ProvideOrgContact => Some(RequesterAction::ContactOrganization),
        Effect::AlertsTabPointer => Some(RequesterAction::ProposeChange),
        Effect::PasswordResetPointer => Some(RequesterAction::ResetPassword),
        Effect::AskMissingDetails | Effect::AskForIdInstead => Some(RequesterAction::SendDetails),
        Effect::SuggestHelpArticles => Some(RequesterAction::ReadHelp),
        _ => None,
    });
    let by_missing = missing.iter().flat_map(|missing| match missing {
        Missing::Fact(fact, _) => proof(*fact).into_iter().collect(),
        Missing::Channel(channels) => {
            channels.iter().filter_map(|by| ask_by(*by)).collect::<Vec<_>>()
        }
    });
    let mut all: Vec<RequesterAction> =
        by_outcome.into_iter().chain(by_effect).chain(by_missing).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// How a requester proves a fact.
const fn proof(fact: Fact) -> Option<RequesterAction> {
    match fact {
        Fact::IdentityVerified => Some(RequesterAction::VerifyIdentity),
        Fact::ControlsMailbox => Some(RequesterAction::ConfirmMailbox),
        Fact::FromOwnerAddressOnFile => Some(RequesterAction::WriteFromOwnerAddress),
        Fact::AuthorizedBy => Some(RequesterAction::GetAuthorization),
        _ => None,
    }
}

/// How a request is asked for in another way.
const fn ask_by(channel: Channel) -> Option<RequesterAction> {
    match channel {
        Channel::Portal => Some(RequesterAction::AskOnPortal),
        Channel::Email => Some(RequesterAction::AskByEmail),
        Channel::Form | Channel::Phone | Channel::Chat | Channel::Mail => None,
    }
}

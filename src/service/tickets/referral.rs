//! What the policy says to a ticket that is there: it is referred, or is about something else than was thought.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::{EntryKind, MaskedText, TicketKind, TicketTag};
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::action::{ReferTicket, RetypeTicket};
use caredesk_core::policy::decision_log::About;
use caredesk_core::policy::desk::{
    Decision, Effect, Fact, FactSource, Facts, Inquiry, Outcome, RequestType,
};
use caredesk_core::policy::{Action, Intake, TicketFacts};
use serde_json::json;

use super::attachments::discard_as_decided;
use super::opening::{is_of_the_desk, link_state, stated};
use super::step::{Saying, Step, begin, invalid};
use super::telling::{self, Notice};
use super::turning::ToTurnTo;
use super::{Shown, Spoken, Version};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::record_decision::record;
use crate::service::steps::{notice, oneself};
use crate::store::tickets::{Detail, Party, TicketRow};
use crate::store::{self, Tx};

/// What the policy says to a request of the ticket's requester, as it is known by now; `facts` are what was said
/// beside, and what is known goes before it.
pub(super) fn decided(
    tx: &mut Tx<'_>,
    house: &House,
    step: (&TicketRow, &Party),
    (request_type, mut facts): (&RequestType, Facts),
) -> Result<(Inquiry, Decision), Refusal> {
    let (row, party) = step;
    let is_known = row.verification != Verification::None;
    let broken = |error| oneself::broken(&error);
    facts.set_flag(Fact::IdentityVerified, is_known, FactSource::Record).map_err(broken)?;
    if let Some(id) = row.requester_id {
        let found = store::accounts::find(tx.conn, id)?.map(|found| found.account);
        let is_active = found.is_some_and(|account| account.status == AccountStatus::Active);
        facts.set_flag(Fact::RequesterActive, is_active, FactSource::Record).map_err(broken)?;
    }
    if let Some(id) = row.application_id
        && let Some(found) = store::tickets::application(tx.conn, row.tenant_id, id)?
    {
        let (online, until, preferred, _) = found;
        let state = link_state(online, until, tx.now);
        facts.set_word(Fact::LinkState, state, FactSource::Record).map_err(broken)?;
        let method = preferred.as_str();
        facts.set_word(Fact::PreferredContact, method, FactSource::Record).map_err(broken)?;
    }
    let of_site_admins = oneself::site_admins(party.site_admins, party.site_admins_with_factor)?;
    let inquiry = Inquiry {
        request_type: request_type.clone(),
        requester: row.requester,
        channel: row.channel,
        facts: facts.overlaid_by(&of_site_admins),
        copy_on_referrals: party.settings.copy_on_referrals,
    };
    let decision = house.rules.desk.evaluate(&inquiry);
    Ok((inquiry, decision))
}

/// About whom a decision on a ticket is.
pub(super) fn about(row: &TicketRow) -> About {
    About {
        tenant: Some(row.tenant_id),
        ticket: Some(row.id),
        requester: row.requester_id,
        verification: row.verification,
        locale: row.locale,
    }
}

/// Refers a requester to whom the policy sends them, and closes the ticket.
///
/// # Errors
/// As [`reply`](super::reply); invalid for a request that the policy sends nobody away for.
pub fn refer(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, request_type, facts): (Version, &RequestType, &Facts),
) -> Result<Shown, Refusal> {
    let mut step = begin::<ReferTicket>(tx, who, key, None)?;
    is_of_the_desk(house, request_type)?;
    let party = step.party(tx)?;
    let said_beside = (request_type, stated(facts)?);
    let (inquiry, decision) = decided(tx, house, (&step.after, &party), said_beside)?;
    let is_referral = decision.outcome.sends_away() || decision.outcome == Outcome::ProvideContact;
    if !is_referral {
        let detail = "is nothing that the policy sends this requester away for";
        return Err(invalid("#/request_type", "not_referred", detail));
    }
    let id = record(tx, who, &house.rules.desk, (&inquiry, &decision), about(&step.after))?;
    step.after.request_type = request_type.clone();
    (step.after.outcome, step.after.decision_id) = (decision.outcome, id);
    let intake = Intake::of(&decision);
    if intake.organization_takes_part {
        (step.after.organization_takes_part, step.after.is_for_team) = (true, true);
    }
    let role = step.whole.ticket.requester.as_ref().map(|requester| requester.role);
    let to = ToTurnTo::of(tx, &party, (&decision, role))?;
    let say = decision.say.of(step.after.locale).as_str();
    let text = MaskedText::parse(say).map_err(|error| Refusal::Broken(error.to_string()))?;
    let detail = Detail { request_type: Some(request_type.clone()), ..to.detail() };
    let saying = Saying { kind: EntryKind::Reply, text: Some(text), ..Saying::nothing(detail) };
    step.write(tx, saying, &json!({"request_type": request_type, "decision": id}))?;
    mark(tx, &step, &intake)?;
    let facts = json!({
        "number": step.whole.ticket.number, "organisation": party.name, "say": say,
        "contacts": to.contacts(), "people": to.people()
    });
    step.tell(tx, (MessageKind::TicketReferred, &facts))?;
    // The organisation is told below that something was said.
    discard_as_decided(tx, &step, &decision)?;
    if decision.effects.contains(&Effect::NotifyOrg) {
        let request = named(house, request_type, &party);
        let is_copied = step.after.organization_takes_part;
        let notice = Notice { request: &request, is_copied, ..step.notice("referred") };
        telling::tell_organization(tx, &party, notice)?;
    } else {
        // Who is told that it was referred is told with that what was said.
        step.copy(tx)?;
    }
    step.shown(tx)
}

/// Marks a ticket that is about a question of policy, as one that is opened as such.
fn mark<A: Action<Target = TicketFacts>>(
    tx: &mut Tx<'_>,
    step: &Step<A>,
    intake: &Intake,
) -> Result<(), Refusal> {
    let id = step.after.id;
    let tag = TicketTag::PolicyQuestion;
    if intake.is_policy_question && !store::tickets::tags(tx.conn, id)?.contains(&tag) {
        store::tickets::tag(tx, &step.permit, (id, step.after.created_at), tag)?;
    }
    Ok(())
}

/// Tells the organisation what the policy wants it told of a ticket that is about something else now.
fn tell_of_type<A: Action<Target = TicketFacts>>(
    tx: &mut Tx<'_>,
    house: &House,
    (step, party): (&Step<A>, &Party),
    decision: &Decision,
) -> Result<(), Refusal> {
    let has = |effect| decision.effects.contains(&effect);
    let request = named(house, &step.after.request_type, party);
    let change = if has(Effect::FlagEmergency) { "emergency" } else { "policy_question" };
    let is_copied = step.after.organization_takes_part;
    let told = Notice { request: &request, is_copied, ..step.notice(change) };
    if has(Effect::FlagEmergency) {
        telling::tell_organization(tx, party, told)?;
    }
    if has(Effect::NotifySiteAdmins) {
        let facts = telling::facts_of(party, told);
        notice::site_admins(tx, party.id, MessageKind::OrganizationTold, &facts)?;
    }
    Ok(())
}

/// What a request is called, in the language of an organisation.
fn named(house: &House, request_type: &RequestType, party: &Party) -> String {
    let title = house.rules.desk.rule(request_type.as_str()).map(|rule| rule.title.clone());
    let title = title.map(|title| title.of(party.settings.locale).to_string());
    title.unwrap_or_else(|| request_type.to_string())
}

/// Says that a ticket is about something else; policy decides anew.
///
/// # Errors
/// As [`reply`](super::reply); invalid for a request that the policy answers by sending the requester away, which is referred.
pub fn retype(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, request_type, facts): (Version, &Spoken, &RequestType, &Facts),
) -> Result<Shown, Refusal> {
    let mut step = begin::<RetypeTicket>(tx, who, key, None)?;
    is_of_the_desk(house, request_type)?;
    let heard = step.hear(tx, house, said)?;
    let party = step.party(tx)?;
    let said_beside = (request_type, stated(facts)?);
    let (inquiry, decision) = decided(tx, house, (&step.after, &party), said_beside)?;
    let intake = Intake::of(&decision);
    if intake.resolution.is_some() {
        let detail = "is what the policy sends this requester away for: refer the ticket";
        return Err(invalid("#/request_type", "referred", detail));
    }
    let id = record(tx, who, &house.rules.desk, (&inquiry, &decision), about(&step.after))?;
    (step.after.kind, step.after.priority) = (intake.kind, intake.priority);
    step.after.is_confirmed &= intake.kind == TicketKind::Emergency;
    step.after.request_type = request_type.clone();
    (step.after.outcome, step.after.decision_id) = (decision.outcome, id);
    let detail = Detail { request_type: Some(request_type.clone()), ..Detail::default() };
    let saying = Saying { detail, ..Saying::internally(&heard) };
    step.write(tx, saying, &json!({"request_type": request_type, "decision": id}))?;
    mark(tx, &step, &intake)?;
    tell_of_type(tx, house, (&step, &party), &decision)?;
    if discard_as_decided(tx, &step, &decision)? {
        step.copy(tx)?;
    }
    step.shown(tx)
}

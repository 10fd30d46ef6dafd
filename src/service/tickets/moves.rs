//! Steps of a ticket: each an entry of the timeline, a change of its row, messages and an entry of the audit, in
//! one transaction.

use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TicketEntryId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::flow::{self, REOPENS_WITHIN, Transition};
use caredesk_core::domain::ticket::{
    EntryKind, MaskedText, Priority, Resolution, TicketKind, TicketLinkKind, TicketState, Tier,
    TierTwoAction,
};
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::action::{
    AskRequester, AssignTicket, ConfirmEmergency, DeclineEmergency, EscalateTicket,
    HandToOrganization, MergeTicket, NoteOnTicket, OrganizationAnswered, RecordTicketAction,
    ReferTicket, ReopenTicket, ReplyToTicket, ReprioritiseTicket, ResolveTicket, ReturnTicket,
    RetypeTicket, WithdrawTicket,
};
use caredesk_core::policy::decision_log::About;
use caredesk_core::policy::desk::{
    Decision, Fact, FactSource, Facts, Inquiry, Outcome, RequestType,
};
use caredesk_core::policy::{Action, Permit, TicketFacts, TicketSight};
use serde_json::{Value, json};

use super::opening::{is_of_the_desk, link_state};
use super::telling::{self, Notice};
use super::{ENTRIES_SHOWN, Shown, Spoken, Version, earlier, shown};
use crate::guard::{Refusal, Violation, admit_ticket};
use crate::service::house::House;
use crate::service::steps::door::{self, Heard};
use crate::service::steps::record_decision::record;
use crate::service::steps::{note, oneself};
use crate::store::columns::Json;
use crate::store::tickets::{Detail, NewEntry, Party, TicketRow, Whole};
use crate::store::{self, Tx};

/// Who is to have a ticket, and why.
#[derive(Debug, Clone)]
pub struct Assigned {
    /// Who; whoever asks if nobody is named.
    pub agent: Option<AccountId>,
    /// Why, if somebody else has it.
    pub reason: Option<Spoken>,
}

/// A step that is about to be taken: the permit, the ticket as it is before, and as it is to be after.
struct Step<A: Action> {
    permit: Permit<A>,
    whole: Whole,
    after: TicketRow,
    transition: Option<Transition>,
}

/// What an entry of the timeline says.
struct Saying<'s> {
    kind: EntryKind,
    is_internal: bool,
    heard: Option<&'s Heard>,
    text: Option<MaskedText>,
    detail: Detail,
}

impl<'s> Saying<'s> {
    /// What everybody reads who sees the ticket.
    fn aloud(heard: &'s Heard) -> Self {
        let (kind, detail) = (EntryKind::Reply, Detail::default());
        Self { kind, is_internal: false, heard: Some(heard), text: None, detail }
    }

    /// What the desk's people read.
    fn internally(heard: &'s Heard) -> Self {
        Self { kind: EntryKind::Event, is_internal: true, ..Self::aloud(heard) }
    }

    /// What happened, without words.
    fn nothing(detail: Detail) -> Self {
        Self { kind: EntryKind::Event, is_internal: false, heard: None, text: None, detail }
    }
}

/// Asks for the permit, and works out what the step leads to. `closes_as` is how the ticket ends, where the step
/// leaves a choice.
fn begin<A>(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    closes_as: Option<Resolution>,
) -> Result<Step<A>, Refusal>
where
    A: Action<Target = TicketFacts>,
{
    let (permit, whole) = admit_ticket::<A>(tx, who, key)?;
    let mut after = whole.ticket.row.clone();
    let transition = permit.target().transition(A::KIND, who);
    if let Some(transition) = transition {
        let next = flow::next(transition, &permit.target().flow);
        let next = next.map_err(|not_now| Refusal::Because(not_now.code()))?;
        let was_closed = after.state == TicketState::Closed;
        let ends = match (closes_as, next.closes_as) {
            (_, []) => None,
            (None, [only, ..]) => Some(*only),
            (Some(chosen), all) if all.contains(&chosen) => Some(chosen),
            (Some(_), _) => return Err(not_an_end()),
        };
        after.state = next.state;
        after.tier = next.tier;
        if next.is_freed {
            after.assignee_id = None;
        }
        if ends.is_some() {
            (after.resolution, after.closed_at) = (ends, Some(tx.now));
        } else if was_closed && next.state != TicketState::Closed {
            (after.resolution, after.closed_at) = (None, None);
        }
        after.waiting_since = match (next.state.is_waiting(), after.waiting_since) {
            (true, Some(since)) if whole.ticket.row.state == next.state => Some(since),
            (true, _) => Some(tx.now),
            (false, _) => None,
        };
        let is_answer = matches!(transition, Transition::Answer | Transition::Ask);
        // Nobody was answered if whoever asked took it back, or it goes on elsewhere.
        let goes = matches!(transition, Transition::Withdraw | Transition::Merge);
        if (is_answer || (ends.is_some() && !goes)) && after.first_answered_at.is_none() {
            after.first_answered_at = Some(tx.now);
        }
    }
    Ok(Step { permit, whole, after, transition })
}

/// How a ticket cannot end by a step.
fn not_an_end() -> Refusal {
    invalid("#/resolution", "enum", "is none that a ticket is resolved as")
}

/// Something that is not right.
fn invalid(pointer: &str, code: &str, detail: &str) -> Refusal {
    Refusal::Invalid(vec![Violation {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        detail: detail.to_owned(),
    }])
}

impl<A: Action<Target = TicketFacts>> Step<A> {
    /// The ticket's id and its organisation's.
    fn of(&self) -> (TicketId, caredesk_core::domain::ids::TenantId) {
        (self.after.id, self.after.tenant_id)
    }

    /// What was said, behind the door, with the names that the case has met by it kept; what was said before is
    /// looked at again if it met some.
    fn hear(&self, tx: &mut Tx<'_>, house: &House, said: &Spoken) -> Result<Heard, Refusal> {
        let (id, tenant) = self.of();
        let (mut heard, last) = said.settled(tx, house, id)?;
        if heard.has_learned || heard.completes.is_some() {
            let known = (&self.whole, &*house.rules.detector);
            earlier::mask(tx, &self.permit, known, (&mut heard, last))?;
        }
        let names = door::sealed_names(tx, (tenant, id.uuid()), &heard.case)?;
        store::tickets::keep_names(tx, &self.permit, id, names)?;
        Ok(heard)
    }

    /// Writes the step down: the row, the entry of the timeline, the entry of the audit.
    fn write(&self, tx: &mut Tx<'_>, saying: Saying<'_>, detail: &Value) -> Result<(), Refusal> {
        let (id, tenant) = self.of();
        if self.after != self.whole.ticket.row {
            store::tickets::move_on(tx, &self.permit, &self.whole.ticket.row, &self.after)?;
        }
        let entry = TicketEntryId::of(tx.new_uuid());
        let said = saying.heard.and_then(|heard| heard.text.as_ref());
        let place = door::place_of_entry(tenant, entry.uuid());
        let original = said.and_then(|said| said.original.as_ref());
        let original = original.map(|text| door::sealed(tx, &place, text));
        let who = self.permit.actor();
        let row = NewEntry {
            id: entry,
            ticket_id: id,
            at: tx.now,
            kind: saying.kind,
            author: who.kind().to_owned(),
            author_id: who.person().map(|person| person.account),
            transition: self.transition,
            is_internal: saying.is_internal,
            text: saying.text.or_else(|| said.map(|said| said.masked.clone())),
            original,
            hints: Json(said.map(|said| said.hints.clone()).unwrap_or_default()),
            detail: Json(Detail {
                resolution: self.after.resolution.filter(|_| self.ends()),
                ..saying.detail
            }),
        };
        store::tickets::add(tx, &self.permit, vec![row])?;
        // What the organisation does not see stands in the platform's chain.
        let seen_by = self.after.is_for_team.then_some(tenant);
        note::about(tx, &self.permit, (seen_by, id.uuid()), detail)
    }

    /// Whether the ticket ends by it.
    fn ends(&self) -> bool {
        self.whole.ticket.row.closed_at.is_none() && self.after.closed_at.is_some()
    }

    /// Tells the requester, and everybody in copy.
    fn tell(&self, tx: &mut Tx<'_>, (kind, facts): (MessageKind, &Value)) -> Result<(), Refusal> {
        let author = self.permit.actor().person().map(|person| person.account);
        if author.is_none() || author != self.after.requester_id {
            let reader = telling::requester(tx, &self.whole)?;
            telling::tell(tx, &reader, self.of(), (kind, facts.clone()))?;
        }
        telling::tell_watchers(tx, self.of(), author, (kind, facts))
    }

    /// The organisation of the ticket.
    fn party(&self, tx: &mut Tx<'_>) -> Result<Party, Refusal> {
        let found = store::tickets::party(tx.conn, self.after.tenant_id)?;
        found.ok_or_else(|| Refusal::Broken("a ticket's organisation is gone".to_owned()))
    }

    /// Tells the organisation that something was said, where it gets a copy of what is said to a family.
    fn copy(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        let is_outside = !self.after.requester.is_of_organization();
        if !(self.after.organization_takes_part && is_outside) {
            return Ok(());
        }
        let party = self.party(tx)?;
        telling::tell_organization(tx, &party, self.notice("answered"))
    }

    /// What the organisation is told.
    fn notice<'n>(&self, change: &'n str) -> Notice<'n> {
        let (ticket, number) = (self.after.id, self.whole.ticket.number);
        Notice { ticket, number, change, request: "", is_copied: true }
    }

    /// The ticket as whoever took the step sees it after.
    fn shown(&self, tx: &mut Tx<'_>) -> Result<Shown, Refusal> {
        let sight = TicketSight::of(&self.permit);
        let page = (None, ENTRIES_SHOWN);
        let reader = super::reader(self.permit.actor());
        match shown::show(tx.conn, tx.keys, (sight, self.after.id, reader), page) {
            // Whoever handed it to the other tier sees it no more: once still, as they left it.
            Err(Refusal::NotFound) => Ok(shown::left(&self.whole, &self.after, sight)),
            other => other,
        }
    }
}

/// Says something: the requester, the organisation or who is in copy to the desk, or the desk to them.
///
/// # Errors
/// As every step: not found, `version.stale`, `ticket.not_in_state`, `ticket.tier`, `ticket.not_yours`,
/// `ticket.not_assigned`, and whatever the permit denies.
pub fn reply(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<ReplyToTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
    if step.transition == Some(Transition::Answer) {
        let facts = json!({"number": step.whole.ticket.number, "is_question": false});
        step.tell(tx, (MessageKind::TicketAnswered, &facts))?;
    }
    step.copy(tx)?;
    step.shown(tx)
}

/// Asks the requester for something, and waits for it.
///
/// # Errors
/// As [`reply`].
pub fn ask(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<AskRequester>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
    let facts = json!({"number": step.whole.ticket.number, "is_question": true});
    step.tell(tx, (MessageKind::TicketAnswered, &facts))?;
    step.copy(tx)?;
    step.shown(tx)
}

/// Leaves a note for the desk's people.
///
/// # Errors
/// As [`reply`].
pub fn note_on(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<NoteOnTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    let saying = Saying { kind: EntryKind::Note, ..Saying::internally(&heard) };
    step.write(tx, saying, &Value::Null)?;
    step.shown(tx)
}

/// Gives a ticket to an agent of its tier.
///
/// # Errors
/// As [`reply`], and `ticket.assignee_unfit`; invalid without a reason where somebody else has it.
pub fn assign(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, asked): (Version, &Assigned),
) -> Result<Shown, Refusal> {
    let mut step = begin::<AssignTicket>(tx, who, key, None)?;
    let own = who.person().map(|person| person.account);
    let agent = asked.agent.or(own).ok_or(Refusal::Because(Code::TicketAssigneeUnfit))?;
    let found = store::accounts::find(tx.conn, agent)?.map(|found| found.account);
    let is_fit = found.is_some_and(|account| {
        Tier::of(account.role) == Some(step.after.tier) && account.status == AccountStatus::Active
    });
    if !is_fit {
        return Err(Refusal::Because(Code::TicketAssigneeUnfit));
    }
    let heard = asked.reason.as_ref().map(|reason| step.hear(tx, house, reason)).transpose()?;
    if step.transition == Some(Transition::Reassign) && heard.is_none() {
        return Err(invalid("#/reason", "required", "is missing, and somebody has the ticket"));
    }
    step.after.assignee_id = Some(agent);
    let detail = Detail { assignee: Some(agent), ..Detail::default() };
    let saying = match &heard {
        Some(heard) => Saying { detail, ..Saying::internally(heard) },
        None => Saying::nothing(detail),
    };
    step.write(tx, saying, &json!({"agent": agent}))?;
    step.shown(tx)
}

/// Hands a ticket to the organisation, which takes part from now on.
///
/// # Errors
/// As [`reply`].
pub fn hand_to_organization(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let mut step = begin::<HandToOrganization>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    (step.after.organization_takes_part, step.after.is_for_team) = (true, true);
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
    let party = step.party(tx)?;
    telling::tell_organization(tx, &party, step.notice("handed"))?;
    step.shown(tx)
}

/// Says that the organisation has done its part.
///
/// # Errors
/// As [`reply`].
pub fn organization_answered(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<OrganizationAnswered>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
    step.copy(tx)?;
    step.shown(tx)
}

/// Confirms that what was reported is an emergency.
///
/// # Errors
/// As [`reply`], and `ticket.not_emergency`.
pub fn confirm_emergency(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let mut step = begin::<ConfirmEmergency>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.after.is_confirmed = true;
    step.write(tx, Saying::internally(&heard), &Value::Null)?;
    step.shown(tx)
}

/// Says that what was reported is no emergency, and whom to turn to.
///
/// # Errors
/// As [`confirm_emergency`].
pub fn decline_emergency(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<DeclineEmergency>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    let party = step.party(tx)?;
    let detail = Detail { contacts: party.contacts.clone(), ..Detail::default() };
    step.write(tx, Saying { detail, ..Saying::aloud(&heard) }, &Value::Null)?;
    let say = heard.text.as_ref().map(|said| said.masked.as_str()).unwrap_or_default();
    let facts = json!({
        "number": step.whole.ticket.number, "organisation": party.name, "say": say,
        "contacts": telling::shown(&party.contacts)
    });
    step.tell(tx, (MessageKind::TicketReferred, &facts))?;
    step.copy(tx)?;
    step.shown(tx)
}

/// Hands a ticket to the second tier.
///
/// # Errors
/// As [`reply`].
pub fn escalate(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<EscalateTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::internally(&heard), &Value::Null)?;
    step.shown(tx)
}

/// Hands a ticket back to the first tier.
///
/// # Errors
/// As [`reply`].
pub fn return_to_tier1(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<ReturnTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::internally(&heard), &Value::Null)?;
    step.shown(tx)
}

/// Records what the second tier did.
///
/// # Errors
/// As [`reply`].
pub fn record_action(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, action): (Version, TierTwoAction),
) -> Result<Shown, Refusal> {
    let step = begin::<RecordTicketAction>(tx, who, key, None)?;
    store::tickets::record_action(tx, &step.permit, step.after.id, action)?;
    let detail = Detail { action: Some(action), ..Detail::default() };
    let saying = Saying { is_internal: true, ..Saying::nothing(detail) };
    step.write(tx, saying, &json!({"action": action}))?;
    step.shown(tx)
}

/// Resolves a ticket: the text, the message to its requester and the state, in one act (TS).
///
/// # Errors
/// As [`reply`], and `ticket.action_required`; invalid for an end that is none of a resolution's.
pub fn resolve(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, resolution): (Version, &Spoken, Resolution),
) -> Result<Shown, Refusal> {
    let step = begin::<ResolveTicket>(tx, who, key, Some(resolution))?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &json!({"resolution": resolution}))?;
    let text = heard.text.as_ref().map(|said| said.masked.as_str()).unwrap_or_default();
    let days = REOPENS_WITHIN.as_hours() / 24;
    let facts = json!({"number": step.whole.ticket.number, "text": text, "days": days});
    step.tell(tx, (MessageKind::TicketResolved, &facts))?;
    step.copy(tx)?;
    step.shown(tx)
}

/// What the policy says to a request of the ticket's requester, as it is known by now.
fn decided(
    tx: &mut Tx<'_>,
    house: &House,
    step: (&TicketRow, &Party),
    request_type: &RequestType,
) -> Result<(Inquiry, Decision), Refusal> {
    let (row, party) = step;
    let mut facts = Facts::new();
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
fn about(row: &TicketRow) -> About {
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
/// As [`reply`]; invalid for a request that the policy sends nobody away for.
pub fn refer(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, request_type): (Version, &RequestType),
) -> Result<Shown, Refusal> {
    let mut step = begin::<ReferTicket>(tx, who, key, None)?;
    is_of_the_desk(house, request_type)?;
    let party = step.party(tx)?;
    let (inquiry, decision) = decided(tx, house, (&step.after, &party), request_type)?;
    let is_referral = decision.outcome.sends_away() || decision.outcome == Outcome::ProvideContact;
    if !is_referral {
        let detail = "is nothing that the policy sends this requester away for";
        return Err(invalid("#/request_type", "not_referred", detail));
    }
    let id = record(tx, who, &house.rules.desk, (&inquiry, &decision), about(&step.after))?;
    step.after.request_type = request_type.clone();
    (step.after.outcome, step.after.decision_id) = (decision.outcome, id);
    let intake = caredesk_core::policy::Intake::of(&decision);
    if intake.organization_takes_part {
        (step.after.organization_takes_part, step.after.is_for_team) = (true, true);
    }
    let is_refused = decision.outcome == Outcome::Refuse;
    let contacts = if is_refused { Vec::new() } else { party.contacts.clone() };
    let say = decision.say.of(step.after.locale).as_str();
    let text = MaskedText::parse(say).map_err(|error| Refusal::Broken(error.to_string()))?;
    let detail = Detail {
        contacts: contacts.clone(),
        request_type: Some(request_type.clone()),
        ..Detail::default()
    };
    let saying = Saying { kind: EntryKind::Reply, text: Some(text), ..Saying::nothing(detail) };
    step.write(tx, saying, &json!({"request_type": request_type, "decision": id}))?;
    let facts = json!({
        "number": step.whole.ticket.number, "organisation": party.name, "say": say,
        "contacts": telling::shown(&contacts)
    });
    step.tell(tx, (MessageKind::TicketReferred, &facts))?;
    if decision.effects.contains(&caredesk_core::policy::desk::Effect::NotifyOrg) {
        let title = house.rules.desk.rule(request_type.as_str()).map(|rule| rule.title.clone());
        let request = title.map(|title| title.of(party.settings.locale).to_string());
        let request = request.unwrap_or_else(|| request_type.to_string());
        let is_copied = step.after.organization_takes_part;
        let notice = Notice { request: &request, is_copied, ..step.notice("referred") };
        telling::tell_organization(tx, &party, notice)?;
    } else {
        // Who is told that it was referred is told with that what was said.
        step.copy(tx)?;
    }
    step.shown(tx)
}

/// Says that a ticket is about something else; policy decides anew.
///
/// # Errors
/// As [`reply`]; invalid for a request that the policy answers by sending the requester away, which is referred.
pub fn retype(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, request_type): (Version, &Spoken, &RequestType),
) -> Result<Shown, Refusal> {
    let mut step = begin::<RetypeTicket>(tx, who, key, None)?;
    is_of_the_desk(house, request_type)?;
    let heard = step.hear(tx, house, said)?;
    let party = step.party(tx)?;
    let (inquiry, decision) = decided(tx, house, (&step.after, &party), request_type)?;
    let intake = caredesk_core::policy::Intake::of(&decision);
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
    step.shown(tx)
}

/// Changes how urgent a ticket is.
///
/// # Errors
/// As [`reply`].
pub fn reprioritise(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said, priority): (Version, &Spoken, Priority),
) -> Result<Shown, Refusal> {
    let mut step = begin::<ReprioritiseTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.after.priority = priority;
    let detail = Detail { priority: Some(priority), ..Detail::default() };
    step.write(
        tx,
        Saying { detail, ..Saying::internally(&heard) },
        &json!({"priority": priority}),
    )?;
    step.shown(tx)
}

/// Takes one's own ticket back.
///
/// # Errors
/// As [`reply`].
pub fn withdraw(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<Shown, Refusal> {
    let step = begin::<WithdrawTicket>(tx, who, key, None)?;
    step.write(tx, Saying::nothing(Detail::default()), &Value::Null)?;
    step.shown(tx)
}

/// Opens one's own ticket again.
///
/// # Errors
/// As [`reply`], `ticket.final` and `ticket.too_old`.
pub fn reopen(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<ReopenTicket>(tx, who, key, None)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
    step.copy(tx)?;
    step.shown(tx)
}

/// Whether a ticket can go on in another one: both are read by the same people then. Families share theirs with
/// nobody, and a caller without an account could not be let in.
fn is_the_same(row: &TicketRow, target: &TicketRow) -> bool {
    let is_of_organization = row.requester.is_of_organization();
    target.id != row.id
        && target.tenant_id == row.tenant_id
        && target.state != TicketState::Closed
        && row.requester_id.is_some()
        && target.requester_id.is_some()
        && target.requester.is_of_organization() == is_of_organization
        && (is_of_organization || target.requester_id == row.requester_id)
}

/// Merges a ticket into another one of the same organisation; whoever watches it watches that one.
///
/// # Errors
/// As [`reply`], and `ticket.merge_target`.
pub fn merge(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, into): (Version, TicketId),
) -> Result<Shown, Refusal> {
    let step = begin::<MergeTicket>(tx, who, key, None)?;
    let sight = TicketSight::of(&step.permit);
    let target = store::tickets::find_locked(tx.conn, sight, into)?.map(|whole| whole.ticket.row);
    let target = target.filter(|target| is_the_same(&step.after, target));
    let target = target.ok_or(Refusal::Because(Code::TicketMergeTarget))?;
    let link = (step.after.id, TicketLinkKind::MergedInto, target.id);
    store::tickets::link(tx, &step.permit, link)?;
    let watching = store::tickets::watchers(tx.conn, target.id)?;
    let mut watchers = store::tickets::watchers(tx.conn, step.after.id)?;
    watchers.extend(step.after.requester_id.filter(|who| !watchers.contains(who)));
    watchers.retain(|who| Some(*who) != target.requester_id && !watching.contains(who));
    store::tickets::watch(tx, &step.permit, (target.id, target.created_at), watchers)?;
    let mut joined = target.clone();
    joined.organization_takes_part |= step.after.organization_takes_part;
    joined.is_for_team |= step.after.is_for_team;
    if joined != target {
        store::tickets::move_on(tx, &step.permit, &target, &joined)?;
    }
    let detail = Detail { ticket: Some(target.id), ..Detail::default() };
    step.write(tx, Saying::nothing(detail), &json!({"into": target.id}))?;
    step.shown(tx)
}

//! What is said on a ticket, and how it ends: each step by the table of transitions.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::flow::{REOPENS_WITHIN, Transition};
use caredesk_core::domain::ticket::{EntryKind, Resolution, TicketEvent};
use caredesk_core::policy::action::{
    AskRequester, ConfirmEmergency, DeclineEmergency, HandToOrganization, NoteOnTicket,
    OrganizationAnswered, ReopenTicket, ReplyForCaller, ReplyToTicket, ResolveTicket,
    WithdrawTicket,
};
use serde_json::{Value, json};

use super::step::{Saying, begin};
use super::telling;
use super::turning::ToTurnTo;
use super::{Shown, Spoken, Version};
use crate::guard::{Refusal, signed_in};
use crate::service::house::House;
use crate::service::steps::attempts;
use crate::service::steps::door::Passed;
use crate::store::Tx;
use crate::store::notifications::FOR_REQUESTER;
use crate::store::tickets::Detail;

/// Replies of an account.
const REPLIES: &str = "ticket-replies";

/// Says something: the requester, the organisation or who is in copy to the desk, or the desk to them.
///
/// # Errors
/// As every step: not found, `version.stale`, `ticket.not_in_state`, `ticket.tier`, `ticket.not_yours`,
/// `ticket.not_assigned`, and whatever the permit denies; `throttle.too_many_requests`.
pub fn reply(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<ReplyToTicket>(tx, who, key, None)?;
    count_reply(tx, who, house)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
    if step.transition == Some(Transition::Answer) {
        let facts = json!({"number": step.whole.ticket.number, "is_question": false});
        step.tell(tx, (MessageKind::TicketAnswered, &facts))?;
    }
    step.copy(tx)?;
    step.shown(tx)
}

/// Counts a reply of somebody.
pub(super) fn count_reply(tx: &mut Tx<'_>, who: &Actor, house: &House) -> Result<(), Refusal> {
    let account = signed_in(who)?.account;
    attempts::count_done(tx, (REPLIES, account), house.limits.replies_per_account)
}

/// Says what a caller said to an agent, as their word: it opens what waits for them, and nobody tells them of it.
///
/// # Errors
/// As [`reply`]; `ticket.not_yours` where whoever asked says it themselves.
pub fn reply_for_caller(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let step = begin::<ReplyForCaller>(tx, who, key, None)?;
    count_reply(tx, who, house)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
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
    let facts = json!({"number": step.whole.ticket.number, "is_question": false});
    step.tell(tx, (MessageKind::TicketAnswered, &facts))?;
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
    let facts = json!({"number": step.whole.ticket.number, "is_question": false});
    step.tell(tx, (MessageKind::TicketAnswered, &facts))?;
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
    let role = step.whole.ticket.requester.as_ref().map(|requester| requester.role);
    let to = ToTurnTo::of_people(tx, &party, role)?;
    step.write(tx, Saying { detail: to.detail(), ..Saying::aloud(&heard) }, &Value::Null)?;
    let say = heard.text.as_ref().map(|said| said.masked.as_str()).unwrap_or_default();
    let facts = json!({
        "number": step.whole.ticket.number, "organisation": party.name, "say": say,
        "contacts": to.contacts(), "people": to.people()
    });
    step.tell(tx, (MessageKind::TicketReferred, &facts))?;
    step.copy(tx)?;
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
    let reader = telling::requester(tx, &step.whole)?;
    let is_reached = telling::is_reached(tx, &reader)?;
    let event = (!is_reached).then_some(TicketEvent::NobodyTold);
    let saying = Saying { detail: Detail { event, ..Detail::default() }, ..Saying::aloud(&heard) };
    step.write(tx, saying, &json!({"resolution": resolution, "is_told": is_reached}))?;
    let said = heard.text.as_ref();
    let masked = said.map(|said| said.masked.as_str()).unwrap_or_default();
    // Whoever is greeted without their name reads none in the text either.
    let named = said.and_then(Passed::named).filter(|_| reader.name.is_some());
    let days = REOPENS_WITHIN.as_hours() / 24;
    let copied = json!({"number": step.whole.ticket.number, "text": masked, "days": days});
    let mut facts = copied.clone();
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("text".to_owned(), json!(named.unwrap_or(masked)));
        facts.insert(FOR_REQUESTER.to_owned(), json!(is_reached));
    }
    step.tell_each(tx, MessageKind::TicketResolved, (&facts, &copied))?;
    step.copy(tx)?;
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
    let mut step = begin::<ReopenTicket>(tx, who, key, None)?;
    step.free_if_left(tx)?;
    let heard = step.hear(tx, house, said)?;
    step.write(tx, Saying::aloud(&heard), &Value::Null)?;
    step.copy(tx)?;
    step.shown(tx)
}

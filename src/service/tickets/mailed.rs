//! Answers by email: to a message about a ticket, from the address that it was sent to. They add to the ticket, or
//! open it again. Nothing else of an email is believed.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{NotificationId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::flow::{REOPENS_WITHIN, Transition};
use caredesk_core::domain::ticket::{MaskedText, TicketState, TicketText};
use caredesk_core::domain::{EmailAddress, PersonName};
use caredesk_core::policy::Denials;
use caredesk_core::policy::action::{ListSupportContacts, ReopenTicket, ReplyToTicket};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Spoken;
use super::shown::caller as caller_of;
use super::step::{Saying, Step, stepped};
use super::telling::{self, Reader};
use crate::guard::{
    ByMail, Correspondent, Refusal, admit, admit_by_mail, correspondent, correspondent_locked,
};
use crate::service::house::{Ask, House, TOLD_EVERY};
use crate::service::steps::attempts::{self, Counted};
use crate::store::directory::Helper;
use crate::store::throttle::Allowance;
use crate::store::tickets::{Detail, NewEntry, Ticket, Whole};
use crate::store::{self, Tx};
use crate::vault::Keyring;

/// Answers by email on one ticket.
const ANSWERS: &str = "mail-answers";
/// An email that is taken.
const TAKEN: &str = "mail-taken";
/// Somebody who was told that an answer was not taken.
const TOLD: &str = "mail-not-taken";
/// Somebody who was told that files are not taken.
const FILES_TOLD: &str = "mail-files-told";

/// An email, as far as it is an answer.
#[derive(Debug, Clone)]
pub struct MailAnswer {
    /// Whom it is from.
    pub from: EmailAddress,
    /// The messages that it may answer, the likeliest first.
    pub answers: Vec<NotificationId>,
    /// What it calls itself.
    pub message_id: String,
    /// What it says newly.
    pub text: TicketText,
    /// How many files came with it.
    pub attachments: usize,
}

impl MailAnswer {
    /// By what it is known again. Whom it is from is part of it: nobody uses up another's.
    fn key(&self, keys: &Keyring, ticket: TicketId) -> [u8; 32] {
        let whose = format!("{ticket}|{}|{}", self.from.folded(), self.message_id);
        attempts::key(keys, TAKEN, &whose)
    }
}

/// What became of an answer.
enum Became {
    /// It stands on the ticket, now or from before.
    Added,
    /// The ticket is closed and stays so; its sender is told.
    TooLate(Actor, Denials),
    /// Its sender may not.
    Refused(Actor, Denials),
    /// Its sender is nobody to the ticket any more.
    Nobodys,
}

impl House {
    /// Takes an answer by email. So many of one ticket are taken in a window. Nobody learns from the refusal
    /// whether an address is known.
    ///
    /// # Errors
    /// `hook.mail_of_no_ticket`, `throttle.too_many_requests`; the database fails.
    pub async fn take_mail_answer(
        &self,
        ask: &Ask,
        answer: MailAnswer,
        allowance: Allowance,
    ) -> Result<(), Refusal> {
        let Some((ticket, who)) = self.answered(&answer).await? else { return Ok(()) };
        self.count(ask, vec![Counted::of(ANSWERS, ticket.to_string(), allowance)]).await?;
        let said = self.hear_on(&who, ticket, answer.text.clone()).await?;
        let house = self.clone();
        let became = self
            .transact::<_, Refusal, _>(ask, move |tx, _| take(tx, &house, (ticket, &answer, &said)))
            .await?;
        let (actor, denials, is_told) = match became {
            Became::Added => return Ok(()),
            Became::Nobodys => return Err(of_no_ticket()),
            Became::TooLate(actor, denials) => (actor, denials, true),
            Became::Refused(actor, denials) => (actor, denials, false),
        };
        let ask = Ask { actor, ..ask.clone() };
        self.note_denial(&ask, &denials, Some(ticket.uuid())).await;
        if is_told { Ok(()) } else { Err(of_no_ticket()) }
    }

    /// The ticket that an email is about, and who it is from; none if it was taken before.
    async fn answered(&self, answer: &MailAnswer) -> Result<Option<(TicketId, Actor)>, Refusal> {
        let (keys, now, answer) = (self.keys.clone(), self.clock.now(), answer.clone());
        let read = self.db.read::<_, Refusal, _>(move |conn| {
            let folded = answer.from.folded();
            let found = store::notifications::ticket_of_answer(conn, &answer.answers, &folded)?;
            let ticket = found.ok_or_else(of_no_ticket)?;
            if store::taken_emails::is_taken(conn, &answer.key(&keys, ticket))? {
                return Ok(None);
            }
            let caller = |whole: &Whole| address_of_caller(&keys, whole);
            let who = correspondent(conn, (ticket, &answer.from, now), caller)?;
            let who = who.ok_or_else(of_no_ticket)?;
            Ok(Some((ticket, who.actor().clone())))
        });
        read.await
    }
}

fn of_no_ticket() -> Refusal {
    Refusal::Because(Code::MailOfNoTicket)
}

/// The address of a caller without an account.
fn address_of_caller(keys: &Keyring, whole: &Whole) -> Result<Option<EmailAddress>, Refusal> {
    let row = &whole.ticket.row;
    let Some(sealed) = &whole.caller else { return Ok(None) };
    Ok(caller_of(keys, (row.tenant_id, row.id), sealed)?.email)
}

/// Adds an answer to its ticket, or opens that again, or says why not.
fn take(
    tx: &mut Tx<'_>,
    house: &House,
    (ticket, answer, said): (TicketId, &MailAnswer, &Spoken),
) -> Result<Became, Refusal> {
    let keys = tx.keys;
    let caller = |whole: &Whole| address_of_caller(keys, whole);
    let Some(who) = correspondent_locked(tx, (ticket, &answer.from), caller)? else {
        return Ok(Became::Nobodys);
    };
    let key = answer.key(tx.keys, ticket);
    if store::taken_emails::is_taken(tx.conn, &key)? {
        return Ok(Became::Added);
    }
    let is_closed = who.whole().ticket.row.state == TicketState::Closed;
    let ended = if is_closed {
        add::<ReopenTicket>(tx, house, (&who, answer, said))
    } else {
        add::<ReplyToTicket>(tx, house, (&who, answer, said))
    };
    let became = match ended {
        Ok(()) => Became::Added,
        Err(Refusal::Denied(denials)) if is_closed && is_about_the_end(denials.first.code) => {
            tell_too_late(tx, house, (&who, answer, denials.first.code))?;
            Became::TooLate(who.actor().clone(), denials)
        }
        Err(Refusal::Denied(denials)) => {
            return Ok(Became::Refused(who.actor().clone(), denials));
        }
        Err(other) => return Err(other),
    };
    store::taken_emails::take(tx, &key)?;
    Ok(became)
}

/// Whether a rule is about how and when the ticket ended, and not about who asks.
const fn is_about_the_end(code: Code) -> bool {
    use Code as C;
    matches!(code, C::TicketTooOld | C::TicketFinal | C::TicketNotYours | C::TicketNotInState)
}

/// Takes the step that an answer is. Nothing is written before the permit is there.
fn add<A: ByMail>(
    tx: &mut Tx<'_>,
    house: &House,
    (who, answer, said): (&Correspondent, &MailAnswer, &Spoken),
) -> Result<(), Refusal> {
    let permit = admit_by_mail::<A>(who, tx.now)?;
    let mut step = stepped(tx.now, (permit, who.whole().clone()), None)?;
    if step.transition == Some(Transition::Reopen) {
        step.free_if_left(tx)?;
    }
    let heard = step.hear(tx, house, said)?;
    let detail = json!({"channel": "email", "attachments_left_out": answer.attachments});
    step.write(tx, Saying::aloud(&heard), &detail)?;
    if answer.attachments > 0 {
        note_left_out(tx, &step, answer.attachments)?;
        tell_left_out(tx, (who, answer))?;
    }
    step.copy(tx)
}

/// Tells the desk's people that files came with an email: what is in them, nobody has looked at.
fn note_left_out<A: ByMail>(
    tx: &mut Tx<'_>,
    step: &Step<A>,
    attachments: usize,
) -> Result<(), Refusal> {
    let text = format!("Attachments of the email that were left out: {attachments}.");
    let text = MaskedText::parse(&text).map_err(|error| Refusal::Broken(error.to_string()))?;
    let entry = NewEntry {
        at: tx.now.plus(SignedDuration::from_micros(1)),
        is_internal: true,
        text: Some(text),
        ..NewEntry::by_itself(tx, step.after.id, Detail::default())
    };
    Ok(store::tickets::add(tx, &step.permit, vec![entry])?)
}

/// Tells whoever sent files with an email that they belong on the portal, once for each ticket. That it was told is
/// kept among the emails that were taken, which outlast the wait for an answer.
fn tell_left_out(
    tx: &mut Tx<'_>,
    (who, answer): (&Correspondent, &MailAnswer),
) -> Result<(), Refusal> {
    let row = &who.whole().ticket.row;
    let whose = format!("{}|{}", row.id, answer.from.folded());
    let key = attempts::key(tx.keys, FILES_TOLD, &whose);
    if store::taken_emails::is_taken(tx.conn, &key)? {
        return Ok(());
    }
    store::taken_emails::take(tx, &key)?;
    let reader = reader(tx, who)?;
    let facts = json!({"number": who.whole().ticket.number});
    telling::tell(tx, &reader, (row.id, row.tenant_id), (MessageKind::FilesLeftOut, facts))
}

/// Whoever wrote an email, as they are written to.
fn reader(tx: &mut Tx<'_>, who: &Correspondent) -> Result<Reader, Refusal> {
    let account = who.actor().person().map(|person| person.account);
    let found = match account {
        Some(account) => store::accounts::find(tx.conn, account)?,
        None => None,
    };
    match found {
        Some(found) => Ok(Reader::of(&found.account)),
        None => telling::requester(tx, who.whole()),
    }
}

/// Tells whoever answered too late what to do; once in a while, so that two programs that answer each other come
/// to an end.
fn tell_too_late(
    tx: &mut Tx<'_>,
    house: &House,
    (who, answer, why): (&Correspondent, &MailAnswer, Code),
) -> Result<(), Refusal> {
    let row = &who.whole().ticket.row;
    let whose = format!("{}|{}", row.id, answer.from.folded());
    let key = attempts::key(tx.keys, TOLD, &whose);
    if store::throttle::first_of(tx, &[key], TOLD_EVERY)?.is_empty() {
        return Ok(());
    }
    let reader = reader(tx, who)?;
    let why = match why {
        Code::TicketTooOld => "too_old",
        Code::TicketFinal => "final",
        _ => "not_yours",
    };
    let facts = json!({
        "number": who.whole().ticket.number, "why": why, "days": REOPENS_WITHIN.as_hours() / 24,
        "phone": house.desk.details().ways_in.phone, "asked_by": asked_by(who),
        "helpers": helpers(tx, who.actor())?
    });
    telling::tell(tx, &reader, (row.id, row.tenant_id), (MessageKind::AnswerNotTaken, facts))
}

/// What whoever asked is called, for somebody of their organisation: on the portal they read it, too.
fn asked_by(who: &Correspondent) -> Option<&PersonName> {
    let Ticket { row, requester, .. } = &who.whole().ticket;
    let is_colleague = who.actor().person().is_some_and(|one| one.tenant == Some(row.tenant_id));
    requester.as_ref().filter(|_| is_colleague).map(|requester| &requester.name)
}

/// Who opens a ticket for somebody who opens none themselves, as the portal names them; nobody for others.
fn helpers(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Value>, Refusal> {
    let role = actor.person().map(|person| person.standing.role);
    if role != Some(Role::Member) {
        return Ok(Vec::new());
    }
    let Ok(permit) = admit::<ListSupportContacts>(actor, tx.now) else { return Ok(Vec::new()) };
    let found = store::directory::own_organization(tx.conn, permit.scope())?;
    let helpers = found.map(|organization| organization.helpers).unwrap_or_default();
    let shown = |helper: Helper| json!({"name": helper.name, "email": helper.email});
    Ok(helpers.into_iter().map(shown).collect())
}

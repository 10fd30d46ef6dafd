//! Making sure who calls (HD, "Identity"): by a code to the contact on file, or by a call to the number on file. Never
//! by a contact that the caller names, and never by questions of knowledge.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{CodeId, DecisionId, TicketId};
use caredesk_core::domain::notification::{Message, MessageKind, Method};
use caredesk_core::domain::proof::CALLER_CODE_LASTS;
use caredesk_core::domain::ticket::TicketKind;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::action::VerifyRequester;
use caredesk_core::policy::decision_log::LoggedFact;
use caredesk_core::policy::desk::{FactSource, Facts, Outcome, RequesterKind};
use caredesk_core::policy::{Action, Intake};
use serde_json::json;

use super::attachments::discard_as_decided;
use super::referral::{about, decided};
use super::step::{Saying, Step, begin};
use super::{Shown, Spoken, Version, claiming, telling};
use crate::guard::{Refusal, admit_ticket, standing};
use crate::service::house::{Ask, House};
use crate::service::steps::record_decision::record;
use crate::service::steps::{codes, note};
use crate::store::notifications::With;
use crate::store::tickets::{Detail, Whole};
use crate::store::{self, Tx};
use crate::vault::Digits;

/// Where a caller's code went.
#[derive(Debug, Clone)]
pub struct CallerCodeSent {
    /// The contact; most of it is hidden.
    pub to: String,
    /// By which way.
    pub method: Method,
    /// Until when the code counts.
    pub expires_at: Moment,
}

/// The contact on file of whoever a ticket is for: their account's, or that of the account which they say is theirs; of
/// a family without one, the guardian's of the application that the ticket is about. An owner is proved by what is on
/// file of owners, and not by an account that an agent named.
fn on_file(
    tx: &mut Tx<'_>,
    whole: &Whole,
    method: Option<Method>,
) -> Result<Option<Contact>, Refusal> {
    let row = &whole.ticket.row;
    let claimed = claiming::claimed(tx, row)?;
    let (email, phone) = match (row.requester, &whole.ticket.requester, row.application_id) {
        (RequesterKind::BusinessOwner, ..) => (None, None),
        (_, Some(account), _) => (account.email.clone(), account.phone.clone()),
        _ if claimed.is_some() => claimed.map_or((None, None), |of| (of.email, of.phone)),
        (RequesterKind::Family, None, Some(application)) => {
            let found = store::tickets::guardian_contact(tx.conn, row.tenant_id, application)?;
            found.unwrap_or_default()
        }
        _ => (None, None),
    };
    let (email, phone) = (email.map(Contact::Email), phone.map(Contact::Phone));
    Ok(match method {
        None => email.or(phone),
        Some(Method::Email) => email,
        Some(Method::Sms) => phone,
    })
}

/// Sends a code to the contact on file, which the caller reads out. Codes that were sent before count no more.
///
/// # Errors
/// `ticket.no_contact_on_file`, `ticket.contact_unreachable` for one that nothing is sent to,
/// `throttle.too_many_requests`, and as every step.
pub fn send_caller_code(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, method): (Version, Option<Method>),
) -> Result<CallerCodeSent, Refusal> {
    let step = begin::<VerifyRequester>(tx, who, key, None)?;
    let (id, tenant) = step.of();
    let contact = on_file(tx, &step.whole, method)?;
    let contact = contact.ok_or(Refusal::Because(Code::TicketNoContact))?;
    // The agent would wait with the caller for what never comes.
    if !telling::is_sent_to(tx, &contact)? {
        return Err(Refusal::Because(Code::TicketContactUnreachable));
    }
    codes::count_caller(tx, &house.limits, (id, &contact))?;
    let code = Digits::make(tx.entropy);
    let (named, hash) = (CodeId::of(tx.new_uuid()), code.hash(tx.keys, id.uuid()));
    store::tickets::keep_code(tx, &step.permit, (named, &contact, hash))?;
    let method = contact.method();
    let facts = json!({"number": step.whole.ticket.number, "minutes": CALLER_CODE_LASTS.as_mins()});
    let sent =
        CallerCodeSent { to: contact.masked(), method, expires_at: tx.now.plus(CALLER_CODE_LASTS) };
    let (kind, locale) = (MessageKind::CallerCode, step.after.locale);
    let message = Message { kind, to: contact, locale, tenant: Some(tenant) };
    let with = With { secret: Some(code.secret()), subject: Some(id.uuid()), ..With::default() };
    store::notifications::queue_with(tx, &message, facts, with)?;
    let detail = json!({"sent": method, "code": named});
    note::about(tx, &step.permit, (step.after.seen_by(), id.uuid()), &detail)?;
    Ok(sent)
}

impl House {
    /// Counts an attempt at the code of a ticket; it stays counted. False if there is none left to try, and for
    /// whoever may not: why they may not is said by [`verify_caller`].
    ///
    /// # Errors
    /// The database fails.
    pub async fn try_caller_code(&self, ask: &Ask, ticket: TicketId) -> Result<bool, Refusal> {
        let tried = self.transact(ask, move |tx, actor| {
            let actor = standing(tx, actor)?;
            let (permit, _) = admit_ticket::<VerifyRequester>(tx, &actor, (ticket, None))?;
            Ok(store::tickets::count_code_attempt(tx, &permit)?)
        });
        match tried.await {
            Err(Refusal::Denied(_) | Refusal::NotFound) => Ok(false),
            tried => tried,
        }
    }

    /// Writes a wrong code down.
    pub async fn note_wrong_caller_code(&self, ask: &Ask, ticket: TicketId) {
        let action = VerifyRequester::KIND.as_str();
        self.note_refusal(ask, action, Code::CodeWrong, Some(ticket.uuid())).await;
    }
}

/// Takes the code that a caller read out; `is_counted` says that the attempt was counted and is one of those that
/// there are.
///
/// # Errors
/// `code.wrong`, `code.not_usable`, and as every step.
pub fn verify_caller(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, typed, is_counted): (Version, &str, bool),
) -> Result<Shown, Refusal> {
    let mut step = begin::<VerifyRequester>(tx, who, key, None)?;
    let id = step.after.id;
    let open = store::tickets::open_code(tx, id)?.filter(|_| is_counted);
    let code = open.ok_or(Refusal::Because(Code::CodeNotUsable))?;
    if !Digits::matches(tx.keys, id.uuid(), typed, &code.hash) {
        return Err(Refusal::Because(Code::CodeWrong));
    }
    if store::tickets::end_codes(tx, &step.permit)? == 0 {
        return Err(Refusal::Because(Code::CodeNotUsable));
    }
    let proof = Verification::ContactConfirmed;
    let decision = prove(tx, who, house, (&mut step, proof))?;
    let detail = Detail { verification: Some(proof), ..Detail::default() };
    let evidence =
        json!({"proof": proof, "code": code.id, "sent": code.method, "decision": decision});
    step.write(tx, Saying::nothing(detail), &evidence)?;
    step.shown(tx)
}

/// Records that the agent called the number on file.
///
/// # Errors
/// `ticket.no_contact_on_file` without a number, and as every step.
pub fn call_back(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, said): (Version, &Spoken),
) -> Result<Shown, Refusal> {
    let mut step = begin::<VerifyRequester>(tx, who, key, None)?;
    if on_file(tx, &step.whole, Some(Method::Sms))?.is_none() {
        return Err(Refusal::Because(Code::TicketNoContact));
    }
    let heard = step.hear(tx, house, said)?;
    let proof = Verification::CalledBack;
    let decision = prove(tx, who, house, (&mut step, proof))?;
    let detail = Detail { verification: Some(proof), ..Detail::default() };
    let saying = Saying { detail, ..Saying::internally(&heard) };
    step.write(tx, saying, &json!({"proof": proof, "decision": decision}))?;
    step.shown(tx)
}

/// Puts a proof on record, and has the policy decide anew what waited for it. What it now sends the requester away
/// for stays open until an agent refers it: the ticket's outcome says so.
fn prove(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (step, proof): (&mut Step<VerifyRequester>, Verification),
) -> Result<Option<DecisionId>, Refusal> {
    claiming::settle(tx, house, step)?;
    step.after.verification = step.after.verification.with(proof);
    if step.after.outcome != Outcome::VerifyFirst {
        return Ok(None);
    }
    let party = step.party(tx)?;
    let request_type = step.after.request_type.clone();
    let asked = (&request_type, said_before(tx, step.after.decision_id)?);
    let (inquiry, decision) = decided(tx, house, (&step.after, &party), asked)?;
    let id = record(tx, who, &house.rules.desk, (&inquiry, &decision), about(&step.after))?;
    let intake = Intake::of(&decision);
    // An agent may have found it more urgent meanwhile than the policy does.
    let priority = step.after.priority.max(intake.priority);
    (step.after.kind, step.after.priority) = (intake.kind, priority);
    step.after.is_confirmed &= intake.kind == TicketKind::Emergency;
    (step.after.outcome, step.after.decision_id) = (decision.outcome, id);
    if discard_as_decided(tx, step, &decision)? {
        step.copy(tx)?;
    }
    Ok(Some(id))
}

/// What the requester said beside, as far as the decision that is decided anew rested on it.
fn said_before(tx: &mut Tx<'_>, decision: DecisionId) -> Result<Facts, Refusal> {
    let mut facts = Facts::new();
    for LoggedFact { fact, value, source } in store::tickets::facts_of(tx.conn, decision)? {
        if let (Some(value), Some(FactSource::Stated)) = (value, source) {
            // What cannot be read again is not known any more.
            if facts.set_text(fact, &value, FactSource::Stated).is_err() {
                tracing::warn!(%fact, "a fact of a decision cannot be read again");
            }
        }
    }
    Ok(facts)
}

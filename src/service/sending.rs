//! What is sent now, what waits, and what is not sent at all; and what gateways and people say afterwards.

use std::collections::{HashMap, HashSet};

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{
    MessageKind, MessageState, Method, SuppressionReason, WaitReason,
};
use caredesk_core::domain::sending::{Reply, SendingHours, state_of, suppressed_by};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{PhoneNumber, TimeZoneName};
use caredesk_core::policy::action::{ReleaseContact, SettleNotification, SuppressContact};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::json;

use super::house::{Ask, House};
use super::steps::{attempts, note, undelivered};
use crate::guard::{Refusal, admit};
use crate::store::notifications::{Claimed, News};
use crate::store::throttle::Allowance;
use crate::store::{self, StoreResult, Tx};

/// When, and how fast, text messages go through a gateway.
#[derive(Debug, Clone, Copy)]
pub struct Texting {
    /// The hours of the day.
    pub hours: SendingHours,
    /// How many in a second, all instances together.
    pub per_second: i64,
}

impl Texting {
    /// The pace as it is counted.
    fn pace(self) -> Allowance {
        Allowance { attempts: self.per_second, window: SignedDuration::from_secs(1) }
    }
}

/// Messages to send now.
#[derive(Debug)]
pub struct Batch {
    /// The messages; nobody else has them.
    pub messages: Vec<Claimed>,
    /// Whether there may be more.
    pub is_more: bool,
}

/// How long a message waits for a contact that had too many, from the first time that it did, before it is
/// given up: whoever has a flood brought about does not keep it running for weeks.
const CAPPED_FOR: SignedDuration = SignedDuration::from_hours(72);
/// Text messages of all instances.
const PACE: &str = "sms-pace";
/// Messages to a contact.
const SENT: &str = "sent-contact";
/// Articles that colleagues share with a contact: they leave the day's other messages alone.
const SHARED: &str = "shared-contact";

impl House {
    /// Claims messages that are due, and puts those off that are not to be sent now.
    ///
    /// # Errors
    /// The database fails.
    pub async fn claim_messages(
        &self,
        ask: &Ask,
        limit: i64,
        texting: Option<Texting>,
    ) -> Result<Batch, Refusal> {
        let per_contact = self.limits.sent_per_contact;
        let desk = self.desk.details().time_zone.clone();
        self.transact(ask, move |tx, _| {
            let rules = Rules { per_contact, texting, desk: &desk };
            rules.claim(tx, limit)
        })
        .await
    }

    /// Writes down what the gateway says of a message. What is late, repeated or out of order changes
    /// nothing, and neither does what is about a message that is not known.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hear_of_message(&self, ask: &Ask, said: Said) -> Result<(), Refusal> {
        self.transact(ask, move |tx, _| hear(tx, &said)).await
    }

    /// Takes what somebody answered to a text message.
    ///
    /// # Errors
    /// The database fails.
    pub async fn take_reply(
        &self,
        ask: &Ask,
        from: PhoneNumber,
        reply: Reply,
    ) -> Result<(), Refusal> {
        let contact = Contact::Phone(from);
        self.transact(ask, move |tx, _| match reply {
            Reply::Stop => {
                let last = store::notifications::last_to_number(tx.conn, &contact.key())?;
                let tenant = last.and_then(|(_, tenant)| tenant);
                let by = last.map(|(id, _)| id);
                suppress(tx, &contact, (SuppressionReason::Stopped, by), tenant)
            }
            Reply::Start => release(tx, &contact),
        })
        .await
    }
}

/// What a gateway says of a message.
#[derive(Debug, Clone)]
pub struct Said {
    /// Which message.
    pub id: NotificationId,
    /// In the gateway's own word.
    pub status: String,
    /// What the gateway calls the message.
    pub gateway_id: String,
    /// The gateway's code for why it did not arrive.
    pub code: Option<u32>,
}

/// What holds for what is sent now.
struct Rules<'a> {
    per_contact: Allowance,
    texting: Option<Texting>,
    desk: &'a TimeZoneName,
}

/// What becomes of a message that is due.
enum Turn {
    /// It is sent.
    Now,
    /// It is not sent at all.
    Never(SuppressionReason),
    /// It waits for a moment.
    Wait(Moment, WaitReason),
    /// It waits until a text message may go out again.
    Pace,
    /// It waits, with all others on behalf of the same organisation, until that is in use again.
    Suspended(TenantId),
}

/// What is known about the messages of a batch.
struct Known {
    suppressed: HashMap<(Method, String), SuppressionReason>,
    zones: HashMap<TenantId, TimeZoneName>,
    out_of_use: HashSet<TenantId>,
}

impl Rules<'_> {
    /// Claims what is to be sent now.
    fn claim(&self, tx: &mut Tx<'_>, limit: i64) -> Result<Batch, Refusal> {
        let mut methods = vec![Method::Email];
        if !self.is_at_pace(tx)? {
            methods.push(Method::Sms);
        }
        let due = store::notifications::due(tx, limit, &methods)?;
        let is_more = i64::try_from(due.len()).is_ok_and(|found| found == limit);
        if due.is_empty() {
            return Ok(Batch { messages: due, is_more });
        }
        let known = self.known(tx, &due)?;
        let (mut messages, mut ids) = (Vec::with_capacity(due.len()), Vec::new());
        let mut suspended: HashMap<TenantId, Vec<NotificationId>> = HashMap::new();
        for message in due {
            match self.turn(tx, &message, &known)? {
                Turn::Now => {
                    ids.push(message.id);
                    messages.push(message);
                }
                Turn::Never(why) => {
                    store::notifications::suppressed(tx, message.id, why)?;
                    given_up(tx, &message)?;
                }
                Turn::Wait(until, why) => Self::wait(tx, &message, (until, why))?,
                Turn::Pace => {}
                Turn::Suspended(tenant) => suspended.entry(tenant).or_default().push(message.id),
            }
        }
        for (tenant, ids) in suspended {
            store::notifications::put_off_suspended(tx, tenant, ids)?;
        }
        store::notifications::take(tx, ids)?;
        Ok(Batch { messages, is_more })
    }

    /// Whether this second has all the text messages that it may have.
    fn is_at_pace(&self, tx: &mut Tx<'_>) -> StoreResult<bool> {
        let Some(texting) = self.texting else { return Ok(false) };
        let key = attempts::key(tx.keys, PACE, "");
        store::throttle::is_spent(tx.conn, &key, texting.pace(), tx.now)
    }

    /// Reads what has to be known about messages.
    fn known(&self, tx: &mut Tx<'_>, due: &[Claimed]) -> StoreResult<Known> {
        let contacts = due.iter().map(key_of).collect();
        let suppressed = store::suppressions::reasons(tx.conn, contacts)?;
        let tenants: HashSet<TenantId> = due.iter().filter_map(|message| message.tenant).collect();
        let out_of_use = if tenants.is_empty() {
            HashSet::new()
        } else {
            store::tenants::suspended(tx.conn, tenants.into_iter().collect())?
        };
        let texts = due.iter().filter(|message| self.keeps_hours(message));
        let tenants: HashSet<TenantId> = texts.filter_map(|message| message.tenant).collect();
        let zones = if tenants.is_empty() {
            HashMap::new()
        } else {
            store::tenants::zones(tx.conn, tenants.into_iter().collect())?
        };
        Ok(Known { suppressed, zones, out_of_use })
    }

    /// Whether a message is one that waits for the hours.
    fn keeps_hours(&self, message: &Claimed) -> bool {
        self.texting.is_some() && message.method == Method::Sms && !message.kind.is_awaited()
    }

    /// What becomes of a message that is due.
    fn turn(&self, tx: &mut Tx<'_>, message: &Claimed, known: &Known) -> StoreResult<Turn> {
        let held = message.tenant.filter(|tenant| known.out_of_use.contains(tenant));
        if let Some(tenant) =
            held.filter(|_| !MessageKind::ABOUT_SUSPENSION.contains(&message.kind))
        {
            return Ok(Turn::Suspended(tenant));
        }
        let contact = key_of(message);
        let held = known.suppressed.get(&(message.method, contact.clone()));
        if let Some(reason) = held.filter(|reason| !message.kind.passes(**reason)) {
            return Ok(Turn::Never(*reason));
        }
        if let Some(texting) = self.texting.filter(|_| message.method == Method::Sms) {
            if let Some(opens) = self.opens(tx.now, texting, (message, known)) {
                return Ok(Turn::Wait(opens, WaitReason::SendingHours));
            }
            let pace = attempts::key(tx.keys, PACE, "");
            if store::throttle::count(tx, &pace, texting.pace())?.is_some() {
                return Ok(Turn::Pace);
            }
        }
        // Capped where it is asked for; never held back; counted before.
        if message.kind.is_awaited() || message.kind.is_about_power() || message.attempt > 1 {
            return Ok(Turn::Now);
        }
        let counted = if message.kind == MessageKind::ArticleShared { SHARED } else { SENT };
        let key = attempts::key(tx.keys, counted, &format!("{}|{contact}", message.method));
        let wait = store::throttle::count(tx, &key, self.per_contact)?;
        Ok(wait.map_or(Turn::Now, |wait| Turn::Wait(tx.now.plus(wait), WaitReason::DailyCap)))
    }

    /// When the hours begin that a message waits for; none if it waits for none.
    fn opens(
        &self,
        now: Moment,
        texting: Texting,
        (message, known): (&Claimed, &Known),
    ) -> Option<Moment> {
        if !self.keeps_hours(message) {
            return None;
        }
        let zone = message.tenant.and_then(|tenant| known.zones.get(&tenant));
        let zone: TimeZone = zone.unwrap_or(self.desk).zone();
        texting.hours.opens_after(now, &zone)
    }

    /// Lets a message wait, or gives it up if its contact has had too many for too long.
    fn wait(
        tx: &mut Tx<'_>,
        message: &Claimed,
        (until, why): (Moment, WaitReason),
    ) -> Result<(), Refusal> {
        let is_capped = why == WaitReason::DailyCap;
        let since = message.capped_since.or_else(|| is_capped.then_some(tx.now));
        let is_old = since.is_some_and(|since| tx.now.since(since) > CAPPED_FOR);
        if is_capped && is_old {
            let before = message.attempt.saturating_sub(1);
            let says = "its contact had too many messages for three days";
            if store::notifications::failed(tx, (message.id, before), says)? {
                given_up(tx, message)?;
            }
            return Ok(());
        }
        Ok(store::notifications::put_off(tx, message.id, (until, why, since))?)
    }
}

/// A message's contact, in the form in which contacts are compared.
fn key_of(message: &Claimed) -> String {
    let contact = Contact::parse(message.method, &message.recipient);
    contact.map_or_else(|_| message.recipient.clone(), |contact| contact.key())
}

/// Ends a message that is not tried again; says whether this attempt was the last.
///
/// # Errors
/// The database fails.
pub fn failed(tx: &mut Tx<'_>, message: &Claimed, why: &str) -> Result<bool, Refusal> {
    let is_last = store::notifications::failed(tx, (message.id, message.attempt), why)?;
    if is_last {
        given_up(tx, message)?;
    }
    Ok(is_last)
}

/// Does what follows from a message that will not arrive.
fn given_up(tx: &mut Tx<'_>, message: &Claimed) -> Result<(), Refusal> {
    if message.kind != MessageKind::TicketResolved {
        return Ok(());
    }
    undelivered::undo_resolution(tx, message.id)
}

/// Ends a message that was refused because of its contact, and has nothing else sent there; says whether
/// this attempt was the last.
///
/// # Errors
/// The database fails.
pub fn refused(
    tx: &mut Tx<'_>,
    message: &Claimed,
    (reason, why): (SuppressionReason, &str),
) -> Result<bool, Refusal> {
    let is_last = failed(tx, message, why)?;
    if let Ok(contact) = Contact::parse(message.method, &message.recipient) {
        suppress(tx, &contact, (reason, Some(message.id)), message.tenant)?;
    }
    Ok(is_last)
}

/// Has nothing sent to a contact any more, on the record.
fn suppress(
    tx: &mut Tx<'_>,
    contact: &Contact,
    (reason, by): (SuppressionReason, Option<NotificationId>),
    tenant: Option<TenantId>,
) -> Result<(), Refusal> {
    let permit = admit::<SuppressContact>(&Actor::System, tx.now)?;
    let held = store::suppressions::suppress(tx, &permit, contact, (reason, by))?;
    let Some(held) = held else { return Ok(()) };
    let detail = json!({"reason": reason, "notification": by});
    note::about(tx, &permit, (tenant, held.uuid()), &detail)
}

/// Has a number written to again whose owner asks for it, on the record.
fn release(tx: &mut Tx<'_>, contact: &Contact) -> Result<(), Refusal> {
    let permit = admit::<ReleaseContact>(&Actor::System, tx.now)?;
    let stopped = [SuppressionReason::Stopped];
    let lifted = store::suppressions::release(tx, &permit, &[contact], &stopped)?;
    let last = store::notifications::last_to_number(tx.conn, &contact.key())?;
    let tenant = last.and_then(|(_, tenant)| tenant);
    for lifted in lifted {
        let detail = json!({"reason": SuppressionReason::Stopped});
        note::about(tx, &permit, (tenant, lifted.uuid()), &detail)?;
    }
    Ok(())
}

/// Writes down what a gateway says.
fn hear(tx: &mut Tx<'_>, said: &Said) -> Result<(), Refusal> {
    let permit = admit::<SettleNotification>(&Actor::System, tx.now)?;
    let found = store::notifications::of_gateway(tx.conn, &permit, said.id)?;
    let Some((recipient, tenant)) = found else { return Ok(()) };
    let state = state_of(&said.status);
    let failure = match said.code {
        Some(code) => format!("the gateway says {} ({code})", said.status),
        None => format!("the gateway says {}", said.status),
    };
    let failure = Some(failure).filter(|_| state == Some(MessageState::Failed));
    let news =
        News { state, status: said.status.clone(), gateway_id: said.gateway_id.clone(), failure };
    if !store::notifications::heard(tx, &permit, said.id, &news)? {
        return Ok(());
    }
    let detail = json!({"state": news.state, "gateway_code": said.code});
    note::about(tx, &permit, (tenant, said.id.uuid()), &detail)?;
    if state == Some(MessageState::Failed) {
        undelivered::undo_resolution(tx, said.id)?;
    }
    let reason = said.code.and_then(suppressed_by);
    match (reason, Contact::parse(Method::Sms, &recipient)) {
        (Some(reason), Ok(contact)) => suppress(tx, &contact, (reason, Some(said.id)), tenant),
        _ => Ok(()),
    }
}

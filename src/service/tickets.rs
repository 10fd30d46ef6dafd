//! Tickets: opened as the desk's policy decides, read by whoever may, and moved by the table of steps (PM1, TS,
//! HD). What people write passes the door first.

mod adding;
mod attachments;
mod beginning;
mod beside;
mod claiming;
mod details;
mod development;
mod earlier;
mod emergency;
mod export;
mod following;
mod handling;
mod hearing;
mod linked;
mod mailed;
mod many;
mod merging;
mod moves;
mod objecting;
mod opening;
mod passing;
mod referral;
mod requester;
mod revealing;
mod searched;
mod sharing;
mod shown;
mod step;
mod telling;
mod turning;
mod verifying;
mod watchers;
mod wording;

use caredesk_core::domain::account::{Locale, Realm, Role};
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::ids::{AccountId, ApplicationId, TenantId, TicketId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::action::{ListTickets, ReadTicket};
use caredesk_core::policy::desk::{Channel, Facts, RequestType, RequesterKind};
use caredesk_core::policy::{DUE_SOON, TicketSight};
use uuid::Uuid;

use super::house::{Ask, House};
use super::perform::Looker;
use crate::guard::{Refusal, Violation, admit};
use crate::store;
use crate::store::db::Conn;
use crate::store::tickets::{EntryKey, TicketKey, TicketQuery, TicketView};
use crate::vault::Keyring;

pub use super::steps::door::Words;
pub use adding::{MoreDetails, add_details};
pub use attachments::{NewAttachment, announce, clear, discard};
pub use beside::{Beside, HintedDetail};
pub use claiming::{CallerNamed, name_caller};
pub use details::Details;
pub use development::wait_for_development;
pub use emergency::Emergency;
pub use export::{
    ExportChunk, begin_export, export_chunk, exported_by, exported_part, finish_export,
    written_part,
};
pub use following::{Following, follow_up};
pub use handling::{Assigned, assign, escalate, record_action, reprioritise, return_to_tier1};
pub use hearing::Spoken;
pub use linked::{Linked, LinkedEntry};
pub use mailed::MailAnswer;
pub use many::{ManyAssigned, RowResult, SpokenOnMany, assign_many};
pub use merging::merge;
pub use moves::{
    ask, confirm_emergency, decline_emergency, hand_to_organization, note_on,
    organization_answered, reopen, reply, reply_for_caller, resolve, withdraw,
};
pub use objecting::{Objected, dismiss_objection, object, uphold_objection};
pub use opening::open;
pub use passing::pass;
pub use referral::{refer, retype};
pub use revealing::{Revealed, Wanted, reveal};
pub use searched::SearchSeen;
pub use sharing::share_knowledge;
pub use shown::{CallerShown, ForSecondTier, ListedTicket, Shown, Told};
pub use verifying::{CallerCodeSent, call_back, send_caller_code, verify_caller};
pub use watchers::{Named, add_watcher, remove_watcher, watchers};
pub use wording::Wording;

/// A ticket, and the version that a change is made for.
pub type Version = (TicketId, Option<i64>);

/// Entries that are shown with a ticket.
const ENTRIES_SHOWN: i64 = 25;

/// A ticket that somebody asks for, but for its words.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What is asked for.
    pub request_type: RequestType,
    /// What is said to be known beside.
    pub facts: Facts,
    /// The organisation that a family means.
    pub tenant: Option<TenantId>,
    /// The application that it is about.
    pub application: Option<ApplicationId>,
    /// The search of the help centre that went before.
    pub help_search: Option<Uuid>,
    /// For whom an agent asks.
    pub caller: Option<CallerAsked>,
}

/// Somebody for whom an agent opens a ticket.
#[derive(Debug, Clone)]
pub struct CallerAsked {
    /// As what they are judged.
    pub requester: RequesterKind,
    /// The organisation that it is about.
    pub tenant: TenantId,
    /// By which way they came.
    pub channel: Channel,
    /// Their account, if one is known.
    pub account: Option<AccountId>,
    /// Who they are otherwise.
    pub caller: Caller,
    /// The language they are written to in.
    pub locale: Option<Locale>,
}

/// Who a caller without an account is, as it is kept sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Caller {
    /// What they are called.
    pub name: Option<PersonName>,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// Where they are called.
    pub phone: Option<PhoneNumber>,
}

impl Caller {
    /// The form in which the place where they are written to is counted.
    fn key(&self) -> String {
        let email = self.email.as_ref().map(EmailAddress::folded);
        let phone = || self.phone.as_ref().map(|phone| phone.as_str().to_owned());
        email.or_else(phone).unwrap_or_default()
    }

    /// Refuses somebody who cannot be told anything.
    fn is_reached(&self, pointer: &str) -> Result<(), Refusal> {
        if self.email.is_some() || self.phone.is_some() {
            return Ok(());
        }
        Err(Refusal::Invalid(vec![Violation {
            pointer: pointer.to_owned(),
            code: "required".to_owned(),
            detail: "is missing, and there is no telephone number either".to_owned(),
        }]))
    }
}

/// The account of whoever reads.
fn reader(actor: &Actor) -> Option<AccountId> {
    actor.person().map(|person| person.account)
}

/// One ticket with the newest of what was said on it.
///
/// # Errors
/// Not found, also for one that is not the caller's to see, and whatever the permit denies.
pub fn read(
    conn: &mut Conn,
    looker: &Looker,
    keys: &Keyring,
    id: TicketId,
) -> Result<Shown, Refusal> {
    let permit = admit::<ReadTicket>(&looker.actor, looker.now)?;
    let sight = TicketSight::of(&permit);
    shown::show(conn, keys, (sight, id, reader(&looker.actor)), (None, ENTRIES_SHOWN))
}

/// The organisation of a ticket, where that sees it: in whose audit it stands that the desk read something of it.
///
/// # Errors
/// As [`read`].
pub fn seen_by(
    conn: &mut Conn,
    looker: &Looker,
    id: TicketId,
) -> Result<Option<TenantId>, Refusal> {
    let sight = TicketSight::of(&admit::<ReadTicket>(&looker.actor, looker.now)?);
    let whole = store::tickets::find(conn, sight, id)?.ok_or(Refusal::NotFound)?;
    Ok(whole.ticket.row.seen_by())
}

/// A ticket with a page of what was said on it, newest first.
///
/// # Errors
/// Not found, also for a ticket that is not the caller's to see, and whatever the permit denies.
pub fn entries(
    conn: &mut Conn,
    looker: &Looker,
    keys: &Keyring,
    (id, after, limit): (TicketId, Option<EntryKey>, i64),
) -> Result<Shown, Refusal> {
    let permit = admit::<ReadTicket>(&looker.actor, looker.now)?;
    let sight = TicketSight::of(&permit);
    shown::show(conn, keys, (sight, id, reader(&looker.actor)), (after, limit))
}

/// A page of the tickets that the caller may see, newest first: with subjects as they were written, where they are the
/// caller's own words or their organisation's.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    keys: &Keyring,
    ask: &TicketQuery,
) -> Result<(TicketSight, Page<ListedTicket, TicketKey>), Refusal> {
    let permit = admit::<ListTickets>(&looker.actor, looker.now)?;
    let sight = TicketSight::of(&permit);
    let page = store::tickets::list(conn, sight, ask)?;
    let rows = page.rows.into_iter().map(|listed| shown::listed(keys, sight, listed));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok((sight, Page { rows, next: page.next, total: page.total }))
}

/// Until when something is due soon: within the next two hours of the desk's working time.
pub fn due_soon(house: &House) -> Moment {
    house.rules.hours.calendar().add(house.clock.now(), DUE_SOON)
}

/// The view that somebody has if they ask for none: their own, and at the desk all that they may see.
pub fn usual_view(actor: &Actor) -> TicketView {
    let is_of_desk = |person: &&Person| person.standing.role.realm() == Realm::Desk;
    match actor.person().filter(|person| !is_of_desk(person)) {
        Some(person) => TicketView::My(person.account),
        None => TicketView::Everything,
    }
}

impl House {
    /// Counts what a member reports as an emergency, as what is reported without a session is; nothing else.
    ///
    /// # Errors
    /// `throttle.too_many_requests`; the database fails.
    pub async fn count_opening(&self, ask: &Ask, asked: &Asked) -> Result<(), Refusal> {
        let person = ask.actor.person();
        let is_member = person.is_some_and(|person| person.standing.role == Role::Member);
        if is_member && asked.request_type.is_emergency() && asked.caller.is_none() {
            self.count_members_emergency(ask).await?;
        }
        Ok(())
    }

    /// Writes an attempt to open a ticket into the decision log, by somebody who is sent away before there is
    /// one: a member on the portal. A failure is for the log: the refusal stands either way.
    pub async fn note_attempt(&self, ask: &Ask, asked: &Asked) {
        let (house, asked) = (self.clone(), asked.clone());
        let noted = self
            .transact::<_, Refusal, _>(ask, move |tx, who| {
                opening::note_attempt(tx, who, &house, &asked)
            })
            .await;
        if let Err(refusal) = noted {
            tracing::error!(code = %refusal.code(), "an attempt to open a ticket could not be written down");
        }
    }
}

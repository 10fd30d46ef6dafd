//! Tickets: opened as the desk's policy decides, read by whoever may, and moved by the table of steps (PM1, TS,
//! HD). What people write passes the door first.

mod earlier;
mod moves;
mod opening;
mod shown;
mod telling;

use caredesk_core::domain::account::{Locale, Realm};
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::ids::{AccountId, ApplicationId, TenantId, TicketEntryId, TicketId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::ticket::{MaskedText, SubjectLine, TicketText};
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, Slug};
use caredesk_core::policy::TicketSight;
use caredesk_core::policy::action::{ListTickets, ReadTicket};
use caredesk_core::policy::desk::{Channel, Facts, RequestType, RequesterKind};
use caredesk_core::policy::pii::Case;
use uuid::Uuid;

use super::house::{Ask, House};
use super::perform::Looker;
use super::steps::door::{self, Heard};
use crate::guard::{Refusal, Violation, admit};
use crate::store::db::Conn;
use crate::store::tickets::{EntryKey, Ticket, TicketKey, TicketQuery, TicketView};
use crate::store::{self, Tx};
use crate::vault::Keyring;

pub use super::steps::door::Words;
pub use moves::{
    Assigned, ask, assign, confirm_emergency, decline_emergency, escalate, hand_to_organization,
    merge, note_on, organization_answered, record_action, refer, reopen, reply, reprioritise,
    resolve, return_to_tier1, retype, withdraw,
};
pub use opening::{open, report_emergency};
pub use shown::{Shown, Told};

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

/// What somebody says on a ticket that is there, behind the door, with what was known of its case then.
#[derive(Debug, Clone)]
pub struct Spoken {
    words: Words,
    heard: Heard,
    author: Option<AccountId>,
    name: Option<PersonName>,
    before: Before,
}

/// What is known of a case before something is said on it: the names that it has met, sealed, and what its author
/// said last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Before {
    names: Vec<u8>,
    last: Option<(TicketEntryId, MaskedText)>,
}

impl Before {
    /// What was said last, as the next text is looked at with it.
    fn text(&self) -> Option<String> {
        self.last.as_ref().map(|(_, text)| text.as_str().to_owned())
    }
}

impl House {
    /// Looks at what somebody says on a ticket, knowing the names that its case has met and what they said there
    /// before. Whether they may see the ticket is asked later; nothing of it is handed over here.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hear_on(
        &self,
        who: &Actor,
        ticket: TicketId,
        text: TicketText,
    ) -> Result<Spoken, Refusal> {
        let (keys, author, named) = (self.keys.clone(), reader(who), known_by_name(who));
        let read = self.db.read::<_, Refusal, _>(move |conn| {
            let name = names_of(conn, named.as_slice())?.pop();
            Ok((before(conn, &keys, (ticket, author))?, name))
        });
        let ((before, mut case), name) = read.await?;
        let is_news = know(&mut case, name.as_slice());
        let words = Words { subject: None, text: Some(text), after: before.text() };
        let mut heard = self.hear(words.clone(), case).await;
        heard.has_learned |= is_news;
        Ok(Spoken { words, heard, author, name, before })
    }

    /// Looks at what a ticket is opened with, knowing the names of whoever asks and of whom they ask for.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hear_opening(
        &self,
        who: &Actor,
        asked: &Asked,
        words: Words,
    ) -> Result<Heard, Refusal> {
        let caller = asked.caller.as_ref();
        let mut people: Vec<AccountId> = known_by_name(who).into_iter().collect();
        people.extend(caller.and_then(|caller| caller.account));
        let read = self.db.read::<_, Refusal, _>(move |conn| names_of(conn, &people));
        let mut names = read.await?;
        names.extend(caller.and_then(|caller| caller.caller.name.clone()));
        let mut case = Case::default();
        know(&mut case, &names);
        Ok(self.hear(words, case).await)
    }
}

/// The account of somebody whose name is personal in what they say. The desk's people sign with theirs.
fn known_by_name(who: &Actor) -> Option<AccountId> {
    let person = who.person()?;
    (person.standing.role.realm() != Realm::Desk).then_some(person.account)
}

/// The names of accounts.
fn names_of(conn: &mut Conn, accounts: &[AccountId]) -> Result<Vec<PersonName>, Refusal> {
    let mut names = Vec::with_capacity(accounts.len());
    for account in accounts {
        let found = store::accounts::find(conn, *account)?;
        names.extend(found.map(|found| found.account.name));
    }
    Ok(names)
}

/// Tells a case names; whether one of them was news.
fn know(case: &mut Case, names: &[PersonName]) -> bool {
    let before = case.clone();
    for name in names {
        case.know(name);
    }
    *case != before
}

/// What a case has met, and what somebody said on it last; nothing of a ticket that is not there.
fn before(
    conn: &mut Conn,
    keys: &Keyring,
    (ticket, author): (TicketId, Option<AccountId>),
) -> Result<(Before, Case), Refusal> {
    let Some((tenant, names)) = store::tickets::names(conn, ticket)? else {
        return Ok((Before::default(), Case::default()));
    };
    let case = door::opened_names(keys, (tenant, ticket.uuid()), &names)?;
    let last = match author {
        Some(author) => store::tickets::last_said(conn, ticket, author)?,
        None => None,
    };
    Ok((Before { names, last }, case))
}

impl Spoken {
    /// What was said, behind the door, and what its author said before; looked at again if the case has met other
    /// names since, or they have said something else.
    fn settled(
        &self,
        tx: &mut Tx<'_>,
        house: &House,
        ticket: TicketId,
    ) -> Result<(Heard, Option<TicketEntryId>), Refusal> {
        let (now, mut case) = before(tx.conn, tx.keys, (ticket, self.author))?;
        let last = now.last.as_ref().map(|(entry, _)| *entry);
        if now == self.before {
            return Ok((self.heard.clone(), last));
        }
        let words = Words { after: now.text(), ..self.words.clone() };
        let is_news = know(&mut case, self.name.as_slice());
        let mut heard = door::heard(&house.rules.detector, &words, case);
        heard.has_learned |= is_news;
        Ok((heard, last))
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

/// A page of what was said on a ticket, newest first.
///
/// # Errors
/// Not found, also for a ticket that is not the caller's to see, and whatever the permit denies.
pub fn entries(
    conn: &mut Conn,
    looker: &Looker,
    keys: &Keyring,
    (id, after, limit): (TicketId, Option<EntryKey>, i64),
) -> Result<(TicketSight, Page<Told, EntryKey>), Refusal> {
    let permit = admit::<ReadTicket>(&looker.actor, looker.now)?;
    let sight = TicketSight::of(&permit);
    let who = reader(&looker.actor);
    let shown = shown::show(conn, keys, (sight, id, who), (after, limit))?;
    Ok((sight, shown.entries))
}

/// A page of the tickets that the caller may see, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &TicketQuery,
) -> Result<(TicketSight, Page<Ticket, TicketKey>), Refusal> {
    let permit = admit::<ListTickets>(&looker.actor, looker.now)?;
    let sight = TicketSight::of(&permit);
    Ok((sight, store::tickets::list(conn, sight, ask)?))
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

/// An emergency, as somebody without a session reports it.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// The organisation's short name.
    pub organization: Slug,
    /// What happened.
    pub text: TicketText,
    /// Who reports it.
    pub caller: Caller,
    /// The language of the answer.
    pub locale: Option<Locale>,
}

impl House {
    /// Takes the report of an emergency by somebody who has no session. Whether there is such an organisation is
    /// told to nobody.
    ///
    /// # Errors
    /// Invalid without an address or a number; `throttle.too_many_requests`; the database fails.
    pub async fn report_emergency(&self, ask: &Ask, report: Emergency) -> Result<Uuid, Refusal> {
        report.caller.is_reached("#/email")?;
        // Of nothing that it would tell: named in the log and the audit as the request's.
        let reference = self.entropy.uuid(self.clock.now());
        self.count_emergency(ask, (report.caller.key(), &report.organization)).await?;
        let subject = SubjectLine::parse(EMERGENCY_SUBJECT).ok();
        let words = Words { subject, text: Some(report.text.clone()), after: None };
        let mut case = Case::default();
        know(&mut case, report.caller.name.as_slice());
        let heard = self.hear(words, case).await;
        let slug = report.organization.clone();
        let read = self
            .db
            .read::<_, Refusal, _>(move |conn| Ok(store::tickets::tenant_of_slug(conn, &slug)?));
        let asked = read.await?.and_then(|tenant| report.asked(tenant));
        let Some(asked) = asked else { return Ok(reference) };
        let house = self.clone();
        self.transact::<_, Refusal, _>(ask, move |tx, who| {
            opening::report_emergency(tx, who, &house, (&asked, (&heard, reference)))
        })
        .await?;
        Ok(reference)
    }
}

impl Emergency {
    /// The ticket that is asked for by it.
    fn asked(self, tenant: TenantId) -> Option<Asked> {
        let caller = CallerAsked {
            requester: RequesterKind::Unknown,
            tenant,
            channel: Channel::Form,
            account: None,
            caller: self.caller,
            locale: self.locale,
        };
        Some(Asked {
            request_type: RequestType::parse(opening::EMERGENCY).ok()?,
            facts: Facts::new(),
            tenant: None,
            application: None,
            help_search: None,
            caller: Some(caller),
        })
    }
}

/// What the report of an emergency is about.
const EMERGENCY_SUBJECT: &str = "Emergency";

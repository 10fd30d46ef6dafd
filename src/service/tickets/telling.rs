//! Who is told what of a ticket: its requester, and the organisation where it takes part.

use caredesk_core::domain::account::{Account, Locale};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, TenantId, TicketId};
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::tenant;
use caredesk_core::domain::ticket::CaseNumber;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::desk::Channel;
use serde_json::{Value, json};

use super::Caller;
use super::shown::caller as caller_of;
use crate::guard::Refusal;
use crate::service::steps::ticket_links;
use crate::store::notifications::With;
use crate::store::tickets::{Party, Whole};
use crate::store::{self, Tx};
use crate::vault::Opaque;

/// Somebody who is written to about a ticket.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    /// What they are called, if that is known.
    pub(super) name: Option<String>,
    /// Where they are reached; none of somebody who is not.
    pub(super) to: Option<Contact>,
    /// In which language.
    pub(super) locale: Locale,
    /// Whether they have no account to sign in with, and are shown the ticket by a link.
    pub(super) follows_links: bool,
}

impl Reader {
    /// Somebody with an account.
    pub(super) fn of(account: &Account) -> Self {
        let name = Some(account.name.as_str().to_owned());
        Self { name, to: account.contact(), locale: account.locale, follows_links: false }
    }

    /// Somebody without one.
    pub(super) fn of_caller(caller: &Caller, locale: Locale) -> Self {
        let email = caller.email.clone().map(Contact::Email);
        let to = email.or_else(|| caller.phone.clone().map(Contact::Phone));
        let name = caller.name.as_ref().map(|name| name.as_str().to_owned());
        Self { name, to, locale, follows_links: true }
    }

    /// A message about a ticket, with what its facts say of whom it goes to; none to somebody who is not reached.
    fn message(
        &self,
        (ticket, tenant): (TicketId, TenantId),
        (kind, facts): (MessageKind, &mut Value),
    ) -> Option<Message> {
        let to = self.to.clone()?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("name".to_owned(), json!(self.name));
            facts.insert("ticket".to_owned(), json!(ticket));
            facts.insert("is_one_time".to_owned(), json!(self.follows_links));
        }
        Some(Message { kind, to, locale: self.locale, tenant: Some(tenant) })
    }
}

/// The requester of a ticket that is there.
pub(super) fn requester(tx: &mut Tx<'_>, whole: &Whole) -> Result<Reader, Refusal> {
    let row = &whole.ticket.row;
    if let Some(somebody) = &whole.ticket.requester {
        let email = somebody.email.clone().map(Contact::Email);
        let to = email.or_else(|| somebody.phone.clone().map(Contact::Phone));
        let name = Some(somebody.name.as_str().to_owned());
        // Who reported without a session cannot sign in, whoever they turned out to be.
        let follows_links = row.channel == Channel::Form;
        return Ok(Reader { name, to, locale: row.locale, follows_links });
    }
    let caller = match &whole.caller {
        Some(sealed) => caller_of(tx.keys, (row.tenant_id, row.id), sealed)?,
        None => Caller::default(),
    };
    let mut reader = Reader::of_caller(&caller, row.locale);
    if row.channel == Channel::Form && row.verification == Verification::None {
        // Anybody may name anybody's address: no words of theirs go there.
        reader.name = None;
    }
    Ok(reader)
}

/// Whether somebody can be told anything: there is a contact, and messages are sent to it.
pub(super) fn is_reached(tx: &mut Tx<'_>, reader: &Reader) -> Result<bool, Refusal> {
    reader.to.as_ref().map_or(Ok(false), |to| is_sent_to(tx, to))
}

/// Whether messages are sent to a contact.
pub(super) fn is_sent_to(tx: &mut Tx<'_>, to: &Contact) -> Result<bool, Refusal> {
    let held = store::suppressions::reasons(tx.conn, vec![to.key()])?;
    Ok(!held.contains_key(&(to.method(), to.key())))
}

/// Queues a message about a ticket to somebody. Whoever is not reached cannot be told.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    reader: &Reader,
    (ticket, tenant): (TicketId, TenantId),
    (kind, mut facts): (MessageKind, Value),
) -> Result<(), Refusal> {
    let Some(message) = reader.message((ticket, tenant), (kind, &mut facts)) else { return Ok(()) };
    let link = if reader.follows_links { Some(ticket_links::make(tx, ticket)?) } else { None };
    let secret = link.as_ref().map(Opaque::secret);
    let with = With { secret, subject: Some(ticket.uuid()), ..With::default() };
    store::notifications::queue_with(tx, &message, facts, with)?;
    Ok(())
}

/// Tells everybody who is in copy of a ticket, other than whoever did it.
pub(super) fn tell_watchers(
    tx: &mut Tx<'_>,
    (ticket, tenant): (TicketId, TenantId),
    but: Option<AccountId>,
    told: (MessageKind, &Value),
) -> Result<(), Refusal> {
    let mut watchers = store::tickets::watchers(tx.conn, ticket)?;
    watchers.retain(|watcher| Some(*watcher) != but);
    tell_colleagues(tx, (ticket, tenant), &watchers, told)
}

/// Tells people of a ticket's organisation; whoever was switched off is told nothing. However many they are, they are
/// asked for at once, and so are their messages queued.
pub(super) fn tell_colleagues(
    tx: &mut Tx<'_>,
    (ticket, tenant): (TicketId, TenantId),
    people: &[AccountId],
    (kind, facts): (MessageKind, &Value),
) -> Result<(), Refusal> {
    if people.is_empty() {
        return Ok(());
    }
    let mut messages = Vec::with_capacity(people.len());
    for account in store::accounts::colleagues(tx.conn, tenant, people)? {
        let mut facts = facts.clone();
        let message = Reader::of(&account).message((ticket, tenant), (kind, &mut facts));
        messages.extend(message.map(|message| (message, facts)));
    }
    if messages.is_empty() {
        return Ok(());
    }
    let with = With { subject: Some(ticket.uuid()), ..With::default() };
    let each = messages.iter().map(|(message, facts)| (message, facts.clone(), with));
    store::notifications::queue_each(tx, each)?;
    Ok(())
}

/// What an organisation is told of a ticket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notice<'n> {
    /// Which ticket.
    pub(super) ticket: TicketId,
    /// What people call it by.
    pub(super) number: CaseNumber,
    /// The word that the template chooses its sentence by.
    pub(super) change: &'n str,
    /// What was asked for, in words.
    pub(super) request: &'n str,
    /// Whether it gets a copy of what is said from now on.
    pub(super) is_copied: bool,
}

/// Tells an organisation, at its notification address.
pub(super) fn tell_organization(
    tx: &mut Tx<'_>,
    party: &Party,
    notice: Notice<'_>,
) -> Result<(), Refusal> {
    let to = Some(Contact::Email(party.address.clone()));
    let reader = Reader { name: None, to, locale: party.settings.locale, follows_links: false };
    let facts = facts_of(party, notice);
    tell(tx, &reader, (notice.ticket, party.id), (MessageKind::OrganizationTold, facts))
}

/// What the template needs.
pub(super) fn facts_of(party: &Party, notice: Notice<'_>) -> Value {
    json!({
        "organisation": party.name, "ticket": notice.ticket, "number": notice.number,
        "change": notice.change, "request": notice.request, "is_copied": notice.is_copied
    })
}

/// Ways to reach an organisation, as a template reads them.
pub(super) fn shown(contacts: &[tenant::Contact]) -> Value {
    let one = |contact: &tenant::Contact| json!({"label": contact.label, "email": contact.email, "phone": contact.phone});
    contacts.iter().map(one).collect()
}

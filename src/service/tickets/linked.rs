//! One ticket, shown to whoever has the link of a message and no account: an owner on file, somebody who reported an
//! emergency, a caller.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{TenantId, TicketId};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{TicketPass, TicketText};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::{ReadLinkedTicket, ReplyToLinkedTicket};
use caredesk_core::policy::pii::Hint;
use serde_json::{Value, json};

use super::step::{CALLER, Saying, stepped};
use crate::guard::{Refusal, admit, admit_linked_ticket, linked_ticket};
use crate::service::house::{Ask, House};
use crate::service::steps::{door, note};
use crate::store::tickets::{Entry, EntryQuery, Party, Whole};
use crate::store::{self, StoreError, Tx};
use crate::vault::{Keyring, Opaque, OpaqueKind};

/// Entries that are shown.
const SHOWN: i64 = 100;

/// A ticket as somebody sees it who has a link to it: masked but for what was said by such a link, and without what
/// is the desk's alone.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The ticket.
    pub whole: Whole,
    /// What was said on it, newest first.
    pub entries: Vec<LinkedEntry>,
    /// The organisation, to turn to.
    pub party: Party,
    /// What reads and answers it for a while, and until when: of a link that was used up.
    pub pass: Option<(Opaque, Moment)>,
}

/// An entry of the timeline, as somebody sees it who has a link to the ticket.
#[derive(Debug, Clone)]
pub struct LinkedEntry {
    /// The entry.
    pub entry: Entry,
    /// What was said.
    pub text: Option<String>,
    /// Whether something of it is masked for this reader.
    pub is_masked: bool,
    /// What was masked, of the words of whoever asked.
    pub hints: Vec<Hint>,
}

/// What somebody has who has no account: a link, or what it was exchanged for.
enum Key {
    Link(Vec<[u8; 32]>),
    View(Vec<[u8; 32]>),
}

impl House {
    /// The ticket of a link, which is used up by it and exchanged for what works a quarter of an hour; or of what it
    /// was exchanged for.
    ///
    /// # Errors
    /// `link.not_usable` for what was used, is over and never was alike; `throttle.too_many_requests`.
    pub async fn linked_ticket(&self, ask: &Ask, token: &str) -> Result<Linked, Refusal> {
        self.count_address(ask).await?;
        let link = Opaque::parse(token, OpaqueKind::TicketLink);
        let view = Opaque::parse(token, OpaqueKind::TicketView);
        let key = match (link, view) {
            (Some(link), _) => Key::Link(link.hashes(&self.keys)),
            (None, Some(view)) => Key::View(view.hashes(&self.keys)),
            (None, None) => return Err(self.refused_link::<ReadLinkedTicket>(ask).await),
        };
        let ended = self.transact(ask, move |tx, who| open(tx, who, &key)).await;
        match ended {
            Err(Refusal::Because(Code::LinkNotUsable)) => {
                Err(self.refused_link::<ReadLinkedTicket>(ask).await)
            }
            ended => ended,
        }
    }

    /// Says something on the ticket of what a link was exchanged for.
    ///
    /// # Errors
    /// As [`Self::linked_ticket`]; `ticket.not_in_state` on one that is closed.
    pub async fn reply_to_linked_ticket(
        &self,
        ask: &Ask,
        (token, text): (&str, TicketText),
    ) -> Result<Linked, Refusal> {
        self.count_address(ask).await?;
        let view = Opaque::parse(token, OpaqueKind::TicketView);
        let Some(hashes) = view.map(|view| view.hashes(&self.keys)) else {
            return Err(self.refused_link::<ReplyToLinkedTicket>(ask).await);
        };
        let (known, now) = (hashes.clone(), self.clock.now());
        let read =
            self.db.read::<_, StoreError, _>(move |conn| store::tickets::viewed(conn, &known, now));
        let Some(ticket) = read.await? else {
            return Err(self.refused_link::<ReplyToLinkedTicket>(ask).await);
        };
        let spoken = self.hear_on(&Actor::Public, ticket, text).await?;
        let house = self.clone();
        let ended = self.transact(ask, move |tx, who| {
            let found = store::tickets::viewed(tx.conn, &hashes, tx.now)?;
            let id = found.ok_or(Refusal::Because(Code::LinkNotUsable))?;
            let admitted = admit_linked_ticket::<ReplyToLinkedTicket>(tx, who, id)?;
            let step = stepped(tx.now, admitted, None)?;
            in_use(tx, &step.whole)?;
            let heard = step.hear(tx, &house, &spoken)?;
            step.write(tx, Saying::aloud(&heard), &Value::Null)?;
            step.copy(tx)?;
            let permit = admit::<ReadLinkedTicket>(who, tx.now)?;
            seen(tx, &permit, id)
        });
        match self.noted(ask, ended.await).await {
            Err(Refusal::Because(Code::LinkNotUsable)) => {
                Err(self.refused_link::<ReplyToLinkedTicket>(ask).await)
            }
            ended => ended,
        }
    }
}

/// Shows the ticket of a link, or of what it was exchanged for.
fn open(tx: &mut Tx<'_>, who: &Actor, key: &Key) -> Result<Linked, Refusal> {
    let permit = admit::<ReadLinkedTicket>(who, tx.now)?;
    let found = match key {
        Key::Link(hashes) => store::tickets::redeem_link(tx, &permit, hashes)?,
        Key::View(hashes) => store::tickets::viewed(tx.conn, hashes, tx.now)?,
    };
    let id = found.ok_or(Refusal::Because(Code::LinkNotUsable))?;
    let mut linked = seen(tx, &permit, id)?;
    if matches!(key, Key::Link(_)) {
        let pass = Opaque::make(tx.entropy, OpaqueKind::TicketView);
        let hash = pass.hash(tx.keys);
        let until = store::tickets::keep_pass(tx, (id, TicketPass::View), &hash)?;
        linked.pass = Some((pass, until));
        let seen_by = linked.whole.ticket.row.seen_by();
        note::about(tx, &permit, (seen_by, id.uuid()), &json!({"by": "link"}))?;
    }
    Ok(linked)
}

/// The ticket, what was said on it to everybody, and its organisation.
fn seen(
    tx: &mut Tx<'_>,
    permit: &Permit<ReadLinkedTicket>,
    id: TicketId,
) -> Result<Linked, Refusal> {
    let whole = linked_ticket(tx, permit, id)?;
    let party = in_use(tx, &whole)?;
    let ask = EntryQuery { ticket: id, with_internal: false, after: None, limit: SHOWN };
    let tenant = whole.ticket.row.tenant_id;
    let entries = store::tickets::entries(tx.conn, &ask)?.rows.into_iter();
    let entries: Result<_, Refusal> = entries.map(|entry| told(tx.keys, tenant, entry)).collect();
    let entries = entries?;
    Ok(Linked { whole, entries, party, pass: None })
}

/// An entry, as whoever has a link reads it. What was said by a link is their own: it was sent to the same contact.
/// Anybody may name anybody's contact in a report, or by telephone: what is personal in those words stays masked, and
/// its author is told so.
fn told(keys: &Keyring, tenant: TenantId, entry: Entry) -> Result<LinkedEntry, Refusal> {
    let is_public = entry.author == Actor::Public.kind();
    let is_askers = entry.author_id.is_none() && (is_public || entry.author == CALLER);
    let is_own = is_askers && is_public && entry.transition == Some(Transition::Reply);
    let (text, is_masked) = match &entry.original {
        Some(sealed) if is_own => {
            let place = door::place_of_entry(tenant, entry.id.uuid());
            (Some(door::opened(keys, &place, sealed)?), false)
        }
        sealed => (entry.text.as_ref().map(|text| text.as_str().to_owned()), sealed.is_some()),
    };
    let hints = if is_askers { entry.hints.0.clone() } else { Vec::new() };
    Ok(LinkedEntry { entry, text, is_masked, hints })
}

/// The organisation of a ticket, which has to be in use.
fn in_use(tx: &mut Tx<'_>, whole: &Whole) -> Result<Party, Refusal> {
    let party = store::tickets::party(tx.conn, whole.ticket.row.tenant_id)?;
    let party = party.filter(|party| party.status == TenantStatus::Active);
    party.ok_or(Refusal::Because(Code::LinkNotUsable))
}

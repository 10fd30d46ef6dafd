//! The words of a step: typed, or a canned reply with its places filled in from the ticket.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::canned_reply::{self as canned, CannedText, ReplyVariable};
use caredesk_core::domain::desk_contact::DeskContact;
use caredesk_core::domain::ids::{CannedReplyId, TicketId};
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::ticket::{TicketText, Tier};
use caredesk_core::policy::TicketSight;
use caredesk_core::policy::action::{ReadCannedReply, ReadTicket};

use super::step::invalid;
use super::{Spoken, shown};
use crate::guard::{Refusal, admit, signed_in};
use crate::service::house::{Ask, House};
use crate::service::perform::Looker;
use crate::store;
use crate::store::db::Conn;
use crate::store::tickets::Whole;
use crate::vault::Keyring;

/// What somebody says with a step of a ticket.
#[derive(Debug, Clone)]
pub enum Wording {
    /// Words that the requester or the organisation reads.
    Aloud(TicketText),
    /// Words that the desk's people alone read.
    Internal(TicketText),
    /// What a caller said, as an agent wrote it down.
    OfCaller(TicketText),
    /// A canned reply.
    Canned(CannedReplyId),
}

impl From<TicketText> for Wording {
    /// Words that nobody fills places of.
    fn from(text: TicketText) -> Self {
        Self::Internal(text)
    }
}

/// What is put into the places of a text behind the door: it is the desk's and the organisation's own, and
/// personal to nobody whom the ticket is about.
type Places = Vec<(ReplyVariable, String)>;

/// A text as it passes the door, and what fills its places behind it.
pub(super) struct Filled {
    /// The text.
    pub(super) text: TicketText,
    /// What fills its places.
    pub(super) places: Places,
    /// The name that is to be filled in, which its case is to know.
    pub(super) name: Option<PersonName>,
}

impl Filled {
    /// A text that was typed.
    pub(super) fn typed(text: TicketText) -> Self {
        Self { text, places: Places::new(), name: None }
    }
}

impl House {
    /// Looks at the words of a step. The places of a canned reply are filled in after, and the name of whoever asks by
    /// what stands for it: it is masked as every name is, but for them and for who sees their words as they are.
    ///
    /// # Errors
    /// Invalid for a canned reply that is not there, and for places that nothing fills; not found for a ticket that
    /// is not the agent's to see; whatever the permit of reading canned replies denies.
    pub async fn hear_wording(
        &self,
        ask: &Ask,
        ticket: TicketId,
        wording: Wording,
    ) -> Result<Spoken, Refusal> {
        let filled = match wording {
            Wording::Internal(text) => Filled::typed(text),
            Wording::OfCaller(text) => {
                let caller = Actor::Caller(ticket);
                return self.hear_filled(&caller, ticket, Filled::typed(text)).await;
            }
            Wording::Aloud(text) => {
                has_no_places(&ask.actor, &text)?;
                Filled::typed(text)
            }
            Wording::Canned(id) => {
                let house = self.clone();
                let fill = move |conn: &mut Conn, looker: &Looker| {
                    let text = chosen(conn, looker, (ticket, id))?;
                    filled(conn, looker, &house, (ticket, &text))
                };
                self.look(ask, fill).await?
            }
        };
        self.hear_filled(&ask.actor, ticket, filled).await
    }

    /// What a text says on a ticket with its places filled in, as the desk reads it.
    ///
    /// # Errors
    /// As [`Self::hear_wording`].
    pub async fn preview_on(
        &self,
        ask: &Ask,
        ticket: TicketId,
        text: CannedText,
    ) -> Result<String, Refusal> {
        let house = self.clone();
        let fill =
            move |conn: &mut Conn, looker: &Looker| filled(conn, looker, &house, (ticket, &text));
        let filled = self.look(ask, fill).await?;
        let spoken = self.hear_filled(&ask.actor, ticket, filled).await?;
        Ok(spoken.masked().unwrap_or_default())
    }
}

/// Refuses words of an agent with a place that was left to be filled in.
fn has_no_places(who: &Actor, text: &TicketText) -> Result<(), Refusal> {
    let is_agent = who.person().is_some_and(|person| Tier::of(person.standing.role).is_some());
    match canned::places(text.as_str()).first().filter(|_| is_agent) {
        Some(place) => {
            let detail = format!("has a place that is not filled in: {{{place}}}");
            Err(invalid("#/text", "unfilled_place", &detail))
        }
        None => Ok(()),
    }
}

/// A canned reply's text: in the language of whoever asked, if there is one of the same title.
fn chosen(
    conn: &mut Conn,
    looker: &Looker,
    (ticket, id): (TicketId, CannedReplyId),
) -> Result<CannedText, Refusal> {
    let permit = admit::<ReadCannedReply>(&looker.actor, looker.now)?;
    let scope = permit.scope();
    let reply = store::canned_replies::find(conn, scope, id)?;
    let unknown = || invalid("#/canned_reply_id", "unknown", "is no canned reply");
    let reply = reply.ok_or_else(unknown)?;
    let locale = seen(conn, looker, ticket)?.ticket.row.locale;
    if reply.details.locale == locale {
        return Ok(reply.details.text);
    }
    let same = (&reply.details.title, locale);
    let translated = store::canned_replies::in_language(conn, scope, same)?;
    Ok(translated.unwrap_or(reply).details.text)
}

/// A ticket that an agent may see.
fn seen(conn: &mut Conn, looker: &Looker, ticket: TicketId) -> Result<Whole, Refusal> {
    let permit = admit::<ReadTicket>(&looker.actor, looker.now)?;
    let found = store::tickets::find(conn, TicketSight::of(&permit), ticket)?;
    found.ok_or(Refusal::NotFound)
}

/// A text with what a ticket has for its places.
fn filled(
    conn: &mut Conn,
    looker: &Looker,
    house: &House,
    (ticket, text): (TicketId, &CannedText),
) -> Result<Filled, Refusal> {
    admit::<ReadCannedReply>(&looker.actor, looker.now)?;
    let whole = seen(conn, looker, ticket)?;
    let party = store::tickets::party(conn, whole.ticket.row.tenant_id)?;
    let agent = store::accounts::find(conn, signed_in(&looker.actor)?.account)?;
    let name = requester_name(&house.keys, &whole)?;
    let portal = house.desk.details().ways_in.portal_url.as_ref();
    let values = [
        (ReplyVariable::RequesterName, name.as_ref().map(|name| name.as_str().to_owned())),
        (ReplyVariable::CaseNumber, Some(whole.ticket.number.to_string())),
        (ReplyVariable::AgentName, agent.map(|found| found.account.name.as_str().to_owned())),
        (
            ReplyVariable::OrganizationName,
            party.as_ref().map(|party| party.name.as_str().to_owned()),
        ),
        (
            ReplyVariable::OrganizationContact,
            party.as_ref().and_then(|party| contact_of(&party.contacts)),
        ),
        (ReplyVariable::DeskContact, desk_contact(&house.desk)),
        (ReplyVariable::TicketLink, portal.map(|url| url.as_str().to_owned())),
    ];
    let known: Places =
        values.into_iter().filter_map(|(place, value)| Some((place, value?))).collect();
    for place in canned::places(text.as_str()) {
        if !known.iter().any(|(known, _)| *known == place) {
            let detail = format!("has a place that this ticket has nothing for: {{{place}}}");
            return Err(invalid("#/canned_reply_id", "unfilled_place", &detail));
        }
    }
    // A name is not put in before the door, where letters around it could hide it: what stands for it is, behind. Who
    // reads what whoever asked wrote reads the name itself, out of what is sealed.
    let is_name = |place: &ReplyVariable| *place == ReplyVariable::RequesterName;
    let places: Places = known.into_iter().filter(|(place, _)| !is_name(place)).collect();
    let name = name.filter(|_| canned::places(text.as_str()).iter().any(is_name));
    let too_long = |_| invalid("#/canned_reply_id", "too_long", "is too long");
    Ok(Filled { text: TicketText::parse(text.as_str()).map_err(too_long)?, places, name })
}

/// What whoever asked is called.
fn requester_name(keys: &Keyring, whole: &Whole) -> Result<Option<PersonName>, Refusal> {
    let row = &whole.ticket.row;
    if let Some(somebody) = &whole.ticket.requester {
        return Ok(Some(somebody.name.clone()));
    }
    let Some(sealed) = &whole.caller else { return Ok(None) };
    Ok(shown::caller(keys, (row.tenant_id, row.id), sealed)?.name)
}

/// How an organisation is reached, by the first of its contacts.
fn contact_of(contacts: &[Contact]) -> Option<String> {
    let first = contacts.first()?;
    let email = first.email.as_ref().map(|email| email.as_str().to_owned());
    let phone = first.phone.as_ref().map(|phone| phone.as_str().to_owned());
    let ways: Vec<String> = [email, phone].into_iter().flatten().collect();
    (!ways.is_empty()).then(|| ways.join(", "))
}

/// How the desk is reached.
fn desk_contact(desk: &DeskContact) -> Option<String> {
    let ways = &desk.details().ways_in;
    let email = ways.email.as_ref().map(|email| email.as_str().to_owned());
    let phone = ways.phone.as_ref().map(|phone| phone.as_str().to_owned());
    let portal = ways.portal_url.as_ref().map(|url| url.as_str().to_owned());
    let known: Vec<String> = [email, phone].into_iter().flatten().collect();
    if known.is_empty() { portal } else { Some(known.join(", ")) }
}

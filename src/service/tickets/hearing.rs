//! What people write on tickets, on its way past the door: looked at with what its case has met.

use std::collections::HashMap;

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Realm;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, TicketEntryId, TicketId};
use caredesk_core::domain::ticket::{MaskedText, TicketText};
use caredesk_core::policy::HelpfulDetail;
use caredesk_core::policy::pii::{self, Case};

use super::wording::Filled;
use super::{Asked, Words, reader};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::door::{self, Heard};
use crate::store::db::Conn;
use crate::store::tickets::{DetailsRow, Met, Speaker};
use crate::store::{self, Tx};
use crate::vault::Keyring;

/// So many texts of before are looked at with the next one of the same person: what is broken over more of them is
/// no use to anybody.
const SAID_BEFORE: i64 = 5;

/// What somebody says on a ticket that is there, behind the door, with what was known of its case then.
#[derive(Debug, Clone)]
pub struct Spoken {
    words: Words,
    heard: Heard,
    author: Author,
    name: Option<PersonName>,
    before: Before,
}

/// Whose earlier words a text is looked at with.
#[derive(Debug, Clone, Copy)]
enum Author {
    /// Those of an account.
    Account(AccountId),
    /// Those of whoever asked: what they say to an agent or by a link is theirs, whether they have an account or not.
    Caller,
    /// Nobody's.
    Nobody,
}

impl Author {
    fn of(who: &Actor) -> Self {
        match (reader(who), who) {
            (Some(account), _) => Self::Account(account),
            // By a link, a caller comes as anybody.
            (None, Actor::Caller(_) | Actor::Public) => Self::Caller,
            (None, _) => Self::Nobody,
        }
    }
}

/// What is known of a case before something is said on it: the names that it has met, sealed, what its author
/// said last, the newest at the end, and what they told beside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Before {
    names: Vec<u8>,
    pub(super) last: Vec<Earlier>,
    pub(super) beside: Vec<(HelpfulDetail, String)>,
}

impl Before {
    /// What was said last, as the next text is looked at with it.
    fn text(&self) -> Option<String> {
        let texts = self.last.iter().map(|earlier| earlier.text.as_str());
        (!self.last.is_empty()).then(|| pii::joined(texts))
    }

    /// Words that are looked at with what was said and told before.
    pub(super) fn followed_by(&self, words: Words) -> Words {
        Words { after: self.text(), beside: self.beside.clone(), ..words }
    }
}

/// Something that somebody said before, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Earlier {
    /// The entry; none of the subject.
    pub(super) entry: Option<TicketEntryId>,
    /// What was said.
    pub(super) text: String,
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
        self.hear_filled(who, ticket, Filled::typed(text)).await
    }

    /// As [`Self::hear_on`], of a text that may have places.
    ///
    /// # Errors
    /// The database fails.
    pub(super) async fn hear_filled(
        &self,
        who: &Actor,
        ticket: TicketId,
        filled: Filled,
    ) -> Result<Spoken, Refusal> {
        let Filled { text, places, name: other } = filled;
        let named_in_it = other.clone();
        let (keys, author, named) = (self.keys.clone(), Author::of(who), known_by_name(who));
        let read = self.db.read::<_, Refusal, _>(move |conn| {
            let name = store::accounts::names(conn, named.as_slice())?.pop().or(other);
            Ok((before(conn, &keys, (ticket, author))?, name))
        });
        let ((before, mut case), name) = read.await?;
        let is_news = know(&mut case, name.as_slice());
        let words = Words { text: Some(text), places, named: named_in_it, ..Words::default() };
        let words = before.followed_by(words);
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
        let read =
            self.db.read::<_, Refusal, _>(move |conn| Ok(store::accounts::names(conn, &people)?));
        let mut names = read.await?;
        names.extend(caller.and_then(|caller| caller.caller.name.clone()));
        let mut case = Case::default();
        know(&mut case, &names);
        Ok(self.hear(words, case).await)
    }

    /// Looks at what somebody goes on with from a closed ticket, knowing the names that its case has met. Whether they
    /// may see it is asked later.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hear_following(
        &self,
        who: &Actor,
        ticket: TicketId,
        words: Words,
    ) -> Result<Heard, Refusal> {
        let (keys, named) = (self.keys.clone(), known_by_name(who));
        let read = self.db.read::<_, Refusal, _>(move |conn| {
            let known = store::accounts::names(conn, named.as_slice())?;
            let (_, case) = before(conn, &keys, (ticket, Author::Nobody))?;
            Ok((case, known))
        });
        let (mut case, known) = read.await?;
        know(&mut case, &known);
        Ok(self.hear(words, case).await)
    }
}

/// The account of somebody whose name is personal in what they say. The desk's people sign with theirs.
fn known_by_name(who: &Actor) -> Option<AccountId> {
    let person = who.person()?;
    (person.standing.role.realm() != Realm::Desk).then_some(person.account)
}

/// Tells a case names; whether one of them was news.
pub(super) fn know(case: &mut Case, names: &[PersonName]) -> bool {
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
    (ticket, author): (TicketId, Author),
) -> Result<(Before, Case), Refusal> {
    let Some(known) = store::tickets::names(conn, ticket)? else {
        return Ok((Before::default(), Case::default()));
    };
    let case = door::opened_names(keys, (known.tenant, ticket.uuid()), &known.names)?;
    let requester = Speaker::Requester { account: known.requester, opened_at: known.opened_at };
    let speaker = match author {
        Author::Account(author) if known.requester != Some(author) => Speaker::Account(author),
        Author::Account(_) | Author::Caller => requester,
        Author::Nobody => return Ok((Before { names: known.names, ..Before::default() }, case)),
    };
    let said = store::tickets::last_said(conn, (ticket, speaker), SAID_BEFORE)?;
    let mut last = Vec::new();
    // Whoever asked wrote the subject before everything else.
    if speaker == requester && said.len() < usize::try_from(SAID_BEFORE).unwrap_or_default() {
        last.push(Earlier { entry: None, text: known.subject.as_str().to_owned() });
    }
    let one =
        |(id, text): (_, MaskedText)| Earlier { entry: Some(id), text: text.as_str().to_owned() };
    last.extend(said.into_iter().rev().map(one));
    let beside =
        if speaker == requester || known.is_by_caller() { beside(&known) } else { Vec::new() };
    Ok((Before { names: known.names, last, beside }, case))
}

/// What whoever asked told beside their words, or the agent wrote down who opened it for them: each may go on in
/// whatever they say.
fn beside(known: &Met) -> Vec<(HelpfulDetail, String)> {
    let told = known.details.iter().flat_map(DetailsRow::told);
    told.map(|(detail, text)| (detail, text.to_owned())).collect()
}

/// As [`before`], of many tickets on which an account says something. It asked for none of them: whoever speaks on
/// many at once is the desk's.
pub(super) fn before_all(
    conn: &mut Conn,
    keys: &Keyring,
    (tickets, author): (&[TicketId], Option<AccountId>),
) -> Result<HashMap<TicketId, (Before, Case)>, Refusal> {
    let mut all = HashMap::with_capacity(tickets.len());
    for (ticket, known) in store::tickets::names_of_all(conn, tickets)? {
        let case = door::opened_names(keys, (known.tenant, ticket.uuid()), &known.names)?;
        let beside = if known.is_by_caller() { beside(&known) } else { Vec::new() };
        all.insert(ticket, (Before { names: known.names, last: Vec::new(), beside }, case));
    }
    let Some(author) = author else { return Ok(all) };
    let said = store::tickets::last_said_on_all(conn, (tickets, author), SAID_BEFORE)?;
    for (ticket, id, text) in said.into_iter().rev() {
        if let Some((before, _)) = all.get_mut(&ticket) {
            before.last.push(Earlier { entry: Some(id), text: text.as_str().to_owned() });
        }
    }
    Ok(all)
}

impl Spoken {
    /// What was said, masked.
    pub(super) fn masked(&self) -> Option<String> {
        self.heard.text.as_ref().map(|text| text.masked.as_str().to_owned())
    }

    /// What was said, behind the door, and what its author wrote before; looked at again if the case has met other
    /// names since, or they have said something else.
    pub(super) fn settled(
        &self,
        tx: &mut Tx<'_>,
        house: &House,
        ticket: TicketId,
    ) -> Result<(Heard, Before), Refusal> {
        let (now, mut case) = before(tx.conn, tx.keys, (ticket, self.author))?;
        if now == self.before {
            return Ok((self.heard.clone(), now));
        }
        let words = now.followed_by(self.words.clone());
        let is_news = know(&mut case, self.name.as_slice());
        let mut heard = door::heard(&house.rules.detector, &words, case);
        heard.has_learned |= is_news;
        Ok((heard, now))
    }
}

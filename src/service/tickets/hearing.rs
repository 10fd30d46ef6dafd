//! What people write on tickets, on its way past the door: looked at with what its case has met.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Realm;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, TicketEntryId, TicketId};
use caredesk_core::domain::ticket::{MaskedText, TicketText};
use caredesk_core::policy::pii::Case;

use super::{Asked, Words, reader};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::door::{self, Heard};
use crate::store::db::Conn;
use crate::store::{self, Tx};
use crate::vault::Keyring;

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
            let names = names_of(conn, named.as_slice())?;
            let (_, case) = before(conn, &keys, (ticket, None))?;
            Ok((case, names))
        });
        let (mut case, names) = read.await?;
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
    pub(super) fn settled(
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

//! Articles of the help centre: written, published, shared, and judged by their readers (PM1, PM2, HD).

mod masking;
mod redaction;

use caredesk_core::domain::account::Account;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::article::{
    Article, ArticleChanges, ArticleContent, ArticleState, ArticleVersion,
};
use caredesk_core::domain::ids::{AccountId, ArticleId, HelpSearchId, TenantId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::page::Page;
use caredesk_core::policy::action::{
    ArchiveArticle, CreateArticle, PublishArticle, RateArticle, RatePublicArticle, ReadArticle,
    ReadArticleVersions, ReadPublicArticle, RestoreArticle, ShareArticle, UpdateArticle,
};
use caredesk_core::policy::{Action, ArticleFacts, Permit};
use serde_json::{Value, json};

use super::house::{Ask, House, Limits, TOLD_EVERY};
use super::perform::Looker;
use super::steps::drafts::{self, with_its_film};
use super::steps::{attempts, note, notice};
use crate::guard::{Refusal, Violation, admit, admit_article, reader, signed_in, tenant_of};
use crate::store::articles::{
    Answer, Answerer, ArticleKey, ArticleQuery, ListedArticle, Reader, VersionEntry,
};
use crate::store::db::Conn;
use crate::store::{self, Tx};

pub use redaction::redact;

/// An article, and the version that a change is made for.
pub type Version = (ArticleId, Option<i64>);

/// Articles that an account shares.
const SHARES: &str = "article-shares";
/// An article that somebody was told of.
const TOLD: &str = "article-told";

/// Whom an article is shown to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareWith {
    /// Everybody of the organisation.
    Team,
    /// These users of it.
    Users(Vec<AccountId>),
}

/// Makes a draft: the desk for all organisations, an organisation's people for their own.
///
/// # Errors
/// A film without an address, and whatever the permit denies.
pub fn create(tx: &mut Tx<'_>, who: &Actor, content: &ArticleContent) -> Result<Article, Refusal> {
    let permit = admit::<CreateArticle>(who, tx.now)?;
    let tenant = who.person().and_then(|person| person.tenant);
    let id = drafts::make(tx, &permit, tenant, (content, None))?;
    after(tx, &permit, id)
}

/// One article that whoever asks may see.
///
/// # Errors
/// Not found, also for one of another audience or side, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: ArticleId) -> Result<Article, Refusal> {
    let permit = admit::<ReadArticle>(&looker.actor, looker.now)?;
    let reader = reader(&looker.actor, permit.scope());
    store::articles::find(conn, reader, id)?.ok_or(Refusal::NotFound)
}

/// A page of the articles that whoever asks may see.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &ArticleQuery,
) -> Result<Page<ListedArticle, ArticleKey>, Refusal> {
    let permit = admit::<ReadArticle>(&looker.actor, looker.now)?;
    Ok(store::articles::list(conn, reader(&looker.actor, permit.scope()), ask)?)
}

/// Changes what an article says. One that is published says it at once.
///
/// # Errors
/// `version.stale`, `article.archived`, `article.out_of_reach`, a film without an address, not found, and
/// whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    changes: &ArticleChanges,
) -> Result<Article, Refusal> {
    let (permit, before) = admit_article::<UpdateArticle>(tx, who, key)?;
    let (fields, content) = before.content.changed(changes);
    if fields.is_empty() {
        return Ok(before);
    }
    with_its_film(&content)?;
    store::articles::update(tx, &permit, &before, (&content, &fields))?;
    done(tx, &permit, &before, &json!({"changed": fields}))
}

/// Lets an article's audience find it. One that was made out of a ticket is masked with what its case knows by now.
///
/// # Errors
/// `article.already_published`, `article.archived`, `article.out_of_reach`, not found, and whatever the permit
/// denies.
pub fn publish(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    key: Version,
) -> Result<Article, Refusal> {
    let (permit, found) = admit_article::<PublishArticle>(tx, who, key)?;
    let before = masking::masked_anew(tx, &permit, &house.rules.detector, found)?;
    store::articles::set_state(tx, &permit, &before, ArticleState::Published)?;
    done(tx, &permit, &before, &Value::Null)
}

/// Lets nobody find an article any more.
///
/// # Errors
/// `article.archived`, `article.out_of_reach`, not found, and whatever the permit denies.
pub fn archive(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<Article, Refusal> {
    put::<ArchiveArticle>(tx, who, key, ArticleState::Archived)
}

/// Takes an article out of the archive, as a draft.
///
/// # Errors
/// `article.not_archived`, `article.out_of_reach`, not found, and whatever the permit denies.
pub fn restore(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<Article, Refusal> {
    put::<RestoreArticle>(tx, who, key, ArticleState::Draft)
}

/// Puts an article into a state.
fn put<A: Action<Target = ArticleFacts>>(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    state: ArticleState,
) -> Result<Article, Refusal> {
    let (permit, before) = admit_article::<A>(tx, who, key)?;
    store::articles::set_state(tx, &permit, &before, state)?;
    done(tx, &permit, &before, &Value::Null)
}

/// A page of what an article went through, for those who write on its side.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn versions(
    conn: &mut Conn,
    looker: &Looker,
    id: ArticleId,
    page: (Option<i64>, i64),
) -> Result<Page<VersionEntry, i64>, Refusal> {
    of_ones_own(conn, looker, id)?;
    Ok(store::articles::versions(conn, id, page)?)
}

/// What an article said from one of its versions on, likewise.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn version(
    conn: &mut Conn,
    looker: &Looker,
    (id, version): (ArticleId, i64),
) -> Result<ArticleVersion, Refusal> {
    of_ones_own(conn, looker, id)?;
    store::articles::version(conn, id, version)?.ok_or(Refusal::NotFound)
}

/// Refuses an article that whoever asks does not write, as one that is not there.
fn of_ones_own(conn: &mut Conn, looker: &Looker, id: ArticleId) -> Result<(), Refusal> {
    let permit = admit::<ReadArticleVersions>(&looker.actor, looker.now)?;
    let reader = reader(&looker.actor, permit.scope());
    let found = store::articles::find(conn, reader, id)?.ok_or(Refusal::NotFound)?;
    let side = looker.actor.person().and_then(|person| person.tenant);
    if found.tenant == side { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Tells colleagues of an article; says how many. Whoever was told of it in the last day is not told again.
///
/// # Errors
/// `article.not_published`, users that the organisation has not in use, `throttle.too_many_requests`, not found,
/// and whatever the permit denies.
pub fn share(
    tx: &mut Tx<'_>,
    who: &Actor,
    (limits, id): (&Limits, ArticleId),
    with: &ShareWith,
) -> Result<usize, Refusal> {
    let tenant = tenant_of::<ShareArticle>(who, tx.now)?;
    let (permit, article) = admit_article::<ShareArticle>(tx, who, (id, None))?;
    let person = signed_in(who)?;
    let chosen = match with {
        ShareWith::Team => None,
        ShareWith::Users(ids) => {
            let found = store::accounts::colleagues(tx.conn, tenant, ids)?;
            all_there(ids, &found)?;
            Some(found)
        }
    };
    attempts::count_done(tx, (SHARES, person.account), limits.shares_per_account)?;
    let sharer = store::accounts::find(tx.conn, person.account)?.ok_or(Refusal::NotFound)?;
    let facts = json!({"by": sharer.account.name, "title": article.content.title});
    let with_team = chosen.is_none();
    let about = (id, person.account);
    let told = match chosen {
        Some(people) => tell(tx, about, people, &facts)?,
        None => tell_team(tx, (tenant, about), &facts)?,
    };
    let detail = json!({"with_team": with_team, "told": told});
    note::about(tx, &permit, (Some(tenant), id.uuid()), &detail)?;
    Ok(told)
}

/// Tells everybody of an organisation of an article, a part after the other; says how many.
fn tell_team(
    tx: &mut Tx<'_>,
    (tenant, about): (TenantId, (ArticleId, AccountId)),
    facts: &Value,
) -> Result<usize, Refusal> {
    let (mut told, mut last) = (0_usize, None);
    loop {
        let part = store::accounts::team(tx.conn, tenant, last.as_ref())?;
        if part.is_empty() {
            return Ok(told);
        }
        last = part.last().cloned();
        told = told.saturating_add(tell(tx, about, part, facts)?);
    }
}

/// Tells people of an article, but for whoever shares it; says how many.
fn tell(
    tx: &mut Tx<'_>,
    (id, sharer): (ArticleId, AccountId),
    people: Vec<Account>,
    facts: &Value,
) -> Result<usize, Refusal> {
    let is_meant = |account: &Account| account.id != sharer && account.contact().is_some();
    let told = unaware(tx, id, people.into_iter().filter(is_meant).collect())?;
    notice::each(tx, &told, MessageKind::ArticleShared, facts)?;
    Ok(told.len())
}

/// Those who were not told of an article in the last day; from now on they were.
fn unaware(
    tx: &mut Tx<'_>,
    article: ArticleId,
    people: Vec<Account>,
) -> Result<Vec<Account>, Refusal> {
    let key =
        |account: &Account| attempts::key(tx.keys, TOLD, &format!("{article}|{}", account.id));
    let keys: Vec<[u8; 32]> = people.iter().map(key).collect();
    let first = store::throttle::first_of(tx, &keys, TOLD_EVERY)?;
    let people = people.into_iter().zip(keys).filter(|(_, key)| first.contains(key));
    Ok(people.map(|(account, _)| account).collect())
}

/// Refuses users who are not there.
fn all_there(named: &[AccountId], found: &[Account]) -> Result<(), Refusal> {
    let is_there = |id: AccountId| found.iter().any(|account| account.id == id);
    let fault = |at: usize| Violation {
        pointer: format!("#/user_ids/{at}"),
        code: "unknown".to_owned(),
        detail: "names nobody of this organisation who is in use".to_owned(),
    };
    let faults = named.iter().enumerate().filter(|(_, id)| !is_there(**id));
    let faults: Vec<Violation> = faults.map(|(at, _)| fault(at)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

/// Keeps whether an article helped whoever asks; a later answer takes the place of the one before.
///
/// # Errors
/// `article.not_published`, not found, and whatever the permit denies.
pub fn rate(tx: &mut Tx<'_>, who: &Actor, id: ArticleId, answer: &Answer) -> Result<(), Refusal> {
    let (permit, article) = admit_article::<RateArticle>(tx, who, (id, None))?;
    let by = Answerer::Account(signed_in(who)?.account);
    store::articles::rate(tx, &permit, (id, by), answer)?;
    let detail = json!({"helpful": answer.helpful});
    note::about(tx, &permit, (article.tenant, id.uuid()), &detail)
}

/// An article that is there for everybody.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read_public(conn: &mut Conn, looker: &Looker, id: ArticleId) -> Result<Article, Refusal> {
    let permit = admit::<ReadPublicArticle>(&looker.actor, looker.now)?;
    let reader = Reader { scope: permit.scope(), writes: false, maker: None };
    store::articles::find(conn, reader, id)?.ok_or(Refusal::NotFound)
}

/// A page of what is there for everybody: the desk's, or an organisation's by its short name.
///
/// # Errors
/// Whatever the permit denies.
pub fn list_public(
    conn: &mut Conn,
    looker: &Looker,
    organization: Option<&caredesk_core::domain::Slug>,
    ask: &ArticleQuery,
) -> Result<Page<ListedArticle, ArticleKey>, Refusal> {
    admit::<ReadPublicArticle>(&looker.actor, looker.now)?;
    Ok(store::articles::list_public(conn, organization, ask)?)
}

impl House {
    /// Keeps whether a public article helped somebody unknown, once for each of their searches, without personal
    /// data. Nothing is written in the audit: nobody is known to have done it.
    ///
    /// # Errors
    /// Too many from one address; not found for an article that is not public, and for a search that nobody
    /// unknown made or that did not show it; whatever the permit denies.
    pub async fn rate_public_article(
        &self,
        ask: &Ask,
        (id, search): (ArticleId, HelpSearchId),
        answer: Answer,
    ) -> Result<(), Refusal> {
        self.count_help(ask).await?;
        let comment = answer.comment.and_then(|comment| self.masked(&comment));
        let answer = Answer { helpful: answer.helpful, comment };
        let ended = self.transact(ask, move |tx, who| {
            let permit = admit::<RatePublicArticle>(who, tx.now)?;
            let reader = Reader { scope: permit.scope(), writes: false, maker: None };
            let found = store::articles::find_locked(tx.conn, reader, id)?;
            found.ok_or(Refusal::NotFound)?;
            let is_theirs = store::help_searches::is_of(tx.conn, &permit, search)?
                && store::help_searches::showed(tx.conn, search, id)?;
            if !is_theirs {
                return Err(Refusal::NotFound);
            }
            Ok(store::articles::rate(tx, &permit, (id, Answerer::Search(search)), &answer)?)
        });
        ended.await
    }
}

/// Writes down what was done, and shows the article as it is now.
fn done<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: &Article,
    detail: &Value,
) -> Result<Article, Refusal> {
    note::about(tx, permit, (before.tenant, before.id.uuid()), detail)?;
    after(tx, permit, before.id)
}

/// The article as it is now.
fn after<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: ArticleId,
) -> Result<Article, Refusal> {
    let reader = Reader { scope: permit.scope(), writes: true, maker: None };
    store::articles::find(tx.conn, reader, id)?.ok_or(Refusal::NotFound)
}

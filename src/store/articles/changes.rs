//! What is written of articles: each change leaves a version, and what is published is indexed with it.

use caredesk_core::domain::article::{
    Article, ArticleChange, ArticleContent, ArticleState, ArticleTag, owner,
};
use caredesk_core::domain::ids::{AccountId, ArticleId, HelpSearchId, TenantId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{PublishArticle, RedactArticleVersion, UpdateArticle};
use caredesk_core::policy::{Action, ArticleFacts, Permit};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Row, index};
use crate::store::columns::{AnyId, Json};
use crate::store::db::Conn;
use crate::store::db::query::Prepared;
use crate::store::error::StoreResult;
use crate::store::schema::{
    article_contexts, article_feedback, article_tags, article_versions, articles,
};
use crate::store::tx::Tx;

/// Stores a new article as a draft.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (id, tenant): (ArticleId, Option<TenantId>),
    (content, source_ticket): (&ArticleContent, Option<TicketId>),
) -> StoreResult<()> {
    let new = content.clone();
    let row = Row {
        id,
        tenant_id: tenant,
        owner: owner(tenant),
        kind: new.kind,
        audience: new.audience,
        state: ArticleState::Draft,
        locale: new.locale,
        title: new.title,
        summary: new.summary,
        body: new.body,
        video_url: new.video_url,
        slug: new.slug,
        tags: Json(new.tags),
        context_keys: Json(new.context_keys),
        source_ticket_id: source_ticket,
        helpful: 0,
        unhelpful: 0,
        created_at: tx.now,
        updated_at: tx.now,
        published_at: None,
        archived_at: None,
        version: 1,
    };
    diesel::insert_into(articles::table).values(row).execute(tx.conn)?;
    sort(tx.conn, id, content)?;
    keep(tx, permit, (id, 1), ArticleChange::Created, content)
}

/// Writes what an article says after a change; one that is published is found by it from then on.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<UpdateArticle>,
    before: &Article,
    (after, fields): (&ArticleContent, &[&str]),
) -> StoreResult<()> {
    Prepared(diesel::update(articles::table.find(before.id)).set((
        articles::kind.eq(after.kind),
        articles::audience.eq(after.audience),
        articles::locale.eq(after.locale),
        articles::title.eq(after.title.clone()),
        articles::summary.eq(after.summary.clone()),
        articles::body.eq(after.body.clone()),
        articles::video_url.eq(after.video_url.clone()),
        articles::slug.eq(after.slug.clone()),
        articles::tags.eq(Json(after.tags.clone())),
        articles::context_keys.eq(Json(after.context_keys.clone())),
        articles::updated_at.eq(tx.now),
        articles::version.eq(articles::version + 1),
    )))
    .execute(tx.conn)?;
    if fields.iter().any(|field| matches!(*field, "tags" | "context_keys")) {
        unsort(tx.conn, before.id)?;
        sort(tx.conn, before.id, after)?;
    }
    if before.state == ArticleState::Published {
        index::remove(tx.conn, before.id)?;
        index::add(tx.conn, (before.id, before.tenant), after)?;
    }
    let version = before.version.saturating_add(1);
    keep(tx, permit, (before.id, version), ArticleChange::Edited, after)
}

/// Puts masked words in the place of what an article says; the change that goes with it keeps them as a version.
pub fn mask(
    tx: &mut Tx<'_>,
    permit: &Permit<PublishArticle>,
    masked: &ArticleContent,
) -> StoreResult<()> {
    Prepared(diesel::update(articles::table.find(permit.target().id)).set((
        articles::title.eq(masked.title.clone()),
        articles::summary.eq(masked.summary.clone()),
        articles::body.eq(masked.body.clone()),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Publishes an article, archives it, or takes it out of the archive as a draft.
pub fn set_state<A: Action<Target = ArticleFacts>>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: &Article,
    state: ArticleState,
) -> StoreResult<()> {
    let (change, published_at, archived_at) = match state {
        ArticleState::Published => (ArticleChange::Published, Some(tx.now), None),
        ArticleState::Archived => (ArticleChange::Archived, before.published_at, Some(tx.now)),
        ArticleState::Draft => (ArticleChange::Restored, before.published_at, None),
    };
    Prepared(diesel::update(articles::table.find(before.id)).set((
        articles::state.eq(state),
        articles::published_at.eq(published_at),
        articles::archived_at.eq(archived_at),
        articles::updated_at.eq(tx.now),
        articles::version.eq(articles::version + 1),
    )))
    .execute(tx.conn)?;
    match state {
        ArticleState::Published => {
            index::add(tx.conn, (before.id, before.tenant), &before.content)?;
        }
        ArticleState::Draft | ArticleState::Archived => index::remove(tx.conn, before.id)?,
    }
    let version = before.version.saturating_add(1);
    keep(tx, permit, (before.id, version), change, &before.content)
}

/// Keeps what an article says from this version on.
fn keep<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (article, version): (ArticleId, i64),
    change: ArticleChange,
    content: &ArticleContent,
) -> StoreResult<()> {
    let by = permit.actor().person().map(|person| person.account);
    diesel::insert_into(article_versions::table)
        .values((
            article_versions::article_id.eq(article),
            article_versions::version.eq(version),
            article_versions::change.eq(change),
            article_versions::content.eq(Json(content.clone())),
            article_versions::account_id.eq(by),
            article_versions::at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Takes the words out of an old version of an article, and out of what searches know of them.
pub fn redact(
    tx: &mut Tx<'_>,
    permit: &Permit<RedactArticleVersion>,
    version: i64,
    said: &ArticleContent,
) -> StoreResult<()> {
    Prepared(
        diesel::update(article_versions::table.find((permit.target().id, version)))
            .set(article_versions::content.eq(Json(said.redacted()))),
    )
    .execute(tx.conn)?;
    index::forget(tx.conn, said)
}

/// Writes the tags and screens that an article is found by.
fn sort(conn: &mut Conn, id: ArticleId, content: &ArticleContent) -> StoreResult<()> {
    for tag in content.tags.iter().map(ArticleTag::folded) {
        let row = (article_tags::tag.eq(tag), article_tags::article_id.eq(id));
        diesel::insert_into(article_tags::table).values(row).execute(conn)?;
    }
    for key in &content.context_keys {
        let row = (
            article_contexts::context_key.eq(key.as_str().to_owned()),
            article_contexts::article_id.eq(id),
        );
        diesel::insert_into(article_contexts::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Forgets the tags and screens that an article was found by.
fn unsort(conn: &mut Conn, id: ArticleId) -> StoreResult<()> {
    let tags = article_tags::table.filter(article_tags::article_id.eq(id));
    diesel::delete(tags).execute(conn)?;
    let keys = article_contexts::table.filter(article_contexts::article_id.eq(id));
    diesel::delete(keys).execute(conn)?;
    Ok(())
}

/// Who says whether an article helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerer {
    /// Somebody with an account.
    Account(AccountId),
    /// Somebody unknown, after a search.
    Search(HelpSearchId),
}

/// Whether an article helped.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whether it did.
    pub helpful: bool,
    /// What was said beside, without personal data.
    pub comment: Option<String>,
}

/// Keeps an answer; a later one of the same takes its place. The article is locked by then.
pub fn rate<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (article, by): (ArticleId, Answerer),
    answer: &Answer,
) -> StoreResult<()> {
    let mut theirs =
        article_feedback::table.filter(article_feedback::article_id.eq(article)).into_boxed();
    theirs = match by {
        Answerer::Account(account) => theirs.filter(article_feedback::account_id.eq(account)),
        Answerer::Search(search) => theirs
            .filter(article_feedback::account_id.is_null())
            .filter(article_feedback::search_id.eq(search)),
    };
    let known: Option<(AnyId, bool)> = theirs
        .select((article_feedback::id, article_feedback::helpful))
        .first(tx.conn)
        .optional()?;
    match known {
        Some((id, _)) => change_answer(tx, id, answer)?,
        None => new_answer(tx, (article, by), answer)?,
    }
    let before = known.map(|(_, helpful)| helpful);
    let moved =
        |counts: bool| i64::from(answer.helpful == counts) - i64::from(before == Some(counts));
    Prepared(diesel::update(articles::table.find(article)).set((
        articles::helpful.eq(articles::helpful + moved(true)),
        articles::unhelpful.eq(articles::unhelpful + moved(false)),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Writes an answer in the place of the one before.
fn change_answer(tx: &mut Tx<'_>, id: AnyId, answer: &Answer) -> StoreResult<()> {
    Prepared(diesel::update(article_feedback::table.find(id)).set((
        article_feedback::helpful.eq(answer.helpful),
        article_feedback::comment.eq(answer.comment.clone()),
        article_feedback::at.eq(tx.now),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Writes somebody's first answer about an article.
fn new_answer(
    tx: &mut Tx<'_>,
    (article, by): (ArticleId, Answerer),
    answer: &Answer,
) -> StoreResult<()> {
    let (account, search): (Option<AccountId>, Option<HelpSearchId>) = match by {
        Answerer::Account(account) => (Some(account), None),
        Answerer::Search(search) => (None, Some(search)),
    };
    let id: Uuid = tx.new_uuid();
    let at: Moment = tx.now;
    diesel::insert_into(article_feedback::table)
        .values((
            article_feedback::id.eq(AnyId(id)),
            article_feedback::article_id.eq(article),
            article_feedback::account_id.eq(account),
            article_feedback::search_id.eq(search),
            article_feedback::helpful.eq(answer.helpful),
            article_feedback::comment.eq(answer.comment.clone()),
            article_feedback::at.eq(at),
        ))
        .execute(tx.conn)?;
    Ok(())
}

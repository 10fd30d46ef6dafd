//! Canned replies, by title, and the tags that they are found by.

use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::canned_reply::{CannedReply, CannedText, ReplyDetails, ReplyTag};
use caredesk_core::domain::fold;
use caredesk_core::domain::ids::{AccountId, CannedReplyId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{CreateCannedReply, DeleteCannedReply, UpdateCannedReply};
use caredesk_core::policy::{Permit, Scope, Sight};
use diesel::prelude::*;

use super::columns::Json;
use super::db::query::{Locked, insert_rows, nothing, row_after};
use super::db::{Conn, MultiBackend};
use super::error::{StoreError, StoreResult};
use super::schema::{canned_replies, canned_reply_tags};
use super::tx::Tx;

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = canned_replies, treat_none_as_default_value = false)]
struct Row {
    id: CannedReplyId,
    title: Line,
    title_key: String,
    text: CannedText,
    locale: Locale,
    tags: Json<Vec<ReplyTag>>,
    created_by: AccountId,
    updated_by: AccountId,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

impl From<Row> for CannedReply {
    fn from(row: Row) -> Self {
        let Json(tags) = row.tags;
        let details = ReplyDetails { title: row.title, text: row.text, locale: row.locale, tags };
        Self {
            id: row.id,
            details,
            created_by: row.created_by,
            updated_by: row.updated_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Which canned replies a page shows.
#[derive(Debug, Clone)]
pub struct ReplyQuery {
    /// Only in this language.
    pub locale: Option<Locale>,
    /// Only with this tag.
    pub tag: Option<ReplyTag>,
    /// After this key.
    pub after: Option<ReplyKey>,
    /// So many rows.
    pub limit: i64,
}

/// Letters of a title that canned replies are sorted by; the rest is left to the ids, so that where a page begins is
/// never longer than a cursor may be.
const SORTED_BY: usize = 90;

/// A title as it is sorted by.
fn title_key(title: &Line) -> String {
    fold::plain(title.as_str()).chars().take(SORTED_BY).collect()
}

/// Where a row stands in its list: plain title, id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReplyKey(String, CannedReplyId);

/// The canned replies that a reader may see: the desk's all, nobody else any. Whoever of the desk may not
/// was not let in.
fn visible<'q>(scope: Scope) -> canned_replies::BoxedQuery<'q, MultiBackend> {
    let all = canned_replies::table.into_boxed();
    match scope.sight() {
        Sight::System | Sight::Desk(_) => all,
        Sight::Tenant(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// One canned reply, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: CannedReplyId) -> StoreResult<Option<CannedReply>> {
    let one = visible(scope).filter(canned_replies::id.eq(id)).select(Row::as_select());
    let row: Option<Row> = one.first(conn).optional()?;
    Ok(row.map(CannedReply::from))
}

/// The canned reply of a title in a language, if the reader may see one.
pub fn in_language(
    conn: &mut Conn,
    scope: Scope,
    (title, locale): (&Line, Locale),
) -> StoreResult<Option<CannedReply>> {
    let row: Option<Row> = visible(scope)
        .filter(canned_replies::locale.eq(locale))
        .filter(canned_replies::title_key.eq(title_key(title)))
        .order(canned_replies::id.asc())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(CannedReply::from))
}

/// As [`find`], locked until the transaction ends.
pub fn find_locked(
    conn: &mut Conn,
    scope: Scope,
    id: CannedReplyId,
) -> StoreResult<Option<CannedReply>> {
    let one = visible(scope).filter(canned_replies::id.eq(id)).select(Row::as_select());
    let row: Option<Row> = Locked(one).get_result(conn).optional()?;
    Ok(row.map(CannedReply::from))
}

/// A page of canned replies, by title.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    ask: &ReplyQuery,
) -> StoreResult<Page<CannedReply, ReplyKey>> {
    let rows = match &ask.tag {
        Some(tag) if is_seen(scope) => tagged(conn, tag, ask)?,
        Some(_) => Vec::new(),
        None => all(conn, scope, ask)?,
    };
    let key = |row: &Row| ReplyKey(row.title_key.clone(), row.id);
    Ok(Page::cut(rows, ask.limit, key).map(CannedReply::from))
}

/// Whether a scope sees canned replies at all.
fn is_seen(scope: Scope) -> bool {
    matches!(scope.sight(), Sight::System | Sight::Desk(_))
}

/// The rows of a page, whatever their tags.
fn all(conn: &mut Conn, scope: Scope, ask: &ReplyQuery) -> StoreResult<Vec<Row>> {
    let mut page = visible(scope);
    if let Some(locale) = ask.locale {
        page = page.filter(canned_replies::locale.eq(locale));
    }
    if let Some(ReplyKey(title, id)) = ask.after.clone() {
        let columns = (canned_replies::title_key, canned_replies::id);
        page = page.filter(row_after(columns, (title, id)));
    }
    let page = page.order((canned_replies::title_key.asc(), canned_replies::id.asc()));
    Ok(page.limit(ask.limit.saturating_add(1)).select(Row::as_select()).load(conn)?)
}

/// The rows of a page that have a tag, in the order that the tags are kept in.
fn tagged(conn: &mut Conn, tag: &ReplyTag, ask: &ReplyQuery) -> StoreResult<Vec<Row>> {
    let mut page = canned_reply_tags::table
        .inner_join(canned_replies::table)
        .filter(canned_reply_tags::tag.eq(tag.clone()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(locale) = ask.locale {
        page = page.filter(canned_reply_tags::locale.eq(locale));
    }
    if let Some(ReplyKey(title, id)) = ask.after.clone() {
        let columns = (canned_reply_tags::title_key, canned_reply_tags::canned_reply_id);
        page = page.filter(row_after(columns, (title, id)));
    }
    let order = (canned_reply_tags::title_key.asc(), canned_reply_tags::canned_reply_id.asc());
    Ok(page.order(order).limit(ask.limit.saturating_add(1)).load(conn)?)
}

/// Keeps a new canned reply, which `by` wrote.
pub fn insert(
    tx: &mut Tx<'_>,
    _: &Permit<CreateCannedReply>,
    (id, by): (CannedReplyId, AccountId),
    new: &ReplyDetails,
) -> StoreResult<()> {
    let row = Row {
        id,
        title: new.title.clone(),
        title_key: title_key(&new.title),
        text: new.text.clone(),
        locale: new.locale,
        tags: Json(new.tags.clone()),
        created_by: by,
        updated_by: by,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    diesel::insert_into(canned_replies::table).values(row).execute(tx.conn)?;
    tag_all(tx.conn, id, new)
}

/// Replaces what a canned reply is, as `by` wants it.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<UpdateCannedReply>,
    by: AccountId,
    after: &ReplyDetails,
) -> StoreResult<()> {
    let facts = permit.target();
    let row = canned_replies::table.find(facts.id);
    let changed = diesel::update(row.filter(canned_replies::version.eq(facts.version)))
        .set((
            canned_replies::title.eq(after.title.clone()),
            canned_replies::title_key.eq(title_key(&after.title)),
            canned_replies::text.eq(after.text.clone()),
            canned_replies::locale.eq(after.locale),
            canned_replies::tags.eq(Json(after.tags.clone())),
            canned_replies::updated_by.eq(by),
            canned_replies::updated_at.eq(tx.now),
            canned_replies::version.eq(canned_replies::version + 1),
        ))
        .execute(tx.conn)?;
    one(changed)?;
    untag(tx.conn, facts.id)?;
    tag_all(tx.conn, facts.id, after)
}

/// Deletes a canned reply.
pub fn delete(tx: &mut Tx<'_>, permit: &Permit<DeleteCannedReply>) -> StoreResult<()> {
    let facts = permit.target();
    untag(tx.conn, facts.id)?;
    one(diesel::delete(canned_replies::table.find(facts.id)).execute(tx.conn)?)
}

/// Writes down the tags of a canned reply.
fn tag_all(conn: &mut Conn, id: CannedReplyId, reply: &ReplyDetails) -> StoreResult<()> {
    let title_key = title_key(&reply.title);
    let row = |tag: &ReplyTag| {
        (
            canned_reply_tags::tag.eq(tag.clone()),
            canned_reply_tags::title_key.eq(title_key.clone()),
            canned_reply_tags::canned_reply_id.eq(id),
            canned_reply_tags::locale.eq(reply.locale),
        )
    };
    let rows: Vec<_> = reply.tags.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    insert_rows!(conn, canned_reply_tags::table, rows)?;
    Ok(())
}

/// Takes the tags of a canned reply away.
fn untag(conn: &mut Conn, id: CannedReplyId) -> StoreResult<()> {
    let theirs = canned_reply_tags::table.filter(canned_reply_tags::canned_reply_id.eq(id));
    diesel::delete(theirs).execute(conn)?;
    Ok(())
}

/// Exactly one row was meant; if it was not there, somebody was faster.
fn one(changed: usize) -> StoreResult<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Collision("the canned reply was changed".to_owned()))
    }
}

//! Searches of the help centre: what is looked for where, what is found, and the record of it.

mod find;

use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{AccountId, ArticleId, HelpSearchId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Nullable;
use jiff::SignedDuration;

use super::columns::{Uid, Word};
use super::db::Conn;
use super::db::query::{Locked, insert_rows, sql};
use super::error::StoreResult;
use super::schema::{article_feedback, help_search_shown, help_searches, tickets};
use super::tx::Tx;
pub use find::{Found, FoundArticle, Shelves, Wanted, find, shelves};

/// How long a search counts for the ticket that is opened after it (PM2, "search before you submit").
pub const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long a search is kept that no ticket names.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Searches that are forgotten in one transaction.
const FORGET: i64 = 500;

/// A search that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSearch {
    /// The id to give it.
    pub id: HelpSearchId,
    /// In which language, if one was named.
    pub locale: Option<Locale>,
    /// What was looked for, without personal data.
    pub query: String,
    /// How much was found.
    pub hits: i32,
    /// What was shown, in order.
    pub shown: Vec<ArticleId>,
}

/// A search as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = help_searches)]
pub struct KeptSearch {
    /// Its id.
    pub id: HelpSearchId,
    /// When it was made.
    pub at: Moment,
    /// What was looked for, without personal data.
    pub query: String,
    /// How much was found.
    pub hits: i32,
}

/// What stands in one place of what a search showed.
#[derive(Insertable)]
#[diesel(table_name = help_search_shown, treat_none_as_default_value = false)]
struct ShownRow {
    search_id: HelpSearchId,
    place: i32,
    article_id: ArticleId,
    opened_at: Option<Moment>,
}

/// Keeps a search of whoever the permit is for, and what it showed.
pub fn insert<A: Action>(tx: &mut Tx<'_>, permit: &Permit<A>, new: NewSearch) -> StoreResult<()> {
    let person = permit.actor().person();
    diesel::insert_into(help_searches::table)
        .values((
            help_searches::id.eq(new.id),
            help_searches::account_id.eq(person.map(|person| person.account)),
            help_searches::tenant_id.eq(person.and_then(|person| person.tenant)),
            help_searches::at.eq(tx.now),
            help_searches::locale.eq(new.locale),
            help_searches::query.eq(new.query),
            help_searches::hits.eq(new.hits),
        ))
        .execute(tx.conn)?;
    let row = |(place, article_id): (i32, ArticleId)| ShownRow {
        search_id: new.id,
        place,
        article_id,
        opened_at: None,
    };
    let rows: Vec<ShownRow> = (1..).zip(new.shown).map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    insert_rows!(&mut *tx.conn, help_search_shown::table, rows)?;
    Ok(())
}

/// Notes that an article was opened that a search showed to whoever the permit is for; its first opening counts.
/// Says whether such a search showed it.
pub fn opened<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (search, article): (HelpSearchId, ArticleId),
) -> StoreResult<bool> {
    if !is_of(tx.conn, permit, search)? {
        return Ok(false);
    }
    let shown = help_search_shown::table
        .filter(help_search_shown::search_id.eq(search))
        .filter(help_search_shown::article_id.eq(article));
    let first = shown.filter(help_search_shown::opened_at.is_null());
    let noted =
        diesel::update(first).set(help_search_shown::opened_at.eq(tx.now)).execute(tx.conn)?;
    if noted > 0 {
        return Ok(true);
    }
    Ok(diesel::select(exists(shown)).get_result(tx.conn)?)
}

/// Whether a search was made by whoever the permit is for: by the account, or by nobody known.
pub fn is_of<A: Action>(
    conn: &mut Conn,
    permit: &Permit<A>,
    search: HelpSearchId,
) -> StoreResult<bool> {
    let made = help_searches::table.find(search).select(help_searches::account_id);
    let by: Option<Option<AccountId>> = made.first(conn).optional()?;
    Ok(by.is_some_and(|by| by == permit.actor().person().map(|person| person.account)))
}

/// Whether a search showed an article.
pub fn showed(conn: &mut Conn, search: HelpSearchId, article: ArticleId) -> StoreResult<bool> {
    let shown = help_search_shown::table
        .filter(help_search_shown::search_id.eq(search))
        .filter(help_search_shown::article_id.eq(article));
    Ok(diesel::select(exists(shown)).get_result(conn)?)
}

/// A search that an account made and that counts at a moment for the ticket it opens: none older than
/// [`COUNTS_FOR`].
pub fn recent(
    conn: &mut Conn,
    account: AccountId,
    id: HelpSearchId,
    now: Moment,
) -> StoreResult<Option<KeptSearch>> {
    Ok(help_searches::table
        .find(id)
        .filter(help_searches::account_id.eq(account))
        .filter(help_searches::at.gt(now.plus(-COUNTS_FOR)))
        .select(KeptSearch::as_select())
        .first(conn)
        .optional()?)
}

/// An article that a search showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownArticle {
    /// Which.
    pub id: ArticleId,
    /// The organisation that wrote it; none for the desk's.
    pub tenant: Option<TenantId>,
    /// What it was called then, but for what was taken out of its versions since.
    pub title: Option<Line>,
    /// When it was opened first, if it was.
    pub opened_at: Option<Moment>,
}

/// What stands in a row of a search with what it showed: in which place, and what.
type Row = (
    KeptSearch,
    (Option<i32>, Option<ArticleId>),
    (Option<TenantId>, Option<Line>, Option<Moment>),
);

/// A search with what it showed, in order: for whoever answers the ticket that names it. A page of results is put in
/// order here.
pub fn read(
    conn: &mut Conn,
    search: HelpSearchId,
) -> StoreResult<Option<(KeptSearch, Vec<ShownArticle>)>> {
    let tenant = sql::<Nullable<Uid>>(
        "(SELECT articles.tenant_id FROM articles WHERE articles.id = help_search_shown.article_id)",
    );
    // Articles change: what was not shown then is nobody's who reads of the search.
    let title = sql::<Nullable<Word>>(
        "(SELECT article_versions.content->>'title' FROM article_versions \
         WHERE article_versions.article_id = help_search_shown.article_id \
         AND article_versions.at <= help_searches.at \
         ORDER BY article_versions.version DESC LIMIT 1)",
    );
    let mut rows: Vec<Row> = help_searches::table
        .left_join(help_search_shown::table)
        .filter(help_searches::id.eq(search))
        .select((
            KeptSearch::as_select(),
            (help_search_shown::place.nullable(), help_search_shown::article_id.nullable()),
            (tenant, title, help_search_shown::opened_at.nullable()),
        ))
        .load(conn)?;
    rows.sort_by_key(|(_, (place, _), _)| *place);
    let kept = rows.first().map(|(kept, ..)| kept.clone());
    let shown = |(_, (_, id), (tenant, title, opened_at)): Row| {
        Some(ShownArticle { id: id?, tenant, title, opened_at })
    };
    Ok(kept.map(|kept| (kept, rows.into_iter().filter_map(shown).collect())))
}

/// Forgets some of the searches that are older than [`KEPT`] and that no ticket names; says how many. What was
/// said of articles after them stays. None are left when it says 0.
pub fn forget_old(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let named = tickets::table.filter(help_searches::id.nullable().eq(tickets::help_search_id));
    let old: Vec<HelpSearchId> = help_searches::table
        .filter(help_searches::at.le(tx.now.plus(-KEPT)))
        .filter(not(exists(named)))
        .order(help_searches::at.asc())
        .limit(FORGET)
        .select(help_searches::id)
        .load(tx.conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    // Locked first, so that nothing is said after one meanwhile.
    let rows = help_searches::table.filter(help_searches::id.eq_any(old.clone()));
    let rows = rows.order(help_searches::id).select(help_searches::id);
    Locked(rows).load::<HelpSearchId>(tx.conn)?;
    let said = article_feedback::table.filter(article_feedback::search_id.eq_any(old.clone()));
    diesel::update(said)
        .set(article_feedback::search_id.eq(None::<HelpSearchId>))
        .execute(tx.conn)?;
    let shown = help_search_shown::table.filter(help_search_shown::search_id.eq_any(old.clone()));
    diesel::delete(shown).execute(tx.conn)?;
    let rows = help_searches::table.filter(help_searches::id.eq_any(old));
    Ok(diesel::delete(rows).execute(tx.conn)?)
}

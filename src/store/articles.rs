//! Articles of the help centre: who sees which, pages of them, and what each said before.

mod changes;
mod index;
mod versions;

use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{
    Article, ArticleAudience, ArticleBody, ArticleContent, ArticleKind, ArticleLead, ArticleSlug,
    ArticleState, ArticleTag, ContextKey, VideoUrl, owner,
};
use caredesk_core::domain::ids::{AccountId, ArticleId, TenantId, TicketId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Scope, Sight};
use diesel::dsl::{exists, max};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::columns::Json;
use super::db::query::{Locked, row_before, sql};
use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::{
    applications, article_contexts, article_tags, article_versions, articles, tenants,
};
pub use changes::{Answer, Answerer, insert, mask, rate, redact, set_state, update};
pub use versions::{VersionEntry, version, versions};

/// Most organisations whose articles one family sees: those that it was linked to last.
const MOST_ORGANIZATIONS: i64 = 20;

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = articles, treat_none_as_default_value = false)]
struct Row {
    id: ArticleId,
    tenant_id: Option<TenantId>,
    owner: String,
    kind: ArticleKind,
    audience: ArticleAudience,
    state: ArticleState,
    locale: Locale,
    title: Line,
    summary: Option<ArticleLead>,
    body: ArticleBody,
    video_url: Option<VideoUrl>,
    slug: Option<ArticleSlug>,
    tags: Json<Vec<ArticleTag>>,
    context_keys: Json<Vec<ContextKey>>,
    source_ticket_id: Option<TicketId>,
    helpful: i64,
    unhelpful: i64,
    created_at: Moment,
    updated_at: Moment,
    published_at: Option<Moment>,
    archived_at: Option<Moment>,
    version: i64,
}

/// An article in a list: what it says at length is left out.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = articles)]
pub struct ListedArticle {
    /// Its id.
    pub id: ArticleId,
    /// The organisation that wrote it; none for the desk's.
    pub tenant_id: Option<TenantId>,
    /// What it is.
    pub kind: ArticleKind,
    /// Whom it is for.
    pub audience: ArticleAudience,
    /// How far it has come.
    pub state: ArticleState,
    /// Its language.
    pub locale: Locale,
    /// Its title.
    pub title: Line,
    /// What it says in short.
    pub summary: Option<ArticleLead>,
    /// Where its film is.
    pub video_url: Option<VideoUrl>,
    /// The end of its address.
    pub slug: Option<ArticleSlug>,
    /// What it is sorted by.
    pub tags: Json<Vec<ArticleTag>>,
    /// The screens it is shown for.
    pub context_keys: Json<Vec<ContextKey>>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// When it was last published.
    pub published_at: Option<Moment>,
    /// Counts the changes.
    pub version: i64,
}

/// Who reads: what they may see, and whether they write the articles of their side.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// What they may see.
    pub scope: Scope,
    /// Whether drafts and the archive of their side are theirs to see.
    pub writes: bool,
    /// Who they are, if anybody is known: what they made themselves they read while it is a draft.
    pub maker: Option<AccountId>,
}

/// Which side of the wall a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichSide {
    /// The desk's, which are for all organisations.
    Global,
    /// Those of organisations.
    Own,
}

/// Which articles a page shows.
#[derive(Debug, Clone, Default)]
pub struct ArticleQuery {
    /// Only of this side.
    pub side: Option<WhichSide>,
    /// Only in this state.
    pub state: Option<ArticleState>,
    /// Only of this kind.
    pub kind: Option<ArticleKind>,
    /// Only for this audience.
    pub audience: Option<ArticleAudience>,
    /// Only in this language.
    pub locale: Option<Locale>,
    /// Only with this tag.
    pub tag: Option<ArticleTag>,
    /// Only those that are shown for this screen.
    pub context_key: Option<ContextKey>,
    /// After this key.
    pub after: Option<ArticleKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a row stands in its list, newest first: microseconds, id.
pub type ArticleKey = (i64, ArticleId);

/// Articles of some owners that somebody sees.
struct Side {
    /// Whose; of anybody if none are named.
    owners: Option<Vec<String>>,
    /// For whom.
    audiences: &'static [ArticleAudience],
    /// Also those that are not published.
    unpublished: bool,
}

impl Side {
    /// Whether an article stands there to be seen.
    fn shows(&self, row: &Row) -> bool {
        self.owners.as_ref().is_none_or(|owners| owners.contains(&row.owner))
            && self.audiences.contains(&row.audience)
            && (self.unpublished || row.state == ArticleState::Published)
    }
}

/// For whom an organisation's people read what the desk wrote.
const FOR_STAFF: &[ArticleAudience] = &[ArticleAudience::Staff, ArticleAudience::Public];
/// For whom families read.
const FOR_FAMILIES: &[ArticleAudience] = &[ArticleAudience::Family, ArticleAudience::Public];

/// The articles that somebody sees, the desk's and those of organisations.
fn sides(conn: &mut Conn, reader: Reader) -> StoreResult<(Side, Side)> {
    let side = |owners, audiences, unpublished| Side { owners, audiences, unpublished };
    let desk = || Some(vec![owner(None)]);
    let nobody = || Some(Vec::new());
    Ok(match reader.scope.sight() {
        Sight::System => {
            (side(desk(), ArticleAudience::ALL, true), side(None, ArticleAudience::ALL, true))
        }
        Sight::Desk(_) => {
            (side(desk(), ArticleAudience::ALL, true), side(nobody(), ArticleAudience::ALL, true))
        }
        Sight::Tenant(tenant) => (
            side(desk(), FOR_STAFF, false),
            side(Some(vec![owner(Some(tenant))]), ArticleAudience::ALL, reader.writes),
        ),
        Sight::Guardian(_) => {
            let linked = linked(conn, reader.scope)?;
            let owners = linked.into_iter().map(|tenant| owner(Some(tenant))).collect();
            (side(desk(), FOR_FAMILIES, false), side(Some(owners), FOR_FAMILIES, false))
        }
        Sight::Public => (
            side(desk(), &[ArticleAudience::Public], false),
            side(None, &[ArticleAudience::Public], false),
        ),
    })
}

/// The organisations that a guardian's applications were made to, those linked last first.
pub fn linked(conn: &mut Conn, scope: Scope) -> StoreResult<Vec<TenantId>> {
    let Sight::Guardian(account) = scope.sight() else { return Ok(Vec::new()) };
    let mut tenants: Vec<TenantId> = applications::table
        .filter(applications::account_id.eq(account))
        .group_by(applications::tenant_id)
        .select(applications::tenant_id)
        .order((max(applications::linked_at).desc(), applications::tenant_id.desc()))
        .limit(MOST_ORGANIZATIONS)
        .load(conn)?;
    tenants.sort_unstable();
    Ok(tenants)
}

/// One article, if the reader may see it.
pub fn find(conn: &mut Conn, reader: Reader, id: ArticleId) -> StoreResult<Option<Article>> {
    let row = articles::table.find(id).select(Row::as_select()).first(conn).optional()?;
    seen(conn, reader, row)
}

/// As [`find`], locked, so that what follows from its state holds until the transaction ends.
pub fn find_locked(conn: &mut Conn, reader: Reader, id: ArticleId) -> StoreResult<Option<Article>> {
    let row = Locked(articles::table.find(id).select(Row::as_select()));
    let row = row.get_result(conn).optional()?;
    seen(conn, reader, row)
}

/// A row as an article, if the reader may see it.
fn seen(conn: &mut Conn, reader: Reader, row: Option<Row>) -> StoreResult<Option<Article>> {
    let Some(row) = row else { return Ok(None) };
    let (desk, own) = sides(conn, reader)?;
    let is_seen = desk.shows(&row) || own.shows(&row) || is_ones_draft(conn, reader, &row)?;
    Ok(is_seen.then(|| article(row)))
}

/// Whether a row is a draft that the reader made.
fn is_ones_draft(conn: &mut Conn, reader: Reader, row: &Row) -> StoreResult<bool> {
    if row.state != ArticleState::Draft || reader.maker.is_none() {
        return Ok(false);
    }
    let found = articles::table.filter(articles::id.eq(row.id)).into_boxed();
    match made(found, reader) {
        Some(made) => {
            let there: Option<ArticleId> = made.select(articles::id).first(conn).optional()?;
            Ok(there.is_some())
        }
        None => Ok(false),
    }
}

/// Of articles the drafts that the reader made and that are not on their side anyway; none of who makes none. The desk
/// makes them out of tickets, for organisations: what those write into them is their own.
fn made(found: Boxed<'_>, reader: Reader) -> Option<Boxed<'_>> {
    let maker = reader.maker?;
    let first = article_versions::table
        .filter(sql::<Bool>("article_versions.version = 1"))
        .filter(article_versions::account_id.eq(maker))
        .select(article_versions::article_id);
    let drafts =
        found.filter(articles::state.eq(ArticleState::Draft)).filter(articles::id.eq_any(first));
    match reader.scope.sight() {
        Sight::Tenant(tenant) if !reader.writes => {
            Some(drafts.filter(articles::tenant_id.eq(tenant)))
        }
        Sight::Desk(_) => Some(
            drafts.filter(articles::tenant_id.is_not_null()).filter(articles::version.eq(1_i64)),
        ),
        _ => None,
    }
}

/// A page of the articles that the reader may see, newest first.
pub fn list(
    conn: &mut Conn,
    reader: Reader,
    ask: &ArticleQuery,
) -> StoreResult<Page<ListedArticle, ArticleKey>> {
    let (desk, own) = sides(conn, reader)?;
    let mut rows = Vec::new();
    if ask.side != Some(WhichSide::Own) {
        rows.extend(part(conn, &desk, ask)?);
    }
    if ask.side != Some(WhichSide::Global) && own.owners.as_ref().is_none_or(|own| !own.is_empty())
    {
        rows.extend(part(conn, &own, ask)?);
    }
    if let (Some(WhichSide::Own) | None, Some(made)) =
        (ask.side, made(articles::table.into_boxed(), reader))
    {
        rows.extend(newest(conn, made, ask)?);
    }
    Ok(page(rows, ask))
}

/// A page of what is published for an audience of one organisation: its own, and the desk's.
pub fn list_for(
    conn: &mut Conn,
    (tenant, audience): (TenantId, ArticleAudience),
    ask: &ArticleQuery,
) -> StoreResult<Page<ListedArticle, ArticleKey>> {
    let audiences = match audience {
        ArticleAudience::Staff => FOR_STAFF,
        ArticleAudience::Family => FOR_FAMILIES,
        ArticleAudience::Public => &[ArticleAudience::Public],
    };
    let mut rows = Vec::new();
    for owner in [owner(None), owner(Some(tenant))] {
        let side = Side { owners: Some(vec![owner]), audiences, unpublished: false };
        rows.extend(part(conn, &side, ask)?);
    }
    Ok(page(rows, ask))
}

/// A page of what is there for everybody: the desk's, or an organisation's by its short name.
pub fn list_public(
    conn: &mut Conn,
    organization: Option<&caredesk_core::domain::Slug>,
    ask: &ArticleQuery,
) -> StoreResult<Page<ListedArticle, ArticleKey>> {
    let tenant = match organization {
        Some(slug) => {
            let named = tenants::table.filter(tenants::slug.eq(slug.clone()));
            let found: Option<TenantId> = named.select(tenants::id).first(conn).optional()?;
            let Some(found) = found else { return Ok(page(Vec::new(), ask)) };
            Some(found)
        }
        None => None,
    };
    let owners = Some(vec![owner(tenant)]);
    let side = Side { owners, audiences: &[ArticleAudience::Public], unpublished: false };
    let rows = part(conn, &side, ask)?;
    Ok(page(rows, ask))
}

/// Rows of one side or of both, cut into a page.
fn page(mut rows: Vec<ListedArticle>, ask: &ArticleQuery) -> Page<ListedArticle, ArticleKey> {
    let key = |row: &ListedArticle| (row.created_at.micros(), row.id);
    rows.sort_by_key(|row| std::cmp::Reverse(key(row)));
    Page::cut(rows, ask.limit, key)
}

/// A query that conditions can still be added to.
type Boxed<'q> = articles::BoxedQuery<'q, MultiBackend>;

/// The articles of one side that a page may need.
fn part(conn: &mut Conn, side: &Side, ask: &ArticleQuery) -> StoreResult<Vec<ListedArticle>> {
    let mut found: Boxed<'_> = articles::table.into_boxed();
    // One owner is a place in the index, from which rows come in order.
    found = match side.owners.as_deref() {
        Some([one]) => found.filter(articles::owner.eq(one.clone())),
        Some(several) => found.filter(articles::owner.eq_any(several.to_vec())),
        None => found.filter(articles::tenant_id.is_not_null()),
    };
    if side.audiences.len() < ArticleAudience::ALL.len() {
        found = found.filter(articles::audience.eq_any(side.audiences.to_vec()));
    }
    if !side.unpublished {
        found = found.filter(articles::state.eq(ArticleState::Published));
    }
    newest(conn, found, ask)
}

/// The newest of some articles that a page may need.
fn newest(
    conn: &mut Conn,
    found: Boxed<'_>,
    ask: &ArticleQuery,
) -> StoreResult<Vec<ListedArticle>> {
    let mut found = filtered(found, ask);
    if let Some((at, id)) = ask.after {
        let key = (Moment::from_micros(at), id);
        found = found.filter(row_before((articles::created_at, articles::id), key));
    }
    Ok(found
        .order((articles::created_at.desc(), articles::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select(ListedArticle::as_select())
        .load(conn)?)
}

/// The articles that the filters let through.
fn filtered<'q>(mut found: Boxed<'q>, ask: &ArticleQuery) -> Boxed<'q> {
    if let Some(state) = ask.state {
        found = found.filter(articles::state.eq(state));
    }
    if let Some(kind) = ask.kind {
        found = found.filter(articles::kind.eq(kind));
    }
    if let Some(audience) = ask.audience {
        found = found.filter(articles::audience.eq(audience));
    }
    if let Some(locale) = ask.locale {
        found = found.filter(articles::locale.eq(locale));
    }
    if let Some(tag) = &ask.tag {
        let tagged = article_tags::table
            .filter(article_tags::tag.eq(tag.folded()))
            .filter(article_tags::article_id.eq(articles::id));
        found = found.filter(exists(tagged));
    }
    if let Some(key) = &ask.context_key {
        let shown = article_contexts::table
            .filter(article_contexts::context_key.eq(key.as_str().to_owned()))
            .filter(article_contexts::article_id.eq(articles::id));
        found = found.filter(exists(shown));
    }
    found
}

/// A row as an article.
fn article(row: Row) -> Article {
    Article {
        id: row.id,
        tenant: row.tenant_id,
        state: row.state,
        content: ArticleContent {
            kind: row.kind,
            audience: row.audience,
            locale: row.locale,
            title: row.title,
            summary: row.summary,
            body: row.body,
            video_url: row.video_url,
            slug: row.slug,
            tags: row.tags.0,
            context_keys: row.context_keys.0,
        },
        source_ticket: row.source_ticket_id,
        helpful: row.helpful,
        unhelpful: row.unhelpful,
        created_at: row.created_at,
        updated_at: row.updated_at,
        published_at: row.published_at,
        archived_at: row.archived_at,
        version: row.version,
    }
}

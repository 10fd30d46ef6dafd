//! What articles said before.

use caredesk_core::domain::article::{ArticleChange, ArticleContent, ArticleVersion};
use caredesk_core::domain::ids::{AccountId, ArticleId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;

use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::article_versions;

/// A version in a list: what the article said is left out.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = article_versions)]
pub struct VersionEntry {
    /// Which.
    pub version: i64,
    /// By what it came.
    pub change: ArticleChange,
    /// Who made it; none for the product itself.
    pub account_id: Option<AccountId>,
    /// When.
    pub at: Moment,
}

/// A page of the versions of an article that the reader may see, newest first.
pub fn versions(
    conn: &mut Conn,
    of: ArticleId,
    (after, limit): (Option<i64>, i64),
) -> StoreResult<Page<VersionEntry, i64>> {
    let mut found =
        article_versions::table.filter(article_versions::article_id.eq(of)).into_boxed();
    if let Some(after) = after {
        found = found.filter(article_versions::version.lt(after));
    }
    let rows = found
        .order(article_versions::version.desc())
        .limit(limit.saturating_add(1))
        .select(VersionEntry::as_select())
        .load(conn)?;
    Ok(Page::cut(rows, limit, |row: &VersionEntry| row.version))
}

/// One version of an article that the reader may see.
pub fn version(
    conn: &mut Conn,
    of: ArticleId,
    version: i64,
) -> StoreResult<Option<ArticleVersion>> {
    let found: Option<(VersionEntry, Json<ArticleContent>)> = article_versions::table
        .find((of, version))
        .select((VersionEntry::as_select(), article_versions::content))
        .first(conn)
        .optional()?;
    Ok(found.map(|(entry, Json(content))| ArticleVersion {
        version: entry.version,
        change: entry.change,
        by: entry.account_id,
        at: entry.at,
        content,
    }))
}

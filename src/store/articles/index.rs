//! The words that published articles are found by.

use std::collections::{BTreeMap, HashSet};

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{ArticleContent, ArticleTag, shelf};
use caredesk_core::domain::ids::{ArticleId, TenantId};
use caredesk_core::domain::search::{Index, Part, mirrored};
use diesel::prelude::*;

use crate::store::db::Conn;
use crate::store::db::query::{in_parts, insert_rows};
use crate::store::error::StoreResult;
use crate::store::schema::{article_terms, help_words};

/// How much a word of a title, a tag and a summary counts, where one of the body counts 1.
const TITLE: i64 = 6;
/// See [`TITLE`].
const TAGS: i64 = 4;
/// See [`TITLE`].
const SUMMARY: i64 = 3;

/// A stem of an article.
#[derive(Insertable)]
#[diesel(table_name = article_terms, treat_none_as_default_value = false)]
struct TermRow {
    locale: Locale,
    shelf: String,
    term: String,
    article_id: ArticleId,
    impact: i32,
}

/// A word with its stem.
#[derive(Insertable)]
#[diesel(table_name = help_words, treat_none_as_default_value = false)]
struct WordRow {
    locale: Locale,
    word: String,
    mirror: String,
    letters: i32,
    term: String,
}

/// The words and stems of what an article says.
fn index_of(content: &ArticleContent) -> Index {
    let tags: Vec<&str> = content.tags.iter().map(ArticleTag::as_str).collect();
    let tags = tags.join(" ");
    let parts = [
        Part { text: content.title.as_str(), weight: TITLE },
        Part { text: &tags, weight: TAGS },
        Part {
            text: content.summary.as_ref().map_or("", |summary| summary.as_str()),
            weight: SUMMARY,
        },
        Part { text: content.body.as_str(), weight: 1 },
    ];
    Index::of(content.locale, &parts)
}

/// Has an article found by what it says.
pub(super) fn add(
    conn: &mut Conn,
    (id, tenant): (ArticleId, Option<TenantId>),
    content: &ArticleContent,
) -> StoreResult<()> {
    let index = index_of(content);
    let shelf = shelf(tenant, content.audience);
    let row = |(term, impact)| TermRow {
        locale: content.locale,
        shelf: shelf.clone(),
        term,
        article_id: id,
        impact,
    };
    let rows: Vec<TermRow> = index.terms.into_iter().map(row).collect();
    for some in in_parts(rows) {
        insert_rows!(&mut *conn, article_terms::table, some)?;
    }
    learn(conn, content.locale, index.words)
}

/// Keeps the words that are not known yet.
fn learn(conn: &mut Conn, locale: Locale, words: BTreeMap<String, String>) -> StoreResult<()> {
    let row = |(word, term): (String, String)| WordRow {
        locale,
        mirror: mirrored(&word),
        letters: i32::try_from(word.chars().count()).unwrap_or(i32::MAX),
        word,
        term,
    };
    let rows: Vec<WordRow> = words.into_iter().map(row).collect();
    for some in in_parts(rows) {
        match conn {
            Conn::Sqlite(conn) => {
                diesel::insert_or_ignore_into(help_words::table).values(some).execute(conn)?
            }
            Conn::Pg(conn) => diesel::insert_into(help_words::table)
                .values(some)
                .on_conflict_do_nothing()
                .execute(conn)?,
        };
    }
    Ok(())
}

/// Forgets the words of what an article said, but for those that something published is found by: what was taken
/// out is not to be offered as the end of a word that somebody types.
pub(super) fn forget(conn: &mut Conn, said: &ArticleContent) -> StoreResult<()> {
    let words: Vec<(String, String)> = index_of(said).words.into_iter().collect();
    for some in in_parts(words) {
        let terms: Vec<String> = some.iter().map(|(_, term)| term.clone()).collect();
        let published: Vec<String> = article_terms::table
            .filter(article_terms::locale.eq(said.locale))
            .filter(article_terms::term.eq_any(terms))
            .select(article_terms::term)
            .distinct()
            .load(conn)?;
        let published: HashSet<String> = published.into_iter().collect();
        let gone: Vec<String> = some
            .into_iter()
            .filter_map(|(word, term)| (!published.contains(&term)).then_some(word))
            .collect();
        let theirs = help_words::table.filter(help_words::locale.eq(said.locale));
        diesel::delete(theirs.filter(help_words::word.eq_any(gone))).execute(conn)?;
    }
    Ok(())
}

/// Has an article found by nothing any more.
pub(super) fn remove(conn: &mut Conn, id: ArticleId) -> StoreResult<()> {
    let terms = article_terms::table.filter(article_terms::article_id.eq(id));
    diesel::delete(terms).execute(conn)?;
    Ok(())
}

//! What is found: words as they may have been meant, the articles on one's own shelves that have them, and the
//! order of those, which the core decides.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{
    ArticleAudience, ArticleBody, ArticleKind, ArticleLead, ArticleSlug, ArticleState, ContextKey,
    VideoUrl, shelf,
};
use caredesk_core::domain::ids::{ArticleId, TenantId};
use caredesk_core::domain::search::{
    Closeness, Posting, Query, Sought, distance, mirrored, rank, stays_in_front, stem, typos_in,
};
use caredesk_core::domain::{Line, Slug};
use caredesk_core::policy::{Scope, Sight};
use diesel::dsl::{exists, max};
use diesel::prelude::*;

use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{
    applications, article_contexts, article_terms, articles, help_words, tenants,
};

/// Words that the beginning of one may stand for.
const MOST_BEGINNINGS: i64 = 30;
/// Words that a mistyped one may stand for.
const MOST_SIMILAR: usize = 8;
/// Words with the same beginning, or end, that a mistyped one is held against.
const MOST_CANDIDATES: i64 = 4_000;
/// Fewest letters of a beginning.
const LEAST_BEGINNING: usize = 2;
/// Most organisations whose articles one family finds: those that it was linked to last.
const MOST_ORGANIZATIONS: i64 = 20;

/// The shelves that somebody may look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelves(Vec<String>);

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The words.
    pub query: Query,
    /// Only in this language; in all of them, each in its own words, if none is named.
    pub locale: Option<Locale>,
    /// The screen that is open: what is shown for it counts for more.
    pub context_key: Option<ContextKey>,
    /// So many are shown.
    pub limit: usize,
}

/// An article that was found.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = articles)]
pub struct FoundArticle {
    /// Its id.
    pub id: ArticleId,
    /// The organisation that wrote it; none for the desk's.
    pub tenant_id: Option<TenantId>,
    /// What it is.
    pub kind: ArticleKind,
    /// Whom it is for.
    pub audience: ArticleAudience,
    /// Its language.
    pub locale: Locale,
    /// Its title.
    pub title: Line,
    /// What it says in short.
    pub summary: Option<ArticleLead>,
    /// What it says.
    pub body: ArticleBody,
    /// Where its film is.
    pub video_url: Option<VideoUrl>,
    /// The end of its address.
    pub slug: Option<ArticleSlug>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The articles that fit best, the best first, each with the stems to mark in it.
    pub articles: Vec<(FoundArticle, BTreeSet<String>)>,
    /// How many were found in all.
    pub hits: usize,
}

/// The shelves of a reader: an organisation's people have their own and the desk's for staff, families those of
/// the organisations they are linked to and the desk's for families, the desk its own. Everybody has the public
/// ones of the desk, and of the organisation that they name.
pub fn shelves(conn: &mut Conn, scope: Scope, organization: Option<&Slug>) -> StoreResult<Shelves> {
    use ArticleAudience::{Family, Public, Staff};
    let mut shelves = vec![shelf(None, Public)];
    let mut add = |tenant: Option<TenantId>, audiences: &[ArticleAudience]| {
        shelves.extend(audiences.iter().map(|audience| shelf(tenant, *audience)));
    };
    match scope.sight() {
        Sight::System | Sight::Desk(_) => add(None, &[Staff, Family]),
        Sight::Tenant(tenant) => {
            add(None, &[Staff]);
            add(Some(tenant), ArticleAudience::ALL);
        }
        Sight::Guardian(account) => {
            add(None, &[Family]);
            let linked: Vec<TenantId> = applications::table
                .filter(applications::account_id.eq(account))
                .group_by(applications::tenant_id)
                .select(applications::tenant_id)
                .order((max(applications::linked_at).desc(), applications::tenant_id.desc()))
                .limit(MOST_ORGANIZATIONS)
                .load(conn)?;
            for tenant in linked {
                add(Some(tenant), &[Family, Public]);
            }
        }
        Sight::Public => {}
    }
    if let Some(slug) = organization {
        let named = tenants::table.filter(tenants::slug.eq(slug.clone())).select(tenants::id);
        if let Some(tenant) = named.first::<TenantId>(conn).optional()? {
            let named = shelf(Some(tenant), Public);
            if !shelves.contains(&named) {
                shelves.push(named);
            }
        }
    }
    Ok(Shelves(shelves))
}

/// The articles that fit best.
pub fn find(conn: &mut Conn, shelves: &Shelves, wanted: &Wanted) -> StoreResult<Found> {
    let raised = raised(conn, wanted)?;
    let mut ranked: Vec<(f64, ArticleId)> = Vec::new();
    let mut terms: Vec<(Locale, BTreeSet<String>)> = Vec::new();
    let languages =
        Locale::ALL.iter().filter(|locale| wanted.locale.is_none_or(|one| one == **locale));
    for locale in languages {
        let (sought, postings) = sought(conn, shelves, (*locale, &wanted.query))?;
        let found = rank(&sought, &postings, &raised);
        ranked.extend(found.into_iter().map(|(article, score)| (score, article)));
        terms.push((*locale, sought.iter().flat_map(Sought::terms).cloned().collect()));
    }
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| other.1.cmp(&one.1)));
    let hits = ranked.len();
    let best: Vec<ArticleId> = ranked.into_iter().take(wanted.limit).map(|(_, id)| id).collect();
    let mut found = load(conn, shelves, &best)?;
    let hits = hits.saturating_sub(best.len().saturating_sub(found.len()));
    let place = |article: &FoundArticle| best.iter().position(|id| *id == article.id);
    found.sort_by_key(place);
    let of = |locale: Locale| terms.iter().find(|(one, _)| *one == locale);
    let with_terms = |article: FoundArticle| {
        let terms = of(article.locale).map(|(_, terms)| terms.clone()).unwrap_or_default();
        (article, terms)
    };
    Ok(Found { articles: found.into_iter().map(with_terms).collect(), hits })
}

/// Articles by their ids, those that stand on these shelves still: one may have been moved or taken down since
/// its words were read.
fn load(conn: &mut Conn, shelves: &Shelves, ids: &[ArticleId]) -> StoreResult<Vec<FoundArticle>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<FoundArticle> = articles::table
        .filter(articles::id.eq_any(ids.to_vec()))
        .filter(articles::state.eq(ArticleState::Published))
        .select(FoundArticle::as_select())
        .load(conn)?;
    found.retain(|article| shelves.0.contains(&shelf(article.tenant_id, article.audience)));
    Ok(found)
}

/// The articles that are shown for the screen that is open.
fn raised(conn: &mut Conn, wanted: &Wanted) -> StoreResult<BTreeSet<ArticleId>> {
    let Some(key) = &wanted.context_key else { return Ok(BTreeSet::new()) };
    let shown: Vec<ArticleId> = article_contexts::table
        .filter(article_contexts::context_key.eq(key.as_str().to_owned()))
        .select(article_contexts::article_id)
        .load(conn)?;
    Ok(shown.into_iter().collect())
}

/// What the words of a query may stand for in a language, and where it stands. A word that stands nowhere on
/// these shelves is taken for mistyped.
fn sought(
    conn: &mut Conn,
    shelves: &Shelves,
    (locale, query): (Locale, &Query),
) -> StoreResult<(Vec<Sought>, Vec<Posting<ArticleId>>)> {
    let words = query.in_language(locale);
    let mut all = Vec::with_capacity(words.len());
    for (word, is_open) in &words {
        let mut sought = Sought::default();
        if *is_open && word.chars().count() >= LEAST_BEGINNING {
            for term in beginnings(conn, shelves, locale, word)? {
                sought.add(term, Closeness::Begins);
            }
        }
        sought.add(stem(locale, word), Closeness::Same);
        all.push(sought);
    }
    let mut postings = standing(conn, shelves, locale, all.iter().flat_map(Sought::terms))?;
    let known: BTreeSet<String> = postings.iter().map(|posting| posting.term.clone()).collect();
    let mut meant = BTreeSet::new();
    for ((word, _), sought) in words.iter().zip(&mut all) {
        if typos_in(word) == 0 || sought.terms().any(|term| known.contains(term)) {
            continue;
        }
        for term in similar(conn, shelves, locale, word)? {
            meant.insert(term.clone());
            sought.add(term, Closeness::Similar);
        }
    }
    let new = meant.iter().filter(|term| !known.contains(*term));
    postings.extend(standing(conn, shelves, locale, new)?);
    Ok((all, postings))
}

/// Where stems stand on these shelves.
fn standing<'t>(
    conn: &mut Conn,
    shelves: &Shelves,
    locale: Locale,
    terms: impl Iterator<Item = &'t String>,
) -> StoreResult<Vec<Posting<ArticleId>>> {
    let terms: BTreeSet<String> = terms.cloned().collect();
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(String, ArticleId, i32)> = article_terms::table
        .filter(article_terms::locale.eq(locale))
        .filter(article_terms::shelf.eq_any(shelves.0.clone()))
        .filter(article_terms::term.eq_any(terms.into_iter().collect::<Vec<_>>()))
        .select((article_terms::term, article_terms::article_id, article_terms::impact))
        .load(conn)?;
    let posting = |(term, text, impact)| Posting { term, text, impact };
    Ok(found.into_iter().map(posting).collect())
}

/// The stems of words on these shelves that begin so, the first in order. What others wrote takes no place.
fn beginnings(
    conn: &mut Conn,
    shelves: &Shelves,
    locale: Locale,
    word: &str,
) -> StoreResult<Vec<String>> {
    let stands = article_terms::table
        .filter(article_terms::locale.eq(locale))
        .filter(article_terms::shelf.eq_any(shelves.0.clone()))
        .filter(article_terms::term.eq(help_words::term));
    Ok(help_words::table
        .filter(help_words::locale.eq(locale))
        .filter(help_words::word.ge(word.to_owned()))
        .filter(help_words::word.lt(format!("{word}{}", char::MAX)))
        .filter(exists(stands))
        .order(help_words::word)
        .limit(MOST_BEGINNINGS)
        .select(help_words::term)
        .load(conn)?)
}

/// The stems of the words on these shelves that are nearest to a mistyped one.
fn similar(
    conn: &mut Conn,
    shelves: &Shelves,
    locale: Locale,
    word: &str,
) -> StoreResult<Vec<String>> {
    let most = typos_in(word);
    let (letters, errors) = (length(word), i32::try_from(most).unwrap_or(0));
    let (fewest, longest) = (letters.saturating_sub(errors), letters.saturating_add(errors));
    let same = stays_in_front(word);
    let front: String = word.chars().take(same).collect();
    let back: String = mirrored(word).chars().take(same).collect();
    let end = |begin: &str| format!("{begin}{}", char::MAX);
    let stands = || {
        article_terms::table
            .filter(article_terms::locale.eq(locale))
            .filter(article_terms::shelf.eq_any(shelves.0.clone()))
            .filter(article_terms::term.eq(help_words::term))
    };
    let in_front = help_words::table
        .filter(help_words::locale.eq(locale))
        .filter(help_words::word.ge(front.clone()).and(help_words::word.lt(end(&front))))
        .filter(help_words::letters.between(fewest, longest))
        .filter(exists(stands()))
        .order(help_words::word)
        .limit(MOST_CANDIDATES)
        .select((help_words::word, help_words::term));
    let mut candidates: Vec<(String, String)> = in_front.load(conn)?;
    let at_end = help_words::table
        .filter(help_words::locale.eq(locale))
        .filter(help_words::mirror.ge(back.clone()).and(help_words::mirror.lt(end(&back))))
        .filter(help_words::letters.between(fewest, longest))
        .filter(exists(stands()))
        .order(help_words::mirror)
        .limit(MOST_CANDIDATES)
        .select((help_words::word, help_words::term));
    candidates.extend(at_end.load::<(String, String)>(conn)?);
    let near = |(candidate, term): (String, String)| {
        distance(word, &candidate, most).map(|errors| (errors, candidate, term))
    };
    let near: BTreeSet<(usize, String, String)> = candidates.into_iter().filter_map(near).collect();
    let least = near.first().map(|(errors, ..)| *errors);
    let nearest = near.into_iter().filter(|(errors, ..)| Some(*errors) == least);
    Ok(nearest.take(MOST_SIMILAR).map(|(_, _, term)| term).collect())
}

/// The letters of a word.
fn length(word: &str) -> i32 {
    i32::try_from(word.chars().count()).unwrap_or(i32::MAX)
}

//! Searching the help centre over HTTP, signed in or not.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{
    ArticleAudience, ArticleKind, ArticleSlug, ContextKey, HelpQuery, VideoUrl,
};
use caredesk_core::domain::ids::{ArticleId, HelpSearchId};
use caredesk_core::domain::search::Mark;
use caredesk_core::domain::{Line, Slug};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json, Path, Visitor};
use super::problem::Problem;
use super::views::figure;
use crate::service::House;
use crate::service::help_searches::{HelpFound, HelpHit, HelpQuestion, USUAL_RESULTS};

/// Bytes of a body of these operations.
const LIMIT: usize = 4 * 1024;

/// Which search.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct HelpSearchPath {
    /// The search's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e41")]
    help_search_id: HelpSearchId,
}

/// What somebody looks for.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"query": "invite a family", "locale": "en", "context_key": "screen.invitations"}))]
pub(super) struct SearchHelp {
    /// The words. Case and accents do not count, forms of a word are one, the last one may be a beginning, and one
    /// of five letters or more may be mistyped.
    query: HelpQuery,
    /// Only in this language; in all of them if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
    /// The screen that is open: what is shown for it counts for more.
    #[serde(default)]
    #[schema(nullable = false)]
    context_key: Option<ContextKey>,
    /// Results to show; ten if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 25, format = "int32", example = 10)]
    limit: Option<i32>,
}
impl Body for SearchHelp {
    const LIMIT: usize = LIMIT;
}

/// What somebody looks for who is not signed in.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"query": "update my browser", "locale": "en"}))]
pub(super) struct SearchPublicHelp {
    /// The words. Case and accents do not count, forms of a word are one, the last one may be a beginning, and one
    /// of five letters or more may be mistyped.
    query: HelpQuery,
    /// Only in this language; in all of them if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
    /// The short name of an organisation whose public articles are looked through, too.
    #[serde(default)]
    #[schema(nullable = false)]
    organization: Option<Slug>,
    /// Results to show; ten if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 25, format = "int32", example = 10)]
    limit: Option<i32>,
}
impl Body for SearchPublicHelp {
    const LIMIT: usize = LIMIT;
}

/// What was opened of what a search showed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"article_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40"}))]
pub(super) struct OpenHelpResult {
    /// The article.
    article_id: ArticleId,
}
impl Body for OpenHelpResult {
    const LIMIT: usize = LIMIT;
}

/// A place in a text to mark, in characters (Unicode code points) from its beginning.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(example = json!({"start": 0, "end": 6}))]
pub(super) struct Highlight {
    /// The first character.
    #[schema(minimum = 0, maximum = 1000, format = "int32")]
    start: i32,
    /// The character behind the last.
    #[schema(minimum = 0, maximum = 1000, format = "int32")]
    end: i32,
}

/// An article that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "article_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "is_global": true, "kind": "article", "audience": "staff",
    "locale": "en", "title": "Invite a family", "title_highlights": [{"start": 0, "end": 6}, {"start": 9, "end": 15}],
    "snippet": "Open **Applications**, choose the family and press *Invite*.",
    "highlights": [{"start": 34, "end": 40}], "video_url": null, "slug": "invite-a-family"}))]
pub(super) struct HelpResult {
    /// The article.
    article_id: ArticleId,
    /// Whether the desk wrote it, for all organisations.
    is_global: bool,
    /// What it is.
    kind: ArticleKind,
    /// Whom it is for.
    audience: ArticleAudience,
    /// Its language.
    locale: Locale,
    /// Its title.
    title: Line,
    /// What to mark in the title.
    #[schema(max_items = 200)]
    title_highlights: Vec<Highlight>,
    /// The part of it that has the words: text as it was written, on one line, never a page.
    #[schema(max_length = 300, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    snippet: String,
    /// What to mark in the snippet.
    #[schema(max_items = 300)]
    highlights: Vec<Highlight>,
    /// Where its film is; null without one.
    video_url: Option<VideoUrl>,
    /// The end of its address; null without one.
    slug: Option<ArticleSlug>,
}

/// What a search found. Whoever opens a ticket afterwards names it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e41", "hits": 0, "results": []}))]
pub(super) struct HelpSearch {
    /// Names the search; it counts for a ticket for 24 hours.
    id: HelpSearchId,
    /// How much was found in all.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32")]
    hits: i32,
    /// The best of it, the best first.
    #[schema(max_items = 25)]
    results: Vec<HelpResult>,
}

/// Places as the contract says them.
fn highlights(marks: Vec<Mark>) -> Vec<Highlight> {
    marks.into_iter().map(|Mark { start, end }| Highlight { start, end }).collect()
}

impl From<HelpHit> for HelpResult {
    fn from(hit: HelpHit) -> Self {
        let HelpHit { article, title_marks, excerpt } = hit;
        Self {
            article_id: article.id,
            is_global: article.tenant_id.is_none(),
            kind: article.kind,
            audience: article.audience,
            locale: article.locale,
            title: article.title,
            title_highlights: highlights(title_marks),
            snippet: excerpt.text,
            highlights: highlights(excerpt.marks),
            video_url: article.video_url,
            slug: article.slug,
        }
    }
}

impl From<HelpFound> for HelpSearch {
    fn from(found: HelpFound) -> Self {
        let results = found.results.into_iter().map(HelpResult::from).collect();
        Self { id: found.id, hits: figure(found.hits.into()), results }
    }
}

/// How many results are asked for.
fn limit(asked: Option<i32>) -> usize {
    asked.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(USUAL_RESULTS)
}

/// Search the help centre
///
/// Finds the articles that are for the caller, the best first: people of an organisation find the desk's for staff
/// and their own, families those for families. The search is kept with what it showed, without personal data, so
/// that a ticket can name it; nothing else changes. An account that asks too often has to wait.
#[utoipa::path(operation_id = "search_help", tag = "articles", extensions(("x-action" = json!("help.search")), ("x-reads" = json!(true))),
    request_body(content = SearchHelp, description = "The words."),
    responses((status = 200, description = "What was found.", body = HelpSearch)))]
#[post("/help-searches")]
async fn search_help(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<SearchHelp>,
) -> Result<HttpResponse, Problem> {
    let question = HelpQuestion {
        query: body.query,
        locale: body.locale,
        context_key: body.context_key,
        organization: None,
        limit: limit(body.limit),
    };
    let found = house.search_help(&caller.ask(), question).await?;
    Ok(answer::page(&HelpSearch::from(found)))
}

/// Note that a result was opened
///
/// Keeps with a search of one's own that an article was opened which it showed; the first time counts.
#[utoipa::path(operation_id = "open_help_result", tag = "articles", extensions(("x-action" = json!("help.search")), ("x-reads" = json!(true))),
    params(HelpSearchPath), request_body(content = OpenHelpResult, description = "The article."),
    responses((status = 204, description = "It is noted.")))]
#[post("/help-searches/{help_search_id}/opened")]
async fn open_help_result(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<HelpSearchPath>,
    Json(body): Json<OpenHelpResult>,
) -> Result<HttpResponse, Problem> {
    let opened = (path.help_search_id, body.article_id);
    house.open_help_result(&caller.ask(), opened).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Search the public help
///
/// Finds what is there for everybody, the best first. Nobody needs to sign in for it; an address that asks too
/// often has to wait. The search is kept, without personal data and without anybody's name.
#[utoipa::path(operation_id = "search_public_help", tag = "articles", security(()), extensions(("x-action" = json!("help.search_public")), ("x-reads" = json!(true))),
    request_body(content = SearchPublicHelp, description = "The words."),
    responses((status = 200, description = "What was found.", body = HelpSearch)))]
#[post("/public-help-searches")]
async fn search_public_help(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<SearchPublicHelp>,
) -> Result<HttpResponse, Problem> {
    let question = HelpQuestion {
        query: body.query,
        locale: body.locale,
        context_key: None,
        organization: body.organization,
        limit: limit(body.limit),
    };
    let found = house.search_public_help(&visitor.ask(), question).await?;
    Ok(answer::page(&HelpSearch::from(found)))
}

/// Note that a result of the public help was opened
///
/// Keeps with a search that nobody signed in for that an article was opened which it showed; the first time
/// counts.
#[utoipa::path(operation_id = "open_public_help_result", tag = "articles", security(()), extensions(("x-action" = json!("help.search_public")), ("x-reads" = json!(true))),
    params(HelpSearchPath), request_body(content = OpenHelpResult, description = "The article."),
    responses((status = 204, description = "It is noted.")))]
#[post("/public-help-searches/{help_search_id}/opened")]
async fn open_public_help_result(
    visitor: Visitor,
    house: Data<House>,
    Path(path): Path<HelpSearchPath>,
    Json(body): Json<OpenHelpResult>,
) -> Result<HttpResponse, Problem> {
    let opened = (path.help_search_id, body.article_id);
    house.open_public_help_result(&visitor.ask(), opened).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(search_help)
        .service(open_help_result)
        .service(search_public_help)
        .service(open_public_help_result);
}

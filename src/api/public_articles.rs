//! What the help centre has for everybody, over HTTP, without a session.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{
    self as domain, ArticleBody, ArticleKind, ArticleLead, ArticleSlug, ArticleTag, ContextKey,
    VideoUrl,
};
use caredesk_core::domain::ids::{ArticleId, HelpSearchId};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{Line, Paragraph, Slug};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer::{self, KeptBy};
use super::cursor;
use super::extract::{Body, Held, Json, Parameters, Path, Query, Visitor};
use super::problem::Problem;
use super::views::page;
use crate::service::{House, articles};
use crate::store::articles::{Answer, ArticleKey, ArticleQuery, ListedArticle};

/// Which article.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PublicArticlePath {
    /// The article's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40")]
    article_id: ArticleId,
}

/// Which articles to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicArticleFilter {
    /// What an organisation has for everybody, by its short name; what the desk has if absent.
    #[param(nullable = false, example = "pine-lodge")]
    organization: Option<Slug>,
    /// Only of this kind.
    #[param(nullable = false, example = "faq")]
    kind: Option<ArticleKind>,
    /// Only in this language.
    #[param(nullable = false, example = "en")]
    locale: Option<Locale>,
    /// Only with this tag; case and accents do not count.
    #[param(nullable = false, example = "browsers")]
    tag: Option<ArticleTag>,
    /// Only those that are shown for this screen.
    #[param(nullable = false, example = "screen.sign_in")]
    context_key: Option<ContextKey>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    cursor: Option<String>,
}
impl Parameters for PublicArticleFilter {}

/// An article that is there for everybody.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "is_global": true, "kind": "article", "locale": "en",
    "title": "Update your browser", "summary": null, "body": "Open the **Help** menu of the browser.",
    "video_url": null, "slug": "update-your-browser", "tags": ["browsers"], "context_keys": ["screen.sign_in"],
    "updated_at": "2026-11-20T07:58:12Z", "version": 3}))]
pub(super) struct PublicArticle {
    /// Its id.
    id: ArticleId,
    /// Whether the desk wrote it, for all organisations.
    is_global: bool,
    /// What it is.
    kind: ArticleKind,
    /// Its language.
    locale: Locale,
    /// Its title.
    title: Line,
    /// What it says in short; null if nothing was written.
    summary: Option<ArticleLead>,
    /// What it says, in Markdown, as it was written.
    body: ArticleBody,
    /// Where its film is; null without one.
    video_url: Option<VideoUrl>,
    /// The end of its address; null without one.
    slug: Option<ArticleSlug>,
    /// What it is sorted by.
    #[schema(max_items = 20)]
    tags: Vec<ArticleTag>,
    /// The screens it is shown for.
    #[schema(max_items = 20)]
    context_keys: Vec<ContextKey>,
    /// When it was last changed.
    updated_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
}

impl PublicArticle {
    fn of(of: domain::Article) -> Self {
        let content = of.content;
        Self {
            id: of.id,
            is_global: of.tenant.is_none(),
            kind: content.kind,
            locale: content.locale,
            title: content.title,
            summary: content.summary,
            body: content.body,
            video_url: content.video_url,
            slug: content.slug,
            tags: content.tags,
            context_keys: content.context_keys,
            updated_at: of.updated_at,
            version: of.version,
        }
    }
}

/// An article that is there for everybody, in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "is_global": true, "kind": "article", "locale": "en",
    "title": "Update your browser", "summary": null, "video_url": null, "slug": "update-your-browser",
    "tags": ["browsers"], "context_keys": ["screen.sign_in"], "updated_at": "2026-11-20T07:58:12Z", "version": 3}))]
pub(super) struct PublicArticleSummary {
    /// Its id.
    id: ArticleId,
    /// Whether the desk wrote it, for all organisations.
    is_global: bool,
    /// What it is.
    kind: ArticleKind,
    /// Its language.
    locale: Locale,
    /// Its title.
    title: Line,
    /// What it says in short; null if nothing was written.
    summary: Option<ArticleLead>,
    /// Where its film is; null without one.
    video_url: Option<VideoUrl>,
    /// The end of its address; null without one.
    slug: Option<ArticleSlug>,
    /// What it is sorted by.
    #[schema(max_items = 20)]
    tags: Vec<ArticleTag>,
    /// The screens it is shown for.
    #[schema(max_items = 20)]
    context_keys: Vec<ContextKey>,
    /// When it was last changed.
    updated_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
}

impl PublicArticleSummary {
    fn of(row: ListedArticle) -> Self {
        Self {
            id: row.id,
            is_global: row.tenant_id.is_none(),
            kind: row.kind,
            locale: row.locale,
            title: row.title,
            summary: row.summary,
            video_url: row.video_url,
            slug: row.slug,
            tags: row.tags.0,
            context_keys: row.context_keys.0,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

page! {
    /// A page of articles that are there for everybody.
    PublicArticlePage of PublicArticleSummary, example {"data": [], "next_cursor": null}
}

/// Whether a public article helped.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"help_search_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e41", "helpful": true}))]
pub(super) struct RatePublicArticle {
    /// The search that it was found by; one answer counts for each.
    help_search_id: HelpSearchId,
    /// Whether it did.
    helpful: bool,
    /// What to say beside.
    #[serde(default)]
    #[schema(nullable = false)]
    comment: Option<Paragraph>,
}
impl Body for RatePublicArticle {}

/// List public articles
///
/// Shows what is there for everybody, newest first, a page at a time: what the desk wrote, or an organisation.
/// Nobody needs to sign in for it.
#[utoipa::path(operation_id = "list_public_articles", tag = "articles", security(()), extensions(("x-action" = json!("article.read_public"))),
    params(PublicArticleFilter), responses((status = 200, description = "A page of articles.", body = PublicArticlePage)))]
#[get("/public-articles")]
async fn list_public_articles(
    visitor: Visitor,
    house: Data<House>,
    Query(query): Query<PublicArticleFilter>,
) -> Result<HttpResponse, Problem> {
    let organization = query.organization;
    let mut ask = ArticleQuery {
        kind: query.kind,
        locale: query.locale,
        tag: query.tag,
        context_key: query.context_key,
        ..ArticleQuery::default()
    };
    let binding = format!("public-articles|{organization:?}|{ask:?}");
    let after = query.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<ArticleKey>(&house.keys, &binding, cursor));
    ask.after = after.transpose()?;
    ask.limit = query.limit.map_or(DEFAULT_LIMIT, i64::from);
    let asker = visitor.ask();
    let look = house.look(&asker, move |conn, looker| {
        articles::list_public(conn, looker, organization.as_ref(), &ask)
    });
    let page = look.await?;
    Ok(answer::page(&PublicArticlePage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(PublicArticleSummary::of).collect(),
    }))
}

/// Read a public article
///
/// Shows one article that is there for everybody. Its body is Markdown and kept as it was written: whoever renders
/// it has to clean it. Nobody needs to sign in for it, and it may be kept for a minute.
#[utoipa::path(operation_id = "read_public_article", tag = "articles", security(()), extensions(("x-action" = json!("article.read_public")), ("x-cached" = json!(true))),
    params(PublicArticlePath), responses((status = 200, description = "The article.", body = PublicArticle)))]
#[get("/public-articles/{article_id}")]
async fn read_public_article(
    visitor: Visitor,
    held: Held,
    house: Data<House>,
    Path(path): Path<PublicArticlePath>,
) -> Result<HttpResponse, Problem> {
    let id = path.article_id;
    let asker = visitor.ask();
    let look = house.look(&asker, move |conn, looker| articles::read_public(conn, looker, id));
    let article = look.await?;
    let version = article.version;
    answer::cached(&held, KeptBy::Anybody, version, &PublicArticle::of(article))
}

/// Say whether a public article helped
///
/// Keeps one answer of each search that nobody signed in for and that showed the article; a later one takes the
/// place of the one before.
/// Personal data in the comment is masked before it is kept. An address that answers too often has to wait.
#[utoipa::path(operation_id = "rate_public_article", tag = "articles", security(()), extensions(("x-action" = json!("article.rate_public"))),
    params(PublicArticlePath), request_body(content = RatePublicArticle, description = "Whether it helped."),
    responses((status = 204, description = "It is noted.")))]
#[post("/public-articles/{article_id}/feedback")]
async fn rate_public_article(
    visitor: Visitor,
    house: Data<House>,
    Path(path): Path<PublicArticlePath>,
    Json(body): Json<RatePublicArticle>,
) -> Result<HttpResponse, Problem> {
    let comment = body.comment.map(|comment| comment.as_str().to_owned());
    let said = Answer { helpful: body.helpful, comment };
    let of = (path.article_id, body.help_search_id);
    house.rate_public_article(&visitor.ask(), of, said).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(list_public_articles).service(read_public_article).service(rate_public_article);
}

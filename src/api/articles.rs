//! Articles of the help centre over HTTP. [`input`] is what is taken, [`view`] what is shown.

mod input;
mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use caredesk_core::domain::ids::ArticleId;
use caredesk_core::domain::page::DEFAULT_LIMIT;

use super::answer;
use super::cursor;
use super::extract::{Caller, Json, Path, Query};
use super::problem::Problem;
use super::views::figure;
use crate::service::{House, articles};
use crate::store::articles::{Answer, ArticleKey};
pub(in crate::api) use input::WhoseArticles;
use input::{
    ArticleListFilter, ArticlePath, ArticleVersionFilter, ArticleVersionPath, CreateArticle,
    RateArticle, RedactArticleVersion, ShareArticle, UpdateArticle,
};
use view::{
    Article, ArticlePage, ArticleSummary, ArticleVersion, ArticleVersionEntry, ArticleVersionPage,
    SharedArticle,
};

/// Where an article is.
fn location(id: ArticleId) -> String {
    format!("/v1/articles/{id}")
}

/// Write an article
///
/// Makes a draft: the desk's are for all organisations, an organisation's for its own people and families. Nobody
/// else sees a draft; publish it when it is ready.
#[utoipa::path(operation_id = "create_article", tag = "articles", extensions(("x-action" = json!("article.create"))),
    request_body(content = CreateArticle, description = "What it says."),
    responses((status = 201, description = "The draft.", body = Article)))]
#[post("/articles")]
async fn create_article(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateArticle>,
) -> Result<HttpResponse, Problem> {
    let content = body.content()?;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let made = articles::create(tx, who, &content)?;
        let (at, version) = (location(made.id), made.version);
        answer::created(at, version, &Article::seen(made, who, tx.now))
    })
    .await
}

/// List articles
///
/// Shows the articles that are for the caller, newest first, a page at a time and without what they say at length:
/// the desk sees its own, people of an organisation the desk's for staff and their own, families those for
/// families. Drafts and the archive are shown to whoever writes there. For a screen, ask with its `context_key`.
#[utoipa::path(operation_id = "list_articles", tag = "articles", extensions(("x-action" = json!("article.read"))),
    params(ArticleListFilter), responses((status = 200, description = "A page of articles.", body = ArticlePage)))]
#[get("/articles")]
async fn list_articles(
    caller: Caller,
    house: Data<House>,
    Query(query): Query<ArticleListFilter>,
) -> Result<HttpResponse, Problem> {
    let mut ask = query.question();
    let binding = format!("articles|{ask:?}");
    let after = query.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<ArticleKey>(&house.keys, &binding, cursor));
    ask.after = after.transpose()?;
    ask.limit = query.limit.map_or(DEFAULT_LIMIT, i64::from);
    let look =
        answer::look(&house, &caller, move |conn, looker| articles::list(conn, looker, &ask));
    let page = look.await?;
    Ok(answer::page(&ArticlePage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(ArticleSummary::of).collect(),
    }))
}

/// Read an article
///
/// Shows one article that is for the caller, with what they may do with it now. Its body is Markdown and kept as
/// it was written: whoever renders it has to clean it.
#[utoipa::path(operation_id = "read_article", tag = "articles", extensions(("x-action" = json!("article.read")), ("x-etag" = json!(true))),
    params(ArticlePath), responses((status = 200, description = "The article.", body = Article)))]
#[get("/articles/{article_id}")]
async fn read_article(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
) -> Result<HttpResponse, Problem> {
    let id = path.article_id;
    let look = answer::look(&house, &caller, move |conn, looker| articles::read(conn, looker, id));
    let article = look.await?;
    let version = article.version;
    answer::shown(version, &Article::seen(article, caller.actor(), house.clock.now()))
}

/// Update an article
///
/// Changes what an article says; absent fields stay, lists are replaced. What is published says it at once. Each
/// change is kept as a version. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_article", tag = "articles", extensions(("x-action" = json!("article.update")), ("x-if-match" = json!("required"))),
    params(ArticlePath), request_body(content = UpdateArticle, description = "What changes."),
    responses((status = 200, description = "The article after the change.", body = Article)))]
#[patch("/articles/{article_id}")]
async fn update_article(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
    Json(body): Json<UpdateArticle>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.article_id, ask.version);
    let changes = body.changes()?;
    answer::perform(&house, &ask, move |tx, who| {
        let article = articles::update(tx, who, key, &changes)?;
        answer::ok(article.version, &Article::seen(article, who, tx.now))
    })
    .await
}

/// Publish an article
///
/// Lets the article's audience read and find it from now on. One that was made out of a ticket is looked at once more:
/// what the case has learned to be personal since is masked in it.
#[utoipa::path(operation_id = "publish_article", tag = "articles", extensions(("x-action" = json!("article.publish")), ("x-if-match" = json!("optional"))),
    params(ArticlePath), responses((status = 200, description = "The article, published.", body = Article)))]
#[post("/articles/{article_id}/publish")]
async fn publish_article(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.article_id, ask.version);
    let inner = House::clone(&house);
    answer::perform(&house, &ask, move |tx, who| {
        let article = articles::publish(tx, who, &inner, key)?;
        answer::ok(article.version, &Article::seen(article, who, tx.now))
    })
    .await
}

/// Archive an article
///
/// Lets nobody read and find the article any more but those who write there.
#[utoipa::path(operation_id = "archive_article", tag = "articles", extensions(("x-action" = json!("article.archive")), ("x-if-match" = json!("optional"))),
    params(ArticlePath), responses((status = 200, description = "The article, archived.", body = Article)))]
#[post("/articles/{article_id}/archive")]
async fn archive_article(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.article_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let article = articles::archive(tx, who, key)?;
        answer::ok(article.version, &Article::seen(article, who, tx.now))
    })
    .await
}

/// Restore an article
///
/// Takes the article out of the archive, as a draft.
#[utoipa::path(operation_id = "restore_article", tag = "articles", extensions(("x-action" = json!("article.restore")), ("x-if-match" = json!("optional"))),
    params(ArticlePath), responses((status = 200, description = "The article, a draft.", body = Article)))]
#[post("/articles/{article_id}/restore")]
async fn restore_article(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.article_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let article = articles::restore(tx, who, key)?;
        answer::ok(article.version, &Article::seen(article, who, tx.now))
    })
    .await
}

/// List the versions of an article
///
/// Shows what an article went through, newest first: each change with its number, who made it and when. For those
/// who write on the article's side.
#[utoipa::path(operation_id = "list_article_versions", tag = "articles", extensions(("x-action" = json!("article.versions.read"))),
    params(ArticlePath, ArticleVersionFilter), responses((status = 200, description = "A page of versions.", body = ArticleVersionPage)))]
#[get("/articles/{article_id}/versions")]
async fn list_article_versions(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
    Query(query): Query<ArticleVersionFilter>,
) -> Result<HttpResponse, Problem> {
    let id = path.article_id;
    let binding = format!("article-versions|{id}");
    let after = query.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<i64>(&house.keys, &binding, cursor));
    let page = (after.transpose()?, query.limit.map_or(DEFAULT_LIMIT, i64::from));
    let look = answer::look(&house, &caller, move |conn, looker| {
        articles::versions(conn, looker, id, page)
    });
    let page = look.await?;
    Ok(answer::page(&ArticleVersionPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.iter().map(ArticleVersionEntry::of).collect(),
    }))
}

/// Read a version of an article
///
/// Shows what an article said after one of its changes. For those who write on the article's side.
#[utoipa::path(operation_id = "read_article_version", tag = "articles", extensions(("x-action" = json!("article.versions.read"))),
    params(ArticleVersionPath), responses((status = 200, description = "The version.", body = ArticleVersion)))]
#[get("/articles/{article_id}/versions/{article_version}")]
async fn read_article_version(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticleVersionPath>,
) -> Result<HttpResponse, Problem> {
    let key = (path.article_id, path.article_version);
    let look =
        answer::look(&house, &caller, move |conn, looker| articles::version(conn, looker, key));
    Ok(answer::page(&ArticleVersion::of(look.await?)))
}

/// Redact a version of an article
///
/// Takes the words out of an old version, for good: title, summary, text, tags and screens. What the article says now
/// is edited first. The audit keeps the reason, which is a word, and nothing of what stood there.
#[utoipa::path(operation_id = "redact_article_version", tag = "articles", extensions(("x-action" = json!("article.version.redact")), ("x-step-up" = json!(true))),
    params(ArticleVersionPath), request_body(content = RedactArticleVersion, description = "Why."),
    responses((status = 200, description = "What is left of the version.", body = ArticleVersion)))]
#[post("/articles/{article_id}/versions/{article_version}/redact")]
async fn redact_article_version(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticleVersionPath>,
    Json(body): Json<RedactArticleVersion>,
) -> Result<HttpResponse, Problem> {
    let key = (path.article_id, path.article_version);
    answer::perform(&house, &caller.change()?, move |tx, who| {
        answer::plain(&ArticleVersion::of(articles::redact(tx, who, key, body.reason)?))
    })
    .await
}

/// Share an article
///
/// Tells colleagues of a published article by message: everybody of the organisation, or chosen users of it. Whoever
/// was told of it in the last day is not told again. An account that shares too often has to wait.
#[utoipa::path(operation_id = "share_article", tag = "articles", extensions(("x-action" = json!("article.share"))),
    params(ArticlePath), request_body(content = ShareArticle, description = "With whom."),
    responses((status = 200, description = "How many are told.", body = SharedArticle)))]
#[post("/articles/{article_id}/share")]
async fn share_article(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
    Json(body): Json<ShareArticle>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let (id, with, limits) = (path.article_id, body.with()?, house.limits);
    answer::perform(&house, &ask, move |tx, who| {
        let told = articles::share(tx, who, (&limits, id), &with)?;
        answer::plain(&SharedArticle { told: figure(i64::try_from(told).unwrap_or(i64::MAX)) })
    })
    .await
}

/// Say whether an article helped
///
/// Keeps one answer of each reader; a later one takes the place of the one before. Personal data in the comment is
/// masked before it is kept.
#[utoipa::path(operation_id = "rate_article", tag = "articles", extensions(("x-action" = json!("article.rate"))),
    params(ArticlePath), request_body(content = RateArticle, description = "Whether it helped."),
    responses((status = 204, description = "It is noted.")))]
#[post("/articles/{article_id}/feedback")]
async fn rate_article(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<ArticlePath>,
    Json(body): Json<RateArticle>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let id = path.article_id;
    let comment = body.comment.and_then(|comment| house.masked(comment.as_str()));
    let said = Answer { helpful: body.helpful, comment };
    answer::perform(&house, &ask, move |tx, who| {
        articles::rate(tx, who, id, &said)?;
        Ok(answer::done())
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_article)
        .service(list_articles)
        .service(read_article)
        .service(update_article)
        .service(publish_article)
        .service(archive_article)
        .service(restore_article)
        .service(list_article_versions)
        .service(read_article_version)
        .service(redact_article_version)
        .service(share_article)
        .service(rate_article);
}

//! Articles and searches of the help centre, made behind the product's back.

use caredesk::store::columns::{AnyId, Json};
use caredesk::store::schema::{
    article_contexts, article_feedback, article_tags, article_terms, article_versions, articles,
    help_search_shown, help_searches,
};
use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{
    ArticleAudience, ArticleBody, ArticleChange, ArticleContent, ArticleKind, ArticleState, owner,
};
use caredesk_core::domain::ids::TenantId;
use diesel::prelude::*;
use uuid::Uuid;

use super::app::App;
use super::scene::behind;

/// What an article says that nothing is said about.
fn content(audience: ArticleAudience) -> ArticleContent {
    ArticleContent {
        kind: ArticleKind::Article,
        audience,
        locale: Locale::English,
        title: Line::parse("Opening hours").unwrap(),
        summary: None,
        body: ArticleBody::parse("We are there from nine to five.").unwrap(),
        video_url: None,
        slug: None,
        tags: Vec::new(),
        context_keys: Vec::new(),
    }
}

/// Makes an article anew, at its first version: of a tenant for its staff, or the desk's for everybody.
pub(crate) async fn keep(app: &App, id: Uuid, tenant: Option<TenantId>, state: ArticleState) {
    let (id, now) = (AnyId(id), app.house.clock.now());
    let audience = if tenant.is_some() { ArticleAudience::Staff } else { ArticleAudience::Public };
    behind(app, move |conn| {
        let shown = help_search_shown::table.filter(help_search_shown::article_id.eq(id));
        diesel::delete(shown).execute(conn)?;
        let answers = article_feedback::table.filter(article_feedback::article_id.eq(id));
        diesel::delete(answers).execute(conn)?;
        let terms = article_terms::table.filter(article_terms::article_id.eq(id));
        diesel::delete(terms).execute(conn)?;
        let tags = article_tags::table.filter(article_tags::article_id.eq(id));
        diesel::delete(tags).execute(conn)?;
        let keys = article_contexts::table.filter(article_contexts::article_id.eq(id));
        diesel::delete(keys).execute(conn)?;
        let versions = article_versions::table.filter(article_versions::article_id.eq(id));
        diesel::delete(versions).execute(conn)?;
        diesel::delete(articles::table.find(id)).execute(conn)?;
        let content = content(audience);
        let row = (
            (articles::id.eq(id), articles::tenant_id.eq(tenant)),
            (articles::owner.eq(owner(tenant)), articles::kind.eq(content.kind)),
            (articles::audience.eq(audience), articles::state.eq(state)),
            (articles::locale.eq(content.locale), articles::title.eq(content.title.clone())),
            articles::body.eq(content.body.clone()),
            (articles::tags.eq(Json(Vec::<String>::new())), articles::helpful.eq(0_i64)),
            (articles::context_keys.eq(Json(Vec::<String>::new())), articles::unhelpful.eq(0_i64)),
            (articles::created_at.eq(now), articles::updated_at.eq(now)),
            articles::version.eq(1_i64),
        );
        diesel::insert_into(articles::table).values(row).execute(conn)?;
        let version = (
            (article_versions::article_id.eq(id), article_versions::version.eq(1_i64)),
            article_versions::change.eq(ArticleChange::Created),
            (article_versions::content.eq(Json(content)), article_versions::at.eq(now)),
        );
        diesel::insert_into(article_versions::table).values(version).execute(conn)
    })
    .await;
}

/// Has an article say something else from its second version on.
pub(crate) async fn edit(app: &App, id: Uuid) {
    let (id, now) = (AnyId(id), app.house.clock.now());
    behind(app, move |conn| {
        let before = ArticleContent {
            title: Line::parse("Opening hours of before").unwrap(),
            ..content(ArticleAudience::Staff)
        };
        let of = article_versions::article_id.eq(id);
        let first = article_versions::table.filter(of);
        diesel::update(first).set(article_versions::content.eq(Json(before))).execute(conn)?;
        let version = (
            (article_versions::article_id.eq(id), article_versions::version.eq(2_i64)),
            article_versions::change.eq(ArticleChange::Edited),
            article_versions::content.eq(Json(content(ArticleAudience::Staff))),
            article_versions::at.eq(now),
        );
        diesel::insert_into(article_versions::table).values(version).execute(conn)?;
        diesel::update(articles::table.find(id)).set(articles::version.eq(2_i64)).execute(conn)
    })
    .await;
}

/// Makes a search anew, of an account or of nobody known, which showed an article.
pub(crate) async fn searched(app: &App, id: Uuid, by: Option<Uuid>, article: Uuid) {
    let (id, now, article) = (AnyId(id), app.house.clock.now(), AnyId(article));
    behind(app, move |conn| {
        let shown = help_search_shown::table.filter(help_search_shown::search_id.eq(id));
        diesel::delete(shown).execute(conn)?;
        let answers = article_feedback::table.filter(article_feedback::search_id.eq(id));
        diesel::delete(answers).execute(conn)?;
        diesel::delete(help_searches::table.find(id)).execute(conn)?;
        let row = (
            (help_searches::id.eq(id), help_searches::account_id.eq(by.map(AnyId))),
            (help_searches::at.eq(now), help_searches::query.eq("hours")),
            help_searches::hits.eq(1),
        );
        diesel::insert_into(help_searches::table).values(row).execute(conn)?;
        let row = (
            help_search_shown::search_id.eq(id),
            help_search_shown::place.eq(1),
            help_search_shown::article_id.eq(article),
        );
        diesel::insert_into(help_search_shown::table).values(row).execute(conn)
    })
    .await;
}

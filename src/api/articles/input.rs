//! What is taken about articles.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{
    ArticleAudience, ArticleBody, ArticleChanges, ArticleContent, ArticleKind, ArticleLead,
    ArticleSlug, ArticleState, ArticleTag, ContextKey, RedactionReason, VideoUrl,
};
use caredesk_core::domain::ids::{AccountId, ArticleId};
use caredesk_core::domain::{Line, Paragraph};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::extract::{Body, Parameters};
use crate::api::problem::Problem;
use crate::api::views::maybe_null;
use crate::guard::Violation;
use crate::service::articles::ShareWith;
use crate::store::articles::{ArticleQuery, WhichSide};

/// Bytes of a body: the longest text with every character escaped, and the rest.
const LIMIT: usize = 640 * 1024;

/// Which article.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ArticlePath {
    /// The article's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40")]
    pub article_id: ArticleId,
}

/// Which version of which article.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ArticleVersionPath {
    /// The article's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40")]
    pub article_id: ArticleId,
    /// The version's number.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 1)]
    pub article_version: i64,
}

/// Which side of the wall a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "global")]
pub(in crate::api) enum WhoseArticles {
    /// What the desk wrote for all organisations.
    Global,
    /// What organisations wrote: the caller's own; to a family, those that it is linked to.
    Own,
}

/// Which articles to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ArticleListFilter {
    /// Only what the desk wrote, or only what organisations wrote.
    #[param(nullable = false, example = "global")]
    pub scope: Option<WhoseArticles>,
    /// Only in this state.
    #[param(nullable = false, example = "published")]
    pub state: Option<ArticleState>,
    /// Only of this kind.
    #[param(nullable = false, example = "faq")]
    pub kind: Option<ArticleKind>,
    /// Only for this audience.
    #[param(nullable = false, example = "staff")]
    pub audience: Option<ArticleAudience>,
    /// Only in this language.
    #[param(nullable = false, example = "en")]
    pub locale: Option<Locale>,
    /// Only with this tag; case and accents do not count.
    #[param(nullable = false, example = "invitations")]
    pub tag: Option<ArticleTag>,
    /// Only those that are shown for this screen.
    #[param(nullable = false, example = "screen.invitations")]
    pub context_key: Option<ContextKey>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub cursor: Option<String>,
}
impl Parameters for ArticleListFilter {}

impl ArticleListFilter {
    /// Which articles are meant.
    pub(super) fn question(&self) -> ArticleQuery {
        ArticleQuery {
            side: self.scope.map(|scope| match scope {
                WhoseArticles::Global => WhichSide::Global,
                WhoseArticles::Own => WhichSide::Own,
            }),
            state: self.state,
            kind: self.kind,
            audience: self.audience,
            locale: self.locale,
            tag: self.tag.clone(),
            context_key: self.context_key.clone(),
            after: None,
            limit: 0,
        }
    }
}

/// In which pages to show versions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ArticleVersionFilter {
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, of the same article.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub cursor: Option<String>,
}
impl Parameters for ArticleVersionFilter {}

/// A new article.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "article", "audience": "staff", "locale": "en", "title": "Invite a family",
    "summary": "Where to find the invitation, and what to do when its time is over.",
    "body": "Open **Applications**, choose the family and press *Invite*.",
    "slug": "invite-a-family", "tags": ["invitations"], "context_keys": ["screen.invitations"]}))]
pub(super) struct CreateArticle {
    /// What it is.
    pub kind: ArticleKind,
    /// Whom it is for.
    pub audience: ArticleAudience,
    /// Its language.
    pub locale: Locale,
    /// Its title.
    pub title: Line,
    /// What it says in short.
    #[serde(default)]
    #[schema(nullable = false)]
    pub summary: Option<ArticleLead>,
    /// What it says.
    pub body: ArticleBody,
    /// Where its film is; an article of the kind `video` needs it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub video_url: Option<VideoUrl>,
    /// The end of its address.
    #[serde(default)]
    #[schema(nullable = false)]
    pub slug: Option<ArticleSlug>,
    /// What it is sorted by, each once.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub tags: Vec<ArticleTag>,
    /// The screens it is shown for, each once.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub context_keys: Vec<ContextKey>,
}
impl Body for CreateArticle {
    const LIMIT: usize = LIMIT;
}

impl CreateArticle {
    /// What the article says.
    ///
    /// # Errors
    /// A tag or a screen stands there twice.
    pub(super) fn content(self) -> Result<ArticleContent, Problem> {
        each_once(&self.tags, &self.context_keys)?;
        Ok(ArticleContent {
            kind: self.kind,
            audience: self.audience,
            locale: self.locale,
            title: self.title,
            summary: self.summary,
            body: self.body,
            video_url: self.video_url,
            slug: self.slug,
            tags: self.tags,
            context_keys: self.context_keys,
        })
    }
}

/// Refuses tags and screens that stand there twice.
fn each_once(tags: &[ArticleTag], keys: &[ContextKey]) -> Result<(), Problem> {
    let tags: Vec<String> = tags.iter().map(ArticleTag::folded).collect();
    let keys: Vec<String> = keys.iter().map(|key| key.as_str().to_owned()).collect();
    let mut faults = repeated("tags", &tags);
    faults.extend(repeated("context_keys", &keys));
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// A fault for each text of a list that stands in front of it, too.
fn repeated(field: &str, texts: &[String]) -> Vec<Violation> {
    let is_repeated = |at: usize, text: &String| texts.iter().take(at).any(|other| other == text);
    let faults = texts.iter().enumerate().filter(|(at, text)| is_repeated(*at, text));
    let fault = |at: usize| Violation {
        pointer: format!("#/{field}/{at}"),
        code: "duplicate".to_owned(),
        detail: "stands here twice".to_owned(),
    };
    faults.map(|(at, _)| fault(at)).collect()
}

/// What changes about an article; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Invite a family, step by step", "tags": ["invitations", "families"]}))]
pub(super) struct UpdateArticle {
    /// What it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<ArticleKind>,
    /// Whom it is for.
    #[serde(default)]
    #[schema(nullable = false)]
    pub audience: Option<ArticleAudience>,
    /// Its language.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// Its title.
    #[serde(default)]
    #[schema(nullable = false)]
    pub title: Option<Line>,
    /// What it says in short; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    pub summary: Option<Option<ArticleLead>>,
    /// What it says.
    #[serde(default)]
    #[schema(nullable = false)]
    pub body: Option<ArticleBody>,
    /// Where its film is; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    pub video_url: Option<Option<VideoUrl>>,
    /// The end of its address; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    pub slug: Option<Option<ArticleSlug>>,
    /// All that it is sorted by, each once.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    pub tags: Option<Vec<ArticleTag>>,
    /// All the screens it is shown for, each once.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    pub context_keys: Option<Vec<ContextKey>>,
}
impl Body for UpdateArticle {
    const LIMIT: usize = LIMIT;
}

impl UpdateArticle {
    /// What is to change.
    ///
    /// # Errors
    /// A tag or a screen stands there twice.
    pub(super) fn changes(self) -> Result<ArticleChanges, Problem> {
        each_once(
            self.tags.as_deref().unwrap_or_default(),
            self.context_keys.as_deref().unwrap_or_default(),
        )?;
        Ok(ArticleChanges {
            kind: self.kind,
            audience: self.audience,
            locale: self.locale,
            title: self.title,
            summary: self.summary,
            body: self.body,
            video_url: self.video_url,
            slug: self.slug,
            tags: self.tags,
            context_keys: self.context_keys,
        })
    }
}

/// With whom an article is shared: the team, or some users.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"team": true}))]
pub(super) struct ShareArticle {
    /// Whether everybody of the organisation is told who has an account in use; or name `user_ids`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub team: Option<bool>,
    /// The users who are told; or say `team`.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub user_ids: Option<Vec<AccountId>>,
}
impl Body for ShareArticle {}

impl ShareArticle {
    /// With whom it is shared.
    ///
    /// # Errors
    /// Neither is said, or both.
    pub(super) fn with(self) -> Result<ShareWith, Problem> {
        match (self.team.unwrap_or(false), self.user_ids) {
            (true, None) => Ok(ShareWith::Team),
            (false, Some(users)) => Ok(ShareWith::Users(users)),
            _ => Err(Problem::invalid(vec![Violation {
                pointer: "#".to_owned(),
                code: "one_of".to_owned(),
                detail: "says `team` as true or names `user_ids`, one of them".to_owned(),
            }])),
        }
    }
}

/// Why the words of a version are taken out.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "personal_data"}))]
pub(super) struct RedactArticleVersion {
    /// Why.
    pub reason: RedactionReason,
}
impl Body for RedactArticleVersion {}

/// Whether an article helped.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"helpful": true, "comment": "The second step has another name by now."}))]
pub(super) struct RateArticle {
    /// Whether it did.
    pub helpful: bool,
    /// What to say beside.
    #[serde(default)]
    #[schema(nullable = false)]
    pub comment: Option<Paragraph>,
}
impl Body for RateArticle {}

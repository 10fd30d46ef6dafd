//! What is shown of articles.

use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::article::{
    self as domain, ArticleAudience, ArticleBody, ArticleChange, ArticleKind, ArticleLead,
    ArticleSlug, ArticleState, ArticleTag, ContextKey, VideoUrl,
};
use caredesk_core::domain::ids::{AccountId, ArticleId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::ActionKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, figure, page};
use crate::store::articles::{ListedArticle, VersionEntry};

/// An article of the help centre.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "is_global": true, "kind": "article", "audience": "staff",
    "state": "published", "locale": "en", "title": "Invite a family",
    "summary": "Where to find the invitation, and what to do when its time is over.",
    "body": "Open **Applications**, choose the family and press *Invite*.", "video_url": null,
    "slug": "invite-a-family", "tags": ["invitations"], "context_keys": ["screen.invitations"],
    "source_ticket_id": null, "helpful": 12, "unhelpful": 1, "created_at": "2026-11-18T09:30:00Z",
    "updated_at": "2026-11-20T07:58:12Z", "published_at": "2026-11-19T10:00:00Z", "archived_at": null, "version": 3,
    "allowed_actions": [{"action": "article.update", "allowed": true, "barred_by": null}]}))]
pub(super) struct Article {
    /// Its id.
    id: ArticleId,
    /// Whether the desk wrote it, for all organisations.
    is_global: bool,
    /// What it is.
    kind: ArticleKind,
    /// Whom it is for.
    audience: ArticleAudience,
    /// How far it has come.
    state: ArticleState,
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
    /// The ticket whose answer it was made of; null if it was not.
    source_ticket_id: Option<TicketId>,
    /// How many said that it helped.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32")]
    helpful: i32,
    /// How many said that it did not.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32")]
    unhelpful: i32,
    /// When it was made.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// When it was last published; null if it never was.
    published_at: Option<Moment>,
    /// When it was archived; null while it is not.
    archived_at: Option<Moment>,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now, and which rule bars the rest.
    #[schema(max_items = 20)]
    allowed_actions: Vec<AllowedAction>,
}

/// What can be done with an article, in the order of a menu.
const MENU: [ActionKind; 5] = [
    ActionKind::PublishArticle,
    ActionKind::UpdateArticle,
    ActionKind::ShareArticle,
    ActionKind::ArchiveArticle,
    ActionKind::RestoreArticle,
];

impl Article {
    /// An article as `actor` sees it now.
    pub(super) fn seen(of: domain::Article, actor: &Actor, now: Moment) -> Self {
        let allowed_actions = allowed_actions(&MENU, actor, &of.facts(), now);
        let content = of.content;
        Self {
            id: of.id,
            is_global: of.tenant.is_none(),
            kind: content.kind,
            audience: content.audience,
            state: of.state,
            locale: content.locale,
            title: content.title,
            summary: content.summary,
            body: content.body,
            video_url: content.video_url,
            slug: content.slug,
            tags: content.tags,
            context_keys: content.context_keys,
            source_ticket_id: of.source_ticket,
            helpful: figure(of.helpful),
            unhelpful: figure(of.unhelpful),
            created_at: of.created_at,
            updated_at: of.updated_at,
            published_at: of.published_at,
            archived_at: of.archived_at,
            version: of.version,
            allowed_actions,
        }
    }
}

/// An article in a list: what it says at length is left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40", "is_global": true, "kind": "article", "audience": "staff",
    "state": "published", "locale": "en", "title": "Invite a family",
    "summary": "Where to find the invitation, and what to do when its time is over.", "video_url": null,
    "slug": "invite-a-family", "tags": ["invitations"], "context_keys": ["screen.invitations"],
    "created_at": "2026-11-18T09:30:00Z", "updated_at": "2026-11-20T07:58:12Z",
    "published_at": "2026-11-19T10:00:00Z", "version": 3}))]
pub(super) struct ArticleSummary {
    /// Its id.
    id: ArticleId,
    /// Whether the desk wrote it, for all organisations.
    is_global: bool,
    /// What it is.
    kind: ArticleKind,
    /// Whom it is for.
    audience: ArticleAudience,
    /// How far it has come.
    state: ArticleState,
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
    /// When it was made.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// When it was last published; null if it never was.
    published_at: Option<Moment>,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
}

impl ArticleSummary {
    pub(super) fn of(row: ListedArticle) -> Self {
        Self {
            id: row.id,
            is_global: row.tenant_id.is_none(),
            kind: row.kind,
            audience: row.audience,
            state: row.state,
            locale: row.locale,
            title: row.title,
            summary: row.summary,
            video_url: row.video_url,
            slug: row.slug,
            tags: row.tags.0,
            context_keys: row.context_keys.0,
            created_at: row.created_at,
            updated_at: row.updated_at,
            published_at: row.published_at,
            version: row.version,
        }
    }
}

page! {
    /// A page of articles.
    ArticlePage of ArticleSummary, example {"data": [], "next_cursor": null}
}

/// A version of an article in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"version": 3, "change": "edited", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "at": "2026-11-20T07:58:12Z"}))]
pub(super) struct ArticleVersionEntry {
    /// Its number.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// By what it came.
    change: ArticleChange,
    /// Who made the change; null for the product itself.
    account_id: Option<AccountId>,
    /// When.
    at: Moment,
}

impl ArticleVersionEntry {
    pub(super) const fn of(row: &VersionEntry) -> Self {
        Self { version: row.version, change: row.change, account_id: row.account_id, at: row.at }
    }
}

page! {
    /// A page of the versions of an article.
    ArticleVersionPage of ArticleVersionEntry, example {"data": [], "next_cursor": null}
}

/// What an article said after one of its changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "version": 3, "change": "edited", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "at": "2026-11-20T07:58:12Z",
    "kind": "article", "audience": "staff", "locale": "en", "title": "Invite a family", "summary": null,
    "body": "Open **Applications**, choose the family and press *Invite*.", "video_url": null,
    "slug": "invite-a-family", "tags": ["invitations"], "context_keys": ["screen.invitations"]}))]
pub(super) struct ArticleVersion {
    /// Its number.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// By what it came.
    change: ArticleChange,
    /// Who made the change; null for the product itself.
    account_id: Option<AccountId>,
    /// When.
    at: Moment,
    /// What it was.
    kind: ArticleKind,
    /// Whom it was for.
    audience: ArticleAudience,
    /// Its language.
    locale: Locale,
    /// Its title.
    title: Line,
    /// What it said in short; null if nothing was written.
    summary: Option<ArticleLead>,
    /// What it said.
    body: ArticleBody,
    /// Where its film was; null without one.
    video_url: Option<VideoUrl>,
    /// The end of its address; null without one.
    slug: Option<ArticleSlug>,
    /// What it was sorted by.
    #[schema(max_items = 20)]
    tags: Vec<ArticleTag>,
    /// The screens it was shown for.
    #[schema(max_items = 20)]
    context_keys: Vec<ContextKey>,
}

impl ArticleVersion {
    pub(super) fn of(of: domain::ArticleVersion) -> Self {
        let content = of.content;
        Self {
            version: of.version,
            change: of.change,
            account_id: of.by,
            at: of.at,
            kind: content.kind,
            audience: content.audience,
            locale: content.locale,
            title: content.title,
            summary: content.summary,
            body: content.body,
            video_url: content.video_url,
            slug: content.slug,
            tags: content.tags,
            context_keys: content.context_keys,
        }
    }
}

/// What came of sharing an article.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"told": 4}))]
pub(super) struct SharedArticle {
    /// How many colleagues are told.
    #[schema(minimum = 0, maximum = 1_000_000, format = "int32")]
    pub(super) told: i32,
}

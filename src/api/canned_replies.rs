//! Canned replies over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, patch, post};
use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::canned_reply::{
    self as domain, CannedText, ReplyChanges, ReplyDetails, ReplyTag,
};
use caredesk_core::domain::ids::{AccountId, CannedReplyId, TicketId};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::ReadTicket;
use caredesk_core::policy::{ActionKind, CannedReplyFacts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::cursor;
use super::extract::{Body, Caller, Json, Parameters, Path, Query};
use super::problem::Problem;
use super::views::{AllowedAction, allowed_actions, page};
use crate::guard::{Refusal, Violation};
use crate::service::{House, canned_replies, tickets};
use crate::store::audit::What;
use crate::store::canned_replies::{ReplyKey, ReplyQuery};

/// Which canned reply.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct CannedReplyPath {
    /// The canned reply's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e33")]
    canned_reply_id: CannedReplyId,
}

/// Which canned replies to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CannedReplyFilter {
    /// Only in this language.
    #[param(nullable = false, example = "en")]
    locale: Option<Locale>,
    /// Only with this tag.
    #[param(nullable = false, example = "access")]
    tag: Option<ReplyTag>,
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
impl Parameters for CannedReplyFilter {}

/// A new canned reply.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "A new password", "locale": "en", "tags": ["access"],
    "text": "Hello {requester_name},\nask for a link where you sign in. This is about {case_number}."}))]
pub(super) struct CreateCannedReply {
    /// What it is called.
    title: Line,
    /// What it says. Places in braces are filled in: `{case_number}`, `{requester_name}`, `{agent_name}`,
    /// `{organization_name}`, `{organization_contact}`, `{desk_contact}`, `{ticket_link}`.
    text: CannedText,
    /// In which language.
    locale: Locale,
    /// The words it is found by.
    #[serde(default)]
    #[schema(nullable = false, max_items = 10)]
    tags: Option<Vec<ReplyTag>>,
}
impl Body for CreateCannedReply {}

/// What changes about a canned reply; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "A forgotten password", "tags": ["access", "password"]}))]
pub(super) struct UpdateCannedReply {
    /// What it is called.
    #[serde(default)]
    #[schema(nullable = false)]
    title: Option<Line>,
    /// What it says.
    #[serde(default)]
    #[schema(nullable = false)]
    text: Option<CannedText>,
    /// In which language.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
    /// All the words it is found by from now on.
    #[serde(default)]
    #[schema(nullable = false, max_items = 10)]
    tags: Option<Vec<ReplyTag>>,
}
impl Body for UpdateCannedReply {}

/// A text to be filled in with things made up.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Hello {requester_name},\nthis is about {case_number}."}))]
pub(super) struct PreviewCannedReply {
    /// What it says, with places in braces.
    text: CannedText,
    /// The ticket that its places are filled in from; without it, about people who do not exist.
    #[serde(default)]
    #[schema(nullable = false)]
    ticket_id: Option<TicketId>,
}
impl Body for PreviewCannedReply {}

/// A text with every place filled in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"text": "Hello Ana Ruiz,\nthis is about C-000123."}))]
pub(super) struct CannedReplyPreview {
    /// What it says.
    #[schema(
        min_length = 1,
        max_length = 40_000,
        pattern = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]+$",
        example = "Hello Ana Ruiz,\nthis is about C-000123."
    )]
    text: String,
}

/// A text that agents answer with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e33", "title": "A new password",
    "text": "Hello {requester_name},\nask for a link where you sign in. This is about {case_number}.",
    "locale": "en", "tags": ["access"], "created_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "updated_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13", "created_at": "2026-11-21T09:30:00Z",
    "updated_at": "2026-11-21T09:30:00Z", "version": 1,
    "allowed_actions": [{"action": "canned_reply.update", "allowed": true, "barred_by": null}]}))]
pub(super) struct CannedReply {
    /// Its id.
    id: CannedReplyId,
    /// What it is called.
    title: Line,
    /// What it says, with places in braces.
    text: CannedText,
    /// In which language.
    locale: Locale,
    /// The words it is found by, in their order.
    #[schema(max_items = 10)]
    tags: Vec<ReplyTag>,
    /// Who wrote it.
    created_by: AccountId,
    /// Who changed it last.
    updated_by: AccountId,
    /// When it was written.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now; what is allowed comes first.
    #[schema(max_items = 10)]
    allowed_actions: Vec<AllowedAction>,
}

page! {
    /// A page of canned replies.
    CannedReplyPage of CannedReply, example {"data": [], "next_cursor": null}
}

/// What can be done with a canned reply, in the order of a menu.
const MENU: [ActionKind; 2] = [ActionKind::UpdateCannedReply, ActionKind::DeleteCannedReply];

impl CannedReply {
    /// A canned reply as `actor` sees it now.
    fn seen(reply: domain::CannedReply, actor: &Actor, now: Moment) -> Self {
        let facts = CannedReplyFacts { id: reply.id, version: reply.version };
        Self {
            id: reply.id,
            title: reply.details.title,
            text: reply.details.text,
            locale: reply.details.locale,
            tags: reply.details.tags,
            created_by: reply.created_by,
            updated_by: reply.updated_by,
            created_at: reply.created_at,
            updated_at: reply.updated_at,
            version: reply.version,
            allowed_actions: allowed_actions(&MENU, actor, &facts, now),
        }
    }
}

/// Create a canned reply
///
/// Writes a text that agents answer with. What differs from case to case stands in braces and is filled in; what
/// cannot be filled in is refused, and so is personal data. Desk managers and Tier II do.
#[utoipa::path(operation_id = "create_canned_reply", tag = "canned-replies", extensions(("x-action" = json!("canned_reply.create"))),
    request_body(content = CreateCannedReply, description = "The new canned reply."),
    responses((status = 201, description = "The canned reply.", body = CannedReply)))]
#[post("/canned-replies")]
async fn create_canned_reply(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateCannedReply>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let texts = [("title", Some(body.title.as_str())), ("text", Some(body.text.as_str()))];
    let scanned = house.scan(&texts);
    let tags = domain::tidy(body.tags.unwrap_or_default());
    let new = ReplyDetails { title: body.title, text: body.text, locale: body.locale, tags };
    answer::perform(&house, &ask, move |tx, who| {
        let made = canned_replies::create(tx, who, (&new, &scanned))?;
        let (at, version) = (format!("/v1/canned-replies/{}", made.id), made.version);
        answer::created(at, version, &CannedReply::seen(made, who, tx.now))
    })
    .await
}

/// List canned replies
///
/// Shows the texts that agents answer with, by title, a page at a time.
#[utoipa::path(operation_id = "list_canned_replies", tag = "canned-replies", extensions(("x-action" = json!("canned_reply.read"))),
    params(CannedReplyFilter), responses((status = 200, description = "A page of canned replies.", body = CannedReplyPage)))]
#[get("/canned-replies")]
async fn list_canned_replies(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<CannedReplyFilter>,
) -> Result<HttpResponse, Problem> {
    let CannedReplyFilter { locale, tag, limit, cursor } = filter;
    let binding = format!("canned-replies|{locale:?}|{tag:?}");
    let after = cursor.as_deref();
    let after = after.map(|at| cursor::read::<ReplyKey>(&house.keys, &binding, at)).transpose()?;
    let limit = limit.map_or(DEFAULT_LIMIT, i64::from);
    let ask = ReplyQuery { locale, tag, after, limit };
    let now = house.clock.now();
    let list = move |conn: &mut _, looker: &_| canned_replies::list(conn, looker, &ask);
    let page = answer::look(&house, &caller, list).await?;
    let seen = |reply| CannedReply::seen(reply, caller.actor(), now);
    Ok(answer::page(&CannedReplyPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Read a canned reply
///
/// Shows one canned reply, with its places as they were written.
#[utoipa::path(operation_id = "read_canned_reply", tag = "canned-replies", extensions(("x-action" = json!("canned_reply.read")), ("x-etag" = json!(true))),
    params(CannedReplyPath), responses((status = 200, description = "The canned reply.", body = CannedReply)))]
#[get("/canned-replies/{canned_reply_id}")]
async fn read_canned_reply(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<CannedReplyPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.canned_reply_id;
    let read = move |conn: &mut _, looker: &_| canned_replies::read(conn, looker, id);
    let reply = answer::look(&house, &caller, read).await?;
    let version = reply.version;
    answer::shown(version, &CannedReply::seen(reply, caller.actor(), house.clock.now()))
}

/// Update a canned reply
///
/// Changes title, text, language or tags; absent fields stay. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "update_canned_reply", tag = "canned-replies", extensions(("x-action" = json!("canned_reply.update")), ("x-if-match" = json!("required"))),
    params(CannedReplyPath), request_body(content = UpdateCannedReply, description = "What changes."),
    responses((status = 200, description = "The canned reply after the change.", body = CannedReply)))]
#[patch("/canned-replies/{canned_reply_id}")]
async fn update_canned_reply(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<CannedReplyPath>,
    Json(body): Json<UpdateCannedReply>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let title = body.title.as_ref().map(Line::as_str);
    let texts = [("title", title), ("text", body.text.as_ref().map(CannedText::as_str))];
    let scanned = house.scan(&texts);
    let key = (path.canned_reply_id, ask.version);
    let UpdateCannedReply { title, text, locale, tags } = body;
    let changes = ReplyChanges { title, text, locale, tags };
    answer::perform(&house, &ask, move |tx, who| {
        let reply = canned_replies::update(tx, who, key, (&changes, &scanned))?;
        answer::ok(reply.version, &CannedReply::seen(reply, who, tx.now))
    })
    .await
}

/// Delete a canned reply
///
/// Deletes a canned reply. Answers that were made from it stay as they are.
#[utoipa::path(operation_id = "delete_canned_reply", tag = "canned-replies", extensions(("x-action" = json!("canned_reply.delete")), ("x-if-match" = json!("optional"))),
    params(CannedReplyPath), responses((status = 204, description = "It is gone.")))]
#[delete("/canned-replies/{canned_reply_id}")]
async fn delete_canned_reply(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<CannedReplyPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.canned_reply_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        canned_replies::delete(tx, who, key)?;
        Ok(answer::done())
    })
    .await
}

/// Read a canned reply before it is used
///
/// Shows a text with every place filled in: from a ticket, masked as the desk reads it, or about people who do not
/// exist. Nothing is kept.
#[utoipa::path(operation_id = "preview_canned_reply", tag = "canned-replies", extensions(("x-action" = json!("canned_reply.read")), ("x-reads" = json!(true))),
    request_body(content = PreviewCannedReply, description = "The text."),
    responses((status = 200, description = "What it says.", body = CannedReplyPreview)))]
#[post("/canned-reply-previews")]
async fn preview_canned_reply(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<PreviewCannedReply>,
) -> Result<HttpResponse, Problem> {
    let text = if let Some(ticket) = body.ticket_id {
        let text = house.preview_on(&caller.ask(), ticket, body.text).await;
        let text = text.map_err(|refusal| match refusal {
            Refusal::NotFound => Refusal::Invalid(vec![Violation {
                pointer: "#/ticket_id".to_owned(),
                code: "unknown".to_owned(),
                detail: "names no ticket that you see".to_owned(),
            }]),
            refusal => refusal,
        })?;
        let seen_by = move |conn: &mut _, looker: &_| tickets::seen_by(conn, looker, ticket);
        let tenant = answer::look(&house, &caller, seen_by).await?;
        let what = What { tenant, target: Some(ticket.uuid()), detail: None };
        house.on_record::<ReadTicket>(&caller.ask(), what).await?;
        text
    } else {
        let fill = move |_: &mut _, looker: &_| canned_replies::preview(looker, &body.text);
        answer::look(&house, &caller, fill).await?
    };
    Ok(answer::page(&CannedReplyPreview { text }))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_canned_reply)
        .service(list_canned_replies)
        .service(read_canned_reply)
        .service(update_canned_reply)
        .service(delete_canned_reply)
        .service(preview_canned_reply);
}

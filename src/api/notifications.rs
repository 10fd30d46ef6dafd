//! Messages over HTTP: listed, read, sent again, and read before they are sent.

mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{MessageKind, MessageState, Method};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::ReadNotification;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::cursor;
use super::extract::{Body, Caller, Json, Parameters, Path, Query};
use super::problem::Problem;
use crate::deliver;
use crate::guard::Refusal;
use crate::service::{House, notifications};
use crate::store::audit::What;
use crate::store::notifications::{NotificationKey, NotificationQuery};
use view::{
    Notification, NotificationPage, NotificationPreview, NotificationTemplate,
    NotificationTemplatePage,
};

/// Which messages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct NotificationFilter {
    /// Only on behalf of this tenant.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    tenant_id: Option<TenantId>,
    /// Only in this state.
    #[param(nullable = false, example = "failed")]
    state: Option<MessageState>,
    /// Only of this kind.
    #[param(nullable = false, example = "password_reset")]
    kind: Option<MessageKind>,
    /// Only those that travel so.
    #[param(nullable = false, example = "email")]
    method: Option<Method>,
    /// Queued from this moment on.
    #[param(nullable = false, example = "2026-11-01T00:00:00Z")]
    since: Option<Moment>,
    /// Queued before this moment.
    #[param(nullable = false, example = "2026-12-01T00:00:00Z")]
    until: Option<Moment>,
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
impl Parameters for NotificationFilter {}

/// Which message.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct NotificationPath {
    /// The message's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e19")]
    notification_id: NotificationId,
}

/// Which message to read before it is sent.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "password_reset", "method": "email", "locale": "es"}))]
pub(super) struct PreviewNotification {
    /// What it says.
    kind: MessageKind,
    /// How it travels.
    method: Method,
    /// In which language.
    locale: Locale,
}
impl Body for PreviewNotification {}

/// List messages
///
/// Shows the messages that were sent or wait to be, newest first: people of an organisation see those on
/// its behalf, of the kinds that their permissions are for, platform admins all, with the contact masked. What
/// a message says is not shown.
#[utoipa::path(operation_id = "list_notifications", tag = "notifications", extensions(("x-action" = json!("notification.read"))),
    params(NotificationFilter), responses((status = 200, description = "A page of messages.", body = NotificationPage)))]
#[get("/notifications")]
async fn list_notifications(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<NotificationFilter>,
) -> Result<HttpResponse, Problem> {
    let NotificationFilter { tenant_id, state, kind, method, since, until, .. } = filter;
    let binding =
        format!("notifications|{tenant_id:?}|{state:?}|{kind:?}|{method:?}|{since:?}|{until:?}");
    let after = filter.cursor.as_deref();
    let after = after.map(|text| cursor::read::<NotificationKey>(&house.keys, &binding, text));
    let ask = NotificationQuery {
        tenant: tenant_id,
        state,
        kind,
        method,
        since,
        until,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let now = house.clock.now();
    let read = move |conn: &mut _, looker: &_| notifications::list(conn, looker, &ask);
    let page = answer::look(&house, &caller, read).await?;
    let shown = (tenant_id, page.rows.len());
    house.list_on_record::<ReadNotification>(&caller.ask(), shown).await?;
    let seen = |sent| Notification::seen(sent, caller.actor(), now);
    Ok(answer::page(&NotificationPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Read a message
///
/// Shows one message: where it went, what has become of it, and why.
#[utoipa::path(operation_id = "read_notification", tag = "notifications", extensions(("x-action" = json!("notification.read")), ("x-etag" = json!(true))),
    params(NotificationPath), responses((status = 200, description = "The message.", body = Notification)))]
#[get("/notifications/{notification_id}")]
async fn read_notification(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<NotificationPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.notification_id;
    let read = move |conn: &mut _, looker: &_| notifications::read(conn, looker, id);
    let sent = answer::look(&house, &caller, read).await?;
    let what = What { tenant: sent.tenant, target: Some(id.uuid()), detail: None };
    house.on_record::<ReadNotification>(&caller.ask(), what).await?;
    let version = view::version(&sent);
    answer::shown(version, &Notification::seen(sent, caller.actor(), house.clock.now()))
}

/// Send a message again
///
/// Sends a message that is at its end once more, as a message of its own. One that holds a link gets a
/// new link, and the one before stops to count. Codes are not sent again: they are asked for where they
/// are needed. Nothing is sent to a contact that is suppressed.
#[utoipa::path(operation_id = "resend_notification", tag = "notifications", extensions(("x-action" = json!("notification.resend"))),
    params(NotificationPath), responses((status = 201, description = "The new message.", body = Notification)))]
#[post("/notifications/{notification_id}/resend")]
async fn resend_notification(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<NotificationPath>,
) -> Result<HttpResponse, Problem> {
    let (id, limits) = (path.notification_id, house.limits);
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let sent = notifications::resend(tx, who, (&limits, id))?;
        let location = format!("/v1/notifications/{}", sent.id);
        let version = view::version(&sent);
        answer::created(location, version, &Notification::seen(sent, who, tx.now))
    })
    .await
}

/// List the kinds of messages
///
/// Shows every kind of message that is sent, how it travels, and in which languages it is written. All of
/// them come at once.
#[utoipa::path(operation_id = "list_notification_templates", tag = "notifications", extensions(("x-action" = json!("notification.preview"))),
    responses((status = 200, description = "The kinds.", body = NotificationTemplatePage)))]
#[get("/notification-templates")]
async fn list_notification_templates(
    caller: Caller,
    house: Data<House>,
) -> Result<HttpResponse, Problem> {
    let may = |_: &mut _, looker: &_| notifications::may_preview(looker);
    answer::look(&house, &caller, may).await?;
    let data = MessageKind::ALL.iter().map(|kind| NotificationTemplate::of(*kind)).collect();
    Ok(answer::page(&NotificationTemplatePage { data, next_cursor: None }))
}

/// Read a message before it is sent
///
/// Shows what a kind of message says, with facts about people who do not exist and a link or a code that
/// opens nothing. Nothing is sent.
#[utoipa::path(operation_id = "preview_notification", tag = "notifications", extensions(("x-action" = json!("notification.preview")), ("x-reads" = json!(true))),
    request_body(content = PreviewNotification, description = "Which message."),
    responses((status = 200, description = "What it says.", body = NotificationPreview)))]
#[post("/notification-previews")]
async fn preview_notification(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<PreviewNotification>,
) -> Result<HttpResponse, Problem> {
    let may = |_: &mut _, looker: &_| notifications::may_preview(looker);
    answer::look(&house, &caller, may).await?;
    let written = deliver::preview((body.kind, body.locale), body.method);
    let written = written.map_err(|error| Problem::from(Refusal::Broken(error)))?;
    let preview = written.ok_or_else(|| Problem::of(Code::PreviewMissing))?;
    Ok(answer::page(&NotificationPreview::from(preview)))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_notifications)
        .service(read_notification)
        .service(resend_notification)
        .service(list_notification_templates)
        .service(preview_notification);
}

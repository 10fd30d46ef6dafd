//! Contacts that nothing is sent to, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{NotificationId, SuppressionId};
use caredesk_core::domain::notification::{Method, SuppressionReason};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::ActionKind;
use caredesk_core::policy::action::ReadSuppression;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer;
use super::cursor;
use super::extract::{Caller, Parameters, Path, Query};
use super::problem::Problem;
use super::views::{AllowedAction, allowed_actions, page};
use crate::service::{House, suppressions};
use crate::store::audit::What;
use crate::store::suppressions::{self as store, SuppressionKey, SuppressionQuery};

/// What a menu shows for a suppression, in this order.
const MENU: [ActionKind; 1] = [ActionKind::LiftSuppression];

/// Which suppressions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SuppressionFilter {
    /// Only of this kind of contact.
    #[param(nullable = false, example = "email")]
    method: Option<Method>,
    /// Only for this reason.
    #[param(nullable = false, example = "bounced")]
    reason: Option<SuppressionReason>,
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
impl Parameters for SuppressionFilter {}

/// Which suppression.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SuppressionPath {
    /// The suppression's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e1a")]
    suppression_id: SuppressionId,
}

/// A contact that nothing is sent to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e1a", "method": "email", "contact": "ana.ruiz@pinelodge.example",
    "reason": "bounced", "notification_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e19",
    "created_at": "2026-11-21T09:30:00Z", "version": 1,
    "allowed_actions": [{"action": "suppression.lift", "allowed": true, "barred_by": null}]}))]
pub(super) struct Suppression {
    /// Its id.
    id: SuppressionId,
    /// What kind of contact it is.
    method: Method,
    /// The address or the number, in lower case; masked for the desk.
    #[schema(max_length = 254, pattern = "^[^\\x00]*$", example = "ana.ruiz@pinelodge.example")]
    contact: String,
    /// Why nothing is sent to it.
    reason: SuppressionReason,
    /// The message that it came of; null if it came of none, or of one that the caller does not see.
    notification_id: Option<NotificationId>,
    /// Since when.
    created_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 1)]
    version: i64,
    /// What the caller may do with it.
    #[schema(max_items = 1)]
    allowed_actions: Vec<AllowedAction>,
}

page! {
    /// A page of contacts that nothing is sent to.
    SuppressionPage of Suppression, example {"data": [], "next_cursor": null}
}

impl Suppression {
    /// The suppression as `actor` sees it.
    fn seen(held: &store::Suppression, actor: &Actor, now: Moment) -> Self {
        let allowed_actions = allowed_actions(&MENU, actor, &held.facts(), now);
        let is_of_tenant = actor.person().is_some_and(|person| person.tenant.is_some());
        let masked = |text: &str| {
            let contact = Contact::parse(held.method, text);
            contact.map_or_else(|_| "***".to_owned(), |contact| contact.masked())
        };
        let contact =
            if is_of_tenant { held.contact_key.clone() } else { masked(&held.contact_key) };
        Self {
            id: held.id,
            method: held.method,
            contact,
            reason: held.reason,
            notification_id: held.notification_id,
            created_at: held.created_at,
            version: held.version,
            allowed_actions,
        }
    }
}

/// List suppressions
///
/// Shows the contacts that nothing is sent to, newest first: people of an organisation see those that were
/// written to on its behalf with messages that they see, platform admins all, with the contact masked.
#[utoipa::path(operation_id = "list_suppressions", tag = "notifications", extensions(("x-action" = json!("suppression.read"))),
    params(SuppressionFilter), responses((status = 200, description = "A page of suppressions.", body = SuppressionPage)))]
#[get("/suppressions")]
async fn list_suppressions(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<SuppressionFilter>,
) -> Result<HttpResponse, Problem> {
    let SuppressionFilter { method, reason, limit, cursor: after } = filter;
    let binding = format!("suppressions|{method:?}|{reason:?}");
    let after = after.as_deref();
    let after = after.map(|text| cursor::read::<SuppressionKey>(&house.keys, &binding, text));
    let limit = limit.map_or(DEFAULT_LIMIT, i64::from);
    let ask = SuppressionQuery { method, reason, after: after.transpose()?, limit };
    let now = house.clock.now();
    let read = move |conn: &mut _, looker: &_| suppressions::list(conn, looker, &ask);
    let page = answer::look(&house, &caller, read).await?;
    house.list_on_record::<ReadSuppression>(&caller.ask(), (None, page.rows.len())).await?;
    let seen = |held| Suppression::seen(held, caller.actor(), now);
    Ok(answer::page(&SuppressionPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.iter().map(seen).collect(),
    }))
}

/// Read a suppression
///
/// Shows one contact that nothing is sent to, and why.
#[utoipa::path(operation_id = "read_suppression", tag = "notifications", extensions(("x-action" = json!("suppression.read")), ("x-etag" = json!(true))),
    params(SuppressionPath), responses((status = 200, description = "The suppression.", body = Suppression)))]
#[get("/suppressions/{suppression_id}")]
async fn read_suppression(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<SuppressionPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.suppression_id;
    let read = move |conn: &mut _, looker: &_| suppressions::read(conn, looker, id);
    let held = answer::look(&house, &caller, read).await?;
    let what = What { tenant: None, target: Some(id.uuid()), detail: None };
    house.on_record::<ReadSuppression>(&caller.ask(), what).await?;
    let view = Suppression::seen(&held, caller.actor(), house.clock.now());
    answer::shown(view.version, &view)
}

/// Lift a suppression
///
/// Has a contact written to again that bounced, or that the gateway took for no number. Whoever said STOP
/// takes that back themselves, by answering START. Send the `ETag` you read as `If-Match`.
#[utoipa::path(operation_id = "lift_suppression", tag = "notifications", extensions(("x-action" = json!("suppression.lift")), ("x-if-match" = json!("required"))),
    params(SuppressionPath), responses((status = 204, description = "The contact is written to again.")))]
#[delete("/suppressions/{suppression_id}")]
async fn lift_suppression(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<SuppressionPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change_of_version()?;
    let key = (path.suppression_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        suppressions::lift(tx, who, key)?;
        Ok(answer::done())
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(list_suppressions).service(read_suppression).service(lift_suppression);
}

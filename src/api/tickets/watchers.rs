//! The people in copy of a ticket over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use caredesk_core::domain::ids::{AccountId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::UserNumber;
use caredesk_core::policy::TicketSight;
use caredesk_core::policy::action::ReadTicket;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::input::TicketPath;
use super::view::TicketPerson;
use crate::api::answer;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::api::views::page;
use crate::guard::{Refusal, Violation};
use crate::service::House;
use crate::service::tickets::{self, Named};
use crate::store::audit::What;
use crate::store::tickets::Watcher;

/// Who is in copy of which ticket.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TicketWatcherPath {
    /// The ticket's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40")]
    ticket_id: TicketId,
    /// The account of whoever is in copy.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12")]
    account_id: AccountId,
}

/// Who is to be in copy of a ticket: by account or by number.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "U-000001"}))]
pub(super) struct AddTicketWatcher {
    /// The account of a user of the ticket's organisation.
    #[serde(default)]
    #[schema(nullable = false)]
    account_id: Option<AccountId>,
    /// Their number in the organisation, instead.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 8,
        max_length = 21,
        pattern = "^U-[0-9]{6,19}$",
        example = "U-000001"
    )]
    number: Option<String>,
}
impl Body for AddTicketWatcher {}

impl AddTicketWatcher {
    /// Who that is: one of the two, and not both.
    fn named(&self) -> Result<Named, Refusal> {
        named(self.account_id, self.number.as_deref())
    }
}

/// Somebody who is named by account or by number: one of the two, and not both.
pub(super) fn named(account: Option<AccountId>, number: Option<&str>) -> Result<Named, Refusal> {
    match (account, number, number.and_then(UserNumber::parse)) {
        (Some(id), None, _) => Ok(Named::Account(id)),
        (None, _, Some(number)) => Ok(Named::Number(number)),
        _ => Err(Refusal::Invalid(vec![Violation {
            pointer: "#/account_id".to_owned(),
            code: "one_of".to_owned(),
            detail: "or else `number` names a user, and not both".to_owned(),
        }])),
    }
}

/// Somebody in copy of a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12",
    "watcher": {"role": "member", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "number": "U-000124",
        "name": null, "contact": null},
    "added_at": "2026-11-21T09:35:00Z"}))]
pub(in crate::api) struct TicketWatcher {
    /// Their account.
    account_id: AccountId,
    /// Who they are.
    watcher: TicketPerson,
    /// Since when they are in copy.
    added_at: Moment,
}

page! {
    /// Everybody who is in copy of a ticket, the longest first.
    TicketWatcherPage of TicketWatcher, example {"data": [], "next_cursor": null}
}

impl TicketWatcherPage {
    /// They, as somebody sees them.
    fn seen((sight, all): (TicketSight, Vec<Watcher>)) -> Self {
        let seen = |one: Watcher| TicketWatcher {
            account_id: one.account,
            watcher: TicketPerson::of(Some(one.account), &one.somebody, sight),
            added_at: one.added_at,
        };
        Self { data: all.into_iter().map(seen).collect(), next_cursor: None }
    }
}

/// List who is in copy of a ticket
///
/// Shows everybody who watches a ticket beside its requester, the longest first; there are twenty at most, so the
/// list has one page. The first tier sees them by number and role.
#[utoipa::path(operation_id = "list_ticket_watchers", tag = "tickets", extensions(("x-action" = json!("ticket.read"))),
    params(TicketPath), responses((status = 200, description = "Who is in copy.", body = TicketWatcherPage)))]
#[get("/tickets/{ticket_id}/watchers")]
async fn list_ticket_watchers(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.ticket_id;
    let look =
        answer::look(&house, &caller, move |conn, looker| tickets::watchers(conn, looker, id));
    let (sight, all, tenant) = look.await?;
    let what = What { tenant, target: Some(id.uuid()), detail: None };
    house.on_record::<ReadTicket>(&caller.ask(), what).await?;
    Ok(answer::page(&TicketWatcherPage::seen((sight, all))))
}

/// Put somebody in copy of a ticket
///
/// Lets a colleague of the ticket's organisation see it, and tells them: done by its requester, by the organisation
/// where it takes part, and by agents. What a family asks for has nobody in copy. Whoever is in copy already stays
/// so.
#[utoipa::path(operation_id = "add_ticket_watcher", tag = "tickets", extensions(("x-action" = json!("ticket.watch")), ("x-if-match" = json!("optional")), ("x-etag" = json!(false))),
    params(TicketPath), request_body(content = AddTicketWatcher, description = "Who is to be in copy."),
    responses((status = 200, description = "Everybody who is in copy now.", body = TicketWatcherPage)))]
#[post("/tickets/{ticket_id}/watchers")]
async fn add_ticket_watcher(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<AddTicketWatcher>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let (key, named) = ((path.ticket_id, ask.version), body.named()?);
    answer::perform(&house, &ask, move |tx, who| {
        let all = tickets::add_watcher(tx, who, (key, named))?;
        answer::plain(&TicketWatcherPage::seen(all))
    })
    .await
}

/// Take somebody out of copy of a ticket
///
/// Ends that somebody sees a ticket for being in copy of it. Everybody may take themselves out; others are taken out
/// by whoever may put them there.
#[utoipa::path(operation_id = "remove_ticket_watcher", tag = "tickets", extensions(("x-action" = json!("ticket.watch")), ("x-if-match" = json!("optional"))),
    params(TicketWatcherPath), responses((status = 204, description = "They are in copy no more.")))]
#[delete("/tickets/{ticket_id}/watchers/{account_id}")]
async fn remove_ticket_watcher(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketWatcherPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let (key, account) = ((path.ticket_id, ask.version), path.account_id);
    answer::perform(&house, &ask, move |tx, who| {
        tickets::remove_watcher(tx, who, (key, account))?;
        Ok(answer::done())
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(list_ticket_watchers).service(add_ticket_watcher).service(remove_ticket_watcher);
}

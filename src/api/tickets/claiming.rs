//! Whose account a caller says is theirs, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::input::TicketPath;
use super::watchers::named;
use crate::api::answer;
use crate::api::extract::{Body, Caller, Json, Path};
use crate::api::problem::Problem;
use crate::service::House;
use crate::service::tickets::{self, CallerNamed};

/// Whose account the caller of a ticket says is theirs: by account or by number.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "U-000001"}))]
pub(super) struct NameCallerAccount {
    /// The account of a user of the ticket's organisation, or of a family with an application there.
    #[serde(default)]
    #[schema(nullable = false)]
    account_id: Option<AccountId>,
    /// The number of a user in the organisation, instead.
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
impl Body for NameCallerAccount {}

/// The account that was named, by number and role.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "role": "member", "number": "U-000001"}))]
pub(in crate::api) struct CallerAccountNamed {
    /// The account.
    account_id: AccountId,
    /// What it is.
    role: Role,
    /// Its number in its organisation; null of a guardian's.
    #[schema(min_length = 8, max_length = 21, pattern = "^U-[0-9]{6,19}$", example = "U-000001")]
    number: Option<String>,
}

impl From<CallerNamed> for CallerAccountNamed {
    fn from(of: CallerNamed) -> Self {
        let number = of.number.map(|number| number.to_string());
        Self { account_id: of.account, role: of.role, number }
    }
}

/// Name a caller's account
///
/// Keeps which account the caller of a ticket says is theirs, where the ticket has none and nothing is proved yet. It
/// proves nothing, and the account sees nothing of the ticket: a verification code goes to the contact on file of it,
/// and with the proof the ticket becomes that account's. Codes that were sent before count no more.
#[utoipa::path(operation_id = "name_caller_account", tag = "tickets", extensions(("x-action" = json!("ticket.verify_requester")), ("x-if-match" = json!("optional")), ("x-etag" = json!(false))),
    params(TicketPath), request_body(content = NameCallerAccount, description = "Whose it is said to be."),
    responses((status = 200, description = "The account, by number and role.", body = CallerAccountNamed)))]
#[post("/tickets/{ticket_id}/caller-account")]
async fn name_caller_account(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
    Json(body): Json<NameCallerAccount>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.ticket_id, ask.version);
    let named = named(body.account_id, body.number.as_deref())?;
    answer::perform(&house, &ask, move |tx, who| {
        let named = tickets::name_caller(tx, who, (key, named))?;
        answer::plain(&CallerAccountNamed::from(named))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(name_caller_account);
}

//! Invitations of families over HTTP, as the organisation sees them.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, ApplicationId, InvitationId, NotificationId};
use caredesk_core::domain::invitation::{self as domain, InvitationState};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{ApplicationNumber, PersonName};
use caredesk_core::policy::ActionKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer;
use super::cursor;
use super::extract::{Caller, Parameters, Path, Query};
use super::problem::Problem;
use super::views::{AllowedAction, allowed_actions, page};
use crate::service::{House, invitations};
use crate::store::invitations::{InvitationKey, InvitationQuery};

/// What can be done with an invitation, in the order of a menu.
const MENU: [ActionKind; 2] = [ActionKind::ResendInvitation, ActionKind::RevokeInvitation];

/// Which invitation.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct InvitationPath {
    /// The invitation's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e31")]
    invitation_id: InvitationId,
}

/// Which invitations to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitationFilter {
    /// Only to this application.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30")]
    application_id: Option<ApplicationId>,
    /// Only in this state.
    #[param(nullable = false, example = "expired")]
    state: Option<InvitationState>,
    /// Only those that were sent so.
    #[param(nullable = false, example = "email")]
    method: Option<Method>,
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
impl Parameters for InvitationFilter {}

/// An invitation of a family. Its link and its code stand in the message alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e31", "application_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30",
    "application_number": "A-000123", "family_name": "Ruiz Ortega", "method": "email", "recipient": "familia.ruiz@mail.example",
    "state": "pending", "notification_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e32",
    "created_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "created_at": "2026-11-18T09:30:00Z",
    "expires_at": "2026-12-02T09:30:00Z", "ended_at": null, "version": 1,
    "allowed_actions": [{"action": "invitation.resend", "allowed": true, "barred_by": null}]}))]
pub(super) struct Invitation {
    /// Its id.
    id: InvitationId,
    /// What the family is invited to.
    application_id: ApplicationId,
    /// That application's number.
    application_number: ApplicationNumber,
    /// The family's name.
    family_name: PersonName,
    /// By what it was sent.
    method: Method,
    /// The address or the number that it was sent to.
    #[schema(
        min_length = 6,
        max_length = 254,
        pattern = r"^[^\x00-\x20\x7F]+$",
        example = "familia.ruiz@mail.example"
    )]
    recipient: String,
    /// What has become of it.
    state: InvitationState,
    /// The message that it went by.
    notification_id: Option<NotificationId>,
    /// The account of whoever sent it: of a person, or of an API key, whose id it is; null if the product did.
    created_by: Option<AccountId>,
    /// When it was sent.
    created_at: Moment,
    /// Until when it counts: 14 x 24 hours from then.
    expires_at: Moment,
    /// When it was accepted, replaced or taken back; null before.
    ended_at: Option<Moment>,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now, and which rule bars the rest.
    #[schema(max_items = 20)]
    allowed_actions: Vec<AllowedAction>,
}

page! {
    /// A page of an organisation's invitations.
    InvitationPage of Invitation, example {"data": [], "next_cursor": null}
}

impl Invitation {
    /// An invitation as `actor` sees it now.
    fn seen(of: domain::Invitation, actor: &Actor, now: Moment) -> Self {
        let facts = of.facts(now);
        Self {
            id: of.id,
            application_id: of.application,
            application_number: of.number,
            family_name: of.family_name,
            method: of.method,
            recipient: of.recipient,
            state: facts.state,
            notification_id: of.notification,
            created_by: of.created_by,
            created_at: of.created_at,
            expires_at: of.expires_at,
            ended_at: of.ended_at,
            version: of.version,
            allowed_actions: allowed_actions(&MENU, actor, &facts, now),
        }
    }
}

/// List invitations
///
/// Shows the invitations that the caller's organisation sent to families, newest first, a page at a time.
#[utoipa::path(operation_id = "list_invitations", tag = "applications", extensions(("x-action" = json!("invitation.read"))),
    params(InvitationFilter), responses((status = 200, description = "A page of invitations.", body = InvitationPage)))]
#[get("/invitations")]
async fn list_invitations(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<InvitationFilter>,
) -> Result<HttpResponse, Problem> {
    let binding =
        format!("invitations|{:?}|{:?}|{:?}", filter.application_id, filter.state, filter.method);
    let after = filter.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<InvitationKey>(&house.keys, &binding, cursor));
    let ask = InvitationQuery {
        application: filter.application_id,
        state: filter.state,
        method: filter.method,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let now = house.clock.now();
    let look =
        answer::look(&house, &caller, move |conn, looker| invitations::list(conn, looker, &ask));
    let page = look.await?;
    let seen = |invitation| Invitation::seen(invitation, caller.actor(), now);
    Ok(answer::page(&InvitationPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(seen).collect(),
    }))
}

/// Read an invitation
///
/// Shows one invitation of the caller's organisation with what this caller may do with it now.
#[utoipa::path(operation_id = "read_invitation", tag = "applications", extensions(("x-action" = json!("invitation.read")), ("x-etag" = json!(true))),
    params(InvitationPath), responses((status = 200, description = "The invitation.", body = Invitation)))]
#[get("/invitations/{invitation_id}")]
async fn read_invitation(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InvitationPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.invitation_id;
    let look =
        answer::look(&house, &caller, move |conn, looker| invitations::read(conn, looker, id));
    let invitation = look.await?;
    let version = invitation.version;
    answer::shown(version, &Invitation::seen(invitation, caller.actor(), house.clock.now()))
}

/// Resend an invitation
///
/// Sends the newest invitation of a family again, to the same address or number: with a new link and a new code,
/// for 14 days from now. Answers with the invitation that this makes; the one of the path stops to count.
#[utoipa::path(operation_id = "resend_invitation", tag = "applications", extensions(("x-action" = json!("invitation.resend")), ("x-if-match" = json!("optional"))),
    params(InvitationPath), responses((status = 200, description = "The new invitation.", body = Invitation)))]
#[post("/invitations/{invitation_id}/resend")]
async fn resend_invitation(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InvitationPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.invitation_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let invitation = invitations::resend(tx, who, key)?;
        answer::ok(invitation.version, &Invitation::seen(invitation, who, tx.now))
    })
    .await
}

/// Revoke an invitation
///
/// Takes an invitation back: its link and its code count no more. The application can be invited to again.
#[utoipa::path(operation_id = "revoke_invitation", tag = "applications", extensions(("x-action" = json!("invitation.revoke")), ("x-if-match" = json!("optional"))),
    params(InvitationPath), responses((status = 200, description = "The invitation, taken back.", body = Invitation)))]
#[post("/invitations/{invitation_id}/revoke")]
async fn revoke_invitation(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<InvitationPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.invitation_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let invitation = invitations::revoke(tx, who, key)?;
        answer::ok(invitation.version, &Invitation::seen(invitation, who, tx.now))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_invitations)
        .service(read_invitation)
        .service(resend_invitation)
        .service(revoke_invitation);
}

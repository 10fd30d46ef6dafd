//! Coming to the family portal by an invitation, over HTTP, without a session.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AcceptanceId;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, TenantName, WrittenPhone};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::extract::{Body, Json, Path, Visitor};
use super::problem::Problem;
use super::views::session::{SessionTokens, begun};
use crate::guard::Violation;
use crate::service::House;
use crate::service::portal::{self, Family, Reached};
use actix_web::http::StatusCode;

/// Bytes of a body of these operations.
const LIMIT: usize = 4 * 1024;

/// A link's secret or a code.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"invitation_code": "7K4M-29QX-8ZRT-V5NP"}))]
pub(super) struct LookUpInvitation {
    /// What stands behind the `#` of the link, or the code of the message as it was typed.
    #[schema(value_type = String, min_length = 16, max_length = 64, pattern = "^[A-Za-z0-9 _-]+$", example = "7K4M-29QX-8ZRT-V5NP")]
    invitation_code: SecretString,
}
impl Body for LookUpInvitation {
    const LIMIT: usize = LIMIT;
}

/// A link's secret or a code that counts no more.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"invitation_code": "7K4M-29QX-8ZRT-V5NP"}))]
pub(super) struct RequestInvitation {
    /// What stands behind the `#` of the link, or the code of the message as it was typed.
    #[schema(value_type = String, min_length = 16, max_length = 64, pattern = "^[A-Za-z0-9 _-]+$", example = "7K4M-29QX-8ZRT-V5NP")]
    invitation_code: SecretString,
}
impl Body for RequestInvitation {
    const LIMIT: usize = LIMIT;
}

/// What an invitation is for. Of the family it says nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"organization_name": "Pine Lodge Summer Camp", "expires_at": "2026-12-02T09:30:00Z"}))]
pub(super) struct InvitationNotice {
    /// The organisation that invites.
    organization_name: TenantName,
    /// Until when the invitation counts.
    expires_at: Moment,
}

/// An invitation, and the contact that an account is to be known by.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"invitation_code": "7K4M-29QX-8ZRT-V5NP", "email": "familia.ruiz@mail.example"}))]
pub(super) struct BeginAcceptance {
    /// What stands behind the `#` of the link, or the code of the message as it was typed.
    #[schema(value_type = String, min_length = 16, max_length = 64, pattern = "^[A-Za-z0-9 _-]+$", example = "7K4M-29QX-8ZRT-V5NP")]
    invitation_code: SecretString,
    /// The address that the family will sign in with; or give `phone`.
    #[serde(default)]
    #[schema(nullable = false)]
    email: Option<EmailAddress>,
    /// The number that the family will sign in with; or give `email`.
    #[serde(default)]
    #[schema(nullable = false)]
    phone: Option<WrittenPhone>,
}
impl Body for BeginAcceptance {
    const LIMIT: usize = LIMIT;
}

/// An account that is about to be made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e33", "sent_to": "f***@m***.example", "sign_in_name": "familia.ruiz@mail.example", "expires_at": "2026-11-21T09:40:00Z"}))]
pub(super) struct Acceptance {
    /// Names it.
    id: AcceptanceId,
    /// Where the code went, so that its owner recognises it.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[^\x00-\x1F\x7F]+$",
        example = "f***@m***.example"
    )]
    sent_to: String,
    /// What the family will sign in with, as it is kept: an address, or a number with its country.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[^\x00-\x1F\x7F]+$",
        example = "familia.ruiz@mail.example"
    )]
    sign_in_name: String,
    /// Until when that code counts.
    expires_at: Moment,
}

/// Which acceptance.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AcceptancePath {
    /// The acceptance's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e33")]
    acceptance_id: AcceptanceId,
}

/// The code that was sent, and what makes the account.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "271828", "name": "Marta Ruiz Ortega", "locale": "es", "password": "violet tractor 93 sings at dusk"}))]
pub(super) struct ConfirmAcceptance {
    /// The six digits that were sent to the address or the number.
    #[schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$", example = "271828")]
    code: String,
    /// The guardian's name.
    name: PersonName,
    /// The language to write in; the application's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
    /// The password: 12 to 128 characters of any kind, not easy to guess.
    #[schema(value_type = String, min_length = 12, max_length = 128, format = Password, example = "violet tractor 93 sings at dusk")]
    password: SecretString,
}
impl Body for ConfirmAcceptance {
    const LIMIT: usize = LIMIT;
}

/// Look an invitation up
///
/// Says which organisation invites, and until when, to whoever has the link or the code. One that counts no more
/// is answered with 410 and what to do.
#[utoipa::path(operation_id = "look_up_invitation", tag = "family", security(()), extensions(("x-action" = json!("invitation.look_up")), ("x-reads" = json!(true)), ("x-redeems" = json!(true))),
    request_body(content = LookUpInvitation, description = "The link's secret or the code."),
    responses((status = 200, description = "Who invites, and until when.", body = InvitationNotice)))]
#[post("/invitation-lookups")]
async fn look_up_invitation(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<LookUpInvitation>,
) -> Result<HttpResponse, Problem> {
    let typed = body.invitation_code.expose_secret();
    let notice = house.look_up_invitation(&visitor.ask(), typed).await?;
    Ok(answer::page(&InvitationNotice {
        organization_name: notice.organization,
        expires_at: notice.expires_at,
    }))
}

/// Ask for a new invitation
///
/// Tells the organisation that a family's link or code counts no more; what it does about it is its own to
/// decide. Once a day for each application. The answer is the same in any case.
#[utoipa::path(operation_id = "request_invitation", tag = "family", security(()), extensions(("x-action" = json!("invitation.request"))),
    request_body(content = RequestInvitation, description = "The link's secret or the code."),
    responses((status = 202, description = "If the invitation counts no more, the organisation is told.")))]
#[post("/invitation-requests")]
async fn request_invitation(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<RequestInvitation>,
) -> Result<HttpResponse, Problem> {
    house.request_invitation(&visitor.ask(), body.invitation_code.expose_secret()).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Begin an account
///
/// Sends six digits to the address or the number that a family wants to sign in with: they show that it is its
/// own. The invitation counts on until the account is there. Whoever has an account signs in instead, and links
/// the application.
#[utoipa::path(operation_id = "begin_acceptance", tag = "family", security(()), extensions(("x-action" = json!("invitation.accept")), ("x-redeems" = json!(true))),
    request_body(content = BeginAcceptance, description = "The invitation, and an address or a number."),
    responses((status = 201, description = "The code was sent.", body = Acceptance)))]
#[post("/acceptances")]
async fn begin_acceptance(
    visitor: Visitor,
    house: Data<House>,
    Json(body): Json<BeginAcceptance>,
) -> Result<HttpResponse, Problem> {
    let reached = match (body.email, body.phone) {
        (Some(email), None) => Reached::Email(email),
        (None, Some(phone)) => Reached::Phone(phone),
        _ => return Err(one_contact()),
    };
    let with = (body.invitation_code.expose_secret(), reached);
    let begun = house.begin_acceptance(&visitor.ask(), with).await?;
    let portal::Acceptance { id, sent_to, sign_in_name, expires_at } = begun;
    let location = format!("/v1/acceptances/{id}");
    let body = Acceptance { id, sent_to, sign_in_name, expires_at };
    Ok(answer::secret(StatusCode::CREATED, Some(&location), &body))
}

/// What is wrong with a body that names no contact, or two.
fn one_contact() -> Problem {
    Problem::invalid(vec![Violation {
        pointer: "#/email".to_owned(),
        code: "required".to_owned(),
        detail: "give an address or a number, one of them".to_owned(),
    }])
}

/// Confirm an account
///
/// Makes the account with the six digits that were sent, links the application to it, and signs in. The
/// invitation is used up by it. After five wrong tries begin again.
#[utoipa::path(operation_id = "confirm_acceptance", tag = "family", security(()), extensions(("x-action" = json!("invitation.accept")), ("x-redeems" = json!(true)), ("x-conflict" = json!(true))),
    params(AcceptancePath), request_body(content = ConfirmAcceptance, description = "The code, and what makes the account."),
    responses((status = 201, description = "The session and its tokens.", body = SessionTokens)))]
#[post("/acceptances/{acceptance_id}/confirm")]
async fn confirm_acceptance(
    visitor: Visitor,
    house: Data<House>,
    Path(path): Path<AcceptancePath>,
    Json(body): Json<ConfirmAcceptance>,
) -> Result<HttpResponse, Problem> {
    let family = Family { name: body.name, locale: body.locale, password: body.password };
    let with = (path.acceptance_id, body.code);
    let ask = visitor.ask();
    let ended = house.confirm_acceptance(&ask, with, family, visitor.user_agent()).await;
    let tokens = ended.map_err(|refusal| match Problem::from(refusal) {
        // At the desk the same code has nothing to do with an application.
        there if there.code == Code::AccountExists => {
            there.helped_by(&["sign_in", "link_family_application"])
        }
        problem => problem,
    })?;
    Ok(begun(&house, &tokens))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(look_up_invitation)
        .service(request_invitation)
        .service(begin_acceptance)
        .service(confirm_acceptance);
}

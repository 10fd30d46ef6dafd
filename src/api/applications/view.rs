//! What is shown of applications.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::{self as domain, ApplicationStatus, OnlineAccount};
use caredesk_core::domain::ids::ApplicationId;
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{ApplicationNumber, ChildId, EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::ActionKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, counted_page};

/// An application of a family.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "number": "A-000123", "family_name": "Ruiz Ortega",
    "email": "familia.ruiz@mail.example", "phone": "+15550100231", "preferred_method": "email", "locale": "es",
    "children": [{"child_id": "K-20431", "name": "Leo"}], "status": "submitted", "online_account": "linked",
    "invitation_expires_at": null, "linked_contact": "familia.ruiz@mail.example", "linked_at": "2026-11-20T07:58:12Z",
    "submitted_at": "2026-11-18T09:30:00Z", "withdrawn_at": null, "created_at": "2026-11-18T09:30:00Z",
    "updated_at": "2026-11-20T07:58:12Z", "version": 3,
    "allowed_actions": [{"action": "application.unlink", "allowed": true, "barred_by": null}]}))]
pub(in crate::api) struct Application {
    /// Its id.
    id: ApplicationId,
    /// Its number: it identifies and never authorises.
    number: ApplicationNumber,
    /// The family's name.
    family_name: PersonName,
    /// Where the guardian is written to; null without an address.
    email: Option<EmailAddress>,
    /// Where the guardian is called; null without a number.
    phone: Option<PhoneNumber>,
    /// How the guardian wants to be reached.
    preferred_method: Method,
    /// The language the family is written to in.
    locale: Locale,
    /// The children.
    #[schema(max_items = 20)]
    children: Vec<ApplicationChild>,
    /// How far it has come.
    status: ApplicationStatus,
    /// How the family stands to the portal.
    online_account: OnlineAccount,
    /// Until when the last invitation counts; a time gone by means that it has expired, null that there is none.
    invitation_expires_at: Option<Moment>,
    /// What the linked family signs in with: an address or a number; null while nobody is linked.
    #[schema(
        min_length = 6,
        max_length = 254,
        pattern = r"^[^\x00-\x20\x7F]+$",
        example = "familia.ruiz@mail.example"
    )]
    linked_contact: Option<String>,
    /// Since when the family is linked; null while nobody is.
    linked_at: Option<Moment>,
    /// When it was submitted; null for a draft.
    submitted_at: Option<Moment>,
    /// When it was withdrawn; null while it was not.
    withdrawn_at: Option<Moment>,
    /// When it was made.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// Counts the changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64")]
    version: i64,
    /// What this caller may do with it now, and which rule bars the rest.
    #[schema(max_items = 20)]
    allowed_actions: Vec<AllowedAction>,
}

/// A child of an application.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"child_id": "K-20431", "name": "Leo"}))]
pub(in crate::api) struct ApplicationChild {
    /// The child's id in the organisation's own records.
    child_id: ChildId,
    /// What it is called; null where that stays in those records.
    name: Option<PersonName>,
}

counted_page! {
    /// A page of an organisation's applications.
    ApplicationPage of Application, example {"data": [], "next_cursor": null}
}

impl ApplicationChild {
    pub(in crate::api) fn of(child: domain::Child) -> Self {
        Self { child_id: child.child_id, name: child.name }
    }
}

/// What can be done with an application, in the order of a menu: first what is next for its family (CW,
/// "Actions").
fn menu(online: OnlineAccount) -> [ActionKind; 4] {
    let next = match online {
        OnlineAccount::None => ActionKind::InviteFamily,
        OnlineAccount::Invited | OnlineAccount::Expired | OnlineAccount::Unlinked => {
            ActionKind::ReinviteFamily
        }
        OnlineAccount::Linked => ActionKind::UnlinkApplication,
    };
    [
        next,
        ActionKind::SubmitApplication,
        ActionKind::UpdateApplication,
        ActionKind::WithdrawApplication,
    ]
}

impl Application {
    /// An application as `actor` sees it now.
    pub(in crate::api) fn seen(of: domain::Application, actor: &Actor, now: Moment) -> Self {
        let online_account = of.access.now(now);
        let facts = of.facts(now);
        let linked = of.access.linked;
        Self {
            id: of.id,
            number: of.number,
            family_name: of.family_name,
            email: of.email,
            phone: of.phone,
            preferred_method: of.preferred_method,
            locale: of.locale,
            children: of.children.into_iter().map(ApplicationChild::of).collect(),
            status: of.status,
            online_account,
            invitation_expires_at: of.access.invited_until,
            linked_contact: linked
                .as_ref()
                .and_then(|linked| Some(linked.contact.as_ref()?.as_str().to_owned())),
            linked_at: linked.map(|linked| linked.since),
            submitted_at: of.submitted_at,
            withdrawn_at: of.withdrawn_at,
            created_at: of.created_at,
            updated_at: of.updated_at,
            version: of.version,
            allowed_actions: allowed_actions(&menu(online_account), actor, &facts, now),
        }
    }
}

//! What is taken about applications.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::application::{
    ApplicationChanges, ApplicationStatus, Child, InviteMethod, MAX_CHILDREN, NewApplication,
    OnlineAccount, UnlinkReason,
};
use caredesk_core::domain::ids::ApplicationId;
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::{
    ApplicationNumber, ChildId, EmailAddress, PersonName, SearchText, WrittenPhone,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::extract::{Body, Parameters};
use crate::api::problem::Problem;
use crate::api::views::maybe_null;
use crate::guard::Violation;
use crate::store::applications::ApplicationFilter;

/// Which application.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ApplicationPath {
    /// The application's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30")]
    pub application_id: ApplicationId,
}

/// How a list of applications is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "newest")]
pub(in crate::api) enum ApplicationSort {
    /// Newest first.
    Newest,
    /// By the family's name; case and accents do not count.
    Name,
}

/// Which applications to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationListFilter {
    /// The beginning of a number, or words that the family's name begins with; case and accents do not count,
    /// and all words must be found.
    #[param(nullable = false, example = "ruiz")]
    pub q: Option<SearchText>,
    /// Only in this state.
    #[param(nullable = false, example = "submitted")]
    pub status: Option<ApplicationStatus>,
    /// Only those whose family stands so to the portal.
    #[param(nullable = false, example = "expired")]
    pub online_account: Option<OnlineAccount>,
    /// Only those with this child.
    #[param(nullable = false, example = "K-20431")]
    pub child_id: Option<ChildId>,
    /// The order; newest first if absent.
    #[param(nullable = false, example = "newest")]
    pub sort: Option<ApplicationSort>,
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
    /// Whether to count what the filters find, up to 10 000.
    #[param(nullable = false, example = false)]
    pub include_total: Option<bool>,
}
impl Parameters for ApplicationListFilter {}

impl ApplicationListFilter {
    /// Which applications are meant.
    pub(super) fn filter(&self) -> ApplicationFilter {
        ApplicationFilter {
            search: self.q.clone(),
            status: self.status,
            online: self.online_account,
            child: self.child_id.clone(),
        }
    }
}

/// A child of an application.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"child_id": "K-20431", "name": "Leo"}))]
pub(in crate::api) struct NewChild {
    /// The child's id in the organisation's own records.
    pub child_id: ChildId,
    /// What it is called; absent if that stays in the organisation's own records.
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<PersonName>,
}

/// A new application of the caller's organisation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "family_name": "Ruiz Ortega", "email": "familia.ruiz@mail.example", "phone": "+15550100231", "preferred_method": "email",
    "locale": "es", "children": [{"child_id": "K-20431", "name": "Leo"}], "submit": true}))]
pub(super) struct CreateApplication {
    /// The organisation's own number; absent to have one drawn.
    #[serde(default)]
    #[schema(nullable = false)]
    pub number: Option<ApplicationNumber>,
    /// The family's name.
    pub family_name: PersonName,
    /// Where the guardian is written to; absent if there is no address.
    #[serde(default)]
    #[schema(nullable = false)]
    pub email: Option<EmailAddress>,
    /// Where the guardian is called; absent if there is no number.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<WrittenPhone>,
    /// How the guardian wants to be reached; by email if there is an address, else by text message.
    #[serde(default)]
    #[schema(nullable = false)]
    pub preferred_method: Option<Method>,
    /// The language the family is written to in; the organisation's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// The children, by the organisation's own ids; each once.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub children: Vec<NewChild>,
    /// Whether to submit it now, and to invite the family by that; a draft if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub submit: Option<bool>,
}
impl Body for CreateApplication {}

impl CreateApplication {
    /// What is to be made, but for the number, which is read where the organisation is known.
    ///
    /// # Errors
    /// A child stands there twice.
    pub(super) fn application(self) -> Result<NewApplication, Problem> {
        Ok(NewApplication {
            number: self.number,
            family_name: self.family_name,
            email: self.email,
            phone: None,
            preferred_method: self.preferred_method,
            locale: self.locale,
            children: children(self.children)?,
        })
    }
}

/// Children as the domain has them.
fn children(all: Vec<NewChild>) -> Result<Vec<Child>, Problem> {
    let mut kept: Vec<Child> = Vec::with_capacity(all.len().min(MAX_CHILDREN));
    let mut faults = Vec::new();
    for (at, NewChild { child_id, name }) in all.into_iter().enumerate() {
        let same = |child: &Child| child.child_id.folded() == child_id.folded();
        if kept.iter().any(same) {
            faults.push(Violation {
                pointer: format!("#/children/{at}/child_id"),
                code: "duplicate".to_owned(),
                detail: "the child stands here twice".to_owned(),
            });
        } else {
            kept.push(Child { child_id, name });
        }
    }
    if faults.is_empty() { Ok(kept) } else { Err(Problem::invalid(faults)) }
}

/// What changes about an application; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "+15550100232", "preferred_method": "sms"}))]
pub(super) struct UpdateApplication {
    /// The organisation's number.
    #[serde(default)]
    #[schema(nullable = false)]
    pub number: Option<ApplicationNumber>,
    /// The family's name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub family_name: Option<PersonName>,
    /// Where the guardian is written to; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    pub email: Option<Option<EmailAddress>>,
    /// Where the guardian is called; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    pub phone: Option<Option<WrittenPhone>>,
    /// How the guardian wants to be reached.
    #[serde(default)]
    #[schema(nullable = false)]
    pub preferred_method: Option<Method>,
    /// The language the family is written to in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// All the children, instead of those that are there.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    pub children: Option<Vec<NewChild>>,
}
impl Body for UpdateApplication {}

impl UpdateApplication {
    /// What is to change, but for the number, which is read where the organisation is known.
    ///
    /// # Errors
    /// A child stands there twice.
    pub(super) fn changes(self) -> Result<ApplicationChanges, Problem> {
        Ok(ApplicationChanges {
            number: self.number,
            family_name: self.family_name,
            email: self.email,
            phone: None,
            preferred_method: self.preferred_method,
            locale: self.locale,
            children: self.children.map(children).transpose()?,
        })
    }
}

/// By what a family is invited.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"method": "preferred"}))]
pub(super) struct InviteFamily {
    /// By email, as a text message, or as the family prefers; that if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub method: Option<InviteMethod>,
}
impl Body for InviteFamily {}

/// By what a family is invited anew.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"method": "sms"}))]
pub(super) struct ReinviteFamily {
    /// By email, as a text message, or as the family prefers; that if absent. After an unlink `email` or `sms`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub method: Option<InviteMethod>,
}
impl Body for ReinviteFamily {}

/// Why a family's access is taken away.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "change_credentials"}))]
pub(super) struct UnlinkApplication {
    /// Whether the family is to have no access, or to come back by another address or number.
    pub reason: UnlinkReason,
}
impl Body for UnlinkApplication {}

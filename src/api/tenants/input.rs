//! What is taken about tenants, and what no schema can say of it.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::hours::{self, HoursError, OpeningHours};
use caredesk_core::domain::owner::OwnerDetails;
use caredesk_core::domain::tenant::{
    Contact, ContactPoints, NewTenant, TenantKind, TenantSettings, TenantStatus,
};
use caredesk_core::domain::user::NewUser;
use caredesk_core::domain::{
    EmailAddress, Line, Paragraph, PersonName, Region, SearchText, Slug, TenantName, TimeZoneName,
    UserName, WrittenPhone,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use crate::api::extract::{Body, ITEMS, Parameters};
use crate::api::views::maybe_null;
use crate::guard::Refusal;
use crate::service::phones;

/// A new organisation.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "slug": "pine-lodge", "name": "Pine Lodge Summer Camp", "kind": "camp",
    "notification_address": "office@pinelodge.example",
    "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"}],
    "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}],
    "owners": [{"name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100201"}],
    "site_admin": {"user_name": "bo.lind", "first_name": "Bo", "last_name": "Lind", "email": "bo.lind@pinelodge.example"}}))]
pub(super) struct CreateTenant {
    /// Its short name, for good: it is part of sign-in and links.
    pub slug: Slug,
    /// Its name.
    pub name: TenantName,
    /// What it is.
    pub kind: TenantKind,
    /// Where notices about the tenant go.
    pub notification_address: EmailAddress,
    /// How families and staff reach it; each has an address, a number, or both.
    #[schema(max_items = 10)]
    #[validate(custom(function = "reachable"))]
    pub contacts: Vec<ContactInput>,
    /// When it is reached; absent or empty means nothing is promised.
    #[serde(default)]
    #[schema(max_items = 21)]
    #[validate(custom(function = "orderly"))]
    pub hours: Vec<OpeningHours>,
    /// What it decides for itself; absent means the defaults.
    #[serde(default)]
    #[schema(nullable = false)]
    pub settings: Option<TenantSettings>,
    /// Who owns it: the authority of last resort. Without one an advisory is shown.
    #[schema(max_items = 10)]
    #[validate(custom(function = "distinct"))]
    pub owners: Vec<OwnerInput>,
    /// Its first Site Admin, who is sent the link to set a password with. Absent if nobody is to be one yet;
    /// every later one comes by an access change.
    #[serde(default)]
    #[schema(nullable = false)]
    pub site_admin: Option<FirstSiteAdmin>,
}
impl Body for CreateTenant {}

impl CreateTenant {
    /// The organisation to make. Its numbers are dialled where its own settings say.
    pub(super) fn tenant(&self) -> Result<NewTenant, Refusal> {
        let settings = self.settings.clone().unwrap_or_default();
        let region = settings.phone_region.as_ref();
        let owners = self.owners.iter().enumerate();
        let owners =
            owners.map(|(at, owner)| owner.details(region, at)).collect::<Result<_, _>>()?;
        Ok(NewTenant {
            slug: self.slug.clone(),
            name: self.name.clone(),
            kind: self.kind,
            points: ContactPoints {
                notification_address: self.notification_address.clone(),
                contacts: contacts(region, &self.contacts)?,
            },
            hours: self.hours.clone(),
            owners,
            site_admin: self.site_admin.as_ref().map(|first| first.user(region)).transpose()?,
            settings,
        })
    }
}

/// The first Site Admin of an organisation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_name": "bo.lind", "first_name": "Bo", "last_name": "Lind", "email": "bo.lind@pinelodge.example"}))]
pub(super) struct FirstSiteAdmin {
    /// What they will sign in with, beside the organisation's short name.
    pub user_name: UserName,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// Where the link goes.
    pub email: EmailAddress,
    /// Where they are called, as people write it; absent if there is no number. One without its country is
    /// one of the organisation's `phone_region`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<WrittenPhone>,
    /// The language they are written to in; the organisation's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
}

impl FirstSiteAdmin {
    /// The user to make, whose number is dialled in a region.
    fn user(&self, region: Option<&Region>) -> Result<NewUser, Refusal> {
        Ok(NewUser {
            user_name: self.user_name.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            email: self.email.clone(),
            phone: phones::within(region, self.phone.as_ref(), "#/site_admin/phone")?,
            locale: self.locale,
        })
    }
}

/// How an owner is reached.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100201"}))]
pub(super) struct OwnerInput {
    /// The owner's name.
    pub name: PersonName,
    /// The address that the owner's authority is accepted from.
    pub email: EmailAddress,
    /// The number the owner is called back on, as people write it; absent if there is none. One without its
    /// country is one of the organisation's `phone_region`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<WrittenPhone>,
}

impl OwnerInput {
    /// The owner at a place of the list, whose number is dialled in a region.
    fn details(&self, region: Option<&Region>, at: usize) -> Result<OwnerDetails, Refusal> {
        let phone = phones::within(region, self.phone.as_ref(), &format!("#/owners/{at}/phone"))?;
        Ok(OwnerDetails { name: self.name.clone(), email: self.email.clone(), phone })
    }
}

/// A way to reach the organisation, told to families that are referred to it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"}))]
pub(super) struct ContactInput {
    /// Who or what answers there.
    pub label: Line,
    /// The address, absent if there is none.
    #[serde(default)]
    #[schema(nullable = false)]
    pub email: Option<EmailAddress>,
    /// The number, as people write it; absent if there is none. One without its country is one of the
    /// organisation's `phone_region`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<WrittenPhone>,
}

/// Contacts whose numbers are dialled in a region.
pub(super) fn contacts(
    region: Option<&Region>,
    contacts: &[ContactInput],
) -> Result<Vec<Contact>, Refusal> {
    let contact = |(at, one): (usize, &ContactInput)| {
        let phone = phones::within(region, one.phone.as_ref(), &format!("#/contacts/{at}/phone"))?;
        Ok(Contact { label: one.label.clone(), email: one.email.clone(), phone })
    };
    contacts.iter().enumerate().map(contact).collect()
}

/// A changed name or kind; absent fields stay.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Pine Lodge Camps"}))]
pub(super) struct UpdateTenant {
    /// A new name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<TenantName>,
    /// Another kind.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<TenantKind>,
}
impl Body for UpdateTenant {}

/// Changed settings and hours; absent fields stay.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "dormancy_days": 120, "support_user_second_factor": true, "help_search_required": false, "copy_on_referrals": false,
    "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}]}))]
pub(super) struct UpdateTenantSettings {
    /// The zone that days and opening hours are read in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub time_zone: Option<TimeZoneName>,
    /// The language the organisation is written to in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// Days without a sign-in after which a user is deactivated.
    #[serde(default)]
    #[schema(nullable = false, minimum = 30, maximum = 730, format = "int32", example = 120)]
    pub dormancy_days: Option<i32>,
    /// Whether Support Users need a second factor.
    #[serde(default)]
    #[schema(nullable = false)]
    pub support_user_second_factor: Option<bool>,
    /// Whether a ticket needs a help search of the last 24 hours.
    #[serde(default)]
    #[schema(nullable = false)]
    pub help_search_required: Option<bool>,
    /// Business days to wait for an unavailable Site Admin before the owner may authorise.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 20, format = "int32", example = 2)]
    pub site_admin_wait_days: Option<i32>,
    /// Whether the organisation is copied on referrals that are not sensitive, too.
    #[serde(default)]
    #[schema(nullable = false)]
    pub copy_on_referrals: Option<bool>,
    /// What people who cannot use the system do instead; null clears it.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schema(value_type = Option<Paragraph>)]
    pub no_access_procedure: Option<Option<Paragraph>>,
    /// The country whose telephone numbers are written without their country's; null: every number has to
    /// begin with `+` or `00`.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schema(value_type = Option<Region>)]
    pub phone_region: Option<Option<Region>>,
    /// When the organisation is reached.
    #[serde(default)]
    #[schema(nullable = false, max_items = 21)]
    #[validate(custom(function = "orderly"))]
    pub hours: Option<Vec<OpeningHours>>,
}
impl Body for UpdateTenantSettings {}

/// New contact points, and why they may be changed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "notification_address": "director@pinelodge.example",
    "contacts": [{"label": "Director", "phone": "+15550100202"}],
    "evidence": {"kind": "signed_letter", "reference": "Letter of 3 November, file 2026-118"}}))]
pub(super) struct ChangeTenantContacts {
    /// Where notices about the tenant go from now on.
    pub notification_address: EmailAddress,
    /// How families and staff reach it from now on.
    #[schema(max_items = 10)]
    #[validate(custom(function = "reachable"))]
    pub contacts: Vec<ContactInput>,
    /// Why this may be changed.
    pub evidence: Evidence,
}
impl Body for ChangeTenantContacts {}

/// Why a tenant is suspended or taken back into use.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Contract ended on 31 October"}))]
pub(super) struct SwitchTenant {
    /// The reason; the organisation reads it.
    pub reason: Line,
}
impl Body for SwitchTenant {}

/// Which tenants, in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantFilter {
    /// Words that the name or short name begins with; all must be found. Case and accents do not matter.
    #[param(nullable = false, example = "pine")]
    pub(super) q: Option<SearchText>,
    /// Only of this kind.
    #[param(nullable = false, example = "camp")]
    pub(super) kind: Option<TenantKind>,
    /// Only in this status.
    #[param(nullable = false, example = "active")]
    pub(super) status: Option<TenantStatus>,
    /// The order: newest first, or by name.
    #[param(nullable = false, example = "newest")]
    pub(super) sort: Option<TenantSort>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    pub(super) limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters and order.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    pub(super) cursor: Option<String>,
    /// Whether to count what the filters find, up to 10 000.
    #[param(nullable = false, default = false, example = false)]
    pub(super) include_total: Option<bool>,
}
impl Parameters for TenantFilter {}

/// The order of a list of tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "newest")]
pub(in crate::api) enum TenantSort {
    /// Newest first.
    Newest,
    /// By name.
    Name,
}

/// Every contact has an address or a number.
fn reachable(contacts: &[ContactInput]) -> Result<(), ValidationError> {
    let is_out_of_reach =
        |contact: &ContactInput| contact.email.is_none() && contact.phone.is_none();
    let says = "has neither an email address nor a phone number";
    let places = contacts.iter().enumerate().filter(|(_, contact)| is_out_of_reach(contact));
    faults(places.map(|(at, _)| (at, "unreachable", says)))
}

/// No day has overlapping or reversed hours.
fn orderly(week: &[OpeningHours]) -> Result<(), ValidationError> {
    faults(hours::faults(week).into_iter().map(|fault| match fault {
        HoursError::Backwards(at) => (at, "backwards", "closes before it opens"),
        HoursError::Overlap(at) => (at, "overlap", "overlaps an earlier span of the day"),
    }))
}

/// Owners have an address each.
fn distinct(owners: &[OwnerInput]) -> Result<(), ValidationError> {
    let folded: Vec<String> = owners.iter().map(|owner| owner.email.folded()).collect();
    let is_earlier = |at: usize, email: &String| folded.iter().take(at).any(|other| other == email);
    let twice = folded.iter().enumerate().filter(|(at, email)| is_earlier(*at, email));
    faults(twice.map(|(at, _)| (at, "duplicate", "has the address of an earlier owner")))
}

/// Faults of a list's items: where, which and what it says; the body's extractor takes them apart again.
fn faults(
    faults: impl Iterator<Item = (usize, &'static str, &'static str)>,
) -> Result<(), ValidationError> {
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() {
        return Ok(());
    }
    let mut error = ValidationError::new(ITEMS);
    error.add_param(ITEMS.into(), &faults);
    Err(error)
}

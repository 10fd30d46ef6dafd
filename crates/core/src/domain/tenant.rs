//! Tenants: the organisations that the desk serves.

use super::account::Locale;
use super::hours::OpeningHours;
use super::ids::TenantId;
use super::owner::{CONFIRMATION_LASTS, OwnerDetails};
use super::time::Moment;
use super::user::NewUser;
use super::{EmailAddress, Line, Paragraph, PhoneNumber, Region, Slug, TenantName, TimeZoneName};

/// Most contacts of a tenant.
pub const MAX_CONTACTS: usize = 10;

words! {
    /// What an organisation is.
    TenantKind {
        /// A medical practice.
        Practice = "practice",
        /// A camp.
        Camp = "camp",
        /// A child-care agency.
        ChildCareAgency = "child_care_agency",
        /// A school.
        School = "school",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// Whether a tenant is in use.
    TenantStatus {
        /// In use.
        Active = "active",
        /// Sign-in, invitations, jobs and sending stop; nothing is deleted.
        Suspended = "suspended",
    }
}

/// A way to reach the organisation, told to families that are referred to it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"})))]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Who or what answers there.
    pub label: Line,
    /// The address, absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub email: Option<EmailAddress>,
    /// The number, absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub phone: Option<PhoneNumber>,
}

/// What a tenant decides for itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({
    "time_zone": "America/New_York", "locale": "en", "dormancy_days": 90,
    "support_user_second_factor": false, "help_search_required": true,
    "site_admin_wait_days": 2, "copy_on_referrals": false,
    "no_access_procedure": "Call the office; the director signs in for the family.",
    "phone_region": "US"})))]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// The zone that days and opening hours are read in.
    pub time_zone: TimeZoneName,
    /// The language the organisation is written to in.
    pub locale: Locale,
    /// Days without a sign-in after which a user is deactivated.
    #[cfg_attr(feature = "schema", schema(minimum = 30, maximum = 730, format = "int32"))]
    pub dormancy_days: i32,
    /// Whether Support Users need a second factor.
    pub support_user_second_factor: bool,
    /// Whether a ticket needs a help search of the last 24 hours (PM1, "Help Center").
    pub help_search_required: bool,
    /// Business days to wait for an unavailable Site Admin before the owner may authorise.
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 20, format = "int32"))]
    pub site_admin_wait_days: i32,
    /// Whether the organisation is copied on referrals that are not sensitive, too.
    pub copy_on_referrals: bool,
    /// What people who cannot use the system do instead; null when there is no procedure.
    pub no_access_procedure: Option<Paragraph>,
    /// The country whose telephone numbers are written without their country's; null where every number
    /// has to begin with `+` or `00`.
    pub phone_region: Option<Region>,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            time_zone: TimeZoneName::utc(),
            locale: Locale::English,
            dormancy_days: 90,
            support_user_second_factor: false,
            help_search_required: true,
            site_admin_wait_days: 2,
            copy_on_referrals: false,
            no_access_procedure: None,
            phone_region: None,
        }
    }
}

/// Changes to a tenant's settings; absent ones stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChanges {
    /// See [`TenantSettings::time_zone`].
    pub time_zone: Option<TimeZoneName>,
    /// See [`TenantSettings::locale`].
    pub locale: Option<Locale>,
    /// See [`TenantSettings::dormancy_days`].
    pub dormancy_days: Option<i32>,
    /// See [`TenantSettings::support_user_second_factor`].
    pub support_user_second_factor: Option<bool>,
    /// See [`TenantSettings::help_search_required`].
    pub help_search_required: Option<bool>,
    /// See [`TenantSettings::site_admin_wait_days`].
    pub site_admin_wait_days: Option<i32>,
    /// See [`TenantSettings::copy_on_referrals`].
    pub copy_on_referrals: Option<bool>,
    /// See [`TenantSettings::no_access_procedure`]; `Some(None)` clears it.
    pub no_access_procedure: Option<Option<Paragraph>>,
    /// See [`TenantSettings::phone_region`]; `Some(None)` clears it.
    pub phone_region: Option<Option<Region>>,
}

impl TenantSettings {
    /// The settings after some changes.
    #[must_use]
    pub fn with(&self, changes: &SettingsChanges) -> Self {
        let SettingsChanges { time_zone, locale, no_access_procedure, phone_region, .. } =
            changes.clone();
        Self {
            time_zone: time_zone.unwrap_or_else(|| self.time_zone.clone()),
            locale: locale.unwrap_or(self.locale),
            dormancy_days: changes.dormancy_days.unwrap_or(self.dormancy_days),
            support_user_second_factor: changes
                .support_user_second_factor
                .unwrap_or(self.support_user_second_factor),
            help_search_required: changes.help_search_required.unwrap_or(self.help_search_required),
            site_admin_wait_days: changes.site_admin_wait_days.unwrap_or(self.site_admin_wait_days),
            copy_on_referrals: changes.copy_on_referrals.unwrap_or(self.copy_on_referrals),
            no_access_procedure: no_access_procedure
                .unwrap_or_else(|| self.no_access_procedure.clone()),
            phone_region: phone_region.unwrap_or_else(|| self.phone_region.clone()),
        }
    }
}

impl TimeZoneName {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        match Self::parse("UTC") {
            Ok(utc) => utc,
            Err(error) => unreachable!("the time zone database has no UTC: {error}"),
        }
    }
}

/// Where the organisation is reached: with the owners, its root of trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPoints {
    /// Where notices go.
    pub notification_address: EmailAddress,
    /// How families and staff reach the organisation.
    pub contacts: Vec<Contact>,
}

/// What a tenant is created from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenant {
    /// Its short name, for good.
    pub slug: Slug,
    /// Its name.
    pub name: TenantName,
    /// What it is.
    pub kind: TenantKind,
    /// Where it is reached.
    pub points: ContactPoints,
    /// When it is reached.
    pub hours: Vec<OpeningHours>,
    /// What it decides for itself.
    pub settings: TenantSettings,
    /// Who owns it.
    pub owners: Vec<OwnerDetails>,
    /// Its first Site Admin, who is invited with it.
    pub site_admin: Option<NewUser>,
}

/// A tenant as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name.
    pub slug: Slug,
    /// Its name.
    pub name: TenantName,
    /// What it is.
    pub kind: TenantKind,
    /// Whether it is in use.
    pub status: TenantStatus,
    /// Where it is reached.
    pub points: ContactPoints,
    /// When the contact points were last changed.
    pub points_changed_at: Moment,
    /// When it is reached.
    pub hours: Vec<OpeningHours>,
    /// What it decides for itself.
    pub settings: TenantSettings,
    /// How many owners are on file, and when the longest unconfirmed of them was confirmed.
    pub owners: OwnersOnFile,
    /// Its Site Admins in use.
    pub site_admins: SiteAdminsInUse,
    /// When it was created.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// Counts the changes.
    pub version: i64,
}

/// The owners of a tenant in two figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnersOnFile {
    /// How many there are.
    pub count: i64,
    /// When the one unconfirmed for longest was confirmed.
    pub oldest_confirmation: Option<Moment>,
}

/// The Site Admins of a tenant who are in use, in two figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SiteAdminsInUse {
    /// How many there are.
    pub count: i64,
    /// Of how many of them no training record says that they are fully trained.
    pub untrained: i64,
}

words! {
    /// Something a tenant should mend; never an error.
    Advisory {
        /// Nobody could authorise anything if the Site Admins were gone.
        NoOwnerOnFile = "no_owner_on_file",
        /// An owner's details were last confirmed more than a year ago.
        OwnerNotConfirmed = "owner_not_confirmed",
        /// People who cannot use the system are told nothing.
        NoAccessProcedure = "no_access_procedure",
        /// Nobody stands in when the one Site Admin in use is away, or there is none.
        FewSiteAdmins = "fewer_than_two_site_admins",
        /// A Site Admin in use has no record of full training.
        SiteAdminNotTrained = "site_admin_not_trained",
    }
}

impl Tenant {
    /// What the tenant should mend, now.
    pub fn advisories(&self, now: Moment) -> Vec<Advisory> {
        let stale = |at: Moment| now.since(at) > CONFIRMATION_LASTS;
        let mut advisories = Vec::new();
        if self.owners.count == 0 {
            advisories.push(Advisory::NoOwnerOnFile);
        }
        if self.owners.oldest_confirmation.is_some_and(stale) {
            advisories.push(Advisory::OwnerNotConfirmed);
        }
        if self.settings.no_access_procedure.is_none() {
            advisories.push(Advisory::NoAccessProcedure);
        }
        if self.site_admins.count < 2 {
            advisories.push(Advisory::FewSiteAdmins);
        }
        if self.site_admins.untrained > 0 {
            advisories.push(Advisory::SiteAdminNotTrained);
        }
        advisories
    }
}

/// Changes to what a tenant is; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantChanges {
    /// A new name.
    pub name: Option<TenantName>,
    /// Another kind.
    pub kind: Option<TenantKind>,
}

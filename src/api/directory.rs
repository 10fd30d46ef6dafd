//! Whom to turn to, over HTTP.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::desk_contact::{DeskDetails, Holiday, WaysIn};
use caredesk_core::domain::hours::OpeningHours;
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{
    EmailAddress, Line, Paragraph, PersonName, PhoneNumber, TenantName, TimeZoneName,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::extract::{Caller, Visitor};
use super::problem::Problem;
use crate::service::House;
use crate::service::directory::{self, DeskNow};
use crate::store::directory::{Helper, OwnOrganization};

/// How the desk is reached.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "name": "The caredesk desk", "time_zone": "America/New_York",
    "hours": [{"day": "monday", "opens": "08:00", "closes": "20:00"}],
    "holidays": [{"date": "2026-11-26", "name": "Thanksgiving"}],
    "ways_in": {"portal_url": "https://desk.example/portal", "email": "help@desk.example", "phone": "+15550100300", "chat_url": null},
    "emergency_note": "In a medical emergency call your local emergency number.",
    "is_open": false, "opens_next_at": "2026-11-23T13:00:00Z"}))]
pub(super) struct DeskContact {
    /// What the desk is called.
    name: Line,
    /// The zone that its hours and holidays are read in.
    time_zone: TimeZoneName,
    /// When somebody answers; a span that closes at 23:59 lasts to midnight.
    #[schema(max_items = 21)]
    hours: Vec<OpeningHours>,
    /// The days of the coming sixty on which nobody does.
    #[schema(max_items = 61)]
    holidays: Vec<Holiday>,
    /// How it is reached.
    ways_in: WaysIn,
    /// What to do when it cannot wait; null if nothing is said.
    emergency_note: Option<Paragraph>,
    /// Whether somebody answers now.
    is_open: bool,
    /// When somebody begins to answer next; null if the desk never opens, or never closes.
    opens_next_at: Option<Moment>,
}

impl From<DeskNow> for DeskContact {
    fn from(desk: DeskNow) -> Self {
        let DeskNow { contact, is_open, opens_next, holidays } = desk;
        let DeskDetails { name, time_zone, hours, ways_in, emergency_note, .. } =
            contact.details().clone();
        Self {
            name,
            time_zone,
            hours,
            holidays,
            ways_in,
            emergency_note,
            is_open,
            opens_next_at: opens_next,
        }
    }
}

/// Somebody to turn to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "role": "site_admin", "name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": "+15550100202", "locale": "en"}))]
pub struct SupportPerson {
    /// What they are: `site_admin` or `support_user`.
    role: Role,
    /// Their name.
    name: PersonName,
    /// Where they are written to; null if they have a number only.
    email: Option<EmailAddress>,
    /// Where they are called; null if there is none.
    phone: Option<PhoneNumber>,
    /// The language they are written to in.
    locale: Locale,
}

impl From<Helper> for SupportPerson {
    fn from(helper: Helper) -> Self {
        let Helper { role, name, email, phone, locale } = helper;
        Self { role, name, email, phone, locale }
    }
}

/// Whom to turn to, from the nearest to the desk.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "organization_name": "Pine Lodge Summer Camp",
    "people": [{"role": "site_admin", "name": "Ana Ruiz", "email": "ana.ruiz@pinelodge.example", "phone": null, "locale": "en"}],
    "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"}],
    "time_zone": "America/New_York",
    "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}],
    "no_access_procedure": "Call the office; the director signs in for the family.",
    "desk": {
        "name": "The caredesk desk", "time_zone": "America/New_York",
        "hours": [{"day": "monday", "opens": "08:00", "closes": "20:00"}], "holidays": [],
        "ways_in": {"portal_url": "https://desk.example/portal", "email": null, "phone": null, "chat_url": null},
        "emergency_note": null, "is_open": false, "opens_next_at": "2026-11-23T13:00:00Z"}}))]
pub(super) struct SupportContacts {
    /// The organisation's name.
    organization_name: TenantName,
    /// Its Site Admins, then its Support Users, whoever has served longest first; a hundred at most.
    #[schema(max_items = 100)]
    people: Vec<SupportPerson>,
    /// How the organisation is reached.
    #[schema(max_items = 10)]
    contacts: Vec<Contact>,
    /// The zone that the organisation's hours are read in.
    time_zone: TimeZoneName,
    /// When the organisation is reached.
    #[schema(max_items = 21)]
    hours: Vec<OpeningHours>,
    /// What people who cannot use the system do instead; null when there is no procedure.
    no_access_procedure: Option<Paragraph>,
    /// The desk.
    desk: DeskContact,
}

impl From<directory::SupportContacts> for SupportContacts {
    fn from(found: directory::SupportContacts) -> Self {
        let OwnOrganization { name, contacts, hours, settings, helpers } = found.organization;
        Self {
            organization_name: name,
            people: helpers.into_iter().map(SupportPerson::from).collect(),
            contacts,
            time_zone: settings.time_zone,
            hours,
            no_access_procedure: settings.no_access_procedure,
            desk: found.desk.into(),
        }
    }
}

/// Read the desk's contact
///
/// Shows how the desk is reached, its hours and next holidays, whether somebody answers now, and when
/// somebody does next. Nobody needs to sign in for it.
#[utoipa::path(operation_id = "read_desk_contact", tag = "directory", security(()), extensions(("x-action" = json!("desk_contact.read"))),
    responses((status = 200, description = "The desk's contact.", body = DeskContact)))]
#[get("/desk-contact")]
async fn read_desk_contact(_: Visitor, house: Data<House>) -> Result<HttpResponse, Problem> {
    Ok(answer::page(&DeskContact::from(house.desk_contact()?)))
}

/// List whom to turn to
///
/// Names the Site Admins and Support Users in use of the caller's own organisation, how the organisation
/// is reached, what it does for people who cannot use the system, and the desk.
#[utoipa::path(operation_id = "list_support_contacts", tag = "directory", extensions(("x-action" = json!("support_contact.list"))),
    responses((status = 200, description = "Whom to turn to.", body = SupportContacts)))]
#[get("/support-contacts")]
async fn list_support_contacts(
    caller: Caller,
    house: Data<House>,
) -> Result<HttpResponse, Problem> {
    let desk = Arc::clone(&house.desk);
    let find = move |conn: &mut _, looker: &_| directory::support_contacts(conn, looker, desk);
    let found = answer::look(&house, &caller, find).await?;
    Ok(answer::page(&SupportContacts::from(found)))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(read_desk_contact).service(list_support_contacts);
}

//! Whom the people of an organisation turn to.

use caredesk_core::domain::account::{AccountStatus, Locale, Role};
use caredesk_core::domain::hours::OpeningHours;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::tenant::{Contact, TenantSettings};
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, TenantName};
use caredesk_core::policy::{Scope, Sight};
use diesel::prelude::*;

use super::columns::Json;
use super::db::Conn;
use super::error::StoreResult;
use super::schema::{accounts, tenants};

/// Most people that are named.
pub const MOST_NAMED: i64 = 100;

/// Most people that an answer names.
const MOST_IN_AN_ANSWER: i64 = 20;

/// Somebody who helps others of their organisation.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = accounts)]
pub struct Helper {
    /// What they are.
    pub role: Role,
    /// Their name.
    pub name: PersonName,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// Where they are called.
    pub phone: Option<PhoneNumber>,
    /// The language they are written to in.
    pub locale: Locale,
}

/// An organisation as its own people may know it.
#[derive(Debug, Clone)]
pub struct OwnOrganization {
    /// Its name.
    pub name: TenantName,
    /// How it is reached.
    pub contacts: Vec<Contact>,
    /// When it is reached.
    pub hours: Vec<OpeningHours>,
    /// What it decides for itself.
    pub settings: TenantSettings,
    /// Its Site Admins and Support Users in use.
    pub helpers: Vec<Helper>,
}

/// The Site Admins of an organisation, then its Support Users, whoever has served longest first: as many as an answer
/// to one of its users names.
pub fn helpers(conn: &mut Conn, tenant: TenantId) -> StoreResult<Vec<Helper>> {
    let helps = accounts::tenant_id
        .eq(tenant)
        .and(accounts::role.eq_any([Role::SiteAdmin, Role::SupportUser]))
        .and(accounts::status.eq(AccountStatus::Active));
    Ok(accounts::table
        .filter(helps)
        .order((accounts::role, accounts::id))
        .limit(MOST_IN_AN_ANSWER)
        .select(Helper::as_select())
        .load(conn)?)
}

/// What stands in every row beside the helper.
type Columns = (TenantName, Json<Vec<Contact>>, Json<Vec<OpeningHours>>, Json<TenantSettings>);

/// The organisation of the reader with its Site Admins, then its Support Users, each in the order in
/// which their accounts were made; one statement. None for who belongs to none.
pub fn own_organization(conn: &mut Conn, scope: Scope) -> StoreResult<Option<OwnOrganization>> {
    let Sight::Tenant(tenant) = scope.sight() else { return Ok(None) };
    let helps = accounts::tenant_id
        .eq(tenants::id.nullable())
        .and(accounts::role.eq_any([Role::SiteAdmin, Role::SupportUser]))
        .and(accounts::status.eq(AccountStatus::Active));
    let rows: Vec<(Columns, Option<Helper>)> = tenants::table
        .left_join(accounts::table.on(helps))
        .filter(tenants::id.eq(tenant))
        .order((accounts::role, accounts::id))
        .limit(MOST_NAMED)
        .select((
            (tenants::name, tenants::contacts, tenants::hours, tenants::settings),
            Option::<Helper>::as_select(),
        ))
        .load(conn)?;
    let mut organization = None;
    let mut helpers = Vec::new();
    for (columns, helper) in rows {
        organization.get_or_insert(columns);
        helpers.extend(helper);
    }
    Ok(organization.map(|(name, Json(contacts), Json(hours), Json(settings))| OwnOrganization {
        name,
        contacts,
        hours,
        settings,
        helpers,
    }))
}

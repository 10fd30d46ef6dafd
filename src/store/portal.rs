//! What a family sees: its applications and their organisations.

use caredesk_core::domain::application::ApplicationStatus;
use caredesk_core::domain::hours::OpeningHours;
use caredesk_core::domain::ids::{AccountId, ApplicationId, TenantId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::tenant::{Contact, TenantSettings};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{ApplicationNumber, ChildId, EmailAddress, PersonName, TenantName};
use caredesk_core::policy::{Scope, Sight};
use diesel::prelude::*;
use std::collections::HashMap;

use super::columns::Json;
use super::db::Conn;
use super::db::query::row_before;
use super::error::StoreResult;
use super::schema::{application_children, applications, tenants};

/// An application as the family sees it that is linked to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyApplication {
    /// Its id.
    pub id: ApplicationId,
    /// The organisation.
    pub tenant: TenantId,
    /// What that is called.
    pub organization: TenantName,
    /// Its number there.
    pub number: ApplicationNumber,
    /// The family's name.
    pub family_name: PersonName,
    /// How far it has come.
    pub status: ApplicationStatus,
    /// Since when it is linked.
    pub linked_at: Moment,
    /// The children: the organisation's id, and the name where it gave one.
    pub children: Vec<(ChildId, Option<PersonName>)>,
}

/// Where a row stands in its list: microseconds, id.
pub type FamilyKey = (i64, ApplicationId);

/// An organisation as the families of its applications may know it.
#[derive(Debug, Clone)]
pub struct FamilyOrganization {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: TenantName,
    /// How it is reached.
    pub contacts: Vec<Contact>,
    /// When it is reached.
    pub hours: Vec<OpeningHours>,
    /// What it decides for itself.
    pub settings: TenantSettings,
}

/// Where an organisation is told of what its families do, and what it calls an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The organisation.
    pub tenant: TenantId,
    /// Its name.
    pub name: TenantName,
    /// Where it is written to.
    pub address: EmailAddress,
    /// What it decides for itself.
    pub settings: TenantSettings,
    /// The application's number.
    pub number: ApplicationNumber,
}

/// What stands in a row beside the organisation's name.
type Columns =
    (ApplicationId, TenantId, ApplicationNumber, PersonName, ApplicationStatus, Option<Moment>);

/// A page of the applications that are linked to the reader, those that were linked last in front; `only` one
/// of them.
pub fn applications_of(
    conn: &mut Conn,
    scope: Scope,
    (only, after, limit): (Option<ApplicationId>, Option<FamilyKey>, i64),
) -> StoreResult<Page<FamilyApplication, FamilyKey>> {
    let Sight::Guardian(account) = scope.sight() else {
        return Ok(Page { rows: Vec::new(), next: None, total: None });
    };
    let mut page = applications::table
        .inner_join(tenants::table)
        .filter(applications::account_id.eq(account))
        .into_boxed();
    if let Some(only) = only {
        page = page.filter(applications::id.eq(only));
    }
    if let Some((at, id)) = after {
        let key = (Moment::from_micros(at), id);
        page = page.filter(row_before((applications::linked_at, applications::id), key));
    }
    let rows: Vec<(Columns, TenantName)> = page
        .order((applications::linked_at.desc(), applications::id.desc()))
        .limit(limit.saturating_add(1))
        .select((
            (
                applications::id,
                applications::tenant_id,
                applications::number,
                applications::family_name,
                applications::status,
                applications::linked_at,
            ),
            tenants::name,
        ))
        .load(conn)?;
    let at = |columns: &Columns| columns.5.unwrap_or(Moment::from_micros(0));
    let page = Page::cut(rows, limit, |(columns, _)| (at(columns).micros(), columns.0));
    let ids: Vec<ApplicationId> = page.rows.iter().map(|(columns, _)| columns.0).collect();
    let mut children = children_of(conn, ids)?;
    Ok(page.map(|(columns, organization)| {
        let linked_at = at(&columns);
        let (id, tenant, number, family_name, status, _) = columns;
        let children = children.remove(&id).unwrap_or_default();
        FamilyApplication {
            id,
            tenant,
            organization,
            number,
            family_name,
            status,
            linked_at,
            children,
        }
    }))
}

/// Children by their applications.
type Children = HashMap<ApplicationId, Vec<(ChildId, Option<PersonName>)>>;

/// The children of some applications.
fn children_of(conn: &mut Conn, ids: Vec<ApplicationId>) -> StoreResult<Children> {
    type Kept = (ApplicationId, ChildId, Option<PersonName>);
    let mut children = Children::new();
    if ids.is_empty() {
        return Ok(children);
    }
    let kept: Vec<Kept> = application_children::table
        .filter(application_children::application_id.eq_any(ids))
        .order((application_children::application_id, application_children::seq))
        .select((
            application_children::application_id,
            application_children::child_id,
            application_children::name,
        ))
        .load(conn)?;
    for (application, child, name) in kept {
        children.entry(application).or_default().push((child, name));
    }
    Ok(children)
}

/// The organisations of the applications that are linked to the reader, by name.
pub fn organizations_of(conn: &mut Conn, scope: Scope) -> StoreResult<Vec<FamilyOrganization>> {
    type Row =
        (TenantId, TenantName, Json<Vec<Contact>>, Json<Vec<OpeningHours>>, Json<TenantSettings>);
    let Sight::Guardian(account) = scope.sight() else { return Ok(Vec::new()) };
    let theirs = applications::table
        .filter(applications::account_id.eq(account))
        .select(applications::tenant_id);
    let rows: Vec<Row> = tenants::table
        .filter(tenants::id.eq_any(theirs))
        .order((tenants::name_key, tenants::id))
        .limit(MOST_ORGANIZATIONS)
        .select((tenants::id, tenants::name, tenants::contacts, tenants::hours, tenants::settings))
        .load(conn)?;
    let organization = |(id, name, Json(contacts), Json(hours), Json(settings)): Row| {
        FamilyOrganization { id, name, contacts, hours, settings }
    };
    Ok(rows.into_iter().map(organization).collect())
}

/// Most organisations that are shown of one family.
pub const MOST_ORGANIZATIONS: i64 = 100;

/// What is told to an organisation, of the applications that a condition names.
macro_rules! told {
    ($conn:expr, $which:expr) => {{
        type Row = (TenantId, TenantName, EmailAddress, Json<TenantSettings>, ApplicationNumber);
        let rows: Vec<Row> = applications::table
            .inner_join(tenants::table)
            .filter($which)
            .order((tenants::id, applications::id))
            .select((
                tenants::id,
                tenants::name,
                tenants::notification_address,
                tenants::settings,
                applications::number,
            ))
            .load($conn)?;
        let told = |(tenant, name, address, Json(settings), number): Row| Told {
            tenant,
            name,
            address,
            settings,
            number,
        };
        rows.into_iter().map(told).collect::<Vec<Told>>()
    }};
}

/// The organisations that are told of what an account's family does, an application each.
pub fn told_of(conn: &mut Conn, account: AccountId) -> StoreResult<Vec<Told>> {
    Ok(told!(conn, applications::account_id.eq(account)))
}

/// The organisation that is told of what becomes of an application.
pub fn told_about(conn: &mut Conn, id: ApplicationId) -> StoreResult<Option<Told>> {
    Ok(told!(conn, applications::id.eq(id)).pop())
}

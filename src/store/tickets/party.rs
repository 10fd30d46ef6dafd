//! The organisation that a ticket is about, as opening one and answering it need to know it.

use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::application::OnlineAccount;
use caredesk_core::domain::ids::{AccountId, ApplicationId, DecisionId, TenantId, TicketId};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::tenant::{Contact, TenantSettings, TenantStatus};
use caredesk_core::domain::ticket::MaskedSubject;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, Slug, TenantName};
use caredesk_core::policy::decision_log::LoggedFact;
use caredesk_core::policy::desk::Channel;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{DetailsRow, is_by_caller};
use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::db::query::{SqlLiteral, sql};
use crate::store::error::StoreResult;
use crate::store::schema::{
    applications, decisions, tenants, ticket_details, ticket_originals, tickets,
};

/// An organisation, as a ticket needs to know it.
#[derive(Debug, Clone)]
pub struct Party {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: TenantName,
    /// Whether it is in use.
    pub status: TenantStatus,
    /// Where it is told things.
    pub address: EmailAddress,
    /// How families reach it.
    pub contacts: Vec<Contact>,
    /// What it decides for itself.
    pub settings: TenantSettings,
    /// Its Site Admins in use.
    pub site_admins: i64,
    /// Those of them who can act now.
    pub site_admins_with_factor: i64,
}

/// How many Site Admins of the row's organisation are in use.
fn site_admins() -> SqlLiteral<BigInt> {
    let (role, status) = (Role::SiteAdmin, AccountStatus::Active);
    sql(format!(
        "(SELECT count(*) FROM accounts WHERE accounts.tenant_id = tenants.id \
         AND accounts.role = '{role}' AND accounts.status = '{status}')"
    ))
}

/// As [`site_admins`], those with a second factor.
fn site_admins_with_factor() -> SqlLiteral<BigInt> {
    let (role, status) = (Role::SiteAdmin, AccountStatus::Active);
    sql(format!(
        "(SELECT count(*) FROM accounts JOIN second_factors ON second_factors.account_id = accounts.id \
         WHERE accounts.tenant_id = tenants.id AND accounts.role = '{role}' \
         AND accounts.status = '{status}' AND second_factors.confirmed_at IS NOT NULL)"
    ))
}

/// An organisation by its id; one statement.
pub fn party(conn: &mut Conn, id: TenantId) -> StoreResult<Option<Party>> {
    type Columns =
        (TenantName, TenantStatus, EmailAddress, Json<Vec<Contact>>, Json<TenantSettings>);
    let row: Option<(Columns, i64, i64)> = tenants::table
        .find(id)
        .select((
            (
                tenants::name,
                tenants::status,
                tenants::notification_address,
                tenants::contacts,
                tenants::settings,
            ),
            site_admins(),
            site_admins_with_factor(),
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|((name, status, address, Json(contacts), Json(settings)), admins, proven)| Party {
        id,
        name,
        status,
        address,
        contacts,
        settings,
        site_admins: admins,
        site_admins_with_factor: proven,
    }))
}

/// The id of the organisation with a short name.
pub fn tenant_of_slug(conn: &mut Conn, slug: &Slug) -> StoreResult<Option<TenantId>> {
    let named = tenants::table.filter(tenants::slug.eq(slug.clone()));
    Ok(named.select(tenants::id).first(conn).optional()?)
}

/// The organisation that a family means: that of an application that is linked to it, or one that it names
/// and has an application with. None if it has none there.
pub fn tenant_of_family(
    conn: &mut Conn,
    account: AccountId,
    (application, tenant): (Option<ApplicationId>, Option<TenantId>),
) -> StoreResult<Option<TenantId>> {
    let mut linked = applications::table.filter(applications::account_id.eq(account)).into_boxed();
    if let Some(application) = application {
        linked = linked.filter(applications::id.eq(application));
    }
    if let Some(tenant) = tenant {
        linked = linked.filter(applications::tenant_id.eq(tenant));
    }
    let newest = linked.order((applications::linked_at.desc(), applications::id.desc()));
    Ok(newest.select(applications::tenant_id).first(conn).optional()?)
}

/// The organisations that a family has applications with, each once; two at most, for that is too many to guess
/// which one is meant.
pub fn tenants_of_family(conn: &mut Conn, account: AccountId) -> StoreResult<Vec<TenantId>> {
    let linked = applications::table.filter(applications::account_id.eq(account));
    let each = linked.select(applications::tenant_id).distinct();
    Ok(each.order(applications::tenant_id.asc()).limit(2).load(conn)?)
}

/// What a ticket's case has met, as the next text on it is looked at with it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Met {
    /// The organisation, to which the names are sealed.
    pub tenant: TenantId,
    /// The account of whoever asked.
    pub requester: Option<AccountId>,
    /// By which way it came.
    pub channel: Channel,
    /// When it was opened.
    pub opened_at: Moment,
    /// What it is about, masked.
    pub subject: MaskedSubject,
    /// The names, sealed.
    pub names: Vec<u8>,
    /// What was told beside the words.
    pub details: Option<DetailsRow>,
}

impl Met {
    /// Whether an agent writes down what whoever asked says.
    pub fn is_by_caller(&self) -> bool {
        is_by_caller(self.requester, self.channel)
    }
}

/// Where what cases have met is read from.
macro_rules! originals {
    () => {
        ticket_originals::table.inner_join(tickets::table).left_join(
            ticket_details::table.on(ticket_details::ticket_id.eq(ticket_originals::ticket_id)),
        )
    };
}

/// What is read of each.
macro_rules! met {
    () => {
        (
            tickets::tenant_id,
            tickets::requester_id,
            tickets::channel,
            tickets::created_at,
            tickets::subject,
            ticket_originals::names,
            Option::<DetailsRow>::as_select(),
        )
    };
}

/// What a ticket's case has met.
pub fn names(conn: &mut Conn, ticket: TicketId) -> StoreResult<Option<Met>> {
    let row = originals!().filter(ticket_originals::ticket_id.eq(ticket)).select(met!());
    Ok(row.first(conn).optional()?)
}

/// As [`names`], of many: a row for each that is there.
pub fn names_of_all(conn: &mut Conn, tickets: &[TicketId]) -> StoreResult<Vec<(TicketId, Met)>> {
    let rows = originals!()
        .filter(ticket_originals::ticket_id.eq_any(tickets.to_vec()))
        .select((ticket_originals::ticket_id, met!()));
    Ok(rows.load(conn)?)
}

/// How an application of an organisation stands to the portal: how it is kept, until when an invitation counts,
/// how the family prefers to be reached, and whose it is.
pub type Standing = (OnlineAccount, Option<Moment>, Method, Option<AccountId>);

/// How an application of an organisation stands to the portal.
pub fn application(
    conn: &mut Conn,
    tenant: TenantId,
    id: ApplicationId,
) -> StoreResult<Option<Standing>> {
    let row = applications::table
        .filter(applications::id.eq(id).and(applications::tenant_id.eq(tenant)))
        .select((
            applications::online_account,
            applications::invited_until,
            applications::preferred_method,
            applications::account_id,
        ));
    Ok(row.first(conn).optional()?)
}

/// The facts that a decision rests on.
pub fn facts_of(conn: &mut Conn, decision: DecisionId) -> StoreResult<Vec<LoggedFact>> {
    let facts = decisions::table.find(decision).select(decisions::facts);
    let found: Option<Json<Vec<LoggedFact>>> = facts.first(conn).optional()?;
    Ok(found.map(|Json(facts)| facts).unwrap_or_default())
}

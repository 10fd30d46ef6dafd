//! Applications of families: rows, pages and the words they are found by.

mod batches;
mod changes;
mod words;

use std::collections::HashMap;

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::application::{
    Access, Application, ApplicationStatus, Child, Linked, OnlineAccount,
};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, ApplicationId, TenantId};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::page::{MAX_TOTAL, Page};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{
    ApplicationNumber, ChildId, EmailAddress, PersonName, PhoneNumber, SearchText,
};
use caredesk_core::policy::{Scope, Sight};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Nullable;

use super::columns::Word;
use super::db::query::{Locked, SqlLiteral, nothing, row_after, row_before, sql};
use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::{application_children, application_terms, applications};
pub use batches::{BatchKey, Meant, count_meant, meant_locked, next_meant, some_locked};
pub use changes::{
    Numbered, draw_number, insert, invited, linked, submitted, uninvited, unlinked, update,
    withdrawn,
};

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
// Null and not the default where there is nothing: so SQLite, too, takes several rows in one statement.
#[diesel(table_name = applications, treat_none_as_default_value = false)]
struct Row {
    id: ApplicationId,
    tenant_id: TenantId,
    number: ApplicationNumber,
    number_key: String,
    family_name: PersonName,
    family_key: String,
    email: Option<EmailAddress>,
    phone: Option<PhoneNumber>,
    preferred_method: Method,
    locale: Locale,
    status: ApplicationStatus,
    online_account: OnlineAccount,
    invited_until: Option<Moment>,
    account_id: Option<AccountId>,
    linked_at: Option<Moment>,
    unlinked_at: Option<Moment>,
    submitted_at: Option<Moment>,
    withdrawn_at: Option<Moment>,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

/// A row with the address and the number of the account that is linked.
type Found = (Row, Option<EmailAddress>, Option<PhoneNumber>);

/// How a list of applications is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationOrder {
    /// Newest first.
    Newest,
    /// By the family's name, in the order of its plain form.
    FamilyName,
}

/// Which applications are meant, other than by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ApplicationFilter {
    /// A number, or words that the family's name begins with; all must be found.
    pub search: Option<SearchText>,
    /// Only in this status.
    pub status: Option<ApplicationStatus>,
    /// Only those whose family stands so to the portal now.
    pub online: Option<OnlineAccount>,
    /// Only of this child.
    pub child: Option<ChildId>,
}

/// Which applications a page shows.
#[derive(Debug, Clone)]
pub struct ApplicationQuery {
    /// Which.
    pub filter: ApplicationFilter,
    /// In this order.
    pub order: ApplicationOrder,
    /// After this key.
    pub after: Option<ApplicationKey>,
    /// So many rows.
    pub limit: i64,
    /// Whether to count what the filter finds.
    pub total: bool,
}

/// Where a row stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ApplicationKey {
    /// In the order of creation: microseconds, id.
    Newest(i64, ApplicationId),
    /// In the order of names: plain name, id.
    FamilyName(String, ApplicationId),
}

/// A query that conditions can still be added to.
type Boxed<'q> = applications::BoxedQuery<'q, MultiBackend>;

/// The applications that a reader may see: an organisation's people those that were made to it, a guardian
/// those that are linked to them.
fn visible<'q>(scope: Scope) -> Boxed<'q> {
    let all = applications::table.into_boxed();
    match scope.sight() {
        Sight::System => all,
        Sight::Tenant(tenant) => all.filter(applications::tenant_id.eq(tenant)),
        Sight::Guardian(account) => all.filter(applications::account_id.eq(account)),
        Sight::Desk(_) | Sight::Public => all.filter(nothing()),
    }
}

/// The address of the account that is linked to the application of the row.
fn linked_email() -> SqlLiteral<Nullable<Word>> {
    sql("(SELECT accounts.email FROM accounts WHERE accounts.id = applications.account_id)")
}

/// The number of the account that is linked to the application of the row.
fn linked_phone() -> SqlLiteral<Nullable<Word>> {
    sql("(SELECT accounts.phone FROM accounts WHERE accounts.id = applications.account_id)")
}

/// One application, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: ApplicationId) -> StoreResult<Option<Application>> {
    let found: Option<Found> = visible(scope)
        .filter(applications::id.eq(id))
        .select((Row::as_select(), linked_email(), linked_phone()))
        .first(conn)
        .optional()?;
    Ok(with_children(conn, found.into_iter().collect())?.pop())
}

/// One application, locked, so that what follows from its state holds until the transaction ends.
pub fn find_locked(
    conn: &mut Conn,
    scope: Scope,
    id: ApplicationId,
) -> StoreResult<Option<Application>> {
    let row = applications::table.find(id).select(applications::id);
    let locked: Option<ApplicationId> = Locked(row).get_result(conn).optional()?;
    if locked.is_some() { find(conn, scope, id) } else { Ok(None) }
}

/// One page of the applications that the reader may see.
pub fn list(
    conn: &mut Conn,
    (scope, now): (Scope, Moment),
    ask: &ApplicationQuery,
) -> StoreResult<Page<Application, ApplicationKey>> {
    let mut page = filtered((scope, now), &ask.filter);
    page = match ask.after.clone() {
        Some(ApplicationKey::Newest(at, id)) => page.filter(row_before(
            (applications::created_at, applications::id),
            (Moment::from_micros(at), id),
        )),
        Some(ApplicationKey::FamilyName(name, id)) => {
            page.filter(row_after((applications::family_key, applications::id), (name, id)))
        }
        None => page,
    };
    page = match ask.order {
        ApplicationOrder::Newest => {
            page.order((applications::created_at.desc(), applications::id.desc()))
        }
        ApplicationOrder::FamilyName => {
            page.order((applications::family_key.asc(), applications::id.asc()))
        }
    };
    let rows: Vec<Found> = page
        .limit(ask.limit.saturating_add(1))
        .select((Row::as_select(), linked_email(), linked_phone()))
        .load(conn)?;
    let key = |(row, ..): &Found| match ask.order {
        ApplicationOrder::Newest => ApplicationKey::Newest(row.created_at.micros(), row.id),
        ApplicationOrder::FamilyName => ApplicationKey::FamilyName(row.family_key.clone(), row.id),
    };
    let Page { rows, next, .. } = Page::cut(rows, ask.limit, key);
    let total = if ask.total {
        let counted = filtered((scope, now), &ask.filter).select(applications::id).limit(MAX_TOTAL);
        let counted = counted.order((applications::created_at.desc(), applications::id.desc()));
        let found = counted.load::<ApplicationId>(conn)?.len();
        Some(i64::try_from(found).unwrap_or(MAX_TOTAL))
    } else {
        None
    };
    Ok(Page { rows: with_children(conn, rows)?, next, total })
}

/// Those of some numbers of an organisation, as they are compared, that applications have.
pub fn taken(
    conn: &mut Conn,
    tenant: TenantId,
    keys: Vec<String>,
) -> StoreResult<Vec<(String, ApplicationId)>> {
    let named = applications::table
        .filter(applications::tenant_id.eq(tenant))
        .filter(applications::number_key.eq_any(keys));
    Ok(named.select((applications::number_key, applications::id)).load(conn)?)
}

/// The applications that a reader may see and a filter lets through.
fn filtered<'q>((scope, now): (Scope, Moment), ask: &ApplicationFilter) -> Boxed<'q> {
    let mut found = visible(scope);
    if let Some(status) = ask.status {
        found = found.filter(applications::status.eq(status));
    }
    found = match ask.online {
        Some(OnlineAccount::Expired) => found
            .filter(applications::online_account.eq(OnlineAccount::Invited))
            .filter(applications::invited_until.le(now)),
        Some(OnlineAccount::Invited) => found
            .filter(applications::online_account.eq(OnlineAccount::Invited))
            .filter(applications::invited_until.gt(now)),
        Some(online) => found.filter(applications::online_account.eq(online)),
        None => found,
    };
    if let Some(child) = &ask.child {
        let matching = application_children::table
            .filter(application_children::tenant_id.eq(applications::tenant_id))
            .filter(application_children::child_key.eq(child.folded()))
            .filter(application_children::application_id.eq(applications::id));
        found = found.filter(exists(matching));
    }
    let Some(search) = &ask.search else { return found };
    let terms = words::sought(search);
    if terms.is_empty() {
        found = found.filter(nothing());
    }
    for term in terms {
        let end = format!("{term}{}", char::MAX);
        let begins = application_terms::term.ge(term).and(application_terms::term.lt(end));
        let matching = application_terms::table
            .filter(application_terms::tenant_id.eq(applications::tenant_id))
            .filter(begins.and(application_terms::application_id.eq(applications::id)));
        found = found.filter(exists(matching));
    }
    found
}

/// Rows as applications, with their children: one statement for all of them.
fn with_children(conn: &mut Conn, rows: Vec<Found>) -> StoreResult<Vec<Application>> {
    let ids: Vec<ApplicationId> = rows.iter().map(|(row, ..)| row.id).collect();
    let mut children: HashMap<ApplicationId, Vec<Child>> = HashMap::new();
    if !ids.is_empty() {
        type Kept = (ApplicationId, ChildId, Option<PersonName>);
        let kept: Vec<Kept> = application_children::table
            .filter(application_children::application_id.eq_any(ids))
            .order((application_children::application_id, application_children::seq))
            .select((
                application_children::application_id,
                application_children::child_id,
                application_children::name,
            ))
            .load(conn)?;
        for (application, child_id, name) in kept {
            children.entry(application).or_default().push(Child { child_id, name });
        }
    }
    let of = |found: Found| {
        let theirs = children.remove(&found.0.id).unwrap_or_default();
        application(found, theirs)
    };
    Ok(rows.into_iter().map(of).collect())
}

/// A row as an application.
fn application((row, email, phone): Found, children: Vec<Child>) -> Application {
    let contact = email.map(Contact::Email).or_else(|| phone.map(Contact::Phone));
    let linked = row.account_id.zip(row.linked_at);
    let linked = linked.map(|(account, since)| Linked { account, contact, since });
    Application {
        id: row.id,
        tenant: row.tenant_id,
        number: row.number,
        family_name: row.family_name,
        email: row.email,
        phone: row.phone,
        preferred_method: row.preferred_method,
        locale: row.locale,
        children,
        status: row.status,
        access: Access {
            kept: row.online_account,
            invited_until: row.invited_until,
            linked,
            unlinked_at: row.unlinked_at,
        },
        submitted_at: row.submitted_at,
        withdrawn_at: row.withdrawn_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    }
}

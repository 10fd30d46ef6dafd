//! Users of organisations, as those who look after them see them.

mod changes;
mod words;

use std::collections::{HashMap, HashSet};

use caredesk_core::domain::account::{AccountStatus, InactiveReason, Realm, Role};
use caredesk_core::domain::fold;
use caredesk_core::domain::ids::{AccountId, EvidenceId, RoleId, TenantId};
use caredesk_core::domain::page::{MAX_TOTAL, Page};
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::{GivenRole, User, UserNumber};
use caredesk_core::domain::{PersonName, RoleName, SearchText};
use caredesk_core::policy::{Scope, Sight};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use jiff::SignedDuration;

use super::Row;
use crate::store::db::Conn;
use crate::store::db::query::{Locked, SqlLiteral, nothing, row_after, row_before, sql};
use crate::store::error::StoreResult;
use crate::store::schema::{
    PERMISSION_BITS, accounts, roles, training_records, user_roles, user_terms,
};
pub use candidate::candidate;
pub use changes::{Numbered, deactivate, draw_numbers, insert, keep_active, reactivate, update};
pub(super) use words::reindex;

/// What a [`User`] is made of, beyond its account.
#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct UserRow {
    #[diesel(embed)]
    account: Row,
    number: Option<i64>,
    first_name: Option<PersonName>,
    last_name: Option<PersonName>,
    name_key: Option<String>,
    inactive_reason: Option<InactiveReason>,
    inactive_since: Option<Moment>,
    inactive_for: i64,
    kept_active: bool,
    idle_since: Option<Moment>,
    first_used_at: Option<Moment>,
    first_use_evidence: Option<EvidenceId>,
    was_site_admin: bool,
    updated_at: Moment,
}

/// A row with whether there is a second factor, whether the person is trained, what is
/// permitted, and until when an invitation counts.
type Found = (UserRow, Option<Moment>, bool, Option<i64>, Option<Moment>);

/// How a list of users is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserOrder {
    /// Newest first.
    Newest,
    /// By last and first name, in the order of their plain form.
    Name,
    /// By number.
    Number,
}

/// Which users a page shows.
#[derive(Debug, Clone)]
pub struct UserQuery {
    /// A number, or words that names, user name or address begin with; all must be found.
    pub search: Option<SearchText>,
    /// Only in this status.
    pub status: Option<AccountStatus>,
    /// Only of this built-in role.
    pub role: Option<Role>,
    /// Only those who were given this role.
    pub given: Option<RoleId>,
    /// Only those who are trained, or are not.
    pub trained: Option<bool>,
    /// Only those whom dormancy passes over, or does not.
    pub kept_active: Option<bool>,
    /// In this order.
    pub order: UserOrder,
    /// After this key.
    pub after: Option<UserKey>,
    /// So many rows.
    pub limit: i64,
    /// Whether to count what the filter finds.
    pub total: bool,
}

/// Where a row stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum UserKey {
    /// In the order of creation: microseconds, id.
    Newest(i64, AccountId),
    /// In the order of names: plain name, id.
    Name(String, AccountId),
    /// In the order of numbers: number, id.
    Number(i64, AccountId),
}

/// A query that conditions can still be added to.
type Boxed<'q> = accounts::BoxedQuery<'q, crate::store::db::MultiBackend>;

/// The users that a reader may see.
fn visible<'q>(scope: Scope) -> Boxed<'q> {
    let users = accounts::table.filter(accounts::realm.eq(Realm::Tenant)).into_boxed();
    match scope.sight() {
        Sight::System => users,
        Sight::Tenant(tenant) => users.filter(accounts::tenant_id.eq(tenant)),
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => users.filter(nothing()),
    }
}

/// Whether a training record that counts says fully trained, of the account of the row.
macro_rules! is_trained {
    () => {
        exists(
            training_records::table.filter(
                training_records::account_id
                    .eq(accounts::id)
                    .and(training_records::fully_trained.eq(true))
                    .and(training_records::withdrawn_at.is_null()),
            ),
        )
    };
}

mod candidate; // behind the macro that it uses

/// Whether the account of the row has a second factor: since when.
fn confirmed_at() -> SqlLiteral<Nullable<crate::store::columns::Instant>> {
    sql("(SELECT confirmed_at FROM second_factors WHERE second_factors.account_id = accounts.id)")
}

/// What the given roles of the account of the row permit.
fn bits() -> SqlLiteral<Nullable<BigInt>> {
    sql(PERMISSION_BITS)
}

/// Until when the link counts that the account of the row was sent to set a first password with.
fn invited_until() -> SqlLiteral<Nullable<crate::store::columns::Instant>> {
    sql("(SELECT MAX(links.expires_at) FROM links WHERE links.account_id = accounts.id \
         AND links.purpose = 'enrolment' AND links.used_at IS NULL)")
}

/// One user, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: AccountId) -> StoreResult<Option<User>> {
    let found: Option<Found> = visible(scope)
        .filter(accounts::id.eq(id))
        .select((UserRow::as_select(), confirmed_at(), is_trained!(), bits(), invited_until()))
        .first(conn)
        .optional()?;
    Ok(users(conn, found.into_iter().collect())?.pop())
}

/// One user, locked, so that what follows from its state holds until the transaction ends.
pub fn find_locked(conn: &mut Conn, scope: Scope, id: AccountId) -> StoreResult<Option<User>> {
    let row = accounts::table.find(id).select(accounts::id);
    let locked: Option<AccountId> = Locked(row).get_result(conn).optional()?;
    if locked.is_some() { find(conn, scope, id) } else { Ok(None) }
}

/// One page of the users that the reader may see.
pub fn list(conn: &mut Conn, scope: Scope, ask: &UserQuery) -> StoreResult<Page<User, UserKey>> {
    let mut page = filtered(scope, ask);
    page = match ask.after.clone() {
        Some(UserKey::Newest(at, id)) => page.filter(row_before(
            (accounts::created_at, accounts::id),
            (Moment::from_micros(at), id),
        )),
        Some(UserKey::Name(name, id)) => {
            page.filter(row_after((accounts::name_key, accounts::id), (name, id)))
        }
        Some(UserKey::Number(number, id)) => {
            page.filter(row_after((accounts::number, accounts::id), (number, id)))
        }
        None => page,
    };
    page = match ask.order {
        UserOrder::Newest => page.order((accounts::created_at.desc(), accounts::id.desc())),
        UserOrder::Name => page.order((accounts::name_key.asc(), accounts::id.asc())),
        UserOrder::Number => page.order((accounts::number.asc(), accounts::id.asc())),
    };
    let rows: Vec<Found> = page
        .limit(ask.limit.saturating_add(1))
        .select((UserRow::as_select(), confirmed_at(), is_trained!(), bits(), invited_until()))
        .load(conn)?;
    let key = |(row, ..): &Found| match ask.order {
        UserOrder::Newest => UserKey::Newest(row.account.created_at.micros(), row.account.id),
        UserOrder::Name => UserKey::Name(row.name_key.clone().unwrap_or_default(), row.account.id),
        UserOrder::Number => UserKey::Number(row.number.unwrap_or_default(), row.account.id),
    };
    let Page { rows, next, .. } = Page::cut(rows, ask.limit, key);
    let total = if ask.total {
        let counted = filtered(scope, ask).select(accounts::id).limit(MAX_TOTAL);
        let found = counted.load::<AccountId>(conn)?.len();
        Some(i64::try_from(found).unwrap_or(MAX_TOTAL))
    } else {
        None
    };
    Ok(Page { rows: users(conn, rows)?, next, total })
}

/// The users that a reader may see and the filters let through.
fn filtered<'q>(scope: Scope, ask: &UserQuery) -> Boxed<'q> {
    let mut found = visible(scope);
    if let Some(status) = ask.status {
        found = found.filter(accounts::status.eq(status));
    }
    if let Some(role) = ask.role {
        found = found.filter(accounts::role.eq(role));
    }
    if let Some(kept) = ask.kept_active {
        found = found.filter(accounts::kept_active.eq(kept));
    }
    if let Some(given) = ask.given {
        let holders =
            user_roles::table.filter(user_roles::role_id.eq(given)).select(user_roles::account_id);
        found = found.filter(accounts::id.eq_any(holders));
    }
    match ask.trained {
        Some(true) => found = found.filter(is_trained!()),
        Some(false) => found = found.filter(diesel::dsl::not(is_trained!())),
        None => {}
    }
    let Some(search) = &ask.search else { return found };
    if let Some(number) = UserNumber::parse(search.as_str()) {
        return found.filter(accounts::number.eq(number.get()));
    }
    let terms = fold::terms(search.as_str());
    if terms.is_empty() {
        found = found.filter(nothing());
    }
    for term in terms {
        let end = format!("{term}{}", char::MAX);
        let begins = user_terms::term.ge(term).and(user_terms::term.lt(end));
        let matching = user_terms::table
            .filter(user_terms::tenant_id.nullable().eq(accounts::tenant_id))
            .filter(begins.and(user_terms::account_id.eq(accounts::id)));
        found = found.filter(exists(matching));
    }
    found
}

/// Rows as users, with the roles that they were given: one statement for all of them.
fn users(conn: &mut Conn, rows: Vec<Found>) -> StoreResult<Vec<User>> {
    let ids: Vec<AccountId> = rows.iter().map(|(row, ..)| row.account.id).collect();
    let mut given: HashMap<AccountId, Vec<GivenRole>> = HashMap::new();
    if !ids.is_empty() {
        let named: Vec<(AccountId, RoleId, RoleName)> = user_roles::table
            .inner_join(roles::table)
            .filter(user_roles::account_id.eq_any(ids))
            .order((roles::name_key, roles::id))
            .select((user_roles::account_id, roles::id, roles::name))
            .load(conn)?;
        for (user, id, name) in named {
            given.entry(user).or_default().push(GivenRole { id, name });
        }
    }
    let users = rows.into_iter().map(|(row, confirmed_at, is_trained, bits, invited_until)| {
        let roles = given.remove(&row.account.id).unwrap_or_default();
        let permissions = PermissionSet::of_bits(bits.unwrap_or_default());
        let user = row.user(confirmed_at.is_some(), is_trained, (roles, permissions));
        User { invited_until, ..user }
    });
    Ok(users.collect())
}

impl UserRow {
    fn user(
        self,
        has_second_factor: bool,
        is_trained: bool,
        (roles, permissions): (Vec<GivenRole>, PermissionSet),
    ) -> User {
        let account = self.account.account(has_second_factor);
        let name = account.name.clone();
        User {
            // The realm's own constraint: a user has them all.
            tenant: account.tenant.unwrap_or_else(|| TenantId::of(uuid::Uuid::nil())),
            number: UserNumber::of(self.number.unwrap_or_default()),
            first_name: self.first_name.unwrap_or_else(|| name.clone()),
            last_name: self.last_name.unwrap_or(name),
            account,
            inactive_reason: self.inactive_reason,
            inactive_since: self.inactive_since,
            inactive_for: SignedDuration::from_micros(self.inactive_for),
            roles,
            permissions,
            is_trained,
            kept_active: self.kept_active,
            idle_since: self.idle_since,
            first_used_at: self.first_used_at,
            first_use_evidence: self.first_use_evidence,
            was_site_admin: self.was_site_admin,
            invited_until: None,
            updated_at: self.updated_at,
        }
    }
}

/// Those of a tenant's users whom the reader may see and who have one of some user names, as they are
/// compared, or one of some numbers.
pub fn known(
    conn: &mut Conn,
    (scope, tenant): (Scope, TenantId),
    (names, numbers): (Vec<String>, Vec<i64>),
) -> StoreResult<Vec<User>> {
    let theirs = || visible(scope).filter(accounts::tenant_id.eq(tenant));
    let columns = || (UserRow::as_select(), confirmed_at(), is_trained!(), bits(), invited_until());
    let mut found: Vec<Found> = Vec::new();
    if !names.is_empty() {
        let by_name = theirs().filter(accounts::sign_in_key.eq_any(names));
        found = by_name.select(columns()).load(conn)?;
    }
    if !numbers.is_empty() {
        let there: HashSet<AccountId> = found.iter().map(|(row, ..)| row.account.id).collect();
        let by_number = theirs().filter(accounts::number.eq_any(numbers).assume_not_null());
        let more: Vec<Found> = by_number.select(columns()).load(conn)?;
        found.extend(more.into_iter().filter(|(row, ..)| !there.contains(&row.account.id)));
    }
    users(conn, found)
}

/// Whether somebody has set a password.
pub fn has_password(conn: &mut Conn, id: AccountId) -> StoreResult<bool> {
    Ok(accounts::table.find(id).select(accounts::password_hash.is_not_null()).first(conn)?)
}

/// How many Site Admins of a tenant are in use. Asked under the tenant's lock.
pub fn count_site_admins(conn: &mut Conn, tenant: TenantId) -> StoreResult<i64> {
    let active = accounts::table
        .filter(accounts::tenant_id.eq(tenant).and(accounts::role.eq(Role::SiteAdmin)))
        .filter(accounts::status.eq(AccountStatus::Active));
    Ok(active.count().get_result(conn)?)
}

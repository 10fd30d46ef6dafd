//! Accounts: whoever signs in, in every realm.

pub mod addresses;
pub mod appointments;
pub mod desk;
pub mod dormancy;
pub mod first_use;
mod new_row;
pub mod users;

use caredesk_core::domain::account::{
    Account, AccountStatus, Claimed, Locale, NewAccount, Realm, Role,
};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, Slug, TenantName, UserName};
use caredesk_core::policy::action::{
    ChangeContact, ChangePassword, RedeemPasswordReset, UpdateOwnAccount,
};
use caredesk_core::policy::{Action, Permit};
use diesel::dsl::{case_when, exists};
use diesel::prelude::*;

use super::db::Conn;
use super::db::query::{Locked, Prepared, row_after};
use super::error::StoreResult;
use super::schema::{accounts, role_permissions, second_factors, tenants, user_roles};
use super::tx::Tx;
use new_row::{NewRow, name_key, whole_name};

/// What a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct SignInFacts {
    /// The account.
    pub account: Account,
    /// What it signs in with, as it is compared.
    pub sign_in_key: String,
    /// Its tenant.
    pub tenant: Option<OfTenant>,
    /// The password's hash, once there is one.
    pub password_hash: Option<String>,
}

/// What a sign-in needs to know of the account's tenant.
#[derive(Debug, Clone)]
pub struct OfTenant {
    /// Its short name.
    pub slug: Slug,
    /// Its name.
    pub name: TenantName,
    /// Whether it is in use.
    pub status: TenantStatus,
}

impl SignInFacts {
    /// Whether somebody may sign in to it.
    pub fn is_open(&self) -> bool {
        self.account.status == AccountStatus::Active && !self.is_suspended()
    }

    /// Whether the organisation it belongs to is suspended.
    pub fn is_suspended(&self) -> bool {
        self.tenant.as_ref().is_some_and(|tenant| tenant.status == TenantStatus::Suspended)
    }

    /// What its person would put into a password.
    pub fn words(&self) -> Vec<String> {
        let mut words = self.account.words();
        words.extend(self.tenant.as_ref().map(|tenant| tenant.name.as_str().to_owned()));
        words
    }
}

/// Stores an account that has yet to set a password.
pub fn insert<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, new: &NewAccount) -> StoreResult<()> {
    let row = NewRow::of(new, tx.now);
    diesel::insert_into(accounts::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// What an [`Account`] is made of.
#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(super) struct Row {
    id: AccountId,
    role: Role,
    tenant_id: Option<TenantId>,
    status: AccountStatus,
    user_name: Option<UserName>,
    name: PersonName,
    email: Option<EmailAddress>,
    phone: Option<PhoneNumber>,
    locale: Locale,
    last_signed_in_at: Option<Moment>,
    created_at: Moment,
    version: i64,
}

impl Row {
    /// The account; whether it has a second factor stands in another table.
    pub(super) fn account(self, has_second_factor: bool) -> Account {
        Account {
            id: self.id,
            role: self.role,
            tenant: self.tenant_id,
            status: self.status,
            user_name: self.user_name,
            name: self.name,
            email: self.email,
            phone: self.phone,
            locale: self.locale,
            has_second_factor,
            last_signed_in_at: self.last_signed_in_at,
            created_at: self.created_at,
            version: self.version,
        }
    }
}

/// Reads the one account that a condition names, with its tenant. A macro, because the condition's type
/// says what it is joined to.
macro_rules! load {
    ($conn:expr, $condition:expr) => {{
        let row: Option<Found> = accounts::table
            .left_join(second_factors::table)
            .left_join(tenants::table)
            .filter($condition)
            .select((
                Row::as_select(),
                (accounts::sign_in_key, accounts::password_hash),
                second_factors::confirmed_at.nullable(),
                (tenants::slug, tenants::name, tenants::status).nullable(),
            ))
            .first($conn)
            .optional()?;
        Ok(row.map(facts))
    }};
}

/// What the macro reads.
type Found =
    (Row, (String, Option<String>), Option<Moment>, Option<(Slug, TenantName, TenantStatus)>);

fn facts((row, (sign_in_key, password_hash), confirmed_at, tenant): Found) -> SignInFacts {
    let tenant = tenant.map(|(slug, name, status)| OfTenant { slug, name, status });
    let account = row.account(confirmed_at.is_some());
    SignInFacts { account, sign_in_key, tenant, password_hash }
}

/// The account that somebody says is theirs; one statement, whether there is one or not.
pub fn claimed(conn: &mut Conn, claimed: &Claimed) -> StoreResult<Option<SignInFacts>> {
    let key = accounts::realm.eq(claimed.realm()).and(accounts::sign_in_key.eq(claimed.key()));
    match claimed.tenant() {
        // Each says what the index of its kind of realm is about.
        None => load!(conn, key.and(accounts::tenant_id.is_null())),
        Some(slug) => load!(conn, key.and(tenants::slug.nullable().eq(slug.clone()))),
    }
}

/// An account by its id.
pub fn find(conn: &mut Conn, id: AccountId) -> StoreResult<Option<SignInFacts>> {
    load!(conn, accounts::id.eq(id))
}

/// The names of accounts, in the order in which they are asked for; none of an account that is not there.
pub fn names(conn: &mut Conn, ids: &[AccountId]) -> StoreResult<Vec<PersonName>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(AccountId, PersonName)> = accounts::table
        .filter(accounts::id.eq_any(ids.to_vec()))
        .select((accounts::id, accounts::name))
        .load(conn)?;
    let name = |id: &AccountId| rows.iter().find(|(found, _)| found == id);
    Ok(ids.iter().filter_map(name).map(|(_, name)| name.clone()).collect())
}

/// As [`find`], with the account locked until the transaction ends: where it is reached stays so.
pub fn find_held(conn: &mut Conn, id: AccountId) -> StoreResult<Option<SignInFacts>> {
    let row = accounts::table.find(id).select(accounts::id);
    let held: Option<AccountId> = Locked(row).get_result(conn).optional()?;
    if held.is_some() { find(conn, id) } else { Ok(None) }
}

/// Sets the first password of an invited account, which makes it active.
pub fn activate<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    id: AccountId,
    password_hash: &str,
) -> StoreResult<bool> {
    let invited = accounts::table
        .filter(accounts::id.eq(id).and(accounts::status.eq(AccountStatus::Invited)));
    let changed = diesel::update(invited)
        .set((
            accounts::password_hash.eq(password_hash),
            accounts::status.eq(AccountStatus::Active),
            accounts::idle_since.eq(tx.now),
            touched(tx),
        ))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Replaces a forgotten password; false for an account that is not in use any more.
pub fn reset_password(
    tx: &mut Tx<'_>,
    _: &Permit<RedeemPasswordReset>,
    id: AccountId,
    password_hash: &str,
) -> StoreResult<bool> {
    let active =
        accounts::table.filter(accounts::id.eq(id).and(accounts::status.eq(AccountStatus::Active)));
    let changed = diesel::update(active)
        .set((accounts::password_hash.eq(password_hash), touched(tx)))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Replaces a password that its owner has just typed; false if it is another one by now.
pub fn change_password(
    tx: &mut Tx<'_>,
    _: &Permit<ChangePassword>,
    (id, old): (AccountId, &str),
    new: &str,
) -> StoreResult<bool> {
    let same = accounts::table.filter(accounts::id.eq(id).and(accounts::password_hash.eq(old)));
    let changed = diesel::update(same)
        .set((accounts::password_hash.eq(new), touched(tx)))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Replaces a password's hash by one of the same password with today's parameters; false if it is another
/// one by now.
pub fn rehash(conn: &mut Conn, id: AccountId, old: &str, new: &str) -> StoreResult<bool> {
    let same = accounts::table.filter(accounts::id.eq(id).and(accounts::password_hash.eq(old)));
    Ok(diesel::update(same).set(accounts::password_hash.eq(new)).execute(conn)? == 1)
}

/// Keeps an account as it is until the transaction ends; false if its password is another one than the
/// one that was checked, or none.
pub fn hold(conn: &mut Conn, id: AccountId, password_hash: &str) -> StoreResult<bool> {
    let same = accounts::table
        .filter(accounts::id.eq(id).and(accounts::password_hash.eq(password_hash)))
        .select(accounts::id);
    let held: Option<AccountId> = Locked(same).get_result(conn).optional()?;
    Ok(held.is_some())
}

/// Notes a sign-in, and the first one for good: tenure counts from there (PM2, Support User).
pub fn signed_in(tx: &mut Tx<'_>, id: AccountId) -> StoreResult<()> {
    let first = case_when(accounts::first_used_at.is_null(), Some(tx.now))
        .otherwise(accounts::first_used_at);
    Prepared(diesel::update(accounts::table.find(id)).set((
        accounts::first_used_at.eq(first),
        accounts::last_signed_in_at.eq(tx.now),
        accounts::idle_since.eq(tx.now),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Changes the language that somebody is written to in.
pub fn set_locale(
    tx: &mut Tx<'_>,
    _: &Permit<UpdateOwnAccount>,
    id: AccountId,
    locale: Locale,
) -> StoreResult<()> {
    Prepared(
        diesel::update(accounts::table.find(id)).set((accounts::locale.eq(locale), touched(tx))),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Gives an account a confirmed contact. Where the contact is what one signs in with, that follows.
pub fn set_contact(
    tx: &mut Tx<'_>,
    _: &Permit<ChangeContact>,
    account: &Account,
    contact: &Contact,
) -> StoreResult<()> {
    let row = accounts::table.find(account.id);
    match contact {
        Contact::Email(email) => diesel::update(row)
            .set((accounts::email.eq(email), accounts::email_key.eq(email.folded()), touched(tx)))
            .execute(tx.conn)?,
        Contact::Phone(phone) => {
            diesel::update(row).set((accounts::phone.eq(phone), touched(tx))).execute(tx.conn)?
        }
    };
    if matches!(contact, Contact::Email(_)) {
        users::reindex(tx.conn, account.id)?;
    }
    let before = account.contact_like(contact);
    if let Some(before) = before.filter(|_| account.role.realm() != Realm::Tenant) {
        let signs_in_with = accounts::table
            .filter(accounts::id.eq(account.id).and(accounts::sign_in_key.eq(before.key())));
        diesel::update(signs_in_with)
            .set(accounts::sign_in_key.eq(contact.key()))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// What every change of an account leaves.
pub(super) fn touched(
    tx: &Tx<'_>,
) -> (
    diesel::dsl::Eq<accounts::updated_at, Moment>,
    diesel::dsl::Eq<accounts::version, diesel::dsl::Add<accounts::version, i64>>,
) {
    (accounts::updated_at.eq(tx.now), accounts::version.eq(accounts::version + 1))
}

/// The people who administer an account's realm now: the Site Admins of its tenant, or the platform
/// admins of the desk; a family has none.
pub fn administrators(conn: &mut Conn, of: &Account) -> StoreResult<Vec<Account>> {
    let role = match of.role.realm() {
        Realm::Desk => Role::PlatformAdmin,
        Realm::Tenant | Realm::Integration => Role::SiteAdmin,
        Realm::Family => return Ok(Vec::new()),
    };
    in_charge(conn, role, of.tenant)
}

/// The Site Admins of a tenant who are in use.
pub fn site_admins(conn: &mut Conn, tenant: TenantId) -> StoreResult<Vec<Account>> {
    in_charge(conn, Role::SiteAdmin, Some(tenant))
}

/// The managers of the desk who are in use.
pub fn desk_managers(conn: &mut Conn) -> StoreResult<Vec<Account>> {
    in_charge(conn, Role::DeskManager, None)
}

/// Those of some people of a tenant who are in use.
pub fn colleagues(
    conn: &mut Conn,
    tenant: TenantId,
    named: &[AccountId],
) -> StoreResult<Vec<Account>> {
    let theirs = accounts::table
        .filter(accounts::tenant_id.eq(tenant))
        .filter(accounts::realm.eq(Realm::Tenant))
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(accounts::id.eq_any(named.to_vec()));
    let rows: Vec<Row> = theirs.order(accounts::id).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(|row| row.account(true)).collect())
}

/// Those of a tenant who are in use and write its articles: its Site Admins, and whoever was given a role for it.
pub fn article_writers(conn: &mut Conn, tenant: TenantId) -> StoreResult<Vec<Account>> {
    let roles = role_permissions::table
        .filter(role_permissions::permission.eq(Permission::ArticlesWrite))
        .select(role_permissions::role_id);
    let given = user_roles::table
        .filter(user_roles::account_id.eq(accounts::id))
        .filter(user_roles::role_id.eq_any(roles));
    let rows: Vec<Row> = accounts::table
        .filter(accounts::tenant_id.eq(tenant))
        .filter(accounts::realm.eq(Realm::Tenant))
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(accounts::role.eq(Role::SiteAdmin).or(exists(given)))
        .order(accounts::id)
        .limit(MOST_WRITERS)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.account(true)).collect())
}

/// How many writers are told that a draft waits: one of them reads it over.
const MOST_WRITERS: i64 = 100;

/// Everybody of a tenant who is in use, a part at a time, the longest there first: those after an account, or the
/// first. There are no more when there are none.
pub fn team(
    conn: &mut Conn,
    tenant: TenantId,
    after: Option<&Account>,
) -> StoreResult<Vec<Account>> {
    let mut theirs = accounts::table
        .filter(accounts::tenant_id.eq(tenant))
        .filter(accounts::realm.eq(Realm::Tenant))
        .filter(accounts::status.eq(AccountStatus::Active))
        .into_boxed();
    if let Some(Account { id, created_at, .. }) = after {
        let key = (*created_at, *id);
        theirs = theirs.filter(row_after((accounts::created_at, accounts::id), key));
    }
    let rows: Vec<Row> = theirs
        .order((accounts::created_at.asc(), accounts::id.asc()))
        .limit(TEAM_PART)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.account(true)).collect())
}

/// How many of a team are read at once.
const TEAM_PART: i64 = 500;

/// The people of a role in a tenant, or at the desk, who are in use.
fn in_charge(conn: &mut Conn, role: Role, tenant: Option<TenantId>) -> StoreResult<Vec<Account>> {
    let active = accounts::role.eq(role).and(accounts::status.eq(AccountStatus::Active));
    let query = accounts::table
        .filter(active)
        .order(accounts::id)
        .limit(MOST_TOLD)
        .select(Row::as_select());
    let rows: Vec<Row> = match tenant {
        Some(tenant) => query.filter(accounts::tenant_id.eq(tenant)).load(conn)?,
        None => query.filter(accounts::tenant_id.is_null()).load(conn)?,
    };
    Ok(rows.into_iter().map(|row| row.account(true)).collect())
}

/// How many administrators are told of something, the longest-serving first.
const MOST_TOLD: i64 = 20;

//! Accounts: whoever signs in.

use caredesk_core::domain::account::{Account, AccountStatus, Locale, NewDeskAccount, Realm, Role};
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName};
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::{CreateDeskAccount, RedeemEnrolment};
use diesel::prelude::*;

use super::db::Conn;
use super::error::StoreResult;
use super::schema::{accounts, second_factors};
use super::tx::Tx;

/// A new row of the table.
#[derive(Insertable)]
#[diesel(table_name = accounts)]
struct NewRow {
    id: AccountId,
    realm: Realm,
    tenant_id: Option<TenantId>,
    role: Role,
    status: AccountStatus,
    sign_in_key: String,
    name: PersonName,
    email: EmailAddress,
    locale: Locale,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

/// What a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct SignInFacts {
    /// The account.
    pub account: Account,
    /// The password's hash, once there is one.
    pub password_hash: Option<String>,
}

/// Stores a member of the desk's staff who has yet to set a password.
pub fn insert_desk(
    tx: &mut Tx<'_>,
    _: &Permit<CreateDeskAccount>,
    new: &NewDeskAccount,
) -> StoreResult<()> {
    let row = NewRow {
        id: new.id,
        realm: Realm::Desk,
        tenant_id: None,
        role: new.role,
        status: AccountStatus::Invited,
        sign_in_key: new.email.folded(),
        name: new.name.clone(),
        email: new.email.clone(),
        locale: new.locale,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    diesel::insert_into(accounts::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// The desk account that signs in with an address.
pub fn desk_sign_in(conn: &mut Conn, email: &EmailAddress) -> StoreResult<Option<SignInFacts>> {
    let filter = accounts::realm.eq(Realm::Desk).and(accounts::sign_in_key.eq(email.folded()));
    load(conn, Box::new(filter.and(accounts::tenant_id.is_null())))
}

/// An account by its id.
pub fn find(conn: &mut Conn, id: AccountId) -> StoreResult<Option<SignInFacts>> {
    load(conn, Box::new(accounts::id.eq(id).and(accounts::id.is_not_null())))
}

/// A condition on accounts.
type Condition = Box<
    dyn BoxableExpression<
            accounts::table,
            super::db::MultiBackend,
            SqlType = diesel::sql_types::Bool,
        >,
>;

fn load(conn: &mut Conn, condition: Condition) -> StoreResult<Option<SignInFacts>> {
    type Columns = (
        AccountId,
        Role,
        Option<TenantId>,
        AccountStatus,
        PersonName,
        EmailAddress,
        Locale,
        Option<String>,
    );
    let row: Option<Columns> = accounts::table
        .filter(condition)
        .select((
            accounts::id,
            accounts::role,
            accounts::tenant_id,
            accounts::status,
            accounts::name,
            accounts::email,
            accounts::locale,
            accounts::password_hash,
        ))
        .first(conn)
        .optional()?;
    let Some((id, role, tenant, status, name, email, locale, password_hash)) = row else {
        return Ok(None);
    };
    let confirmed: Option<Option<Moment>> = second_factors::table
        .find(id)
        .select(second_factors::confirmed_at)
        .first(conn)
        .optional()?;
    let has_second_factor = confirmed.flatten().is_some();
    let account = Account { id, role, tenant, status, name, email, locale, has_second_factor };
    Ok(Some(SignInFacts { account, password_hash }))
}

/// Sets the first password of an invited account, which makes it active.
pub fn activate(
    tx: &mut Tx<'_>,
    _: &Permit<RedeemEnrolment>,
    id: AccountId,
    password_hash: &str,
) -> StoreResult<bool> {
    let invited = accounts::table
        .filter(accounts::id.eq(id).and(accounts::status.eq(AccountStatus::Invited)));
    let changed = diesel::update(invited)
        .set((
            accounts::password_hash.eq(password_hash),
            accounts::status.eq(AccountStatus::Active),
            accounts::updated_at.eq(tx.now),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Replaces a password's hash by one of the same password with today's parameters.
pub fn rehash(conn: &mut Conn, id: AccountId, old: &str, new: &str) -> StoreResult<()> {
    let same = accounts::table.filter(accounts::id.eq(id).and(accounts::password_hash.eq(old)));
    diesel::update(same).set(accounts::password_hash.eq(new)).execute(conn)?;
    Ok(())
}

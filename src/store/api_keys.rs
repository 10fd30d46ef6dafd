//! Keys of programs, by their handle and the hash of their secret. Each is an account, too.

mod live;

use caredesk_core::domain::account::{AccountStatus, Locale, Realm, Role};
use caredesk_core::domain::api_key::{ApiKey, ApiKeyStatus, within_reach};
use caredesk_core::domain::ids::{AccountId, ApiKeyId, TenantId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{KeyName, PersonName};
use caredesk_core::policy::action::{
    CreateApiKey, RevokeApiKey, RotateApiKey, UpdateApiKey, WarnOfApiKey,
};
use caredesk_core::policy::{Permit, Scope, Sight};
use diesel::prelude::*;
use uuid::Uuid;

use super::columns::AnyId;
use super::db::query::{Locked, Prepared, SkipLocked, nothing, row_before, sql};
use super::db::{Conn, MultiBackend};
use super::error::{StoreError, StoreResult};
use super::schema::{accounts, api_keys, tenants};
use super::tx::Tx;
pub use live::{LiveKey, live, live_of, touch};

/// A row of the table, as far as it is shown.
#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys)]
struct Row {
    id: ApiKeyId,
    tenant_id: TenantId,
    handle: String,
    name: KeyName,
    scopes: i64,
    created_by: AccountId,
    created_at: Moment,
    expires_at: Moment,
    rotated_at: Option<Moment>,
    previous_until: Option<Moment>,
    last_used_at: Option<Moment>,
    last_used_address: Option<String>,
    revoked_at: Option<Moment>,
    version: i64,
}

/// What a number stands for, as far as a key may permit it.
fn scopes(bits: i64) -> PermissionSet {
    within_reach(PermissionSet::of_bits(bits))
}

/// The number that stands for a set.
fn bits(scopes: PermissionSet) -> i64 {
    within_reach(scopes).iter().fold(0, |bits, permission| bits | permission.bit())
}

fn key((row, maker_status): (Row, AccountStatus)) -> ApiKey {
    ApiKey {
        id: row.id,
        tenant: row.tenant_id,
        handle: row.handle,
        name: row.name,
        scopes: scopes(row.scopes),
        created_by: row.created_by,
        maker_status,
        created_at: row.created_at,
        expires_at: row.expires_at,
        rotated_at: row.rotated_at,
        previous_until: row.previous_until,
        last_used_at: row.last_used_at,
        last_used_address: row.last_used_address,
        revoked_at: row.revoked_at,
        version: row.version,
    }
}

/// A condition on keys and their makers.
type Condition = Box<
    dyn BoxableExpression<
            diesel::dsl::InnerJoinQuerySource<
                api_keys::table,
                accounts::table,
                diesel::dsl::Eq<accounts::id, api_keys::created_by>,
            >,
            MultiBackend,
            SqlType = diesel::sql_types::Bool,
        >,
>;

/// The keys that a reader may see.
fn visible(scope: Scope) -> Condition {
    match scope.sight() {
        Sight::System => Box::new(sql::<diesel::sql_types::Bool>("1 = 1")),
        Sight::Tenant(tenant) => Box::new(api_keys::tenant_id.eq(tenant)),
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => Box::new(nothing()),
    }
}

/// One key, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: ApiKeyId) -> StoreResult<Option<ApiKey>> {
    let row = api_keys::table
        .inner_join(accounts::table.on(accounts::id.eq(api_keys::created_by)))
        .filter(visible(scope))
        .filter(api_keys::id.eq(id))
        .select((Row::as_select(), accounts::status))
        .first(conn)
        .optional()?;
    Ok(row.map(key))
}

/// The key of a handle, whether or not it still counts, and its organisation.
pub fn of_handle(conn: &mut Conn, handle: &str) -> StoreResult<Option<(ApiKeyId, TenantId)>> {
    let row = api_keys::table.filter(api_keys::handle.eq(handle));
    Ok(row.select((api_keys::id, api_keys::tenant_id)).first(conn).optional()?)
}

/// As [`find`], locked until the transaction ends.
pub fn find_locked(conn: &mut Conn, scope: Scope, id: ApiKeyId) -> StoreResult<Option<ApiKey>> {
    let row = api_keys::table.find(id).select(api_keys::id);
    let locked: Option<ApiKeyId> = Locked(row).get_result(conn).optional()?;
    if locked.is_some() { find(conn, scope, id) } else { Ok(None) }
}

/// Which keys a page shows.
#[derive(Debug, Clone)]
pub struct ApiKeyQuery {
    /// Only those that count, or do not, at this moment.
    pub status: Option<(ApiKeyStatus, Moment)>,
    /// After this key.
    pub after: Option<ApiKeyKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a row stands in its list: microseconds, id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ApiKeyKey(i64, ApiKeyId);

/// A page of the keys that a reader may see, newest first.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    ask: &ApiKeyQuery,
) -> StoreResult<Page<ApiKey, ApiKeyKey>> {
    let mut query = api_keys::table
        .inner_join(accounts::table.on(accounts::id.eq(api_keys::created_by)))
        .filter(visible(scope))
        .order((api_keys::created_at.desc(), api_keys::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select((Row::as_select(), accounts::status))
        .into_boxed();
    query = match ask.status {
        None => query,
        Some((ApiKeyStatus::Revoked, _)) => query.filter(api_keys::revoked_at.is_not_null()),
        Some((ApiKeyStatus::Expired, now)) => {
            query.filter(api_keys::revoked_at.is_null().and(api_keys::expires_at.le(now)))
        }
        Some((ApiKeyStatus::Active, now)) => {
            query.filter(api_keys::revoked_at.is_null().and(api_keys::expires_at.gt(now)))
        }
    };
    if let Some(ApiKeyKey(at, id)) = ask.after {
        let at = Moment::from_micros(at);
        query = query.filter(row_before((api_keys::created_at, api_keys::id), (at, id)));
    }
    let rows: Vec<(Row, AccountStatus)> = query.load(conn)?;
    let rows = rows.into_iter().map(key).collect();
    Ok(Page::cut(rows, ask.limit, |key: &ApiKey| ApiKeyKey(key.created_at.micros(), key.id)))
}

/// How many keys of a tenant count. Asked under the tenant's lock.
pub fn count_active(conn: &mut Conn, tenant: TenantId, now: Moment) -> StoreResult<i64> {
    let active = api_keys::table
        .filter(api_keys::tenant_id.eq(tenant).and(api_keys::revoked_at.is_null()))
        .filter(api_keys::expires_at.gt(now));
    Ok(active.count().get_result(conn)?)
}

/// A key that is about to be kept.
#[derive(Debug, Clone)]
pub struct KeptApiKey<'k> {
    /// The id to give it.
    pub id: ApiKeyId,
    /// The part of its secret that everybody may see.
    pub handle: &'k str,
    /// The hash of the secret.
    pub hash: [u8; 32],
    /// What people call it.
    pub name: &'k KeyName,
    /// From then on it does not count.
    pub expires_at: Moment,
    /// Whether nobody need be warned: it counts for so short that its maker knows.
    pub is_short: bool,
}

/// Keeps a new key, and the account that what it does is written down under.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateApiKey>,
    new: &KeptApiKey<'_>,
) -> StoreResult<()> {
    let tenant = permit.target().tenant;
    let name = PersonName::parse(new.handle);
    let name = name.map_err(|_no_name| StoreError::Corrupt(new.handle.to_owned()))?;
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(AccountId::of(new.id.uuid())),
            accounts::realm.eq(Realm::Integration),
            accounts::tenant_id.eq(tenant),
            accounts::role.eq(Role::Integration),
            accounts::status.eq(AccountStatus::Active),
            // With a space in it, which no user name has.
            accounts::sign_in_key.eq(format!("key {}", new.handle)),
            accounts::name.eq(name),
            accounts::locale.eq(Locale::English),
            accounts::created_at.eq(tx.now),
            accounts::updated_at.eq(tx.now),
            accounts::version.eq(1_i64),
        ))
        .execute(tx.conn)?;
    let maker = permit.actor().person().map_or(Uuid::nil(), |person| person.account.uuid());
    diesel::insert_into(api_keys::table)
        .values((
            (api_keys::id.eq(new.id), api_keys::tenant_id.eq(tenant)),
            api_keys::handle.eq(new.handle.to_owned()),
            api_keys::name.eq(new.name.clone()),
            api_keys::scopes.eq(bits(permit.target().scopes)),
            api_keys::hash.eq(new.hash.to_vec()),
            api_keys::created_by.eq(AnyId(maker)),
            api_keys::created_at.eq(tx.now),
            api_keys::expires_at.eq(new.expires_at),
            api_keys::warned_at.eq(new.is_short.then_some(tx.now)),
            api_keys::version.eq(1_i64),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Gives a key another name.
pub fn rename(tx: &mut Tx<'_>, permit: &Permit<UpdateApiKey>, name: &KeyName) -> StoreResult<()> {
    let row = api_keys::table.filter(api_keys::id.nullable().eq(permit.target().id));
    diesel::update(row)
        .set((api_keys::name.eq(name.clone()), api_keys::version.eq(api_keys::version + 1)))
        .execute(tx.conn)?;
    Ok(())
}

/// Gives a key another secret; the one of before works on until a moment, if one is named.
pub fn rotate(
    tx: &mut Tx<'_>,
    permit: &Permit<RotateApiKey>,
    hash: [u8; 32],
    (previous_until, expires_at): (Option<Moment>, Option<Moment>),
) -> StoreResult<()> {
    let row = || api_keys::table.filter(api_keys::id.nullable().eq(permit.target().id));
    let now: Vec<u8> = row().select(api_keys::hash).first(tx.conn)?;
    diesel::update(row())
        .set((
            api_keys::hash.eq(hash.to_vec()),
            api_keys::previous_hash.eq(previous_until.map(|_| now)),
            api_keys::previous_until.eq(previous_until),
            api_keys::rotated_at.eq(tx.now),
            expires_at
                .map(|at| (api_keys::expires_at.eq(at), api_keys::warned_at.eq(None::<Moment>))),
            api_keys::version.eq(api_keys::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a key, for good; nothing that was done with it changes.
pub fn revoke(tx: &mut Tx<'_>, permit: &Permit<RevokeApiKey>) -> StoreResult<()> {
    let by = permit.actor().person().map_or(Uuid::nil(), |person| person.account.uuid());
    let row = api_keys::table.filter(api_keys::id.nullable().eq(permit.target().id));
    diesel::update(row)
        .set((
            api_keys::revoked_at.eq(tx.now),
            api_keys::revoked_by.eq(AnyId(by)),
            api_keys::version.eq(api_keys::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// A key that is about to expire.
#[derive(Debug, Clone)]
pub struct ExpiringKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What people call it.
    pub name: KeyName,
    /// When.
    pub expires_at: Moment,
}

/// Keys that expire before a moment and that nobody was warned of, the next ones first; locked, and those
/// left out that somebody else has. Keys of organisations out of use wait until these are in use again.
pub fn expiring(
    tx: &mut Tx<'_>,
    _: &Permit<WarnOfApiKey>,
    (before, limit): (Moment, i64),
) -> StoreResult<Vec<ExpiringKey>> {
    let in_use =
        tenants::table.filter(tenants::status.eq(TenantStatus::Active)).select(tenants::id);
    let due = api_keys::table
        .filter(api_keys::revoked_at.is_null().and(api_keys::warned_at.is_null()))
        .filter(api_keys::expires_at.gt(tx.now).and(api_keys::expires_at.le(before)))
        .filter(api_keys::tenant_id.eq_any(in_use))
        .order((api_keys::expires_at, api_keys::id))
        .limit(limit)
        .select((api_keys::id, api_keys::tenant_id, api_keys::name, api_keys::expires_at));
    let rows: Vec<(ApiKeyId, TenantId, KeyName, Moment)> = SkipLocked(due).load(tx.conn)?;
    let expiring = |(id, tenant, name, expires_at)| ExpiringKey { id, tenant, name, expires_at };
    Ok(rows.into_iter().map(expiring).collect())
}

/// Notes that those who look after a key were warned of its end.
pub fn warned(tx: &mut Tx<'_>, _: &Permit<WarnOfApiKey>, id: ApiKeyId) -> StoreResult<()> {
    Prepared(diesel::update(api_keys::table.find(id)).set(api_keys::warned_at.eq(tx.now)))
        .execute(tx.conn)?;
    Ok(())
}

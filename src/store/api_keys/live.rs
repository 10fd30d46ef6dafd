//! Keys as every request needs them: by their handle, with their standing.

use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::actor::{Person, Standing};
use caredesk_core::domain::api_key::TOUCH_EVERY;
use caredesk_core::domain::ids::{AccountId, ApiKeyId, SessionId, TenantId};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;
use uuid::Uuid;

use super::scopes;
use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, api_keys, tenants};

/// A key with its standing, as every request needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveKey {
    /// What acts through it, and may do what it permits.
    pub person: Person,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Moment>,
    /// From then on it does not count.
    pub expires_at: Moment,
    /// When somebody ended it.
    pub revoked_at: Option<Moment>,
    hash: Vec<u8>,
    previous: Option<(Vec<u8>, Moment)>,
}

impl LiveKey {
    /// Whether it counts no more: ended, too old, or of an organisation that is out of use.
    pub fn is_over(&self, now: Moment) -> bool {
        let is_off = self.person.standing.is_switched_off();
        self.revoked_at.is_some() || now >= self.expires_at || is_off
    }

    /// Until when the secret counts that one of these hashes is of; none if it does not.
    pub fn counts_until(&self, hashes: &[[u8; 32]], now: Moment) -> Option<Moment> {
        let is = |hash: &[u8]| hashes.iter().any(|one| one == hash);
        if is(&self.hash) {
            return Some(self.expires_at);
        }
        let (_, until) = self.previous.as_ref().filter(|(hash, until)| is(hash) && now < *until)?;
        Some(self.expires_at.min(*until))
    }
}

/// Reads the one key that a condition names, with its standing. A macro, because the condition's type says
/// what it is joined to.
macro_rules! live {
    ($conn:expr, $condition:expr) => {{
        let row: Option<LiveColumns> = api_keys::table
            .inner_join(accounts::table.on(accounts::id.eq(api_keys::id)))
            .inner_join(tenants::table.on(tenants::id.eq(api_keys::tenant_id)))
            .filter($condition)
            .select((
                (accounts::id, api_keys::tenant_id, accounts::role, accounts::status),
                (tenants::status, api_keys::scopes),
                (api_keys::hash, api_keys::previous_hash, api_keys::previous_until),
                (api_keys::last_used_at, api_keys::expires_at, api_keys::revoked_at),
            ))
            .first($conn)
            .optional()?;
        Ok(row.map(live_key))
    }};
}

/// What the macro reads.
type LiveColumns = (
    (AccountId, TenantId, Role, AccountStatus),
    (TenantStatus, i64),
    (Vec<u8>, Option<Vec<u8>>, Option<Moment>),
    (Option<Moment>, Moment, Option<Moment>),
);

fn live_key((account, of_tenant, hashes, times): LiveColumns) -> LiveKey {
    let (account, tenant, role, status) = account;
    let (tenant_status, bits) = of_tenant;
    let (hash, previous_hash, previous_until) = hashes;
    let (last_used_at, expires_at, revoked_at) = times;
    let standing = Standing {
        role,
        status,
        has_second_factor: false,
        second_factor_is_compulsory: false,
        second_factor_at: None,
        tenant_suspended: tenant_status == TenantStatus::Suspended,
        permissions: scopes(bits),
    };
    let person =
        Person { account, session: SessionId::of(Uuid::nil()), tenant: Some(tenant), standing };
    let previous = previous_hash.zip(previous_until);
    LiveKey { person, last_used_at, expires_at, revoked_at, hash, previous }
}

/// The key with a handle.
pub fn live(conn: &mut Conn, handle: &str) -> StoreResult<Option<LiveKey>> {
    live!(conn, api_keys::handle.eq(handle.to_owned()))
}

/// The key that an account stands for.
pub fn live_of(conn: &mut Conn, account: AccountId) -> StoreResult<Option<LiveKey>> {
    live!(conn, api_keys::id.eq(ApiKeyId::of(account.uuid())))
}

/// Notes that a key was used, and from where; once a minute, whichever instance it came to.
pub fn touch(
    conn: &mut Conn,
    account: AccountId,
    (now, address): (Moment, Option<&str>),
) -> StoreResult<()> {
    let id = ApiKeyId::of(account.uuid());
    let is_due = api_keys::last_used_at
        .is_null()
        .or(api_keys::last_used_at.le(now.plus(-TOUCH_EVERY)).assume_not_null());
    diesel::update(api_keys::table.filter(api_keys::id.eq(id)).filter(is_due))
        .set((
            api_keys::last_used_at.eq(now),
            api_keys::last_used_address.eq(address.map(str::to_owned)),
        ))
        .execute(conn)?;
    Ok(())
}

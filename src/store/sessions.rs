//! Sessions and the refresh tokens that carry them on.

use caredesk_core::domain::account::{AccountStatus, Realm, Role};
use caredesk_core::domain::actor::{Person, Standing};
use caredesk_core::domain::ids::{AccountId, SessionId, TenantId};
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::session;
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::columns::Json;
use super::db::Conn;
use super::error::StoreResult;
use super::schema::{PERMISSION_BITS, accounts, refresh_tokens, second_factors, sessions, tenants};
use super::tx::Tx;
use crate::store::db::query::{Prepared, sql};

/// A session that is about to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The id to give it.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// When it ends at the latest.
    pub expires_at: Moment,
    /// The device, as it calls itself.
    pub user_agent: Option<String>,
}

/// A session with its account, as every request needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// Who signed in, and what they are.
    pub person: Person,
    /// When it began.
    pub created_at: Moment,
    /// When it was last used.
    pub last_used_at: Moment,
    /// When it ends at the latest.
    pub expires_at: Moment,
    /// When it was ended.
    pub ended_at: Option<Moment>,
}

impl LiveSession {
    /// Whether it can still be used.
    pub fn is_over(&self, now: Moment) -> bool {
        let times = (self.last_used_at, self.expires_at, self.ended_at);
        session::is_over(self.person.standing.role.realm(), times, now)
    }
}

/// What a refresh token stands for.
#[derive(Debug, Clone, Copy)]
pub struct RefreshFacts {
    /// The session it carries on.
    pub session: SessionId,
    /// When it was used.
    pub used_at: Option<Moment>,
}

/// Begins a session. Signing in is what makes it, so no permit is asked for: nobody is known yet.
pub fn insert(tx: &mut Tx<'_>, new: &NewSession) -> StoreResult<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.id),
            sessions::account_id.eq(new.account),
            sessions::created_at.eq(tx.now),
            sessions::last_used_at.eq(tx.now),
            sessions::expires_at.eq(new.expires_at),
            sessions::address.eq(tx.origin.address.clone()),
            sessions::user_agent.eq(new.user_agent.clone()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What of a tenant's settings a session needs to know.
#[derive(Debug, serde::Deserialize)]
struct TenantRules {
    /// Whether Support Users must have a second factor.
    #[serde(default)]
    support_user_second_factor: bool,
}

/// The standing of an account, out of what the tables say of it.
fn standing(
    (role, status): (Role, AccountStatus),
    (has_second_factor, second_factor_at): (bool, Option<Moment>),
    of_tenant: Option<(TenantStatus, Json<TenantRules>)>,
    bits: Option<i64>,
) -> Standing {
    let asked = of_tenant.as_ref().is_some_and(|(_, Json(rules))| rules.support_user_second_factor);
    Standing {
        role,
        status,
        has_second_factor,
        second_factor_is_compulsory: role.needs_second_factor_where(asked),
        second_factor_at,
        tenant_suspended: of_tenant.is_some_and(|(status, _)| status == TenantStatus::Suspended),
        permissions: PermissionSet::of_bits(bits.unwrap_or_default()),
    }
}

/// A session with the standing of its account, in one statement.
pub fn find(conn: &mut Conn, id: SessionId) -> StoreResult<Option<LiveSession>> {
    type Columns = (
        (AccountId, Option<TenantId>, Role, AccountStatus),
        (Option<Moment>, Moment, Moment, Moment, Option<Moment>),
        Option<Moment>,
        Option<(TenantStatus, Json<TenantRules>)>,
        Option<i64>,
    );
    let row: Option<Columns> = sessions::table
        .inner_join(accounts::table)
        .left_join(second_factors::table.on(second_factors::account_id.eq(accounts::id)))
        .left_join(tenants::table.on(tenants::id.nullable().eq(accounts::tenant_id)))
        .filter(sessions::id.eq(id))
        .select((
            (accounts::id, accounts::tenant_id, accounts::role, accounts::status),
            (
                sessions::second_factor_at,
                sessions::created_at,
                sessions::last_used_at,
                sessions::expires_at,
                sessions::ended_at,
            ),
            second_factors::confirmed_at.nullable(),
            (tenants::status, tenants::settings).nullable(),
            sql::<Nullable<BigInt>>(PERMISSION_BITS),
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(account, times, confirmed_at, of_tenant, bits)| {
        let (account, tenant, role, status) = account;
        let (second_factor_at, created_at, last_used_at, expires_at, ended_at) = times;
        let factor = (confirmed_at.is_some(), second_factor_at);
        let standing = standing((role, status), factor, of_tenant, bits);
        let person = Person { account, session: id, tenant, standing };
        LiveSession { person, created_at, last_used_at, expires_at, ended_at }
    }))
}

/// The standing of an account, for what is done on its behalf while it need not be there. What it does
/// is written down under `session`; that its second factor was asked for is whoever's who began it.
pub fn standing_of(
    conn: &mut Conn,
    (id, session): (AccountId, SessionId),
    now: Moment,
) -> StoreResult<Option<Person>> {
    type Columns = (
        (Option<TenantId>, Role, AccountStatus),
        Option<Moment>,
        Option<(TenantStatus, Json<TenantRules>)>,
        Option<i64>,
    );
    let row: Option<Columns> = accounts::table
        .left_join(second_factors::table.on(second_factors::account_id.eq(accounts::id)))
        .left_join(tenants::table.on(tenants::id.nullable().eq(accounts::tenant_id)))
        .filter(accounts::id.eq(id))
        .select((
            (accounts::tenant_id, accounts::role, accounts::status),
            second_factors::confirmed_at.nullable(),
            (tenants::status, tenants::settings).nullable(),
            sql::<Nullable<BigInt>>(PERMISSION_BITS),
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|((tenant, role, status), confirmed_at, of_tenant, bits)| {
        let factor = (confirmed_at.is_some(), confirmed_at.map(|_| now));
        let standing = standing((role, status), factor, of_tenant, bits);
        Person { account: id, session, tenant, standing }
    }))
}

/// What is to be known of a session while it looks at something for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looking {
    /// The session.
    pub session: SessionId,
    /// What its person is.
    pub role: Role,
    /// Whether it has proved its second factor.
    pub is_proven: bool,
}

/// Those of some sessions that can still be used, in one statement. Looking is no use of a session: one
/// that does nothing else runs out.
pub fn still_running(
    conn: &mut Conn,
    ids: Vec<SessionId>,
    now: Moment,
) -> StoreResult<Vec<Looking>> {
    type Columns =
        (SessionId, Role, Option<Moment>, (Moment, Moment, Option<Moment>), Option<TenantStatus>);
    let rows: Vec<Columns> = sessions::table
        .inner_join(accounts::table)
        .left_join(tenants::table.on(tenants::id.nullable().eq(accounts::tenant_id)))
        .filter(sessions::id.eq_any(ids).and(accounts::status.eq(AccountStatus::Active)))
        .select((
            sessions::id,
            accounts::role,
            sessions::second_factor_at,
            (sessions::last_used_at, sessions::expires_at, sessions::ended_at),
            tenants::status.nullable(),
        ))
        .load(conn)?;
    let running = rows.into_iter().filter(|(_, role, _, times, tenant)| {
        *tenant != Some(TenantStatus::Suspended) && !session::is_over(role.realm(), *times, now)
    });
    let looking = |(session, role, proven, ..): Columns| Looking {
        session,
        role,
        is_proven: proven.is_some(),
    };
    Ok(running.map(looking).collect())
}

/// A session as its owner finds it in a list.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Moment,
    /// When it was last used, to the minute.
    pub last_used_at: Moment,
    /// When it ends at the latest.
    pub expires_at: Moment,
    /// From which network address it began.
    pub address: Option<String>,
    /// The device, as it calls itself.
    pub user_agent: Option<String>,
}

/// The sessions of an account that are not over, the last used first; never more than
/// [`session::MAX_SESSIONS`], because no more can be begun.
pub fn running(
    conn: &mut Conn,
    (account, realm): (AccountId, Realm),
    now: Moment,
) -> StoreResult<Vec<ListedSession>> {
    type Row = (SessionId, Moment, Moment, Moment, Option<String>, Option<String>);
    let rows: Vec<Row> = sessions::table
        .filter(sessions::account_id.eq(account).and(sessions::ended_at.is_null()))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.gt(now.plus(-session::idle(realm))))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .select((
            sessions::id,
            sessions::created_at,
            sessions::last_used_at,
            sessions::expires_at,
            sessions::address,
            sessions::user_agent,
        ))
        .load(conn)?;
    let listed = rows.into_iter().map(|row| {
        let (id, created_at, last_used_at, expires_at, address, user_agent) = row;
        ListedSession { id, created_at, last_used_at, expires_at, address, user_agent }
    });
    Ok(listed.collect())
}

/// Notes that a session was used.
pub fn touch(conn: &mut Conn, id: SessionId, now: Moment) -> StoreResult<()> {
    let older = sessions::table.filter(sessions::id.eq(id).and(sessions::last_used_at.lt(now)));
    diesel::update(older).set(sessions::last_used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Notes that a session proved its second factor.
pub fn prove(tx: &mut Tx<'_>, id: SessionId) -> StoreResult<()> {
    Prepared(
        diesel::update(sessions::table.find(id))
            .set((sessions::second_factor_at.eq(tx.now), sessions::last_used_at.eq(tx.now))),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Ends a session, if it has not ended.
pub fn end(tx: &mut Tx<'_>, id: SessionId) -> StoreResult<()> {
    let running = sessions::table.filter(sessions::id.eq(id).and(sessions::ended_at.is_null()));
    diesel::update(running).set(sessions::ended_at.eq(tx.now)).execute(tx.conn)?;
    Ok(())
}

/// Ends some sessions of an account, if they have not ended; says how many did now.
pub fn end_some<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    ids: &[SessionId],
) -> StoreResult<usize> {
    let running = sessions::table
        .filter(sessions::account_id.eq(account).and(sessions::id.eq_any(ids.to_vec())))
        .filter(sessions::ended_at.is_null());
    Ok(diesel::update(running).set(sessions::ended_at.eq(tx.now)).execute(tx.conn)?)
}

/// Ends every session of an account but one, if one is named; says how many did now.
pub fn end_all<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    but: Option<SessionId>,
) -> StoreResult<usize> {
    let but = but.unwrap_or_else(|| SessionId::of(uuid::Uuid::nil()));
    let running = sessions::table
        .filter(sessions::account_id.eq(account).and(sessions::id.ne(but)))
        .filter(sessions::ended_at.is_null());
    Ok(diesel::update(running).set(sessions::ended_at.eq(tx.now)).execute(tx.conn)?)
}

/// Takes the proof of the second factor from every session of an account but one, if one is named.
pub fn unprove<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    but: Option<SessionId>,
) -> StoreResult<()> {
    let but = but.unwrap_or_else(|| SessionId::of(uuid::Uuid::nil()));
    let others = sessions::table.filter(sessions::account_id.eq(account).and(sessions::id.ne(but)));
    diesel::update(others).set(sessions::second_factor_at.eq(None::<Moment>)).execute(tx.conn)?;
    Ok(())
}

/// Keeps a new refresh token of a session, by its hash.
pub fn insert_refresh(tx: &mut Tx<'_>, session: SessionId, hash: &[u8]) -> StoreResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(hash.to_vec()),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::issued_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What the refresh token with this hash stands for.
pub fn find_refresh(conn: &mut Conn, hash: &[u8]) -> StoreResult<Option<RefreshFacts>> {
    let row: Option<(SessionId, Option<Moment>)> = refresh_tokens::table
        .find(hash.to_vec())
        .select((refresh_tokens::session_id, refresh_tokens::used_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(session, used_at)| RefreshFacts { session, used_at }))
}

/// Uses a refresh token up; false if that was done before.
pub fn use_refresh(tx: &mut Tx<'_>, hash: &[u8]) -> StoreResult<bool> {
    let unused = refresh_tokens::table
        .filter(refresh_tokens::hash.eq(hash.to_vec()).and(refresh_tokens::used_at.is_null()));
    let used = diesel::update(unused).set(refresh_tokens::used_at.eq(tx.now)).execute(tx.conn)?;
    Ok(used == 1)
}

/// Forgets sessions, with their refresh tokens, that were over at a moment at the latest; says how many.
pub fn forget_over(tx: &mut Tx<'_>, at: Moment) -> StoreResult<usize> {
    let over = || sessions::table.filter(sessions::expires_at.le(at));
    let tokens = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq_any(over().select(sessions::id)));
    diesel::delete(tokens).execute(tx.conn)?;
    Ok(diesel::delete(over()).execute(tx.conn)?)
}

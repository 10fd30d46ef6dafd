//! Sessions and the refresh tokens that carry them on.

use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::actor::{Person, Standing};
use caredesk_core::domain::ids::{AccountId, SessionId, TenantId};
use caredesk_core::domain::session;
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;

use super::db::Conn;
use super::error::StoreResult;
use super::schema::{accounts, refresh_tokens, second_factors, sessions, tenants};
use super::tx::Tx;

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

/// A session with the standing of its account, in one statement.
pub fn find(conn: &mut Conn, id: SessionId) -> StoreResult<Option<LiveSession>> {
    type Columns = (
        (AccountId, Option<TenantId>, Role, AccountStatus),
        (Option<Moment>, Moment, Moment, Moment, Option<Moment>),
        Option<Moment>,
        Option<TenantStatus>,
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
            tenants::status.nullable(),
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(account, times, confirmed_at, tenant_status)| {
        let (account, tenant, role, status) = account;
        let (second_factor_at, created_at, last_used_at, expires_at, ended_at) = times;
        let standing = Standing {
            role,
            status,
            has_second_factor: confirmed_at.is_some(),
            second_factor_at,
            tenant_suspended: tenant_status == Some(TenantStatus::Suspended),
        };
        let person = Person { account, session: id, tenant, standing };
        LiveSession { person, created_at, last_used_at, expires_at, ended_at }
    }))
}

/// Notes that a session was used.
pub fn touch(conn: &mut Conn, id: SessionId, now: Moment) -> StoreResult<()> {
    let older = sessions::table.filter(sessions::id.eq(id).and(sessions::last_used_at.lt(now)));
    diesel::update(older).set(sessions::last_used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Notes that a session proved its second factor.
pub fn prove(tx: &mut Tx<'_>, id: SessionId) -> StoreResult<()> {
    diesel::update(sessions::table.find(id))
        .set((sessions::second_factor_at.eq(tx.now), sessions::last_used_at.eq(tx.now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a session, if it has not ended.
pub fn end(tx: &mut Tx<'_>, id: SessionId) -> StoreResult<()> {
    let running = sessions::table.filter(sessions::id.eq(id).and(sessions::ended_at.is_null()));
    diesel::update(running).set(sessions::ended_at.eq(tx.now)).execute(tx.conn)?;
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

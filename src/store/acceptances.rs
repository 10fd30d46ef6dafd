//! Families with a code whose contact is being confirmed.

use caredesk_core::domain::TenantName;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AcceptanceId, InvitationId, TenantId};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::proof::{CODE_ATTEMPTS, CODE_LASTS};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;

use super::db::Conn;
use super::db::query::{Locked, Prepared};
use super::error::{StoreError, StoreResult};
use super::schema::{acceptances, invitations, tenants};
use super::tx::Tx;

/// An acceptance that still counts.
#[derive(Debug, Clone)]
pub struct Open {
    /// The invitation that it is of.
    pub invitation: InvitationId,
    /// The contact that the account will be known by.
    pub contact: Contact,
    /// The hash of the code that was sent there.
    pub hash: Vec<u8>,
}

/// Keeps an acceptance whose code is being sent; those of the same invitation that were begun before stop to
/// count.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    id: AcceptanceId,
    new: &Open,
) -> StoreResult<()> {
    let before = acceptances::invitation_id.eq(new.invitation).and(acceptances::used_at.is_null());
    diesel::update(acceptances::table.filter(before))
        .set(acceptances::used_at.eq(tx.now))
        .execute(tx.conn)?;
    diesel::insert_into(acceptances::table)
        .values((
            acceptances::id.eq(id),
            acceptances::invitation_id.eq(new.invitation),
            acceptances::method.eq(new.contact.method()),
            acceptances::contact.eq(new.contact.as_str().to_owned()),
            acceptances::hash.eq(new.hash.clone()),
            acceptances::attempts.eq(0_i64),
            acceptances::created_at.eq(tx.now),
            acceptances::expires_at.eq(tx.now.plus(CODE_LASTS)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// An acceptance as it was begun, whether or not it still counts.
#[derive(Debug, Clone, Queryable)]
pub struct Begun {
    /// The organisation that invites.
    pub tenant: TenantId,
    /// What that is called.
    pub organization: TenantName,
    /// The invitation that it is of.
    pub invitation: InvitationId,
    /// The contact that the account will be known by.
    pub contact: String,
    /// How often the code was tried.
    attempts: i64,
    /// Until when the code counts.
    expires_at: Moment,
    /// When it was used, or another one was begun.
    used_at: Option<Moment>,
}

impl Begun {
    /// Whether its code can be tried at a moment.
    pub fn counts_at(&self, now: Moment) -> bool {
        self.used_at.is_none() && self.expires_at > now && self.attempts < CODE_ATTEMPTS
    }
}

/// An acceptance, if there ever was one of this id.
pub fn begun(conn: &mut Conn, id: AcceptanceId) -> StoreResult<Option<Begun>> {
    let one = acceptances::table
        .inner_join(invitations::table.inner_join(tenants::table))
        .filter(acceptances::id.eq(id))
        .select((
            invitations::tenant_id,
            tenants::name,
            acceptances::invitation_id,
            acceptances::contact,
            acceptances::attempts,
            acceptances::expires_at,
            acceptances::used_at,
        ));
    Ok(one.first(conn).optional()?)
}

/// Counts an attempt at the code, in a transaction of its own, so that it stays counted; false if there is
/// nothing left to try.
pub fn count_attempt(tx: &mut Tx<'_>, id: AcceptanceId) -> StoreResult<bool> {
    let open = acceptances::table
        .filter(acceptances::id.eq(id))
        .filter(acceptances::used_at.is_null().and(acceptances::expires_at.gt(tx.now)))
        .filter(acceptances::attempts.lt(CODE_ATTEMPTS));
    let counted = diesel::update(open)
        .set(acceptances::attempts.eq(acceptances::attempts + 1))
        .execute(tx.conn)?;
    Ok(counted > 0)
}

/// An acceptance that still counts, locked.
pub fn find_open(tx: &mut Tx<'_>, id: AcceptanceId) -> StoreResult<Option<Open>> {
    type Row = (InvitationId, Method, String, Vec<u8>);
    let open = acceptances::table
        .filter(acceptances::id.eq(id))
        .filter(acceptances::used_at.is_null().and(acceptances::expires_at.gt(tx.now)))
        .select((
            acceptances::invitation_id,
            acceptances::method,
            acceptances::contact,
            acceptances::hash,
        ));
    let row: Option<Row> = Locked(open).get_result(tx.conn).optional()?;
    row.map(|(invitation, method, contact, hash)| {
        let contact = Contact::parse(method, &contact)
            .map_err(|error| StoreError::Corrupt(format!("a contact: {error}")))?;
        Ok(Open { invitation, contact, hash })
    })
    .transpose()
}

/// Uses an acceptance up.
pub fn use_up<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, id: AcceptanceId) -> StoreResult<()> {
    Prepared(diesel::update(acceptances::table.find(id)).set(acceptances::used_at.eq(tx.now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets acceptances that are over; says how many.
pub fn forget_expired(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let over = acceptances::table.filter(acceptances::expires_at.le(tx.now));
    Ok(diesel::delete(over).execute(tx.conn)?)
}

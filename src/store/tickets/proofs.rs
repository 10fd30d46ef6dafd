//! Codes that callers read out, by their hash: each for one ticket, and only the newest counts.

use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{ApplicationId, CodeId, TenantId, TicketId};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::proof::{CALLER_CODE_LASTS, CODE_ATTEMPTS};
use caredesk_core::domain::{EmailAddress, PhoneNumber};
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::VerifyRequester;
use diesel::prelude::*;

use crate::store::db::Conn;
use crate::store::db::query::Locked;
use crate::store::error::StoreResult;
use crate::store::schema::{applications, ticket_codes};
use crate::store::tx::Tx;

/// A code that a caller was sent and that still counts.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct CallerCode {
    /// Names it.
    pub id: CodeId,
    /// By which way it was sent.
    pub method: Method,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// Keeps a new code of a ticket, and ends those that were sent before.
pub fn keep_code(
    tx: &mut Tx<'_>,
    permit: &Permit<VerifyRequester>,
    (id, contact, hash): (CodeId, &Contact, [u8; 32]),
) -> StoreResult<()> {
    end_codes(tx, permit)?;
    let by = permit.actor().person().map(|person| person.account);
    diesel::insert_into(ticket_codes::table)
        .values((
            ticket_codes::id.eq(id),
            ticket_codes::ticket_id.eq(permit.target().id),
            ticket_codes::method.eq(contact.method()),
            ticket_codes::hash.eq(hash.to_vec()),
            ticket_codes::attempts.eq(0_i64),
            by.map(|by| ticket_codes::created_by.eq(by)),
            ticket_codes::created_at.eq(tx.now),
            ticket_codes::expires_at.eq(tx.now.plus(CALLER_CODE_LASTS)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends the codes of a ticket; says how many still counted.
pub fn end_codes(tx: &mut Tx<'_>, permit: &Permit<VerifyRequester>) -> StoreResult<usize> {
    let open = ticket_codes::table
        .filter(ticket_codes::ticket_id.eq(permit.target().id))
        .filter(ticket_codes::used_at.is_null().and(ticket_codes::expires_at.gt(tx.now)));
    Ok(diesel::update(open).set(ticket_codes::used_at.eq(tx.now)).execute(tx.conn)?)
}

/// Counts an attempt at the code of a ticket, in a transaction of its own, so that it stays counted; false if
/// there is none left to try.
pub fn count_code_attempt(tx: &mut Tx<'_>, permit: &Permit<VerifyRequester>) -> StoreResult<bool> {
    let open = ticket_codes::table
        .filter(ticket_codes::ticket_id.eq(permit.target().id))
        .filter(ticket_codes::used_at.is_null().and(ticket_codes::expires_at.gt(tx.now)))
        .filter(ticket_codes::attempts.lt(CODE_ATTEMPTS));
    let counted = diesel::update(open)
        .set(ticket_codes::attempts.eq(ticket_codes::attempts + 1))
        .execute(tx.conn)?;
    Ok(counted > 0)
}

/// The code of a ticket that still counts, locked.
pub fn open_code(tx: &mut Tx<'_>, ticket: TicketId) -> StoreResult<Option<CallerCode>> {
    let open = ticket_codes::table
        .filter(ticket_codes::ticket_id.eq(ticket))
        .filter(ticket_codes::used_at.is_null().and(ticket_codes::expires_at.gt(tx.now)))
        .order((ticket_codes::created_at.desc(), ticket_codes::id.desc()))
        .select((ticket_codes::id, ticket_codes::method, ticket_codes::hash));
    let found: Vec<CallerCode> = Locked(open).load(tx.conn)?;
    Ok(found.into_iter().next())
}

/// Forgets codes that are over; says how many.
pub fn forget_expired_codes(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let over = ticket_codes::table.filter(ticket_codes::expires_at.le(tx.now));
    Ok(diesel::delete(over).execute(tx.conn)?)
}

/// Where somebody is written to, and where they are called.
pub type OnFile = (Option<EmailAddress>, Option<PhoneNumber>);

/// How the guardian of an application is reached, as the organisation has it on file.
pub fn guardian_contact(
    conn: &mut Conn,
    tenant: TenantId,
    application: ApplicationId,
) -> StoreResult<Option<OnFile>> {
    let row = applications::table
        .filter(applications::id.eq(application).and(applications::tenant_id.eq(tenant)))
        .select((applications::email, applications::phone));
    Ok(row.first(conn).optional()?)
}

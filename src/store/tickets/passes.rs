//! What shows one ticket to somebody without an account, by its hash.

use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::ticket::TicketPass;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;

use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::ticket_passes;
use crate::store::tx::Tx;

/// Keeps a new pass to a ticket, in the transaction of the message or the answer that holds it; says until when it
/// works.
pub fn keep_pass(
    tx: &mut Tx<'_>,
    (ticket, pass): (TicketId, TicketPass),
    hash: &[u8],
) -> StoreResult<Moment> {
    let until = tx.now.plus(pass.lasts());
    diesel::insert_into(ticket_passes::table)
        .values((
            ticket_passes::hash.eq(hash.to_vec()),
            ticket_passes::purpose.eq(pass),
            ticket_passes::ticket_id.eq(ticket),
            ticket_passes::created_at.eq(tx.now),
            ticket_passes::expires_at.eq(until),
        ))
        .execute(tx.conn)?;
    Ok(until)
}

/// Ends the link to a ticket that a message of a moment holds, unless somebody has followed it. A link is kept with
/// its message, at the same moment: that is how it is found once the message has forgotten its secret.
pub fn end_link<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (ticket, made_at): (TicketId, Moment),
) -> StoreResult<()> {
    let unused = ticket_passes::table
        .filter(ticket_passes::ticket_id.eq(ticket).and(ticket_passes::created_at.eq(made_at)))
        .filter(ticket_passes::purpose.eq(TicketPass::Link))
        .filter(ticket_passes::used_at.is_null());
    diesel::delete(unused).execute(tx.conn)?;
    Ok(())
}

/// Uses a link up, in one statement; none if it was used, has expired or never was.
pub fn redeem_link<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    hashes: &[[u8; 32]],
) -> StoreResult<Option<TicketId>> {
    let usable = ticket_passes::table
        .filter(ticket_passes::hash.eq_any(hashes.iter().map(|hash| hash.to_vec())))
        .filter(ticket_passes::purpose.eq(TicketPass::Link))
        .filter(ticket_passes::used_at.is_null().and(ticket_passes::expires_at.gt(tx.now)));
    Ok(diesel::update(usable)
        .set(ticket_passes::used_at.eq(tx.now))
        .returning(ticket_passes::ticket_id)
        .get_result(tx.conn)
        .optional()?)
}

/// The ticket that is read by what a link was exchanged for, while that works.
pub fn viewed(conn: &mut Conn, hashes: &[[u8; 32]], now: Moment) -> StoreResult<Option<TicketId>> {
    let row = ticket_passes::table
        .filter(ticket_passes::hash.eq_any(hashes.iter().map(|hash| hash.to_vec())))
        .filter(ticket_passes::purpose.eq(TicketPass::View))
        .filter(ticket_passes::expires_at.gt(now))
        .select(ticket_passes::ticket_id);
    Ok(row.first(conn).optional()?)
}

/// Forgets passes that are over; says how many.
pub fn forget_passes(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let over = ticket_passes::table.filter(ticket_passes::expires_at.le(tx.now));
    Ok(diesel::delete(over).execute(tx.conn)?)
}

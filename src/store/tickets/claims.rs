//! Whose account the caller of a ticket says is theirs, as an agent named it. Nothing is proved by it.

use caredesk_core::domain::ids::{AccountId, TicketId};
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::VerifyRequester;
use diesel::prelude::*;

use super::proofs::OnFile;
use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, ticket_claims, ticket_passes, tickets};
use crate::store::tx::Tx;

/// Keeps the account that a caller says is theirs, in place of one that was named before; the ticket is locked.
pub fn keep_claim(
    tx: &mut Tx<'_>,
    permit: &Permit<VerifyRequester>,
    account: AccountId,
) -> StoreResult<()> {
    let ticket = permit.target().id;
    diesel::delete(ticket_claims::table.find(ticket)).execute(tx.conn)?;
    let by = permit.actor().person().map_or(account, |person| person.account);
    diesel::insert_into(ticket_claims::table)
        .values((
            ticket_claims::ticket_id.eq(ticket),
            ticket_claims::account_id.eq(account),
            ticket_claims::named_by.eq(by),
            ticket_claims::named_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The account that was named for the caller of a ticket, if one was.
pub fn claimed(conn: &mut Conn, ticket: TicketId) -> StoreResult<Option<AccountId>> {
    let row = ticket_claims::table.find(ticket).select(ticket_claims::account_id);
    Ok(row.first(conn).optional()?)
}

/// Ends everything that shows a ticket to somebody who does not sign in: links, and what they were exchanged for.
pub fn end_passes(
    tx: &mut Tx<'_>,
    _: &Permit<VerifyRequester>,
    ticket: TicketId,
) -> StoreResult<()> {
    let all = ticket_passes::table.filter(ticket_passes::ticket_id.eq(ticket));
    diesel::delete(all).execute(tx.conn)?;
    Ok(())
}

/// Where the requester of a ticket is reached, if they have an account.
pub fn requester_on_file(conn: &mut Conn, ticket: TicketId) -> StoreResult<Option<OnFile>> {
    let row = tickets::table
        .inner_join(accounts::table)
        .filter(tickets::id.eq(ticket))
        .select((accounts::email, accounts::phone));
    Ok(row.first(conn).optional()?)
}

//! Texts of a ticket that are masked anew, all in one statement.

use caredesk_core::domain::ids::TicketEntryId;
use caredesk_core::domain::ticket::MaskedText;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Binary;

use crate::store::columns::{Uid, Word};
use crate::store::db::query::in_parts;
use crate::store::db::{Conn, MultiBackend};
use crate::store::error::StoreResult;
use crate::store::tx::Tx;

/// An entry masked anew, with what was written sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedAnew {
    /// Which.
    pub id: TicketEntryId,
    /// What of it is read in clear.
    pub text: MaskedText,
    /// What was written, sealed.
    pub original: Vec<u8>,
}

/// Keeps entries masked anew.
pub fn mask_entries<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    entries: Vec<MaskedAnew>,
) -> StoreResult<()> {
    for some in in_parts(entries) {
        EachItsOwn(some).execute(tx.conn)?;
    }
    Ok(())
}

/// `UPDATE ticket_entries` with a text and an original for each of some rows.
struct EachItsOwn(Vec<MaskedAnew>);

impl QueryFragment<MultiBackend> for EachItsOwn {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared(); // how many rows there are is not part of the type
        pass.push_sql("UPDATE ticket_entries SET text = CASE id");
        for entry in &self.0 {
            pass.push_sql(" WHEN ");
            pass.push_bind_param::<Uid, _>(&entry.id)?;
            pass.push_sql(" THEN ");
            pass.push_bind_param::<Word, _>(&entry.text)?;
        }
        pass.push_sql(" END, original = CASE id");
        for entry in &self.0 {
            pass.push_sql(" WHEN ");
            pass.push_bind_param::<Uid, _>(&entry.id)?;
            pass.push_sql(" THEN ");
            pass.push_bind_param::<Binary, _>(&entry.original)?;
        }
        pass.push_sql(" END WHERE id IN (");
        for (place, entry) in self.0.iter().enumerate() {
            if place > 0 {
                pass.push_sql(", ");
            }
            pass.push_bind_param::<Uid, _>(&entry.id)?;
        }
        pass.push_sql(")");
        Ok(())
    }
}
impl QueryId for EachItsOwn {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl diesel::RunQueryDsl<Conn> for EachItsOwn {}

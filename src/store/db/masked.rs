//! Texts that are masked anew, each with what was written sealed beside it: many rows in one statement.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Binary, HasSqlType};

use super::query::in_parts;
use super::{Conn, MultiBackend};
use crate::store::columns::{Uid, Word};
use crate::store::error::StoreResult;

/// A row whose text is masked anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedRow<I, T> {
    /// Which.
    pub id: I,
    /// What of it is read in clear.
    pub text: T,
    /// What was written, sealed.
    pub original: Vec<u8>,
}

/// Where such texts stand: the table, whose key is `id`, and its two columns.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct MaskedColumns {
    /// The table.
    pub(in crate::store) table: &'static str,
    /// What is read in clear.
    pub(in crate::store) text: &'static str,
    /// What was written, sealed.
    pub(in crate::store) original: &'static str,
}

/// Keeps texts masked anew; nothing is asked of the database if there are none.
pub(in crate::store) fn mask_rows<I, T>(
    conn: &mut Conn,
    columns: MaskedColumns,
    rows: Vec<MaskedRow<I, T>>,
) -> StoreResult<()>
where
    I: ToSql<Uid, MultiBackend>,
    T: ToSql<Word, MultiBackend>,
{
    for rows in in_parts(rows) {
        EachItsOwn { columns, rows }.execute(conn)?;
    }
    Ok(())
}

/// `UPDATE` with a text and an original for each of some rows.
struct EachItsOwn<I, T> {
    columns: MaskedColumns,
    rows: Vec<MaskedRow<I, T>>,
}

impl<I: ToSql<Uid, MultiBackend>, T> EachItsOwn<I, T> {
    /// Sets a column of each row to its own value.
    fn set<'b, S, V>(
        &'b self,
        column: &'static str,
        value: fn(&MaskedRow<I, T>) -> &V,
        mut pass: AstPass<'_, 'b, MultiBackend>,
    ) -> QueryResult<()>
    where
        MultiBackend: HasSqlType<S>,
        V: ToSql<S, MultiBackend> + 'b,
    {
        pass.push_identifier(column)?;
        pass.push_sql(" = CASE id");
        for row in &self.rows {
            pass.push_sql(" WHEN ");
            pass.push_bind_param::<Uid, _>(&row.id)?;
            pass.push_sql(" THEN ");
            pass.push_bind_param::<S, _>(value(row))?;
        }
        pass.push_sql(" END");
        Ok(())
    }
}

impl<I, T> QueryFragment<MultiBackend> for EachItsOwn<I, T>
where
    I: ToSql<Uid, MultiBackend>,
    T: ToSql<Word, MultiBackend>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared(); // how many rows there are is not part of the type
        pass.push_sql("UPDATE ");
        pass.push_identifier(self.columns.table)?;
        pass.push_sql(" SET ");
        self.set::<Word, T>(self.columns.text, |row| &row.text, pass.reborrow())?;
        pass.push_sql(", ");
        self.set::<Binary, Vec<u8>>(self.columns.original, |row| &row.original, pass.reborrow())?;
        pass.push_sql(" WHERE id IN (");
        for (place, row) in self.rows.iter().enumerate() {
            if place > 0 {
                pass.push_sql(", ");
            }
            pass.push_bind_param::<Uid, _>(&row.id)?;
        }
        pass.push_sql(")");
        Ok(())
    }
}
impl<I, T> QueryId for EachItsOwn<I, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<I, T> diesel::RunQueryDsl<Conn> for EachItsOwn<I, T> {}

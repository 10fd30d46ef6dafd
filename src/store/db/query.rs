//! Query shapes that the connection for both engines lacks, each a small node of its own.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping,
    is_aggregate,
};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;

use super::{Conn, MultiBackend};

/// A statement that is valid on both engines, though the backend for both has no word for it
/// (`ON CONFLICT`, `UNION`): each engine builds it for itself.
#[derive(Debug, Clone, Copy)]
pub struct Portable<Q>(pub Q);

impl<Q> QueryFragment<MultiBackend> for Portable<Q>
where
    Q: QueryFragment<Pg> + QueryFragment<Sqlite>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }
}
impl<Q: QueryId> QueryId for Portable<Q> {
    type QueryId = Portable<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}
impl<Q: Query> Query for Portable<Q> {
    type SqlType = Q::SqlType;
}
impl<Q> diesel::RunQueryDsl<Conn> for Portable<Q> {}

/// SQL as it is written in this program. In place of diesel's own, which has a statement read and planned anew each
/// time that it is run.
#[derive(Debug, Clone)]
pub struct SqlLiteral<ST> {
    text: Cow<'static, str>,
    kind: PhantomData<ST>,
}

/// SQL of this program's, never of what somebody sent: each text stays prepared as long as its connection.
pub fn sql<ST>(text: impl Into<Cow<'static, str>>) -> SqlLiteral<ST> {
    SqlLiteral { text: text.into(), kind: PhantomData }
}

impl<ST, DB: Backend> QueryFragment<DB> for SqlLiteral<ST> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql(&self.text);
        Ok(())
    }
}
impl<ST> QueryId for SqlLiteral<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<ST: TypedExpressionType> Expression for SqlLiteral<ST> {
    type SqlType = ST;
}
impl<ST, QS> AppearsOnTable<QS> for SqlLiteral<ST> where Self: Expression {}
impl<ST, QS> SelectableExpression<QS> for SqlLiteral<ST> where Self: Expression {}
impl<ST, GB> ValidGrouping<GB> for SqlLiteral<ST> {
    type IsAggregate = is_aggregate::Never;
}

/// Nothing.
pub fn nothing() -> SqlLiteral<Bool> {
    sql("1 = 0")
}

/// A statement that stays prepared as long as its connection: diesel keeps neither an UPDATE nor an INSERT of several
/// rows. For statements of few texts.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<Q>(pub Q);

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}
impl<Q, C> diesel::RunQueryDsl<C> for Prepared<Q> {}

/// So many rows at most are inserted by a statement that stays prepared: each number of rows has one of its own.
pub(in crate::store) const FEW: usize = 4;

/// From so many rows on they are copied.
pub(in crate::store) const COPIED_FROM: usize = 50;

/// Rows that go into one statement: both engines have a limit on its parameters.
const ROWS_AT_ONCE: usize = 4_000;

/// Rows in parts that one statement takes each.
pub(in crate::store) fn in_parts<T>(all: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut all = all.into_iter();
    std::iter::from_fn(move || {
        let some: Vec<T> = all.by_ref().take(ROWS_AT_ONCE).collect();
        (!some.is_empty()).then_some(some)
    })
}

/// Inserts rows, some or many. The statement for one row stays prepared, on PostgreSQL that for a few, too; one with
/// thousands of parameters it would read anew each time, and so takes many rows by `COPY`. All say the same when a row
/// breaks a rule.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        match $conn {
            Conn::Pg(conn) if rows.len() <= $crate::store::db::query::FEW => {
                $crate::store::db::query::Prepared(diesel::insert_into($table).values(rows))
                    .execute(conn)
            }
            Conn::Sqlite(conn) if rows.len() == 1 => {
                let one = rows.into_iter().next();
                one.map_or(Ok(0), |row| diesel::insert_into($table).values(row).execute(conn))
            }
            Conn::Sqlite(conn) => diesel::insert_into($table).values(rows).execute(conn),
            Conn::Pg(conn) if rows.len() >= $crate::store::db::query::COPIED_FROM => {
                diesel::ExecuteCopyFromDsl::execute(
                    diesel::copy_from($table).from_insertable(rows),
                    conn,
                )
            }
            Conn::Pg(conn) => diesel::insert_into($table).values(rows).execute(conn),
        }
    }};
}
pub(in crate::store) use insert_rows;

/// Adds to a SELECT what only PostgreSQL needs to lock the rows it reads; SQLite has one writer.
macro_rules! locking {
    ($(#[$meta:meta])* $name:ident adds $clause:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<Q>(pub Q);

        impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for $name<Q> {
            fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
                self.0.walk_ast(pass.reborrow())?;
                if matches!(pass.backend(), MultiBackend::Pg(_)) {
                    pass.push_sql($clause);
                }
                Ok(())
            }
        }
        impl<Q: QueryId> QueryId for $name<Q> {
            type QueryId = $name<Q::QueryId>;
            const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
        }
        impl<Q: Query> Query for $name<Q> {
            type SqlType = Q::SqlType;
        }
        impl<Q> diesel::RunQueryDsl<Conn> for $name<Q> {}
    };
}
locking! {
    /// Reads rows and keeps others from changing them until the transaction ends.
    Locked adds " FOR UPDATE"
}
locking! {
    /// As [`Locked`], leaving out rows that somebody else has locked: for queues with many workers.
    SkipLocked adds " FOR UPDATE SKIP LOCKED"
}

/// `(a, b) < (x, y)` or `(a, b) > (x, y)`: where a page of a list begins.
#[derive(Debug, Clone, Copy)]
pub struct RowCompare<A, B, X, Y> {
    columns: (A, B),
    key: (X, Y),
    operator: &'static str,
}

/// Rows that come before `key`, in the order of two columns.
pub fn row_before<A, B, X, Y>(columns: (A, B), key: (X, Y)) -> Compared<A, B, X, Y>
where
    A: Expression,
    B: Expression,
    X: diesel::expression::AsExpression<A::SqlType>,
    Y: diesel::expression::AsExpression<B::SqlType>,
    A::SqlType: diesel::sql_types::SqlType,
    B::SqlType: diesel::sql_types::SqlType,
{
    let key = (key.0.as_expression(), key.1.as_expression());
    RowCompare { columns, key, operator: " < " }
}

/// Rows that come after `key`, in the order of two columns.
pub fn row_after<A, B, X, Y>(columns: (A, B), key: (X, Y)) -> Compared<A, B, X, Y>
where
    A: Expression,
    B: Expression,
    X: diesel::expression::AsExpression<A::SqlType>,
    Y: diesel::expression::AsExpression<B::SqlType>,
    A::SqlType: diesel::sql_types::SqlType,
    B::SqlType: diesel::sql_types::SqlType,
{
    let key = (key.0.as_expression(), key.1.as_expression());
    RowCompare { columns, key, operator: " > " }
}

/// What [`row_before`] and [`row_after`] make.
pub type Compared<A, B, X, Y> = RowCompare<
    A,
    B,
    <X as diesel::expression::AsExpression<<A as Expression>::SqlType>>::Expression,
    <Y as diesel::expression::AsExpression<<B as Expression>::SqlType>>::Expression,
>;

impl<A, B, X, Y> QueryFragment<MultiBackend> for RowCompare<A, B, X, Y>
where
    A: QueryFragment<MultiBackend>,
    B: QueryFragment<MultiBackend>,
    X: QueryFragment<MultiBackend>,
    Y: QueryFragment<MultiBackend>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        pass.push_sql("(");
        self.columns.0.walk_ast(pass.reborrow())?;
        pass.push_sql(", ");
        self.columns.1.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        pass.push_sql(self.operator);
        pass.push_sql("(");
        self.key.0.walk_ast(pass.reborrow())?;
        pass.push_sql(", ");
        self.key.1.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}
impl<A, B, X, Y> QueryId for RowCompare<A, B, X, Y> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<A, B, X, Y> Expression for RowCompare<A, B, X, Y> {
    type SqlType = Bool;
}
impl<A, B, X, Y, QS> AppearsOnTable<QS> for RowCompare<A, B, X, Y>
where
    A: AppearsOnTable<QS>,
    B: AppearsOnTable<QS>,
    X: AppearsOnTable<QS>,
    Y: AppearsOnTable<QS>,
{
}
impl<A, B, X, Y, QS> SelectableExpression<QS> for RowCompare<A, B, X, Y> where
    Self: AppearsOnTable<QS>
{
}
impl<A, B, X, Y, GB> ValidGrouping<GB> for RowCompare<A, B, X, Y> {
    type IsAggregate = is_aggregate::No;
}

/// A column that SQLite does not look up by an index; for PostgreSQL, which weighs what a limit saves, just the column.
#[derive(Debug, Clone, Copy)]
pub struct Unindexed<C>(C);

/// See [`Unindexed`].
pub const fn unindexed<C>(column: C) -> Unindexed<C> {
    Unindexed(column)
}

impl<C: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Unindexed<C> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if matches!(pass.backend(), MultiBackend::Sqlite(_)) {
            pass.push_sql("+");
        }
        self.0.walk_ast(pass.reborrow())
    }
}
impl<C> QueryId for Unindexed<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<C: Expression> Expression for Unindexed<C> {
    type SqlType = C::SqlType;
}
impl<C, QS> AppearsOnTable<QS> for Unindexed<C> where C: AppearsOnTable<QS> {}
impl<C, QS> SelectableExpression<QS> for Unindexed<C> where Self: AppearsOnTable<QS> {}
impl<C, GB> ValidGrouping<GB> for Unindexed<C> {
    type IsAggregate = is_aggregate::No;
}

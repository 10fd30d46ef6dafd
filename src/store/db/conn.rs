//! The connection type for both engines, with the backend that diesel derives for it.

#![expect(missing_docs, reason = "the derive writes items that cannot be documented")]

/// A connection to either engine.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// An embedded file.
    Sqlite(diesel::SqliteConnection),
    /// A PostgreSQL server.
    Pg(diesel::PgConnection),
}

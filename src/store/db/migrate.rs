//! Bringing a database to the shape that this program knows.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{Connector, DbSettings, Use};
use super::{Conn, Engine};
use crate::store::error::{StoreError, StoreResult};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What the application's role may never change.
const APPEND_ONLY: [&str; 3] = ["audit_entries", "audit_seals", "decisions"];

/// Runs every migration that the database does not have yet; returns their names.
///
/// On PostgreSQL `application` names the role that the program runs as: it is given what it needs and
/// no more. None if the migrating role is the application's own.
///
/// # Errors
/// A migration failed; those before it stay.
pub fn migrate(url: &str, application: Option<&str>) -> StoreResult<Vec<String>> {
    let settings = DbSettings {
        url: url.to_owned(),
        lanes: 1,
        queue: 1,
        statement_timeout_ms: 0,
        observer: None,
    };
    let mut conn = Connector::new(&settings, Use::Writing).open()?;
    let done = match &mut conn {
        Conn::Sqlite(conn) => run(conn, SQLITE),
        Conn::Pg(conn) => {
            // Two instances that start together: the second waits for the first.
            conn.batch_execute("SELECT pg_advisory_lock(7283642917)")?;
            let done = run(conn, POSTGRES);
            conn.batch_execute("SELECT pg_advisory_unlock(7283642917)")?;
            done
        }
    }?;
    if let (Engine::Postgres, Some(role)) = (Engine::of(url), application) {
        conn.batch_execute(&grants(role)?)?;
    }
    Ok(done)
}

/// Whether the database has every migration.
///
/// Only looks: diesel's own question begins by creating its table, which neither the application's role
/// on PostgreSQL nor a reading connection on SQLite may do.
///
/// # Errors
/// The database cannot be asked.
pub fn is_current(conn: &mut Conn) -> StoreResult<bool> {
    /// A row of diesel's table.
    #[derive(diesel::QueryableByName)]
    struct Applied {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let known = match conn {
        Conn::Sqlite(_) => versions::<diesel::sqlite::Sqlite>(&SQLITE),
        Conn::Pg(_) => versions::<diesel::pg::Pg>(&POSTGRES),
    }?;
    let query = diesel::sql_query("SELECT version FROM __diesel_schema_migrations");
    let applied: Vec<Applied> = match query.load(conn) {
        Err(diesel::result::Error::DatabaseError(_, info)) if is_missing(info.message()) => {
            return Ok(false);
        }
        loaded => loaded?,
    };
    Ok(known.iter().all(|version| applied.iter().any(|row| row.version == *version)))
}

/// Whether a table was not found, in the words of either engine: nothing was ever migrated.
fn is_missing(message: &str) -> bool {
    message.contains("no such table") || message.contains("does not exist")
}

/// The versions that this program knows.
fn versions<DB: diesel::backend::Backend>(
    migrations: &impl diesel::migration::MigrationSource<DB>,
) -> StoreResult<Vec<String>> {
    let found = migrations.migrations().map_err(|error| StoreError::Connect(error.to_string()))?;
    Ok(found.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Runs pending migrations on one engine.
fn run<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> StoreResult<Vec<String>>
where
    EmbeddedMigrations: diesel::migration::MigrationSource<DB>,
{
    let done = conn
        .run_pending_migrations(migrations)
        .map_err(|error| StoreError::Connect(format!("a migration failed: {error}")))?;
    Ok(done.iter().map(ToString::to_string).collect())
}

/// The statements that give the application's role its rights.
fn grants(role: &str) -> StoreResult<String> {
    let plain = role.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain || role.is_empty() {
        return Err(StoreError::Connect(
            "the application role's name is not a plain word".to_owned(),
        ));
    }
    let append_only = APPEND_ONLY.join(", ");
    Ok(format!(
        "GRANT USAGE ON SCHEMA public TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}; \
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}; \
         REVOKE UPDATE, DELETE, TRUNCATE ON {append_only} FROM {role}; \
         REVOKE INSERT, UPDATE, DELETE ON __diesel_schema_migrations FROM {role};"
    ))
}

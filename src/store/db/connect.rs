//! How a connection is made, and what is set on it once.

use std::fmt::Write;
use std::sync::Arc;

use diesel::connection::{Connection, Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::{PgConnection, SqliteConnection};

use super::{Conn, Engine};
use crate::store::error::{StoreError, StoreResult};

/// How the database is opened.
#[derive(Clone)]
pub struct DbSettings {
    /// `postgres://…`, or the path of a SQLite file.
    pub url: String,
    /// Threads that read, each with a connection; on PostgreSQL they write, too.
    pub lanes: usize,
    /// Jobs that may wait for a thread before the next is refused.
    pub queue: usize,
    /// Longest a PostgreSQL statement may run, in milliseconds.
    pub statement_timeout_ms: u32,
    /// Sees every statement; for tests.
    pub observer: Option<Observer>,
}

/// Is shown the text of every statement, in order.
pub type Observer = Arc<dyn Fn(&str) + Send + Sync>;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Reading; on SQLite it cannot write.
    Reading,
    /// Writing.
    Writing,
}

/// Makes connections for a pool, by the scheme of the URL.
///
/// The derived `establish` tries one engine after the other and so hides why PostgreSQL failed.
#[derive(Clone)]
pub struct Connector {
    settings: DbSettings,
    engine: Engine,
    usage: Use,
}

impl Connector {
    /// A maker of connections.
    pub fn new(settings: &DbSettings, usage: Use) -> Self {
        Self { settings: settings.clone(), engine: Engine::of(&settings.url), usage }
    }

    /// Opens and prepares one connection.
    ///
    /// # Errors
    /// [`StoreError::Connect`] says what the engine said.
    pub fn open(&self) -> StoreResult<Conn> {
        let refused = |error: diesel::ConnectionError| StoreError::Connect(error.to_string());
        let url = self.settings.url.as_str();
        let mut conn = match self.engine {
            Engine::Postgres => Conn::Pg(PgConnection::establish(url).map_err(refused)?),
            Engine::Sqlite => Conn::Sqlite(SqliteConnection::establish(url).map_err(refused)?),
        };
        conn.batch_execute(&self.preparation())?;
        if let Some(observer) = &self.settings.observer {
            conn.set_instrumentation(Watch(Arc::clone(observer)));
        }
        Ok(conn)
    }

    /// The statements that prepare a connection.
    fn preparation(&self) -> String {
        match (self.engine, self.usage) {
            // Nothing is compiled: a statement whose page size is a parameter looks long enough for that to PostgreSQL,
            // and compiling it takes longer than running it.
            (Engine::Postgres, _) => format!(
                "SET TIME ZONE 'UTC'; SET statement_timeout = {}; SET client_min_messages = warning; SET jit = off;",
                self.settings.statement_timeout_ms
            ),
            (Engine::Sqlite, usage) => {
                // Who writes keeps the pages of a large transaction until its end: a page that did not fit
                // would be written more than once. The log is moved into the file by 32 MiB, not by 4: a
                // page that changes in each part of a batch is moved once for many of them.
                let usage = match usage {
                    Use::Reading => "PRAGMA cache_size = -4096; PRAGMA query_only = ON;",
                    Use::Writing => "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8192;",
                };
                // The wait comes first: switching to WAL already needs the file's lock.
                format!(
                    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
                     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA mmap_size = 67108864; {usage}"
                )
            }
        }
    }
}

impl r2d2::ManageConnection for Connector {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        self.open()
    }

    fn is_valid(&self, _: &mut Conn) -> Result<(), StoreError> {
        Ok(()) // A ping costs as much as the query; a broken connection shows by itself.
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        diesel::r2d2::R2D2Connection::is_broken(conn)
    }
}

/// Passes statements on to an observer.
struct Watch(Observer);

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut text = Beginning(String::new());
                let is_whole = write!(text, "{query}").is_ok();
                (self.0)(if is_whole { &text.0 } else { text.0.trim_end() });
            }
            InstrumentationEvent::BeginTransaction { .. } => (self.0)("BEGIN"),
            InstrumentationEvent::CommitTransaction { .. } => (self.0)("COMMIT"),
            InstrumentationEvent::RollbackTransaction { .. } => (self.0)("ROLLBACK"),
            _ => {}
        }
    }
}

/// The beginning of a text: a statement may have a file bound to it.
struct Beginning(String);

/// Most bytes of it.
const SHOWN: usize = 16 * 1024;

impl std::fmt::Write for Beginning {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        if self.0.len().saturating_add(part.len()) > SHOWN {
            return Err(std::fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}

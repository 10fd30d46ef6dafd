//! The database: one connection type for two engines, and the one place that moves work to threads.
//!
//! Which engine it is, is known here and in [`query`]; nowhere else.

mod conn;
mod connect;
mod lanes;
pub mod masked;
pub mod migrate;
pub mod query;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::error::{Fault, StoreError, StoreResult};
pub use conn::{Conn, MultiBackend, MultiField, MultiRawValue, MultiRow};
pub use connect::{Connector, DbSettings, Observer};
use lanes::Lanes;
use writer::Writer;

/// The two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, one writer.
    Sqlite,
    /// A server, many instances.
    Postgres,
}

impl Engine {
    /// The engine that a database URL asks for: PostgreSQL by its scheme, else a SQLite file.
    pub fn of(url: &str) -> Self {
        let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if postgres { Self::Postgres } else { Self::Sqlite }
    }
}

/// How often a transaction that collided is tried again.
const RETRIES: usize = 5;

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

/// What the clones share: lanes for reading (and on PostgreSQL for writing), and SQLite's writer.
struct Inner {
    engine: Engine,
    lanes: Lanes,
    writer: Option<Writer>,
}

/// Work that answers through a channel of its own once its effect is durable.
type Job = Box<dyn FnOnce(StoreResult<&mut Conn>) + Send>;

impl Db {
    /// Opens a database that is migrated already. Connections are made when they are first needed.
    ///
    /// # Errors
    /// Threads cannot be started.
    pub fn open(settings: &DbSettings) -> StoreResult<Self> {
        let engine = Engine::of(&settings.url);
        let lanes = Lanes::start(settings, engine)?;
        let writer = match engine {
            Engine::Sqlite => Some(Writer::start(settings)?),
            Engine::Postgres => None,
        };
        Ok(Self { inner: Arc::new(Inner { engine, lanes, writer }) })
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// Runs a read on a thread of the database's own.
    ///
    /// # Errors
    /// [`StoreError::Busy`] at once when too much is waiting already; else what `work` says.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fault,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.on_a_lane(work).await
    }

    /// Runs `work` in one transaction and answers after it was committed. A collision with another
    /// transaction runs it again, so `work` has no effect but on the connection.
    ///
    /// # Errors
    /// [`StoreError::Busy`] at once when too much is waiting already; else what `work` says, with
    /// everything rolled back.
    pub async fn write<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fault,
        F: FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        match &self.inner.writer {
            Some(writer) => writer.write(work).await,
            None => self.on_a_lane(move |conn| retried(|| transaction(conn, &mut work))).await,
        }
    }

    /// How many jobs wait for a thread, reads and writes.
    pub fn waiting(&self) -> (usize, usize) {
        (self.inner.lanes.waiting(), self.inner.writer.as_ref().map_or(0, Writer::waiting))
    }

    /// Hands `work` to a lane and waits for its answer.
    async fn on_a_lane<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fault,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let ended = match conn {
                Ok(conn) => work(conn),
                Err(error) => Err(error.into()),
            };
            drop(answer.send(ended));
        });
        self.inner.lanes.hand(job)?;
        answered.await.unwrap_or_else(|_dropped| Err(no_answer().into()))
    }
}

/// A job that vanished: its thread could not connect, or the work panicked.
fn no_answer() -> StoreError {
    StoreError::Connect("the database did not answer".to_owned())
}

/// One transaction on PostgreSQL.
fn transaction<T, E: Fault>(
    conn: &mut Conn,
    work: &mut impl FnMut(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    /// Tells diesel's own errors (of BEGIN and COMMIT) from the work's.
    enum Ended<E> {
        By(E),
        Engine(diesel::result::Error),
    }
    impl<E> From<diesel::result::Error> for Ended<E> {
        fn from(error: diesel::result::Error) -> Self {
            Self::Engine(error)
        }
    }
    let ended = diesel::Connection::transaction(conn, |conn| work(conn).map_err(Ended::By));
    ended.map_err(|ended| match ended {
        Ended::By(error) => error,
        Ended::Engine(error) => StoreError::from(error).into(),
    })
}

/// Runs `attempt` again while it collides, a few times, with a short and growing pause.
fn retried<T, E: Fault>(mut attempt: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let mut tries = 0;
    loop {
        match attempt() {
            Err(error) if tries < RETRIES && collided(&error) => {
                tries = tries.saturating_add(1);
                std::thread::sleep(Duration::from_millis(1 << tries));
            }
            ended => return ended,
        }
    }
}

/// Whether trying again would help.
fn collided(error: &impl Fault) -> bool {
    matches!(error.store(), Some(StoreError::Collision(_)))
}

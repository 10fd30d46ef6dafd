//! SQLite's one writer, with group commit.
//!
//! Jobs that wait are run in one transaction, each in a savepoint of its own, and answered after the
//! COMMIT. A job that fails is rolled back alone; a COMMIT that fails fails them all. With
//! `synchronous=FULL` this is worth three commits and more.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::SqliteConnection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use tokio::sync::oneshot;

use super::connect::{Connector, DbSettings, Use};
use super::{Conn, no_answer};
use crate::store::error::{Fault, StoreError, StoreResult};

/// Most jobs that share a COMMIT.
const GROUP: usize = 128;

/// The writer's queue; its thread ends when this is dropped.
pub(super) struct Writer {
    queue: Sender<Box<dyn Job>>,
}

/// A write with its answer, before and after the COMMIT.
trait Job: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Does the work; true if it is to be kept.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Answers: as the work ended, or that the COMMIT failed.
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

/// The one implementation of [`Job`].
struct Write<T, E, F> {
    work: F,
    ended: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Write<T, E, F>
where
    T: Send,
    E: Fault,
    F: FnMut(&mut Conn) -> Result<T, E> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn run(&mut self, conn: &mut Conn) -> bool {
        let run = std::panic::AssertUnwindSafe(|| (self.work)(conn));
        let ended = std::panic::catch_unwind(run).unwrap_or_else(|_panic| Err(no_answer().into()));
        let keep = ended.is_ok();
        self.ended = Some(ended);
        keep
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        let ended = match (self.ended, committed) {
            (Some(Ok(_)) | None, Err(why)) => Err(StoreError::Connect(why).into()),
            (Some(ended), _) => ended,
            (None, Ok(())) => Err(no_answer().into()),
        };
        drop(self.answer.send(ended));
    }
}

impl Writer {
    /// Starts the writer's thread. It connects at its first job.
    pub(super) fn start(settings: &DbSettings) -> StoreResult<Self> {
        let (queue, jobs) = bounded(settings.queue.max(GROUP));
        let connector = Connector::new(settings, Use::Writing);
        let pool = r2d2::Pool::builder()
            .max_size(1)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(connector);
        std::thread::Builder::new()
            .name("db-writer".to_owned())
            .spawn(move || serve(&pool, &jobs))
            .map_err(|error| StoreError::Connect(error.to_string()))?;
        Ok(Self { queue })
    }

    /// Queues a write and waits until it is durable.
    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fault,
        F: FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Write { work, ended: None, answer });
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => {
                StoreError::Connect("the database is closed".to_owned())
            }
        })?;
        answered.await.unwrap_or_else(|_dropped| Err(no_answer().into()))
    }

    /// How many writes wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }
}

/// Takes what waits, commits it together, answers; until the queue is dropped.
fn serve(pool: &r2d2::Pool<Connector>, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut group: Vec<Box<dyn Job>> = Vec::with_capacity(GROUP);
        group.push(first);
        group.extend(jobs.try_iter().take(GROUP.saturating_sub(1)));
        group.retain(|job| !job.is_abandoned());
        let committed = match pool.get() {
            Ok(mut conn) => {
                commit_together(&mut conn, &mut group).map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = &committed {
            tracing::error!(%error, jobs = group.len(), "a group of writes was not committed");
        }
        for job in group {
            job.answer(committed.clone());
        }
    }
}

/// One transaction for the whole group; if it cannot be committed, nothing of it stays.
fn commit_together(conn: &mut Conn, group: &mut [Box<dyn Job>]) -> StoreResult<()> {
    if group.is_empty() {
        return Ok(());
    }
    Manager::begin_transaction_sql(file(conn)?, "BEGIN IMMEDIATE")?;
    let done = run_all(conn, group).and_then(|()| Ok(Manager::commit_transaction(file(conn)?)?));
    if done.is_err()
        && let Err(error) = Manager::rollback_transaction(file(conn)?)
    {
        tracing::debug!(%error, "nothing was left to roll back");
    }
    done
}

/// Runs every job in a savepoint of its own.
fn run_all(conn: &mut Conn, group: &mut [Box<dyn Job>]) -> StoreResult<()> {
    for job in group {
        Manager::begin_transaction(file(conn)?)?;
        let keep = job.run(conn);
        let file = file(conn)?;
        if keep { Manager::commit_transaction(file)? } else { Manager::rollback_transaction(file)? }
    }
    Ok(())
}

/// Diesel's own manager, so that a statement of diesel's that wants a transaction knows of this one.
type Manager = AnsiTransactionManager;

/// The writer's connection is always to a file.
fn file(conn: &mut Conn) -> StoreResult<&mut SqliteConnection> {
    match conn {
        Conn::Sqlite(conn) => Ok(conn),
        Conn::Pg(_) => Err(StoreError::Connect("the writer is for embedded files".to_owned())),
    }
}

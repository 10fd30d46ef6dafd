//! Threads that serve the database, as many as it has connections, behind one bounded queue.
//!
//! As many threads as connections means that none waits for another's; a bounded queue means that
//! what is too much is refused at once and not after it grew old.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::connect::{Connector, DbSettings, Use};
use super::{Engine, Job};
use crate::store::error::{StoreError, StoreResult};

/// The threads' queue; they end when it is dropped.
pub(super) struct Lanes {
    queue: Sender<Job>,
}

impl Lanes {
    /// Starts the threads. None connects before it has work.
    pub(super) fn start(settings: &DbSettings, engine: Engine) -> StoreResult<Self> {
        let usage = if engine == Engine::Sqlite { Use::Reading } else { Use::Writing };
        let size = u32::try_from(settings.lanes.max(1)).unwrap_or(u32::MAX);
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(std::time::Duration::from_secs(5))
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(Connector::new(settings, usage));
        let (queue, jobs) = bounded(settings.queue.max(1));
        for lane in 0..size {
            let (pool, jobs) = (pool.clone(), jobs.clone());
            std::thread::Builder::new()
                .name(format!("db-lane-{lane}"))
                .spawn(move || serve(&pool, &jobs))
                .map_err(|error| StoreError::Connect(error.to_string()))?;
        }
        Ok(Self { queue })
    }

    /// Queues a job, or refuses it when the queue is full.
    pub(super) fn hand(&self, job: Job) -> StoreResult<()> {
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => {
                StoreError::Connect("the database is closed".to_owned())
            }
        })
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }
}

/// Serves jobs until the queue is dropped. A job for which there is no connection is told why; one that
/// panics is dropped, which its asker sees by the closed channel.
fn serve(pool: &r2d2::Pool<Connector>, jobs: &Receiver<Job>) {
    for job in jobs {
        let run = std::panic::AssertUnwindSafe(|| match pool.get() {
            Ok(mut conn) => job(Ok(&mut conn)),
            Err(error) => job(Err(StoreError::Connect(error.to_string()))),
        });
        if std::panic::catch_unwind(run).is_err() {
            tracing::error!("a database job panicked");
        }
    }
}

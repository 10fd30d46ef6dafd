//! Watching jobs: one poller for everything that is watched, however many watch.
//!
//! Four times a second it reads all watched jobs in one statement, and once a second all sessions that
//! watch in another; nobody else asks the database, and nothing is held while it is quiet. A watcher is
//! shown the newest state: one who reads slowly is spared those between.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use caredesk_core::domain::actor::Person;
use caredesk_core::domain::ids::{AccountId, JobId, SessionId};
use tokio::sync::watch;

use crate::guard::Refusal;
use crate::store::db::Db;
use crate::store::jobs::Job;
use crate::store::sessions::Looking;
use crate::store::{self, StoreError};
use crate::vault::Clock;

/// Most watchers of a process.
const MOST: usize = 200;
/// Most watchers of one account, so that nobody takes the places of all others.
const MOST_EACH: usize = 20;
/// How often jobs are looked at while somebody watches.
const PERIOD: Duration = Duration::from_millis(250);
/// Every how many looks at the jobs the sessions are looked at.
const SESSIONS_EVERY: u32 = 4;

/// The watchers of a process. Clones share them.
#[derive(Clone)]
pub struct Watching {
    inner: Arc<Inner>,
}

/// What the clones share.
struct Inner {
    db: Db,
    clock: Clock,
    desk: Mutex<Desk>,
    closing: watch::Sender<bool>,
}

/// Who watches what.
#[derive(Default)]
struct Desk {
    watchers: HashMap<u64, Watcher>,
    next: u64,
    is_polling: bool,
}

/// Somebody who watches a job.
struct Watcher {
    job: JobId,
    account: AccountId,
    /// As they were let in; who is not the same any more is cut off, and may come again.
    let_in: Looking,
    news: watch::Sender<Arc<Job>>,
}

/// A watcher's place, given back when it is dropped.
pub struct Seat {
    number: u64,
    news: watch::Receiver<Arc<Job>>,
    closing: watch::Receiver<bool>,
    inner: Arc<Inner>,
}

impl Watching {
    /// A place to watch from, where nobody watches yet.
    pub fn new(db: Db, clock: Clock) -> Self {
        let (closing, _) = watch::channel(false);
        let desk = Mutex::default();
        Self { inner: Arc::new(Inner { db, clock, desk, closing }) }
    }

    /// Takes a place before a job as it was read just now.
    ///
    /// # Errors
    /// There is none free, or the process is about to end.
    pub fn sit(&self, person: &Person, job: &Arc<Job>) -> Result<Seat, Refusal> {
        let mut desk = self.inner.desk();
        let mine = desk.watchers.values().filter(|watcher| watcher.account == person.account);
        let is_full = desk.watchers.len() >= MOST || mine.count() >= MOST_EACH;
        if is_full || *self.inner.closing.borrow() {
            return Err(Refusal::Store(StoreError::Busy));
        }
        let (news, received) = watch::channel(Arc::clone(job));
        let number = desk.next;
        desk.next = number.wrapping_add(1);
        let let_in = Looking {
            session: person.session,
            role: person.standing.role,
            is_proven: person.standing.second_factor_at.is_some(),
        };
        let watcher = Watcher { job: job.id, account: person.account, let_in, news };
        desk.watchers.insert(number, watcher);
        if !desk.is_polling {
            desk.is_polling = true;
            tokio::spawn(poll(Arc::clone(&self.inner)));
        }
        let (closing, inner) = (self.inner.closing.subscribe(), Arc::clone(&self.inner));
        Ok(Seat { number, news: received, closing, inner })
    }

    /// Sends every watcher away, and lets no other in: the process is about to end.
    pub fn close(&self) {
        self.inner.closing.send_replace(true);
    }
}

impl Seat {
    /// The job after its next change; none when there is nothing more to see, or to be shown.
    pub async fn next(&mut self) -> Option<Arc<Job>> {
        tokio::select! {
            changed = self.news.changed() => changed.ok()?,
            _ = self.closing.wait_for(|closing| *closing) => return None,
        }
        Some(Arc::clone(&self.news.borrow_and_update()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.inner.desk().watchers.remove(&self.number);
    }
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is watched, and by whom; none ends the poller.
    fn watched(&self) -> Option<(Vec<JobId>, Vec<SessionId>)> {
        let mut desk = self.desk();
        desk.is_polling = !desk.watchers.is_empty();
        let jobs: BTreeSet<JobId> = desk.watchers.values().map(|watcher| watcher.job).collect();
        let sessions: BTreeSet<SessionId> =
            desk.watchers.values().map(|watcher| watcher.let_in.session).collect();
        let watched = (jobs.into_iter().collect(), sessions.into_iter().collect());
        desk.is_polling.then_some(watched)
    }

    /// Shows every watcher what is new, and takes leave of those who see no more.
    fn tell(&self, jobs: Vec<Job>, looking: Option<&[Looking]>) {
        let jobs: HashMap<JobId, Arc<Job>> =
            jobs.into_iter().map(|job| (job.id, Arc::new(job))).collect();
        self.desk().watchers.retain(|_, watcher| {
            let may = looking.is_none_or(|looking| looking.contains(&watcher.let_in));
            let Some(job) = jobs.get(&watcher.job).filter(|_| may) else { return false };
            // One that has sat down since the jobs were read may know more.
            if job.version > watcher.news.borrow().version {
                watcher.news.send_replace(Arc::clone(job));
            }
            !job.state.is_over()
        });
    }
}

/// Looks at what is watched until nothing is.
async fn poll(inner: Arc<Inner>) {
    for round in 1_u32.. {
        tokio::time::sleep(PERIOD).await;
        let Some((jobs, sessions)) = inner.watched() else { return };
        let now = inner.clock.now();
        let asks_sessions = round % SESSIONS_EVERY == 0;
        let read = inner.db.read::<_, StoreError, _>(move |conn| {
            let jobs = store::jobs::watched(conn, jobs)?;
            let looking =
                asks_sessions.then(|| store::sessions::still_running(conn, sessions, now));
            Ok((jobs, looking.transpose()?))
        });
        match read.await {
            Ok((jobs, looking)) => inner.tell(jobs, looking.as_deref()),
            Err(error) => tracing::warn!(%error, "watched jobs could not be read"),
        }
    }
}

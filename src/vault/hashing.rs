//! Passwords: argon2id on threads of its own.
//!
//! A hash takes 64 MiB and a tenth of a second on purpose. So exactly as many threads as there are
//! slots do nothing else; a job waits in a short queue, and when the queue is full or the wait too long
//! the answer is [`HashError::Busy`]. A client that hangs up frees nothing: a thread that has begun
//! finishes. A job that nobody waits for any more is not begun.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use super::entropy::Entropy;
use super::keyring::{KeyId, Keyring, Purpose};

/// What one hash costs. Never below the floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashParams(Params);

/// The configured cost is too low, or is none that argon2 knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("argon2id needs at least 19456 KiB of memory, 2 passes and 1 lane")]
pub struct ParamsTooWeak;

impl HashParams {
    /// Memory in KiB, passes and lanes.
    ///
    /// # Errors
    /// [`ParamsTooWeak`] below 19456 KiB, 2 passes and 1 lane, the floor of OWASP's cheat sheet.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, ParamsTooWeak> {
        match Params::new(memory_kib, passes, lanes, Some(Params::DEFAULT_OUTPUT_LEN)) {
            Ok(params) if memory_kib >= 19_456 && passes >= 2 => Ok(Self(params)),
            _ => Err(ParamsTooWeak),
        }
    }

    /// Whether a stored hash was made otherwise than one would be now.
    fn differ(&self, stored: &PasswordHash) -> bool {
        stored.algorithm != Algorithm::Argon2id.ident()
            || stored.version != Some(Version::V0x13.into())
            || Params::try_from(stored).as_ref() != Ok(&self.0)
    }
}

impl Default for HashParams {
    /// 64 MiB, 3 passes, 1 lane: RFC 9106's second choice, with one lane as a slot is one thread.
    fn default() -> Self {
        match Self::new(65_536, 3, 1) {
            Ok(params) => params,
            Err(error) => unreachable!("the default cost is above the floor: {error}"),
        }
    }
}

/// How many passwords are hashed at once, and how many may wait for it, how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashLimits {
    /// Threads, at least one; each takes the memory of one hash while it works.
    pub slots: usize,
    /// Jobs that may wait for a thread, at least one.
    pub queue: usize,
    /// How long a job waits to be begun.
    pub wait: Duration,
}

impl Default for HashLimits {
    /// Half the cores, at least one; 32 jobs; 2 seconds.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self { slots: (cores / 2).max(1), queue: 32, wait: Duration::from_secs(2) }
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the right one.
    pub ok: bool,
    /// It was kept under an old pepper or an old cost, and should be kept anew. Only said when right.
    pub needs_rehash: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many passwords wait already; ask again in a moment.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The stored text is no hash of ours, or its pepper is not on the ring.
    #[error("a stored password hash cannot be read")]
    Unreadable,
    /// The machine could not do it; out of memory, most likely.
    #[error("a password could not be hashed")]
    Failed,
}

/// Hashes and compares passwords. Its threads end when it is dropped.
#[derive(Debug)]
pub struct Hasher {
    /// Where jobs wait.
    queue: SyncSender<Job>,
    /// How long they do.
    wait: Duration,
    /// Shared with the threads.
    bench: Arc<Bench>,
}

/// A piece of work, and who waits for it.
struct Job {
    /// Told when work begins. If nobody listens, the asker has gone.
    begun: oneshot::Sender<()>,
    /// What to do, which includes handing over the result.
    work: Box<dyn FnOnce(&Bench) + Send>,
}

impl Hasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(
        params: HashParams,
        limits: HashLimits,
        ring: Keyring,
        entropy: Entropy,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(limits.queue.max(1));
        let jobs = Arc::new(Mutex::new(jobs));
        let bench = Arc::new(Bench { params, ring, entropy, made: AtomicU64::new(0) });
        for _ in 0..limits.slots.max(1) {
            let (jobs, bench) = (Arc::clone(&jobs), Arc::clone(&bench));
            std::thread::Builder::new().name("argon2".into()).spawn(move || work(&jobs, &bench))?;
        }
        Ok(Self { queue, wait: limits.wait, bench })
    }

    /// What a hash made now costs.
    pub fn params(&self) -> &HashParams {
        &self.bench.params
    }

    /// How many hashes were made since it was started, to keep or to compare.
    pub fn made(&self) -> u64 {
        self.bench.made.load(Ordering::Relaxed)
    }

    /// Hashes a password, to be kept as it is: the pepper's key id, then a PHC string.
    ///
    /// # Errors
    /// [`HashError::Busy`] or [`HashError::Failed`].
    pub async fn hash(&self, password: SecretString) -> Result<String, HashError> {
        self.run(move |bench| bench.hash(&password)).await
    }

    /// Compares a password with what is stored. With nothing stored the answer is no, after the same
    /// work, so that an unknown name takes as long as a wrong password.
    ///
    /// # Errors
    /// Any [`HashError`].
    pub async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<Verdict, HashError> {
        self.run(move |bench| match stored {
            Some(stored) => bench.verify(&password, &stored),
            None => bench.hash(&password).map(|_| Verdict { ok: false, needs_rehash: false }),
        })
        .await
    }

    /// Queues `task`, waits a little for it to begin, then as long as it takes.
    async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&Bench) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let (begun, begins) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |bench: &Bench| drop(answer.send(task(bench))));
        self.queue.try_send(Job { begun, work }).map_err(|_full| HashError::Busy)?;
        match tokio::time::timeout(self.wait, begins).await {
            Err(_elapsed) => Err(HashError::Busy),
            Ok(_) => answered.await.unwrap_or(Err(HashError::Failed)),
        }
    }
}

/// The life of a thread: one job after the other, until no hasher can send any more.
fn work(jobs: &Mutex<Receiver<Job>>, bench: &Bench) {
    // The lock is held while waiting for a job and given back before working on it.
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(job) = next() {
        if job.begun.send(()).is_ok() {
            (job.work)(bench);
        }
    }
}

/// What the threads work with.
#[derive(Debug)]
struct Bench {
    /// What a hash costs.
    params: HashParams,
    /// The peppers.
    ring: Keyring,
    /// The salts.
    entropy: Entropy,
    /// How many hashes were made.
    made: AtomicU64,
}

impl Bench {
    /// Hashes with the active pepper and a new salt.
    fn hash(&self, password: &SecretString) -> Result<String, HashError> {
        let pepper = self.ring.active_key(Purpose::Pepper);
        let phc = self
            .argon2(pepper)?
            .hash_password_with_salt(
                password.expose_secret().as_bytes(),
                &self.entropy.bytes::<16>(),
            )
            .map_err(|_out_of_memory| HashError::Failed)?;
        Ok(format!("{}{phc}", self.ring.active_id()))
    }

    /// Compares, with the pepper and the cost that the stored text names.
    fn verify(&self, password: &SecretString, stored: &str) -> Result<Verdict, HashError> {
        let (id, phc) = parts(stored).ok_or(HashError::Unreadable)?;
        let pepper = self.ring.key(id, Purpose::Pepper).ok_or(HashError::Unreadable)?;
        let password = password.expose_secret().as_bytes();
        match self.argon2(pepper)?.verify_password(password, &phc) {
            Ok(()) => {
                let old = id != self.ring.active_id() || self.params.differ(&phc);
                Ok(Verdict { ok: true, needs_rehash: old })
            }
            Err(password_hash::Error::PasswordInvalid) => {
                Ok(Verdict { ok: false, needs_rehash: false })
            }
            Err(password_hash::Error::OutOfMemory) => Err(HashError::Failed),
            Err(_) => Err(HashError::Unreadable),
        }
    }

    /// Argon2id with a pepper, as its own secret input (K in RFC 9106): argon2 has a place for it, so
    /// there is no need for a construction of our own such as an HMAC in front, and what is stored
    /// stays a plain PHC string. Each is used once, and counted here.
    fn argon2<'key>(&self, pepper: &'key [u8]) -> Result<Argon2<'key>, HashError> {
        self.made.fetch_add(1, Ordering::Relaxed);
        Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, self.params.0.clone())
            .map_err(|_too_long| HashError::Failed)
    }
}

/// Takes a stored text apart: the pepper's key id, 8 hexadecimal digits, and the PHC string.
fn parts(stored: &str) -> Option<(KeyId, PasswordHash)> {
    let (id, phc) = stored.split_at_checked(8)?;
    let id = u32::from_str_radix(id, 16).ok()?;
    Some((KeyId::of(id.to_be_bytes()), PasswordHash::new(phc).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::RootKey;
    use std::pin::Pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    const ROOMY: HashLimits = HashLimits { slots: 1, queue: 4, wait: Duration::from_mins(1) };

    fn root(seed: u64) -> RootKey {
        RootKey::make(&Entropy::seeded(seed))
    }

    fn ring() -> Keyring {
        Keyring::new(&root(1), &[])
    }

    fn floor() -> HashParams {
        HashParams::new(19_456, 2, 1).unwrap()
    }

    fn hasher(limits: HashLimits) -> Hasher {
        Hasher::start(floor(), limits, ring(), Entropy::seeded(2)).unwrap()
    }

    fn password() -> SecretString {
        "correct horse battery staple".into()
    }

    /// Occupies a thread until the returned end is dropped; comes back when it has begun.
    async fn occupy(hasher: &Hasher) -> mpsc::Sender<()> {
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = oneshot::channel();
        let work = Box::new(move |_: &Bench| held.recv().unwrap_or(()));
        hasher.queue.try_send(Job { begun, work }).unwrap();
        begins.await.unwrap();
        release
    }

    /// Lets a job queue itself; says whether it still waits.
    fn waits<T>(job: Pin<&mut impl Future<Output = T>>) -> bool {
        job.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[test]
    fn a_cost_below_the_floor_is_refused() {
        assert!(HashParams::new(19_456, 2, 1).is_ok());
        for (memory, passes, lanes) in [(19_455, 2, 1), (19_456, 1, 1), (19_456, 2, 0)] {
            assert_eq!(HashParams::new(memory, passes, lanes), Err(ParamsTooWeak));
        }
        assert_eq!(HashParams::default().0.m_cost(), 65_536);
    }

    #[tokio::test]
    async fn the_right_password_and_only_it_is_accepted() {
        let hasher = hasher(ROOMY);
        let stored = hasher.hash(password()).await.unwrap();
        let form = format!("{}$argon2id$v=19$m=19456,t=2,p=1$", ring().active_id());
        assert!(stored.starts_with(&form), "{stored}");
        let right = hasher.verify(password(), Some(stored.clone())).await;
        assert_eq!(right, Ok(Verdict { ok: true, needs_rehash: false }));
        let wrong = hasher.verify("correct horse battery".into(), Some(stored)).await;
        assert_eq!(wrong, Ok(Verdict { ok: false, needs_rehash: false }));
    }

    #[tokio::test]
    async fn an_unknown_name_is_refused_after_the_same_work() {
        let hasher = hasher(ROOMY);
        let refused = hasher.verify(password(), None).await;
        assert_eq!(refused, Ok(Verdict { ok: false, needs_rehash: false }));
        // The salt of that work was drawn: it is not a shortcut.
        let [drawn, fresh] = [hasher.bench.entropy.bytes::<16>(), Entropy::seeded(2).bytes()];
        assert_ne!(drawn, fresh);
    }

    #[tokio::test]
    async fn an_old_pepper_or_an_old_cost_asks_for_a_new_hash() {
        let stored = hasher(ROOMY).hash(password()).await.unwrap();
        let rotated = Keyring::new(&root(3), &[root(1)]);
        let dearer = HashParams::new(19_456, 3, 1).unwrap();
        for (params, ring) in [(floor(), rotated), (dearer, ring())] {
            let hasher = Hasher::start(params, ROOMY, ring, Entropy::seeded(2)).unwrap();
            let verdict = hasher.verify(password(), Some(stored.clone())).await;
            assert_eq!(verdict, Ok(Verdict { ok: true, needs_rehash: true }));
        }
    }

    #[tokio::test]
    async fn a_lost_pepper_or_a_damaged_text_is_an_error_not_a_wrong_password() {
        let hasher = hasher(ROOMY);
        let stored = hasher.hash(password()).await.unwrap();
        let lost = stored.replacen(&ring().active_id().to_string(), "00000000", 1);
        for bad in [lost, String::new(), "é".repeat(9), stored[8..].to_owned()] {
            let verdict = hasher.verify(password(), Some(bad.clone())).await;
            assert_eq!(verdict, Err(HashError::Unreadable), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_full_queue_answers_busy() {
        let hasher = hasher(HashLimits { queue: 1, ..ROOMY });
        let release = occupy(&hasher).await;
        let mut waiting = Box::pin(hasher.run(|_| Ok(())));
        assert!(waits(waiting.as_mut()));
        assert_eq!(hasher.hash(password()).await, Err(HashError::Busy));
        drop(release);
        assert_eq!(waiting.await, Ok(()));
    }

    #[tokio::test]
    async fn a_job_that_waits_too_long_answers_busy() {
        let hasher = hasher(HashLimits { wait: Duration::from_millis(1), ..ROOMY });
        let release = occupy(&hasher).await;
        assert_eq!(hasher.hash(password()).await, Err(HashError::Busy));
        drop(release);
    }

    #[tokio::test]
    async fn a_job_is_not_begun_when_its_asker_has_gone() {
        let hasher = hasher(ROOMY);
        let release = occupy(&hasher).await;
        {
            let mut gone = Box::pin(hasher.hash(password()));
            assert!(waits(gone.as_mut()));
        }
        drop(release);
        hasher.run(|_| Ok(())).await.unwrap();
        // The first bytes of the seed are still to be had: no salt was drawn.
        assert_eq!(hasher.bench.entropy.bytes::<16>(), Entropy::seeded(2).bytes());
    }

    #[tokio::test]
    async fn a_client_that_hangs_up_during_the_hash_does_not_free_its_slot_early() {
        let mut hasher = hasher(ROOMY);
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = oneshot::channel::<()>();
        {
            let job = hasher.run(move |_| {
                begun.send(()).unwrap();
                held.recv().unwrap_or(());
                Ok(())
            });
            tokio::select! { _ = job => unreachable!("it is held"), begun = begins => begun.unwrap() }
        }
        hasher.wait = Duration::from_millis(1);
        assert_eq!(hasher.hash(password()).await, Err(HashError::Busy));
        drop(release);
    }

    #[tokio::test]
    async fn no_more_jobs_run_at_once_than_there_are_slots() {
        let hasher = hasher(HashLimits { slots: 2, ..ROOMY });
        let held = [occupy(&hasher).await, occupy(&hasher).await];
        let mut third = Box::pin(hasher.run(|_| Ok(())));
        assert!(waits(third.as_mut()));
        drop(held);
        assert_eq!(third.await, Ok(()));
    }

    #[test]
    fn the_threads_end_with_the_hasher() {
        let hasher = hasher(HashLimits { slots: 3, ..ROOMY });
        let bench = Arc::downgrade(&hasher.bench);
        drop(hasher);
        let patience = std::time::Instant::now() + Duration::from_mins(1);
        while bench.strong_count() > 0 && std::time::Instant::now() < patience {
            std::thread::yield_now();
        }
        assert_eq!(bench.strong_count(), 0);
    }
}

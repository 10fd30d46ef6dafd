//! Randomness: the operating system's, or a known sequence in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use caredesk_core::domain::time::Moment;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Makes random bytes and ids.
#[derive(Debug, Clone)]
pub struct Entropy {
    /// Where the bytes come from.
    source: Source,
    /// The last id's milliseconds and, in the lowest bits, its number within them; of all clones.
    last_id: Arc<AtomicU64>,
}

/// Bits of an id that number the ids of one millisecond.
const NUMBERED: u32 = 12;

/// Where the bytes come from.
#[derive(Debug, Clone)]
enum Source {
    /// The operating system's generator.
    System,
    /// Hashes of a seed and a counter: the same bytes in the same order each time.
    Seeded {
        /// What the sequence follows from.
        seed: u64,
        /// Blocks drawn so far, by all clones.
        drawn: Arc<AtomicU64>,
    },
}

impl Entropy {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self { source: Source::System, last_id: Arc::default() }
    }

    /// A known sequence. For tests: whoever knows the seed knows every secret made from it.
    pub fn seeded(seed: u64) -> Self {
        Self { source: Source::Seeded { seed, drawn: Arc::default() }, last_id: Arc::default() }
    }

    /// Fills `bytes`.
    ///
    /// A system that cannot draw random bytes ends the process here, at once. It is not an error that a
    /// caller could answer: no id, key or nonce may be made any more, and Linux refuses only where the
    /// call is forbidden altogether, which shows with the first draw at start. Ending is safe at any
    /// moment, because nothing is acknowledged before it is kept; a panic would not be enough, since it
    /// ends one request and lets the next one try.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.source {
            Source::System => {
                if let Err(error) = getrandom::fill(bytes) {
                    tracing::error!(%error, "the system's random generator failed");
                    std::process::abort();
                }
            }
            Source::Seeded { seed, drawn } => {
                for chunk in bytes.chunks_mut(32) {
                    let count = drawn.fetch_add(1, Ordering::SeqCst);
                    let block = Sha256::new()
                        .chain_update(seed.to_be_bytes())
                        .chain_update(count.to_be_bytes())
                        .finalize();
                    chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
                }
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A new id, a UUID of version 7: the milliseconds of `now`, a number within them, random bits. The
    /// ids that one process makes are in the order in which it made them, up to 4096 a millisecond.
    pub fn uuid(&self, now: Moment) -> Uuid {
        let [high, low] = self.number_within(now.unix_millis()).to_be_bytes();
        let mut bytes = self.bytes::<10>();
        let [first, second, ..] = &mut bytes;
        (*first, *second) = (high, low);
        uuid::Builder::from_unix_timestamp_millis(now.unix_millis(), &bytes).into_uuid()
    }

    /// The next number within a millisecond; the last one over and over when there is none left.
    fn number_within(&self, millis: u64) -> u16 {
        let most = (1 << NUMBERED) - 1;
        let next = |last: u64| match last >> NUMBERED == millis {
            true if last & most == most => last,
            true => last.saturating_add(1),
            false => millis << NUMBERED,
        };
        let order = Ordering::Relaxed;
        let last = self.last_id.fetch_update(order, order, |last| Some(next(last)));
        let last = last.unwrap_or_else(|never| never);
        u16::try_from(next(last) & most).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_in_order() {
        let (entropy, now) = (Entropy::system(), Moment::from_micros(1_700_000_000_000_000));
        let ids: Vec<Uuid> = (0..1000).map(|_| entropy.clone().uuid(now)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn the_system_does_not_repeat_itself() {
        let entropy = Entropy::system();
        assert_ne!(entropy.bytes::<32>(), entropy.bytes::<32>());
    }

    #[test]
    fn a_seed_gives_the_same_sequence_each_time() {
        let (one, other) = (Entropy::seeded(7), Entropy::seeded(7));
        let first: [u8; 70] = one.bytes();
        assert_eq!(first, other.bytes());
        assert_ne!(first, one.bytes());
        assert_ne!(first, Entropy::seeded(8).bytes());
    }

    #[test]
    fn ids_sort_by_the_moment_they_were_made() {
        let entropy = Entropy::seeded(1);
        let early = entropy.uuid(Moment::from_micros(1_000_000));
        let late = entropy.uuid(Moment::from_micros(1_001_000));
        assert_eq!(early.get_version_num(), 7);
        assert!(early < late);
    }
}

//! The signing keys as this process knows them.
//!
//! Another instance may make a key or retire one at any time. So whoever signs or verifies asks for the
//! keys as they were at most a second ago; nothing runs in between, and a process that nobody asks reads
//! nothing. A token that names a key nobody knows here has them read again at once, but not more often
//! than once a second: anybody can make up a name.

use std::sync::{Arc, PoisonError, RwLock};

use caredesk_core::domain::time::Moment;
use jiff::SignedDuration;
use tokio::sync::Mutex;

use super::refusal::Refusal;
use super::tokens::{DatedKey, SigningKey, TokenSigner};
use crate::store::db::Db;
use crate::store::signing_keys::StoredKey;
use crate::store::{self, StoreError};
use crate::vault::{Clock, Keyring};

/// What access tokens are for.
const AUDIENCE: &str = "caredesk";
/// How long the keys are believed before they are read again.
const BELIEVED: SignedDuration = SignedDuration::from_secs(1);
/// Longer than anybody waits for a reading. What was read later than this from now was read before the
/// clock was set back.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// The keys of one database. Clones share them.
#[derive(Clone)]
pub struct Signers(Arc<Shared>);

/// What the clones share.
struct Shared {
    db: Db,
    clock: Clock,
    keys: Keyring,
    issuer: String,
    /// What is known now.
    known: RwLock<Known>,
    /// Held while the keys are read: one reads, the others wait for it. Inside: when an unknown name was
    /// last a reason to.
    turn: Mutex<Option<Moment>>,
}

/// What was read, and when.
struct Known {
    signer: Arc<TokenSigner>,
    /// When the last reading began, also if it failed.
    tried_at: Moment,
}

impl Signers {
    /// Reads the keys of a database that has some.
    ///
    /// # Errors
    /// The database fails, or its keys cannot be opened with the root key.
    pub async fn open(
        db: Db,
        clock: Clock,
        keys: Keyring,
        issuer: String,
    ) -> Result<Self, Refusal> {
        let tried_at = clock.now();
        let signer = Arc::new(read(&db, &keys, &issuer).await?);
        let known = RwLock::new(Known { signer, tried_at });
        Ok(Self(Arc::new(Shared { db, clock, keys, issuer, known, turn: Mutex::default() })))
    }

    /// What is known, however old it is.
    pub fn known(&self) -> Arc<TokenSigner> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known.signer)
    }

    /// What was known at most a second ago. While the database cannot say, what was known before stands:
    /// sessions are looked up there too, so nobody gets in by that.
    pub async fn fresh(&self) -> Arc<TokenSigner> {
        let asked = self.0.clock.now();
        if !self.is_fresh(asked) {
            let _turn = self.0.turn.lock().await;
            // Somebody else may have read them while this one waited.
            if !self.is_fresh(asked) {
                self.read().await;
            }
        }
        self.known()
    }

    /// What is known once the keys are read again because of a name that nobody knows.
    pub async fn again(&self) -> Arc<TokenSigner> {
        let mut last = self.0.turn.lock().await;
        let now = self.0.clock.now();
        if last.is_none_or(|last| now.since(last).abs() >= BELIEVED) {
            *last = Some(now);
            self.read().await;
        }
        self.known()
    }

    /// Reads the keys now: this process changed them.
    pub async fn reload(&self) {
        let _turn = self.0.turn.lock().await;
        self.read().await;
    }

    /// Whether what is known was read at most a second before `asked`, or since.
    fn is_fresh(&self, asked: Moment) -> bool {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let age = asked.since(known.tried_at);
        age < BELIEVED && age > -AHEAD
    }

    /// Reads the keys. Only for whoever holds the turn.
    async fn read(&self) {
        let tried_at = self.0.clock.now();
        let read = read(&self.0.db, &self.0.keys, &self.0.issuer).await;
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        known.tried_at = tried_at;
        match read {
            Ok(signer) => known.signer = Arc::new(signer),
            Err(Refusal::Store(StoreError::Busy)) => {}
            Err(error) => tracing::error!(?error, "the signing keys could not be read again"),
        }
    }
}

/// Reads the keys of a database.
async fn read(db: &Db, keys: &Keyring, issuer: &str) -> Result<TokenSigner, Refusal> {
    let ring = keys.clone();
    let stored =
        db.read::<_, StoreError, _>(move |conn| store::signing_keys::list(conn, &ring)).await?;
    let dated = stored.iter().map(dated).collect::<Result<Vec<_>, _>>()?;
    Ok(TokenSigner::new(&dated, issuer.to_owned(), AUDIENCE.to_owned()))
}

/// A key out of what is kept of it.
fn dated(stored: &StoredKey) -> Result<DatedKey, Refusal> {
    let seed: &[u8; 32] = stored.secret.as_slice().try_into().map_err(|_length| {
        Refusal::Broken(format!("signing key {} has an odd length", stored.term.kid))
    })?;
    let (signs_from, retired_at) = (stored.term.signs_from, stored.term.retired_at);
    Ok(DatedKey { key: SigningKey::of(seed), signs_from, retired_at })
}

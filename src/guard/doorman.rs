//! The check of every request: the token's signature, then the session behind it.
//!
//! What was found is remembered for at most a second, so that a revocation is seen within a second by
//! every instance, and at once by the one that it happened on.

use std::time::Duration;

use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::SessionId;
use caredesk_core::domain::session::TOUCH_EVERY;
use caredesk_core::domain::time::Moment;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::refusal::Refusal;
use super::signers::Signers;
use super::tokens::{Claims, TokenError};
use crate::store::db::Db;
use crate::store::{self, StoreError};
use crate::vault::Clock;

/// How long a checked session is believed.
const REMEMBERED: Duration = Duration::from_secs(1);
/// How many are remembered.
const CAPACITY: u64 = 10_000;

/// Checks tokens and sessions. Clones share what is remembered.
#[derive(Clone)]
pub struct Doorman {
    db: Db,
    clock: Clock,
    signers: Signers,
    known: Cache<[u8; 32], Known>,
}

/// What was found behind a token.
#[derive(Clone)]
struct Known {
    person: Person,
    token_expires: i64,
    checked_at: Moment,
}

impl Doorman {
    /// A doorman for one database.
    pub fn new(db: Db, clock: Clock, signers: Signers) -> Self {
        let known = Cache::builder().max_capacity(CAPACITY).time_to_live(REMEMBERED).build();
        Self { db, clock, signers, known }
    }

    /// Who a token stands for.
    ///
    /// # Errors
    /// The token is not ours or expired, or its session is over.
    pub async fn check(&self, token: &str) -> Result<Actor, Refusal> {
        let now = self.clock.now();
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(known) = self.known.get(&hash)
            && now.seconds() < known.token_expires
            && now.since(known.checked_at).unsigned_abs() < REMEMBERED
        {
            return Ok(Actor::Person(known.person));
        }
        let claims = self.verified(token, now).await;
        let claims = claims.map_err(|_why| Refusal::Because(Code::InvalidToken))?;
        let session = SessionId::of(claims.sid);
        let live = self
            .db
            .read::<_, StoreError, _>(move |conn| store::sessions::find(conn, session))
            .await?;
        let live =
            live.filter(|live| !live.is_over(now) && live.person.account.uuid() == claims.sub);
        let live = live.ok_or(Refusal::Because(Code::InvalidToken))?;
        if now.since(live.last_used_at) >= TOUCH_EVERY {
            self.db.write(move |conn| store::sessions::touch(conn, session, now)).await?;
        }
        let known = Known { person: live.person, token_expires: claims.exp, checked_at: now };
        self.known.insert(hash, known.clone());
        Ok(Actor::Person(known.person))
    }

    /// What a token says, if it is ours. One that names an unknown key may be signed by an instance that
    /// made the key just now.
    async fn verified(&self, token: &str, now: Moment) -> Result<Claims, TokenError> {
        match self.signers.fresh().await.verify(token, now) {
            Err(TokenError::UnknownKey) => self.signers.again().await.verify(token, now),
            ended => ended,
        }
    }

    /// Forgets what is remembered: somebody's standing was changed by this instance.
    pub fn forget_all(&self) {
        self.known.invalidate_all();
    }
}

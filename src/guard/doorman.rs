//! The check of every request: the token's signature, then the session behind it.
//!
//! What was found is remembered for at most a second, so that a revocation is seen within a second by
//! every instance, and at once by the one that it happened on.

use std::time::Duration;

use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::api_key;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::SessionId;
use caredesk_core::domain::session::TOUCH_EVERY;
use caredesk_core::domain::time::Moment;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::refusal::Refusal;
use super::signers::Signers;
use super::tokens::{Claims, TokenError};
use crate::store::db::{Conn, Db};
use crate::store::{self, StoreError};
use crate::vault::{ApiSecret, Clock, Keyring};

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
    keys: Keyring,
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
    pub fn new(db: Db, clock: Clock, signers: Signers, keys: Keyring) -> Self {
        let known = Cache::builder().max_capacity(CAPACITY).time_to_live(REMEMBERED).build();
        Self { db, clock, signers, keys, known }
    }

    /// Who a token stands for.
    ///
    /// # Errors
    /// The token is not ours or expired, or its session is over.
    pub async fn check(&self, token: &str) -> Result<Actor, Refusal> {
        let now = self.clock.now();
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(person) = self.remembered(&hash, now) {
            return Ok(Actor::Person(person));
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

    /// The program that a key stands for. That it was used is written down once a minute, with the address
    /// that it came from.
    ///
    /// # Errors
    /// The key is none of ours, expired or revoked, its secret is another one by now, or its organisation is
    /// out of use: one answer for all of them.
    pub async fn check_key(
        &self,
        secret: &ApiSecret,
        address: Option<String>,
    ) -> Result<Actor, Refusal> {
        let now = self.clock.now();
        let hash: [u8; 32] = Sha256::digest(secret.expose().as_bytes()).into();
        if let Some(person) = self.remembered(&hash, now) {
            return Ok(Actor::Person(person));
        }
        let handle = secret.handle().to_owned();
        let live = self
            .db
            .read::<_, StoreError, _>(move |conn| store::api_keys::live(conn, &handle))
            .await?;
        let hashes = secret.hashes(&self.keys);
        let live = live.filter(|live| !live.is_over(now));
        let live = live.and_then(|live| Some((live.counts_until(&hashes, now)?, live)));
        let (until, live) = live.ok_or(Refusal::Because(Code::InvalidToken))?;
        let account = live.person.account;
        if live.last_used_at.is_none_or(|at| now.since(at) >= api_key::TOUCH_EVERY) {
            let touch = move |conn: &mut Conn| {
                store::api_keys::touch(conn, account, (now, address.as_deref()))
            };
            self.db.write(touch).await?;
        }
        let known = Known { person: live.person, token_expires: until.seconds(), checked_at: now };
        self.known.insert(hash, known.clone());
        Ok(Actor::Person(known.person))
    }

    /// Who was found behind a token within the last second, if it still counts.
    fn remembered(&self, hash: &[u8; 32], now: Moment) -> Option<Person> {
        let known = self.known.get(hash)?;
        let is_fresh = now.since(known.checked_at).unsigned_abs() < REMEMBERED;
        (is_fresh && now.seconds() < known.token_expires).then_some(known.person)
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

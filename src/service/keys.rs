//! The signing keys: the first one, and the next.
//!
//! Without a request failing: a new key is published long enough before it signs that every instance, and
//! whoever keeps a copy of `jwks.json`, knows it by then; the old one counts until the last token that it
//! signed is over. Only a key that somebody else has got is retired at once.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::session::LONGEST_TOKEN;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::RotateSigningKey;
use caredesk_core::policy::hours::DeskHours;
use jiff::SignedDuration;
use serde_json::json;

use super::house::{Ask, House};
use crate::guard::tokens::SigningKey;
use crate::guard::{Refusal, admit};
use crate::store::audit::What;
use crate::store::db::Db;
use crate::store::signing_keys::{NewKey, Term};
use crate::store::{self, Origin, StoreError, Tx};
use crate::vault::{Clock, Entropy, Keyring};

/// How long a key is published before it signs: longer than `jwks.json` is kept by others (five minutes)
/// and instances believe what they read (a second), together.
const NOTICE: SignedDuration = SignedDuration::from_mins(6);
/// How much longer than its last token a key counts: an instance whose clock is behind signs with it for
/// that much longer.
const LEEWAY: SignedDuration = SignedDuration::from_mins(1);

/// How soon a new key takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Published first; nobody notices.
    AfterNotice,
    /// Now, and nothing that another key signed counts any more: somebody else has got one.
    AtOnce,
}

/// What a rotation left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The name of the key that signs next, or now.
    pub kid: String,
    /// From when on it signs.
    pub signs_from: Moment,
    /// Until when the key of before counts, if there is one.
    pub old_until: Option<Moment>,
    /// Whether it was made now; else it was already on its way.
    pub is_new: bool,
}

impl House {
    /// Makes the key that signs next. One that is published already and does not sign yet is that key.
    ///
    /// # Errors
    /// Whatever the permit denies: only an operator and the product itself may.
    pub async fn rotate_signing_key(&self, ask: &Ask, when: When) -> Result<Rotated, Refusal> {
        let work = move |tx: &mut Tx<'_>, permit: &Permit<_>| rotate(tx, permit, when);
        self.change_keys(ask, work).await
    }

    /// Makes the next key if the present one has signed for `age`; says which.
    ///
    /// # Errors
    /// As [`Self::rotate_signing_key`].
    pub async fn rotate_aged_signing_key(
        &self,
        ask: &Ask,
        age: SignedDuration,
    ) -> Result<Option<Rotated>, Refusal> {
        let work = move |tx: &mut Tx<'_>, permit: &Permit<_>| {
            // Under the lock: of several instances that find the key old, one makes the next.
            store::signing_keys::lock(tx.conn)?;
            let newest = store::signing_keys::terms(tx.conn)?.into_iter().find(is_open);
            match newest {
                Some(newest) if tx.now.since(newest.signs_from) < age => Ok(None),
                _ => rotate(tx, permit, When::AfterNotice).map(Some),
            }
        };
        self.change_keys(ask, work).await
    }

    /// Changes the keys with `work`, and has this process know it at once.
    async fn change_keys<T, W>(&self, ask: &Ask, work: W) -> Result<T, Refusal>
    where
        T: Send + 'static,
        W: Fn(&mut Tx<'_>, &Permit<RotateSigningKey>) -> Result<T, Refusal> + Send + 'static,
    {
        let ended = self
            .transact(ask, move |tx, actor| {
                let permit = admit::<RotateSigningKey>(actor, tx.now)?;
                work(tx, &permit)
            })
            .await;
        let done = self.noted(ask, ended).await?;
        self.signers.reload().await;
        self.doorman.forget_all();
        Ok(done)
    }
}

/// Makes a key, and says when the others end; the lock keeps two from doing so at a time.
fn rotate(
    tx: &mut Tx<'_>,
    permit: &Permit<RotateSigningKey>,
    when: When,
) -> Result<Rotated, Refusal> {
    store::signing_keys::lock(tx.conn)?;
    let before = store::signing_keys::terms(tx.conn)?;
    let coming = before.iter().find(|term| is_open(term) && term.signs_from > tx.now);
    if let (When::AfterNotice, Some(coming)) = (when, coming) {
        let old_until = before.iter().filter_map(|term| term.retired_at).max();
        let (kid, signs_from) = (coming.kid.clone(), coming.signs_from);
        return Ok(Rotated { kid, signs_from, old_until, is_new: false });
    }
    let (signs_from, end) = match when {
        When::AfterNotice => {
            let signs_from = tx.now.plus(NOTICE);
            (signs_from, signs_from.plus(LONGEST_TOKEN).plus(LEEWAY))
        }
        When::AtOnce => (tx.now, tx.now),
    };
    store::signing_keys::retire(tx, permit, end)?;
    let key = SigningKey::make(tx.entropy);
    let id = insert(tx, permit, &key, signs_from)?;
    let kid = key.verifying().kid().to_owned();
    let detail = json!({"kid": kid, "signs_from": signs_from, "old_until": end}).to_string();
    let what = What { tenant: None, target: Some(id), detail: Some(detail) };
    store::audit::record(tx, permit, what)?;
    let old_until = (!before.is_empty()).then_some(end);
    Ok(Rotated { kid, signs_from, old_until, is_new: true })
}

/// Keeps a new key.
fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<RotateSigningKey>,
    key: &SigningKey,
    signs_from: Moment,
) -> Result<uuid::Uuid, StoreError> {
    let (kid, public) = (key.verifying().kid(), key.verifying().public());
    store::signing_keys::insert(tx, permit, &NewKey { kid, secret: key.seed(), public, signs_from })
}

/// Whether a key has no end yet: the newest one.
fn is_open(term: &Term) -> bool {
    term.retired_at.is_none()
}

/// Makes the first key of a new database. It is no change of anything, so the audit begins after it.
pub(super) async fn make_first(
    db: &Db,
    keys: &Keyring,
    entropy: &Entropy,
    (clock, hours): (&Clock, &DeskHours),
) -> Result<(), Refusal> {
    let has_one = |terms: Vec<Term>| terms.iter().any(is_open);
    if has_one(db.read(store::signing_keys::terms).await?) {
        return Ok(());
    }
    let (keys, entropy, now) = (keys.clone(), entropy.clone(), clock.now());
    let hours = hours.clone();
    db.write(move |conn| {
        let (origin, keys, hours) = (&Origin::of_job("first-key"), &keys, &hours);
        let mut tx = Tx { conn, now, origin, keys, entropy: &entropy, hours };
        // Several instances may start at once: the first makes the key, the others find it.
        store::signing_keys::lock(tx.conn)?;
        if !has_one(store::signing_keys::terms(tx.conn)?) {
            let permit = admit::<RotateSigningKey>(&Actor::System, now)?;
            insert(&mut tx, &permit, &SigningKey::make(&entropy), now)?;
        }
        Ok(())
    })
    .await
}

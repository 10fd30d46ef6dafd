//! The signing keys of this process, out of the database.

use crate::guard::Refusal;
use crate::guard::tokens::{SigningKey, TokenSigner};
use crate::store::db::Db;
use crate::store::{self, Origin, StoreError, Tx};
use crate::vault::{Clock, Entropy, Keyring};

/// What access tokens are for.
const AUDIENCE: &str = "caredesk";

/// Loads the keys; the first process of a new database makes one.
pub(super) async fn signer(
    db: &Db,
    keys: &Keyring,
    entropy: &Entropy,
    clock: &Clock,
    issuer: &str,
) -> Result<TokenSigner, Refusal> {
    let ring = keys.clone();
    let mut stored = db.read(move |conn| store::signing_keys::list(conn, &ring)).await?;
    if stored.is_empty() {
        let (ring, entropy, now) = (keys.clone(), entropy.clone(), clock.now());
        stored = db
            .write::<_, StoreError, _>(move |conn| {
                let origin = Origin::of_job("first-key");
                let mut tx = Tx { conn, now, origin: &origin, keys: &ring, entropy: &entropy };
                let key = SigningKey::make(&entropy);
                let verifying = key.verifying();
                store::signing_keys::insert(
                    &mut tx,
                    verifying.kid(),
                    key.seed(),
                    verifying.public(),
                )?;
                store::signing_keys::list(tx.conn, &ring)
            })
            .await?;
    }
    let mut active = None;
    let mut verifying = Vec::with_capacity(stored.len());
    for key in stored {
        let seed: &[u8; 32] = key.secret.as_slice().try_into().map_err(|_length| {
            Refusal::Broken(format!("signing key {} has an odd length", key.kid))
        })?;
        let loaded = SigningKey::of(seed);
        verifying.push(loaded.verifying().clone());
        if key.is_active && active.is_none() {
            active = Some(loaded);
        }
    }
    let active = active.ok_or_else(|| Refusal::Broken("no signing key is active".to_owned()))?;
    Ok(TokenSigner::new(&active, verifying, issuer.to_owned(), AUDIENCE.to_owned()))
}

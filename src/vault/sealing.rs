//! Sealing: columns that the database must not be able to read, encrypted with AES-256-GCM.
//!
//! Kept as `version | key id | nonce | ciphertext and tag`. Tenant, table, row and column are
//! authenticated with it, so that a sealed value opens only where it was put.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use caredesk_core::domain::ids::TenantId;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::keyring::{KeyId, Keyring, Purpose};

/// The first byte of everything sealed; another algorithm would take another number.
const VERSION: u8 = 1;

/// Where a sealed value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The tenant of the row; none for rows of the platform.
    pub tenant: Option<TenantId>,
    /// The table.
    pub table: &'static str,
    /// The row's id.
    pub row: Uuid,
    /// The column.
    pub column: &'static str,
}

/// Why something sealed does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is not of our form, was changed, or was moved from another place.
    #[error("a sealed value is damaged or does not belong here")]
    Damaged,
    /// It was sealed under a root key that is not on the ring.
    #[error("a sealed value needs the root key {0}, which is not configured")]
    UnknownKey(KeyId),
}

impl Keyring {
    /// Encrypts `plain` for `place`, under the active key.
    ///
    /// Nonces are random: with 2^32 values under one root key two would meet with a chance of 2^-33
    /// (NIST SP 800-38D asks for 2^-32), so a new root key is due before that many.
    pub fn seal(&self, entropy: &Entropy, place: &Place, plain: &[u8]) -> Vec<u8> {
        let id = self.active_id();
        let nonce = entropy.bytes::<12>();
        let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + 16));
        body.extend_from_slice(plain);
        let cipher = Aes256Gcm::new(self.active_key(Purpose::Seal).into());
        match cipher.encrypt_in_place(&Nonce::from(nonce), &context(place, id), &mut *body) {
            Ok(()) => [[VERSION].as_slice(), &id.bytes(), &nonce, &body].concat(),
            Err(_) => unreachable!("AES-GCM refuses only what is longer than 64 GiB"),
        }
    }

    /// Decrypts what was sealed for `place`; the plain text is wiped when dropped.
    ///
    /// # Errors
    /// [`SealError::Damaged`] or [`SealError::UnknownKey`].
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (id, nonce, body) = parts(sealed).ok_or(SealError::Damaged)?;
        let key = self.key(id, Purpose::Seal).ok_or(SealError::UnknownKey(id))?;
        let mut plain = Zeroizing::new(body.to_vec());
        Aes256Gcm::new(key.into())
            .decrypt_in_place(&Nonce::from(nonce), &context(place, id), &mut *plain)
            .map_err(|_opaque_on_purpose| SealError::Damaged)?;
        Ok(plain)
    }
}

/// Takes a sealed value apart: key id, nonce, and ciphertext with its tag.
fn parts(sealed: &[u8]) -> Option<(KeyId, [u8; 12], &[u8])> {
    let (version, rest) = sealed.split_first()?;
    let (id, rest) = rest.split_first_chunk::<4>()?;
    let (nonce, body) = rest.split_first_chunk::<12>()?;
    (*version == VERSION).then_some((KeyId::of(*id), *nonce, body))
}

/// The associated data: every part has a fixed length or ends with a NUL, so no two places look alike.
pub(super) fn context(place: &Place, id: KeyId) -> Vec<u8> {
    let tenant = place.tenant.map_or(Uuid::nil(), TenantId::uuid);
    [
        [VERSION, u8::from(place.tenant.is_some())].as_slice(),
        &id.bytes(),
        tenant.as_bytes(),
        place.row.as_bytes(),
        place.table.as_bytes(),
        &[0],
        place.column.as_bytes(),
        &[0],
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::RootKey;

    const HERE: Place = Place {
        tenant: Some(TenantId::of(Uuid::from_u128(1))),
        table: "second_factors",
        row: Uuid::from_u128(2),
        column: "secret",
    };

    fn ring(seed: u64) -> Keyring {
        Keyring::new(&RootKey::make(&Entropy::seeded(seed)), &[])
    }

    fn sealed() -> Vec<u8> {
        ring(1).seal(&Entropy::seeded(5), &HERE, b"plain")
    }

    #[test]
    fn what_was_sealed_opens_in_its_place() {
        assert_eq!(**ring(1).open(&HERE, &sealed()).unwrap(), *b"plain");
        assert_eq!(sealed().len(), 1 + 4 + 12 + 5 + 16);
        let empty = ring(1).seal(&Entropy::seeded(5), &HERE, b"");
        assert!(ring(1).open(&HERE, &empty).unwrap().is_empty());
    }

    #[test]
    fn it_opens_nowhere_else() {
        let other = TenantId::of(Uuid::from_u128(9));
        for elsewhere in [
            Place { tenant: Some(other), ..HERE },
            Place { tenant: None, ..HERE },
            Place { table: "signing_keys", ..HERE },
            Place { table: "second_factorss", column: "ecret", ..HERE },
            Place { row: Uuid::from_u128(3), ..HERE },
            Place { column: "seed", ..HERE },
        ] {
            assert_eq!(
                ring(1).open(&elsewhere, &sealed()),
                Err(SealError::Damaged),
                "{elsewhere:?}"
            );
        }
    }

    #[test]
    fn a_changed_bit_or_a_missing_byte_is_noticed() {
        let good = sealed();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(ring(1).open(&HERE, &bad).is_err(), "byte {at}");
            assert!(ring(1).open(&HERE, &good[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same_twice() {
        let entropy = Entropy::seeded(5);
        assert_ne!(ring(1).seal(&entropy, &HERE, b"x"), ring(1).seal(&entropy, &HERE, b"x"));
    }

    #[test]
    fn an_old_root_key_still_opens_and_a_missing_one_is_named() {
        let roots = [2, 1].map(|seed| RootKey::make(&Entropy::seeded(seed)));
        let [active, old] = roots;
        assert!(Keyring::new(&active, &[old]).open(&HERE, &sealed()).is_ok());
        let missing = SealError::UnknownKey(ring(1).active_id());
        assert_eq!(ring(2).open(&HERE, &sealed()), Err(missing));
    }
}

//! The keyring: one key per purpose, derived from the root key, and the roots of before for reading.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::root::RootKey;

/// What a key is for. A key for one purpose says nothing about the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Encrypting columns.
    Seal,
    /// MACs of audit rows and their chain.
    Audit,
    /// The pepper of passwords.
    Pepper,
    /// Hashes of tokens, links and codes.
    Tokens,
    /// MACs of cursors.
    Cursor,
    /// MACs of checkpoints and other statements that leave the database.
    Signing,
}

/// Names a root key without saying anything about it: the first 8 hexadecimal digits of a MAC.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// From the bytes it is kept as.
    pub(super) fn of(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep it as.
    pub(super) fn bytes(self) -> [u8; 4] {
        self.0
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// A derived key.
type Key = Zeroizing<[u8; 32]>;

/// What one root key gives.
struct Keys {
    /// Names the root.
    id: KeyId,
    /// For [`Purpose::Seal`].
    seal: Key,
    /// For [`Purpose::Audit`].
    audit: Key,
    /// For [`Purpose::Pepper`].
    pepper: Key,
    /// For [`Purpose::Tokens`].
    tokens: Key,
    /// For [`Purpose::Cursor`].
    cursor: Key,
    /// For [`Purpose::Signing`].
    signing: Key,
}

impl Keys {
    /// HKDF-Expand (RFC 5869) of one block per purpose. There is nothing to extract first: the root is
    /// uniformly random already.
    fn derive(root: &RootKey) -> Self {
        let [a, b, c, d, ..] = hmac(root.bytes(), &[b"caredesk root key id"]);
        let id = KeyId([a, b, c, d]);
        let key = |label: &str| {
            Zeroizing::new(hmac(root.bytes(), &[b"caredesk ", label.as_bytes(), &[0], &id.0, &[1]]))
        };
        Self {
            id,
            seal: key("seal"),
            audit: key("audit"),
            pepper: key("pepper"),
            tokens: key("tokens"),
            cursor: key("cursor"),
            signing: key("signing"),
        }
    }

    /// The key for a purpose.
    fn of(&self, purpose: Purpose) -> &[u8; 32] {
        match purpose {
            Purpose::Seal => &self.seal,
            Purpose::Audit => &self.audit,
            Purpose::Pepper => &self.pepper,
            Purpose::Tokens => &self.tokens,
            Purpose::Cursor => &self.cursor,
            Purpose::Signing => &self.signing,
        }
    }
}

/// All keys of the program. Cheap to clone: the clones share one ring.
///
/// The active root makes; old ones only read what was made with them, until everything was made anew.
#[derive(Clone)]
pub struct Keyring(Arc<Ring>);

/// The keys of the active root, and of the old ones in the order they were given.
struct Ring {
    /// Makes and reads.
    active: Keys,
    /// Read only.
    old: Vec<Keys>,
}

impl Keyring {
    /// Derives every key, once.
    pub fn new(active: &RootKey, old: &[RootKey]) -> Self {
        let ring =
            Ring { active: Keys::derive(active), old: old.iter().map(Keys::derive).collect() };
        Self(Arc::new(ring))
    }

    /// The root key that makes things now.
    pub fn active_id(&self) -> KeyId {
        self.0.active.id
    }

    /// A MAC over `message`, by the active key.
    pub fn mac(&self, purpose: Purpose, message: &[u8]) -> [u8; 32] {
        hmac(self.0.active.of(purpose), &[message])
    }

    /// Whether `mac` was made over `message` by the active key or an old one. Takes the same time
    /// whichever byte differs.
    pub fn verify_mac(&self, purpose: Purpose, message: &[u8], mac: &[u8]) -> bool {
        self.all()
            .any(|keys| keyed(keys.of(purpose)).chain_update(message).verify_slice(mac).is_ok())
    }

    /// The hash under which a secret is kept and found; without the key nobody can guess backwards.
    pub fn keyed_hash(&self, purpose: Purpose, secret: &[u8]) -> [u8; 32] {
        self.mac(purpose, secret)
    }

    /// Every hash under which a secret may have been kept, the active key's first: what to look for
    /// while things made with an old root key live on.
    pub fn keyed_hashes(&self, purpose: Purpose, secret: &[u8]) -> Vec<[u8; 32]> {
        self.all().map(|keys| hmac(keys.of(purpose), &[secret])).collect()
    }

    /// The bare key of the active root.
    pub(super) fn active_key(&self, purpose: Purpose) -> &[u8; 32] {
        self.0.active.of(purpose)
    }

    /// The bare key of one of the roots; none if the root is not on the ring.
    pub(super) fn key(&self, id: KeyId, purpose: Purpose) -> Option<&[u8; 32]> {
        self.all().find(|keys| keys.id == id).map(|keys| keys.of(purpose))
    }

    /// The active keys, then the old ones.
    fn all(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.0.active).chain(&self.0.old)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let old: Vec<KeyId> = self.0.old.iter().map(|keys| keys.id).collect();
        f.debug_struct("Keyring").field("active", &self.active_id()).field("old", &old).finish()
    }
}

/// HMAC-SHA256 that has its key and waits for the message.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    match Hmac::new_from_slice(key) {
        Ok(mac) => mac,
        Err(error) => unreachable!("HMAC takes a key of any length: {error}"),
    }
}

/// HMAC-SHA256 over the parts of a message, one after the other.
pub(super) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(keyed(key), Mac::chain_update).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Entropy;

    const PURPOSES: [Purpose; 6] = [
        Purpose::Seal,
        Purpose::Audit,
        Purpose::Pepper,
        Purpose::Tokens,
        Purpose::Cursor,
        Purpose::Signing,
    ];

    fn root(seed: u64) -> RootKey {
        RootKey::make(&Entropy::seeded(seed))
    }

    #[test]
    fn every_purpose_and_every_root_has_keys_of_its_own() {
        let rings = [Keyring::new(&root(1), &[]), Keyring::new(&root(2), &[])];
        let macs: std::collections::HashSet<_> = rings
            .iter()
            .flat_map(|ring| PURPOSES.map(|purpose| ring.mac(purpose, b"row")))
            .collect();
        assert_eq!(macs.len(), 12);
    }

    #[test]
    fn the_same_root_gives_the_same_keys_after_a_restart() {
        let (ring, again) = (Keyring::new(&root(1), &[]), Keyring::new(&root(1), &[]));
        assert_eq!(ring.active_id(), again.active_id());
        assert_eq!(ring.mac(Purpose::Audit, b"row"), again.mac(Purpose::Audit, b"row"));
    }

    #[test]
    fn a_mac_holds_for_its_message_and_purpose_only() {
        let ring = Keyring::new(&root(1), &[]);
        let mac = ring.mac(Purpose::Cursor, b"page 2");
        assert!(ring.verify_mac(Purpose::Cursor, b"page 2", &mac));
        assert!(!ring.verify_mac(Purpose::Cursor, b"page 3", &mac));
        assert!(!ring.verify_mac(Purpose::Audit, b"page 2", &mac));
        assert!(!ring.verify_mac(Purpose::Cursor, b"page 2", &mac[..16]));
        assert!(!ring.verify_mac(Purpose::Cursor, b"page 2", &[]));
    }

    #[test]
    fn an_old_root_reads_and_the_active_one_makes() {
        let before = Keyring::new(&root(1), &[]);
        let after = Keyring::new(&root(2), &[root(1)]);
        let old = before.mac(Purpose::Audit, b"row");
        assert!(after.verify_mac(Purpose::Audit, b"row", &old));
        assert!(!before.verify_mac(Purpose::Audit, b"row", &after.mac(Purpose::Audit, b"row")));
        let hashes = after.keyed_hashes(Purpose::Tokens, b"token");
        let (now, then) = (&after, &before);
        assert_eq!(hashes, [now, then].map(|ring| ring.keyed_hash(Purpose::Tokens, b"token")));
    }

    #[test]
    fn derivation_is_hmac_sha256() {
        // RFC 4231, test case 2.
        let mac = hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        let known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(data_encoding::HEXLOWER.encode(&mac), known);
    }

    #[test]
    fn a_keyring_shows_ids_and_no_keys() {
        let ring = Keyring::new(&root(1), &[root(2)]);
        let [active, old] = [1, 2].map(|seed| Keyring::new(&root(seed), &[]).active_id());
        assert_eq!(format!("{ring:?}"), format!("Keyring {{ active: {active}, old: [{old}] }}"));
    }
}

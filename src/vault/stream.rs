//! Sealing what is too long to be held as a whole: a file in pieces, each encrypted with AES-256-GCM.
//!
//! Kept as a head, `version | key id | salt`, and pieces of [`PIECE`] bytes, the last one shorter, each with its
//! tag. The key is the file's own: a MAC over the salt and the place, so that a file opens only where it was
//! put. The nonce of a piece is its number and whether it is the last, so that no piece can be moved, left out
//! or cut off (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár).

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::keyring::{KeyId, Keyring, Purpose, hmac};
use super::sealing::{Place, SealError, context};

/// The first byte of every sealed file; another construction would take another number.
const VERSION: u8 = 2;
/// Bytes of a salt: a file gets a key of its own.
const SALT: usize = 32;
/// What the MAC that makes a file's key begins with.
const LABEL: &[u8] = b"caredesk file\0";

/// Bytes of the head.
pub const HEAD: usize = 1 + 4 + SALT;
/// Bytes of a piece before it is sealed.
pub const PIECE: usize = 64 * 1024;
/// By how much a sealed piece is longer.
pub const TAG: usize = 16;

/// Numbers the pieces of a file and holds its key.
struct Pieces {
    cipher: Aes256Gcm,
    next: u32,
}

impl Pieces {
    /// With the key of a file, from the key of its root.
    fn of(root: &[u8; 32], id: KeyId, salt: &[u8; SALT], place: &Place) -> Self {
        let key = Zeroizing::new(hmac(root, &[LABEL, &[VERSION], salt, &context(place, id)]));
        Self { cipher: Aes256Gcm::new((&*key).into()), next: 0 }
    }

    /// The nonce of the next piece; none behind the last that there are numbers for.
    fn nonce(&mut self, is_last: bool) -> Option<[u8; 12]> {
        let mut nonce = [0_u8; 12];
        let (number, end) = (self.next.to_be_bytes(), u8::from(is_last));
        for (byte, value) in nonce.iter_mut().zip(number.into_iter().chain([end])) {
            *byte = value;
        }
        self.next = self.next.checked_add(1)?;
        Some(nonce)
    }
}

/// Seals the pieces of a file, in their order.
pub struct StreamSealer(Pieces);

/// Opens the pieces of a file, in their order.
pub struct StreamOpener(Pieces);

impl Keyring {
    /// Begins to seal a file that is put to a place: the head to keep, and what seals its pieces.
    pub fn seal_stream(&self, entropy: &Entropy, place: &Place) -> (Vec<u8>, StreamSealer) {
        let id = self.active_id();
        let salt = entropy.bytes::<SALT>();
        let head = [[VERSION].as_slice(), &id.bytes(), &salt].concat();
        (head, StreamSealer(Pieces::of(self.active_key(Purpose::Seal), id, &salt, place)))
    }

    /// Begins to open a file that was put to a place, by its head.
    ///
    /// # Errors
    /// [`SealError::Damaged`] or [`SealError::UnknownKey`].
    pub fn open_stream(&self, place: &Place, head: &[u8]) -> Result<StreamOpener, SealError> {
        let (version, rest) = head.split_first().ok_or(SealError::Damaged)?;
        let (id, salt) = rest.split_first_chunk::<4>().ok_or(SealError::Damaged)?;
        let salt: &[u8; SALT] = salt.try_into().map_err(|_length| SealError::Damaged)?;
        if *version != VERSION {
            return Err(SealError::Damaged);
        }
        let id = KeyId::of(*id);
        let root = self.key(id, Purpose::Seal).ok_or(SealError::UnknownKey(id))?;
        Ok(StreamOpener(Pieces::of(root, id, salt, place)))
    }
}

impl StreamSealer {
    /// Seals the next piece: [`PIECE`] bytes, or fewer if it is the last.
    ///
    /// # Errors
    /// [`SealError::Damaged`]: the file has more pieces than there are numbers, 256 TiB.
    pub fn seal(&mut self, piece: &[u8], is_last: bool) -> Result<Vec<u8>, SealError> {
        let nonce = self.0.nonce(is_last).ok_or(SealError::Damaged)?;
        let mut sealed = Vec::with_capacity(piece.len().saturating_add(TAG));
        sealed.extend_from_slice(piece);
        let done = self.0.cipher.encrypt_in_place(&Nonce::from(nonce), &[], &mut sealed);
        done.map_err(|_too_long| SealError::Damaged)?;
        Ok(sealed)
    }
}

impl StreamOpener {
    /// Opens the next piece.
    ///
    /// # Errors
    /// [`SealError::Damaged`]: it was changed, moved, or is the last without being said to be, or the other
    /// way about.
    pub fn open(&mut self, sealed: Vec<u8>, is_last: bool) -> Result<Vec<u8>, SealError> {
        let nonce = self.0.nonce(is_last).ok_or(SealError::Damaged)?;
        let mut piece = sealed;
        let done = self.0.cipher.decrypt_in_place(&Nonce::from(nonce), &[], &mut piece);
        done.map_err(|_opaque_on_purpose| SealError::Damaged)?;
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use caredesk_core::domain::ids::TenantId;
    use uuid::Uuid;

    use super::*;
    use crate::vault::RootKey;

    const HERE: Place = Place {
        tenant: Some(TenantId::of(Uuid::from_u128(1))),
        table: "attachments",
        row: Uuid::from_u128(2),
        column: "content",
    };

    fn ring(seed: u64) -> Keyring {
        Keyring::new(&RootKey::make(&Entropy::seeded(seed)), &[])
    }

    /// A file of three pieces, sealed: its head and its pieces.
    fn sealed() -> (Vec<u8>, [Vec<u8>; 3]) {
        let (head, mut sealer) = ring(1).seal_stream(&Entropy::seeded(5), &HERE);
        let mut piece = |text: &str, is_last| sealer.seal(text.as_bytes(), is_last).unwrap();
        let pieces = [piece("one", false), piece("two", false), piece("three", true)];
        (head, pieces)
    }

    /// What comes out of pieces; none if one does not open.
    fn opened(place: &Place, head: &[u8], pieces: &[&[u8]]) -> Option<String> {
        let mut opener = ring(1).open_stream(place, head).ok()?;
        let mut whole = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            whole.extend(opener.open(piece.to_vec(), at + 1 == pieces.len()).ok()?);
        }
        String::from_utf8(whole).ok()
    }

    #[test]
    fn a_file_opens_where_it_was_put() {
        let (head, [a, b, c]) = sealed();
        assert_eq!(opened(&HERE, &head, &[&a, &b, &c]).unwrap(), "onetwothree");
        assert_eq!((head.len(), a.len()), (HEAD, 3 + TAG));
        for elsewhere in [
            Place { tenant: None, ..HERE },
            Place { row: Uuid::from_u128(3), ..HERE },
            Place { table: "uploads", ..HERE },
            Place { column: "thumbnail", ..HERE },
        ] {
            assert_eq!(opened(&elsewhere, &head, &[&a, &b, &c]), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn no_piece_is_moved_left_out_repeated_or_cut_off() {
        let (head, [a, b, c]) = sealed();
        for wrong in [
            vec![&b, &a, &c],
            vec![&a, &c],
            vec![&a, &b],
            vec![&a, &a, &b, &c],
            vec![&a, &b, &c, &c],
            vec![&c],
        ] {
            let pieces: Vec<&[u8]> = wrong.into_iter().map(Vec::as_slice).collect();
            assert_eq!(opened(&HERE, &head, &pieces), None);
        }
    }

    #[test]
    fn a_changed_bit_is_noticed() {
        let (head, [a, b, c]) = sealed();
        for at in 0..head.len() {
            let mut bad = head.clone();
            bad[at] ^= 1;
            assert_eq!(opened(&HERE, &bad, &[&a, &b, &c]), None, "head, byte {at}");
        }
        for at in 0..a.len() {
            let mut bad = a.clone();
            bad[at] ^= 1;
            assert_eq!(opened(&HERE, &head, &[&bad, &b, &c]), None, "byte {at}");
        }
    }

    #[test]
    fn the_pieces_of_one_file_open_in_no_other() {
        let entropy = Entropy::seeded(5);
        let (head, mut sealer) = ring(1).seal_stream(&entropy, &HERE);
        let (other, mut again) = ring(1).seal_stream(&entropy, &HERE);
        let (piece, same) = (sealer.seal(b"x", true).unwrap(), again.seal(b"x", true).unwrap());
        assert_ne!(piece, same, "the same text never looks the same twice");
        assert_eq!(opened(&HERE, &other, &[&piece]), None);
        assert_eq!(opened(&HERE, &head, &[&piece]).unwrap(), "x");
    }

    #[test]
    fn an_old_root_key_still_opens() {
        let (head, [a, ..]) = sealed();
        let roots = [2, 1].map(|seed| RootKey::make(&Entropy::seeded(seed)));
        let [active, old] = roots;
        let mut opener = Keyring::new(&active, &[old]).open_stream(&HERE, &head).unwrap();
        assert_eq!(opener.open(a, false).unwrap(), b"one");
        let missing = ring(2).open_stream(&HERE, &head).err();
        assert_eq!(missing, Some(SealError::UnknownKey(ring(1).active_id())));
    }
}

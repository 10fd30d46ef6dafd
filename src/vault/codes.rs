//! Codes that people type: six digits that were sent to them, and recovery codes that they kept.
//!
//! Only keyed hashes of either are stored.

use data_encoding::Encoding;
use secrecy::{ExposeSecret, SecretString};
use std::sync::LazyLock;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::keyring::{Keyring, Purpose};

/// Characters of a recovery code: 120 bits, five a character.
const LENGTH: usize = 24;
/// Characters of it that stand together.
const GROUP: usize = 6;

/// Crockford's digits: no letter that looks like a digit, and none that makes words.
pub(super) static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut form = data_encoding::Specification::new();
    form.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    match form.encoding() {
        Ok(encoding) => encoding,
        Err(error) => unreachable!("Crockford's digits are no alphabet: {error}"),
    }
});

/// Six digits, to be sent to a contact.
#[derive(Debug, Clone)]
pub struct Digits(SecretString);

impl Digits {
    /// Draws a new code. Of 2^64 draws one in 10^13 is likelier than another.
    pub fn make(entropy: &Entropy) -> Self {
        let drawn = u64::from_be_bytes(*Zeroizing::new(entropy.bytes::<8>()));
        Self(format!("{:06}", drawn % 1_000_000).into())
    }

    /// The text, to be sent once.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The hash to keep, bound to what the code is for.
    pub fn hash(&self, ring: &Keyring, subject: Uuid) -> [u8; 32] {
        ring.keyed_hash(Purpose::Tokens, &bound(subject, self.0.expose_secret()))
    }

    /// Whether a typed code is the one behind a hash.
    pub fn matches(ring: &Keyring, subject: Uuid, typed: &str, hash: &[u8]) -> bool {
        ring.keyed_hashes(Purpose::Tokens, &bound(subject, typed)).iter().any(|one| one == hash)
    }
}

/// What a code's hash is over. Who lacks the key learns nothing from comparing.
fn bound(subject: Uuid, code: &str) -> Vec<u8> {
    format!("code|{subject}|{code}").into_bytes()
}

/// A code without what people put between its characters, in capitals, with digits for the letters that look
/// like them.
pub(super) fn typed_plainly(typed: &str) -> String {
    let characters = typed.chars().filter(|c| !c.is_whitespace() && *c != '-');
    characters
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

/// A recovery code: what lets somebody in who has lost the authenticator app, once.
#[derive(Debug, Clone)]
pub struct RecoveryCode(SecretString);

impl RecoveryCode {
    /// Draws a new one.
    pub fn make(entropy: &Entropy) -> Self {
        let bytes = Zeroizing::new(entropy.bytes::<15>());
        Self(CROCKFORD.encode(bytes.as_slice()).into())
    }

    /// Reads one as people type it: in any case, with or without its hyphens, O for 0, I and L for 1.
    pub fn parse(typed: &str) -> Option<Self> {
        let plain = typed_plainly(typed);
        let is_code = plain.len() == LENGTH && CROCKFORD.decode(plain.as_bytes()).is_ok();
        is_code.then(|| Self(plain.into()))
    }

    /// As it is shown, once: four groups of six.
    pub fn shown(&self) -> String {
        let plain: Vec<char> = self.0.expose_secret().chars().collect();
        plain
            .chunks(GROUP)
            .map(|group| group.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join("-")
    }

    /// The hash to keep and to find it by.
    pub fn hash(&self, ring: &Keyring) -> [u8; 32] {
        ring.keyed_hash(Purpose::Tokens, &self.bytes())
    }

    /// Every hash it may be kept under, while an old root key is on the ring.
    pub fn hashes(&self, ring: &Keyring) -> Vec<[u8; 32]> {
        ring.keyed_hashes(Purpose::Tokens, &self.bytes())
    }

    fn bytes(&self) -> Vec<u8> {
        format!("recovery|{}", self.0.expose_secret()).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::RootKey;

    fn ring(seed: u64) -> Keyring {
        Keyring::new(&RootKey::make(&Entropy::seeded(seed)), &[])
    }

    #[test]
    fn a_code_counts_for_its_subject_only() {
        let (code, ring) = (Digits::make(&Entropy::seeded(1)), ring(1));
        let text = code.secret().expose_secret();
        assert!(text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()), "{text}");
        let hash = code.hash(&ring, Uuid::nil());
        assert!(Digits::matches(&ring, Uuid::nil(), text, &hash));
        assert!(!Digits::matches(&ring, Uuid::max(), text, &hash));
        assert!(!Digits::matches(&self::ring(2), Uuid::nil(), text, &hash));
    }

    #[test]
    fn a_recovery_code_reads_back_as_people_type_it() {
        let code = RecoveryCode::make(&Entropy::seeded(1));
        let shown = code.shown();
        assert_eq!(shown.len(), 27);
        let typed = shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        let read = RecoveryCode::parse(&typed).unwrap();
        assert_eq!(read.hash(&ring(1)), code.hash(&ring(1)));
        for bad in ["", "0", &shown[..26], &format!("{shown}0"), &shown.replace('-', "U")] {
            assert!(RecoveryCode::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn codes_do_not_show_in_logs() {
        let (digits, code) =
            (Digits::make(&Entropy::seeded(1)), RecoveryCode::make(&Entropy::seeded(1)));
        let shown = format!("{digits:?} {code:?}");
        assert!(!shown.contains(digits.secret().expose_secret()), "{shown}");
        assert!(!shown.contains(code.0.expose_secret()), "{shown}");
    }
}

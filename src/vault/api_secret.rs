//! The secret that a program carries with every request: `cdk_`, a handle, and 256 bits with a checksum.
//!
//! The handle names the key and says nothing; lists and the audit may show it. The checksum tells what is
//! no key at all without a look into the database, and lets scanners of leaked secrets be sure.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::keyring::{Keyring, Purpose};

/// What every one begins with.
const PREFIX: &str = "cdk_";
/// Characters of a handle: 80 bits.
const HANDLE: usize = 16;
/// Characters of the secret part: 256 bits.
const BODY: usize = 43;
/// Characters of the checksum: 24 bits.
const CHECK: usize = 4;

/// A key's secret as text. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct ApiSecret {
    handle: String,
    text: SecretString,
}

impl ApiSecret {
    /// Draws one for a new key.
    pub fn make(entropy: &Entropy) -> Self {
        let handle = BASE32_NOPAD.encode(&entropy.bytes::<10>()).to_lowercase();
        Self::again(entropy, handle)
    }

    /// Draws another one for the key with this handle.
    pub fn again(entropy: &Entropy, handle: String) -> Self {
        let bytes = Zeroizing::new(entropy.bytes::<32>());
        let body = Zeroizing::new(BASE64URL_NOPAD.encode(bytes.as_slice()));
        let text = format!("{PREFIX}{handle}_{}", body.as_str());
        let text = format!("{text}{}", checksum(&text)).into();
        Self { handle, text }
    }

    /// Whether a text claims to be one: it is then looked at as nothing else.
    pub fn is_claimed_by(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Reads one; none if the text is not of its form, to the letter.
    pub fn parse(text: &str) -> Option<Self> {
        let (handle, rest) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_handle = handle.len() == HANDLE
            && handle.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        if !is_handle || rest.len() != BODY + CHECK || !rest.is_ascii() {
            return None;
        }
        let (body, check) = rest.split_at(BODY);
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(body.as_bytes()).ok()?);
        let whole = text.strip_suffix(check)?;
        let is_whole = bytes.len() == 32 && checksum(whole) == check;
        is_whole.then(|| Self { handle: handle.to_owned(), text: text.into() })
    }

    /// The part that names the key.
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// The text, to hand out once.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The hash to keep.
    pub fn hash(&self, ring: &Keyring) -> [u8; 32] {
        ring.keyed_hash(Purpose::Tokens, self.expose().as_bytes())
    }

    /// Every hash it may be kept under, while an old root key is on the ring.
    pub fn hashes(&self, ring: &Keyring) -> Vec<[u8; 32]> {
        ring.keyed_hashes(Purpose::Tokens, self.expose().as_bytes())
    }
}

/// The checksum of what stands before it.
fn checksum(text: &str) -> String {
    let [a, b, c, ..]: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    BASE64URL_NOPAD.encode(&[a, b, c])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::RootKey;

    fn secret(seed: u64) -> ApiSecret {
        ApiSecret::make(&Entropy::seeded(seed))
    }

    #[test]
    fn a_secret_reads_back_with_its_handle() {
        for seed in 0..50 {
            let made = secret(seed);
            let text = made.expose().to_owned();
            assert!(text.starts_with("cdk_") && text.len() == 68, "{text}");
            let read = ApiSecret::parse(&text).unwrap();
            assert_eq!((read.handle(), read.expose()), (made.handle(), made.expose()));
        }
    }

    #[test]
    fn whatever_is_not_it_to_the_letter_is_refused() {
        let text = secret(1).expose().to_owned();
        for end in 0..text.len() {
            assert!(ApiSecret::parse(&text[..end]).is_none(), "cut at {end}");
        }
        for at in 0..text.len() {
            let mut other = text.clone();
            let c = if &text[at..=at] == "a" { "b" } else { "a" };
            other.replace_range(at..=at, c);
            assert!(ApiSecret::parse(&other).is_none(), "{other}");
        }
        let long = format!("{text}A");
        for bad in [&text.to_uppercase(), &long, "", "cdk_", &"é".repeat(34), &format!(" {text}")]
        {
            assert!(ApiSecret::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn another_secret_of_a_key_has_its_handle_and_nothing_else() {
        let (first, entropy) = (secret(1), Entropy::seeded(2));
        let second = ApiSecret::again(&entropy, first.handle().to_owned());
        assert_eq!(first.handle(), second.handle());
        let ring = Keyring::new(&RootKey::make(&entropy), &[]);
        assert_ne!(first.hash(&ring), second.hash(&ring));
        assert_eq!(second.hashes(&ring), [second.hash(&ring)]);
    }

    #[test]
    fn a_secret_does_not_show_in_logs() {
        let made = secret(1);
        let body = &made.expose()[21..];
        assert!(!format!("{made:?}").contains(body));
    }
}

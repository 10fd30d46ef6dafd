//! The code of a family's invitation: what is typed from a letter where the link cannot be opened.
//!
//! Sixteen characters in four groups: six that find the invitation and are no secret, so that a wrong code is
//! counted where it belongs, and ten that are.

use data_encoding::Encoding;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::codes::{CROCKFORD, typed_plainly};
use super::entropy::Entropy;
use super::keyring::{Keyring, Purpose};

/// Characters of the public part.
const HANDLE: usize = 6;
/// Characters of the whole: 80 bits, of which 50 are secret.
const LENGTH: usize = 16;
/// Characters that stand together.
const GROUP: usize = 4;

/// A code of an invitation. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct FamilyCode(SecretString);

impl FamilyCode {
    /// Draws a new one.
    pub fn make(entropy: &Entropy) -> Self {
        let bytes = Zeroizing::new(entropy.bytes::<10>());
        let alphabet: &Encoding = &CROCKFORD;
        Self(alphabet.encode(bytes.as_slice()).into())
    }

    /// Reads one as people type it: in any case, with or without its hyphens, O for 0, I and L for 1.
    pub fn parse(typed: &str) -> Option<Self> {
        let plain = typed_plainly(typed);
        let is_code = plain.len() == LENGTH && CROCKFORD.decode(plain.as_bytes()).is_ok();
        is_code.then(|| Self(plain.into()))
    }

    /// As it is shown: four groups of four.
    pub fn shown(&self) -> String {
        let plain: Vec<char> = self.0.expose_secret().chars().collect();
        let groups: Vec<String> = plain.chunks(GROUP).map(|group| group.iter().collect()).collect();
        groups.join("-")
    }

    /// The public part, which the invitation is found by.
    pub fn handle(&self) -> &str {
        self.0.expose_secret().get(..HANDLE).unwrap_or_default()
    }

    /// The hash to keep.
    pub fn hash(&self, ring: &Keyring) -> [u8; 32] {
        ring.keyed_hash(Purpose::Tokens, &self.bytes())
    }

    /// Whether it is the code behind a hash.
    pub fn matches(&self, ring: &Keyring, hash: &[u8]) -> bool {
        ring.keyed_hashes(Purpose::Tokens, &self.bytes()).iter().any(|one| one == hash)
    }

    fn bytes(&self) -> Vec<u8> {
        format!("invitation|{}", self.0.expose_secret()).into_bytes()
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
    fn a_code_is_read_as_people_type_it() {
        let code = FamilyCode::make(&Entropy::seeded(1));
        let shown = code.shown();
        assert_eq!(shown.len(), LENGTH + 3);
        let typed =
            [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), shown.replace('0', "o")];
        for typed in typed {
            let read = FamilyCode::parse(&typed).unwrap();
            assert_eq!(read.handle(), code.handle(), "{typed}");
            assert!(read.matches(&ring(2), &code.hash(&ring(2))), "{typed}");
        }
    }

    #[test]
    fn another_code_and_another_ring_do_not_match() {
        let code = FamilyCode::make(&Entropy::seeded(1));
        let other = FamilyCode::make(&Entropy::seeded(2));
        assert!(!other.matches(&ring(2), &code.hash(&ring(2))));
        assert!(!code.matches(&ring(3), &code.hash(&ring(2))));
    }

    #[test]
    fn what_is_no_code_is_not_looked_for() {
        for bad in
            ["", "ABCD", "ABCD-EFGH-JKMN-PQRU", "ABCD-EFGH-JKMN-PQRST-V", "ÁBCD-EFGH-JKMN-PQRS"]
        {
            assert!(FamilyCode::parse(bad).is_none(), "{bad}");
        }
    }
}

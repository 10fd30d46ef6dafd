//! Secrets that programs carry: refresh tokens and one-time links, 256 bits each.
//!
//! Only their keyed hash is kept. The prefix says what was found when one turns up in a log, and lets
//! scanners of leaked secrets know it.

use data_encoding::BASE64URL_NOPAD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::keyring::{Keyring, Purpose};

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpaqueKind {
    /// Renews a session.
    Refresh,
    /// Lets somebody set a first password.
    Enrolment,
    /// Lets somebody set a new password.
    PasswordReset,
    /// Lets a family come to the portal.
    Invitation,
    /// Shows one ticket to somebody without an account, once.
    TicketLink,
    /// Reads that ticket for a while.
    TicketView,
}

impl OpaqueKind {
    /// What the text begins with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "cdr_",
            Self::Enrolment => "cde_",
            Self::PasswordReset => "cdp_",
            Self::Invitation => "cdi_",
            Self::TicketLink => "cdt_",
            Self::TicketView => "cdv_",
        }
    }
}

/// A 256-bit secret as text: a prefix and 43 characters of base64url. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct Opaque(SecretString);

impl Opaque {
    /// Draws a new one.
    pub fn make(entropy: &Entropy, kind: OpaqueKind) -> Self {
        let bytes = Zeroizing::new(entropy.bytes::<32>());
        Self(format!("{}{}", kind.prefix(), BASE64URL_NOPAD.encode(bytes.as_slice())).into())
    }

    /// Reads one of a kind; none if the text is not of its form, which needs no look into the database.
    pub fn parse(text: &str, kind: OpaqueKind) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix()).filter(|body| body.len() == 43)?;
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(body.as_bytes()).ok()?);
        (bytes.len() == 32).then(|| Self(text.into()))
    }

    /// The text, to be sent in a message.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The text, to hand out once.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The hash to keep and to find it by.
    pub fn hash(&self, ring: &Keyring) -> [u8; 32] {
        ring.keyed_hash(Purpose::Tokens, self.expose().as_bytes())
    }

    /// Every hash it may be kept under, while an old root key is on the ring.
    pub fn hashes(&self, ring: &Keyring) -> Vec<[u8; 32]> {
        ring.keyed_hashes(Purpose::Tokens, self.expose().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::RootKey;

    fn refresh() -> Opaque {
        Opaque::make(&Entropy::seeded(1), OpaqueKind::Refresh)
    }

    #[test]
    fn a_secret_reads_back_as_its_own_kind_only() {
        let text = refresh().expose().to_owned();
        assert!(text.starts_with("cdr_"));
        assert_eq!(Opaque::parse(&text, OpaqueKind::Refresh).unwrap().expose(), text);
        assert!(Opaque::parse(&text, OpaqueKind::Enrolment).is_none());
    }

    #[test]
    fn a_text_of_another_form_is_refused() {
        let text = refresh().expose().to_owned();
        let long = format!("{text}A");
        let odd = text.replace(|c: char| c.is_ascii_digit(), "+");
        for bad in ["", "cdr_", &text[..46], &long, &odd, &"é".repeat(30)] {
            assert!(Opaque::parse(bad, OpaqueKind::Refresh).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_hash_needs_the_keyring() {
        let ring = |seed| Keyring::new(&RootKey::make(&Entropy::seeded(seed)), &[]);
        assert_eq!(refresh().hash(&ring(1)), refresh().hash(&ring(1)));
        assert_ne!(refresh().hash(&ring(1)), refresh().hash(&ring(2)));
        assert_eq!(refresh().hashes(&ring(1)), [refresh().hash(&ring(1))]);
    }

    #[test]
    fn a_secret_does_not_show_in_logs() {
        assert!(!format!("{:?}", refresh()).contains("cdr_"));
    }
}

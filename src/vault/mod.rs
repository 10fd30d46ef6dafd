//! Keys and secrets, and the two things nobody may fetch for themselves: the time and the dice.
//!
//! This room knows how a secret is made, hashed, sealed and compared. It does not know whose it is,
//! where it is kept or what it opens; it imports nothing but the core. Start at [`Keyring`]: one root
//! key, and out of it one key for each [`Purpose`].

mod api_secret;
mod clock;
mod codes;
mod entropy;
mod family_code;
mod hashing;
mod keyring;
mod root;
mod sealing;
mod secrets;
mod stream;

pub use api_secret::ApiSecret;
pub use clock::{Clock, Hand};
pub use codes::{Digits, RecoveryCode};
pub use entropy::Entropy;
pub use family_code::FamilyCode;
pub use hashing::{HashError, HashLimits, HashParams, Hasher, ParamsTooWeak, Verdict};
pub use keyring::{KeyId, Keyring, Purpose};
pub use root::{RootKey, RootKeyError, load_or_make_root};
pub use sealing::{Place, SealError};
pub use secrets::{Opaque, OpaqueKind};
pub use stream::{HEAD, PIECE, StreamOpener, StreamSealer, TAG};

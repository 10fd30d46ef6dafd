//! The root key: 32 bytes from which every other key comes, and the file it may live in.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use data_encoding::{BASE64_NOPAD, HEXLOWER_PERMISSIVE};
use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

use super::entropy::Entropy;

/// The key of keys.
#[derive(Debug)]
pub struct RootKey(SecretBox<[u8; 32]>);

/// Why a text is no root key. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootKeyError {
    /// Neither base64 nor hexadecimal.
    #[error("a root key is 32 bytes as base64 or hexadecimal text")]
    Encoding,
    /// Not 32 bytes.
    #[error("a root key is 32 bytes long, not {0}")]
    Length(usize),
    /// Typed by a person, or taken from an example.
    #[error("this root key was not drawn at random; `openssl rand -base64 32` makes one")]
    Guessable,
}

/// What stands in for a secret in examples. Base64 of a random key holds one about once in twenty
/// million; hexadecimal, which [`load_or_make_root`] writes, never.
const STAND_INS: [&str; 6] = ["changeme", "secret", "password", "example", "default", "insecure"];

/// Fewest different bytes in a random key; fewer than this happen once in 10^15 keys.
const VARIETY: usize = 16;

impl RootKey {
    /// Draws a new one.
    pub fn make(entropy: &Entropy) -> Self {
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; 32]| entropy.fill(bytes)))
    }

    /// Reads a key from a setting or a file.
    ///
    /// # Errors
    /// [`RootKeyError`] says what is wrong, so that the program does not start with it.
    pub fn parse(text: &str) -> Result<Self, RootKeyError> {
        let text = text.trim();
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        if STAND_INS.iter().any(|word| lower.contains(word)) {
            return Err(RootKeyError::Guessable);
        }
        // 64 characters are hexadecimal or nothing: base64 of 32 bytes has 43, or 44 with its padding.
        let read = if text.len() == 64 {
            HEXLOWER_PERMISSIVE.decode(text.as_bytes())
        } else {
            let plain = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
            BASE64_NOPAD.decode(Zeroizing::new(plain).as_bytes())
        };
        let bytes = Zeroizing::new(read.map_err(|_never_shown| RootKeyError::Encoding)?);
        let key = bytes.first_chunk::<32>().filter(|_| bytes.len() == 32);
        let key = key.ok_or(RootKeyError::Length(bytes.len()))?;
        if guessable(key) {
            return Err(RootKeyError::Guessable);
        }
        Ok(Self(SecretBox::new(Box::new(*key))))
    }

    /// The bytes, for deriving keys.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

/// Whether bytes look typed: readable text, few different values, or equal steps (00 01 02 ..).
fn guessable(key: &[u8; 32]) -> bool {
    let readable = key.iter().all(|byte| (b' '..=b'~').contains(byte));
    let different = key.iter().collect::<std::collections::BTreeSet<_>>().len();
    let steps = || key.iter().zip(key.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
    let regular = steps().zip(steps().skip(1)).all(|(one, next)| one == next);
    readable || different < VARIETY || regular
}

/// Reads the root key from `path`, or draws one and writes it there; says whether it was made now.
///
/// A new file appears whole or not at all: it is written aside, brought to the disk, then linked to its
/// name. Of two processes that start at once, one makes it and both read it.
///
/// # Errors
/// What the file system says; `PermissionDenied` for a file that others may read, `InvalidData` for one
/// without a root key in it.
pub fn load_or_make_root(path: &Path, entropy: &Entropy) -> io::Result<(RootKey, bool)> {
    match load(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        loaded => return Ok((loaded?, false)),
    }
    let aside = path.with_extension(format!("new-{:08x}", u32::from_be_bytes(entropy.bytes())));
    write(&aside, &RootKey::make(entropy))?;
    let linked = std::fs::hard_link(&aside, path);
    std::fs::remove_file(&aside)?;
    let made = match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        other => other.map(|()| true)?,
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok((load(path)?, made))
}

/// Reads the key, if nobody else can.
fn load(path: &Path) -> io::Result<RootKey> {
    let mut file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        let says = format!("{} must be readable by its owner only (chmod 600)", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, says));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text)?;
    RootKey::parse(&text).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
    })
}

/// Writes the key to a new file of its owner's, down to the disk.
fn write(path: &Path, key: &RootKey) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let text = Zeroizing::new(HEXLOWER_PERMISSIVE.encode(key.bytes()));
    writeln!(file, "{}", *text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD};

    /// A path that nothing has used, gone again with everything in its folder.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new() -> Self {
            let name =
                format!("caredesk-root-{:x}", u128::from_be_bytes(Entropy::system().bytes()));
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir(&folder).unwrap();
            Self(folder)
        }

        fn key(&self) -> std::path::PathBuf {
            self.0.join("caredesk.key")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_random_key_is_read_from_base64_and_from_hexadecimal() {
        for seed in 0..200 {
            let key = RootKey::make(&Entropy::seeded(seed));
            for code in [&BASE64, &BASE64_NOPAD, &BASE64URL, &BASE64URL_NOPAD, &HEXLOWER_PERMISSIVE]
            {
                let read = RootKey::parse(&format!("{}\n", code.encode(key.bytes()))).unwrap();
                assert_eq!(read.bytes(), key.bytes());
            }
        }
    }

    #[test]
    fn a_key_is_32_bytes() {
        assert_eq!(RootKey::parse("").unwrap_err(), RootKeyError::Length(0));
        let (short, long) = (BASE64.encode(&[7; 16]), BASE64.encode(&[7; 33]));
        assert_eq!(RootKey::parse(&short).unwrap_err(), RootKeyError::Length(16));
        assert_eq!(RootKey::parse(&long).unwrap_err(), RootKeyError::Length(33));
        assert_eq!(RootKey::parse("not a key!").unwrap_err(), RootKeyError::Encoding);
    }

    #[test]
    fn a_key_that_was_not_drawn_at_random_is_refused() {
        let counting: Vec<u8> = (0..32).collect();
        let typed = BASE64.encode(b"the quick brown fox jumps over t");
        for bad in [
            "changeme",
            "secret",
            &"0".repeat(64),
            &"deadbeef".repeat(8),
            &"changeme".repeat(6),
            &BASE64.encode(&[0xa5; 32]),
            &BASE64.encode(&counting),
            &typed,
        ] {
            assert_eq!(RootKey::parse(bad).unwrap_err(), RootKeyError::Guessable, "{bad}");
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = RootKey::make(&Entropy::seeded(1));
        assert!(format!("{key:?}").contains("REDACTED"));
    }

    #[test]
    fn the_file_is_made_once_and_for_its_owner_only() {
        let folder = Folder::new();
        let (key, made) = load_or_make_root(&folder.key(), &Entropy::system()).unwrap();
        assert!(made);
        assert_eq!(folder.key().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let (again, made) = load_or_make_root(&folder.key(), &Entropy::system()).unwrap();
        assert!(!made);
        assert_eq!(again.bytes(), key.bytes());
        assert_eq!(folder.0.read_dir().unwrap().count(), 1);
    }

    #[test]
    fn two_processes_that_start_at_once_get_the_same_key() {
        let folder = Folder::new();
        let start = || load_or_make_root(&folder.key(), &Entropy::system()).unwrap();
        let keys = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(keys.iter().filter(|(_, made)| *made).count(), 1);
        assert!(keys.iter().all(|(key, _)| key.bytes() == keys[0].0.bytes()));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = Folder::new();
        load_or_make_root(&folder.key(), &Entropy::system()).unwrap();
        std::fs::set_permissions(folder.key(), PermissionsExt::from_mode(0o640)).unwrap();
        let refused = load_or_make_root(&folder.key(), &Entropy::system()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_damaged_file_is_refused_and_not_replaced() {
        let folder = Folder::new();
        load_or_make_root(&folder.key(), &Entropy::system()).unwrap();
        std::fs::write(folder.key(), "").unwrap();
        let refused = load_or_make_root(&folder.key(), &Entropy::system()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }
}

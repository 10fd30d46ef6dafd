//! Delivery into a folder: for a laptop, and for text messages until there is a gateway.
//!
//! A file is there as a whole or not at all, also after a crash, and the same message is the same file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Tells the files of this process that are half written apart.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Makes the folder if it is not there, for its owner only: secrets will lie in it.
///
/// # Errors
/// It cannot be made, or is a file.
pub(super) fn prepare(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file under its name, durably.
///
/// # Errors
/// The folder or the file cannot be written.
pub(super) fn put(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    prepare(folder)?;
    let half = half_written(folder, name);
    let written = write(&half, content).and_then(|()| fs::rename(&half, folder.join(name)));
    if written.is_err() {
        drop(fs::remove_file(&half));
    }
    written?;
    // The name is durable, too, and not only what is in the file.
    File::open(folder)?.sync_all()
}

/// Writes a new file for its owner only, down to the disk.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A name that no other writer has and no reader looks for.
fn half_written(folder: &Path, name: &str) -> PathBuf {
    let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    folder.join(format!(".{name}.{process}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder that is gone again with its test.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name: [u8; 8] = crate::vault::Entropy::system().bytes();
            Self(std::env::temp_dir().join(format!("caredesk-mail-{name:x?}")))
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn the_same_message_twice_is_one_file_for_its_owner_only() {
        let folder = Folder::new();
        put(&folder.0, "a.eml", b"first").unwrap();
        put(&folder.0, "a.eml", b"second").unwrap();
        assert_eq!(folder.names(), ["a.eml"]);
        let file = folder.0.join("a.eml");
        assert_eq!(fs::read(&file).unwrap(), b"second");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder.0).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let folder = Folder::new();
        fs::create_dir_all(folder.0.join("a.eml").join("in the way")).unwrap();
        assert!(put(&folder.0, "a.eml", b"x").is_err());
        assert_eq!(folder.names(), ["a.eml"]);
        let file = folder.0.join("file");
        fs::write(&file, "").unwrap();
        assert!(put(&file, "a.eml", b"x").is_err());
    }
}

//! Files in a folder of this machine.

use std::fs::DirEntry;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use caredesk_core::domain::time::Moment;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;

use super::{BlobError, Blobs};
use crate::vault::{Entropy, Keyring};

/// Bytes that are written at once.
const PART: usize = 256 * 1024;

impl Blobs {
    /// Keeps files in a folder, which is made if it is not there, for its owner's eyes only.
    ///
    /// # Errors
    /// The folder cannot be made or opened.
    pub fn folder(folder: &Path, keys: Keyring, entropy: Entropy) -> Result<Self, BlobError> {
        let failed = |error: std::io::Error| BlobError::Store(error.to_string());
        make(folder).map_err(failed)?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            prefix: Name::default(),
            part: PART,
            folder: Some(folder.to_owned()),
            keys,
            entropy,
        })
    }

    /// Deletes what is left in a folder of files that were begun before a moment and never ended: a process
    /// that was killed could not. Says how many there were. A bucket forgets them by a rule of its own.
    ///
    /// # Errors
    /// The folder cannot be read, or something in it not be deleted.
    pub async fn forget_unfinished(&self, before: Moment) -> Result<usize, BlobError> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        let swept = tokio::task::spawn_blocking(move || sweep(&folder, before)).await;
        let swept = swept.map_err(|error| BlobError::Store(error.to_string()))?;
        swept.map_err(|error| BlobError::Store(error.to_string()))
    }
}

/// Makes a folder that only its owner can look into.
fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Deletes unfinished files of a folder and of those in it.
fn sweep(folder: &Path, before: Moment) -> std::io::Result<usize> {
    let mut swept = 0_usize;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if is_unfinished(&path) && is_older(&entry, before) {
                // Somebody may have ended it meanwhile.
                let gone = std::fs::remove_file(path);
                swept = swept.saturating_add(usize::from(gone.is_ok()));
            }
        }
    }
    Ok(swept)
}

/// Whether a file was last written to before a moment; one that is gone was not.
fn is_older(entry: &DirEntry, before: Moment) -> bool {
    let written = entry.metadata().and_then(|about| about.modified());
    written.is_ok_and(|written| written < time_of(before))
}

/// Whether a file is one that was begun and not ended: those have a number behind their name.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let number = name.rsplit_once('#').map(|(_, number)| number).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A moment as a file system has it.
fn time_of(moment: Moment) -> SystemTime {
    let micros = u64::try_from(moment.micros()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + std::time::Duration::from_micros(micros)
}

//! Checkpoints: where every chain of the audit stood, once a day, signed, outside the database.
//!
//! Whoever can write the database and holds its key could cut a chain and link it anew; the checkpoint
//! remembers the links that were there. One file, one JSON object a line, only ever added to.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use caredesk_core::domain::time::Moment;
use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::sync::watch::Receiver;

use super::every;
use crate::service::House;
use crate::store::seals::Head;
use crate::store::{self, StoreError};
use crate::vault::{Keyring, Purpose};

/// The file's name within its folder.
const FILE: &str = "audit-checkpoints.jsonl";
/// What stands before everything that is signed here, so that the signature says what it is of.
const CONTEXT: &[u8] = b"caredesk audit checkpoint\n";
/// The form of a line.
const VERSION: u32 = 1;
/// How old the last checkpoint may be before the next is due.
const DUE_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How often that is looked at.
const LOOK: Duration = Duration::from_mins(10);

/// What goes wrong with checkpoints.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A line was changed, or was signed by somebody else.
    #[error("{path}, line {line}: the checkpoint does not hold: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The chains cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The work was cut off.
    #[error("the checkpoint was cut off: {0}")]
    CutOff(String),
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    checkpoint: Checkpoint,
    /// Over [`CONTEXT`] and the checkpoint as JSON, in hexadecimal digits.
    mac: String,
}

/// Where the chains stood.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    version: u32,
    at: Moment,
    heads: Vec<Mark>,
}

/// Where one chain stood.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    chain: String,
    seq: i64,
    /// In hexadecimal digits.
    hash: String,
}

/// Writes a checkpoint a day until told to stop.
pub(super) async fn run(house: House, folder: PathBuf, stop: Receiver<bool>) {
    every("checkpoint", LOOK, stop, || write_if_due(house.clone(), folder.clone())).await;
}

/// Writes one if the last is a day old.
async fn write_if_due(house: House, folder: PathBuf) -> Result<(), CheckpointError> {
    let (path, keys) = (folder.join(FILE), house.keys.clone());
    let last = blocking(move || last(&path, &keys)).await?;
    if last.is_none_or(|last| house.clock.now().since(last) >= DUE_AFTER) {
        write(&house, &folder).await?;
    }
    Ok(())
}

/// Writes a checkpoint now; says how many chains it holds. Without any chain there is nothing to write.
///
/// # Errors
/// The chains cannot be read, or the file not written.
pub async fn write(house: &House, folder: &Path) -> Result<usize, CheckpointError> {
    let heads = house.db.read(store::seals::heads).await?;
    let count = heads.len();
    if count > 0 {
        let (folder, keys, now) = (folder.to_owned(), house.keys.clone(), house.clock.now());
        blocking(move || append(&folder, &keys, now, &heads)).await?;
        tracing::info!(chains = count, "a checkpoint of the audit was written");
    }
    Ok(count)
}

/// Does what waits for a disk on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CheckpointError> + Send + 'static,
) -> Result<T, CheckpointError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(CheckpointError::CutOff(error.to_string())))
}

/// Adds a line, down to the disk. The start of a line that a crash left is taken away first: it was
/// never a checkpoint.
fn append(
    folder: &Path,
    keys: &Keyring,
    at: Moment,
    heads: &[Head],
) -> Result<(), CheckpointError> {
    let path = folder.join(FILE);
    let failed = |error| CheckpointError::File(path.clone(), error);
    let line = sign(keys, at, heads).map_err(failed)?;
    let add = || {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).mode(0o600).open(&path)?;
        // Two instances that share a folder write one after the other.
        file.lock()?;
        let whole = whole_lines(&mut file)?;
        file.set_len(whole)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        File::open(folder)?.sync_all()
    };
    add().map_err(failed)
}

/// How many bytes of the file are whole lines.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    const STEP: u64 = 65_536;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(STEP);
        let mut part = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        (&*file).take(end.saturating_sub(start)).read_to_end(&mut part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            let at = u64::try_from(at).map_err(io::Error::other)?;
            return Ok(start.saturating_add(at).saturating_add(1));
        }
        end = start;
    }
    Ok(0)
}

/// A signed line, with its end.
fn sign(keys: &Keyring, at: Moment, heads: &[Head]) -> io::Result<String> {
    let heads = heads.iter().map(|head| Mark {
        chain: head.chain.clone(),
        seq: head.seq,
        hash: HEXLOWER.encode(&head.hash),
    });
    let checkpoint = Checkpoint { version: VERSION, at, heads: heads.collect() };
    let mac = HEXLOWER.encode(&keys.mac(Purpose::Signing, &signed(&checkpoint)?));
    let mut line = serde_json::to_string(&Line { checkpoint, mac })?;
    line.push('\n');
    Ok(line)
}

/// The bytes that are signed. Fields stand in the order of their type, so a line that is read and
/// written again has the same.
fn signed(checkpoint: &Checkpoint) -> io::Result<Vec<u8>> {
    let mut bytes = CONTEXT.to_vec();
    serde_json::to_writer(&mut bytes, checkpoint)?;
    Ok(bytes)
}

/// A line, if it holds.
fn verified(keys: &Keyring, text: &str) -> Result<Checkpoint, &'static str> {
    let line: Line = serde_json::from_str(text).map_err(|_any| "it is not of our form")?;
    let mac = HEXLOWER.decode(line.mac.as_bytes()).map_err(|_any| "it is not of our form")?;
    let signed = signed(&line.checkpoint).map_err(|_never_in_memory| "it is not of our form")?;
    if !keys.verify_mac(Purpose::Signing, &signed, &mac) {
        return Err("its signature is not of our root key");
    }
    if line.checkpoint.version != VERSION {
        return Err("its version is not known");
    }
    Ok(line.checkpoint)
}

/// Every head that was ever noted, each once; none if there is no file.
///
/// # Errors
/// [`CheckpointError::Damaged`] names the first line that does not hold.
pub fn heads(folder: &Path, keys: &Keyring) -> Result<Vec<Head>, CheckpointError> {
    let (path, mut seen) = (folder.join(FILE), BTreeSet::new());
    each(&path, keys, |line, checkpoint| {
        let damaged = |why| CheckpointError::Damaged { path: path.clone(), line, why };
        let marks = checkpoint.map_err(damaged)?.heads;
        seen.extend(marks.into_iter().map(|mark| (mark.chain, mark.seq, mark.hash)));
        Ok(())
    })?;
    let head = |(chain, seq, hash): (String, i64, String)| {
        let hash = HEXLOWER.decode(hash.as_bytes()).unwrap_or_default();
        Head { chain, seq, hash }
    };
    Ok(seen.into_iter().map(head).collect())
}

/// When the last checkpoint was made. A damaged one is none: it must not keep the next from being
/// written.
fn last(path: &Path, keys: &Keyring) -> Result<Option<Moment>, CheckpointError> {
    let mut last = None;
    each(path, keys, |line, checkpoint| {
        match checkpoint {
            Ok(checkpoint) => last = last.max(Some(checkpoint.at)),
            Err(why) => {
                tracing::error!(path = %path.display(), line, why, "a checkpoint is damaged");
            }
        }
        Ok(())
    })?;
    Ok(last)
}

/// Shows every line in order, with its number. A line without an end was never finished and does not count.
fn each(
    path: &Path,
    keys: &Keyring,
    mut show: impl FnMut(usize, Result<Checkpoint, &'static str>) -> Result<(), CheckpointError>,
) -> Result<(), CheckpointError> {
    let failed = |error| CheckpointError::File(path.to_owned(), error);
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(failed)?,
    };
    let mut lines = BufReader::new(file);
    for line in 1.. {
        let mut text = String::new();
        lines.read_line(&mut text).map_err(failed)?;
        let Some(text) = text.strip_suffix('\n') else { break };
        show(line, verified(keys, text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Entropy, RootKey};

    /// A folder that is gone again with its test.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = HEXLOWER.encode(&Entropy::system().bytes::<8>());
            Self(std::env::temp_dir().join(format!("caredesk-checkpoints-{name}")))
        }

        fn text(&self) -> String {
            std::fs::read_to_string(self.0.join(FILE)).unwrap()
        }

        fn set(&self, text: &str) {
            std::fs::write(self.0.join(FILE), text).unwrap();
        }

        fn append(&self, day: i64, seq: i64) {
            append(&self.0, &keys(1), Moment::from_micros(day * 86_400_000_000), &[head(seq)])
                .unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }

    fn keys(seed: u64) -> Keyring {
        Keyring::new(&RootKey::make(&Entropy::seeded(seed)), &[])
    }

    fn head(seq: i64) -> Head {
        Head { chain: "platform".to_owned(), seq, hash: vec![7; 32] }
    }

    #[test]
    fn what_was_noted_is_read_back_each_head_once() {
        let folder = Folder::new();
        assert_eq!(heads(&folder.0, &keys(1)).unwrap(), []);
        folder.append(1, 5);
        folder.append(2, 5);
        folder.append(3, 9);
        assert_eq!(heads(&folder.0, &keys(1)).unwrap(), [head(5), head(9)]);
        assert_eq!(folder.text().lines().count(), 3);
        let last = last(&folder.0.join(FILE), &keys(1)).unwrap().unwrap();
        assert_eq!(last.to_string(), "1970-01-04T00:00:00Z");
    }

    #[test]
    fn a_changed_line_and_another_key_are_noticed() {
        let folder = Folder::new();
        folder.append(1, 5);
        folder.append(2, 6);
        let good = folder.text();
        folder.set(&good.replace("\"seq\":6", "\"seq\":4"));
        let refusal = heads(&folder.0, &keys(1)).unwrap_err().to_string();
        assert!(refusal.contains("line 2") && refusal.contains("signature"), "{refusal}");
        folder.set(&good.replace("\"version\":1", "\"version\":1,\"more\":1"));
        assert!(heads(&folder.0, &keys(1)).unwrap_err().to_string().contains("line 1"));
        folder.set(&good);
        assert!(heads(&folder.0, &keys(2)).is_err());
        let both = Keyring::new(
            &RootKey::make(&Entropy::seeded(2)),
            &[RootKey::make(&Entropy::seeded(1))],
        );
        assert_eq!(heads(&folder.0, &both).unwrap().len(), 2, "the key of before still reads");
        // A line that is not ours does not keep the job from going on.
        assert_eq!(last(&folder.0.join(FILE), &keys(2)).unwrap(), None);
    }

    #[test]
    fn a_line_that_a_crash_cut_off_does_not_count_and_does_not_stay() {
        let folder = Folder::new();
        folder.append(1, 5);
        let torn = folder.text() + "{\"checkpoint\":{\"version\":1";
        folder.set(&torn);
        assert_eq!(heads(&folder.0, &keys(1)).unwrap(), [head(5)]);
        folder.append(2, 6);
        assert_eq!(heads(&folder.0, &keys(1)).unwrap(), [head(5), head(6)]);
        folder.set("{\"torn");
        folder.append(3, 7);
        assert_eq!(heads(&folder.0, &keys(1)).unwrap(), [head(7)]);
    }
}

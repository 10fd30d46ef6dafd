//! Where bytes are kept that are too many for the database: in a folder, or in a bucket of an S3 service.
//!
//! The only room that says `object_store`. It knows where a file lives ([`Place`]) and how it is sealed, and not
//! what it is, whose it is, or who may read it. [`Blobs::begin`] takes a file in and [`Blobs::read`] gives it out,
//! both a piece at a time: a file is never held as a whole. Everything is sealed on its way in
//! (`vault::stream`), so that a folder, a bucket or a backup of either shows nothing but lengths.
//!
//! A file is there when [`Writing::end`] has said so, and not before: what breaks off leaves nothing that can be
//! read.

mod bucket;
mod folder;
mod reading;
mod writing;

use std::path::PathBuf;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use uuid::Uuid;

pub use bucket::Bucket;
pub use reading::Reading;
pub use writing::Writing;

use crate::vault::{Entropy, Keyring, Place, SealError};

/// Why bytes cannot be kept or given out.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// What is there is not what was put there.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The folder or the bucket failed.
    #[error("the files cannot be reached: {0}")]
    Store(String),
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            other => Self::Store(other.to_string()),
        }
    }
}

/// A folder or a bucket, and the keys that its files are sealed by. Clones share it.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// What the names of the files begin with.
    prefix: Path,
    /// Bytes that are handed over at once.
    part: usize,
    /// The folder, if it is one.
    folder: Option<PathBuf>,
    keys: Keyring,
    entropy: Entropy,
}

impl Blobs {
    /// Begins to take a file in, as an object that is named by chance: two sendings of one file at once are two
    /// objects, and never a mixture.
    pub fn begin(&self, place: &Place, object: Uuid) -> Writing {
        let (head, sealer) = self.keys.seal_stream(&self.entropy, place);
        let path = self.path(object);
        Writing::new((Arc::clone(&self.store), path), self.part, (head, sealer))
    }

    /// Begins to give a file out.
    ///
    /// # Errors
    /// [`BlobError::Missing`]; what is there is not what was put there; the store fails.
    pub async fn read(&self, place: &Place, object: Uuid) -> Result<Reading, BlobError> {
        let found = self.store.get(&self.path(object)).await?;
        Reading::begin(found.into_stream(), |head| self.keys.open_stream(place, head)).await
    }

    /// Deletes a file; one that is not there is deleted, too.
    ///
    /// # Errors
    /// The store fails.
    pub async fn delete(&self, object: Uuid) -> Result<(), BlobError> {
        match self.store.delete(&self.path(object)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Where an object is. The last digits of its name spread the objects over 256 folders.
    fn path(&self, object: Uuid) -> Path {
        let name = object.simple().to_string();
        let last = name.get(name.len().saturating_sub(2)..).unwrap_or_default().to_owned();
        self.prefix.clone().join(last).join(name)
    }
}

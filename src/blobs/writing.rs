//! A file on its way in: sealed in pieces, handed over in parts, there when it has come as a whole.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

use super::BlobError;
use crate::vault::{PIECE, StreamSealer};

/// A file on its way in. It is there when [`Self::end`] has said so; one that is dropped before leaves nothing.
pub struct Writing {
    store: Arc<dyn ObjectStore>,
    path: Path,
    part: usize,
    sealer: StreamSealer,
    /// What came and is in no piece yet. One piece is held back, because it may be the last.
    plain: Vec<u8>,
    /// What is sealed and was not handed over.
    sealed: Vec<u8>,
    /// What takes the parts of a file that is longer than one.
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Writing {
    /// A file that begins with its head.
    pub(super) fn new(
        (store, path): (Arc<dyn ObjectStore>, Path),
        part: usize,
        (head, sealer): (Vec<u8>, StreamSealer),
    ) -> Self {
        Self { store, path, part, sealer, plain: Vec::new(), sealed: head, upload: None }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The store fails; the file is to be begun anew.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.plain.len() == PIECE {
                self.seal(false)?;
            }
            let room = PIECE.saturating_sub(self.plain.len()).min(rest.len());
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.plain.extend_from_slice(now);
            rest = later;
            self.hand_over().await?;
        }
        Ok(())
    }

    /// The end of the file: from now on it is there.
    ///
    /// # Errors
    /// The store fails; the file is to be begun anew.
    pub async fn end(mut self) -> Result<(), BlobError> {
        self.seal(true)?;
        self.hand_over().await?;
        let rest = std::mem::take(&mut self.sealed);
        let Some(upload) = &mut self.upload else {
            self.store.put(&self.path, PutPayload::from(rest)).await?;
            return Ok(());
        };
        if !rest.is_empty() {
            upload.put_part(PutPayload::from(rest)).await?;
        }
        upload.complete().await?;
        self.upload = None; // nothing is left to be taken back
        Ok(())
    }

    /// Gives the file up, and waits until nothing is left of it.
    pub async fn abandon(mut self) {
        if let Some(mut upload) = self.upload.take() {
            abort(&mut upload).await;
        }
    }

    /// Seals what came as a piece.
    fn seal(&mut self, is_last: bool) -> Result<(), BlobError> {
        self.sealed.extend(self.sealer.seal(&self.plain, is_last)?);
        self.plain.clear();
        Ok(())
    }

    /// Hands over what makes whole parts; all of them but the last are of one length.
    async fn hand_over(&mut self) -> Result<(), BlobError> {
        while self.sealed.len() >= self.part {
            if self.upload.is_none() {
                self.upload = Some(self.store.put_multipart(&self.path).await?);
            }
            let rest = self.sealed.split_off(self.part);
            let part = std::mem::replace(&mut self.sealed, rest);
            if let Some(upload) = &mut self.upload {
                upload.put_part(PutPayload::from(part)).await?;
            }
        }
        Ok(())
    }
}

impl Drop for Writing {
    /// A client that leaves takes its request with it: what was handed over is taken back behind its back.
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { abort(&mut upload).await });
        }
    }
}

/// Takes back what was handed over. A failure is for the log: nothing of it can be read, and it is forgotten
/// after a day.
async fn abort(upload: &mut Box<dyn MultipartUpload>) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(%error, "what came of a file could not be taken back");
    }
}

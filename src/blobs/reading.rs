//! A file on its way out: opened piece by piece.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::BlobError;
use crate::vault::{HEAD, PIECE, SealError, StreamOpener, TAG};

/// Bytes of a piece as it is kept.
const SEALED: usize = PIECE + TAG;

/// A file on its way out.
pub struct Reading {
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    opener: StreamOpener,
    /// What came and was not opened.
    sealed: BytesMut,
    is_over: bool,
}

impl Reading {
    /// Begins with the head of a file, which says how it is opened.
    pub(super) async fn begin(
        mut stream: BoxStream<'static, object_store::Result<Bytes>>,
        open: impl FnOnce(&[u8]) -> Result<StreamOpener, SealError>,
    ) -> Result<Self, BlobError> {
        let mut sealed = BytesMut::new();
        while sealed.len() < HEAD {
            let came = stream.next().await.ok_or(SealError::Damaged)?;
            sealed.extend_from_slice(&came?);
        }
        let opener = open(&sealed.split_to(HEAD))?;
        Ok(Self { stream, opener, sealed, is_over: false })
    }

    /// The next piece; none behind the last.
    ///
    /// # Errors
    /// What is there is not what was put there, or ends too soon; the store fails. What was given out before
    /// is not the whole file then.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        if self.is_over {
            return Ok(None);
        }
        // A piece is the last one if nothing comes behind it.
        while self.sealed.len() <= SEALED {
            let Some(came) = self.stream.next().await else {
                self.is_over = true;
                break;
            };
            self.sealed.extend_from_slice(&came?);
        }
        let length = self.sealed.len().min(SEALED);
        let sealed = self.sealed.split_to(length).to_vec();
        Ok(Some(self.opener.open(sealed, self.is_over)?))
    }

    /// The whole file, for whoever knows that it is short.
    ///
    /// # Errors
    /// As [`Self::piece`].
    pub async fn whole(mut self) -> Result<Vec<u8>, BlobError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}

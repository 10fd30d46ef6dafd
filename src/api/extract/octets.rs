//! Bodies that are files: taken in piece by piece, never held as a whole.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::upload::{MAX_BYTES, PIECE};
use futures_util::StreamExt;

use crate::api::problem::Problem;

/// How long a piece may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file on its way in.
pub struct Octets {
    payload: Payload,
    /// What came and is in no piece yet: the rest of what the network brought at once.
    rest: Bytes,
    taken: usize,
    /// How long the file says that it is.
    length: Option<i64>,
}

impl FromRequest for Octets {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let taken = check(request);
        ready(taken.map(|length| Self {
            payload: payload.take(),
            rest: Bytes::new(),
            taken: 0,
            length,
        }))
    }
}

/// Only octets are taken, and a file that says that it is too long is not waited for.
fn check(request: &HttpRequest) -> Result<Option<i64>, Problem> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_octets = header(CONTENT_TYPE)
        .is_some_and(|media| media.eq_ignore_ascii_case("application/octet-stream"));
    if !is_octets {
        return Err(Problem::of(Code::UnsupportedMediaType));
    }
    match header(CONTENT_LENGTH).and_then(|length| length.parse::<i64>().ok()) {
        Some(length) if length > MAX_BYTES => Err(Problem::of(Code::BodyTooLarge)),
        length => Ok(length),
    }
}

impl Octets {
    /// How long the file says that it is; none if it does not say.
    pub fn length(&self) -> Option<i64> {
        self.length
    }

    /// The next piece: [`PIECE`] bytes, fewer at the end, none behind it.
    ///
    /// # Errors
    /// The file is too long, comes too slowly, or breaks off.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let piece = tokio::time::timeout(PATIENCE, self.fill()).await;
        piece.map_err(|_elapsed| Problem::of(Code::TooSlow))?
    }

    async fn fill(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let mut piece = Vec::new();
        loop {
            let room = PIECE.saturating_sub(piece.len());
            piece.extend_from_slice(&self.rest.split_to(room.min(self.rest.len())));
            if piece.len() >= PIECE {
                return Ok(Some(piece));
            }
            let Some(came) = self.payload.next().await else { break };
            self.rest = came.map_err(|_broken| Problem::of(Code::MissingBody))?;
            self.taken = self.taken.saturating_add(self.rest.len());
            if i64::try_from(self.taken).map_or(true, |taken| taken > MAX_BYTES) {
                return Err(Problem::of(Code::BodyTooLarge));
            }
        }
        Ok((!piece.is_empty()).then_some(piece))
    }
}

//! What the client has at hand already.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{EntityTag, Header, IfNoneMatch};
use actix_web::{FromRequest, HttpRequest};

use crate::api::problem::Problem;

/// The answers that the client has kept, by their `ETag`s: `If-None-Match`. A header that is not of its form
/// names none.
#[derive(Debug, Clone)]
pub struct Held(Option<IfNoneMatch>);

impl FromRequest for Held {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(IfNoneMatch::parse(request).ok())))
    }
}

impl Held {
    /// Whether the answer with this `ETag`, in its quotes, is at hand; compared weakly (RFC 9110, 13.1.2).
    pub fn has(&self, etag: &str) -> bool {
        match &self.0 {
            None => false,
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(items)) => etag
                .parse::<EntityTag>()
                .is_ok_and(|etag| items.iter().any(|item| item.weak_eq(&etag))),
        }
    }
}

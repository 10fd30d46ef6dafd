//! Path parameters. What is no id names nothing: 404, as for an id that does not exist.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use caredesk_core::domain::code::Code;
use serde::de::DeserializeOwned;

use crate::api::problem::Problem;

/// The parameters of a path.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = actix_web::web::Path::<T>::from_request(request, payload).into_inner();
        ready(
            read.map(|path| Path(path.into_inner())).map_err(|_no_id| Problem::of(Code::NotFound)),
        )
    }
}

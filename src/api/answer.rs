//! Answers: made inside the transaction out of the row it leaves, sent after COMMIT.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderValue, LOCATION};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::extract::{Caller, Held};
use super::problem::Problem;
use crate::guard::Refusal;
use crate::service::{Ask, House, Performed};
use crate::store::Tx;
use crate::store::idempotency::KeptAnswer;
use caredesk_core::domain::actor::Actor;

/// A body as JSON.
fn json(body: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(body).map_err(|error| Refusal::Broken(error.to_string()))
}

/// `"7-a1b2c3d4"`: the row's version, and a hash of this caller's view of it.
fn etag(version: i64, body: &str) -> String {
    let hash = Sha256::digest(body.as_bytes());
    let [a, b, c, d, ..]: [u8; 32] = hash.into();
    format!("\"{version}-{a:02x}{b:02x}{c:02x}{d:02x}\"")
}

/// 200 with a versioned resource.
///
/// # Errors
/// The body cannot be written as JSON, which is a bug.
pub fn ok(version: i64, body: &impl Serialize) -> Result<KeptAnswer, Refusal> {
    let body = json(body)?;
    Ok(KeptAnswer {
        status: 200,
        location: None,
        etag: Some(etag(version, &body)),
        body: Some(body),
    })
}

/// 200 with something that has no version.
///
/// # Errors
/// The body cannot be written as JSON, which is a bug.
pub fn plain(body: &impl Serialize) -> Result<KeptAnswer, Refusal> {
    Ok(KeptAnswer { status: 200, location: None, etag: None, body: Some(json(body)?) })
}

/// 201 with a versioned resource and where it is.
///
/// # Errors
/// The body cannot be written as JSON, which is a bug.
pub fn created(
    location: String,
    version: i64,
    body: &impl Serialize,
) -> Result<KeptAnswer, Refusal> {
    Ok(KeptAnswer { status: 201, location: Some(location), ..ok(version, body)? })
}

/// 202 with the job that will do it, and where it is.
///
/// # Errors
/// The body cannot be written as JSON, which is a bug.
pub fn accepted(location: String, body: &impl Serialize) -> Result<KeptAnswer, Refusal> {
    Ok(KeptAnswer { status: 202, location: Some(location), ..plain(body)? })
}

/// 204: done, nothing to show.
pub fn done() -> KeptAnswer {
    KeptAnswer { status: 204, location: None, etag: None, body: None }
}

/// Runs a use case that changes something, and sends its answer.
///
/// # Errors
/// The refusal as a problem.
pub async fn perform<W>(house: &House, ask: &Ask, work: W) -> Result<HttpResponse, Problem>
where
    W: FnMut(&mut Tx<'_>, &Actor) -> Result<KeptAnswer, Refusal> + Send + 'static,
{
    let Performed { answer, is_replay } = house.perform(ask, work).await?;
    let mut response = send(answer)?;
    if is_replay {
        let replayed = HeaderValue::from_static("true");
        let name = actix_web::http::header::HeaderName::from_static("idempotent-replayed");
        response.headers_mut().insert(name, replayed);
    }
    Ok(response)
}

/// As [`perform`], for an answer with a secret in it: sent once, never compressed, and not kept. A
/// repetition of the request is told so.
///
/// # Errors
/// The refusal as a problem.
pub async fn perform_once<W>(house: &House, ask: &Ask, mut work: W) -> Result<HttpResponse, Problem>
where
    W: FnMut(&mut Tx<'_>, &Actor) -> Result<KeptAnswer, Refusal> + Send + 'static,
{
    let shown = Arc::new(Mutex::new(None));
    let show = Arc::clone(&shown);
    house
        .perform(ask, move |tx, who| {
            let whole = work(tx, who)?;
            let kept = KeptAnswer { body: None, ..whole.clone() };
            // What a transaction showed that collided is shown to nobody: the next one takes its place.
            *show.lock().unwrap_or_else(PoisonError::into_inner) = Some(whole);
            Ok(kept)
        })
        .await?;
    let whole = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
    let broken = || Refusal::Broken("an answer with a secret was repeated".to_owned());
    let mut response = send(whole.ok_or_else(broken)?)?;
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    Ok(response)
}

/// A kept answer as a response.
fn send(answer: KeptAnswer) -> Result<HttpResponse, Problem> {
    let broken = |error: String| Problem::from(Refusal::Broken(error));
    let status = StatusCode::from_u16(answer.status).map_err(|error| broken(error.to_string()))?;
    let mut response = HttpResponse::build(status);
    if let Some(location) = answer.location {
        response.insert_header((LOCATION, location));
    }
    if let Some(etag) = answer.etag {
        response.insert_header((ETAG, etag));
    }
    Ok(match answer.body {
        Some(body) => response.content_type("application/json").body(body),
        None => response.finish(),
    })
}

/// 200 with a versioned resource that was only read.
///
/// # Errors
/// The body cannot be written as JSON, which is a bug.
pub fn shown(version: i64, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    send(ok(version, body)?)
}

/// Who may keep an answer.
#[derive(Debug, Clone, Copy)]
pub enum KeptBy {
    /// Whoever asked.
    Asker,
    /// Anybody on the way.
    Anybody,
}

/// 200 with something that may be kept for a minute, or 304 if the client has it already.
///
/// # Errors
/// The body cannot be written as JSON, which is a bug.
pub fn cached(
    held: &Held,
    by: KeptBy,
    version: i64,
    body: &impl Serialize,
) -> Result<HttpResponse, Problem> {
    let answer = ok(version, body)?;
    let etag = answer.etag.clone().unwrap_or_default();
    let mut response = if held.has(&etag) {
        HttpResponse::NotModified().insert_header((ETAG, etag)).finish()
    } else {
        send(answer)?
    };
    let how = match by {
        KeptBy::Asker => "private, max-age=60",
        KeptBy::Anybody => "public, max-age=60",
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(how));
    Ok(response)
}

/// 200 with something that has no version: a page of a list.
pub fn page(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

/// An answer with a secret in it: never compressed, so that its length tells nothing.
pub fn secret(status: StatusCode, location: Option<&str>, body: &impl Serialize) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_ENCODING, HeaderValue::from_static("identity")));
    if let Some(location) = location {
        response.insert_header((LOCATION, location.to_owned()));
    }
    response.json(body)
}

/// Reads with a use case, on a thread of the database's.
///
/// # Errors
/// The refusal as a problem.
pub async fn look<T, W>(house: &House, caller: &Caller, work: W) -> Result<T, Problem>
where
    T: Send + 'static,
    W: FnOnce(&mut crate::store::db::Conn, &crate::service::Looker) -> Result<T, Refusal>
        + Send
        + 'static,
{
    Ok(house.look(&caller.ask(), work).await?)
}

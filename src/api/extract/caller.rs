//! Who asks. The edge has checked the token; these hand the result over, synchronously, so that a 401
//! comes before anything about the body.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, IF_MATCH, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use sha2::{Digest, Sha256};

use super::body::BodyHash;
use crate::api::document::Document;
use crate::api::problem::Problem;
use crate::guard::Violation;
use crate::service::{Ask, House};
use crate::store::Origin;
use crate::store::idempotency::Claim;
use crate::vault::Purpose;

/// What the edge found behind the bearer token.
#[derive(Debug, Clone)]
pub struct Bearer(pub Result<Actor, Problem>);

/// The request's id.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Somebody signed in. Without it in its signature a handler has no actor.
#[derive(Debug, Clone)]
pub struct Caller {
    actor: Actor,
    request: HttpRequest,
}

/// Anybody: for signing in and redeeming links.
#[derive(Debug, Clone)]
pub struct Visitor {
    request: HttpRequest,
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let bearer = request.extensions().get::<Bearer>().cloned();
        let actor =
            bearer.map_or_else(|| Err(Problem::of(Code::Unauthenticated)), |bearer| bearer.0);
        let caller = actor.and_then(|actor| {
            refuse_stray_query(request)?;
            Ok(Self { actor, request: request.clone() })
        });
        ready(caller)
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(refuse_stray_query(request).map(|()| Self { request: request.clone() }))
    }
}

impl Visitor {
    /// The request for the use case.
    pub fn ask(&self) -> Ask {
        Ask::of(Actor::Public, origin(&self.request))
    }

    /// The device, as it calls itself, cut to what is kept; an empty name is none.
    pub fn user_agent(&self) -> Option<String> {
        let agent = self.request.headers().get(USER_AGENT)?.to_str().ok()?;
        (!agent.is_empty()).then(|| agent.chars().take(200).collect())
    }
}

impl Caller {
    /// Who asks.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The request for a use case that reads.
    pub fn ask(&self) -> Ask {
        Ask::of(self.actor.clone(), origin(&self.request))
    }

    /// The request for a use case that writes: with its idempotency key and the version it is for.
    ///
    /// # Errors
    /// A header is not of its form.
    pub fn change(&self) -> Result<Ask, Problem> {
        let claim = self.claim()?;
        let version = version(self.request.headers())?;
        Ok(Ask { claim, version, ..self.ask() })
    }

    /// As [`Self::change`], for an operation that wants to know the version.
    ///
    /// # Errors
    /// A header is not of its form, or `If-Match` is missing.
    pub fn change_of_version(&self) -> Result<Ask, Problem> {
        let ask = self.change()?;
        if ask.version.is_none() {
            return Err(Problem::of(Code::VersionRequired));
        }
        Ok(ask)
    }

    /// The claim of a request that may be repeated: bound to principal, operation and key.
    fn claim(&self) -> Result<Option<Claim>, Problem> {
        if self.request.method() != Method::POST {
            return Ok(None);
        }
        let mut keys = self.request.headers().get_all("idempotency-key");
        let Some(key) = keys.next() else { return Ok(None) };
        let form = || Problem::header("Idempotency-Key", "1 to 255 printable ASCII characters");
        if keys.next().is_some() {
            return Err(form());
        }
        let key = key.to_str().map_err(|_bytes| form())?;
        let is_printable = key.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if key.is_empty() || key.len() > 255 || !is_printable {
            return Err(form());
        }
        let house = self.request.app_data::<Data<House>>();
        let house = house.ok_or_else(|| Problem::of(Code::Internal))?;
        let principal = self.actor.person().map(|person| person.account.to_string());
        let operation = self.request.match_pattern().unwrap_or_default();
        let bound = format!("{}|{operation}|{key}", principal.unwrap_or_default());
        let body =
            self.request.extensions().get::<BodyHash>().map(|hash| hash.0).unwrap_or_default();
        let mut fingerprint = Sha256::new();
        fingerprint.update(self.request.path().as_bytes());
        fingerprint.update(body);
        fingerprint.update(format!("{:?}", version(self.request.headers())?));
        Ok(Some(Claim {
            key: house.keys.mac(Purpose::Tokens, bound.as_bytes()),
            fingerprint: fingerprint.finalize().into(),
        }))
    }
}

/// Refuses a query that the operation has no parameters for; where it has some, `Query` checks them.
fn refuse_stray_query(request: &HttpRequest) -> Result<(), Problem> {
    let query = request.query_string();
    let document = request.app_data::<Data<Document>>();
    let document = document.ok_or_else(|| Problem::of(Code::Internal))?;
    let pattern = request.match_pattern().unwrap_or_default();
    if query.is_empty() || document.takes_query(request.method().as_str(), &pattern) {
        return Ok(());
    }
    let unknown = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| Violation {
        pointer: format!("query:{}", name.chars().take(100).collect::<String>()),
        code: "unknown".to_owned(),
        detail: "is not known here".to_owned(),
    });
    Err(Problem::invalid(unknown.collect()))
}

/// Where a request came from.
fn origin(request: &HttpRequest) -> Origin {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let address =
        request.extensions().get::<crate::api::edge::ClientAddress>().map(|at| at.0.to_string());
    Origin { request: id.unwrap_or_default(), address }
}

/// The version that `If-Match` names: `"7-a1b2c3d4"` is version 7, seen by somebody as `a1b2c3d4`.
fn version(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let mut sent = headers.get_all(IF_MATCH);
    let Some(header) = sent.next() else { return Ok(None) };
    let form =
        || Problem::header("If-Match", "an ETag of this resource as it was sent, in its quotes");
    if sent.next().is_some() {
        return Err(form());
    }
    let text = header.to_str().map_err(|_bytes| form())?;
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(form)?;
    let (version, seen) = inner.split_once('-').ok_or_else(form)?;
    if version.len() > 18
        || seen.len() != 8
        || !seen.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Err(form());
    }
    version.parse().map(Some).map_err(|_no_number| form())
}

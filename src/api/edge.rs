//! The edge: what happens to every request, whatever its path.
//!
//! In: the request's id, the client's address, the limit on headers, the rate, the bearer token. Out:
//! problems get their body, and everything gets the headers that the contract promises.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, ResponseError};
use caredesk_core::domain::code::Code;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::extract::{Bearer, RequestId};
use super::problem::Problem;
use crate::guard::place_of;
use crate::service::House;
use crate::store::Origin;

/// Most bytes of all headers together.
const HEADERS: usize = 8 * 1024;
/// What a gateway for text messages calls, which comes from few addresses and often.
const CALLS_OF_THE_GATEWAY: &str = "/hooks/sms/";

/// The network address that a request came from, past the proxies that are trusted.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// Keeps count per address.
type Limiter =
    RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

/// What the edge needs to know.
#[derive(Clone)]
pub struct Edge {
    limiter: Arc<Limiter>,
    clock: DefaultClock,
    burst: u32,
    proxies: Arc<Vec<crate::config::Network>>,
    has_gateway: bool,
}

/// What is left of an address's allowance.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    remaining: u32,
    reset: u64,
}

impl Edge {
    /// An edge that lets `per_minute` requests of one address through, `burst` of them at once.
    pub fn new(per_minute: u32, burst: u32, proxies: Vec<crate::config::Network>) -> Self {
        let one = NonZeroU32::MIN;
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(one);
        let burst = NonZeroU32::new(burst).unwrap_or(one);
        let quota = Quota::per_minute(per_minute).allow_burst(burst);
        let limiter = RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>();
        let (limiter, clock) = (Arc::new(limiter), DefaultClock::default());
        let proxies = Arc::new(proxies);
        Self { limiter, clock, burst: burst.get(), proxies, has_gateway: false }
    }

    /// As before, with a gateway or without: its calls are not counted, but those that are refused are.
    #[must_use]
    pub fn with_gateway(self, has_gateway: bool) -> Self {
        Self { has_gateway, ..self }
    }

    /// Whether a request is counted only if it is refused.
    fn is_call_of_the_gateway(&self, request: &ServiceRequest) -> bool {
        self.has_gateway && request.path().starts_with(CALLS_OF_THE_GATEWAY)
    }

    /// Forgets addresses whose allowance is full again.
    pub fn tidy(&self) {
        self.limiter.retain_recent();
    }

    /// Counts a request of an address; the seconds to wait if it is one too many.
    fn count(&self, address: IpAddr) -> Result<Allowance, i64> {
        match self.limiter.check_key(&place_of(address)) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = self.burst.saturating_sub(remaining);
                let each = state.quota().replenish_interval();
                Ok(Allowance {
                    remaining,
                    reset: each.saturating_mul(used).as_secs().saturating_add(1),
                })
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                Err(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX).saturating_add(1))
            }
        }
    }

    /// The client's address: the peer's, or what a trusted proxy says.
    fn address(&self, request: &ServiceRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        let trusted =
            |address: &IpAddr| self.proxies.iter().any(|network| network.contains(*address));
        if !trusted(&peer) {
            return Some(peer);
        }
        // From the nearest hop outwards, over every line of the header: a proxy may add one of its own.
        // What cannot be read ends it, because what stands behind it may be made up.
        let lines: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .map(|line| line.to_str().unwrap_or("?"))
            .collect();
        let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        // Some proxies add the port.
        let read = |hop: &str| {
            let address = hop.trim().parse::<IpAddr>();
            address.or_else(|_| hop.trim().parse().map(|with: SocketAddr| with.ip())).ok()
        };
        let mut known = hops.map_while(read);
        known.find(|hop| !trusted(hop)).or(Some(peer))
    }
}

/// The middleware.
///
/// # Errors
/// Only what a service further in fails with; handlers and extractors answer with responses.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    // Load balancers and mail scanners ask for the head of a page; the server sends no more of it than
    // that. The API's paths have the methods that the document names.
    if request.method() == Method::HEAD && !request.path().starts_with("/v1/") {
        request.head_mut().method = Method::GET;
    }
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let edge = request.app_data::<Data<Edge>>().cloned();
    let address = edge.as_ref().and_then(|edge| edge.address(&request));
    let address = address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
    request.extensions_mut().insert(ClientAddress(address));
    let is_call = edge.as_ref().is_some_and(|edge| edge.is_call_of_the_gateway(&request));
    let mut allowance = edge.as_ref().filter(|_| !is_call).map(|edge| edge.count(address));
    let refused = refuse_early(&request, allowance);
    let mut response = if let Some(problem) = refused {
        request.error_response(problem)
    } else {
        check_bearer(&request).await;
        next.call(request).await?.map_into_boxed_body()
    };
    if is_call && response.status().is_client_error() {
        allowance = edge.as_ref().map(|edge| edge.count(address));
        if let Some(problem) = one_too_many(allowance) {
            response = ServiceResponse::from_err(problem, response.into_parts().0);
        }
    }
    let response = with_problem_body(response, &id);
    Ok(with_headers(response, &id, edge.as_deref().map(AsRef::as_ref), allowance, began))
}

/// The id of a request: the client's, if it is well formed, else a new one.
fn request_id(request: &ServiceRequest) -> String {
    let theirs = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    let is_fine = |id: &&str| {
        (8..=64).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.')
    };
    match (theirs.filter(is_fine), request.app_data::<Data<House>>()) {
        (Some(id), _) => id.to_owned(),
        (None, Some(house)) => house.entropy.uuid(house.clock.now()).to_string(),
        (None, None) => "unknown".to_owned(),
    }
}

/// What is refused before anything else is looked at.
fn refuse_early(
    request: &ServiceRequest,
    allowance: Option<Result<Allowance, i64>>,
) -> Option<Problem> {
    let size: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len().saturating_add(value.len()))
        .sum();
    if size > HEADERS {
        return Some(Problem::of(Code::HeadersTooLarge));
    }
    one_too_many(allowance)
}

/// What is said to an address whose allowance is used up.
fn one_too_many(allowance: Option<Result<Allowance, i64>>) -> Option<Problem> {
    match allowance {
        Some(Err(seconds)) => {
            Some(Problem { retry_after: Some(seconds), ..Problem::of(Code::Throttled) })
        }
        _ => None,
    }
}

/// Checks a bearer token, if there is one, and leaves what it stands for with the request.
async fn check_bearer(request: &ServiceRequest) {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return };
    // Of two, nobody could say which one the next program would look at.
    let only = headers.next().is_none().then_some(header);
    let token = only.and_then(|header| header.to_str().ok()).and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let found = match (token, request.app_data::<Data<House>>().cloned()) {
        (Some(token), Some(house)) => {
            house.identify(&token, origin(request)).await.map_err(Problem::from)
        }
        _ => Err(Problem::of(Code::InvalidToken)),
    };
    request.extensions_mut().insert(Bearer(found));
}

/// Where a request came from, as the edge has found out by now.
fn origin(request: &ServiceRequest) -> Origin {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let address = request.extensions().get::<ClientAddress>().map(|at| at.0.to_string());
    Origin { request: id.unwrap_or_default(), address }
}

/// Writes the body of a problem, in the media type that the client takes.
fn with_problem_body(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let known = response.response().extensions().get::<Problem>().cloned();
    let problem = match known {
        Some(problem) => problem,
        None if status.is_server_error() => Problem::of(Code::Internal),
        None if status.as_u16() == 404 => Problem::of(Code::UnknownPath),
        None => return response,
    };
    let (request, mut response) = response.into_parts();
    *response.status_mut() = problem.status_code();
    let takes_only_json =
        request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(
            |accept| {
                accept.contains("application/json")
                    && !accept.contains("problem+json")
                    && !accept.contains("*/*")
                    && !accept.contains("application/*")
            },
        );
    let media = if takes_only_json { "application/json" } else { "application/problem+json" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    let body = serde_json::to_string(&problem.body(request.path(), id)).unwrap_or_default();
    ServiceResponse::new(request, response.set_body(BoxBody::new(body)))
}

/// The headers that every answer has, and the count of the request.
fn with_headers(
    mut response: ServiceResponse<BoxBody>,
    id: &str,
    edge: Option<&Edge>,
    allowance: Option<Result<Allowance, i64>>,
    began: Instant,
) -> ServiceResponse<BoxBody> {
    let operation = response.request().match_pattern().unwrap_or_else(|| "unknown".to_owned());
    crate::telemetry::request(
        response.request().method().as_str(),
        &operation,
        response.status().as_u16(),
        began.elapsed(),
    );
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let limit = u64::from(edge.map_or(0, |edge| edge.burst));
    let (remaining, reset) = match allowance {
        Some(Ok(allowance)) => (u64::from(allowance.remaining), allowance.reset),
        Some(Err(seconds)) => (0, u64::try_from(seconds).unwrap_or(1)),
        None => (limit, 0),
    };
    for (name, value) in
        [("ratelimit-limit", limit), ("ratelimit-remaining", remaining), ("ratelimit-reset", reset)]
    {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    response
}

/// How often the edge forgets idle addresses.
pub const TIDY_EVERY: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    /// Whom the edge takes a request for, that came from a trusted proxy with these lines.
    fn client(lines: &[&str]) -> String {
        let proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let mut request = TestRequest::default().peer_addr(([10, 0, 0, 1], 4711).into());
        for line in lines {
            request = request.append_header(("x-forwarded-for", *line));
        }
        Edge::new(1, 1, proxies).address(&request.to_srv_request()).unwrap().to_string()
    }

    #[test]
    fn the_client_is_the_nearest_hop_that_is_no_proxy_of_ours() {
        assert_eq!(client(&[]), "10.0.0.1");
        assert_eq!(client(&["203.0.113.7"]), "203.0.113.7");
        assert_eq!(client(&["203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(client(&["198.51.100.9, 203.0.113.7, 10.0.0.2"]), "203.0.113.7");
    }

    #[test]
    fn what_a_client_made_up_is_not_believed() {
        // A proxy that adds a line of its own behind the client's.
        assert_eq!(client(&["198.51.100.9", "203.0.113.7"]), "203.0.113.7");
        // A hop that cannot be read: what stands behind it may be anybody's.
        assert_eq!(client(&["198.51.100.9, garbage"]), "10.0.0.1");
        assert_eq!(client(&["198.51.100.9, unknown, 10.0.0.2"]), "10.0.0.1");
    }
}

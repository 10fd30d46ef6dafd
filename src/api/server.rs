//! The HTTP server: every room to the left put together.

use std::net::TcpListener;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use actix_web::{App, HttpRequest, HttpServer};
use caredesk_core::domain::code::Code;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

use super::document::Document;
use super::edge::{self, Edge};
use super::extract::Schemas;
use super::hooks::{Callbacks, InboundMail};
use super::problem::Problem;
use super::span::QuietSpan;
use super::{hooks, pages, routes};
use crate::config::Network;
use crate::service::House;

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where clients find it; links in messages begin with this.
    pub public_url: String,
    /// Which web pages may call it from a browser.
    pub cors_origins: Vec<String>,
    /// Whose word on the client's address counts.
    pub trusted_proxies: Vec<Network>,
    /// Requests a minute that one address may make.
    pub rate_per_minute: u32,
    /// Requests that one address may make at once.
    pub rate_burst: u32,
    /// Threads that serve HTTP.
    pub workers: usize,
    /// How long requests may take to finish when the server stops.
    pub shutdown: Duration,
    /// How calls of the gateway for text messages are known, if there is one.
    pub callbacks: Option<Callbacks>,
    /// How answers by email are taken, if they are.
    pub inbound_mail: Option<InboundMail>,
}

/// What all workers share.
#[derive(Clone)]
pub struct Shared {
    house: Data<House>,
    schemas: Data<Schemas>,
    document: Data<Document>,
    edge: Data<Edge>,
    callbacks: Data<Option<Callbacks>>,
    inbound_mail: Data<Option<InboundMail>>,
    cors_origins: Vec<String>,
}

impl Shared {
    /// Puts together what the workers share.
    pub fn new(house: House, options: &Options) -> Self {
        let document = Document::generate();
        let edge =
            Edge::new(options.rate_per_minute, options.rate_burst, options.trusted_proxies.clone())
                .with_gateway(options.callbacks.is_some());
        Self {
            house: Data::new(house),
            schemas: Data::new(Schemas::of(&document.value)),
            document: Data::new(document),
            edge: Data::new(edge),
            callbacks: Data::new(options.callbacks.clone()),
            inbound_mail: Data::new(options.inbound_mail.clone()),
            cors_origins: options.cors_origins.clone(),
        }
    }
}

/// Starts the server on a socket that is bound already.
///
/// # Errors
/// The socket cannot be used.
pub fn run(house: House, options: &Options, listener: TcpListener) -> std::io::Result<Server> {
    let shared = Shared::new(house, options);
    let edge = shared.edge.clone();
    let server = HttpServer::new(move || app(shared.clone()))
        .workers(options.workers)
        .worker_max_blocking_threads(2)
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .h1_allow_half_closed(false)
        .shutdown_timeout(options.shutdown.as_secs())
        .disable_signals()
        .listen(listener)?
        .run();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(edge::TIDY_EVERY).await;
            edge.tidy();
        }
    });
    Ok(server)
}

/// The application of one worker.
fn app(
    shared: Shared,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let (app, _) = App::new()
        .app_data(shared.house)
        .app_data(shared.schemas)
        .app_data(shared.document)
        .app_data(shared.edge)
        .app_data(shared.callbacks)
        .app_data(shared.inbound_mail)
        .into_utoipa_app()
        .service(utoipa_actix_web::scope("/v1").configure(routes))
        .split_for_parts();
    app.configure(hooks::routes)
        .configure(pages::routes)
        .default_service(actix_web::web::to(unknown))
        .wrap(Compress::default())
        .wrap(from_fn(edge::edge))
        .wrap(cors(&shared.cors_origins))
        .wrap(TracingLogger::<QuietSpan>::new())
}

/// A path or method that no operation has.
async fn unknown(request: HttpRequest, document: Data<Document>) -> Result<&'static str, Problem> {
    let allowed = document.methods_of(request.path());
    if allowed.is_empty() {
        return Err(Problem::of(Code::UnknownPath));
    }
    Err(Problem { allow: Some(allowed.join(", ")), ..Problem::of(Code::MethodNotAllowed) })
}

/// Which pages may call from a browser, and what they may see.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH])
        .allowed_header("idempotency-key")
        .allowed_header("x-request-id")
        .expose_headers([ETAG, LOCATION, RETRY_AFTER])
        .expose_headers([
            "x-request-id",
            "idempotent-replayed",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
        ])
        .block_on_origin_mismatch(false)
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// The document's generator mounts the same routes.
pub(super) fn collect(openapi: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let (_, collected) = App::new()
        .into_utoipa_app()
        .openapi(openapi)
        .service(utoipa_actix_web::scope("/v1").configure(routes))
        .split_for_parts();
    collected
}

//! The span of a request in the log: no query string, no token, no personal data.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::extract::RequestId;
use actix_web::HttpMessage;

/// Names method, route pattern, request id and status, and nothing else.
pub(super) struct QuietSpan;

impl RootSpanBuilder for QuietSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
        tracing::info_span!(
            "request",
            method = %request.method(),
            route,
            request_id = tracing::field::Empty,
            status = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        if let Ok(response) = outcome {
            span.record("status", response.status().as_u16());
            if let Some(id) = response.request().extensions().get::<RequestId>() {
                span.record("request_id", id.0.as_str());
            }
            span.in_scope(|| tracing::info!("answered"));
        }
    }
}

//! A job as a stream of server-sent events.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use actix_web::web::Bytes;
use futures_util::stream;

use crate::api::problem::Problem;
use crate::api::views::job::JobSummary;
use crate::service::Seat;
use crate::service::jobs::Watched;
use crate::store::jobs::Job;

/// How often something is sent while nothing happens, so that nobody takes the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The answer that shows a job until it is over.
pub(super) fn stream(watched: Watched) -> HttpResponse {
    let Watched { job, seat } = watched;
    let first = event(&job);
    let start = (Some(first), seat);
    let events = stream::unfold(start, async |(first, seat)| match (first, seat) {
        (Some(first), seat) => Some((Ok::<_, Problem>(first), (None, seat))),
        (None, Some(mut seat)) => {
            let bytes = next(&mut seat).await?;
            Some((Ok(bytes), (None, Some(seat))))
        }
        (None, None) => None,
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        // Compressed it would be held back until there is enough of it; so would some proxies do.
        .insert_header((CONTENT_ENCODING, HeaderValue::from_static("identity")))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events))
}

/// What is sent next; none at the end.
async fn next(seat: &mut Seat) -> Option<Bytes> {
    match tokio::time::timeout(HEARTBEAT, seat.next()).await {
        Ok(changed) => changed.map(|job| event(&job)),
        Err(_quiet) => Some(Bytes::from_static(b":\n\n")),
    }
}

/// A job as an event. JSON has no line breaks, so its data is one line.
fn event(job: &Job) -> Bytes {
    let data = serde_json::to_string(&JobSummary::of(job)).unwrap_or_default();
    Bytes::from(format!("id: {}\nevent: job\ndata: {data}\n\n", job.version))
}

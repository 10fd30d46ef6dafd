//! What an operator watches: logs on standard error, and metrics on a port of their own.
//!
//! Imports no room, so every room may name its [`metric`]s. No label and no log names a person: labels
//! are operations, statuses and queues.
//!
//! The listener is a few lines of our own: the exporter's brings hyper, a second HTTP stack, and the
//! API's must not carry this.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, histogram};

/// The names of the metrics.
pub mod metric {
    /// Counter, by [`OPERATION`] and [`STATUS`]: requests that were answered.
    pub const REQUESTS: &str = "caredesk_requests_total";
    /// Histogram, by [`OPERATION`]: seconds from the first byte of a request to its answer.
    pub const REQUEST_SECONDS: &str = "caredesk_request_duration_seconds";
    /// Gauge, by [`QUEUE`]: requests that wait for a database connection.
    pub const DATABASE_WAITING: &str = "caredesk_database_waiting";
    /// Gauge: seconds since the sealer of the audit last had nothing left to do.
    pub const SEALER_LAG: &str = "caredesk_audit_sealer_lag_seconds";
    /// Counter: audit entries that this instance sealed.
    pub const SEALED: &str = "caredesk_audit_sealed_total";
    /// Counter: password hashes that this instance made.
    pub const HASHES: &str = "caredesk_password_hashes_total";
    /// Counter, by [`JOB`]: runs of a job that failed.
    pub const JOB_FAILURES: &str = "caredesk_job_failures_total";

    /// Counter, by [`KIND`], [`METHOD`] and [`OUTCOME`]: attempts to send a message.
    pub const MESSAGES: &str = "caredesk_messages_total";
    /// Gauge: messages that wait to be sent.
    pub const MESSAGES_WAITING: &str = "caredesk_messages_waiting";

    /// Label: method and route pattern, such as `GET /v1/tenants/{tenant_id}`.
    pub const OPERATION: &str = "operation";
    /// Label: the status code.
    pub const STATUS: &str = "status";
    /// Label: `read` or `write`.
    pub const QUEUE: &str = "queue";
    /// Label: the job's name.
    pub const JOB: &str = "job";
    /// Label: what a message is about.
    pub const KIND: &str = "kind";
    /// Label: how a message travels.
    pub const METHOD: &str = "method";
    /// Label: `sent`, `failed`, or `put_off` until another attempt.
    pub const OUTCOME: &str = "outcome";
}

/// Upper ends of the duration's buckets, in seconds: from a read out of the cache to the longest wait.
const BUCKETS: [f64; 14] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// How often old samples are put together.
const UPKEEP: Duration = Duration::from_secs(5);
/// Longest head of a request that is read.
const HEAD: usize = 4_096;
/// How long a scraper may take over its request and over reading the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Scrapers at once; a port of its own is no reason to hold the process's sockets.
const SCRAPERS: usize = 8;

/// Sends logs to standard error: an object a line for programs, or text for people.
///
/// # Errors
/// The filter cannot be read. Logs that somebody in this process set up before stay as they are.
pub fn log(is_json: bool, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(filter)?;
    let is_seen = std::io::stderr().is_terminal();
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_seen)
        .with_writer(std::io::stderr);
    let begun = if is_json {
        logs.json().flatten_event(true).with_span_list(false).try_init()
    } else {
        logs.compact().with_target(false).try_init()
    };
    if let Err(error) = begun {
        tracing::debug!(%error, "logs were set up before");
    }
    Ok(())
}

/// Starts to keep what the program counts.
///
/// # Errors
/// Somebody in this process keeps it already.
pub fn record() -> Result<PrometheusHandle, BuildError> {
    let duration = Matcher::Full(metric::REQUEST_SECONDS.to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(duration, &BUCKETS)?;
    let handle = builder.install_recorder()?;
    describe_counter!(metric::REQUESTS, "Requests answered, by operation and status");
    describe_histogram!(metric::REQUEST_SECONDS, "Seconds from request to answer, by operation");
    describe_gauge!(metric::DATABASE_WAITING, "Requests that wait for a database connection");
    describe_counter!(metric::HASHES, "Password hashes made, to keep or to compare");
    describe_gauge!(metric::SEALER_LAG, "Seconds since the audit's sealer had nothing left to do");
    describe_counter!(metric::SEALED, "Audit entries sealed by this instance");
    describe_counter!(metric::JOB_FAILURES, "Runs of jobs that failed, by job");
    describe_counter!(metric::MESSAGES, "Attempts to send a message, by kind, method and outcome");
    describe_gauge!(metric::MESSAGES_WAITING, "Messages that wait to be sent");
    Ok(handle)
}

/// Counts a request that was answered, and how long it took. `operation` is the route's pattern or name,
/// never the path: that holds ids.
pub fn request(method: &str, operation: &str, status: u16, took: Duration) {
    // Anybody can invent methods, and each would be a series of its own.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = known.into_iter().find(|known| *known == method).unwrap_or("OTHER");
    let operation = format!("{method} {operation}");
    let status = status.to_string();
    histogram!(metric::REQUEST_SECONDS, metric::OPERATION => operation.clone())
        .record(took.as_secs_f64());
    counter!(metric::REQUESTS, metric::OPERATION => operation, metric::STATUS => status)
        .increment(1);
}

/// Binds the port of the metrics. Must be called within a runtime.
///
/// # Errors
/// The port is taken, or not ours to take.
pub fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Shows the metrics at `/metrics` for as long as it is polled. `sample` is called before each answer
/// and sets what is known only when somebody asks: the lengths of queues.
pub async fn show(listener: TcpListener, handle: PrometheusHandle, sample: impl Fn()) {
    let scrapers = Arc::new(Semaphore::new(SCRAPERS));
    let mut upkeep = tokio::time::interval(UPKEEP);
    loop {
        tokio::select! {
            _ = upkeep.tick() => handle.run_upkeep(),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let Ok(place) = Arc::clone(&scrapers).try_acquire_owned() else { continue };
                    sample();
                    let handle = handle.clone();
                    tokio::spawn(async move {
                        let answered = tokio::time::timeout(PATIENCE, answer(stream, &handle)).await;
                        tracing::debug!(?answered, "metrics were asked for");
                        drop(place);
                    });
                }
                Err(error) => {
                    // Out of file descriptors, most likely; asking again at once would not help.
                    tracing::warn!(%error, "the metrics cannot be asked for");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
        }
    }
}

/// Reads a request's head and answers it, once.
async fn answer(mut stream: TcpStream, handle: &PrometheusHandle) -> std::io::Result<()> {
    let mut head = Vec::with_capacity(HEAD);
    while head.len() < HEAD && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 512];
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Ok(());
        }
        head.extend_from_slice(part.get(..read).unwrap_or_default());
    }
    let (status, body) = match line(&head) {
        Some(("GET", "/metrics")) => ("200 OK", handle.render()),
        Some(("GET", _)) => ("404 Not Found", "metrics are at /metrics\n".to_owned()),
        Some(_) => ("405 Method Not Allowed\r\nAllow: GET", String::new()),
        None => ("400 Bad Request", String::new()),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// Method and path of a request.
fn line(head: &[u8]) -> Option<(&str, &str)> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    Some((method, target.split('?').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_is_read_and_nonsense_is_not() {
        assert_eq!(
            line(b"GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n"),
            Some(("GET", "/metrics"))
        );
        for bad in ["", "GET", "GET /metrics", "GET /metrics SIP/2.0\r\n", "\r\n\r\n"] {
            assert_eq!(line(bad.as_bytes()), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn metrics_are_shown_at_their_path_only() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            metrics::gauge!(metric::DATABASE_WAITING, metric::QUEUE => "read").set(3.0);
        });
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let shown = tokio::spawn(show(listener, handle, || ()));
        let ask = async |request: &str| {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let metrics = ask("GET /metrics HTTP/1.1\r\n\r\n").await;
        assert!(metrics.starts_with("HTTP/1.1 200 OK"), "{metrics}");
        assert!(metrics.contains("caredesk_database_waiting{queue=\"read\"} 3"), "{metrics}");
        assert!(ask("GET / HTTP/1.1\r\n\r\n").await.starts_with("HTTP/1.1 404"));
        assert!(ask("POST /metrics HTTP/1.1\r\n\r\n").await.starts_with("HTTP/1.1 405"));
        assert!(ask("nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
        shown.abort();
    }
}

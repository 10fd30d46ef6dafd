//! Load over kept-alive connections, with as little client as possible.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::{Processes, Server};

/// A kind of request.
#[derive(Clone)]
pub(crate) struct Run {
    address: String,
    make: Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>,
    /// Who is told to come back does so a second later, as clients do.
    is_patient: bool,
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Requests a second that were answered well.
    pub(crate) rate: f64,
    /// Requests a second that were answered at all.
    pub(crate) tried: f64,
    /// CPU microseconds a request, server and database.
    pub(crate) cpu_us: f64,
    /// Milliseconds that 99 of 100 answers took at most.
    pub(crate) p99_ms: f64,
    /// Requests that were not answered with 2xx.
    pub(crate) refused: u64,
}

/// Makes bodies differ over a whole run.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Run {
    /// The same GET again and again.
    pub(crate) fn get(server: &Server, path: &str, token: Option<&str>) -> Self {
        let request = head("GET", path, token, None);
        Self {
            address: server.address.clone(),
            make: Arc::new(move |_| request.clone().into_bytes()),
            is_patient: false,
        }
    }

    /// A POST of a new tenant, each with a short name of its own.
    pub(crate) fn create(server: &Server, path: &str, token: Option<&str>) -> Self {
        let (path, token) = (path.to_owned(), token.map(str::to_owned));
        let make = move |number| {
            let body = format!(
                r#"{{"slug":"bench-{number}","name":"Bench {number}","kind":"camp","notification_address":"office@bench.example","contacts":[],"owners":[{{"name":"Olga Owner","email":"olga@bench.example"}}]}}"#
            );
            (head("POST", &path, token.as_deref(), Some(body.len())) + &body).into_bytes()
        };
        Self { address: server.address.clone(), make: Arc::new(make), is_patient: false }
    }

    /// The same POST again and again by some people in turn, each with a key of its own that keeps it from happening
    /// twice.
    pub(crate) fn post(server: &Server, path: &str, tokens: Vec<String>, body: &str) -> Self {
        let (path, body) = (path.to_owned(), body.to_owned());
        let make = move |number: u64| {
            let turn = usize::try_from(number).expect("a count").checked_rem(tokens.len());
            let token = turn.and_then(|turn| tokens.get(turn)).map(String::as_str);
            let mut request = head("POST", &path, token, Some(body.len()));
            let key = format!("idempotency-key: bench-{}-{number}\r\n", std::process::id());
            request.insert_str(request.len().saturating_sub(2), &key);
            (request + &body).into_bytes()
        };
        Self { address: server.address.clone(), make: Arc::new(make), is_patient: false }
    }

    /// A sign-in with a password that is wrong, of one name of the desk or of a new one each time.
    pub(crate) fn sign_in(server: &Server, name: Option<&str>) -> Self {
        let name = name.map(str::to_owned);
        let make = move |number| {
            let name = name.clone().unwrap_or_else(|| format!("nobody{number}@bench.example"));
            let body = format!(
                r#"{{"realm":"desk","name":"{name}","password":"violet tractor 93 sings at dawn"}}"#
            );
            (head("POST", "/v1/sessions", None, Some(body.len())) + &body).into_bytes()
        };
        Self { address: server.address.clone(), make: Arc::new(make), is_patient: true }
    }

    /// Sends for some seconds over some connections.
    pub(crate) async fn measure(&self, clients: usize, seconds: f64, whose: Processes) -> Figures {
        let until = Instant::now() + Duration::from_secs_f64(seconds);
        let (began, cpu) = (Instant::now(), whose.cpu_seconds());
        let mut tasks = Vec::with_capacity(clients);
        for _ in 0..clients {
            tasks.push(tokio::spawn(client(self.clone(), until)));
        }
        let (mut times, mut refused) = (Vec::new(), 0);
        for task in tasks {
            let (mine, mine_refused) = task.await.expect("a client ends well");
            times.extend(mine);
            refused += mine_refused;
        }
        let (took, cpu) = (began.elapsed().as_secs_f64(), whose.cpu_seconds() - cpu);
        times.sort_by(f64::total_cmp);
        let answered = times.len().max(1);
        let p99 = times.get(answered * 99 / 100).copied().unwrap_or(f64::NAN);
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "counts of a few seconds"
        )]
        let (count, tried) = (answered as f64, times.len() as f64 + refused as f64);
        let (rate, tried) = (count / took, tried / took);
        Figures { rate, tried, cpu_us: cpu * 1e6 / count, p99_ms: p99 * 1000.0, refused }
    }
}

/// The head of a request.
fn head(method: &str, path: &str, token: Option<&str>, length: Option<usize>) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n");
    if let Some(token) = token {
        head += &format!("authorization: Bearer {token}\r\n");
    }
    if let Some(length) = length {
        head += &format!("content-type: application/json\r\ncontent-length: {length}\r\n");
    }
    head + "\r\n"
}

/// One connection's requests, one after the other: seconds of each good answer, and how many were not.
async fn client(run: Run, until: Instant) -> (Vec<f64>, u64) {
    let mut stream = TcpStream::connect(&run.address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket");
    let (mut times, mut refused, mut buffer) = (Vec::new(), 0, Vec::with_capacity(64 * 1024));
    while Instant::now() < until {
        let request = (run.make)(NEXT.fetch_add(1, Ordering::Relaxed));
        let began = Instant::now();
        stream.write_all(&request).await.expect("the server takes it");
        let status = answer(&mut stream, &mut buffer).await;
        let is_fine = (200..300).contains(&status);
        if is_fine {
            times.push(began.elapsed().as_secs_f64());
        } else {
            refused += 1;
        }
        if run.is_patient && status == 503 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    (times, refused)
}

/// The body of one good answer.
pub(crate) async fn get(server: &Server, path: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
    let request = head("GET", path, Some(token), None);
    stream.write_all(request.as_bytes()).await.expect("the server takes it");
    let mut buffer = Vec::new();
    assert_eq!(answer(&mut stream, &mut buffer).await, 200, "{path}");
    let text = String::from_utf8(buffer).expect("text");
    text.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

/// Sends one POST that makes something.
pub(crate) async fn post(server: &Server, path: &str, token: &str, body: &str) {
    let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
    let request = head("POST", path, Some(token), Some(body.len())) + body;
    stream.write_all(request.as_bytes()).await.expect("the server takes it");
    let mut buffer = Vec::new();
    let status = answer(&mut stream, &mut buffer).await;
    assert_eq!(status, 201, "{path}: {}", String::from_utf8_lossy(&buffer));
}

/// Reads one answer; its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.expect("the server answers");
        assert!(read > 0, "the server hung up");
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head =
            String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        if buffer.len() >= end + 4 + length.unwrap_or(0) {
            let status =
                head.strip_prefix("http/1.1 ").and_then(|head| head.get(..3)?.parse().ok());
            return status.expect("a status");
        }
    }
}

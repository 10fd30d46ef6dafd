//! A client that speaks HTTP by hand, for what no well-behaved client would send.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::answer::Answer;
use super::app::App;

impl App {
    /// An open connection.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.base.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends bytes as they are; the answer to them, if one comes before the connection is closed.
    pub(crate) fn wire(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // The server may answer and hang up before it has read everything.
        drop(stream.write_all(bytes));
        read(&mut stream)
    }

    /// Sends a request and hangs up without waiting for anything.
    pub(crate) fn send_and_hang_up(&self, bytes: &[u8]) {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        drop(stream.shutdown(Shutdown::Both));
    }
}

/// A request by hand: its headers and a body of this length.
pub(crate) fn request(line: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{line} HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    if !body.is_empty() {
        bytes.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

/// Reads one answer, until the server hangs up.
pub(crate) fn read(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes)); // what came before a reset counts
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, raw) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or("no answer");
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    }
    let status =
        StatusCode::from_bytes(status.as_bytes()).unwrap_or_else(|_| panic!("no answer: {text:?}"));
    let body = serde_json::from_str(raw).unwrap_or(Value::Null);
    Answer { status, headers, body, raw: raw.to_owned() }
}

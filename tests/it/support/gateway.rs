//! A gateway for text messages on loopback: the protocol is Twilio's, the answers are the test's.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The account at the gateway.
pub(crate) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
/// Whom messages come from.
pub(crate) const FROM: &str = "+15550109999";

/// What the gateway does with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes it, and says nothing for longer than anybody waits.
    IsSlow,
    /// Takes it, and hangs up without a word.
    HangsUp,
    /// Takes it, and answers what is no JSON.
    Babbles,
    /// Answers with a status and, in its body, with a code.
    Answers(u16, u32),
    /// Leads elsewhere.
    Redirects(String),
    /// Takes it, and says what became of it before it answers.
    TellsFirst(&'static str),
}

/// A message as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) body: String,
    pub(crate) callback: String,
    /// What the gateway calls it.
    pub(crate) sid: String,
}

impl Text {
    /// The id of our message, as the callback names it.
    pub(crate) fn id(&self) -> &str {
        self.callback.rsplit_once('=').unwrap().1
    }
}

#[derive(Default)]
struct State {
    moods: VecDeque<Mood>,
    received: Vec<Text>,
    asked: usize,
}

/// A running gateway; its threads end with the process.
pub(crate) struct Gateway {
    address: SocketAddr,
    token: String,
    state: Arc<Mutex<State>>,
}

impl Gateway {
    /// Takes a port, and every message unless told otherwise; signs with a token.
    pub(crate) fn start(token: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let (shared, secret) = (Arc::clone(&state), token.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, secret) = (Arc::clone(&shared), secret.clone());
                std::thread::spawn(move || drop(talk(&stream, &state, &secret)));
            }
        });
        Self { address, token: token.to_owned(), state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the next messages meet, one after the other; those after them are taken.
    pub(crate) fn meets(&self, moods: impl IntoIterator<Item = Mood>) {
        self.state.lock().unwrap().moods.extend(moods);
    }

    /// Every message that it took.
    pub(crate) fn received(&self) -> Vec<Text> {
        self.state.lock().unwrap().received.clone()
    }

    /// How often it was asked to take one.
    pub(crate) fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    /// Says what became of a message; the status of the answer.
    pub(crate) async fn tells(&self, text: &Text, status: &str, code: Option<u32>) -> u16 {
        let (url, token) = (text.callback.clone(), self.token.clone());
        let fields = report(&text.sid, status, code);
        tokio::task::spawn_blocking(move || call(&url, &token, &fields)).await.unwrap()
    }

    /// Passes on what somebody answered; the status of the answer.
    pub(crate) async fn passes_on(&self, base: &str, from: &str, body: &str) -> u16 {
        let (url, token) = (format!("{base}/hooks/sms/inbound"), self.token.clone());
        let fields = [("MessageSid", "SM9"), ("From", from), ("To", FROM), ("Body", body)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        tokio::task::spawn_blocking(move || call(&url, &token, &fields)).await.unwrap()
    }
}

/// The fields of a status callback.
fn report(sid: &str, status: &str, code: Option<u32>) -> Vec<(String, String)> {
    let mut fields = vec![
        ("MessageSid".to_owned(), sid.to_owned()),
        ("MessageStatus".to_owned(), status.to_owned()),
        ("AccountSid".to_owned(), ACCOUNT.to_owned()),
        ("From".to_owned(), FROM.to_owned()),
    ];
    fields.extend(code.map(|code| ("ErrorCode".to_owned(), code.to_string())));
    fields
}

/// The signature of a call.
pub(crate) fn signature(url: &str, token: &str, fields: &[(String, String)]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    let mut sorted = fields.to_vec();
    sorted.sort();
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64.encode(&mac.finalize().into_bytes())
}

/// Calls a hook over a socket of its own; the status of the answer.
fn call(url: &str, token: &str, fields: &[(String, String)]) -> u16 {
    let rest = url.strip_prefix("http://").expect("a hook of a test is on this machine");
    let (host, path) = rest.split_once('/').unwrap();
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nX-Twilio-Signature: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        signature(url, token, fields),
        body.len()
    )
    .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

/// One connection: one request, one answer.
#[expect(clippy::too_many_lines, reason = "an answer for each mood reads better in one place")]
fn talk(stream: &TcpStream, state: &Arc<Mutex<State>>, token: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => value.clone_into(&mut authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mood = {
        let mut state = state.lock().unwrap();
        state.asked += 1;
        state.moods.pop_front()
    };
    let answer = |status: u16, headers: &str, body: &str| {
        let mut writer = stream;
        write!(
            writer,
            "HTTP/1.1 {status} Said\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    match &mood {
        Some(Mood::Answers(status, code)) => {
            return answer(
                *status,
                "",
                &format!("{{\"code\":{code},\"message\":\"no to +1555\"}}"),
            );
        }
        Some(Mood::Redirects(to)) => return answer(307, &format!("Location: {to}\r\n"), ""),
        _ => {}
    }
    let field = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(&body);
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap()
    };
    let sid = format!("SM{:032}", state.lock().unwrap().received.len());
    let text = Text {
        path,
        authorization,
        to: field("To"),
        from: field("From"),
        body: field("Body"),
        callback: field("StatusCallback"),
        sid: sid.clone(),
    };
    state.lock().unwrap().received.push(text.clone());
    match mood {
        Some(Mood::IsSlow) => {
            std::thread::sleep(Duration::from_mins(1)); // its client has gone long before
            Ok(())
        }
        Some(Mood::HangsUp) => Ok(()),
        Some(Mood::Babbles) => answer(201, "", "{\"sid\": \"SM1"),
        Some(Mood::TellsFirst(status)) => {
            assert_eq!(call(&text.callback, token, &report(&sid, status, None)), 204);
            answer(201, "", &format!("{{\"sid\":\"{sid}\",\"status\":\"queued\"}}"))
        }
        _ => answer(201, "", &format!("{{\"sid\":\"{sid}\",\"status\":\"queued\"}}")),
    }
}

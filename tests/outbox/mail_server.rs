//! A mail server on loopback: the protocol is mailin's, the answers are the test's.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mailin::response::{INTERNAL_ERROR, NO_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};

/// What the server does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes it, reads it, and hangs up without a word.
    HangsUp,
    /// Reads it, and says to come back later (451).
    IsBusy,
    /// Knows nobody of that name (550).
    KnowsNobody,
}

/// A message as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Default)]
struct State {
    moods: VecDeque<Mood>,
    received: Vec<Received>,
    greeted: usize,
}

/// A running server; its thread ends with the process.
pub(crate) struct MailServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl MailServer {
    /// Takes a port, and every message unless told otherwise.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || drop(talk(&stream, &state)));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What the next messages meet, one after the other; those after them are taken.
    pub(crate) fn meets(&self, moods: impl IntoIterator<Item = Mood>) {
        self.state.lock().unwrap().moods.extend(moods);
    }

    /// Every message that was read to its end, also those that were not taken.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// How many clients said who they are.
    pub(crate) fn greeted(&self) -> usize {
        self.state.lock().unwrap().greeted
    }
}

/// One connection.
fn talk(stream: &TcpStream, state: &Arc<Mutex<State>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let handler = Session { state: Arc::clone(state), mood: None, message: None };
    let here = IpAddr::from([127, 0, 0, 1]);
    let mut session = SessionBuilder::new("mail.example").build(here, handler);
    session.greeting().write_to(&mut writer)?;
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let response = session.process(&line);
        line.clear();
        if response.code == HANGS_UP {
            return Ok(());
        }
        response.write_to(&mut writer)?;
        if response.action == Action::Close {
            return Ok(());
        }
    }
    Ok(())
}

/// Stands for hanging up; never said.
const HANGS_UP: u16 = 999;

/// What the server does in one session.
struct Session {
    state: Arc<Mutex<State>>,
    mood: Option<Mood>,
    message: Option<Received>,
}

impl Handler for Session {
    fn helo(&mut self, _: IpAddr, _: &str) -> Response {
        self.state.lock().unwrap().greeted += 1;
        OK
    }

    fn mail(&mut self, _: IpAddr, _: &str, _: &str) -> Response {
        self.mood = self.state.lock().unwrap().moods.pop_front();
        OK
    }

    fn rcpt(&mut self, _: &str) -> Response {
        if self.mood == Some(Mood::KnowsNobody) { NO_MAILBOX } else { OK }
    }

    fn data_start(&mut self, _: &str, from: &str, _: bool, to: &[String]) -> Response {
        self.message = Some(Received { from: from.to_owned(), to: to.to_vec(), bytes: Vec::new() });
        OK
    }

    fn data(&mut self, part: &[u8]) -> std::io::Result<()> {
        self.message.as_mut().unwrap().bytes.extend_from_slice(part);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.state.lock().unwrap().received.push(self.message.take().unwrap());
        match self.mood {
            Some(Mood::HangsUp) => Response::custom(HANGS_UP, String::new()),
            Some(Mood::IsBusy) => INTERNAL_ERROR,
            _ => OK,
        }
    }
}

//! A mail server on loopback: the protocol is mailin's, the answers are the test's.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mailin::response::{INTERNAL_ERROR, NO_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the server does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes it, reads it, and hangs up without a word.
    HangsUp,
    /// Reads it, and says to come back later (451).
    IsBusy,
    /// Takes nothing for that name, for whatever reason (550).
    KnowsNobody,
    /// Knows nobody of that name (550 5.1.1).
    KnowsNoSuchUser,
    /// Does not like what it reads (554 5.7.1).
    RefusesTheText,
    /// Does not like who writes (550 5.1.8).
    RefusesTheSender,
    /// Takes nothing from this machine (554 as the greeting).
    TurnsAway,
    /// Takes nothing to others from this machine (550 5.7.1).
    RefusesToRelay,
    /// Takes nothing so large (552 5.3.4).
    HasNoRoom,
}

/// How the way to the server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encrypted {
    /// Not at all.
    No,
    /// By TLS from the first byte.
    FromTheStart,
    /// By TLS after STARTTLS.
    AfterStartTls,
}

/// An authority of the test's own, and a certificate for this machine that it signed.
pub(crate) struct Authority {
    certificate: rcgen::Certificate,
    tls: Arc<ServerConfig>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of a test");
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let here = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let own = KeyPair::generate().unwrap();
        let signed = here.signed_by(&own, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![signed.der().clone()],
                PrivatePkcs8KeyDer::from(own.serialize_der()).into(),
            )
            .unwrap();
        Self { certificate, tls: Arc::new(tls) }
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.certificate.pem().into_bytes()
    }
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
    encrypted: Encrypted,
    state: Arc<Mutex<State>>,
}

impl MailServer {
    /// Takes a port, and every message unless told otherwise.
    pub(crate) fn start() -> Self {
        Self::listen(Encrypted::No, None)
    }

    /// As [`Self::start`], with the certificate of an authority.
    pub(crate) fn start_encrypted(encrypted: Encrypted, authority: &Authority) -> Self {
        Self::listen(encrypted, Some(Arc::clone(&authority.tls)))
    }

    fn listen(encrypted: Encrypted, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                std::thread::spawn(move || drop(talk(stream, (encrypted, tls), &state)));
            }
        });
        Self { address, encrypted, state }
    }

    pub(crate) fn url(&self) -> String {
        let port = self.address.port();
        match self.encrypted {
            Encrypted::No => format!("smtp://{}", self.address),
            Encrypted::FromTheStart => format!("smtps://localhost:{port}"),
            Encrypted::AfterStartTls => format!("smtp://localhost:{port}?tls=required"),
        }
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

/// Something that is read and written.
trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// A wire with TLS on it.
fn wrapped(stream: TcpStream, tls: Arc<ServerConfig>) -> Box<dyn Wire> {
    Box::new(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream))
}

/// One connection.
fn talk(
    stream: TcpStream,
    (encrypted, tls): (Encrypted, Option<Arc<ServerConfig>>),
    state: &Arc<Mutex<State>>,
) -> std::io::Result<()> {
    let turns_away = state.lock().unwrap().moods.pop_front_if(|mood| *mood == Mood::TurnsAway);
    let handler = Session { state: Arc::clone(state), mood: None, message: None };
    let here = IpAddr::from([127, 0, 0, 1]);
    let mut builder = SessionBuilder::new("mail.example");
    if encrypted == Encrypted::AfterStartTls {
        builder.enable_start_tls();
    }
    let mut session = builder.build(here, handler);
    let bare = stream.try_clone()?;
    let mut wire: BufReader<Box<dyn Wire>> = BufReader::new(match (&tls, encrypted) {
        (Some(tls), Encrypted::FromTheStart) => wrapped(stream, Arc::clone(tls)),
        _ => Box::new(stream),
    });
    if turns_away.is_some() {
        return say(&Response::custom(554, "no service for you".to_owned()), &mut wire);
    }
    say(&session.greeting(), &mut wire)?;
    let mut line = Vec::new();
    while wire.read_until(b'\n', &mut line)? > 0 {
        let response = session.process(&line);
        line.clear();
        if response.code == HANGS_UP {
            return Ok(());
        }
        say(&response, &mut wire)?;
        match (&response.action, &tls) {
            (Action::Close, _) => return Ok(()),
            (Action::UpgradeTls, Some(tls)) => {
                wire = BufReader::new(wrapped(bare.try_clone()?, Arc::clone(tls)));
                session.tls_active();
            }
            _ => {}
        }
    }
    Ok(())
}

/// Says something, as a whole.
fn say(response: &Response, wire: &mut BufReader<Box<dyn Wire>>) -> std::io::Result<()> {
    let mut said = Vec::new();
    response.write_to(&mut said)?;
    wire.get_mut().write_all(&said)?;
    wire.get_mut().flush()
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
        match self.mood {
            Some(Mood::RefusesTheSender) => Response::custom(550, "5.1.8 not from you".to_owned()),
            Some(Mood::HasNoRoom) => Response::custom(552, "5.3.4 too large".to_owned()),
            _ => OK,
        }
    }

    fn rcpt(&mut self, _: &str) -> Response {
        match self.mood {
            Some(Mood::KnowsNobody) => NO_MAILBOX,
            Some(Mood::KnowsNoSuchUser) => {
                Response::custom(550, "5.1.1 no such user here".to_owned())
            }
            Some(Mood::RefusesToRelay) => Response::custom(550, "5.7.1 no relaying".to_owned()),
            _ => OK,
        }
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
            Some(Mood::RefusesTheText) => Response::custom(554, "5.7.1 no".to_owned()),
            _ => OK,
        }
    }
}

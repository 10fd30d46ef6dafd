//! Delivery by SMTP, to the one server that is configured.
//!
//! What an error says comes from us: a server's own words may hold the address that it refuses.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use caredesk_core::domain::notification::SuppressionReason;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::{Address, Message};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Undelivered;
use super::trust::Authorities;

/// Longest that one attempt may take, from the connection to the server's word. Well within the lease of
/// a claimed message (`store::notifications::LEASE`).
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Answers that are about us and not about the message, whenever they come (RFC 4954).
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];
/// The message is larger than the server takes (RFC 1870).
const TOO_LARGE: u16 = 552;

/// How the way to a server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// TLS from the first byte.
    FromTheStart,
    /// TLS after STARTTLS, or nothing is sent.
    Required,
    /// None: the server is on this machine.
    None,
}

/// A mail server, as its URL names it.
#[derive(Debug, Clone)]
pub struct Server {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<(String, SecretString)>,
}

/// What is wrong with a server's URL; shows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAServer {
    /// It is no such URL.
    #[error(
        "must be smtps://user:password@host:465, smtp://user:password@host:587?tls=required, or \
         smtp://127.0.0.1:25 for a server on this machine"
    )]
    Form,
    /// Links and passwords would cross a network in clear text.
    #[error(
        "the server is on another machine and the URL does not insist on TLS; write smtps://, or add \
         ?tls=required"
    )]
    ClearText,
    /// One of the two is missing.
    #[error("a user needs a password, and a password a user")]
    Credentials,
}

impl Server {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`NotAServer`].
    pub fn parse(text: &str) -> Result<Self, NotAServer> {
        let url = Url::parse(text).map_err(|_may_quote_it| NotAServer::Form)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_bare = matches!(url.path(), "" | "/") && url.fragment().is_none();
        if host.is_empty() || !is_bare {
            return Err(NotAServer::Form);
        }
        let encryption = match (url.scheme(), url.query()) {
            ("smtps", None) => Encryption::FromTheStart,
            ("smtp", Some("tls=required")) => Encryption::Required,
            ("smtp", None) if leads_here(host) => Encryption::None,
            ("smtp", None) => return Err(NotAServer::ClearText),
            _ => return Err(NotAServer::Form),
        };
        let usual = match encryption {
            Encryption::FromTheStart => 465,
            Encryption::Required => 587,
            Encryption::None => 25,
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(NotAServer::Credentials),
            (user, Some(password)) => Some((decoded(user)?, decoded(password)?.into())),
        };
        let port = url.port().unwrap_or(usual);
        Ok(Self { host: host.to_owned(), port, encryption, credentials })
    }

    /// What sends to this server, as a machine of `domain`.
    ///
    /// # Errors
    /// The machine has no list of the authorities that sign certificates.
    pub(super) fn transport(
        &self,
        domain: &str,
        authorities: &Authorities,
    ) -> Result<Smtp, String> {
        let tls = || {
            let failed = |error| format!("TLS cannot be set up: {error}");
            let mut tls = TlsParameters::builder(self.host.clone());
            if let Some(pem) = authorities.pem() {
                tls = tls.add_root_certificate(Certificate::from_pem(pem).map_err(failed)?);
            }
            tls.build().map_err(failed)
        };
        let tls = match self.encryption {
            Encryption::FromTheStart | Encryption::Required => Some(tls()?),
            Encryption::None => None,
        };
        let hello = ClientId::Domain(domain.to_owned());
        Ok(Smtp { server: self.clone(), tls, hello })
    }
}

/// Whether a host is this machine.
fn leads_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

/// Undoes a URL's encoding.
fn decoded(text: &str) -> Result<String, NotAServer> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_not_text| NotAServer::Form)
}

/// Sends to one server.
pub(super) struct Smtp {
    server: Server,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

/// What a server was asked when it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Whether it takes anything from us: the greeting, who we are, the sender.
    Us,
    /// Whether it takes a message to this recipient.
    Recipient,
    /// Whether it takes what the message says.
    Text,
}

/// An error, and what the server was asked.
type Failed = (Asked, SmtpError);

/// An error about what the server was asked.
fn about(asked: Asked) -> impl FnOnce(SmtpError) -> Failed {
    move |error| (asked, error)
}

impl Smtp {
    /// Hands a message over. A connection each: there are few, and none is kept that may have died.
    ///
    /// # Errors
    /// [`Undelivered`].
    pub(super) async fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let bytes = message.formatted();
        match tokio::time::timeout(PATIENCE, self.converse(message.envelope(), &bytes)).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(Undelivered::later(
                "the mail server cannot be used: it takes no address beyond ASCII",
            )),
            Ok(Err((asked, error))) => Err(verdict(asked, &error)),
            Err(_) => Err(Undelivered::later("the mail server took too long")),
        }
    }

    /// The whole conversation, step by step, so that it is known what a server refuses. False if it does
    /// not take such addresses.
    async fn converse(&self, envelope: &Envelope, bytes: &[u8]) -> Result<bool, Failed> {
        let mut server = self.connect().await.map_err(about(Asked::Us))?;
        let is_ascii = |address: &Address| address.to_string().is_ascii();
        let is_foreign = !envelope.from().into_iter().chain(envelope.to()).all(is_ascii);
        if is_foreign && !server.server_info().supports_feature(Extension::SmtpUtfEight) {
            server.abort().await;
            return Ok(false);
        }
        let options = if is_foreign { vec![MailParameter::SmtpUtfEight] } else { Vec::new() };
        let said = async {
            let from = Mail::new(envelope.from().cloned(), options);
            server.command(from).await.map_err(about(Asked::Us))?;
            for to in envelope.to() {
                let asked = server.command(Rcpt::new(to.clone(), Vec::new())).await;
                asked.map_err(about(Asked::Recipient))?;
            }
            server.command(Data).await.map_err(about(Asked::Text))?;
            server.message(bytes).await.map_err(about(Asked::Text))
        };
        let said = said.await.map(|_| true);
        // The message is the server's by now, or is not: how the connection ends says nothing of it.
        drop(tokio::time::timeout(GOODBYE, server.abort()).await);
        said
    }

    /// Connects, encrypts the way, and signs in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let Server { host, port, encryption, credentials } = &self.server;
        let at_once = self.tls.clone().filter(|_| *encryption == Encryption::FromTheStart);
        let to = (host.as_str(), *port);
        let patience = Some(PATIENCE);
        let mut server =
            AsyncSmtpConnection::connect_tokio1(to, patience, &self.hello, at_once, None).await?;
        if let (Encryption::Required, Some(tls)) = (encryption, &self.tls) {
            server.starttls(tls.clone(), &self.hello).await?;
        }
        if let Some((user, password)) = credentials {
            let password = password.expose_secret().to_owned();
            let credentials = Credentials::new(user.clone(), password);
            server.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(server)
    }
}

/// What an error means for the message.
fn verdict(asked: Asked, error: &SmtpError) -> Undelivered {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        let why = format!("the mail server answered {code}");
        let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        return if error.is_permanent() {
            refusal(asked, (code, status_of(&said)), why)
        } else {
            Undelivered::Later(why)
        };
    }
    let why = if error.is_client() {
        // Constants of the client: no STARTTLS, no way to sign in, no address beyond ASCII.
        let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        return Undelivered::Later(format!("the mail server cannot be used: {why}"));
    } else if error.is_tls() || is_about_tls(error) {
        "no TLS with the mail server"
    } else if error.is_response() {
        "the mail server hung up, or did not answer as one does"
    } else {
        "the mail server could not be reached"
    };
    Undelivered::later(why)
}

/// Whether a connection failed because of TLS: a certificate that nobody vouches for.
fn is_about_tls(error: &SmtpError) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        // Such an error hides the one inside from whoever asks for its source.
        let inside = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if cause.is::<rustls::Error>()
            || inside.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
        {
            return true;
        }
        source = cause.source();
    }
    false
}

/// What a refusal for good means for the message. A refusal of us is none of the message: the operator, or
/// the server's, can put it right.
fn refusal(asked: Asked, (code, status): (u16, Option<(u16, u16)>), why: String) -> Undelivered {
    let is_too_large = code == TOO_LARGE || status == Some((3, 4));
    let is_about_us = match asked {
        Asked::Us => !is_too_large,
        // The sender's address, or a rule about who may send what to whom.
        Asked::Recipient => matches!(status, Some((1, 7 | 8) | (7, _))),
        Asked::Text => false,
    };
    if is_about_us || ABOUT_US.contains(&code) {
        Undelivered::Later(why)
    } else if asked == Asked::Recipient && matches!(status, Some((1, _))) {
        Undelivered::Refused(SuppressionReason::Bounced, format!("{why}: no such address"))
    } else {
        Undelivered::Never(why)
    }
}

/// Subject and detail of the status that a server's words begin with (RFC 3463: `5.1.1`), if they do.
fn status_of(said: &str) -> Option<(u16, u16)> {
    let (subject, detail) = said.split_whitespace().next()?.strip_prefix("5.")?.split_once('.')?;
    Some((subject.parse().ok()?, detail.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server::parse(url).unwrap()
    }

    #[test]
    fn a_url_says_host_port_encryption_and_who_signs_in() {
        let wrapped = server("smtps://desk%40a.example:p%40ss@mail.example");
        assert_eq!((wrapped.host.as_str(), wrapped.port), ("mail.example", 465));
        assert_eq!(wrapped.encryption, Encryption::FromTheStart);
        let (user, password) = wrapped.credentials.clone().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("desk@a.example", "p@ss"));
        assert!(!format!("{wrapped:?}").contains("p@ss"));
        let required = server("smtp://mail.example?tls=required");
        assert_eq!((required.port, required.encryption), (587, Encryption::Required));
        for here in ["smtp://127.0.0.1:2525", "smtp://localhost:2525/", "smtp://[::1]:2525"] {
            assert_eq!((server(here).port, server(here).encryption), (2525, Encryption::None));
        }
    }

    #[test]
    fn only_a_status_about_the_recipients_address_says_that_it_is_unknown() {
        let of = |said| refusal(Asked::Recipient, (550, status_of(said)), String::new());
        for said in ["5.1.1 no such user here", "5.1.10 null MX", " 5.1.0 rejected"] {
            assert!(matches!(of(said), Undelivered::Refused(..)), "{said}");
        }
        for said in ["mailbox 5.1.1", "5.2.2 full", "5.1.", "5.1", "no", ""] {
            assert!(matches!(of(said), Undelivered::Never(_)), "{said}");
        }
        for said in ["5.1.8 bad sender", "5.1.7 bad sender", "5.7.1 5.1.1"] {
            assert!(matches!(of(said), Undelivered::Later(_)), "{said}");
        }
    }

    #[test]
    fn a_refusal_of_us_may_be_put_right_and_one_of_the_text_may_not() {
        let of = |asked, code, said| refusal(asked, (code, status_of(said)), String::new());
        for (code, said) in [(554, "go away"), (550, "5.1.1 who are you"), (550, "5.7.1 blocked")] {
            assert!(matches!(of(Asked::Us, code, said), Undelivered::Later(_)), "{said}");
            assert!(matches!(of(Asked::Text, code, said), Undelivered::Never(_)), "{said}");
        }
        for (code, said) in [(552, "too much"), (554, "5.3.4 too much")] {
            assert!(matches!(of(Asked::Us, code, said), Undelivered::Never(_)), "{said}");
        }
        for asked in [Asked::Us, Asked::Recipient, Asked::Text] {
            assert!(matches!(of(asked, 530, "sign in"), Undelivered::Later(_)), "{asked:?}");
        }
    }

    #[test]
    fn clear_text_to_another_machine_is_refused() {
        for url in ["smtp://mail.example", "smtp://10.0.0.5:25", "smtp://127.0.0.1.example:25"] {
            assert_eq!(Server::parse(url).unwrap_err(), NotAServer::ClearText, "{url}");
        }
    }

    #[test]
    fn what_is_no_such_url_is_refused_and_not_shown() {
        for url in [
            "mail.example",
            "https://mail.example",
            "smtps://",
            "smtps://hunter2@mail.example/path",
            "smtps://mail.example?tls=none",
            "smtp://mail.example?tls=opportunistic",
            "smtps://u:hunter2@mail.example:x",
            "smtps://u:hunter2@mail.example#x",
        ] {
            let refusal = Server::parse(url).unwrap_err();
            assert_eq!(refusal, NotAServer::Form, "{url}");
            assert!(!refusal.to_string().contains("hunter2"));
        }
        assert_eq!(Server::parse("smtps://u@mail.example").unwrap_err(), NotAServer::Credentials);
        assert_eq!(Server::parse("smtps://:p@mail.example").unwrap_err(), NotAServer::Credentials);
    }
}

//! Delivery by SMTP, to the one server that is configured.
//!
//! What an error says comes from us: a server's own words may hold the address that it refuses.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Undelivered;

/// Longest that one attempt may take, from the connection to the server's word. Well within the lease of
/// a claimed message (`store::notifications::LEASE`).
const PATIENCE: Duration = Duration::from_secs(20);
/// Answers that are about us and not about the message: the operator can put them right (RFC 4954).
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

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
    pub(super) fn transport(&self, domain: &str) -> Result<Smtp, String> {
        let tls = || {
            let tls = TlsParameters::new(self.host.clone());
            tls.map_err(|error| format!("TLS cannot be set up: {error}"))
        };
        let tls = match self.encryption {
            Encryption::FromTheStart => Tls::Wrapper(tls()?),
            Encryption::Required => Tls::Required(tls()?),
            Encryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .hello_name(ClientId::Domain(domain.to_owned()))
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = &self.credentials {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Smtp(builder.build()))
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
pub(super) struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// Hands a message over. A connection each: there are few, and none is kept that may have died.
    ///
    /// # Errors
    /// [`Undelivered`].
    pub(super) async fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let bytes = message.formatted();
        let sending = self.0.send_raw(message.envelope(), &bytes);
        match tokio::time::timeout(PATIENCE, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(verdict(&error)),
            Err(_) => Err(Undelivered::later("the mail server took too long")),
        }
    }
}

/// What an error means for the message.
fn verdict(error: &lettre::transport::smtp::Error) -> Undelivered {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        let why = format!("the mail server answered {code}");
        return if error.is_permanent() && !ABOUT_US.contains(&code) {
            Undelivered::Never(why)
        } else {
            Undelivered::Later(why)
        };
    }
    let why = if error.is_client() {
        // Constants of the client: no STARTTLS, no way to sign in, no address beyond ASCII.
        let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        return Undelivered::Later(format!("the mail server cannot be used: {why}"));
    } else if error.is_tls() {
        "no TLS with the mail server"
    } else if error.is_response() {
        "the mail server hung up, or did not answer as one does"
    } else {
        "the mail server could not be reached"
    };
    Undelivered::later(why)
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

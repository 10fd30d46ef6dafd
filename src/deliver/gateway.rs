//! Delivery of text messages through an HTTP gateway that speaks as Twilio's does.
//!
//! What an error says comes from us: a gateway's own words hold the number that it refuses.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use caredesk_core::domain::PhoneNumber;
use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::sending::{is_about_sender, suppressed_by};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Host, Url};

use super::Undelivered;
use super::trust::{Authorities, OutsideOnly, is_outside};

/// Longest that one attempt may take, from the connection to the last byte of the answer. Well within the
/// lease of a claimed message (`store::notifications::LEASE`).
pub const PATIENCE: Duration = Duration::from_secs(15);
/// Most bytes of an answer that are read.
const MAX_ANSWER: usize = 64 * 1024;

/// A gateway, and the account that messages are sent from.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// Where the gateway is: scheme and host.
    pub url: GatewayUrl,
    /// The account.
    pub account: String,
    /// The account's secret, which callbacks are signed with as well.
    pub token: SecretString,
    /// The number, or the sender's name, that messages come from.
    pub from: String,
    /// What the gateway reaches us by: scheme and host.
    pub callback: String,
    /// Longest that one attempt may take; [`PATIENCE`] unless a test is in a hurry.
    pub patience: Duration,
}

/// The URL of a gateway: https, or a machine's own.
#[derive(Debug, Clone)]
pub struct GatewayUrl(Url);

/// What is wrong with a gateway's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAGateway {
    /// It is no such URL.
    #[error("must be https:// with a host, such as https://api.twilio.com, and no path")]
    Form,
    /// Numbers, codes and the token would cross a network in clear text.
    #[error("the gateway is on another machine and the URL is not https://")]
    ClearText,
    /// It is on a private network.
    #[error("must lead to an address of the internet, or to this machine")]
    Inside,
}

impl GatewayUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`NotAGateway`].
    pub fn parse(text: &str) -> Result<Self, NotAGateway> {
        let url = Url::parse(text).map_err(|_may_quote_it| NotAGateway::Form)?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_nobodys = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "https" | "http") || !is_bare || !is_nobodys {
            return Err(NotAGateway::Form);
        }
        let found = Self(url);
        match (found.is_here(), found.address()) {
            (false, _) if found.0.scheme() == "http" => Err(NotAGateway::ClearText),
            (false, Some(address)) if !is_outside(address) => Err(NotAGateway::Inside),
            _ => Ok(found),
        }
    }

    /// The address, if the host is one and no name.
    fn address(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// Whether it is this machine.
    fn is_here(&self) -> bool {
        let is_localhost = self.0.host_str() == Some("localhost");
        is_localhost || self.address().is_some_and(|address| address.to_canonical().is_loopback())
    }
}

/// Sends to one gateway.
pub(super) struct Gateway {
    client: Client,
    messages: Url,
    settings: GatewaySettings,
}

/// What a gateway says of a message that it takes.
#[derive(Deserialize)]
struct Taken {
    sid: String,
}

/// Why a gateway does not take a message.
#[derive(Deserialize)]
struct Refused {
    code: Option<u32>,
}

impl Gateway {
    /// Makes ready to send. Nothing is connected before the first message.
    ///
    /// # Errors
    /// One line: the account has characters that no URL has, or TLS cannot be set up.
    pub(super) fn open(
        settings: &GatewaySettings,
        authorities: &Authorities,
    ) -> Result<Self, String> {
        let is_plain = settings.account.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if settings.account.is_empty() || !is_plain {
            return Err("`sms_account` has letters and digits only".to_owned());
        }
        let path = format!("2010-04-01/Accounts/{}/Messages.json", settings.account);
        let messages = settings.url.0.join(&path).map_err(|error| error.to_string())?;
        let mut client = Client::builder()
            .tls_backend_preconfigured(authorities.tls()?)
            .no_proxy()
            .redirect(Policy::none())
            .timeout(settings.patience);
        if !settings.url.is_here() {
            client = client.dns_resolver(Arc::new(OutsideOnly));
        }
        let client = client.build().map_err(|error| error.without_url().to_string())?;
        Ok(Self { client, messages, settings: settings.clone() })
    }

    /// Hands a message over; what the gateway calls it, if that can be read.
    ///
    /// # Errors
    /// [`Undelivered`].
    pub(super) async fn send(
        &self,
        (id, to, says): (NotificationId, &str, &str),
    ) -> Result<Option<String>, Undelivered> {
        let to = PhoneNumber::parse(to)
            .map_err(|_names_the_number| Undelivered::never("the number cannot be written to"))?;
        let settings = &self.settings;
        let callback = format!("{}{STATUS_PATH}?{MESSAGE}={id}", settings.callback);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("To", to.as_str())
            .append_pair("From", &settings.from)
            .append_pair("Body", says)
            .append_pair("StatusCallback", &callback)
            .finish();
        let request = self
            .client
            .post(self.messages.clone())
            .basic_auth(&settings.account, Some(settings.token.expose_secret()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let answer = request.send().await.map_err(|error| unanswered(&error))?;
        let status = answer.status();
        let body = read(answer).await;
        if status.is_success() {
            // It took the message, whatever else it says: another attempt would be another message.
            let taken: Option<Taken> = body.and_then(|body| serde_json::from_slice(&body).ok());
            return Ok(taken.map(|taken| taken.sid).filter(|sid| is_word(sid)));
        }
        let refused: Option<Refused> = body.and_then(|body| serde_json::from_slice(&body).ok());
        Err(verdict(status, refused.and_then(|refused| refused.code)))
    }
}

/// Where the gateway says what became of a message.
pub const STATUS_PATH: &str = "/hooks/sms/status";
/// The parameter there that names the message.
pub const MESSAGE: &str = "message";

/// Whether something is a word that can be kept: what somebody else calls a thing.
pub fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

/// An answer's body; none if it is too long, too late or breaks off.
async fn read(mut answer: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.ok()? {
        if body.len().saturating_add(piece.len()) > MAX_ANSWER {
            return None;
        }
        body.extend_from_slice(&piece);
    }
    Some(body)
}

/// Why there is no answer.
fn unanswered(error: &reqwest::Error) -> Undelivered {
    Undelivered::later(if error.is_timeout() {
        "the gateway took too long"
    } else if error.is_connect() {
        "the gateway could not be reached"
    } else {
        "the gateway hung up, or did not answer as one does"
    })
}

/// What an answer means for the message.
fn verdict(status: StatusCode, code: Option<u32>) -> Undelivered {
    let why = match code {
        Some(code) => format!("the gateway answered {} ({code})", status.as_u16()),
        None => format!("the gateway answered {}", status.as_u16()),
    };
    match (status.as_u16(), code) {
        (400, Some(code)) if is_about_sender(code) => Undelivered::Later(why),
        (400, Some(code)) => match suppressed_by(code) {
            Some(reason) => Undelivered::Refused(reason, why),
            None => Undelivered::Never(why),
        },
        // About our account, which the operator can put right; and about the gateway itself.
        (300..=399 | 401 | 403 | 404 | 407 | 408 | 425 | 429 | 500..=599, _) => {
            Undelivered::Later(why)
        }
        _ => Undelivered::Never(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caredesk_core::domain::notification::SuppressionReason;

    #[test]
    fn a_gateway_is_reached_by_https_or_is_on_this_machine() {
        for url in [
            "https://api.twilio.com",
            "https://sms.vendor.example:8443/",
            "http://127.0.0.1:9000",
            "http://localhost:9000",
            "http://[::1]:9000",
        ] {
            assert!(GatewayUrl::parse(url).is_ok(), "{url}");
        }
        let refusals = [
            ("http://sms.vendor.example", NotAGateway::ClearText),
            ("http://10.0.0.5", NotAGateway::ClearText),
            ("https://10.0.0.5", NotAGateway::Inside),
            ("https://169.254.169.254", NotAGateway::Inside),
            ("ftp://sms.vendor.example", NotAGateway::Form),
            ("https://user:hunter2@sms.vendor.example", NotAGateway::Form),
            ("https://sms.vendor.example/2010-04-01", NotAGateway::Form),
            ("https://sms.vendor.example?x=1", NotAGateway::Form),
            ("sms.vendor.example", NotAGateway::Form),
        ];
        for (url, refusal) in refusals {
            assert_eq!(GatewayUrl::parse(url).unwrap_err(), refusal, "{url}");
        }
    }

    #[test]
    fn what_an_answer_means_is_what_its_status_and_code_say() {
        let of = |status: u16, code| verdict(StatusCode::from_u16(status).unwrap(), code);
        for status in [302, 401, 404, 429, 500, 503] {
            assert!(matches!(of(status, Some(20003)), Undelivered::Later(_)), "{status}");
        }
        for code in [21212, 21603, 21606, 21611, 21659, 21660, 21661, 21910] {
            assert!(matches!(of(400, Some(code)), Undelivered::Later(_)), "{code}");
        }
        assert!(matches!(of(400, None), Undelivered::Never(_)));
        assert!(matches!(of(400, Some(21408)), Undelivered::Never(_)));
        assert!(matches!(
            of(400, Some(21610)),
            Undelivered::Refused(SuppressionReason::Stopped, _)
        ));
        for code in [21211, 21614] {
            let refused = of(400, Some(code));
            assert!(
                matches!(refused, Undelivered::Refused(SuppressionReason::Invalid, _)),
                "{code}"
            );
        }
    }
}

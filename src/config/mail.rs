//! How messages leave, and where the links in them lead.

use std::path::PathBuf;

use caredesk_core::domain::link::LinkTemplate;
use caredesk_core::domain::sending::SendingHours;
use lettre::Address;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};

use super::BaseUrl;
use super::source::{ConfigError, Parse, Values};

/// How messages leave.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Where they are put that go by no server.
    pub folder: PathBuf,
    /// Whom emails come from.
    pub from: Mailbox,
    /// The URL of the mail server.
    pub smtp_url: Option<SecretString>,
    /// The gateway for text messages.
    pub gateway: Option<Gateway>,
    /// When text messages go through it.
    pub sms_hours: SendingHours,
    /// How many do so in a second.
    pub sms_per_second: i64,
    /// How answers by email are taken, if they are.
    pub inbound: Option<Inbound>,
    /// A file with authorities that certificates may be signed by.
    pub authorities: Option<PathBuf>,
    /// Where an enrolment link leads.
    pub link_enrolment: LinkTemplate,
    /// Where the link for a new password leads.
    pub link_password_reset: LinkTemplate,
    /// Where the link of a family's invitation leads.
    pub link_invitation: LinkTemplate,
    /// Where the link to a ticket leads.
    pub link_ticket: LinkTemplate,
}

/// Whom emails come from on a machine that sends none.
const FROM_HERE: &str = "caredesk <no-reply@localhost>";

impl Mail {
    /// Takes the settings of messages.
    pub(super) fn of(values: &mut Values, public_url: &str) -> Result<Self, ConfigError> {
        let from: Option<Sender> = values.maybe("mail_from")?;
        let smtp_url: Option<SecretString> = values.maybe("smtp_url")?;
        let from = match (from, &smtp_url) {
            (Some(Sender(from)), _) => from,
            (None, None) => Sender::parse(FROM_HERE).map_err(ConfigError::Together)?.0,
            (None, Some(_)) => {
                let says = "`smtp_url` is set and `mail_from` is not: name the address that emails \
                            come from";
                return Err(ConfigError::Together(says.to_owned()));
            }
        };
        Ok(Self {
            folder: values.get("mail_dir")?,
            from,
            smtp_url,
            gateway: gateway(values, public_url)?,
            sms_hours: values.get("sms_hours")?,
            sms_per_second: values.get("sms_per_second")?,
            inbound: inbound(values)?,
            authorities: values.maybe("extra_ca_file")?,
            link_enrolment: link(values, "link_enrolment", public_url, "enrol")?,
            link_password_reset: link(values, "link_password_reset", public_url, "reset")?,
            link_invitation: link(values, "link_invitation", public_url, "join")?,
            link_ticket: link(values, "link_ticket", public_url, "ticket")?,
        })
    }
}

/// A gateway for text messages, and our account there.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Where it is.
    pub url: String,
    /// The account.
    pub account: String,
    /// The account's secret.
    pub token: SecretString,
    /// Whom messages come from.
    pub from: String,
    /// What it reaches us by.
    pub callback: String,
}

/// Takes the gateway: all of what it needs, or nothing.
fn gateway(values: &mut Values, public_url: &str) -> Result<Option<Gateway>, ConfigError> {
    let url: Option<String> = values.maybe("sms_gateway_url")?;
    let account: Option<String> = values.maybe("sms_account")?;
    let token: Option<SecretString> = values.maybe("sms_token")?;
    let from: Option<String> = values.maybe("sms_from")?;
    let callback: Option<BaseUrl> = values.maybe("sms_callback_url")?;
    let Some(url) = url else { return Ok(None) };
    let (Some(account), Some(token), Some(from)) = (account, token, from) else {
        let says = "`sms_gateway_url` is set, and `sms_account`, `sms_token` and `sms_from` are \
                    not all set: the gateway needs each of them";
        return Err(ConfigError::Together(says.to_owned()));
    };
    let callback = callback.map_or_else(|| public_url.to_owned(), |BaseUrl(url)| url);
    Ok(Some(Gateway { url, account, token, from, callback }))
}

/// How answers by email are taken.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// What the operator's mail server signs with.
    pub secret: SecretString,
    /// Where the answers go.
    pub address: Address,
    /// Whose word counts on whether an email is from whom it says.
    pub host: Option<String>,
    /// Most bytes of an email.
    pub max_bytes: usize,
    /// Answers that one ticket takes in an hour.
    pub per_ticket: i64,
}

/// Fewest characters of the secret that emails are signed with.
const SECRET_LENGTH: usize = 32;

/// Takes how answers by email are taken: all of what that needs, or nothing.
fn inbound(values: &mut Values) -> Result<Option<Inbound>, ConfigError> {
    let secret: Option<SecretString> = values.maybe("inbound_mail_secret")?;
    let address: Option<Sender> = values.maybe("inbound_mail_address")?;
    let host: Option<String> = values.maybe("inbound_mail_host")?;
    let (max_bytes, per_ticket) =
        (values.get("inbound_mail_max_bytes")?, values.get("inbound_mail_per_ticket")?);
    let Some(secret) = secret else { return Ok(None) };
    let Some(Sender(address)) = address else {
        let says = "`inbound_mail_secret` is set and `inbound_mail_address` is not: name the \
                    address that answers go to";
        return Err(ConfigError::Together(says.to_owned()));
    };
    if secret.expose_secret().chars().count() < SECRET_LENGTH {
        let says = format!("`inbound_mail_secret` must have {SECRET_LENGTH} characters at least");
        return Err(ConfigError::Together(says));
    }
    Ok(Some(Inbound { secret, address: address.email, host, max_bytes, per_ticket }))
}

impl Parse for SendingHours {
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }
}

/// Takes a link, or makes the one to our own page.
fn link(
    values: &mut Values,
    name: &'static str,
    public_url: &str,
    page: &str,
) -> Result<LinkTemplate, ConfigError> {
    if let Some(link) = values.maybe(name)? {
        return Ok(link);
    }
    own_page(public_url, page)
}

/// The link to a page of our own.
fn own_page(public_url: &str, page: &str) -> Result<LinkTemplate, ConfigError> {
    LinkTemplate::parse(&format!("{public_url}/{page}#{{secret}}"))
        .map_err(|error| ConfigError::Together(format!("`public_url` makes no link: it {error}")))
}

impl Mail {
    /// Lets the links lead to our own pages at another address.
    ///
    /// # Errors
    /// The address makes no link.
    pub fn lead_to(&mut self, public_url: &str) -> Result<(), ConfigError> {
        self.link_enrolment = own_page(public_url, "enrol")?;
        self.link_password_reset = own_page(public_url, "reset")?;
        self.link_invitation = own_page(public_url, "join")?;
        self.link_ticket = own_page(public_url, "ticket")?;
        Ok(())
    }
}

impl Parse for LinkTemplate {
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }
}

/// An address, perhaps with a name before it.
struct Sender(Mailbox);

impl Parse for Sender {
    fn parse(text: &str) -> Result<Self, String> {
        let says =
            "must be an address, such as desk@vendor.example or Help desk <desk@vendor.example>";
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (Some(name.trim().to_owned()), address),
            None => (None, text.trim()),
        };
        let address: Address = address.parse().map_err(|_says_little| says.to_owned())?;
        if name.as_ref().is_some_and(|name| name.contains(char::is_control)) {
            return Err(says.to_owned());
        }
        Ok(Self(Mailbox::new(name.filter(|name| !name.is_empty()), address)))
    }
}

//! How messages leave, and where the links in them lead.

use std::path::PathBuf;

use caredesk_core::domain::link::LinkTemplate;
use caredesk_core::domain::sending::SendingHours;
use lettre::Address;
use lettre::message::Mailbox;
use secrecy::SecretString;

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

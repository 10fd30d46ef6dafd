//! What leaves: a queued message is written in its reader's language and handed over, by SMTP, through a
//! gateway or into a folder.
//!
//! Nothing here knows of the queue: [`Post::deliver`] says what became of one message, and the job
//! [`outbox`](crate::jobs::outbox) writes it down. What it says of a failure names nobody.

mod backoff;
mod folder;
mod gateway;
mod letter;
mod smtp;
mod template;
mod trust;

use std::path::PathBuf;
use std::sync::Arc;

use caredesk_core::domain::link::LinkTemplate;
use caredesk_core::domain::notification::{MessageKind, Method, SuppressionReason};
use caredesk_core::domain::time::Moment;
use jiff::SignedDuration;
use lettre::Address;
use lettre::message::Mailbox;
use secrecy::ExposeSecret;
use serde_json::Value;

pub use backoff::pause_after;
use gateway::Gateway;
pub use gateway::{
    GatewaySettings, GatewayUrl, MESSAGE, NotAGateway, PATIENCE, STATUS_PATH, is_word,
};
use letter::letter;
use smtp::Smtp;
pub use smtp::{NotAServer, Server};
use template::{Keys, TemplateError, Templates};
pub use template::{Preview, is_sent_by, preview};
pub use trust::Authorities;

use crate::store::notifications::Claimed;
use crate::vault::SealError;

/// What an operator sets about messages.
#[derive(Debug, Clone)]
pub struct PostSettings {
    /// Whom emails come from.
    pub from: Mailbox,
    /// Where answers to messages about cases go, if they are read.
    pub answers_to: Option<Address>,
    /// Where messages are put that go by no server.
    pub folder: PathBuf,
    /// The mail server, if there is one.
    pub server: Option<Server>,
    /// The gateway for text messages, if there is one.
    pub gateway: Option<GatewaySettings>,
    /// Who else may sign the certificates of both.
    pub authorities: Authorities,
    /// Where an enrolment link leads.
    pub link_enrolment: LinkTemplate,
    /// Where the link for a new password leads.
    pub link_password_reset: LinkTemplate,
    /// Where the link of a family's invitation leads.
    pub link_invitation: LinkTemplate,
    /// Where the link to a ticket leads: of whoever has an account with the ticket's id, of others with a secret.
    pub link_ticket: LinkTemplate,
}

/// Why a message was not handed over, in words that name nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// Another attempt may succeed.
    Later(String),
    /// No attempt will.
    Never(String),
    /// No attempt will, nor will any other message to this contact.
    Refused(SuppressionReason, String),
}

impl Undelivered {
    /// Another attempt may succeed.
    fn later(why: &str) -> Self {
        Self::Later(why.to_owned())
    }

    /// No attempt will.
    fn never(why: &str) -> Self {
        Self::Never(why.to_owned())
    }
}

impl From<TemplateError> for Undelivered {
    fn from(error: TemplateError) -> Self {
        // A fault of ours; a better program may come within the hours that it is tried.
        tracing::error!(%error, "a message could not be written");
        Self::later("the message could not be written")
    }
}

/// Writes messages and hands them over. Clones share it.
#[derive(Clone)]
pub struct Post {
    inner: Arc<Inner>,
}

struct Inner {
    settings: PostSettings,
    templates: Templates,
    smtp: Option<Smtp>,
    gateway: Option<Gateway>,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Post").field(&self.inner.settings).finish()
    }
}

impl Post {
    /// Makes ready to hand messages over. Nothing is connected before the first.
    ///
    /// # Errors
    /// One line: TLS cannot be set up, or the folder cannot be made though every message goes there.
    pub fn open(settings: PostSettings) -> Result<Self, String> {
        let domain = settings.from.email.domain();
        let smtp = settings
            .server
            .as_ref()
            .map(|server| server.transport(domain, &settings.authorities))
            .transpose()?;
        if smtp.is_none() {
            let folder = &settings.folder;
            folder::prepare(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let gateway = settings.gateway.as_ref();
        let gateway =
            gateway.map(|gateway| Gateway::open(gateway, &settings.authorities)).transpose()?;
        let inner = Inner { settings, templates: Templates::new(), smtp, gateway };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether text messages go through a gateway, and not into the folder.
    pub fn has_gateway(&self) -> bool {
        self.inner.gateway.is_some()
    }

    /// Hands a message over: an email to the mail server, a text message to the gateway, either into the
    /// folder where there is none. What the gateway calls it, if it says so.
    ///
    /// # Errors
    /// [`Undelivered`].
    pub async fn deliver(
        &self,
        message: &Claimed,
        now: Moment,
    ) -> Result<Option<String>, Undelivered> {
        if is_too_late(message, now) {
            return Err(Undelivered::never("it came too late: what it holds is over"));
        }
        let keys = self.keys(message)?;
        let (what, templates) = ((message.kind, message.locale), &self.inner.templates);
        match message.method {
            Method::Email => {
                let settings = &self.inner.settings;
                let answers_to = settings.answers_to.as_ref();
                let answers_to = answers_to.filter(|_| message.kind.invites_an_answer());
                let email = match answers_to {
                    Some(_) => templates.email_to_answer(what, &message.facts, &keys),
                    None => templates.email(what, &message.facts, &keys),
                }?;
                let letter = letter((&settings.from, answers_to), message, email)?;
                match &self.inner.smtp {
                    Some(smtp) => smtp.send(&letter).await,
                    None => self.put(format!("{}.eml", message.id), letter.formatted()).await,
                }?;
                Ok(None)
            }
            Method::Sms => {
                let says = templates.sms(what, &message.facts, &keys)?;
                let says = says.ok_or_else(|| Undelivered::never("it is not sent by telephone"))?;
                if let Some(gateway) = &self.inner.gateway {
                    return gateway.send((message.id, &message.recipient, &says)).await;
                }
                let text = format!("To: {}\n\n{says}\n", message.recipient);
                self.put(format!("{}.txt", message.id), text.into_bytes()).await?;
                Ok(None)
            }
        }
    }

    /// The link and the code of a message that has them, made of its secret. A kind whose reader may do
    /// either gets both.
    fn keys(&self, message: &Claimed) -> Result<Keys, Undelivered> {
        let settings = &self.inner.settings;
        let secret = match &message.secret {
            Ok(secret) => secret.as_ref().map(|secret| secret.expose_secret().to_owned()),
            // The operator may still configure the key.
            Err(SealError::UnknownKey(_)) => {
                return Err(Undelivered::later(
                    "its secret needs a root key that is not configured",
                ));
            }
            Err(SealError::Damaged) => return Err(Undelivered::never("its secret is damaged")),
        };
        let needed = || secret.clone().ok_or_else(|| Undelivered::never("its secret is missing"));
        let link = match message.kind {
            MessageKind::Enrolment => Some(settings.link_enrolment.fill(&needed()?)),
            MessageKind::PasswordReset => Some(settings.link_password_reset.fill(&needed()?)),
            MessageKind::Invitation => return self.invitation(&needed()?),
            kind if kind.links_to_its_case() => self.ticket(message, secret.as_deref()),
            _ => None,
        };
        let code = match message.kind {
            MessageKind::ContactCode | MessageKind::CallerCode => Some(needed()?),
            _ => None,
        };
        Ok(Keys { link, code })
    }

    /// The link to the ticket that a message is about: by its secret once for whoever cannot sign in, by the ticket's
    /// id for everybody else, who signs in there first.
    fn ticket(&self, message: &Claimed, secret: Option<&str>) -> Option<String> {
        let is_one_time = message.facts.get("is_one_time").and_then(Value::as_bool);
        let id = message.facts.get("ticket").and_then(Value::as_str);
        let key = if is_one_time.unwrap_or_default() { secret } else { id };
        key.map(|key| self.inner.settings.link_ticket.fill(key))
    }

    /// Link and code of a family's invitation, which stand behind each other in its secret.
    fn invitation(&self, both: &str) -> Result<Keys, Undelivered> {
        let damaged = || Undelivered::never("its secret is damaged");
        let (link, code) = both.split_once(' ').ok_or_else(damaged)?;
        let link = self.inner.settings.link_invitation.fill(link);
        Ok(Keys { link: Some(link), code: Some(code.to_owned()) })
    }

    /// Puts a file into the folder, on a thread that may wait for the disk.
    async fn put(&self, name: String, content: Vec<u8>) -> Result<(), Undelivered> {
        let folder = self.inner.settings.folder.clone();
        let put = tokio::task::spawn_blocking(move || folder::put(&folder, &name, &content)).await;
        match put {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::error!(%error, "the folder of messages cannot be written");
                Err(Undelivered::Later(format!("the folder cannot be written: {}", error.kind())))
            }
            Err(_) => Err(Undelivered::later("the folder could not be written")),
        }
    }
}

/// Whether the link or the code in a message counts no more: whoever gets it would try in vain.
fn is_too_late(message: &Claimed, now: Moment) -> bool {
    let fact = |name| message.facts.get(name).and_then(Value::as_i64);
    let lasts = fact("minutes").map(SignedDuration::from_mins);
    let lasts = lasts.or_else(|| fact("hours").map(SignedDuration::from_hours));
    lasts.is_some_and(|lasts| message.created_at.plus(lasts) <= now)
}

//! A whole email: headers and both parts. The same message is the same bytes every time, so that a
//! reader who gets it twice sees it once.

use std::time::{Duration, SystemTime};

use caredesk_core::domain::time::Moment;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::Undelivered;
use super::template::Email;
use crate::store::notifications::Claimed;

/// Puts an email together; `answers_to` is where its reader's answer goes, if it is read.
///
/// # Errors
/// The recipient's address is not one that mail can be sent to.
pub(super) fn letter(
    (from, answers_to): (&Mailbox, Option<&Address>),
    message: &Claimed,
    email: Email,
) -> Result<Message, Undelivered> {
    let to: Address = message
        .recipient
        .parse()
        .map_err(|_names_the_address| Undelivered::never("the address cannot be written to"))?;
    let parts = MultiPart::alternative()
        .boundary(format!("caredesk-{}", message.id.uuid().simple()))
        .singlepart(SinglePart::plain(email.text))
        .singlepart(SinglePart::html(email.html));
    let builder = Message::builder();
    let builder = match answers_to {
        Some(address) => builder.reply_to(Mailbox::new(None, address.clone())),
        None => builder,
    };
    builder
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(email.subject)
        .date(date(message.created_at))
        .message_id(Some(format!("<{}@{}>", message.id, from.email.domain())))
        // No out-of-office replies (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(parts)
        .map_err(|error| {
            tracing::error!(%error, id = %message.id, "a message could not be put together");
            Undelivered::never("the message could not be put together")
        })
}

/// A moment as a header has it: when the message was queued, whatever attempt this is.
fn date(moment: Moment) -> SystemTime {
    let micros = u64::try_from(moment.micros()).unwrap_or(0);
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_micros(micros))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

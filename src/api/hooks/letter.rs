//! Reading an email as an answer: whom it is from, what it answers, and what it says newly. What a program wrote by
//! itself is none.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::mail_text::{before_quotes, newest, with_breaks};
use caredesk_core::domain::ticket::TicketText;
use data_encoding::HEXLOWER;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{HeaderName, Message, MessageParser, PartType};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::service::tickets::MailAnswer;

/// Most messages that an email is taken to answer.
const ANSWERED: usize = 50;
/// What programs say of mail that goes to many (RFC 3834).
const TO_MANY: [&str; 3] = ["bulk", "list", "junk"];
/// What says that a program answers, beside the standard.
const OF_PROGRAMS: [&str; 3] = ["x-autoreply", "x-autorespond", "x-autoreply-from"];

/// Reads an email; none of one that a program wrote by itself, which is dropped so that no two programs answer each
/// other. `own` is the address that answers go to, `host` whose word on forged emails counts.
///
/// # Errors
/// `hook.mail_forged`, `hook.mail_unreadable`.
pub(super) fn read(raw: &[u8], own: &str, host: Option<&str>) -> Result<Option<MailAnswer>, Code> {
    let raw = without_envelope(raw);
    let message = MessageParser::default().parse(raw).ok_or(Code::MailUnreadable)?;
    let headers = Headers::of(&message);
    if headers.are_of_a_program() {
        return Ok(None);
    }
    if host.is_some_and(|host| headers.say_forged(host)) {
        return Err(Code::MailForged);
    }
    let from = sender(&message).ok_or(Code::MailUnreadable)?;
    if EmailAddress::parse(own).is_ok_and(|own| own.folded() == from.folded()) {
        return Ok(None);
    }
    let text = TicketText::parse(&text(&message)).map_err(|_says_no_more| Code::MailUnreadable)?;
    let message_id = match message.message_id() {
        Some(id) => id.to_owned(),
        None => HEXLOWER.encode(&Sha256::digest(raw)),
    };
    let attachments = message.attachment_count();
    Ok(Some(MailAnswer { from, answers: headers.answers(), message_id, text, attachments }))
}

/// An email without the line that mail servers put above one that they pipe to a program: `From sender time`.
fn without_envelope(raw: &[u8]) -> &[u8] {
    if !raw.starts_with(b"From ") {
        return raw;
    }
    let end = raw.iter().position(|byte| *byte == b'\n');
    end.and_then(|end| raw.get(end.saturating_add(1)..)).unwrap_or_default()
}

/// The one address that an email is from. Of one with several, nobody knows which of them was checked.
fn sender(message: &Message<'_>) -> Option<EmailAddress> {
    let is_from = |header: &&mail_parser::Header<'_>| header.name == HeaderName::From;
    if message.headers().iter().filter(is_from).count() != 1 {
        return None;
    }
    let mut all = message.from()?.iter();
    let (first, second) = (all.next()?, all.next());
    let address = first.address().filter(|_| second.is_none())?;
    EmailAddress::parse(address).ok()
}

/// What an email says newly: its text, or its page made plain.
fn text(message: &Message<'_>) -> String {
    let part = message.text_part(0).map(|part| &part.body);
    let plain = match part {
        Some(PartType::Text(text)) => newest(text),
        _ => String::new(),
    };
    match message.html_part(0).map(|part| &part.body) {
        Some(PartType::Html(page)) if plain.is_empty() => {
            newest(&html_to_text(&with_breaks(before_quotes(page))))
        }
        _ => plain,
    }
}

/// The headers of an email, each on one line, their names in lower case.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn of(message: &Message<'_>) -> Self {
        let unfolded = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
        let all = message.headers_raw();
        Self(all.map(|(name, value)| (name.to_ascii_lowercase(), unfolded(value))).collect())
    }

    /// The values of a name, from the top.
    fn all<'h>(&'h self, name: &'h str) -> impl DoubleEndedIterator<Item = &'h str> {
        let named = self.0.iter().filter(move |(found, _)| found == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether a program wrote it by itself, or it goes to many, or says that another could not be delivered.
    fn are_of_a_program(&self) -> bool {
        let word = |value: &str| {
            let word = value.split(';').next().unwrap_or_default();
            word.trim().to_ascii_lowercase()
        };
        self.all("auto-submitted").any(|value| word(value) != "no")
            || self.all("precedence").any(|value| TO_MANY.contains(&word(value).as_str()))
            || self.all("return-path").any(|value| value.replace(' ', "") == "<>")
            || self.all("content-type").any(|value| word(value) == "multipart/report")
            || OF_PROGRAMS.iter().any(|name| self.all(name).next().is_some())
    }

    /// Whether the operator's own mail server says that the email is not from whom it says: DMARC failed, or SPF
    /// where there is no word on DMARC.
    fn say_forged(&self, host: &str) -> bool {
        self.all("authentication-results").any(|value| {
            let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
            let server = parts.next().unwrap_or_default();
            if server.split(' ').next() != Some(host.to_ascii_lowercase().as_str()) {
                return false;
            }
            let results: Vec<String> = parts.map(|part| part.replace(' ', "")).collect();
            let says = |result: &str| results.iter().any(|found| found.starts_with(result));
            says("dmarc=fail") || (says("spf=fail") && !says("dmarc=pass"))
        })
    }

    /// The messages of ours that it may answer: the one that it names as such, then those before it, the last first.
    /// The part behind the `@` is not asked for: servers on the way change it, and the id proves nothing alone.
    fn answers(&self) -> Vec<NotificationId> {
        let ids = |value: &str| -> Vec<NotificationId> {
            let named = value.split('<').filter_map(|part| part.split('@').next());
            let ids = named.filter_map(|local| Uuid::try_parse(local.trim()).ok());
            ids.map(NotificationId::of).collect()
        };
        let mut found: Vec<NotificationId> = self.all("in-reply-to").flat_map(ids).collect();
        found.extend(self.all("references").flat_map(ids).rev());
        found.truncate(ANSWERED);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10";

    fn mail(headers: &str, body: &str) -> Result<Option<MailAnswer>, Code> {
        let raw = format!("From: Ana <ana@pine.example>\r\n{headers}\r\n{body}");
        read(raw.as_bytes(), "answers@vendor.example", Some("mx.vendor.example"))
    }

    #[test]
    fn what_is_answered_stands_in_two_headers() {
        let headers = format!(
            "Message-ID: <x@pine.example>\r\nIn-Reply-To: <{ID}@vendor.example>\r\nReferences: <a@b>\r\n <{ID}@other.example>\r\n"
        );
        let answer = mail(&headers, "Yes.\r\n").unwrap().unwrap();
        let id = NotificationId::of(Uuid::try_parse(ID).unwrap());
        assert_eq!((answer.answers, answer.message_id.as_str()), (vec![id, id], "x@pine.example"));
        assert_eq!((answer.text.as_str(), answer.attachments), ("Yes.", 0));
        assert!(mail("", "Yes.").unwrap().unwrap().answers.is_empty());
        let piped =
            b"From ana@pine.example Sat Nov 21 09:00:00 2026\nFrom: ana@pine.example\n\nYes.\n";
        let piped = read(piped, "answers@vendor.example", None).unwrap().unwrap();
        assert_eq!((piped.from.as_str(), piped.text.as_str()), ("ana@pine.example", "Yes."));
    }

    #[test]
    fn what_programs_write_is_none() {
        for headers in [
            "Auto-Submitted: auto-replied\r\n",
            "auto-submitted: auto-generated; owner=x\r\n",
            "Precedence: bulk\r\n",
            "Precedence: List\r\n",
            "Return-Path: <>\r\n",
            "X-Autoreply: yes\r\n",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        ] {
            assert!(mail(headers, "I am away.").unwrap().is_none(), "{headers}");
        }
        let by_hand =
            "Auto-Submitted: no\r\nReturn-Path: <ana@pine.example>\r\nPrecedence: normal\r\n";
        assert!(mail(by_hand, "Yes.").unwrap().is_some());
        let own = b"From: Answers@vendor.example\r\n\r\nYes.";
        assert!(read(own, "answers@vendor.example", None).unwrap().is_none());
    }

    #[test]
    fn only_the_operators_own_server_says_what_is_forged() {
        let said = |server: &str, results: &str| {
            mail(&format!("Authentication-Results: {server};\r\n {results}\r\n"), "Yes.")
        };
        for results in
            ["spf=pass; dmarc=fail (p=reject) header.from=pine.example", "spf=fail; dkim=none"]
        {
            let refused = said("mx.vendor.example 1", results);
            assert_eq!(refused.err(), Some(Code::MailForged), "{results}");
            assert!(said("mx.evil.example", results).is_ok());
        }
        for results in ["dmarc=pass; spf=fail", "none", "spf=softfail; dmarc=none"] {
            assert!(said("mx.vendor.example", results).is_ok(), "{results}");
        }
    }

    #[test]
    fn what_has_no_one_sender_or_no_text_cannot_be_read() {
        let unreadable = |raw: &str| read(raw.as_bytes(), "a@b.example", None).err();
        for raw in [
            "",
            "Subject: x\r\n\r\nYes.",
            "From: a@b.example, c@d.example\r\n\r\nYes.",
            "From: a@pine.example\r\nFrom: c@d.example\r\n\r\nYes.",
            "From: nobody\r\n\r\nYes.",
            "From: c@d.example\r\n\r\n> only quoted\r\n",
        ] {
            assert_eq!(unreadable(raw), Some(Code::MailUnreadable), "{raw}");
        }
        let long = format!("From: c@d.example\r\n\r\n{}", "x".repeat(20_001));
        assert_eq!(unreadable(&long), Some(Code::MailUnreadable));
    }
}

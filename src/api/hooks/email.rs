//! What the operator's mail server hands over: emails that answer our messages. Nothing of a call counts without
//! its signature.

use std::time::Duration;

use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, post};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::time::Moment;
use data_encoding::HEXLOWER_PERMISSIVE;
use futures_util::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::letter;
use crate::api::edge::ClientAddress;
use crate::api::extract::RequestId;
use crate::api::problem::Problem;
use crate::service::{Ask, House};
use crate::store::Origin;
use crate::store::throttle::Allowance;

/// Where the signature stands.
const SIGNATURE: &str = "x-caredesk-signature";
/// How far the clock of whoever signs may be from ours, in seconds.
const TOLERANCE: u64 = 300;
/// How long an email may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// How answers by email are taken.
#[derive(Debug, Clone)]
pub struct InboundMail {
    /// What the operator's mail server signs with.
    pub secret: SecretString,
    /// Where the answers go.
    pub address: String,
    /// What that server calls itself where it says whether an email is from whom it says.
    pub host: Option<String>,
    /// Most bytes of an email.
    pub max_bytes: usize,
    /// How many answers one ticket takes.
    pub per_ticket: Allowance,
}

/// A signature as a call has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    /// When it was made, as it was written.
    time: String,
    /// The code.
    code: Vec<u8>,
}

impl Signature {
    /// Reads `t=<seconds>,v1=<hexadecimal>`.
    fn parse(text: &str) -> Option<Self> {
        let (time, code) = text.split_once(',')?;
        let time = time.trim().strip_prefix("t=")?;
        let code = code.trim().strip_prefix("v1=")?;
        let is_number = !time.is_empty() && time.bytes().all(|digit| digit.is_ascii_digit());
        let code = HEXLOWER_PERMISSIVE.decode(code.as_bytes()).ok()?;
        is_number.then(|| Self { time: time.to_owned(), code })
    }

    /// Whether it was made just now.
    fn is_fresh(&self, now: Moment) -> bool {
        let made = self.time.parse::<i64>();
        made.is_ok_and(|made| made.abs_diff(now.seconds()) <= TOLERANCE)
    }
}

impl InboundMail {
    /// Whether a signature is that of an email: HMAC-SHA256 over the time, a dot and the bytes. Compared in a time
    /// that does not tell where they differ.
    fn has_signed(&self, signature: &Signature, body: &[u8]) -> bool {
        let secret = self.secret.expose_secret().as_bytes();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
        mac.update(signature.time.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac.verify_slice(&signature.code).is_ok()
    }
}

/// An email. What is taken, or is to be forgotten, is answered with 202; what belongs to no ticket with 422, so that
/// it stays in the mailbox.
#[post("/hooks/email")]
pub(super) async fn email(
    request: HttpRequest,
    house: Data<House>,
    inbound: Data<Option<InboundMail>>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let inbound = inbound.as_ref().as_ref().ok_or_else(|| Problem::of(Code::UnknownPath))?;
    let wrong = || Problem::of(Code::MailSignatureWrong);
    let mut sent = request.headers().get_all(SIGNATURE);
    let signature = sent.next().and_then(|value| value.to_str().ok());
    let signature = signature.and_then(Signature::parse).ok_or_else(wrong)?;
    if sent.next().is_some() || !signature.is_fresh(house.clock.now()) {
        return Err(wrong());
    }
    check(&request, inbound.max_bytes)?;
    let body = tokio::time::timeout(PATIENCE, read(payload, inbound.max_bytes)).await;
    let body = body.map_err(|_elapsed| Problem::of(Code::TooSlow))??;
    if !inbound.has_signed(&signature, &body) {
        return Err(wrong());
    }
    let (own, host) = (inbound.address.clone(), inbound.host.clone());
    let looked = tokio::task::spawn_blocking(move || letter::read(&body, &own, host.as_deref()));
    let answer = looked.await.map_err(|failure| {
        tracing::error!(panicked = failure.is_panic(), "an email could not be read");
        Problem::of(Code::MailUnreadable)
    })?;
    if let Some(answer) = answer.map_err(Problem::of)? {
        house.take_mail_answer(&ask(&request), answer, inbound.per_ticket).await?;
    }
    Ok(HttpResponse::Accepted().finish())
}

/// Only emails are taken, and one that says that it is too long is not waited for.
fn check(request: &HttpRequest, limit: usize) -> Result<(), Problem> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_email = header(CONTENT_TYPE).is_some_and(|media| {
        media
            .split(';')
            .next()
            .is_some_and(|media| media.trim().eq_ignore_ascii_case("message/rfc822"))
    });
    if !is_email {
        return Err(Problem::of(Code::UnsupportedMediaType));
    }
    match header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > limit => Err(Problem::of(Code::BodyTooLarge)),
        _ => Ok(()),
    }
}

/// Reads the bytes up to the limit.
async fn read(mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_broken| Problem::of(Code::MissingBody))?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Problem::of(Code::BodyTooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// The call as an ask of the product's own: who wrote the email is found out later.
fn ask(request: &HttpRequest) -> Ask {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let address = request.extensions().get::<ClientAddress>().map(|at| at.0.to_string());
    Ask::of(Actor::System, Origin { request: id.unwrap_or_default(), address })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn a_signature_is_over_the_time_and_every_byte() {
        let window = SignedDuration::from_hours(1);
        let inbound = InboundMail {
            secret: "key".into(),
            address: "answers@vendor.example".to_owned(),
            host: None,
            max_bytes: 1_000,
            per_ticket: Allowance { attempts: 1, window },
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
        mac.update(b"1795338000.From: a\r\n\r\nb");
        let code = HEXLOWER_PERMISSIVE.encode(&mac.finalize().into_bytes());
        let signed = Signature::parse(&format!("t=1795338000, v1={code}")).unwrap();
        assert!(inbound.has_signed(&signed, b"From: a\r\n\r\nb"));
        assert!(!inbound.has_signed(&signed, b"From: a\r\n\r\nc"));
        let later = Signature { time: "1795338001".to_owned(), ..signed.clone() };
        assert!(!inbound.has_signed(&later, b"From: a\r\n\r\nb"));
        let other = InboundMail { secret: "another".into(), ..inbound };
        assert!(!other.has_signed(&signed, b"From: a\r\n\r\nb"));
    }

    #[test]
    fn a_signature_counts_for_five_minutes_around_its_time() {
        let signed = Signature::parse("t=1000,v1=00").unwrap();
        for (seconds, is_fresh) in [(699, false), (700, true), (1_300, true), (1_301, false)] {
            assert_eq!(signed.is_fresh(Moment::from_micros(seconds * 1_000_000)), is_fresh);
        }
        for text in
            ["", "t=1000", "v1=00,t=1000", "t=,v1=00", "t=-1,v1=00", "t=1,v1=zz", "t=1 0,v1=00"]
        {
            assert_eq!(Signature::parse(text), None, "{text}");
        }
    }
}

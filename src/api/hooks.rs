//! What a gateway for text messages calls: what became of a message, and what people answer. What a mail server
//! hands over is in `email`.
//!
//! Its forms are not ours, so the paths lie outside `/v1` and outside the document. A call counts only with
//! its signature: the address that was called and every field, with the account's secret.

mod email;
mod letter;

use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data, PayloadConfig, ServiceConfig};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, post};
use caredesk_core::domain::PhoneNumber;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::sending::Reply;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;

use super::edge::ClientAddress;
use super::extract::RequestId;
use super::problem::Problem;
use crate::deliver::{MESSAGE, is_word};
use crate::service::sending::Said;
use crate::service::{Ask, House};
use crate::store::Origin;

pub use email::InboundMail;

/// Most bytes of a call.
const LIMIT: usize = 64 * 1024;
/// Most fields of a call.
const FIELDS: usize = 200;
/// Where the signature stands.
const SIGNATURE: &str = "x-twilio-signature";

/// How calls of a gateway are known.
#[derive(Debug, Clone)]
pub struct Callbacks {
    /// What the gateway calls us by: scheme and host.
    pub base: String,
    /// The account's secret.
    pub token: SecretString,
}

impl Callbacks {
    /// Whether a signature is that of a call: HMAC-SHA1 over the address and the fields in the order of
    /// their names, as base64. Compared in a time that does not tell where they differ.
    fn has_signed(&self, signature: &str, target: &str, fields: &[(String, String)]) -> bool {
        let Ok(signature) = BASE64.decode(signature.as_bytes()) else { return false };
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(self.token.expose_secret().as_bytes())
        else {
            return false;
        };
        mac.update(self.base.as_bytes());
        mac.update(target.as_bytes());
        let mut sorted: Vec<&(String, String)> = fields.iter().collect();
        sorted.sort();
        for (name, value) in sorted {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        mac.verify_slice(&signature).is_ok()
    }
}

/// A call that was signed.
struct Call {
    fields: Vec<(String, String)>,
    ask: Ask,
}

impl Call {
    /// Checks a call.
    fn of(request: &HttpRequest, body: &Bytes) -> Result<Self, Problem> {
        let wrong = || Problem::of(Code::SignatureWrong);
        let callbacks = request.app_data::<Data<Option<Callbacks>>>().ok_or_else(wrong)?;
        let callbacks = callbacks.as_ref().as_ref().ok_or_else(wrong)?;
        let mut sent = request.headers().get_all(SIGNATURE);
        let signature = sent.next().and_then(|value| value.to_str().ok()).ok_or_else(wrong)?;
        let pairs = form_urlencoded::parse(body).into_owned();
        let fields: Vec<(String, String)> = pairs.take(FIELDS).collect();
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        if !callbacks.has_signed(signature, target, &fields) {
            return Err(wrong());
        }
        let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
        let address = request.extensions().get::<ClientAddress>().map(|at| at.0.to_string());
        let origin = Origin { request: id.unwrap_or_default(), address };
        Ok(Self { fields, ask: Ask::of(Actor::System, origin) })
    }

    /// The first field of a name.
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A call's body, as octets. A type of its own, so that nothing is read of one that is too long.
struct Form(Bytes);

impl FromRequest for Form {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let read = Bytes::from_request(request, payload);
        Box::pin(async move {
            read.await.map(Self).map_err(|_too_long| Problem::of(Code::BodyTooLarge))
        })
    }
}

/// What became of a message.
#[post("/hooks/sms/status")]
async fn sms_status(
    request: HttpRequest,
    house: Data<House>,
    form: Form,
) -> Result<HttpResponse, Problem> {
    let call = Call::of(&request, &form.0)?;
    let query = form_urlencoded::parse(request.query_string().as_bytes());
    let id = query.into_owned().find(|(name, _)| name == MESSAGE);
    let id = id.and_then(|(_, id)| id.parse::<NotificationId>().ok());
    let word = |name| call.field(name).filter(|word| is_word(word)).unwrap_or_default().to_owned();
    if let Some(id) = id {
        let (status, gateway_id) = (word("MessageStatus"), word("MessageSid"));
        let code = call.field("ErrorCode").and_then(|code| code.parse().ok());
        house.hear_of_message(&call.ask, Said { id, status, gateway_id, code }).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// What somebody answers.
#[post("/hooks/sms/inbound")]
async fn sms_inbound(
    request: HttpRequest,
    house: Data<House>,
    form: Form,
) -> Result<HttpResponse, Problem> {
    let call = Call::of(&request, &form.0)?;
    let from = call.field("From").and_then(|from| PhoneNumber::parse(from).ok());
    // A gateway that knows the words itself says which it was.
    let known = match call.field("OptOutType") {
        Some("STOP") => Some(Reply::Stop),
        Some("START") => Some(Reply::Start),
        _ => call.field("Body").and_then(Reply::of),
    };
    if let (Some(from), Some(reply)) = (from, known) {
        house.take_reply(&call.ask, from, reply).await?;
    }
    // Nothing is answered: what there is to say, the gateway says itself.
    Ok(HttpResponse::Ok().content_type(ContentType::xml()).body("<Response/>"))
}

/// The paths of this file.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.app_data(PayloadConfig::new(LIMIT)).service(sms_status).service(sms_inbound);
    config.service(email::email);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_signature_is_the_one_that_the_gateways_own_documentation_computes() {
        let callbacks =
            Callbacks { base: "https://mycompany.com".to_owned(), token: "12345".into() };
        let call = fields(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]);
        let target = "/myapp.php?foo=1&bar=2";
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert!(callbacks.has_signed(signature, target, &call));
        let mut turned = call.clone();
        turned.reverse();
        assert!(callbacks.has_signed(signature, target, &turned), "whatever order they come in");
        assert!(!callbacks.has_signed(signature, "/myapp.php?foo=1&bar=3", &call));
        assert!(!callbacks.has_signed(signature, target, &call[1..]));
        assert!(!callbacks.has_signed("", target, &call));
        assert!(!callbacks.has_signed("not base64", target, &call));
        let other = Callbacks { token: "54321".into(), ..callbacks };
        assert!(!other.has_signed(signature, target, &call));
    }
}

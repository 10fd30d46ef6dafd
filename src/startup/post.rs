//! What hands messages over, as the settings say.

use secrecy::ExposeSecret;

use super::Failure;
use crate::config::{Gateway, Mail, Settings};
use crate::deliver::{
    Authorities, GatewaySettings, GatewayUrl, PATIENCE, Post, PostSettings, Server,
};

/// What hands messages over.
pub(super) fn post(settings: &Settings) -> Result<Post, Failure> {
    let mail = &settings.mail;
    let server = mail.smtp_url.as_ref().map(|url| Server::parse(url.expose_secret()));
    let server = server.transpose().map_err(|error| Failure::of("smtp_url", error))?;
    let settings = PostSettings {
        from: mail.from.clone(),
        answers_to: mail.inbound.as_ref().map(|inbound| inbound.address.clone()),
        folder: mail.folder.clone(),
        server,
        gateway: mail.gateway.as_ref().map(gateway).transpose()?,
        authorities: authorities(mail)?,
        link_enrolment: mail.link_enrolment.clone(),
        link_password_reset: mail.link_password_reset.clone(),
        link_invitation: mail.link_invitation.clone(),
        link_ticket: mail.link_ticket.clone(),
    };
    Post::open(settings).map_err(|error| Failure::of("mail", error))
}

/// The gateway for text messages.
fn gateway(set: &Gateway) -> Result<GatewaySettings, Failure> {
    let url = GatewayUrl::parse(&set.url).map_err(|error| Failure::of("sms_gateway_url", error))?;
    let Gateway { account, token, from, callback, .. } = set.clone();
    Ok(GatewaySettings { url, account, token, from, callback, patience: PATIENCE })
}

/// Who else may sign the certificates of the mail server and of the gateway.
pub(super) fn authorities(mail: &Mail) -> Result<Authorities, Failure> {
    let Some(file) = &mail.authorities else { return Ok(Authorities::default()) };
    let failed = |why: String| Failure::of(format!("extra_ca_file: {}", file.display()), why);
    let pem = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    Authorities::parse(pem).map_err(failed)
}

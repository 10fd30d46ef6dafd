//! What is said: a text for every kind and language, and how it becomes a subject, a text and HTML.
//!
//! A message is written once a language, in `templates`: a line `Subject: ..`, then paragraphs. The HTML
//! is the same paragraphs in one layout, escaped. Only the link and the code that we made ourselves
//! stand out in it: a name that looks like an address stays text.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::notification::MessageKind;
use minijinja::{Environment, UndefinedBehavior, context};
use serde_json::Value;

/// A file of one language.
macro_rules! file {
    ($language:literal, $name:literal) => {
        include_str!(concat!("../../templates/", $language, "/", $name, ".txt"))
    };
}

/// A file of the reader's language.
macro_rules! in_language {
    ($locale:expr, $name:literal) => {
        match $locale {
            Locale::English => file!("en", $name),
            Locale::Spanish => file!("es", $name),
        }
    };
}

/// The text of a kind, as an email says it. A kind without one does not compile.
const fn email_source(kind: MessageKind, locale: Locale) -> &'static str {
    match kind {
        MessageKind::ContactsChanged => in_language!(locale, "contacts_changed"),
        MessageKind::OwnersChanged => in_language!(locale, "owners_changed"),
        MessageKind::TenantSuspended => in_language!(locale, "tenant_suspended"),
        MessageKind::TenantResumed => in_language!(locale, "tenant_resumed"),
        MessageKind::SessionReuse => in_language!(locale, "session_reuse"),
        MessageKind::Enrolment => in_language!(locale, "enrolment"),
        MessageKind::PasswordReset => in_language!(locale, "password_reset"),
        MessageKind::PasswordChanged => in_language!(locale, "password_changed"),
        MessageKind::SignInInactive => in_language!(locale, "sign_in_inactive"),
        MessageKind::SecondFactorChanged => in_language!(locale, "second_factor_changed"),
        MessageKind::RecoveryCodeUsed => in_language!(locale, "recovery_code_used"),
        MessageKind::ColleagueChanged => in_language!(locale, "colleague_changed"),
        MessageKind::UserChanged => in_language!(locale, "user_changed"),
        MessageKind::UserReactivated => in_language!(locale, "user_reactivated"),
        MessageKind::DormancyWarning => in_language!(locale, "dormancy_warning"),
        MessageKind::LastSiteAdminDormant => in_language!(locale, "last_site_admin_dormant"),
        MessageKind::SiteAdminDeactivated => in_language!(locale, "site_admin_deactivated"),
        MessageKind::ContactCode => in_language!(locale, "contact_code"),
        MessageKind::ContactChanged => in_language!(locale, "contact_changed"),
        MessageKind::AccessChanged => in_language!(locale, "access_changed"),
        MessageKind::OwnAccessChanged => in_language!(locale, "own_access_changed"),
        MessageKind::ApiKeyChanged => in_language!(locale, "api_key_changed"),
        MessageKind::ApiKeyExpiring => in_language!(locale, "api_key_expiring"),
        MessageKind::FirstUseImported => in_language!(locale, "first_use_imported"),
        MessageKind::Invitation => in_language!(locale, "invitation"),
        MessageKind::InvitationRequested => in_language!(locale, "invitation_requested"),
        MessageKind::FamilyContactChanged => in_language!(locale, "family_contact_changed"),
        MessageKind::FamilyUnlinked => in_language!(locale, "family_unlinked"),
    }
}

/// The text of a kind as a text message says it; none for kinds that go to addresses only.
const fn sms_source(kind: MessageKind, locale: Locale) -> Option<&'static str> {
    Some(match kind {
        MessageKind::PasswordReset => in_language!(locale, "sms/password_reset"),
        MessageKind::ContactCode => in_language!(locale, "sms/contact_code"),
        MessageKind::ContactChanged => in_language!(locale, "sms/contact_changed"),
        MessageKind::PasswordChanged => in_language!(locale, "sms/password_changed"),
        MessageKind::SecondFactorChanged => in_language!(locale, "sms/second_factor_changed"),
        MessageKind::RecoveryCodeUsed => in_language!(locale, "sms/recovery_code_used"),
        MessageKind::SessionReuse => in_language!(locale, "sms/session_reuse"),
        MessageKind::SignInInactive => in_language!(locale, "sms/sign_in_inactive"),
        MessageKind::Invitation => in_language!(locale, "sms/invitation"),
        MessageKind::ContactsChanged
        | MessageKind::OwnersChanged
        | MessageKind::TenantSuspended
        | MessageKind::TenantResumed
        | MessageKind::Enrolment
        | MessageKind::ColleagueChanged
        | MessageKind::UserChanged
        | MessageKind::UserReactivated
        | MessageKind::DormancyWarning
        | MessageKind::LastSiteAdminDormant
        | MessageKind::SiteAdminDeactivated
        | MessageKind::AccessChanged
        | MessageKind::OwnAccessChanged
        | MessageKind::FirstUseImported
        | MessageKind::InvitationRequested
        | MessageKind::FamilyContactChanged
        | MessageKind::FamilyUnlinked
        | MessageKind::ApiKeyChanged
        | MessageKind::ApiKeyExpiring => return None,
    })
}

/// The layout of every email.
const LAYOUT: &str = include_str!("../../templates/layout.html");

/// What a message holds that stands out: what its reader came for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A link.
    Link(String),
    /// A code to type.
    Code(String),
    /// A link, and a code for whoever cannot open it.
    Either(String, String),
}

/// An email, as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Email {
    /// One line.
    pub(super) subject: String,
    /// The whole as text.
    pub(super) text: String,
    /// The whole as a page.
    pub(super) html: String,
}

/// Why a message cannot be written. A fault of ours; it names no fact.
#[derive(Debug, thiserror::Error)]
pub(super) enum TemplateError {
    /// A fact is missing, or the template is wrong.
    #[error("the template does not fit its facts: {0}")]
    Facts(#[from] minijinja::Error),
    /// The first line is no subject.
    #[error("the template does not begin with a subject")]
    Subject,
}

/// Writes messages.
pub(super) struct Templates(Environment<'static>);

impl Templates {
    /// Knows every template.
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        Self(environment)
    }

    /// Writes an email.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub(super) fn email(
        &self,
        (kind, locale): (MessageKind, Locale),
        facts: &Value,
        key: Option<&Key>,
    ) -> Result<Email, TemplateError> {
        let said = self.0.render_str(email_source(kind, locale), with_key(facts, key))?;
        let (first, body) = said.split_once('\n').ok_or(TemplateError::Subject)?;
        let subject = first.strip_prefix("Subject: ").map(str::trim);
        let subject =
            subject.filter(|subject| !subject.is_empty()).ok_or(TemplateError::Subject)?;
        let paragraphs = paragraphs(body);
        let footer: Vec<&str> = in_language!(locale, "footer").lines().collect();
        let shown: Vec<_> = paragraphs
            .iter()
            .map(|lines| context! { kind => kind_of(lines, key), lines => lines })
            .collect();
        let html = self.0.render_named_str(
            "layout.html",
            LAYOUT,
            context! { language => locale, subject, paragraphs => shown, footer },
        )?;
        let text: Vec<String> = paragraphs.iter().map(|lines| lines.join("\n")).collect();
        let text = format!("{}\n\n-- \n{}\n", text.join("\n\n"), footer.join("\n"));
        Ok(Email { subject: subject.to_owned(), text, html })
    }

    /// Writes a text message; none for a kind that is not sent as one.
    ///
    /// # Errors
    /// [`TemplateError::Facts`].
    pub(super) fn sms(
        &self,
        (kind, locale): (MessageKind, Locale),
        facts: &Value,
        key: Option<&Key>,
    ) -> Result<Option<String>, TemplateError> {
        let Some(source) = sms_source(kind, locale) else { return Ok(None) };
        let said = self.0.render_str(source, with_key(facts, key))?;
        Ok(Some(said.trim().to_owned()))
    }
}

/// The facts with the link or the code among them, every text on one line: a name cannot begin a
/// paragraph of its own.
fn with_key(facts: &Value, key: Option<&Key>) -> Value {
    let mut facts = on_one_line(facts);
    if let (Some(facts), Some(key)) = (facts.as_object_mut(), key) {
        let (link, code) = match key {
            Key::Link(link) => (Some(link), None),
            Key::Code(code) => (None, Some(code)),
            Key::Either(link, code) => (Some(link), Some(code)),
        };
        for (name, text) in [("link", link), ("code", code)] {
            if let Some(text) = text {
                facts.insert(name.to_owned(), Value::String(text.clone()));
            }
        }
    }
    facts
}

/// Facts with a space for every control character.
fn on_one_line(facts: &Value) -> Value {
    match facts {
        Value::String(text) => text.replace(char::is_control, " ").into(),
        Value::Array(all) => all.iter().map(on_one_line).collect(),
        Value::Object(all) => {
            all.iter().map(|(name, fact)| (name.clone(), on_one_line(fact))).collect()
        }
        other => other.clone(),
    }
}

/// The paragraphs of a text, each as its lines.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let all = lines.split(|line| line.is_empty());
    all.filter(|lines| !lines.is_empty()).map(<[&str]>::to_vec).collect()
}

/// How a paragraph looks: text, or the one thing that its reader came for.
fn kind_of(lines: &[&str], key: Option<&Key>) -> &'static str {
    let [only] = lines else { return "text" };
    match key {
        Some(Key::Link(link) | Key::Either(link, _)) if only == link => "link",
        Some(Key::Code(code) | Key::Either(_, code)) if only == code => "code",
        _ => "text",
    }
}

#[cfg(test)]
mod tests;

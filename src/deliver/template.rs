//! What is said: a text for every kind and language, and how it becomes a subject, a text and HTML.
//!
//! A message is written once a language, in `templates`: a line `Subject: ..`, then paragraphs. The HTML
//! is the same paragraphs in one layout, escaped. Only the link and the code that we made ourselves
//! stand out in it: a name that looks like an address stays text.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::notification::{MessageKind, Method};
use minijinja::{Environment, UndefinedBehavior, context};
use serde_json::Value;

mod examples;

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
        MessageKind::TicketOpened => in_language!(locale, "ticket_opened"),
        MessageKind::TicketAnswered => in_language!(locale, "ticket_answered"),
        MessageKind::CallerCode => in_language!(locale, "caller_code"),
        MessageKind::DevelopmentDone => in_language!(locale, "development_done"),
        MessageKind::TicketResolved => in_language!(locale, "ticket_resolved"),
        MessageKind::TicketReferred => in_language!(locale, "ticket_referred"),
        MessageKind::TicketReminder => in_language!(locale, "ticket_reminder"),
        MessageKind::TicketLapsed => in_language!(locale, "ticket_lapsed"),
        MessageKind::TargetMissed => in_language!(locale, "target_missed"),
        MessageKind::AttachmentDiscarded => in_language!(locale, "attachment_discarded"),
        MessageKind::TicketWatched => in_language!(locale, "ticket_watched"),
        MessageKind::OrganizationTold => in_language!(locale, "organization_told"),
        MessageKind::ArticleShared => in_language!(locale, "article_shared"),
        MessageKind::ArticleDrafted => in_language!(locale, "article_drafted"),
        MessageKind::AnswerNotTaken => in_language!(locale, "answer_not_taken"),
        MessageKind::FilesLeftOut => in_language!(locale, "files_left_out"),
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
        MessageKind::TicketOpened => in_language!(locale, "sms/ticket_opened"),
        MessageKind::TicketAnswered => in_language!(locale, "sms/ticket_answered"),
        MessageKind::CallerCode => in_language!(locale, "sms/caller_code"),
        MessageKind::DevelopmentDone => in_language!(locale, "sms/development_done"),
        MessageKind::TicketResolved => in_language!(locale, "sms/ticket_resolved"),
        MessageKind::TicketReferred => in_language!(locale, "sms/ticket_referred"),
        MessageKind::TicketReminder => in_language!(locale, "sms/ticket_reminder"),
        MessageKind::TicketLapsed => in_language!(locale, "sms/ticket_lapsed"),
        MessageKind::AttachmentDiscarded => in_language!(locale, "sms/attachment_discarded"),
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
        | MessageKind::TargetMissed
        | MessageKind::OrganizationTold
        | MessageKind::AnswerNotTaken
        | MessageKind::FilesLeftOut
        | MessageKind::TicketWatched
        | MessageKind::ArticleShared
        | MessageKind::ArticleDrafted
        | MessageKind::ApiKeyChanged
        | MessageKind::ApiKeyExpiring => return None,
    })
}

/// The layout of every email.
const LAYOUT: &str = include_str!("../../templates/layout.html");

/// What a message holds that stands out: what its reader came for. Both are made of the message's secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// A link.
    pub(super) link: Option<String>,
    /// A code to type.
    pub(super) code: Option<String>,
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
        keys: &Keys,
    ) -> Result<Email, TemplateError> {
        self.email_with((kind, locale), facts, keys, in_language!(locale, "footer"))
    }

    /// As [`Self::email`], of a message that its reader may answer.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub(super) fn email_to_answer(
        &self,
        (kind, locale): (MessageKind, Locale),
        facts: &Value,
        keys: &Keys,
    ) -> Result<Email, TemplateError> {
        self.email_with((kind, locale), facts, keys, in_language!(locale, "footer_answer"))
    }

    /// Writes an email with what stands below every text.
    fn email_with(
        &self,
        (kind, locale): (MessageKind, Locale),
        facts: &Value,
        keys: &Keys,
        footer: &str,
    ) -> Result<Email, TemplateError> {
        let said = self.0.render_str(email_source(kind, locale), with_keys(facts, keys))?;
        let (first, body) = said.split_once('\n').ok_or(TemplateError::Subject)?;
        let subject = first.strip_prefix("Subject: ").map(str::trim);
        let subject =
            subject.filter(|subject| !subject.is_empty()).ok_or(TemplateError::Subject)?;
        let paragraphs = paragraphs(body);
        let footer: Vec<&str> = footer.lines().collect();
        let shown: Vec<_> = paragraphs
            .iter()
            .map(|lines| context! { kind => kind_of(lines, keys), lines => lines })
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
        keys: &Keys,
    ) -> Result<Option<String>, TemplateError> {
        let Some(source) = sms_source(kind, locale) else { return Ok(None) };
        let said = self.0.render_str(source, with_keys(facts, keys))?;
        Ok(Some(said.trim().to_owned()))
    }
}

/// Whether a kind is written as what a method carries.
pub fn is_sent_by(kind: MessageKind, method: Method) -> bool {
    match method {
        Method::Email => true,
        Method::Sms => sms_source(kind, Locale::English).is_some(),
    }
}

/// What a message says with made-up facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The subject of an email.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// The page of an email.
    pub html: Option<String>,
}

/// Writes a message about people who do not exist; none for a kind that is not sent this way.
///
/// # Errors
/// A template does not fit its facts, which is a bug.
pub fn preview(
    (kind, locale): (MessageKind, Locale),
    method: Method,
) -> Result<Option<Preview>, String> {
    let (facts, keys) = examples::of(kind);
    let templates = Templates::new();
    let written = match method {
        Method::Email => templates.email((kind, locale), &facts, &keys).map(|email| {
            let Email { subject, text, html } = email;
            Some(Preview { subject: Some(subject), text, html: Some(html) })
        }),
        Method::Sms => templates
            .sms((kind, locale), &facts, &keys)
            .map(|text| text.map(|text| Preview { subject: None, text, html: None })),
    };
    written.map_err(|error| error.to_string())
}

/// The facts with the link or the code among them, every text on one line: a name cannot begin a
/// paragraph of its own.
fn with_keys(facts: &Value, keys: &Keys) -> Value {
    let mut facts = on_one_line(facts);
    let known = [("link", &keys.link), ("code", &keys.code)];
    for (name, key) in known {
        if let (Some(facts), Some(key)) = (facts.as_object_mut(), key) {
            facts.insert(name.to_owned(), Value::String(key.clone()));
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
fn kind_of(lines: &[&str], keys: &Keys) -> &'static str {
    let [only] = lines else { return "text" };
    let is = |key: &Option<String>| key.as_deref() == Some(*only);
    if is(&keys.link) {
        "link"
    } else if is(&keys.code) {
        "code"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests;

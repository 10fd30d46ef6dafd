//! What is shown of messages.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{
    MessageKind, MessageState, Method, SuppressionReason, WaitReason,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::ActionKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, page};
use crate::deliver::{Preview, is_sent_by};
use crate::store::notifications::Sent;

/// What a menu shows for a message, in this order.
const MENU: [ActionKind; 1] = [ActionKind::ResendNotification];

/// A message that was sent, or waits to be. What it says is not shown, and never its link or its code.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e19", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "kind": "password_changed", "method": "email", "contact": "ana.ruiz@pinelodge.example", "locale": "en",
    "state": "sent", "waits_for": null, "due_at": null, "attempts": 1, "failure": null, "gateway_status": null,
    "suppression": null, "resent_from": null, "created_at": "2026-11-21T09:30:00Z",
    "last_attempt_at": "2026-11-21T09:30:01Z", "finished_at": "2026-11-21T09:30:02Z",
    "allowed_actions": [{"action": "notification.resend", "allowed": true, "barred_by": null}]}))]
pub(super) struct Notification {
    /// Its id.
    id: NotificationId,
    /// The tenant on whose behalf it is sent; null for the desk's own and for families'.
    tenant_id: Option<TenantId>,
    /// What it says.
    kind: MessageKind,
    /// How it travels.
    method: Method,
    /// The address or the number that it goes to; masked for the desk.
    #[schema(max_length = 254, pattern = "^[^\\x00]*$", example = "ana.ruiz@pinelodge.example")]
    contact: String,
    /// The language that it is written in.
    locale: Locale,
    /// What has become of it.
    state: MessageState,
    /// What it waits for, if it waits for more than its turn.
    waits_for: Option<WaitReason>,
    /// When it is tried next; null once it is at its end.
    due_at: Option<Moment>,
    /// How often it was tried.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32", example = 1)]
    attempts: i32,
    /// Why the last attempt did not succeed; null if it did, or if there was none.
    #[schema(max_length = 500, pattern = "^[^\\x00]*$", example = "the mail server answered 451")]
    failure: Option<String>,
    /// What the gateway last said of it, in its own word; null for emails.
    #[schema(max_length = 64, pattern = "^[A-Za-z0-9_-]*$", example = "delivered")]
    gateway_status: Option<String>,
    /// Why nothing is sent to its contact now; null if something is.
    suppression: Option<SuppressionReason>,
    /// The message that it repeats; null if it repeats none.
    resent_from: Option<NotificationId>,
    /// When it was queued.
    created_at: Moment,
    /// When its last attempt began; null before the first.
    last_attempt_at: Option<Moment>,
    /// When it was at its end; null as long as it waits.
    finished_at: Option<Moment>,
    /// What the caller may do with it.
    #[schema(max_items = 1)]
    allowed_actions: Vec<AllowedAction>,
}

page! {
    /// A page of messages.
    NotificationPage of Notification, example {"data": [], "next_cursor": null}
}

impl Notification {
    /// The message as `actor` sees it.
    pub(super) fn seen(sent: Sent, actor: &Actor, now: Moment) -> Self {
        let allowed_actions = allowed_actions(&MENU, actor, &sent.facts(), now);
        let is_of_tenant = actor.person().is_some_and(|person| person.tenant.is_some());
        let is_open = sent.finished_at.is_none();
        Self {
            contact: contact(sent.method, sent.recipient, is_of_tenant),
            id: sent.id,
            tenant_id: sent.tenant,
            kind: sent.kind,
            method: sent.method,
            locale: sent.locale,
            state: sent.state,
            waits_for: sent.waits_for.filter(|_| is_open),
            due_at: is_open.then_some(sent.due_at),
            attempts: sent.attempts,
            failure: sent.failure,
            gateway_status: sent.gateway_status,
            suppression: sent.suppression,
            resent_from: sent.resent_from,
            created_at: sent.created_at,
            last_attempt_at: sent.last_attempt_at,
            finished_at: sent.finished_at,
            allowed_actions,
        }
    }
}

/// A contact in full, or enough of it for its owner to recognise.
fn contact(method: Method, text: String, in_full: bool) -> String {
    if in_full {
        return text;
    }
    Contact::parse(method, &text).map_or_else(|_| "***".to_owned(), |contact| contact.masked())
}

/// A number that grows with what becomes of a message.
pub(super) fn version(sent: &Sent) -> i64 {
    let ends = match sent.state {
        MessageState::Queued => 1,
        MessageState::Sent | MessageState::Suppressed => 2,
        MessageState::Failed => 3,
        MessageState::Delivered => 4,
    };
    i64::from(sent.attempts).saturating_add(ends)
}

/// A kind of message, and how it is sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"kind": "password_reset", "methods": ["email", "sms"], "locales": ["en", "es"]}))]
pub(super) struct NotificationTemplate {
    /// What it says.
    kind: MessageKind,
    /// How it can travel.
    #[schema(max_items = 2)]
    methods: Vec<Method>,
    /// The languages that it is written in.
    #[schema(max_items = 2)]
    locales: Vec<Locale>,
}

page! {
    /// Every kind of message.
    NotificationTemplatePage of NotificationTemplate, example {"data": [
        {"kind": "password_reset", "methods": ["email", "sms"], "locales": ["en", "es"]}], "next_cursor": null}
}

impl NotificationTemplate {
    /// A kind as it is sent.
    pub(super) fn of(kind: MessageKind) -> Self {
        let methods = Method::ALL.iter().copied().filter(|method| is_sent_by(kind, *method));
        Self { kind, methods: methods.collect(), locales: Locale::ALL.to_vec() }
    }
}

/// What a message says, about people who do not exist.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "subject": null, "text": "caredesk: your code is 123456. It counts for 10 minutes.", "html": null}))]
pub(super) struct NotificationPreview {
    /// The subject of an email; null for a text message.
    #[schema(max_length = 500, pattern = "^[^\\x00]*$", example = "Choose a new password")]
    subject: Option<String>,
    /// The text.
    #[schema(
        max_length = 20_000,
        pattern = "^[^\\x00]*$",
        example = "caredesk: your code is 123456."
    )]
    text: String,
    /// The page of an email; null for a text message.
    #[schema(max_length = 40_000, pattern = "^[^\\x00]*$", example = "<!doctype html>")]
    html: Option<String>,
}

impl From<Preview> for NotificationPreview {
    fn from(preview: Preview) -> Self {
        let Preview { subject, text, html } = preview;
        Self { subject, text, html }
    }
}

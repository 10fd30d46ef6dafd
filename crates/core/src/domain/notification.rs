//! Messages that leave the product. They are queued with the change that causes them.

use super::EmailAddress;
use super::account::Locale;
use super::ids::TenantId;

words! {
    /// Which template a message is written from.
    MessageKind {
        /// To the old notification address and the owners: the tenant's contacts were changed.
        ContactsChanged = "contacts_changed",
        /// To the old notification address and the owner concerned: an owner on file was changed.
        OwnersChanged = "owners_changed",
        /// To the notification address: the tenant was suspended.
        TenantSuspended = "tenant_suspended",
        /// To the notification address: the tenant is in use again.
        TenantResumed = "tenant_resumed",
        /// To an account: somebody used an old refresh token, so its sessions were ended.
        SessionReuse = "session_reuse",
    }
}

words! {
    /// How a message travels.
    Method {
        /// By email.
        Email = "email",
        /// As a text message.
        Sms = "sms",
    }
}

/// A message as a use case asks for it; the template says it in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which template.
    pub kind: MessageKind,
    /// To whom.
    pub to: EmailAddress,
    /// In which language.
    pub locale: Locale,
    /// On whose behalf; none for the desk's own.
    pub tenant: Option<TenantId>,
}

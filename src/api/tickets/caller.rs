//! For whom agents open tickets. Who asks for themselves, and by the portal, is nobody's caller: their words are none
//! here, so that the document offers nothing that is always refused.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::desk::{Channel, RequesterKind};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::service::tickets::{Caller, CallerAsked};

/// As what a caller is judged: anybody but the desk's own people and the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "family")]
pub(in crate::api) enum CallerKind {
    /// A guardian, or somebody who says so.
    Family,
    /// Somebody who says that the address in question is theirs.
    EmailOwner,
    /// Somebody who gets mail that is meant for others.
    ThirdPartyRecipient,
    /// A nurse or a doctor who asks about their own access.
    Provider,
    /// A user of an organisation who is neither Support User nor Site Admin.
    OrgStaff,
    /// A user who may log tickets.
    SupportUser,
    /// A user who manages the organisation's users; also one who was deactivated as such.
    SiteAdmin,
    /// The owner on file.
    BusinessOwner,
    /// Nobody knows.
    Unknown,
}

/// By which way a caller comes; whoever comes by the portal asks there themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "phone")]
pub(in crate::api) enum CallerChannel {
    /// A message by email.
    Email,
    /// A call.
    Phone,
    /// A chat.
    Chat,
    /// Paper.
    Mail,
}

impl From<CallerKind> for RequesterKind {
    fn from(of: CallerKind) -> Self {
        match of {
            CallerKind::Family => Self::Family,
            CallerKind::EmailOwner => Self::EmailOwner,
            CallerKind::ThirdPartyRecipient => Self::ThirdPartyRecipient,
            CallerKind::Provider => Self::Provider,
            CallerKind::OrgStaff => Self::OrgStaff,
            CallerKind::SupportUser => Self::SupportUser,
            CallerKind::SiteAdmin => Self::SiteAdmin,
            CallerKind::BusinessOwner => Self::BusinessOwner,
            CallerKind::Unknown => Self::Unknown,
        }
    }
}

impl From<CallerChannel> for Channel {
    fn from(of: CallerChannel) -> Self {
        match of {
            CallerChannel::Email => Self::Email,
            CallerChannel::Phone => Self::Phone,
            CallerChannel::Chat => Self::Chat,
            CallerChannel::Mail => Self::Mail,
        }
    }
}

/// For whom an agent opens a ticket.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "requester": "family", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "channel": "phone",
    "name": "Gil Ferro", "email": "gil.ferro@mail.example"}))]
pub(super) struct TicketCaller {
    /// As what the caller is judged.
    requester: CallerKind,
    /// The organisation that it is about.
    tenant_id: TenantId,
    /// By which way the caller came.
    channel: CallerChannel,
    /// The caller's account, if one is known. It proves nothing: anybody can say whose they are.
    #[serde(default)]
    #[schema(nullable = false)]
    account_id: Option<AccountId>,
    /// What the caller is called.
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<PersonName>,
    /// Where the caller is written to; one of account, email and phone is there.
    #[serde(default)]
    #[schema(nullable = false)]
    email: Option<EmailAddress>,
    /// Where the caller is called back or sent text messages.
    #[serde(default)]
    #[schema(nullable = false)]
    phone: Option<PhoneNumber>,
    /// The language the caller is written to in; the organisation's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    locale: Option<Locale>,
}

impl From<TicketCaller> for CallerAsked {
    fn from(of: TicketCaller) -> Self {
        Self {
            requester: of.requester.into(),
            tenant: of.tenant_id,
            channel: of.channel.into(),
            account: of.account_id,
            caller: Caller { name: of.name, email: of.email, phone: of.phone },
            locale: of.locale,
        }
    }
}

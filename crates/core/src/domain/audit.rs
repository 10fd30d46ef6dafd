//! The audit: what is written down of every change, refusal and read that must be shown later.
//!
//! An entry names things by id and never holds personal data or a secret.

use super::framing::framed;
use super::ids::{AuditEntryId, TenantId};
use super::time::Moment;

words! {
    /// How an attempt ended.
    AuditOutcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Denied = "denied",
    }
}

/// Most ids, words or codes that an entry's detail names.
pub const MAX_DETAIL: usize = 2_000;

/// The chain an entry is linked in: one for each tenant, one for the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// Desk, families, sign-ins of unknown tenants.
    Platform,
    /// One tenant's.
    Tenant(TenantId),
}

impl Chain {
    /// The chain's name in the store and in exports: `platform`, or the tenant's id.
    pub fn name(self) -> String {
        match self {
            Self::Platform => "platform".to_owned(),
            Self::Tenant(tenant) => tenant.to_string(),
        }
    }

    /// The tenant whose chain it is.
    pub fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Platform => None,
            Self::Tenant(tenant) => Some(tenant),
        }
    }
}

/// One entry, as it is kept and sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditEntryId,
    /// The chain it belongs to.
    pub chain: Chain,
    /// When it happened.
    pub at: Moment,
    /// As what the actor acted: a role, `system`, `operator` or `public`.
    pub actor_kind: String,
    /// Which account acted.
    pub actor: Option<uuid::Uuid>,
    /// Through which session.
    pub session: Option<uuid::Uuid>,
    /// What was done or tried.
    pub action: String,
    /// On which object.
    pub target: Option<uuid::Uuid>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The rule that refused it.
    pub rule: Option<String>,
    /// How often the same refusal came; 1 for everything else.
    pub count: i64,
    /// Which fields changed, which evidence was given: words and ids as JSON, no personal data.
    pub detail: Option<String>,
    /// From which network address.
    pub address: Option<String>,
    /// In which request.
    pub request: String,
}

impl AuditEntry {
    /// The bytes that the entry's code and the chain are computed over: every field, each behind its
    /// length, so that no two entries have the same bytes.
    pub fn canonical(&self) -> Vec<u8> {
        let id = |id: &Option<uuid::Uuid>| id.map(|id| id.to_string());
        framed([
            Some(self.id.to_string()),
            Some(self.chain.name()),
            Some(self.at.micros().to_string()),
            Some(self.actor_kind.clone()),
            id(&self.actor),
            id(&self.session),
            Some(self.action.clone()),
            id(&self.target),
            Some(self.outcome.as_str().to_owned()),
            self.rule.clone(),
            Some(self.count.to_string()),
            self.detail.clone(),
            self.address.clone(),
            Some(self.request.clone()),
        ])
    }
}

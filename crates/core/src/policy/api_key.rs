//! The rules about keys of programs: nobody hands on by a key what they do not hold themselves.

use super::action::{ActionKind, OfOneTenant, Target};
use super::permit::Denial;
use crate::domain::actor::Actor;
use crate::domain::api_key::{ApiKey, ApiKeyStatus};
use crate::domain::code::Code;
use crate::domain::ids::{ApiKeyId, TenantId};
use crate::domain::permission::PermissionSet;
use crate::domain::time::Moment;

/// What the rules and the writing functions need to know of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyFacts {
    /// Which key; none for one that is to be made.
    pub id: Option<ApiKeyId>,
    /// The organisation.
    pub tenant: TenantId,
    /// What it permits.
    pub scopes: PermissionSet,
    /// Whether it counts.
    pub status: ApiKeyStatus,
    /// Until when the secret of before works; in the past if it does not.
    pub previous_until: Option<Moment>,
    /// Whether the secret of before is to stop at once.
    pub drops_previous: bool,
}

impl ApiKeyFacts {
    /// A key that is about to be made.
    pub const fn of_new(tenant: TenantId, scopes: PermissionSet) -> Self {
        let status = ApiKeyStatus::Active;
        Self { id: None, tenant, scopes, status, previous_until: None, drops_previous: false }
    }
}

impl ApiKey {
    /// What the rules need to know of this key now.
    pub fn facts(&self, now: Moment) -> ApiKeyFacts {
        ApiKeyFacts {
            id: Some(self.id),
            tenant: self.tenant,
            scopes: self.scopes,
            status: self.status(now),
            previous_until: self.previous_until,
            drops_previous: false,
        }
    }
}

impl OfOneTenant for ApiKeyFacts {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl Target for ApiKeyFacts {
    fn bars(&self, action: ActionKind, actor: &Actor, now: Moment) -> Vec<Denial> {
        let mut found = Vec::new();
        // Whoever makes a key, or gives it another secret, sees the secret and can use it.
        let shows_secret = matches!(action, ActionKind::CreateApiKey | ActionKind::RotateApiKey);
        let holds =
            actor.person().map_or_else(PermissionSet::all, |person| person.standing.holds());
        if shows_secret && !holds.covers(self.scopes) {
            found.push(Denial::of(Code::PermissionsOutOfReach));
        }
        let is_over = match action {
            // One that expired may be ended for good, so that nobody rotates it back.
            ActionKind::RevokeApiKey => self.status == ApiKeyStatus::Revoked,
            _ => self.status != ApiKeyStatus::Active,
        };
        if is_over {
            found.push(Denial::conflict(Code::ApiKeyOver));
        }
        // The one of before would end unasked, with programs that still use it.
        let overlaps = self.previous_until.is_some_and(|until| until > now);
        if action == ActionKind::RotateApiKey && overlaps && !self.drops_previous {
            found.push(Denial::conflict(Code::ApiKeyRotating));
        }
        found
    }
}

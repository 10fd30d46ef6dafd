//! Permits about keys of programs.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::api_key::ApiKey;
use caredesk_core::domain::ids::ApiKeyId;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::policy::action::CreateApiKey;
use caredesk_core::policy::{self, Action, ApiKeyFacts, Permit};

use super::governed::governed;
use super::refusal::Refusal;
use super::unchanged;
use crate::store::{self, Tx};

/// Asks whether `actor` may make a key that permits this, under the tenant's lock.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_new_api_key(
    tx: &mut Tx<'_>,
    actor: &Actor,
    scopes: PermissionSet,
) -> Result<Permit<CreateApiKey>, Refusal> {
    let governed = governed::<CreateApiKey>(tx, actor)?;
    let facts = ApiKeyFacts::of_new(governed.tenant(), scopes);
    Ok(policy::decide::<CreateApiKey>(governed.who(), facts, tx.now)?)
}

/// Asks whether `actor` may do `A` to a key that they see, under the tenant's lock; `drops_previous` says that
/// the secret of before is to end at once. The key is locked, and handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found for a key that is not theirs to see; stale if the version is
/// another one than the one that is there.
pub fn admit_api_key<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (ApiKeyId, Option<i64>),
    drops_previous: bool,
) -> Result<(Permit<A>, ApiKey), Refusal>
where
    A: Action<Target = ApiKeyFacts>,
{
    let governed = governed::<A>(tx, actor)?;
    let scope = policy::sight(A::KIND, governed.who(), tx.now)?;
    let key = store::api_keys::find_locked(tx.conn, scope, id)?.ok_or(Refusal::NotFound)?;
    unchanged(version, key.version)?;
    let facts = ApiKeyFacts { drops_previous, ..key.facts(tx.now) };
    Ok((policy::decide::<A>(governed.who(), facts, tx.now)?, key))
}

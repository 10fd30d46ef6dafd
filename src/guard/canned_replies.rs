//! Who may change a canned reply.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::canned_reply::CannedReply;
use caredesk_core::domain::ids::CannedReplyId;
use caredesk_core::policy::{self, Action, CannedReplyFacts, Permit};

use super::{Refusal, unchanged};
use crate::store::{self, Tx};

/// Asks whether `actor` may do `A` to a canned reply. It is locked, and handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found; stale if the version is another one than the one that is there.
pub fn admit_canned_reply<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (CannedReplyId, Option<i64>),
) -> Result<(Permit<A>, CannedReply), Refusal>
where
    A: Action<Target = CannedReplyFacts>,
{
    let scope = policy::sight(A::KIND, actor, tx.now)?;
    let found = store::canned_replies::find_locked(tx.conn, scope, id)?;
    let reply = found.ok_or(Refusal::NotFound)?;
    unchanged(version, reply.version)?;
    let facts = CannedReplyFacts { id, version: reply.version };
    Ok((policy::decide::<A>(actor, facts, tx.now)?, reply))
}

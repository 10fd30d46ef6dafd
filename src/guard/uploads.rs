//! Who sees an upload, and what they may do with it.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::UploadId;
use caredesk_core::policy::{self, Action, Permit, UploadFacts, UploadSight};

use super::Refusal;
use crate::store::uploads::Upload;
use crate::store::{self, Tx};

/// Asks whether `actor` may do `A` to an upload that they see. The upload is locked, and handed over.
///
/// # Errors
/// Every rule that forbids it; not found for an upload that is not theirs to see, or has run out.
pub fn admit_upload<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UploadId,
) -> Result<(Permit<A>, Upload), Refusal>
where
    A: Action<Target = UploadFacts>,
{
    let sight = UploadSight::by(actor, policy::sight(A::KIND, actor, tx.now)?);
    let found = store::uploads::find_locked(tx.conn, sight, id, tx.now)?;
    let upload = found.ok_or(Refusal::NotFound)?;
    Ok((policy::decide::<A>(actor, upload.facts(), tx.now)?, upload))
}

//! Who sees an upload, and what they may do with it.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::UploadId;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::upload::{UploadPurpose, UploadState};
use caredesk_core::policy::action::CreateUpload;
use caredesk_core::policy::{
    self, Action, ActionKind, NewUploadFacts, Permit, UploadFacts, UploadSight,
};

use super::Refusal;
use crate::store::uploads::Upload;
use crate::store::{self, Tx};

/// Asks whether `actor` may announce a file for a purpose.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_new_upload(
    actor: &Actor,
    purpose: UploadPurpose,
    now: Moment,
) -> Result<Permit<CreateUpload>, Refusal> {
    Ok(policy::decide::<CreateUpload>(actor, NewUploadFacts { purpose }, now)?)
}

/// Finds an upload that a job of `actor`'s can use, and locks it.
///
/// # Errors
/// `upload.not_complete`, `upload.in_use`, and not found for one that is not theirs to see, is for something
/// else, or has run out.
pub fn usable_upload(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, purpose): (UploadId, UploadPurpose),
) -> Result<(), Refusal> {
    let sight = UploadSight::by(actor, policy::sight(ActionKind::ReadUpload, actor, tx.now)?);
    let found = store::uploads::find_locked(tx.conn, sight, id, tx.now)?;
    let found = found.filter(|upload| upload.purpose == purpose);
    match found.ok_or(Refusal::NotFound)?.state {
        UploadState::Complete => Ok(()),
        UploadState::Pending => Err(Refusal::Because(Code::UploadPending)),
        UploadState::InUse => Err(Refusal::Because(Code::UploadInUse)),
    }
}

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

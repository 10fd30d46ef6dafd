//! Who may send a message again, and have a contact written to again.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{NotificationId, SuppressionId};
use caredesk_core::policy::action::{LiftSuppression, ResendNotification};
use caredesk_core::policy::{self, Action, NotificationSight, Permit};

use super::{Refusal, unchanged};
use crate::store::notifications::Sent;
use crate::store::suppressions::Suppression;
use crate::store::{self, Tx};

/// Asks whether `actor` may send a message again that they see; the message is handed over.
///
/// # Errors
/// Every rule that forbids it; not found for a message that is not theirs to see.
pub fn admit_resend(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: NotificationId,
) -> Result<(Permit<ResendNotification>, Sent), Refusal> {
    let scope = policy::sight(ResendNotification::KIND, actor, tx.now)?;
    let sight = NotificationSight::of(scope, actor);
    let sent = store::notifications::find(tx.conn, &sight, id)?.ok_or(Refusal::NotFound)?;
    Ok((policy::decide::<ResendNotification>(actor, sent.facts(), tx.now)?, sent))
}

/// Asks whether `actor` may have a contact written to again whose suppression they see. It is locked: a STOP
/// that comes meanwhile finds it as it was, or gone.
///
/// # Errors
/// Every rule that forbids it; not found for a suppression that is not theirs to see; stale if the version
/// is another one than the one that is there.
pub fn admit_lift(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (SuppressionId, Option<i64>),
) -> Result<(Permit<LiftSuppression>, Suppression), Refusal> {
    let scope = policy::sight(LiftSuppression::KIND, actor, tx.now)?;
    let sight = NotificationSight::of(scope, actor);
    let held = store::suppressions::find_locked(tx.conn, &sight, id)?.ok_or(Refusal::NotFound)?;
    unchanged(version, held.version)?;
    Ok((policy::decide::<LiftSuppression>(actor, held.facts(), tx.now)?, held))
}

//! Contacts that nothing is sent to: looked at, and written to again.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::SuppressionId;
use caredesk_core::domain::page::Page;
use caredesk_core::policy::NotificationSight;
use caredesk_core::policy::action::ReadSuppression;
use serde_json::json;

use super::perform::Looker;
use super::steps::note;
use crate::guard::{Refusal, admit, admit_lift};
use crate::store::db::Conn;
use crate::store::suppressions::{Suppression, SuppressionKey, SuppressionQuery};
use crate::store::{self, Tx};

/// One suppression.
///
/// # Errors
/// Not found, also for a contact that was not written to on behalf of the asker's organisation, and
/// whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: SuppressionId) -> Result<Suppression, Refusal> {
    let permit = admit::<ReadSuppression>(&looker.actor, looker.now)?;
    let sight = NotificationSight::of(permit.scope(), permit.actor());
    store::suppressions::find(conn, &sight, id)?.ok_or(Refusal::NotFound)
}

/// A page of the suppressions that the asker sees, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &SuppressionQuery,
) -> Result<Page<Suppression, SuppressionKey>, Refusal> {
    let permit = admit::<ReadSuppression>(&looker.actor, looker.now)?;
    let sight = NotificationSight::of(permit.scope(), permit.actor());
    Ok(store::suppressions::list(conn, &sight, ask)?)
}

/// Has a contact written to again.
///
/// # Errors
/// `suppression.stopped`, `version.stale`, not found, and whatever the permit denies.
pub fn lift(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: (SuppressionId, Option<i64>),
) -> Result<(), Refusal> {
    let (permit, held) = admit_lift(tx, who, key)?;
    store::suppressions::lift(tx, &permit)?;
    let tenant = who.person().and_then(|person| person.tenant);
    note::about(tx, &permit, (tenant, key.0.uuid()), &json!({"reason": held.reason}))
}

//! Records of training (PM2, "Support Users"): entered and withdrawn by Site Admins, never changed.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TrainingRecordId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::user::{MAX_TRAINING_RECORDS, NewTraining, TrainingRecord, User};
use caredesk_core::policy::action::{ReadUser, RecordTraining};
use caredesk_core::policy::{Permit, UserChange};
use serde_json::json;

use super::perform::Looker;
use super::steps::note;
use crate::guard::{Refusal, Violation, admit, admit_user};
use crate::store::db::Conn;
use crate::store::training::{TrainingKey, TrainingQuery};
use crate::store::{self, Tx};

/// Enters a record of a user's training.
///
/// # Errors
/// A day that is yet to come where the organisation is, `training.too_many`, not found, and whatever the
/// permit denies.
pub fn record(
    tx: &mut Tx<'_>,
    who: &Actor,
    user: AccountId,
    new: &NewTraining,
) -> Result<TrainingRecord, Refusal> {
    let (permit, of) =
        admit_user::<RecordTraining>(tx, who, (user, None), |_| UserChange::default())?;
    past(tx, &permit, &of, new)?;
    if store::training::count(tx.conn, &permit)? >= MAX_TRAINING_RECORDS {
        return Err(Refusal::Because(Code::TrainingFull));
    }
    let id = TrainingRecordId::of(tx.new_uuid());
    store::training::insert(tx, &permit, id, new)?;
    let detail = json!({"record": id, "fully_trained": new.fully_trained});
    note::about(tx, &permit, (Some(of.tenant), user.uuid()), &detail)?;
    after(tx, &permit, id)
}

/// Refuses training that is yet to be completed.
fn past(
    tx: &mut Tx<'_>,
    permit: &Permit<RecordTraining>,
    of: &User,
    new: &NewTraining,
) -> Result<(), Refusal> {
    let tenant = store::tenants::find(tx.conn, permit.scope(), of.tenant)?;
    let zone = tenant.ok_or(Refusal::NotFound)?.settings.time_zone.zone();
    if new.completed_on.date() <= tx.now.timestamp().to_zoned(zone).date() {
        return Ok(());
    }
    Err(Refusal::Invalid(vec![Violation {
        pointer: "#/completed_on".to_owned(),
        code: "future".to_owned(),
        detail: "is yet to come in the organisation's time zone".to_owned(),
    }]))
}

/// A page of a user's records, newest first; withdrawn ones are among them.
///
/// # Errors
/// Not found, also for a user of another organisation, and whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &TrainingQuery,
) -> Result<Page<TrainingRecord, TrainingKey>, Refusal> {
    let permit = admit::<ReadUser>(&looker.actor, looker.now)?;
    if !store::training::is_user(conn, permit.scope(), ask.user)? {
        return Err(Refusal::NotFound);
    }
    Ok(store::training::list(conn, permit.scope(), ask)?)
}

/// One record of a user's.
///
/// # Errors
/// Not found, also for a user of another organisation, and whatever the permit denies.
pub fn read(
    conn: &mut Conn,
    looker: &Looker,
    key: (AccountId, TrainingRecordId),
) -> Result<TrainingRecord, Refusal> {
    let permit = admit::<ReadUser>(&looker.actor, looker.now)?;
    store::training::find(conn, permit.scope(), key)?.ok_or(Refusal::NotFound)
}

/// Withdraws a record: it stays, and counts no more.
///
/// # Errors
/// `training.already_withdrawn`, not found, and whatever the permit denies.
pub fn withdraw(
    tx: &mut Tx<'_>,
    who: &Actor,
    (user, id): (AccountId, TrainingRecordId),
) -> Result<TrainingRecord, Refusal> {
    let (permit, of) =
        admit_user::<RecordTraining>(tx, who, (user, None), |_| UserChange::default())?;
    after(tx, &permit, id)?;
    if !store::training::withdraw(tx, &permit, id)? {
        return Err(Refusal::Because(Code::TrainingWithdrawn));
    }
    note::about(tx, &permit, (Some(of.tenant), user.uuid()), &json!({"withdrawn": id}))?;
    after(tx, &permit, id)
}

/// The record as the transaction sees it.
fn after(
    tx: &mut Tx<'_>,
    permit: &Permit<RecordTraining>,
    id: TrainingRecordId,
) -> Result<TrainingRecord, Refusal> {
    let key = (permit.target().id, id);
    store::training::find(tx.conn, permit.scope(), key)?.ok_or(Refusal::NotFound)
}

//! Owners on file: the authority of last resort, changed on recorded evidence only.
//!
//! Every change locks the tenant's governance row, tells the address that was on file, and authorises
//! nothing before it has aged.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::ids::{OwnerId, TenantId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::owner::{MAX_OWNERS, Owner, OwnerDetails};
use caredesk_core::domain::tenant::Tenant;
use caredesk_core::policy::action::{AddOwner, ChangeOwner, ConfirmOwner, ReadOwner, RemoveOwner};
use caredesk_core::policy::{Action, Permit, TenantFacts};
use serde_json::json;

use super::perform::Looker;
use super::steps::notice;
use crate::guard::{Refusal, admit, admit_tenant, unchanged};
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::{self, Tx};

/// Which owner, of which tenant, in which version.
#[derive(Debug, Clone, Copy)]
pub struct OwnerKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The owner.
    pub id: OwnerId,
    /// The version that the change was made for.
    pub version: Option<i64>,
}

/// The owners of a tenant.
///
/// # Errors
/// Not found, also for a tenant of somebody else's.
pub fn list(conn: &mut Conn, looker: &Looker, tenant: TenantId) -> Result<Vec<Owner>, Refusal> {
    let permit = admit::<ReadOwner>(&looker.actor, looker.now)?;
    store::tenants::facts(conn, permit.scope(), tenant)?.ok_or(Refusal::NotFound)?;
    Ok(store::owners::list(conn, permit.scope(), tenant)?)
}

/// One owner of a tenant.
///
/// # Errors
/// Not found, also for a tenant of somebody else's.
pub fn read(
    conn: &mut Conn,
    looker: &Looker,
    tenant: TenantId,
    id: OwnerId,
) -> Result<Owner, Refusal> {
    let permit = admit::<ReadOwner>(&looker.actor, looker.now)?;
    store::owners::find(conn, permit.scope(), tenant, id)?.ok_or(Refusal::NotFound)
}

/// Puts an owner on file.
///
/// # Errors
/// `owner.too_many`, `owner.address_in_use`, not found, and whatever the permit denies.
pub fn add(
    tx: &mut Tx<'_>,
    who: &Actor,
    tenant: TenantId,
    details: &OwnerDetails,
    evidence: &Evidence,
) -> Result<Owner, Refusal> {
    let permit = admit_tenant::<AddOwner>(tx, who, tenant, None)?;
    store::tenants::govern(tx.conn, tenant)?;
    let on_file = store::owners::list(tx.conn, permit.scope(), tenant)?;
    if on_file.len() >= MAX_OWNERS {
        return Err(Refusal::Because(Code::OwnersFull));
    }
    let id = OwnerId::of(tx.new_uuid());
    store::owners::insert(tx, &permit, id, details)?;
    let told: Vec<&EmailAddress> = on_file.iter().map(|owner| &owner.details.email).collect();
    finish(tx, &permit, id, evidence, &told)?;
    store::owners::find(tx.conn, permit.scope(), tenant, id)?.ok_or(Refusal::NotFound)
}

/// Replaces how an owner is reached.
///
/// # Errors
/// `owner.address_in_use`, `version.stale`, not found, and whatever the permit denies.
pub fn change(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: OwnerKey,
    details: &OwnerDetails,
    evidence: &Evidence,
) -> Result<Owner, Refusal> {
    let (permit, owner) = admit_owner::<ChangeOwner>(tx, who, key)?;
    store::owners::change(tx, &permit, &owner, details)?;
    finish(tx, &permit, key.id, evidence, &[&owner.details.email])?;
    store::owners::find(tx.conn, permit.scope(), key.tenant, key.id)?.ok_or(Refusal::NotFound)
}

/// Notes that an owner's details were found to be right.
///
/// # Errors
/// `version.stale`, not found, and whatever the permit denies.
pub fn confirm(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: OwnerKey,
    evidence: &Evidence,
) -> Result<Owner, Refusal> {
    let (permit, owner) = admit_owner::<ConfirmOwner>(tx, who, key)?;
    store::owners::confirm(tx, &permit, &owner)?;
    record(tx, &permit, key.id, evidence)?;
    store::owners::find(tx.conn, permit.scope(), key.tenant, key.id)?.ok_or(Refusal::NotFound)
}

/// Takes an owner off the file.
///
/// # Errors
/// `version.stale`, not found, and whatever the permit denies.
pub fn remove(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: OwnerKey,
    evidence: &Evidence,
) -> Result<(), Refusal> {
    let (permit, owner) = admit_owner::<RemoveOwner>(tx, who, key)?;
    store::owners::remove(tx, &permit, &owner)?;
    finish(tx, &permit, key.id, evidence, &[&owner.details.email])
}

/// The permit, with the tenant's governance row locked and the owner read under the lock.
fn admit_owner<A>(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: OwnerKey,
) -> Result<(Permit<A>, Owner), Refusal>
where
    A: Action<Target = TenantFacts>,
{
    let permit = admit_tenant::<A>(tx, who, key.tenant, None)?;
    store::tenants::govern(tx.conn, key.tenant)?;
    let owner = store::owners::find(tx.conn, permit.scope(), key.tenant, key.id)?;
    let owner = owner.ok_or(Refusal::NotFound)?;
    unchanged(key.version, owner.version)?;
    Ok((permit, owner))
}

/// Writes a change down with its evidence, and tells the addresses that were on file.
fn finish<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    owner: OwnerId,
    evidence: &Evidence,
    told: &[&EmailAddress],
) -> Result<(), Refusal>
where
    A: Action<Target = TenantFacts>,
{
    record(tx, permit, owner, evidence)?;
    let tenant: Tenant = store::tenants::find(tx.conn, permit.scope(), permit.target().id)?
        .ok_or(Refusal::NotFound)?;
    let mut told = told.to_vec();
    told.push(&tenant.points.notification_address);
    let facts = json!({"organisation": tenant.name, "owner": owner});
    notice::tell(tx, &tenant, MessageKind::OwnersChanged, &told, &facts)
}

/// Keeps the evidence and writes the audit entry that names it.
fn record<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    owner: OwnerId,
    evidence: &Evidence,
) -> Result<(), Refusal>
where
    A: Action<Target = TenantFacts>,
{
    let evidence = store::evidence::record(tx, permit, Some(owner.uuid()), evidence)?;
    let what = What {
        tenant: Some(permit.target().id),
        target: Some(owner.uuid()),
        detail: Some(json!({"evidence": evidence}).to_string()),
    };
    Ok(store::audit::record(tx, permit, what)?)
}

//! Permits about roles: asked for under the tenant's lock, with what everybody holds read under it.
//!
//! Who may give what follows from what roles permit at that moment. So of a role that is widened, given
//! and deleted at the same time, each change is decided on what the one before it left.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, RoleId};
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::role::{CustomRole, RoleDetails, built_in};
use caredesk_core::domain::user::User;
use caredesk_core::policy::action::{AssignRoles, CreateRole};
use caredesk_core::policy::{self, Action, Permit, RoleFacts, UserChange};

use super::governed::{Governed, governed};
use super::refusal::{Refusal, Violation};
use super::{admit_user, unchanged};
use crate::store::{self, Tx};

/// Asks whether `actor` may make such a role in their organisation.
///
/// # Errors
/// Every rule that forbids it.
pub fn admit_new_role(
    tx: &mut Tx<'_>,
    actor: &Actor,
    new: &RoleDetails,
) -> Result<Permit<CreateRole>, Refusal> {
    let governed = governed::<CreateRole>(tx, actor)?;
    let facts = RoleFacts::of_new(governed.tenant(), new);
    Ok(policy::decide::<CreateRole>(governed.who(), facts, tx.now)?)
}

/// Asks whether `actor` may do `A` to a role of their organisation, which is to become what `after` says.
/// The role is handed over as it is before.
///
/// # Errors
/// Every rule that forbids it; not found for a role that is not theirs to see; stale if the version is
/// another one than the one that is there.
pub fn admit_role<A>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, version): (RoleId, Option<i64>),
    after: impl FnOnce(&CustomRole) -> RoleDetails,
) -> Result<(Permit<A>, CustomRole), Refusal>
where
    A: Action<Target = RoleFacts>,
{
    let governed = governed::<A>(tx, actor)?;
    let (actor, tenant) = (governed.who(), governed.tenant());
    let scope = policy::sight(A::KIND, actor, tx.now)?;
    if let Some(role) = built_in(id) {
        policy::decide::<A>(actor, RoleFacts::of_built_in(tenant, role), tx.now)?;
    }
    // A built-in role has no row, so that nothing comes of it even if policy let it pass.
    let role = store::roles::find(tx.conn, scope, tenant, id)?.ok_or(Refusal::NotFound)?;
    unchanged(version, role.version)?;
    let facts = role.facts(&after(&role));
    Ok((policy::decide::<A>(actor, facts, tx.now)?, role))
}

/// Which roles a user gets and loses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// Roles that the user gets.
    pub added: Vec<RoleId>,
    /// Roles that the user loses.
    pub removed: Vec<RoleId>,
}

/// Asks whether whoever governs may leave a user of their organisation with exactly these roles.
///
/// # Errors
/// Every rule that forbids it; not found for a user who is not theirs to see; stale if the version is
/// another one than the one that is there; invalid for roles that the organisation has not.
pub fn admit_assignment(
    tx: &mut Tx<'_>,
    governed: &Governed,
    key: (AccountId, Option<i64>),
    wanted: &[RoleId],
) -> Result<(Permit<AssignRoles>, Assignment), Refusal> {
    let actor = governed.who();
    let scope = policy::sight(AssignRoles::KIND, actor, tx.now)?;
    let there = store::roles::list(tx.conn, scope, governed.tenant())?;
    let (permit, user) = admit_user::<AssignRoles>(tx, actor, key, |user| UserChange {
        permissions: moved(&assignment(user, wanted, &there), &there),
        built_in: built_in_moved(user, wanted),
        ..UserChange::default()
    })?;
    let violations = unknown(wanted, &there);
    if violations.is_empty() {
        Ok((permit, assignment(&user, wanted, &there)))
    } else {
        Err(Refusal::Invalid(violations))
    }
}

/// What a user gets and loses who shall have the wanted ones of the roles that there are.
fn assignment(user: &User, wanted: &[RoleId], there: &[CustomRole]) -> Assignment {
    let wanted: BTreeSet<RoleId> = wanted.iter().copied().collect();
    let given: BTreeSet<RoleId> = user.roles.iter().map(|role| role.id).collect();
    let known = there.iter().map(|role| role.id).filter(|id| wanted.contains(id));
    Assignment {
        added: known.filter(|id| !given.contains(id)).collect(),
        removed: given.difference(&wanted).copied().collect(),
    }
}

/// What the roles permit that change hands.
fn moved(assignment: &Assignment, there: &[CustomRole]) -> PermissionSet {
    let Assignment { added, removed } = assignment;
    let moves = |role: &&CustomRole| added.contains(&role.id) || removed.contains(&role.id);
    there.iter().filter(moves).fold(PermissionSet::NONE, |all, role| all.with(role.permissions))
}

/// The built-in role that the user would get by what is wanted, or lose: nobody has two.
fn built_in_moved(user: &User, wanted: &[RoleId]) -> Option<Role> {
    let has = user.account.role;
    let other = wanted.iter().filter_map(|id| built_in(*id)).find(|role| *role != has)?;
    Some(if other == Role::Member { has } else { other })
}

/// A fault for each wanted role that there is not.
fn unknown(wanted: &[RoleId], there: &[CustomRole]) -> Vec<Violation> {
    let is_known = |id: RoleId| built_in(id).is_some() || there.iter().any(|role| role.id == id);
    let faults = wanted.iter().enumerate().filter(|(_, id)| !is_known(**id));
    faults
        .map(|(at, _)| Violation {
            pointer: format!("#/role_ids/{at}"),
            code: "unknown".to_owned(),
            detail: "names no role of this organisation".to_owned(),
        })
        .collect()
}

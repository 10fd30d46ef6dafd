//! What there is already of what a roster names: users, roles, and addresses that nobody else can have.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use caredesk_core::domain::code::Code;
use caredesk_core::domain::fold;
use caredesk_core::domain::ids::{RoleId, TenantId};
use caredesk_core::domain::job::RowFault;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::role::{CustomRole, MAX_ROLES_OF_A_USER};
use caredesk_core::domain::roster::{RosterColumn, RosterRow};
use caredesk_core::domain::user::{User, UserNumber};
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::ImportRoster;

use super::fault;
use crate::guard::Refusal;
use crate::service::steps::addresses;
use crate::store::{self, Tx};

/// What is there of what a part's rows name.
pub(super) struct There {
    pub(super) tenant: TenantId,
    by_name: HashMap<String, Rc<User>>,
    by_number: HashMap<UserNumber, Rc<User>>,
    roles: HashMap<String, CustomRole>,
    /// Addresses that are Support Users'.
    pub(super) reserved: HashSet<String>,
}

impl There {
    /// Looks for the users and roles that rows name, in a statement each.
    pub(super) fn find<'r>(
        tx: &mut Tx<'_>,
        permit: &Permit<ImportRoster>,
        tenant: TenantId,
        rows: impl Iterator<Item = &'r RosterRow> + Clone,
    ) -> Result<Self, Refusal> {
        let names = rows.clone().map(|row| row.user.user_name.folded()).collect();
        let numbers = rows.clone().filter_map(|row| row.number).map(UserNumber::get);
        let numbers = numbers.collect();
        let scope = permit.scope();
        let known = store::accounts::users::known(tx.conn, (scope, tenant), (names, numbers))?;
        let known: Vec<Rc<User>> = known.into_iter().map(Rc::new).collect();
        let keyed =
            |user: &Rc<User>| Some((user.account.user_name.as_ref()?.folded(), user.clone()));
        let roles = if rows.clone().any(|row| row.roles.is_some()) {
            store::roles::list(tx.conn, permit.scope(), tenant)?
        } else {
            Vec::new()
        };
        Ok(Self {
            tenant,
            by_name: known.iter().filter_map(keyed).collect(),
            by_number: known.iter().map(|user| (user.number, user.clone())).collect(),
            reserved: addresses::reserved(tx, rows.map(|row| &row.user.email))?,
            roles: roles.into_iter().map(|role| (role.name.folded(), role)).collect(),
        })
    }

    /// The user that a row is about: by number, else by user name; none for a new one.
    pub(super) fn user_of(&self, row: &RosterRow) -> Result<Option<&User>, RowFault> {
        let named = self.by_name.get(&row.user.user_name.folded()).map(Rc::as_ref);
        let Some(number) = row.number else { return Ok(named) };
        let Some(user) = self.by_number.get(&number).map(Rc::as_ref) else {
            return Err(fault(Some(RosterColumn::Number), "unknown"));
        };
        if named.is_some_and(|named| named.account.id != user.account.id) {
            return Err(fault(Some(RosterColumn::UserName), Code::UserNameTaken.as_str()));
        }
        Ok(Some(user))
    }

    /// The roles that a row names; none if it says nothing of them.
    pub(super) fn roles_of(&self, row: &RosterRow) -> Result<Option<Vec<RoleId>>, RowFault> {
        let Some(names) = &row.roles else { return Ok(None) };
        let mut ids: Vec<RoleId> = Vec::new();
        for name in names {
            let role = self.roles.get(&fold::caseless(name));
            let role = role.ok_or_else(|| fault(Some(RosterColumn::Roles), "unknown"))?;
            if !ids.contains(&role.id) {
                ids.push(role.id);
            }
        }
        if ids.len() > MAX_ROLES_OF_A_USER {
            return Err(fault(Some(RosterColumn::Roles), "too_many"));
        }
        Ok(Some(ids))
    }

    /// What roles permit together.
    pub(super) fn permissions(&self, ids: &[RoleId]) -> PermissionSet {
        let named = self.roles.values().filter(|role| ids.contains(&role.id));
        named.fold(PermissionSet::NONE, |set, role| set.with(role.permissions))
    }
}

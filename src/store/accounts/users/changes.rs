//! Users of organisations, as they are made, changed, and switched off and on.

use caredesk_core::domain::account::{
    AccountStatus, InactiveReason, Locale, Named, NewAccount, Role,
};
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::{NewUser, User, UserChanges};
use caredesk_core::policy::action::{DeactivateUser, KeepUserActive, ReactivateUser};
use caredesk_core::policy::{Action, Permit, UserFacts};
use diesel::prelude::*;

use super::words::{Term, reindex, terms};
use crate::store::Tx;
use crate::store::accounts::{NewRow, name_key, touched, whole_name};
use crate::store::db::Conn;
use crate::store::db::query::{Prepared, insert_rows};
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, tenant_governance, user_terms};

/// Gives out the next numbers of a tenant's users: the first of so many. Whoever else makes users there
/// waits until the transaction ends.
pub fn draw_numbers(conn: &mut Conn, tenant: TenantId, count: i64) -> StoreResult<i64> {
    let last: i64 = Prepared(
        diesel::update(tenant_governance::table.find(tenant))
            .set(tenant_governance::users.eq(tenant_governance::users + count))
            .returning(tenant_governance::users),
    )
    .get_result(conn)?;
    Ok(last.saturating_sub(count).saturating_add(1))
}

/// A user with the id and number that it gets.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub number: i64,
    /// Who it is.
    pub new: NewUser,
}

/// Stores users who have yet to set a password, and the words they are found by. Whoever has no language of
/// their own gets the `usual` one.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (tenant, role, usual): (TenantId, Role, Locale),
    all: &[Numbered],
) -> StoreResult<()> {
    let row = |one: &Numbered| NewRow::of(&one.account((tenant, role, usual)), tx.now);
    let rows: Vec<NewRow> = all.iter().map(row).collect();
    let terms = all.iter().flat_map(|one| one.terms(tenant));
    let terms: Vec<_> = terms.collect();
    insert_rows!(&mut *tx.conn, accounts::table, rows)?;
    insert_rows!(&mut *tx.conn, user_terms::table, terms)?;
    Ok(())
}

impl Numbered {
    fn account(&self, (tenant, role, usual): (TenantId, Role, Locale)) -> NewAccount {
        let new = self.new.clone();
        let name = Named::User {
            tenant,
            number: self.number,
            user_name: new.user_name,
            first_name: new.first_name,
            last_name: new.last_name,
            email: new.email,
            phone: new.phone,
        };
        NewAccount { id: self.id, role, name, locale: new.locale.unwrap_or(usual) }
    }

    fn terms(&self, tenant: TenantId) -> Vec<Term> {
        let NewUser { first_name, last_name, user_name, email, .. } = &self.new;
        terms(tenant, self.id, (first_name, last_name), user_name, Some(email))
    }
}

/// Changes a user, and the words it is found by. The caller has the user as it is before.
pub fn update<A: Action<Target = UserFacts>>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    before: &User,
    changes: &UserChanges,
) -> StoreResult<()> {
    let first = changes.first_name.as_ref().unwrap_or(&before.first_name);
    let last = changes.last_name.as_ref().unwrap_or(&before.last_name);
    let named = changes.first_name.is_some() || changes.last_name.is_some();
    let user_name = changes.user_name.as_ref();
    let email = changes.email.as_ref();
    Prepared(diesel::update(accounts::table.find(before.account.id)).set((
        (
            user_name.map(|name| accounts::user_name.eq(name.clone())),
            user_name.map(|name| accounts::sign_in_key.eq(name.folded())),
            named.then(|| accounts::first_name.eq(first.clone())),
            named.then(|| accounts::last_name.eq(last.clone())),
            named.then(|| accounts::name.eq(whole_name(first, last))),
            named.then(|| accounts::name_key.eq(name_key(first, last))),
        ),
        email.map(|email| accounts::email.eq(email.clone())),
        email.map(|email| accounts::email_key.eq(email.folded())),
        changes.phone.clone().map(|phone| accounts::phone.eq(phone)),
        changes.locale.map(|locale| accounts::locale.eq(locale)),
        touched(tx),
    )))
    .execute(tx.conn)?;
    reindex(tx.conn, before.account.id)
}

/// Switches a user off. Site Admin and Support User end with it (PM1, "Reactivate Users").
pub fn deactivate(
    tx: &mut Tx<'_>,
    permit: &Permit<DeactivateUser>,
    reason: InactiveReason,
) -> StoreResult<()> {
    let facts = permit.target();
    Prepared(diesel::update(accounts::table.find(facts.id)).set((
        accounts::status.eq(AccountStatus::Inactive),
        accounts::role.eq(Role::Member),
        accounts::inactive_reason.eq(reason),
        accounts::inactive_since.eq(tx.now),
        accounts::idle_since.eq(None::<Moment>),
        (facts.role == Role::SiteAdmin).then_some(accounts::was_site_admin.eq(true)),
        touched(tx),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Switches a user on again: to sign in with the password of before or, without one, with a link.
pub fn reactivate(
    tx: &mut Tx<'_>,
    permit: &Permit<ReactivateUser>,
    before: &User,
    has_password: bool,
) -> StoreResult<()> {
    let status = if has_password { AccountStatus::Active } else { AccountStatus::Invited };
    let away = before.inactive_since.map(|since| tx.now.since(since)).unwrap_or_default();
    let away = i64::try_from(away.as_micros()).unwrap_or_default();
    Prepared(diesel::update(accounts::table.find(permit.target().id)).set((
        accounts::status.eq(status),
        accounts::inactive_reason.eq(None::<InactiveReason>),
        accounts::inactive_since.eq(None::<Moment>),
        accounts::inactive_for.eq(accounts::inactive_for + away),
        accounts::idle_since.eq(has_password.then_some(tx.now)),
        touched(tx),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Has dormancy pass a user over, or no more: then its idle days count from now.
pub fn keep_active(
    tx: &mut Tx<'_>,
    permit: &Permit<KeepUserActive>,
    kept: bool,
) -> StoreResult<()> {
    let facts = permit.target();
    let counts = facts.status == AccountStatus::Active && !kept;
    Prepared(diesel::update(accounts::table.find(facts.id)).set((
        accounts::kept_active.eq(kept),
        counts.then_some(accounts::idle_since.eq(tx.now)),
        touched(tx),
    )))
    .execute(tx.conn)?;
    Ok(())
}

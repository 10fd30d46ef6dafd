//! The vendor's staff: made with an enrolment link, changed, switched off and on.

use caredesk_core::domain::account::{
    Account, AccountStatus, InactiveReason, Locale, Named, NewAccount, Role,
};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::page::Page;
use caredesk_core::domain::{EmailAddress, PersonName};
use caredesk_core::policy::action::{
    CreateDeskAccount, DeactivateDeskAccount, ReactivateDeskAccount, ReadDeskAccount,
    ReenrolDeskAccount, UpdateDeskAccount,
};
use caredesk_core::policy::{Action, DeskAccountFacts, Permit};
use serde_json::{Value, json};

use super::house::{Ask, House};
use super::perform::Looker;
use super::steps::addresses::{self, Asker};
use super::steps::{invitations, note, notice};
use crate::guard::{Refusal, admit, admit_desk_account, admit_grant};
use crate::store::accounts::desk::{Changes, Key, Query};
use crate::store::db::Conn;
use crate::store::{self, StoreError, Tx};
use crate::vault::Opaque;

/// A member of the staff who is about to get an account.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// What they are to be.
    pub role: Role,
    /// Their name.
    pub name: PersonName,
    /// Their address, which they will sign in with.
    pub email: EmailAddress,
    /// The language they are written to in.
    pub locale: Locale,
}

/// Creates a member of the staff and sends them the link that they set their password with.
///
/// # Errors
/// `account.address_in_use`, and whatever the permit denies.
pub fn create(tx: &mut Tx<'_>, who: &Actor, new: &NewStaff) -> Result<Account, Refusal> {
    let (permit, account) = insert(tx, who, new)?;
    invitations::send(tx, &permit, &account)?;
    Ok(account)
}

fn create_by_hand(
    tx: &mut Tx<'_>,
    who: &Actor,
    new: &NewStaff,
) -> Result<(AccountId, Opaque), Refusal> {
    let (permit, account) = insert(tx, who, new)?;
    Ok((account.id, invitations::make(tx, &permit, account.id)?))
}

impl House {
    /// Creates a member of the staff for whoever has a shell on the machine: the link is handed to them.
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_desk_account(
        &self,
        ask: &Ask,
        new: NewStaff,
    ) -> Result<(AccountId, Opaque), Refusal> {
        self.transact(ask, move |tx, who| create_by_hand(tx, who, &new)).await
    }
}

fn insert(
    tx: &mut Tx<'_>,
    who: &Actor,
    new: &NewStaff,
) -> Result<(Permit<CreateDeskAccount>, Account), Refusal> {
    let permit = admit_grant(who, new.role, tx.now)?;
    let asker = Asker { id: None, role: new.role, name: new.name.as_str() };
    addresses::claim(tx, &asker, &new.email)?;
    let id = AccountId::of(tx.new_uuid());
    let named = Named::Staff { name: new.name.clone(), email: new.email.clone() };
    let row = NewAccount { id, role: new.role, name: named, locale: new.locale };
    store::accounts::insert(tx, &permit, &row)?;
    note::about(tx, &permit, (None, id.uuid()), &json!({"role": new.role}))?;
    Ok((permit, after(tx, id)?))
}

/// One of the staff.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: AccountId) -> Result<Account, Refusal> {
    let permit = admit::<ReadDeskAccount>(&looker.actor, looker.now)?;
    store::accounts::desk::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// A page of the staff, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(conn: &mut Conn, looker: &Looker, ask: &Query) -> Result<Page<Account, Key>, Refusal> {
    let permit = admit::<ReadDeskAccount>(&looker.actor, looker.now)?;
    Ok(store::accounts::desk::list(conn, permit.scope(), ask)?)
}

/// Changes role, name or language of one of the staff.
///
/// # Errors
/// `version.stale`, not found, `desk_account.last_platform_admin`, and whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: (AccountId, Option<i64>),
    changes: &Changes,
) -> Result<Account, Refusal> {
    let (permit, _) = admit_desk_account::<UpdateDeskAccount>(tx, who, key, changes.role)?;
    if changes.role.is_some_and(|role| role != Role::PlatformAdmin) {
        keep_a_platform_admin(tx, who, permit.target())?;
    }
    store::accounts::desk::update(tx, &permit, changes)?;
    let fields = [
        changes.role.map(|_| "role"),
        changes.name.as_ref().map(|_| "name"),
        changes.locale.map(|_| "locale"),
    ];
    let fields: Vec<&str> = fields.into_iter().flatten().collect();
    let detail = json!({"changed": fields, "role": changes.role});
    note::about(tx, &permit, (None, key.0.uuid()), &detail)?;
    after(tx, key.0)
}

/// Switches one of the staff off: every session and link of theirs ends.
///
/// # Errors
/// `account.already_inactive`, not found, `desk_account.last_platform_admin`, and whatever the permit
/// denies.
pub fn deactivate(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: (AccountId, Option<i64>),
    reason: InactiveReason,
) -> Result<Account, Refusal> {
    let (permit, _) = admit_desk_account::<DeactivateDeskAccount>(tx, who, key, None)?;
    keep_a_platform_admin(tx, who, permit.target())?;
    store::accounts::desk::deactivate(tx, &permit, reason)?;
    let ended = invitations::shut_out(tx, &permit, key.0)?;
    let detail = json!({"reason": reason, "sessions_ended": ended});
    note::about(tx, &permit, (None, key.0.uuid()), &detail)?;
    after(tx, key.0)
}

/// Switches one of the staff on again: they begin anew, with a link.
///
/// # Errors
/// `account.not_inactive`, not found, and whatever the permit denies.
pub fn reactivate(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: (AccountId, Option<i64>),
) -> Result<Account, Refusal> {
    let (permit, _) = admit_desk_account::<ReactivateDeskAccount>(tx, who, key, None)?;
    store::accounts::desk::reactivate(tx, &permit)?;
    begin_anew(tx, &permit, key.0)
}

/// Has one of the staff begin anew, who has lost password, authenticator app or link: all of them stop
/// to count, and a new link is sent.
///
/// # Errors
/// `account.already_inactive`, not found, `desk_account.last_platform_admin`, and whatever the permit
/// denies.
pub fn reenrol(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: (AccountId, Option<i64>),
) -> Result<Account, Refusal> {
    let (permit, before) = admit_desk_account::<ReenrolDeskAccount>(tx, who, key, None)?;
    keep_a_platform_admin(tx, who, permit.target())?;
    store::accounts::desk::reenrol(tx, &permit)?;
    if before.status == AccountStatus::Active {
        notice::administrators(tx, &before, "reenrolled")?;
    }
    begin_anew(tx, &permit, key.0)
}

/// Takes away all that somebody could come in with, and sends them a link. Sessions are ended here too:
/// one that slipped through while the account was out of use must not come back with it.
fn begin_anew<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: AccountId,
) -> Result<Account, Refusal> {
    store::factors::remove(tx, permit, id)?;
    invitations::shut_out(tx, permit, id)?;
    let account = after(tx, id)?;
    invitations::send(tx, permit, &account)?;
    note::about(tx, permit, (None, id.uuid()), &Value::Null)?;
    Ok(account)
}

/// Refuses to take the last platform admin in use out of use. Locks those there are, so that of two who
/// end the last but one at the same moment one is refused. Whoever asks may have been taken out of use
/// while it waited for the lock: then the transaction begins again, and reads their standing anew.
fn keep_a_platform_admin(
    tx: &mut Tx<'_>,
    who: &Actor,
    target: &DeskAccountFacts,
) -> Result<(), Refusal> {
    if target.role != Role::PlatformAdmin || target.status != AccountStatus::Active {
        return Ok(());
    }
    let in_use = store::accounts::desk::lock_platform_admins(tx.conn)?;
    if who.person().is_some_and(|person| !in_use.contains(&person.account)) {
        let why = "whoever asks is no platform admin any more".to_owned();
        return Err(StoreError::Collision(why).into());
    }
    if in_use.len() < 2 {
        return Err(Refusal::Because(Code::LastPlatformAdmin));
    }
    Ok(())
}

/// The account as the transaction leaves it.
fn after(tx: &mut Tx<'_>, id: AccountId) -> Result<Account, Refusal> {
    Ok(store::accounts::find(tx.conn, id)?.ok_or(Refusal::NotFound)?.account)
}

//! Users of an organisation: made with a link, changed, switched off and on.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::{AccountStatus, InactiveReason, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::page::Page;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::proof::{CodePurpose, LinkPurpose};
use caredesk_core::domain::user::{NewUser, User, UserChanges};
use caredesk_core::policy::action::{
    CreateUser, DeactivateUser, InviteUser, KeepUserActive, ReactivateUser, ReadUser, UpdateUser,
};
use caredesk_core::policy::names::{self, NameVerdict};
use caredesk_core::policy::{Action, NewUserFacts, Permit, UserChange, UserFacts};
use serde_json::{Value, json};

use super::perform::Looker;
use super::steps::addresses::{self, Asker};
use super::steps::switch_off::switch_off;
use super::steps::{invitations, note, notice};
use crate::guard::{Refusal, admit, admit_new_user, admit_user, governed};
use crate::store::accounts::users::{Numbered, UserKey, UserQuery};
use crate::store::db::Conn;
use crate::store::{self, Tx};

/// A user, and the version that a change is made for.
pub type Version = (AccountId, Option<i64>);

/// Makes a user, who is sent the link to set a password with if `invite` says so.
///
/// # Errors
/// `user.name_taken`, `user.address_reserved`, `site_admin.access_change_required` and
/// `support_user.access_change_required` for another role than member, and whatever the permit denies.
pub fn create(
    tx: &mut Tx<'_>,
    who: &Actor,
    (new, role, invite): (&NewUser, Role, bool),
) -> Result<User, Refusal> {
    let governed = governed::<CreateUser>(tx, who)?;
    let tenant = governed.tenant();
    let facts = NewUserFacts {
        tenant,
        permissions: PermissionSet::NONE,
        has_roles: false,
        built_in: (role != Role::Member).then_some(role),
    };
    let permit = admit_new_user(governed.who(), facts, tx.now)?;
    let number = store::accounts::users::draw_numbers(tx.conn, tenant, 1)?;
    let name = format!("{} {}", new.first_name, new.last_name);
    let asker = Asker { id: None, role: Role::Member, name: &name };
    addresses::claim(tx, &asker, &new.email)?;
    let organisation = invitations::letterhead(tx, &permit, tenant)?;
    let id = AccountId::of(tx.new_uuid());
    let row = [Numbered { id, number, new: new.clone() }];
    let of = (tenant, Role::Member, organisation.locale);
    store::accounts::users::insert(tx, &permit, of, &row)?;
    note::about(tx, &permit, (Some(tenant), id.uuid()), &json!({"invited": invite}))?;
    if invite {
        invitations::send_all(tx, &permit, (tenant, &organisation), &row)?;
    }
    after(tx, &permit, id)
}

/// One user.
///
/// # Errors
/// Not found, also for a user of another organisation, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: AccountId) -> Result<User, Refusal> {
    let permit = admit::<ReadUser>(&looker.actor, looker.now)?;
    store::accounts::users::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// A page of the caller's organisation's users.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &UserQuery,
) -> Result<Page<User, UserKey>, Refusal> {
    let permit = admit::<ReadUser>(&looker.actor, looker.now)?;
    Ok(store::accounts::users::list(conn, permit.scope(), ask)?)
}

/// Changes a user. Whoever is changed by somebody else is told, at the address of before, too; whoever has
/// not set a password yet is sent the link anew when the address is another one.
///
/// # Errors
/// `version.stale`, not found, `user.name_taken`, `user.address_reserved`, `support_user.address_shared`,
/// `support_user.generic_name`, and whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    (changes, role): (&UserChanges, Option<Role>),
) -> Result<User, Refusal> {
    if changes.user_name.is_none() {
        return change(tx, who, key, (changes, role));
    }
    let governed = governed::<UpdateUser>(tx, who)?; // an import may be giving names out
    change(tx, governed.who(), key, (changes, role))
}

/// Whether a Support User would get a name or an address that is no person's.
fn is_generic(changes: &UserChanges, fields: &[&str], user: &User) -> bool {
    let names_somebody = |field: &&str| matches!(*field, "first_name" | "last_name" | "email");
    if user.account.role != Role::SupportUser || !fields.iter().any(names_somebody) {
        return false;
    }
    let first = changes.first_name.as_ref().unwrap_or(&user.first_name);
    let last = changes.last_name.as_ref().unwrap_or(&user.last_name);
    let email = changes.email.as_ref().or(user.account.email.as_ref());
    let email = email.map(EmailAddress::as_str);
    names::judge(first.as_str(), last.as_str(), email).verdict == NameVerdict::Generic
}

/// As [`update`], for a caller who holds the tenant's lock if the change is one of the user name.
pub(super) fn change(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    (changes, role): (&UserChanges, Option<Role>),
) -> Result<User, Refusal> {
    let mut fields = Vec::new();
    let (permit, before) = admit_user::<UpdateUser>(tx, who, key, |user| {
        fields = changes.fields(user);
        UserChange {
            sign_in: fields.contains(&"user_name"),
            contact: fields.iter().any(|field| matches!(*field, "email" | "phone")),
            generic: is_generic(changes, &fields, user),
            built_in: role.filter(|role| *role != user.account.role).map(|role| match role {
                Role::Member => user.account.role, // to be taken from them
                role => role,
            }),
            ..UserChange::default()
        }
    })?;
    if fields.is_empty() {
        return Ok(before);
    }
    if let Some(email) = changes.email.as_ref().filter(|_| fields.contains(&"email")) {
        addresses::claim(tx, &Asker::of(&before.account), email)?;
    }
    store::accounts::users::update(tx, &permit, &before, changes)?;
    note::about(tx, &permit, (Some(before.tenant), key.0.uuid()), &json!({"changed": fields}))?;
    let user = after(tx, &permit, key.0)?;
    tell_of_change(tx, who, &permit, (&before, &user, &fields))?;
    if fields.contains(&"email") && user.account.status == AccountStatus::Invited {
        return after(tx, &permit, key.0); // with the link that went to the new address
    }
    Ok(user)
}

/// Tells whom a change concerns, and ends what waits at an address that was left.
fn tell_of_change(
    tx: &mut Tx<'_>,
    who: &Actor,
    permit: &Permit<UpdateUser>,
    (before, user, fields): (&User, &User, &[&'static str]),
) -> Result<(), Refusal> {
    let (account, id) = (&user.account, user.account.id);
    let moved = fields.contains(&"email");
    if moved {
        let waits = store::links::end(tx, permit, id, LinkPurpose::Enrolment)?;
        store::links::end(tx, permit, id, LinkPurpose::PasswordReset)?;
        for purpose in CodePurpose::ALL {
            store::codes::end(tx, permit, id, *purpose)?;
        }
        if waits > 0 && account.status == AccountStatus::Invited {
            invitations::send(tx, permit, account)?;
        }
    }
    let is_own = who.person().is_some_and(|person| person.account == id);
    if is_own {
        return notice::colleagues(tx, account, "details");
    }
    let concerns = fields.iter().any(|field| matches!(*field, "user_name" | "email" | "phone"));
    if !concerns || account.status == AccountStatus::Invited {
        return Ok(());
    }
    let facts = json!({"fields": fields, "user_name": account.user_name});
    let mut told = vec![account.contact()];
    if moved {
        told.push(before.account.contact());
    }
    for to in told.into_iter().flatten() {
        notice::contact(tx, account, (MessageKind::UserChanged, to), facts.clone())?;
    }
    Ok(())
}

/// Switches a user off, at once: sessions and links end, and so do Site Admin and Support User.
///
/// # Errors
/// `account.already_inactive`, `site_admin.last`, not found, and whatever the permit denies.
pub fn deactivate(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    reason: InactiveReason,
) -> Result<User, Refusal> {
    let governed = governed::<DeactivateUser>(tx, who)?;
    let (permit, before) =
        admit_user::<DeactivateUser>(tx, governed.who(), key, |_| UserChange::default())?;
    keep_a_site_admin(tx, permit.target())?;
    let user = switch_off(tx, &permit, &before, reason)?;
    notice::colleagues(tx, &before.account, "deactivated")?;
    Ok(user)
}

/// Refuses to take the last Site Admin in use out of use. Under the tenant's lock, so that of two who are
/// taken out of use at the same moment one stays.
fn keep_a_site_admin(tx: &mut Tx<'_>, facts: &UserFacts) -> Result<(), Refusal> {
    let is_one = facts.role == Role::SiteAdmin && facts.status == AccountStatus::Active;
    if is_one && store::accounts::users::count_site_admins(tx.conn, facts.tenant)? < 2 {
        return Err(Refusal::Because(Code::LastSiteAdmin));
    }
    Ok(())
}

/// Switches a user on again: a member, with the roles that the organisation gave and the password of
/// before; whoever never set one is sent a link.
///
/// # Errors
/// `account.not_inactive`, not found, and whatever the permit denies.
pub fn reactivate(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<User, Refusal> {
    let governed = governed::<ReactivateUser>(tx, who)?;
    let (permit, before) =
        admit_user::<ReactivateUser>(tx, governed.who(), key, |_| UserChange::default())?;
    let has_password = store::accounts::users::has_password(tx.conn, key.0)?;
    store::accounts::users::reactivate(tx, &permit, &before, has_password)?;
    // One that slipped through while the account was out of use must not come back with it.
    invitations::shut_out(tx, &permit, key.0)?;
    note::about(tx, &permit, (Some(before.tenant), key.0.uuid()), &Value::Null)?;
    let user = after(tx, &permit, key.0)?;
    if has_password {
        let facts = json!({"user_name": user.account.user_name});
        notice::account(tx, &user.account, MessageKind::UserReactivated, facts)?;
        return Ok(user);
    }
    invitations::send(tx, &permit, &user.account)?;
    after(tx, &permit, key.0)
}

/// Has dormancy pass a user over, or no more.
///
/// # Errors
/// `account.already_inactive`, not found, and whatever the permit denies.
pub fn keep_active(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    kept: bool,
) -> Result<User, Refusal> {
    let (permit, before) = admit_user::<KeepUserActive>(tx, who, key, |_| UserChange::default())?;
    if before.kept_active == kept {
        return Ok(before);
    }
    store::accounts::users::keep_active(tx, &permit, kept)?;
    note::about(tx, &permit, (Some(before.tenant), key.0.uuid()), &json!({"kept_active": kept}))?;
    after(tx, &permit, key.0)
}

/// Sends a user the link to set a password with again; the one before stops to count.
///
/// # Errors
/// `invitation.already_accepted`, `account.already_inactive`, not found, and whatever the permit denies.
pub fn resend_invitation(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<User, Refusal> {
    let (permit, before) = admit_user::<InviteUser>(tx, who, key, |_| UserChange::default())?;
    invitations::send(tx, &permit, &before.account)?;
    note::about(tx, &permit, (Some(before.tenant), key.0.uuid()), &json!({"invitation": "sent"}))?;
    after(tx, &permit, key.0)
}

/// Takes the link back that a user was sent.
///
/// # Errors
/// `invitation.none`, `invitation.already_accepted`, not found, and whatever the permit denies.
pub fn revoke_invitation(tx: &mut Tx<'_>, who: &Actor, key: Version) -> Result<User, Refusal> {
    let (permit, before) = admit_user::<InviteUser>(tx, who, key, |_| UserChange::default())?;
    if store::links::end(tx, &permit, key.0, LinkPurpose::Enrolment)? == 0 {
        return Err(Refusal::Because(Code::InvitationMissing));
    }
    note::about(
        tx,
        &permit,
        (Some(before.tenant), key.0.uuid()),
        &json!({"invitation": "revoked"}),
    )?;
    after(tx, &permit, key.0)
}

/// The user as the transaction leaves it.
fn after<A: Action>(tx: &mut Tx<'_>, permit: &Permit<A>, id: AccountId) -> Result<User, Refusal> {
    store::accounts::users::find(tx.conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

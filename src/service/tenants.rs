//! Tenants: created, read, changed, suspended and taken back into use.

use caredesk_core::domain::Line;
use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::hours::OpeningHours;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::page::Page;
use caredesk_core::domain::tenant::{
    ContactPoints, NewTenant, SettingsChanges, Tenant, TenantChanges, TenantSettings,
};
use caredesk_core::domain::user::NewUser;
use caredesk_core::policy::action::{
    ChangeTenantContacts, CreateTenant, LoosenSecondFactor, ReadTenant, ResendFirstInvitation,
    ResumeTenant, SuspendTenant, UpdateTenant, UpdateTenantSettings,
};
use caredesk_core::policy::{Action, Permit, TenantFacts};
use serde_json::{Value, json};

use super::perform::Looker;
use super::steps::addresses::{self, Asker};
use super::steps::{invitations, note, notice};
use crate::guard::{Refusal, admit, admit_tenant};
use crate::store::accounts::users::Numbered;
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::tenants::{TenantKey, TenantQuery};
use crate::store::{self, Tx};

/// Creates a tenant with its owners on file and, if one is named, its first Site Admin, who is sent a link.
///
/// # Errors
/// `tenant.slug_taken`, `user.address_reserved`, and whatever the permit denies.
pub fn create(tx: &mut Tx<'_>, who: &Actor, new: &NewTenant) -> Result<Tenant, Refusal> {
    let permit = admit::<CreateTenant>(who, tx.now)?;
    let id = TenantId::of(tx.new_uuid());
    store::tenants::insert(tx, &permit, id, new)?;
    store::owners::insert_first(tx, &permit, id, &new.owners)?;
    let detail = Some(json!({"owners": new.owners.len()}).to_string());
    store::audit::record(tx, &permit, What { tenant: Some(id), target: Some(id.uuid()), detail })?;
    if let Some(admin) = &new.site_admin {
        invite_first(tx, who, &permit, ((id, new.settings.locale), admin))?;
    }
    after(tx, &permit, id)
}

/// Makes the first Site Admin of a tenant that was just made, and sends them their link. Every other one
/// comes by an access change.
fn invite_first(
    tx: &mut Tx<'_>,
    who: &Actor,
    permit: &Permit<CreateTenant>,
    ((tenant, usual), new): ((TenantId, Locale), &NewUser),
) -> Result<(), Refusal> {
    let number = store::accounts::users::draw_numbers(tx.conn, tenant, 1)?;
    let name = format!("{} {}", new.first_name, new.last_name);
    addresses::claim(tx, &Asker { id: None, role: Role::SiteAdmin, name: &name }, &new.email)?;
    let id = AccountId::of(tx.new_uuid());
    let row = Numbered { id, number, new: new.clone() };
    store::accounts::users::insert(tx, permit, (tenant, Role::SiteAdmin, usual), &[row])?;
    let permit = admit_tenant::<ResendFirstInvitation>(tx, who, tenant, None)?;
    send_first_link(tx, &permit)
}

/// Sends the link of a tenant's first Site Admin again, to the address on file; the one before stops to
/// count.
///
/// # Errors
/// `site_admin.none_invited`, `tenant.suspended`, not found, and whatever the permit denies.
pub fn resend_first_link(tx: &mut Tx<'_>, who: &Actor, id: TenantId) -> Result<(), Refusal> {
    let permit = admit_tenant::<ResendFirstInvitation>(tx, who, id, None)?;
    store::tenants::govern(tx.conn, id)?;
    if store::accounts::users::count_site_admins(tx.conn, id)? > 0 {
        return Err(Refusal::Because(Code::NoFirstSiteAdmin));
    }
    send_first_link(tx, &permit)
}

fn send_first_link(tx: &mut Tx<'_>, permit: &Permit<ResendFirstInvitation>) -> Result<(), Refusal> {
    let tenant = permit.target().id;
    let invited = store::accounts::appointments::invited_site_admin(tx.conn, tenant)?;
    let admin = invited.ok_or(Refusal::Because(Code::NoFirstSiteAdmin))?;
    invitations::send(tx, permit, &admin)?;
    note::about(tx, permit, (Some(tenant), admin.id.uuid()), &json!({"role": admin.role}))
}

/// One tenant.
///
/// # Errors
/// Not found, also for a tenant of somebody else's.
pub fn read(conn: &mut Conn, looker: &Looker, id: TenantId) -> Result<Tenant, Refusal> {
    let permit = admit::<ReadTenant>(&looker.actor, looker.now)?;
    store::tenants::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// A page of the tenants that the caller may see.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &TenantQuery,
) -> Result<Page<Tenant, TenantKey>, Refusal> {
    let permit = admit::<ReadTenant>(&looker.actor, looker.now)?;
    Ok(store::tenants::list(conn, permit.scope(), ask)?)
}

/// Changes a tenant's name or kind.
///
/// # Errors
/// `version.stale`, not found, and whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, version): (TenantId, Option<i64>),
    changes: &TenantChanges,
) -> Result<Tenant, Refusal> {
    let permit = admit_tenant::<UpdateTenant>(tx, who, id, version)?;
    store::tenants::update(tx, &permit, changes)?;
    let fields: Vec<&str> = [changes.name.as_ref().map(|_| "name"), changes.kind.map(|_| "kind")]
        .into_iter()
        .flatten()
        .collect();
    finish(tx, &permit, &json!({"changed": fields}))
}

/// Changes a tenant's settings and, if given, its opening hours.
///
/// # Errors
/// `version.stale`, not found, `second_factor.step_up_required` to let Support Users go without a second
/// factor, and whatever the permit denies.
pub fn update_settings(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, version): (TenantId, Option<i64>),
    changes: &SettingsChanges,
    hours: Option<&Vec<OpeningHours>>,
) -> Result<Tenant, Refusal> {
    let permit = admit_tenant::<UpdateTenantSettings>(tx, who, id, version)?;
    let before = current(tx, &permit)?;
    let settings = before.settings.with(changes);
    if before.settings.support_user_second_factor && !settings.support_user_second_factor {
        admit_tenant::<LoosenSecondFactor>(tx, who, id, version)?;
    }
    store::tenants::update_settings(tx, &permit, &settings, hours)?;
    let mut fields = changed_settings(&before.settings, &settings);
    if hours.is_some_and(|hours| *hours != before.hours) {
        fields.push("hours".to_owned());
    }
    finish(tx, &permit, &json!({"changed": fields}))
}

/// The names of the settings that differ.
fn changed_settings(before: &TenantSettings, after: &TenantSettings) -> Vec<String> {
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) =
        (serde_json::to_value(before), serde_json::to_value(after))
    else {
        return vec!["settings".to_owned()];
    };
    let differs =
        |(name, value): (String, Value)| (before.get(&name) != Some(&value)).then_some(name);
    after.into_iter().filter_map(differs).collect()
}

/// Replaces where a tenant is reached, on recorded evidence; the old address is told.
///
/// # Errors
/// `version.stale`, not found, and whatever the permit denies.
pub fn change_contacts(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, version): (TenantId, Option<i64>),
    points: &ContactPoints,
    evidence: &Evidence,
) -> Result<Tenant, Refusal> {
    let permit = admit_tenant::<ChangeTenantContacts>(tx, who, id, version)?;
    store::tenants::govern(tx.conn, id)?;
    let before = current(tx, &permit)?;
    store::tenants::change_points(tx, &permit, points)?;
    let evidence = store::evidence::record(tx, &permit, None, evidence)?;
    let owners = store::owners::list(tx.conn, permit.scope(), id)?;
    let mut told = vec![&before.points.notification_address];
    told.extend(owners.iter().map(|owner| &owner.details.email));
    let facts = json!({"organisation": before.name, "evidence": evidence});
    notice::tell(tx, &before, MessageKind::ContactsChanged, &told, &facts)?;
    finish(tx, &permit, &json!({"evidence": evidence}))
}

/// Takes a tenant out of use: sign-in, invitations, jobs and sending stop, nothing is deleted.
///
/// # Errors
/// `tenant.already_suspended`, not found, and whatever the permit denies.
pub fn suspend(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, version): (TenantId, Option<i64>),
    reason: &Line,
) -> Result<Tenant, Refusal> {
    let permit = admit_tenant::<SuspendTenant>(tx, who, id, version)?;
    store::tenants::suspend(tx, &permit)?;
    switched(tx, &permit, MessageKind::TenantSuspended, reason)
}

/// Takes a tenant back into use.
///
/// # Errors
/// `tenant.not_suspended`, not found, and whatever the permit denies.
pub fn resume(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, version): (TenantId, Option<i64>),
    reason: &Line,
) -> Result<Tenant, Refusal> {
    let permit = admit_tenant::<ResumeTenant>(tx, who, id, version)?;
    store::tenants::resume(tx, &permit)?;
    store::notifications::wake(tx, &permit, id)?;
    switched(tx, &permit, MessageKind::TenantResumed, reason)
}

/// Keeps the reason with the message, where its readers are, and tells the organisation. The audit
/// holds no free text: it may name people.
fn switched<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    kind: MessageKind,
    reason: &Line,
) -> Result<Tenant, Refusal>
where
    A: Action<Target = TenantFacts>,
{
    let tenant = finish(tx, permit, &Value::Null)?;
    let facts = json!({"organisation": tenant.name, "reason": reason});
    notice::tell(tx, &tenant, kind, &[&tenant.points.notification_address], &facts)?;
    Ok(tenant)
}

/// Writes the change down, and reads what it left.
fn finish<A>(tx: &mut Tx<'_>, permit: &Permit<A>, detail: &Value) -> Result<Tenant, Refusal>
where
    A: Action<Target = TenantFacts>,
{
    let id = permit.target().id;
    let detail = (!detail.is_null()).then(|| detail.to_string());
    store::audit::record(tx, permit, What { tenant: Some(id), target: Some(id.uuid()), detail })?;
    after(tx, permit, id)
}

/// The tenant as it is before the change.
fn current<A>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<Tenant, Refusal>
where
    A: Action<Target = TenantFacts>,
{
    after(tx, permit, permit.target().id)
}

/// The tenant as this transaction sees it.
fn after<A: Action>(tx: &mut Tx<'_>, permit: &Permit<A>, id: TenantId) -> Result<Tenant, Refusal> {
    store::tenants::find(tx.conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

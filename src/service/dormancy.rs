//! Dormant users: warned, then switched off (domain, "Users"). Acts as the product itself.

use caredesk_core::domain::account::{Account, InactiveReason, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::dormancy::{Due, Idle, OWNER_WARNED_BEFORE, due};
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::tenant::{Tenant, TenantStatus};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{DeactivateUser, ReadTenant, WarnDormantUser};
use caredesk_core::policy::{Permit, UserChange};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::json;

use super::steps::switch_off::switch_off;
use super::steps::{note, notice};
use crate::guard::{Refusal, admit, admit_user};
use crate::store::accounts::dormancy::IdleUser;
use crate::store::{self, Tx};

/// How many users one transaction looks at.
const CHUNK: i64 = 100;

/// Where a sweep of a tenant's users goes on.
pub type Mark = (Moment, AccountId);

/// What a part of a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// How many users were warned.
    pub warned: usize,
    /// How many users were switched off.
    pub deactivated: usize,
    /// Where it goes on; none when it is through.
    pub next: Option<Mark>,
}

/// Looks at a part of a tenant's users who were not seen for long: warns who is to be warned, and switches
/// off who was warned in time and still has not signed in. Under the tenant's lock, so that one Site Admin
/// stays unless the owners were warned.
///
/// # Errors
/// The database fails.
pub fn sweep(
    tx: &mut Tx<'_>,
    who: &Actor,
    tenant: TenantId,
    after: Option<Mark>,
) -> Result<Swept, Refusal> {
    store::tenants::govern(tx.conn, tenant)?;
    let scope = admit::<ReadTenant>(who, tx.now)?.scope();
    let tenant = store::tenants::find(tx.conn, scope, tenant)?.ok_or(Refusal::NotFound)?;
    if tenant.status != TenantStatus::Active {
        return Ok(Swept::default());
    }
    let days = i64::from(tenant.settings.dormancy_days);
    let early = SignedDuration::from_hours(24 * days.saturating_sub(OWNER_WARNED_BEFORE + 2));
    let ask = (tenant.id, tx.now.plus(-early));
    let idle = store::accounts::dormancy::idle_users(tx.conn, ask, after, CHUNK)?;
    let mut site_admins = store::accounts::users::count_site_admins(tx.conn, tenant.id)?;
    let is_full = i64::try_from(idle.len()).is_ok_and(|found| found == CHUNK);
    let last = idle.last().map(|user| (user.idle.since, user.account.id));
    let mut swept = Swept { next: last.filter(|_| is_full), ..Swept::default() };
    let zone = tenant.settings.time_zone.zone();
    for IdleUser { account, idle } in idle {
        let is_site_admin = account.role == Role::SiteAdmin;
        let idle = Idle { is_last_site_admin: is_site_admin && site_admins < 2, ..idle };
        let due = due(&idle, days, &zone, tx.now);
        // Without an owner on file nobody can be warned, and so the last one stays.
        let stays = idle.is_last_site_admin && tenant.owners.count == 0;
        let due = if stays { Due { warn: due.warn, ..Due::default() } } else { due };
        swept.warned += usize::from(warn(tx, who, &tenant, (&account, &due))?);
        if due.deactivate && deactivate(tx, who, &tenant, (&account, &idle))? {
            swept.deactivated += 1;
            site_admins -= i64::from(is_site_admin);
        }
    }
    Ok(swept)
}

/// Warns whom it is due to warn; says whether the user was.
fn warn(
    tx: &mut Tx<'_>,
    who: &Actor,
    tenant: &Tenant,
    (account, due): (&Account, &Due),
) -> Result<bool, Refusal> {
    if *due == Due::default() {
        return Ok(false);
    }
    let permit = admit::<WarnDormantUser>(who, tx.now)?;
    let record = |tx: &mut Tx<'_>, told: &str, day: Date| {
        let detail = json!({"told": told, "not_before": day.to_string()});
        note::about(tx, &permit, (Some(tenant.id), account.id.uuid()), &detail)
    };
    if let Some(day) = due.warn_owner {
        tell_owners(tx, &permit, tenant, (MessageKind::LastSiteAdminDormant, account, day))?;
        store::accounts::dormancy::owner_warned(tx, &permit, account.id)?;
        record(tx, "owners", day)?;
    }
    if let Some(day) = due.warn {
        let facts = json!({"user_name": account.user_name, "day": day.to_string()});
        notice::account(tx, account, MessageKind::DormancyWarning, facts)?;
        store::accounts::dormancy::warned(tx, &permit, account.id)?;
        record(tx, "user", day)?;
    }
    Ok(due.warn.is_some())
}

/// Tells the owners on file, and the notification address, of the last Site Admin.
fn tell_owners(
    tx: &mut Tx<'_>,
    permit: &Permit<WarnDormantUser>,
    tenant: &Tenant,
    (kind, account, day): (MessageKind, &Account, Date),
) -> Result<(), Refusal> {
    let owners = store::owners::list(tx.conn, permit.scope(), tenant.id)?;
    let mut told = vec![&tenant.points.notification_address];
    told.extend(owners.iter().map(|owner| &owner.details.email));
    let facts = json!({
        "organisation": tenant.name, "admin": account.name, "day": day.to_string(),
    });
    notice::tell(tx, tenant, kind, &told, &facts)
}

/// Switches a dormant user off, unless they were seen or are kept since they were looked for; says whether.
/// Of the last Site Admin the owners are told.
fn deactivate(
    tx: &mut Tx<'_>,
    who: &Actor,
    tenant: &Tenant,
    (account, idle): (&Account, &Idle),
) -> Result<bool, Refusal> {
    let key = (account.id, None);
    let (permit, before) = admit_user::<DeactivateUser>(tx, who, key, |_| UserChange::default())?;
    if before.kept_active || before.idle_since != Some(idle.since) {
        return Ok(false);
    }
    switch_off(tx, &permit, &before, InactiveReason::Dormant)?;
    if idle.is_last_site_admin {
        let permit = admit::<WarnDormantUser>(who, tx.now)?;
        let today = tx.now.timestamp().to_zoned(tenant.settings.time_zone.zone()).date();
        tell_owners(tx, &permit, tenant, (MessageKind::SiteAdminDeactivated, account, today))?;
    }
    Ok(true)
}

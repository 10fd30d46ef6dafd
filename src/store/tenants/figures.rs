//! The people of tenants, in figures: what advisories rest on.

use std::collections::HashMap;

use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::tenant::{OwnersOnFile, TenantSettings};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Scope, Sight};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::db::query::{SqlLiteral, sql};
use crate::store::error::StoreResult;
use crate::store::schema::{owners, tenants};

/// How many Site Admins of the tenant of the row are in use. Within the statement of the row, over an index
/// that finds them by tenant and role.
pub(super) fn site_admins() -> SqlLiteral<BigInt> {
    sql("(SELECT count(*) FROM accounts WHERE accounts.tenant_id = tenants.id \
         AND accounts.role = 'site_admin' AND accounts.status = 'active')")
}

/// Of how many of them no training record that counts says that they are fully trained.
pub(super) fn untrained_site_admins() -> SqlLiteral<BigInt> {
    sql("(SELECT count(*) FROM accounts WHERE accounts.tenant_id = tenants.id \
         AND accounts.role = 'site_admin' AND accounts.status = 'active' AND NOT EXISTS \
         (SELECT 1 FROM training_records WHERE training_records.account_id = accounts.id \
         AND training_records.fully_trained AND training_records.withdrawn_at IS NULL))")
}

/// The owners of some tenants in figures.
pub(super) fn owners_of(
    conn: &mut Conn,
    ids: &[TenantId],
) -> StoreResult<HashMap<TenantId, OwnersOnFile>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(TenantId, i64, Option<Moment>)> = owners::table
        .filter(owners::tenant_id.eq_any(ids.to_vec()))
        .group_by(owners::tenant_id)
        .select((owners::tenant_id, count_star(), min(owners::confirmed_at)))
        .load(conn)?;
    let figures =
        |(id, count, oldest_confirmation)| (id, OwnersOnFile { count, oldest_confirmation });
    Ok(rows.into_iter().map(figures).collect())
}

/// Of how many of them the second factor is on: they can act now.
fn site_admins_with_factor() -> SqlLiteral<BigInt> {
    sql(
        "(SELECT count(*) FROM accounts JOIN second_factors ON second_factors.account_id = accounts.id \
         WHERE accounts.tenant_id = tenants.id AND accounts.role = 'site_admin' AND accounts.status = 'active')",
    )
}

/// What the desk's policy needs to know of an organisation.
#[derive(Debug, Clone)]
pub struct KnownOrganization {
    /// How many Site Admins are in use.
    pub site_admins: i64,
    /// How many of them can act now.
    pub site_admins_with_factor: i64,
    /// Whether it is copied on every referral.
    pub copy_on_referrals: bool,
}

/// What the desk's policy needs to know of the reader's organisation; one statement. None for who belongs to
/// none.
pub fn known_organization(conn: &mut Conn, scope: Scope) -> StoreResult<Option<KnownOrganization>> {
    let Sight::Tenant(tenant) = scope.sight() else { return Ok(None) };
    let row: Option<(Json<TenantSettings>, i64, i64)> = tenants::table
        .find(tenant)
        .select((tenants::settings, site_admins(), site_admins_with_factor()))
        .first(conn)
        .optional()?;
    Ok(row.map(|(settings, site_admins, site_admins_with_factor)| KnownOrganization {
        site_admins,
        site_admins_with_factor,
        copy_on_referrals: settings.0.copy_on_referrals,
    }))
}

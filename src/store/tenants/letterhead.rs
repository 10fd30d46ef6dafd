//! What the letters of an organisation say of it, and when they may go out.

use std::collections::{HashMap, HashSet};

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::tenant::{TenantSettings, TenantStatus};
use caredesk_core::domain::{Region, Slug, TenantName, TimeZoneName};
use caredesk_core::policy::Scope;
use diesel::prelude::*;

use super::visible;
use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::tenants;

/// What people read of the organisation that writes to them.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// The short name that they sign in with.
    pub slug: Slug,
    /// Its name.
    pub name: TenantName,
    /// The language it writes in where somebody has none of their own.
    pub locale: Locale,
    /// Where its days begin.
    pub time_zone: TimeZoneName,
}

/// What the letters of an organisation say of it, if the reader may see it; in one statement.
pub fn letterhead(conn: &mut Conn, scope: Scope, id: TenantId) -> StoreResult<Option<Letterhead>> {
    let row: Option<(Slug, TenantName, Json<TenantSettings>)> = visible(scope)
        .filter(tenants::id.eq(id))
        .select((tenants::slug, tenants::name, tenants::settings))
        .first(conn)
        .optional()?;
    Ok(row.map(|(slug, name, Json(settings))| {
        let TenantSettings { locale, time_zone, .. } = settings;
        Letterhead { slug, name, locale, time_zone }
    }))
}

/// The country that an organisation's numbers are dialled in.
pub fn phone_region(conn: &mut Conn, id: TenantId) -> StoreResult<Option<Region>> {
    let settings: Option<Json<TenantSettings>> =
        tenants::table.find(id).select(tenants::settings).first(conn).optional()?;
    Ok(settings.and_then(|Json(settings)| settings.phone_region))
}

/// Those of some tenants that are out of use, for the product itself.
pub fn suspended(conn: &mut Conn, ids: Vec<TenantId>) -> StoreResult<HashSet<TenantId>> {
    let found: Vec<TenantId> = tenants::table
        .filter(tenants::id.eq_any(ids))
        .filter(tenants::status.eq(TenantStatus::Suspended))
        .select(tenants::id)
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// The time zones of some tenants, for the product itself.
pub fn zones(conn: &mut Conn, ids: Vec<TenantId>) -> StoreResult<HashMap<TenantId, TimeZoneName>> {
    let rows: Vec<(TenantId, Json<TenantSettings>)> = tenants::table
        .filter(tenants::id.eq_any(ids))
        .select((tenants::id, tenants::settings))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, Json(settings))| (id, settings.time_zone)).collect())
}

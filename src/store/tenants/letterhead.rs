//! What the letters of an organisation say of it.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::tenant::TenantSettings;
use caredesk_core::domain::{Region, Slug, TenantName};
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
}

/// What the letters of an organisation say of it, if the reader may see it; in one statement.
pub fn letterhead(conn: &mut Conn, scope: Scope, id: TenantId) -> StoreResult<Option<Letterhead>> {
    let row: Option<(Slug, TenantName, Json<TenantSettings>)> = visible(scope)
        .filter(tenants::id.eq(id))
        .select((tenants::slug, tenants::name, tenants::settings))
        .first(conn)
        .optional()?;
    Ok(row.map(|(slug, name, Json(settings))| Letterhead { slug, name, locale: settings.locale }))
}

/// The country that an organisation's numbers are dialled in.
pub fn phone_region(conn: &mut Conn, id: TenantId) -> StoreResult<Option<Region>> {
    let settings: Option<Json<TenantSettings>> =
        tenants::table.find(id).select(tenants::settings).first(conn).optional()?;
    Ok(settings.and_then(|Json(settings)| settings.phone_region))
}

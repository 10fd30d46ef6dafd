//! Tenants: rows, pages and the words they are found by.

mod figures;
mod letterhead;

use caredesk_core::domain::account::{Claimed, Role};
use caredesk_core::domain::fold;
use caredesk_core::domain::hours::OpeningHours;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::page::{MAX_TOTAL, Page};
use caredesk_core::domain::tenant::{
    Contact, ContactPoints, NewTenant, OwnersOnFile, SiteAdminsInUse, Tenant, TenantChanges,
    TenantKind, TenantSettings, TenantStatus,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, SearchText, Slug, TenantName};
use caredesk_core::policy::action::{
    ChangeTenantContacts, CreateTenant, ResumeTenant, SuspendTenant, UpdateTenant,
    UpdateTenantSettings,
};
use caredesk_core::policy::{Action, Permit, Scope, Sight, TenantFacts};
use diesel::prelude::*;

use super::columns::Json;
use super::db::query::{Locked, nothing, row_after, row_before};
use super::db::{Conn, MultiBackend};
use super::error::{StoreError, StoreResult};
use super::schema::{tenant_governance, tenant_terms, tenants};
use super::tx::Tx;
pub use figures::{KnownOrganization, known_organization};
use figures::{owners_of, site_admins, untrained_site_admins};
pub use letterhead::{Letterhead, letterhead, phone_region, suspended, zones};

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants, treat_none_as_default_value = false)]
struct Row {
    id: TenantId,
    slug: Slug,
    name: TenantName,
    name_key: String,
    kind: TenantKind,
    status: TenantStatus,
    notification_address: EmailAddress,
    contacts: Json<Vec<Contact>>,
    points_changed_at: Moment,
    hours: Json<Vec<OpeningHours>>,
    settings: Json<TenantSettings>,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

/// A row with how many Site Admins are in use, and how many of them are not trained.
type Found = (Row, i64, i64);

impl Row {
    fn with(self, owners: OwnersOnFile, (count, untrained): (i64, i64)) -> Tenant {
        Tenant {
            id: self.id,
            slug: self.slug,
            name: self.name,
            kind: self.kind,
            status: self.status,
            points: ContactPoints {
                notification_address: self.notification_address,
                contacts: self.contacts.0,
            },
            points_changed_at: self.points_changed_at,
            hours: self.hours.0,
            settings: self.settings.0,
            owners,
            site_admins: SiteAdminsInUse { count, untrained },
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        }
    }
}

/// How a list of tenants is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantOrder {
    /// Newest first.
    Newest,
    /// By name, in the order of its plain form.
    Name,
}

/// Which tenants a page shows.
#[derive(Debug, Clone)]
pub struct TenantQuery {
    /// Words that the name or the short name begins with; all must be found.
    pub search: Option<SearchText>,
    /// Only of this kind.
    pub kind: Option<TenantKind>,
    /// Only in this status.
    pub status: Option<TenantStatus>,
    /// In this order.
    pub order: TenantOrder,
    /// After this key.
    pub after: Option<TenantKey>,
    /// So many rows.
    pub limit: i64,
    /// Whether to count what the filter finds.
    pub total: bool,
}

/// Where a row stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum TenantKey {
    /// In the order of creation: microseconds, id.
    Newest(i64, TenantId),
    /// In the order of names: plain name, id.
    Name(String, TenantId),
}

/// The tenant that somebody says is theirs: for the chain that an attempt to get in belongs to. By the
/// name that was claimed, so that it takes as long whether there is such a user.
pub fn claimed(conn: &mut Conn, claimed: &Claimed) -> StoreResult<Option<TenantId>> {
    claimed.tenant().map_or(Ok(None), |slug| id_of(conn, slug))
}

/// The id of the tenant with a short name.
pub fn id_of(conn: &mut Conn, slug: &Slug) -> StoreResult<Option<TenantId>> {
    let named = tenants::table.filter(tenants::slug.eq(slug.clone())).select(tenants::id);
    Ok(named.first(conn).optional()?)
}

/// A query that conditions can still be added to.
type Boxed<'q> = tenants::BoxedQuery<'q, MultiBackend>;

/// Tenants that a reader may see. Tenant users see their own, platform admins all of them.
fn visible<'q>(scope: Scope) -> Boxed<'q> {
    let all = tenants::table.into_boxed();
    match scope.sight() {
        Sight::System | Sight::Desk(Role::PlatformAdmin) => all,
        Sight::Tenant(tenant) => all.filter(tenants::id.eq(tenant)),
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// Stores a new tenant, its governance row and the words it is found by.
pub fn insert(
    tx: &mut Tx<'_>,
    _: &Permit<CreateTenant>,
    id: TenantId,
    new: &NewTenant,
) -> StoreResult<()> {
    let row = Row {
        id,
        slug: new.slug.clone(),
        name: new.name.clone(),
        name_key: fold::plain(new.name.as_str()),
        kind: new.kind,
        status: TenantStatus::Active,
        notification_address: new.points.notification_address.clone(),
        contacts: Json(new.points.contacts.clone()),
        points_changed_at: tx.now,
        hours: Json(new.hours.clone()),
        settings: Json(new.settings.clone()),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    diesel::insert_into(tenants::table).values(row).execute(tx.conn)?;
    diesel::insert_into(tenant_governance::table)
        .values(tenant_governance::tenant_id.eq(id))
        .execute(tx.conn)?;
    index(tx.conn, id, &new.slug, &new.name)
}

/// Replaces the words a tenant is found by.
fn index(conn: &mut Conn, id: TenantId, slug: &Slug, name: &TenantName) -> StoreResult<()> {
    diesel::delete(tenant_terms::table.filter(tenant_terms::tenant_id.eq(id))).execute(conn)?;
    let terms: Vec<_> = fold::terms(&format!("{slug} {name}"))
        .into_iter()
        .map(|term| (tenant_terms::term.eq(term), tenant_terms::tenant_id.eq(id)))
        .collect();
    match conn {
        Conn::Sqlite(conn) => {
            diesel::insert_into(tenant_terms::table).values(terms).execute(conn)?
        }
        Conn::Pg(conn) => diesel::insert_into(tenant_terms::table).values(terms).execute(conn)?,
    };
    Ok(())
}

/// One tenant, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: TenantId) -> StoreResult<Option<Tenant>> {
    let found: Option<Found> = visible(scope)
        .filter(tenants::id.eq(id))
        .select((Row::as_select(), site_admins(), untrained_site_admins()))
        .first(conn)
        .optional()?;
    let Some((row, admins, untrained)) = found else { return Ok(None) };
    let owners = owners_of(conn, &[id])?.remove(&id).unwrap_or_default();
    Ok(Some(row.with(owners, (admins, untrained))))
}

/// What the rules need to know of a tenant, if the reader may see it.
pub fn facts(conn: &mut Conn, scope: Scope, id: TenantId) -> StoreResult<Option<TenantFacts>> {
    let row = visible(scope)
        .filter(tenants::id.eq(id))
        .select((tenants::status, tenants::version))
        .first::<(TenantStatus, i64)>(conn)
        .optional()?;
    Ok(row.map(|(status, version)| TenantFacts { id, status, version }))
}

/// One page of the tenants that the reader may see.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    ask: &TenantQuery,
) -> StoreResult<Page<Tenant, TenantKey>> {
    let mut page = filtered(scope, ask);
    page = match (ask.order, ask.after.clone()) {
        (TenantOrder::Newest, Some(TenantKey::Newest(at, id))) => page
            .filter(row_before((tenants::created_at, tenants::id), (Moment::from_micros(at), id))),
        (TenantOrder::Name, Some(TenantKey::Name(name, id))) => {
            page.filter(row_after((tenants::name_key, tenants::id), (name, id)))
        }
        _ => page,
    };
    page = match ask.order {
        TenantOrder::Newest => page.order((tenants::created_at.desc(), tenants::id.desc())),
        TenantOrder::Name => page.order((tenants::name_key.asc(), tenants::id.asc())),
    };
    let rows: Vec<Found> = page
        .limit(ask.limit.saturating_add(1))
        .select((Row::as_select(), site_admins(), untrained_site_admins()))
        .load(conn)?;
    let key = |(row, ..): &Found| match ask.order {
        TenantOrder::Newest => TenantKey::Newest(row.created_at.micros(), row.id),
        TenantOrder::Name => TenantKey::Name(row.name_key.clone(), row.id),
    };
    let page = Page::cut(rows, ask.limit, key);
    let ids: Vec<TenantId> = page.rows.iter().map(|(row, ..)| row.id).collect();
    let mut figures = owners_of(conn, &ids)?;
    let mut page = page.map(|(row, admins, untrained)| {
        let owners = figures.remove(&row.id).unwrap_or_default();
        row.with(owners, (admins, untrained))
    });
    if ask.total {
        // In an order that an index has: without one, a full table is walked to find the first.
        let counted = filtered(scope, ask).select(tenants::id).limit(MAX_TOTAL);
        let counted = counted.order((tenants::created_at.desc(), tenants::id.desc()));
        let found = counted.load::<TenantId>(conn)?;
        page.total = Some(i64::try_from(found.len()).unwrap_or(MAX_TOTAL));
    }
    Ok(page)
}

/// The tenants that a reader may see and the filters let through.
fn filtered<'q>(scope: Scope, ask: &TenantQuery) -> Boxed<'q> {
    let mut found = visible(scope);
    if let Some(kind) = ask.kind {
        found = found.filter(tenants::kind.eq(kind));
    }
    if let Some(status) = ask.status {
        found = found.filter(tenants::status.eq(status));
    }
    if let Some(search) = &ask.search {
        let terms = fold::terms(search.as_str());
        if terms.is_empty() {
            found = found.filter(nothing());
        }
        for term in terms {
            let end = format!("{term}{}", char::MAX);
            let matching = tenant_terms::table
                .filter(tenant_terms::term.ge(term).and(tenant_terms::term.lt(end)))
                .select(tenant_terms::tenant_id);
            found = found.filter(tenants::id.eq_any(matching));
        }
    }
    found
}

/// What a change of a tenant sets; absent columns stay.
#[derive(Default, AsChangeset)]
#[diesel(table_name = tenants)]
struct Changes {
    name: Option<TenantName>,
    name_key: Option<String>,
    kind: Option<TenantKind>,
    status: Option<TenantStatus>,
    notification_address: Option<EmailAddress>,
    contacts: Option<Json<Vec<Contact>>>,
    points_changed_at: Option<Moment>,
    hours: Option<Json<Vec<OpeningHours>>>,
    settings: Option<Json<TenantSettings>>,
}

/// Changes a tenant's name or kind.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<UpdateTenant>,
    changes: &TenantChanges,
) -> StoreResult<()> {
    let id = permit.target().id;
    let row = Changes {
        name: changes.name.clone(),
        name_key: changes.name.as_ref().map(|name| fold::plain(name.as_str())),
        kind: changes.kind,
        ..Changes::default()
    };
    advance(tx, permit, row)?;
    let Some(name) = &changes.name else { return Ok(()) };
    let slug: Slug = tenants::table.find(id).select(tenants::slug).first(tx.conn)?;
    index(tx.conn, id, &slug, name)
}

/// Replaces a tenant's settings and, if given, its opening hours.
pub fn update_settings(
    tx: &mut Tx<'_>,
    permit: &Permit<UpdateTenantSettings>,
    settings: &TenantSettings,
    hours: Option<&Vec<OpeningHours>>,
) -> StoreResult<()> {
    let row = Changes {
        settings: Some(Json(settings.clone())),
        hours: hours.map(|hours| Json(hours.clone())),
        ..Changes::default()
    };
    advance(tx, permit, row)
}

/// Replaces where a tenant is reached.
pub fn change_points(
    tx: &mut Tx<'_>,
    permit: &Permit<ChangeTenantContacts>,
    points: &ContactPoints,
) -> StoreResult<()> {
    let row = Changes {
        notification_address: Some(points.notification_address.clone()),
        contacts: Some(Json(points.contacts.clone())),
        points_changed_at: Some(tx.now),
        ..Changes::default()
    };
    advance(tx, permit, row)
}

/// Takes a tenant out of use.
pub fn suspend(tx: &mut Tx<'_>, permit: &Permit<SuspendTenant>) -> StoreResult<()> {
    advance(tx, permit, Changes { status: Some(TenantStatus::Suspended), ..Changes::default() })
}

/// Takes a tenant back into use.
pub fn resume(tx: &mut Tx<'_>, permit: &Permit<ResumeTenant>) -> StoreResult<()> {
    advance(tx, permit, Changes { status: Some(TenantStatus::Active), ..Changes::default() })
}

/// Writes a change onto the version that the permit was given for.
///
/// If somebody was faster, the transaction collides and is decided anew on the newer version.
fn advance<A>(tx: &mut Tx<'_>, permit: &Permit<A>, changes: Changes) -> StoreResult<()>
where
    A: Action<Target = TenantFacts>,
{
    let TenantFacts { id, version, .. } = *permit.target();
    let row = tenants::table.filter(tenants::id.eq(id).and(tenants::version.eq(version)));
    let next = (tenants::version.eq(version.saturating_add(1)), tenants::updated_at.eq(tx.now));
    let rows = diesel::update(row).set((changes, next)).execute(tx.conn)?;
    if rows == 1 { Ok(()) } else { Err(StoreError::Collision("the tenant was changed".to_owned())) }
}

/// Locks, until the transaction ends, what the rows of a tenant's owners and administrators must agree
/// on: two changes of them at the same moment come one after the other.
pub fn govern(conn: &mut Conn, tenant: TenantId) -> StoreResult<()> {
    let row = tenant_governance::table.find(tenant).select(tenant_governance::tenant_id);
    Locked(row).get_result::<TenantId>(conn)?;
    Ok(())
}

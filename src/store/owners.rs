//! Owners on file.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::{OwnerId, TenantId};
use caredesk_core::domain::owner::{Owner, OwnerDetails};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::action::{
    AddOwner, ChangeOwner, ConfirmOwner, CreateTenant, RemoveOwner,
};
use caredesk_core::policy::{Permit, Scope, Sight};
use diesel::prelude::*;

use super::db::Conn;
use super::error::{StoreError, StoreResult};
use super::schema::owners;
use super::tx::Tx;
use crate::store::db::query::insert_rows;

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = owners, treat_none_as_default_value = false)]
struct Row {
    id: OwnerId,
    tenant_id: TenantId,
    name: PersonName,
    email: EmailAddress,
    email_key: String,
    phone: Option<PhoneNumber>,
    changed_at: Moment,
    confirmed_at: Moment,
    created_at: Moment,
    version: i64,
}

impl From<Row> for Owner {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant: row.tenant_id,
            details: OwnerDetails { name: row.name, email: row.email, phone: row.phone },
            changed_at: row.changed_at,
            confirmed_at: row.confirmed_at,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// The owners of a tenant, if the reader may see them; in the order in which they were added.
pub fn list(conn: &mut Conn, scope: Scope, tenant: TenantId) -> StoreResult<Vec<Owner>> {
    if !sees(scope, tenant) {
        return Ok(Vec::new());
    }
    let rows = owners::table
        .filter(owners::tenant_id.eq(tenant))
        .order(owners::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Owner::from).collect())
}

/// One owner of a tenant, if the reader may see it.
pub fn find(
    conn: &mut Conn,
    scope: Scope,
    tenant: TenantId,
    id: OwnerId,
) -> StoreResult<Option<Owner>> {
    if !sees(scope, tenant) {
        return Ok(None);
    }
    let row = owners::table
        .filter(owners::id.eq(id).and(owners::tenant_id.eq(tenant)))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Owner::from))
}

/// Whether a reader may see the owners of a tenant.
fn sees(scope: Scope, tenant: TenantId) -> bool {
    match scope.sight() {
        Sight::System | Sight::Desk(Role::PlatformAdmin) => true,
        Sight::Tenant(own) => own == tenant,
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => false,
    }
}

/// Puts the first owners of a new tenant on file.
pub fn insert_first(
    tx: &mut Tx<'_>,
    _: &Permit<CreateTenant>,
    tenant: TenantId,
    details: &[OwnerDetails],
) -> StoreResult<()> {
    let rows: Vec<Row> = details
        .iter()
        .map(|details| new_row(tx, tenant, OwnerId::of(tx.new_uuid()), details))
        .collect();
    insert_rows!(tx.conn, owners::table, rows)?;
    Ok(())
}

/// Puts one more owner on file.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<AddOwner>,
    id: OwnerId,
    details: &OwnerDetails,
) -> StoreResult<()> {
    let row = new_row(tx, permit.target().id, id, details);
    diesel::insert_into(owners::table).values(row).execute(tx.conn)?;
    Ok(())
}

fn new_row(tx: &Tx<'_>, tenant: TenantId, id: OwnerId, details: &OwnerDetails) -> Row {
    Row {
        id,
        tenant_id: tenant,
        name: details.name.clone(),
        email: details.email.clone(),
        email_key: details.email.folded(),
        phone: details.phone.clone(),
        changed_at: tx.now,
        confirmed_at: tx.now,
        created_at: tx.now,
        version: 1,
    }
}

/// Replaces how an owner is reached; the change authorises nothing until it has aged.
pub fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<ChangeOwner>,
    owner: &Owner,
    details: &OwnerDetails,
) -> StoreResult<()> {
    let row = owners::table
        .filter(owners::id.eq(owner.id).and(owners::tenant_id.eq(permit.target().id)))
        .filter(owners::version.eq(owner.version));
    let changed = diesel::update(row)
        .set((
            owners::name.eq(details.name.clone()),
            owners::email.eq(details.email.clone()),
            owners::email_key.eq(details.email.folded()),
            owners::phone.eq(details.phone.clone()),
            owners::changed_at.eq(tx.now),
            owners::confirmed_at.eq(tx.now),
            owners::version.eq(owner.version.saturating_add(1)),
        ))
        .execute(tx.conn)?;
    one(changed)
}

/// Notes that an owner's details were found to be right.
pub fn confirm(tx: &mut Tx<'_>, permit: &Permit<ConfirmOwner>, owner: &Owner) -> StoreResult<()> {
    let row = owners::table
        .filter(owners::id.eq(owner.id).and(owners::tenant_id.eq(permit.target().id)))
        .filter(owners::version.eq(owner.version));
    let changed = diesel::update(row)
        .set((owners::confirmed_at.eq(tx.now), owners::version.eq(owner.version.saturating_add(1))))
        .execute(tx.conn)?;
    one(changed)
}

/// Takes an owner off the file.
pub fn remove(tx: &mut Tx<'_>, permit: &Permit<RemoveOwner>, owner: &Owner) -> StoreResult<()> {
    let row = owners::table
        .filter(owners::id.eq(owner.id).and(owners::tenant_id.eq(permit.target().id)))
        .filter(owners::version.eq(owner.version));
    one(diesel::delete(row).execute(tx.conn)?)
}

/// Exactly one row was meant; if it was not there, somebody was faster.
fn one(changed: usize) -> StoreResult<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Collision("the owner was changed".to_owned()))
    }
}

//! What is written of applications.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::application::{
    Application, ApplicationStatus, Child, NewApplication, OnlineAccount,
};
use caredesk_core::domain::fold;
use caredesk_core::domain::ids::{AccountId, ApplicationId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{ApplicationNumber, ChildId, PersonName};
use caredesk_core::policy::action::UpdateApplication;
use caredesk_core::policy::{Action, Permit};
use diesel::prelude::*;

use super::Row;
use super::words::{Term, terms};
use crate::store::db::Conn;
use crate::store::db::query::{Prepared, in_parts, insert_rows};
use crate::store::error::StoreResult;
use crate::store::schema::{
    application_children, application_terms, applications, tenant_governance,
};
use crate::store::tx::Tx;

/// An application with the id and number that it gets.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// Its id.
    pub id: ApplicationId,
    /// Its number.
    pub number: ApplicationNumber,
    /// What it says.
    pub new: NewApplication,
}

/// A child as a row.
#[derive(Insertable)]
#[diesel(table_name = application_children, treat_none_as_default_value = false)]
struct ChildRow {
    application_id: ApplicationId,
    seq: i32,
    tenant_id: TenantId,
    child_id: ChildId,
    child_key: String,
    name: Option<PersonName>,
}

/// The next running number of an organisation's applications: what follows `A-`. Of numbers that are drawn
/// together the first.
pub fn draw_number(conn: &mut Conn, tenant: TenantId, count: i64) -> StoreResult<i64> {
    let last: i64 = Prepared(
        diesel::update(tenant_governance::table.find(tenant))
            .set(tenant_governance::applications.eq(tenant_governance::applications + count))
            .returning(tenant_governance::applications),
    )
    .get_result(conn)?;
    Ok(last.saturating_sub(count).saturating_add(1))
}

/// Stores new applications as drafts, their children and the words they are found by.
pub fn insert<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    (tenant, usual): (TenantId, Locale),
    all: Vec<Numbered>,
) -> StoreResult<()> {
    let words: Vec<Term> = all
        .iter()
        .flat_map(|one| terms(tenant, one.id, &one.new.family_name, &one.number))
        .collect();
    let children: Vec<ChildRow> =
        all.iter().flat_map(|one| children((tenant, one.id), &one.new.children)).collect();
    let now = tx.now;
    let rows: Vec<Row> = all.into_iter().map(|one| row((tenant, usual), one, now)).collect();
    insert_rows!(&mut *tx.conn, applications::table, rows)?;
    for some in in_parts(children) {
        insert_rows!(&mut *tx.conn, application_children::table, some)?;
    }
    for some in in_parts(words) {
        let rows = diesel::insert_into(application_terms::table).values(some);
        match &mut *tx.conn {
            Conn::Sqlite(conn) => rows.execute(conn)?,
            Conn::Pg(conn) => rows.execute(conn)?,
        };
    }
    Ok(())
}

/// A new application as a row.
fn row((tenant_id, usual): (TenantId, Locale), one: Numbered, now: Moment) -> Row {
    let method = one.new.method();
    Row {
        id: one.id,
        tenant_id,
        number_key: one.number.folded(),
        number: one.number,
        family_key: fold::plain(one.new.family_name.as_str()),
        family_name: one.new.family_name,
        email: one.new.email,
        phone: one.new.phone,
        preferred_method: method,
        locale: one.new.locale.unwrap_or(usual),
        status: ApplicationStatus::Draft,
        online_account: OnlineAccount::None,
        invited_until: None,
        account_id: None,
        linked_at: None,
        unlinked_at: None,
        submitted_at: None,
        withdrawn_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// Children as rows.
fn children(
    (tenant_id, application_id): (TenantId, ApplicationId),
    all: &[Child],
) -> Vec<ChildRow> {
    let row = |(seq, child): (i32, &Child)| ChildRow {
        application_id,
        seq,
        tenant_id,
        child_id: child.child_id.clone(),
        child_key: child.child_id.folded(),
        name: child.name.clone(),
    };
    (0..).zip(all).map(row).collect()
}

/// Writes an application as it is after a change: `fields` names what differs.
pub fn update(
    tx: &mut Tx<'_>,
    _: &Permit<UpdateApplication>,
    after: &Application,
    fields: &[&str],
) -> StoreResult<()> {
    Prepared(diesel::update(applications::table.find(after.id)).set((
        applications::number.eq(after.number.clone()),
        applications::number_key.eq(after.number.folded()),
        applications::family_name.eq(after.family_name.clone()),
        applications::family_key.eq(fold::plain(after.family_name.as_str())),
        applications::email.eq(after.email.clone()),
        applications::phone.eq(after.phone.clone()),
        applications::preferred_method.eq(after.preferred_method),
        applications::locale.eq(after.locale),
        applications::updated_at.eq(tx.now),
        applications::version.eq(applications::version + 1),
    )))
    .execute(tx.conn)?;
    if fields.contains(&"children") {
        let theirs = application_children::application_id.eq(after.id);
        diesel::delete(application_children::table.filter(theirs)).execute(tx.conn)?;
        let rows = children((after.tenant, after.id), &after.children);
        insert_rows!(&mut *tx.conn, application_children::table, rows)?;
    }
    if fields.contains(&"family_name") || fields.contains(&"number") {
        let theirs = application_terms::application_id.eq(after.id);
        diesel::delete(application_terms::table.filter(theirs)).execute(tx.conn)?;
        let words = terms(after.tenant, after.id, &after.family_name, &after.number);
        match &mut *tx.conn {
            Conn::Sqlite(conn) => {
                diesel::insert_into(application_terms::table).values(words).execute(conn)?
            }
            Conn::Pg(conn) => {
                diesel::insert_into(application_terms::table).values(words).execute(conn)?
            }
        };
    }
    Ok(())
}

/// Submits drafts.
pub fn submitted<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ids: &[ApplicationId],
) -> StoreResult<()> {
    diesel::update(applications::table.filter(applications::id.eq_any(ids.to_vec())))
        .set((
            applications::status.eq(ApplicationStatus::Submitted),
            applications::submitted_at.eq(tx.now),
            applications::updated_at.eq(tx.now),
            applications::version.eq(applications::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Withdraws an application.
pub fn withdrawn<A: Action>(tx: &mut Tx<'_>, _: &Permit<A>, id: ApplicationId) -> StoreResult<()> {
    Prepared(diesel::update(applications::table.find(id)).set((
        applications::status.eq(ApplicationStatus::Withdrawn),
        applications::withdrawn_at.eq(tx.now),
        applications::updated_at.eq(tx.now),
        applications::version.eq(applications::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Notes that families were invited.
pub fn invited<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ids: &[ApplicationId],
    until: Moment,
) -> StoreResult<()> {
    diesel::update(applications::table.filter(applications::id.eq_any(ids.to_vec())))
        .set((
            applications::online_account.eq(OnlineAccount::Invited),
            applications::invited_until.eq(until),
            applications::updated_at.eq(tx.now),
            applications::version.eq(applications::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that an invitation was taken back: what the family was before, it is again.
pub fn uninvited<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    before: &Application,
) -> StoreResult<()> {
    Prepared(diesel::update(applications::table.find(before.id)).set((
        applications::online_account.eq(before.access.uninvited()),
        applications::invited_until.eq(None::<Moment>),
        applications::updated_at.eq(tx.now),
        applications::version.eq(applications::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Links a family's account.
pub fn linked<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    id: ApplicationId,
    account: AccountId,
) -> StoreResult<()> {
    Prepared(diesel::update(applications::table.find(id)).set((
        applications::online_account.eq(OnlineAccount::Linked),
        applications::invited_until.eq(None::<Moment>),
        applications::account_id.eq(account),
        applications::linked_at.eq(tx.now),
        applications::updated_at.eq(tx.now),
        applications::version.eq(applications::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Takes families' access away.
pub fn unlinked<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    ids: &[ApplicationId],
) -> StoreResult<()> {
    diesel::update(applications::table.filter(applications::id.eq_any(ids.to_vec())))
        .set((
            applications::online_account.eq(OnlineAccount::Unlinked),
            applications::account_id.eq(None::<AccountId>),
            applications::linked_at.eq(None::<Moment>),
            applications::unlinked_at.eq(tx.now),
            applications::updated_at.eq(tx.now),
            applications::version.eq(applications::version + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

//! Records of training.

use caredesk_core::domain::ids::{AccountId, TenantId, TrainingRecordId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::{NewTraining, TrainingRecord};
use caredesk_core::domain::{Day, Line};
use caredesk_core::policy::action::RecordTraining;
use caredesk_core::policy::{Permit, Scope, Sight};
use diesel::prelude::*;
use uuid::Uuid;

use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::{accounts, training_records};
use super::tx::Tx;
use crate::store::db::query::nothing;

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = training_records, treat_none_as_default_value = false)]
struct Row {
    id: TrainingRecordId,
    tenant_id: TenantId,
    account_id: AccountId,
    course: Line,
    completed_on: Day,
    fully_trained: bool,
    recorded_by: AccountId,
    recorded_at: Moment,
    withdrawn_by: Option<AccountId>,
    withdrawn_at: Option<Moment>,
}

impl From<Row> for TrainingRecord {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user: row.account_id,
            course: row.course,
            completed_on: row.completed_on,
            fully_trained: row.fully_trained,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
            withdrawn_by: row.withdrawn_by,
            withdrawn_at: row.withdrawn_at,
        }
    }
}

/// Where a record stands in its list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TrainingKey(TrainingRecordId);

/// Which records a page shows.
#[derive(Debug, Clone, Copy)]
pub struct TrainingQuery {
    /// Whose.
    pub user: AccountId,
    /// After this key.
    pub after: Option<TrainingKey>,
    /// So many rows.
    pub limit: i64,
}

/// The records that a reader may see.
fn visible<'q>(scope: Scope) -> training_records::BoxedQuery<'q, MultiBackend> {
    let all = training_records::table.into_boxed();
    match scope.sight() {
        Sight::System => all,
        Sight::Tenant(tenant) => all.filter(training_records::tenant_id.eq(tenant)),
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// Whether a user is there for a reader to see.
pub fn is_user(conn: &mut Conn, scope: Scope, id: AccountId) -> StoreResult<bool> {
    let tenant: Option<Option<TenantId>> =
        accounts::table.find(id).select(accounts::tenant_id).first(conn).optional()?;
    Ok(match (scope.sight(), tenant.flatten()) {
        (Sight::System, Some(_)) => true,
        (Sight::Tenant(ours), Some(theirs)) => ours == theirs,
        _ => false,
    })
}

/// One page of a user's records.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    ask: &TrainingQuery,
) -> StoreResult<Page<TrainingRecord, TrainingKey>> {
    let mut page = visible(scope).filter(training_records::account_id.eq(ask.user));
    if let Some(TrainingKey(id)) = ask.after {
        page = page.filter(training_records::id.lt(id));
    }
    let rows: Vec<Row> = page
        .order(training_records::id.desc())
        .limit(ask.limit.saturating_add(1))
        .select(Row::as_select())
        .load(conn)?;
    let page = Page::cut(rows, ask.limit, |row| TrainingKey(row.id));
    Ok(page.map(TrainingRecord::from))
}

/// One record of a user's, if the reader may see it.
pub fn find(
    conn: &mut Conn,
    scope: Scope,
    (user, id): (AccountId, TrainingRecordId),
) -> StoreResult<Option<TrainingRecord>> {
    let row: Option<Row> = visible(scope)
        .filter(training_records::id.eq(id).and(training_records::account_id.eq(user)))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(TrainingRecord::from))
}

/// How many records the permit's user has, withdrawn ones included. Asked while the user is locked.
pub fn count(conn: &mut Conn, permit: &Permit<RecordTraining>) -> StoreResult<i64> {
    let theirs =
        training_records::table.filter(training_records::account_id.eq(permit.target().id));
    Ok(theirs.count().get_result(conn)?)
}

/// Stores a new record.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<RecordTraining>,
    id: TrainingRecordId,
    new: &NewTraining,
) -> StoreResult<()> {
    let row = Row {
        id,
        tenant_id: permit.target().tenant,
        account_id: permit.target().id,
        course: new.course.clone(),
        completed_on: new.completed_on.clone(),
        fully_trained: new.fully_trained,
        recorded_by: actor(permit),
        recorded_at: tx.now,
        withdrawn_by: None,
        withdrawn_at: None,
    };
    diesel::insert_into(training_records::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Marks a record of the permit's user as withdrawn; false if it was before.
pub fn withdraw(
    tx: &mut Tx<'_>,
    permit: &Permit<RecordTraining>,
    id: TrainingRecordId,
) -> StoreResult<bool> {
    let counts = training_records::table
        .filter(training_records::id.eq(id))
        .filter(training_records::account_id.eq(permit.target().id))
        .filter(training_records::withdrawn_at.is_null());
    let changed = diesel::update(counts)
        .set((
            training_records::withdrawn_by.eq(actor(permit)),
            training_records::withdrawn_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(changed == 1)
}

/// Whose word it is.
fn actor(permit: &Permit<RecordTraining>) -> AccountId {
    permit.actor().person().map_or(AccountId::of(Uuid::nil()), |person| person.account)
}

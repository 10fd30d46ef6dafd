//! What became of each row of a job.

use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::job::{RowFault, RowOutcome};
use caredesk_core::domain::page::Page;
use diesel::prelude::*;
use uuid::Uuid;

use crate::store::columns::{AnyId, Json};
use crate::store::db::Conn;
use crate::store::db::query::insert_rows;
use crate::store::error::StoreResult;
use crate::store::schema::job_results;
use crate::store::tx::Tx;

/// Rows that go into one statement: both engines have a limit on its parameters.
const AT_ONCE: usize = 1_000;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowResult {
    /// Its number, as whoever made the job counts; from 1.
    pub row: i64,
    /// What became of it.
    pub outcome: RowOutcome,
    /// What it is about, if it came to that.
    pub subject: Option<Uuid>,
    /// Why it failed; columns and codes, never what stood there.
    pub faults: Vec<RowFault>,
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = job_results, treat_none_as_default_value = false)]
struct Kept {
    job_id: JobId,
    row_number: i64,
    outcome: RowOutcome,
    subject_id: Option<AnyId>,
    faults: Json<Vec<RowFault>>,
}

/// Writes what became of some rows.
pub fn add(tx: &mut Tx<'_>, job: JobId, results: &[RowResult]) -> StoreResult<()> {
    for some in results.chunks(AT_ONCE) {
        let row = |result: &RowResult| Kept {
            job_id: job,
            row_number: result.row,
            outcome: result.outcome,
            subject_id: result.subject.map(AnyId),
            faults: Json(result.faults.clone()),
        };
        let rows: Vec<Kept> = some.iter().map(row).collect();
        let table = job_results::table;
        insert_rows!(&mut *tx.conn, table, rows)?;
    }
    Ok(())
}

/// Which results a page shows.
#[derive(Debug, Clone)]
pub struct ResultQuery {
    /// Only with this outcome.
    pub outcome: Option<RowOutcome>,
    /// Behind this row.
    pub after: Option<i64>,
    /// So many rows.
    pub limit: i64,
}

/// A page of a job's results, in the order of its rows. Whoever asks was shown the job before.
pub fn results(
    conn: &mut Conn,
    job: JobId,
    ask: &ResultQuery,
) -> StoreResult<Page<RowResult, i64>> {
    let mut query = job_results::table.filter(job_results::job_id.eq(job)).into_boxed();
    if let Some(outcome) = ask.outcome {
        query = query.filter(job_results::outcome.eq(outcome));
    }
    if let Some(after) = ask.after {
        query = query.filter(job_results::row_number.gt(after));
    }
    let rows: Vec<Kept> = query
        .order(job_results::row_number.asc())
        .limit(ask.limit.saturating_add(1))
        .select(Kept::as_select())
        .load(conn)?;
    let result = |row: Kept| RowResult {
        row: row.row_number,
        outcome: row.outcome,
        subject: row.subject_id.map(|id| id.0),
        faults: row.faults.0,
    };
    Ok(Page::cut(rows.into_iter().map(result).collect(), ask.limit, |result| result.row))
}

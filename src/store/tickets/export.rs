//! The files of exports, in parts.

use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::job::EXPORT_KEPT;
use diesel::prelude::*;

use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{jobs, ticket_export_parts};
use crate::store::tx::Tx;

/// Files that are forgotten in one transaction.
const FORGET: i64 = 5;

/// Keeps a part of the file of a job, sealed. The job is held by whoever works on it.
pub fn keep_part(tx: &mut Tx<'_>, (job, seq): (JobId, i32), sealed: Vec<u8>) -> StoreResult<()> {
    diesel::insert_into(ticket_export_parts::table)
        .values((
            ticket_export_parts::job_id.eq(job),
            ticket_export_parts::seq.eq(seq),
            ticket_export_parts::bytes.eq(sealed),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// A part of the file of a job, from 0; none behind the last.
pub fn export_part(conn: &mut Conn, job: JobId, seq: i32) -> StoreResult<Option<Vec<u8>>> {
    let part = ticket_export_parts::table.find((job, seq)).select(ticket_export_parts::bytes);
    Ok(part.first(conn).optional()?)
}

/// Wipes the file of a job.
pub fn forget_export(tx: &mut Tx<'_>, job: JobId) -> StoreResult<()> {
    let parts = ticket_export_parts::table.filter(ticket_export_parts::job_id.eq(job));
    diesel::delete(parts).execute(tx.conn)?;
    Ok(())
}

/// Wipes some of the files whose time is over; says how many parts. None are left when it says 0.
pub fn forget_exports(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let over: Vec<JobId> = ticket_export_parts::table
        .inner_join(jobs::table)
        .filter(ticket_export_parts::seq.eq(0))
        .filter(jobs::finished_at.le(tx.now.plus(-EXPORT_KEPT)))
        .order(ticket_export_parts::job_id)
        .limit(FORGET)
        .select(ticket_export_parts::job_id)
        .load(tx.conn)?;
    if over.is_empty() {
        return Ok(0);
    }
    let parts = ticket_export_parts::table.filter(ticket_export_parts::job_id.eq_any(over));
    Ok(diesel::delete(parts).execute(tx.conn)?)
}

//! The applications of a batch: how many a filter means, the next of them, and their rows, locked.

use caredesk_core::domain::application::{Application, OnlineAccount};
use caredesk_core::domain::ids::ApplicationId;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Scope;
use diesel::prelude::*;

use super::{ApplicationFilter, Boxed, Row, application, filtered, visible};
use crate::store::db::Conn;
use crate::store::db::query::{Locked, row_after};
use crate::store::error::StoreResult;
use crate::store::schema::applications;

/// Where an application stands in a batch, oldest first: microseconds, id.
pub type BatchKey = (i64, ApplicationId);

/// Which applications a batch means that names none by its id.
#[derive(Debug, Clone, Copy)]
pub struct Meant<'f> {
    /// What they are found by.
    pub filter: &'f ApplicationFilter,
    /// Only those that were there by then.
    pub until: Moment,
    /// Whether families are left out who have an invitation that counts.
    pub without_invited: bool,
}

/// The applications that a batch means now.
fn meant<'q>((scope, now): (Scope, Moment), meant: &Meant<'_>) -> Boxed<'q> {
    let found = filtered((scope, now), meant.filter);
    let found = found.filter(applications::created_at.le(meant.until));
    if !meant.without_invited {
        return found;
    }
    let others = applications::online_account.ne(OnlineAccount::Invited).nullable();
    found.filter(others.or(applications::invited_until.le(now)))
}

/// How many applications a batch means.
pub fn count_meant(conn: &mut Conn, of: (Scope, Moment), which: &Meant<'_>) -> StoreResult<i64> {
    Ok(meant(of, which).count().get_result(conn)?)
}

/// The next applications that a batch means, oldest first.
pub fn next_meant(
    conn: &mut Conn,
    of: (Scope, Moment),
    which: &Meant<'_>,
    (after, limit): (Option<BatchKey>, i64),
) -> StoreResult<Vec<BatchKey>> {
    let mut found = meant(of, which);
    if let Some((at, id)) = after {
        let key = (Moment::from_micros(at), id);
        found = found.filter(row_after((applications::created_at, applications::id), key));
    }
    let next: Vec<(Moment, ApplicationId)> = found
        .order((applications::created_at.asc(), applications::id.asc()))
        .limit(limit)
        .select((applications::created_at, applications::id))
        .load(conn)?;
    Ok(next.into_iter().map(|(at, id)| (at.micros(), id)).collect())
}

/// Those of some applications that the reader may see, locked.
pub fn some_locked(
    conn: &mut Conn,
    scope: Scope,
    ids: &[ApplicationId],
) -> StoreResult<Vec<Application>> {
    locked(conn, visible(scope), ids)
}

/// Those of some applications, oldest first, that a batch still means once they are locked. They are looked for
/// from the first to the last: all of an organisation would be looked at for each part.
pub fn meant_locked(
    conn: &mut Conn,
    of: (Scope, Moment),
    which: &Meant<'_>,
    keys: &[BatchKey],
) -> StoreResult<Vec<Application>> {
    let Some((first, last)) = keys.first().zip(keys.last()) else { return Ok(Vec::new()) };
    let ids: Vec<ApplicationId> = keys.iter().map(|(_, id)| *id).collect();
    let until = Moment::from_micros(last.0);
    let between = meant(of, &Meant { until, ..*which });
    let between = between.filter(applications::created_at.ge(Moment::from_micros(first.0)));
    locked(conn, between, &ids)
}

/// Some of the applications that a query finds, locked.
fn locked(
    conn: &mut Conn,
    found: Boxed<'_>,
    ids: &[ApplicationId],
) -> StoreResult<Vec<Application>> {
    // In one order, so that two batches that meet wait for each other and do not lock each other up.
    let rows = found.filter(applications::id.eq_any(ids.to_vec())).order(applications::id);
    let rows: Vec<Row> = Locked(rows.select(Row::as_select())).load(conn)?;
    // A batch does not look at children, nor at what an account is known by.
    Ok(rows.into_iter().map(|row| application((row, None, None), Vec::new())).collect())
}

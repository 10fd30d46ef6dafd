//! What waits: counted, claimed, put off.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{MessageKind, Method, WaitReason};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::ResendNotification;
use diesel::prelude::*;
use jiff::SignedDuration;
use secrecy::SecretString;

use super::{LEASE, place};
use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::db::query::{Prepared, SkipLocked};
use crate::store::error::StoreResult;
use crate::store::schema::notifications;
use crate::store::tx::Tx;
use crate::vault::{Keyring, SealError};

/// After how long the messages of a suspended tenant are looked at again.
const SUSPENDED_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// Most messages of a suspended tenant that are put off together.
const SUSPENDED_AT_ONCE: i64 = 500;

/// A message that its claimer is to send now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Names it, for as long as it is tried.
    pub id: NotificationId,
    /// On whose behalf.
    pub tenant: Option<TenantId>,
    /// Which template.
    pub kind: MessageKind,
    /// How it travels.
    pub method: Method,
    /// To whom.
    pub recipient: String,
    /// In which language.
    pub locale: Locale,
    /// What the template says.
    pub facts: serde_json::Value,
    /// Which attempt this is; the first is 1.
    pub attempt: i32,
    /// When it was queued.
    pub created_at: Moment,
    /// Since when it waits for its contact's next day, if it does.
    pub capped_since: Option<Moment>,
    /// The link's or the code's secret. Whether it opens is the message's own matter: one that does
    /// not must not hold up the others.
    pub secret: Result<Option<SecretString>, SealError>,
}

/// A waiting message, as its row holds it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = notifications)]
struct Row {
    id: NotificationId,
    tenant_id: Option<TenantId>,
    kind: MessageKind,
    method: Method,
    recipient: String,
    locale: Locale,
    facts: Json<serde_json::Value>,
    attempts: i32,
    due_at: Moment,
    created_at: Moment,
    secret: Option<Vec<u8>>,
    capped_since: Option<Moment>,
}

impl Row {
    /// The message as whoever sends it knows it.
    fn claimed(self, keys: &Keyring) -> Claimed {
        let open = |sealed: Vec<u8>| {
            let plain = keys.open(&place(self.id), &sealed)?;
            let text = std::str::from_utf8(&plain).map_err(|_not_ours| SealError::Damaged)?;
            Ok(SecretString::from(text))
        };
        Claimed {
            id: self.id,
            tenant: self.tenant_id,
            kind: self.kind,
            method: self.method,
            recipient: self.recipient,
            locale: self.locale,
            facts: self.facts.0,
            attempt: self.attempts.saturating_add(1),
            created_at: self.created_at,
            capped_since: self.capped_since,
            secret: self.secret.map(open).transpose(),
        }
    }
}

/// How many messages wait, and how many of them are due.
pub fn waiting(conn: &mut Conn, now: Moment) -> StoreResult<(i64, i64)> {
    let open = notifications::table.filter(notifications::finished_at.is_null());
    let due = open.filter(notifications::due_at.le(now)).count().get_result(conn)?;
    Ok((open.count().get_result(conn)?, due))
}

/// Messages that are due, locked for this transaction: first those that somebody waits for, then the
/// oldest. Those of `methods` only.
///
/// Messages of kinds that this program does not know are left to one that does.
pub fn due(tx: &mut Tx<'_>, limit: i64, methods: &[Method]) -> StoreResult<Vec<Claimed>> {
    let mut rows = next(tx, limit, (true, methods))?;
    let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(limit));
    if left > 0 {
        rows.extend(next(tx, left, (false, methods))?);
    }
    Ok(rows.into_iter().map(|row| row.claimed(tx.keys)).collect())
}

/// Locks messages that are due, of all methods together those that are due for longest. What is locked and
/// left over is somebody's at the next look.
fn next(
    tx: &mut Tx<'_>,
    limit: i64,
    (awaited, methods): (bool, &[Method]),
) -> StoreResult<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for method in methods {
        rows.extend(load(tx, limit, (awaited, *method))?);
    }
    rows.sort_by_key(|row| (row.due_at, row.id));
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

/// Locks messages of one method that are due: as many steps of the index as there are messages to find.
fn load(tx: &mut Tx<'_>, limit: i64, (awaited, method): (bool, Method)) -> StoreResult<Vec<Row>> {
    let due = notifications::table
        .filter(notifications::finished_at.is_null())
        .filter(notifications::awaited.eq(awaited))
        .filter(notifications::method.eq(method))
        .filter(notifications::due_at.le(tx.now))
        .filter(notifications::kind.eq_any(MessageKind::ALL.to_vec()))
        .order((notifications::due_at.asc(), notifications::id.asc()))
        .limit(limit)
        .select(Row::as_select());
    Ok(SkipLocked(due).load(tx.conn)?)
}

/// Claims messages that are locked: nobody else gets them before [`LEASE`] is over.
pub fn take(tx: &mut Tx<'_>, ids: Vec<NotificationId>) -> StoreResult<()> {
    diesel::update(notifications::table.filter(notifications::id.eq_any(ids)))
        .set((
            notifications::due_at.eq(tx.now.plus(LEASE)),
            notifications::attempts.eq(notifications::attempts + 1),
            notifications::last_attempt_at.eq(tx.now),
            notifications::waits_for.eq(None::<WaitReason>),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that a message that was queued just now repeats the permit's.
pub fn repeats(
    tx: &mut Tx<'_>,
    permit: &Permit<ResendNotification>,
    id: NotificationId,
) -> StoreResult<()> {
    Prepared(
        diesel::update(notifications::table.find(id))
            .set(notifications::resent_from.eq(permit.target().id)),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// Lets a message that is locked wait on; it counts for no attempt.
pub fn put_off(
    tx: &mut Tx<'_>,
    id: NotificationId,
    (until, why, capped_since): (Moment, WaitReason, Option<Moment>),
) -> StoreResult<()> {
    Prepared(diesel::update(notifications::table.find(id)).set((
        notifications::due_at.eq(until),
        notifications::waits_for.eq(why),
        notifications::capped_since.eq(capped_since),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// Lets messages of a suspended tenant wait on that are locked, and with them others of its that are due; it
/// counts for no attempt. Those that somebody else has locked are left alone.
pub fn put_off_suspended(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    mut ids: Vec<NotificationId>,
) -> StoreResult<()> {
    let others = notifications::table
        .filter(notifications::finished_at.is_null())
        .filter(notifications::due_at.le(tx.now))
        .filter(notifications::kind.ne_all(MessageKind::ABOUT_SUSPENSION.to_vec()))
        .filter(notifications::tenant_id.eq(tenant))
        .limit(SUSPENDED_AT_ONCE)
        .select(notifications::id);
    let others: Vec<NotificationId> = SkipLocked(others).load(tx.conn)?;
    ids.extend(others);
    diesel::update(notifications::table.filter(notifications::id.eq_any(ids)))
        .set((
            notifications::due_at.eq(tx.now.plus(SUSPENDED_AGAIN)),
            notifications::waits_for.eq(WaitReason::TenantSuspended),
        ))
        .execute(tx.conn)?;
    Ok(())
}

//! The outbox: a message is queued in the transaction of what causes it, and sent afterwards.
//!
//! A sender claims a message for [`LEASE`] and says what became of it; one that was killed meanwhile
//! says nothing, and the message is due again. At the end the secret is wiped.

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{Message, MessageKind, MessageState, Method};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::ResumeTenant;
use diesel::prelude::*;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use super::columns::Json;
use super::db::Conn;
use super::db::query::SkipLocked;
use super::error::StoreResult;
use super::schema::{notifications, tenants};
use super::tx::Tx;
use crate::vault::{Keyring, Place, SealError};

/// How long a message is its claimer's alone. Longer than any sending takes.
pub const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// After how long the messages of a suspended tenant are looked at again.
const SUSPENDED_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// What a suspended tenant is told all the same.
const ABOUT_SUSPENSION: [MessageKind; 2] =
    [MessageKind::TenantSuspended, MessageKind::TenantResumed];

/// Where a waiting message's secret is sealed to.
fn place(id: NotificationId) -> Place {
    Place { tenant: None, table: "notifications", row: id.uuid(), column: "secret" }
}

/// A new row of the table.
#[derive(Insertable)]
// Null and not the default where there is nothing: so SQLite, too, takes several rows in one statement.
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
struct NewRow {
    id: NotificationId,
    tenant_id: Option<TenantId>,
    kind: MessageKind,
    method: Method,
    recipient: String,
    locale: Locale,
    facts: Json<serde_json::Value>,
    state: MessageState,
    attempts: i32,
    due_at: Moment,
    created_at: Moment,
    secret: Option<Vec<u8>>,
}

impl NewRow {
    /// The row of a message that waits for its turn.
    fn of(
        tx: &Tx<'_>,
        message: &Message,
        facts: serde_json::Value,
        secret: Option<&SecretString>,
    ) -> Self {
        let id = NotificationId::of(tx.new_uuid());
        let seal = |secret: &SecretString| {
            tx.keys.seal(tx.entropy, &place(id), secret.expose_secret().as_bytes())
        };
        Self {
            id,
            tenant_id: message.tenant,
            kind: message.kind,
            method: message.to.method(),
            recipient: message.to.as_str().to_owned(),
            locale: message.locale,
            facts: Json(facts),
            state: MessageState::Queued,
            attempts: 0,
            due_at: tx.now,
            created_at: tx.now,
            secret: secret.map(seal),
        }
    }
}

/// Queues a message with the facts its template needs.
pub fn queue(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
) -> StoreResult<NotificationId> {
    let row = NewRow::of(tx, message, facts, None);
    insert(tx, row)
}

/// Queues several messages, in one statement where the engine has one for it.
pub fn queue_all(tx: &mut Tx<'_>, messages: Vec<(Message, serde_json::Value)>) -> StoreResult<()> {
    let row = |(message, facts): (Message, _)| NewRow::of(tx, &message, facts, None);
    let rows: Vec<NewRow> = messages.into_iter().map(row).collect();
    insert_all(tx, rows)
}

fn insert_all(tx: &mut Tx<'_>, rows: Vec<NewRow>) -> StoreResult<()> {
    let table = notifications::table;
    match &mut *tx.conn {
        Conn::Sqlite(conn) => diesel::insert_into(table).values(rows).execute(conn)?,
        Conn::Pg(conn) => diesel::insert_into(table).values(rows).execute(conn)?,
    };
    Ok(())
}

/// Queues several messages with a secret in each, which are sealed while they wait. Says which they are.
pub fn queue_secrets<'m>(
    tx: &mut Tx<'_>,
    messages: impl Iterator<Item = (&'m Message, serde_json::Value, &'m SecretString)>,
) -> StoreResult<Vec<NotificationId>> {
    let rows = messages.map(|(to, facts, secret)| NewRow::of(tx, to, facts, Some(secret)));
    let rows: Vec<NewRow> = rows.collect();
    let ids = rows.iter().map(|row| row.id).collect();
    insert_all(tx, rows)?;
    Ok(ids)
}

/// Queues a message with a secret in it, which is sealed while it waits.
pub fn queue_secret(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
    secret: &SecretString,
) -> StoreResult<NotificationId> {
    let row = NewRow::of(tx, message, facts, Some(secret));
    insert(tx, row)
}

fn insert(tx: &mut Tx<'_>, row: NewRow) -> StoreResult<NotificationId> {
    let id = row.id;
    diesel::insert_into(notifications::table).values(row).execute(tx.conn)?;
    Ok(id)
}

/// Makes the messages of a tenant due that wait since it was suspended: it is in use again. What it was
/// told meanwhile may be on its way, and is left alone.
pub fn wake(tx: &mut Tx<'_>, _: &Permit<ResumeTenant>, tenant: TenantId) -> StoreResult<()> {
    let waiting = notifications::table
        .filter(notifications::tenant_id.eq(tenant).and(notifications::finished_at.is_null()))
        .filter(notifications::due_at.gt(tx.now))
        .filter(notifications::kind.ne_all(ABOUT_SUSPENSION));
    diesel::update(waiting).set(notifications::due_at.eq(tx.now)).execute(tx.conn)?;
    Ok(())
}

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
    created_at: Moment,
    secret: Option<Vec<u8>>,
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

/// Claims messages that are due, oldest first: nobody else gets them before [`LEASE`] is over.
///
/// Messages of kinds that this program does not know are left to one that does.
pub fn claim_due(tx: &mut Tx<'_>, limit: i64) -> StoreResult<Vec<Claimed>> {
    put_off_suspended(tx)?;
    let due = notifications::table
        .filter(notifications::finished_at.is_null())
        .filter(notifications::due_at.le(tx.now))
        .filter(notifications::kind.eq_any(MessageKind::ALL.to_vec()))
        .order((notifications::due_at.asc(), notifications::id.asc()))
        .limit(limit)
        .select(Row::as_select());
    let rows: Vec<Row> = SkipLocked(due).load(tx.conn)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<NotificationId> = rows.iter().map(|row| row.id).collect();
    diesel::update(notifications::table.filter(notifications::id.eq_any(ids)))
        .set((
            notifications::due_at.eq(tx.now.plus(LEASE)),
            notifications::attempts.eq(notifications::attempts + 1),
        ))
        .execute(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.claimed(tx.keys)).collect())
}

/// Lets the messages of suspended tenants wait on; it counts for no attempt.
fn put_off_suspended(tx: &mut Tx<'_>) -> StoreResult<()> {
    let suspended = tenants::table
        .filter(tenants::status.eq(TenantStatus::Suspended))
        .select(tenants::id.nullable());
    let theirs = notifications::table
        .filter(notifications::finished_at.is_null())
        .filter(notifications::due_at.le(tx.now))
        .filter(notifications::kind.ne_all(ABOUT_SUSPENSION.to_vec()))
        .filter(notifications::tenant_id.eq_any(suspended));
    diesel::update(theirs)
        .set(notifications::due_at.eq(tx.now.plus(SUSPENDED_AGAIN)))
        .execute(tx.conn)?;
    Ok(())
}

/// The message was handed over. Says whether it was still open: whoever lost the lease may come late.
pub fn sent(tx: &mut Tx<'_>, id: NotificationId) -> StoreResult<bool> {
    let open = notifications::table.find(id).filter(notifications::finished_at.is_null());
    let changed = diesel::update(open)
        .set((
            notifications::state.eq(MessageState::Sent),
            notifications::finished_at.eq(tx.now),
            notifications::failure.eq(None::<String>),
            notifications::secret.eq(None::<Vec<u8>>),
        ))
        .execute(tx.conn)?;
    Ok(changed > 0)
}

/// The message cannot be handed over and is not tried again; `why` names nobody. Says whether this
/// attempt was the last: another may be under way.
pub fn failed(
    tx: &mut Tx<'_>,
    (id, attempt): (NotificationId, i32),
    why: &str,
) -> StoreResult<bool> {
    let open = notifications::table
        .find(id)
        .filter(notifications::finished_at.is_null())
        .filter(notifications::attempts.eq(attempt));
    let changed = diesel::update(open)
        .set((
            notifications::state.eq(MessageState::Failed),
            notifications::finished_at.eq(tx.now),
            notifications::failure.eq(why.to_owned()),
            notifications::secret.eq(None::<Vec<u8>>),
        ))
        .execute(tx.conn)?;
    Ok(changed > 0)
}

/// The message is tried again at `due`, unless another attempt is under way; `why` names nobody.
pub fn retry(
    tx: &mut Tx<'_>,
    (id, attempt): (NotificationId, i32),
    due: Moment,
    why: &str,
) -> StoreResult<bool> {
    let open = notifications::table
        .find(id)
        .filter(notifications::finished_at.is_null())
        .filter(notifications::attempts.eq(attempt));
    let changed = diesel::update(open)
        .set((notifications::due_at.eq(due), notifications::failure.eq(why.to_owned())))
        .execute(tx.conn)?;
    Ok(changed > 0)
}

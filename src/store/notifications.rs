//! The outbox: a message is queued in the transaction of what causes it, and sent afterwards.
//!
//! A sender claims a message for [`LEASE`] and says what became of it; one that was killed meanwhile
//! says nothing, and the message is due again. At the end the secret is wiped.

mod ends;
mod list;
mod queue;

use caredesk_core::domain::account::Locale;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{Message, MessageKind, MessageState, Method, WaitReason};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::ResumeTenant;
use diesel::prelude::*;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::columns::{AnyId, Json};
use super::db::Conn;
use super::db::query::insert_rows;
use super::error::StoreResult;
use super::schema::notifications;
use super::tx::Tx;
use crate::vault::Place;
pub use ends::{News, failed, heard, retry, sent, suppressed};
pub use list::{
    FOR_REQUESTER, NotificationKey, NotificationQuery, Sent, find, last_to_number, list,
    of_gateway, resolution, ticket_of_answer,
};
pub use queue::{Claimed, due, put_off, put_off_suspended, repeats, take, waiting};

/// How long a message is its claimer's alone. Longer than any sending takes.
pub const LEASE: SignedDuration = SignedDuration::from_mins(2);

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
    contact_key: String,
    resent_from: Option<NotificationId>,
    subject: Option<AnyId>,
    awaited: bool,
}

/// What a message has beside its template and its recipient.
#[derive(Debug, Clone, Copy, Default)]
pub struct With<'a> {
    /// The secret of its link or its code, sealed while it waits.
    pub secret: Option<&'a SecretString>,
    /// Whom or what it is about: the account whose link it holds, the application it invites to.
    pub subject: Option<Uuid>,
    /// The message that it repeats.
    pub resent_from: Option<NotificationId>,
}

impl NewRow {
    /// The row of a message that waits for its turn.
    fn of(tx: &Tx<'_>, message: &Message, facts: serde_json::Value, with: With<'_>) -> Self {
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
            secret: with.secret.map(seal),
            contact_key: message.to.key(),
            resent_from: with.resent_from,
            subject: with.subject.map(AnyId),
            awaited: message.kind.is_awaited(),
        }
    }
}

/// Queues a message with the facts its template needs.
pub fn queue(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
) -> StoreResult<NotificationId> {
    queue_with(tx, message, facts, With::default())
}

/// As [`queue()`], with more.
pub fn queue_with(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
    with: With<'_>,
) -> StoreResult<NotificationId> {
    let row = NewRow::of(tx, message, facts, with);
    let id = row.id;
    diesel::insert_into(notifications::table).values(row).execute(tx.conn)?;
    Ok(id)
}

/// Queues several messages, in one statement where the engine has one for it.
pub fn queue_all(tx: &mut Tx<'_>, messages: Vec<(Message, serde_json::Value)>) -> StoreResult<()> {
    let row = |(message, facts): (Message, _)| NewRow::of(tx, &message, facts, With::default());
    let rows: Vec<NewRow> = messages.into_iter().map(row).collect();
    insert_all(tx, rows)
}

fn insert_all(tx: &mut Tx<'_>, rows: Vec<NewRow>) -> StoreResult<()> {
    let table = notifications::table;
    insert_rows!(&mut *tx.conn, table, rows)?;
    Ok(())
}

/// As [`queue_all()`], each with more. Says which they are.
pub fn queue_each<'m>(
    tx: &mut Tx<'_>,
    messages: impl Iterator<Item = (&'m Message, serde_json::Value, With<'m>)>,
) -> StoreResult<Vec<NotificationId>> {
    let rows = messages.map(|(to, facts, with)| NewRow::of(tx, to, facts, with));
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
    queue_with(tx, message, facts, With { secret: Some(secret), ..With::default() })
}

/// Makes the messages of a tenant due that wait because it was suspended: it is in use again. What is under
/// way, or waits for anything else, is left alone.
pub fn wake(tx: &mut Tx<'_>, _: &Permit<ResumeTenant>, tenant: TenantId) -> StoreResult<()> {
    let waiting = notifications::table
        .filter(notifications::tenant_id.eq(tenant).and(notifications::finished_at.is_null()))
        .filter(notifications::waits_for.eq(WaitReason::TenantSuspended));
    diesel::update(waiting)
        .set((notifications::due_at.eq(tx.now), notifications::waits_for.eq(None::<WaitReason>)))
        .execute(tx.conn)?;
    Ok(())
}

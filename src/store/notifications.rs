//! The outbox: a message is queued in the transaction of what causes it, and sent afterwards.

use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::notification::{Message, MessageState};
use diesel::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use super::columns::Json;
use super::error::StoreResult;
use super::schema::notifications;
use super::tx::Tx;
use crate::vault::Place;

/// Where a waiting message's secret is sealed to.
fn place(id: NotificationId) -> Place {
    Place { tenant: None, table: "notifications", row: id.uuid(), column: "secret" }
}

/// Queues a message with the facts its template needs.
pub fn queue(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
) -> StoreResult<NotificationId> {
    insert(tx, message, facts, None)
}

/// Queues a message with a secret in it, which is sealed while it waits.
pub fn queue_secret(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
    secret: &SecretString,
) -> StoreResult<NotificationId> {
    insert(tx, message, facts, Some(secret))
}

fn insert(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
    secret: Option<&SecretString>,
) -> StoreResult<NotificationId> {
    let id = NotificationId::of(tx.new_uuid());
    let seal = |secret: &SecretString| {
        tx.keys.seal(tx.entropy, &place(id), secret.expose_secret().as_bytes())
    };
    let sealed = secret.map(seal);
    diesel::insert_into(notifications::table)
        .values((
            notifications::id.eq(id),
            notifications::tenant_id.eq(message.tenant),
            notifications::kind.eq(message.kind),
            notifications::method.eq(message.to.method()),
            notifications::recipient.eq(message.to.as_str().to_owned()),
            notifications::locale.eq(message.locale),
            notifications::facts.eq(Json(facts)),
            notifications::state.eq(MessageState::Queued),
            notifications::attempts.eq(0),
            notifications::due_at.eq(tx.now),
            notifications::created_at.eq(tx.now),
            notifications::secret.eq(sealed),
        ))
        .execute(tx.conn)?;
    Ok(id)
}

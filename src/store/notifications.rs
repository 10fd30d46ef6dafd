//! The outbox: a message is queued in the transaction of what causes it, and sent afterwards.

use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::notification::{Message, Method};
use diesel::prelude::*;

use super::columns::Json;
use super::error::StoreResult;
use super::schema::notifications;
use super::tx::Tx;

/// Queues a message with the facts its template needs.
pub fn queue(
    tx: &mut Tx<'_>,
    message: &Message,
    facts: serde_json::Value,
) -> StoreResult<NotificationId> {
    let id = NotificationId::of(tx.new_uuid());
    diesel::insert_into(notifications::table)
        .values((
            notifications::id.eq(id),
            notifications::tenant_id.eq(message.tenant),
            notifications::kind.eq(message.kind),
            notifications::method.eq(Method::Email),
            notifications::recipient.eq(message.to.clone()),
            notifications::locale.eq(message.locale),
            notifications::facts.eq(Json(facts)),
            notifications::state.eq("queued"),
            notifications::attempts.eq(0),
            notifications::due_at.eq(tx.now),
            notifications::created_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(id)
}

//! What became of a message: written by whoever sent it, and by what the gateway says of it afterwards.

use caredesk_core::domain::ids::NotificationId;
use caredesk_core::domain::notification::{MessageState, SuppressionReason, WaitReason};
use caredesk_core::domain::sending::says_more;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::SettleNotification;
use diesel::prelude::*;

use crate::store::db::query::{Locked, Prepared};
use crate::store::error::StoreResult;
use crate::store::schema::notifications;
use crate::store::tx::Tx;

/// The message was handed over; the gateway calls it `gateway_id`. Says whether it was still open: whoever
/// lost the lease may come late, and the gateway may have been quicker to say what became of it.
pub fn sent(tx: &mut Tx<'_>, id: NotificationId, gateway_id: Option<&str>) -> StoreResult<bool> {
    let open = notifications::table.find(id).filter(notifications::finished_at.is_null());
    let changed = diesel::update(open)
        .set((
            notifications::state.eq(MessageState::Sent),
            notifications::finished_at.eq(tx.now),
            notifications::failure.eq(None::<String>),
            notifications::secret.eq(None::<Vec<u8>>),
            notifications::waits_for.eq(None::<WaitReason>),
            notifications::gateway_id.eq(gateway_id.map(str::to_owned)),
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
            notifications::waits_for.eq(None::<WaitReason>),
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
        .set((
            notifications::due_at.eq(due),
            notifications::failure.eq(why.to_owned()),
            notifications::waits_for.eq(WaitReason::Retry),
        ))
        .execute(tx.conn)?;
    Ok(changed > 0)
}

/// Ends a message that is locked because nothing is sent to its contact.
pub fn suppressed(tx: &mut Tx<'_>, id: NotificationId, why: SuppressionReason) -> StoreResult<()> {
    Prepared(diesel::update(notifications::table.find(id)).set((
        notifications::state.eq(MessageState::Suppressed),
        notifications::finished_at.eq(tx.now),
        notifications::failure.eq(format!("nothing is sent to its contact: {why}")),
        notifications::secret.eq(None::<Vec<u8>>),
        notifications::waits_for.eq(None::<WaitReason>),
    )))
    .execute(tx.conn)?;
    Ok(())
}

/// What a gateway says of a message.
#[derive(Debug, Clone)]
pub struct News {
    /// What has become of it; none for what is under way still.
    pub state: Option<MessageState>,
    /// In the gateway's own word.
    pub status: String,
    /// What the gateway calls the message.
    pub gateway_id: String,
    /// Why it did not arrive, in words that name nobody.
    pub failure: Option<String>,
}

/// A message's state, its end, and what the gateway calls it and last said of it.
type Known = (MessageState, Option<Moment>, Option<String>, Option<String>);

/// Writes down what the permit's gateway says of a message, if it is news; says whether its state changed.
pub fn heard(
    tx: &mut Tx<'_>,
    _: &Permit<SettleNotification>,
    id: NotificationId,
    news: &News,
) -> StoreResult<bool> {
    let row = notifications::table.find(id).select((
        notifications::state,
        notifications::finished_at,
        notifications::gateway_id,
        notifications::gateway_status,
    ));
    let found: Option<Known> = Locked(row).get_result(tx.conn).optional()?;
    let Some((state, finished_at, known, status)) = found else { return Ok(false) };
    let gateway_id = Some(news.gateway_id.clone()).filter(|id| !id.is_empty()).or(known);
    let Some(next) = news.state.filter(|next| state.may_become(*next)) else {
        // It is on its way still, and perhaps further than was known.
        if state == MessageState::Sent && says_more(&news.status, status.as_deref()) {
            Prepared(diesel::update(notifications::table.find(id)).set((
                notifications::gateway_id.eq(gateway_id),
                notifications::gateway_status.eq(news.status.clone()),
            )))
            .execute(tx.conn)?;
        }
        return Ok(false);
    };
    Prepared(diesel::update(notifications::table.find(id)).set((
        notifications::state.eq(next),
        notifications::finished_at.eq(finished_at.unwrap_or(tx.now)),
        notifications::failure.eq(news.failure.clone()),
        notifications::secret.eq(None::<Vec<u8>>),
        notifications::waits_for.eq(None::<WaitReason>),
        notifications::gateway_id.eq(gateway_id),
        notifications::gateway_status.eq(news.status.clone()),
    )))
    .execute(tx.conn)?;
    Ok(true)
}

//! Messages as those see them who look after them: never what they say, never what is secret in them.

use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::ids::{NotificationId, TenantId, TicketId};
use caredesk_core::domain::notification::{
    MessageKind, MessageState, Method, SuppressionReason, WaitReason,
};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::SettleNotification;
use caredesk_core::policy::{NotificationFacts, NotificationSight, Permit, Sight};
use diesel::prelude::*;
use diesel::sql_types::Nullable;
use uuid::Uuid;

use crate::store::columns::{AnyId, Json, Word};
use crate::store::db::query::{SqlLiteral, nothing, sql};
use crate::store::db::{Conn, MultiBackend};
use crate::store::error::StoreResult;
use crate::store::schema::notifications;

/// A message that was queued, and what has become of it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Names it.
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
    /// What has become of it.
    pub state: MessageState,
    /// What it waits for, if it waits for more than its turn.
    pub waits_for: Option<WaitReason>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next, as long as it waits.
    pub due_at: Moment,
    /// When it was queued.
    pub created_at: Moment,
    /// When its last attempt began.
    pub last_attempt_at: Option<Moment>,
    /// When it was at its end.
    pub finished_at: Option<Moment>,
    /// Why the last attempt did not succeed.
    pub failure: Option<String>,
    /// What the gateway last said of it.
    pub gateway_status: Option<String>,
    /// The message that it repeats.
    pub resent_from: Option<NotificationId>,
    /// Whom or what it is about.
    pub subject: Option<Uuid>,
    /// What its template says, to repeat it.
    pub facts: serde_json::Value,
    /// Why nothing is sent to its contact now.
    pub suppression: Option<SuppressionReason>,
}

impl Sent {
    /// What the rules need to know.
    pub fn facts(&self) -> NotificationFacts {
        NotificationFacts {
            id: self.id,
            tenant: self.tenant,
            kind: self.kind,
            state: self.state,
            suppression: self.suppression,
        }
    }
}

/// A row of the table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = notifications)]
struct Row {
    id: NotificationId,
    tenant_id: Option<TenantId>,
    kind: MessageKind,
    method: Method,
    recipient: String,
    locale: Locale,
    facts: crate::store::columns::Json<serde_json::Value>,
    state: MessageState,
    attempts: i32,
    due_at: Moment,
    created_at: Moment,
    finished_at: Option<Moment>,
    failure: Option<String>,
    gateway_status: Option<String>,
    last_attempt_at: Option<Moment>,
    waits_for: Option<WaitReason>,
    resent_from: Option<NotificationId>,
    subject: Option<AnyId>,
}

impl Row {
    fn with(self, suppression: Option<SuppressionReason>) -> Sent {
        Sent {
            id: self.id,
            tenant: self.tenant_id,
            kind: self.kind,
            method: self.method,
            recipient: self.recipient,
            locale: self.locale,
            state: self.state,
            waits_for: self.waits_for,
            attempts: self.attempts,
            due_at: self.due_at,
            created_at: self.created_at,
            last_attempt_at: self.last_attempt_at,
            finished_at: self.finished_at,
            failure: self.failure,
            gateway_status: self.gateway_status,
            resent_from: self.resent_from,
            subject: self.subject.map(|subject| subject.0),
            facts: self.facts.0,
            suppression,
        }
    }
}

/// Why nothing is sent to a message's contact now.
fn suppression() -> SqlLiteral<Nullable<Word>> {
    sql::<Nullable<Word>>(
        "(SELECT suppressions.reason FROM suppressions \
          WHERE suppressions.contact_key = notifications.contact_key \
          AND suppressions.method = notifications.method)",
    )
}

/// Which messages a page shows.
#[derive(Debug, Clone, Default)]
pub struct NotificationQuery {
    /// Only on behalf of this tenant.
    pub tenant: Option<TenantId>,
    /// Only in this state.
    pub state: Option<MessageState>,
    /// Only of this kind.
    pub kind: Option<MessageKind>,
    /// Only those that travel so.
    pub method: Option<Method>,
    /// Queued from this moment on.
    pub since: Option<Moment>,
    /// Queued before this moment.
    pub until: Option<Moment>,
    /// After this key.
    pub after: Option<NotificationKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a message stands in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NotificationKey(NotificationId);

/// Messages that a reader may see: people of a tenant their tenant's, platform admins all, of the kinds that
/// they see.
fn visible<'q>(sight: &NotificationSight) -> notifications::BoxedQuery<'q, MultiBackend> {
    let all = notifications::table.filter(notifications::kind.eq_any(sight.kinds())).into_boxed();
    match sight.scope().sight() {
        Sight::System | Sight::Desk(Role::PlatformAdmin) => all,
        Sight::Tenant(tenant) => all.filter(notifications::tenant_id.eq(tenant)),
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// One message, if the reader may see it.
pub fn find(
    conn: &mut Conn,
    sight: &NotificationSight,
    id: NotificationId,
) -> StoreResult<Option<Sent>> {
    let found: Option<(Row, Option<SuppressionReason>)> = visible(sight)
        .filter(notifications::id.eq(id))
        .select((Row::as_select(), suppression()))
        .first(conn)
        .optional()?;
    Ok(found.map(|(row, suppression)| row.with(suppression)))
}

/// One page of the messages that the reader may see, newest first.
pub fn list(
    conn: &mut Conn,
    sight: &NotificationSight,
    ask: &NotificationQuery,
) -> StoreResult<Page<Sent, NotificationKey>> {
    let mut found = visible(sight);
    if let Some(tenant) = ask.tenant {
        found = found.filter(notifications::tenant_id.eq(tenant));
    }
    if let Some(state) = ask.state {
        found = found.filter(notifications::state.eq(state));
    }
    if let Some(kind) = ask.kind {
        found = found.filter(notifications::kind.eq(kind));
    }
    if let Some(method) = ask.method {
        found = found.filter(notifications::method.eq(method));
    }
    if let Some(since) = ask.since {
        found = found.filter(notifications::created_at.ge(since));
    }
    if let Some(until) = ask.until {
        found = found.filter(notifications::created_at.lt(until));
    }
    if let Some(NotificationKey(id)) = ask.after {
        found = found.filter(notifications::id.lt(id));
    }
    let rows: Vec<(Row, Option<SuppressionReason>)> = found
        .order(notifications::id.desc())
        .limit(ask.limit.saturating_add(1))
        .select((Row::as_select(), suppression()))
        .load(conn)?;
    let page = Page::cut(rows, ask.limit, |(row, _)| NotificationKey(row.id));
    Ok(page.map(|(row, suppression)| row.with(suppression)))
}

/// The contact and the tenant of a message that a gateway speaks of.
pub fn of_gateway(
    conn: &mut Conn,
    _: &Permit<SettleNotification>,
    id: NotificationId,
) -> StoreResult<Option<(String, Option<TenantId>)>> {
    let row = notifications::table.find(id).filter(notifications::method.eq(Method::Sms));
    let columns = (notifications::recipient, notifications::tenant_id);
    Ok(row.select(columns).first(conn).optional()?)
}

/// The last text message that was sent to a number, and on whose behalf: what its owner answers to.
pub fn last_to_number(
    conn: &mut Conn,
    contact_key: &str,
) -> StoreResult<Option<(NotificationId, Option<TenantId>)>> {
    let last = notifications::table
        .filter(notifications::contact_key.eq(contact_key.to_owned()))
        .filter(notifications::method.eq(Method::Sms))
        .order(notifications::id.desc())
        .select((notifications::id, notifications::tenant_id));
    Ok(last.first(conn).optional()?)
}

/// The ticket whose resolution a message tells its requester, and when it was queued; none of any other message.
pub fn resolution(conn: &mut Conn, id: NotificationId) -> StoreResult<Option<(TicketId, Moment)>> {
    type Found = (Option<AnyId>, Moment, Json<serde_json::Value>);
    let row = notifications::table
        .find(id)
        .filter(notifications::kind.eq(MessageKind::TicketResolved))
        .select((notifications::subject, notifications::created_at, notifications::facts));
    let found: Option<Found> = row.first(conn).optional()?;
    Ok(found.and_then(|(subject, queued_at, Json(facts))| {
        let is_for_requester = facts.get(FOR_REQUESTER).and_then(serde_json::Value::as_bool);
        let ticket = subject.filter(|_| is_for_requester == Some(true))?;
        Some((TicketId::of(ticket.0), queued_at))
    }))
}

/// The fact that says of a resolution's message that nothing is resolved if it does not arrive.
pub const FOR_REQUESTER: &str = "is_for_requester";

/// The ticket that an email is about: that of the first of the messages that it names which was sent to this
/// contact.
pub fn ticket_of_answer(
    conn: &mut Conn,
    ids: &[NotificationId],
    contact_key: &str,
) -> StoreResult<Option<TicketId>> {
    let rows: Vec<(NotificationId, Option<AnyId>)> = notifications::table
        .filter(notifications::id.eq_any(ids.to_vec()))
        .filter(notifications::contact_key.eq(contact_key.to_owned()))
        .filter(notifications::method.eq(Method::Email))
        .filter(notifications::kind.eq_any(MessageKind::ABOUT_A_CASE.to_vec()))
        .select((notifications::id, notifications::subject))
        .load(conn)?;
    let of = |id: &NotificationId| rows.iter().find(|(found, _)| found == id);
    let found = ids.iter().filter_map(of).find_map(|(_, subject)| subject.as_ref());
    Ok(found.map(|subject| TicketId::of(subject.0)))
}

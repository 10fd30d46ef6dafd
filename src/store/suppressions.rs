//! Contacts that nothing is sent to, and why.

use std::collections::HashMap;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{NotificationId, SuppressionId};
use caredesk_core::domain::notification::{Method, SuppressionReason};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{LiftSuppression, SuppressContact};
use caredesk_core::policy::{Action, NotificationSight, Permit, Sight, SuppressionFacts};
use diesel::dsl::exists;
use diesel::prelude::*;

use super::db::query::{Locked, Portable, Prepared, nothing};
use super::db::{Conn, MultiBackend};
use super::error::{StoreError, StoreResult};
use super::schema::{notifications, suppressions};
use super::tx::Tx;

/// A contact that nothing is sent to.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = suppressions, treat_none_as_default_value = false)]
pub struct Suppression {
    /// Names it.
    pub id: SuppressionId,
    /// What kind of contact it is.
    pub method: Method,
    /// The contact, in the form in which contacts are compared.
    pub contact_key: String,
    /// Why.
    pub reason: SuppressionReason,
    /// The message that it came of, if it came of one; none for a reader who does not see that message.
    pub notification_id: Option<NotificationId>,
    /// Since when.
    pub created_at: Moment,
    /// Counts the changes.
    pub version: i64,
}

impl Suppression {
    /// What the rules need to know.
    pub fn facts(&self) -> SuppressionFacts {
        SuppressionFacts { id: self.id, reason: self.reason, version: self.version }
    }
}

/// Which suppressions a page shows.
#[derive(Debug, Clone, Default)]
pub struct SuppressionQuery {
    /// Only of this kind of contact.
    pub method: Option<Method>,
    /// Only for this reason.
    pub reason: Option<SuppressionReason>,
    /// After this key.
    pub after: Option<SuppressionKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a suppression stands in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SuppressionKey(SuppressionId);

/// What a reader may see: platform admins all, people of a tenant those of contacts that were written to
/// on its behalf, with messages that they see.
fn visible<'q>(sight: &NotificationSight) -> suppressions::BoxedQuery<'q, MultiBackend> {
    let all = suppressions::table.into_boxed();
    match sight.scope().sight() {
        Sight::System | Sight::Desk(Role::PlatformAdmin) => all,
        Sight::Tenant(tenant) => {
            let theirs = notifications::table
                .filter(notifications::contact_key.eq(suppressions::contact_key.nullable()))
                .filter(notifications::method.eq(suppressions::method))
                .filter(notifications::tenant_id.eq(tenant))
                .filter(notifications::kind.eq_any(sight.kinds()));
            all.filter(exists(theirs))
        }
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// One suppression, if the reader may see it.
pub fn find(
    conn: &mut Conn,
    sight: &NotificationSight,
    id: SuppressionId,
) -> StoreResult<Option<Suppression>> {
    let found = visible(sight).filter(suppressions::id.eq(id)).select(Suppression::as_select());
    let mut found: Vec<Suppression> = found.load(conn)?;
    forget_unseen(conn, sight, &mut found)?;
    Ok(found.pop())
}

/// As [`find`], locked until the transaction ends: what is decided about it holds until then.
pub fn find_locked(
    conn: &mut Conn,
    sight: &NotificationSight,
    id: SuppressionId,
) -> StoreResult<Option<Suppression>> {
    let row = suppressions::table.find(id).select(suppressions::id);
    let locked: Option<SuppressionId> = Locked(row).get_result(conn).optional()?;
    if locked.is_some() { find(conn, sight, id) } else { Ok(None) }
}

/// Takes the messages away that the reader does not see: they may be another tenant's.
fn forget_unseen(
    conn: &mut Conn,
    sight: &NotificationSight,
    held: &mut [Suppression],
) -> StoreResult<()> {
    let named: Vec<NotificationId> = held.iter().filter_map(|row| row.notification_id).collect();
    let Sight::Tenant(tenant) = sight.scope().sight() else { return Ok(()) };
    if named.is_empty() {
        return Ok(());
    }
    let seen: Vec<NotificationId> = notifications::table
        .filter(notifications::id.eq_any(named))
        .filter(notifications::tenant_id.eq(tenant))
        .filter(notifications::kind.eq_any(sight.kinds()))
        .select(notifications::id)
        .load(conn)?;
    for row in held {
        row.notification_id = row.notification_id.filter(|id| seen.contains(id));
    }
    Ok(())
}

/// One page of the suppressions that the reader may see, newest first.
pub fn list(
    conn: &mut Conn,
    sight: &NotificationSight,
    ask: &SuppressionQuery,
) -> StoreResult<Page<Suppression, SuppressionKey>> {
    let mut found = visible(sight);
    if let Some(method) = ask.method {
        found = found.filter(suppressions::method.eq(method));
    }
    if let Some(reason) = ask.reason {
        found = found.filter(suppressions::reason.eq(reason));
    }
    if let Some(SuppressionKey(id)) = ask.after {
        found = found.filter(suppressions::id.lt(id));
    }
    let mut rows: Vec<Suppression> = found
        .order(suppressions::id.desc())
        .limit(ask.limit.saturating_add(1))
        .select(Suppression::as_select())
        .load(conn)?;
    forget_unseen(conn, sight, &mut rows)?;
    Ok(Page::cut(rows, ask.limit, |row| SuppressionKey(row.id)))
}

/// Why nothing is sent to some contacts; those that are written to are not among them.
pub fn reasons(
    conn: &mut Conn,
    contacts: Vec<String>,
) -> StoreResult<HashMap<(Method, String), SuppressionReason>> {
    let rows: Vec<(Method, String, SuppressionReason)> = suppressions::table
        .filter(suppressions::contact_key.eq_any(contacts))
        .select((suppressions::method, suppressions::contact_key, suppressions::reason))
        .load(conn)?;
    Ok(rows.into_iter().map(|(method, key, reason)| ((method, key), reason)).collect())
}

/// How often a suppression is looked for that was there a moment ago.
const LOOKS: u32 = 3;

/// Has nothing sent to a contact any more; says which suppression is new or has a new reason, if one has.
/// Whoever said STOP stays one who said so.
pub fn suppress(
    tx: &mut Tx<'_>,
    _: &Permit<SuppressContact>,
    contact: &Contact,
    (reason, by): (SuppressionReason, Option<NotificationId>),
) -> StoreResult<Option<SuppressionId>> {
    // What was there may be lifted before it is locked: then there is room for a new one.
    let mut known = None;
    for _ in 0..LOOKS {
        if let Some(new) = insert(tx, contact, (reason, by))? {
            return Ok(Some(new));
        }
        known = locked(tx, contact)?;
        if known.is_some() {
            break;
        }
    }
    let gone = || StoreError::Collision("a suppression came and went".to_owned());
    let (id, before) = known.ok_or_else(gone)?;
    if before == reason || before == SuppressionReason::Stopped {
        return Ok(None);
    }
    Prepared(diesel::update(suppressions::table.find(id)).set((
        suppressions::reason.eq(reason),
        suppressions::notification_id.eq(by),
        suppressions::version.eq(suppressions::version + 1),
    )))
    .execute(tx.conn)?;
    Ok(Some(id))
}

/// Writes a suppression down, unless there is one for the contact.
fn insert(
    tx: &mut Tx<'_>,
    contact: &Contact,
    (reason, by): (SuppressionReason, Option<NotificationId>),
) -> StoreResult<Option<SuppressionId>> {
    let row = Suppression {
        id: SuppressionId::of(tx.new_uuid()),
        method: contact.method(),
        contact_key: contact.key(),
        reason,
        notification_id: by,
        created_at: tx.now,
        version: 1,
    };
    let new = row.id;
    let insert = diesel::insert_into(suppressions::table)
        .values(row)
        .on_conflict((suppressions::method, suppressions::contact_key))
        .do_nothing();
    Ok((Portable(insert).execute(tx.conn)? > 0).then_some(new))
}

/// The suppression of a contact and its reason, locked.
fn locked(
    tx: &mut Tx<'_>,
    contact: &Contact,
) -> StoreResult<Option<(SuppressionId, SuppressionReason)>> {
    let known = suppressions::table
        .filter(suppressions::method.eq(contact.method()))
        .filter(suppressions::contact_key.eq(contact.key()))
        .select((suppressions::id, suppressions::reason));
    Ok(Locked(known).get_result(tx.conn).optional()?)
}

/// Has contacts written to again that are suppressed for one of these reasons; says what was lifted.
/// Whoever the permit is for has shown that the contacts are theirs. The key of an address is no number's,
/// so that it names the contact alone.
pub fn release<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    contacts: &[&Contact],
    reasons: &[SuppressionReason],
) -> StoreResult<Vec<SuppressionId>> {
    let keys: Vec<String> = contacts.iter().map(|contact| contact.key()).collect();
    let held = suppressions::table
        .filter(suppressions::contact_key.eq_any(keys))
        .filter(suppressions::reason.eq_any(reasons.to_vec()));
    Ok(diesel::delete(held).returning(suppressions::id).load(tx.conn)?)
}

/// Has the permit's contact written to again.
pub fn lift(tx: &mut Tx<'_>, permit: &Permit<LiftSuppression>) -> StoreResult<()> {
    diesel::delete(suppressions::table.find(permit.target().id)).execute(tx.conn)?;
    Ok(())
}

//! The audit: entries are written in the change's own transaction, and never changed.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::audit::{AuditEntry, AuditOutcome, Chain};
use caredesk_core::domain::ids::{AuditEntryId, SessionId, TenantId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit, Scope, Sight};
use diesel::prelude::*;
use jiff::SignedDuration;
use uuid::Uuid;

use super::columns::{AnyId, Json};
use super::db::query::{Portable, insert_rows, nothing, row_before};
use super::db::{Conn, MultiBackend};
use super::error::{StoreError, StoreResult};
use super::schema::{audit_entries, audit_pending, denial_sums};
use super::tx::Tx;
use crate::vault::Purpose;

/// Equal refusals within this time become one entry with a count.
pub const DENIAL_WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// What was done, beside who and when.
#[derive(Debug, Clone, Default)]
pub struct What {
    /// The tenant it concerns; the platform's chain without one.
    pub tenant: Option<TenantId>,
    /// The object.
    pub target: Option<Uuid>,
    /// Words and ids as JSON; no personal data.
    pub detail: Option<String>,
}

/// What was refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The action that was tried.
    pub action: String,
    /// The rule that forbids it.
    pub rule: String,
    /// On what.
    pub what: What,
    /// How often, at this moment: once at least.
    pub times: i64,
}

/// Writes down that a permitted action was done.
pub fn record<A: Action>(tx: &mut Tx<'_>, permit: &Permit<A>, what: What) -> StoreResult<()> {
    record_entry(tx, permit, what).map(drop)
}

/// As [`record`]; says which entry it is.
pub fn record_entry<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    what: What,
) -> StoreResult<AuditEntryId> {
    let done = (AuditOutcome::Done, None);
    let entry = entry(tx, permit.actor(), permit.action().as_str(), done, what);
    insert(tx, &entry)?;
    Ok(entry.id)
}

/// As [`record`], for many things at once.
pub fn record_all<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    all: Vec<What>,
) -> StoreResult<()> {
    let action = permit.action().as_str();
    let one = |what| entry(tx, permit.actor(), action, (AuditOutcome::Done, None), what);
    let entries: Vec<AuditEntry> = all.into_iter().map(one).collect();
    insert_all(tx, &entries)
}

/// Writes down a refusal; one that repeats is counted and written when its window closes.
pub fn record_denial(tx: &mut Tx<'_>, actor: &Actor, refused: Refused) -> StoreResult<()> {
    let more = refused.times.saturating_sub(1);
    let outcome = (AuditOutcome::Denied, Some(refused.rule));
    let entry = entry(tx, actor, &refused.action, outcome, refused.what);
    let key = denial_key(tx, &entry);
    let counted = diesel::insert_into(denial_sums::table)
        .values((
            denial_sums::key.eq(key),
            denial_sums::opened_at.eq(tx.now),
            denial_sums::repeats.eq(more),
            denial_sums::entry.eq(Json(KeptEntry::from(&entry))),
        ))
        .on_conflict(denial_sums::key)
        .do_update()
        .set(denial_sums::repeats.eq(denial_sums::repeats + refused.times))
        .returning(denial_sums::repeats);
    // One statement, so that of two equal refusals at the same moment one is the first.
    let repeats: i64 = Portable(counted).get_result(tx.conn)?;
    if repeats == more { insert(tx, &entry) } else { Ok(()) }
}

/// Writes the repeated refusals whose window is over; says how many sums were closed.
pub fn close_denials(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let due = tx.now.plus(-DENIAL_WINDOW);
    let sums: Vec<(i64, Json<KeptEntry>)> =
        diesel::delete(denial_sums::table.filter(denial_sums::opened_at.le(due)))
            .returning((denial_sums::repeats, denial_sums::entry))
            .load(tx.conn)?;
    let closed = sums.len();
    for (repeats, Json(kept)) in sums.into_iter().filter(|(repeats, _)| *repeats > 0) {
        let id = AuditEntryId::of(tx.new_uuid());
        let entry = kept.again(id, tx.now, repeats, &tx.origin.request);
        insert(tx, &entry)?;
    }
    Ok(closed)
}

/// The entry for something that happens now.
fn entry(
    tx: &Tx<'_>,
    actor: &Actor,
    action: &str,
    (outcome, rule): (AuditOutcome, Option<String>),
    what: What,
) -> AuditEntry {
    let person = actor.person();
    let tenant = what.tenant.or_else(|| person.and_then(|person| person.tenant));
    AuditEntry {
        id: AuditEntryId::of(tx.new_uuid()),
        chain: tenant.map_or(Chain::Platform, Chain::Tenant),
        at: tx.now,
        actor_kind: actor.kind().to_owned(),
        actor: person.map(|person| person.account.uuid()),
        session: person.and_then(Person::kept_session).map(SessionId::uuid),
        action: action.to_owned(),
        target: what.target,
        outcome,
        rule,
        count: 1,
        detail: what.detail,
        address: tx.origin.address.clone(),
        request: tx.origin.request.clone(),
    }
}

/// What makes two refusals equal: who, what, on what, by which rule, from where.
fn denial_key(tx: &Tx<'_>, entry: &AuditEntry) -> Vec<u8> {
    let parts = format!(
        "{:?}|{}|{:?}|{:?}|{:?}|{:?}",
        entry.actor, entry.action, entry.target, entry.rule, entry.address, entry.chain
    );
    tx.keys.mac(Purpose::Audit, parts.as_bytes()).to_vec()
}

/// Inserts an entry with its code, and queues it for the sealer.
fn insert(tx: &mut Tx<'_>, entry: &AuditEntry) -> StoreResult<()> {
    let row = row(tx, entry);
    diesel::insert_into(audit_entries::table).values(row).execute(tx.conn)?;
    diesel::insert_into(audit_pending::table)
        .values((audit_pending::entry_id.eq(entry.id), audit_pending::chain.eq(entry.chain.name())))
        .execute(tx.conn)?;
    Ok(())
}

/// As [`insert`], many in two statements.
fn insert_all(tx: &mut Tx<'_>, entries: &[AuditEntry]) -> StoreResult<()> {
    let rows: Vec<Row> = entries.iter().map(|entry| row(tx, entry)).collect();
    insert_rows!(&mut *tx.conn, audit_entries::table, rows)?;
    let pending = |entry: &AuditEntry| {
        (audit_pending::entry_id.eq(entry.id), audit_pending::chain.eq(entry.chain.name()))
    };
    let rows: Vec<_> = entries.iter().map(pending).collect();
    insert_rows!(&mut *tx.conn, audit_pending::table, rows)?;
    Ok(())
}

/// An entry as it is kept, with its code.
fn row(tx: &Tx<'_>, entry: &AuditEntry) -> Row {
    let mac = tx.keys.mac(Purpose::Audit, &entry.canonical()).to_vec();
    Row {
        id: entry.id,
        chain: entry.chain.name(),
        tenant_id: entry.chain.tenant(),
        at: entry.at,
        actor_kind: entry.actor_kind.clone(),
        actor: entry.actor.map(AnyId),
        session: entry.session.map(AnyId),
        action: entry.action.clone(),
        target: entry.target.map(AnyId),
        outcome: entry.outcome,
        rule: entry.rule.clone(),
        count: entry.count,
        detail: entry.detail.clone(),
        address: entry.address.clone(),
        request: entry.request.clone(),
        mac,
    }
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
// Null and not the default where there is nothing: so SQLite, too, takes several rows in one statement.
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: AuditEntryId,
    chain: String,
    tenant_id: Option<TenantId>,
    at: Moment,
    actor_kind: String,
    actor: Option<AnyId>,
    session: Option<AnyId>,
    action: String,
    target: Option<AnyId>,
    outcome: AuditOutcome,
    rule: Option<String>,
    count: i64,
    detail: Option<String>,
    address: Option<String>,
    request: String,
    pub(super) mac: Vec<u8>,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            chain: row.tenant_id.map_or(Chain::Platform, Chain::Tenant),
            at: row.at,
            actor_kind: row.actor_kind,
            actor: row.actor.map(|id| id.0),
            session: row.session.map(|id| id.0),
            action: row.action,
            target: row.target.map(|id| id.0),
            outcome: row.outcome,
            rule: row.rule,
            count: row.count,
            detail: row.detail,
            address: row.address,
            request: row.request,
        }
    }
}

/// A refusal as it waits to be written with its count.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct KeptEntry {
    tenant: Option<TenantId>,
    actor_kind: String,
    actor: Option<Uuid>,
    session: Option<Uuid>,
    action: String,
    target: Option<Uuid>,
    rule: Option<String>,
    address: Option<String>,
}

impl From<&AuditEntry> for KeptEntry {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            tenant: entry.chain.tenant(),
            actor_kind: entry.actor_kind.clone(),
            actor: entry.actor,
            session: entry.session,
            action: entry.action.clone(),
            target: entry.target,
            rule: entry.rule.clone(),
            address: entry.address.clone(),
        }
    }
}

impl KeptEntry {
    fn again(self, id: AuditEntryId, at: Moment, count: i64, request: &str) -> AuditEntry {
        AuditEntry {
            id,
            chain: self.tenant.map_or(Chain::Platform, Chain::Tenant),
            at,
            actor_kind: self.actor_kind,
            actor: self.actor,
            session: self.session,
            action: self.action,
            target: self.target,
            outcome: AuditOutcome::Denied,
            rule: self.rule,
            count,
            detail: None,
            address: self.address,
            request: request.to_owned(),
        }
    }
}

/// Which entries a page shows.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Only of this tenant's chain.
    pub tenant: Option<TenantId>,
    /// Only by this account.
    pub actor: Option<Uuid>,
    /// Only of this action.
    pub action: Option<String>,
    /// Only on this object.
    pub target: Option<Uuid>,
    /// Only with this end.
    pub outcome: Option<AuditOutcome>,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub until: Option<Moment>,
    /// After this key.
    pub after: Option<AuditKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where an entry stands in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AuditKey(pub i64, pub AuditEntryId);

/// A query that conditions can still be added to.
type Boxed<'q> = audit_entries::BoxedQuery<'q, MultiBackend>;

/// Entries that a reader may see: tenant users their tenant's, desk managers the platform's, platform
/// admins all.
fn visible<'q>(scope: Scope) -> Boxed<'q> {
    let all = audit_entries::table.into_boxed();
    match scope.sight() {
        Sight::System | Sight::Desk(Role::PlatformAdmin) => all,
        Sight::Desk(Role::DeskManager) => {
            all.filter(audit_entries::chain.eq(Chain::Platform.name()))
        }
        Sight::Tenant(tenant) => all.filter(audit_entries::chain.eq(Chain::Tenant(tenant).name())),
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// One entry, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: AuditEntryId) -> StoreResult<Option<AuditEntry>> {
    let row: Option<Row> = visible(scope)
        .filter(audit_entries::id.eq(id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(AuditEntry::from))
}

/// One page of the entries that the reader may see, newest first.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    ask: &AuditQuery,
) -> StoreResult<Page<AuditEntry, AuditKey>> {
    let mut found = visible(scope);
    if let Some(tenant) = ask.tenant {
        found = found.filter(audit_entries::chain.eq(Chain::Tenant(tenant).name()));
    }
    if let Some(actor) = ask.actor {
        found = found.filter(audit_entries::actor.eq(AnyId(actor)));
    }
    if let Some(action) = &ask.action {
        found = found.filter(audit_entries::action.eq(action.clone()));
    }
    if let Some(target) = ask.target {
        found = found.filter(audit_entries::target.eq(AnyId(target)));
    }
    if let Some(outcome) = ask.outcome {
        found = found.filter(audit_entries::outcome.eq(outcome));
    }
    if let Some(from) = ask.from {
        found = found.filter(audit_entries::at.ge(from));
    }
    if let Some(until) = ask.until {
        found = found.filter(audit_entries::at.lt(until));
    }
    if let Some(AuditKey(at, id)) = ask.after {
        let key = (Moment::from_micros(at), id);
        found = found.filter(row_before((audit_entries::at, audit_entries::id), key));
    }
    let rows: Vec<Row> = found
        .order((audit_entries::at.desc(), audit_entries::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select(Row::as_select())
        .load(conn)?;
    let page = Page::cut(rows, ask.limit, |row| AuditKey(row.at.micros(), row.id));
    Ok(page.map(AuditEntry::from))
}

/// The code an entry was written with, computed anew.
pub(super) fn mac_matches(
    keys: &crate::vault::Keyring,
    row: Row,
) -> Result<AuditEntry, StoreError> {
    let (mac, chain) = (row.mac.clone(), row.chain.clone());
    let entry = AuditEntry::from(row);
    // The chain's name stands in a column of its own, by which entries are found.
    let is_filed_right = entry.chain.name() == chain;
    if is_filed_right && keys.verify_mac(Purpose::Audit, &entry.canonical(), &mac) {
        Ok(entry)
    } else {
        Err(StoreError::Corrupt(entry.id.to_string()))
    }
}

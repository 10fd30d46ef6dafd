//! The decision log: written in the transaction of what was decided, and never changed. The audit's entry
//! of a decision holds its digest, so that the audit's chain proves the decision, too.

use std::collections::HashMap;

use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::ids::{AccountId, AuditEntryId, DecisionId, TenantId, TicketId};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::action::RecordDecision;
use caredesk_core::policy::decision_log::{About, LoggedDecision, LoggedFact};
use caredesk_core::policy::desk::{Channel, Effect, Outcome, RequesterKind, RuleCode};
use caredesk_core::policy::{Action, Permit, Scope, Sight};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde_json::json;

use super::columns::Json;
use super::db::query::{nothing, row_before, sql};
use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::{audit_entries, decisions};
use super::tx::Tx;

/// What an organisation does not see: what was decided on a ticket that it does not see.
const NOT_PRIVATE: &str = "NOT EXISTS (SELECT 1 FROM tickets WHERE tickets.id = decisions.ticket_id AND NOT tickets.is_for_team)";
/// Decisions that are checked at once.
pub const BATCH: i64 = 500;

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = decisions, treat_none_as_default_value = false)]
struct Row {
    id: DecisionId,
    tenant_id: Option<TenantId>,
    at: Moment,
    month: i32,
    ticket_id: Option<TicketId>,
    actor_kind: String,
    actor_id: Option<AccountId>,
    requester: RequesterKind,
    requester_id: Option<AccountId>,
    verification: Verification,
    channel: Channel,
    request_type: String,
    rule: Option<RuleCode>,
    outcome: Outcome,
    effects: Json<Vec<Effect>>,
    missing: Json<Vec<String>>,
    facts: Json<Vec<LoggedFact>>,
    policy_version: String,
    locale: Locale,
    said: String,
    request: String,
    audit_entry_id: AuditEntryId,
}

impl Row {
    fn of(decision: LoggedDecision, entry: AuditEntryId) -> Self {
        let About { tenant, ticket, requester, verification, locale } = decision.about;
        Self {
            id: decision.id,
            tenant_id: tenant,
            at: decision.at,
            month: month_of(decision.at),
            ticket_id: ticket,
            actor_kind: decision.actor_kind,
            actor_id: decision.actor,
            requester: decision.requester,
            requester_id: requester,
            verification,
            channel: decision.channel,
            request_type: decision.request_type,
            rule: decision.rule,
            outcome: decision.outcome,
            effects: Json(decision.effects),
            missing: Json(decision.missing),
            facts: Json(decision.facts),
            policy_version: decision.policy_version,
            locale,
            said: decision.said,
            request: decision.request,
            audit_entry_id: entry,
        }
    }

    fn decision(self) -> LoggedDecision {
        LoggedDecision {
            id: self.id,
            at: self.at,
            actor_kind: self.actor_kind,
            actor: self.actor_id,
            about: About {
                tenant: self.tenant_id,
                ticket: self.ticket_id,
                requester: self.requester_id,
                verification: self.verification,
                locale: self.locale,
            },
            requester: self.requester,
            channel: self.channel,
            request_type: self.request_type,
            rule: self.rule,
            outcome: self.outcome,
            effects: self.effects.0,
            missing: self.missing.0,
            facts: self.facts.0,
            policy_version: self.policy_version,
            said: self.said,
            request: self.request,
        }
    }
}

/// The month of a moment, in UTC: the year times a hundred and the month.
pub fn month_of(at: Moment) -> i32 {
    let date = at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    i32::from(date.year()) * 100 + i32::from(date.month())
}

/// Keeps a decision that is acted on; `entry` is the audit's, which holds its digest.
pub fn insert(
    tx: &mut Tx<'_>,
    _permit: &Permit<RecordDecision>,
    decision: LoggedDecision,
    entry: AuditEntryId,
) -> StoreResult<()> {
    diesel::insert_into(decisions::table).values(Row::of(decision, entry)).execute(tx.conn)?;
    Ok(())
}

/// What the audit's entry of a decision says of it.
pub fn detail_of(decision: &LoggedDecision) -> String {
    json!({"digest": decision.digest()}).to_string()
}

/// A decision with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDecision {
    /// The decision.
    pub decision: LoggedDecision,
    /// The audit's entry that holds its digest.
    pub entry: AuditEntryId,
}

impl From<Row> for KeptDecision {
    fn from(row: Row) -> Self {
        let entry = row.audit_entry_id;
        let decision = row.decision();
        Self { decision, entry }
    }
}

/// Where a decision stands in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DecisionKey(pub i64, pub DecisionId);

/// Which decisions a page shows.
#[derive(Debug, Clone, Default)]
pub struct DecisionQuery {
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// Only by this rule.
    pub rule: Option<RuleCode>,
    /// Only on requests of this type.
    pub request_type: Option<String>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only for requesters of this kind.
    pub requester: Option<RequesterKind>,
    /// Only by this channel.
    pub channel: Option<Channel>,
    /// Only on this ticket.
    pub ticket: Option<TicketId>,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub until: Option<Moment>,
    /// After this key.
    pub after: Option<DecisionKey>,
    /// So many rows.
    pub limit: i64,
}

/// A query that conditions can still be added to.
type Boxed<'q> = decisions::BoxedQuery<'q, MultiBackend>;

/// Decisions that a reader may see: tenant users their tenant's, platform admins and desk managers all.
fn visible<'q>(scope: Scope) -> Boxed<'q> {
    let all = decisions::table.into_boxed();
    match scope.sight() {
        Sight::System | Sight::Desk(Role::PlatformAdmin | Role::DeskManager) => all,
        Sight::Tenant(tenant) => {
            all.filter(decisions::tenant_id.eq(tenant)).filter(sql::<Bool>(NOT_PRIVATE))
        }
        Sight::Desk(_) | Sight::Guardian(_) | Sight::Public => all.filter(nothing()),
    }
}

/// One decision, if the reader may see it.
pub fn find(conn: &mut Conn, scope: Scope, id: DecisionId) -> StoreResult<Option<KeptDecision>> {
    let found = visible(scope).filter(decisions::id.eq(id)).select(Row::as_select());
    let row: Option<Row> = found.first(conn).optional()?;
    Ok(row.map(KeptDecision::from))
}

/// What follows from a decision; nothing of one that is not there.
pub fn effects_of(conn: &mut Conn, id: DecisionId) -> StoreResult<Vec<Effect>> {
    let effects = decisions::table.find(id).select(decisions::effects);
    let found: Option<Json<Vec<Effect>>> = effects.first(conn).optional()?;
    Ok(found.map(|Json(effects)| effects).unwrap_or_default())
}

/// One page of the decisions that the reader may see, newest first.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    ask: &DecisionQuery,
) -> StoreResult<Page<KeptDecision, DecisionKey>> {
    let mut found = asked(visible(scope), ask);
    if let Some(DecisionKey(at, id)) = ask.after {
        let key = (Moment::from_micros(at), id);
        found = found.filter(row_before((decisions::at, decisions::id), key));
    }
    let rows: Vec<Row> = found
        .order((decisions::at.desc(), decisions::id.desc()))
        .limit(ask.limit.saturating_add(1))
        .select(Row::as_select())
        .load(conn)?;
    let page = Page::cut(rows, ask.limit, |row| DecisionKey(row.at.micros(), row.id));
    Ok(page.map(KeptDecision::from))
}

/// Those that the filters let through.
fn asked<'q>(mut found: Boxed<'q>, ask: &DecisionQuery) -> Boxed<'q> {
    if let Some(tenant) = ask.tenant {
        found = found.filter(decisions::tenant_id.eq(tenant));
    }
    if let Some(rule) = &ask.rule {
        found = found.filter(decisions::rule.eq(rule.clone()));
    }
    if let Some(request_type) = &ask.request_type {
        found = found.filter(decisions::request_type.eq(request_type.clone()));
    }
    if let Some(outcome) = ask.outcome {
        found = found.filter(decisions::outcome.eq(outcome));
    }
    if let Some(requester) = ask.requester {
        found = found.filter(decisions::requester.eq(requester));
    }
    if let Some(channel) = ask.channel {
        found = found.filter(decisions::channel.eq(channel));
    }
    if let Some(ticket) = ask.ticket {
        found = found.filter(decisions::ticket_id.eq(ticket));
    }
    if let Some(from) = ask.from {
        found = found.filter(decisions::at.ge(from));
    }
    if let Some(until) = ask.until {
        found = found.filter(decisions::at.lt(until));
    }
    found
}

/// Which months are counted, both included, as the year times a hundred and the month.
#[derive(Debug, Clone, Copy)]
pub struct Months {
    /// The first.
    pub first: i32,
    /// The last.
    pub last: i32,
}

/// How often a rule came to an outcome in a month.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct DecisionCount {
    /// The month, in UTC: the year times a hundred and the month.
    pub month: i32,
    /// The rule; none where no rule knew the request.
    pub rule: Option<RuleCode>,
    /// The outcome.
    pub outcome: Outcome,
    /// How often.
    pub count: i64,
}

/// Counts the decisions that the reader may see, by month, rule and outcome; out of the index alone.
pub fn counts(
    conn: &mut Conn,
    scope: Scope,
    tenant: Option<TenantId>,
    months: Months,
) -> StoreResult<Vec<DecisionCount>> {
    let tenant = match scope.sight() {
        Sight::System | Sight::Desk(Role::PlatformAdmin | Role::DeskManager) => tenant,
        Sight::Tenant(own) if tenant.is_none_or(|asked| asked == own) => Some(own),
        _ => return Ok(Vec::new()),
    };
    let by = (decisions::month, decisions::rule, decisions::outcome);
    let mut found = decisions::table
        .group_by(by)
        .select((decisions::month, decisions::rule, decisions::outcome, count_star()))
        .filter(decisions::month.between(months.first, months.last))
        .into_boxed();
    if let Some(tenant) = tenant {
        found = found.filter(decisions::tenant_id.eq(tenant));
    }
    if matches!(scope.sight(), Sight::Tenant(_)) {
        found = found.filter(sql::<Bool>(NOT_PRIVATE));
    }
    let mut counts: Vec<DecisionCount> = found.load(conn)?;
    // Here, because the engines put what is null at different ends.
    counts.sort_by(|a, b| (a.month, &a.rule, a.outcome).cmp(&(b.month, &b.rule, b.outcome)));
    Ok(counts)
}

/// A decision that is not as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forged {
    /// The tenant that it concerns.
    pub tenant: Option<TenantId>,
    /// The audit's entry of it.
    pub entry: AuditEntryId,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Holds the next decisions behind `after` against the audit's entries of them, at most [`BATCH`]. Says
/// which was the last; none at the end.
///
/// # Errors
/// The inner error names the first decision that differs.
pub fn check(
    conn: &mut Conn,
    after: Option<DecisionId>,
) -> StoreResult<Result<Option<DecisionId>, Forged>> {
    let mut next = decisions::table.into_boxed::<MultiBackend>();
    if let Some(after) = after {
        next = next.filter(decisions::id.gt(after));
    }
    let rows: Vec<Row> =
        next.order(decisions::id.asc()).limit(BATCH).select(Row::as_select()).load(conn)?;
    let entries: Vec<AuditEntryId> = rows.iter().map(|row| row.audit_entry_id).collect();
    let noted: HashMap<AuditEntryId, Option<String>> = audit_entries::table
        .filter(audit_entries::id.eq_any(entries))
        .filter(audit_entries::action.eq(RecordDecision::KIND.as_str()))
        .select((audit_entries::id, audit_entries::detail))
        .load::<(AuditEntryId, Option<String>)>(conn)?
        .into_iter()
        .collect();
    let mut last = None;
    for row in rows {
        let kept = KeptDecision::from(row);
        let detail = noted.get(&kept.entry).cloned().flatten();
        if detail != Some(detail_of(&kept.decision)) {
            let (tenant, entry) = (kept.decision.about.tenant, kept.entry);
            let why = "the decision that the entry is about was changed";
            return Ok(Err(Forged { tenant, entry, why }));
        }
        last = Some(kept.decision.id);
    }
    Ok(Ok(last))
}

/// An entry of the audit that is about a decision which is there no more.
pub fn lost(conn: &mut Conn) -> StoreResult<Option<Forged>> {
    let entry: Option<(AuditEntryId, Option<TenantId>)> = audit_entries::table
        .left_join(decisions::table.on(decisions::audit_entry_id.eq(audit_entries::id)))
        .filter(audit_entries::action.eq(RecordDecision::KIND.as_str()))
        .filter(decisions::id.nullable().is_null())
        .order(audit_entries::id.asc())
        .select((audit_entries::id, audit_entries::tenant_id))
        .first(conn)
        .optional()?;
    let why = "the decision that the entry is about was deleted";
    Ok(entry.map(|(entry, tenant)| Forged { tenant, entry, why }))
}

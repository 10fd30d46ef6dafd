//! The audit over HTTP: searched, read, exported.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use caredesk_core::domain::audit::AuditOutcome;
use caredesk_core::domain::ids::{AccountId, AuditEntryId, SessionId, TenantId};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::ExportAudit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::cursor;
use super::extract::{Caller, Parameters, Path, Query};
use super::ndjson::{self, EXPORT_PAGE};
use super::problem::Problem;
use super::views::page;
use super::views::seal::AuditSeal;
use crate::service::House;
use crate::service::audit::{self, SealedEntry};
use crate::store::audit::{AuditKey, AuditQuery};

/// Which entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditFilter {
    /// Only of this tenant's chain.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    tenant_id: Option<TenantId>,
    /// Only by this account.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13")]
    actor_id: Option<AccountId>,
    /// Only of this action.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$",
        example = "tenant.suspend"
    )]
    action: Option<String>,
    /// Only on this object.
    #[param(nullable = false, format = Uuid, min_length = 36, max_length = 36, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    target_id: Option<Uuid>,
    /// Only with this end.
    #[param(nullable = false, example = "denied")]
    outcome: Option<AuditOutcome>,
    /// From this moment on.
    #[param(nullable = false, example = "2026-11-01T00:00:00Z")]
    from: Option<Moment>,
    /// Before this moment.
    #[param(nullable = false, example = "2026-12-01T00:00:00Z")]
    until: Option<Moment>,
    /// Rows of the page.
    #[param(
        nullable = false,
        minimum = 1,
        maximum = 100,
        default = 25,
        format = "int32",
        example = 25
    )]
    limit: Option<i32>,
    /// Where the page begins: `next_cursor` of the one before, with the same filters.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    cursor: Option<String>,
}
impl Parameters for AuditFilter {}

/// Which entries an export holds.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditExportFilter {
    /// Only of this tenant's chain.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    tenant_id: Option<TenantId>,
    /// Only with this end.
    #[param(nullable = false, example = "denied")]
    outcome: Option<AuditOutcome>,
    /// From this moment on.
    #[param(nullable = false, example = "2026-11-01T00:00:00Z")]
    from: Option<Moment>,
    /// Before this moment.
    #[param(nullable = false, example = "2026-12-01T00:00:00Z")]
    until: Option<Moment>,
}
impl Parameters for AuditExportFilter {}

/// Which entry.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AuditPath {
    /// The entry's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14")]
    audit_entry_id: AuditEntryId,
}

/// What was done, or refused, by whom, on what, when and by which rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "at": "2026-11-21T09:30:00Z", "actor_kind": "platform_admin", "actor_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "session_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12", "action": "tenant.suspend",
    "target_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "outcome": "done", "rule": null, "count": 1, "detail": null,
    "address": "127.0.0.1", "request_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e15", "seal": null}))]
pub(super) struct AuditEntry {
    /// Its id.
    id: AuditEntryId,
    /// The tenant whose chain it is in; null for the platform's.
    tenant_id: Option<TenantId>,
    /// When it happened.
    at: Moment,
    /// As what the actor acted: a role, `system`, `operator`, `public` or `caller`.
    #[schema(max_length = 40, pattern = "^[a-z0-9_]+$", example = "platform_admin")]
    actor_kind: String,
    /// Which account acted; null for the product itself and for somebody unknown.
    actor_id: Option<AccountId>,
    /// Through which session.
    session_id: Option<SessionId>,
    /// What was done or tried.
    #[schema(
        max_length = 100,
        pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$",
        example = "tenant.suspend"
    )]
    action: String,
    /// On which object.
    #[schema(max_length = 36, format = Uuid, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    target_id: Option<String>,
    /// How it ended.
    outcome: AuditOutcome,
    /// The code of the rule that refused it; null if it was done.
    #[schema(max_length = 100, pattern = r"^[a-z0-9_.]+$", example = "action.not_permitted")]
    rule: Option<String>,
    /// How often the same refusal came within a minute; 1 for everything else.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 1)]
    count: i64,
    /// Which fields changed, which evidence was given: JSON, without personal data.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "{\"changed\":[\"name\"]}")]
    detail: Option<String>,
    /// From which network address.
    #[schema(max_length = 64, pattern = "^[0-9A-Fa-f.:]*$", example = "127.0.0.1")]
    address: Option<String>,
    /// In which request, or job.
    #[schema(
        max_length = 100,
        pattern = "^[A-Za-z0-9_.:-]+$",
        example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e15"
    )]
    request_id: String,
    /// Its link in the chain; null within the second before it is linked.
    seal: Option<AuditSeal>,
}

page! {
    /// A page of the audit.
    AuditEntryPage of AuditEntry, example {"data": [], "next_cursor": null}
}

impl From<SealedEntry> for AuditEntry {
    fn from(sealed: SealedEntry) -> Self {
        let entry = sealed.entry;
        Self {
            id: entry.id,
            tenant_id: entry.chain.tenant(),
            at: entry.at,
            actor_kind: entry.actor_kind,
            actor_id: entry.actor.map(AccountId::of),
            session_id: entry.session.map(SessionId::of),
            action: entry.action,
            target_id: entry.target.map(|id| id.to_string()),
            outcome: entry.outcome,
            rule: entry.rule,
            count: entry.count,
            detail: entry.detail,
            address: entry.address,
            request_id: entry.request,
            seal: sealed.seal.map(AuditSeal::from),
        }
    }
}

/// List audit entries
///
/// Shows the entries that the caller may see, newest first: platform admins all, desk managers the
/// platform's chain, Site Admins their tenant's.
#[utoipa::path(operation_id = "list_audit_entries", tag = "audit", extensions(("x-action" = json!("audit.read"))),
    params(AuditFilter), responses((status = 200, description = "A page of entries.", body = AuditEntryPage)))]
#[get("/audit-entries")]
async fn list_audit_entries(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<AuditFilter>,
) -> Result<HttpResponse, Problem> {
    let binding = format!(
        "audit|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}",
        filter.tenant_id,
        filter.actor_id,
        filter.action,
        filter.target_id,
        filter.outcome,
        filter.from,
        filter.until
    );
    let after = filter
        .cursor
        .as_deref()
        .map(|cursor| cursor::read::<AuditKey>(&house.keys, &binding, cursor));
    let ask = AuditQuery {
        tenant: filter.tenant_id,
        actor: filter.actor_id.map(AccountId::uuid),
        action: filter.action,
        target: filter.target_id,
        outcome: filter.outcome,
        from: filter.from,
        until: filter.until,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let page =
        answer::look(&house, &caller, move |conn, looker| audit::list(conn, looker, &ask)).await?;
    Ok(answer::page(&AuditEntryPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(AuditEntry::from).collect(),
    }))
}

/// Read an audit entry
///
/// Shows one entry with its link in the chain.
#[utoipa::path(operation_id = "read_audit_entry", tag = "audit", extensions(("x-action" = json!("audit.read"))),
    params(AuditPath), responses((status = 200, description = "The entry.", body = AuditEntry)))]
#[get("/audit-entries/{audit_entry_id}")]
async fn read_audit_entry(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AuditPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.audit_entry_id;
    let entry =
        answer::look(&house, &caller, move |conn, looker| audit::read(conn, looker, id)).await?;
    Ok(answer::page(&AuditEntry::from(entry)))
}

/// Export the audit
///
/// Streams every entry that the caller may see and the filters let through, newest first, one JSON object
/// a line, each with its link in the chain. The export itself is written to the audit.
#[utoipa::path(operation_id = "export_audit", tag = "audit", extensions(("x-action" = json!("audit.export")), ("x-step-up" = json!(true))),
    params(AuditExportFilter),
    responses((status = 200, description = "Newline-delimited JSON.", content_type = "application/octet-stream", body = AuditExport)))]
#[get("/audit-export")]
async fn export_audit(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<AuditExportFilter>,
) -> Result<HttpResponse, Problem> {
    house.begin_export::<ExportAudit>(&caller.ask()).await?;
    let first = AuditQuery {
        tenant: filter.tenant_id,
        outcome: filter.outcome,
        from: filter.from,
        until: filter.until,
        limit: EXPORT_PAGE,
        ..AuditQuery::default()
    };
    Ok(ndjson::stream("audit.ndjson", first, move |ask: AuditQuery| {
        let (house, caller) = (house.clone(), caller.clone());
        async move {
            let mine = ask.clone();
            let page = answer::look(&house, &caller, move |conn, looker| {
                audit::export(conn, looker, &mine)
            })
            .await?;
            let next = page.next.map(|after| AuditQuery { after: Some(after), ..ask });
            Ok((page.rows.into_iter().map(AuditEntry::from).collect(), next))
        }
    }))
}

/// The audit as newline-delimited JSON, an `AuditEntry` a line.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 9_007_199_254_740_991,
    example = "{\"id\":\"01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14\",\"action\":\"tenant.suspend\",\"outcome\":\"done\"}\n")]
#[expect(dead_code, reason = "stands for a stream of bytes in the document only")]
pub(super) struct AuditExport(Vec<u8>);

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(list_audit_entries).service(read_audit_entry).service(export_audit);
}

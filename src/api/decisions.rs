//! The decision log over HTTP: searched, read, counted, exported.

mod view;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use caredesk_core::domain::ids::{DecisionId, TenantId, TicketId};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{ExportDecisions, ReadDecision};
use caredesk_core::policy::desk::{Channel, Outcome, RequestType, RequesterKind, RuleCode};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::answer;
use super::cursor;
use super::extract::{Caller, Parameters, Path, Query};
use super::ndjson::{self, EXPORT_PAGE};
use super::problem::Problem;
use crate::guard::Violation;
use crate::service::{House, decisions};
use crate::store::audit::What;
use crate::store::decisions::{DecisionKey, DecisionQuery, Months, month_of};
use view::{DecisionCount, DecisionCountPage, DecisionPage, LoggedDecision};

/// Most months that are counted at once.
const MAX_MONTHS: i32 = 24;

/// Which decisions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionFilter {
    /// Only about this tenant.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    tenant_id: Option<TenantId>,
    /// Only on this ticket.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e19")]
    ticket_id: Option<TicketId>,
    /// Only by this rule.
    #[param(nullable = false, example = "health.lockout.unlock")]
    rule: Option<RuleCode>,
    /// Only on requests of this type.
    #[param(nullable = false, example = "health.lockout.unlock")]
    request_type: Option<RequestType>,
    /// Only with this outcome.
    #[param(nullable = false, example = "refer_to_organization")]
    outcome: Option<Outcome>,
    /// Only for requesters of this kind.
    #[param(nullable = false, example = "family")]
    requester: Option<RequesterKind>,
    /// Only by this channel.
    #[param(nullable = false, example = "phone")]
    channel: Option<Channel>,
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
impl Parameters for DecisionFilter {}

/// Which decisions an export holds.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionExportFilter {
    /// Only about this tenant.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    tenant_id: Option<TenantId>,
    /// Only by this rule.
    #[param(nullable = false, example = "health.lockout.unlock")]
    rule: Option<RuleCode>,
    /// Only with this outcome.
    #[param(nullable = false, example = "refer_to_organization")]
    outcome: Option<Outcome>,
    /// From this moment on.
    #[param(nullable = false, example = "2026-11-01T00:00:00Z")]
    from: Option<Moment>,
    /// Before this moment.
    #[param(nullable = false, example = "2026-12-01T00:00:00Z")]
    until: Option<Moment>,
}
impl Parameters for DecisionExportFilter {}

/// Which months are counted.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionCountFilter {
    /// The first month, in UTC; the present one without it.
    #[param(
        nullable = false,
        min_length = 7,
        max_length = 7,
        pattern = "^20[0-9]{2}-(0[1-9]|1[0-2])$",
        example = "2026-10"
    )]
    from_month: Option<String>,
    /// The last month, in UTC; of 24 at most. Without it one month is counted.
    #[param(
        nullable = false,
        min_length = 7,
        max_length = 7,
        pattern = "^20[0-9]{2}-(0[1-9]|1[0-2])$",
        example = "2026-11"
    )]
    until_month: Option<String>,
    /// Only about this tenant.
    #[param(nullable = false, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10")]
    tenant_id: Option<TenantId>,
}
impl Parameters for DecisionCountFilter {}

/// Which decision.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct DecisionPath {
    /// The decision's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e1a")]
    decision_id: DecisionId,
}

impl DecisionCountFilter {
    /// The months, as they are kept.
    fn months(&self, now: Moment) -> Result<Months, Problem> {
        let first = self.from_month.as_deref().map_or(Some(month_of(now)), month);
        let last = self.until_month.as_deref().map_or(first, month);
        let (Some(first), Some(last)) = (first, last) else {
            return Err(out_of_range("query:from_month"));
        };
        let apart = (last / 100 - first / 100) * 12 + last % 100 - first % 100;
        if (0..MAX_MONTHS).contains(&apart) {
            Ok(Months { first, last })
        } else {
            Err(out_of_range("query:until_month"))
        }
    }
}

/// `2026-11` as the year times a hundred and the month.
fn month(text: &str) -> Option<i32> {
    let (year, month) = text.split_once('-')?;
    Some(year.parse::<i32>().ok()? * 100 + month.parse::<i32>().ok()?)
}

fn out_of_range(pointer: &str) -> Problem {
    Problem::invalid(vec![Violation {
        pointer: pointer.to_owned(),
        code: "range".to_owned(),
        detail: format!("is a month, and the last of {MAX_MONTHS} at most"),
    }])
}

/// List decisions
///
/// Shows decisions of the desk's policy that were acted on, newest first: who asked, how that was known, by
/// which rule it was decided, from which facts, and what was said. Platform admins and desk managers see all,
/// users of an organisation those about it.
#[utoipa::path(operation_id = "list_decisions", tag = "decisions", extensions(("x-action" = json!("decision.read"))),
    params(DecisionFilter), responses((status = 200, description = "A page of decisions.", body = DecisionPage)))]
#[get("/decisions")]
async fn list_decisions(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<DecisionFilter>,
) -> Result<HttpResponse, Problem> {
    let binding = format!(
        "decisions|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}",
        filter.tenant_id,
        filter.ticket_id,
        filter.rule,
        filter.request_type,
        filter.outcome,
        filter.requester,
        filter.channel,
        filter.from,
        filter.until
    );
    let after = filter
        .cursor
        .as_deref()
        .map(|cursor| cursor::read::<DecisionKey>(&house.keys, &binding, cursor));
    let ask = DecisionQuery {
        tenant: filter.tenant_id,
        ticket: filter.ticket_id,
        rule: filter.rule,
        request_type: filter.request_type.map(|request_type| request_type.to_string()),
        outcome: filter.outcome,
        requester: filter.requester,
        channel: filter.channel,
        from: filter.from,
        until: filter.until,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let page =
        answer::look(&house, &caller, move |conn, looker| decisions::list(conn, looker, &ask))
            .await?;
    let read = (filter.tenant_id, page.rows.len());
    house.list_on_record::<ReadDecision>(&caller.ask(), read).await?;
    Ok(answer::page(&DecisionPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(LoggedDecision::from).collect(),
    }))
}

/// Read a decision
///
/// Shows one decision with the link of the audit that proves it.
#[utoipa::path(operation_id = "read_decision", tag = "decisions", extensions(("x-action" = json!("decision.read"))),
    params(DecisionPath), responses((status = 200, description = "The decision.", body = LoggedDecision)))]
#[get("/decisions/{decision_id}")]
async fn read_decision(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<DecisionPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.decision_id;
    let found =
        answer::look(&house, &caller, move |conn, looker| decisions::read(conn, looker, id))
            .await?;
    let what =
        What { tenant: found.kept.decision.about.tenant, target: Some(id.uuid()), detail: None };
    house.on_record::<ReadDecision>(&caller.ask(), what).await?;
    Ok(answer::page(&LoggedDecision::from(found)))
}

/// Count decisions
///
/// Counts decisions by month, rule and outcome, the earliest month first. All of them come at once: 24 months
/// at most, and as many rules as there are.
#[utoipa::path(operation_id = "list_decision_counts", tag = "decisions", extensions(("x-action" = json!("decision.read"))),
    params(DecisionCountFilter), responses((status = 200, description = "The counts.", body = DecisionCountPage)))]
#[get("/decision-counts")]
async fn list_decision_counts(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<DecisionCountFilter>,
) -> Result<HttpResponse, Problem> {
    let (tenant, months) = (filter.tenant_id, filter.months(house.clock.now())?);
    let counts = answer::look(&house, &caller, move |conn, looker| {
        decisions::counts(conn, looker, tenant, months)
    })
    .await?;
    let data = counts.into_iter().map(DecisionCount::from).collect();
    Ok(answer::page(&DecisionCountPage { data }))
}

/// Export decisions
///
/// Streams every decision that the caller may see and the filters let through, newest first, one JSON object
/// a line, each with the link of the audit that proves it: the entry's detail is the decision's digest. The
/// export itself is written to the audit.
#[utoipa::path(operation_id = "export_decisions", tag = "decisions", extensions(("x-action" = json!("decision.export")), ("x-step-up" = json!(true))),
    params(DecisionExportFilter),
    responses((status = 200, description = "Newline-delimited JSON.", content_type = "application/octet-stream", body = DecisionExport)))]
#[get("/decision-export")]
async fn export_decisions(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<DecisionExportFilter>,
) -> Result<HttpResponse, Problem> {
    house.begin_export::<ExportDecisions>(&caller.ask()).await?;
    let first = DecisionQuery {
        tenant: filter.tenant_id,
        rule: filter.rule,
        outcome: filter.outcome,
        from: filter.from,
        until: filter.until,
        limit: EXPORT_PAGE,
        ..DecisionQuery::default()
    };
    Ok(ndjson::stream("decisions.ndjson", first, move |ask: DecisionQuery| {
        let (house, caller) = (house.clone(), caller.clone());
        async move {
            let mine = ask.clone();
            let page = answer::look(&house, &caller, move |conn, looker| {
                decisions::export(conn, looker, &mine)
            })
            .await?;
            let next = page.next.map(|after| DecisionQuery { after: Some(after), ..ask });
            Ok((page.rows.into_iter().map(LoggedDecision::from).collect(), next))
        }
    }))
}

/// Decisions as newline-delimited JSON, a `LoggedDecision` a line.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 9_007_199_254_740_991,
    example = "{\"id\":\"01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e1a\",\"rule\":\"health.lockout.unlock\",\"outcome\":\"refer_to_organization\"}\n")]
#[expect(dead_code, reason = "stands for a stream of bytes in the document only")]
pub(super) struct DecisionExport(Vec<u8>);

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_decisions)
        .service(read_decision)
        .service(list_decision_counts)
        .service(export_decisions);
}

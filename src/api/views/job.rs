//! What is shown of jobs.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, JobId, TenantId};
use caredesk_core::domain::job::{Figure, JobKind, JobState, RowFault, RowOutcome};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::ActionKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::views::{AllowedAction, allowed_actions, page};
use crate::store::jobs as store;

/// What a menu offers for a job.
const MENU: [ActionKind; 1] = [ActionKind::CancelJob];

/// A job in a list and in its events.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e17", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "kind": "roster_import", "state": "running", "total": 400, "done": 130, "failed": 2, "progress": 330,
    "cancel_requested": false, "failure": null, "summary": [], "created_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "created_at": "2026-11-21T09:30:00Z", "started_at": "2026-11-21T09:30:01Z", "finished_at": null}))]
pub(in crate::api) struct JobSummary {
    /// Its id.
    id: JobId,
    /// Whose it is; null for the desk's.
    tenant_id: Option<TenantId>,
    /// What it does.
    kind: JobKind,
    /// How far it is.
    state: JobState,
    /// How many rows there are; null while nobody knows.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 400)]
    total: Option<i64>,
    /// Rows that were done.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 130)]
    done: i64,
    /// Rows that failed; the results say why.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 2)]
    failed: i64,
    /// How much of it is behind, in thousandths; null while nobody knows how many rows there are.
    #[schema(minimum = 0, maximum = 1000, format = "int32", example = 330)]
    progress: Option<i32>,
    /// Whether somebody has asked for its end.
    cancel_requested: bool,
    /// The code of the rule that ended it; null unless it failed.
    #[schema(
        max_length = 100,
        pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$",
        example = "account.inactive"
    )]
    failure: Option<String>,
    /// What came out, in figures; empty until it has succeeded.
    #[schema(max_items = 20)]
    summary: Vec<JobFigure>,
    /// Who made it; null if the product did.
    created_by: Option<AccountId>,
    /// When it was made.
    created_at: Moment,
    /// When it was first worked on.
    started_at: Option<Moment>,
    /// When it was over.
    finished_at: Option<Moment>,
}

/// A job with what the caller may do with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e17", "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "kind": "roster_import", "state": "running", "total": 400, "done": 130, "failed": 2, "progress": 330,
    "cancel_requested": false, "failure": null, "summary": [], "created_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "created_at": "2026-11-21T09:30:00Z", "started_at": "2026-11-21T09:30:01Z", "finished_at": null,
    "allowed_actions": [{"action": "job.cancel", "allowed": true, "barred_by": null}]}))]
pub(in crate::api) struct Job {
    /// Its id.
    id: JobId,
    /// Whose it is; null for the desk's.
    tenant_id: Option<TenantId>,
    /// What it does.
    kind: JobKind,
    /// How far it is.
    state: JobState,
    /// How many rows there are; null while nobody knows.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 400)]
    total: Option<i64>,
    /// Rows that were done.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 130)]
    done: i64,
    /// Rows that failed; the results say why.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 2)]
    failed: i64,
    /// How much of it is behind, in thousandths; null while nobody knows how many rows there are.
    #[schema(minimum = 0, maximum = 1000, format = "int32", example = 330)]
    progress: Option<i32>,
    /// Whether somebody has asked for its end.
    cancel_requested: bool,
    /// The code of the rule that ended it; null unless it failed.
    #[schema(
        max_length = 100,
        pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$",
        example = "account.inactive"
    )]
    failure: Option<String>,
    /// What came out, in figures; empty until it has succeeded.
    #[schema(max_items = 20)]
    summary: Vec<JobFigure>,
    /// Who made it; null if the product did.
    created_by: Option<AccountId>,
    /// When it was made.
    created_at: Moment,
    /// When it was first worked on.
    started_at: Option<Moment>,
    /// When it was over.
    finished_at: Option<Moment>,
    /// What this caller may do with it now; what is allowed comes first.
    #[schema(max_items = 20)]
    allowed_actions: Vec<AllowedAction>,
}

/// A figure of what came out.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "created", "count": 398}))]
pub(in crate::api) struct JobFigure {
    /// What was counted.
    #[schema(max_length = 100, pattern = "^[a-z0-9_]+$", example = "created")]
    name: String,
    /// How many there were.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 398)]
    count: i64,
}

/// What became of one row of a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"row": 17, "outcome": "failed", "subject_id": null,
    "faults": [{"column": "email", "code": "form"}]}))]
pub(in crate::api) struct JobResult {
    /// The row's number, from 1.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 17)]
    row: i64,
    /// What became of it.
    outcome: RowOutcome,
    /// What it is about; null if it did not come to that.
    #[schema(max_length = 36, format = Uuid, example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13")]
    subject_id: Option<String>,
    /// Why it failed; never what stood in the row.
    #[schema(max_items = 20)]
    faults: Vec<JobFault>,
}

/// A rule that a row breaks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"column": "email", "code": "form"}))]
pub(in crate::api) struct JobFault {
    /// The column; null if it is about the row as a whole.
    #[schema(max_length = 100, pattern = "^[a-z0-9_]+$", example = "email")]
    column: Option<String>,
    /// The rule's code.
    #[schema(max_length = 100, pattern = "^[a-z0-9_.]+$", example = "form")]
    code: String,
}

/// Server-sent events of a job, a `JobSummary` in the data of each.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 9_007_199_254_740_991, pattern = "^[^\\x00]*$",
    example = "id: 7\nevent: job\ndata: {\"state\":\"running\",\"done\":130}\n\n")]
#[expect(dead_code, reason = "stands for a stream of events in the document only")]
pub(in crate::api) struct JobEvents(String);

page! {
    /// A page of jobs.
    JobSummaryPage of JobSummary, example {"data": [], "next_cursor": null}
}
page! {
    /// A page of what became of a job's rows.
    JobResultPage of JobResult, example {"data": [{"row": 17, "outcome": "failed", "subject_id": null,
        "faults": [{"column": "email", "code": "form"}]}], "next_cursor": null}
}

impl JobSummary {
    /// A job as everybody who may see it sees it.
    pub(in crate::api) fn of(job: &store::Job) -> Self {
        Self {
            id: job.id,
            tenant_id: job.tenant,
            kind: job.kind,
            state: job.state,
            total: job.total,
            done: job.done,
            failed: job.failed,
            progress: job.progress(),
            cancel_requested: job.cancel_requested_at.is_some(),
            failure: job.failure.map(|code| code.to_string()),
            summary: job.summary.iter().map(JobFigure::of).collect(),
            created_by: job.created_by,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

impl Job {
    /// A job as `actor` sees it now.
    pub(in crate::api) fn seen(job: &store::Job, actor: &Actor, now: Moment) -> Self {
        let allowed_actions = allowed_actions(&MENU, actor, &job.facts(), now);
        let job = JobSummary::of(job);
        Self {
            id: job.id,
            tenant_id: job.tenant_id,
            kind: job.kind,
            state: job.state,
            total: job.total,
            done: job.done,
            failed: job.failed,
            progress: job.progress,
            cancel_requested: job.cancel_requested,
            failure: job.failure,
            summary: job.summary,
            created_by: job.created_by,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            allowed_actions,
        }
    }
}

impl JobFigure {
    fn of(figure: &Figure) -> Self {
        Self { name: figure.name.clone(), count: figure.count }
    }
}

impl From<store::RowResult> for JobResult {
    fn from(result: store::RowResult) -> Self {
        let fault = |fault: RowFault| JobFault { column: fault.column, code: fault.code };
        Self {
            row: result.row,
            outcome: result.outcome,
            subject_id: result.subject.map(|id| id.to_string()),
            faults: result.faults.into_iter().map(fault).collect(),
        }
    }
}

//! Jobs over HTTP: listed, read, watched and stopped. [`events`] is the stream.

mod events;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::job::{JobKind, JobState, RowOutcome};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer;
use super::cursor;
use super::extract::{Caller, Parameters, Path, Query};
use super::problem::Problem;
use super::views::job::{Job, JobEvents, JobResult, JobResultPage, JobSummary, JobSummaryPage};
use crate::service::{House, jobs};
use crate::store::jobs::{JobKey, JobQuery, ResultQuery};

/// Which job.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct JobPath {
    /// The job's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e17")]
    job_id: JobId,
}

/// Which jobs to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct JobFilter {
    /// Only of this kind.
    #[param(nullable = false, example = "roster_import")]
    kind: Option<JobKind>,
    /// Only in this state.
    #[param(nullable = false, example = "running")]
    state: Option<JobState>,
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
impl Parameters for JobFilter {}

/// Which results to show, and in which pages.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct JobResultFilter {
    /// Only with this outcome.
    #[param(nullable = false, example = "failed")]
    outcome: Option<RowOutcome>,
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
impl Parameters for JobResultFilter {}

/// List jobs
///
/// Shows the jobs that the caller sees, newest first: one's own, and to Site Admins all of their
/// organisation. Jobs that are over are kept for 90 days.
#[utoipa::path(operation_id = "list_jobs", tag = "jobs", extensions(("x-action" = json!("job.read"))),
    params(JobFilter), responses((status = 200, description = "A page of jobs.", body = JobSummaryPage)))]
#[get("/jobs")]
async fn list_jobs(
    caller: Caller,
    house: Data<House>,
    Query(filter): Query<JobFilter>,
) -> Result<HttpResponse, Problem> {
    let binding = format!("jobs|{:?}|{:?}", filter.kind, filter.state);
    let after = filter
        .cursor
        .as_deref()
        .map(|cursor| cursor::read::<JobKey>(&house.keys, &binding, cursor));
    let ask = JobQuery {
        kind: filter.kind,
        state: filter.state,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let page =
        answer::look(&house, &caller, move |conn, looker| jobs::list(conn, looker, &ask)).await?;
    Ok(answer::page(&JobSummaryPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.iter().map(JobSummary::of).collect(),
    }))
}

/// Read a job
///
/// Shows how far a job is. `progress` is in thousandths, null while nobody knows how many rows there are.
#[utoipa::path(operation_id = "read_job", tag = "jobs", extensions(("x-action" = json!("job.read"))),
    params(JobPath), responses((status = 200, description = "The job.", body = Job)))]
#[get("/jobs/{job_id}")]
async fn read_job(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<JobPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.job_id;
    let job =
        answer::look(&house, &caller, move |conn, looker| jobs::read(conn, looker, id)).await?;
    Ok(answer::page(&Job::seen(&job, caller.actor(), house.clock.now())))
}

/// List the results of a job
///
/// Shows what became of the rows, in their order; while the job runs, of those that were looked at.
#[utoipa::path(operation_id = "list_job_results", tag = "jobs", extensions(("x-action" = json!("job.read"))),
    params(JobPath, JobResultFilter), responses((status = 200, description = "A page of results.", body = JobResultPage)))]
#[get("/jobs/{job_id}/results")]
async fn list_job_results(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<JobPath>,
    Query(filter): Query<JobResultFilter>,
) -> Result<HttpResponse, Problem> {
    let id = path.job_id;
    let binding = format!("job_results|{id}|{:?}", filter.outcome);
    let after =
        filter.cursor.as_deref().map(|cursor| cursor::read::<i64>(&house.keys, &binding, cursor));
    let ask = ResultQuery {
        outcome: filter.outcome,
        after: after.transpose()?,
        limit: filter.limit.map_or(DEFAULT_LIMIT, i64::from),
    };
    let page =
        answer::look(&house, &caller, move |conn, looker| jobs::results(conn, looker, id, &ask))
            .await?;
    Ok(answer::page(&JobResultPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(JobResult::from).collect(),
    }))
}

/// Cancel a job
///
/// Stops a job: at once if nobody works on it, else after the chunk that is under way, and until then
/// `cancel_requested` is true. What was done before stays. A job that is over answers 409.
#[utoipa::path(operation_id = "cancel_job", tag = "jobs", extensions(("x-action" = json!("job.cancel"))),
    params(JobPath), responses((status = 200, description = "The job.", body = Job)))]
#[post("/jobs/{job_id}/cancel")]
async fn cancel_job(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<JobPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.job_id;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let job = jobs::cancel(tx, who, id)?;
        answer::plain(&Job::seen(&job, who, tx.now))
    })
    .await
}

/// Watch a job
///
/// Streams server-sent events: the job as it is, then again at each change, until it is over. `event` is
/// `job`, `id` counts the changes, `data` is a `JobSummary` as JSON. A comment comes every 15 seconds. The
/// stream ends early when the session does; connect again, and it begins with the present state.
#[utoipa::path(operation_id = "watch_job", tag = "jobs", extensions(("x-action" = json!("job.read"))),
    params(JobPath),
    responses((status = 200, description = "Server-sent events.", content_type = "text/event-stream", body = JobEvents)))]
#[get("/jobs/{job_id}/events")]
async fn watch_job(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<JobPath>,
) -> Result<HttpResponse, Problem> {
    Ok(events::stream(house.watch_job(&caller.ask(), path.job_id).await?))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_jobs)
        .service(read_job)
        .service(list_job_results)
        .service(cancel_job)
        .service(watch_job);
}

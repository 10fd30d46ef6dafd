//! Jobs from a shell: listed, watched, stopped.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::JobId;
use caredesk_core::domain::job::{JobKind, JobState};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, open_database, open_house, operator};
use crate::config::Settings;
use crate::guard::{Refusal, jobs_seen_by};
use crate::store::StoreError;
use crate::store::db::Db;
use crate::store::jobs::{self, Job, JobKey, JobQuery};
use crate::vault::Clock;

/// How often a watched job is looked at.
const PERIOD: Duration = Duration::from_millis(250);
/// Jobs that are read at once.
const PAGE: i64 = 100;

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobsAsked {
    /// Only of this kind.
    pub kind: Option<JobKind>,
    /// Only in this state.
    pub state: Option<JobState>,
}

/// Writes a line about each job, newest first.
///
/// # Errors
/// The database cannot be read, or the answer not be written.
pub async fn list_jobs(
    settings: &Settings,
    asked: &JobsAsked,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let db = open_database(settings).await?;
    let sight = jobs_seen_by(&Actor::Operator, Clock::system().now())?;
    let mut after: Option<JobKey> = None;
    loop {
        let (kind, state) = (asked.kind, asked.state);
        let ask = JobQuery { kind, state, after, limit: PAGE };
        let sight = sight.clone();
        let read = move |conn: &mut _| jobs::list(conn, &sight, &ask);
        let page = db.read::<_, StoreError, _>(read).await?;
        for job in &page.rows {
            let line = format!("{}  {}  {}\n", job.created_at, job.kind, line(job));
            out.write_all(line.as_bytes())
                .map_err(|error| Failure::of("standard output", error))?;
        }
        match page.next {
            None => return Ok(()),
            next => after = next,
        }
    }
}

/// Shows a job until it is over: as a bar on a terminal, else as a line for each change. Says whether it
/// succeeded.
///
/// # Errors
/// There is no such job, or the database cannot be read.
pub async fn watch_job(
    settings: &Settings,
    id: JobId,
    out: &mut (impl Write + IsTerminal),
) -> Result<bool, Failure> {
    let db = open_database(settings).await?;
    let bar = out.is_terminal().then(bar).transpose()?;
    let mut seen = None;
    loop {
        let job = read(&db, id).await?.ok_or_else(|| Failure(format!("there is no job {id}")))?;
        if seen != Some(job.version) {
            seen = Some(job.version);
            match &bar {
                Some(bar) => draw(bar, &job),
                None => writeln!(out, "{}", line(&job))
                    .map_err(|error| Failure::of("standard output", error))?,
            }
        }
        if job.state.is_over() {
            if let Some(bar) = bar {
                bar.finish_and_clear();
                writeln!(out, "{}", line(&job))
                    .map_err(|error| Failure::of("standard output", error))?;
            }
            return Ok(job.state == JobState::Succeeded);
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Stops a job, on the record; says how it is now.
///
/// # Errors
/// There is no such job, or it is over.
pub async fn cancel_job(settings: &Settings, id: JobId) -> Result<String, Failure> {
    let house = open_house(settings).await?;
    let job = house.cancel_job(&operator("jobs cancel"), id).await?;
    Ok(match job.state {
        JobState::Cancelled => format!("{}\n", line(&job)),
        _ => format!("{}; it ends after the chunk that is under way\n", line(&job)),
    })
}

async fn read(db: &Db, id: JobId) -> Result<Option<Job>, Refusal> {
    let sight = jobs_seen_by(&Actor::Operator, Clock::system().now())?;
    db.read(move |conn| Ok(jobs::find(conn, &sight, id)?)).await
}

/// A job in one line.
fn line(job: &Job) -> String {
    let total = job.total.map(|total| format!(" of {total}")).unwrap_or_default();
    let seen = job.done.saturating_add(job.failed);
    let counts = format!("{seen}{total} rows, {} failed", job.failed);
    let failure = job.failure.map(|code| format!(", because of {code}")).unwrap_or_default();
    let figures = job.summary.iter().map(|figure| format!(", {} {}", figure.count, figure.name));
    let figures: String = figures.collect();
    format!("{}  {}  {counts}{failure}{figures}", job.id, job.state)
}

/// A bar that shows nothing yet.
fn bar() -> Result<ProgressBar, Failure> {
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}");
    let style = style.map_err(|error| Failure::of("the progress bar", error))?;
    Ok(ProgressBar::new(1000).with_style(style))
}

/// Brings the bar to where the job is.
fn draw(bar: &ProgressBar, job: &Job) {
    bar.set_message(line(job));
    bar.set_position(u64::try_from(job.progress().unwrap_or(0)).unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use caredesk_core::domain::code::Code;
    use caredesk_core::domain::job::Figure;
    use serde_json::Value;

    #[test]
    fn a_line_says_how_far_a_job_is_and_how_it_ended() {
        let at = "2026-11-21T09:30:00Z".parse().unwrap();
        let id = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e17";
        let job = Job {
            id: id.parse().unwrap(),
            tenant: None,
            kind: JobKind::RosterImport,
            state: JobState::Running,
            created_by: None,
            session: None,
            params: Value::Null,
            cursor: Value::Null,
            total: Some(9),
            done: 3,
            failed: 1,
            attempts: 0,
            holder: None,
            lease_until: None,
            due_at: at,
            cancel_requested_at: None,
            failure: None,
            summary: Vec::new(),
            created_at: at,
            started_at: None,
            finished_at: None,
            version: 1,
        };
        assert_eq!(line(&job), format!("{id}  running  4 of 9 rows, 1 failed"));
        let failure = Some(Code::AccountInactive);
        let failed = Job { state: JobState::Failed, failure, total: None, ..job.clone() };
        let says = "failed  4 rows, 1 failed, because of account.inactive";
        assert_eq!(line(&failed), format!("{id}  {says}"));
        let summary = vec![Figure::of("created", 8)];
        let done = Job { state: JobState::Succeeded, summary, done: 8, ..job };
        assert_eq!(line(&done), format!("{id}  succeeded  9 of 9 rows, 1 failed, 8 created"));
    }
}

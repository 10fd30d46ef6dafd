//! Records of training over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::ids::{AccountId, TrainingRecordId};
use caredesk_core::domain::page::DEFAULT_LIMIT;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::{self as domain, NewTraining};
use caredesk_core::domain::{Day, Line};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::cursor;
use super::extract::{Body, Caller, Json, Parameters, Path, Query};
use super::problem::Problem;
use super::views::page;
use crate::service::{House, training};
use crate::store::training::{TrainingKey, TrainingQuery};

/// Whose records.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TrainingPath {
    /// The user's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14")]
    user_id: AccountId,
}

/// Which record of whose.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TrainingRecordPath {
    /// The user's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14")]
    user_id: AccountId,
    /// The record's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e18")]
    training_record_id: TrainingRecordId,
}

/// In which pages to show records.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingFilter {
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
    /// Where the page begins: `next_cursor` of the one before, of the same user.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 600,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "q1w2e3r4t5"
    )]
    cursor: Option<String>,
}
impl Parameters for TrainingFilter {}

/// Training that somebody completed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"course": "System administration, parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true}))]
pub(super) struct RecordTraining {
    /// What was learned.
    course: Line,
    /// The day it was completed on, in the organisation's time zone; not one that is yet to come.
    completed_on: Day,
    /// Whether the person is fully trained by it, which is asked of a Support User.
    fully_trained: bool,
}
impl Body for RecordTraining {}

/// A record of somebody's training. It is never changed; one that is wrong is withdrawn.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e18", "user_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e14",
    "course": "System administration, parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true,
    "recorded_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e16", "recorded_at": "2026-11-21T09:30:00Z",
    "withdrawn_by": null, "withdrawn_at": null}))]
pub(super) struct TrainingRecord {
    /// Its id.
    id: TrainingRecordId,
    /// Whose training it was.
    user_id: AccountId,
    /// What was learned.
    course: Line,
    /// The day it was completed on.
    completed_on: Day,
    /// Whether the person is fully trained by it.
    fully_trained: bool,
    /// Which Site Admin entered it.
    recorded_by: AccountId,
    /// When it was entered.
    recorded_at: Moment,
    /// Which Site Admin withdrew it; null while it counts.
    withdrawn_by: Option<AccountId>,
    /// When it was withdrawn; null while it counts.
    withdrawn_at: Option<Moment>,
}

page! {
    /// A page of a user's records of training.
    TrainingRecordPage of TrainingRecord, example {"data": [], "next_cursor": null}
}

impl From<domain::TrainingRecord> for TrainingRecord {
    fn from(record: domain::TrainingRecord) -> Self {
        Self {
            id: record.id,
            user_id: record.user,
            course: record.course,
            completed_on: record.completed_on,
            fully_trained: record.fully_trained,
            recorded_by: record.recorded_by,
            recorded_at: record.recorded_at,
            withdrawn_by: record.withdrawn_by,
            withdrawn_at: record.withdrawn_at,
        }
    }
}

/// A record is made and withdrawn, and has no other versions.
fn version(record: &domain::TrainingRecord) -> i64 {
    if record.withdrawn_at.is_some() { 2 } else { 1 }
}

/// Record training
///
/// Enters training that a user has completed. Only Site Admins do: a record that says fully trained is one of
/// the things that are asked of a Support User. A user has at most 100 records.
#[utoipa::path(operation_id = "record_training", tag = "training", extensions(("x-action" = json!("user.training.record"))),
    params(TrainingPath), request_body(content = RecordTraining, description = "The training."),
    responses((status = 201, description = "The record.", body = TrainingRecord)))]
#[post("/users/{user_id}/training-records")]
async fn record_training(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TrainingPath>,
    Json(body): Json<RecordTraining>,
) -> Result<HttpResponse, Problem> {
    let user = path.user_id;
    let RecordTraining { course, completed_on, fully_trained } = body;
    let new = NewTraining { course, completed_on, fully_trained };
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let record = training::record(tx, who, user, &new)?;
        let location = format!("/v1/users/{user}/training-records/{}", record.id);
        answer::created(location, version(&record), &TrainingRecord::from(record))
    })
    .await
}

/// List a user's training
///
/// Shows the records of a user's training, newest first, a page at a time. Withdrawn ones are among them.
#[utoipa::path(operation_id = "list_training_records", tag = "training", extensions(("x-action" = json!("user.read"))),
    params(TrainingPath, TrainingFilter), responses((status = 200, description = "A page of records.", body = TrainingRecordPage)))]
#[get("/users/{user_id}/training-records")]
async fn list_training_records(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TrainingPath>,
    Query(filter): Query<TrainingFilter>,
) -> Result<HttpResponse, Problem> {
    let user = path.user_id;
    let binding = format!("training-records|{user}");
    let after = filter.cursor.as_deref();
    let after = after.map(|cursor| cursor::read::<TrainingKey>(&house.keys, &binding, cursor));
    let limit = filter.limit.map_or(DEFAULT_LIMIT, i64::from);
    let ask = TrainingQuery { user, after: after.transpose()?, limit };
    let list = move |conn: &mut _, looker: &_| training::list(conn, looker, &ask);
    let page = answer::look(&house, &caller, list).await?;
    Ok(answer::page(&TrainingRecordPage {
        next_cursor: page.next.as_ref().and_then(|key| cursor::make(&house.keys, &binding, key)),
        data: page.rows.into_iter().map(TrainingRecord::from).collect(),
    }))
}

/// Read a record of training
///
/// Shows one record of a user's training.
#[utoipa::path(operation_id = "read_training_record", tag = "training", extensions(("x-action" = json!("user.read")), ("x-etag" = json!(true))),
    params(TrainingRecordPath), responses((status = 200, description = "The record.", body = TrainingRecord)))]
#[get("/users/{user_id}/training-records/{training_record_id}")]
async fn read_training_record(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TrainingRecordPath>,
) -> Result<HttpResponse, Problem> {
    let key = (path.user_id, path.training_record_id);
    let read = move |conn: &mut _, looker: &_| training::read(conn, looker, key);
    let record = answer::look(&house, &caller, read).await?;
    answer::shown(version(&record), &TrainingRecord::from(record))
}

/// Withdraw a record of training
///
/// For a record that is wrong: it stays, marked, and counts no more. Only Site Admins do.
#[utoipa::path(operation_id = "withdraw_training_record", tag = "training", extensions(("x-action" = json!("user.training.record")), ("x-etag" = json!(true))),
    params(TrainingRecordPath), responses((status = 200, description = "The record, withdrawn.", body = TrainingRecord)))]
#[post("/users/{user_id}/training-records/{training_record_id}/withdraw")]
async fn withdraw_training_record(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TrainingRecordPath>,
) -> Result<HttpResponse, Problem> {
    let key = (path.user_id, path.training_record_id);
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let record = training::withdraw(tx, who, key)?;
        answer::ok(version(&record), &TrainingRecord::from(record))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(record_training)
        .service(list_training_records)
        .service(read_training_record)
        .service(withdraw_training_record);
}

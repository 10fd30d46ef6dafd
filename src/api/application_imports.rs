//! Imports of applications over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::Line;
use caredesk_core::domain::application_file::ApplicationColumn;
use caredesk_core::domain::ids::UploadId;
use caredesk_core::domain::roster::ImportMode;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json};
use super::problem::Problem;
use super::views::job::Job;
use crate::service::House;
use crate::service::application_imports::{self, Import};

/// An import of applications out of a file.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "upload_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e34", "submit": true, "dry_run": false, "mode": "valid_rows",
    "columns": [{"header": "Household", "column": "family_name"}, {"header": "Session", "column": null}]}))]
pub(super) struct ImportApplications {
    /// The upload for `applications`, whose content is there: comma-, semicolon- or tab-separated values in UTF-8,
    /// UTF-16 or Windows-1252 with the columns' names in the first row, or a JSON object a line.
    upload_id: UploadId,
    /// Whether to submit the applications, which invites each family by the way it prefers; drafts if false.
    submit: bool,
    /// Whether to find out only what would happen, row by row; nothing is changed then. False if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    dry_run: Option<bool>,
    /// What to do when rows cannot be imported: nothing at all (if absent; 20 000 rows at most), or the others
    /// (100 000 rows at most).
    #[serde(default)]
    #[schema(nullable = false)]
    mode: Option<ImportMode>,
    /// What headers mean that are not known by their name. Others that are not known are left out.
    #[serde(default)]
    #[schema(nullable = false, max_items = 64)]
    columns: Option<Vec<ApplicationColumnMeaning>>,
}
impl Body for ImportApplications {}

/// What a header of a file of applications means.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"header": "Household", "column": "family_name"}))]
pub(super) struct ApplicationColumnMeaning {
    /// The header, as it stands in the file.
    header: Line,
    /// The column that it is; null leaves it out.
    column: Option<ApplicationColumn>,
}

/// Import applications
///
/// Takes the applications of an uploaded file over, as a job that can be watched and stopped, with a result for
/// each row. A row of a table has at least a family name, with the ids of children between semicolons; a line of
/// NDJSON has the fields of `create_application`, without `submit`. A row without a number gets one; a row whose
/// number there is already fails alone, and so does one that is to be submitted and lacks the contact that its
/// invitation would go to.
#[utoipa::path(operation_id = "import_applications", tag = "applications", extensions(("x-action" = json!("application.import"))),
    request_body(content = ImportApplications, description = "The file, and how to take it over."),
    responses((status = 202, description = "The job that imports it.", body = Job)))]
#[post("/application-imports")]
async fn import_applications(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<ImportApplications>,
) -> Result<HttpResponse, Problem> {
    let said = body.columns.unwrap_or_default().into_iter();
    let import = Import {
        submit: body.submit,
        dry_run: body.dry_run.unwrap_or(false),
        mode: body.mode.unwrap_or(ImportMode::AllOrNothing),
        columns: said.map(|meant| (meant.header.to_string(), meant.column)).collect(),
    };
    let upload = body.upload_id;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let job = application_imports::begin(tx, who, (upload, &import))?;
        answer::accepted(format!("/v1/jobs/{}", job.id), &Job::seen(&job, who, tx.now))
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(import_applications);
}

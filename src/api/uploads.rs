//! Uploads over HTTP: the record as JSON, the content as octets.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post, put};
use caredesk_core::domain::ids::{AccountId, UploadId};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::upload::{UploadPurpose, UploadState};
use caredesk_core::domain::{FileName, MediaType};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json, Octets, Path};
use super::problem::Problem;
use crate::service::uploads::{self, Sending, Sent};
use crate::service::{Ask, House};
use crate::store::uploads as store;

/// Which upload.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct UploadPath {
    /// The upload's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e18")]
    upload_id: UploadId,
}

/// A file that is about to be sent.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"purpose": "roster", "file_name": "staff.csv", "content_type": "text/csv"}))]
pub(super) struct CreateUpload {
    /// What it is for.
    purpose: UploadPurpose,
    /// Its name; only its sender and the organisation's Site Admins are shown it.
    file_name: FileName,
    /// What it is, if that is known; nothing follows from it.
    #[serde(default)]
    #[schema(nullable = false)]
    content_type: Option<MediaType>,
}
impl Body for CreateUpload {}

/// A file in two steps.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e18", "purpose": "roster", "file_name": "staff.csv", "content_type": "text/csv",
    "state": "complete", "size": 48213, "sha256": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
    "created_by": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13", "created_at": "2026-11-21T09:30:00Z",
    "completed_at": "2026-11-21T09:30:04Z", "expires_at": "2026-11-22T09:30:00Z"}))]
pub(super) struct Upload {
    /// Its id.
    id: UploadId,
    /// What it is for.
    purpose: UploadPurpose,
    /// Its name.
    file_name: FileName,
    /// What its sender says it is.
    content_type: Option<MediaType>,
    /// How far it is.
    state: UploadState,
    /// Its length in bytes; null until its content is there.
    #[schema(minimum = 1, maximum = 10_485_760, format = "int64", example = 48213)]
    size: Option<i64>,
    /// The SHA-256 of its content in hexadecimal digits; null until it is there.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
    )]
    sha256: Option<String>,
    /// Who announced it.
    created_by: AccountId,
    /// When it was announced.
    created_at: Moment,
    /// When its content was there.
    completed_at: Option<Moment>,
    /// When it is wiped, if no job uses it until then.
    expires_at: Moment,
}

impl From<store::Upload> for Upload {
    fn from(upload: store::Upload) -> Self {
        Self {
            id: upload.id,
            purpose: upload.purpose,
            file_name: upload.file_name,
            content_type: upload.media_type,
            state: upload.state,
            size: upload.size,
            sha256: upload.sha256,
            created_by: upload.created_by,
            created_at: upload.created_at,
            completed_at: upload.completed_at,
            expires_at: upload.expires_at,
        }
    }
}

/// The bytes of a file, 10 MiB at most.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, min_length = 1, max_length = 10_485_760,
    example = "user_name,first_name,last_name\nana.ruiz,Ana,Ruiz\n")]
#[expect(dead_code, reason = "stands for a stream of bytes in the document only")]
pub(super) struct UploadContent(Vec<u8>);

/// Create an upload
///
/// Announces a file. Its content is sent next, with `write_upload_content`; what no job uses is wiped after
/// 24 hours. An organisation has twenty at most.
#[utoipa::path(operation_id = "create_upload", tag = "uploads", extensions(("x-action" = json!("upload.create"))),
    request_body(content = CreateUpload, description = "The file."),
    responses((status = 201, description = "The upload, without its content.", body = Upload)))]
#[post("/uploads")]
async fn create_upload(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<CreateUpload>,
) -> Result<HttpResponse, Problem> {
    let new = store::NewUpload {
        purpose: body.purpose,
        file_name: body.file_name,
        media_type: body.content_type,
    };
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let upload = uploads::create(tx, who, &new)?;
        let (id, version) = (upload.id, upload.version);
        answer::created(format!("/v1/uploads/{id}"), version, &Upload::from(upload))
    })
    .await
}

/// Write the content of an upload
///
/// Sends the bytes of the file, 10 MiB at most. They count when the answer says `complete`; what breaks
/// off leaves the upload `pending`, and is sent again from its beginning. Of two sendings at once the one
/// that began last counts. Content that is there stays: another one needs another upload.
#[utoipa::path(operation_id = "write_upload_content", tag = "uploads",
    extensions(("x-action" = json!("upload.write")), ("x-conflict" = json!(true)), ("x-etag" = json!(true))),
    params(UploadPath),
    request_body(content = UploadContent, content_type = "application/octet-stream", description = "The bytes."),
    responses((status = 200, description = "The upload with its content.", body = Upload)))]
#[put("/uploads/{upload_id}/content")]
async fn write_upload_content(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UploadPath>,
    mut content: Octets,
) -> Result<HttpResponse, Problem> {
    let ask = caller.ask();
    let mut sending = house.begin_upload(&ask, path.upload_id).await?;
    let sent = match take(&house, &ask, &mut sending, &mut content).await {
        Ok(sent) => sent,
        Err(problem) => {
            house.abandon_upload(&ask, &sending).await;
            return Err(problem);
        }
    };
    answer::perform(&house, &ask, move |tx, who| {
        let upload = uploads::complete(tx, who, &sent)?;
        answer::ok(upload.version, &Upload::from(upload))
    })
    .await
}

/// Takes the content in, a piece at a time.
async fn take(
    house: &House,
    ask: &Ask,
    sending: &mut Sending,
    content: &mut Octets,
) -> Result<Sent, Problem> {
    while let Some(piece) = content.piece().await? {
        house.add_piece(ask, sending, piece).await?;
    }
    Ok(sending.end()?)
}

/// Read an upload
///
/// Shows how far an upload is, to who announced it and to the Site Admins of the organisation. What was
/// sent is not given out.
#[utoipa::path(operation_id = "read_upload", tag = "uploads", extensions(("x-action" = json!("upload.read")), ("x-etag" = json!(true))),
    params(UploadPath), responses((status = 200, description = "The upload.", body = Upload)))]
#[get("/uploads/{upload_id}")]
async fn read_upload(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UploadPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.upload_id;
    let upload =
        answer::look(&house, &caller, move |conn, looker| uploads::read(conn, looker, id)).await?;
    answer::shown(upload.version, &Upload::from(upload))
}

/// Delete an upload
///
/// Wipes an upload and its content, unless a job uses it.
#[utoipa::path(operation_id = "delete_upload", tag = "uploads", extensions(("x-action" = json!("upload.delete")), ("x-conflict" = json!(true))),
    params(UploadPath), responses((status = 204, description = "It is wiped.")))]
#[delete("/uploads/{upload_id}")]
async fn delete_upload(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<UploadPath>,
) -> Result<HttpResponse, Problem> {
    let id = path.upload_id;
    answer::perform(&house, &caller.ask(), move |tx, who| {
        uploads::delete(tx, who, id)?;
        Ok(answer::done())
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_upload)
        .service(write_upload_content)
        .service(read_upload)
        .service(delete_upload);
}

//! Rosters over HTTP: users taken over from a file, and written into one.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get, post};
use caredesk_core::domain::Line;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::UploadId;
use caredesk_core::domain::roster::{ExistingUsers, ImportMode, RosterColumn, guarded};
use caredesk_core::domain::user::User;
use caredesk_core::policy::action::ExportRoster;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::answer;
use super::extract::{Body, Caller, Json};
use super::problem::Problem;
use super::views::job::Job;
use crate::service::House;
use crate::service::roster::{self, Import};
use crate::store::accounts::users::{UserOrder, UserQuery};

/// Users that are read at a time for an export.
const EXPORT_PAGE: i64 = 200;

/// An import of users out of a file.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "upload_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e30", "dry_run": true, "mode": "all_or_nothing",
    "existing": "update", "send_invitations": false,
    "columns": [{"header": "Staff code", "column": "user_name"}, {"header": "Department", "column": null}]}))]
pub(super) struct ImportRoster {
    /// The upload, whose content is there: comma-, semicolon- or tab-separated values in UTF-8, UTF-16 or
    /// Windows-1252, with the columns' names in the first row.
    upload_id: UploadId,
    /// Whether to find out only what would happen, row by row; nothing is changed then. False if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    dry_run: Option<bool>,
    /// What to do when rows cannot be imported: nothing at all (if absent), or the others.
    #[serde(default)]
    #[schema(nullable = false)]
    mode: Option<ImportMode>,
    /// What to do with a row whose user is there, by number or user name: the row fails (if absent), is left
    /// out, or the user is changed.
    #[serde(default)]
    #[schema(nullable = false)]
    existing: Option<ExistingUsers>,
    /// Whether to send every new user the link that they set their password with. False if absent: invite
    /// them later, one by one.
    #[serde(default)]
    #[schema(nullable = false)]
    send_invitations: Option<bool>,
    /// What headers mean that are not known by their name. Others that are not known are left out.
    #[serde(default)]
    #[schema(nullable = false, max_items = 64)]
    columns: Option<Vec<ColumnMeaning>>,
}
impl Body for ImportRoster {}

/// What a header of the file means.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"header": "Staff code", "column": "user_name"}))]
pub(super) struct ColumnMeaning {
    /// The header, as it stands in the file.
    header: Line,
    /// The column that it is; null leaves it out.
    column: Option<RosterColumn>,
}

/// Import users
///
/// Takes the users of an uploaded file over, as a job that can be watched, with a result for each row. The
/// file is one as `export_roster` writes it, or any table with a user name, first name, last name and
/// address in each row. A row makes a member; whoever is there already is left, refused or changed, as said.
/// No row makes, changes or ends a Site Admin or a Support User: it fails with the rule.
#[utoipa::path(operation_id = "import_roster", tag = "users", extensions(("x-action" = json!("roster.import")), ("x-step-up" = json!(true))),
    request_body(content = ImportRoster, description = "The file, and how to take it over."),
    responses((status = 202, description = "The job that imports it.", body = Job)))]
#[post("/roster-imports")]
async fn import_roster(
    caller: Caller,
    house: Data<House>,
    Json(body): Json<ImportRoster>,
) -> Result<HttpResponse, Problem> {
    let said = body.columns.unwrap_or_default().into_iter();
    let import = Import {
        dry_run: body.dry_run.unwrap_or(false),
        mode: body.mode.unwrap_or(ImportMode::AllOrNothing),
        existing: body.existing.unwrap_or(ExistingUsers::Refuse),
        send_invitations: body.send_invitations.unwrap_or(false),
        columns: said.map(|meant| (meant.header.to_string(), meant.column)).collect(),
    };
    let upload = body.upload_id;
    answer::perform(&house, &caller.change()?, move |tx, who| {
        let job = roster::begin(tx, who, (upload, &import))?;
        answer::accepted(format!("/v1/jobs/{}", job.id), &Job::seen(&job, who, tx.now))
    })
    .await
}

/// Export users
///
/// All users of the caller's organisation as comma-separated values in UTF-8, in the order of their numbers:
/// the file that `import_roster` takes. A cell that a spreadsheet would run as a formula begins with an
/// apostrophe. That it was exported, and by whom, is in the audit.
#[utoipa::path(operation_id = "export_roster", tag = "users", extensions(("x-action" = json!("roster.export")), ("x-step-up" = json!(true))),
    responses((status = 200, description = "Comma-separated values.", content_type = "application/octet-stream", body = Roster)))]
#[get("/roster-export")]
async fn export_roster(caller: Caller, house: Data<House>) -> Result<HttpResponse, Problem> {
    house.begin_export::<ExportRoster>(&caller.ask()).await?;
    let first = UserQuery {
        search: None,
        status: None,
        role: None,
        given: None,
        trained: None,
        kept_active: None,
        order: UserOrder::Number,
        after: None,
        limit: EXPORT_PAGE,
        total: false,
    };
    let header: Vec<String> =
        RosterColumn::ALL.iter().map(|column| column.as_str().to_owned()).collect();
    let header = written(std::iter::once(header))?;
    let rows = futures_util::stream::try_unfold((Some(first), header), move |(ask, header)| {
        let (house, caller) = (house.clone(), caller.clone());
        async move {
            let Some(ask) = ask else { return Ok::<_, Problem>(None) };
            let mine = ask.clone();
            let page = answer::look(&house, &caller, move |conn, looker| {
                roster::export(conn, looker, &mine)
            })
            .await?;
            let next = page.next.map(|after| UserQuery { after: Some(after), ..ask });
            let mut chunk = header;
            chunk.extend(written(page.rows.iter().map(row))?);
            Ok(Some((Bytes::from(chunk), (next, Vec::new()))))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/octet-stream"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"users.csv\""))
        .streaming(rows))
}

/// A user as a row, its cells in the order of the columns.
fn row(user: &User) -> Vec<String> {
    let account = &user.account;
    let roles: Vec<&str> = user.roles.iter().map(|role| role.name.as_str()).collect();
    let cell = |column: &RosterColumn| match column {
        RosterColumn::Number => user.number.to_string(),
        RosterColumn::UserName => {
            account.user_name.as_ref().map(ToString::to_string).unwrap_or_default()
        }
        RosterColumn::FirstName => user.first_name.to_string(),
        RosterColumn::LastName => user.last_name.to_string(),
        RosterColumn::Email => account.email.as_ref().map(ToString::to_string).unwrap_or_default(),
        RosterColumn::Phone => account.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        RosterColumn::Locale => account.locale.to_string(),
        RosterColumn::Role => account.role.to_string(),
        RosterColumn::Roles => roles.join(";"),
        RosterColumn::Status => account.status.to_string(),
        RosterColumn::LastSignedInAt => {
            account.last_signed_in_at.map(|at| at.to_string()).unwrap_or_default()
        }
    };
    RosterColumn::ALL.iter().map(|column| guarded(&cell(column))).collect()
}

/// Rows as comma-separated values.
fn written(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let bug = |_bug| Problem::of(Code::Internal);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(bug)?;
    }
    writer.into_inner().map_err(|_bug| Problem::of(Code::Internal))
}

/// Users as comma-separated values, a user a row.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 9_007_199_254_740_991,
    example = "number,user_name,first_name,last_name,email,phone,locale,role,roles,status,last_signed_in_at\nU-000001,ana.ruiz,Ana,Ruiz,ana.ruiz@pinelodge.example,'+15550100201,en,member,Reception,active,\n")]
#[expect(dead_code, reason = "stands for a stream of bytes in the document only")]
pub(super) struct Roster(Vec<u8>);

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(import_roster).service(export_roster);
}

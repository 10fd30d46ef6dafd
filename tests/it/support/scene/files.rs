//! The job and the file of a scene.

use caredesk::store::columns::{AnyId, Json};
use caredesk::store::schema::{jobs, ticket_export_parts, upload_pieces, uploads};
use caredesk_core::domain::FileName;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::job::{JobKind, JobState};
use caredesk_core::domain::upload::{UploadPurpose, UploadState};
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Scene;
use crate::support::actor::Actor;
use crate::support::operations::{self, Operation};

impl Scene<'_> {
    /// Makes the job somebody's.
    pub(super) async fn let_have_the_job(&self, who: &Actor<'_>, state: JobState) {
        let account = AnyId(who.account);
        self.keep_a_job((self.tenant_of_account(account).await, account), state).await;
    }

    /// Makes the job anew, as one of an account's.
    pub(super) async fn keep_a_job(
        &self,
        (tenant, account): (Option<TenantId>, AnyId),
        state: JobState,
    ) {
        let (id, now) = (AnyId(self.job), self.app.house.clock.now());
        self.behind(move |conn| {
            let parts = ticket_export_parts::table.filter(ticket_export_parts::job_id.eq(id));
            diesel::delete(parts).execute(conn)?;
            diesel::delete(jobs::table.find(id)).execute(conn)?;
            let row = (
                (jobs::id.eq(id), jobs::tenant_id.eq(tenant), jobs::kind.eq(JobKind::RosterImport)),
                (jobs::state.eq(state), jobs::created_by.eq(account)),
                (jobs::params.eq(Json(json!({}))), jobs::cursor.eq(Json(Value::Null))),
                (jobs::done.eq(0_i64), jobs::failed.eq(0_i64), jobs::attempts.eq(0)),
                (jobs::due_at.eq(now), jobs::summary.eq(Json(json!([]))), jobs::created_at.eq(now)),
                jobs::finished_at.eq(state.is_over().then_some(now)),
                jobs::version.eq(1_i64),
            );
            diesel::insert_into(jobs::table).values(row).execute(conn)
        })
        .await;
    }

    /// Announces the file anew, as one of an account's.
    pub(super) async fn keep_a_file(&self, (tenant, account): (TenantId, AnyId)) {
        let (id, now) = (AnyId(self.upload), self.app.house.clock.now());
        self.behind(move |conn| {
            let pieces = upload_pieces::table.filter(upload_pieces::upload_id.eq(id));
            diesel::delete(pieces).execute(conn)?;
            diesel::delete(uploads::table.find(id)).execute(conn)?;
            let row = (
                (uploads::id.eq(id), uploads::tenant_id.eq(tenant)),
                (uploads::created_by.eq(account), uploads::purpose.eq(UploadPurpose::Applications)),
                uploads::file_name.eq(FileName::parse("applications.csv").unwrap()),
                (uploads::state.eq(UploadState::Pending), uploads::created_at.eq(now)),
                uploads::expires_at.eq(now.plus(SignedDuration::from_hours(24))),
                uploads::version.eq(1_i64),
            );
            diesel::insert_into(uploads::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the upload of the example one of somebody's, with its content.
    pub(super) async fn keep_the_example_file(
        &self,
        operation: &Operation,
        of: (TenantId, AnyId),
        purpose: UploadPurpose,
    ) {
        let example = operation.example(operations::document()).unwrap();
        let named = AnyId(example["upload_id"].as_str().unwrap().parse().unwrap());
        self.keep_a_file(of).await;
        let kept = AnyId(self.upload);
        self.behind(move |conn| {
            diesel::delete(uploads::table.find(named)).execute(conn)?;
            let complete = (
                uploads::id.eq(named),
                uploads::state.eq(UploadState::Complete),
                uploads::purpose.eq(purpose),
            );
            diesel::update(uploads::table.find(kept)).set(complete).execute(conn)
        })
        .await;
    }
}

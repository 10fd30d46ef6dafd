//! Applications taken over from a file, as a job.
//!
//! A trial run and the check before all or nothing do what the import would do, and undo it: what they find
//! cannot differ from what would happen.

mod file;

use std::collections::{BTreeMap, HashMap};

use caredesk_core::domain::ApplicationNumber;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::NewApplication;
use caredesk_core::domain::application_file::{ApplicationColumn, Read};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{ApplicationId, TenantId, UploadId};
use caredesk_core::domain::job::{JobKind, RowFault, RowOutcome};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::roster::ImportMode;
use caredesk_core::domain::table::fault;
use caredesk_core::domain::upload::UploadPurpose;
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::ImportApplications;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::steps::enqueue::enqueue;
pub use super::steps::imported::Imported;
use super::steps::imported::upload_for;
use super::steps::{families, invitations, note};
use crate::guard::{Refusal, admit, tenant_of};
use crate::store::applications::Numbered;
use crate::store::jobs::{Job, NewJob, RowResult};
use crate::store::{self, Tx};
pub use file::File;

/// What an import is told, beside its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// Whether to submit what is imported, which invites the families.
    pub submit: bool,
    /// Whether to find out only what would happen.
    pub dry_run: bool,
    /// What to do when rows cannot be imported.
    pub mode: ImportMode,
    /// What headers mean that are not known by their name.
    pub columns: Vec<(String, Option<ApplicationColumn>)>,
}

/// Begins an import of an upload.
///
/// # Errors
/// An upload that there is not, `upload.not_complete`, `upload.in_use`, and whatever the permit denies.
pub fn begin(
    tx: &mut Tx<'_>,
    who: &Actor,
    (upload, import): (UploadId, &Import),
) -> Result<Job, Refusal> {
    let permit = admit::<ImportApplications>(who, tx.now)?;
    let tenant = tenant_of::<ImportApplications>(who, tx.now)?;
    upload_for(tx, who, (upload, UploadPurpose::Applications))?;
    let params = serde_json::to_value(import).map_err(|bug| Refusal::Broken(bug.to_string()))?;
    let kind = JobKind::ApplicationImport;
    let job = enqueue(tx, &permit, &NewJob { kind, tenant: Some(tenant), params, total: None })?;
    store::uploads::use_for(tx, &permit, upload, job.id)?;
    Ok(job)
}

/// Rows of a file that are imported together.
pub struct Part<'p> {
    /// The whole.
    pub file: &'p File,
    /// The rows.
    pub rows: &'p [(i64, Read)],
    /// What was said.
    pub import: &'p Import,
    /// The job, for the audit.
    pub job: &'p Job,
}

impl Part<'_> {
    /// Imports the rows; says what became of each.
    ///
    /// # Errors
    /// Whoever made the job may not import any more; the database fails.
    pub fn import(&self, tx: &mut Tx<'_>, who: &Actor) -> Result<Imported, Refusal> {
        let permit = admit::<ImportApplications>(who, tx.now)?;
        let tenant = tenant_of::<ImportApplications>(who, tx.now)?;
        let taken = self.taken(tx, tenant)?;
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut new: Vec<(i64, &NewApplication)> = Vec::new();
        for (row, read) in self.rows {
            match read {
                Err(faults) => rows.push(failed(*row, faults.clone())),
                Ok(one) => match self.barred(one, &taken) {
                    Some(fault) => rows.push(failed(*row, vec![fault])),
                    None => new.push((*row, one)),
                },
            }
        }
        rows.extend(self.make(tx, &permit, (tenant, &new))?);
        rows.sort_by_key(|result| result.row);
        self.record(tx, &permit, tenant, &rows)?;
        Ok(Imported { rows, denied: BTreeMap::new() })
    }

    /// Those of the rows' own numbers that applications have.
    fn taken(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
    ) -> Result<HashMap<String, ApplicationId>, Refusal> {
        let read = self.rows.iter().filter_map(|(_, read)| read.as_ref().ok());
        let own = read.filter_map(|new| new.number.as_ref().map(ApplicationNumber::folded));
        let own: Vec<String> = own.collect();
        if own.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(store::applications::taken(tx.conn, tenant, own)?.into_iter().collect())
    }

    /// The rule that keeps a row from being imported.
    fn barred(
        &self,
        new: &NewApplication,
        taken: &HashMap<String, ApplicationId>,
    ) -> Option<RowFault> {
        if new.number.as_ref().is_some_and(|number| taken.contains_key(&number.folded())) {
            let code = Code::ApplicationNumberTaken.as_str();
            return Some(fault(Some(ApplicationColumn::Number), code));
        }
        if !self.import.submit {
            return None;
        }
        let (column, has_contact) = match new.method() {
            Method::Email => (ApplicationColumn::Email, new.email.is_some()),
            Method::Sms => (ApplicationColumn::Phone, new.phone.is_some()),
        };
        (!has_contact).then(|| fault(Some(column), Code::ApplicationNoContact.as_str()))
    }

    /// Makes the applications, all together, and submits them if that was asked for.
    fn make(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<ImportApplications>,
        (tenant, new): (TenantId, &[(i64, &NewApplication)]),
    ) -> Result<Vec<RowResult>, Refusal> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let organisation = invitations::letterhead(tx, permit, tenant)?;
        let all: Vec<&NewApplication> = new.iter().map(|(_, one)| *one).collect();
        // A number that a later row gives is not drawn for an earlier one.
        let numbers = families::numbers_beside(tx, tenant, (&all, &self.file.numbers))?;
        let numbered: Vec<Numbered> = numbers
            .into_iter()
            .zip(&all)
            .map(|(number, one)| Numbered {
                id: ApplicationId::of(tx.new_uuid()),
                number,
                new: (*one).clone(),
            })
            .collect();
        let ids: Vec<ApplicationId> = numbered.iter().map(|one| one.id).collect();
        store::applications::insert(tx, permit, (tenant, organisation.locale), numbered)?;
        if self.import.submit {
            store::applications::submitted(tx, permit, &ids)?;
            let made = store::applications::some_locked(tx.conn, permit.scope(), &ids)?;
            let invited = made.iter().filter_map(|application| {
                let to: Option<Contact> = application.contact(application.preferred_method);
                to.map(|to| (application, to))
            });
            let invited: Vec<families::Invited<'_>> = invited.collect();
            families::invite(tx, permit, (tenant, &organisation), &invited)?;
        }
        let made = ids.iter().zip(new).map(|(id, (row, _))| RowResult {
            row: *row,
            outcome: RowOutcome::Created,
            subject: Some(id.uuid()),
            faults: Vec::new(),
        });
        Ok(made.collect())
    }

    /// Writes one entry of the audit for all rows: how many, and a digest of what they made.
    fn record(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<ImportApplications>,
        tenant: TenantId,
        rows: &[RowResult],
    ) -> Result<(), Refusal> {
        let (mut created, mut digest) = (0_usize, Sha256::new());
        for id in rows.iter().filter_map(|row| row.subject) {
            created = created.saturating_add(1);
            digest.update(id.as_bytes());
        }
        let detail = json!({
            "job": self.job.id, "rows": rows.len(), "created": created,
            "failed": rows.len().saturating_sub(created), "submitted": self.import.submit,
            "digest": HEXLOWER.encode(&digest.finalize()),
        });
        note::about(tx, permit, (Some(tenant), self.job.id.uuid()), &detail)
    }
}

/// What became of a row that cannot be imported.
const fn failed(row: i64, faults: Vec<RowFault>) -> RowResult {
    RowResult { row, outcome: RowOutcome::Failed, subject: None, faults }
}

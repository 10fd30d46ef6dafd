//! Rosters: users taken over from a file, as a job, and written into one.
//!
//! A trial run and the check before all or nothing do what the import would do, and undo it: what they
//! find cannot differ from what would happen.

mod file;
mod row;
mod there;

use std::collections::{BTreeMap, HashSet};

use caredesk_core::domain::Region;
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, RoleId, TenantId, UploadId};
use caredesk_core::domain::job::{JobKind, RowFault, RowOutcome};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::roster::{self, ExistingUsers, ImportMode, RosterColumn, RosterRow};
use caredesk_core::domain::upload::UploadPurpose;
use caredesk_core::domain::user::User;
use caredesk_core::policy::action::{ExportRoster, ImportRoster};
use caredesk_core::policy::{NewUserFacts, Permit};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::perform::Looker;
use super::steps::enqueue::enqueue;
pub use super::steps::imported::Imported;
use super::steps::imported::upload_for;
use super::steps::invitations;
use crate::guard::{Governed, Refusal, admit, admit_new_user, governed_by_maker, tenant_of};
use crate::store::accounts::users::{Numbered, UserKey, UserQuery};
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::jobs::{Job, NewJob, RowResult};
use crate::store::{self, Tx};
pub use file::Roster;
use row::{Failure, Judged, because, change, fault, result};
use there::There;

/// What an import is told, beside its file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// Whether to find out only what would happen.
    pub dry_run: bool,
    /// What to do when rows cannot be imported.
    pub mode: ImportMode,
    /// What to do with users who are there.
    pub existing: ExistingUsers,
    /// Whether to send new users the link that they set a password with.
    pub send_invitations: bool,
    /// What headers mean that are not known by their name.
    pub columns: Vec<(String, Option<RosterColumn>)>,
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
    let permit = admit::<ImportRoster>(who, tx.now)?;
    let tenant = tenant_of::<ImportRoster>(who, tx.now)?;
    upload_for(tx, who, (upload, UploadPurpose::Roster))?;
    let params = serde_json::to_value(import).map_err(|bug| Refusal::Broken(bug.to_string()))?;
    let new = NewJob { kind: JobKind::RosterImport, tenant: Some(tenant), params, total: None };
    let job = enqueue(tx, &permit, &new)?;
    store::uploads::use_for(tx, &permit, upload, job.id)?;
    Ok(job)
}

/// A page of the users, for an export.
///
/// # Errors
/// Whatever the permit denies.
pub fn export(
    conn: &mut Conn,
    looker: &Looker,
    ask: &UserQuery,
) -> Result<Page<User, UserKey>, Refusal> {
    let permit = admit::<ExportRoster>(&looker.actor, looker.now)?;
    Ok(store::accounts::users::list(conn, permit.scope(), ask)?)
}

/// Rows of a roster that are imported together.
pub struct Part<'p> {
    /// The whole.
    pub roster: &'p Roster,
    /// The rows.
    pub rows: &'p [(i64, csv::StringRecord)],
    /// What was said.
    pub import: &'p Import,
    /// The job, for the audit.
    pub job: &'p Job,
}

impl Part<'_> {
    /// Imports the rows; says what became of each. A row that cannot be imported changes nothing.
    ///
    /// # Errors
    /// Whoever made the job may not import any more; the database fails.
    pub fn import(&self, tx: &mut Tx<'_>, who: &Actor) -> Result<Imported, Refusal> {
        // Whoever renames or makes users, or changes roles, waits until this is through.
        let governed = governed_by_maker::<ImportRoster>(tx, who, self.job)?;
        let tenant = governed.tenant();
        let permit = admit::<ImportRoster>(governed.who(), tx.now)?;
        let region = store::tenants::phone_region(tx.conn, tenant)?;
        let read = |(row, cells): &(i64, _)| (*row, self.read(*row, cells, region.as_ref()));
        let read: Vec<(i64, Result<RosterRow, Vec<RowFault>>)> =
            self.rows.iter().map(read).collect();
        let rows = read.iter().filter_map(|(_, row)| row.as_ref().ok());
        let there = There::find(tx, &permit, tenant, rows)?;
        let mut results = Vec::with_capacity(read.len());
        let mut new: Vec<NewRow> = Vec::new();
        let (mut denied, mut seen) = (BTreeMap::new(), HashSet::new());
        for (number, row) in read {
            let ended = match row {
                Err(faults) => Err(Failure::of(faults)),
                // By number in one row and by name in another.
                Ok(row) if there.user_of(&row).is_ok_and(|user| is_twice(user, &mut seen)) => {
                    Err(Failure::of(vec![fault(Some(RosterColumn::UserName), "duplicate")]))
                }
                Ok(row) => match self.judge(tx, &governed, &there, &row)? {
                    Judged::Ended(result) => result,
                    Judged::New(roles) => {
                        new.push((number, row, roles));
                        continue;
                    }
                },
            };
            if let Err(Failure { denied: Some(what), .. }) = ended {
                *denied.entry(what).or_insert(0) += 1;
            }
            results.push(result(number, ended));
        }
        let made = self.make(tx, &permit, (tenant, &new))?;
        results.extend(made);
        results.sort_by_key(|result| result.row);
        self.record(tx, &permit, tenant, &results)?;
        Ok(Imported { rows: results, denied })
    }

    /// Reads a row of the file.
    fn read(
        &self,
        row: i64,
        cells: &csv::StringRecord,
        region: Option<&Region>,
    ) -> Result<RosterRow, Vec<RowFault>> {
        let cells: Vec<&str> = cells.iter().collect();
        if self.roster.repeated.contains(&row) {
            return Err(vec![fault(Some(RosterColumn::UserName), "duplicate")]);
        }
        roster::read(&self.roster.mapping, &cells, region)
    }

    /// What is to become of a row: nothing more, or a new user with some roles.
    fn judge(
        &self,
        tx: &mut Tx<'_>,
        governed: &Governed,
        there: &There,
        row: &RosterRow,
    ) -> Result<Judged, Refusal> {
        let roles = match there.roles_of(row) {
            Ok(roles) => roles,
            Err(fault) => return Ok(Judged::failed(fault)),
        };
        match there.user_of(row) {
            Err(fault) => Ok(Judged::failed(fault)),
            Ok(Some(user)) => match self.import.existing {
                ExistingUsers::Refuse => Ok(Judged::failed(fault(
                    Some(RosterColumn::UserName),
                    Code::UserNameTaken.as_str(),
                ))),
                ExistingUsers::Skip => {
                    Ok(Judged::Ended(Ok((RowOutcome::Skipped, Some(user.account.id)))))
                }
                ExistingUsers::Update => change(tx, governed, (user, row, roles.as_deref())),
            },
            Ok(None) => {
                let permissions = there.permissions(roles.as_deref().unwrap_or_default());
                let facts = NewUserFacts {
                    tenant: there.tenant,
                    permissions,
                    has_roles: roles.as_ref().is_some_and(|roles| !roles.is_empty()),
                    built_in: row.role.map(Role::from).filter(|role| *role != Role::Member),
                };
                if let Err(refusal) = admit_new_user(governed.who(), facts, tx.now) {
                    return because(refusal, row);
                }
                if there.reserved.contains(&row.user.email.folded()) {
                    return because(Refusal::Because(Code::AddressReserved), row);
                }
                if row.status == Some(AccountStatus::Inactive) {
                    let column = Some(RosterColumn::Status);
                    return Ok(Judged::failed(fault(column, "not_importable")));
                }
                Ok(Judged::New(roles.unwrap_or_default()))
            }
        }
    }

    /// Makes the new users, all together.
    fn make(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<ImportRoster>,
        (tenant, new): (TenantId, &[NewRow]),
    ) -> Result<Vec<RowResult>, Refusal> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
        let first = store::accounts::users::draw_numbers(tx.conn, tenant, count)?;
        let numbered: Vec<Numbered> = (first..)
            .zip(new)
            .map(|(number, (_, row, _))| Numbered {
                id: AccountId::of(tx.new_uuid()),
                number,
                new: row.user.clone(),
            })
            .collect();
        let organisation = invitations::letterhead(tx, permit, tenant)?;
        let of = (tenant, Role::Member, organisation.locale);
        store::accounts::users::insert(tx, permit, of, &numbered)?;
        let given = numbered.iter().zip(new);
        let given = given.flat_map(|(user, (.., roles))| roles.iter().map(|role| (user.id, *role)));
        store::roles::give(tx, permit, &given.collect::<Vec<_>>())?;
        if self.import.send_invitations {
            invitations::send_all(tx, permit, (tenant, &organisation), &numbered)?;
        }
        let made = numbered
            .iter()
            .zip(new)
            .map(|(user, (row, ..))| result(*row, Ok((RowOutcome::Created, Some(user.id)))));
        Ok(made.collect())
    }

    /// Writes one entry of the audit for all rows: how many, and a digest of whom they made or changed.
    fn record(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<ImportRoster>,
        tenant: TenantId,
        results: &[RowResult],
    ) -> Result<(), Refusal> {
        let count = |outcome| results.iter().filter(|row| row.outcome == outcome).count();
        let mut digest = Sha256::new();
        for row in results {
            digest.update(row.subject.unwrap_or(Uuid::nil()).as_bytes());
        }
        let detail = json!({
            "job": self.job.id, "rows": results.len(), "created": count(RowOutcome::Created),
            "updated": count(RowOutcome::Updated), "failed": count(RowOutcome::Failed),
            "digest": data_encoding::HEXLOWER.encode(&digest.finalize()),
        });
        let what = What {
            tenant: Some(tenant),
            target: Some(self.job.id.uuid()),
            detail: Some(detail.to_string()),
        };
        Ok(store::audit::record(tx, permit, what)?)
    }
}

/// A row that makes a user: its number, what it says, and the roles that it gives.
type NewRow = (i64, RosterRow, Vec<RoleId>);

/// Whether a row is about a user whom an earlier one was about.
fn is_twice(user: Option<&User>, seen: &mut HashSet<AccountId>) -> bool {
    user.is_some_and(|user| !seen.insert(user.account.id))
}

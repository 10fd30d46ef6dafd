//! Rosters: users taken over from a file, as a job, and written into one.
//!
//! A trial run and the check before all or nothing do what the import would do, and undo it: what they
//! find cannot differ from what would happen.

mod file;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::fold;
use caredesk_core::domain::ids::{AccountId, RoleId, TenantId, UploadId};
use caredesk_core::domain::job::{JobKind, RowFault, RowOutcome};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::domain::role::{CustomRole, MAX_ROLES_OF_A_USER};
use caredesk_core::domain::roster::{self, ExistingUsers, ImportMode, RosterColumn, RosterRow};
use caredesk_core::domain::user::{User, UserChanges, UserNumber};
use caredesk_core::policy::action::{ExportRoster, ImportRoster, UpdateUser};
use caredesk_core::policy::{NewUserFacts, Permit, UserChange};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::perform::Looker;
use super::steps::enqueue::enqueue;
use super::steps::{addresses, invitations};
use super::{roles, users};
use crate::guard::{
    Governed, Refusal, Violation, admit, admit_known_user, admit_new_user, governed_by_maker,
    tenant_of, usable_upload,
};
use crate::store::accounts::users::{Numbered, UserKey, UserQuery};
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::jobs::{Job, NewJob, RowResult};
use crate::store::{self, Tx};
pub use file::Roster;

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
    usable_upload(tx, who, upload).map_err(|refusal| match refusal {
        Refusal::NotFound => Refusal::Invalid(vec![Violation {
            pointer: "#/upload_id".to_owned(),
            code: "unknown".to_owned(),
            detail: "is no upload that you can use".to_owned(),
        }]),
        refusal => refusal,
    })?;
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
    pub fn import(&self, tx: &mut Tx<'_>, who: &Actor) -> Result<Vec<RowResult>, Refusal> {
        // Whoever renames or makes users, or changes roles, waits until this is through.
        let governed = governed_by_maker::<ImportRoster>(tx, who, self.job)?;
        let tenant = governed.tenant();
        let permit = admit::<ImportRoster>(governed.who(), tx.now)?;
        let read: Vec<(i64, Result<RosterRow, Vec<RowFault>>)> =
            self.rows.iter().map(|(row, cells)| (*row, self.read(*row, cells))).collect();
        let rows = read.iter().filter_map(|(_, row)| row.as_ref().ok());
        let there = There::find(tx, &permit, tenant, rows)?;
        let mut results = Vec::with_capacity(read.len());
        let mut new: Vec<NewRow> = Vec::new();
        for (number, row) in read {
            let ended = match row {
                Err(faults) => Err(faults),
                Ok(row) => match self.judge(tx, &governed, &there, &row)? {
                    Judged::Ended(result) => result,
                    Judged::New(roles) => {
                        new.push((number, row, roles));
                        continue;
                    }
                },
            };
            results.push(result(number, ended));
        }
        let made = self.make(tx, &permit, (tenant, &new))?;
        results.extend(made);
        results.sort_by_key(|result| result.row);
        self.record(tx, &permit, tenant, &results)?;
        Ok(results)
    }

    /// Reads a row of the file.
    fn read(&self, row: i64, cells: &csv::StringRecord) -> Result<RosterRow, Vec<RowFault>> {
        let cells: Vec<&str> = cells.iter().collect();
        if self.roster.repeated.contains(&row) {
            return Err(vec![fault(Some(RosterColumn::UserName), "duplicate")]);
        }
        roster::read(&self.roster.mapping, &cells)
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

/// What is to become of a row.
enum Judged {
    /// It is done with.
    Ended(Result<(RowOutcome, Option<AccountId>), Vec<RowFault>>),
    /// It makes a user with these roles.
    New(Vec<RoleId>),
}

impl Judged {
    fn failed(fault: RowFault) -> Self {
        Self::Ended(Err(vec![fault]))
    }
}

/// What is there of what a part's rows name.
struct There {
    tenant: TenantId,
    by_name: HashMap<String, Rc<User>>,
    by_number: HashMap<UserNumber, Rc<User>>,
    roles: HashMap<String, CustomRole>,
    /// Addresses that are Support Users'.
    reserved: HashSet<String>,
}

impl There {
    /// Looks for the users and roles that rows name, in a statement each.
    fn find<'r>(
        tx: &mut Tx<'_>,
        permit: &Permit<ImportRoster>,
        tenant: TenantId,
        rows: impl Iterator<Item = &'r RosterRow> + Clone,
    ) -> Result<Self, Refusal> {
        let names = rows.clone().map(|row| row.user.user_name.folded()).collect();
        let numbers = rows.clone().filter_map(|row| row.number).map(UserNumber::get);
        let numbers = numbers.collect();
        let scope = permit.scope();
        let known = store::accounts::users::known(tx.conn, (scope, tenant), (names, numbers))?;
        let known: Vec<Rc<User>> = known.into_iter().map(Rc::new).collect();
        let named =
            |user: &Rc<User>| Some((user.account.user_name.as_ref()?.folded(), user.clone()));
        let roles = if rows.clone().any(|row| row.roles.is_some()) {
            store::roles::list(tx.conn, permit.scope(), tenant)?
        } else {
            Vec::new()
        };
        Ok(Self {
            tenant,
            by_name: known.iter().filter_map(named).collect(),
            by_number: known.iter().map(|user| (user.number, user.clone())).collect(),
            reserved: addresses::reserved(tx, rows.map(|row| &row.user.email))?,
            roles: roles.into_iter().map(|role| (role.name.folded(), role)).collect(),
        })
    }

    /// The user that a row is about: by number, else by user name; none for a new one.
    fn user_of(&self, row: &RosterRow) -> Result<Option<&User>, RowFault> {
        let named = self.by_name.get(&row.user.user_name.folded()).map(Rc::as_ref);
        let Some(number) = row.number else { return Ok(named) };
        let Some(user) = self.by_number.get(&number).map(Rc::as_ref) else {
            return Err(fault(Some(RosterColumn::Number), "unknown"));
        };
        if named.is_some_and(|named| named.account.id != user.account.id) {
            return Err(fault(Some(RosterColumn::UserName), Code::UserNameTaken.as_str()));
        }
        Ok(Some(user))
    }

    /// The roles that a row names; none if it says nothing of them.
    fn roles_of(&self, row: &RosterRow) -> Result<Option<Vec<RoleId>>, RowFault> {
        let Some(names) = &row.roles else { return Ok(None) };
        let mut ids: Vec<RoleId> = Vec::new();
        for name in names {
            let role = self.roles.get(&fold::caseless(name));
            let role = role.ok_or_else(|| fault(Some(RosterColumn::Roles), "unknown"))?;
            if !ids.contains(&role.id) {
                ids.push(role.id);
            }
        }
        if ids.len() > MAX_ROLES_OF_A_USER {
            return Err(fault(Some(RosterColumn::Roles), "too_many"));
        }
        Ok(Some(ids))
    }

    /// What roles permit together.
    fn permissions(&self, ids: &[RoleId]) -> PermissionSet {
        let named = self.roles.values().filter(|role| ids.contains(&role.id));
        named.fold(PermissionSet::NONE, |set, role| set.with(role.permissions))
    }
}

/// Changes a user to what a row says, by the use cases that everybody's changes go through.
fn change(
    tx: &mut Tx<'_>,
    governed: &Governed,
    (user, row, roles): (&User, &RosterRow, Option<&[RoleId]>),
) -> Result<Judged, Refusal> {
    let (who, id) = (governed.who(), user.account.id);
    if row.status.is_some_and(|status| status != user.account.status) {
        return Ok(Judged::failed(fault(Some(RosterColumn::Status), "not_importable")));
    }
    let (changes, role) = (changes(row), row.role.map(Role::from));
    let has: BTreeSet<RoleId> = user.roles.iter().map(|role| role.id).collect();
    let wanted = roles.filter(|wanted| wanted.iter().copied().collect::<BTreeSet<_>>() != has);
    let is_same =
        changes.fields(user).is_empty() && role.is_none_or(|role| role == user.account.role);
    if is_same && wanted.is_none() {
        // Nothing is asked of the database, and the same of the rules as for a change.
        return match admit_known_user::<UpdateUser>(who, user, UserChange::default(), tx.now) {
            Ok(_) => Ok(Judged::Ended(Ok((RowOutcome::Unchanged, Some(id))))),
            Err(refusal) => because(refusal, row),
        };
    }
    let ended = tx.kept_if_ok(|tx| {
        users::change(tx, who, (id, None), (&changes, role))?;
        if let Some(wanted) = wanted {
            roles::assign_governed(tx, governed, (id, None), wanted)?;
        }
        Ok::<_, Refusal>(())
    });
    match ended {
        Ok(()) => Ok(Judged::Ended(Ok((RowOutcome::Updated, Some(id))))),
        Err(refusal) => because(refusal, row),
    }
}

/// What a row says of a user who is there.
fn changes(row: &RosterRow) -> UserChanges {
    let new = row.user.clone();
    UserChanges {
        user_name: Some(new.user_name),
        first_name: Some(new.first_name),
        last_name: Some(new.last_name),
        email: Some(new.email),
        phone: new.phone.map(Some),
        locale: new.locale,
    }
}

/// A refusal as a row's fault; what is about the database stays an error.
fn because(refusal: Refusal, row: &RosterRow) -> Result<Judged, Refusal> {
    let code = match &refusal {
        Refusal::Denied(_) | Refusal::Because(_) | Refusal::NotFound => refusal.code(),
        _ => return Err(refusal),
    };
    let column = match code {
        Code::SiteAdminByAccessChange | Code::SupportUserByAccessChange if row.role.is_some() => {
            Some(RosterColumn::Role)
        }
        Code::AddressReserved | Code::AddressShared => Some(RosterColumn::Email),
        Code::PermissionsOutOfReach => Some(RosterColumn::Roles),
        Code::UserNameTaken => Some(RosterColumn::UserName),
        _ => None,
    };
    Ok(Judged::failed(fault(column, code.as_str())))
}

/// A fault of a column.
fn fault(column: Option<RosterColumn>, code: &str) -> RowFault {
    RowFault { column: column.map(|column| column.as_str().to_owned()), code: code.to_owned() }
}

/// What became of a row.
fn result(row: i64, ended: Result<(RowOutcome, Option<AccountId>), Vec<RowFault>>) -> RowResult {
    match ended {
        Ok((outcome, user)) => {
            RowResult { row, outcome, subject: user.map(AccountId::uuid), faults: Vec::new() }
        }
        Err(faults) => RowResult { row, outcome: RowOutcome::Failed, subject: None, faults },
    }
}

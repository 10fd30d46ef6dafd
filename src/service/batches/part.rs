//! A part of a batch: some applications, each judged, and what can be done to them done to all at once.

use std::collections::{BTreeMap, HashMap};

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::{Application, InviteMethod, OnlineAccount, UnlinkReason};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{ApplicationId, TenantId};
use caredesk_core::domain::job::{RowFault, RowOutcome};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{
    InviteFamilies, InviteFamily, ReinviteFamily, UnlinkApplication, UnlinkApplications,
};
use caredesk_core::policy::{Action, ActionKind, Permit};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Batch, Chosen, Deed};
use crate::guard::{Refusal, admit, admit_known_application, admit_search, tenant_of};
use crate::service::steps::note_denied::note_denied;
use crate::service::steps::{families, invitations, note};
use crate::store::applications::BatchKey;
use crate::store::jobs::{Job, RowResult};
use crate::store::{self, Tx};

/// Where a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Rows that were looked at.
    pub seen: i64,
    /// The last of them, if a filter found it.
    pub after: Option<BatchKey>,
}

/// A part of a batch.
pub struct Part<'p> {
    /// The whole.
    pub batch: &'p Batch,
    /// The job.
    pub job: &'p Job,
    /// Where the part begins.
    pub from: Place,
    /// How many rows it has at most.
    pub limit: usize,
}

/// What became of a part.
pub struct Done {
    /// Each of its rows.
    pub rows: Vec<RowResult>,
    /// Where the batch goes on; none if nothing is left.
    pub next: Option<Place>,
}

/// The applications of a part.
struct Picked {
    /// Which, in the order of their rows.
    ids: Vec<ApplicationId>,
    /// Those of them that are there to be judged, locked.
    found: HashMap<ApplicationId, Application>,
    /// What the others are.
    others: Missing,
    next: Option<Place>,
}

/// What an application is that is not there to be judged.
#[derive(Clone, Copy)]
enum Missing {
    /// None of the organisation's.
    Unknown,
    /// One that the filter meant a moment ago.
    Left,
}

/// What somebody was denied, by which rule, and how often.
type DeniedRules = BTreeMap<(ActionKind, Code), i64>;

/// What is to become of an application.
enum Judged<T> {
    /// This.
    Ready(T),
    /// Nothing: it is no longer meant.
    Left,
    /// Nothing, by a rule, which policy knows if it is a denial.
    Barred(Code, Option<ActionKind>),
}

impl Part<'_> {
    /// Does the part.
    ///
    /// # Errors
    /// Whoever made the job may not do it any more; the database fails.
    pub fn run(&self, tx: &mut Tx<'_>, who: &Actor) -> Result<Done, Refusal> {
        match self.batch.deed {
            Deed::Invite(method) => self.invite(tx, who, method),
            Deed::Unlink(reason) => self.unlink(tx, who, reason),
        }
    }

    /// Invites families.
    fn invite(&self, tx: &mut Tx<'_>, who: &Actor, method: InviteMethod) -> Result<Done, Refusal> {
        let permit = admit::<InviteFamilies>(who, tx.now)?;
        let tenant = tenant_of::<InviteFamilies>(who, tx.now)?;
        let picked = self.pick(tx, &permit)?;
        let now = tx.now;
        let judged = picked.judge(|application| destination(who, application, method, now))?;
        let (rows, denied) = self.results(&judged, RowOutcome::Created);
        if !self.batch.dry_run && !rows.is_empty() {
            let invited = judged.into_iter().filter_map(|(id, judged)| match judged {
                Judged::Ready(to) => picked.found.get(&id).map(|application| (application, to)),
                Judged::Left | Judged::Barred(..) => None,
            });
            let invited: Vec<families::Invited<'_>> = invited.collect();
            if !invited.is_empty() {
                let organisation = invitations::letterhead(tx, &permit, tenant)?;
                families::invite(tx, &permit, (tenant, &organisation), &invited)?;
            }
            self.record(tx, &permit, tenant, (&rows, json!({"method": method})))?;
            self.note(tx, denied)?;
        }
        Ok(Done { rows, next: picked.next })
    }

    /// Takes families' access away.
    fn unlink(&self, tx: &mut Tx<'_>, who: &Actor, reason: UnlinkReason) -> Result<Done, Refusal> {
        let permit = admit::<UnlinkApplications>(who, tx.now)?;
        let tenant = tenant_of::<UnlinkApplications>(who, tx.now)?;
        let picked = self.pick(tx, &permit)?;
        let now = tx.now;
        let judged = picked.judge(|application| {
            admit_known_application::<UnlinkApplication>(who, application, now).map(drop)
        })?;
        let (rows, denied) = self.results(&judged, RowOutcome::Updated);
        if !self.batch.dry_run && !rows.is_empty() {
            let linked = judged.iter().filter(|(_, judged)| matches!(judged, Judged::Ready(())));
            let linked: Vec<ApplicationId> = linked.map(|(id, _)| *id).collect();
            if !linked.is_empty() {
                store::applications::unlinked(tx, &permit, &linked)?;
            }
            self.record(tx, &permit, tenant, (&rows, json!({"reason": reason})))?;
            self.note(tx, denied)?;
        }
        Ok(Done { rows, next: picked.next })
    }

    /// Finds and locks the applications of the part.
    fn pick<A: Action>(&self, tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<Picked, Refusal> {
        let scope = permit.scope();
        let (ids, others, next, found) = match &self.batch.chosen {
            Chosen::Ids(all) => {
                let rest = all.get(usize::try_from(self.from.seen).unwrap_or(usize::MAX)..);
                let rest = rest.unwrap_or_default();
                let ids = rest.get(..self.limit).unwrap_or(rest).to_vec();
                let next = self.place_behind(&ids, None).filter(|_| ids.len() < rest.len());
                let found = store::applications::some_locked(tx.conn, scope, &ids)?;
                (ids, Missing::Unknown, next, found)
            }
            Chosen::Filter(filter) => {
                admit_search::<A>(permit.actor(), tx.now)?;
                let (of, meant) = ((scope, tx.now), self.batch.meant(filter, self.job.created_at));
                let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
                let place = (self.from.after, limit);
                let keys = store::applications::next_meant(tx.conn, of, &meant, place)?;
                let ids: Vec<ApplicationId> = keys.iter().map(|(_, id)| *id).collect();
                let next = self.place_behind(&ids, keys.last().copied());
                let next = next.filter(|_| ids.len() == self.limit);
                let found = store::applications::meant_locked(tx.conn, of, &meant, &keys)?;
                (ids, Missing::Left, next, found)
            }
        };
        let found = found.into_iter().map(|application| (application.id, application)).collect();
        Ok(Picked { ids, found, others, next })
    }

    /// The place behind some applications.
    fn place_behind(&self, ids: &[ApplicationId], after: Option<BatchKey>) -> Option<Place> {
        let more = i64::try_from(ids.len()).ok()?;
        Some(Place { seen: self.from.seen.saturating_add(more), after })
    }

    /// What the job says of its rows, and what whoever made it was denied in them.
    fn results<T>(
        &self,
        judged: &[(ApplicationId, Judged<T>)],
        done: RowOutcome,
    ) -> (Vec<RowResult>, DeniedRules) {
        let (mut rows, mut denied) = (Vec::with_capacity(judged.len()), DeniedRules::new());
        for (row, (id, judged)) in (self.from.seen.saturating_add(1)..).zip(judged) {
            let (outcome, fault) = match judged {
                Judged::Ready(_) => (done, None),
                Judged::Left => (RowOutcome::Skipped, None),
                Judged::Barred(code, action) => {
                    if let Some(action) = action {
                        *denied.entry((*action, *code)).or_insert(0) += 1;
                    }
                    (RowOutcome::Failed, Some(*code))
                }
            };
            let fault = fault.map(|code| RowFault { column: None, code: code.as_str().to_owned() });
            let faults = fault.into_iter().collect();
            rows.push(RowResult { row, outcome, subject: Some(id.uuid()), faults });
        }
        (rows, denied)
    }

    /// Writes one entry of the audit for all rows: how many, and a digest of those that were done.
    fn record<A: Action>(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<A>,
        tenant: TenantId,
        (rows, mut detail): (&[RowResult], Value),
    ) -> Result<(), Refusal> {
        let (mut done, mut failed, mut digest) = (0_usize, 0_usize, Sha256::new());
        for row in rows {
            match row.outcome {
                RowOutcome::Failed => failed = failed.saturating_add(1),
                RowOutcome::Skipped => {}
                _ => {
                    done = done.saturating_add(1);
                    digest.update(row.subject.unwrap_or_default().as_bytes());
                }
            }
        }
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("job".to_owned(), json!(self.job.id));
            detail.insert("rows".to_owned(), json!(rows.len()));
            detail.insert("done".to_owned(), json!(done));
            detail.insert("failed".to_owned(), json!(failed));
            detail.insert("digest".to_owned(), json!(HEXLOWER.encode(&digest.finalize())));
        }
        note::about(tx, permit, (Some(tenant), self.job.id.uuid()), &detail)
    }

    /// Writes down what was denied, once for each rule.
    fn note(&self, tx: &mut Tx<'_>, denied: DeniedRules) -> Result<(), Refusal> {
        denied.into_iter().try_for_each(|(rule, times)| note_denied(tx, self.job, rule, times))
    }
}

impl Picked {
    /// Judges every application.
    fn judge<T>(
        &self,
        judge: impl Fn(&Application) -> Result<T, Refusal>,
    ) -> Result<Vec<(ApplicationId, Judged<T>)>, Refusal> {
        let one = |id: &ApplicationId| {
            let judged = match self.found.get(id).map(&judge) {
                Some(Ok(ready)) => Judged::Ready(ready),
                Some(Err(refusal)) => barred(refusal)?,
                None => match self.others {
                    Missing::Unknown => Judged::Barred(Code::NotFound, None),
                    Missing::Left => Judged::Left,
                },
            };
            Ok((*id, judged))
        };
        self.ids.iter().map(one).collect()
    }
}

/// A refusal as what becomes of a row; what is about the database stays an error.
fn barred<T>(refusal: Refusal) -> Result<Judged<T>, Refusal> {
    match refusal {
        Refusal::Denied(denials) => Ok(Judged::Barred(denials.first.code, Some(denials.action))),
        Refusal::Because(code) => Ok(Judged::Barred(code, None)),
        refusal => Err(refusal),
    }
}

/// Where the invitation of a family goes, which may have been invited before; as single calls have it, each
/// for one of the two.
fn destination(
    who: &Actor,
    application: &Application,
    method: InviteMethod,
    now: Moment,
) -> Result<Contact, Refusal> {
    let method = if application.access.now(now) == OnlineAccount::None {
        admit_known_application::<InviteFamily>(who, application, now)?;
        method
    } else {
        admit_known_application::<ReinviteFamily>(who, application, now)?;
        families::method_after(application, Some(method))?
    };
    families::contact(application, method)
}

//! Batches: the families of many applications invited, or their access taken away, as a job. Each row is
//! judged by the rules that a single call is judged by, and one that cannot be served fails alone.

mod part;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::{InviteMethod, OnlineAccount, UnlinkReason};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{ApplicationId, TenantId};
use caredesk_core::domain::job::JobKind;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Action;
use caredesk_core::policy::action::{InviteFamilies, UnlinkApplications};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::steps::enqueue::enqueue;
use crate::guard::{Refusal, admit, admit_search, tenant_of};
use crate::store::applications::{ApplicationFilter, Meant};
use crate::store::jobs::{Job, NewJob};
use crate::store::{self, Tx};
use crate::vault::{Keyring, Place};
pub use part::{Done, Part, Place as BatchPlace};

/// What a batch does to each of its applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Invites the family, for the first time or anew.
    Invite(InviteMethod),
    /// Takes the family's access away.
    Unlink(UnlinkReason),
}

/// Which applications a batch is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// These, in this order, each once.
    Ids(Vec<ApplicationId>),
    /// Those that a filter finds.
    Filter(ApplicationFilter),
}

/// A batch.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What it does.
    pub deed: Deed,
    /// Whether to find out only what would happen.
    pub dry_run: bool,
    /// To which applications.
    pub chosen: Chosen,
}

/// A batch as its job keeps it. What a filter looks for is a family's name: it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    deed: Deed,
    dry_run: bool,
    chosen: KeptChoice,
}

/// See [`Kept`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptChoice {
    Ids(Vec<ApplicationId>),
    Filter { id: Uuid, sealed: String },
}

/// Where a filter is sealed to.
const fn place(tenant: TenantId, id: Uuid) -> Place {
    Place { tenant: Some(tenant), table: "jobs", row: id, column: "params" }
}

/// A value that the program wrote itself and cannot read.
fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}

impl Batch {
    /// A batch out of its job.
    ///
    /// # Errors
    /// It is of another form, or its filter does not open.
    pub fn of(job: &Job, keys: &Keyring) -> Result<Self, Refusal> {
        let Kept { deed, dry_run, chosen } =
            serde_json::from_value(job.params.clone()).map_err(broken)?;
        let chosen = match chosen {
            KeptChoice::Ids(ids) => Chosen::Ids(ids),
            KeptChoice::Filter { id, sealed } => {
                let tenant = job.tenant.ok_or_else(|| broken("a batch of no organisation"))?;
                let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).map_err(broken)?;
                let plain = keys.open(&place(tenant, id), &sealed).map_err(broken)?;
                Chosen::Filter(serde_json::from_slice(&plain).map_err(broken)?)
            }
        };
        Ok(Self { deed, dry_run, chosen })
    }

    /// As its job keeps it.
    fn kept(&self, tx: &Tx<'_>, tenant: TenantId) -> Result<serde_json::Value, Refusal> {
        let chosen = match &self.chosen {
            Chosen::Ids(ids) => KeptChoice::Ids(ids.clone()),
            Chosen::Filter(filter) => {
                let (id, plain) = (tx.new_uuid(), serde_json::to_vec(filter).map_err(broken)?);
                let sealed = tx.keys.seal(tx.entropy, &place(tenant, id), &plain);
                KeptChoice::Filter { id, sealed: BASE64URL_NOPAD.encode(&sealed) }
            }
        };
        let kept = Kept { deed: self.deed, dry_run: self.dry_run, chosen };
        serde_json::to_value(kept).map_err(broken)
    }

    /// The applications that a filter means: of those that were there by `until`. A family with an invitation
    /// that counts is invited once more only if the filter asks for such families; so the same batch a second
    /// time sends nobody a second message.
    const fn meant<'f>(&self, filter: &'f ApplicationFilter, until: Moment) -> Meant<'f> {
        let asks_for_invited = matches!(filter.online, Some(OnlineAccount::Invited));
        let without_invited = matches!(self.deed, Deed::Invite(_)) && !asks_for_invited;
        Meant { filter, until, without_invited }
    }
}

/// Begins a batch.
///
/// # Errors
/// `batch.empty`, `batch.reading_needed` by a filter, and whatever the permit denies.
pub fn begin(tx: &mut Tx<'_>, who: &Actor, batch: &Batch) -> Result<Job, Refusal> {
    match batch.deed {
        Deed::Invite(_) => begin_as::<InviteFamilies>(tx, who, (batch, JobKind::InvitationBatch)),
        Deed::Unlink(_) => begin_as::<UnlinkApplications>(tx, who, (batch, JobKind::UnlinkBatch)),
    }
}

/// As [`begin`], by the permit of an action.
fn begin_as<A: Action<Target = ()>>(
    tx: &mut Tx<'_>,
    who: &Actor,
    (batch, kind): (&Batch, JobKind),
) -> Result<Job, Refusal> {
    let permit = admit::<A>(who, tx.now)?;
    let tenant = tenant_of::<A>(who, tx.now)?;
    let total = match &batch.chosen {
        Chosen::Ids(ids) => i64::try_from(ids.len()).unwrap_or(i64::MAX),
        Chosen::Filter(filter) => {
            admit_search::<A>(who, tx.now)?;
            let of = (permit.scope(), tx.now);
            store::applications::count_meant(tx.conn, of, &batch.meant(filter, tx.now))?
        }
    };
    if total == 0 {
        return Err(Refusal::Because(Code::BatchEmpty));
    }
    let params = batch.kept(tx, tenant)?;
    enqueue(tx, &permit, &NewJob { kind, tenant: Some(tenant), params, total: Some(total) })
}

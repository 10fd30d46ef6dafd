//! The decision log: kept with what is decided, read by whoever has to answer for it.

use std::collections::HashMap;

use caredesk_core::domain::ids::{DecisionId, TenantId};
use caredesk_core::domain::page::Page;
use caredesk_core::policy::Scope;
use caredesk_core::policy::action::{ExportDecisions, ReadDecision};

use super::perform::Looker;
pub use super::steps::record_decision::record;
use crate::guard::{Refusal, admit};
use crate::store::db::Conn;
use crate::store::decisions::{DecisionCount, DecisionKey, DecisionQuery, KeptDecision, Months};
use crate::store::{self, StoreResult};

/// A decision with the link that proves it.
#[derive(Debug, Clone)]
pub struct ProvenDecision {
    /// The decision and its digest.
    pub kept: KeptDecision,
    /// The number and hash of the link of its entry; none within the second before it is linked.
    pub seal: Option<(i64, Vec<u8>)>,
}

/// One decision.
///
/// # Errors
/// Not found, also for one that is not the caller's to see, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: DecisionId) -> Result<ProvenDecision, Refusal> {
    let scope = admit::<ReadDecision>(&looker.actor, looker.now)?.scope();
    let kept = store::decisions::find(conn, scope, id)?.ok_or(Refusal::NotFound)?;
    proven(conn, vec![kept])?.pop().ok_or(Refusal::NotFound)
}

/// A page of the decisions that the caller may see, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &DecisionQuery,
) -> Result<Page<ProvenDecision, DecisionKey>, Refusal> {
    let scope = admit::<ReadDecision>(&looker.actor, looker.now)?.scope();
    page(conn, scope, ask)
}

/// A page of an export.
///
/// # Errors
/// Whatever the permit denies.
pub fn export(
    conn: &mut Conn,
    looker: &Looker,
    ask: &DecisionQuery,
) -> Result<Page<ProvenDecision, DecisionKey>, Refusal> {
    let scope = admit::<ExportDecisions>(&looker.actor, looker.now)?.scope();
    page(conn, scope, ask)
}

/// How often each rule came to each outcome, month by month.
///
/// # Errors
/// Whatever the permit denies.
pub fn counts(
    conn: &mut Conn,
    looker: &Looker,
    tenant: Option<TenantId>,
    months: Months,
) -> Result<Vec<DecisionCount>, Refusal> {
    let scope = admit::<ReadDecision>(&looker.actor, looker.now)?.scope();
    Ok(store::decisions::counts(conn, scope, tenant, months)?)
}

fn page(
    conn: &mut Conn,
    scope: Scope,
    ask: &DecisionQuery,
) -> Result<Page<ProvenDecision, DecisionKey>, Refusal> {
    let page = store::decisions::list(conn, scope, ask)?;
    let (next, total) = (page.next, page.total);
    Ok(Page { rows: proven(conn, page.rows)?, next, total })
}

/// Puts decisions beside the links of their entries.
fn proven(conn: &mut Conn, decisions: Vec<KeptDecision>) -> StoreResult<Vec<ProvenDecision>> {
    let entries = decisions.iter().map(|kept| kept.entry).collect();
    let mut seals: HashMap<_, _> = store::seals::of_entries(conn, entries)?
        .into_iter()
        .map(|(entry, seq, hash)| (entry, (seq, hash)))
        .collect();
    let with_seal = |kept: KeptDecision| ProvenDecision { seal: seals.remove(&kept.entry), kept };
    Ok(decisions.into_iter().map(with_seal).collect())
}

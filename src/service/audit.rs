//! The audit, read, exported and verified.

use std::collections::{BTreeMap, HashMap};

use caredesk_core::domain::audit::{AuditEntry, Chain};
use caredesk_core::domain::ids::AuditEntryId;
use caredesk_core::domain::page::Page;
use caredesk_core::policy::Action;
use caredesk_core::policy::action::{ExportAudit, ReadAudit};

use super::house::{Ask, House};
use super::perform::Looker;
use crate::guard::{Refusal, admit};
use crate::store::audit::{AuditKey, AuditQuery, What};
use crate::store::db::Conn;
use crate::store::decisions::Forged;
use crate::store::seals::{Broken, Cursor, Head};
use crate::store::{self, StoreResult};
use crate::vault::Keyring;

/// An entry with its place in its chain, once it is sealed.
#[derive(Debug, Clone)]
pub struct SealedEntry {
    /// The entry.
    pub entry: AuditEntry,
    /// Its number and hash; none within the second before the sealer has come by.
    pub seal: Option<(i64, Vec<u8>)>,
}

/// One entry.
///
/// # Errors
/// Not found, also for an entry of somebody else's chain.
pub fn read(conn: &mut Conn, looker: &Looker, id: AuditEntryId) -> Result<SealedEntry, Refusal> {
    let permit = admit::<ReadAudit>(&looker.actor, looker.now)?;
    let entry = store::audit::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)?;
    sealed(conn, vec![entry])?.pop().ok_or(Refusal::NotFound)
}

/// A page of the entries that the caller may see, newest first.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &AuditQuery,
) -> Result<Page<SealedEntry, AuditKey>, Refusal> {
    let permit = admit::<ReadAudit>(&looker.actor, looker.now)?;
    page(conn, permit.scope(), ask)
}

/// A page of an export.
///
/// # Errors
/// Whatever the permit denies.
pub fn export(
    conn: &mut Conn,
    looker: &Looker,
    ask: &AuditQuery,
) -> Result<Page<SealedEntry, AuditKey>, Refusal> {
    let permit = admit::<ExportAudit>(&looker.actor, looker.now)?;
    page(conn, permit.scope(), ask)
}

fn page(
    conn: &mut Conn,
    scope: caredesk_core::policy::Scope,
    ask: &AuditQuery,
) -> Result<Page<SealedEntry, AuditKey>, Refusal> {
    let page = store::audit::list(conn, scope, ask)?;
    let (next, total) = (page.next, page.total);
    Ok(Page { rows: sealed(conn, page.rows)?, next, total })
}

/// Puts entries beside their seals.
fn sealed(conn: &mut Conn, entries: Vec<AuditEntry>) -> StoreResult<Vec<SealedEntry>> {
    let ids = entries.iter().map(|entry| entry.id).collect();
    let mut seals: HashMap<AuditEntryId, (i64, Vec<u8>)> = store::seals::of_entries(conn, ids)?
        .into_iter()
        .map(|(entry, seq, hash)| (entry, (seq, hash)))
        .collect();
    let with_seal = |entry: AuditEntry| SealedEntry { seal: seals.remove(&entry.id), entry };
    Ok(entries.into_iter().map(with_seal).collect())
}

impl House {
    /// Writes down that an export begins; each of its pages asks for permission again.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub async fn begin_export<A>(&self, ask: &Ask) -> Result<(), Refusal>
    where
        A: Action<Target = ()>,
    {
        let began = self
            .transact(ask, |tx, actor| {
                let actor = crate::guard::standing(tx, actor)?;
                let permit = admit::<A>(&actor, tx.now)?;
                let tenant = actor.person().and_then(|person| person.tenant);
                Ok(store::audit::record(tx, &permit, What { tenant, ..What::default() })?)
            })
            .await;
        if let Err(Refusal::Denied(denials)) = &began {
            self.note_denial(ask, denials, None).await;
        }
        began
    }
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many links were checked, in how many chains.
    pub links: i64,
    /// How many chains there are.
    pub chains: usize,
    /// The first broken link of each chain that has one.
    pub broken: Vec<Broken>,
}

/// Walks every chain from its beginning, and holds its end against the head and the checkpoints.
///
/// # Errors
/// The database fails.
pub fn verify(
    conn: &mut Conn,
    keys: &Keyring,
    checkpoints: &[Head],
    now: caredesk_core::domain::time::Moment,
) -> StoreResult<Verified> {
    let mut found = Verified::default();
    let mut marks: BTreeMap<String, Vec<Head>> = BTreeMap::new();
    for mark in store::seals::heads(conn)?.into_iter().chain(checkpoints.iter().cloned()) {
        marks.entry(mark.chain.clone()).or_default().push(mark);
    }
    found.chains = marks.len();
    for (chain, marks) in marks {
        match walk_chain(conn, keys, &chain, marks)? {
            Ok(links) => found.links = found.links.saturating_add(links),
            Err(broken) => found.broken.push(broken),
        }
    }
    found.broken.extend(store::seals::forgotten(conn, now)?);
    found.broken.extend(forged_decision(conn)?);
    Ok(found)
}

/// The first decision that is not as its entry says, or that is gone.
fn forged_decision(conn: &mut Conn) -> StoreResult<Option<Broken>> {
    let mut after = None;
    let forged = loop {
        match store::decisions::check(conn, after)? {
            Ok(None) => break store::decisions::lost(conn)?,
            Ok(last) => after = last,
            Err(forged) => break Some(forged),
        }
    };
    let Some(Forged { tenant, entry, why }) = forged else { return Ok(None) };
    let seal = store::seals::of_entries(conn, vec![entry])?.pop();
    let seq = seal.map_or(0, |(_, seq, _)| seq);
    let chain = tenant.map_or(Chain::Platform, Chain::Tenant).name();
    Ok(Some(Broken { chain, seq, entry: Some(entry), why }))
}

/// Walks one chain; every mark must be passed with its own hash.
fn walk_chain(
    conn: &mut Conn,
    keys: &Keyring,
    chain: &str,
    marks: Vec<Head>,
) -> StoreResult<Result<i64, Broken>> {
    let mut cursor = Cursor::default();
    loop {
        let (next, is_end) = match store::seals::walk(conn, keys, chain, cursor.clone())? {
            Ok(step) => step,
            Err(broken) => return Ok(Err(broken)),
        };
        cursor = next;
        if is_end {
            break;
        }
    }
    for mark in marks {
        let broken = |why| Broken { chain: chain.to_owned(), seq: mark.seq, entry: None, why };
        if mark.seq > cursor.seq {
            return Ok(Err(broken("the chain ends before a link that was there")));
        }
        if !store::seals::has_link(conn, chain, mark.seq, &mark.hash)? {
            return Ok(Err(broken("a link differs from the one that was noted")));
        }
    }
    Ok(Ok(cursor.seq))
}

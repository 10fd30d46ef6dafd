//! The seals: every entry numbered in its chain and linked to the one before.
//!
//! Requests write entries without waiting for each other; the sealer, alone, links what was
//! committed. Lock: the chain's row, held by the sealer only.

use caredesk_core::domain::ids::AuditEntryId;
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;
use jiff::SignedDuration;

use super::audit::{Row, mac_matches};
use super::db::Conn;
use super::db::query::{Locked, Portable, Prepared};
use super::error::StoreResult;
use super::schema::{audit_chains, audit_entries, audit_pending, audit_seals};
use super::tx::Tx;
use crate::vault::{Keyring, Purpose};

/// Entries linked in one transaction.
pub const BATCH: i64 = 500;
/// An entry that is older than this and still unsealed is a fault.
pub const SEAL_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// The hash that a chain begins with.
const GENESIS: [u8; 32] = [0; 32];

/// Links waiting entries; says how many.
pub fn seal(tx: &mut Tx<'_>) -> StoreResult<usize> {
    let waiting: Vec<(AuditEntryId, String)> = audit_pending::table
        .order(audit_pending::entry_id.asc())
        .limit(BATCH)
        .select((audit_pending::entry_id, audit_pending::chain))
        .load(tx.conn)?;
    let mut chains: Vec<&String> = waiting.iter().map(|(_, chain)| chain).collect();
    chains.sort();
    chains.dedup();
    for chain in chains {
        let entries = waiting.iter().filter(|(_, of)| of == chain).map(|(id, _)| *id);
        seal_chain(tx, chain, entries.collect())?;
    }
    Ok(waiting.len())
}

/// Links some entries of one chain, in the order of their ids.
fn seal_chain(tx: &mut Tx<'_>, chain: &str, entries: Vec<AuditEntryId>) -> StoreResult<()> {
    let (mut seq, mut hash) = head(tx.conn, chain)?;
    // Read again under the lock: another instance may have linked them meanwhile.
    let rows: Vec<(AuditEntryId, Vec<u8>)> = audit_entries::table
        .inner_join(audit_pending::table.on(audit_pending::entry_id.eq(audit_entries::id)))
        .filter(audit_entries::id.eq_any(entries))
        .order(audit_entries::id.asc())
        .select((audit_entries::id, audit_entries::mac))
        .load(tx.conn)?;
    let mut seals = Vec::with_capacity(rows.len());
    let mut linked = Vec::with_capacity(rows.len());
    for (id, mac) in rows {
        seq = seq.saturating_add(1);
        hash = link(tx.keys, &hash, seq, &mac);
        seals.push((
            audit_seals::chain.eq(chain.to_owned()),
            audit_seals::seq.eq(seq),
            audit_seals::entry_id.eq(id),
            audit_seals::hash.eq(hash.clone()),
        ));
        linked.push(id);
    }
    match tx.conn {
        Conn::Sqlite(conn) => {
            diesel::insert_into(audit_seals::table).values(seals).execute(conn)?
        }
        Conn::Pg(conn) => diesel::insert_into(audit_seals::table).values(seals).execute(conn)?,
    };
    diesel::delete(audit_pending::table.filter(audit_pending::entry_id.eq_any(linked)))
        .execute(tx.conn)?;
    Prepared(
        diesel::update(audit_chains::table.find(chain))
            .set((audit_chains::seq.eq(seq), audit_chains::hash.eq(hash))),
    )
    .execute(tx.conn)?;
    Ok(())
}

/// The last link of a chain, locked; made if the chain is new.
fn head(conn: &mut Conn, chain: &str) -> StoreResult<(i64, Vec<u8>)> {
    let begin = diesel::insert_into(audit_chains::table)
        .values((
            audit_chains::chain.eq(chain),
            audit_chains::seq.eq(0_i64),
            audit_chains::hash.eq(GENESIS.to_vec()),
        ))
        .on_conflict(audit_chains::chain)
        .do_nothing();
    Portable(begin).execute(conn)?;
    let last = audit_chains::table.find(chain).select((audit_chains::seq, audit_chains::hash));
    Ok(Locked(last).get_result(conn)?)
}

/// The hash of a link: over the one before, its number, and the entry's own code.
fn link(keys: &Keyring, previous: &[u8], seq: i64, mac: &[u8]) -> Vec<u8> {
    keys.mac(Purpose::Audit, &linked(previous, seq, mac)).to_vec()
}

/// What a link's hash is computed over.
fn linked(previous: &[u8], seq: i64, mac: &[u8]) -> Vec<u8> {
    [previous, &seq.to_be_bytes(), mac].concat()
}

/// What is wrong with a chain, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which chain.
    pub chain: String,
    /// Which link; for an entry that is not linked, the number it should have had at least.
    pub seq: i64,
    /// Which entry, if one is known.
    pub entry: Option<AuditEntryId>,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The last link of a chain, as a checkpoint keeps it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// Which chain.
    pub chain: String,
    /// Its last number.
    pub seq: i64,
    /// Its last hash.
    pub hash: Vec<u8>,
}

/// The chains there are, with their last link.
pub fn heads(conn: &mut Conn) -> StoreResult<Vec<Head>> {
    let rows: Vec<(String, i64, Vec<u8>)> = audit_chains::table
        .order(audit_chains::chain.asc())
        .select((audit_chains::chain, audit_chains::seq, audit_chains::hash))
        .load(conn)?;
    Ok(rows.into_iter().map(|(chain, seq, hash)| Head { chain, seq, hash }).collect())
}

/// A place on the way along a chain.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// The last number that was checked.
    pub seq: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS.to_vec() }
    }
}

/// Checks the next links of a chain, at most [`BATCH`]; says where it got to, and whether that is the end.
///
/// # Errors
/// The inner error names the first link that is broken.
pub fn walk(
    conn: &mut Conn,
    keys: &Keyring,
    chain: &str,
    from: Cursor,
) -> StoreResult<Result<(Cursor, bool), Broken>> {
    type Link = (i64, Vec<u8>, AuditEntryId, Option<Row>);
    let links: Vec<Link> = audit_seals::table
        .left_join(audit_entries::table.on(audit_entries::id.eq(audit_seals::entry_id)))
        .filter(audit_seals::chain.eq(chain).and(audit_seals::seq.gt(from.seq)))
        .order(audit_seals::seq.asc())
        .limit(BATCH)
        .select((
            audit_seals::seq,
            audit_seals::hash,
            audit_seals::entry_id,
            Option::<Row>::as_select(),
        ))
        .load(conn)?;
    let is_end = i64::try_from(links.len()).unwrap_or(BATCH) < BATCH;
    let mut at = from;
    for (seq, hash, entry, row) in links {
        let broken = |why| Broken { chain: chain.to_owned(), seq, entry: Some(entry), why };
        if seq != at.seq.saturating_add(1) {
            return Ok(Err(broken("a link is missing before this one")));
        }
        let Some(row) = row else { return Ok(Err(broken("the entry was deleted"))) };
        let mac = row.mac.clone();
        match mac_matches(keys, row) {
            Ok(entry) if entry.chain.name() == chain => {}
            Ok(_) => return Ok(Err(broken("the entry belongs to another chain"))),
            Err(_) => return Ok(Err(broken("the entry was changed"))),
        }
        // Also by a key that was active when the link was made.
        if !keys.verify_mac(Purpose::Audit, &linked(&at.hash, seq, &mac), &hash) {
            return Ok(Err(broken("the link does not follow from the one before")));
        }
        at = Cursor { seq, hash };
    }
    Ok(Ok((at, is_end)))
}

/// An entry that should have been linked long ago and is not.
pub fn forgotten(conn: &mut Conn, now: Moment) -> StoreResult<Option<Broken>> {
    let due = now.plus(-SEAL_WITHIN);
    let row: Option<(AuditEntryId, String)> = audit_entries::table
        .left_join(audit_seals::table.on(audit_seals::entry_id.eq(audit_entries::id)))
        .filter(audit_seals::entry_id.is_null().and(audit_entries::at.lt(due)))
        .order(audit_entries::id.asc())
        .select((audit_entries::id, audit_entries::chain))
        .first(conn)
        .optional()?;
    let why = "the entry was never linked, or its link was deleted";
    Ok(row.map(|(entry, chain)| Broken { chain, seq: 0, entry: Some(entry), why }))
}

/// The link of an entry: its number and hash, once it is sealed.
pub fn of_entries(
    conn: &mut Conn,
    entries: Vec<AuditEntryId>,
) -> StoreResult<Vec<(AuditEntryId, i64, Vec<u8>)>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let rows = audit_seals::table
        .filter(audit_seals::entry_id.eq_any(entries))
        .select((audit_seals::entry_id, audit_seals::seq, audit_seals::hash))
        .load(conn)?;
    Ok(rows)
}

/// Whether a chain has a link of this number with this hash. A chain without links has number 0.
pub fn has_link(conn: &mut Conn, chain: &str, seq: i64, hash: &[u8]) -> StoreResult<bool> {
    if seq == 0 {
        return Ok(true);
    }
    let found: Option<Vec<u8>> =
        audit_seals::table.find((chain, seq)).select(audit_seals::hash).first(conn).optional()?;
    Ok(found.is_some_and(|found| found == hash))
}

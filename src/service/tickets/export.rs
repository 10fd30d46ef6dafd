//! Tickets written into a file, as a job: chunk by chunk, with the sight that its maker has at each. What stands in
//! it is what the list shows them, but subjects masked for everybody, people by number and role.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{JobId, TenantId};
use caredesk_core::domain::job::{EXPORT_KEPT, JobKind, JobState};
use caredesk_core::domain::table::guarded;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::UserNumber;
use caredesk_core::policy::action::{ExportTickets, FinishTicketExport};
use caredesk_core::policy::{TextSight, TicketSight};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::step::invalid;
use crate::guard::{self, Refusal, admit, jobs_seen_by, signed_in};
use crate::service::house::{Ask, House};
use crate::service::perform::Looker;
use crate::service::steps::enqueue::enqueue_about;
use crate::service::steps::note;
use crate::store::db::Conn;
use crate::store::jobs::{Job, NewJob};
use crate::store::tickets::{Ticket, TicketKey, TicketQuery, TicketView};
use crate::store::{self, Tx};
use crate::vault::{Keyring, Place};

/// Tickets of a chunk: a fraction of a second's work.
const CHUNK: i64 = 500;
/// The columns of the file.
const COLUMNS: [&str; 15] = [
    "number",
    "state",
    "tier",
    "priority",
    "resolution",
    "request_type",
    "channel",
    "tenant_id",
    "requester_kind",
    "requester_number",
    "requester_role",
    "subject",
    "first_answered_at",
    "opened_at",
    "closed_at",
];

/// What is exported, as its job keeps it: what somebody looks for may be personal, so it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: Uuid,
    sealed: String,
}

/// What its maker asked for, as it stands sealed.
#[derive(Serialize, Deserialize)]
struct ExportAsked {
    /// As what they asked: whoever is something else by now sees other tickets, and other things of them.
    role: Role,
    filter: TicketQuery,
}

/// A chunk that was written.
#[derive(Debug, Clone)]
pub struct ExportChunk {
    /// Its tickets.
    pub tickets: i64,
    /// Where the next one begins; none behind the last.
    pub next: Option<TicketKey>,
    /// What was written.
    pub bytes: Vec<u8>,
}

/// A value that the program wrote itself and cannot read.
fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}

/// Where a filter is sealed to.
const fn place_of_filter(tenant: Option<TenantId>, id: Uuid) -> Place {
    Place { tenant, table: "jobs", row: id, column: "params" }
}

/// Where a part of the file is sealed to.
fn place_of_part(job: &Job) -> Place {
    let row = job.id.uuid();
    Place { tenant: job.tenant, table: "ticket_export_parts", row, column: "bytes" }
}

/// Begins an export.
///
/// # Errors
/// Invalid for a queue of now; whatever the permit denies.
pub fn begin_export(tx: &mut Tx<'_>, who: &Actor, ask: &TicketQuery) -> Result<Job, Refusal> {
    let permit = admit::<ExportTickets>(who, tx.now)?;
    if matches!(ask.view, TicketView::BreachingSoon(_)) {
        // It is over as soon as it is written, and goes in another order.
        return Err(invalid("#/view", "not_exported", "is a queue of now, and no part to export"));
    }
    let maker = signed_in(who)?;
    let tenant = maker.tenant;
    let asked = ExportAsked { role: maker.standing.role, filter: ask.clone() };
    let (id, plain) = (tx.new_uuid(), serde_json::to_vec(&asked).map_err(broken)?);
    let sealed = tx.keys.seal(tx.entropy, &place_of_filter(tenant, id), &plain);
    let kept = Kept { id, sealed: BASE64URL_NOPAD.encode(&sealed) };
    let params = serde_json::to_value(kept).map_err(broken)?;
    let about = noted_under(tx.conn, (tenant, ask))?;
    let new = NewJob { kind: JobKind::TicketExport, tenant, params, total: None };
    enqueue_about(tx, &permit, (&new, about))
}

/// What a job exports.
///
/// # Errors
/// It is of another form, or does not open.
pub fn exported_by(job: &Job, keys: &Keyring) -> Result<TicketQuery, Refusal> {
    Ok(asked_by(job, keys)?.filter)
}

/// What its maker asked a job for.
fn asked_by(job: &Job, keys: &Keyring) -> Result<ExportAsked, Refusal> {
    let Kept { id, sealed } = serde_json::from_value(job.params.clone()).map_err(broken)?;
    let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).map_err(broken)?;
    let plain = keys.open(&place_of_filter(job.tenant, id), &sealed).map_err(broken)?;
    serde_json::from_slice(&plain).map_err(broken)
}

/// Under which organisation an export is written down: its maker's. What the desk exports of one organisation stands
/// there, if there is one.
fn noted_under(
    conn: &mut Conn,
    (own, filter): (Option<TenantId>, &TicketQuery),
) -> Result<Option<TenantId>, Refusal> {
    match (own, filter.tenant) {
        (None, Some(named)) => Ok(store::tickets::party(conn, named)?.map(|party| party.id)),
        (own, _) => Ok(own),
    }
}

/// Writes a chunk of the file, its `seq`th from 0, from a ticket on.
///
/// # Errors
/// Whatever the permit denies its maker by now.
pub fn export_chunk(
    tx: &mut Tx<'_>,
    who: &Actor,
    (job, ask): (&Job, &TicketQuery),
    (after, seq): (Option<TicketKey>, i32),
) -> Result<ExportChunk, Refusal> {
    let sight = TicketSight::of(&admit::<ExportTickets>(who, tx.now)?);
    let ask = TicketQuery { after, limit: CHUNK, ..ask.clone() };
    let page = store::tickets::list(tx.conn, sight, &ask)?;
    let header = (seq == 0).then(|| COLUMNS.map(str::to_owned).to_vec());
    // The file outlives its maker's right to their own words: subjects stand in it masked for everybody.
    let rows = page.rows.iter().map(|listed| row(&listed.ticket, sight));
    let bytes = written(header.into_iter().chain(rows))?;
    let sealed = tx.keys.seal(tx.entropy, &place_of_part(job), &bytes);
    store::tickets::keep_part(tx, (job.id, seq), sealed)?;
    let tickets = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
    Ok(ExportChunk { tickets, next: page.next, bytes })
}

/// Writes down what the file came to.
///
/// # Errors
/// The database fails.
pub fn finish_export(
    tx: &mut Tx<'_>,
    job: &Job,
    (tickets, sha256): (i64, &str),
) -> Result<(), Refusal> {
    let permit = admit::<FinishTicketExport>(&Actor::System, tx.now)?;
    let filter = exported_by(job, tx.keys)?;
    let about = noted_under(tx.conn, (job.tenant, &filter))?;
    let detail = json!({"tickets": tickets, "sha256": sha256});
    note::about(tx, &permit, (about, job.id.uuid()), &detail)
}

/// A part of the file that a job has written so far; none behind the last.
///
/// # Errors
/// It does not open.
pub fn written_part(
    conn: &mut Conn,
    keys: &Keyring,
    (job, seq): (&Job, i32),
) -> Result<Option<Vec<u8>>, Refusal> {
    let sealed = store::tickets::export_part(conn, job.id, seq)?;
    let opened = sealed.map(|sealed| keys.open(&place_of_part(job), &sealed));
    Ok(opened.transpose().map_err(broken)?.map(|plain| plain.to_vec()))
}

/// A part of the file of an export that has succeeded; none behind the last.
///
/// # Errors
/// Not found, also for one that is somebody else's, too old, or made when its maker had another role; whatever the
/// permit denies.
pub fn exported_part(
    conn: &mut Conn,
    looker: &Looker,
    keys: &Keyring,
    (id, seq): (JobId, i32),
) -> Result<Option<Vec<u8>>, Refusal> {
    admit::<ExportTickets>(&looker.actor, looker.now)?;
    let (job, _) = finished(conn, keys, (&looker.actor, looker.now), id)?;
    written_part(conn, keys, (&job, seq))
}

/// An export whose file is there, and whoever asks has made it, as what they are now; with what it was asked for.
fn finished(
    conn: &mut Conn,
    keys: &Keyring,
    (who, now): (&Actor, Moment),
    id: JobId,
) -> Result<(Job, TicketQuery), Refusal> {
    let sight = jobs_seen_by(who, now)?;
    let found = store::jobs::find(conn, &sight, id)?.filter(|job| {
        let is_kept = job.finished_at.is_some_and(|at| at.plus(EXPORT_KEPT) > now);
        job.kind == JobKind::TicketExport && job.state == JobState::Succeeded && is_kept
    });
    let job = found.ok_or(Refusal::NotFound)?;
    let ExportAsked { role, filter } = asked_by(&job, keys)?;
    if signed_in(who)?.standing.role != role {
        return Err(Refusal::NotFound);
    }
    Ok((job, filter))
}

impl House {
    /// Writes down that the file of an export is taken.
    ///
    /// # Errors
    /// As [`exported_part`].
    pub async fn take_export(&self, ask: &Ask, id: JobId) -> Result<(), Refusal> {
        let taken = self
            .transact(ask, move |tx, who| {
                let who = guard::standing(tx, who)?;
                let permit = admit::<ExportTickets>(&who, tx.now)?;
                let (job, filter) = finished(tx.conn, tx.keys, (&who, tx.now), id)?;
                let about = noted_under(tx.conn, (job.tenant, &filter))?;
                note::about(tx, &permit, (about, id.uuid()), &json!({"is_taken": true}))
            })
            .await;
        self.noted(ask, taken).await
    }
}

/// A ticket as a row, its cells in the order of the columns.
fn row(ticket: &Ticket, sight: TicketSight) -> Vec<String> {
    let at = |at: Option<Moment>| at.map(|at| at.to_string()).unwrap_or_default();
    let (row, asker) = (&ticket.row, ticket.requester.as_ref());
    let number = asker.and_then(|asker| asker.number).map(UserNumber::of);
    let is_hidden = sight.text() == TextSight::Hidden;
    let cells = [
        ticket.number.to_string(),
        row.state.to_string(),
        row.tier.to_string(),
        row.priority.to_string(),
        row.resolution.map(|resolution| resolution.to_string()).unwrap_or_default(),
        row.request_type.to_string(),
        row.channel.to_string(),
        row.tenant_id.to_string(),
        row.requester.to_string(),
        number.map(|number| number.to_string()).unwrap_or_default(),
        asker.map(|asker| asker.role.to_string()).unwrap_or_default(),
        if is_hidden { String::new() } else { row.subject.to_string() },
        at(row.first_answered_at),
        at(Some(row.created_at)),
        at(row.closed_at),
    ];
    cells.iter().map(|cell| guarded(cell)).collect()
}

/// Rows as comma-separated values, as RFC 4180 has them.
fn written(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Refusal> {
    let mut builder = csv::WriterBuilder::new();
    let mut writer = builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(broken)?;
    }
    writer.into_inner().map_err(broken)
}

//! A batch of a hundred thousand invitations: link, code, message, invitation and result for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use caredesk::guard::{self, Refusal};
use caredesk::jobs::{kinds, runner::Runner};
use caredesk::service::House;
use caredesk::service::batches::{self, Batch, Chosen, Deed};
use caredesk::store::applications::ApplicationFilter;
use caredesk::store::db::Conn;
use caredesk::store::{Origin, StoreError, Tx};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::{ApplicationStatus, InviteMethod};
use caredesk_core::domain::ids::{JobId, SessionId};

use crate::load::Run;
use crate::organisation;
use crate::process::{self, Processes, Server};
use crate::product::Database;

/// Applications of the batch.
const APPLICATIONS: usize = 100_000;
/// Seconds of each measurement of reads.
const SECONDS: f64 = 2.0;

/// Measures the batch on an engine, in this process: nothing is sent meanwhile. Then again while somebody
/// reads from a server beside it.
pub(crate) async fn measure(engine: &str, database: &Database, caredesk: &Server) {
    let house = database.house();
    let before = process::pss_mb(std::process::id());
    let job = prepare(engine, database, 1).await;
    let over = Arc::new(AtomicBool::new(false));
    let watcher = watch(std::process::id(), Arc::clone(&over));
    let (took, first) = run(house, job).await;
    over.store(true, Ordering::Relaxed);
    let most = watcher.join().expect("a watcher");
    let done = done(house, job).await;
    println!(
        "batch of {APPLICATIONS} invitations: {took:.2} s, first progress after {first:.0} ms, {done} invited, memory {before:.0} -> {most:.0} MB (PSS of the whole bench)"
    );
    while_reading(engine, database, caredesk).await;
}

/// How long a read takes while the batch runs, against how long it takes before.
async fn while_reading(engine: &str, database: &Database, caredesk: &Server) {
    let house = database.house();
    let reader = database.tenant_at(3).await;
    organisation::apply(house, engine, reader, 1_000).await;
    let token = organisation::site_admin(house, reader).await.token(house);
    let read = Run::get(caredesk, "/v1/applications?limit=50", Some(&token));
    let job = prepare(engine, database, 2).await;
    let quiet = read.measure(1, SECONDS, Processes::NONE).await;
    let reading = tokio::spawn(async move { read.measure(1, SECONDS, Processes::NONE).await });
    let (took, _) = run(house, job).await;
    let busy = reading.await.expect("a reader");
    println!(
        "the same while one client reads: {took:.2} s; p99 of a list {:.1} -> {:.1} ms, {:.1} x; {:.0}/s -> {:.0}/s",
        quiet.p99_ms,
        busy.p99_ms,
        busy.p99_ms / quiet.p99_ms,
        quiet.rate,
        busy.rate
    );
}

/// Applications of a tenant, and a batch that waits to invite them.
async fn prepare(engine: &str, database: &Database, tenant: i64) -> JobId {
    let (house, tenant) = (database.house(), database.tenant_at(tenant).await);
    organisation::apply(house, engine, tenant, APPLICATIONS).await;
    begin(house, organisation::site_admin(house, tenant).await.session).await
}

/// Runs a batch: seconds until its end, and milliseconds until the first rows are done.
async fn run(house: &House, job: JobId) -> (f64, f64) {
    let began = Instant::now();
    let runner = house.clone();
    let batch = tokio::spawn(async move {
        Runner::new(runner, kinds()).run_due().await.expect("the batch");
    });
    while done(house, job).await == 0 && !batch.is_finished() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let first = began.elapsed().as_secs_f64() * 1000.0;
    batch.await.expect("the batch");
    (began.elapsed().as_secs_f64(), first)
}

/// Rows of a job that are done.
async fn done(house: &House, job: JobId) -> i64 {
    let read = move |conn: &mut Conn| caredesk::store::jobs::watched(conn, vec![job]);
    let done = house.db.read::<_, StoreError, _>(read).await.expect("a job");
    done.first().map_or(0, |job| job.done)
}

/// The most memory that a process takes until it is over.
fn watch(pid: u32, over: Arc<AtomicBool>) -> std::thread::JoinHandle<f64> {
    std::thread::spawn(move || {
        let mut most = 0_f64;
        while !over.load(Ordering::Relaxed) {
            most = most.max(process::pss_mb(pid));
            std::thread::sleep(Duration::from_millis(100));
        }
        most
    })
}

/// Asks for the batch.
async fn begin(house: &House, session: SessionId) -> JobId {
    let (keys, entropy, now) = (house.keys.clone(), house.entropy.clone(), house.clock.now());
    let status = Some(ApplicationStatus::Submitted);
    let filter = ApplicationFilter { status, ..ApplicationFilter::default() };
    let deed = Deed::Invite(InviteMethod::Preferred);
    let batch = Batch { deed, dry_run: false, chosen: Chosen::Filter(filter) };
    let write = house.db.write::<_, Refusal, _>(move |conn| {
        let origin = Origin::of_job("bench");
        let live = caredesk::store::sessions::find(conn, session)?.expect("a session");
        let tx = &mut Tx {
            conn,
            now,
            origin: &origin,
            keys: &keys,
            entropy: &entropy,
            hours: &caredesk_core::policy::hours::DeskHours::built_in(),
        };
        let actor = guard::standing(tx, &Actor::Person(live.person))?;
        Ok(batches::begin(tx, &actor, &batch)?.id)
    });
    write.await.expect("a job")
}

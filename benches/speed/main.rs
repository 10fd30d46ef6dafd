//! `make bench`: the bare limits of the machine and the product, in turn, in one run.
//!
//! "Bare" is the same web server, query builder and database with nothing around a query: no session, no
//! policy, no audit. What is printed are ratios and CPU time; they hold on a noisy machine, rates and
//! latencies only on a quiet one. Nothing here fails for being slow. `ENGINE=sqlite` or `postgres` asks for
//! one of them, `ONLY=tenants`, `flood`, `applications`, `batch`, `help` or `tickets` for one part,
//! `TICKETS=100000` for so many tickets.

#![expect(
    clippy::expect_used,
    clippy::format_push_string,
    clippy::redundant_closure,
    reason = "a measurement that cannot be made ends with its reason"
)]

mod applications;
mod bare;
mod batch;
#[path = "../../tests/it/support/cluster.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod cluster;
mod flood;
mod help;
mod load;
mod organisation;
mod process;
mod product;
mod ticket_load;
mod tickets;

use load::Run;
use process::{Processes, Server};

/// Tenants in the database.
const TENANTS: usize = 10_000;
/// Connections of the load.
const CLIENTS: usize = 16;
/// Seconds of each measurement, and how often bare and product take turns.
const SECONDS: f64 = 2.0;
/// See [`SECONDS`].
const ROUNDS: usize = 3;

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("bare-server") {
        let url = arguments.next().expect("a database");
        return bare::serve(&url);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        println!("{CLIENTS} clients, {SECONDS} s a turn, {ROUNDS} turns, {TENANTS} tenants");
        let only = std::env::var("ENGINE").ok();
        let only_part = std::env::var("ONLY").ok();
        for engine in ["sqlite", "postgres"] {
            if only.as_deref().is_none_or(|only| only == engine) {
                measure(engine, only_part.as_deref()).await;
            }
        }
        if only_part.is_none() {
            product::token_check().await;
        }
    });
}

/// Everything on one engine, or one part of it.
async fn measure(engine: &str, only: Option<&str>) {
    println!("\n== {engine}");
    let database = product::Database::make(engine, TENANTS).await;
    let caredesk = Server::start_product(&database, true);
    println!("start: first answer after {:.0} ms", caredesk.started_in.as_secs_f64() * 1000.0);
    let is_asked = |part| only.is_none_or(|only| only == part);
    let token = database.token().await;
    if is_asked("tenants") {
        tenants(&database, &caredesk, &token).await;
    }
    if is_asked("flood") {
        flood::measure(&caredesk, &database, &token).await;
    }
    drop(caredesk);
    let caredesk = Server::start_product(&database, false);
    if is_asked("applications") {
        applications::measure(engine, &database, &caredesk).await;
    }
    if is_asked("batch") {
        batch::measure(engine, &database, &caredesk).await;
    }
    if is_asked("help") {
        help::measure(engine, &database, &token).await;
    }
    if is_asked("tickets") {
        tickets::measure(engine, &database, &caredesk).await;
    }
}

/// Tenants, beside the bare limits.
async fn tenants(database: &product::Database, caredesk: &Server, token: &str) {
    let bare = Server::start_bare(&database.url);
    let whose = (database.processes(bare.pid()), database.processes(caredesk.pid()));
    let id = database.some_tenant().await;
    let get = (
        Run::get(&bare, &format!("/tenants/{id}"), None),
        Run::get(caredesk, &format!("/v1/tenants/{id}"), Some(token)),
    );
    compare("get one tenant", get, whose).await;
    let list = (
        Run::get(&bare, "/tenants", None),
        Run::get(caredesk, "/v1/tenants?limit=50", Some(token)),
    );
    compare("list of 50", list, whose).await;
    let create =
        (Run::create(&bare, "/tenants", None), Run::create(caredesk, "/v1/tenants", Some(token)));
    compare("create", create, whose).await;
    println!("memory after load: {:.0} MB (PSS)", process::pss_mb(caredesk.pid()));
    overload(caredesk, &id, token).await;
}

/// Takes turns and prints the medians of the ratios.
async fn compare(what: &str, (bare, product): (Run, Run), whose: (Processes, Processes)) {
    let (mut rates, mut cpus, mut last) = (Vec::new(), Vec::new(), None);
    for _ in 0..ROUNDS {
        let b = bare.measure(CLIENTS, SECONDS, whose.0).await;
        let p = product.measure(CLIENTS, SECONDS, whose.1).await;
        rates.push(p.rate / b.rate);
        cpus.push(p.cpu_us / b.cpu_us);
        last = Some((b, p));
    }
    let Some((b, p)) = last else { return };
    println!(
        "{what}: rate {:.2} x bare, CPU {:.2} x bare  (last turn: bare {:.0}/s {:.0} µs p99 {:.1} ms; product {:.0}/s {:.0} µs p99 {:.1} ms; refused {})",
        median(rates),
        median(cpus),
        b.rate,
        b.cpu_us,
        b.p99_ms,
        p.rate,
        p.cpu_us,
        p.p99_ms,
        p.refused
    );
}

/// Four times as many clients as before: what is answered stays quick, the rest is refused quickly.
async fn overload(caredesk: &Server, id: &str, token: &str) {
    let run = Run::get(caredesk, &format!("/v1/tenants/{id}"), Some(token));
    let alone = Processes { server: caredesk.pid(), with_postgres: false };
    let calm = run.measure(CLIENTS, SECONDS, alone).await;
    let flood = run.measure(CLIENTS * 4, SECONDS, alone).await;
    println!(
        "overload, 4 x the clients: p99 {:.1} -> {:.1} ms, answered {:.0}/s -> {:.0}/s, refused {}",
        calm.p99_ms, flood.p99_ms, calm.rate, flood.rate, flood.refused
    );
}

/// The middle of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

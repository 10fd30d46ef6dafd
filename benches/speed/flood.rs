//! Many who sign in at once: how long those who only read wait, and whether a name that exists can be
//! told from one that does not by the time that it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::load::Run;
use crate::process::{Processes, Server};
use crate::product::{Database, WHO};

/// So many sign in at once.
const FLOOD: usize = 64;
/// Seconds of each measurement.
const SECONDS: f64 = 3.0;

/// Measures both on a server.
pub(crate) async fn measure(caredesk: &Server, database: &Database, token: &str) {
    let read = Run::get(caredesk, "/v1/account", Some(token));
    let whose = database.processes(caredesk.pid());
    let quiet = read.measure(1, SECONDS, whose).await;
    let over = Arc::new(AtomicBool::new(false));
    let flood = tokio::spawn(flood(Run::sign_in(caredesk, None), Arc::clone(&over)));
    let busy = read.measure(1, SECONDS, whose).await;
    over.store(true, Ordering::Relaxed);
    let tried = flood.await.expect("a flood");
    println!(
        "{FLOOD} sign in at once ({tried:.0}/s): p99 of a read {:.1} -> {:.1} ms, {:.1} x; {:.0}/s -> {:.0}/s",
        quiet.p99_ms,
        busy.p99_ms,
        busy.p99_ms / quiet.p99_ms,
        quiet.rate,
        busy.rate
    );
    let known = Run::sign_in(caredesk, Some(WHO)).measure(1, SECONDS, whose).await;
    let unknown = Run::sign_in(caredesk, None).measure(1, SECONDS, whose).await;
    println!(
        "sign-in refused, unknown name to known: {:.3} x as long",
        known.tried / unknown.tried
    );
}

/// Signs in until it is over; sign-ins a second, answered or told to come back.
async fn flood(run: Run, over: Arc<AtomicBool>) -> f64 {
    let mut rates = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let figures = run.measure(FLOOD, 0.5, Processes::NONE).await;
        rates.push(figures.tried);
    }
    rates.iter().sum::<f64>() / f64::from(u32::try_from(rates.len().max(1)).unwrap_or(1))
}

//! The sealer: links the audit's committed entries into their chains, within a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use caredesk_core::domain::time::Moment;
use metrics::{counter, gauge};
use tokio::sync::watch::Receiver;

use super::{ask, every, is_stopped};
use crate::service::House;
use crate::store::{self, StoreError};
use crate::telemetry::metric;

/// The job's name.
const NAME: &str = "sealer";
/// How often it looks.
const PERIOD: Duration = Duration::from_secs(1);

/// Seals until told to stop.
pub(super) async fn run(house: House, stop: Receiver<bool>) {
    // When nothing was left to seal: an entry that waits now is no older than that.
    let done_at = Arc::new(Mutex::new(house.clock.now()));
    let work = || round(house.clone(), stop.clone(), Arc::clone(&done_at));
    every(NAME, PERIOD, stop.clone(), work).await;
}

/// Seals what waits, and says how far behind it was.
async fn round(
    house: House,
    stop: Receiver<bool>,
    done_at: Arc<Mutex<Moment>>,
) -> Result<(), StoreError> {
    let begun = house.clock.now();
    let since = *done_at.lock().unwrap_or_else(PoisonError::into_inner);
    gauge!(metric::SEALER_LAG).set(begun.since(since).as_secs_f64());
    seal_all(&house, &stop).await?;
    gauge!(metric::SEALER_LAG).set(0.0);
    *done_at.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    Ok(())
}

/// Seals batch after batch until nothing waits, or the program wants to stop.
///
/// # Errors
/// The database fails; what was sealed before stays.
async fn seal_all(house: &House, stop: &Receiver<bool>) -> Result<(), StoreError> {
    let ask = ask(NAME);
    loop {
        let sealed = house.transact(&ask, |tx, _| store::seals::seal(tx)).await?;
        counter!(metric::SEALED).increment(u64::try_from(sealed).unwrap_or(0));
        let is_full = i64::try_from(sealed).is_ok_and(|sealed| sealed >= store::seals::BATCH);
        if !is_full || is_stopped(stop) {
            return Ok(());
        }
    }
}

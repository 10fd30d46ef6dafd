//! Housekeeping: sums of refusals are closed, and what is over is forgotten.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch::Receiver;

use super::{ask, every};
use crate::service::House;
use crate::store::{self, StoreError};

/// How often sums of refusals are looked at; their window is a minute.
const CLOSE: Duration = Duration::from_secs(15);
/// How often rows are looked for that are over. They count for nothing any more, so it may be late.
const FORGET: Duration = Duration::from_mins(10);

/// Keeps house until told to stop.
pub(super) async fn run(house: House, stop: Receiver<bool>) {
    tokio::join!(
        every("close-denials", CLOSE, stop.clone(), || close_denials(house.clone())),
        every("forget", FORGET, stop, || forget(house.clone())),
    );
}

/// Writes the refusals that repeated within their window.
async fn close_denials(house: House) -> Result<(), StoreError> {
    let closed =
        house.transact(&ask("close-denials"), |tx, _| store::audit::close_denials(tx)).await?;
    if closed > 0 {
        tracing::debug!(closed, "sums of refusals were closed");
    }
    Ok(())
}

/// Forgets kept answers and counted attempts that are over. Two transactions: one may be large, and
/// neither needs the other.
async fn forget(house: House) -> Result<(), StoreError> {
    let ask = ask("forget");
    let answers = house.transact(&ask, |tx, _| store::idempotency::forget_expired(tx)).await?;
    let window = longest_window(&house);
    let counters =
        house.transact(&ask, move |tx, _| store::throttle::forget_expired(tx, window)).await?;
    if answers > 0 || counters > 0 {
        tracing::debug!(answers, counters, "what was over is forgotten");
    }
    Ok(())
}

/// The window that a counter may still be needed for, whatever it counts.
fn longest_window(house: &House) -> SignedDuration {
    let limits = &house.limits;
    let windows = [limits.sign_in_per_name, limits.sign_in_per_address, limits.codes_per_account];
    windows.iter().map(|allowance| allowance.window).max().unwrap_or(SignedDuration::from_hours(1))
}

//! Housekeeping: sums of refusals are closed, and what is over is forgotten.

use std::time::Duration;

use caredesk_core::domain::job;
use jiff::SignedDuration;
use tokio::sync::watch::Receiver;

use super::{ask, every};
use crate::service::{FAMILIAR, House};
use crate::store::{self, StoreError, Tx};

/// How often sums of refusals are looked at; their window is a minute.
const CLOSE: Duration = Duration::from_secs(15);
/// How often rows are looked for that are over. They count for nothing any more, so it may be late.
const FORGET: Duration = Duration::from_mins(10);

/// How long a session that is over is kept, for whoever looks into what happened.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

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

/// Forgets kept answers, counted attempts, links, codes and places that are over. A transaction each:
/// one may be large, and none needs the others.
async fn forget(house: House) -> Result<(), StoreError> {
    let ask = ask("forget");
    let window = house.limits.longest_window();
    let forgotten = [
        house.transact(&ask, |tx, _| store::idempotency::forget_expired(tx)).await?,
        house.transact(&ask, move |tx, _| store::throttle::forget_expired(tx, window)).await?,
        house.transact(&ask, |tx, _| store::throttle::forget_unfamiliar(tx, FAMILIAR)).await?,
        house.transact(&ask, |tx, _| store::links::forget_expired(tx)).await?,
        house.transact(&ask, |tx, _| store::tickets::forget_passes(tx)).await?,
        house.transact(&ask, |tx, _| store::codes::forget_expired(tx)).await?,
        house.transact(&ask, |tx, _| store::acceptances::forget_expired(tx)).await?,
        house.transact(&ask, |tx, _| store::tickets::forget_expired_codes(tx)).await?,
        house.transact(&ask, |tx, _| store::factors::forget_waiting(tx)).await?,
        house.transact(&ask, |tx, _| store::taken_emails::forget_old(tx)).await?,
        house.transact(&ask, |tx, _| store::sessions::forget_over(tx, tx.now.plus(-KEPT))).await?,
    ];
    let mut rows: usize = forgotten.iter().sum();
    // What may be much goes in parts, so that others get their turn.
    let over = house.clock.now().plus(-job::KEPT);
    loop {
        let jobs = move |tx: &mut Tx<'_>, _: &_| store::jobs::queue::forget_over(tx, over);
        let jobs = house.transact(&ask, jobs).await?;
        let uploads = house.transact(&ask, |tx, _| store::uploads::forget_expired(tx)).await?;
        let searches = |tx: &mut Tx<'_>, _: &_| store::help_searches::forget_old(tx);
        let searches = house.transact(&ask, searches).await?;
        let files = |tx: &mut Tx<'_>, _: &_| store::tickets::forget_exports(tx);
        let files = house.transact(&ask, files).await?;
        let some = jobs.saturating_add(uploads).saturating_add(searches).saturating_add(files);
        rows = rows.saturating_add(some);
        if some == 0 {
            break;
        }
    }
    if rows > 0 {
        tracing::debug!(rows, "what was over is forgotten");
    }
    Ok(())
}

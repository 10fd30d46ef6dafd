//! Files of tickets: what never came as a whole is forgotten after a day, and what is nobody's any more is deleted.
//!
//! The database says so first, and the file goes after that: a process that is killed in between leaves a row, by
//! which the next round deletes the file once more.

use std::time::Duration;

use caredesk_core::domain::attachment::LASTS;
use tokio::sync::watch::Receiver;

use super::{ask, every};
use crate::blobs::BlobError;
use crate::guard::Refusal;
use crate::service::House;
use crate::store;

/// The job's name.
const NAME: &str = "files";
/// How often it looks for what is to be deleted.
const PERIOD: Duration = Duration::from_secs(15);
/// How often it looks through a folder for what a killed process left.
const SWEEP: Duration = Duration::from_hours(1);

/// Deletes until told to stop.
pub(super) async fn run(house: House, stop: Receiver<bool>) {
    tokio::join!(
        every(NAME, PERIOD, stop.clone(), || async {
            round(&house).await.map(drop).map_err(|refusal| format!("{refusal:?}"))
        }),
        every("sweep-files", SWEEP, stop, || async { sweep(&house).await.map(drop) }),
    );
}

/// Deletes what killed processes left in a folder: it has no name of its own. Says how many files that were.
///
/// # Errors
/// The folder cannot be read.
pub async fn sweep(house: &House) -> Result<usize, BlobError> {
    house.blobs.forget_unfinished(house.clock.now().plus(-LASTS)).await
}

/// Forgets what never came as a whole, and deletes what is nobody's; says how many files that were.
///
/// # Errors
/// The database fails, or a file cannot be deleted. What was done stays; the next round goes on.
pub async fn round(house: &House) -> Result<usize, Refusal> {
    let ask = ask(NAME);
    while house.transact(&ask, |tx, _| store::attachments::forget_unfinished(tx)).await? > 0 {}
    let mut all = 0_usize;
    loop {
        let now = house.clock.now();
        let due = house.db.read(move |conn| store::attachments::to_wipe(conn, now)).await?;
        if due.is_empty() {
            break;
        }
        let mut gone = Vec::with_capacity(due.len());
        let mut failed: Option<BlobError> = None;
        for object in due {
            match house.blobs.delete(object).await {
                Ok(()) => gone.push(object),
                Err(error) => failed = Some(error),
            }
        }
        let wiped = move |tx: &mut store::Tx<'_>, _: &_| store::attachments::wiped(tx, &gone);
        all = all.saturating_add(house.transact(&ask, wiped).await?);
        if let Some(error) = failed {
            return Err(error.into());
        }
    }
    Ok(all)
}

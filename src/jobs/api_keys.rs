//! Keys of programs: every hour, Site Admins are warned of those that are about to expire.

use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::{ask, every};
use crate::guard::Refusal;
use crate::service::{House, api_keys};

/// The job's name.
const NAME: &str = "api-keys";
/// How often it looks.
const PERIOD: Duration = Duration::from_hours(1);

/// Warns until told to stop.
pub(super) async fn run(house: House, stop: Receiver<bool>) {
    every(NAME, PERIOD, stop, || async {
        round(&house).await.map_err(|refusal| format!("{refusal:?}"))
    })
    .await;
}

/// Warns of every key that is to be warned of, a part of them in a transaction each.
///
/// # Errors
/// The database fails. What was done stays; the next round goes on.
pub async fn round(house: &House) -> Result<(), Refusal> {
    let ask = ask(NAME);
    while house.transact(&ask, api_keys::warn_of_expiry).await? > 0 {}
    Ok(())
}

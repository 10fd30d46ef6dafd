//! The signing keys: the next one is made when the present one is old, and old ones are forgotten.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch::Receiver;

use super::{ask, every};
use crate::guard::Refusal;
use crate::service::House;
use crate::store;

/// The job's name.
const NAME: &str = "signing-keys";
/// How often it looks.
const PERIOD: Duration = Duration::from_mins(10);
/// How long a retired key is kept. It counts for nothing; for a day the log can still say whose it was.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Looks after the keys until told to stop. `age` is how long one of them signs.
pub(super) async fn run(house: House, age: SignedDuration, stop: Receiver<bool>) {
    every(NAME, PERIOD, stop, || round(house.clone(), age)).await;
}

/// Makes the next key if it is time, and forgets those that are long retired.
async fn round(house: House, age: SignedDuration) -> Result<(), String> {
    look(&house, age).await.map_err(|refusal| format!("{refusal:?}"))
}

/// As [`round`], with the reason as it is.
async fn look(house: &House, age: SignedDuration) -> Result<(), Refusal> {
    let ask = ask(NAME);
    if let Some(next) = house.rotate_aged_signing_key(&ask, age).await? {
        tracing::info!(kid = next.kid, signs_from = %next.signs_from, "the next signing key is published");
    }
    house.transact(&ask, |tx, _| store::signing_keys::forget_retired(tx, KEPT)).await?;
    Ok(())
}

//! Dormancy: every hour, users who were not seen for long are warned, and then switched off.

use std::time::Duration;

use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use tokio::sync::watch::Receiver;

use super::{ask, every};
use crate::guard::Refusal;
use crate::service::{House, dormancy};
use crate::store::{self, StoreError};

/// The job's name.
const NAME: &str = "dormancy";
/// How often it looks. Days are the organisations' own, so every hour is somebody's midnight.
const PERIOD: Duration = Duration::from_hours(1);
/// How many organisations are looked for at a time.
const TENANTS: i64 = 200;
/// Nobody is warned who was seen since: the shortest time that an organisation can set is 30 days.
const SEEN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Looks after dormant users until told to stop.
pub(super) async fn run(house: House, stop: Receiver<bool>) {
    every(NAME, PERIOD, stop, || async {
        round(&house).await.map_err(|refusal| format!("{refusal:?}"))
    })
    .await;
}

/// Looks at every organisation once, a part of its users in a transaction each.
///
/// # Errors
/// The database fails. What was done stays; the next round goes on.
pub async fn round(house: &House) -> Result<(), Refusal> {
    let before = house.clock.now().plus(-SEEN);
    let mut last: Option<TenantId> = None;
    loop {
        let after = last;
        let read = house.db.read::<_, StoreError, _>(move |conn| {
            store::accounts::dormancy::tenants_with_idle(conn, after, before, TENANTS)
        });
        let tenants = read.await?;
        let Some(end) = tenants.last().copied() else { return Ok(()) };
        for tenant in tenants {
            sweep(house, tenant).await?;
        }
        last = Some(end);
    }
}

/// Looks at the users of one organisation.
async fn sweep(house: &House, tenant: TenantId) -> Result<(), Refusal> {
    let (ask, mut next) = (ask(NAME), None);
    loop {
        let swept =
            house.transact(&ask, move |tx, who| dormancy::sweep(tx, who, tenant, next)).await?;
        if swept.deactivated > 0 {
            house.doorman.forget_all();
            tracing::info!(%tenant, users = swept.deactivated, "dormant users were switched off");
        }
        next = swept.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

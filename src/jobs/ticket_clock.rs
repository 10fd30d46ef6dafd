//! Time: twice a minute, tickets that it does something to: targets that are missed, reminders, the end of those that
//! nobody answers.

use std::time::Duration;

use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::time::Moment;
use metrics::counter;
use tokio::sync::watch::Receiver;

use super::{ask, every};
use crate::guard::Refusal;
use crate::service::{House, tickets};
use crate::store::{self, StoreError};
use crate::telemetry::metric;

/// The job's name.
const NAME: &str = "ticket-clock";
/// How often it looks.
const PERIOD: Duration = Duration::from_secs(30);
/// How many tickets are looked for at a time.
const PART: i64 = 200;

/// Looks after tickets until told to stop.
pub(super) async fn run(house: House, stop: Receiver<bool>) {
    every(NAME, PERIOD, stop, || async {
        round(&house).await.map_err(|refusal| format!("{refusal:?}"))
    })
    .await;
}

/// Does once what is due, a transaction for each ticket. One that cannot be moved stands in no other's way.
///
/// # Errors
/// The database fails. What was done stays; the next round goes on.
pub async fn round(house: &House) -> Result<(), Refusal> {
    let now = house.clock.now();
    let (mut last, mut failed): (Option<(Moment, TicketId)>, Option<Refusal>) = (None, None);
    loop {
        let after = last;
        let read = house
            .db
            .read::<_, StoreError, _>(move |conn| store::tickets::timed(conn, now, after, PART));
        let due = read.await?;
        last = due.last().copied();
        for (_, ticket) in due {
            if let Err(refusal) = pass(house, ticket).await {
                tracing::error!(%ticket, code = %refusal.code(), "time passes a ticket by");
                counter!(metric::JOB_FAILURES, metric::JOB => NAME).increment(1);
                failed = Some(refusal);
            }
        }
        if last.is_none() {
            return failed.map_or(Ok(()), Err);
        }
    }
}

/// Does what is due to one ticket.
async fn pass(house: &House, ticket: TicketId) -> Result<(), Refusal> {
    house.transact(&ask(NAME), move |tx, who| tickets::pass(tx, who, ticket)).await
}

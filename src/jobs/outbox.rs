//! The outbox's sender: claims what is due, hands it over, and writes down what became of it.
//!
//! A message is claimed only when it can be sent at once, so that its lease covers the whole attempt.
//! Whatever ends this process between two steps, the message is due again when the lease is over, and
//! goes out with the same Message-ID.

use std::sync::Arc;
use std::time::Duration;

use caredesk_core::domain::notification::SuppressionReason;
use caredesk_core::domain::time::Moment;
use metrics::{counter, gauge};
use tokio::sync::Semaphore;
use tokio::sync::watch::Receiver;

use super::{ask, every, is_stopped};
use crate::deliver::{Post, Undelivered, pause_after};
use crate::guard::Refusal;
use crate::service::House;
use crate::service::sending::{self, Texting};
use crate::store::notifications::{self, Claimed};
use crate::store::{StoreError, Tx};
use crate::telemetry::metric;

/// The job's name.
const NAME: &str = "outbox";
/// How often it looks.
const PERIOD: Duration = Duration::from_secs(1);
/// Messages under way at once. One that hangs takes one place, and gives it back when its time is up.
const AT_ONCE: u32 = 8;
/// How often the end of a sent message is written before it is left to go out once more.
const TRIES: u32 = 5;

/// Sends what waits. Clones share the places.
#[derive(Clone)]
pub struct Outbox {
    house: House,
    post: Post,
    texting: Option<Texting>,
    places: Arc<Semaphore>,
}

impl Outbox {
    /// A sender that has sent nothing yet. Text messages keep to hours and to a pace where they go through
    /// a gateway; the folder takes them at any time.
    pub fn new(house: House, post: Post, texting: Texting) -> Self {
        let places = Arc::new(Semaphore::new(usize::try_from(AT_ONCE).unwrap_or(1)));
        let texting = post.has_gateway().then_some(texting);
        Self { house, post, texting, places }
    }

    /// Sends until told to stop, and finishes what is under way.
    pub async fn run(self, stop: Receiver<bool>) {
        every(NAME, PERIOD, stop.clone(), || async {
            let round = self.clone().round(stop.clone());
            round.await.map_err(|refusal| format!("{refusal:?}"))
        })
        .await;
        self.settle().await;
    }

    /// Sends everything that is due, once, and waits for the end of it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn send_due(&self) -> Result<(), Refusal> {
        while self.claim().await? {}
        self.settle().await;
        Ok(())
    }

    /// Begins to send what is due; returns while the last of it may be under way.
    async fn round(self, stop: Receiver<bool>) -> Result<(), Refusal> {
        let now = self.house.clock.now();
        let waiting = move |conn: &mut _| notifications::waiting(conn, now);
        let (waiting, due) = self.house.db.read::<_, StoreError, _>(waiting).await?;
        gauge!(metric::MESSAGES_WAITING).set(u32::try_from(waiting).map_or(f64::MAX, f64::from));
        let mut is_more = due > 0;
        while is_more && !is_stopped(&stop) {
            is_more = self.claim().await?;
        }
        Ok(())
    }

    /// Waits for a free place, claims as many messages as there are places, and begins to send them;
    /// says whether there may be more.
    async fn claim(&self) -> Result<bool, Refusal> {
        // None closes the semaphore, and without a place nothing is claimed.
        let Ok(first) = Arc::clone(&self.places).acquire_owned().await else { return Ok(false) };
        let mut places = vec![first];
        while let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            places.push(place);
        }
        let limit = i64::try_from(places.len()).unwrap_or(1);
        let batch = self.house.claim_messages(&ask(NAME), limit, self.texting).await?;
        let is_more = batch.is_more;
        for (message, place) in batch.messages.into_iter().zip(places) {
            let outbox = self.clone();
            tokio::spawn(async move {
                outbox.send(message).await;
                drop(place);
            });
        }
        Ok(is_more)
    }

    /// Waits until nothing is under way.
    async fn settle(&self) {
        drop(self.places.acquire_many(AT_ONCE).await);
    }

    /// Sends one message and writes down what became of it.
    async fn send(&self, message: Claimed) {
        let ended = self.post.deliver(&message, self.house.clock.now()).await;
        let end = End::of(&message, ended, self.house.clock.now());
        match self.write(&message, &end).await {
            Ok(true) => end.count(&message),
            Ok(false) => {
                tracing::info!(id = %message.id, "what became of a message was known before");
            }
            // It goes out once more when the lease is over.
            Err(error) => {
                tracing::error!(?error, id = %message.id, "the end of a message was not written");
                counter!(metric::JOB_FAILURES, metric::JOB => NAME).increment(1);
            }
        }
    }

    /// Writes the end of an attempt; says whether the message still waited for it.
    async fn write(&self, message: &Claimed, end: &End) -> Result<bool, Refusal> {
        let (mut tries, id) = (1, message.id);
        loop {
            let (message, end) = (message.clone(), end.clone());
            let at = (message.id, message.attempt);
            let write = move |tx: &mut Tx<'_>, _: &_| match &end {
                End::Sent(gateway_id) => {
                    Ok(notifications::sent(tx, message.id, gateway_id.as_deref())?)
                }
                End::Failed(why) => sending::failed(tx, &message, why),
                End::Refused(reason, why) => sending::refused(tx, &message, (*reason, why)),
                End::Again(due, why) => Ok(notifications::retry(tx, at, *due, why)?),
            };
            match self.house.transact(&ask(NAME), write).await {
                Err(error) if tries < TRIES => {
                    tracing::warn!(?error, id = %id, "the end of a message is written again");
                    tries = tries.saturating_add(1);
                    tokio::time::sleep(PERIOD).await;
                }
                written => return written,
            }
        }
    }
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// It was handed over; what the gateway calls it.
    Sent(Option<String>),
    /// It is not tried again, and why.
    Failed(String),
    /// As [`Self::Failed`], and nothing else is sent to its contact.
    Refused(SuppressionReason, String),
    /// When it is tried again, and why.
    Again(Moment, String),
}

impl End {
    /// The end of an attempt at `now`.
    fn of(message: &Claimed, ended: Result<Option<String>, Undelivered>, now: Moment) -> Self {
        match ended {
            Ok(gateway_id) => Self::Sent(gateway_id),
            Err(Undelivered::Never(why)) => Self::Failed(why),
            Err(Undelivered::Refused(reason, why)) => Self::Refused(reason, why),
            Err(Undelivered::Later(why)) => match pause_after(message.attempt) {
                Some(pause) => Self::Again(now.plus(pause), why),
                None => Self::Failed(why),
            },
        }
    }

    /// Shows the end to the operator.
    fn count(&self, message: &Claimed) {
        let (kind, method) = (message.kind.as_str(), message.method.as_str());
        let (outcome, why) = match self {
            Self::Sent(_) => ("sent", None),
            Self::Failed(why) | Self::Refused(_, why) => ("failed", Some(why)),
            Self::Again(_, why) => ("put_off", Some(why)),
        };
        if let Some(why) = why {
            tracing::warn!(id = %message.id, kind, method, outcome, why, "a message was not sent");
        }
        counter!(
            metric::MESSAGES,
            metric::KIND => kind, metric::METHOD => method, metric::OUTCOME => outcome
        )
        .increment(1);
    }
}

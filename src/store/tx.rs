//! A transaction as a use case sees it: a connection, the one reading of the clock, and what is
//! needed to write down who did what.

use caredesk_core::domain::time::Moment;
use caredesk_core::policy::hours::DeskHours;
use diesel::Connection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use super::db::Conn;
use super::error::{Fault, StoreError, StoreResult};
use crate::vault::{Entropy, Keyring};

/// Where a request came from, for the audit.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The request's id.
    pub request: String,
    /// The network address of whoever asked.
    pub address: Option<String>,
}

impl Origin {
    /// The origin of what the product does by itself.
    pub fn of_job(name: &str) -> Self {
        Self { request: format!("job:{name}"), address: None }
    }
}

/// One transaction.
pub struct Tx<'t> {
    /// The connection it runs on.
    pub conn: &'t mut Conn,
    /// The one reading of the clock.
    pub now: Moment,
    /// Where the request came from.
    pub origin: &'t Origin,
    /// The keys.
    pub keys: &'t Keyring,
    /// The source of ids and secrets.
    pub entropy: &'t Entropy,
    /// The desk's working time, by which the targets of tickets are counted.
    pub hours: &'t DeskHours,
}

impl Tx<'_> {
    /// Runs `work` and undoes whatever it changed: only its answer stays.
    ///
    /// # Errors
    /// The database fails.
    pub fn undone<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> T) -> StoreResult<T> {
        self.within(|tx| (work(tx), false))
    }

    /// Runs `work`, and undoes what it changed if it fails; what was before stays.
    ///
    /// # Errors
    /// What `work` says, or the database fails.
    pub fn kept_if_ok<T, E: Fault>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.within(|tx| {
            let ended = work(tx);
            let keep = ended.is_ok();
            (ended, keep)
        })?
    }

    /// Runs `work` in a savepoint, which stays if it says so.
    fn within<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> (T, bool)) -> StoreResult<T> {
        let (now, origin, keys) = (self.now, self.origin, self.keys);
        let (entropy, hours) = (self.entropy, self.hours);
        let mut answer = None;
        let ended = self.conn.transaction(|conn| {
            let (ended, keep) = work(&mut Tx { conn, now, origin, keys, entropy, hours });
            answer = Some(ended);
            if keep { Ok(()) } else { Err(DieselError::RollbackTransaction) }
        });
        match (ended, answer) {
            (Ok(()) | Err(DieselError::RollbackTransaction), Some(answer)) => Ok(answer),
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(StoreError::Busy), // it never ran
        }
    }

    /// A new id, in the order of time.
    pub fn new_uuid(&self) -> Uuid {
        self.entropy.uuid(self.now)
    }
}

//! A transaction as a use case sees it: a connection, the one reading of the clock, and what is
//! needed to write down who did what.

use caredesk_core::domain::time::Moment;
use uuid::Uuid;

use super::db::Conn;
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
}

impl Tx<'_> {
    /// A new id, in the order of time.
    pub fn new_uuid(&self) -> Uuid {
        self.entropy.uuid(self.now)
    }
}

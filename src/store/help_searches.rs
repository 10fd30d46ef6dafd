//! Searches of the help centre, as opening a ticket asks for them.

use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::time::Moment;
use uuid::Uuid;

use super::db::Conn;
use super::error::StoreResult;

/// A search that somebody made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelpSearch {
    /// Which.
    pub id: Uuid,
    /// When.
    pub at: Moment,
}

/// The newest search of somebody. The help centre keeps them; until it does, nobody has searched.
pub fn newest_of(_conn: &mut Conn, _account: AccountId) -> StoreResult<Option<HelpSearch>> {
    Ok(None)
}

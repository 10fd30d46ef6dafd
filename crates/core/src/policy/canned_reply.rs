//! Canned replies: whoever may change one stands in the table of roles, and nothing about one bars it.

use super::action::{ActionKind, Target};
use super::permit::Denial;
use crate::domain::actor::Actor;
use crate::domain::ids::CannedReplyId;
use crate::domain::time::Moment;

/// What the writing functions need to know of a canned reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannedReplyFacts {
    /// Which.
    pub id: CannedReplyId,
    /// The version that was read.
    pub version: i64,
}

impl Target for CannedReplyFacts {
    fn bars(&self, _: ActionKind, _: &Actor, _: Moment) -> Vec<Denial> {
        Vec::new()
    }
}

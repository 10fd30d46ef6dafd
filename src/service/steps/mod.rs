//! What two use cases share: a step of each, never a use case of its own.

pub(super) mod issue;
pub(super) mod notice;

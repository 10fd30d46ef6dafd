//! What two use cases share: a step of each, never a use case of its own.

pub(super) mod across;
pub(super) mod addresses;
pub(super) mod attachments;
pub(super) mod attempts;
pub(super) mod codes;
pub(super) mod development;
pub(super) mod door;
pub(super) mod drafts;
pub(super) mod enqueue;
pub(super) mod families;
pub(super) mod imported;
pub(super) mod invitations;
pub(super) mod issue;
pub(super) mod judge;
mod links;
pub(super) mod note;
pub(super) mod note_denied;
pub(super) mod notice;
pub(super) mod oneself;
pub(super) mod personal_data;
pub mod phones;
pub(super) mod record_decision;
pub(super) mod resets;
pub(super) mod switch_off;
pub(super) mod table;
pub(super) mod ticket_links;
pub(super) mod undelivered;

//! What happens: one function a use case, one transaction each.
//!
//! A use case asks the guard for its permit, changes rows, queues messages and writes the audit, all
//! in the transaction that [`House::perform`] gives it. What two use cases share is in `steps`.

pub mod api_keys;
pub mod application_imports;
pub mod applications;
pub mod appointments;
pub mod articles;
pub mod attachments;
pub mod audit;
pub mod batches;
pub mod canned_replies;
pub mod contacts;
pub mod decisions;
pub mod desk_accounts;
pub mod directory;
pub mod dormancy;
pub mod eligibility;
pub mod enrolments;
pub mod first_use;
pub mod help_searches;
mod house;
pub mod internal_tickets;
pub mod invitations;
pub mod jobs;
pub mod keys;
pub mod notifications;
pub mod own_account;
pub mod owners;
pub mod passwords;
mod perform;
pub mod policy;
pub mod portal;
mod readings;
pub mod roles;
pub mod roster;
pub mod second_factor;
pub mod sending;
pub mod sessions;
pub mod sign_in;
mod steps;
pub mod suppressions;
pub mod tenants;
pub mod tickets;
pub mod training;
pub mod uploads;
pub mod users;
mod watching;

pub use house::{Ask, House, HouseParts, Limits};
pub use perform::{Looker, Performed};
pub use steps::attachments::ShownAttachment;
pub use steps::attempts::FAMILIAR;
pub use steps::issue::Tokens;
pub use steps::personal_data::Scanned;
pub use steps::phones;
pub use watching::{Seat, Watching};

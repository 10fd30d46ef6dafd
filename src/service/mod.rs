//! What happens: one function a use case, one transaction each.
//!
//! A use case asks the guard for its permit, changes rows, queues messages and writes the audit, all
//! in the transaction that [`House::perform`] gives it. What two use cases share is in `steps`.

pub mod audit;
pub mod desk_accounts;
pub mod enrolments;
mod house;
mod keys;
pub mod owners;
mod perform;
pub mod second_factor;
pub mod sessions;
mod steps;
pub mod tenants;

pub use house::{Ask, House, HouseParts, Limits};
pub use perform::{Looker, Performed};

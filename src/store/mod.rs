//! How it is kept. The only room that says diesel.
//!
//! [`db`] opens a database and moves work to its threads; [`columns`] says what a value is in a
//! column; one file a resource holds its queries. Readers take a `Scope`, writers a `Permit`; neither
//! can be made here. Files of resources do not import each other: joins go through [`schema`].

pub mod columns;
pub mod db;
mod error;
pub mod schema;
mod tx;

pub mod acceptances;
pub mod accounts;
pub mod api_keys;
pub mod applications;
pub mod articles;
pub mod attachments;
pub mod audit;
pub mod canned_replies;
pub mod codes;
pub mod decisions;
pub mod directory;
pub mod evidence;
pub mod factors;
pub mod help_searches;
pub mod idempotency;
pub mod internal_tickets;
pub mod invitations;
pub mod jobs;
pub mod links;
pub mod notifications;
pub mod owners;
pub mod portal;
pub mod roles;
pub mod seals;
pub mod sessions;
pub mod signing_keys;
pub mod suppressions;
pub mod taken_emails;
pub mod tenants;
pub mod throttle;
pub mod tickets;
pub mod training;
pub mod uploads;

pub use error::{Fault, StoreError, StoreResult, Unique};
pub use tx::{Origin, Tx};

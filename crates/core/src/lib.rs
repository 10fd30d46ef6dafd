//! What caredesk is about, and what it allows: pure values and pure decisions.
//!
//! Nothing here knows the web, a database, the clock or any other input or output; time and facts are
//! parameters. [`domain`] says what things are, [`policy`] what is allowed. Start at
//! [`policy::decide`].
//!
//! The optional feature `schema` adds how a word, an id or a bounded text looks in the published
//! contract, so that a limit is written once, beside the type that keeps it; `columns` names the SQL
//! type that each is kept as. Both are derives and nothing more: with them off, the crate is pure to
//! its dependencies.

#[cfg(feature = "columns")]
#[macro_use]
pub mod columns;
#[macro_use]
pub mod domain;
pub mod policy;

//! caredesk: the support desk of a vendor whose customers keep health records, as a JSON REST API.
//!
//! A room may import only rooms above it in this list; a test scans the imports.
//!
//! | room | what it is for |
//! |---|---|
//! | `caredesk_core::domain` | what things are |
//! | `caredesk_core::policy` | what is allowed |
//! | [`vault`] | keys and secrets, the clock, randomness |
//! | [`blobs`] | where bytes are kept that are too many for the database |
//! | [`store`] | how it is kept |
//! | [`guard`] | who is asking, and may they |
//! | [`service`] | what happens: one function a use case |
//! | [`deliver`] | what leaves: messages, by mail server or into a folder |
//! | [`jobs`] | what runs by itself |
//! | [`api`] | how it is said |
//! | [`startup`] | how it all comes up |
//!
//! [`config`] and [`telemetry`] stand beside the rooms from [`jobs`] on.

// The examples of large answers are written by one macro.
#![recursion_limit = "256"]

pub mod vault;

pub mod blobs;

pub mod store;

pub mod guard;

pub mod service;

pub mod deliver;

pub mod config;
pub mod telemetry;

pub mod jobs;

pub mod api;

pub mod demo;
pub mod startup;

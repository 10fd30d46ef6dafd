//! caredesk: the support desk's API.
pub mod vault;
pub mod store;
pub mod guard;
pub mod service;
pub mod api;
pub mod config;
pub mod telemetry;

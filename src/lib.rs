//! caredesk
pub mod vault;
pub mod store;

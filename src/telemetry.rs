//! stub
pub fn request(_: &str, _: &str, _: u16, _: std::time::Duration) {}

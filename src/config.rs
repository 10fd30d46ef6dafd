//! stub
#[derive(Debug, Clone)]
pub struct Network;
impl Network { pub fn contains(&self, _: std::net::IpAddr) -> bool { false } }

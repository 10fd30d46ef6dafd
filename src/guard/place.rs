//! Where a request comes from, as far as it can be told one from another.

use std::net::{IpAddr, Ipv6Addr};

/// The place of an address: itself, and of one of the new kind its network. Whoever has one of those has
/// 2^64 addresses, and devices change theirs by themselves (RFC 8981).
pub fn place_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        old @ IpAddr::V4(_) => old,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_place_and_a_network_of_the_new_kind_is_one() {
        let place = |text: &str| place_of(text.parse().unwrap()).to_string();
        assert_eq!(place("203.0.113.7"), "203.0.113.7");
        assert_eq!(place("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(place("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
    }
}

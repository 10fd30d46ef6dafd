//! Networks as an address and the length of its prefix, such as `10.0.0.0/8`.

use std::net::IpAddr;
use std::str::FromStr;

/// A network of either family. A bare address is a network of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// A text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no address or network such as 10.0.0.0/8")]
pub struct NotANetwork;

impl Network {
    /// Whether an address is in it. An IPv4 address counts as such also when it comes mapped into IPv6,
    /// as it does on a socket that listens to both.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let shift = 32_u32.saturating_sub(self.prefix.into());
                same_head(base.to_bits().into(), address.to_bits().into(), shift)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let shift = 128_u32.saturating_sub(self.prefix.into());
                same_head(base.to_bits(), address.to_bits(), shift)
            }
            _ => false,
        }
    }
}

/// Whether two addresses agree above their last `rest` bits.
fn same_head(one: u128, other: u128, rest: u32) -> bool {
    // A shift by the whole width is none to the processor; there, everything agrees.
    one.checked_shr(rest).unwrap_or(0) == other.checked_shr(rest).unwrap_or(0)
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_which_part_is_plain| NotANetwork)?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = match prefix {
            Some(prefix) => prefix.parse().map_err(|_which_part_is_plain| NotANetwork)?,
            None => longest,
        };
        if prefix > longest {
            return Err(NotANetwork);
        }
        Ok(Self { base, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("192.168.4.0/22", "192.168.7.255"));
        assert!(!holds("192.168.4.0/22", "192.168.8.0"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(holds("::/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
    }

    #[test]
    fn a_bare_address_is_itself_and_families_do_not_mix() {
        assert!(holds("127.0.0.1", "127.0.0.1"));
        assert!(!holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(!holds("::/0", "127.0.0.1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "*", "all"]
        {
            assert_eq!(bad.parse::<Network>(), Err(NotANetwork), "{bad}");
        }
    }
}

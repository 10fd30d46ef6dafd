//! Whose certificates are believed, and which addresses may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Certificates of authorities beside those that the machine knows.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<u8>);

impl Authorities {
    /// Reads a file's content: certificates, one or more, as PEM.
    ///
    /// # Errors
    /// One line: there is no certificate in it, or one cannot be read.
    pub fn parse(pem: Vec<u8>) -> Result<Self, String> {
        let found = certificates(&pem)?;
        if found.is_empty() { Err("holds no certificate".to_owned()) } else { Ok(Self(pem)) }
    }

    /// The certificates as they were given.
    pub(super) fn pem(&self) -> Option<&[u8]> {
        (!self.0.is_empty()).then_some(self.0.as_slice())
    }

    /// TLS that believes these and the machine's.
    ///
    /// # Errors
    /// One line: the machine has none, and none was given.
    pub fn tls(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(certificates(&self.0)?);
        if roots.is_empty() {
            return Err("the machine has no list of authorities that sign certificates".to_owned());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        Ok(versions.with_root_certificates(roots).with_no_client_auth())
    }
}

/// The certificates in a file's content.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_slice_iter(pem);
    all.collect::<Result<_, _>>().map_err(|error| format!("is no PEM: {error}"))
}

/// Finds the addresses of a name, and only those that lie outside every private network: a name that
/// somebody else answers for must not lead inside. What was checked is what is connected to.
pub(super) struct OutsideOnly;

impl Resolve for OutsideOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let outside: Vec<_> = found.filter(|address| is_outside(address.ip())).collect();
            if outside.is_empty() {
                return Err("the name leads to no address outside".into());
            }
            let addresses: Addrs = Box::new(outside.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is one that everybody on the internet means the same machine by.
pub(super) fn is_outside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_outside_v4(address),
        IpAddr::V6(address) => is_outside_v6(address),
    }
}

fn is_outside_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240;
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_assigned = (a, b, c) == (192, 0, 0) || a == 198 && (b == 18 || b == 19);
    !(is_special || is_shared || is_assigned)
}

fn is_outside_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Only 2000::/3 is given out. Of it, 2001:db8::/32 is for documents, 2001::/23 for protocols, and
    // 2002::/16 hides an address of version 4.
    let is_given_out = a & 0xe000 == 0x2000;
    let is_special = a == 0x2001 && (b == 0x0db8 || b < 0x0200) || a == 0x2002;
    is_given_out && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_outside() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "203.0.113.7",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2001::1",
        ] {
            assert!(!is_outside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "52.1.2.3", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_outside(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        assert!(Authorities::parse(b"hello".to_vec()).is_err());
        assert!(Authorities::parse(Vec::new()).is_err());
    }
}

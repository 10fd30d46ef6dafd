//! The way to PostgreSQL: with TLS, or within this machine, or on a network that somebody vouches for.

use super::source::{ConfigError, Environment};
use crate::store::db::Engine;

/// Whether libpq was built without TLS. The bundled one is, so that a C compiler is all it needs.
const WITHOUT_TLS: bool = cfg!(feature = "bundled-libpq");

/// Refuses a URL that would send passwords and data over a network in clear text.
pub(super) fn check(
    url: &str,
    is_private: bool,
    environment: &Environment,
) -> Result<(), ConfigError> {
    if Engine::of(url) == Engine::Sqlite {
        return Ok(());
    }
    judge(&Way::of(url, environment), is_private, WITHOUT_TLS)
        .map_err(|why| ConfigError::Together(format!("database_url: {why}")))
}

/// What a URL says about the way, as libpq reads it.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    /// Every host leads to this machine.
    is_local: bool,
    /// Nothing is sent before TLS is agreed on.
    is_encrypted: bool,
}

/// The verdict on a way.
fn judge(way: &Way, is_private: bool, without_tls: bool) -> Result<(), &'static str> {
    match way {
        Way { is_encrypted: true, .. } if without_tls => Err(
            "sslmode asks for TLS, and this program was built without it (feature bundled-libpq); \
             build it with --no-default-features, which takes the system's libpq",
        ),
        Way { is_local: true, .. } | Way { is_encrypted: true, .. } => Ok(()),
        _ if is_private => Ok(()),
        _ if without_tls => Err(
            "PostgreSQL is on another machine, and this program was built without TLS (feature \
             bundled-libpq); build it with --no-default-features and add sslmode=verify-full, or set \
             database_private_network = true if nobody else is on the network between",
        ),
        _ => Err("PostgreSQL is on another machine and the URL does not insist on TLS; add \
             sslmode=verify-full (or require), or set database_private_network = true if nobody else \
             is on the network between"),
    }
}

impl Way {
    /// Reads a URL; what it leaves out, libpq takes from its own variables.
    fn of(url: &str, environment: &Environment) -> Self {
        let variable = |name: &str| {
            let value = environment.get(&std::ffi::OsString::from(name))?;
            Some(value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
        };
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        // As libpq does: credentials end at the first `@` before any slash, whatever else is in them.
        let head = rest.split('/').next().unwrap_or_default();
        let credentials =
            head.split_once('@').map_or(0, |(before, _)| before.len().saturating_add(1));
        let rest = rest.get(credentials..).unwrap_or_default();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // The last of a repeated parameter counts, and an empty one counts as none.
        let parameter = |name: &str| {
            let mut pairs = query.split('&').rev().filter_map(|pair| pair.split_once('='));
            let last = pairs.find(|(key, _)| decoded(key) == name);
            last.map(|(_, value)| decoded(value)).filter(|value| !value.is_empty())
        };
        let hosts = rest.split('/').next().filter(|hosts| !hosts.is_empty());
        let hosts = parameter("hostaddr")
            .or_else(|| parameter("host"))
            .or_else(|| hosts.map(names))
            .or_else(|| variable("PGHOSTADDR"))
            .or_else(|| variable("PGHOST"));
        // A service file can name any host.
        let service = parameter("service").or_else(|| variable("PGSERVICE"));
        let is_local = match (&hosts, service) {
            (None, service) => service.is_none(),
            (Some(hosts), _) => hosts.split(',').all(leads_here),
        };
        let mode = parameter("sslmode").or_else(|| variable("PGSSLMODE"));
        let insists =
            |mode: String| ["require", "verify-ca", "verify-full"].contains(&mode.as_str());
        Self { is_local, is_encrypted: mode.is_some_and(insists) }
    }
}

/// The hosts of a URL, without their ports.
pub(super) fn names(hosts: &str) -> String {
    let bare = |host: &str| match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, _port)) => address.to_owned(),
        None => decoded(host.split(':').next().unwrap_or_default()),
    };
    hosts.split(',').map(bare).collect::<Vec<_>>().join(",")
}

/// Whether a host is this machine: a socket's directory, or loopback.
pub(super) fn leads_here(host: &str) -> bool {
    host.is_empty()
        || host.starts_with(['/', '@'])
        || host == "localhost"
        || host.parse().is_ok_and(|address: std::net::IpAddr| address.to_canonical().is_loopback())
}

/// Undoes percent-encoding; what is no encoding stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let encoded = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(encoded.unwrap_or(b'%'));
        rest = if encoded.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(url: &str) -> Way {
        Way::of(url, &Environment::new())
    }

    #[test]
    fn loopback_and_sockets_are_this_machine() {
        for url in [
            "postgres://app@localhost/desk",
            "postgresql://app:p%40ss@127.0.0.1:5433/desk",
            "postgres://app@[::1]:5432/desk",
            "postgres:///desk",
            "postgres:///desk?host=/run/postgresql",
            "postgres://%2Frun%2Fpostgresql/desk",
            "postgres://localhost,127.0.0.1:5433/desk",
        ] {
            assert!(way(url).is_local, "{url}");
        }
    }

    #[test]
    fn any_other_host_is_not() {
        for url in [
            "postgres://app@db/desk",
            "postgres://localhost@db/desk",
            "postgres://app:x@y@db/desk",
            "postgres://localhost:a?b@db/desk",
            "postgres://app@localhost@db/desk",
            "postgres://localhost,db/desk",
            "postgres://localhost/desk?host=db",
            "postgres://localhost/desk?%68ost=10.0.0.5",
            "postgres://localhost/desk?hostaddr=10.0.0.5",
            "postgres:///desk?service=production",
            "postgres://127.0.0.1.example/desk",
        ] {
            assert!(!way(url).is_local, "{url}");
        }
    }

    #[test]
    fn libpqs_own_variables_count() {
        let environment =
            |name: &str, value: &str| Environment::from([(name.into(), value.into())]);
        assert!(!Way::of("postgres:///desk", &environment("PGHOST", "db")).is_local);
        assert!(Way::of("postgres://db/desk", &environment("PGSSLMODE", "require")).is_encrypted);
    }

    #[test]
    fn only_what_insists_on_tls_is_encrypted() {
        for mode in ["require", "verify-ca", "verify-full"] {
            assert!(way(&format!("postgres://db/desk?sslmode={mode}")).is_encrypted, "{mode}");
        }
        for mode in ["disable", "allow", "prefer", "", "require&sslmode=prefer"] {
            assert!(!way(&format!("postgres://db/desk?sslmode={mode}")).is_encrypted, "{mode}");
        }
    }

    #[test]
    fn clear_text_to_another_machine_needs_somebody_who_vouches_for_the_network() {
        let remote = way("postgres://db/desk");
        assert!(judge(&remote, false, false).unwrap_err().contains("sslmode=verify-full"));
        assert!(judge(&remote, false, true).unwrap_err().contains("built without TLS"));
        assert_eq!(judge(&remote, true, true), Ok(()));
        assert_eq!(judge(&way("postgres://localhost/desk"), false, true), Ok(()));
        assert_eq!(judge(&way("postgres://db/desk?sslmode=require"), false, false), Ok(()));
        let impossible = judge(&way("postgres://db/desk?sslmode=require"), true, true);
        assert!(impossible.unwrap_err().contains("built without it"));
    }
}

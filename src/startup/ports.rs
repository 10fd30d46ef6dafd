//! The ports of a process: of the API, and of the metrics.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use metrics::{counter, gauge};
use tokio::task::JoinHandle;

use super::Failure;
use crate::config::Settings;
use crate::service::House;
use crate::telemetry::{self, metric};

/// Takes a port, or says in one line why not.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| in_use(address, "listen", error))
}

/// Takes the port of the metrics, if they are shown.
pub(crate) fn bind_metrics(
    settings: &Settings,
) -> Result<Option<tokio::net::TcpListener>, Failure> {
    let bound = settings.watch.metrics_listen.map(|address| {
        telemetry::bind(address).map_err(|error| in_use(address, "metrics_listen", error))
    });
    bound.transpose()
}

/// A port that could not be had.
fn in_use(address: SocketAddr, setting: &str, error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure(format!(
            "{address} is in use by another program; stop it, or set `{setting}` to another port"
        )),
        _ => Failure::of(address, error),
    }
}

/// Shows metrics until the task is ended.
pub(super) fn show_metrics(
    house: &House,
    listener: Option<tokio::net::TcpListener>,
) -> Result<JoinHandle<()>, Failure> {
    let Some(listener) = listener else { return Ok(tokio::spawn(async {})) };
    let handle = telemetry::record().map_err(|error| Failure::of("metrics", error))?;
    let (db, hasher) = (house.db.clone(), Arc::clone(&house.hasher));
    let sample = move || {
        let (reads, writes) = db.waiting();
        counter!(metric::HASHES).absolute(hasher.made());
        gauge!(metric::DATABASE_WAITING, metric::QUEUE => "read").set(count(reads));
        gauge!(metric::DATABASE_WAITING, metric::QUEUE => "write").set(count(writes));
    };
    Ok(tokio::spawn(telemetry::show(listener, handle, sample)))
}

/// A length as a gauge has it.
fn count(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::INFINITY, f64::from)
}

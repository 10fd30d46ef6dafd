//! From settings to a running process: database, keys, house; then the API, the jobs, or both, until
//! somebody says stop.

mod appointments;
mod blobs;
mod commands;
mod failure;
mod jobs;
mod keys;
mod limits;
mod lines;
mod pii;
mod policy;
mod ports;
mod post;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, LazyLock};

use caredesk_core::domain::actor::Actor;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use appointments::{make_site_admin, make_support_user};
pub use commands::{
    create_platform_admin, migrate_database, rotate_signing_key, verify_audit, write_checkpoint,
    write_documents,
};
pub use failure::Failure;
pub use jobs::{JobsAsked, cancel_job, list_jobs, watch_job};
pub(crate) use keys::{Missing, keyring, prepare_file, sqlite_path};
pub use lines::input;
pub use pii::scan;
pub use policy::{
    Explained, check_policy, decide_lines, explain_policy, judge_name_lines, suggest_lines,
};
pub(crate) use ports::{bind, bind_metrics};

use ports::show_metrics;
use post::post;

use crate::api::hooks::{Callbacks, InboundMail};
use crate::api::server;
use crate::config::{Inbound, LogFormat, Settings};
use crate::jobs::{self as background, JobSettings};
use crate::service::policy::Rules;
use crate::service::sending::Texting;
use crate::service::{Ask, House, HouseParts};
use crate::store::Origin;
use crate::store::db::{Db, DbSettings, migrate};
use crate::store::throttle::Allowance;
use crate::telemetry;
use crate::vault::{Clock, Entropy, HashLimits, HashParams, Hasher};

/// Writes an answer to standard output. A reader that has gone (`| head`) is no failure.
pub fn print(text: &str) {
    use io::Write;
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "standard output is closed");
    }
}

/// Learns in the background what requests sound like, so that nobody's first suggestion waits for it.
fn learn_phrases(house: &House) {
    let rules = Arc::clone(&house.rules);
    drop(tokio::task::spawn_blocking(move || {
        LazyLock::force(&rules.suggester);
    }));
}

/// Sets up logs as the settings say.
///
/// # Errors
/// The filter cannot be read.
pub fn log(settings: &Settings) -> Result<(), Failure> {
    let is_json = settings.watch.log_format == LogFormat::Json;
    telemetry::log(is_json, &settings.watch.log_filter)
        .map_err(|error| Failure::of("log_filter", error))
}

/// Runs the API, and the jobs if the settings say so, until a signal ends it.
///
/// # Errors
/// One line: a port that is taken, a database that is not there or not migrated, a key that is missing.
pub async fn serve(settings: &Settings, migrate_first: bool) -> Result<(), Failure> {
    if migrate_first {
        migrate_database(settings).await?;
    }
    let house = open_house(settings).await?;
    if settings.desk.is_example {
        tracing::warn!(
            "people are shown the contact of an example desk; set `desk_contact` to a file of your own"
        );
    }
    learn_phrases(&house);
    let listener = bind(settings.web.listen)?;
    let metrics = bind_metrics(settings)?;
    let running = Running { jobs: settings.jobs.inside_serve, listener, metrics };
    run(house, settings, running, |address| {
        tracing::info!(%address, engine = ?settings.engine(), "serving");
    })
    .await
}

/// Runs the jobs alone, until a signal ends it.
///
/// # Errors
/// As [`serve`].
pub async fn work(settings: &Settings) -> Result<(), Failure> {
    let house = open_house(settings).await?;
    let mut signals = Signals::listen()?;
    let metrics = show_metrics(&house, bind_metrics(settings)?)?;
    let (tell, stop) = watch::channel(false);
    let jobs = tokio::spawn(background::run(house, job_settings(settings)?, stop));
    tracing::info!("working");
    signals.next().await;
    end_jobs(&tell, Some(jobs), settings).await;
    metrics.abort();
    Ok(())
}

/// What a serving process holds before it begins.
pub(crate) struct Running {
    /// Whether it runs the jobs, too.
    pub(crate) jobs: bool,
    /// Where the API listens.
    pub(crate) listener: TcpListener,
    /// Where the metrics are shown.
    pub(crate) metrics: Option<tokio::net::TcpListener>,
}

/// Serves a house until a signal, then finishes what has begun. `announce` is called once requests are
/// accepted.
pub(crate) async fn run(
    house: House,
    settings: &Settings,
    running: Running,
    announce: impl FnOnce(SocketAddr),
) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::of("the server", error);
    let mut signals = Signals::listen()?;
    let address = running.listener.local_addr().map_err(failed)?;
    let job_settings = running.jobs.then(|| job_settings(settings)).transpose()?;
    let metrics = show_metrics(&house, running.metrics)?;
    let server =
        server::run(house.clone(), &options(settings), running.listener).map_err(failed)?;
    let handle = server.handle();
    let mut server = tokio::spawn(server);
    let (tell, stop) = watch::channel(false);
    let watching = house.watching.clone();
    let jobs = job_settings.map(|settings| tokio::spawn(background::run(house, settings, stop)));
    announce(address);
    let ended = tokio::select! {
        ended = &mut server => Some(ended),
        () = signals.next() => None,
    };
    if ended.is_none() {
        tracing::info!("stopping; what has begun is finished");
        watching.close(); // or streams that have no end would be waited for
        // Bounded by `shutdown_seconds`. A second signal changes nothing: some supervisors send two.
        handle.stop(true).await;
    }
    end_jobs(&tell, jobs, settings).await;
    metrics.abort();
    match ended {
        None | Some(Ok(Ok(()))) => Ok(()),
        Some(Ok(Err(error))) => Err(failed(error)),
        Some(Err(error)) => Err(Failure::of("the server", error)),
    }
}

/// Lets the jobs end their rounds.
async fn end_jobs(tell: &watch::Sender<bool>, jobs: Option<JoinHandle<()>>, settings: &Settings) {
    tell.send_replace(true);
    if let Some(jobs) = jobs
        && tokio::time::timeout(settings.web.shutdown, jobs).await.is_err()
    {
        tracing::warn!("the jobs did not end in time");
    }
}

/// The two signals that ask a process to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to listen; from now on neither kills the process.
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::of("signals", error));
        let terminate = listen(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Waits for the next of either.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What the API is told.
fn options(settings: &Settings) -> server::Options {
    let web = &settings.web;
    server::Options {
        public_url: web.public_url.clone(),
        cors_origins: web.cors_origins.clone(),
        trusted_proxies: web.trusted_proxies.clone(),
        rate_per_minute: web.requests_per_minute,
        rate_burst: web.request_burst,
        workers: web.workers,
        shutdown: web.shutdown,
        callbacks: settings.mail.gateway.as_ref().map(|gateway| Callbacks {
            base: gateway.callback.clone(),
            token: gateway.token.clone(),
        }),
        inbound_mail: settings.mail.inbound.as_ref().map(inbound_mail),
    }
}

/// How answers by email are taken.
fn inbound_mail(set: &Inbound) -> InboundMail {
    let window = SignedDuration::from_hours(1);
    InboundMail {
        secret: set.secret.clone(),
        address: set.address.to_string(),
        host: set.host.clone(),
        max_bytes: set.max_bytes,
        per_ticket: Allowance { attempts: set.per_ticket, window },
    }
}

/// What the jobs are told.
fn job_settings(settings: &Settings) -> Result<JobSettings, Failure> {
    let days = settings.keys.signing_key_days;
    Ok(JobSettings {
        checkpoint_dir: settings.jobs.checkpoint_dir.clone(),
        signing_key_age: SignedDuration::from_hours(days.saturating_mul(24)),
        post: post(settings)?,
        texting: Texting {
            hours: settings.mail.sms_hours,
            per_second: settings.mail.sms_per_second,
        },
    })
}

/// An ask of whoever has a shell on this machine.
pub(crate) fn operator(command: &str) -> Ask {
    // The contract promises that what stands for a request has no spaces.
    let request = format!("cli:{}", command.replace(' ', "."));
    Ask::of(Actor::Operator, Origin { request, address: None })
}

/// Opens everything: a migrated database, its keys, and the house.
pub(crate) async fn open_house(settings: &Settings) -> Result<House, Failure> {
    let entropy = Entropy::system();
    let db = open_database(settings).await?;
    let (keys, made) = keyring(settings, &entropy, Missing::Make)?;
    let hashing = &settings.hashing;
    let params = HashParams::new(hashing.memory_kib, hashing.passes, hashing.lanes)
        .map_err(|error| Failure::of("hash_memory_kib, hash_passes, hash_lanes", error))?;
    let usual = HashLimits::default();
    let limits = HashLimits { slots: hashing.slots.unwrap_or(usual.slots), ..usual };
    let hasher = Hasher::start(params, limits, keys.clone(), entropy.clone())
        .map_err(|error| Failure::of("password hashing", error))?;
    let blobs = blobs::open(settings, &keys, &entropy)?;
    let parts = HouseParts {
        db,
        clock: Clock::system(),
        keys,
        entropy,
        hasher,
        limits: limits::limits_of(settings),
        desk: settings.desk.contact.clone(),
        rules: Arc::new(rules_of(settings)),
        blobs,
        issuer: settings.web.public_url.clone(),
    };
    let opened = House::open(parts).await;
    match (opened, made) {
        (Ok(house), made) => {
            if let Some(made) = made {
                tracing::warn!(path = %made.display(), "a root key was made; back it up, apart from the database: without it the data cannot be used");
            }
            Ok(house)
        }
        (Err(refusal), None) => Err(refusal.into()),
        (Err(refusal), Some(made)) => {
            // The database knows another key; a new one would only hide that it is lost.
            drop(std::fs::remove_file(&made));
            let why = Failure::from(refusal);
            Err(Failure(format!("{why}; the key of this database belongs into {}", made.display())))
        }
    }
}

/// The rules that the settings name.
fn rules_of(settings: &Settings) -> Rules {
    let of = settings.rules.clone();
    Rules::new(of.desk, of.browsers, of.hours)
}

/// Opens the database and sees that it has every migration.
pub(crate) async fn open_database(settings: &Settings) -> Result<Db, Failure> {
    let advice = "run `caredesk migrate`, or `caredesk serve --migrate`";
    if let Some(path) = sqlite_path(settings)
        && !path.exists()
    {
        return Err(Failure(format!("there is no database at {}; {advice}", path.display())));
    }
    let database = &settings.database;
    let db = Db::open(&DbSettings {
        url: database.url.expose_secret().to_owned(),
        lanes: database.connections,
        queue: database.queue,
        statement_timeout_ms: database.statement_timeout_ms,
        observer: None,
    })?;
    if db.read(migrate::is_current).await? {
        Ok(db)
    } else {
        Err(Failure(format!("the database has not all migrations of this version; {advice}")))
    }
}

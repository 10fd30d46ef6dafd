//! From settings to a running process: database, keys, house; then the API, the jobs, or both, until
//! somebody says stop.

mod appointments;
mod commands;
mod jobs;
mod lines;
mod pii;
mod policy;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use jiff::SignedDuration;
use metrics::{counter, gauge};
use secrecy::ExposeSecret;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use appointments::{make_site_admin, make_support_user};
pub use commands::{
    create_platform_admin, migrate_database, rotate_signing_key, verify_audit, write_checkpoint,
    write_documents,
};
pub use jobs::{JobsAsked, cancel_job, list_jobs, watch_job};
pub use lines::input;
pub use pii::scan;
pub use policy::{
    Explained, check_policy, decide_lines, explain_policy, judge_name_lines, suggest_lines,
};

use crate::api::hooks::Callbacks;
use crate::api::server;
use crate::config::{ConfigError, Gateway, LogFormat, Mail, Settings};
use crate::deliver::{
    Authorities, GatewaySettings, GatewayUrl, PATIENCE, Post, PostSettings, Server,
};
use crate::guard::Refusal;
use crate::jobs::{self as background, JobSettings};
use crate::service::policy::Rules;
use crate::service::sending::Texting;
use crate::service::{Ask, House, HouseParts, Limits};
use crate::store::db::{Db, DbSettings, Engine, migrate};
use crate::store::throttle::Allowance;
use crate::store::{Origin, StoreError};
use crate::telemetry::{self, metric};
use crate::vault::{
    Clock, Entropy, HashLimits, HashParams, Hasher, Keyring, RootKey, load_or_make_root,
};

/// Why the program ends: one line for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// A failure of something that has a name of its own.
    pub fn of(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::Invalid(violations) | Refusal::Faulty { violations, .. } => {
                let says = violations.iter().map(|one| format!("{} {}", one.pointer, one.detail));
                Self(says.collect::<Vec<_>>().join("; "))
            }
            // What has a code of its own is known to the operator by it; the rest needs its reason.
            _ if refusal.code() != Code::Internal => Self(format!("refused: {}", refusal.code())),
            Refusal::Store(error) => Self(error.to_string()),
            Refusal::Hash(error) => Self(error.to_string()),
            Refusal::Broken(why) => Self(why.clone()),
            _ => Self("something failed".to_owned()),
        }
    }
}

/// Whether a root key may be made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// A new database gets a new key.
    Make,
    /// Without its key nothing can be said about a database.
    Refuse,
}

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
fn show_metrics(
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

/// What hands messages over.
fn post(settings: &Settings) -> Result<Post, Failure> {
    let mail = &settings.mail;
    let server = mail.smtp_url.as_ref().map(|url| Server::parse(url.expose_secret()));
    let server = server.transpose().map_err(|error| Failure::of("smtp_url", error))?;
    let settings = PostSettings {
        from: mail.from.clone(),
        folder: mail.folder.clone(),
        server,
        gateway: mail.gateway.as_ref().map(gateway).transpose()?,
        authorities: authorities(mail)?,
        link_enrolment: mail.link_enrolment.clone(),
        link_password_reset: mail.link_password_reset.clone(),
        link_invitation: mail.link_invitation.clone(),
        link_ticket: mail.link_ticket.clone(),
    };
    Post::open(settings).map_err(|error| Failure::of("mail", error))
}

/// The gateway for text messages.
fn gateway(set: &Gateway) -> Result<GatewaySettings, Failure> {
    let url = GatewayUrl::parse(&set.url).map_err(|error| Failure::of("sms_gateway_url", error))?;
    let Gateway { account, token, from, callback, .. } = set.clone();
    Ok(GatewaySettings { url, account, token, from, callback, patience: PATIENCE })
}

/// Who else may sign the certificates of the mail server and of the gateway.
fn authorities(mail: &Mail) -> Result<Authorities, Failure> {
    let Some(file) = &mail.authorities else { return Ok(Authorities::default()) };
    let failed = |why: String| Failure::of(format!("extra_ca_file: {}", file.display()), why);
    let pem = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    Authorities::parse(pem).map_err(failed)
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
    let parts = HouseParts {
        db,
        clock: Clock::system(),
        keys,
        entropy,
        hasher,
        limits: limits_of(settings),
        desk: settings.desk.contact.clone(),
        rules: Arc::new(Rules::new(settings.rules.desk.clone(), settings.rules.browsers.clone())),
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

/// The file of a SQLite database.
pub(crate) fn sqlite_path(settings: &Settings) -> Option<PathBuf> {
    let path = || PathBuf::from(settings.database.url.expose_secret());
    (settings.engine() == Engine::Sqlite).then(path)
}

/// Makes the file of a SQLite database, if it is not there, and its folder: for its owner only, since
/// names and addresses stand in it.
pub(crate) fn prepare_file(path: &Path) -> Result<(), Failure> {
    let prepare = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
    };
    prepare().map_err(|error: io::Error| Failure::of(path.display(), error))
}

/// The keys, and the file that a root key was made in just now, if it was.
pub(crate) fn keyring(
    settings: &Settings,
    entropy: &Entropy,
    missing: Missing,
) -> Result<(Keyring, Option<PathBuf>), Failure> {
    let given = &settings.keys;
    let parse = |name: &str, text: &secrecy::SecretString| {
        RootKey::parse(text.expose_secret()).map_err(|error| Failure::of(name, error))
    };
    let old =
        given.old.iter().map(|key| parse("root_keys_old", key)).collect::<Result<Vec<_>, _>>()?;
    let (root, made) = match (&given.root, &given.root_file, sqlite_path(settings)) {
        (Some(root), ..) => (parse("root_key", root)?, None),
        (None, Some(file), _) => key_file(file, entropy, Missing::Refuse)?,
        (None, None, Some(database)) => {
            let mut file = database.into_os_string();
            file.push(".key");
            key_file(Path::new(&file), entropy, missing)?
        }
        (None, None, None) => {
            let says = "PostgreSQL needs a root key: set CAREDESK_ROOT_KEY, or root_key_file \
                        (`openssl rand -base64 32` makes a key)";
            return Err(Failure(says.to_owned()));
        }
    };
    Ok((Keyring::new(&root, &old), made))
}

/// The root key in a file, and the file's path if it was made now.
fn key_file(
    file: &Path,
    entropy: &Entropy,
    missing: Missing,
) -> Result<(RootKey, Option<PathBuf>), Failure> {
    if missing == Missing::Refuse && !file.exists() {
        return Err(Failure(format!("there is no root key at {}", file.display())));
    }
    let (root, made) = load_or_make_root(file, entropy)
        .map_err(|error| Failure::of(format!("the root key in {}", file.display()), error))?;
    Ok((root, made.then(|| file.to_owned())))
}

/// Minutes of the windows that are not for the operator to set.
const HOUR: i64 = 60;
/// See [`HOUR`].
const DAY: i64 = 24 * HOUR;

/// How often things may be tried, as the use cases count it.
fn limits_of(settings: &Settings) -> Limits {
    let limits = &settings.limits;
    let allow =
        |attempts, minutes| Allowance { attempts, window: SignedDuration::from_mins(minutes) };
    Limits {
        sign_in_per_name: allow(limits.sign_in_per_name, limits.sign_in_minutes),
        sign_in_per_address: allow(limits.sign_in_per_address, limits.sign_in_minutes),
        sign_in_per_name_everywhere: allow(
            limits.sign_in_per_name_everywhere,
            limits.sign_in_minutes,
        ),
        sign_in_per_tenant: allow(limits.sign_in_per_tenant, limits.sign_in_minutes),
        codes_per_account: allow(limits.codes, limits.code_minutes),
        codes_per_account_everywhere: allow(limits.codes_everywhere, HOUR),
        messages_per_contact: allow(limits.messages_per_contact, HOUR),
        messages_per_tenant: allow(limits.messages_per_tenant, HOUR),
        codes_per_invitation: allow(limits.codes_per_invitation, HOUR),
        family_codes_per_tenant: allow(limits.family_codes_per_tenant, HOUR),
        sent_per_contact: allow(limits.sent_per_contact, DAY),
        resends_per_contact: allow(limits.resends_per_contact, HOUR),
        help_per_address: allow(limits.help_per_address, HOUR),
        emergencies_per_address: allow(limits.emergencies_per_address, HOUR),
        help_per_account: allow(limits.help_per_account, HOUR),
        shares_per_account: allow(limits.shares_per_account, HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn the_settings_allow_what_the_use_cases_do_by_themselves() {
        let of_settings = limits_of(&Settings::load(None, &Environment::new()).unwrap());
        assert_eq!(of_settings, Limits::default());
    }

    #[test]
    fn the_settings_hash_as_the_vault_does_by_itself() {
        let hashing = Settings::load(None, &Environment::new()).unwrap().hashing;
        let params = HashParams::new(hashing.memory_kib, hashing.passes, hashing.lanes);
        assert_eq!(params, Ok(HashParams::default()));
    }

    #[test]
    fn postgresql_has_no_key_of_its_own_making() {
        let url = ("DATABASE_URL".into(), "postgres://localhost/desk".into());
        let settings = Settings::load(None, &Environment::from([url])).unwrap();
        let refusal = keyring(&settings, &Entropy::seeded(1), Missing::Make).unwrap_err();
        assert!(refusal.to_string().contains("CAREDESK_ROOT_KEY"), "{refusal}");
    }
}

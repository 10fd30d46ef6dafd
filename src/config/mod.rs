//! The settings: out of a TOML file and the environment, checked before anything starts.
//!
//! [`TABLE`] is the one place that names and documents them; [`Settings`] is what the program reads.
//! A small reader of our own over `toml`, and not the crate `config`: that one quotes values in its
//! errors, which may be secrets, and knows no table to refuse unknown variables by.
//!
//! To add a setting: a row of the table, and the field that reads it; a test holds one against the
//! other.

mod attachments;
mod desk;
mod mail;
mod network;
mod print;
mod rules;
mod source;
mod table;
mod transport;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use attachments::Attachments;
pub use desk::Desk;
pub use mail::{Gateway, Inbound, Mail};
pub use network::{Network, NotANetwork};
pub use print::{example, markdown};
pub use rules::Rules;
use source::{All, Parse, Values};
pub use source::{ConfigError, Environment};
pub use table::{FILE_VARIABLE, Fallback, Kind, Row, TABLE};

use crate::store::db::Engine;

/// Everything that an operator can set. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Database,
    /// The keys.
    pub keys: Keys,
    /// The cost of passwords.
    pub hashing: Hashing,
    /// The API.
    pub web: Web,
    /// How often things may be tried.
    pub limits: Limits,
    /// How messages leave.
    pub mail: Mail,
    /// Where the files of tickets are kept.
    pub attachments: Attachments,
    /// The desk's contact.
    pub desk: Desk,
    /// What the desk and the product judge by.
    pub rules: Rules,
    /// What runs by itself.
    pub jobs: Jobs,
    /// Logs and metrics.
    pub watch: Watch,
}

/// Where the data is, and how it is reached.
#[derive(Debug, Clone)]
pub struct Database {
    /// A SQLite file's path, or a PostgreSQL URL.
    pub url: SecretString,
    /// The URL of the role that owns the tables.
    pub migration_url: Option<SecretString>,
    /// The role that is granted what the program needs.
    pub role: Option<String>,
    /// Connections besides SQLite's writer.
    pub connections: usize,
    /// Requests that may wait for one.
    pub queue: usize,
    /// Longest that a PostgreSQL statement may run.
    pub statement_timeout_ms: u32,
}

/// The root keys, as they were given, and how long the keys under them last.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The root key itself.
    pub root: Option<SecretString>,
    /// A file that holds it.
    pub root_file: Option<PathBuf>,
    /// Those of before.
    pub old: Vec<SecretString>,
    /// Days that a key signs access tokens.
    pub signing_key_days: i64,
}

/// What a password's hash costs, and how many are made at once.
#[derive(Debug, Clone)]
pub struct Hashing {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes in it.
    pub lanes: u32,
    /// Hashes at once; none for the machine's own number.
    pub slots: Option<usize>,
}

/// The API as others reach it.
#[derive(Debug, Clone)]
pub struct Web {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What clients call it by; without a slash at its end.
    pub public_url: String,
    /// Threads that speak HTTP.
    pub workers: usize,
    /// Origins that browsers may call it from.
    pub cors_origins: Vec<String>,
    /// Whose forwarded headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Requests of one address in a minute.
    pub requests_per_minute: u32,
    /// How many of them may come at once.
    pub request_burst: u32,
    /// How long a stopping server waits for what it has begun.
    pub shutdown: Duration,
}

/// Attempts in a window.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Sign-ins with one name from one place.
    pub sign_in_per_name: i64,
    /// Sign-ins with one name from all places where it is not at home.
    pub sign_in_per_name_everywhere: i64,
    /// Sign-ins to one organisation from all places where their name is not at home.
    pub sign_in_per_tenant: i64,
    /// Sign-ins from one address.
    pub sign_in_per_address: i64,
    /// In so many minutes.
    pub sign_in_minutes: i64,
    /// Second-factor codes of one account from one place.
    pub codes: i64,
    /// In so many minutes.
    pub code_minutes: i64,
    /// Second-factor codes of one account in an hour from all places where it is not at home.
    pub codes_everywhere: i64,
    /// Links and codes that are sent to one contact in an hour.
    pub messages_per_contact: i64,
    /// Links and codes that are sent to one organisation's own people in an hour.
    pub messages_per_tenant: i64,
    /// Codes that are sent to whoever comes by one invitation in an hour.
    pub codes_per_invitation: i64,
    /// Codes that are sent to families who come by one organisation's invitations in an hour.
    pub family_codes_per_tenant: i64,
    /// Other messages that one contact is sent in a day.
    pub sent_per_contact: i64,
    /// Messages that one contact is sent once more in an hour.
    pub resends_per_contact: i64,
    /// Searches of the help centre without a session from one address in an hour.
    pub help_per_address: i64,
    /// Reports of emergencies without a session from one address in an hour.
    pub emergencies_per_address: i64,
    /// Searches of the help centre of one account in an hour.
    pub help_per_account: i64,
    /// Articles that one account shares with colleagues in an hour.
    pub shares_per_account: i64,
    /// Tickets that one account opens for itself in an hour.
    pub tickets_per_account: i64,
    /// Tickets that one agent opens for callers in an hour.
    pub tickets_per_agent: i64,
    /// Replies of one account on tickets in an hour.
    pub replies_per_account: i64,
}

/// What runs by itself.
#[derive(Debug, Clone)]
pub struct Jobs {
    /// Whether `serve` runs the jobs, too.
    pub inside_serve: bool,
    /// Where checkpoints of the audit are kept.
    pub checkpoint_dir: PathBuf,
}

/// Logs and metrics.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Where metrics are shown.
    pub metrics_listen: Option<SocketAddr>,
    /// How logs look.
    pub log_format: LogFormat,
    /// Which logs are written.
    pub log_filter: String,
}

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// An object a line, for programs.
    Json,
    /// For people.
    Text,
}

impl Settings {
    /// Reads the settings from a file, if one is named, and the environment.
    ///
    /// # Errors
    /// [`ConfigError`]: an unknown name, a value that does not fit, settings that contradict each other,
    /// a database that would be reached in clear text.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut values = Values::load(file, environment)?;
        let private = values.get("database_private_network")?;
        let settings = Self::of(&mut values)?;
        let Database { url, migration_url, .. } = &settings.database;
        for url in std::iter::once(url).chain(migration_url) {
            transport::check(url.expose_secret(), private, environment)?;
        }
        if settings.keys.root.is_some() && settings.keys.root_file.is_some() {
            let both = "`root_key` and `root_key_file` are both set; keep one".to_owned();
            return Err(ConfigError::Together(both));
        }
        Ok(settings)
    }

    /// Takes every setting out of its value.
    fn of(values: &mut Values) -> Result<Self, ConfigError> {
        let (web, desk) = (Web::of(values)?, Desk::of(values)?);
        let database = Database::of(values)?;
        Ok(Self {
            attachments: Attachments::of(values, &database)?,
            mail: Mail::of(values, &web.public_url)?,
            rules: Rules::of(values, &desk)?,
            desk,
            database,
            keys: Keys {
                root: values.maybe("root_key")?,
                root_file: values.maybe("root_key_file")?,
                old: values.get("root_keys_old")?,
                signing_key_days: values.get("signing_key_days")?,
            },
            hashing: Hashing {
                memory_kib: values.get("hash_memory_kib")?,
                passes: values.get("hash_passes")?,
                lanes: values.get("hash_lanes")?,
                slots: values.maybe("hash_slots")?,
            },
            web,
            limits: Limits {
                sign_in_per_name: values.get("sign_in_attempts_per_name")?,
                sign_in_per_name_everywhere: values.get("sign_in_attempts_per_name_everywhere")?,
                sign_in_per_tenant: values.get("sign_in_attempts_per_tenant")?,
                sign_in_per_address: values.get("sign_in_attempts_per_address")?,
                sign_in_minutes: values.get("sign_in_window_minutes")?,
                codes: values.get("code_attempts")?,
                code_minutes: values.get("code_window_minutes")?,
                codes_everywhere: values.get("code_attempts_everywhere")?,
                messages_per_contact: values.get("messages_per_contact")?,
                messages_per_tenant: values.get("messages_per_tenant")?,
                codes_per_invitation: values.get("codes_per_invitation")?,
                family_codes_per_tenant: values.get("family_codes_per_tenant")?,
                sent_per_contact: values.get("messages_per_contact_per_day")?,
                resends_per_contact: values.get("resends_per_contact")?,
                help_per_address: values.get("help_searches_per_address")?,
                emergencies_per_address: values.get("emergency_reports_per_address")?,
                help_per_account: values.get("help_searches_per_account")?,
                shares_per_account: values.get("article_shares_per_account")?,
                tickets_per_account: values.get("tickets_per_account")?,
                tickets_per_agent: values.get("tickets_per_agent")?,
                replies_per_account: values.get("ticket_replies_per_account")?,
            },
            jobs: Jobs {
                inside_serve: values.get("run_worker")?,
                checkpoint_dir: values.get("checkpoint_dir")?,
            },
            watch: Watch {
                metrics_listen: values.maybe("metrics_listen")?,
                log_format: values.get("log_format")?,
                log_filter: values.get("log_filter")?,
            },
        })
    }

    /// Which engine keeps the data.
    pub fn engine(&self) -> Engine {
        Engine::of(self.database.url.expose_secret())
    }
}

impl Database {
    /// Takes the settings of the database.
    fn of(values: &mut Values) -> Result<Self, ConfigError> {
        let DatabaseUrl(url) = values.get("database_url")?;
        let migration_url = values.maybe("database_migration_url")?.map(|DatabaseUrl(url)| url);
        let per_core = if Engine::of(url.expose_secret()) == Engine::Sqlite { 2 } else { 5 };
        let role: Option<String> = values.maybe("database_role")?;
        Ok(Self {
            role: role.or_else(|| migration_url.as_ref().map(|_| "caredesk_app".to_owned())),
            connections: values
                .maybe("database_connections")?
                .unwrap_or_else(|| cores().saturating_mul(per_core)),
            queue: values.get("database_queue")?,
            statement_timeout_ms: values.get("statement_timeout_ms")?,
            url,
            migration_url,
        })
    }
}

impl Web {
    /// Takes the settings of the API.
    fn of(values: &mut Values) -> Result<Self, ConfigError> {
        let BaseUrl(public_url) = values.get("public_url")?;
        let All(origins) = values.get::<All<BaseUrl>>("cors_origins")?;
        let All(trusted_proxies) = values.get("trusted_proxies")?;
        Ok(Self {
            listen: values.get("listen")?,
            public_url,
            workers: values.maybe("workers")?.unwrap_or_else(cores),
            cors_origins: origins.into_iter().map(|BaseUrl(origin)| origin).collect(),
            trusted_proxies,
            requests_per_minute: values.get("requests_per_minute")?,
            request_burst: values.get("request_burst")?,
            shutdown: Duration::from_secs(values.get("shutdown_seconds")?),
        })
    }
}

/// How many cores this process may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// What may stand as a database.
struct DatabaseUrl(SecretString);

impl Parse for DatabaseUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let strange = text.contains("://") || text.starts_with("file:") || text.starts_with(':');
        if text.is_empty() || (Engine::of(text) == Engine::Sqlite && strange) {
            return Err("must be the path of a file or a URL postgres://...".to_owned());
        }
        Ok(Self(text.into()))
    }
}

/// Scheme, host and perhaps a port: what a link or an origin begins with.
struct BaseUrl(String);

impl Parse for BaseUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let url = text.strip_suffix('/').unwrap_or(text);
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let bare = |host: &str| {
            let bad = |c: char| c.is_whitespace() || c.is_control() || "/?#@\\*\"<>".contains(c);
            !host.is_empty() && !host.contains(bad)
        };
        match rest {
            Some(host) if bare(host) => Ok(Self(url.to_owned())),
            _ => Err("must be http:// or https:// with a host, and no path".to_owned()),
        }
    }
}

impl Parse for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Parse for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("must be a path".to_owned()) } else { Ok(text.into()) }
    }
}

impl Parse for SocketAddr {
    fn parse(text: &str) -> Result<Self, String> {
        let expected = "must be an address and a port, such as 127.0.0.1:8080";
        text.parse().map_err(|_says_little| expected.to_owned())
    }
}

impl Parse for Network {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: NotANetwork| error.to_string())
    }
}

impl Parse for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("must be json or text".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;

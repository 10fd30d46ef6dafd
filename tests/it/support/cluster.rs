//! Where the tests' PostgreSQL databases come from.
//!
//! [`Cluster::shared`] is the server of `TEST_DATABASE_URL`, or else a throw-away one on a private
//! Unix socket, started once per test process and gone with it, however that process ends. Start
//! reading there; `cluster.sh` holds the server's settings and its end.

use std::env;
use std::fmt::Display;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// Owns the databases and their schema, and migrates.
const OWNER: &str = "caredesk_owner";

/// Whom the product works as; owns nothing.
const APP: &str = "caredesk_app";

/// Password of both roles, needed where the server is not our own and may ask for one.
const PASSWORD: &str = "caredesk-test";

/// Whom the server runs as when the tests are root, which PostgreSQL refuses to be.
const SERVER_USER: &str = "postgres";

/// Starts a server, prints its socket's directory, and ends it when standard input closes.
const SCRIPT: &str = include_str!("cluster.sh");

/// Creates the two roles; several test processes may do so on one server at the same moment.
///
/// A superuser needs no grants; a role that may only create roles and databases joins both, or it
/// could neither give a database to the owner nor end the application's connections.
const ROLES: &str = "
    BEGIN;
    SELECT pg_advisory_xact_lock(7304011);
    DO $$
    DECLARE
        who text;
    BEGIN
        FOREACH who IN ARRAY ARRAY['{owner}', '{app}'] LOOP
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
                EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L', who, '{password}');
            END IF;
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                EXECUTE format('GRANT %I TO %I', who, current_user);
            END IF;
        END LOOP;
    END
    $$;
    COMMIT;";

/// A PostgreSQL server with the roles `caredesk_owner` and `caredesk_app`.
///
/// Database names are the caller's to make unique: a server from `TEST_DATABASE_URL` may be shared
/// by several test processes.
pub(crate) struct Cluster {
    /// Everything of a URL but user and database.
    url: Parts,
    /// Where statements about databases are run.
    maintenance_url: String,
    /// Connections for such statements that nobody uses just now.
    idle: Mutex<Vec<PgConnection>>,
    /// Keeps a server of our own alive: it ends when the process does, and this pipe with it.
    alive: Option<ChildStdin>,
}

impl Cluster {
    /// Returns the server of this test process, which the first call finds or starts.
    ///
    /// # Panics
    /// When there is none to be had, with the reason.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
        let cluster = SHARED.get_or_init(|| match env::var("TEST_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Self::at(&url, None),
            _ => Self::start(),
        });
        match cluster {
            Ok(cluster) => cluster,
            Err(reason) => panic!("no PostgreSQL for the tests: {reason}"),
        }
    }

    /// Creates the database `name` as a copy of `template`, which nobody may be connected to.
    pub(crate) fn create_from(&self, template: &str, name: &str) {
        let (template, name) = (quoted(template), quoted(name));
        self.run(&format!(
            "CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy OWNER {OWNER}"
        ));
    }

    /// Creates the database `name` with nothing in it.
    pub(crate) fn create_empty(&self, name: &str) {
        self.create_from("template0", name);
    }

    /// Drops the database `name` if it is there, and whatever is connected to it.
    pub(crate) fn drop(&self, name: &str) {
        self.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)));
    }

    /// The URL by which the owner migrates the database `name`.
    pub(crate) fn owner_url(&self, name: &str) -> String {
        self.url.of(&self.login(OWNER), name)
    }

    /// The URL by which the product uses the database `name`.
    pub(crate) fn app_url(&self, name: &str) -> String {
        self.url.of(&self.login(APP), name)
    }

    /// The URL of the database `name` for somebody who may do anything.
    pub(crate) fn superuser_url(&self, name: &str) -> String {
        self.url.of(&self.url.user, name)
    }

    /// User part of a URL for one of our roles; our own server asks for no password.
    fn login(&self, role: &str) -> String {
        if self.alive.is_some() { role.to_owned() } else { format!("{role}:{PASSWORD}") }
    }

    /// Starts a server of our own.
    fn start() -> Result<Self, String> {
        let binaries = server_binaries()?;
        let mut watcher = unprivileged()?
            .args(["sh", "-c", SCRIPT, "cluster.sh", &binaries])
            .current_dir("/")
            .env("LC_ALL", "C")
            // A group of its own: Ctrl-C must not reach the watcher, or nobody would clean up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(said("cannot run sh"))?;
        let mut directory = String::new();
        if let Some(out) = watcher.stdout.take() {
            BufReader::new(out).read_line(&mut directory).map_err(said("cannot read from sh"))?;
        }
        let directory = directory.trim_end();
        if directory.is_empty() {
            return Err("the server did not start, its log is above".to_owned());
        }
        // The port stands here because libpq would otherwise listen to PGPORT.
        let url = format!("postgres://postgres@/postgres?host={directory}&port=5432");
        Self::at(&url, watcher.stdin.take())
    }

    /// Takes a server that runs, and makes sure that it has the two roles.
    fn at(url: &str, alive: Option<ChildStdin>) -> Result<Self, String> {
        let parts = Parts::of_url(url)?;
        let maintenance_url = url.to_owned();
        let cluster = Self { url: parts, maintenance_url, idle: Mutex::default(), alive };
        let roles =
            ROLES.replace("{owner}", OWNER).replace("{app}", APP).replace("{password}", PASSWORD);
        cluster.try_run(&roles)?;
        Ok(cluster)
    }

    /// Runs statements as the superuser.
    fn try_run(&self, sql: &str) -> Result<(), String> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = idle().pop();
        let mut conn = match spare {
            Some(conn) => conn,
            None => PgConnection::establish(&self.maintenance_url)
                .map_err(said("cannot connect to the server"))?,
        };
        conn.batch_execute(sql).map_err(said(sql.trim()))?;
        idle().push(conn);
        Ok(())
    }

    /// Runs a statement without which the test makes no sense.
    fn run(&self, sql: &str) {
        if let Err(reason) = self.try_run(sql) {
            panic!("{reason}");
        }
    }
}

/// A connection URL in pieces: `{scheme}://{user}@{host}/{database}{query}`.
#[derive(Debug)]
struct Parts {
    /// Up to the colon.
    scheme: String,
    /// Name and, after a colon, password.
    user: String,
    /// Host and port; empty for a socket, which the query names.
    host: String,
    /// Parameters with their question mark, or empty.
    query: String,
}

impl Parts {
    /// Takes a URL apart and leaves its database out.
    fn of_url(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or("TEST_DATABASE_URL does not look like postgres://user@host/database")?;
        let (rest, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        Ok(Self {
            scheme: scheme.to_owned(),
            user: user.to_owned(),
            host: host.to_owned(),
            query: query.to_owned(),
        })
    }

    /// The URL of a database for a user.
    fn of(&self, user: &str, database: &str) -> String {
        let Self { scheme, host, query, .. } = self;
        let at = if user.is_empty() { "" } else { "@" };
        format!("{scheme}://{user}{at}{host}/{database}{query}")
    }
}

/// Directory of the server's binaries, by the script that also knows how to install them.
fn server_binaries() -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres-binaries.sh");
    let found =
        Command::new(script).arg("--find").output().map_err(said("postgres-binaries.sh"))?;
    let text = if found.status.success() { found.stdout } else { found.stderr };
    let text = String::from_utf8_lossy(&text).trim_end().to_owned();
    if found.status.success() { Ok(text) } else { Err(text) }
}

/// A command that runs its arguments as somebody whom PostgreSQL accepts.
fn unprivileged() -> Result<Command, String> {
    let id = |args: &[&str]| Command::new("id").args(args).output().map_err(said("cannot run id"));
    if id(&["-u"])?.stdout != b"0\n" {
        return Ok(Command::new("env"));
    }
    if !id(&["-u", SERVER_USER])?.status.success() {
        return Err(format!("root needs the user {SERVER_USER} to run it as, who does not exist"));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", SERVER_USER, "--regid", SERVER_USER, "--init-groups"]);
    Ok(command)
}

/// A name as SQL takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Puts what was tried before what went wrong.
fn said<E: Display>(tried: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{tried}: {error}")
}

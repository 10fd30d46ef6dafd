//! A database for each test: a copy of a migrated template.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use caredesk::store::db::migrate::migrate;
use caredesk::store::db::{DbSettings, Observer};

use super::cluster::Cluster;

/// Numbers the databases of this process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database that goes away with its test.
pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Database {
    /// A copy of the migrated file.
    pub(crate) fn sqlite() -> Self {
        static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            sweep();
            let path = path("template");
            migrate(&path.to_string_lossy(), None).expect("the template migrates");
            path
        });
        let copy = path(&NEXT.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::copy(template, &copy).expect("the template is copied");
        Self::Sqlite(copy)
    }

    /// A copy of the migrated database.
    pub(crate) fn postgres() -> Self {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        let cluster = Cluster::shared();
        let template = TEMPLATE.get_or_init(|| {
            let name = format!("caredesk_template_{}", std::process::id());
            cluster.create_empty(&name);
            migrate(&cluster.owner_url(&name), Some("caredesk_app"))
                .expect("the template migrates");
            name
        });
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("caredesk_test_{}_{number}", std::process::id());
        cluster.create_from(template, &name);
        Self::Postgres(name)
    }

    /// Where the program finds it, as the role that the program has.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => path.to_string_lossy().into_owned(),
            Self::Postgres(name) => Cluster::shared().app_url(name),
        }
    }

    /// As whoever may do everything: for what a burglar would do.
    pub(crate) fn url_of_a_burglar(&self) -> String {
        match self {
            Self::Sqlite(_) => self.url(),
            Self::Postgres(name) => Cluster::shared().superuser_url(name),
        }
    }

    /// How it is opened, with somebody who watches the statements.
    pub(crate) fn settings(&self, observer: Option<Observer>) -> DbSettings {
        DbSettings { url: self.url(), lanes: 3, queue: 256, statement_timeout_ms: 20_000, observer }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(files_of(&self.url())));
        match self {
            Self::Sqlite(path) => {
                for end in ["", "-wal", "-shm"] {
                    let mut file = path.clone().into_os_string();
                    file.push(end);
                    drop(std::fs::remove_file(file));
                }
            }
            Self::Postgres(name) => Cluster::shared().drop(name),
        }
    }
}

/// A file of this process in the folder of the tests.
fn path(name: &str) -> PathBuf {
    folder().join(format!("{PREFIX}{}-{name}.db", std::process::id()))
}

/// The folder that a house on a database keeps files in.
pub(crate) fn files_of(url: &str) -> PathBuf {
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    folder().join(format!("{PREFIX}{}-files-{name}", std::process::id()))
}

/// What the files of the tests begin with; the process's id comes next.
const PREFIX: &str = "caredesk-test-";

/// In memory where that is to be had, else where temporary files are.
fn folder() -> PathBuf {
    let shared_memory = PathBuf::from("/dev/shm");
    if shared_memory.is_dir() { shared_memory } else { std::env::temp_dir() }
}

/// Removes what test processes that are over have left: a template lives as long as its process.
fn sweep() {
    for file in std::fs::read_dir(folder()).into_iter().flatten().flatten() {
        let name = file.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if owner.is_some_and(|pid| !PathBuf::from("/proc").join(pid).exists()) {
            drop(std::fs::remove_file(file.path()));
            drop(std::fs::remove_dir_all(file.path()));
        }
    }
}

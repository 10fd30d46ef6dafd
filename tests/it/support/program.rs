//! The program itself, as an operator runs it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::app::ROOT;
use super::db::Database;

/// Who signs the tokens.
const ISSUER: &str = "https://desk.example";

/// A running server in a process of its own.
pub(crate) struct Program {
    child: Child,
    pub(crate) base: String,
    log: Arc<Mutex<String>>,
}

impl Program {
    /// Starts it, and waits until it says where it listens.
    pub(crate) fn start(database: &Database, folder: &str) -> Self {
        Self::start_with(database, folder, &[])
    }

    /// As [`Self::start`], with settings of the test's choice.
    pub(crate) fn start_with(database: &Database, folder: &str, settings: &[(&str, &str)]) -> Self {
        let mut child = run(database, folder, &["serve"])
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut lines = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "the program ended: {lines}");
            lines += &line;
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            let address = event.pointer("/fields/address").or(event.get("address"));
            if let Some(address) = address.and_then(Value::as_str) {
                break address.to_owned();
            }
        };
        let log = Arc::new(Mutex::new(lines));
        // Somebody reads on, or the program would wait for its log to be read.
        let rest = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut chunk = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = stderr.read(&mut chunk) {
                rest.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..length]));
            }
        });
        Self { child, base: format!("http://{address}"), log }
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Everything that it has written to its log.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A command of the program.
pub(crate) fn run(database: &Database, folder: &str, command: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_caredesk"));
    program.args(command).env_clear().current_dir(folder).stdin(Stdio::null());
    for (name, value) in [
        ("DATABASE_URL", database.url().as_str()),
        ("CAREDESK_DATABASE_CONNECTIONS", "3"),
        ("CAREDESK_ROOT_KEY", ROOT),
        ("CAREDESK_PUBLIC_URL", ISSUER),
        ("CAREDESK_LISTEN", "127.0.0.1:0"),
        ("CAREDESK_METRICS_LISTEN", ""),
        ("CAREDESK_ATTACHMENTS_URL", "file:attachments"),
        ("CAREDESK_REQUESTS_PER_MINUTE", "1000000"),
        ("CAREDESK_REQUEST_BURST", "1000000"),
    ] {
        program.env(name, value);
    }
    program
}

/// A folder of its own for what the program leaves.
pub(crate) fn tempdir(what: &str, database: &Database) -> String {
    let kind = if database.is_sqlite() { "sqlite" } else { "postgres" };
    let name = format!("caredesk-{what}-{}-{kind}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder.to_string_lossy().into_owned()
}

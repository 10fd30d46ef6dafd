//! Servers as processes of their own, and what the kernel says of them.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::product::Database;

/// A server in a process of its own; ends with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) started_in: Duration,
}

impl Server {
    /// The bare limits: this program again.
    pub(crate) fn start_bare(url: &str) -> Self {
        let address = free_address();
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["bare-server", url]).env("BARE_LISTEN", &address);
        Self::start(command, address)
    }

    /// The product, as an operator starts it, with the jobs or beside a worker that runs them.
    pub(crate) fn start_product(database: &Database, with_jobs: bool) -> Self {
        let address = free_address();
        let mut command = Command::new(env!("CARGO_BIN_EXE_caredesk"));
        command
            .arg("serve")
            .env("DATABASE_URL", &database.url)
            .env("CAREDESK_ROOT_KEY", crate::product::ROOT)
            .env("CAREDESK_LISTEN", &address)
            .env("CAREDESK_METRICS_LISTEN", "")
            .env("CAREDESK_LOG_FILTER", "error")
            .env("CAREDESK_REQUESTS_PER_MINUTE", "4000000000")
            .env("CAREDESK_REQUEST_BURST", "4000000000")
            .env("CAREDESK_RUN_WORKER", with_jobs.to_string())
            .env("CAREDESK_TICKETS_PER_ACCOUNT", "1000000")
            .env("CAREDESK_SIGN_IN_ATTEMPTS_PER_NAME", "1000000")
            .env("CAREDESK_SIGN_IN_ATTEMPTS_PER_NAME_EVERYWHERE", "1000000")
            .env("CAREDESK_SIGN_IN_ATTEMPTS_PER_TENANT", "1000000")
            .env("CAREDESK_SIGN_IN_ATTEMPTS_PER_ADDRESS", "1000000");
        Self::start(command, address)
    }

    fn start(mut command: Command, address: String) -> Self {
        let began = Instant::now();
        let child = command.stdout(Stdio::null()).spawn().expect("a process");
        let mut server = Self { child, address, started_in: Duration::ZERO };
        while !server.answers() {
            assert!(began.elapsed() < Duration::from_secs(20), "the server does not start");
            std::thread::sleep(Duration::from_millis(2));
        }
        server.started_in = began.elapsed();
        server
    }

    /// Whether it serves.
    fn answers(&mut self) -> bool {
        use std::io::{Read, Write};
        assert!(self.child.try_wait().expect("a child").is_none(), "the server ended");
        let Ok(mut stream) = std::net::TcpStream::connect(&self.address) else { return false };
        let asked =
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.starts_with("HTTP/1.1 200")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A loopback address that was free a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// Whose CPU time counts: a server, and whatever PostgreSQL runs if the data is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Processes {
    pub(crate) server: u32,
    pub(crate) with_postgres: bool,
}

impl Processes {
    /// Nobody's: where CPU time is not asked for.
    pub(crate) const NONE: Self = Self { server: 0, with_postgres: false };

    /// Seconds of CPU that they have used. Looked for each time: a pool opens its connections when they are needed,
    /// each with a process of its own.
    pub(crate) fn cpu_seconds(self) -> f64 {
        let database = if self.with_postgres { named("postgres") } else { Vec::new() };
        database.into_iter().chain([self.server]).map(ticks).sum::<f64>() / 100.0
    }
}

/// Clock ticks (a hundredth of a second) of one process, user and system.
fn ticks(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum()
}

/// The processes of a name.
fn named(name: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("a Linux machine");
    let pids =
        processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name)
    })
    .collect()
}

/// Megabytes of memory that a process takes, its share of what it shares.
pub(crate) fn pss_mb(pid: u32) -> f64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

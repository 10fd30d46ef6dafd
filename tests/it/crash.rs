//! The program is killed twenty times while it writes: what it acknowledged is there, and nothing is
//! half done.

use std::collections::BTreeMap;
use std::process::Output;
use std::sync::Mutex;
use std::time::Duration;

use caredesk::vault::Clock;
use caredesk_core::domain::account::Role;
use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::Notify;

use crate::support::actor::mint;
use crate::support::app::house;
use crate::support::burglar::Burglar;
use crate::support::db::Database;
use crate::support::make;
use crate::support::program::{Program, run, tempdir};

/// How often the program is killed.
const KILLS: usize = 20;
/// Clients that write at once.
const CLIENTS: usize = 4;

#[actix_web::test]
async fn what_was_acknowledged_survives_twenty_kills_on_sqlite() {
    survives(Database::sqlite()).await;
}

#[actix_web::test]
async fn what_was_acknowledged_survives_twenty_kills_on_postgres() {
    survives(Database::postgres()).await;
}

async fn survives(database: Database) {
    let keys = tempdir("crash", &database);
    let house = house(&database, None, Clock::system(), caredesk::service::Limits::default()).await;
    let token = mint(&house, Role::PlatformAdmin, None, true).await.token;
    let load = Load {
        token,
        sent: Mutex::default(),
        acknowledged: Mutex::default(),
        one_more: Notify::new(),
    };
    for round in 0..KILLS {
        let mut program = Program::start(&database, &keys);
        let enough = load.acknowledged.lock().unwrap().len() + 1 + round % 7;
        tokio::select! {
            () = load.write(&program.base, round) => panic!("the load ended before the program"),
            () = load.reaches(enough) => program.kill(),
        }
        load.is_whole(&mut Burglar::of(&database));
    }
    let program = Program::start(&database, &keys);
    load.repeat_everything(&program.base).await;
    load.is_whole(&mut Burglar::of(&database));
    drop(program);
    let verified = run(&database, &keys, &["audit", "verify"]).output().unwrap();
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(said(&verified).contains("whole"), "{}", said(&verified));
    drop(house);
    drop(std::fs::remove_dir_all(&keys));
}

/// Clients that create tenants, and what they know of them.
struct Load {
    token: String,
    /// The short names that were sent.
    sent: Mutex<Vec<String>>,
    /// The answers that came, by short name.
    acknowledged: Mutex<BTreeMap<String, Value>>,
    one_more: Notify,
}

impl Load {
    /// Creates tenants without end; a client whose connection breaks stops.
    async fn write(&self, base: &str, round: usize) {
        let client = async |number: usize| {
            for count in 0.. {
                let slug = format!("t-{round}-{number}-{count}");
                self.sent.lock().unwrap().push(slug.clone());
                let Some((201, _, body)) = self.create(base, &slug).await else { break };
                self.acknowledged.lock().unwrap().insert(slug, body);
                self.one_more.notify_one();
            }
        };
        join_all((0..CLIENTS).map(client)).await;
        std::future::pending::<()>().await;
    }

    /// Waits until so many were acknowledged.
    async fn reaches(&self, enough: usize) {
        while self.acknowledged.lock().unwrap().len() < enough {
            self.one_more.notified().await;
        }
    }

    /// Creates a tenant: status, whether it was done before, body; none if the connection broke.
    async fn create(&self, base: &str, slug: &str) -> Option<(u16, bool, Value)> {
        let request = client().post(format!("{base}/v1/tenants")).bearer_auth(&self.token);
        let request =
            request.header("idempotency-key", slug).header("content-type", "application/json");
        let answer = request.body(make::tenant(slug).to_string()).send().await.ok()?;
        let (status, replayed) =
            (answer.status().as_u16(), answer.headers().contains_key("idempotent-replayed"));
        Some((status, replayed, serde_json::from_str(&answer.text().await.ok()?).ok()?))
    }

    /// Sends every request once more: each must have been done, or be done now.
    async fn repeat_everything(&self, base: &str) {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        for slug in sent {
            let (status, replayed, body) = loop {
                let answer = self.create(base, &slug).await.expect("the program runs");
                if answer.2["code"] != "idempotency.in_progress" {
                    break answer;
                }
            };
            assert_eq!(status, 201, "{slug}: {body}");
            if let Some(known) = self.acknowledged.lock().unwrap().get(&slug) {
                assert!(replayed, "{slug} was acknowledged and is made again");
                assert_eq!(body, *known);
            }
        }
    }

    /// What was acknowledged is there, and every tenant that is there is there with all that belongs to it.
    fn is_whole(&self, burglar: &mut Burglar) {
        let slugs = burglar.texts("SELECT slug FROM tenants");
        for slug in self.acknowledged.lock().unwrap().keys() {
            assert!(slugs.contains(slug), "{slug} was acknowledged and is lost");
        }
        let parts = [
            "tenant_governance g WHERE g.tenant_id = t.id",
            "owners o WHERE o.tenant_id = t.id",
            "tenant_terms w WHERE w.tenant_id = t.id AND w.term = 'camp'",
            "audit_entries e WHERE e.target = t.id AND e.action = 'tenant.create' AND e.outcome = 'done'",
        ];
        for part in parts {
            let lacking = burglar.texts(&format!(
                "SELECT slug FROM tenants t WHERE (SELECT COUNT(*) FROM {part}) <> 1"
            ));
            assert_eq!(lacking, [""; 0], "half done: {part}");
        }
        let counts = ["tenants", "owners", "tenant_governance", "idempotency_answers"]
            .map(|table| burglar.count(table));
        assert_eq!(counts, [counts[0]; 4]);
        assert_eq!(burglar.count("audit_entries"), counts[0]);
    }
}

/// A client that holds no connection from before.
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

/// Everything that a command said.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

//! The program is killed ten times in the middle of a batch: everybody is invited once, and the figures are
//! true.

use caredesk::vault::Clock;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use serde_json::{Value, json};

use crate::support::actor::mint;
use crate::support::app::house;
use crate::support::batch::{fill, summary};
use crate::support::burglar::Burglar;
use crate::support::db::Database;
use crate::support::make;
use crate::support::program::{Program, tempdir};

/// How often the program is killed.
const KILLS: usize = 10;
/// Families: more than are invited between the kills.
const FAMILIES: usize = 20_000;

#[actix_web::test]
async fn everybody_is_invited_once_on_sqlite() {
    survives(Database::sqlite()).await;
}

#[actix_web::test]
async fn everybody_is_invited_once_on_postgres() {
    survives(Database::postgres()).await;
}

async fn survives(database: Database) {
    let keys = tempdir("batches", &database);
    let house = house(&database, None, Clock::system(), caredesk::service::Limits::default()).await;
    let admin = mint(&house, Role::PlatformAdmin, None, true).await.token;
    let program = Program::start(&database, &keys);
    let made = ask(&program, &admin, "/v1/tenants", Some(make::tenant("pine"))).await;
    let tenant: TenantId = made["id"].as_str().unwrap().parse().unwrap();
    drop(program);
    let mut burglar = Burglar::of(&database);
    fill(&mut burglar, tenant, FAMILIES);
    let ana = mint(&house, Role::SiteAdmin, Some(tenant), true).await.token;
    let program = Program::start(&database, &keys);
    let body = json!({"method": "preferred", "filter": {"status": "submitted"}});
    let job = ask(&program, &ana, "/v1/invitation-batches", Some(body)).await;
    drop(program);
    let path = format!("/v1/jobs/{}", job["id"].as_str().unwrap());
    let mut seen = 0;
    for _ in 0..KILLS {
        // Its holder is dead: nobody has to wait for the lease to be over.
        burglar.run("UPDATE jobs SET lease_until = NULL");
        let mut program = Program::start(&database, &keys);
        while ask(&program, &ana, &path, None).await["done"].as_i64().unwrap() <= seen {}
        program.kill();
        seen = burglar.texts("SELECT CAST(done AS text) FROM jobs")[0].parse().unwrap();
        is_true(&mut burglar, seen);
    }
    burglar.run("UPDATE jobs SET lease_until = NULL");
    let program = Program::start(&database, &keys);
    let over = loop {
        let job = ask(&program, &ana, &path, None).await;
        if !job["finished_at"].is_null() {
            break job;
        }
    };
    assert_eq!(summary(&over), format!("succeeded: invited {FAMILIES}, skipped 0, failed 0"));
    assert_eq!(
        (&over["total"], &over["done"], &over["failed"]),
        (&json!(FAMILIES), &json!(FAMILIES), &json!(0))
    );
    is_true(&mut burglar, i64::try_from(FAMILIES).unwrap());
    drop(program);
    drop(house);
    drop(std::fs::remove_dir_all(&keys));
}

/// As many were invited as the job says: nobody twice, none without a message, a result for each.
fn is_true(burglar: &mut Burglar, done: i64) {
    let counts = [
        "applications WHERE online_account = 'invited'",
        "invitations",
        "invitations WHERE state = 'pending'",
        "notifications WHERE kind = 'invitation'",
        "job_results WHERE outcome = 'created'",
    ];
    for rows in counts {
        let count = burglar.texts(&format!("SELECT CAST(COUNT(*) AS text) FROM {rows}"));
        assert_eq!(count, [done.to_string()], "{rows}");
    }
    let twice = "SELECT 'twice' FROM invitations GROUP BY application_id HAVING COUNT(*) > 1";
    assert_eq!(burglar.texts(twice), [""; 0]);
}

/// Asks a program for something; what it answers.
async fn ask(program: &Program, token: &str, path: &str, body: Option<Value>) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{path}", program.base);
    let request = match body {
        Some(body) => {
            client.post(url).header("content-type", "application/json").body(body.to_string())
        }
        None => client.get(url),
    };
    let answer = request.bearer_auth(token).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

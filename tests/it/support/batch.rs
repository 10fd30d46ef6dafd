//! Many applications at once, and what came of a job about them.

use std::fmt::Write;

use caredesk::jobs::{kinds, runner::Runner};
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use serde_json::Value;

use super::actor::Actor;
use super::app::App;
use super::burglar::Burglar;
use super::scene::fresh_slug;

/// A Site Admin of a new organisation.
pub(crate) async fn organisation(app: &App) -> (TenantId, Actor<'_>) {
    let tenant = app.tenant_id(&fresh_slug()).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// Gives an organisation submitted applications whose families nobody invited: `N-1` and so on, each with an
/// address.
pub(crate) fn fill(burglar: &mut Burglar, tenant: TenantId, count: usize) {
    let is_sqlite = matches!(burglar, Burglar::Sqlite(_));
    let (id, at) = if is_sqlite {
        ("randomblob(16)", "1763000000000000 + n")
    } else {
        ("gen_random_uuid()", "to_timestamp(1763000000 + n / 1000.0)")
    };
    let tenant = burglar.id(tenant.uuid());
    burglar.run(&format!(
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) \
         INSERT INTO applications (id, tenant_id, number, number_key, family_name, family_key, email, \
         preferred_method, locale, status, online_account, submitted_at, created_at, updated_at, version) \
         SELECT {id}, {tenant}, 'N-' || n, 'n-' || n, 'Ruiz ' || n, 'ruiz ' || n, 'f' || n || '@home.example', \
         'email', 'en', 'submitted', 'none', {at}, {at}, {at}, 1 FROM s"
    ));
}

/// Does what jobs are due.
pub(crate) async fn run(app: &App) {
    app.clock.advance(SignedDuration::from_millis(1));
    Runner::new(app.house.clone(), kinds()).run_due().await.unwrap();
}

/// Asks for a job, and does it; the job.
pub(crate) async fn done(who: &Actor<'_>, path: &str, body: Value) -> Value {
    let made = who.post(path, body).await.is(202);
    run(who.app).await;
    who.get(&made.header("location")).await.is(200).body
}

/// A job's state, and its summary in a line.
pub(crate) fn summary(job: &Value) -> String {
    let figures = job["summary"].as_array().unwrap().iter();
    let said =
        figures.map(|figure| format!("{} {}", figure["name"].as_str().unwrap(), figure["count"]));
    format!("{}: {}", job["state"].as_str().unwrap(), said.collect::<Vec<_>>().join(", "))
}

/// What became of a job's rows, a line each.
pub(crate) async fn outcomes(who: &Actor<'_>, job: &Value) -> Vec<String> {
    let path = format!("/v1/jobs/{}/results?limit=100", job["id"].as_str().unwrap());
    let page = who.get(&path).await.is(200).body;
    let line = |row: &Value| {
        let mut line = format!("{} {}", row["row"], row["outcome"].as_str().unwrap());
        for fault in row["faults"].as_array().unwrap() {
            let column = fault["column"].as_str().unwrap_or_default();
            write!(line, " {column}:{}", fault["code"].as_str().unwrap()).unwrap();
        }
        line
    };
    page["data"].as_array().unwrap().iter().map(line).collect()
}

/// The kinds of statements that the jobs that are due send.
pub(crate) async fn statements(app: &App) -> Vec<String> {
    let ((), sent) = app.statements_of(run(app)).await;
    // Many rows are copied where few are inserted.
    let plain = |sql: &String| sql.replacen("COPY ", "INSERT INTO ", 1).replacen("\"(", "\" (", 1);
    sent.iter().map(|sql| plain(sql).chars().take(40).collect()).collect()
}

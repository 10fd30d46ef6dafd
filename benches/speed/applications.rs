//! The list of an organisation's applications: as quick with a hundred thousand as with a thousand, and on
//! the thousandth page as on the first.

use crate::load::{self, Run};
use crate::organisation;
use crate::process::Server;
use crate::product::Database;

/// Seconds of each measurement, and how often the pages take turns.
const SECONDS: f64 = 1.0;
/// See [`SECONDS`].
const ROUNDS: usize = 3;
/// Applications on a page.
const PAGE: usize = 50;

/// Measures the pages on a server.
pub(crate) async fn measure(engine: &str, database: &Database, caredesk: &Server) {
    let house = database.house();
    let mut pages = Vec::new();
    for (place, applications) in [(11, 1_000), (12, 100_000)] {
        let tenant = database.tenant_at(place).await;
        organisation::apply(house, engine, tenant, applications).await;
        let who = organisation::site_admin(house, tenant).await;
        let far = (applications / PAGE - 1).min(999);
        for page in [1, far + 1] {
            let token = who.token(house);
            let path = at(caredesk, &token, page).await;
            let run = Run::get(caredesk, &path, Some(&token));
            pages.push((format!("page {page} of {applications}"), run, Vec::new()));
        }
    }
    let whose = database.processes(caredesk.pid());
    for _ in 0..ROUNDS {
        for (_, run, costs) in &mut pages {
            costs.push(run.measure(4, SECONDS, whose).await.cpu_us);
        }
    }
    let figures: Vec<_> =
        pages.into_iter().map(|(name, _, costs)| (name, crate::median(costs))).collect();
    let least = figures.first().map_or(f64::NAN, |(_, cost)| *cost);
    for (name, cost) in &figures {
        println!(
            "applications, {name}: {cost:.0} µs CPU, {:.2} x the first page of 1000",
            cost / least
        );
    }
}

/// The path of a page, found as a client finds it: by the cursors.
async fn at(caredesk: &Server, token: &str, page: usize) -> String {
    let first = format!("/v1/applications?limit={PAGE}");
    let mut path = first.clone();
    for _ in 1..page {
        let body = load::get(caredesk, &path, token).await;
        let page: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let cursor = page
            .get("next_cursor")
            .and_then(|next| next.as_str())
            .expect("a further page")
            .to_owned();
        path = format!("{first}&cursor={cursor}");
    }
    path
}

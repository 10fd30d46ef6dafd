//! Tickets: beside the bare limits, and as quick with a million as with ten thousand. `TICKETS` says how many
//! there are at most.

use std::time::Instant;

use caredesk_core::domain::account::Role;

use crate::load::{self, Run};
use crate::organisation::{self, SiteAdmin};
use crate::process::{self, Server};
use crate::product::Database;
use crate::{CLIENTS, compare, median, ticket_load};

/// Seconds of each measurement of growth, and how often it is taken.
const SECONDS: f64 = 1.0;
/// See [`SECONDS`].
const ROUNDS: usize = 3;
/// People who open tickets: what is counted of one of them is written by one at a time.
const USERS: i64 = 64;
/// Tickets on a page.
const PAGE: u32 = 50;
/// The page that is as quick as the first.
const FAR: u32 = 1_000;
/// How many there are, step by step.
const STEPS: [u32; 3] = [10_000, 100_000, 1_000_000];

/// What somebody opens.
const OPEN: &str = r#"{"request_type":"technical.error.report","subject":"The health history page does not load","text":"Since this morning the page stays white, in two browsers."}"#;

/// What a request cost at a size: its name, CPU microseconds.
type Costs = Vec<(&'static str, f64)>;

/// Who asks: somebody of the second tier reads, people of as many organisations open.
struct People {
    agent: SiteAdmin,
    users: Vec<SiteAdmin>,
}

impl People {
    async fn make(database: &Database) -> Self {
        let house = database.house();
        let mut users = Vec::new();
        for place in 0..USERS {
            let tenant = Some(database.tenant_at(place).await);
            users.push(organisation::somebody(house, Role::SupportUser, tenant).await);
        }
        Self { agent: organisation::somebody(house, Role::TierTwo, None).await, users }
    }

    fn user(&self) -> SiteAdmin {
        *self.users.first().expect("somebody")
    }
}

/// Measures tickets on a server.
pub(crate) async fn measure(engine: &str, database: &Database, caredesk: &Server) {
    let house = database.house();
    ticket_load::ask_no_search(engine, database).await;
    let people = People::make(database).await;
    let user = people.user();
    load::post(caredesk, "/v1/tickets", &user.token(house), OPEN).await;
    let usual = if engine == "sqlite" { 100_000 } else { 1_000_000 };
    let most = std::env::var("TICKETS").ok().and_then(|most| most.parse().ok()).unwrap_or(usual);
    let steps = STEPS.into_iter().filter(|step| *step < most).chain([most]);
    let (mut there, mut first) = (0, None);
    for size in steps {
        let began = Instant::now();
        ticket_load::fill(engine, database, user.account, (there + 1, size)).await;
        println!("{size} tickets on {engine}: loaded in {:.0} s", began.elapsed().as_secs_f64());
        there = size;
        let costs = costs(database, caredesk, (&people, size)).await;
        print(&costs, first.as_ref().unwrap_or(&costs), size);
        first.get_or_insert(costs);
    }
    beside_the_bare(database, caredesk, (&people, there)).await;
    println!("memory after load: {:.0} MB (PSS)", process::pss_mb(caredesk.pid()));
}

/// Prints what requests cost at a size, and how that stands to what they cost at the least.
fn print(costs: &Costs, least: &Costs, size: u32) {
    for (what, cost) in costs {
        let before =
            least.iter().find(|(name, _)| name == what).map_or(f64::NAN, |(_, cost)| *cost);
        println!(
            "tickets, {what} of {size}: {cost:.0} µs CPU, {:.2} x the least size",
            cost / before
        );
    }
}

/// What each request costs at a size.
async fn costs(database: &Database, caredesk: &Server, (people, size): (&People, u32)) -> Costs {
    let house = database.house();
    let list = format!("/v1/tickets?limit={PAGE}");
    let middle = size / 2;
    let mut paths = vec![
        ("get", format!("/v1/tickets/{}", id_of(middle))),
        ("list, page 1", list.clone()),
        ("search, rare word", format!("/v1/tickets?limit=25&q=w{middle}x")),
        ("search, word in half of all", "/v1/tickets?limit=25&q=half".to_owned()),
        ("search, both", format!("/v1/tickets?limit=25&q=half%20w{}x", middle / 2 * 2)),
    ];
    if size > PAGE * FAR {
        let token = people.agent.token(house);
        paths.push(("list, page 1000", far(caredesk, &list, &token).await));
    }
    let whose = database.processes(caredesk.pid());
    let mut costs = Costs::new();
    for (what, path) in paths {
        let token = people.agent.token(house);
        let run = Run::get(caredesk, &path, Some(&token));
        let mut rounds = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            rounds.push(run.measure(CLIENTS, SECONDS, whose).await.cpu_us);
        }
        costs.push((what, median(rounds)));
    }
    costs
}

/// The path of the far page, found as a client finds it: by the cursors.
async fn far(caredesk: &Server, list: &str, token: &str) -> String {
    let mut path = list.to_owned();
    for _ in 1..FAR {
        let body = load::get(caredesk, &path, token).await;
        let page: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let next = page.get("next_cursor").and_then(|next| next.as_str());
        path = format!("{list}&cursor={}", next.expect("a further page"));
    }
    path
}

/// The three that have a mark against the bare limits.
async fn beside_the_bare(database: &Database, caredesk: &Server, (people, size): (&People, u32)) {
    let bare = Server::start_bare(&database.url);
    let whose = (database.processes(bare.pid()), database.processes(caredesk.pid()));
    let token = people.agent.token(database.house());
    let id = id_of(size / 2);
    let get = (
        Run::get(&bare, &format!("/tickets/{id}"), None),
        Run::get(caredesk, &format!("/v1/tickets/{id}"), Some(&token)),
    );
    compare("get one ticket with two messages", get, whose).await;
    let list = (
        Run::get(&bare, "/tickets", None),
        Run::get(caredesk, &format!("/v1/tickets?limit={PAGE}"), Some(&token)),
    );
    compare("list of 50 tickets", list, whose).await;
    let tokens = people.users.iter().map(|user| user.token(database.house())).collect();
    let open = (
        Run::post(&bare, "/tickets", Vec::new(), OPEN),
        Run::post(caredesk, "/v1/tickets", tokens, OPEN),
    );
    compare("open a ticket", open, whose).await;
}

/// The id of a ticket that was loaded.
fn id_of(n: u32) -> String {
    format!("0193aaaa-0000-7000-8000-{n:012x}")
}

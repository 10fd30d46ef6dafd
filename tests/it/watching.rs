//! Watching jobs: the present state at once, every change after that, and an end.

use std::time::{Duration, Instant};

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{jobs, sessions};
use caredesk_core::domain::account::Role;
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::scene::{behind, fresh_slug};
use crate::support::work::{Counting, enqueue};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of events, read as far as a test wants.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    /// Begins to watch.
    async fn of(who: &Actor<'_>, job: Uuid) -> Self {
        let path = format!("/v1/jobs/{job}/events");
        let request = who.request(Method::GET, &path).header("last-event-id", "whatever");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, text: String::new() }
    }

    /// The next event: its id, and the job; none at the end of the stream.
    async fn next(&mut self) -> Option<(i64, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let lines: Vec<&str> = event.lines().collect();
                if lines == [":"] {
                    continue;
                }
                assert_eq!((lines.len(), lines[1]), (3, "event: job"), "{event}");
                let id = lines[0].strip_prefix("id: ").unwrap().parse().unwrap();
                let data = lines[2].strip_prefix("data: ").unwrap();
                return Some((id, serde_json::from_str(data).unwrap()));
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("something comes in time").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Everything up to the end of the stream.
    async fn rest(&mut self) -> Vec<(i64, Value)> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

on_both! {
    async fn a_watcher_sees_the_state_at_once_every_change_and_the_end(app) {
        let (ana, job) = import(&app, 10).await;
        let mut events = Events::of(&ana, job).await;
        let (first, shown) = events.next().await.unwrap();
        let mut read = ana.get(&format!("/v1/jobs/{job}")).await.is(200).body;
        read.as_object_mut().unwrap().remove("allowed_actions");
        assert_eq!(shown, read);
        touch(&app, job).await;
        let (second, _) = events.next().await.unwrap();
        assert!(second > first);
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        let rest = events.rest().await;
        let (last, end) = rest.last().unwrap();
        assert!(*last > second);
        assert_eq!(end["state"], "succeeded");
        assert_eq!(end["progress"], 1000);
        assert!(rest.is_sorted_by_key(|(id, _)| *id));
    }

    async fn who_watches_what_is_over_sees_it_and_the_end(app) {
        let (ana, job) = import(&app, 1).await;
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        let seen = Events::of(&ana, job).await.rest().await;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].1["state"], "succeeded");
    }

    async fn who_is_switched_off_watches_no_longer(app) {
        let (ana, job) = import(&app, 1).await;
        let mut events = Events::of(&ana, job).await;
        events.next().await.unwrap();
        app.switch_off(ana.account).await;
        assert_is_cut_off(&app, events).await;
    }

    async fn who_has_signed_out_elsewhere_watches_no_longer(app) {
        let (ana, job) = import(&app, 1).await;
        let mut events = Events::of(&ana, job).await;
        events.next().await.unwrap();
        let row = sessions::table.filter(sessions::id.eq(AnyId(ana.session)));
        let ended = sessions::ended_at.eq(app.house.clock.now());
        behind(&app, move |conn| diesel::update(row).set(ended).execute(conn)).await;
        assert_is_cut_off(&app, events).await;
    }

    async fn watching_does_not_keep_a_session_alive(app) {
        let (ana, job) = import(&app, 1).await;
        let mut events = Events::of(&ana, job).await;
        events.next().await.unwrap();
        app.clock.advance(SignedDuration::from_mins(31));
        assert_is_cut_off(&app, events).await;
    }

    async fn the_end_of_the_process_ends_every_stream(app) {
        let (ana, job) = import(&app, 1).await;
        let mut events = Events::of(&ana, job).await;
        events.next().await.unwrap();
        app.house.watching.close();
        assert!(events.rest().await.is_empty());
        ana.get(&format!("/v1/jobs/{job}/events")).await.is(503).is_refused("service.busy");
    }

    async fn many_watchers_cost_one_statement(app) {
        let (ana, job) = import(&app, 1).await;
        let tenant = tenant_of(&app, &ana);
        let bob = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let other = enqueue(&bob, Some(tenant), 1).await;
        let mut watching = Vec::new();
        for _ in 0..10 {
            for (who, job) in [(&ana, job), (&bob, job), (&bob, other)] {
                let mut events = Events::of(who, job).await;
                events.next().await.unwrap();
                watching.push(events);
            }
        }
        let began = Instant::now();
        let ((), sent) = app.statements_of(async {
            for _ in 0..4 {
                touch(&app, job).await;
                watching[0].next().await.unwrap();
            }
        }).await;
        let rounds = usize::try_from(began.elapsed().as_millis() / 250 + 2).unwrap();
        let of = |table: &str| sent.iter().filter(|sql| sql.starts_with("SELECT") && sql.contains(&format!("FROM {table}")) || sql.contains(&format!("FROM `{table}`")) || sql.contains(&format!("FROM \"{table}\""))).count();
        let jobs = sent.iter().filter(|sql| sql.starts_with("SELECT") && sql.contains("attempts")).count();
        assert!((3..=rounds).contains(&jobs), "{jobs} of {rounds}: {sent:#?}");
        assert!(of("sessions") <= rounds / 4 + 1, "{sent:#?}");
        for mut events in watching.into_iter().skip(1) {
            if events.text.is_empty() { drop(events.response); } else { events.next().await; }
        }
    }

    async fn nobody_takes_the_places_of_all_others(app) {
        let (ana, job) = import(&app, 1).await;
        let mut watching = Vec::new();
        for _ in 0..20 {
            watching.push(Events::of(&ana, job).await);
        }
        let refused = ana.get(&format!("/v1/jobs/{job}/events")).await.is(503).is_refused("service.busy");
        assert_eq!(refused.header("retry-after"), "1");
        let bob = app.someone(Role::SiteAdmin, Some(tenant_of(&app, &ana))).await;
        Events::of(&bob, job).await.next().await.unwrap();
    }
}

/// A stream must end by itself, though its job goes on, at the next look at the sessions: there is one to
/// every four looks at the jobs, and one may be on its way. Looks are counted and no seconds, so that it
/// does not matter how slow the machine is.
async fn assert_is_cut_off(app: &App, mut events: Events) {
    let (rest, sent) = app.statements_of(events.rest()).await;
    assert!(rest.is_empty(), "{rest:?}");
    let looks = sent.iter().filter(|sql| sql.starts_with("SELECT") && sql.contains("attempts"));
    let looks = looks.count();
    assert!(looks <= 5, "{looks}: {sent:#?}");
}

/// Changes a job a little.
async fn touch(app: &App, job: Uuid) {
    let row = jobs::table.filter(jobs::id.eq(AnyId(job)));
    let next = jobs::version.eq(jobs::version + 1);
    behind(app, move |conn| diesel::update(row).set(next).execute(conn)).await;
}

/// A Site Admin of a new tenant who has made a job of so many rows.
async fn import(app: &App, rows: i64) -> (Actor<'_>, Uuid) {
    let tenant = app.tenant_id(&fresh_slug()).await;
    let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
    let job = enqueue(&ana, Some(tenant), rows).await;
    (ana, job)
}

/// The tenant of the only job that somebody made.
fn tenant_of(app: &App, who: &Actor<'_>) -> caredesk_core::domain::ids::TenantId {
    let mut burglar = app.burglar();
    let id = burglar.id(who.account);
    let text = if app.database.is_sqlite() { "lower(hex(tenant_id))" } else { "tenant_id::text" };
    let found = burglar.texts(&format!("SELECT {text} FROM accounts WHERE id = {id}"));
    caredesk_core::domain::ids::TenantId::of(Uuid::parse_str(&found[0]).unwrap())
}

//! Jobs: done chunk by chunk, each chunk once, whatever happens to whoever does them.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use caredesk::guard::Refusal;
use caredesk::store::jobs::queue;
use caredesk::store::schema::tenants;
use caredesk::store::{Origin, StoreError, Tx};
use caredesk::vault::Clock;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::job::JobKind;
use caredesk_core::domain::tenant::TenantStatus;
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::{App, START, house_on};
use crate::support::make;
use crate::support::program::{run, tempdir};
use crate::support::scene::{behind, fresh_slug};
use crate::support::work::{Counting, enqueue};

/// Longer than a lease.
const LEASE_OVER: SignedDuration = SignedDuration::from_secs(61);
/// Names the database that a holder works on which is to be killed.
const DATABASE: &str = "CAREDESK_TEST_JOBS_DATABASE";

on_both! {
    async fn a_job_is_done_and_its_results_are_told(app) {
        let (ana, job) = import(&app, 10).await;
        let waiting = ana.get(&at(job)).await.is(200);
        assert_eq!(facts(&waiting.body), json!(["queued", null, 0, 0, null]));
        assert_eq!(waiting.body["allowed_actions"], json!([{"action": "job.cancel", "allowed": true, "barred_by": null}]));
        stopped_behind(&app, 4).await;
        assert_eq!(facts(&ana.get(&at(job)).await.is(200).body), json!(["queued", 10, 7, 1, 800]));
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        let done = ana.get(&at(job)).await.is(200).body;
        assert_eq!(facts(&done), json!(["succeeded", 10, 9, 1, 1000]));
        assert_eq!(done["summary"], json!([{"name": "rows", "count": 10}]));
        assert_eq!(done["allowed_actions"][0]["barred_by"], "job.over");
        let failed = ana.get(&format!("{}/results?outcome=failed", at(job))).await.is(200).body;
        let fault = json!([{"column": "email", "code": "form"}]);
        assert_eq!(failed["data"], json!([{"row": 7, "outcome": "failed", "subject_id": null, "faults": fault}]));
        assert_eq!(all_rows(&ana, job).await, (1..=10).collect::<Vec<i64>>());
    }

    async fn jobs_are_listed_newest_first_and_by_what_they_are(app) {
        let (ana, first) = import(&app, 1).await;
        Counting::by(1).runner(&app.house).run_due().await.unwrap();
        app.clock.advance(SignedDuration::from_secs(1));
        let second = enqueue(&ana, Some(tenant_of(&app, &ana)), 1).await;
        assert_eq!(listed(&ana, "").await, [second, first]);
        assert_eq!(listed(&ana, "?state=succeeded&kind=roster_import").await, [first]);
        let page = ana.get("/v1/jobs?limit=1").await.is(200).body;
        let cursor = page["next_cursor"].as_str().unwrap();
        assert_eq!(listed(&ana, &format!("?limit=1&cursor={cursor}")).await, [first]);
        ana.get(&format!("/v1/jobs?limit=1&state=queued&cursor={cursor}")).await.is(400).is_refused("cursor.invalid");
    }

    async fn a_job_is_seen_by_its_maker_and_by_the_site_admins_of_its_tenant(app) {
        let (ana, job) = import(&app, 1).await;
        let tenant = Some(tenant_of(&app, &ana));
        let mia = app.someone(Role::Member, tenant).await;
        let own = enqueue(&mia, tenant, 1).await;
        assert_eq!(listed(&mia, "").await, [own]);
        mia.get(&at(job)).await.is(404).is_refused("resource.not_found");
        assert_eq!(listed(&ana, "").await.len(), 2);
        let elsewhere = app.tenant_id("elsewhere").await;
        for stranger in [app.someone(Role::SiteAdmin, Some(elsewhere)).await, app.platform_admin().await] {
            for path in ["", "/results", "/events"] {
                stranger.get(&format!("{}{path}", at(job))).await.is(404).is_refused("resource.not_found");
            }
            stranger.send(Method::POST, &format!("{}/cancel", at(job)), None, &[]).await.is(404);
            assert_eq!(listed(&stranger, "").await, Vec::<Uuid>::new());
        }
    }

    async fn a_job_that_nobody_works_on_is_cancelled_at_once(app) {
        let (ana, job) = import(&app, 10).await;
        stopped_behind(&app, 0).await;
        let cancelled = cancel(&ana, job).await.is(200).body;
        assert_eq!(facts(&cancelled), json!(["cancelled", 10, 4, 0, 400]));
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        assert_eq!(all_rows(&ana, job).await, [1, 2, 3, 4]);
        cancel(&ana, job).await.is(409).is_refused("job.over");
    }

    async fn a_job_that_is_worked_on_is_cancelled_after_its_chunk(app) {
        let (ana, job) = import(&app, 10).await;
        claim(&app).await;
        let asked = cancel(&ana, job).await.is(200).body;
        assert_eq!((&asked["state"], &asked["cancel_requested"]), (&json!("running"), &json!(true)));
        cancel(&ana, job).await.is(200); // once more changes nothing
        app.clock.advance(LEASE_OVER);
        let ana = ana.renewed();
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        assert_eq!(ana.get(&at(job)).await.is(200).body["state"], "cancelled");
        assert_eq!(all_rows(&ana, job).await, [0; 0]);
    }

    async fn a_job_whose_holder_was_killed_goes_on_where_it_was(app) {
        let (ana, job) = import(&app, 1_000).await;
        let third = Arc::new(Notify::new());
        let seen = Arc::clone(&third);
        let dying = Counting::by(10).with(move |_, _, behind| {
            if behind == 30 {
                seen.notify_one();
            }
            Ok(())
        });
        tokio::select! {
            _ = async { dying.runner(&app.house).run_due().await } => panic!("it came to its end"),
            () = third.notified() => {} // whatever was under way is dropped with its future
        }
        let heir = Counting::by(10);
        heir.runner(&app.house).run_due().await.unwrap();
        assert_eq!(heir.begun.lock().unwrap().len(), 0, "the lease still runs");
        app.clock.advance(LEASE_OVER);
        // The statement under way goes on without its future and holds the row until it has ended.
        for _ in 0..600 {
            heir.runner(&app.house).run_due().await.unwrap();
            if !heir.begun.lock().unwrap().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ana = ana.renewed();
        assert_eq!(facts(&ana.get(&at(job)).await.is(200).body), json!(["succeeded", 1000, 858, 142, 1000]));
        assert_eq!(app.count("job_results"), 1_000);
        assert!(heir.begun.lock().unwrap()[0].1 >= 30, "it began anew");
    }

    async fn whoever_lost_the_lease_writes_nothing_more(app) {
        let (ana, job) = import(&app, 10).await;
        let (clock, beside) = (app.clock.clone(), Arc::new(AtomicUsize::new(0)));
        let rounds = Arc::clone(&beside);
        // In the middle of the first chunk the lease runs out; the chunk itself holds the job's row.
        let slow = Counting::by(4).with(move |_, _, _| {
            if rounds.fetch_add(1, Ordering::SeqCst) == 0 {
                clock.advance(LEASE_OVER);
            }
            Ok(())
        });
        slow.runner(&app.house).run_due().await.unwrap();
        let ana = ana.renewed();
        assert_eq!(facts(&ana.get(&at(job)).await.is(200).body), json!(["succeeded", 10, 9, 1, 1000]));
        // One whose claim was followed by another one finds that it has it no more.
        let late = enqueue(&ana, Some(tenant_of(&app, &ana)), 10).await;
        let old = claim(&app).await.unwrap();
        app.clock.advance(LEASE_OVER);
        let new = claim(&app).await.unwrap();
        assert_eq!((old.0, new.0), (late, late));
        assert_ne!(old.1, new.1);
        let held = app.house.db.write::<_, StoreError, _>(move |conn| queue::held(conn, new.2, old.1)).await.unwrap();
        assert!(held.is_none());
    }

    async fn two_workers_never_do_the_same_chunk(app) {
        let beside = app.beside().await;
        let (ana, _) = import(&app, 60).await;
        for _ in 0..5 {
            enqueue(&ana, Some(tenant_of(&app, &ana)), 60).await;
        }
        let work = Counting::by(7);
        let (one, other) = (work.runner(&app.house), work.runner(&beside.house));
        let (one, other) = tokio::join!(one.run_due(), other.run_due());
        one.unwrap();
        other.unwrap();
        let mut begun = work.begun.lock().unwrap().clone();
        let all = begun.len();
        begun.sort_unstable();
        begun.dedup();
        assert_eq!((all, begun.len()), (54, 54));
        assert_eq!(app.count("job_results"), 360);
        assert_eq!(listed(&ana, "?state=succeeded").await.len(), 6);
    }

    async fn a_chunk_that_fails_is_tried_again_and_given_up_after_five_attempts(app) {
        let (ana, job) = import(&app, 10).await;
        let broken = Counting::by(4).with(|_, _, behind| match behind {
            0 => Ok(()),
            _ => Err(Refusal::Broken("a test".to_owned())),
        });
        for attempt in 1..=5 {
            broken.runner(&app.house).run_due().await.unwrap();
            let job = ana.renewed().get(&at(job)).await.is(200).body;
            assert_eq!(job["state"], if attempt < 5 { "queued" } else { "failed" }, "{attempt}");
            assert_eq!((&job["done"], &job["failed"]), (&json!(4), &json!(0)));
            app.clock.advance(SignedDuration::from_mins(10));
            let row = app.burglar().id(ana.session);
            let at = if app.database.is_sqlite() { "9000000000000000" } else { "now() + interval '9 years'" };
            app.burglar().run(&format!("UPDATE sessions SET expires_at = {at}, last_used_at = {at} WHERE id = {row}"));
        }
        let job = ana.renewed().get(&at(job)).await.is(200).body;
        assert_eq!(job["failure"], "service.internal_error");
        assert_eq!(broken.begun.lock().unwrap().len(), 6);
    }

    async fn a_rule_that_forbids_a_chunk_ends_the_job_at_once(app) {
        let (ana, job) = import(&app, 10).await;
        let forbidden = Counting::by(4).with(|_, _, _| Err(Refusal::Because(Code::NotPermitted)));
        forbidden.runner(&app.house).run_due().await.unwrap();
        let job = ana.get(&at(job)).await.is(200).body;
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("action.not_permitted")));
    }

    async fn a_job_whose_maker_is_switched_off_ends_at_the_next_chunk(app) {
        let (ana, job) = import(&app, 10).await;
        stopped_behind(&app, 0).await;
        app.switch_off(ana.account).await;
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        let colleague = app.someone(Role::SiteAdmin, Some(tenant_of(&app, &ana))).await;
        let job = colleague.get(&at(job)).await.is(200).body;
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("account.inactive")));
        assert_eq!((&job["done"], &job["progress"]), (&json!(4), &json!(400)));
    }

    async fn a_job_acts_as_its_maker(app) {
        let (ana, _) = import(&app, 1).await;
        let (account, session) = (ana.account, ana.session);
        let work = Counting::by(4).with(move |_, who, _| {
            let person = who.person().unwrap();
            assert_eq!((person.account.uuid(), person.session.uuid()), (account, session));
            assert_eq!(person.standing.role, Role::SiteAdmin);
            Ok(())
        });
        work.runner(&app.house).run_due().await.unwrap();
        assert_eq!(listed(&ana, "?state=succeeded").await.len(), 1);
    }

    async fn a_job_of_a_suspended_tenant_waits(app) {
        let (ana, job) = import(&app, 10).await;
        let tenant = tenant_of(&app, &ana);
        stopped_behind(&app, 0).await;
        set_status(&app, tenant, TenantStatus::Suspended).await;
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        assert_eq!(app.count("job_results"), 4);
        set_status(&app, tenant, TenantStatus::Active).await;
        app.house.doorman.forget_all();
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        assert_eq!(ana.get(&at(job)).await.is(200).body["state"], "succeeded");
    }

    async fn a_tenant_that_is_suspended_in_the_middle_stops_its_job_between_two_chunks(app) {
        let (ana, job) = import(&app, 10).await;
        let tenant = tenant_of(&app, &ana);
        let suspending = Counting::by(4).with(move |tx, _, _| {
            let row = tenants::table.filter(tenants::id.eq(tenant));
            diesel::update(row).set(tenants::status.eq(TenantStatus::Suspended)).execute(tx.conn).unwrap();
            Ok(())
        });
        suspending.runner(&app.house).run_due().await.unwrap();
        assert_eq!(app.count("job_results"), 4);
        set_status(&app, tenant, TenantStatus::Active).await;
        app.house.doorman.forget_all();
        assert_eq!(facts(&ana.get(&at(job)).await.is(200).body), json!(["queued", 10, 4, 0, 400]));
    }

    async fn others_get_their_turn_between_chunks(app) {
        let (_, job) = import(&app, 1_000_000).await;
        let platform = app.platform_admin().await;
        let work = Counting::by(200);
        let runner = work.runner(&app.house);
        tokio::select! {
            _ = async { runner.run_due().await } => panic!("{job} was over first"),
            () = async {
                while work.begun.lock().unwrap().is_empty() {
                    tokio::task::yield_now().await;
                }
                for number in 0..5 {
                    platform.post("/v1/tenants", make::tenant(&format!("busy-{number}"))).await.is(201);
                }
            } => {}
        }
    }

    async fn a_job_leaves_who_made_it_and_who_stopped_it_in_the_audit(app) {
        let (ana, job) = import(&app, 1).await;
        cancel(&ana, job).await.is(200);
        let entries = app.audit().await;
        let about: Vec<&Value> = entries.iter().filter(|entry| entry["target_id"] == json!(job)).collect();
        assert_eq!(about.len(), 2);
        assert_eq!(about[0]["detail"], "{\"job\":\"roster_import\"}");
        assert_eq!(about[1]["action"], "job.cancel");
        assert!(about.iter().all(|entry| entry["actor_id"] == json!(ana.account)));
    }

    async fn the_end_of_a_job_is_in_the_audit_with_its_figures(app) {
        let (ana, done) = import(&app, 10).await;
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        let tenant = tenant_of(&app, &ana);
        let failed = enqueue(&ana, Some(tenant), 10).await;
        let failing = Counting::by(4).with(|_, _, behind| match behind {
            0 => Ok(()),
            _ => Err(Refusal::Because(Code::RosterEmpty)),
        });
        failing.runner(&app.house).run_due().await.unwrap();
        let entries = app.audit().await;
        for (job, expected) in [
            (done, json!({"job": "roster_import", "state": "succeeded", "done": 9, "failed": 1, "failure": null, "figures": {"rows": 10}})),
            (failed, json!({"job": "roster_import", "state": "failed", "done": 4, "failed": 0, "failure": "roster.empty", "figures": {}})),
        ] {
            let about = |entry: &&Value| entry["target_id"] == json!(job) && entry["action"] == "job.end";
            let [end] = entries.iter().filter(about).collect::<Vec<_>>()[..] else { panic!("one end of {job}") };
            let detail: Value = serde_json::from_str(end["detail"].as_str().unwrap()).unwrap();
            assert_eq!((detail, &end["actor_kind"], &end["tenant_id"]), (expected, &json!("system"), &json!(tenant)));
        }
    }

    async fn jobs_are_forgotten_when_they_are_long_over(app) {
        let (ana, _) = import(&app, 10).await;
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        enqueue(&ana, Some(tenant_of(&app, &ana)), 1).await;
        let forget = async || {
            app.write(|tx| {
                let before = tx.now.plus(-caredesk_core::domain::job::KEPT);
                queue::forget_over(tx, before)
            }).await
        };
        assert_eq!(forget().await, 0);
        app.clock.advance(SignedDuration::from_hours(90 * 24 + 1));
        assert_eq!(forget().await, 11);
        assert_eq!(forget().await, 0);
        assert_eq!((app.count("jobs"), app.count("job_results")), (1, 0));
    }

    async fn an_operator_lists_watches_and_stops_jobs(app) {
        let (ana, done) = import(&app, 7).await;
        Counting::by(4).runner(&app.house).run_due().await.unwrap();
        let waiting = enqueue(&ana, Some(tenant_of(&app, &ana)), 1).await;
        let folder = tempdir("jobs", &app.database);
        let call = |command: &[&str]| {
            let output = run(&app.database, &folder, command).output().unwrap();
            let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
            (output.status.code().unwrap(), said)
        };
        let (code, list) = call(&["jobs", "list"]);
        assert_eq!((code, list.lines().count()), (0, 2), "{list}");
        assert_eq!(call(&["jobs", "list", "--state", "failed"]), (0, String::new()));
        let line = format!("{done}  succeeded  7 of 7 rows, 1 failed, 7 rows\n");
        assert_eq!(call(&["jobs", "watch", &done.to_string()]), (0, line));
        let (code, said) = call(&["jobs", "cancel", &waiting.to_string()]);
        assert_eq!((code, said.contains("cancelled")), (0, true), "{said}");
        let (code, said) = call(&["jobs", "watch", &waiting.to_string()]);
        assert_eq!((code, said), (1, format!("{waiting}  cancelled  0 rows, 0 failed\n")));
        let (code, said) = call(&["jobs", "cancel", &waiting.to_string()]);
        assert_eq!((code, said), (1, "caredesk: refused: job.over\n".to_owned()));
        let (code, said) = call(&["jobs", "watch", &Uuid::nil().to_string()]);
        assert_eq!((code, said.contains("there is no job")), (1, true), "{said}");
        let stopped = app.audit().await.into_iter().rfind(|entry| entry["action"] == "job.cancel" && entry["outcome"] == "done");
        assert_eq!(stopped.unwrap()["actor_kind"], "operator");
        drop(std::fs::remove_dir_all(&folder));
    }

    async fn a_holder_that_is_killed_for_good_loses_nothing(app) {
        let (ana, job) = import(&app, 20_000).await;
        let mut holder = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "jobs::a_holder_works_until_it_is_killed", "--ignored"])
            .env(DATABASE, app.database.url())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while app.count("job_results") < 50 {
            assert!(holder.try_wait().unwrap().is_none(), "the holder ended by itself");
        }
        holder.kill().unwrap();
        holder.wait().unwrap();
        if !app.database.is_sqlite() {
            // What it said last the engine may still be doing: whoever has the row waits for that.
            app.burglar().run("SELECT id FROM jobs FOR UPDATE");
        }
        let seen = app.count("job_results");
        let mine = json!(seen);
        let state = ana.get(&at(job)).await.is(200).body;
        assert_eq!(json!(state["done"].as_i64().unwrap() + state["failed"].as_i64().unwrap()), mine);
        app.clock.advance(LEASE_OVER);
        let heir = Counting::by(1_000);
        heir.runner(&app.house).run_due().await.unwrap();
        assert_eq!(heir.begun.lock().unwrap()[0].1, i64::try_from(seen).unwrap());
        assert_eq!(app.count("job_results"), 20_000);
        assert_eq!(ana.renewed().get(&at(job)).await.is(200).body["state"], "succeeded");
    }
}

/// No test: the process that another one kills.
#[actix_web::test]
#[ignore = "works until somebody kills it"]
async fn a_holder_works_until_it_is_killed() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let (clock, _hand) = Clock::manual(START.parse().unwrap());
    let settings = caredesk::store::db::DbSettings {
        url,
        lanes: 2,
        queue: 16,
        statement_timeout_ms: 20_000,
        observer: None,
    };
    let house = house_on(&settings, clock, caredesk::service::Limits::default()).await;
    // However late it is killed, it has not come to its end.
    let work = Counting::by(5).with(|_, _, behind| {
        if behind > 19_000 {
            loop {
                std::thread::park();
            }
        }
        Ok(())
    });
    work.runner(&house).run_due().await.unwrap();
}

/// A Site Admin of a new tenant who has made a job of so many rows.
async fn import(app: &App, rows: i64) -> (Actor<'_>, Uuid) {
    let tenant = app.tenant_id(&fresh_slug()).await;
    let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
    let job = enqueue(&ana, Some(tenant), rows).await;
    (ana, job)
}

/// Runs what is due in chunks of four rows, until the chunk behind a row; it is told to stop in there.
async fn stopped_behind(app: &App, row: i64) {
    let (tell, stop) = watch::channel(false);
    let work = Counting::by(4).with(move |_, _, behind| {
        if behind == row {
            tell.send_replace(true);
        }
        Ok(())
    });
    work.runner(&app.house).run(stop).await;
}

/// Claims what is due, as a worker does who is killed at once: job, claim, job.
async fn claim(app: &App) -> Option<(Uuid, Uuid, caredesk_core::domain::ids::JobId)> {
    let claimed = app.write(|tx| queue::claim(tx, &[JobKind::RosterImport])).await;
    claimed.map(|job| (job.id.uuid(), job.holder.unwrap(), job.id))
}

/// The tenant of somebody.
fn tenant_of(app: &App, who: &Actor<'_>) -> TenantId {
    let mut burglar = app.burglar();
    let id = burglar.id(who.account);
    let text = if app.database.is_sqlite() { "lower(hex(tenant_id))" } else { "tenant_id::text" };
    let found = burglar.texts(&format!("SELECT {text} FROM accounts WHERE id = {id}"));
    TenantId::of(Uuid::parse_str(&found[0]).unwrap())
}

async fn set_status(app: &App, tenant: TenantId, status: TenantStatus) {
    let row = tenants::table.filter(tenants::id.eq(tenant));
    behind(app, move |conn| diesel::update(row).set(tenants::status.eq(status)).execute(conn))
        .await;
}

/// Where a job is.
fn at(job: Uuid) -> String {
    format!("/v1/jobs/{job}")
}

async fn cancel(who: &Actor<'_>, job: Uuid) -> crate::support::answer::Answer {
    who.send(Method::POST, &format!("{}/cancel", at(job)), None, &[]).await
}

/// State and figures of a job.
fn facts(job: &Value) -> Value {
    json!([job["state"], job["total"], job["done"], job["failed"], job["progress"]])
}

/// The jobs that somebody is shown.
async fn listed(who: &Actor<'_>, query: &str) -> Vec<Uuid> {
    let page = who.get(&format!("/v1/jobs{query}")).await.is(200).body;
    let id = |job: &Value| job["id"].as_str().unwrap().parse().unwrap();
    page["data"].as_array().unwrap().iter().map(id).collect()
}

/// The numbers of all rows that have a result, over pages of three.
async fn all_rows(who: &Actor<'_>, job: Uuid) -> Vec<i64> {
    let mut rows = Vec::new();
    let mut path = format!("{}/results?limit=3", at(job));
    loop {
        let page = who.get(&path).await.is(200).body;
        rows.extend(
            page["data"].as_array().unwrap().iter().map(|row| row["row"].as_i64().unwrap()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { return rows };
        path = format!("{}/results?limit=3&cursor={cursor}", at(job));
    }
}

impl App {
    /// Writes as the product does by itself.
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let (keys, entropy) = (self.house.keys.clone(), self.house.entropy.clone());
        let now = self.house.clock.now();
        let write = self.house.db.write::<_, StoreError, _>(move |conn| {
            let origin = Origin::of_job("test");
            work(&mut Tx {
                conn,
                now,
                origin: &origin,
                keys: &keys,
                entropy: &entropy,
                hours: &caredesk_core::policy::hours::DeskHours::built_in(),
            })
        });
        write.await.unwrap()
    }
}

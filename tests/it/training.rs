//! Training: recorded and withdrawn by Site Admins, and what follows from it.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;
use crate::support::moment::{at_once, statuses};

/// Training that makes somebody fully trained.
fn course(name: &str) -> Value {
    json!({"course": name, "completed_on": "2026-11-03", "fully_trained": true})
}

/// An organisation with a Site Admin, and where the training of one of its members is.
async fn pine(app: &App) -> (Actor<'_>, String) {
    let tenant = app.tenant_id("pine").await;
    let mia = app.user("pine", "mia", Role::Member).await;
    (app.someone(Role::SiteAdmin, Some(tenant)).await, records_of(&mia.account.to_string()))
}

/// Where a user's records are.
fn records_of(user: &str) -> String {
    format!("/v1/users/{user}/training-records")
}

/// Withdraws a record, by where it is.
async fn withdraw(sara: &Actor<'_>, at: &str) -> Answer {
    sara.send(Method::POST, &format!("{at}/withdraw"), None, &[]).await
}

/// Whether the user whose records these are is trained.
async fn is_trained(sara: &Actor<'_>, records: &str) -> bool {
    let user = records.trim_end_matches("/training-records");
    sara.get(user).await.is(200).body["is_trained"].as_bool().unwrap()
}

/// The courses of every record, page by page.
async fn walked(sara: &Actor<'_>, records: &str, limit: u32) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = sara.get(&format!("{records}?limit={limit}{cursor}")).await.is(200);
        let rows = page.body["data"].as_array().unwrap();
        found.extend(rows.iter().map(|row| row["course"].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

on_both! {
    async fn a_record_of_full_training_makes_a_user_trained_and_withdrawn_no_more(app) {
        let (sara, records) = pine(&app).await;
        assert!(!is_trained(&sara, &records).await);
        let made = sara.post(&records, course("Parts 1 to 4")).await.is(201);
        assert_eq!(made.body["recorded_by"], sara.account.to_string());
        assert_eq!(made.body["recorded_at"], "2026-11-21T09:00:00Z");
        assert_eq!(made.body["withdrawn_at"], Value::Null);
        assert!(is_trained(&sara, &records).await);
        let at = made.header("location");
        assert_eq!(sara.get(&at).await.is(200).body, made.body);

        let withdrawn = withdraw(&sara, &at).await.is(200);
        assert_eq!(withdrawn.body["withdrawn_by"], sara.account.to_string());
        assert_eq!(withdrawn.body["withdrawn_at"], "2026-11-21T09:00:00Z");
        assert!(!is_trained(&sara, &records).await);
        assert_eq!(sara.get(&at).await.is(200).body, withdrawn.body, "the record stays");
        assert_ne!(withdrawn.etag(), made.etag());
        withdraw(&sara, &at).await.is(409).is_refused("training.already_withdrawn");
    }

    async fn training_that_is_not_full_trains_nobody(app) {
        let (sara, records) = pine(&app).await;
        let mut part = course("Part 1");
        part["fully_trained"] = json!(false);
        sara.post(&records, part).await.is(201);
        assert!(!is_trained(&sara, &records).await);
    }

    async fn of_two_records_that_say_so_one_is_enough(app) {
        let (sara, records) = pine(&app).await;
        let first = sara.post(&records, course("2025")).await.is(201).header("location");
        sara.post(&records, course("2026")).await.is(201);
        withdraw(&sara, &first).await.is(200);
        assert!(is_trained(&sara, &records).await);
    }

    async fn training_is_not_recorded_before_its_day_has_come_where_the_organisation_is(app) {
        let admin = app.platform_admin().await;
        // It is nine in the morning of the 21st in UTC.
        for (slug, zone, today, tomorrow) in [
            ("hilo", "Pacific/Honolulu", "2026-11-20", "2026-11-21"),
            ("oslo", "Europe/Oslo", "2026-11-21", "2026-11-22"),
            ("suva", "Pacific/Kiritimati", "2026-11-21", "2026-11-22"),
        ] {
            let made = admin.post("/v1/tenants", make::tenant(slug)).await.is(201);
            let settings = format!("/v1/tenants/{}/settings", made.text("/id"));
            admin.patch(&settings, &made.etag(), json!({"time_zone": zone})).await.is(200);
            let tenant: TenantId = made.text("/id").parse().unwrap();
            let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
            let mia = app.user(slug, "mia", Role::Member).await;
            let records = records_of(&mia.account.to_string());
            let on = |day: &str| {
                let mut course = course("Part 1");
                course["completed_on"] = json!(day);
                course
            };
            sara.post(&records, on(today)).await.is(201);
            let refused = sara.post(&records, on(tomorrow)).await.is(422);
            refused.is_refused("request.invalid").at(&["#/completed_on"]);
        }
        app.clock.advance(SignedDuration::from_hours(1));
        let suva = app.tenant_called("suva").await;
        let sara = app.someone(Role::SiteAdmin, Some(suva)).await;
        let own = records_of(&sara.account.to_string());
        let next_day = json!({"course": "Part 1", "completed_on": "2026-11-22", "fully_trained": false});
        sara.post(&own, next_day).await.is(201);
    }

    async fn records_are_listed_newest_first_withdrawn_ones_among_them(app) {
        let (sara, records) = pine(&app).await;
        let mut second = String::new();
        for name in ["one", "two", "three", "four", "five"] {
            app.clock.advance(SignedDuration::from_secs(1));
            let made = sara.post(&records, course(name)).await.is(201);
            if name == "two" {
                second = made.header("location");
            }
        }
        withdraw(&sara, &second).await.is(200);
        for limit in [1, 2, 5, 100] {
            let found = walked(&sara, &records, limit).await;
            assert_eq!(found, ["five", "four", "three", "two", "one"], "{limit}");
        }
    }

    async fn a_cursor_goes_with_the_user_it_was_made_for(app) {
        let (sara, records) = pine(&app).await;
        for name in ["one", "two"] {
            sara.post(&records, course(name)).await.is(201);
        }
        let page = sara.get(&format!("{records}?limit=1")).await.is(200);
        let cursor = page.text("/next_cursor");
        let other = records_of(&sara.account.to_string());
        let answer = sara.get(&format!("{other}?cursor={cursor}")).await;
        answer.is(400).is_refused("cursor.invalid");
    }

    async fn a_user_has_a_hundred_records_at_most_withdrawn_ones_included(app) {
        let (sara, records) = pine(&app).await;
        let first = sara.post(&records, course("1")).await.is(201).header("location");
        withdraw(&sara, &first).await.is(200);
        for number in 2..100 {
            sara.post(&records, course(&number.to_string())).await.is(201);
        }
        // Of two who enter the hundredth at once one is too late.
        let both = [course("a"), course("b")].map(|course| sara.post(&records, course));
        let answers = at_once(both.into_iter().collect()).await;
        assert_eq!(statuses(&answers), [201, 409]);
        sara.post(&records, course("c")).await.is(409).is_refused("training.too_many");
        assert_eq!(walked(&sara, &records, 100).await.len(), 100);
        sara.post(&records_of(&sara.account.to_string()), course("1")).await.is(201);
    }

    async fn the_training_of_another_organisations_user_is_not_there(app) {
        let (sara, records) = pine(&app).await;
        let at = sara.post(&records, course("1")).await.is(201).header("location");
        let oak = app.tenant_id("oak").await;
        let olga = app.someone(Role::SiteAdmin, Some(oak)).await;
        for path in [&records, &at] {
            olga.get(path).await.is(404).is_refused("resource.not_found");
        }
        olga.post(&records, course("1")).await.is(404);
        withdraw(&olga, &at).await.is(404);
        // Nor is it another user's of one's own.
        let id = at.rsplit('/').next().unwrap();
        let own = records_of(&sara.account.to_string());
        sara.get(&format!("{own}/{id}")).await.is(404);
        withdraw(&sara, &format!("{own}/{id}")).await.is(404);
    }

    async fn a_record_that_is_wrong_is_refused_with_every_fault(app) {
        let (sara, records) = pine(&app).await;
        let before = app.rows();
        let long = "x".repeat(201);
        let wrong = json!({"course": long, "completed_on": "2026-02-30", "fully_trained": "yes", "level": 3});
        let answer = sara.post(&records, wrong).await.is(422).is_refused("request.invalid");
        answer.at(&["#/course", "#/completed_on", "#/fully_trained", "#/level"]);
        let answer = sara.post(&records, json!({})).await.is(422);
        answer.at(&["#/course", "#/completed_on", "#/fully_trained"]);
        assert_eq!(app.rows(), before);
    }

    async fn the_audit_names_a_record_and_not_what_was_learned(app) {
        let (sara, records) = pine(&app).await;
        let made = sara.post(&records, course("Handling of Ana Ruiz")).await.is(201);
        withdraw(&sara, &made.header("location")).await.is(200);
        let audit = app.audit().await;
        let noted: Vec<&Value> =
            audit.iter().filter(|entry| entry["action"] == "user.training.record").collect();
        assert_eq!(noted.len(), 2);
        for entry in noted {
            assert_eq!(entry["target_id"], made.body["user_id"], "{entry}");
            let text = entry.to_string();
            assert!(text.contains(&made.text("/id")) && !text.contains("Ana"), "{text}");
        }
    }
}

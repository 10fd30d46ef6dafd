//! One's own sessions: listed, ended one by one and all together, ten at most.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::operations::roles;
use crate::support::people::Known;
use crate::support::staff::{PASSWORD, without_ids};

const SESSIONS: &str = "/v1/account/sessions";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A member of a new tenant.
async fn mia(app: &App) -> Known<'_> {
    app.tenant("pine").await;
    app.user("pine", "mia", Role::Member).await
}

async fn listed(who: &Actor<'_>) -> Vec<Value> {
    who.get(SESSIONS).await.is(200).body["data"].as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// What somebody's device is called after it said this of itself, as raw bytes.
async fn device_of(mia: &Known<'_>, said: &[u8]) -> Value {
    let mut body = mia.claim.clone();
    body["password"] = json!(PASSWORD);
    let request = mia.app.nobody().request(Method::POST, "/v1/sessions");
    let said = reqwest::header::HeaderValue::from_bytes(said).unwrap();
    let request = request.header("content-type", "application/json").header("user-agent", said);
    let answer = Answer::of(request.body(body.to_string()).send().await.unwrap()).await.is(201);
    let rows = listed(&mia.app.bearer(&answer)).await;
    rows.iter().find(|row| row["is_current"] == true).unwrap()["device"].clone()
}

on_both! {
    async fn the_list_shows_each_device_and_which_one_asks(app) {
        let mia = mia(&app).await;
        let phone = mia.app.sign_in_on(&mia.claim, PASSWORD, &[("user-agent", "Phone/7")]).await.is(201);
        app.clock.advance(MINUTE);
        let desk = mia.app.sign_in_on(&mia.claim, PASSWORD, &[("user-agent", "Desk/1")]).await.is(201);
        let rows = listed(&app.bearer(&desk)).await;
        let (phone, desk) = (&phone.body["session"]["id"], &desk.body["session"]["id"]);
        assert_eq!(json!(rows), json!([
            {"id": desk, "is_current": true, "device": "Desk/1", "address": "127.0.0.1",
                "created_at": "2026-11-21T09:01:00Z", "last_used_at": "2026-11-21T09:01:00Z", "expires_at": "2026-11-21T21:01:00Z"},
            {"id": phone, "is_current": false, "device": "Phone/7", "address": "127.0.0.1",
                "created_at": "2026-11-21T09:00:00Z", "last_used_at": "2026-11-21T09:00:00Z", "expires_at": "2026-11-21T21:00:00Z"},
        ]));
    }

    async fn the_list_begins_with_the_session_that_was_used_last(app) {
        let mia = mia(&app).await;
        let (first, second) = (mia.at_home().await, mia.at_home().await);
        app.clock.advance(MINUTE * 2);
        first.get("/v1/account").await.is(200);
        app.clock.advance(MINUTE);
        let third = mia.at_home().await;
        let rows = listed(&third).await;
        let order = [third.session, first.session, second.session].map(|id| id.to_string());
        assert_eq!(ids(&rows), order);
        assert_eq!(rows[1]["last_used_at"], "2026-11-21T09:02:00Z");
    }

    async fn everybody_sees_their_own_sessions_only(app) {
        let tenant = app.tenant_id("pine").await;
        for role in roles().iter().filter(|role| **role != Role::Integration) {
            let tenant = (role.realm().as_str() == "tenant").then_some(tenant);
            let (one, other) = (app.someone(*role, tenant).await, app.someone(*role, tenant).await);
            assert_eq!(ids(&listed(&one).await), [one.session.to_string()], "{role}");
            one.delete(&format!("{SESSIONS}/{}", other.session)).await.is(404);
            one.delete(&format!("{SESSIONS}?keep_current=true")).await.is(204);
            other.session().await.is(200);
            one.delete(&format!("{SESSIONS}/{}", one.session)).await.is(204);
            one.session().await.is(401).is_refused("auth.invalid_token");
        }
    }

    async fn users_guardians_and_the_desk_see_their_sessions_alike(app) {
        let mia = mia(&app).await;
        let gil = app.guardian("+15550100299").await;
        for known in [&mia, &gil] {
            let (first, second) = (known.at_home().await, known.at_home().await);
            assert_eq!(listed(&first).await.len(), 2);
            first.delete(&format!("{SESSIONS}/{}", second.session)).await.is(204);
            second.session().await.is(401);
            assert_eq!(ids(&listed(&first).await), [first.session.to_string()]);
        }
        let staff = app.staff("ana@desk.example").await;
        let ana = staff.at_work().await;
        let other = app.bearer(&staff.sign_in().await);
        assert_eq!(listed(&ana).await.len(), 3); // with the one that the link began
        ana.delete(&format!("{SESSIONS}/{}", other.session)).await.is(204);
        other.session().await.is(401);
    }

    async fn a_session_is_ended_from_another_one(app) {
        let mia = mia(&app).await;
        let lost = mia.sign_in().await.is(201);
        let here = mia.at_home().await;
        let thief = app.bearer(&lost);
        thief.get("/v1/account").await.is(200);
        here.delete(&format!("{SESSIONS}/{}", thief.session)).await.is(204);
        thief.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
        app.refresh(&lost.text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
        here.get("/v1/account").await.is(200);
        assert_eq!(ids(&listed(&here).await), [here.session.to_string()]);
        assert_eq!(app.letters(), [""; 0]); // nobody stole anything that still worked
    }

    async fn what_cannot_be_ended_is_not_found_whatever_it_is(app) {
        let mia = mia(&app).await;
        let (here, ended) = (mia.at_home().await, mia.at_home().await);
        let gil = app.guardian("gil@home.example").await.at_home().await;
        here.delete(&format!("{SESSIONS}/{}", ended.session)).await.is(204);
        for id in [ended.session, gil.session, Uuid::now_v7()] {
            let refused = here.delete(&format!("{SESSIONS}/{id}")).await.is(404);
            let mut said = without_ids(&refused.is_refused("resource.not_found"));
            said.as_object_mut().unwrap().remove("instance");
            assert!(!said.to_string().contains(&id.to_string()), "{said}");
        }
        here.delete(&format!("{SESSIONS}/mine")).await.is(404);
        gil.session().await.is(200);
    }

    async fn a_session_that_was_idle_for_too_long_cannot_be_ended(app) {
        let mia = mia(&app).await;
        let (idle, here) = (mia.at_home().await, mia.at_home().await);
        app.clock.advance(MINUTE * 29);
        here.renewed().session().await.is(200);
        app.clock.advance(MINUTE);
        let gone = here.renewed().delete(&format!("{SESSIONS}/{}", idle.session)).await.is(404);
        gone.is_refused("resource.not_found");
        let audit = app.audit().await;
        assert!(audit.iter().all(|entry| entry["action"] != "session.revoke"), "{audit:?}");
        app.clock.advance(SignedDuration::from_secs(-1));
        here.renewed().delete(&format!("{SESSIONS}/{}", idle.session)).await.is(204);
    }

    async fn every_session_is_ended_at_once(app) {
        let mia = mia(&app).await;
        let tokens = mia.sign_in().await.is(201);
        let (here, there) = (app.bearer(&tokens), mia.at_home().await);
        let gil = app.guardian("gil@home.example").await.at_home().await;
        here.delete(SESSIONS).await.is(204);
        for who in [&here, &there] {
            who.session().await.is(401).is_refused("auth.invalid_token");
        }
        app.refresh(&tokens.text("/refresh_token")).await.is(401);
        gil.session().await.is(200);
        assert_eq!(ids(&listed(&mia.at_home().await).await).len(), 1);
    }

    async fn every_other_session_is_ended_and_this_one_stays(app) {
        let mia = mia(&app).await;
        let tokens = mia.sign_in().await.is(201);
        let (here, there) = (app.bearer(&tokens), mia.at_home().await);
        here.delete(&format!("{SESSIONS}?keep_current=true")).await.is(204);
        there.session().await.is(401).is_refused("auth.invalid_token");
        here.session().await.is(200);
        app.refresh(&tokens.text("/refresh_token")).await.is(200);
        here.delete(&format!("{SESSIONS}?keep_current=false")).await.is(204);
        here.session().await.is(401);
    }

    async fn what_is_no_question_about_sessions_is_refused(app) {
        let here = mia(&app).await.at_home().await;
        for bad in ["keep_current=maybe", "keep_current=", "keep=true", "keep_current=true&keep_current=false"] {
            here.delete(&format!("{SESSIONS}?{bad}")).await.is(422).is_refused("request.invalid");
        }
        here.get(&format!("{SESSIONS}?limit=5")).await.is(422);
        here.session().await.is(200);
    }

    async fn the_eleventh_session_ends_the_one_that_was_unused_for_longest(app) {
        let mia = mia(&app).await;
        let mut all = Vec::new();
        for _ in 0..10 {
            all.push(mia.sign_in().await.is(201));
            app.clock.advance(MINUTE);
        }
        app.bearer(&all[0]).renewed().session().await.is(200); // used, so the second is the oldest
        assert_eq!(listed(&app.bearer(&all[9])).await.len(), 10);
        app.clock.advance(MINUTE);
        let eleventh = mia.at_home().await;
        app.clock.advance(SignedDuration::from_secs(1)); // every instance has seen it by then
        app.bearer(&all[1]).renewed().session().await.is(401).is_refused("auth.invalid_token");
        app.refresh(&all[1].text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
        app.bearer(&all[0]).renewed().session().await.is(200);
        let left: BTreeSet<String> = ids(&listed(&eleventh).await).into_iter().collect();
        assert!(left.len() == 10 && !left.contains(&all[1].text("/session/id")), "{left:?}");
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn sessions_of_others_and_those_that_are_over_take_no_place_among_the_ten(app) {
        let mia = mia(&app).await;
        app.user("pine", "noa", Role::Member).await.at_home().await;
        let first = mia.at_home().await;
        for _ in 0..9 {
            let other = mia.at_home().await;
            other.delete("/v1/sessions/current").await.is(204);
        }
        for _ in 0..9 {
            mia.at_home().await;
        }
        app.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(listed(&first).await.len(), 10);
    }

    async fn the_list_leaves_out_what_was_idle_for_too_long(app) {
        let mia = mia(&app).await;
        let gil = app.guardian("gil@home.example").await;
        for (known, minutes) in [(&mia, 30), (&gil, 60)] {
            let (idle, here) = (known.at_home().await, known.at_home().await);
            app.clock.advance(MINUTE * (minutes - 1));
            assert_eq!(listed(&here.renewed()).await.len(), 2);
            app.clock.advance(MINUTE);
            assert_eq!(ids(&listed(&here.renewed()).await), [here.session.to_string()]);
            idle.renewed().session().await.is(401);
        }
    }

    async fn the_list_leaves_out_what_is_older_than_its_realm_allows(app) {
        let mia = mia(&app).await;
        let old = mia.at_home().await;
        for _ in 0..24 {
            app.clock.advance(SignedDuration::from_secs(29 * 60 + 59));
            old.renewed().session().await.is(200);
        }
        let here = mia.at_home().await;
        assert_eq!(listed(&here).await.len(), 2);
        app.clock.advance(SignedDuration::from_secs(24));
        assert_eq!(ids(&listed(&here).await), [here.session.to_string()]);
        old.renewed().session().await.is(401);
    }

    async fn a_device_that_talks_too_much_is_cut_short(app) {
        let mia = mia(&app).await;
        assert_eq!(device_of(&mia, "x".repeat(500).as_bytes()).await, json!("x".repeat(200)));
        assert_eq!(device_of(&mia, b"Phone \"7\" <b>\t'; DROP TABLE sessions").await,
            json!("Phone \"7\" <b>\t'; DROP TABLE sessions"));
    }

    async fn a_device_that_stammers_begins_a_session_all_the_same(app) {
        let mia = mia(&app).await;
        assert_eq!(device_of(&mia, b"Phone/\xff\xfe7").await, Value::Null);
        assert_eq!(device_of(&mia, "Teléfono".as_bytes()).await, Value::Null);
        assert_eq!(device_of(&mia, b"").await, Value::Null);
        assert_eq!(listed(&mia.at_home().await).await[0]["device"], Value::Null);
    }

    async fn ending_sessions_is_written_down(app) {
        let mia = mia(&app).await;
        let (here, there) = (mia.at_home().await, mia.at_home().await);
        here.delete(&format!("{SESSIONS}/{}", there.session)).await.is(204);
        here.delete(SESSIONS).await.is(204);
        let audit = app.audit().await;
        let ended: Vec<&Value> =
            audit.iter().filter(|entry| entry["action"] == "session.revoke").collect();
        assert_eq!(ended.len(), 2);
        assert!(ended.iter().all(|entry| entry["actor_id"] == mia.account.to_string()));
        let detail_of = |target: Uuid| {
            let entry = ended.iter().find(|entry| entry["target_id"] == target.to_string());
            entry.unwrap()["detail"].clone()
        };
        assert_eq!(detail_of(there.session), Value::Null);
        assert_eq!(detail_of(mia.account), r#"{"ended":1}"#);
    }
}

//! Two instances on one database: what one of them ends, the other refuses within a second.
//!
//! The shared clock moves by one second, which is as long as an instance believes what it has checked.
//! SQLite has one process; there both instances are that one's, to keep the test the same.

use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::staff::PASSWORD;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The same person, asking another instance.
fn at<'a>(app: &'a App, who: &Actor<'_>) -> Actor<'a> {
    Actor { app, token: who.token.clone(), account: who.account, session: who.session }
}

on_both! {
    async fn a_deactivation_is_seen_by_the_other_instance_within_a_second(app) {
        let beside = app.beside().await;
        let agent = app.someone(Role::TierOne, None).await;
        let there = at(&beside, &agent);
        there.get("/v1/account").await.is(200);
        let path = format!("/v1/desk-accounts/{}/deactivate", agent.account);
        app.platform_admin().await.post(&path, json!({"reason": "left"})).await.is(200);
        agent.get("/v1/account").await.is(401); // here at once
        app.clock.advance(SECOND);
        there.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
    }

    async fn a_change_of_role_is_seen_by_the_other_instance_within_a_second(app) {
        let beside = app.beside().await;
        let manager = app.someone(Role::DeskManager, None).await;
        let there = at(&beside, &manager);
        there.get("/v1/desk-accounts").await.is(200);
        let admin = app.platform_admin().await;
        let path = format!("/v1/desk-accounts/{}", manager.account);
        let etag = admin.get(&path).await.etag();
        admin.patch(&path, &etag, json!({"role": "tier1"})).await.is(200);
        manager.get("/v1/desk-accounts").await.is(403).is_refused("action.not_permitted");
        app.clock.advance(SECOND);
        there.get("/v1/desk-accounts").await.is(403).is_refused("action.not_permitted");
    }

    async fn a_change_of_password_is_seen_by_the_other_instance_within_a_second(app) {
        let beside = app.beside().await;
        let gus = app.guardian("gus@home.example").await;
        let (here, stolen) = (gus.at_home().await, gus.at_home().await);
        let there = at(&beside, &stolen);
        there.get("/v1/account").await.is(200);
        let change = json!({"current_password": PASSWORD, "new_password": "another violet tractor 39"});
        here.put("/v1/account/password", "", change).await.is(204);
        app.clock.advance(SECOND);
        there.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
        at(&beside, &here).get("/v1/account").await.is(200); // whoever changed it stays
    }

    async fn signing_out_everywhere_is_seen_by_the_other_instance_within_a_second(app) {
        let beside = app.beside().await;
        let gus = app.guardian("gus@home.example").await;
        let (here, elsewhere) = (gus.at_home().await, gus.at_home().await);
        let there = at(&beside, &elsewhere);
        there.get("/v1/account").await.is(200);
        here.delete("/v1/account/sessions").await.is(204);
        app.clock.advance(SECOND);
        there.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
        here.get("/v1/account").await.is(401);
    }

    async fn a_change_counts_on_the_other_instance_from_that_moment(app) {
        let beside = app.beside().await;
        let gus = app.guardian("gus@home.example").await;
        let (here, elsewhere) = (gus.at_home().await, gus.at_home().await);
        let there = at(&beside, &elsewhere);
        there.get("/v1/account").await.is(200);
        here.delete("/v1/account/sessions").await.is(204);
        // No second has passed: a read may still be answered, a change never.
        there.patch("/v1/account", "", json!({"locale": "es"})).await.is(401);
    }

    async fn attempts_add_up_over_instances(app) {
        let beside = app.beside().await;
        app.redeem(&app.invite("ana@desk.example").await, PASSWORD).await.is(201);
        for _ in 0..5 {
            app.sign_in("ana@desk.example", "wrong").await.is(401);
            beside.sign_in("ana@desk.example", "wrong").await.is(401);
        }
        app.sign_in("ana@desk.example", PASSWORD).await.is(429);
        beside.sign_in("ana@desk.example", PASSWORD).await.is(429);
    }
}

//! Tickets that wait for development: by an internal ticket, until every one that is linked is over, and without a word
//! of what developers wrote.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::tickets::{escalation, tenant};

const INTERNAL: &str = "/v1/internal-tickets";

/// Lets a second pass, so that what happens next is newer than what was there.
fn tick(app: &App) {
    app.clock.advance(SignedDuration::from_secs(1));
}

/// A ticket at the second tier, with its requester and the agent who has it.
async fn escalated(app: &App, tenant: TenantId) -> (String, Actor<'_>, Actor<'_>) {
    let sue = app.someone(Role::SupportUser, Some(tenant)).await;
    let report = json!({
        "request_type": "technical.error.report", "subject": "The page does not load",
        "text": "Since this morning the page stays white."});
    let at = sue.post("/v1/tickets", report).await.is(201).header("location");
    let tom = app.someone(Role::TierOne, None).await;
    tick(app);
    tom.post(&format!("{at}/escalate"), escalation()).await.is(200);
    tick(app);
    let tim = app.someone(Role::TierTwo, None).await;
    tim.post(&format!("{at}/assign"), json!({})).await.is(200);
    (at, sue, tim)
}

/// A bug, raised by an agent of the second tier.
async fn bug(tim: &Actor<'_>) -> Answer {
    let body = json!({"kind": "bug", "title": "A white page", "text": "After an update the page stays white."});
    tim.post(INTERNAL, body).await.is(201)
}

/// Leaves a ticket to development.
async fn wait(tim: &Actor<'_>, at: &str, bug: &Answer) -> Answer {
    tick(tim.app);
    let body = json!({"internal_ticket_id": bug.text("/id"), "text": "It is reported."});
    tim.post(&format!("{at}/wait-for-development"), body).await
}

/// Takes a step with an internal ticket that has no body.
async fn step(devi: &Actor<'_>, bug: &Answer, step: &str) -> Answer {
    tick(devi.app);
    let path = format!("{}/{step}", bug.header("location"));
    devi.send(Method::POST, &path, None, &[]).await
}

/// The newest entry of a ticket.
async fn newest(who: &Actor<'_>, at: &str) -> Value {
    who.get(at).await.is(200).body["entries"][0].clone()
}

on_both! {
    async fn a_ticket_waits_until_what_it_waits_for_is_shipped(app) {
        let pine = tenant(&app).await;
        let (at, sue, tim) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let bug = bug(&tim).await;
        let waits = wait(&tim, &at, &bug).await.is(200);
        assert_eq!(waits.body["state"], "waiting_on_development");
        assert_eq!(waits.body["internal_tickets"],
            json!([{"id": bug.text("/id"), "number": bug.text("/number"), "state": "reported"}]));
        step(&devi, &bug, "start").await.is(200);
        let event = newest(&tim, &at).await;
        assert_eq!((&event["kind"], &event["is_internal"]), (&json!("event"), &json!(true)));
        assert_eq!((&event["internal_ticket_state"], &event["text"]), (&json!("in_progress"), &Value::Null));
        assert_eq!(tim.get(&at).await.body["state"], "waiting_on_development");
        step(&devi, &bug, "ship").await.is(200);
        let open = tim.get(&at).await.is(200);
        assert_eq!((&open.body["state"], &open.body["assignee_id"]), (&json!("open"), &json!(tim.account)));
        let event = &open.body["entries"][0];
        assert_eq!((&event["transition"], &event["author_kind"]), (&json!("development_done"), &json!("system")));
        assert_eq!(app.count("notifications WHERE kind = 'development_done'"), 1);
        // What its requester reads says no more than that it goes on.
        let seen = sue.get(&at).await.is(200);
        assert_eq!(seen.body["entries"][0]["transition"], "development_done");
        for hidden in [bug.text("/id"), bug.text("/number"), "white page".into(), "in_progress".into()] {
            assert!(!seen.raw.contains(&hidden), "{hidden}: {}", seen.raw);
        }
        let admin = app.platform_admin().await;
        let shipped = admin.get("/v1/audit-entries?action=internal_ticket.ship").await.is(200);
        assert!(shipped.text("/data/0/detail").contains("\"tickets\":1"), "{}", shipped.raw);
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let done = ana.get("/v1/audit-entries?action=ticket.development_done").await.is(200);
        assert_eq!((&done.body["data"][0]["actor_kind"], &done.body["data"].as_array().unwrap().len()), (&json!("system"), &1));
    }

    async fn every_ticket_that_waits_goes_on_at_once(app) {
        let pine = tenant(&app).await;
        let (first, _, tim) = escalated(&app, pine).await;
        let (second, _, tia) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let bug = bug(&tim).await;
        wait(&tim, &first, &bug).await.is(200);
        wait(&tia, &second, &bug).await.is(200);
        tick(&app);
        let reason = json!({"reason": "It is replaced."});
        devi.post(&format!("{}/decline", bug.header("location")), reason).await.is(200);
        for (at, who) in [(&first, &tim), (&second, &tia)] {
            let seen = who.get(at).await.is(200);
            assert_eq!((&seen.body["state"], &seen.body["internal_tickets"][0]["state"]), (&json!("open"), &json!("declined")));
            assert!(!seen.raw.contains("It is replaced"), "{}", seen.raw);
        }
        assert_eq!(app.count("notifications WHERE kind = 'development_done'"), 2);
        let linked = devi.get(&bug.header("location")).await.is(200);
        assert_eq!(linked.body["linked_tickets"], 2);
        for at in [first, second] {
            let id = at.rsplit('/').next().unwrap();
            assert!(!linked.raw.contains(id), "{}", linked.raw);
        }
    }

    async fn taking_up_what_was_shipped_changes_nothing_for_open_tickets_but_counts_for_the_next_wait(app) {
        let pine = tenant(&app).await;
        let (at, _, tim) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let (first, second) = (bug(&tim).await, bug(&tim).await);
        wait(&tim, &at, &first).await.is(200);
        step(&devi, &first, "start").await.is(200);
        step(&devi, &first, "ship").await.is(200);
        let before = app.count("ticket_entries");
        step(&devi, &first, "reopen").await.is(200);
        assert_eq!(app.count("ticket_entries"), before);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "open");
        wait(&tim, &at, &second).await.is(200);
        step(&devi, &second, "start").await.is(200);
        step(&devi, &second, "ship").await.is(200);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "waiting_on_development", "the first is not over");
        step(&devi, &first, "start").await.is(200);
        step(&devi, &first, "ship").await.is(200);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "open");
    }

    async fn what_waits_already_waits_for_another_one_too(app) {
        let pine = tenant(&app).await;
        let (at, _, tim) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let (first, second) = (bug(&tim).await, bug(&tim).await);
        let waits = wait(&tim, &at, &first).await.is(200);
        let offered = waits.body["allowed_actions"].as_array().unwrap().iter();
        let mut offered = offered.filter(|one| one["allowed"] == true).map(|one| &one["action"]);
        assert!(offered.any(|action| action == "ticket.wait_for_development"), "{}", waits.raw);
        let both = wait(&tim, &at, &second).await.is(200);
        assert_eq!(both.body["state"], "waiting_on_development");
        assert_eq!(both.body["internal_tickets"].as_array().unwrap().len(), 2, "{}", both.raw);
        assert_eq!(newest(&tim, &at).await["text"], "It is reported.");
        let before = app.rows();
        wait(&tim, &at, &second).await.is(409).is_refused("ticket.not_in_state");
        assert_eq!(app.rows(), before);
        step(&devi, &first, "start").await.is(200);
        step(&devi, &first, "ship").await.is(200);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "waiting_on_development", "the second is not over");
        assert_eq!(app.count("notifications WHERE kind = 'development_done'"), 0);
        let reason = json!({"reason": "It is replaced."});
        devi.post(&format!("{}/decline", second.header("location")), reason).await.is(200);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "open");
        assert_eq!(app.count("notifications WHERE kind = 'development_done'"), 1);
    }

    async fn a_second_wait_that_begins_while_the_first_ends_is_waited_for(app) {
        let pine = tenant(&app).await;
        let (at, _, tim) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let (first, second) = (bug(&tim).await, bug(&tim).await);
        wait(&tim, &at, &first).await.is(200);
        step(&devi, &first, "start").await.is(200);
        let (waited, shipped) = tokio::join!(wait(&tim, &at, &second), step(&devi, &first, "ship"));
        shipped.is(200);
        waited.is(200);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "waiting_on_development");
        step(&devi, &second, "start").await.is(200);
        step(&devi, &second, "ship").await.is(200);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "open");
    }

    async fn nobody_waits_for_what_is_over_or_not_there(app) {
        let pine = tenant(&app).await;
        let (at, sue, tim) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let over = bug(&tim).await;
        step(&devi, &over, "start").await.is(200);
        step(&devi, &over, "ship").await.is(200);
        let before = app.rows();
        wait(&tim, &at, &over).await.is(409).is_refused("internal_ticket.wrong_state");
        let nothing = json!({"internal_ticket_id": Uuid::now_v7(), "text": "It is reported."});
        tim.post(&format!("{at}/wait-for-development"), nothing.clone()).await.is(422).at(&["#/internal_ticket_id"]);
        let nowhere = format!("/v1/tickets/{}/wait-for-development", Uuid::now_v7());
        tim.post(&nowhere, nothing).await.is(404).is_refused("resource.not_found");
        assert_eq!(app.rows(), before);
        let bug = bug(&tim).await;
        let tom = app.someone(Role::TierOne, None).await;
        for who in [&tom, &sue, &devi] {
            wait(who, &at, &bug).await.is(403).is_refused("action.not_permitted");
        }
        wait(&tim, &at, &bug).await.is(200);
        wait(&tim, &at, &bug).await.is(409).is_refused("ticket.not_in_state");
        assert_eq!(app.count("internal_ticket_links"), 1);
    }

    async fn the_first_tier_sees_no_internal_ticket_of_what_comes_back(app) {
        let pine = tenant(&app).await;
        let (at, _, tim) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let bug = bug(&tim).await;
        wait(&tim, &at, &bug).await.is(200);
        step(&devi, &bug, "start").await.is(200);
        step(&devi, &bug, "ship").await.is(200);
        tim.post(&format!("{at}/return"), json!({"text": "It is mended."})).await.is(200);
        let seen = app.someone(Role::TierOne, None).await.get(&at).await.is(200);
        assert_eq!(seen.body["internal_tickets"], json!([]));
        for hidden in [bug.text("/id"), bug.text("/number")] {
            assert!(!seen.raw.contains(&hidden), "{hidden}: {}", seen.raw);
        }
    }

    async fn a_wait_that_begins_while_its_internal_ticket_ends_does_not_last(app) {
        let pine = tenant(&app).await;
        let (at, _, tim) = escalated(&app, pine).await;
        let devi = app.someone(Role::Developer, None).await;
        let bug = bug(&tim).await;
        step(&devi, &bug, "start").await.is(200);
        let (waited, shipped) = tokio::join!(wait(&tim, &at, &bug), step(&devi, &bug, "ship"));
        shipped.is(200);
        assert!(matches!(waited.status.as_u16(), 200 | 409), "{}", waited.raw);
        assert_eq!(tim.get(&at).await.is(200).body["state"], "open");
    }
}

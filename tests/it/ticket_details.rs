//! Details that are told of a ticket after it was opened: by whom, past the door, and what follows from them.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::scene::fresh_slug;
use crate::support::tickets::ask_no_search;

/// A new tenant that asks for no search of the help centre.
async fn tenant(app: &App) -> TenantId {
    let tenant = app.tenant_id(&fresh_slug()).await;
    ask_no_search(app, tenant).await;
    tenant
}

/// A ticket without details, and its author.
async fn opened(app: &App, tenant: TenantId) -> (String, Actor<'_>) {
    let sue = app.someone(Role::SupportUser, Some(tenant)).await;
    let body = json!({
        "request_type": "technical.error.report", "subject": "The forms of Xylandra are gone",
        "text": "Since this morning the page stays white."});
    let at = sue.post("/v1/tickets", body).await.is(201).header("location");
    (at, sue)
}

/// Tells details, a second after whatever was before.
async fn tell(who: &Actor<'_>, at: &str, details: Value) -> Answer {
    who.app.clock.advance(SignedDuration::from_secs(1));
    who.send(Method::PATCH, &format!("{at}/details"), Some(details), &[]).await
}

/// What is still asked for.
fn missing(answer: &Answer) -> Vec<&str> {
    let asked_for = answer.body["details_to_add"].as_array().unwrap();
    asked_for.iter().map(|detail| detail.as_str().unwrap()).collect()
}

on_both! {
    async fn details_are_added_later_and_asked_for_no_more(app) {
        let pine = tenant(&app).await;
        let (at, sue) = opened(&app, pine).await;
        let before = sue.get(&at).await.is(200);
        assert_eq!(missing(&before).len(), 7, "{}", before.raw);
        let told = tell(&sue, &at, json!({"child_id": "K-20431", "browser": "Firefox 12"})).await.is(200);
        assert_eq!(missing(&told), ["error_message", "steps", "user_id", "class_id", "account_email"]);
        assert_eq!((&told.body["details"]["child_id"], &told.body["browser_support"]), (&json!("K-20431"), &json!("outdated")));
        let event = &told.body["entries"][0];
        assert_eq!((&event["kind"], &event["transition"], &event["text"]), (&json!("event"), &Value::Null, &Value::Null));
        assert_eq!(event["details"], json!(["child_id", "browser"]), "{}", told.raw);
        // Told anew, in its place; what is not named stays.
        let again = tell(&sue, &at, json!({"browser": "Firefox 160", "account_email": "gil.ferro@mail.example"})).await.is(200);
        assert_eq!(missing(&again), ["error_message", "steps", "user_id", "class_id"]);
        assert_eq!((&again.body["details"]["browser"], &again.body["details"]["child_id"]), (&json!("Firefox 160"), &json!("K-20431")));
        assert_ne!(again.body["browser_support"], "outdated", "{}", again.raw);
        let tom = app.someone(Role::TierOne, None).await;
        let seen = tom.get(&at).await.is(200);
        assert_eq!((&seen.body["details"], missing(&seen)), (&again.body["details"], missing(&again)));
        tell(&sue, &at, json!({"error_message": "The turnstile is jammed."})).await.is(200);
        tell(&sue, &at, json!({"error_message": "The escalator is stuck."})).await.is(200);
        for (word, times) in [("escalator", 1), ("turnstile", 0)] {
            let found = tom.get(&format!("/v1/tickets?tenant_id={pine}&q={word}")).await.is(200);
            assert_eq!(found.body["data"].as_array().unwrap().len(), times, "{}", found.raw);
        }
        tell(&sue, &at, json!({})).await.is(422).at(&["#"]);
        tell(&sue, &at, json!({"child_id": "Xylandra"})).await.is(422).at(&["#/child_id"]);
    }

    async fn what_is_added_is_masked_and_masks_what_was_said_before(app) {
        let pine = tenant(&app).await;
        let (at, sue) = opened(&app, pine).await;
        let tom = app.someone(Role::TierOne, None).await;
        tell(&sue, &at, json!({"error_message": "Xylandra form"})).await.is(200);
        assert!(tom.get(&at).await.is(200).raw.contains("Xylandra"));
        let steps = "My daughter Xylandra Quoss has child id K-20431; I opened her page.";
        let told = tell(&sue, &at, json!({"steps": steps})).await.is(200);
        assert_eq!(told.text("/details/steps"), steps, "one's own words: {}", told.raw);
        assert_eq!((told.text("/subject"), told.text("/details/error_message")), ("The forms of Xylandra are gone".into(), "Xylandra form".into()));
        let hinted = told.body["detail_hints"].as_array().unwrap();
        assert!(hinted.iter().any(|one| one["detail"] == "steps" && one["is_masked"] == true), "{}", told.raw);
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("Xylandra") && !seen.raw.contains("Quoss"), "{}", seen.raw);
        let found = tom.get(&format!("/v1/tickets?tenant_id={pine}&q=xylandra")).await.is(200);
        assert_eq!(found.body["data"], json!([]), "{}", found.raw);
        for row in app.rows() {
            assert!(!row.contains("Quoss"), "{row}");
        }
        // What is told in its place is another text, and has its own original.
        let plain = tell(&sue, &at, json!({"steps": "Opened the page."})).await.is(200);
        assert_eq!(plain.text("/details/steps"), "Opened the page.");
        assert_eq!(tom.get(&at).await.is(200).text("/details/steps"), "Opened the page.");
    }

    async fn what_is_broken_over_a_message_and_a_detail_is_masked_all_the_same(app) {
        let pine = tenant(&app).await;
        let (at, sue) = opened(&app, pine).await;
        app.clock.advance(SignedDuration::from_secs(1));
        sue.post(&format!("{at}/reply"), json!({"text": "The card is 4916 3385"})).await.is(200);
        tell(&sue, &at, json!({"steps": "0608 2782"})).await.is(200);
        let tom = app.someone(Role::TierOne, None).await;
        for seen in [tom.get(&at).await.is(200), sue.get(&at).await.is(200)] {
            assert!(!seen.raw.contains("4916") && !seen.raw.contains("2782"), "{}", seen.raw);
        }
    }

    async fn whoever_asked_those_in_copy_and_agents_of_callers_add_details(app) {
        let pine = tenant(&app).await;
        let (at, sue) = opened(&app, pine).await;
        let (max, bo) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::SupportUser, Some(pine)).await);
        let tom = app.someone(Role::TierOne, None).await;
        let class = || json!({"class_id": "B-12"});
        tell(&bo, &at, class()).await.is(403).is_refused("ticket.not_yours");
        tell(&tom, &at, class()).await.is(403).is_refused("ticket.not_yours");
        tell(&max, &at, class()).await.is(404).is_refused("resource.not_found");
        let watcher = json!({"account_id": max.account});
        sue.post(&format!("{at}/watchers"), watcher).await.is(200);
        let offered = |seen: &Answer| {
            let all = seen.body["allowed_actions"].as_array().unwrap().clone();
            all.iter().any(|one| one["action"] == "ticket.add_details" && one["allowed"] == true)
        };
        assert!(offered(&max.get(&at).await.is(200)) && offered(&sue.get(&at).await.is(200)));
        assert!(!offered(&tom.get(&at).await.is(200)));
        let told = tell(&max, &at, class()).await.is(200);
        assert_eq!(told.body["entries"][0]["author"]["account_id"], json!(max.account), "{}", told.raw);
        let called = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "It stays white.",
            "on_behalf_of": {"requester": "family", "tenant_id": pine, "channel": "phone", "email": "gil.ferro@mail.example"}});
        let called = tom.post("/v1/tickets", called).await.is(201).header("location");
        let steps = json!({"steps": "Called my colleague Maria Gonzalez."});
        let told = tell(&tom, &called, steps).await.is(200);
        assert_eq!(told.body["entries"][0]["author_kind"], "caller", "{}", told.raw);
        assert!(!told.raw.contains("Gonzalez"), "{}", told.raw);
        assert_eq!(told.body["detail_hints"][0]["detail"], "steps", "{}", told.raw);
    }

    async fn a_detail_that_was_waited_for_opens_the_ticket_again(app) {
        let pine = tenant(&app).await;
        let (at, sue) = opened(&app, pine).await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/ask"), json!({"text": "Which browser is it?"})).await.is(200);
        let told = tell(&sue, &at, json!({"browser": "Firefox 160"})).await.is(200);
        assert_eq!((&told.body["state"], &told.body["entries"][0]["transition"]), (&json!("open"), &json!("reply")), "{}", told.raw);
        // At any time, and then nothing moves.
        tom.post(&format!("{at}/resolve"), json!({"resolution": "solved", "text": "It was mended."})).await.is(200);
        let after = tell(&sue, &at, json!({"class_id": "B-12"})).await.is(200);
        assert_eq!((&after.body["state"], &after.body["details"]["class_id"]), (&json!("closed"), &json!("B-12")));
    }

    async fn details_are_added_to_the_version_that_was_read(app) {
        let pine = tenant(&app).await;
        let (at, sue) = opened(&app, pine).await;
        let etag = sue.get(&at).await.is(200).etag();
        let path = format!("{at}/details");
        let with = [("if-match", etag.as_str())];
        let body = || Some(json!({"class_id": "B-12"}));
        let told = sue.send(Method::PATCH, &path, body(), &with).await.is(200);
        assert_ne!(told.etag(), etag);
        sue.send(Method::PATCH, &path, body(), &with).await.is(412).is_refused("version.stale");
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let audit = ana.get("/v1/audit-entries?action=ticket.add_details").await.is(200);
        assert!(audit.text("/data/0/detail").contains("class_id"), "{}", audit.raw);
        assert!(!audit.raw.contains("B-12"), "{}", audit.raw);
    }

    async fn an_objection_is_about_the_detail_as_it_was_told_then(app) {
        let pine = tenant(&app).await;
        let (at, sue) = opened(&app, pine).await;
        let tim = app.someone(Role::TierTwo, None).await;
        tell(&sue, &at, json!({"steps": "Called my colleague Maria Gonzalez."})).await.is(200);
        let about = || json!({"detail": "steps", "reason": "That is the name of a class, and of no person."});
        app.clock.advance(SignedDuration::from_secs(1));
        sue.post(&format!("{at}/objections"), about()).await.is(200);
        tell(&sue, &at, json!({"steps": "My daughter Xylandra Quoss has child id K-20431."})).await.is(200);
        let id = tim.get(&at).await.is(200).text("/objections/0/id");
        let path = format!("{at}/objections/{id}/uphold");
        tim.send(Method::POST, &path, None, &[]).await.is(409).is_refused("ticket.nothing_masked");
        assert!(!tim.get(&at).await.is(200).raw.contains("Quoss"));
        app.clock.advance(SignedDuration::from_secs(1));
        sue.post(&format!("{at}/objections"), about()).await.is(200);
    }
}

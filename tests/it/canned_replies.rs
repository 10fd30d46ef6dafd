//! Canned replies: written by desk managers and Tier II, read by agents, always fit to be filled in.

use caredesk_core::domain::account::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;

const REPLIES: &str = "/v1/canned-replies";
const PREVIEWS: &str = "/v1/canned-reply-previews";

/// A canned reply.
fn reply(title: &str, text: &str, tags: &[&str]) -> Value {
    json!({"title": title, "text": text, "locale": "en", "tags": tags})
}

/// The titles of every canned reply that a filter finds, page by page.
async fn walked(who: &Actor<'_>, filter: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{REPLIES}?limit=2{filter}{cursor}")).await.is(200);
        let rows = page.body["data"].as_array().unwrap();
        found.extend(rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

on_both! {
    async fn managers_and_tier_two_write_what_agents_read(app) {
        let manager = app.someone(Role::DeskManager, None).await;
        let made = manager.post(REPLIES, reply("A new password", "About {case_number}.", &["access"])).await.is(201);
        let at = made.header("location");
        let tom = app.someone(Role::TierOne, None).await;
        let read = tom.get(&at).await.is(200);
        assert_eq!(read.body["text"], "About {case_number}.");
        assert!(read.body["allowed_actions"].as_array().unwrap().iter().all(|one| one["allowed"] == false));
        tom.post(REPLIES, reply("Mine", "Hello", &[])).await.is(403).is_refused("action.not_permitted");
        let rita = app.someone(Role::TierTwo, None).await;
        let changed = rita.patch(&at, &made.etag(), json!({"title": "Password", "tags": ["b2", "a1", "b2"]})).await.is(200);
        assert_eq!((&changed.body["title"], &changed.body["tags"]), (&json!("Password"), &json!(["a1", "b2"])));
        assert_eq!(changed.body["text"], "About {case_number}.", "what is absent stays");
        assert_eq!(changed.body["updated_by"], rita.account.to_string());
        assert_eq!(changed.body["created_by"], manager.account.to_string());
        rita.patch(&at, &made.etag(), json!({"title": "Late"})).await.is(412).is_refused("version.stale");
        rita.delete(&at).await.is(204);
        tom.get(&at).await.is(404).is_refused("resource.not_found");
        assert_eq!(app.count("canned_reply_tags"), 0);
        for role in [Role::Developer, Role::PlatformAdmin, Role::Guardian] {
            app.someone(role, None).await.get(REPLIES).await.is(403).is_refused("action.not_permitted");
        }
    }

    async fn a_text_that_could_not_be_filled_in_is_not_kept(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let at = rita.post(REPLIES, reply("Good", "{case_number}", &[])).await.is(201);
        for (text, code) in [("Your {password}.", "unknown_variable"), ("Open {case_number", "stray_brace"), ("a } b", "stray_brace")] {
            let refused = rita.post(REPLIES, reply("Bad", text, &[])).await.is(422).is_refused("request.invalid");
            assert_eq!(refused.body["errors"][0]["code"], code);
            let refused = refused.at(&["#/text"]);
            assert!(refused.text("/errors/0/detail").contains("{requester_name}"), "{}", refused.raw);
            let path = at.header("location");
            rita.patch(&path, &at.etag(), json!({"text": text})).await.is(422).is_refused("request.invalid");
            rita.post(PREVIEWS, json!({"text": text})).await.is(422).is_refused("request.invalid").at(&["#/text"]);
        }
        assert_eq!(app.count("canned_replies"), 1);
    }

    async fn a_preview_is_about_nobody(app) {
        let tom = app.someone(Role::TierOne, None).await;
        let shown = tom.post(PREVIEWS, json!({"text": "Hello {requester_name}, {case_number}."})).await.is(200);
        assert_eq!(shown.body["text"], "Hello Ana Ruiz, C-000123.");
        assert_eq!(app.count("canned_replies"), 0);
    }

    async fn personal_data_is_filled_in_and_never_kept(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let body = reply("Hello", "Write to tobias@feldmann.example.", &[]);
        let refused = rita.post(REPLIES, body).await.is(422).is_refused("canned_reply.personal_data");
        assert_eq!((&refused.body["errors"][0]["pointer"], &refused.body["errors"][0]["code"]), (&json!("#/text"), &json!("email")));
        assert!(!refused.raw.contains("feldmann"), "{}", refused.raw);
        assert_eq!(app.count("canned_replies"), 0);
    }

    async fn they_are_listed_by_title_language_and_tag(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        for (title, locale, tags) in [
            ("Cannot sign in", "en", json!(["access"])),
            ("another browser", "en", json!(["browser"])),
            ("Éste no entra", "es", json!(["access"])),
            ("Before you ask", "en", json!([])),
            ("Access for a family", "en", json!(["access", "family"])),
        ] {
            let body = json!({"title": title, "text": "Hello", "locale": locale, "tags": tags});
            rita.post(REPLIES, body).await.is(201);
        }
        let all = ["Access for a family", "another browser", "Before you ask", "Cannot sign in", "Éste no entra"];
        assert_eq!(walked(&rita, "").await, all);
        assert_eq!(walked(&rita, "&locale=es").await, ["Éste no entra"]);
        assert_eq!(walked(&rita, "&tag=access").await, ["Access for a family", "Cannot sign in", "Éste no entra"]);
        assert_eq!(walked(&rita, "&tag=access&locale=en").await, ["Access for a family", "Cannot sign in"]);
        assert!(walked(&rita, "&tag=nothing").await.is_empty());
        let bad = rita.send(Method::GET, &format!("{REPLIES}?tag=Not+a+tag"), None, &[]).await;
        bad.is(422).is_refused("request.invalid").at(&["query:tag"]);
    }

    async fn a_renamed_reply_is_found_in_its_new_place(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let first = rita.post(REPLIES, reply("Alpha", "Hello", &["access"])).await.is(201);
        rita.post(REPLIES, reply("Beta", "Hello", &["access"])).await.is(201);
        rita.patch(&first.header("location"), &first.etag(), json!({"title": "Gamma"})).await.is(200);
        assert_eq!(walked(&rita, "&tag=access").await, ["Beta", "Gamma"]);
        assert_eq!(walked(&rita, "").await, ["Beta", "Gamma"]);
    }
}

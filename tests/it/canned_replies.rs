//! Canned replies: written by desk managers and Tier II, read by agents, always fit to be filled in.

use caredesk_core::domain::account::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::scene::fresh_slug;
use crate::support::tickets::{ask_no_search, tenant};

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

/// A ticket of a family that an agent takes by telephone, written to in a language.
fn of_family(tenant: &Value, locale: &str) -> Value {
    json!({
        "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "name": "Gil Ferro",
            "email": "gil.ferro@mail.example", "locale": locale}})
}

on_both! {
    async fn a_canned_reply_is_filled_in_from_the_ticket_that_it_answers(app) {
        let pine = app.tenant(&fresh_slug()).await;
        let rita = app.someone(Role::TierTwo, None).await;
        let text = "Hello {requester_name},\nyour case {case_number} with {organization_name} is looked at.";
        let id = rita.post(REPLIES, reply("In work", text, &[])).await.is(201).text("/id");
        let tom = app.someone(Role::TierOne, None).await;
        let ticket = tom.post("/v1/tickets", of_family(&pine.body["id"], "en")).await.is(201);
        let at = format!("/v1/tickets/{}", ticket.text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let said = tom.post(&format!("{at}/reply"), json!({"canned_reply_id": id})).await.is(200);
        let said = said.text("/entries/0/text");
        assert!(said.contains(&format!("your case {} with", ticket.text("/number"))), "{said}");
        assert!(said.contains(&pine.text("/name")) && !said.contains('{'), "{said}");
        assert!(!said.contains("Ferro") && !said.contains("Gil"), "the name is masked as every name is: {said}");
        let preview = json!({"text": text, "ticket_id": ticket.text("/id")});
        assert_eq!(tom.post(PREVIEWS, preview).await.is(200).text("/text"), said);
        let done = json!({"resolution": "solved", "canned_reply_id": id});
        let done = tom.post(&format!("{at}/resolve"), done).await.is(200);
        assert_eq!(done.text("/entries/0/text"), said);
    }

    async fn whoever_asked_reads_their_name_and_nobody_at_the_desk_does(app) {
        let pine = app.tenant_id(&fresh_slug()).await;
        ask_no_search(&app, pine).await;
        let rita = app.someone(Role::TierTwo, None).await;
        let canned = reply("In work", "Hello {requester_name}, {case_number} is looked at.", &[]);
        let id = rita.post(REPLIES, canned).await.is(201).text("/id");
        let (sue, ana, max) = (
            app.someone(Role::SupportUser, Some(pine)).await,
            app.someone(Role::SupportUser, Some(pine)).await,
            app.someone(Role::Member, Some(pine)).await,
        );
        let mut burglar = app.burglar();
        let row = burglar.id(sue.account);
        burglar.run(&format!("UPDATE accounts SET name = 'Zqcanary Ferro' WHERE id = {row}"));
        let body = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white."});
        let opened = sue.post("/v1/tickets", body).await.is(201);
        let at = format!("/v1/tickets/{}", opened.text("/id"));
        sue.post(&format!("{at}/watchers"), json!({"account_id": max.account})).await.is(200);
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let named = format!("Hello Zqcanary Ferro, {} is looked at.", opened.text("/number"));
        for (step, body) in [
            ("reply", json!({"canned_reply_id": id})),
            ("ask", json!({"canned_reply_id": id})),
            ("resolve", json!({"resolution": "solved", "canned_reply_id": id})),
        ] {
            app.clock.advance(jiff::SignedDuration::from_secs(1));
            let said = tom.post(&format!("{at}/{step}"), body).await.is(200);
            assert_eq!(said.body["entries"][0]["is_masked"], true);
            let masked = said.text("/entries/0/text");
            assert!(masked.starts_with("Hello [") && masked.ends_with("is looked at."), "{masked}");
            for path in [at.clone(), format!("{at}/entries"), "/v1/tickets?view=tier1".to_owned()] {
                let seen = tom.get(&path).await.is(200);
                assert!(!seen.raw.contains("Zqcanary") && !seen.raw.contains("Ferro"), "{path}: {}", seen.raw);
            }
            for (word, found) in [("Zqcanary", 0), ("looked", 1)] {
                let page = tom.get(&format!("/v1/tickets?view=tier1&q={word}")).await.is(200);
                assert_eq!(page.body["data"].as_array().unwrap().len(), found, "{word}: {}", page.raw);
            }
            assert_eq!(rita.get(&at).await.is(200).text("/entries/0/text"), masked);
            for who in [&sue, &ana, &max] {
                let read = who.get(&at).await.is(200);
                assert_eq!((read.text("/entries/0/text"), &read.body["entries"][0]["is_masked"]), (named.clone(), &json!(false)));
                assert_eq!(read.body["entries"][0]["hints"], json!([]), "they did not write it");
                let listed = who.get(&format!("{at}/entries?limit=1")).await.is(200);
                assert_eq!(listed.text("/data/0/text"), named);
            }
        }
        // Whoever is in copy is told what everybody may read.
        for (to, is_named) in [(sue.account, true), (max.account, false)] {
            let sql = "SELECT CAST(facts AS text) FROM notifications WHERE kind = 'ticket_resolved' AND recipient LIKE";
            let told = burglar.texts(&format!("{sql} '%.{}@people.example'", to.simple()));
            assert_eq!((told.len(), told[0].contains(&named)), (1, is_named), "{told:?}");
            assert_eq!(told[0].contains("Zqcanary"), is_named, "{told:?}");
        }
    }

    async fn the_name_of_a_family_is_in_its_message_and_not_for_its_organisation(app) {
        let pine = app.tenant(&fresh_slug()).await;
        let rita = app.someone(Role::TierTwo, None).await;
        let id = rita.post(REPLIES, reply("In work", "Hello {requester_name}.", &[])).await.is(201).text("/id");
        let tom = app.someone(Role::TierOne, None).await;
        let at = tom.post("/v1/tickets", of_family(&pine.body["id"], "en")).await.is(201).header("location");
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/hand-to-organization"), json!({"text": "Please look at it."})).await.is(200);
        app.clock.advance(jiff::SignedDuration::from_secs(1));
        let done = json!({"resolution": "solved", "canned_reply_id": id});
        let done = tom.post(&format!("{at}/resolve"), done).await.is(200);
        assert!(!done.raw.contains("Ferro"), "{}", done.raw);
        let ana = app.someone(Role::SiteAdmin, Some(pine.text("/id").parse().unwrap())).await;
        let seen = ana.get(&at).await.is(200);
        assert_eq!(seen.body["entries"][0]["is_masked"], true);
        assert_eq!(seen.text("/entries/0/text"), done.text("/entries/0/text"));
        let told = app.burglar().texts("SELECT CAST(facts AS text) FROM notifications WHERE kind = 'ticket_resolved'");
        assert!(told.len() == 1 && told[0].contains("Hello Gil Ferro."), "{told:?}");
    }

    async fn a_canned_reply_is_said_in_the_language_of_whoever_asked(app) {
        let pine = app.tenant(&fresh_slug()).await;
        let rita = app.someone(Role::TierTwo, None).await;
        let id = rita.post(REPLIES, reply("In work", "It is looked at.", &[])).await.is(201).text("/id");
        let spanish = json!({"title": "In work", "text": "Lo estamos mirando.", "locale": "es", "tags": []});
        rita.post(REPLIES, spanish).await.is(201);
        let tom = app.someone(Role::TierOne, None).await;
        for (locale, expected) in [("es", "Lo estamos mirando."), ("en", "It is looked at.")] {
            let ticket = tom.post("/v1/tickets", of_family(&pine.body["id"], locale)).await.is(201);
            let at = format!("/v1/tickets/{}", ticket.text("/id"));
            tom.post(&format!("{at}/assign"), json!({})).await.is(200);
            let said = tom.post(&format!("{at}/ask"), json!({"canned_reply_id": id})).await.is(200);
            assert_eq!(said.text("/entries/0/text"), expected);
        }
    }

    async fn words_of_a_step_are_typed_or_canned_and_leave_no_place_open(app) {
        let pine = app.tenant(&fresh_slug()).await;
        let rita = app.someone(Role::TierTwo, None).await;
        let id = rita.post(REPLIES, reply("Greeting", "Hello {requester_name}", &[])).await.is(201).text("/id");
        let tom = app.someone(Role::TierOne, None).await;
        let mut nameless = of_family(&pine.body["id"], "en");
        nameless["on_behalf_of"].as_object_mut().unwrap().remove("name");
        let at = format!("/v1/tickets/{}", tom.post("/v1/tickets", nameless).await.is(201).text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let before = app.rows();
        for step in ["reply", "ask", "notes"] {
            let path = format!("{at}/{step}");
            tom.post(&path, json!({})).await.is(422).at(&["#/text"]);
            tom.post(&path, json!({"text": "Hello", "canned_reply_id": id})).await.is(422).at(&["#/text"]);
            tom.post(&path, json!({"canned_reply_id": pine.body["id"]})).await.is(422).at(&["#/canned_reply_id"]);
            let unfilled = tom.post(&path, json!({"canned_reply_id": id})).await.is(422).at(&["#/canned_reply_id"]);
            assert_eq!(unfilled.body["errors"][0]["code"], "unfilled_place");
        }
        let typed = tom.post(&format!("{at}/reply"), json!({"text": "About {case_number}."})).await.is(422);
        assert_eq!(typed.at(&["#/text"]).body["errors"][0]["code"], "unfilled_place");
        assert_eq!(app.rows(), before);
        tom.post(&format!("{at}/notes"), json!({"text": "The place {case_number} is not filled in."})).await.is(200);
        tom.post(&format!("{at}/reply"), json!({"text": "Write it in {braces}."})).await.is(200);
    }

    async fn canned_replies_are_the_desks_to_answer_with(app) {
        let pine = tenant(&app).await;
        let rita = app.someone(Role::TierTwo, None).await;
        let id = rita.post(REPLIES, reply("Greeting", "Hello", &[])).await.is(201).text("/id");
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "The page stays white."});
        let at = format!("/v1/tickets/{}", sue.post("/v1/tickets", body).await.is(201).text("/id"));
        sue.post(&format!("{at}/reply"), json!({"canned_reply_id": id})).await.is(403).is_refused("action.not_permitted");
        sue.post(&format!("{at}/reply"), json!({"text": "The page says {case_number}."})).await.is(200);
        let preview = json!({"text": "Hello", "ticket_id": at.rsplit('/').next().unwrap()});
        sue.post(PREVIEWS, preview.clone()).await.is(403).is_refused("action.not_permitted");
        rita.post(PREVIEWS, preview).await.is(200);
    }

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

    async fn pages_go_on_behind_the_longest_titles(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let title = |end: &str| format!("{}{end}", "\u{10428}".repeat(199));
        let mut titles = ["a", "b", "c"].map(title);
        for title in &titles {
            rita.post(REPLIES, reply(title, "Hello", &["long"])).await.is(201);
        }
        titles.sort_unstable();
        for filter in ["", "&tag=long", "&locale=en"] {
            let mut found = walked(&rita, filter).await;
            found.sort_unstable();
            assert_eq!(found, titles);
        }
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

//! Internal tickets: raised by Tier II, moved by developers, and free of personal data.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::internal_ticket::{InternalTicketState, InternalTicketStep, after};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::internal::keep;
use crate::support::moment::{at_once, statuses};

const TICKETS: &str = "/v1/internal-tickets";

/// A bug without personal data.
fn bug(title: &str) -> Value {
    json!({"kind": "bug", "title": title, "text": "After a filter was removed the list stays empty."})
}

/// Sends what has no body.
async fn post(who: &Actor<'_>, path: &str) -> Answer {
    who.send(Method::POST, path, None, &[]).await
}

/// Takes a step, with a reason where one is asked for.
async fn step(who: &Actor<'_>, at: &str, step: InternalTicketStep) -> Answer {
    let path = format!("{at}/{step}");
    match step {
        InternalTicketStep::Decline => who.post(&path, json!({"reason": "It is replaced."})).await,
        _ => post(who, &path).await,
    }
}

/// The titles of every internal ticket that a filter finds, page by page.
async fn walked(who: &Actor<'_>, filter: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{TICKETS}?limit=2{filter}{cursor}")).await.is(200);
        let rows = page.body["data"].as_array().unwrap();
        found.extend(rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

on_both! {
    async fn tier_two_raises_them_and_developers_read_them(app) {
        let (rita, devi) = (app.someone(Role::TierTwo, None).await, app.someone(Role::Developer, None).await);
        let made = rita.post(TICKETS, bug("The list stays empty")).await.is(201);
        assert_eq!(made.body["number"], "T-000001");
        assert_eq!((&made.body["state"], &made.body["priority"]), (&json!("reported"), &json!("high")));
        assert_eq!(made.body["raised_by"], rita.account.to_string());
        let read = devi.get(&made.header("location")).await.is(200);
        assert_eq!(read.body["text"], made.body["text"]);
        let wish = json!({"kind": "feature_request", "title": "Export the list", "text": "As a file."});
        let second = rita.post(TICKETS, wish).await.is(201);
        assert_eq!((second.text("/number"), second.text("/priority")), ("T-000002".into(), "normal".into()));
        let manager = app.someone(Role::DeskManager, None).await;
        assert_eq!(manager.get(TICKETS).await.is(200).body["data"].as_array().unwrap().len(), 2);
        for role in [Role::TierOne, Role::PlatformAdmin, Role::Guardian] {
            app.someone(role, None).await.get(TICKETS).await.is(403).is_refused("action.not_permitted");
        }
    }

    async fn numbers_drawn_at_once_are_apart(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let made = at_once((0..6).map(|_| rita.post(TICKETS, bug("The list stays empty"))).collect()).await;
        let mut numbers: Vec<String> = made.into_iter().map(|made| made.is(201).text("/number")).collect();
        numbers.sort();
        assert_eq!(numbers, (1..=6).map(|n| format!("T-{n:06}")).collect::<Vec<_>>());
    }

    async fn developers_alone_take_the_steps_that_the_flow_has(app) {
        let devi = app.someone(Role::Developer, None).await;
        let others = [app.someone(Role::TierTwo, None).await, app.someone(Role::DeskManager, None).await];
        let id = Uuid::now_v7();
        let at = format!("{TICKETS}/{id}");
        for state in InternalTicketState::ALL {
            for of in InternalTicketStep::ALL {
                keep(&app, id, devi.account, *state).await;
                for other in &others {
                    step(other, &at, *of).await.is(403).is_refused("action.not_permitted");
                }
                let seen = devi.get(&at).await.is(200);
                let menu = seen.body["allowed_actions"].as_array().unwrap().iter();
                let word = format!("internal_ticket.{of}");
                let offered = menu.clone().any(|one| one["action"] == word && one["allowed"] == true);
                let answer = step(&devi, &at, *of).await;
                let Some(to) = after(*of, *state) else {
                    answer.is(409).is_refused("internal_ticket.wrong_state");
                    assert!(!offered, "{of} from {state}");
                    continue;
                };
                assert!(offered, "{of} from {state}");
                let now = answer.is(200).body;
                assert_eq!((&now["state"], &now["version"]), (&json!(to), &json!(2)), "{of} from {state}");
                assert_eq!(now["ended_at"].is_string(), to.is_over(), "{of} from {state}");
            }
        }
    }

    async fn of_two_steps_at_once_one_is_taken(app) {
        let devi = app.someone(Role::Developer, None).await;
        let id = Uuid::now_v7();
        keep(&app, id, devi.account, InternalTicketState::InProgress).await;
        let path = format!("{TICKETS}/{id}/ship");
        let answers = at_once((0..4).map(|_| post(&devi, &path)).collect()).await;
        assert_eq!(statuses(&answers), [200, 409, 409, 409]);
    }

    async fn a_change_is_made_for_the_version_that_was_read(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let made = rita.post(TICKETS, bug("The list stays empty")).await.is(201);
        let at = made.header("location");
        let changed = rita.patch(&at, &made.etag(), json!({"title": "The list is empty"})).await.is(200);
        assert_eq!(changed.body["title"], "The list is empty");
        assert_eq!(changed.body["text"], made.body["text"], "what is absent stays");
        rita.patch(&at, &made.etag(), json!({"priority": "low"})).await.is(412).is_refused("version.stale");
        rita.send(Method::PATCH, &at, Some(json!({})), &[]).await.is(428).is_refused("version.required");
        let devi = app.someone(Role::Developer, None).await;
        let stale = [("if-match", made.etag())];
        let stale = stale.each_ref().map(|(name, value)| (*name, value.as_str()));
        devi.send(Method::POST, &format!("{at}/accept"), None, &stale).await.is(412).is_refused("version.stale");
    }

    async fn personal_data_is_refused_at_every_door_and_never_repeated(app) {
        let (rita, devi) = (app.someone(Role::TierTwo, None).await, app.someone(Role::Developer, None).await);
        let told = "My son Tobias Feldmann, born 12 March 2014, cannot sign in; write to tobias@feldmann.example.";
        let mut body = bug("The account of tobias@feldmann.example is locked");
        body["text"] = json!(told);
        let before = app.count("internal_tickets");
        let refused = rita.post(TICKETS, body).await.is(422).is_refused("internal_ticket.personal_data");
        let errors = refused.body["errors"].as_array().unwrap();
        let found = |pointer: &str, code: &str| {
            errors.iter().any(|error| error["pointer"] == pointer && error["code"] == code)
        };
        assert!(found("#/title", "email") && found("#/text", "email"), "{}", refused.raw);
        assert!(found("#/text", "person_name") && found("#/text", "date_of_birth"), "{}", refused.raw);
        assert!(!refused.raw.to_lowercase().contains("feldmann"), "{}", refused.raw);
        assert_eq!(app.count("internal_tickets"), before);

        let made = rita.post(TICKETS, bug("The list stays empty")).await.is(201);
        let at = made.header("location");
        let code = "internal_ticket.personal_data";
        rita.patch(&at, &made.etag(), json!({"text": told})).await.is(422).is_refused(code);
        for who in [&rita, &devi] {
            who.post(&format!("{at}/comments"), json!({"text": told})).await.is(422).is_refused(code);
        }
        devi.post(&format!("{at}/decline"), json!({"reason": told})).await.is(422).is_refused(code);
        assert_eq!(app.count("internal_ticket_comments"), 0);
        assert_eq!(rita.get(&at).await.is(200).body, made.body);
        let audit = app.audit().await;
        let denied: Vec<_> = audit.iter().filter(|entry| entry["rule"] == code).collect();
        assert!(denied.len() >= 4, "{audit:?}");
        assert!(!json!(audit).to_string().to_lowercase().contains("feldmann"));
    }

    async fn what_is_broken_in_two_by_title_and_text_is_found(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let (title, text) = ("My number is 702-555", "0171, and a filter leaves the list empty.");
        let is_told = |refused: &Answer, pointer: &str| {
            assert_eq!((&refused.body["errors"][0]["pointer"], &refused.body["errors"][0]["code"]), (&json!(pointer), &json!("phone")), "{}", refused.raw);
        };
        let mut body = bug(title);
        body["text"] = json!(text);
        let refused = rita.post(TICKETS, body).await.is(422).is_refused("internal_ticket.personal_data");
        is_told(&refused, "#/text");
        for (kept, sent, pointer) in [
            (json!({"kind": "bug", "title": title, "text": "The list is empty."}), json!({"text": text}), "#/text"),
            (json!({"kind": "bug", "title": "An empty list", "text": text}), json!({"title": title}), "#/title"),
        ] {
            let made = rita.post(TICKETS, kept).await.is(201);
            let refused = rita.patch(&made.header("location"), &made.etag(), sent).await.is(422);
            is_told(&refused.is_refused("internal_ticket.personal_data"), pointer);
        }
    }

    async fn ids_of_records_and_numbers_of_cases_are_no_personal_data(app) {
        let rita = app.someone(Role::TierTwo, None).await;
        let text = "Seen in case C-000123 by U-000045 with Firefox 141.0 on 3 November: error E4031, child K-20431.";
        let mut body = bug("Error E4031 after the filter");
        body["text"] = json!(text);
        rita.post(TICKETS, body).await.is(201);
    }

    async fn agents_and_developers_talk_below_it(app) {
        let (rita, devi) = (app.someone(Role::TierTwo, None).await, app.someone(Role::Developer, None).await);
        let made = rita.post(TICKETS, bug("The list stays empty")).await.is(201);
        let comments = format!("{}/comments", made.header("location"));
        for (who, text) in [(&devi, "In which browser?"), (&rita, "In Firefox."), (&devi, "Found it.")] {
            app.clock.advance(SignedDuration::from_secs(1));
            who.post(&comments, json!({"text": text})).await.is(201);
        }
        let manager = app.someone(Role::DeskManager, None).await;
        manager.post(&comments, json!({"text": "And now?"})).await.is(403).is_refused("action.not_permitted");
        let first = manager.get(&format!("{comments}?limit=2")).await.is(200);
        assert_eq!(first.body["data"][0]["text"], "Found it.");
        assert_eq!(first.body["data"][0]["author_role"], "developer");
        assert_eq!(first.body["data"][1]["author_id"], rita.account.to_string());
        let next = first.text("/next_cursor");
        let last = manager.get(&format!("{comments}?limit=2&cursor={next}")).await.is(200);
        assert_eq!((&last.body["data"][0]["text"], &last.body["next_cursor"]), (&json!("In which browser?"), &Value::Null));
        let nowhere = format!("{TICKETS}/{}/comments", Uuid::now_v7());
        manager.get(&nowhere).await.is(404).is_refused("resource.not_found");
    }

    async fn a_reason_to_decline_stands_among_the_comments(app) {
        let (rita, devi) = (app.someone(Role::TierTwo, None).await, app.someone(Role::Developer, None).await);
        let at = rita.post(TICKETS, bug("The list stays empty")).await.is(201).header("location");
        step(&devi, &at, InternalTicketStep::Decline).await.is(200);
        let said = rita.get(&format!("{at}/comments")).await.is(200);
        assert_eq!(said.body["data"][0]["text"], "It is replaced.");
        assert_eq!(said.body["data"].as_array().unwrap().len(), 1);
    }

    async fn a_list_is_filtered_and_read_page_by_page(app) {
        let (rita, devi) = (app.someone(Role::TierTwo, None).await, app.someone(Role::Developer, None).await);
        for (at, title) in ["one", "two", "three", "four", "five"].into_iter().enumerate() {
            app.clock.advance(SignedDuration::from_secs(1));
            let mut body = bug(title);
            body["kind"] = json!(if at % 2 == 0 { "bug" } else { "feature_request" });
            let made = rita.post(TICKETS, body).await.is(201).header("location");
            if at > 2 {
                step(&devi, &made, InternalTicketStep::Accept).await.is(200);
            }
        }
        assert_eq!(walked(&rita, "").await, ["five", "four", "three", "two", "one"]);
        assert_eq!(walked(&rita, "&kind=bug").await, ["five", "three", "one"]);
        assert_eq!(walked(&rita, "&state=accepted").await, ["five", "four"]);
        assert_eq!(walked(&rita, "&state=accepted&kind=feature_request").await, ["four"]);
        assert_eq!(walked(&rita, "&priority=normal").await, ["four", "two"]);
        let cursor = rita.get(&format!("{TICKETS}?limit=1")).await.is(200).text("/next_cursor");
        let other = format!("{TICKETS}?limit=1&kind=bug&cursor={cursor}");
        rita.get(&other).await.is(400).is_refused("cursor.invalid");
    }
}

//! What time does to tickets: targets in the desk's hours, reminders, the end of those that nobody answers, and
//! resolutions that do not arrive. Every test begins on a Saturday; the desk opens on Monday at eight in New York.

use caredesk::jobs::ticket_clock;
use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::{App, TOKEN};
use crate::support::gateway::{Gateway, Mood};
use crate::support::tickets::tenant;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// From when every test begins to Monday at nine in New York.
const TO_MONDAY: SignedDuration = SignedDuration::from_hours(53);
/// More text messages a second than any test sends.
const FAST: i64 = 1_000;

/// Opens a ticket of high priority; where it is.
async fn opened(sue: &Actor<'_>) -> String {
    let body = json!({
        "request_type": "technical.error.report", "subject": "The page does not load",
        "text": "Since this morning the page stays white."});
    format!("/v1/tickets/{}", sue.post("/v1/tickets", body).await.is(201).text("/id"))
}

/// A ticket of a Support User, and the agent who has it.
async fn taken(app: &App) -> (String, Actor<'_>, Actor<'_>) {
    let tenant = tenant(app).await;
    let sue = app.someone(Role::SupportUser, Some(tenant)).await;
    let at = opened(&sue).await;
    let tom = app.someone(Role::TierOne, None).await;
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    (at, sue, tom)
}

/// A ticket of a family that is reached by telephone only, resolved by the agent who has it once it was told of the
/// number; where it is.
async fn resolved_by_text<'a>(app: &'a App, gateway: &Gateway) -> (String, Actor<'a>) {
    let tenant = tenant(app).await;
    app.clock.advance(HOUR * 6);
    let tom = app.someone(Role::TierOne, None).await;
    let body = json!({
        "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "name": "Gil Ferro",
            "phone": "+15550100200"}});
    let at = format!("/v1/tickets/{}", tom.post("/v1/tickets", body).await.is(201).text("/id"));
    app.sender(gateway, FAST).send_due().await.unwrap();
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    resolve(&tom, &at).await;
    (at, tom)
}

/// Solves a ticket.
async fn resolve(tom: &Actor<'_>, at: &str) -> Answer {
    let done = json!({"resolution": "solved", "text": "The page was mended."});
    tom.post(&format!("{at}/resolve"), done).await.is(200)
}

/// When a ticket should be answered and resolved, as an answer shows it.
fn due(ticket: &Value) -> [Option<&str>; 2] {
    [ticket["first_answer_due_at"].as_str(), ticket["resolution_due_at"].as_str()]
}

/// How many messages of a kind were queued.
fn told(app: &App, kind: &str) -> usize {
    app.count(&format!("notifications WHERE kind = '{kind}'"))
}

/// What happened to a ticket beside its steps, as somebody sees it, the newest first.
async fn events(who: &Actor<'_>, at: &str) -> Vec<(String, Value)> {
    let page = who.get(&format!("{at}/entries?limit=100")).await.is(200);
    let all = page.body["data"].as_array().unwrap();
    let happened = all.iter().filter_map(|entry| Some((entry["event"].as_str()?, entry)));
    happened.map(|(event, entry)| (event.to_owned(), entry["target"].clone())).collect()
}

/// Where the tickets of a page are, in its order.
fn places(page: &Answer) -> Vec<String> {
    let all = page.body["data"].as_array().unwrap();
    all.iter().map(|row| format!("/v1/tickets/{}", row["id"].as_str().unwrap())).collect()
}

/// How often something was written down.
async fn noted(app: &App, action: &str) -> usize {
    app.audit().await.iter().filter(|entry| entry["action"] == action).count()
}

/// Has time do what is due.
async fn pass(app: &App) {
    ticket_clock::round(&app.house).await.unwrap();
}

on_both! {
    async fn targets_are_counted_in_the_desks_hours_and_shown_to_the_desk_alone(app) {
        let (at, sue, tom) = taken(&app).await;
        let high = tom.get(&at).await.is(200);
        // Two hours of Monday; all of Monday and Tuesday.
        assert_eq!(due(&high.body), [Some("2026-11-23T15:00:00Z"), Some("2026-11-25T01:00:00Z")]);
        let low = json!({"priority": "low", "reason": "It can wait."});
        let low = tom.post(&format!("{at}/reprioritise"), low).await.is(200);
        // Two hundred and forty hours; Thanksgiving is none of them.
        assert_eq!(due(&low.body), [Some("2026-11-25T01:00:00Z"), Some("2026-12-22T21:00:00Z")]);
        assert_eq!(due(&tom.get("/v1/tickets").await.is(200).body["data"][0]), due(&low.body));
        for seen in [sue.get(&at).await.is(200).body, sue.get("/v1/tickets").await.is(200).body["data"][0].clone()] {
            assert_eq!((due(&seen), &seen["breached_targets"]), ([None, None], &json!([])), "{seen}");
        }
    }

    async fn what_is_closed_at_once_has_no_targets(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let body = json!({
            "request_type": "health.lockout.unlock", "subject": "A question", "text": "Please unlock the profile.",
            "on_behalf_of": {"requester": "family", "tenant_id": pine, "channel": "phone", "name": "Gil Ferro",
                "email": "gil@mail.example"}});
        let opened = tom.post("/v1/tickets", body).await.is(201);
        assert_eq!((&opened.body["state"], due(&opened.body)), (&json!("closed"), [None, None]));
        app.clock.advance(HOUR * 24 * 30);
        pass(&app).await;
        assert_eq!(told(&app, "target_missed"), 0);
    }

    async fn targets_stand_still_while_the_requester_is_waited_for(app) {
        let (at, sue, tom) = taken(&app).await;
        app.clock.advance(TO_MONDAY);
        let (sue, tom) = (app.another_session_of(&sue).await, app.another_session_of(&tom).await);
        let asked = tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        assert_eq!(due(&asked.body), [Some("2026-11-23T15:00:00Z"), None]);
        app.clock.advance(HOUR * 24);
        let (sue, tom) = (app.another_session_of(&sue).await, app.another_session_of(&tom).await);
        sue.post(&format!("{at}/reply"), json!({"text": "It is 160."})).await.is(200);
        // Twenty-three hours were left: eleven of Tuesday, and all of Wednesday.
        let open = tom.get(&at).await.is(200);
        assert_eq!(due(&open.body), [Some("2026-11-23T15:00:00Z"), Some("2026-11-26T01:00:00Z")]);
        assert_eq!(open.body["breached_targets"], json!([]), "it was answered in time");
    }

    async fn a_missed_target_is_written_down_and_told_once_by_however_many_instances(app) {
        let (at, sue, tom) = taken(&app).await;
        let beside = app.beside().await;
        app.clock.advance(TO_MONDAY + HOUR - SECOND);
        pass(&app).await;
        assert_eq!(told(&app, "target_missed"), 0);
        app.clock.advance(SECOND);
        let (one, other) = tokio::join!(ticket_clock::round(&app.house), ticket_clock::round(&beside.house));
        assert!(one.is_ok() && other.is_ok());
        pass(&app).await;
        let (sue, tom) = (app.another_session_of(&sue).await, app.another_session_of(&tom).await);
        assert_eq!(events(&tom, &at).await, [("target_missed".to_owned(), json!("first_answer"))]);
        assert!(events(&sue, &at).await.is_empty(), "it is the desk's own");
        assert_eq!((told(&app, "target_missed"), noted(&app, "ticket.miss_target").await), (1, 1));
        assert!(app.letters().iter().any(|letter| letter.starts_with("target_missed to tier1.")), "{:?}", app.letters());
        assert_eq!(tom.get(&at).await.is(200).body["breached_targets"], json!(["first_answer"]));
        // An answer does not make it good, and nobody is told of it once more.
        tom.post(&format!("{at}/reply"), json!({"text": "We look into it."})).await.is(200);
        pass(&app).await;
        assert_eq!(tom.get(&at).await.is(200).body["breached_targets"], json!(["first_answer"]));
        app.clock.advance(HOUR * 24 * 3);
        pass(&app).await;
        pass(&app).await;
        let tom = app.another_session_of(&tom).await;
        assert_eq!(events(&tom, &at).await[0], ("target_missed".to_owned(), json!("resolution")));
        assert_eq!(told(&app, "target_missed"), 2);
    }

    async fn of_a_ticket_that_nobody_has_the_managers_are_told(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        opened(&sue).await;
        app.someone(Role::DeskManager, None).await;
        app.clock.advance(HOUR * 24 * 7);
        pass(&app).await;
        let letters = app.letters();
        let missed: Vec<&String> = letters.iter().filter(|letter| letter.starts_with("target_missed")).collect();
        assert_eq!(missed.len(), 2, "one of each target: {missed:?}");
        assert!(missed.iter().all(|letter| letter.starts_with("target_missed to desk_manager.")), "{missed:?}");
    }

    async fn what_is_due_soon_is_shown_in_its_order_while_the_desk_is_waited_for(app) {
        let (high, sue, tom) = taken(&app).await;
        let urgent = opened(&sue).await;
        let raised = json!({"priority": "urgent", "reason": "The camp begins."});
        tom.post(&format!("{urgent}/reprioritise"), raised).await.is(200);
        let low = opened(&sue).await;
        let lowered = json!({"priority": "low", "reason": "It can wait."});
        tom.post(&format!("{low}/reprioritise"), lowered).await.is(200);
        let soon = "/v1/tickets?view=breaching_soon";
        assert_eq!(places(&tom.get(soon).await.is(200)), [urgent.clone(), high.clone()], "two hours of work away");
        app.clock.advance(TO_MONDAY);
        let (sue, tom) = (app.another_session_of(&sue).await, app.another_session_of(&tom).await);
        assert_eq!(places(&tom.get(soon).await.is(200)), [urgent.clone(), high.clone()]);
        let first = tom.get(&format!("{soon}&limit=1")).await.is(200);
        assert_eq!(places(&first), std::slice::from_ref(&urgent));
        app.clock.advance(SECOND);
        let rest = tom.get(&format!("{soon}&limit=1&cursor={}", first.text("/next_cursor"))).await.is(200);
        assert_eq!((places(&rest), &rest.body["next_cursor"]), (vec![high.clone()], &Value::Null));
        tom.post(&format!("{high}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        assert_eq!(places(&tom.get(soon).await.is(200)), [urgent]);
        assert!(places(&sue.get(soon).await.is(200)).is_empty(), "what the desk owes is its own to see");
    }

    async fn a_requester_who_is_silent_is_reminded_once_and_then_the_ticket_ends(app) {
        let (at, sue, tom) = taken(&app).await;
        tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        app.clock.advance(HOUR * 24 * 7 - SECOND);
        pass(&app).await;
        assert_eq!(told(&app, "ticket_reminder"), 0);
        app.clock.advance(SECOND);
        pass(&app).await;
        pass(&app).await;
        assert_eq!(told(&app, "ticket_reminder"), 1);
        app.clock.advance(HOUR * 24 * 7 - SECOND);
        pass(&app).await;
        let tom = app.another_session_of(&tom).await;
        assert_eq!(tom.get(&at).await.is(200).body["state"], "waiting_on_requester");
        app.clock.advance(SECOND);
        pass(&app).await;
        pass(&app).await;
        let sue = app.another_session_of(&sue).await;
        let closed = sue.get(&at).await.is(200);
        assert_eq!((&closed.body["state"], &closed.body["resolution"]), (&json!("closed"), &json!("no_response")));
        let last = &closed.body["entries"][0];
        assert_eq!((&last["transition"], &last["author_kind"]), (&json!("lapse"), &json!("system")));
        assert_eq!((told(&app, "ticket_reminder"), told(&app, "ticket_lapsed")), (1, 1));
        assert_eq!((noted(&app, "ticket.remind").await, noted(&app, "ticket.lapse").await), (1, 1));
        assert_eq!(told(&app, "target_missed"), 0, "nobody waited for the desk");
        sue.post(&format!("{at}/reopen"), json!({"text": "Here I am."})).await.is(200);
        pass(&app).await;
        assert_eq!(told(&app, "ticket_lapsed"), 1);
    }

    async fn whoever_is_reminded_late_has_a_week_to_answer_all_the_same(app) {
        let (at, _, tom) = taken(&app).await;
        tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        app.clock.advance(HOUR * 24 * 20);
        pass(&app).await;
        assert_eq!((told(&app, "ticket_reminder"), told(&app, "ticket_lapsed")), (1, 0));
        app.clock.advance(HOUR * 24 * 7);
        pass(&app).await;
        assert_eq!(told(&app, "ticket_lapsed"), 1);
    }

    async fn a_caller_without_an_account_is_reminded_and_told_of_the_end_with_a_link_to_the_case(app) {
        let gateway = Gateway::start(TOKEN);
        let tenant = tenant(&app).await;
        app.clock.advance(HOUR * 6);
        let tom = app.someone(Role::TierOne, None).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
            "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "name": "Gil Ferro",
                "phone": "+15550100200"}});
        let at = format!("/v1/tickets/{}", tom.post("/v1/tickets", body).await.is(201).text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        app.sender(&gateway, FAST).send_due().await.unwrap();
        for (kind, state) in [("ticket_reminder", "waiting_on_requester"), ("ticket_lapsed", "closed")] {
            app.clock.advance(HOUR * 24 * 7);
            pass(&app).await;
            let link = app.secret_of(kind, "+15550100200");
            app.sender(&gateway, FAST).send_due().await.unwrap();
            let text = gateway.received().pop().unwrap().body;
            assert!(text.contains(&link) && !text.contains("portal"), "{text}");
            let seen = app.nobody().post("/v1/ticket-views", json!({"token": link})).await.is(200);
            assert_eq!(seen.body["state"], state);
        }
    }

    async fn of_a_reply_and_the_end_at_the_same_moment_one_wins(app) {
        let (at, sue, tom) = taken(&app).await;
        tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        for _ in 0..2 {
            app.clock.advance(HOUR * 24 * 7);
            if told(&app, "ticket_reminder") == 0 {
                pass(&app).await;
            }
        }
        let sue = app.another_session_of(&sue).await;
        let path = format!("{at}/reply");
        let reply = sue.post(&path, json!({"text": "It is 160."}));
        let (ended, answer) = tokio::join!(ticket_clock::round(&app.house), reply);
        ended.unwrap();
        let seen = sue.get(&at).await.is(200);
        let steps: Vec<&Value> = seen.body["entries"].as_array().unwrap().iter().map(|entry| &entry["transition"]).collect();
        if answer.status.as_u16() == 200 {
            assert_eq!((&seen.body["state"], told(&app, "ticket_lapsed")), (&json!("open"), 0));
            assert_eq!((steps.contains(&&json!("reply")), steps.contains(&&json!("lapse"))), (true, false));
        } else {
            answer.is(409).is_refused("ticket.not_in_state");
            assert_eq!((&seen.body["resolution"], told(&app, "ticket_lapsed")), (&json!("no_response"), 1));
            assert_eq!((steps.contains(&&json!("reply")), steps.contains(&&json!("lapse"))), (false, true));
        }
    }

    async fn a_resolution_that_cannot_be_sent_is_none(app) {
        let gateway = Gateway::start(TOKEN);
        let (at, tom) = resolved_by_text(&app, &gateway).await;
        gateway.meets([Mood::Answers(400, 21408)]);
        app.sender(&gateway, FAST).send_due().await.unwrap();
        let open = tom.get(&at).await.is(200);
        assert_eq!((&open.body["state"], &open.body["resolution"]), (&json!("open"), &Value::Null));
        assert_eq!(open.body["assignee_id"], json!(tom.account));
        let last = &open.body["entries"][0];
        assert_eq!((&last["transition"], &last["is_internal"]), (&json!("delivery_failed"), &json!(true)));
        assert_eq!(noted(&app, "ticket.delivery_failed").await, 1);
        // It can be resolved once more, and stays so.
        app.clock.advance(SECOND);
        resolve(&tom, &at).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        assert_eq!(tom.get(&at).await.is(200).body["state"], "closed");
    }

    async fn a_resolution_that_is_lost_on_its_way_is_none_and_is_unassigned_if_its_agent_left(app) {
        let gateway = Gateway::start(TOKEN);
        let (at, tom) = resolved_by_text(&app, &gateway).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        assert_eq!(tom.get(&at).await.is(200).body["state"], "closed");
        let left = format!("/v1/desk-accounts/{}/deactivate", tom.account);
        app.platform_admin().await.post(&left, json!({"reason": "left"})).await.is(200);
        let text = gateway.received().pop().unwrap();
        for _ in 0..2 {
            assert_eq!(gateway.tells(&text, "undelivered", None).await, 204);
        }
        let tim = app.someone(Role::TierOne, None).await;
        let queue = tim.get("/v1/tickets?view=unassigned").await.is(200);
        assert_eq!((places(&queue), &queue.body["data"][0]["state"]), (vec![at], &json!("open")));
        assert_eq!(noted(&app, "ticket.delivery_failed").await, 1);
    }

    async fn a_message_of_an_earlier_resolution_that_is_lost_late_leaves_the_later_one_alone(app) {
        let gateway = Gateway::start(TOKEN);
        app.clock.advance(HOUR * 6);
        let (at, sue, tom) = taken(&app).await;
        let mut burglar = app.burglar();
        let id = burglar.id(sue.account);
        let by_phone = "email = NULL, email_key = NULL, phone = '+15550100200'";
        burglar.run(&format!("UPDATE accounts SET {by_phone} WHERE id = {id}"));
        resolve(&tom, &at).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        let first = gateway.received().pop().unwrap();
        sue.post(&format!("{at}/reopen"), json!({"text": "It is white again."})).await.is(200);
        app.clock.advance(SECOND);
        resolve(&tom, &at).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        assert_eq!(gateway.tells(&first, "undelivered", None).await, 204);
        assert_eq!(tom.get(&at).await.is(200).body["state"], "closed");
        let second = gateway.received().pop().unwrap();
        assert_eq!(gateway.tells(&second, "undelivered", None).await, 204);
        assert_eq!(tom.get(&at).await.is(200).body["state"], "open");
    }

    async fn whoever_is_written_to_no_more_is_resolved_without_being_told(app) {
        let gateway = Gateway::start(TOKEN);
        let (at, tom) = resolved_by_text(&app, &gateway).await;
        gateway.meets([Mood::Answers(400, 21614)]);
        app.sender(&gateway, FAST).send_due().await.unwrap();
        assert_eq!(tom.get(&at).await.is(200).body["state"], "open", "the number takes no messages");
        app.clock.advance(SECOND);
        let closed = resolve(&tom, &at).await;
        assert_eq!(closed.body["entries"][0]["event"], "nobody_told");
        app.sender(&gateway, FAST).send_due().await.unwrap();
        assert_eq!(tom.get(&at).await.is(200).body["state"], "closed");
    }
}

//! Text messages through a gateway: what it says and does not say, hours, pace, and what people answer.

use caredesk::store::StoreError;
use caredesk::store::notifications as store;
use caredesk::store::schema::tenants;
use caredesk_core::domain::PhoneNumber;
use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::tenant::TenantSettings;
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::{App, TOKEN};
use crate::support::gateway::{ACCOUNT, FROM, Gateway, Mood, signature};
use crate::support::scene::fresh_slug;

/// A mobile number.
const PHONE: &str = "+15550100200";
/// More text messages a second than any test sends.
const FAST: i64 = 1_000;

/// A message to a number on behalf of an organisation, or of nobody; one that waits for the hours.
async fn changed(app: &App, tenant: Option<TenantId>) -> String {
    queue(app, (MessageKind::PasswordChanged, tenant), json!({"name": "Ana Ruiz"}), None).await
}

/// A code to a number, which somebody waits for.
async fn code(app: &App) -> String {
    let facts = json!({"name": "Ana Ruiz", "purpose": "second_factor", "minutes": 10});
    queue(app, (MessageKind::ContactCode, None), facts, Some("271828")).await
}

async fn queue(
    app: &App,
    (kind, tenant): (MessageKind, Option<TenantId>),
    facts: Value,
    secret: Option<&'static str>,
) -> String {
    let to = Contact::Phone(PhoneNumber::parse(PHONE).unwrap());
    let message = Message { kind, to, locale: Locale::English, tenant };
    let id: NotificationId = app
        .tx(move |tx| match secret {
            Some(secret) => store::queue_secret(tx, &message, facts.clone(), &secret.into()),
            None => store::queue(tx, &message, facts.clone()),
        })
        .await;
    id.to_string()
}

/// A message as the API shows it.
async fn read(app: &App, id: &str) -> Value {
    let admin = app.platform_admin().await;
    admin.get(&format!("/v1/notifications/{id}")).await.is(200).body
}

async fn state(app: &App, id: &str) -> String {
    read(app, id).await["state"].as_str().unwrap().to_owned()
}

/// Every suppression there is, as the API shows it.
async fn suppressions(app: &App) -> Vec<Value> {
    let admin = app.platform_admin().await;
    admin.get("/v1/suppressions").await.is(200).body["data"].as_array().unwrap().clone()
}

/// How often something was written down.
async fn noted(app: &App, action: &str) -> usize {
    app.audit().await.iter().filter(|entry| entry["action"] == action).count()
}

on_both! {
    async fn a_text_message_goes_to_the_gateway_as_it_wants_it(app) {
        let gateway = Gateway::start(TOKEN);
        let id = code(&app).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        let [text] = &gateway.received()[..] else { panic!("one message") };
        assert_eq!(text.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
        let basic = data_encoding::BASE64.encode(format!("{ACCOUNT}:{TOKEN}").as_bytes());
        assert_eq!(text.authorization, format!("Basic {basic}"));
        assert_eq!((text.to.as_str(), text.from.as_str()), (PHONE, FROM));
        assert!(text.body.contains("271828"), "{}", text.body);
        assert_eq!(text.callback, format!("{}/hooks/sms/status?message={id}", app.base));
        let shown = read(&app, &id).await;
        assert_eq!((&shown["state"], &shown["attempts"]), (&json!("sent"), &json!(1)));
        assert_eq!(app.secrets_of("contact_code", PHONE).len(), 0);
    }

    async fn a_gateway_that_is_slow_fails_or_hangs_up_is_asked_again(app) {
        let gateway = Gateway::start(TOKEN);
        let moods = [Mood::IsSlow, Mood::HangsUp, Mood::Answers(500, 20500), Mood::Answers(429, 20429)];
        let count = moods.len();
        gateway.meets(moods);
        gateway.meets([Mood::Answers(401, 20003)]);
        gateway.meets([Mood::Redirects(format!("{}/elsewhere", gateway.url()))]);
        let (id, sender) = (changed(&app, None).await, app.sender(&gateway, FAST));
        app.clock.advance(SignedDuration::from_hours(6));
        let says = ["took too long", "hung up", "answered 500 (20500)", "answered 429 (20429)", "answered 401 (20003)", "answered 307"];
        for (attempt, says) in says.iter().enumerate() {
            sender.send_due().await.unwrap();
            let shown = read(&app, &id).await;
            assert_eq!((&shown["state"], &shown["attempts"]), (&json!("queued"), &json!(attempt + 1)));
            assert!(shown["failure"].as_str().unwrap().contains(says), "{shown}");
            assert_eq!(shown["waits_for"], "retry");
            app.clock.advance(SignedDuration::from_hours(24));
        }
        sender.send_due().await.unwrap();
        assert_eq!(state(&app, &id).await, "sent");
        assert_eq!(gateway.asked(), count + 3);
        let texts = gateway.received();
        assert!(texts.iter().all(|text| text.body == texts[0].body && text.callback == texts[0].callback));
    }

    async fn an_answer_that_cannot_be_read_is_no_reason_to_send_again(app) {
        let gateway = Gateway::start(TOKEN);
        gateway.meets([Mood::Babbles]);
        let id = code(&app).await;
        let sender = app.sender(&gateway, FAST);
        sender.send_due().await.unwrap();
        assert_eq!(state(&app, &id).await, "sent");
        app.clock.advance(SignedDuration::from_hours(1));
        sender.send_due().await.unwrap();
        assert_eq!(gateway.received().len(), 1);
    }

    async fn a_number_that_the_gateway_refuses_is_written_to_no_more(app) {
        for (refusal, reason) in [(21211, "invalid"), (21614, "invalid"), (21610, "stopped")] {
            let gateway = Gateway::start(TOKEN);
            gateway.meets([Mood::Answers(400, refusal)]);
            let id = code(&app).await;
            let sender = app.sender(&gateway, FAST);
            sender.send_due().await.unwrap();
            let shown = read(&app, &id).await;
            assert_eq!((&shown["state"], &shown["suppression"]), (&json!("failed"), &json!(reason)));
            assert!(!shown["failure"].as_str().unwrap().contains("+1555"), "{shown}");
            let held = suppressions(&app).await;
            assert_eq!((held.len(), &held[0]["reason"]), (1, &json!(reason)));
            assert!(held[0]["notification_id"].is_string());
            let next = changed(&app, None).await;
            app.clock.advance(SignedDuration::from_hours(6));
            sender.send_due().await.unwrap();
            assert_eq!(state(&app, &next).await, "suppressed");
            app.clock.advance(SignedDuration::from_hours(18));
        }
        assert_eq!(noted(&app, "contact.suppress").await, 2, "the second invalid one is no news");
    }

    async fn any_other_refusal_ends_the_message_and_nothing_else(app) {
        let gateway = Gateway::start(TOKEN);
        gateway.meets([Mood::Answers(400, 21408)]);
        let id = code(&app).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        assert_eq!(state(&app, &id).await, "failed");
        assert!(suppressions(&app).await.is_empty());
    }

    async fn a_refusal_of_whoever_sends_is_no_end_of_a_message(app) {
        let gateway = Gateway::start(TOKEN);
        gateway.meets([Mood::Answers(400, 21606), Mood::Answers(400, 21659)]);
        app.clock.advance(SignedDuration::from_hours(6));
        let (id, sender) = (changed(&app, None).await, app.sender(&gateway, FAST));
        for says in ["the gateway answered 400 (21606)", "the gateway answered 400 (21659)"] {
            sender.send_due().await.unwrap();
            let shown = read(&app, &id).await;
            assert_eq!((&shown["state"], &shown["failure"]), (&json!("queued"), &json!(says)));
            app.clock.advance(SignedDuration::from_mins(2));
        }
        sender.send_due().await.unwrap();
        assert_eq!(state(&app, &id).await, "sent");
        assert!(suppressions(&app).await.is_empty());
    }

    async fn what_the_gateway_says_moves_a_message_forward_and_never_back(app) {
        let gateway = Gateway::start(TOKEN);
        let id = code(&app).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        let text = gateway.received().remove(0);
        assert_eq!(text.id(), id);
        for (status, said) in [("queued", "queued"), ("sent", "sent"), ("queued", "sent")] {
            assert_eq!(gateway.tells(&text, status, None).await, 204);
            assert_eq!(read(&app, &id).await["gateway_status"], said);
        }
        assert_eq!(noted(&app, "notification.settle").await, 0);
        gateway.tells(&text, "undelivered", None).await;
        assert_eq!(read(&app, &id).await["failure"], "the gateway says undelivered");
        for (status, state_after) in [
            ("undelivered", "failed"), ("sent", "failed"),
            ("delivered", "delivered"), ("delivered", "delivered"), ("failed", "delivered"), ("sent", "delivered"),
            ("nonsense", "delivered"),
        ] {
            assert_eq!(gateway.tells(&text, status, None).await, 204);
            assert_eq!(state(&app, &id).await, state_after, "{status}");
        }
        let shown = read(&app, &id).await;
        assert_eq!((&shown["gateway_status"], &shown["failure"]), (&json!("delivered"), &Value::Null));
        assert_eq!(noted(&app, "notification.settle").await, 2);
    }

    async fn a_callback_before_the_answer_counts_and_the_answer_changes_nothing(app) {
        for (told, shown) in [("delivered", "delivered"), ("failed", "failed"), ("queued", "sent")] {
            let gateway = Gateway::start(TOKEN);
            gateway.meets([Mood::TellsFirst(told)]);
            let id = code(&app).await;
            let sender = app.sender(&gateway, FAST);
            sender.send_due().await.unwrap();
            assert_eq!(state(&app, &id).await, shown);
            app.clock.advance(SignedDuration::from_hours(1));
            sender.send_due().await.unwrap();
            assert_eq!(gateway.received().len(), 1);
        }
    }

    async fn a_message_that_did_not_arrive_says_why_and_a_dead_number_is_suppressed(app) {
        let gateway = Gateway::start(TOKEN);
        let id = code(&app).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        let text = gateway.received().remove(0);
        for _ in 0..2 {
            assert_eq!(gateway.tells(&text, "undelivered", Some(30005)).await, 204);
        }
        let shown = read(&app, &id).await;
        assert_eq!(shown["failure"], "the gateway says undelivered (30005)");
        assert_eq!(shown["suppression"], "invalid");
        assert_eq!(noted(&app, "contact.suppress").await, 1);
    }

    async fn a_call_without_its_signature_is_refused_and_changes_nothing(app) {
        let gateway = Gateway::start(TOKEN);
        let id = code(&app).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        let text = gateway.received().remove(0);
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = vec![field("MessageSid", &text.sid), field("MessageStatus", "delivered")];
        let right = signature(&text.callback, TOKEN, &fields);
        let body = "MessageSid=SM1&MessageStatus=delivered".replace("SM1", &text.sid);
        let other = text.callback.replace(&id, &uuid::Uuid::now_v7().to_string());
        let calls = [
            (text.callback.clone(), body.clone(), None),
            (text.callback.clone(), body.clone(), Some(signature(&text.callback, "another", &fields))),
            (text.callback.clone(), body.replace("delivered", "failed"), Some(right.clone())),
            (text.callback.clone(), format!("{body}&More=1"), Some(right.clone())),
            (other, body.clone(), Some(right.clone())),
            (text.callback.clone(), body.clone(), Some(String::new())),
            (format!("{}/hooks/sms/inbound", app.base), "From=%2B15550100200&Body=STOP".to_owned(), Some(right.clone())),
        ];
        for (url, body, signature) in calls {
            let mut call = app.http.post(&url).body(body);
            call = call.header("content-type", "application/x-www-form-urlencoded");
            if let Some(signature) = signature {
                call = call.header("x-twilio-signature", signature);
            }
            let answer = call.send().await.unwrap();
            assert_eq!(answer.status(), 403, "{url}");
            let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert_eq!(problem["code"], "hook.wrong_signature");
        }
        assert_eq!(state(&app, &id).await, "sent");
        assert!(suppressions(&app).await.is_empty());
        let sent = app.http.post(&text.callback).header("x-twilio-signature", right).body(body);
        assert_eq!(sent.send().await.unwrap().status(), 204);
        assert_eq!(state(&app, &id).await, "delivered");
    }

    async fn a_call_that_is_too_long_is_refused(app) {
        let url = format!("{}/hooks/sms/inbound", app.base);
        let answer = app.http.post(&url).body("x=".to_owned() + &"y".repeat(70_000)).send().await;
        assert_eq!(answer.unwrap().status(), 413);
    }

    async fn whoever_answers_stop_gets_nothing_until_they_answer_start(app) {
        let gateway = Gateway::start(TOKEN);
        let sender = app.sender(&gateway, FAST);
        for (stop, start) in [("STOP", "START"), ("Parar", "sí"), ("alto", "ALTA"), ("Unsubscribe", "unstop")] {
            assert_eq!(gateway.passes_on(&app.base, PHONE, stop).await, 200);
            assert_eq!(gateway.passes_on(&app.base, PHONE, stop).await, 200);
            let held = suppressions(&app).await;
            assert_eq!((held.len(), &held[0]["reason"]), (1, &json!("stopped")), "{stop}");
            let id = code(&app).await;
            sender.send_due().await.unwrap();
            assert_eq!(state(&app, &id).await, "suppressed", "not even a code");
            assert_eq!(gateway.passes_on(&app.base, PHONE, "what is this?").await, 200);
            assert_eq!(suppressions(&app).await.len(), 1);
            assert_eq!(gateway.passes_on(&app.base, PHONE, start).await, 200);
            assert!(suppressions(&app).await.is_empty(), "{start}");
            let id = code(&app).await;
            sender.send_due().await.unwrap();
            assert_eq!(state(&app, &id).await, "sent");
        }
        assert_eq!(noted(&app, "contact.suppress").await, 4);
        assert_eq!(noted(&app, "contact.release").await, 4);
    }

    async fn start_lifts_no_suppression_but_a_stop(app) {
        let gateway = Gateway::start(TOKEN);
        gateway.meets([Mood::Answers(400, 21614)]);
        code(&app).await;
        app.sender(&gateway, FAST).send_due().await.unwrap();
        gateway.passes_on(&app.base, PHONE, "START").await;
        assert_eq!(suppressions(&app).await.len(), 1);
        // A STOP is the stronger of two reasons, and stays when the gateway says more.
        gateway.passes_on(&app.base, PHONE, "STOP").await;
        assert_eq!(suppressions(&app).await[0]["reason"], "stopped");
    }

    async fn a_stop_is_not_lost_to_somebody_who_lifts_what_was_there(app) {
        let gateway = Gateway::start(TOKEN);
        let sender = app.sender(&gateway, FAST);
        for _ in 0..10 {
            gateway.meets([Mood::Answers(400, 21614)]);
            code(&app).await;
            sender.send_due().await.unwrap();
            let admin = app.platform_admin().await;
            let held = suppressions(&app).await;
            assert_eq!(held[0]["reason"], "invalid");
            let path = format!("/v1/suppressions/{}", held[0]["id"].as_str().unwrap());
            let etag = admin.get(&path).await.is(200).etag();
            let headers = [("if-match", etag.as_str())];
            let lift = admin.send(reqwest::Method::DELETE, &path, None, &headers);
            let (lifted, stopped) = tokio::join!(lift, gateway.passes_on(&app.base, PHONE, "STOP"));
            assert_eq!(stopped, 200);
            assert!(matches!(lifted.status.as_u16(), 204 | 409 | 412), "{}", lifted.raw);
            let held = suppressions(&app).await;
            assert_eq!((held.len(), &held[0]["reason"]), (1, &json!("stopped")));
            gateway.passes_on(&app.base, PHONE, "START").await;
        }
    }

    async fn outside_the_hours_a_message_waits_for_the_morning_of_its_organisation(app) {
        let gateway = Gateway::start(TOKEN);
        let sender = app.sender(&gateway, FAST);
        let tenant = app.tenant_id("quetzal").await;
        in_zone(&app, tenant, "America/New_York").await;
        // It is nine in UTC, and four in the morning there.
        let (theirs, awaited) = (changed(&app, Some(tenant)).await, code(&app).await);
        sender.send_due().await.unwrap();
        let shown = read(&app, &theirs).await;
        assert_eq!((&shown["state"], &shown["waits_for"]), (&json!("queued"), &json!("sending_hours")));
        assert_eq!((&shown["due_at"], &shown["attempts"]), (&json!("2026-11-21T13:00:00Z"), &json!(0)));
        assert_eq!(state(&app, &awaited).await, "sent");
        app.clock.advance(SignedDuration::from_mins(239));
        sender.send_due().await.unwrap();
        assert_eq!(state(&app, &theirs).await, "queued");
        app.clock.advance(SignedDuration::from_mins(1));
        sender.send_due().await.unwrap();
        assert_eq!(state(&app, &theirs).await, "sent");
        assert_eq!(read(&app, &theirs).await["waits_for"], Value::Null);
    }

    async fn an_invitation_that_is_replaced_while_it_waits_for_the_morning_goes_once(app) {
        let gateway = Gateway::start(TOKEN);
        let sender = app.sender(&gateway, FAST);
        let (sara, at) = invited(&app).await;
        sender.send_due().await.unwrap();
        sara.post(&format!("{at}/reinvite"), json!({})).await.is(200);
        sender.send_due().await.unwrap();
        let [both] = &app.secrets_of("invitation", PHONE)[..] else { panic!("one secret") };
        app.clock.advance(SignedDuration::from_hours(4));
        sender.send_due().await.unwrap();
        let [text] = &gateway.received()[..] else { panic!("one message") };
        let (_, code) = both.split_once(' ').unwrap();
        assert!(text.body.contains(code), "{}", text.body);
        assert_eq!(app.count("notifications WHERE finished_at IS NULL AND method = 'sms'"), 0);
    }

    async fn an_invitation_says_on_which_day_of_its_organisation_it_ends(app) {
        let gateway = Gateway::start(TOKEN);
        let tenant = app.tenant_id("quetzal").await;
        in_zone(&app, tenant, "America/New_York").await;
        // It is the next day in UTC already.
        app.clock.advance(SignedDuration::from_hours(16));
        let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let body = json!({"family_name": "Ruiz", "phone": PHONE, "submit": true});
        let made = sara.post("/v1/applications", body).await.is(201);
        assert_eq!(made.text("/invitation_expires_at"), "2026-12-06T01:00:00Z");
        app.sender(&gateway, FAST).send_due().await.unwrap();
        let [text] = &gateway.received()[..] else { panic!("one message") };
        assert!(text.body.contains("2026-12-05"), "{}", text.body);
    }

    async fn an_invitation_that_ends_while_it_waits_for_the_morning_does_not_go(app) {
        let gateway = Gateway::start(TOKEN);
        let sender = app.sender(&gateway, FAST);
        for end in ["correct", "revoke", "withdraw"] {
            let (sara, at) = invited(&app).await;
            let id = at.rsplit('/').next().unwrap();
            let sent = sara.get(&format!("/v1/invitations?application_id={id}")).await.is(200);
            let message = sent.text("/data/0/notification_id");
            sender.send_due().await.unwrap();
            assert_eq!(read(&app, &message).await["waits_for"], "sending_hours");
            match end {
                "correct" => {
                    let etag = sara.get(&at).await.is(200).etag();
                    sara.patch(&at, &etag, json!({"phone": "+15550100277"})).await.is(200);
                }
                "revoke" => {
                    let there = format!("/v1/invitations/{}/revoke", sent.text("/data/0/id"));
                    sara.send(reqwest::Method::POST, &there, None, &[]).await.is(200);
                }
                _ => {
                    sara.send(reqwest::Method::POST, &format!("{at}/withdraw"), None, &[]).await.is(200);
                }
            }
            let shown = read(&app, &message).await;
            assert_eq!((&shown["state"], &shown["waits_for"]), (&json!("failed"), &Value::Null), "{end}");
            assert_eq!(shown["failure"], "its invitation counts no more", "{end}");
            assert!(app.secrets_of("invitation", PHONE).is_empty(), "{end}");
        }
        app.clock.advance(SignedDuration::from_hours(4));
        sender.send_due().await.unwrap();
        assert!(gateway.received().is_empty());
    }

    async fn the_pace_is_kept_by_all_instances_together_and_codes_go_first(app) {
        let gateway = Gateway::start(TOKEN);
        let (one, other) = (app.sender(&gateway, 3), app.sender(&gateway, 3));
        app.clock.advance(SignedDuration::from_hours(6));
        let mut waiting = Vec::new();
        for _ in 0..8 {
            waiting.push(changed(&app, None).await);
        }
        let awaited = code(&app).await;
        let mut seconds = Vec::new();
        for _ in 0..4 {
            let before = gateway.received().len();
            let (first, second) = tokio::join!(one.send_due(), other.send_due());
            assert!(first.is_ok() && second.is_ok());
            seconds.push(gateway.received().len() - before);
            app.clock.advance(SignedDuration::from_secs(1));
        }
        assert_eq!(seconds, [3, 3, 3, 0]);
        assert!(gateway.received()[..3].iter().any(|text| text.id() == awaited));
        for id in waiting {
            assert_eq!(read(&app, &id).await["attempts"], 1);
        }
    }
}

/// An application of a family with a number only, submitted where it is four in the morning; its Site Admin, and
/// where it is.
async fn invited(app: &App) -> (Actor<'_>, String) {
    let tenant = app.tenant_id(&fresh_slug()).await;
    in_zone(app, tenant, "America/New_York").await;
    let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
    let body = json!({"family_name": "Ruiz", "phone": PHONE, "submit": true});
    let at = sara.post("/v1/applications", body).await.is(201).header("location");
    (sara, at)
}

/// Puts an organisation into a time zone.
async fn in_zone(app: &App, tenant: TenantId, zone: &'static str) {
    let write = move |conn: &mut caredesk::store::db::Conn| {
        use caredesk::store::columns::Json;
        let row = tenants::table.find(tenant);
        let Json(settings): Json<TenantSettings> = row.select(tenants::settings).first(conn)?;
        let mut settings = serde_json::to_value(settings).unwrap();
        settings["time_zone"] = json!(zone);
        diesel::update(row).set(tenants::settings.eq(Json(settings))).execute(conn)?;
        Ok::<_, StoreError>(())
    };
    app.house.db.write(write).await.unwrap();
}

//! Who calls is made sure by a code to the contact on file, or by a call to the number on file, and by nothing else.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::scene::Scene;
use crate::support::tickets::escalation;

/// The contact of the application of a scene.
const FAMILIA: &str = "familia@mail.example";
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Lets a second pass, so that what happens next is newer than what was there.
fn tick(app: &App) {
    app.clock.advance(SECOND);
}

/// A call of a family about what is told only to whom the desk knows.
fn a_call(tenant: TenantId, application: Option<Uuid>) -> Value {
    let mut body = json!({
        "request_type": "identity.verify", "subject": "A question", "text": "Which forms are missing?",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "name": "Gil Ferro",
            "email": "gil.ferro@mail.example", "phone": "+15550100777"}});
    if let Some(application) = application {
        body["application_id"] = json!(application);
    }
    body
}

/// A ticket about the application of a scene, and the agent who opened it.
async fn called<'a>(scene: &Scene<'a>) -> (String, Actor<'a>) {
    let tom = scene.app.someone(Role::TierOne, None).await;
    let body = a_call(scene.tenant, Some(scene.family.application));
    let opened = tom.post("/v1/tickets", body).await.is(201);
    assert_eq!(
        (&opened.body["outcome"], &opened.body["verification"]),
        (&json!("verify_first"), &json!("none"))
    );
    tick(scene.app);
    (opened.header("location"), tom)
}

/// Has a code sent.
async fn send(who: &Actor<'_>, at: &str) -> Answer {
    tick(who.app);
    who.post(&format!("{at}/verification-codes"), json!({})).await
}

/// Says a code that a caller read out.
async fn say(who: &Actor<'_>, at: &str, code: &str) -> Answer {
    who.post(&format!("{at}/verification"), json!({"code": code})).await
}

/// Records that the number on file was called.
async fn call_back(who: &Actor<'_>, at: &str) -> Answer {
    tick(who.app);
    who.post(&format!("{at}/call-backs"), json!({"text": "Called; they knew of the request."}))
        .await
}

/// A code of the right form that is not this one.
fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// The last code that was sent to the contact of the application.
fn sent(app: &App) -> String {
    app.secret_of("caller_code", FAMILIA)
}

on_both! {
    async fn a_caller_is_known_by_a_code_to_the_contact_on_file(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        assert_eq!(tom.get(&at).await.is(200).body["waits_for"], json!(["identity_verified = true"]));
        let to = send(&tom, &at).await.is(200);
        assert_eq!(to.body["method"], "email");
        assert!(!to.raw.contains(FAMILIA) && to.text("/sent_to").contains('*'), "{}", to.raw);
        let known = say(&tom, &at, &sent(&app)).await.is(200);
        for (field, value) in [("verification", "contact_confirmed"), ("outcome", "assist"), ("state", "new")] {
            assert_eq!(known.body[field], value, "{field}");
        }
        assert_eq!(known.body["waits_for"], json!([]));
        assert_eq!(known.body["entries"][0]["verification"], "contact_confirmed");
        assert!(!known.raw.contains("familia"), "{}", known.raw);
        let admin = app.platform_admin().await;
        let id = at.rsplit('/').next().unwrap();
        let decided = admin.get(&format!("/v1/decisions?ticket_id={id}")).await.is(200);
        assert_eq!(decided.body["data"].as_array().unwrap().len(), 2, "{}", decided.raw);
        assert_eq!(decided.body["data"][0]["verification"], "contact_confirmed");
        let audit = admin.get(&format!("/v1/audit-entries?target_id={id}&action=ticket.verify_requester")).await.is(200);
        assert!(audit.text("/data/0/detail").contains("contact_confirmed"), "{}", audit.raw);
        assert!(!audit.raw.contains("familia"), "{}", audit.raw);
    }

    async fn nothing_goes_to_a_contact_that_a_caller_names(app) {
        let scene = Scene::set(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = tom.post("/v1/tickets", a_call(scene.tenant, None)).await.is(201).header("location");
        send(&tom, &at).await.is(409).is_refused("ticket.no_contact_on_file");
        call_back(&tom, &at).await.is(409).is_refused("ticket.no_contact_on_file");
        let named = json!({"email": "gil.ferro@mail.example"});
        tom.post(&format!("{at}/verification-codes"), named).await.is(422);
        assert_eq!(app.count("notifications WHERE kind = 'caller_code'"), 0);
        assert_eq!(tom.get(&at).await.is(200).body["verification"], "none");
    }

    async fn an_agent_learns_that_the_contact_on_file_cannot_be_reached(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        send(&tom, &at).await.is(200);
        let code = sent(&app);
        app.suppress(FAMILIA).await;
        let before = app.rows();
        let refused = send(&tom, &at).await.is(409).is_refused("ticket.contact_unreachable");
        assert_eq!(refused.body["next_actions"], json!(["record_call_back"]));
        assert!(!refused.raw.contains("familia"), "{}", refused.raw);
        assert_eq!(app.rows(), before);
        tick(&app);
        // The code that went out before counts on, and so do the other ways.
        let by_text = json!({"method": "sms"});
        say(&tom, &at, other_than(&code)).await.is(422).is_refused("code.wrong");
        tom.post(&format!("{at}/verification-codes"), by_text).await.is(200);
        assert_eq!(call_back(&tom, &at).await.is(200).body["verification"], "called_back");
    }

    async fn an_account_is_reached_where_its_record_says(app) {
        let scene = Scene::set(&app).await;
        let sue = app.someone(Role::SupportUser, Some(scene.tenant)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut body = a_call(scene.tenant, None);
        body["on_behalf_of"] = json!({
            "requester": "support_user", "tenant_id": scene.tenant, "channel": "phone", "account_id": sue.account});
        let at = tom.post("/v1/tickets", body).await.is(201).header("location");
        tom.post(&format!("{at}/verification-codes"), json!({"method": "sms"})).await
            .is(409).is_refused("ticket.no_contact_on_file");
        send(&tom, &at).await.is(200);
        let own = sue.get(&at).await.is(200);
        assert_eq!(own.body["waits_for"], json!([]), "the desk's own");
        let address = format!("support_user.{}@people.example", sue.account.simple());
        let code = app.secret_of("caller_code", &address);
        assert_eq!(say(&tom, &at, &code).await.is(200).body["outcome"], "assist");
        assert_eq!(sue.get(&at).await.is(200).body["entries"][0]["verification"], "contact_confirmed");
    }

    async fn a_proof_makes_no_ticket_less_urgent_than_an_agent_found_it(app) {
        let scene = Scene::set(&app).await;
        for (by_hand, after) in [("urgent", "urgent"), ("low", "normal")] {
            let (at, tom) = called(&scene).await;
            let set = json!({"priority": by_hand, "reason": "They told when they travel."});
            assert_eq!(tom.post(&format!("{at}/reprioritise"), set).await.is(200).body["priority"], by_hand);
            send(&tom, &at).await.is(200);
            let known = say(&tom, &at, &sent(&app)).await.is(200);
            assert_eq!((&known.body["outcome"], &known.body["priority"]), (&json!("assist"), &json!(after)));
        }
    }

    async fn a_wrong_code_counts_and_half_a_code_is_none(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        say(&tom, &at, "492039").await.is(410).is_refused("code.not_usable");
        send(&tom, &at).await.is(200);
        let code = sent(&app);
        say(&tom, &at, "492").await.is(422).at(&["#/code"]);
        for _ in 0..5 {
            say(&tom, &at, other_than(&code)).await.is(422).is_refused("code.wrong");
        }
        say(&tom, &at, &code).await.is(410).is_refused("code.not_usable");
        assert_eq!(tom.get(&at).await.is(200).body["verification"], "none");
    }

    async fn a_code_counts_once_and_only_the_newest(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        send(&tom, &at).await.is(200);
        let old = sent(&app);
        send(&tom, &at).await.is(200);
        let new = sent(&app);
        if old != new {
            say(&tom, &at, &old).await.is(422).is_refused("code.wrong");
        }
        say(&tom, &at, &new).await.is(200);
        say(&tom, &at, &new).await.is(410).is_refused("code.not_usable");
    }

    async fn a_code_of_another_ticket_proves_nothing(app) {
        let scene = Scene::set(&app).await;
        let (first, tom) = called(&scene).await;
        let (second, _) = called(&scene).await;
        send(&tom, &first).await.is(200);
        let of_first = sent(&app);
        say(&tom, &second, &of_first).await.is(410).is_refused("code.not_usable");
        send(&tom, &second).await.is(200);
        if sent(&app) != of_first {
            say(&tom, &second, &of_first).await.is(422).is_refused("code.wrong");
        }
        say(&tom, &first, &of_first).await.is(200);
    }

    async fn a_code_counts_for_half_an_hour(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        send(&tom, &at).await.is(200);
        let code = sent(&app);
        app.clock.advance(SECOND * 60 * 30);
        let later = app.someone(Role::TierOne, None).await;
        say(&later, &at, &code).await.is(410).is_refused("code.not_usable");
        app.clock.advance(-SECOND);
        let later = app.someone(Role::TierOne, None).await;
        say(&later, &at, &code).await.is(200);
    }

    async fn whoever_has_many_codes_sent_waits(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        for _ in 0..5 {
            send(&tom, &at).await.is(200);
        }
        send(&tom, &at).await.is(429).is_refused("throttle.too_many_requests");
        let (other, tia) = called(&scene).await;
        send(&tia, &other).await.is(429); // the same contact
        assert_eq!(app.count("notifications WHERE kind = 'caller_code'"), 5);
    }

    async fn a_call_to_the_number_on_file_is_a_proof_that_no_code_takes_back(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        let known = call_back(&tom, &at).await.is(200);
        assert_eq!((&known.body["verification"], &known.body["outcome"]), (&json!("called_back"), &json!("assist")));
        assert_eq!(known.body["entries"][0]["is_internal"], true);
        assert!(!known.raw.contains("0100231"), "{}", known.raw);
        send(&tom, &at).await.is(200);
        assert_eq!(say(&tom, &at, &sent(&app)).await.is(200).body["verification"], "called_back");
        let id = at.rsplit('/').next().unwrap();
        let decided = app.platform_admin().await.get(&format!("/v1/decisions?ticket_id={id}")).await.is(200);
        assert_eq!(decided.body["data"].as_array().unwrap().len(), 2, "nothing waited for the second proof");
    }

    async fn only_agents_of_the_tier_make_sure_and_of_open_tickets(app) {
        let scene = Scene::set(&app).await;
        let (at, tom) = called(&scene).await;
        for role in [Role::SupportUser, Role::Guardian, Role::DeskManager, Role::Developer] {
            send(&scene.someone(role).await, &at).await.is(403).is_refused("action.not_permitted");
        }
        let tim = app.someone(Role::TierTwo, None).await;
        tick(&app);
        tom.post(&format!("{at}/escalate"), escalation()).await.is(200);
        send(&tom, &at).await.is(404).is_refused("resource.not_found");
        send(&tim, &at).await.is(200);
        say(&tom, &at, &sent(&app)).await.is(404).is_refused("resource.not_found");
        say(&tim, &at, &sent(&app)).await.is(200);
        let mut body = a_call(scene.tenant, Some(scene.family.application));
        body["request_type"] = json!("health.lockout.unlock");
        let closed = tom.post("/v1/tickets", body).await.is(201);
        assert_eq!(closed.body["state"], "closed");
        send(&tom, &closed.header("location")).await.is(409).is_refused("ticket.not_in_state");
    }
}

//! The desk's policy, asked before anything is done.

use caredesk_core::domain::account::Role;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::scene::fresh_slug;

/// Where the policy is tried.
const EVALUATIONS: &str = "/v1/policy/evaluations";
/// Where types are suggested.
const SUGGESTIONS: &str = "/v1/policy/suggestions";

/// A request as it is asked about.
fn asked(request_type: &str, requester: Option<&str>, channel: &str, facts: Value) -> Value {
    let mut asked = json!({"request_type": request_type, "channel": channel});
    asked["facts"] = facts;
    if let Some(requester) = requester {
        asked["requester"] = json!(requester);
    }
    asked
}

/// The answer to one request.
async fn answer(who: &Actor<'_>, asked: Value) -> Value {
    let answers = who.post(EVALUATIONS, json!({"inquiries": [asked]})).await.is(200).body;
    assert_eq!(answers["data"].as_array().unwrap().len(), 1);
    answers["data"][0].clone()
}

/// A Site Admin of a new tenant.
async fn site_admin(app: &App) -> Actor<'_> {
    let tenant = app.tenant_id(&fresh_slug()).await;
    app.someone(Role::SiteAdmin, Some(tenant)).await
}

on_both! {
    async fn an_answer_has_all_that_the_requester_and_the_desk_need(app) {
        let agent = app.someone(Role::TierOne, None).await;
        let told = answer(&agent, asked("notifications.resend", Some("family"), "phone", json!({}))).await;
        assert_eq!((&told["rule"], &told["outcome"]), (&json!("notifications.resend"), &json!("verify_first")));
        assert_eq!(told["effects"], json!(["audit_log", "identity_verification_required"]));
        assert_eq!(told["missing"], json!([{"fact": "identity_verified", "value": "true", "channels": []}]));
        assert_eq!(told["next_actions"], json!(["verify_identity"]));
        assert!(told["facts"].as_array().unwrap().contains(&json!({"fact": "to_new_address", "value": null, "source": null})));
        assert!(told["say"]["en"].as_str().unwrap().len() > 10 && told["say"]["es"].as_str().unwrap().len() > 10);
        assert!(told["path"].as_array().unwrap().len() > 1);
        let known = answer(&agent, asked("notifications.resend", Some("family"), "phone", json!({"identity_verified": true}))).await;
        assert_eq!(known["outcome"], "perform");
        assert!(known["facts"].as_array().unwrap().contains(&json!({"fact": "identity_verified", "value": "true", "source": "given"})));
    }

    async fn nothing_is_done_or_kept(app) {
        let agent = app.someone(Role::TierOne, None).await;
        let before = app.rows();
        answer(&agent, asked("profiles.email.remove.own", Some("email_owner"), "email", json!({"controls_mailbox": true}))).await;
        assert_eq!(app.rows(), before);
    }

    async fn without_a_requester_the_caller_is_judged_from_the_record(app) {
        let ana = site_admin(&app).await;
        let told = answer(&ana, asked("access.change.by_site_admin", None, "portal", json!({}))).await;
        assert_eq!((&told["requester"], &told["outcome"]), (&json!("site_admin"), &json!("perform")));
        let told = answer(&ana, asked("users.reactivate.site_admin", None, "portal", json!({}))).await;
        assert_eq!(told["outcome"], "refer_to_site_admin");
        assert_eq!(told["facts"], json!([{"fact": "opens_ticket", "value": null, "source": null},
            {"fact": "active_site_admins", "value": "1", "source": "record"}]));
        let tenant = app.tenant_id(&fresh_slug()).await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let told = answer(&mia, asked("technical.error.report", None, "portal", json!({"opens_ticket": true}))).await;
        assert_eq!((&told["rule"], &told["outcome"]), (&json!("tickets.submit"), &json!("refer_to_site_admin")));
        let guardian = app.someone(Role::Guardian, None).await;
        let told = answer(&guardian, asked("notifications.resend", None, "portal", json!({}))).await;
        assert_eq!((&told["requester"], &told["outcome"]), (&json!("family"), &json!("perform")));
        assert!(told["facts"].as_array().unwrap().contains(&json!({"fact": "identity_verified", "value": "true", "source": "verified"})));
    }

    async fn nobody_states_about_themselves_what_has_to_be_proved(app) {
        let ana = site_admin(&app).await;
        let wish = asked("profiles.email.remove.own", None, "portal", json!({"controls_mailbox": true, "urgent": true}));
        let refused = ana.post(EVALUATIONS, json!({"inquiries": [asked("finance.refund", None, "portal", json!({})), wish]})).await.is(422);
        refused.is_refused("request.invalid").at(&["#/inquiries/1/facts/controls_mailbox"]);
    }

    async fn a_hundred_are_answered_at_once_and_one_more_is_too_many(app) {
        let agent = app.someone(Role::TierTwo, None).await;
        let many = |count: usize| json!({"inquiries": vec![asked("finance.refund", Some("family"), "chat", json!({})); count]});
        let answers = agent.post(EVALUATIONS, many(100)).await.is(200).body;
        assert_eq!(answers["data"].as_array().unwrap().len(), 100);
        agent.post(EVALUATIONS, many(101)).await.is(422).at(&["#/inquiries"]);
        agent.post(EVALUATIONS, many(0)).await.is(422).at(&["#/inquiries"]);
    }

    async fn what_makes_no_sense_is_refused_with_its_place(app) {
        let agent = app.someone(Role::TierTwo, None).await;
        for (wrong, pointer) in [
            (asked("finance.refund", Some("burglar"), "chat", json!({})), "#/inquiries/0/requester"),
            (asked("finance.refund", Some("family"), "pigeon", json!({})), "#/inquiries/0/channel"),
            (asked("finance.refund", Some("family"), "chat", json!({"rich": true})), "#/inquiries/0/facts/rich"),
            (asked("finance.refund", Some("family"), "chat", json!({"identity_verified": "yes"})), "#/inquiries/0/facts/identity_verified"),
            (asked("finance.refund", Some("family"), "chat", json!({"months_of_use": -1})), "#/inquiries/0/facts/months_of_use"),
            (asked("finance refund!", Some("family"), "chat", json!({})), "#/inquiries/0/request_type"),
        ] {
            agent.post(EVALUATIONS, json!({"inquiries": [wrong]})).await.is(422).at(&[pointer]);
        }
        let told = answer(&agent, asked("camps.close", Some("family"), "chat", json!({}))).await;
        assert_eq!((&told["rule"], &told["outcome"]), (&Value::Null, &json!("refuse")));
    }

    async fn an_organisation_that_wants_copies_of_every_referral_is_copied(app) {
        let agent = app.someone(Role::TierTwo, None).await;
        let mut refund = asked("finance.refund", Some("family"), "chat", json!({}));
        assert!(!answer(&agent, refund.clone()).await["effects"].to_string().contains("copy_org_on_thread"));
        refund["copy_on_referrals"] = json!(true);
        assert!(answer(&agent, refund).await["effects"].to_string().contains("copy_org_on_thread"));
    }

    async fn the_rules_are_all_there_and_kept_by_their_etag(app) {
        let ana = site_admin(&app).await;
        let rules = ana.get("/v1/policy/rules").await.is(200);
        assert_eq!(rules.body["data"].as_array().unwrap().len(), 72);
        assert_eq!(rules.body["policy_version"], app.house.rules.desk.policy_version());
        assert_eq!(rules.header("cache-control"), "private, max-age=60");
        let resend = rules.body["data"].as_array().unwrap().iter().find(|rule| rule["code"] == "notifications.resend").unwrap();
        assert_eq!(resend["cases"][0]["conditions"], json!([{"fact": "to_new_address", "test": "is", "value": "true"}]));
        assert_eq!(resend["cases"][0]["outcome"], "refer_to_organization");
        let etag = rules.etag();
        let held = ana.send(reqwest::Method::GET, "/v1/policy/rules", None, &[("if-none-match", &etag)]).await.is(304);
        assert_eq!((held.raw.as_str(), held.etag()), ("", etag.clone()));
        for other in ["\"1-00000000\"", "nonsense"] {
            ana.send(reqwest::Method::GET, "/v1/policy/rules", None, &[("if-none-match", other)]).await.is(200);
        }
        let weak = format!("\"1-00000000\", W/{etag}");
        ana.send(reqwest::Method::GET, "/v1/policy/rules", None, &[("if-none-match", &weak)]).await.is(304);
        app.nobody().get("/v1/policy/rules").await.is(401);
    }

    async fn what_can_be_asked_for_is_public(app) {
        let types = app.nobody().get("/v1/policy/request-types").await.is(200);
        assert_eq!(types.header("cache-control"), "public, max-age=60");
        let all = types.body["data"].as_array().unwrap();
        let code = |row: &Value| row["request_type"].as_str().unwrap().to_owned();
        assert!(all.iter().any(|row| code(row) == "invitations.expired"));
        assert!(!all.iter().any(|row| code(row) == "refusal.notify_copy_org"), "a duty is nothing to ask for");
        let resend = all.iter().find(|row| code(row) == "notifications.resend").unwrap();
        let verified = resend["facts"].as_array().unwrap().iter().find(|fact| fact["fact"] == "identity_verified").unwrap();
        assert_eq!(verified["counts_while_unknown"], true);
        app.nobody().send(reqwest::Method::GET, "/v1/policy/request-types", None, &[("if-none-match", &types.etag())]).await.is(304);
    }

    async fn words_suggest_what_is_asked_for_in_both_languages(app) {
        let guardian = app.someone(Role::Guardian, None).await;
        for (text, request_type) in [
            ("hi, my invitation code says expired what now", "invitations.expired"),
            ("Hola, ¿cómo llego al campamento?", "organization.question"),
        ] {
            let found = guardian.post(SUGGESTIONS, json!({"text": text})).await.is(200).body;
            let types: Vec<&str> = found["data"].as_array().unwrap().iter().map(|row| row["request_type"].as_str().unwrap()).collect();
            assert!(types.len() <= 3 && types.contains(&request_type), "{text}: {types:?}");
            assert!(found["data"][0]["title"]["es"].is_string());
        }
        for nothing in ["0123456789", "🙂🙂🙂", "ჩემი კოდი"] {
            let found = guardian.post(SUGGESTIONS, json!({"text": nothing})).await.is(200).body;
            assert_eq!(found["data"], json!([]), "{nothing}");
        }
        guardian.post(SUGGESTIONS, json!({"text": ""})).await.is(422).at(&["#/text"]);
        guardian.post(SUGGESTIONS, json!({"text": "a".repeat(20_001)})).await.is(422).at(&["#/text"]);
    }
}

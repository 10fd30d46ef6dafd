//! Steps of a ticket that bring more than their state: emergencies, referrals by an agent, a hand-over to the
//! organisation, from agent to agent, and from tier to tier.

use caredesk::jobs::ticket_clock;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::scene::fresh_slug;
use crate::support::tickets::{ask_no_search, error_report, escalation, tenant};

/// A family without an account.
const GIL: &str = "gil.ferro@mail.example";
/// Somebody who reports an emergency.
const MIA: &str = "mia@office.example";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A ticket of a Support User, and the agent who has it.
async fn taken(app: &App, tenant: TenantId) -> (String, Actor<'_>, Actor<'_>) {
    let sue = app.someone(Role::SupportUser, Some(tenant)).await;
    let at = format!(
        "/v1/tickets/{}",
        sue.post("/v1/tickets", error_report()).await.is(201).text("/id")
    );
    let tom = app.someone(Role::TierOne, None).await;
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    tick(app);
    (at, sue, tom)
}

/// A ticket of a family on the telephone, and the agent who has it.
async fn called(app: &App, tenant: TenantId) -> (String, Actor<'_>) {
    let tom = app.someone(Role::TierOne, None).await;
    let body = json!({
        "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "email": GIL}});
    let at = format!("/v1/tickets/{}", tom.post("/v1/tickets", body).await.is(201).text("/id"));
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    tick(app);
    (at, tom)
}

/// An emergency that somebody reports who cannot get in; where its ticket is.
async fn reported(app: &App) -> String {
    let slug = fresh_slug();
    let pine = app.tenant_id(&slug).await;
    ask_no_search(app, pine).await;
    let report =
        json!({"organization": slug, "text": "Nobody of our office gets in.", "email": MIA});
    let taken = app.nobody().post("/v1/emergency-reports", report).await.is(202);
    tick(app);
    format!("/v1/tickets/{}", taken.text("/reference"))
}

/// Lets a second pass, so that what happens next is newer than what was there.
fn tick(app: &App) {
    app.clock.advance(SignedDuration::from_secs(1));
}

/// The facts of every message of a kind, oldest first.
fn facts(app: &App, kind: &str) -> Vec<Value> {
    let sql = format!(
        "SELECT CAST(facts AS text) FROM notifications WHERE kind = '{kind}' ORDER BY created_at, id"
    );
    app.burglar().texts(&sql).iter().map(|facts| serde_json::from_str(facts).unwrap()).collect()
}

on_both! {
    async fn a_reason_and_what_was_tried_go_to_the_second_tier(app) {
        let (at, sue, tom) = taken(&app, tenant(&app).await).await;
        let escalate = format!("{at}/escalate");
        for (body, missing) in [
            (json!({"reason": "It stays so."}), "#/tried"),
            (json!({"tried": "Another browser."}), "#/reason"),
        ] {
            tom.post(&escalate, body).await.is(422).at(&[missing]);
        }
        tom.post(&escalate, json!({"text": "It stays so."})).await.is(422);
        let long = json!({"reason": "x ".repeat(9_000), "tried": "y ".repeat(9_000)});
        tom.post(&escalate, long).await.is(422).at(&["#/tried"]);
        assert_eq!(tom.get(&at).await.is(200).body["tier"], 1);
        let both = json!({"reason": "It stays so.", "tried": "Asked whether Maria Gonzalez sees it, and tried another browser."});
        tom.post(&escalate, both).await.is(200);
        let tia = app.someone(Role::TierTwo, None).await;
        let seen = tia.get(&at).await.is(200);
        assert_eq!((&seen.body["tier"], &seen.body["state"]), (&json!(2), &json!("open")));
        let entry = &seen.body["entries"][0];
        let text = entry["text"].as_str().unwrap();
        assert!(text.starts_with("It stays so.\n\nTried: Asked whether "), "{text}");
        assert!(text.contains("tried another browser") && !text.contains("Gonzalez"), "{text}");
        assert_eq!((&entry["transition"], &entry["is_internal"]), (&json!("escalate"), &json!(true)));
        assert!(!sue.get(&at).await.is(200).raw.contains("another browser"));
    }

    async fn an_emergency_that_is_none_is_answered_with_whom_to_turn_to(app) {
        let at = reported(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let text = json!({"text": "It is none: everybody else gets in."});
        let closed = tom.post(&format!("{at}/decline-emergency"), text).await.is(200);
        assert_eq!(
            (&closed.body["state"], &closed.body["resolution"]),
            (&json!("closed"), &json!("emergency_declined"))
        );
        let entry = &closed.body["entries"][0];
        assert_eq!((&entry["transition"], &entry["is_internal"]), (&json!("decline_emergency"), &json!(false)));
        assert_eq!(entry["text"], "It is none: everybody else gets in.");
        assert_eq!(app.letters_of("ticket_referred", MIA), 1);
        let told = facts(&app, "ticket_referred").remove(0);
        assert_eq!(told["say"], "It is none: everybody else gets in.");
        assert_eq!(told["contacts"][0]["label"], "Front office", "{told}");
        let late = json!({"text": "It is one."});
        tom.post(&format!("{at}/confirm-emergency"), late).await.is(409).is_refused("ticket.not_in_state");
    }

    async fn an_emergency_is_confirmed_once_and_says_how(app) {
        let at = reported(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        assert_eq!(tom.get(&at).await.is(200).body["is_confirmed_emergency"], false);
        let how = json!({"text": "Called the office at the number on file: nobody gets in."});
        let confirm = format!("{at}/confirm-emergency");
        let open = tom.post(&confirm, how.clone()).await.is(200);
        assert_eq!(
            (&open.body["state"], &open.body["is_confirmed_emergency"]),
            (&json!("open"), &json!(true))
        );
        let entry = &open.body["entries"][0];
        assert_eq!((&entry["transition"], &entry["is_internal"]), (&json!("confirm_emergency"), &json!(true)));
        tom.post(&confirm, how.clone()).await.is(409).is_refused("ticket.not_emergency");
        let (at, _, tom) = taken(&app, tenant(&app).await).await;
        for verb in ["confirm-emergency", "decline-emergency"] {
            let refused = tom.post(&format!("{at}/{verb}"), how.clone()).await;
            refused.is(409).is_refused("ticket.not_emergency");
        }
    }

    async fn an_agent_refers_a_family_and_its_organisation_learns_of_it(app) {
        let pine = tenant(&app).await;
        let (at, tom) = called(&app, pine).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        sue.get(&at).await.is(404);
        let away = json!({"request_type": "health.lockout.unlock"});
        let closed = tom.post(&format!("{at}/refer"), away).await.is(200);
        for (field, value) in [
            ("state", json!("closed")), ("resolution", json!("referred")), ("outcome", json!("refer_to_organization")),
            ("request_type", json!("health.lockout.unlock")), ("organization_takes_part", json!(true)),
        ] {
            assert_eq!(closed.body[field], value, "{field}");
        }
        let entry = &closed.body["entries"][0];
        assert_eq!((&entry["transition"], &entry["is_internal"]), (&json!("refer"), &json!(false)));
        assert!(entry["text"].as_str().unwrap().contains("organisation"), "{}", closed.raw);
        assert_eq!(app.letters_of("ticket_referred", GIL), 1);
        let told = facts(&app, "ticket_referred").remove(0);
        assert_eq!((&told["say"], &told["contacts"][0]["label"]), (&entry["text"], &json!("Front office")));
        let told = facts(&app, "organization_told");
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((&told[0]["change"], &told[0]["is_copied"]), (&json!("referred"), &json!(true)));
        assert_eq!(sue.get(&at).await.is(200).body["entries"][0]["contacts"][0]["label"], "Front office");
    }

    async fn the_organisation_and_the_requester_are_told_of_a_hand_over(app) {
        let pine = tenant(&app).await;
        let (at, tom) = called(&app, pine).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        sue.get(&at).await.is(404);
        let asked = json!({"text": "Is child K-20431 enrolled?"});
        let handed = tom.post(&format!("{at}/hand-to-organization"), asked).await.is(200);
        assert_eq!(
            (&handed.body["state"], &handed.body["organization_takes_part"]),
            (&json!("waiting_on_organization"), &json!(true))
        );
        assert_eq!(handed.body["entries"][0]["is_internal"], false);
        let told = facts(&app, "organization_told");
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["change"], "handed");
        assert_eq!(app.letters_of("ticket_answered", GIL), 1);
        assert_eq!(sue.get(&at).await.is(200).body["entries"][0]["text"], "Is child K-20431 enrolled?");
    }

    async fn a_hand_over_is_the_first_answer(app) {
        let (at, _, tom) = taken(&app, tenant(&app).await).await;
        app.clock.advance(HOUR * 53); // to Monday at nine in New York, an hour before the answer is due
        let tom = app.another_session_of(&tom).await;
        let asked = json!({"text": "Is child K-20431 enrolled?"});
        tom.post(&format!("{at}/hand-to-organization"), asked).await.is(200);
        tom.post(&format!("{at}/organization-answered"), json!({"text": "It is."})).await.is(200);
        app.clock.advance(HOUR * 2);
        ticket_clock::round(&app.house).await.unwrap();
        let tom = app.another_session_of(&tom).await;
        assert_eq!(tom.get(&at).await.is(200).body["breached_targets"], json!([]));
        assert_eq!(app.count("notifications WHERE kind = 'target_missed'"), 0);
    }

    async fn a_ticket_is_given_to_an_agent_and_goes_on_to_another_with_a_reason(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let at = format!("/v1/tickets/{}", sue.post("/v1/tickets", error_report()).await.is(201).text("/id"));
        let (tom, tim) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierOne, None).await);
        let tia = app.someone(Role::TierTwo, None).await;
        let assign = format!("{at}/assign");
        for unfit in [&tia, &sue] {
            let to = json!({"agent_id": unfit.account});
            tom.post(&assign, to).await.is(422).is_refused("ticket.assignee_unfit");
        }
        tick(&app);
        let given = tom.post(&assign, json!({"agent_id": tim.account})).await.is(200);
        assert_eq!((&given.body["state"], &given.body["assignee_id"]), (&json!("open"), &json!(tim.account)));
        assert_eq!(given.body["entries"][0]["transition"], "assign");
        for body in [json!({}), json!({"agent_id": tom.account})] {
            tom.post(&assign, body).await.is(422).at(&["#/reason"]);
        }
        assert_eq!(tim.get(&at).await.is(200).body["assignee_id"], json!(tim.account));
        tick(&app);
        let taken = tom.post(&assign, json!({"reason": "Tim is on holiday."})).await.is(200);
        assert_eq!(taken.body["assignee_id"], json!(tom.account));
        let entry = &taken.body["entries"][0];
        assert_eq!((&entry["transition"], &entry["is_internal"]), (&json!("reassign"), &json!(true)));
        assert!(taken.raw.contains("on holiday"), "{}", taken.raw);
        assert!(!sue.get(&at).await.is(200).raw.contains("on holiday"));
        tom.post(&format!("{at}/escalate"), escalation()).await.is(200);
        tia.post(&assign, json!({"agent_id": tom.account})).await.is(422).is_refused("ticket.assignee_unfit");
    }

    async fn what_turns_out_to_be_an_emergency_is_told_as_one(app) {
        let pine = tenant(&app).await;
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let (at, _, tom) = taken(&app, pine).await;
        let retype = format!("{at}/retype");
        let kind = json!({
            "request_type": "tickets.submit.emergency", "facts": {"others_locked_out": true},
            "reason": "Nobody of the office gets in."});
        let urgent = tom.post(&retype, kind).await.is(200);
        for (field, value) in [
            ("kind", json!("emergency")), ("priority", json!("urgent")), ("is_confirmed_emergency", json!(false)),
            ("request_type", json!("tickets.submit.emergency")), ("state", json!("open")),
        ] {
            assert_eq!(urgent.body[field], value, "{field}");
        }
        let to_ana = format!("site_admin.{}@people.example", ana.account.simple());
        assert_eq!(app.letters_of("organization_told", &to_ana), 1, "{:?}", app.letters());
        let told = facts(&app, "organization_told");
        assert_eq!(told.len(), 2, "the notification address, too: {told:?}");
        assert!(told.iter().all(|facts| facts["change"] == "emergency"), "{told:?}");
        // What is no emergency after all is not confirmed as one, and nobody is told.
        tom.post(&format!("{at}/confirm-emergency"), json!({"text": "Called the office."})).await.is(200);
        let back = json!({"request_type": "technical.error.report", "reason": "It is an error."});
        let ordinary = tom.post(&retype, back).await.is(200);
        assert_eq!(
            (&ordinary.body["kind"], &ordinary.body["is_confirmed_emergency"]),
            (&json!("ordinary"), &json!(false))
        );
        assert_eq!(facts(&app, "organization_told").len(), 2);
    }
}

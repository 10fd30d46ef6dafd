//! Tickets: policy decides first, what is personal is masked, and what happens is told.

use caredesk::service::Limits;
use caredesk::store::throttle::Allowance;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::db::Database;
use crate::support::families::{self, Ids, Stands};
use crate::support::scene::{Scene, fresh_slug};
use crate::support::tickets::{error_report, escalation, tenant};

/// A ticket with a request of a family that an agent takes by telephone.
fn of_family(tenant: TenantId, request_type: &str) -> Value {
    json!({
        "request_type": request_type, "subject": "A question", "text": "Please unlock the profile of child K-20431.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "name": "Gil Ferro",
            "email": "gil.ferro@mail.example"}})
}

/// A ticket of a Support User, at its first version, and the agent who has it.
async fn taken(app: &App, tenant: TenantId) -> (String, Actor<'_>, Actor<'_>) {
    let sue = app.someone(Role::SupportUser, Some(tenant)).await;
    let opened = sue.post("/v1/tickets", error_report()).await.is(201);
    let at = format!("/v1/tickets/{}", opened.text("/id"));
    let tom = app.someone(Role::TierOne, None).await;
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    (at, sue, tom)
}

/// How many messages of a kind were sent about tickets.
fn told(app: &App, kind: &str) -> usize {
    app.count(&format!("notifications WHERE kind = '{kind}'"))
}

/// Where somebody is written to.
fn address(role: &str, who: &Actor<'_>) -> String {
    format!("{role}.{}@people.example", who.account.simple())
}

/// What the messages say that send somebody elsewhere, the oldest first.
fn referrals(app: &App) -> Vec<String> {
    let facts = "SELECT CAST(facts AS text) FROM notifications WHERE kind = 'ticket_referred' ORDER BY created_at, id";
    app.burglar().texts(facts)
}

/// The steps that an answer offers.
fn offered(ticket: &Answer) -> Vec<&str> {
    let all = ticket.body["allowed_actions"].as_array().unwrap();
    let allowed = all.iter().filter(|one| one["allowed"] == true);
    allowed.map(|one| one["action"].as_str().unwrap()).collect()
}

on_both! {
    async fn a_ticket_is_opened_with_a_number_a_decision_and_an_acknowledgement(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let opened = sue.post("/v1/tickets", error_report()).await.is(201);
        assert!(opened.text("/number").starts_with("C-"), "{}", opened.raw);
        for (field, value) in [("state", "new"), ("outcome", "assist"), ("priority", "high"), ("kind", "ordinary")] {
            assert_eq!(opened.body[field], value, "{field}");
        }
        assert_eq!(opened.header("location"), format!("/v1/tickets/{}", opened.text("/id")));
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let decided = ana.get(&format!("/v1/decisions?ticket_id={}", opened.text("/id"))).await.is(200);
        assert_eq!(decided.body["data"][0]["outcome"], "assist");
        assert_eq!(told(&app, "ticket_opened"), 1);
        let entries = ana.get("/v1/audit-entries?action=ticket.open").await.is(200);
        assert_eq!(entries.body["data"][0]["target_id"], opened.text("/id"));
    }

    async fn numbers_go_up_for_the_whole_desk(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let mut last = 0;
        for tenant in [pine, oak, pine] {
            let sue = app.someone(Role::SupportUser, Some(tenant)).await;
            let number = sue.post("/v1/tickets", error_report()).await.is(201).text("/number");
            let number: i64 = number.trim_start_matches("C-").parse().unwrap();
            assert!(number > last, "{number} after {last}");
            last = number;
        }
    }

    async fn a_member_is_told_whom_to_turn_to_and_the_attempt_is_kept(app) {
        let pine = tenant(&app).await;
        let oak = tenant(&app).await;
        app.someone(Role::SiteAdmin, Some(oak)).await;
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let max = app.someone(Role::Member, Some(pine)).await;
        let refused = max.post("/v1/tickets", error_report()).await.is(403).is_refused("ticket.not_yours_to_open");
        assert_eq!(refused.body["next_actions"][0], "list_support_contacts");
        let people = refused.body["people"].as_array().unwrap();
        assert_eq!(people.len(), 1, "{}", refused.raw);
        assert_eq!((&people[0]["role"], &people[0]["email"]), (&json!("site_admin"), &json!(address("site_admin", &ana))));
        // Whoever is refused something else, and whoever is nobody, is named nobody.
        let gil = app.someone(Role::Guardian, None).await;
        for refused in [gil.get("/v1/users").await.is(403), app.nobody().post("/v1/tickets", error_report()).await.is(401)] {
            assert!(refused.body.get("people").is_none(), "{}", refused.raw);
        }
        let decided = ana.get("/v1/decisions").await.is(200);
        assert_eq!(decided.body["data"][0]["outcome"], "refer_to_site_admin", "{}", decided.raw);
        assert_eq!(decided.body["data"][0]["ticket_id"], Value::Null);
    }

    async fn a_member_reports_an_emergency_on_the_portal_and_opens_nothing_else(app) {
        let pine = app.tenant_id(&fresh_slug()).await;
        let (ana, max) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::Member, Some(pine)).await);
        let mut emergency = error_report();
        emergency["request_type"] = json!("tickets.submit.emergency");
        emergency["facts"] = json!({"others_locked_out": true});
        let opened = max.post("/v1/tickets", emergency.clone()).await.is(201);
        for (field, value) in [("kind", "emergency"), ("state", "new"), ("outcome", "perform"), ("priority", "urgent")] {
            assert_eq!(opened.body[field], value, "{field}: {}", opened.raw);
        }
        assert_eq!(max.get("/v1/tickets").await.is(200).body["data"][0]["id"], opened.body["id"]);
        // Not for others, and nobody who gets in and reports neither: they are told whom to turn to.
        let mut of_others = emergency.clone();
        of_others["on_behalf_of"] = json!({
            "requester": "family", "tenant_id": pine, "channel": "phone", "email": "gil.ferro@mail.example"});
        max.post("/v1/tickets", of_others).await.is(403);
        emergency["facts"] = json!({});
        let sent_away = max.post("/v1/tickets", emergency).await.is(201);
        assert_eq!((&sent_away.body["state"], &sent_away.body["outcome"]), (&json!("closed"), &json!("refer_to_site_admin")));
        assert_eq!(sent_away.body["entries"][0]["people"][0]["role"], "site_admin", "{}", sent_away.raw);
        max.post("/v1/tickets", error_report()).await.is(403).is_refused("ticket.not_yours_to_open");
        let tickets = ana.get("/v1/tickets?view=team").await.is(200);
        assert_eq!(tickets.body["data"], json!([]), "a colleague's own");
    }

    async fn what_a_member_is_refused_is_never_logged_as_done(app) {
        let pine = tenant(&app).await;
        let (ana, max) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::Member, Some(pine)).await);
        let types = max.get("/v1/policy/request-types").await.is(200);
        let types: Vec<&str> =
            types.body["data"].as_array().unwrap().iter().map(|one| one["request_type"].as_str().unwrap()).collect();
        assert!(types.len() > 10, "{types:?}");
        for request_type in types.iter().filter(|one| **one != "tickets.submit.emergency") {
            let mut body = error_report();
            body["request_type"] = json!(request_type);
            max.post("/v1/tickets", body).await.is(403).is_refused("ticket.not_yours_to_open");
        }
        let decided = ana.get("/v1/decisions?limit=100").await.is(200);
        let decided = decided.body["data"].as_array().unwrap();
        assert!(decided.len() > 10, "{decided:?}");
        for one in decided {
            assert!(["refer_to_site_admin", "refer_to_organization", "refuse"].contains(&one["outcome"].as_str().unwrap()), "{one}");
        }
    }

    async fn whoever_logs_tickets_searches_the_help_centre_first(app) {
        let pine = app.tenant_id(&fresh_slug()).await;
        for role in [Role::SiteAdmin, Role::SupportUser] {
            let who = app.someone(role, Some(pine)).await;
            let before = app.rows();
            who.post("/v1/tickets", error_report()).await.is(422).is_refused("ticket.help_search_required");
            assert_eq!(app.rows(), before);
            let mut emergency = error_report();
            emergency["request_type"] = json!("tickets.submit.emergency");
            emergency["facts"] = json!({"others_locked_out": true});
            who.post("/v1/tickets", emergency).await.is(201);
        }
    }

    async fn what_the_desk_must_not_do_is_answered_and_closed_in_one_step(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let opened = tom.post("/v1/tickets", of_family(pine, "health.lockout.unlock")).await.is(201);
        for (field, value) in [("state", "closed"), ("resolution", "referred"), ("outcome", "refer_to_organization")] {
            assert_eq!(opened.body[field], value, "{field}");
        }
        assert_eq!(opened.body["entries"][0]["transition"], "refer");
        assert_eq!(opened.body["entries"][0]["author_kind"], "system");
        assert_eq!(opened.body["organization_takes_part"], true);
        assert_eq!(told(&app, "ticket_referred"), 1);
        assert_eq!(told(&app, "organization_told"), 1);
        // The organisation takes part, and so its team sees it.
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let team = sue.get("/v1/tickets?view=team").await.is(200);
        assert_eq!(team.body["data"][0]["id"], opened.text("/id"));
        let seen = sue.get(&format!("/v1/tickets/{}", opened.text("/id"))).await.is(200);
        assert_eq!(seen.body["entries"][0]["contacts"][0]["label"], "Front office");
    }

    async fn whoever_is_sent_to_their_own_people_is_told_who_they_are(app) {
        let pine = tenant(&app).await;
        let (ana, sue) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::SupportUser, Some(pine)).await);
        let (max, tom) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let (of_ana, of_sue) = (address("site_admin", &ana), address("support_user", &sue));
        let mut body = of_family(pine, "policy.decision");
        body["on_behalf_of"] = json!({
            "requester": "org_staff", "tenant_id": pine, "channel": "phone", "account_id": max.account});
        let opened = tom.post("/v1/tickets", body).await.is(201);
        assert_eq!(opened.body["outcome"], "refer_to_site_admin", "{}", opened.raw);
        let at = opened.header("location");
        let answer = max.get(&at).await.is(200).body["entries"][0].clone();
        let people = answer["people"].as_array().unwrap();
        let people: Vec<(&Value, &Value)> = people.iter().map(|one| (&one["role"], &one["email"])).collect();
        assert_eq!(people, [(&json!("site_admin"), &json!(of_ana)), (&json!("support_user"), &json!(of_sue))]);
        assert_eq!(answer["contacts"], json!([]));
        let said = referrals(&app);
        assert!(said[0].contains(&of_ana) && said[0].contains(&of_sue), "{said:?}");
        // The desk has them where it looks after the organisation.
        for agent in [&tom, &app.someone(Role::TierTwo, None).await] {
            let seen = agent.get(&at).await.is(200);
            assert!(!seen.raw.contains(&of_ana), "{}", seen.raw);
            assert_eq!(seen.body["entries"][0]["people"], json!([]));
        }
    }

    async fn names_of_staff_are_told_to_no_stranger(app) {
        let pine = tenant(&app).await;
        let (ana, tom) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let mut body = of_family(pine, "policy.decision");
        body["on_behalf_of"]["requester"] = json!("org_staff"); // says who is on the telephone
        let opened = tom.post("/v1/tickets", body).await.is(201);
        assert_eq!(opened.body["outcome"], "refer_to_site_admin", "{}", opened.raw);
        let said = referrals(&app);
        assert!(said[0].contains("Front office") && !said[0].contains(&address("site_admin", &ana)), "{said:?}");
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let seen = sue.get(&opened.header("location")).await.is(200);
        assert_eq!(seen.body["entries"][0]["people"], json!([]), "{}", seen.raw);
        assert_eq!(seen.body["entries"][0]["contacts"][0]["label"], "Front office");
    }

    async fn an_emergency_that_is_none_is_answered_with_the_people_to_turn_to(app) {
        let slug = fresh_slug();
        let pine = app.tenant_id(&slug).await;
        let (ana, sue) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::SupportUser, Some(pine)).await);
        let tom = app.someone(Role::TierOne, None).await;
        let mut emergency = error_report();
        emergency["request_type"] = json!("tickets.submit.emergency");
        emergency["facts"] = json!({"others_locked_out": true});
        let own = sue.post("/v1/tickets", emergency).await.is(201).header("location");
        let report = json!({"organization": slug, "text": "Nobody gets in since eight.", "email": "mia@office.example"});
        let taken = app.nobody().post("/v1/emergency-reports", report).await.is(202);
        let strangers = format!("/v1/tickets/{}", taken.text("/reference"));
        for at in [&own, &strangers] {
            let none = json!({"text": "One password was forgotten."});
            tom.post(&format!("{at}/decline-emergency"), none).await.is(200);
        }
        let answer = sue.get(&own).await.is(200).body["entries"][0].clone();
        assert_eq!(answer["people"][0]["email"], json!(address("site_admin", &ana)), "{answer}");
        let said = referrals(&app);
        assert!(said[0].contains(&address("site_admin", &ana)), "{said:?}");
        assert!(said[1].contains("Front office") && !said[1].contains("people.example"), "{said:?}");
    }

    async fn somebody_who_is_not_known_waits_for_a_proof(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let opened = tom.post("/v1/tickets", of_family(pine, "identity.verify")).await.is(201);
        assert_eq!((&opened.body["state"], &opened.body["outcome"]), (&json!("new"), &json!("verify_first")));
        assert_eq!(opened.body["verification"], "none");
    }

    async fn agents_open_tickets_for_callers_only(app) {
        let tom = app.someone(Role::TierOne, None).await;
        tom.post("/v1/tickets", error_report()).await.is(422).is_refused("ticket.caller_required");
        let pine = tenant(&app).await;
        for by_oneself in ["portal", "form"] {
            let mut body = of_family(pine, "technical.error.report");
            body["on_behalf_of"]["channel"] = json!(by_oneself);
            tom.post("/v1/tickets", body).await.is(422).at(&["#/on_behalf_of/channel"]);
        }
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        sue.post("/v1/tickets", of_family(pine, "technical.error.report")).await.is(403);
    }

    async fn a_family_opens_a_ticket_about_an_organisation_of_its_own(app) {
        let scene = Scene::set(&app).await;
        let gil = app.someone(Role::Guardian, None).await;
        gil.post("/v1/tickets", error_report()).await.is(422).at(&["#/tenant_id"]);
        let open = crate::support::operations::all().iter().find(|one| one.id == "open_ticket").unwrap();
        scene.prepare(open, &gil).await;
        let opened = gil.post("/v1/tickets", error_report()).await.is(201);
        assert_eq!(opened.body["tenant_id"], scene.tenant.to_string());
        assert_eq!(gil.get("/v1/tickets").await.is(200).body["data"][0]["id"], opened.text("/id"));
        let sue = scene.someone(Role::SupportUser).await;
        sue.get(&format!("/v1/tickets/{}", opened.text("/id"))).await.is(404);
        // Nor does the log, or the audit, tell its organisation what it asked the desk.
        let tom = app.someone(Role::TierOne, None).await;
        let at = format!("/v1/tickets/{}", opened.text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let ana = scene.someone(Role::SiteAdmin).await;
        let decided = format!("/v1/decisions?ticket_id={}", opened.text("/id"));
        assert_eq!(ana.get(&decided).await.is(200).body["data"], json!([]));
        let entries = format!("/v1/audit-entries?target_id={}", opened.text("/id"));
        assert_eq!(ana.get(&entries).await.is(200).body["data"], json!([]));
        let admin = app.platform_admin().await;
        assert_eq!(admin.get(&decided).await.is(200).body["data"].as_array().unwrap().len(), 1);
        assert_eq!(admin.get(&entries).await.is(200).body["data"].as_array().unwrap().len(), 2);
    }

    async fn a_family_of_several_organisations_says_which_one_it_means(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let gil = app.someone(Role::Guardian, None).await;
        let ids = [Ids::fresh(), Ids::fresh(), Ids::fresh()];
        for (tenant, ids) in [pine, oak, oak].into_iter().zip(ids) {
            families::keep(&app, tenant, ids, Stands::Linked(gil.account)).await;
        }
        let before = app.rows();
        gil.post("/v1/tickets", error_report()).await.is(422).at(&["#/tenant_id"]);
        assert_eq!(app.rows(), before);
        let about = |field: &str, value: Value| {
            let mut body = error_report();
            body[field] = value;
            body
        };
        let older = gil.post("/v1/tickets", about("tenant_id", json!(pine))).await.is(201);
        assert_eq!(older.body["tenant_id"], json!(pine));
        let named = about("application_id", json!(ids[0].application));
        assert_eq!(gil.post("/v1/tickets", named).await.is(201).body["tenant_id"], json!(pine));
        let elm = tenant(&app).await;
        gil.post("/v1/tickets", about("tenant_id", json!(elm))).await.is(422).at(&["#/tenant_id"]);
        // Two applications with one organisation are no question.
        let mia = app.someone(Role::Guardian, None).await;
        for ids in [Ids::fresh(), Ids::fresh()] {
            families::keep(&app, oak, ids, Stands::Linked(mia.account)).await;
        }
        assert_eq!(mia.post("/v1/tickets", error_report()).await.is(201).body["tenant_id"], json!(oak));
    }

    async fn an_emergency_is_taken_without_a_session_and_tells_nothing(app) {
        let slug = fresh_slug();
        let pine = app.tenant_id(&slug).await;
        app.someone(Role::SiteAdmin, Some(pine)).await;
        let report = |slug: &str| json!({
            "organization": slug, "text": "Nobody of our office gets in since eight.", "email": "mia@office.example"});
        let taken = app.nobody().post("/v1/emergency-reports", report(&slug)).await.is(202);
        let nothing = app.nobody().post("/v1/emergency-reports", report("nowhere")).await.is(202);
        assert_eq!(taken.body.as_object().unwrap().len(), nothing.body.as_object().unwrap().len());
        let tom = app.someone(Role::TierOne, None).await;
        let queue = tom.get("/v1/tickets?view=unassigned").await.is(200);
        let all = queue.body["data"].as_array().unwrap();
        assert_eq!(all.len(), 1, "{}", queue.raw);
        assert_eq!((&all[0]["kind"], &all[0]["priority"]), (&json!("emergency"), &json!("urgent")));
        assert_eq!(all[0]["id"], taken.body["reference"]);
        assert_eq!(told(&app, "ticket_opened"), 1);
        // The notification address, and each Site Admin: two by now, one of them there at the report.
        assert_eq!(told(&app, "organization_told"), 2);
    }

    async fn what_is_personal_is_masked_and_its_author_is_told(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let mut body = error_report();
        body["text"] = json!("My colleague Maria Gonzalez cannot open the page, call her at +1 555 010 0200.");
        body["subject"] = json!("Maria Gonzalez sees a white page");
        let opened = sue.post("/v1/tickets", body).await.is(201);
        let entry = &opened.body["entries"][0];
        assert!(entry["text"].as_str().unwrap().contains("Maria Gonzalez"), "{}", opened.raw);
        let told = |label: &str| entry["hints"].as_array().unwrap().iter().find(|hint| hint["label"] == label).cloned().unwrap();
        let name = told("PERSON_NAME");
        assert_eq!((&name["is_masked"], &name["instead"]), (&json!(true), &json!("child_class_or_user_id")), "{}", opened.raw);
        assert_eq!(told("PHONE")["instead"], "nothing", "{}", opened.raw);
        let at = format!("/v1/tickets/{}", opened.text("/id"));
        for agent in [Role::TierOne, Role::TierTwo] {
            let agent = app.someone(agent, None).await;
            for seen in [agent.get(&at).await.is(200), agent.get("/v1/tickets").await.is(200)] {
                assert!(!seen.raw.contains("Gonzalez") && !seen.raw.contains("010 0200"), "{}", seen.raw);
            }
        }
        let ana = app.someone(Role::Member, Some(pine)).await;
        ana.get(&at).await.is(404);
        // A later message by its first name alone is masked, too.
        let tom = app.someone(Role::TierOne, None).await;
        sue.post(&format!("{at}/reply"), json!({"text": "Gonzalez tried it again."})).await.is(200);
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("Gonzalez"), "{}", seen.raw);
        let bound = sue.get(&at).await.is(200);
        assert!(bound.raw.contains("Gonzalez tried it again"), "{}", bound.raw);
    }

    async fn what_a_later_message_tells_is_masked_in_the_earlier_ones(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let mut body = error_report();
        body["subject"] = json!("The forms of Xylandra");
        body["text"] = json!("The forms of Xylandra are gone. My number is 702-555");
        let at = format!("/v1/tickets/{}", sue.post("/v1/tickets", body).await.is(201).text("/id"));
        let tom = app.someone(Role::TierOne, None).await;
        assert!(tom.get(&at).await.is(200).raw.contains("Xylandra"));
        let more = json!({"text": "0171, my daughter Xylandra Quoss has child id K-20431."});
        sue.post(&format!("{at}/reply"), more).await.is(200);
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("Xylandra") && !seen.raw.contains("702-555"), "{}", seen.raw);
        let own = sue.get(&at).await.is(200);
        assert_eq!(own.body["subject"], "The forms of Xylandra");
        assert!(own.raw.contains("My number is 702-555"), "{}", own.raw);
    }

    async fn what_is_masked_anew_takes_one_statement_for_all_of_it(app) {
        let pine = tenant(&app).await;
        let (at, sue, tom) = taken(&app, pine).await;
        for text in ["The forms of Xylandra are gone.", "The forms of Xylandra are gone. Error E-4410 comes up.", "A page stays white."] {
            sue.post(&format!("{at}/reply"), json!({"text": text})).await.is(200);
        }
        let more = json!({"text": "My daughter Xylandra Quoss has child id K-20431."});
        let (answer, sent) = app.statements_of(sue.post(&format!("{at}/reply"), more)).await;
        answer.is(200);
        let updates = sent.iter().filter(|sql| sql.starts_with("UPDATE") && sql.contains("ticket_entries"));
        assert_eq!(updates.count(), 1, "{sent:#?}");
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("Xylandra"), "{}", seen.raw);
        for kept in ["The forms of [NAME-", "Error E-4410 comes up.", "A page stays white."] {
            assert!(seen.raw.contains(kept), "{kept}: {}", seen.raw);
        }
        let own = sue.get(&at).await.is(200);
        for kept in ["The forms of Xylandra are gone.", "The forms of Xylandra are gone. Error E-4410 comes up."] {
            assert!(own.raw.contains(kept), "{kept}: {}", own.raw);
        }
    }

    async fn a_card_number_that_is_broken_over_subject_and_messages_is_kept_nowhere(app) {
        let pine = tenant(&app).await;
        for (subject, text, replies) in [
            ("It is 4916 3385", "0608 2832 I think.", vec![]),
            ("The card is refused", "It is 4916 3385", vec!["0608 2832 I think."]),
            ("It is 4916", "3385 0608", vec!["2832 I think."]),
            ("The card is refused", "It is 4916", vec!["33\u{200b}85 06\u{2060}08", "2832 I think."]),
            ("The card is refused", "It is 49l6", vec!["33\u{ff18}5 O608", "2832 I think."]),
        ] {
            let sue = app.someone(Role::SupportUser, Some(pine)).await;
            let mut body = error_report();
            (body["subject"], body["text"]) = (json!(subject), json!(text));
            let at = format!("/v1/tickets/{}", sue.post("/v1/tickets", body).await.is(201).text("/id"));
            for text in replies {
                sue.post(&format!("{at}/reply"), json!({"text": text})).await.is(200);
            }
            let tom = app.someone(Role::TierOne, None).await;
            // Nor does its author read it again: card numbers are dropped, not sealed.
            for seen in [tom.get(&at).await.is(200), sue.get(&at).await.is(200)] {
                let entries = seen.body["entries"].as_array().unwrap();
                let said = entries.iter().filter_map(|entry| entry["text"].as_str());
                let said: Vec<&str> = said.chain(seen.body["subject"].as_str()).collect();
                let said = said.join("|");
                for piece in ["49", "33", "85", "06", "28"] {
                    assert!(!said.contains(piece), "{piece}: {said}");
                }
                assert!(said.contains("It is [CARD-1]") && said.contains("[CARD-1] I think."), "{said}");
            }
        }
    }

    async fn a_name_that_is_on_record_is_masked_wherever_it_stands(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut body = of_family(pine, "technical.error.report");
        body["on_behalf_of"]["name"] = json!("Xylandra Quoss");
        body["text"] = json!("The forms of xylandra are gone.");
        let at = format!("/v1/tickets/{}", tom.post("/v1/tickets", body).await.is(201).text("/id"));
        let seen = app.someone(Role::TierOne, None).await.get(&at).await.is(200);
        assert!(!seen.raw.to_lowercase().contains("xylandra"), "{}", seen.raw);
    }

    async fn a_type_that_the_desk_does_not_know_is_refused_and_not_kept(app) {
        let pine = tenant(&app).await;
        let (at, sue, tom) = taken(&app, pine).await;
        let before = app.count("decisions");
        let mut body = error_report();
        body["request_type"] = json!("call.maria.gonzalez");
        sue.post("/v1/tickets", body.clone()).await.is(422).at(&["#/request_type"]);
        let max = app.someone(Role::Member, Some(pine)).await;
        max.post("/v1/tickets", body).await.is(403).is_refused("ticket.not_yours_to_open");
        let other = json!({"request_type": "call.maria.gonzalez"});
        tom.post(&format!("{at}/refer"), other).await.is(422).at(&["#/request_type"]);
        let other = json!({"request_type": "call.maria.gonzalez", "reason": "It is so."});
        tom.post(&format!("{at}/retype"), other).await.is(422).at(&["#/request_type"]);
        assert_eq!(app.count("decisions"), before);
    }

    async fn whoever_cannot_be_told_anything_is_not_taken(app) {
        let slug = fresh_slug();
        let pine = app.tenant_id(&slug).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut body = of_family(pine, "technical.error.report");
        body["on_behalf_of"].as_object_mut().unwrap().remove("email");
        tom.post("/v1/tickets", body.clone()).await.is(422).at(&["#/on_behalf_of/email"]);
        body["on_behalf_of"]["phone"] = json!("+15550100200");
        tom.post("/v1/tickets", body).await.is(201);
        let report = json!({"organization": slug, "text": "Nobody gets in."});
        app.nobody().post("/v1/emergency-reports", report).await.is(422).at(&["#/email"]);
    }

    async fn callers_are_judged_as_what_their_accounts_are(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let mut body = of_family(pine, "technical.error.report");
        for nobody in ["agent_tier1", "agent_tier2", "system"] {
            body["on_behalf_of"]["requester"] = json!(nobody);
            tom.post("/v1/tickets", body.clone()).await.is(422).at(&["#/on_behalf_of/requester"]);
        }
        body["on_behalf_of"]["account_id"] = json!(sue.account);
        body["on_behalf_of"]["requester"] = json!("site_admin");
        tom.post("/v1/tickets", body.clone()).await.is(422).at(&["#/on_behalf_of/requester"]);
        body["on_behalf_of"]["requester"] = json!("support_user");
        tom.post("/v1/tickets", body).await.is(201);
    }

    async fn a_ticket_is_opened_for_every_caller_that_the_document_offers(app) {
        let document = app.nobody().get("/openapi.json").await.is(200);
        let words = |schema: &str| {
            let words = document.body["components"]["schemas"][schema]["enum"].as_array().unwrap();
            words.iter().map(|word| word.as_str().unwrap().to_owned()).collect::<Vec<String>>()
        };
        let (kinds, channels) = (words("CallerKind"), words("CallerChannel"));
        assert!(!kinds.is_empty() && !channels.is_empty());
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let pairs = kinds.iter().map(|kind| (kind.as_str(), "phone"));
        for (kind, channel) in pairs.chain(channels.iter().map(|channel| ("family", channel.as_str()))) {
            let mut body = of_family(pine, "technical.error.report");
            body["on_behalf_of"]["requester"] = json!(kind);
            body["on_behalf_of"]["channel"] = json!(channel);
            let opened = tom.post("/v1/tickets", body).await.is(201);
            assert_eq!((&opened.body["requester_kind"], &opened.body["channel"]), (&json!(kind), &json!(channel)));
        }
    }

    async fn the_first_tier_knows_people_by_number_and_role(app) {
        let pine = tenant(&app).await;
        let (at, _, tom) = taken(&app, pine).await;
        let requester = tom.get(&at).await.is(200).body["requester"].clone();
        assert_eq!((&requester["role"], &requester["name"], &requester["contact"]), (&json!("support_user"), &Value::Null, &Value::Null));
        assert!(requester["number"].as_str().unwrap().starts_with("U-"));
    }

    async fn a_question_waits_for_its_answer(app) {
        let pine = tenant(&app).await;
        let (at, sue, tom) = taken(&app, pine).await;
        let asked = tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        assert_eq!(asked.body["state"], "waiting_on_requester");
        assert_eq!(told(&app, "ticket_answered"), 1);
        let seen = sue.get(&at).await.is(200);
        assert_eq!(offered(&seen)[0], "ticket.reply", "{}", seen.raw);
        let answered = sue.post(&format!("{at}/reply"), json!({"text": "It is 160."})).await.is(200);
        assert_eq!(answered.body["state"], "open");
    }

    async fn a_reply_that_moves_nothing_leaves_the_version(app) {
        let pine = tenant(&app).await;
        let (at, sue, _) = taken(&app, pine).await;
        let before = sue.get(&at).await.is(200).body["version"].clone();
        let after = sue.post(&format!("{at}/reply"), json!({"text": "It is still so."})).await.is(200);
        assert_eq!(after.body["version"], before);
        let entries = sue.get(&format!("{at}/entries?limit=1")).await.is(200);
        assert_eq!(entries.body["data"][0]["text"], "It is still so.");
        let next = entries.text("/next_cursor");
        let rest = sue.get(&format!("{at}/entries?limit=1&cursor={next}")).await.is(200);
        assert_eq!(rest.body["data"].as_array().unwrap().len(), 1);
    }

    async fn a_resolution_is_its_text_its_message_and_its_state_at_once(app) {
        let pine = tenant(&app).await;
        let (at, sue, tom) = taken(&app, pine).await;
        let wrong = json!({"resolution": "withdrawn", "text": "Done."});
        tom.post(&format!("{at}/resolve"), wrong).await.is(422).at(&["#/resolution"]);
        let done = json!({"resolution": "solved", "text": "The page was mended."});
        let closed = tom.post(&format!("{at}/resolve"), done.clone()).await.is(200);
        assert_eq!((&closed.body["state"], &closed.body["resolution"]), (&json!("closed"), &json!("solved")));
        assert_eq!(told(&app, "ticket_resolved"), 1);
        tom.post(&format!("{at}/resolve"), done).await.is(409).is_refused("ticket.not_in_state");
        assert_eq!(told(&app, "ticket_resolved"), 1);
        let open = sue.post(&format!("{at}/reopen"), json!({"text": "It is white again."})).await.is(200);
        assert_eq!((&open.body["state"], &open.body["resolution"]), (&json!("open"), &Value::Null));
        app.clock.advance(jiff::SignedDuration::from_secs(1));
        tom.post(&format!("{at}/resolve"), json!({"resolution": "solved", "text": "Mended."})).await.is(200);
        app.clock.advance(jiff::SignedDuration::from_hours(14 * 24));
        let sue = app.another_session_of(&sue).await;
        sue.post(&format!("{at}/reopen"), json!({"text": "Once more."})).await.is(409).is_refused("ticket.too_old");
    }

    async fn of_two_steps_at_once_one_is_stale(app) {
        let pine = tenant(&app).await;
        let (at, _, tom) = taken(&app, pine).await;
        let etag = tom.get(&at).await.is(200).etag();
        let take = |text: &'static str| {
            let (at, etag, tom) = (format!("{at}/ask"), etag.clone(), &tom);
            async move {
                let body = Some(json!({"text": text}));
                tom.send(Method::POST, &at, body, &[("if-match", &etag)]).await.status.as_u16()
            }
        };
        let (one, other) = tokio::join!(take("Which version?"), take("Which browser?"));
        let mut both = [one, other];
        both.sort_unstable();
        assert_eq!(both, [200, 412]);
        tom.post(&format!("{at}/ask"), json!({"text": "And now?"})).await.is(409).is_refused("ticket.not_in_state");
    }

    async fn what_is_handed_to_the_second_tier_is_there_alone(app) {
        let pine = tenant(&app).await;
        let (at, _, tom) = taken(&app, pine).await;
        let up = tom.post(&format!("{at}/escalate"), escalation()).await.is(200);
        assert_eq!((&up.body["tier"], &up.body["assignee_id"]), (&json!(2), &Value::Null));
        tom.get(&at).await.is(404);
        let tia = app.someone(Role::TierTwo, None).await;
        tia.post(&format!("{at}/assign"), json!({})).await.is(200);
        let done = json!({"resolution": "solved", "text": "Mended."});
        tia.post(&format!("{at}/resolve"), done.clone()).await.is(409).is_refused("ticket.action_required");
        tia.post(&format!("{at}/actions"), json!({"action": "worked_with_development"})).await.is(200);
        tia.post(&format!("{at}/resolve"), done).await.is(200);
    }

    async fn what_is_handed_to_an_organisation_is_answered_by_its_site_admins_too(app) {
        let pine = tenant(&app).await;
        let (at, _, tom) = taken(&app, pine).await;
        let (ana, max) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::Member, Some(pine)).await);
        ana.get(&at).await.is(404);
        assert_eq!(ana.get("/v1/tickets?view=team").await.is(200).body["data"], json!([]));
        tom.post(&format!("{at}/hand-to-organization"), json!({"text": "Is the child enrolled?"})).await.is(200);
        let seen = ana.get(&at).await.is(200);
        assert!(offered(&seen).contains(&"ticket.organization_answered"), "{}", seen.raw);
        let team = ana.get("/v1/tickets?view=team").await.is(200);
        assert_eq!(team.body["data"][0]["id"], seen.body["id"]);
        let answer = json!({"text": "It is enrolled."});
        let open = ana.post(&format!("{at}/organization-answered"), answer).await.is(200);
        assert_eq!(open.body["state"], "open");
        max.get(&at).await.is(404);
        let other = tenant(&app).await;
        app.someone(Role::SiteAdmin, Some(other)).await.get(&at).await.is(404);
    }

    async fn what_a_caller_says_to_an_agent_is_written_down_as_their_word(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let called = tom.post("/v1/tickets", of_family(pine, "technical.error.report")).await.is(201);
        let at = format!("/v1/tickets/{}", called.text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        let before = told(&app, "ticket_answered");
        let word = json!({"text": "It is 160, says Gil Ferro.", "on_behalf_of_caller": true});
        let open = tom.post(&format!("{at}/reply"), word.clone()).await.is(200);
        assert_eq!(open.body["state"], "open");
        let entry = &open.body["entries"][0];
        assert_eq!((&entry["author_kind"], &entry["transition"]), (&json!("caller"), &json!("reply")));
        assert_eq!(entry["author"]["account_id"], Value::Null);
        assert!(!entry["text"].as_str().unwrap().contains("Ferro"), "{}", open.raw);
        assert_eq!(told(&app, "ticket_answered"), before, "nobody is told what they said themselves");
        let manager = app.someone(Role::DeskManager, None).await;
        let query = format!("/v1/audit-entries?action=ticket.reply_for_caller&target_id={}", called.text("/id"));
        let kept = manager.get(&query).await.is(200);
        assert_eq!(kept.body["data"][0]["actor_id"], tom.account.to_string());
        let canned = json!({"canned_reply_id": pine, "on_behalf_of_caller": true});
        tom.post(&format!("{at}/reply"), canned).await.is(422).at(&["#/canned_reply_id"]);
        // Who uses the portal speaks there.
        let (at, sue, tom) = taken(&app, pine).await;
        tom.post(&format!("{at}/reply"), word.clone()).await.is(403).is_refused("ticket.not_yours");
        sue.post(&format!("{at}/reply"), word).await.is(403).is_refused("action.not_permitted");
    }

    async fn notes_and_reasons_are_the_desks_alone(app) {
        let pine = tenant(&app).await;
        let (at, sue, tom) = taken(&app, pine).await;
        tom.post(&format!("{at}/notes"), json!({"text": "The same as last week."})).await.is(200);
        let up = json!({"priority": "urgent", "reason": "The camp begins tomorrow."});
        tom.post(&format!("{at}/reprioritise"), up).await.is(200);
        let seen = sue.get(&at).await.is(200);
        assert!(!seen.raw.contains("last week") && !seen.raw.contains("tomorrow"), "{}", seen.raw);
        assert!(tom.get(&at).await.is(200).raw.contains("last week"));
        let manager = app.someone(Role::DeskManager, None).await;
        let queue = manager.get(&at).await.is(200);
        assert_eq!((&queue.body["subject"], &queue.body["priority"]), (&Value::Null, &json!("urgent")));
        assert!(!queue.raw.contains("white"), "{}", queue.raw);
    }

    async fn a_ticket_that_is_merged_takes_its_people_along(app) {
        let pine = tenant(&app).await;
        let (first, _, tom) = taken(&app, pine).await;
        let (second, sam, tim) = taken(&app, pine).await;
        let into = first.rsplit('/').next().unwrap();
        let closed = tim.post(&format!("{second}/merge"), json!({"into_ticket_id": into})).await.is(200);
        assert_eq!(closed.body["resolution"], "duplicate");
        let cc = sam.get("/v1/tickets?view=cc").await.is(200);
        assert_eq!(cc.body["data"][0]["id"], into);
        let own = second.rsplit('/').next().unwrap();
        let back = json!({"into_ticket_id": own});
        tom.post(&format!("{first}/merge"), back).await.is(409).is_refused("ticket.merge_target");
        let _ = tom.post(&format!("{first}/reply"), json!({"text": "It is mended."})).await.is(200);
        assert_eq!(told(&app, "ticket_answered"), 2);
    }

    async fn a_callers_ticket_and_one_of_an_account_are_not_merged(app) {
        let pine = tenant(&app).await;
        let (first, _, tom) = taken(&app, pine).await;
        let family = tom.post("/v1/tickets", of_family(pine, "technical.error.report")).await.is(201);
        let at = format!("/v1/tickets/{}", family.text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let own = first.rsplit('/').next().unwrap();
        for (from, into) in [(&at, own), (&first, family.text("/id").as_str())] {
            let into = json!({"into_ticket_id": into});
            tom.post(&format!("{from}/merge"), into).await.is(409).is_refused("ticket.merge_target");
        }
    }

    async fn a_family_that_phones_twice_has_one_ticket_in_the_end(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let tom = app.someone(Role::TierOne, None).await;
        let call = |tenant| {
            let tom = &tom;
            async move {
                let opened = tom.post("/v1/tickets", of_family(tenant, "technical.error.report")).await.is(201);
                let at = opened.header("location");
                tom.post(&format!("{at}/assign"), json!({})).await.is(200);
                (at, opened.text("/id"))
            }
        };
        let ((first, into), (second, _), (third, _)) = (call(pine).await, call(pine).await, call(pine).await);
        let (others, _) = call(oak).await;
        let target = json!({"into_ticket_id": into});
        tom.post(&format!("{others}/merge"), target.clone()).await.is(409).is_refused("ticket.merge_target");
        let closed = tom.post(&format!("{second}/merge"), target.clone()).await.is(200);
        assert_eq!((&closed.body["state"], &closed.body["resolution"]), (&json!("closed"), &json!("duplicate")));
        assert_eq!(closed.body["links"][0]["ticket_id"], into);
        assert_eq!((app.count("ticket_watchers"), told(&app, "ticket_watched")), (0, 0));
        // What the organisation takes part in does not go on where it does not: it would read the other one by it.
        tom.post(&format!("{third}/hand-to-organization"), json!({"text": "Is the child enrolled?"})).await.is(200);
        tom.post(&format!("{third}/merge"), target).await.is(409).is_refused("ticket.merge_target");
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        sue.get(&first).await.is(404);
        // The other way round it reads what it read before, and not the call that ended in it.
        let into = json!({"into_ticket_id": third.rsplit('/').next().unwrap()});
        tom.post(&format!("{first}/merge"), into).await.is(200);
        sue.get(&first).await.is(404);
        assert_eq!(sue.get(&third).await.is(200).body["links"], json!([]));
    }

    async fn an_emergency_that_is_reported_three_times_is_one(app) {
        let slug = fresh_slug();
        app.tenant_id(&slug).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut reports = Vec::new();
        for wing in ["north", "south", "east"] {
            let report = json!({
                "organization": slug, "text": format!("Nobody of the {wing} wing gets in."), "email": format!("{wing}@office.example")});
            let taken = app.nobody().post("/v1/emergency-reports", report).await.is(202);
            let at = format!("/v1/tickets/{}", taken.text("/reference"));
            tom.post(&format!("{at}/assign"), json!({})).await.is(200);
            reports.push((at, taken.text("/reference")));
        }
        for (at, _) in &reports[1..] {
            tom.post(&format!("{at}/merge"), json!({"into_ticket_id": reports[0].1})).await.is(200);
        }
        tom.post(&format!("{}/reply", reports[0].0), json!({"text": "We look at it."})).await.is(200);
        assert_eq!(app.letters_of("ticket_answered", "north@office.example"), 1);
        assert_eq!(told(&app, "ticket_answered"), 1, "the others learn nothing of what is said to the first");
        // The link of another one shows their own report, and nothing of the first.
        let link = app.secret_of("ticket_opened", "south@office.example");
        let seen = app.nobody().post("/v1/ticket-views", json!({"token": link})).await.is(200);
        assert!(seen.raw.contains("south wing") && !seen.raw.contains("We look") && !seen.raw.contains("north wing"), "{}", seen.raw);
        assert_eq!(seen.body["state"], "closed");
    }

    async fn a_new_type_brings_its_priority_and_none_that_ends_the_ticket(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let opened = tom.post("/v1/tickets", of_family(pine, "technical.error.report")).await.is(201);
        assert_eq!(opened.body["priority"], "high");
        let at = format!("/v1/tickets/{}", opened.text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let away = json!({"request_type": "health.lockout.unlock", "reason": "It is that."});
        tom.post(&format!("{at}/retype"), away).await.is(422).at(&["#/request_type"]);
        let other = json!({"request_type": "technical.navigation.help", "reason": "It is that."});
        let after = tom.post(&format!("{at}/retype"), other).await.is(200);
        assert_eq!((&after.body["priority"], &after.body["state"]), (&json!("normal"), &json!("open")));
    }

    async fn what_is_withdrawn_or_merged_was_not_answered_by_it(app) {
        let pine = tenant(&app).await;
        let (first, sue, _) = taken(&app, pine).await;
        let (second, _, tim) = taken(&app, pine).await;
        let into = json!({"into_ticket_id": first.rsplit('/').next().unwrap()});
        let merged = tim.post(&format!("{second}/merge"), into).await.is(200);
        assert_eq!(merged.body["first_answered_at"], Value::Null);
        let taken_back = sue.send(Method::POST, &format!("{first}/withdraw"), None, &[]).await.is(200);
        assert_eq!(taken_back.body["first_answered_at"], Value::Null);
    }

    async fn filters_and_pages_find_tickets(app) {
        let pine = tenant(&app).await;
        let (first, sue, tom) = taken(&app, pine).await;
        app.clock.advance(jiff::SignedDuration::from_secs(60));
        let second = sue.post("/v1/tickets", error_report()).await.is(201).text("/id");
        let first = first.rsplit('/').next().unwrap().to_owned();
        let ids = |answer: Answer| -> Vec<String> {
            let rows = answer.body["data"].as_array().unwrap();
            rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        for (query, found) in [
            ("state=open", vec![&first]),
            ("state=new", vec![&second]),
            ("view=unassigned", vec![&second]),
            ("view=mine", vec![&first]),
            ("view=tier1", vec![&second, &first]),
            ("view=tier2", vec![]),
            ("priority=low", vec![]),
            ("request_type=technical.error.report&priority=high", vec![&second, &first]),
        ] {
            let answer = tom.get(&format!("/v1/tickets?tenant_id={pine}&{query}")).await.is(200);
            assert_eq!(ids(answer), found.into_iter().cloned().collect::<Vec<_>>(), "{query}");
        }
        let page = sue.get("/v1/tickets?limit=1").await.is(200);
        let next = page.text("/next_cursor");
        assert_eq!(ids(page), [second]);
        assert_eq!(ids(sue.get(&format!("/v1/tickets?limit=1&cursor={next}")).await.is(200)), [first]);
        sue.get(&format!("/v1/tickets?state=open&cursor={next}")).await.is(400).is_refused("cursor.invalid");
    }
}

/// Reports from one address have to wait after a while, and so do those that are answered to one contact.
async fn who_reports_emergencies_too_often_waits(database: Database) {
    let three = Allowance { attempts: 3, window: SignedDuration::from_hours(1) };
    let two = Allowance { attempts: 2, window: SignedDuration::from_hours(1) };
    let limits =
        Limits { emergencies_per_address: three, messages_per_contact: two, ..Limits::default() };
    let app = App::with(database, limits, (1_000_000, 1_000_000)).await;
    for (email, status) in [("mia", 202), ("mia", 202), ("mia", 429), ("max", 429)] {
        let body = json!({
            "organization": "nowhere", "text": "Nobody gets in.",
            "email": format!("{email}@office.example")});
        app.nobody().post("/v1/emergency-reports", body).await.is(status);
    }
}

/// So do emergencies that a member reports on the portal.
async fn a_member_who_reports_emergencies_too_often_waits(database: Database) {
    let two = Allowance { attempts: 2, window: SignedDuration::from_hours(1) };
    let limits = Limits { messages_per_contact: two, ..Limits::default() };
    let app = App::with(database, limits, (1_000_000, 1_000_000)).await;
    let pine = tenant(&app).await;
    let max = app.someone(Role::Member, Some(pine)).await;
    let mut emergency = error_report();
    emergency["request_type"] = json!("tickets.submit.emergency");
    emergency["facts"] = json!({"suspected_break_in": true});
    for status in [201, 201, 429] {
        max.post("/v1/tickets", emergency.clone()).await.is(status);
    }
    let mia = app.someone(Role::Member, Some(pine)).await;
    mia.post("/v1/tickets", emergency).await.is(201);
}

#[actix_web::test]
async fn a_member_who_reports_emergencies_too_often_waits_on_sqlite() {
    a_member_who_reports_emergencies_too_often_waits(Database::sqlite()).await;
}

#[actix_web::test]
async fn a_member_who_reports_emergencies_too_often_waits_on_postgres() {
    a_member_who_reports_emergencies_too_often_waits(Database::postgres()).await;
}

/// Tickets of one account and its replies have to wait after a while; an agent opens more, for callers.
async fn who_opens_or_answers_too_often_waits(database: Database) {
    let hour = |attempts| Allowance { attempts, window: SignedDuration::from_hours(1) };
    let limits = Limits {
        tickets_per_account: hour(2),
        tickets_per_agent: hour(3),
        replies_per_account: hour(2),
        ..Limits::default()
    };
    let app = App::with(database, limits, (1_000_000, 1_000_000)).await;
    let pine = tenant(&app).await;
    let (sue, tom) =
        (app.someone(Role::SupportUser, Some(pine)).await, app.someone(Role::TierOne, None).await);
    let at = format!(
        "/v1/tickets/{}",
        sue.post("/v1/tickets", error_report()).await.is(201).text("/id")
    );
    let mut wrong = error_report();
    wrong["request_type"] = json!("call.maria.gonzalez");
    sue.post("/v1/tickets", wrong).await.is(422);
    sue.post("/v1/tickets", error_report()).await.is(201);
    let before = app.count("tickets");
    let late = sue.post("/v1/tickets", error_report()).await.is(429);
    assert!(!late.is_refused("throttle.too_many_requests").header("retry-after").is_empty());
    assert_eq!(app.count("tickets"), before);
    for status in [201, 201, 201, 429] {
        tom.post("/v1/tickets", of_family(pine, "technical.error.report")).await.is(status);
    }
    for status in [200, 200, 429] {
        sue.post(&format!("{at}/reply"), json!({"text": "It is still so."})).await.is(status);
    }
    app.clock.advance(SignedDuration::from_hours(1));
    let sue = app.another_session_of(&sue).await;
    sue.post(&format!("{at}/reply"), json!({"text": "It is still so."})).await.is(200);
    sue.post("/v1/tickets", error_report()).await.is(201);
}

#[actix_web::test]
async fn who_opens_or_answers_too_often_waits_on_sqlite() {
    who_opens_or_answers_too_often_waits(Database::sqlite()).await;
}

#[actix_web::test]
async fn who_opens_or_answers_too_often_waits_on_postgres() {
    who_opens_or_answers_too_often_waits(Database::postgres()).await;
}

#[actix_web::test]
async fn who_reports_emergencies_too_often_waits_on_sqlite() {
    who_reports_emergencies_too_often_waits(Database::sqlite()).await;
}

#[actix_web::test]
async fn who_reports_emergencies_too_often_waits_on_postgres() {
    who_reports_emergencies_too_often_waits(Database::postgres()).await;
}

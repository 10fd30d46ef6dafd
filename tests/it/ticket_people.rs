//! What requesters and agents can do beside the steps of a ticket: who is in copy, going on from a closed one, many
//! at once, and sharing what was learned.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::scene::Scene;
use crate::support::tickets::{error_report, escalation, tenant};

/// A ticket that an agent opens for a family on the telephone.
fn of_family(tenant: TenantId, request_type: &str) -> Value {
    json!({
        "request_type": request_type, "subject": "A question", "text": "Please look at the profile of child K-20431.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "email": "gil.ferro@mail.example"}})
}

/// Opens a ticket; where it is.
async fn opened(who: &Actor<'_>, body: Value) -> String {
    let ticket = who.post("/v1/tickets", body).await.is(201);
    format!("/v1/tickets/{}", ticket.text("/id"))
}

/// The id at the end of an address.
fn id_of(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

/// Has an agent take a ticket and resolve it.
async fn resolve(tom: &Actor<'_>, at: &str) {
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    let done = json!({"resolution": "solved", "text": "The page was mended; load it again."});
    tom.post(&format!("{at}/resolve"), done).await.is(200);
}

/// What goes on from a closed ticket.
fn again() -> Value {
    json!({"subject": "The page stays white again", "text": "Since this morning it does not load again."})
}

/// How many messages of a kind were sent.
fn told(app: &App, kind: &str) -> usize {
    app.count(&format!("notifications WHERE kind = '{kind}'"))
}

on_both! {
    async fn a_colleague_in_copy_sees_the_ticket_and_is_told(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let max = app.someone(Role::Member, Some(pine)).await;
        let at = opened(&sue, error_report()).await;
        max.get(&at).await.is(404);
        let there = sue.post(&format!("{at}/watchers"), json!({"account_id": max.account})).await.is(200);
        assert_eq!(there.body["data"][0]["account_id"], json!(max.account));
        assert_eq!(told(&app, "ticket_watched"), 1);
        max.get(&at).await.is(200);
        assert_eq!(max.get("/v1/tickets?view=cc").await.is(200).body["data"][0]["id"], id_of(&at));
        let seen = sue.get(&at).await.is(200);
        assert_eq!(seen.body["entries"][0]["added_watcher_id"], json!(max.account), "{}", seen.raw);
        // Once more changes nothing, and tells nobody.
        sue.post(&format!("{at}/watchers"), json!({"account_id": max.account})).await.is(200);
        assert_eq!(told(&app, "ticket_watched"), 1);
        assert_eq!(sue.get(&at).await.is(200).body["entries"].as_array().unwrap().len(), 2);
        // The first tier knows them by number, and names them so.
        let tom = app.someone(Role::TierOne, None).await;
        let number = tom.get(&format!("{at}/watchers")).await.is(200);
        assert_eq!(number.body["data"][0]["watcher"]["name"], Value::Null);
        let number = number.text("/data/0/watcher/number");
        tom.delete(&format!("{at}/watchers/{}", max.account)).await.is(204);
        max.get(&at).await.is(404);
        tom.post(&format!("{at}/watchers"), json!({"number": number})).await.is(200);
        max.get(&at).await.is(200);
    }

    async fn whoever_is_in_copy_takes_themselves_out_and_nobody_else(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (max, mia) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::Member, Some(pine)).await);
        let at = opened(&sue, error_report()).await;
        for who in [&max, &mia] {
            sue.post(&format!("{at}/watchers"), json!({"account_id": who.account})).await.is(200);
        }
        let others = format!("{at}/watchers/{}", mia.account);
        max.delete(&others).await.is(403).is_refused("ticket.not_yours");
        let more = json!({"account_id": sue.account});
        max.post(&format!("{at}/watchers"), more).await.is(403).is_refused("ticket.not_yours");
        max.delete(&format!("{at}/watchers/{}", max.account)).await.is(204);
        max.get(&at).await.is(404);
        sue.delete(&format!("{at}/watchers/{}", max.account)).await.is(404);
        sue.delete(&others).await.is(204);
        assert_eq!(sue.get(&format!("{at}/watchers")).await.is(200).body["data"], json!([]));
    }

    async fn only_users_of_the_organisation_who_are_in_use_are_put_in_copy(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let at = format!("{}/watchers", opened(&sue, error_report()).await);
        let tom = app.someone(Role::TierOne, None).await;
        for (role, of) in [(Role::Member, Some(oak)), (Role::Guardian, None), (Role::TierOne, None), (Role::DeskManager, None)] {
            let unfit = json!({"account_id": app.someone(role, of).await.account});
            for who in [&sue, &tom] {
                who.post(&at, unfit.clone()).await.is(422).is_refused("ticket.watcher_unfit");
            }
        }
        for nobody in [json!({"account_id": Uuid::now_v7()}), json!({"number": "U-900000"})] {
            sue.post(&at, nobody).await.is(422).is_refused("ticket.watcher_unfit");
        }
        let both = json!({"account_id": sue.account, "number": "U-000001"});
        for faulty in [both, json!({})] {
            sue.post(&at, faulty).await.is(422).at(&["#/account_id"]);
        }
        assert_eq!(app.count("ticket_watchers"), 0);
        let colleague = app.someone(Role::SupportUser, Some(pine)).await;
        let max = json!({"account_id": app.someone(Role::Member, Some(pine)).await.account});
        // The team sees the ticket; who is in copy is its requester's to say, and the desk's.
        colleague.post(&at, max).await.is(403).is_refused("ticket.not_yours");
    }

    async fn the_twenty_first_in_copy_is_one_too_many(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let at = format!("{}/watchers", opened(&sue, error_report()).await);
        for _ in 0..20 {
            let max = app.someone(Role::Member, Some(pine)).await;
            sue.post(&at, json!({"account_id": max.account})).await.is(200);
        }
        let max = app.someone(Role::Member, Some(pine)).await;
        let one_more = json!({"account_id": max.account});
        sue.post(&at, one_more).await.is(409).is_refused("ticket.too_many_watchers");
        assert_eq!(app.count("ticket_watchers"), 20);
    }

    async fn what_a_family_asks_has_nobody_in_copy(app) {
        let scene = Scene::set(&app).await;
        let gil = app.someone(Role::Guardian, None).await;
        let open = crate::support::operations::all().iter().find(|one| one.id == "open_ticket").unwrap();
        scene.prepare(open, &gil).await;
        let at = format!("{}/watchers", opened(&gil, error_report()).await);
        let max = json!({"account_id": scene.someone(Role::Member).await.account});
        gil.post(&at, max.clone()).await.is(403).is_refused("action.not_permitted");
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&at, max).await.is(422).is_refused("ticket.watcher_unfit");
        assert_eq!(app.count("ticket_watchers"), 0);
    }

    async fn a_follow_up_goes_on_where_the_closed_one_ended(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (max, tom) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let at = opened(&sue, error_report()).await;
        let early = sue.post(&format!("{at}/follow-up"), again()).await;
        early.is(409).is_refused("ticket.not_in_state");
        sue.post(&format!("{at}/watchers"), json!({"account_id": max.account})).await.is(200);
        resolve(&tom, &at).await;
        let new = sue.post(&format!("{at}/follow-up"), again()).await.is(201);
        assert_eq!((&new.body["state"], &new.body["request_type"]), (&json!("new"), &json!("technical.error.report")));
        assert_eq!(new.header("location"), format!("/v1/tickets/{}", new.text("/id")));
        assert_eq!(new.body["links"][0]["ticket_id"], id_of(&at), "{}", new.raw);
        assert_eq!(new.body["links"][0]["relation"], "follows");
        let before = sue.get(&at).await.is(200);
        assert_eq!(before.body["state"], "closed");
        assert_eq!(before.body["links"][0]["relation"], "followed_by");
        assert_eq!(before.body["links"][0]["number"], new.body["number"]);
        assert_eq!(before.body["entries"][0]["other_ticket_id"], new.body["id"]);
        assert_eq!(told(&app, "ticket_opened"), 2);
        // Whoever was in copy is so again.
        assert_eq!(max.get("/v1/tickets?view=cc").await.is(200).body["data"].as_array().unwrap().len(), 2);
    }

    async fn nobody_goes_on_from_a_ticket_of_others(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = opened(&sue, error_report()).await;
        resolve(&tom, &at).await;
        let colleague = app.someone(Role::SupportUser, Some(pine)).await;
        let stranger = app.someone(Role::SupportUser, Some(oak)).await;
        let before = app.rows();
        let here = format!("{at}/follow-up");
        colleague.post(&here, again()).await.is(403).is_refused("ticket.not_yours");
        stranger.post(&here, again()).await.is(404);
        let mut unknown = again();
        unknown["request_type"] = json!("call.maria.gonzalez");
        sue.post(&here, unknown).await.is(422).at(&["#/request_type"]);
        assert_eq!(app.rows(), before);
    }

    async fn a_copy_to_the_organisation_goes_on_through_follow_ups(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = opened(&tom, of_family(pine, "health.lockout.unlock")).await;
        assert_eq!(told(&app, "organization_told"), 1);
        let mut next = again();
        next["request_type"] = json!("technical.error.report");
        let new = tom.post(&format!("{at}/follow-up"), next).await.is(201);
        assert_eq!((&new.body["state"], &new.body["organization_takes_part"]), (&json!("new"), &json!(true)), "{}", new.raw);
        assert_eq!(told(&app, "organization_told"), 2);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        assert_eq!(sue.get("/v1/tickets?view=team").await.is(200).body["data"].as_array().unwrap().len(), 2);
    }

    async fn a_name_that_the_closed_case_has_met_is_masked_in_what_follows(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut first = error_report();
        first["text"] = json!("My daughter Xylandra Quoss has child id K-20431, her page stays white.");
        let at = opened(&sue, first).await;
        resolve(&tom, &at).await;
        let next = json!({"subject": "The forms of Xylandra", "text": "Quoss tried it again."});
        let new = sue.post(&format!("{at}/follow-up"), next).await.is(201);
        assert_eq!(new.body["subject"], "The forms of Xylandra");
        let seen = tom.get(&format!("/v1/tickets/{}", new.text("/id"))).await.is(200);
        assert!(!seen.raw.contains("Xylandra") && !seen.raw.contains("Quoss"), "{}", seen.raw);
    }

    async fn many_tickets_are_given_at_once_and_each_says_what_became_of_it(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (tom, tim) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierOne, None).await);
        let (new, closed) = (opened(&sue, error_report()).await, opened(&sue, error_report()).await);
        let (others, beyond) = (opened(&sue, error_report()).await, opened(&sue, error_report()).await);
        resolve(&tim, &closed).await;
        tim.post(&format!("{others}/assign"), json!({})).await.is(200);
        tim.post(&format!("{beyond}/escalate"), escalation()).await.is(200);
        let ids = json!([id_of(&new), id_of(&closed), id_of(&others), id_of(&beyond), Uuid::now_v7()]);
        let done = tom.post("/v1/ticket-assignments", json!({"ticket_ids": ids})).await.is(200);
        let codes: Vec<&Value> = done.body["data"].as_array().unwrap().iter().map(|row| &row["code"]).collect();
        let expected = json!([null, "ticket.not_in_state", "ticket.already_assigned", "resource.not_found", "resource.not_found"]);
        assert_eq!(json!(codes), expected, "{}", done.raw);
        let given = tom.get(&new).await.is(200);
        assert_eq!((&given.body["state"], &given.body["assignee_id"]), (&json!("open"), &json!(tom.account)));
        assert_eq!(given.body["entries"][0]["transition"], "assign");
        assert_eq!(tom.get(&others).await.is(200).body["assignee_id"], json!(tim.account));
        // With a reason it goes from hand to hand; the reason is the desk's, and masked.
        let body = json!({"ticket_ids": [id_of(&others)], "reason": "Maria Gonzalez is on holiday."});
        let done = tom.post("/v1/ticket-assignments", body).await.is(200);
        assert_eq!(done.body["data"][0]["is_done"], true, "{}", done.raw);
        let given = tom.get(&others).await.is(200);
        assert_eq!(given.body["assignee_id"], json!(tom.account));
        assert!(given.raw.contains("on holiday") && !given.raw.contains("Gonzalez"), "{}", given.raw);
        assert!(!sue.get(&others).await.is(200).raw.contains("on holiday"));
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let entries = ana.get("/v1/audit-entries?action=ticket.bulk_assign").await.is(200);
        assert_eq!(entries.body["data"].as_array().unwrap().len(), 2);
    }

    async fn many_tickets_are_named_once_each_and_given_to_agents_of_their_tier(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = opened(&sue, error_report()).await;
        let twice = json!({"ticket_ids": [id_of(&at), id_of(&at)]});
        tom.post("/v1/ticket-assignments", twice).await.is(422).at(&["#/ticket_ids/1"]);
        let none = json!({"ticket_ids": []});
        tom.post("/v1/ticket-assignments", none).await.is(422).at(&["#/ticket_ids"]);
        let to = |account: Uuid| json!({"ticket_ids": [id_of(&at)], "assignee_id": account});
        let refused = tom.post("/v1/ticket-assignments", to(sue.account)).await;
        refused.is(422).is_refused("ticket.assignee_unfit");
        let tia = app.someone(Role::TierTwo, None).await;
        let other_tier = tom.post("/v1/ticket-assignments", to(tia.account)).await.is(200);
        assert_eq!(other_tier.body["data"][0]["code"], "ticket.assignee_unfit");
        sue.post("/v1/ticket-assignments", to(tom.account)).await.is(403);
        assert_eq!(tom.get(&at).await.is(200).body["assignee_id"], Value::Null);
    }

    async fn many_tickets_take_few_statements(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut ids = Vec::new();
        for _ in 0..12 {
            ids.push(id_of(&opened(&sue, error_report()).await).to_owned());
        }
        let few = tom.post("/v1/ticket-assignments", json!({"ticket_ids": ids[..2]}));
        let (_, for_two) = app.statements_of(few).await;
        let many = tom.post("/v1/ticket-assignments", json!({"ticket_ids": ids[2..]}));
        let (answer, for_ten) = app.statements_of(many).await;
        assert!(answer.is(200).body["data"].as_array().unwrap().iter().all(|row| row["is_done"] == true));
        // The session may have been looked at anew, and no ticket by itself.
        assert!(for_ten.len() <= for_two.len() + 2, "{for_ten:#?}");
    }

    async fn what_a_family_asks_the_desk_alone_becomes_no_article_of_its_organisation(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = opened(&tom, of_family(pine, "technical.error.report")).await;
        resolve(&tom, &at).await;
        let shared = tom.send(Method::POST, &format!("{at}/share-knowledge"), None, &[]).await;
        shared.is(403).is_refused("ticket.not_yours");
        assert_eq!(app.count("articles"), 0);
    }

    async fn whoever_is_merged_in_is_told_and_whoever_was_switched_off_is_not(app) {
        let pine = tenant(&app).await;
        let (sue, sam) = (
            app.someone(Role::SupportUser, Some(pine)).await,
            app.someone(Role::SupportUser, Some(pine)).await,
        );
        let tom = app.someone(Role::TierOne, None).await;
        let (one, other) = (opened(&sue, error_report()).await, opened(&sam, error_report()).await);
        for at in [&one, &other] {
            tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        }
        tom.post(&format!("{one}/merge"), json!({"into_ticket_id": id_of(&other)})).await.is(200);
        assert_eq!(told(&app, "ticket_watched"), 1);
        tom.post(&format!("{other}/reply"), json!({"text": "We look at it."})).await.is(200);
        assert_eq!(told(&app, "ticket_answered"), 2);
        let mut burglar = app.burglar();
        let id = burglar.id(sue.account);
        burglar.run(&format!("UPDATE accounts SET status = 'inactive' WHERE id = {id}"));
        tom.post(&format!("{other}/reply"), json!({"text": "It is mended."})).await.is(200);
        assert_eq!(told(&app, "ticket_answered"), 3);
    }

    async fn a_ticket_that_turns_out_to_be_a_question_of_policy_is_marked_as_one(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = opened(&sue, error_report()).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let asked = json!({"request_type": "policy.decision", "reason": "They ask what to decide."});
        let retyped = tom.post(&format!("{at}/retype"), asked).await.is(200);
        assert_eq!(retyped.body["tags"], json!(["policy_question"]), "{}", retyped.raw);
        let back = json!({"request_type": "technical.error.report", "reason": "It is an error."});
        tom.post(&format!("{at}/retype"), back).await.is(200);
        let asked = json!({"request_type": "policy.decision", "reason": "They do ask."});
        tom.post(&format!("{at}/retype"), asked).await.is(200);
    }

    async fn an_agent_refers_by_what_the_requester_says_beside(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = opened(&tom, of_family(pine, "technical.error.report")).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let asked = |facts: Value| json!({"request_type": "notifications.resend", "facts": facts});
        let refer = format!("{at}/refer");
        tom.post(&refer, asked(json!({}))).await.is(422).at(&["#/request_type"]);
        tom.post(&refer, asked(json!({"identity_verified": true}))).await.is(422).at(&["#/facts/identity_verified"]);
        let referred = tom.post(&refer, asked(json!({"to_new_address": true}))).await.is(200);
        assert_eq!(referred.body["outcome"], "refer_to_organization", "{}", referred.raw);
    }

    async fn an_answered_ticket_becomes_a_draft_with_what_is_personal_masked(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut canary = error_report();
        canary["subject"] = json!("Maria Gonzalez sees a white page");
        canary["text"] = json!("My colleague Maria Gonzalez cannot open the page.");
        let at = opened(&sue, canary).await;
        let share = format!("{at}/share-knowledge");
        let nothing = || async { sue.send(Method::POST, &share, None, &[]).await };
        nothing().await.is(409).is_refused("ticket.not_in_state");
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/notes"), json!({"text": "The same as last week."})).await.is(200);
        tom.post(&format!("{at}/reply"), json!({"text": "Load the page again."})).await.is(200);
        // Its own author, who reads the words unmasked on the ticket.
        let draft = nothing().await.is(201);
        assert!(!draft.raw.contains("Gonzalez") && !draft.raw.contains("last week"), "{}", draft.raw);
        assert!(draft.body["body"].as_str().unwrap().contains("Load the page again."), "{}", draft.raw);
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        let article = ana.get(&draft.header("location")).await.is(200);
        for (field, value) in [("state", "draft"), ("audience", "staff")] {
            assert_eq!(article.body[field], value, "{field}");
        }
        assert!(!article.raw.contains("Gonzalez"), "{}", article.raw);
        // An agent makes one for the organisation, and has no other door to its articles.
        let made = tom.send(Method::POST, &share, None, &[]).await.is(201);
        tom.get(&made.header("location")).await.is(404);
        ana.get(&made.header("location")).await.is(200);
        let oak = tenant(&app).await;
        let stranger = app.someone(Role::SupportUser, Some(oak)).await;
        stranger.send(Method::POST, &share, None, &[]).await.is(404);
        let max = app.someone(Role::Member, Some(pine)).await;
        max.send(Method::POST, &share, None, &[]).await.is(403);
    }

    async fn details_that_help_are_asked_for_and_taken_field_by_field(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let bare = sue.post("/v1/tickets", error_report()).await.is(201);
        assert_eq!(bare.body["details"], Value::Null);
        let missing = ["error_message", "steps", "browser", "user_id", "class_id", "child_id", "account_email"];
        assert_eq!(bare.body["details_to_add"], json!(missing), "{}", bare.raw);
        let mut body = error_report();
        body["details"] = json!({
            "child_id": "K-20431", "account_email": "gil.ferro@mail.example",
            "error_message": "Hello Maria Gonzalez, error E-1042",
            "steps": "Called my colleague at +1 555 010 0200, then opened the page."});
        let told = sue.post("/v1/tickets", body).await.is(201);
        assert_eq!(told.body["details_to_add"], json!(["browser", "user_id", "class_id"]), "{}", told.raw);
        assert!(told.raw.contains("Maria Gonzalez"), "one's own words: {}", told.raw);
        let seen = tom.get(&format!("/v1/tickets/{}", told.text("/id"))).await.is(200);
        assert!(!seen.raw.contains("Gonzalez") && !seen.raw.contains("010 0200"), "{}", seen.raw);
        assert!(seen.body["details"]["error_message"].as_str().unwrap().contains("E-1042"), "{}", seen.raw);
        assert_eq!(seen.body["details"]["child_id"], "K-20431");
        assert_eq!(seen.body["details"]["account_email"], "gil.ferro@mail.example");
        let manager = app.someone(Role::DeskManager, None).await;
        let hidden = manager.get(&format!("/v1/tickets/{}", told.text("/id"))).await.is(200);
        assert_eq!(hidden.body["details"], Value::Null);
        let mut wrong = error_report();
        wrong["details"] = json!({"child_id": "Xylandra"});
        sue.post("/v1/tickets", wrong).await.is(422).at(&["#/details/child_id"]);
    }

    async fn a_name_that_a_detail_tells_is_masked_in_the_words(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut body = error_report();
        body["subject"] = json!("The forms of Xylandra");
        body["details"] = json!({"steps": "My daughter Xylandra Quoss has child id K-20431; I opened her page."});
        let told = sue.post("/v1/tickets", body).await.is(201);
        let seen = tom.get(&format!("/v1/tickets/{}", told.text("/id"))).await.is(200);
        assert!(!seen.raw.contains("Xylandra") && !seen.raw.contains("Quoss"), "{}", seen.raw);
        assert_eq!(told.body["subject"], "The forms of Xylandra");
    }

    async fn what_a_later_message_tells_is_masked_in_the_details_before_it(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut body = error_report();
        body["details"] = json!({"error_message": "Xylandra form", "browser": "Firefox 160", "child_id": "K-20431"});
        let at = sue.post("/v1/tickets", body).await.is(201).header("location");
        assert_eq!(tom.get(&at).await.is(200).body["details"]["error_message"], "Xylandra form");
        let more = json!({"text": "My daughter Xylandra Quoss has child id K-20431."});
        sue.post(&format!("{at}/reply"), more).await.is(200);
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("Xylandra"), "{}", seen.raw);
        assert!(seen.text("/details/error_message").ends_with(" form"), "{}", seen.raw);
        assert_eq!((&seen.body["details"]["browser"], &seen.body["details"]["child_id"]), (&json!("Firefox 160"), &json!("K-20431")));
        assert_eq!(sue.get(&at).await.is(200).body["details"]["error_message"], "Xylandra form");
    }

    async fn a_browser_that_is_too_old_is_pointed_out_with_an_article(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let with = |browser: &str| {
            let mut body = error_report();
            body["details"] = json!({"browser": browser});
            body
        };
        let alone = sue.post("/v1/tickets", with("Firefox 12")).await.is(201);
        assert_eq!(alone.body["browser_support"], "outdated", "{}", alone.raw);
        let manager = app.someone(Role::TierTwo, None).await;
        let article = json!({
            "kind": "article", "audience": "staff", "locale": "en", "title": "Update your browser",
            "body": "Open the menu, then Help.", "context_keys": ["screen.browser"]});
        let draft = manager.post("/v1/articles", article).await.is(201);
        let at = format!("/v1/articles/{}", draft.text("/id"));
        let publish = format!("{at}/publish");
        manager.send(Method::POST, &publish, None, &[("if-match", &draft.etag())]).await.is(200);
        let pointed = sue.post("/v1/tickets", with("Firefox 12")).await.is(201);
        assert_eq!(pointed.body["browser_article_id"], draft.body["id"], "{}", pointed.raw);
        let fine = sue.post("/v1/tickets", with("a typewriter")).await.is(201);
        assert_eq!(fine.body["browser_article_id"], Value::Null);
    }

    async fn a_question_of_policy_is_marked_and_told_to_all_site_admins(app) {
        let pine = tenant(&app).await;
        let (ana, _abe) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::SiteAdmin, Some(pine)).await);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        sue.post("/v1/tickets", error_report()).await.is(201);
        let mut body = error_report();
        body["request_type"] = json!("policy.decision");
        let asked = sue.post("/v1/tickets", body).await.is(201);
        assert_eq!(asked.body["tags"], json!(["policy_question"]), "{}", asked.raw);
        assert_eq!(told(&app, "organization_told"), 2);
        for who in [&sue, &app.someone(Role::TierOne, None).await] {
            let marked = who.get(&format!("/v1/tickets?tag=policy_question&tenant_id={pine}")).await.is(200);
            let rows = marked.body["data"].as_array().unwrap();
            assert_eq!(rows.len(), 1, "{}", marked.raw);
            assert_eq!(rows[0]["id"], asked.body["id"]);
        }
        sue.get("/v1/tickets?tag=other").await.is(422);
        ana.get("/v1/tickets").await.is(200);
    }
}

//! What requesters and agents can do beside the steps of a ticket: who is in copy, going on from a closed one, many
//! at once, and sharing what was learned.

use std::collections::BTreeMap;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::permission::Permission;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::scene::{Scene, fresh_slug};
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

    async fn whoever_goes_on_by_themselves_searches_the_help_centre_first(app) {
        let pine = app.tenant_id(&fresh_slug()).await;
        let (sue, tom) = (app.someone(Role::SupportUser, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let searched = || async {
            let search = json!({"query": "the page stays white"});
            sue.post("/v1/help-searches", search).await.is(200).text("/id")
        };
        let mut first = error_report();
        first["help_search_id"] = json!(searched().await);
        let at = opened(&sue, first).await;
        resolve(&tom, &at).await;
        let here = format!("{at}/follow-up");
        let before = app.rows();
        sue.post(&here, again()).await.is(422).is_refused("ticket.help_search_required");
        assert_eq!(app.rows(), before);
        let mut next = again();
        next["help_search_id"] = json!(searched().await);
        let new = sue.post(&here, next.clone()).await.is(201);
        assert_eq!(new.body["help_search_id"], next["help_search_id"], "{}", new.raw);
        // An agent goes on for the requester, and an emergency waits for no search.
        let mut urgent = again();
        urgent["request_type"] = json!("tickets.submit.emergency");
        urgent["facts"] = json!({"others_locked_out": true});
        sue.post(&here, urgent).await.is(201);
        tom.post(&here, again()).await.is(201);
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

    async fn a_reason_for_many_is_read_together_with_what_its_author_said_on_each(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (tom, tim) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierOne, None).await);
        let (card, phone, none) = (opened(&sue, error_report()).await, opened(&sue, error_report()).await, opened(&sue, error_report()).await);
        for at in [&card, &phone, &none] {
            tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        }
        // A longer text of somebody else's does not stand between.
        for (who, at, said) in [
            (&tom, &card, "Card 4916"), (&tom, &card, "3385"), (&tim, &card, "The same as last week."),
            (&tom, &phone, "They are at 702-555"), (&tim, &none, "Card 4916 3385"),
        ] {
            app.clock.advance(jiff::SignedDuration::from_secs(1));
            who.post(&format!("{at}/notes"), json!({"text": said})).await.is(200);
        }
        app.clock.advance(jiff::SignedDuration::from_secs(1));
        let to_tim = |tickets: &[&String], reason: &str| {
            let ids: Vec<&str> = tickets.iter().map(|at| id_of(at)).collect();
            json!({"ticket_ids": ids, "assignee_id": tim.account, "reason": reason})
        };
        let done = tom.post("/v1/ticket-assignments", to_tim(&[&card, &none], "0608 2832 I think.")).await.is(200);
        assert!(done.body["data"].as_array().unwrap().iter().all(|row| row["is_done"] == true), "{}", done.raw);
        let done = tom.post("/v1/ticket-assignments", to_tim(&[&phone], "0171 I think.")).await.is(200);
        assert_eq!(done.body["data"][0]["is_done"], true, "{}", done.raw);
        let texts = |seen: &Value| -> Vec<String> {
            let entries = seen["entries"].as_array().unwrap();
            entries.iter().filter_map(|entry| entry["text"].as_str()).map(str::to_owned).collect()
        };
        let seen = texts(&tom.get(&card).await.is(200).body);
        assert_eq!(seen[..4], ["[CARD-1] I think.", "The same as last week.", "[CARD-1]", "Card [CARD-1]"]);
        let seen = texts(&tom.get(&phone).await.is(200).body);
        assert_eq!(seen[..2], ["[PHONE-1] I think.", "They are at [PHONE-1]"]);
        // Somebody else's words are theirs, and a reason that completes nothing stays as it is.
        let seen = texts(&tom.get(&none).await.is(200).body);
        assert_eq!(seen[..2], ["0608 2832 I think.", "Card 4916 3385"]);
    }

    async fn a_reason_for_many_tickets_takes_few_statements(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut ids = Vec::new();
        for _ in 0..12 {
            let at = opened(&sue, error_report()).await;
            tom.post(&format!("{at}/notes"), json!({"text": "The same as last week."})).await.is(200);
            ids.push(id_of(&at).to_owned());
        }
        let mut sent = Vec::new();
        for some in [&ids[..2], &ids[2..]] {
            let body = json!({"ticket_ids": some, "reason": "I know these."});
            let (answer, statements) = app.statements_of(tom.post("/v1/ticket-assignments", body)).await;
            assert!(answer.is(200).body["data"].as_array().unwrap().iter().all(|row| row["is_done"] == true));
            let said = statements.iter().filter(|sql| sql.contains("AS later"));
            assert_eq!(said.count(), 2, "once before, and once in the transaction: {statements:#?}");
            let masked = statements.iter().filter(|sql| sql.contains("ticket_originals"));
            sent.push(masked.count());
        }
        assert_eq!(sent[0], sent[1], "no ticket by itself");
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

    async fn whoever_was_switched_off_is_not_told_where_theirs_goes_on(app) {
        let pine = tenant(&app).await;
        let (sue, sam) = (
            app.someone(Role::SupportUser, Some(pine)).await,
            app.someone(Role::SupportUser, Some(pine)).await,
        );
        let (max, tom) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let (one, other) = (opened(&sue, error_report()).await, opened(&sam, error_report()).await);
        sue.post(&format!("{one}/watchers"), json!({"account_id": max.account})).await.is(200);
        for at in [&one, &other] {
            tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        }
        let mut burglar = app.burglar();
        let id = burglar.id(sue.account);
        burglar.run(&format!("UPDATE accounts SET status = 'inactive' WHERE id = {id}"));
        tom.post(&format!("{one}/merge"), json!({"into_ticket_id": id_of(&other)})).await.is(200);
        let letters = burglar.texts("SELECT recipient FROM notifications WHERE kind = 'ticket_watched'");
        let to_max = format!("member.{}@people.example", max.account.simple());
        assert_eq!(letters, [to_max.clone(), to_max], "when put in copy, and when it goes on");
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
        ana.get(&made.header("location")).await.is(200);
        let oak = tenant(&app).await;
        let stranger = app.someone(Role::SupportUser, Some(oak)).await;
        stranger.send(Method::POST, &share, None, &[]).await.is(404);
        let max = app.someone(Role::Member, Some(pine)).await;
        max.send(Method::POST, &share, None, &[]).await.is(403);
    }

    async fn whoever_made_a_draft_reads_it_and_its_writers_are_told(app) {
        let pine = tenant(&app).await;
        let (sue, sam) = (app.someone(Role::SupportUser, Some(pine)).await, app.someone(Role::SupportUser, Some(pine)).await);
        let ana = app.someone(Role::SiteAdmin, Some(pine)).await;
        app.holder(pine, [Permission::ArticlesWrite].into_iter().collect()).await;
        app.someone(Role::SiteAdmin, Some(tenant(&app).await)).await;
        let (tom, tim) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        let at = opened(&sue, error_report()).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/reply"), json!({"text": "Load the page again."})).await.is(200);
        sue.post(&format!("{at}/watchers"), json!({"account_id": ana.account})).await.is(200);
        let share = format!("{at}/share-knowledge");
        let made = async |who: &Actor<'_>| who.send(Method::POST, &share, None, &[]).await.is(201).header("location");
        let listed = async |who: &Actor<'_>, path: &str| {
            let page = who.get("/v1/articles?state=draft&scope=own").await.is(200);
            page.body["data"].as_array().unwrap().iter().any(|row| path.ends_with(row["id"].as_str().unwrap()))
        };
        let (of_sue, of_tom) = (made(&sue).await, made(&tom).await);
        assert_eq!(told(&app, "article_drafted"), 4, "a Site Admin and whoever was given a role for it, of each");
        made(&ana).await;
        assert_eq!(told(&app, "article_drafted"), 5, "nobody is told of what they did");
        for (who, path, reads) in [
            (&sue, &of_sue, true), (&tom, &of_tom, true), (&ana, &of_sue, true), (&ana, &of_tom, true),
            (&sue, &of_tom, false), (&sam, &of_sue, false), (&tom, &of_sue, false), (&tim, &of_tom, false),
        ] {
            who.get(path).await.is(if reads { 200 } else { 404 });
            assert_eq!(listed(who, path).await, reads, "a list shows what can be read");
        }
        sue.send(Method::POST, &format!("{of_sue}/publish"), None, &[]).await.is(403);
        // What the organisation writes into it is its own; the desk read what it made.
        for path in [&of_sue, &of_tom] {
            let etag = ana.get(path).await.is(200).etag();
            ana.patch(path, &etag, json!({"body": "Ask Maria Gonzalez."})).await.is(200);
        }
        sue.get(&of_sue).await.is(200);
        tom.get(&of_tom).await.is(404).is_refused("resource.not_found");
        assert!(listed(&sue, &of_sue).await && !listed(&tom, &of_tom).await);
        ana.send(Method::POST, &format!("{of_sue}/archive"), None, &[]).await.is(200);
        sue.get(&of_sue).await.is(404).is_refused("resource.not_found");
    }

    async fn what_a_case_learns_after_its_draft_is_masked_when_that_is_published(app) {
        let pine = tenant(&app).await;
        let (sue, ana) = (app.someone(Role::SupportUser, Some(pine)).await, app.someone(Role::SiteAdmin, Some(pine)).await);
        let tom = app.someone(Role::TierOne, None).await;
        let mut report = error_report();
        report["subject"] = json!("The forms of Xylandra");
        report["text"] = json!("The forms of Xylandra are gone.");
        let at = opened(&sue, report).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/reply"), json!({"text": "Load the page again."})).await.is(200);
        let draft = sue.send(Method::POST, &format!("{at}/share-knowledge"), None, &[]).await.is(201);
        assert!(draft.raw.contains("Xylandra"), "nobody knows yet that it is a name: {}", draft.raw);
        let more = json!({"text": "Please help, my daughter Xylandra Quoss has child id K-20431."});
        sue.post(&format!("{at}/reply"), more).await.is(200);
        let path = draft.header("location");
        let out = ana.send(Method::POST, &format!("{path}/publish"), None, &[]).await.is(200);
        assert_eq!((out.text("/state"), &out.body["version"]), ("published".to_owned(), &json!(2)));
        let max = app.someone(Role::Member, Some(pine)).await;
        for article in [out, max.get(&path).await.is(200)] {
            assert!(!article.raw.contains("Xylandra") && article.raw.contains("Load the page again."), "{}", article.raw);
            assert!(article.text("/title").starts_with("The forms of ["), "{}", article.raw);
        }
        let found = async |query: &str| max.post("/v1/help-searches", json!({"query": query})).await.is(200).body["hits"].clone();
        assert_eq!((found("xylandra").await, found("forms").await), (json!(0), json!(1)));
        assert_eq!(app.count("help_words WHERE word LIKE 'xylandra%'"), 0, "nobody is offered it as the end of a word");
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

    async fn whoever_tells_a_detail_is_told_what_of_it_is_masked(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let (bo, tom) = (app.someone(Role::SupportUser, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let details = json!({
            "child_id": "K-20431", "account_email": "gil.ferro@mail.example", "browser": "Firefox 160",
            "steps": "Called my colleague Maria Gonzalez at +1 555 010 0200."});
        let mut body = error_report();
        body["details"] = details.clone();
        let told = sue.post("/v1/tickets", body).await.is(201);
        let at = format!("/v1/tickets/{}", told.text("/id"));
        for seen in [told, bo.get(&at).await.is(200)] {
            let hinted = seen.body["detail_hints"].as_array().unwrap();
            let steps = hinted.iter().find(|one| one["detail"] == "steps").unwrap();
            assert_eq!(steps["is_masked"], true, "{}", seen.raw);
            let hints = steps["hints"].as_array().unwrap();
            let name = hints.iter().find(|hint| hint["label"] == "PERSON_NAME").unwrap();
            assert_eq!((&name["is_masked"], &name["instead"]), (&json!(true), &json!("child_class_or_user_id")), "{}", seen.raw);
        }
        assert_eq!(tom.get(&at).await.is(200).body["detail_hints"], json!([]), "nobody else");
        // An agent is told of what they wrote down, and reads it as the desk does.
        let mut called = of_family(pine, "technical.error.report");
        called["details"] = details;
        let called = tom.post("/v1/tickets", called).await.is(201);
        let hinted = called.body["detail_hints"].as_array().unwrap();
        assert!(hinted.iter().any(|one| one["detail"] == "steps" && one["is_masked"] == true), "{}", called.raw);
        assert!(!called.raw.contains("Gonzalez"), "{}", called.raw);
        let tia = app.someone(Role::TierOne, None).await;
        let other = tia.get(&format!("/v1/tickets/{}", called.text("/id"))).await.is(200);
        assert_eq!(other.body["detail_hints"], json!([]), "{}", other.raw);
    }

    async fn a_detail_that_is_masked_later_is_pointed_out_to_its_author(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let mut body = error_report();
        body["details"] = json!({"error_message": "Xylandra form"});
        let told = sue.post("/v1/tickets", body).await.is(201);
        assert!(!told.body["detail_hints"].to_string().contains("\"is_masked\":true"), "{}", told.raw);
        let at = told.header("location");
        let more = json!({"text": "My daughter Xylandra Quoss has child id K-20431."});
        let seen = sue.post(&format!("{at}/reply"), more).await.is(200);
        let hinted = &seen.body["detail_hints"][0];
        assert_eq!((&hinted["detail"], &hinted["is_masked"]), (&json!("error_message"), &json!(true)), "{}", seen.raw);
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

    async fn a_card_number_that_is_broken_over_the_words_and_the_details_is_kept_nowhere(app) {
        let pine = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let plain = "The page stays white.";
        for (subject, text, details) in [
            ("It is 4916 3385", plain, json!({"steps": "0608 2832 I think."})),
            (plain, "It is 4916 3385", json!({"browser": "Firefox 160", "error_message": "0608 2832 I think."})),
            ("0608 2832 I think.", plain, json!({"steps": "It is 4916 3385"})),
            (plain, "0608 2832 I think.", json!({"browser": "Firefox 160", "error_message": "It is 4916 3385"})),
            ("It is 4916 3385", plain, json!({"child_id": "06082832"})),
            ("It is 4916", plain, json!({"user_id": "3385", "class_id": "0608", "error_message": "2832 I think."})),
            (plain, plain, json!({"error_message": "It is 4916 3385", "steps": "0608 2832 I think."})),
        ] {
            let sue = app.someone(Role::SupportUser, Some(pine)).await;
            let mut body = error_report();
            (body["subject"], body["text"], body["details"]) = (json!(subject), json!(text), details);
            let at = sue.post("/v1/tickets", body).await.is(201).header("location");
            // Nor does its author read it again: card numbers are dropped, not sealed.
            for seen in [tom.get(&at).await.is(200), sue.get(&at).await.is(200)] {
                let told = seen.body["details"].as_object().unwrap().values();
                let entries = seen.body["entries"].as_array().unwrap();
                let said = entries.iter().map(|entry| &entry["text"]).chain([&seen.body["subject"]]);
                let said: Vec<&str> = told.chain(said).filter_map(Value::as_str).collect();
                let said = said.join("|");
                for piece in ["4916", "3385", "0608", "2832"] {
                    assert!(!said.contains(piece), "{piece}: {said}");
                }
                assert!(said.contains("It is [CARD-1]"), "{said}");
                assert!(said.matches("[CARD-1]").count() >= 2, "{said}");
            }
            let hints = sue.get(&at).await.is(200).body["entries"][0]["hints"].to_string();
            assert!(hints.contains("CREDIT_CARD"), "its author is told: {hints}");
        }
    }

    async fn what_goes_on_from_a_detail_in_a_later_message_is_masked_in_both(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        // Its author reads the telephone number again, and the card number nowhere.
        for (begun, ended, masked, own) in [
            ("It is 4916 3385", "0608 2832 I think.", ("It is [CARD-1]", "[CARD-1] I think."), ("It is [CARD-1]", "[CARD-1] I think.")),
            ("My number is 702-555", "0171 I think.", ("My number is [PHONE-1]", "[PHONE-1] I think."), ("My number is 702-555", "0171 I think.")),
        ] {
            let mut body = error_report();
            body["details"] = json!({"browser": "Firefox 160", "error_message": "Error E-1042", "steps": begun});
            let at = sue.post("/v1/tickets", body).await.is(201).header("location");
            let told = tom.get(&at).await.is(200);
            assert_eq!(told.body["details"]["steps"], begun, "alone it says nothing");
            for said in ["It stays white.", ended] {
                app.clock.advance(jiff::SignedDuration::from_secs(1));
                sue.post(&format!("{at}/reply"), json!({"text": said})).await.is(200);
            }
            for (who, (steps, reply)) in [(&tom, masked), (&sue, own)] {
                let seen = who.get(&at).await.is(200);
                let (details, entry) = (&seen.body["details"], &seen.body["entries"][0]);
                assert_eq!((&details["steps"], &entry["text"]), (&json!(steps), &json!(reply)), "{}", seen.raw);
                assert_eq!((&details["browser"], &details["error_message"]), (&json!("Firefox 160"), &json!("Error E-1042")));
            }
        }
    }

    async fn identifiers_that_stand_side_by_side_stay(app) {
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let mut body = error_report();
        let told = [("user_id", "702"), ("class_id", "555"), ("child_id", "0171"), ("browser", "Firefox 160")];
        body["details"] = json!(BTreeMap::from(told));
        let at = sue.post("/v1/tickets", body).await.is(201).header("location");
        let seen = tom.get(&at).await.is(200);
        for (detail, text) in told {
            assert_eq!(seen.body["details"][detail], text, "{}", seen.raw);
        }
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

    async fn the_article_about_the_browser_is_one_that_whoever_asks_can_read(app) {
        let (pine, oak) = (tenant(&app).await, tenant(&app).await);
        let (tom, tim) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        let (sue, ana) = (app.someone(Role::SupportUser, Some(pine)).await, app.someone(Role::SiteAdmin, Some(pine)).await);
        let olga = app.someone(Role::SiteAdmin, Some(oak)).await;
        let published = async |who: &Actor<'_>, audience: &str| {
            app.clock.advance(jiff::SignedDuration::from_secs(1));
            let article = json!({
                "kind": "article", "audience": audience, "locale": "en", "title": "Update your browser",
                "body": "Open the menu, then Help.", "context_keys": ["screen.browser"]});
            let draft = who.post("/v1/articles", article).await.is(201);
            let publish = format!("/v1/articles/{}/publish", draft.text("/id"));
            who.send(Method::POST, &publish, None, &[("if-match", &draft.etag())]).await.is(200);
            draft.body["id"].clone()
        };
        let mut of_families = of_family(pine, "technical.error.report");
        of_families["details"] = json!({"browser": "Firefox 12"});
        let mut of_staff = error_report();
        of_staff["details"] = json!({"browser": "Firefox 12"});
        // None of what others read is pointed out to a family by the agent who reads it.
        published(&tim, "staff").await;
        published(&olga, "family").await;
        let told = tom.post("/v1/tickets", of_families.clone()).await.is(201);
        assert_eq!((&told.body["browser_support"], &told.body["browser_article_id"]), (&json!("outdated"), &Value::Null), "{}", told.raw);
        let family = published(&tim, "family").await;
        let told = tom.post("/v1/tickets", of_families.clone()).await.is(201);
        assert_eq!(told.body["browser_article_id"], family, "{}", told.raw);
        let own = published(&ana, "family").await;
        published(&ana, "staff").await;
        let told = tom.post("/v1/tickets", of_families).await.is(201);
        assert_eq!(told.body["browser_article_id"], own, "of their organisation: {}", told.raw);
        let staff = published(&ana, "staff").await;
        published(&olga, "staff").await;
        published(&tim, "family").await;
        let told = sue.post("/v1/tickets", of_staff.clone()).await.is(201);
        assert_eq!(told.body["browser_article_id"], staff, "{}", told.raw);
        sue.get(&format!("/v1/articles/{}", staff.as_str().unwrap())).await.is(200);
        // So, too, where an agent asks for one of the organisation's people.
        of_staff["on_behalf_of"] = json!({
            "requester": "org_staff", "tenant_id": pine, "channel": "phone", "email": "ana.ruiz@office.example"});
        let called = tom.post("/v1/tickets", of_staff).await.is(201);
        assert_eq!(called.body["browser_article_id"], staff, "{}", called.raw);
    }

    async fn a_question_of_policy_is_marked_and_told_to_all_site_admins(app) {
        let pine = tenant(&app).await;
        let (ana, abe) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::SiteAdmin, Some(pine)).await);
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let other = opened(&sue, error_report()).await;
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
        // The message says that they read it on the portal, and so they do; the colleague's other ticket they do not.
        let at = format!("/v1/tickets/{}", asked.text("/id"));
        let team = "/v1/tickets?view=team";
        for who in [&ana, &abe] {
            assert_eq!(who.get(&at).await.is(200).body["tags"], json!(["policy_question"]));
            let rows = who.get(team).await.is(200).body["data"].as_array().unwrap().clone();
            assert_eq!(rows.iter().map(|row| &row["id"]).collect::<Vec<_>>(), [&asked.body["id"]]);
            who.get(&other).await.is(404);
        }
        let (max, oak) = (app.someone(Role::Member, Some(pine)).await, tenant(&app).await);
        let stranger = app.someone(Role::SiteAdmin, Some(oak)).await;
        for who in [&max, &stranger] {
            who.get(&at).await.is(404);
        }
    }

    async fn what_a_family_asks_of_policy_is_not_its_site_admins_to_read(app) {
        let pine = tenant(&app).await;
        let (ana, tom) = (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let asked = tom.post("/v1/tickets", of_family(pine, "policy.decision")).await.is(201);
        assert_eq!(asked.body["tags"], json!(["policy_question"]), "{}", asked.raw);
        ana.get(&asked.header("location")).await.is(404);
    }
}

//! One-time links: whoever cannot sign in is shown the one ticket that a message to them is about.

use caredesk::service::Limits;
use caredesk::store::throttle::Allowance;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::app::{App, TOKEN};
use crate::support::db::Database;
use crate::support::gateway::Gateway;
use crate::support::scene::fresh_slug;
use crate::support::tickets::ask_no_search;

/// Who reports emergencies here.
const MIA: &str = "mia@office.example";

/// A new tenant with its short name.
async fn tenant(app: &App) -> (TenantId, String) {
    let slug = fresh_slug();
    let tenant = app.tenant_id(&slug).await;
    ask_no_search(app, tenant).await;
    (tenant, slug)
}

/// Reports an emergency; where its ticket is.
async fn reported(app: &App, slug: &str, text: &str) -> String {
    let report = json!({"organization": slug, "text": text, "email": MIA});
    let taken = app.nobody().post("/v1/emergency-reports", report).await.is(202);
    format!("/v1/tickets/{}", taken.text("/reference"))
}

/// Follows a link, or what it was exchanged for.
async fn view(app: &App, token: &str) -> Answer {
    app.nobody().post("/v1/ticket-views", json!({"token": token})).await
}

/// Answers by what a link was exchanged for.
async fn reply(app: &App, token: &str, text: &str) -> Answer {
    let body = json!({"view_token": token, "text": text});
    app.nobody().post("/v1/ticket-views/reply", body).await
}

/// What was said on a ticket, as somebody sees it, the newest first.
fn said(seen: &Answer) -> String {
    let entries = seen.body["entries"].as_array().unwrap();
    let texts: Vec<&str> = entries.iter().filter_map(|entry| entry["text"].as_str()).collect();
    texts.join("|")
}

/// A problem without what differs from request to request.
fn bare(refused: &Answer) -> Value {
    let mut body = refused.body.clone();
    for differs in ["instance", "request_id"] {
        body.as_object_mut().unwrap().remove(differs);
    }
    body
}

on_both! {
    async fn a_link_shows_its_ticket_once_and_is_exchanged_for_a_quarter_of_an_hour(app) {
        let (_, slug) = tenant(&app).await;
        let at = reported(&app, &slug, "Maria Gonzalez of our office cannot get in.").await;
        let link = app.secret_of("ticket_opened", MIA);
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/notes"), json!({"text": "Looks like last week."})).await.is(200);
        let seen = view(&app, &link).await.is(200);
        assert!(!seen.raw.contains("Gonzalez") && !seen.raw.contains("last week"), "{}", seen.raw);
        assert_eq!(seen.body["contacts"][0]["label"], "Front office");
        assert_eq!((&seen.body["state"], seen.body["number"].as_str().map(|number| &number[..2])), (&json!("new"), Some("C-")));
        view(&app, &link).await.is(410).is_refused("link.not_usable");
        let pass = seen.text("/view_token");
        let again = view(&app, &pass).await.is(200);
        assert_eq!((&again.body["number"], &again.body["view_token"]), (&seen.body["number"], &Value::Null));
        app.clock.advance(SignedDuration::from_mins(15));
        view(&app, &pass).await.is(410).is_refused("link.not_usable");
        reply(&app, &pass, "Is anybody there?").await.is(410).is_refused("link.not_usable");
    }

    async fn whoever_followed_a_link_answers_in_the_requesters_place(app) {
        let (_, slug) = tenant(&app).await;
        let at = reported(&app, &slug, "Nobody of our office gets in.").await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/ask"), json!({"text": "Since when?"})).await.is(200);
        let pass = view(&app, &app.secret_of("ticket_answered", MIA)).await.is(200);
        assert_eq!(pass.body["state"], "waiting_on_requester");
        let pass = pass.text("/view_token");
        let said = reply(&app, &pass, "Since eight; Maria Gonzalez tried it first.").await.is(200);
        assert_eq!((&said.body["state"], &said.body["entries"][0]["author_kind"]), (&json!("open"), &json!("public")));
        let seen = tom.get(&at).await.is(200);
        assert!(seen.raw.contains("Since eight") && !seen.raw.contains("Gonzalez"), "{}", seen.raw);
        let done = json!({"resolution": "solved", "text": "The door was mended."});
        tom.post(&format!("{at}/resolve"), done).await.is(200);
        reply(&app, &pass, "Thank you.").await.is(409).is_refused("ticket.not_in_state");
        let last = view(&app, &app.secret_of("ticket_resolved", MIA)).await.is(200);
        assert_eq!((&last.body["state"], &last.body["resolution"]), (&json!("closed"), &json!("solved")));
    }

    async fn whoever_followed_a_link_reads_their_own_answers_and_is_told_what_is_masked(app) {
        let (_, slug) = tenant(&app).await;
        let at = reported(&app, &slug, "Maria Gonzalez of our office cannot get in.").await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let pass = view(&app, &app.secret_of("ticket_opened", MIA)).await.is(200).text("/view_token");
        app.clock.advance(SignedDuration::from_secs(1));
        let said = reply(&app, &pass, "My daughter Xylandra Quoss tried it, too.").await.is(200);
        for seen in [said, view(&app, &pass).await.is(200)] {
            let (answer, first) = (&seen.body["entries"][0], seen.body["entries"].as_array().unwrap().last().unwrap());
            assert_eq!(answer["text"], "My daughter Xylandra Quoss tried it, too.", "{}", seen.raw);
            assert_eq!(answer["is_masked"], false);
            assert_eq!(answer["hints"][0]["label"], "PERSON_NAME", "{}", seen.raw);
            // Whoever reported it may have named somebody else's address.
            assert_eq!(first["is_masked"], true, "{}", seen.raw);
            assert_eq!(first["hints"][0]["instead"], "child_class_or_user_id", "{}", seen.raw);
            assert!(!seen.raw.contains("Gonzalez"), "{}", seen.raw);
        }
        app.clock.advance(SignedDuration::from_secs(1));
        tom.post(&format!("{at}/reply"), json!({"text": "Maria Gonzalez was let in."})).await.is(200);
        let seen = view(&app, &pass).await.is(200);
        assert_eq!((&seen.body["entries"][0]["is_masked"], &seen.body["entries"][0]["hints"]), (&json!(true), &json!([])), "{}", seen.raw);
        assert!(!seen.raw.contains("Gonzalez") && !tom.get(&at).await.is(200).raw.contains("Quoss"), "{}", seen.raw);
    }

    async fn what_is_broken_over_two_answers_by_a_link_is_masked_all_the_same(app) {
        let (_, slug) = tenant(&app).await;
        let at = reported(&app, &slug, "Nobody of our office gets in.").await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let pass = view(&app, &app.secret_of("ticket_opened", MIA)).await.is(200).text("/view_token");
        reply(&app, &pass, "The card is 4916 3385").await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        reply(&app, &pass, "0608 2782").await.is(200);
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("4916") && !seen.raw.contains("2782"), "{}", seen.raw);
    }

    async fn what_a_caller_says_to_an_agent_bit_by_bit_is_masked_all_the_same(app) {
        let (pine, _) = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let opened = tom.post("/v1/tickets", json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "It stays white.",
            "on_behalf_of": {"requester": "family", "tenant_id": pine, "channel": "phone", "email": MIA}}));
        let at = format!("/v1/tickets/{}", opened.await.is(201).text("/id"));
        for said in ["The card is 4916 3385", "0608 2782"] {
            app.clock.advance(SignedDuration::from_secs(1));
            let body = json!({"text": said, "on_behalf_of_caller": true});
            tom.post(&format!("{at}/reply"), body).await.is(200);
        }
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("4916") && !seen.raw.contains("2782"), "{}", seen.raw);
    }

    async fn who_got_what_was_meant_for_others_and_wrote_so_is_shown_that_ticket_by_a_link(app) {
        let (pine, slug) = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        reported(&app, &slug, "Nobody of our office gets in.").await;
        app.clock.advance(SignedDuration::from_secs(1));
        let opened = tom.post("/v1/tickets", json!({
            "request_type": "profiles.email.remove.incorrect", "subject": "An invitation", "text": "It is not for me.",
            "on_behalf_of": {"requester": "third_party_recipient", "tenant_id": pine, "channel": "phone", "email": MIA}}));
        let opened = opened.await.is(201);
        assert_eq!(opened.body["state"], "new", "{}", opened.raw);
        let link = app.secret_of("ticket_opened", MIA);
        let seen = view(&app, &link).await.is(200);
        assert_eq!(seen.body["number"], opened.body["number"], "that ticket alone: {}", seen.raw);
        assert!(!seen.raw.contains("our office"), "{}", seen.raw);
        view(&app, &link).await.is(410).is_refused("link.not_usable");
    }

    async fn what_an_agent_typed_first_goes_on_in_what_the_caller_says(app) {
        let (pine, _) = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let nobodys = json!({"requester": "family", "tenant_id": pine, "channel": "phone", "email": MIA});
        let sues = json!({"requester": "support_user", "tenant_id": pine, "channel": "phone", "account_id": sue.account});
        for (caller, way) in [(&nobodys, "link"), (&nobodys, "agent"), (&sues, "agent"), (&sues, "portal")] {
            app.clock.advance(SignedDuration::from_secs(1));
            let tom = app.someone(Role::TierOne, None).await;
            let opened = tom.post("/v1/tickets", json!({
                "request_type": "technical.error.report", "subject": "A white page", "text": "It is 4916 3385",
                "on_behalf_of": caller}));
            let at = format!("/v1/tickets/{}", opened.await.is(201).text("/id"));
            assert_eq!(said(&tom.get(&at).await.is(200)), "It is 4916 3385", "half a number is none");
            app.clock.advance(SignedDuration::from_secs(1));
            tom.post(&format!("{at}/notes"), json!({"text": "Looks like last week."})).await.is(200);
            app.clock.advance(SignedDuration::from_secs(1));
            match way {
                "link" => {
                    let link = app.secret_of("ticket_opened", MIA);
                    let pass = view(&app, &link).await.is(200).text("/view_token");
                    reply(&app, &pass, "0608 2832 I think.").await.is(200);
                }
                "agent" => {
                    // Another agent than the one who typed the beginning.
                    let tia = app.someone(Role::TierOne, None).await;
                    let body = json!({"text": "0608 2832 I think.", "on_behalf_of_caller": true});
                    tia.post(&format!("{at}/reply"), body).await.is(200);
                }
                _ => {
                    sue.post(&format!("{at}/reply"), json!({"text": "0608 2832 I think."})).await.is(200);
                }
            }
            let words = said(&tom.get(&at).await.is(200));
            assert_eq!(words, "[CARD-1] I think.|Looks like last week.|It is [CARD-1]", "{way}");
        }
    }

    async fn what_two_people_say_is_not_read_as_one(app) {
        let (pine, _) = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let opened = tom.post("/v1/tickets", json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "It is 4916 3385",
            "on_behalf_of": {"requester": "family", "tenant_id": pine, "channel": "phone", "email": MIA}}));
        let at = format!("/v1/tickets/{}", opened.await.is(201).text("/id"));
        app.clock.advance(SignedDuration::from_secs(1));
        let tia = app.someone(Role::TierOne, None).await;
        tia.post(&format!("{at}/notes"), json!({"text": "0608 2832 I think."})).await.is(200);
        let words = said(&tom.get(&at).await.is(200));
        assert!(words.ends_with("|It is 4916 3385") && !words.contains("CARD"), "{words}");
    }

    async fn no_words_of_a_stranger_go_to_an_address_that_they_name(app) {
        let (_, slug) = tenant(&app).await;
        let report = json!({"organization": slug, "text": "Help", "name": "Buy at my shop", "email": MIA});
        let taken = app.nobody().post("/v1/emergency-reports", report).await.is(202);
        let tom = app.someone(Role::TierOne, None).await;
        let at = format!("/v1/tickets/{}", taken.text("/reference"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/ask"), json!({"text": "Since when?"})).await.is(200);
        let facts = app.burglar().texts("SELECT CAST(facts AS text) FROM notifications WHERE kind IN ('ticket_opened', 'ticket_answered')");
        assert_eq!(facts.len(), 2);
        assert!(facts.iter().all(|facts| !facts.contains("my shop")), "{facts:?}");
    }

    async fn a_link_that_was_used_is_over_or_never_was_is_answered_alike(app) {
        let (_, slug) = tenant(&app).await;
        reported(&app, &slug, "Nobody of our office gets in.").await;
        let used = app.secret_of("ticket_opened", MIA);
        view(&app, &used).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        reported(&app, &slug, "Nobody of our other office gets in.").await;
        let over = app.secret_of("ticket_opened", MIA);
        assert_ne!(used, over);
        app.clock.advance(SignedDuration::from_hours(14 * 24));
        let never = format!("cdt_{}", "A".repeat(43));
        let before = app.rows();
        let mut answers = Vec::new();
        for token in [&used, &over, &never] {
            answers.push(bare(&view(&app, token).await.is(410).is_refused("link.not_usable")));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        // What counts the tries is all that is kept.
        let kept = |rows: Vec<String>| -> Vec<String> {
            rows.into_iter().filter(|row| !row.starts_with("throttle")).collect()
        };
        assert_eq!(kept(app.rows()), kept(before));
        // Neither does a link answer, nor what it is exchanged for come from anywhere else.
        let link = json!({"view_token": over, "text": "Hello"});
        app.nobody().post("/v1/ticket-views/reply", link).await.is(422).at(&["#/view_token"]);
    }

    async fn a_message_that_is_sent_again_has_a_new_link_and_the_old_one_ends(app) {
        let (_, slug) = tenant(&app).await;
        reported(&app, &slug, "Nobody of our office gets in.").await;
        let first = app.secret_of("ticket_opened", MIA);
        let gateway = Gateway::start(TOKEN);
        app.sender(&gateway, 1_000).send_due().await.unwrap();
        app.clock.advance(SignedDuration::from_secs(1));
        let admin = app.platform_admin().await;
        let list = "/v1/notifications?limit=1&kind=ticket_opened";
        let id = admin.get(list).await.is(200).text("/data/0/id");
        let path = format!("/v1/notifications/{id}/resend");
        let again = admin.send(Method::POST, &path, None, &[]).await.is(201);
        assert_eq!(again.body["resent_from"], id.as_str());
        let second = app.secret_of("ticket_opened", MIA);
        assert_ne!(first, second);
        view(&app, &first).await.is(410).is_refused("link.not_usable");
        let seen = view(&app, &second).await.is(200);
        assert_eq!(seen.body["state"], "new");
        // What the second link was exchanged for works on.
        let pass = seen.text("/view_token");
        app.sender(&gateway, 1_000).send_due().await.unwrap();
        admin.send(Method::POST, &format!("/v1/notifications/{}/resend", again.text("/id")), None, &[]).await.is(201);
        view(&app, &pass).await.is(200);
    }

    async fn a_message_that_is_sent_again_leaves_the_links_of_others_alone(app) {
        let (_, slug) = tenant(&app).await;
        let at = reported(&app, &slug, "Nobody of our office gets in.").await;
        let opened = app.secret_of("ticket_opened", MIA);
        app.clock.advance(SignedDuration::from_secs(1));
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/ask"), json!({"text": "Since when?"})).await.is(200);
        let asked = app.secret_of("ticket_answered", MIA);
        let gateway = Gateway::start(TOKEN);
        app.sender(&gateway, 1_000).send_due().await.unwrap();
        app.clock.advance(SignedDuration::from_secs(1));
        let admin = app.platform_admin().await;
        let id = admin.get("/v1/notifications?limit=1&kind=ticket_opened").await.is(200).text("/data/0/id");
        admin.send(Method::POST, &format!("/v1/notifications/{id}/resend"), None, &[]).await.is(201);
        let again = app.secret_of("ticket_opened", MIA);
        view(&app, &opened).await.is(410).is_refused("link.not_usable");
        for link in [&asked, &again] {
            assert_eq!(view(&app, link).await.is(200).body["state"], "waiting_on_requester");
        }
    }

    async fn a_link_shows_no_other_ticket(app) {
        let ((pine, slug), (_, other)) = (tenant(&app).await, tenant(&app).await);
        reported(&app, &slug, "Nobody of our office gets in.").await;
        let first = app.secret_of("ticket_opened", MIA);
        app.clock.advance(SignedDuration::from_secs(1));
        reported(&app, &other, "Nobody of the camp gets in.").await;
        let second = app.secret_of("ticket_opened", MIA);
        let (first, second) = (view(&app, &first).await.is(200), view(&app, &second).await.is(200));
        assert!(first.raw.contains("our office") && !first.raw.contains("the camp"), "{}", first.raw);
        assert!(second.raw.contains("the camp") && !second.raw.contains("our office"), "{}", second.raw);
        // It opens no other door.
        let pass = first.text("/view_token");
        let at = format!("{}/v1/tickets?tenant_id={pine}", app.base);
        let tried = reqwest::Client::new().get(at).bearer_auth(pass).send().await.unwrap();
        assert_eq!(tried.status().as_u16(), 401);
    }

    async fn whoever_has_an_account_signs_in_instead(app) {
        let (pine, _) = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let opened = sue.post("/v1/tickets", json!({
            "request_type": "technical.error.report", "subject": "A white page", "text": "It stays white."}));
        let id = opened.await.is(201).text("/id");
        assert_eq!(app.count("ticket_passes"), 0);
        assert_eq!(app.count("notifications WHERE kind = 'ticket_opened' AND secret IS NOT NULL"), 0);
        let facts = app.burglar().texts("SELECT CAST(facts AS text) FROM notifications WHERE kind = 'ticket_opened'");
        assert!(facts[0].contains(&id), "{facts:?}");
        // The page that the link leads to by itself knows where they sign in.
        let page = app.http.get(format!("{}/ticket", app.base)).send().await.unwrap();
        assert_eq!(page.status().as_u16(), 200);
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("connect-src 'self'") && policy.contains("script-src 'sha256-"), "{policy}");
        let page = page.text().await.unwrap();
        assert!(page.contains("id=\"portal\"") && page.contains("/v1/desk-contact"), "{page}");
        let desk = app.nobody().get("/v1/desk-contact").await.is(200);
        assert!(desk.text("/ways_in/portal_url").starts_with("https://"), "{}", desk.raw);
    }

    async fn an_organisation_that_is_suspended_shows_nothing(app) {
        let (pine, slug) = tenant(&app).await;
        reported(&app, &slug, "Nobody of our office gets in.").await;
        let link = app.secret_of("ticket_opened", MIA);
        let admin = app.platform_admin().await;
        let of = format!("/v1/tenants/{pine}");
        admin.post(&format!("{of}/suspend"), json!({"reason": "Contract ended"})).await.is(200);
        view(&app, &link).await.is(410).is_refused("link.not_usable");
        assert_eq!(app.count("ticket_passes WHERE used_at IS NOT NULL"), 0);
    }
}

/// Whoever tries links from one address has to wait after a while.
async fn who_tries_links_too_often_waits(database: Database) {
    let three = Allowance { attempts: 3, window: SignedDuration::from_hours(1) };
    let limits = Limits { sign_in_per_address: three, ..Limits::default() };
    let app = App::with(database, limits, (1_000_000, 1_000_000)).await;
    for status in [410, 410, 410, 429] {
        view(&app, &format!("cdt_{}", "A".repeat(43))).await.is(status);
    }
}

#[actix_web::test]
async fn who_tries_links_too_often_waits_on_sqlite() {
    who_tries_links_too_often_waits(Database::sqlite()).await;
}

#[actix_web::test]
async fn who_tries_links_too_often_waits_on_postgres() {
    who_tries_links_too_often_waits(Database::postgres()).await;
}

//! The family portal: an account by an invitation, further applications, and the way out. Nobody learns more
//! than the invitation says, and nobody comes in twice by one.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::suppressions;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::notification::{Method, SuppressionReason};
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::moment::{at_once, statuses};
use crate::support::scene::behind;
use crate::support::staff::PASSWORD;

const RUIZ: &str = "ruiz@home.example";
const PHONE: &str = "+15550100231";
const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Somebody's application, submitted at an organisation; its Site Admin, and where it is.
async fn invited<'a>(app: &'a App, slug: &str) -> (Actor<'a>, String) {
    let tenant = app.tenant_id(slug).await;
    let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
    let at = apply(&sara, RUIZ).await;
    (sara, at)
}

/// One more application, submitted; where it is.
async fn apply(sara: &Actor<'_>, email: &str) -> String {
    let body = json!({"family_name": "Ruiz Ortega", "email": email, "submit": true,
        "children": [{"child_id": "K-1", "name": "Leo"}]});
    sara.post("/v1/applications", body).await.is(201).header("location")
}

/// Link and code of the last invitation to somebody.
fn sent(app: &App, to: &str) -> (String, String) {
    let secret = app.secret_of("invitation", to);
    let (link, code) = secret.split_once(' ').unwrap();
    (link.to_owned(), code.to_owned())
}

async fn look(app: &App, code: &str) -> Answer {
    app.nobody().post("/v1/invitation-lookups", json!({"invitation_code": code})).await
}

async fn begin(app: &App, code: &str, email: &str) -> Answer {
    let body = json!({"invitation_code": code, "email": email});
    app.nobody().post("/v1/acceptances", body).await
}

/// Confirms an account that was begun.
async fn confirm(app: &App, begun: &Answer, digits: &str) -> Answer {
    let body = json!({"code": digits, "name": "Marta Ruiz", "password": PASSWORD});
    let at = format!("{}/confirm", begun.header("location"));
    app.nobody().post(&at, body).await
}

/// Comes to the portal by a code, with an address.
async fn join<'a>(app: &'a App, code: &str, email: &str) -> Actor<'a> {
    let begun = begin(app, code, email).await.is(201);
    let digits = app.secret_of("contact_code", email);
    let session = confirm(app, &begun, &digits).await.is(201);
    app.bearer(&session)
}

async fn own(family: &Actor<'_>) -> Vec<Value> {
    let page = family.get("/v1/family-applications").await.is(200);
    page.body["data"].as_array().unwrap().clone()
}

async fn online(sara: &Actor<'_>, at: &str) -> String {
    sara.get(at).await.is(200).text("/online_account")
}

async fn link(family: &Actor<'_>, code: &str) -> Answer {
    family.post("/v1/family-applications", json!({"invitation_code": code})).await
}

/// A code that is meant for the same invitation, and wrong.
fn wrong(code: &str) -> String {
    format!("{}{}", &code[..17], if code.ends_with("00") { "11" } else { "00" })
}

/// The id of the newest invitation to an application.
async fn newest(sara: &Actor<'_>, at: &str) -> String {
    let page = sara.get(&format!("/v1/invitations?application_id={}", id(at))).await.is(200);
    page.text("/data/0/id")
}

/// Takes the newest invitation to an application back.
async fn revoke(sara: &Actor<'_>, at: &str) {
    let path = format!("/v1/invitations/{}/revoke", newest(sara, at).await);
    sara.send(reqwest::Method::POST, &path, None, &[]).await.is(200);
}

fn id(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

on_both! {
    async fn a_family_comes_by_link_or_code_and_sees_its_application(app) {
        let (sara, at) = invited(&app, "pine").await;
        let (by_link, code) = sent(&app, RUIZ);
        for known in [&by_link, &code, &code.to_lowercase(), &code.replace('-', " ")] {
            let notice = look(&app, known).await.is(200);
            assert_eq!(notice.body, json!({"organization_name": "Camp pine", "expires_at": "2026-12-05T09:00:00Z"}));
        }
        let family = join(&app, &code, "marta@home.example").await;
        let mine = own(&family).await;
        assert_eq!(mine.len(), 1);
        assert_eq!((&mine[0]["family_name"], &mine[0]["children"][0]["name"]), (&json!("Ruiz Ortega"), &json!("Leo")));
        let one = family.get(&format!("/v1/family-applications/{}", id(&at))).await.is(200);
        assert_eq!(one.body, mine[0]);
        let seen = sara.get(&at).await.is(200);
        assert_eq!((seen.text("/online_account"), seen.text("/linked_contact")), ("linked".to_owned(), "marta@home.example".to_owned()));
        assert_eq!(seen.text("/allowed_actions/0/action"), "application.unlink");
        let again = json!({"realm": "family", "name": "Marta@HOME.example"});
        app.sign_in_as(&again, PASSWORD).await.is(201);
    }

    async fn a_family_with_a_number_signs_in_with_it(app) {
        let (_, _) = invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let begun = app.nobody().post("/v1/acceptances", json!({"invitation_code": code, "phone": "001 (555) 010-0231"})).await.is(201);
        assert!(begun.text("/sent_to").ends_with("31"));
        assert_eq!(begun.text("/sign_in_name"), PHONE);
        let digits = app.secret_of("contact_code", PHONE);
        confirm(&app, &begun, &digits).await.is(201);
        for written in [PHONE, "001 555 010 0231", "+1\u{a0}555\u{2011}010\u{2011}0231", "\u{202a}+1 (555) 010-0231\u{202c}"] {
            app.sign_in_as(&json!({"realm": "family", "name": written}), PASSWORD).await.is(201);
        }
        app.forget(&json!({"realm": "family", "name": "001 555 010-0231"})).await.is(202);
        app.secret_of("password_reset", PHONE);
    }

    async fn one_contact_is_given_and_not_two(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        for body in [json!({"invitation_code": code}), json!({"invitation_code": code, "email": RUIZ, "phone": PHONE})] {
            app.nobody().post("/v1/acceptances", body).await.is(422).is_refused("request.invalid");
        }
        assert_eq!(app.count("acceptances"), 0);
    }

    async fn an_invitation_counts_to_the_last_second_of_its_fourteen_days(app) {
        invited(&app, "pine").await;
        let (link, code) = sent(&app, RUIZ);
        app.clock.advance(LIFETIME + SignedDuration::from_secs(-1));
        let begun = begin(&app, &code, RUIZ).await.is(201);
        look(&app, &link).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        for known in [&link, &code] {
            look(&app, known).await.is(410).is_refused("invitation.code_expired");
        }
        begin(&app, &code, RUIZ).await.is(410).is_refused("invitation.code_expired");
        // Begun in time is not enough: the account is made while the invitation counts.
        let digits = app.secret_of("contact_code", RUIZ);
        confirm(&app, &begun, &digits).await.is(410).is_refused("invitation.code_expired");
        assert_eq!(app.count("accounts WHERE realm = 'family'"), 0);
    }

    async fn an_invitation_is_used_up_by_the_account_and_not_before(app) {
        invited(&app, "pine").await;
        let (link, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, RUIZ).await.is(201);
        look(&app, &code).await.is(200);
        let digits = app.secret_of("contact_code", RUIZ);
        confirm(&app, &begun, &digits).await.is(201);
        for known in [&link, &code] {
            look(&app, known).await.is(410).is_refused("invitation.code_used");
        }
        confirm(&app, &begun, &digits).await.is_refused("code.not_usable");
    }

    async fn the_newest_invitation_is_the_only_one_that_counts(app) {
        let (sara, at) = invited(&app, "pine").await;
        let (old_link, old_code) = sent(&app, RUIZ);
        let begun = begin(&app, &old_code, RUIZ).await.is(201);
        app.clock.advance(SignedDuration::from_secs(1));
        sara.post(&format!("{at}/reinvite"), json!({})).await.is(200);
        for old in [&old_link, &old_code] {
            look(&app, old).await.is(410).is_refused("invitation.code_replaced");
        }
        let digits = app.secret_of("contact_code", RUIZ);
        confirm(&app, &begun, &digits).await.is(410).is_refused("invitation.code_replaced");
        let (_, code) = sent(&app, RUIZ);
        look(&app, &code).await.is(200);
    }

    async fn of_accepting_and_reinviting_at_once_one_comes_first(app) {
        let (mut sara, at) = invited(&app, "pine").await;
        for round in 0..3 {
            let email = format!("family{round}@home.example");
            let (_, code) = sent(&app, RUIZ);
            let begun = begin(&app, &code, &email).await.is(201);
            let digits = app.secret_of("contact_code", &email);
            app.clock.advance(SignedDuration::from_secs(1));
            let anew = json!({"method": "email"});
            let reinvite = format!("{at}/reinvite");
            let (joined, reinvited) = tokio::join!(confirm(&app, &begun, &digits), sara.post(&reinvite, anew.clone()));
            let end = (joined.status.as_u16(), reinvited.status.as_u16());
            match end {
                (201, 409) => {
                    assert_eq!(online(&sara, &at).await, "linked");
                    sara.post(&format!("{at}/unlink"), json!({"reason": "change_credentials"})).await.is(200);
                    sara.post(&format!("{at}/reinvite"), anew).await.is(200);
                }
                (410, 200) => assert_eq!(online(&sara, &at).await, "invited"),
                other => panic!("{other:?}: {} {}", joined.raw, reinvited.raw),
            }
            assert_eq!(app.count("invitations WHERE state = 'pending'"), 1);
            app.clock.advance(SignedDuration::from_mins(5)); // the limits of messages
            sara = app.another_session_of(&sara).await;
        }
    }

    async fn whoever_accepts_before_a_reinvitation_is_in_and_whoever_comes_after_it_is_not(app) {
        let (sara, at) = invited(&app, "pine").await;
        let reinvite = format!("{at}/reinvite");
        let first = begin(&app, &sent(&app, RUIZ).1, "one@home.example").await.is(201);
        let digits = app.secret_of("contact_code", "one@home.example");
        app.clock.advance(SignedDuration::from_secs(1));
        sara.post(&reinvite, json!({"method": "email"})).await.is(200);
        confirm(&app, &first, &digits).await.is(410).is_refused("invitation.code_replaced");
        let second = begin(&app, &sent(&app, RUIZ).1, "two@home.example").await.is(201);
        let digits = app.secret_of("contact_code", "two@home.example");
        confirm(&app, &second, &digits).await.is(201);
        sara.post(&reinvite, json!({"method": "email"})).await.is(409).is_refused("application.linked");
        assert_eq!((app.count("invitations WHERE state = 'pending'"), online(&sara, &at).await), (0, "linked".to_owned()));
    }

    async fn of_two_ways_to_use_one_invitation_at_once_one_counts(app) {
        let (sara, _) = invited(&app, "pine").await;
        let gil = app.guardian("gil@home.example").await.at_home().await;
        for round in 0..4 {
            app.clock.advance(SignedDuration::from_secs(1));
            let at = apply(&sara, RUIZ).await;
            let (email, (_, code)) = (format!("family{round}@home.example"), sent(&app, RUIZ));
            let begun = begin(&app, &code, &email).await.is(201);
            let digits = app.secret_of("contact_code", &email);
            let (joined, linked) = tokio::join!(confirm(&app, &begun, &digits), link(&gil, &code));
            let (one, other) = if joined.status == 201 { (joined, linked) } else { (linked, joined) };
            one.is(201);
            other.is(410).is_refused("invitation.code_used");
            assert_eq!(online(&sara, &at).await, "linked");
            assert_eq!(app.count("invitations WHERE state = 'accepted'"), round + 1);
        }
        let linked = own(&gil).await.len();
        assert_eq!(app.count("accounts WHERE realm = 'family'"), 1 + 4 - linked);
    }

    async fn a_code_that_counts_no_more_links_nothing(app) {
        let (sara, at) = invited(&app, "pine").await;
        let known = app.guardian("gil@home.example").await;
        let gil = known.at_home().await;
        let (old_link, old) = sent(&app, RUIZ);
        app.clock.advance(SignedDuration::from_secs(1));
        sara.post(&format!("{at}/reinvite"), json!({})).await.is(200);
        let (_, revoked) = sent(&app, RUIZ);
        revoke(&sara, &at).await;
        apply(&sara, "late@home.example").await;
        let (_, late) = sent(&app, "late@home.example");
        for (code, why) in [
            (&old, "invitation.code_replaced"), (&old_link, "invitation.code_replaced"),
            (&revoked, "invitation.code_revoked"), (&"AAAA-AAAA-AAAA-AAAA".to_owned(), "invitation.code_unknown"),
        ] {
            link(&gil, code).await.is(410).is_refused(why);
        }
        app.clock.advance(LIFETIME);
        let gil = known.at_home().await;
        link(&gil, &late).await.is(410).is_refused("invitation.code_expired");
        assert!(own(&gil).await.is_empty());
    }

    async fn of_two_who_accept_at_once_one_gets_in(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, RUIZ).await.is(201);
        let digits = app.secret_of("contact_code", RUIZ);
        let answers = at_once(vec![confirm(&app, &begun, &digits), confirm(&app, &begun, &digits)]).await;
        let statuses = statuses(&answers);
        assert!(statuses[0] == 201 && statuses[1] != 201, "{statuses:?}");
        assert_eq!(app.count("accounts WHERE realm = 'family'"), 1);
        assert_eq!(app.count("sessions WHERE account_id IN (SELECT id FROM accounts WHERE realm = 'family')"), 1);
    }

    async fn a_wrong_code_is_counted_at_its_invitation_and_the_link_goes_on(app) {
        invited(&app, "pine").await;
        let (link, code) = sent(&app, RUIZ);
        for _ in 0..10 {
            look(&app, &wrong(&code)).await.is(410).is_refused("invitation.code_unknown");
        }
        assert_eq!(app.count("invitations WHERE attempts = 10"), 1);
        look(&app, &code).await.is(410).is_refused("invitation.code_unknown");
        look(&app, &link).await.is(200);
    }

    async fn what_is_no_code_is_nobodys(app) {
        invited(&app, "pine").await;
        for odd in ["AAAA-AAAA-AAAA-AAAA", "cdi_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "UUUU-UUUU-UUUU-UUUU"] {
            look(&app, odd).await.is(410).is_refused("invitation.code_unknown");
            begin(&app, odd, RUIZ).await.is(410).is_refused("invitation.code_unknown");
        }
        look(&app, "short").await.is(422).is_refused("request.invalid");
        assert_eq!(app.letters_of("contact_code", RUIZ), 0);
    }

    async fn wrong_digits_are_counted_and_end_the_acceptance(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, RUIZ).await.is(201);
        let digits = app.secret_of("contact_code", RUIZ);
        let wrong = if digits == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            confirm(&app, &begun, wrong).await.is(422).is_refused("code.wrong");
        }
        confirm(&app, &begun, &digits).await.is_refused("code.not_usable");
        look(&app, &code).await.is(200);
        let again = begin(&app, &code, RUIZ).await.is(201);
        let digits = app.secret_of("contact_code", RUIZ);
        confirm(&app, &again, &digits).await.is(201);
    }

    async fn digits_count_for_ten_minutes_and_the_last_ones_only(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let first = begin(&app, &code, RUIZ).await.is(201);
        let old = app.secret_of("contact_code", RUIZ);
        app.clock.advance(SignedDuration::from_secs(1));
        let second = begin(&app, &code, RUIZ).await.is(201);
        confirm(&app, &first, &old).await.is_refused("code.not_usable");
        let digits = app.secret_of("contact_code", RUIZ);
        app.clock.advance(SignedDuration::from_mins(10));
        confirm(&app, &second, &digits).await.is_refused("code.not_usable");
    }

    async fn a_password_that_is_easy_to_guess_makes_no_account(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, RUIZ).await.is(201);
        let digits = app.secret_of("contact_code", RUIZ);
        let body = json!({"code": digits, "name": "Marta Ruiz", "password": "martaruiz1234"});
        let at = format!("{}/confirm", begun.header("location"));
        app.nobody().post(&at, body).await.is(422).at(&["#/password"]);
        assert_eq!(app.count("accounts WHERE realm = 'family'"), 0);
    }

    async fn a_password_that_is_refused_costs_no_try_at_the_digits(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, "marta@home.example").await.is(201);
        let digits = app.secret_of("contact_code", "marta@home.example");
        let at = format!("{}/confirm", begun.header("location"));
        // Made of the name, of the contact, of what the organisation is called.
        for password in ["martaruiz1234", "marta@home.example", "Camp pine Camp pine"].repeat(2) {
            let body = json!({"code": digits, "name": "Marta Ruiz", "password": password});
            app.nobody().post(&at, body).await.is(422).at(&["#/password"]);
        }
        assert_eq!(app.count("acceptances WHERE attempts = 0"), 1);
        confirm(&app, &begun, &digits).await.is(201);
    }

    async fn the_digits_show_that_a_contact_is_reached_again(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let now = app.house.clock.now();
        behind(&app, move |conn| {
            let row = (
                suppressions::id.eq(AnyId(Uuid::now_v7())),
                suppressions::method.eq(Method::Email),
                suppressions::contact_key.eq("marta@home.example"),
                suppressions::reason.eq(SuppressionReason::Bounced),
                suppressions::created_at.eq(now),
                suppressions::version.eq(1_i64),
            );
            diesel::insert_into(suppressions::table).values(row).execute(conn)
        })
        .await;
        join(&app, &code, "Marta@Home.example").await;
        assert_eq!(app.count("suppressions"), 0);
    }

    async fn an_organisation_sees_what_was_tried_at_its_invitations(app) {
        let (sara, at) = invited(&app, "pine").await;
        let (link, code) = sent(&app, RUIZ);
        let id = newest(&sara, &at).await;
        look(&app, &wrong(&code)).await.is(410);
        app.guardian("gil@home.example").await;
        let begun = begin(&app, &code, "gil@home.example").await.is(201);
        let digits = app.secret_of("contact_code", "gil@home.example");
        confirm(&app, &begun, if digits == "000000" { "000001" } else { "000000" }).await.is(422);
        let taken = confirm(&app, &begun, &digits).await.is(409).is_refused("account.address_in_use");
        assert_eq!(taken.body["next_actions"], json!(["sign_in", "link_family_application"]));
        app.clock.advance(LIFETIME);
        let over = look(&app, &link).await.is(410);
        assert_eq!(over.body["next_actions"], json!(["request_invitation"]));
        let sara = app.another_session_of(&sara).await;
        let seen = sara.get(&format!("/v1/audit-entries?outcome=denied&target_id={id}")).await.is(200);
        let seen: Vec<(&str, &str)> = seen.body["data"].as_array().unwrap().iter()
            .map(|entry| (entry["action"].as_str().unwrap(), entry["rule"].as_str().unwrap())).collect();
        for refused in [
            ("invitation.look_up", "invitation.code_unknown"), ("invitation.look_up", "invitation.code_expired"),
            ("invitation.accept", "code.wrong"), ("invitation.accept", "account.address_in_use"),
        ] {
            assert!(seen.contains(&refused), "{refused:?} in {seen:?}");
        }
    }

    async fn a_problem_names_the_operation_that_helps(app) {
        let (sara, at) = invited(&app, "pine").await;
        let again = sara.post(&format!("{at}/invite"), json!({})).await.is(409);
        assert_eq!(again.body["next_actions"], json!(["reinvite_family"]));
        let (_, code) = sent(&app, RUIZ);
        join(&app, &code, RUIZ).await;
        let linked = sara.post(&format!("{at}/reinvite"), json!({})).await.is(409);
        assert_eq!(linked.body["next_actions"], json!(["unlink_application"]));
        let used = look(&app, &code).await.is(410);
        assert_eq!(used.body["next_actions"], json!(["sign_in", "request_password_reset"]));
        let draft = sara.post("/v1/applications", json!({"family_name": "Lund"})).await.is(201).header("location");
        let never = sara.post(&format!("{draft}/reinvite"), json!({"method": "email"})).await.is(409);
        assert_eq!(never.body["next_actions"], json!(["invite_family"]));
    }

    async fn somebody_with_an_account_links_the_application_instead(app) {
        let (sara, first) = invited(&app, "pine").await;
        let family = join(&app, &sent(&app, RUIZ).1, RUIZ).await;
        app.clock.advance(SignedDuration::from_secs(1));
        let second = apply(&sara, RUIZ).await;
        let (_, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, RUIZ).await.is(201);
        let digits = app.secret_of("contact_code", RUIZ);
        confirm(&app, &begun, &digits).await.is(409).is_refused("account.address_in_use");
        let linked = link(&family, &code).await.is(201);
        assert_eq!(linked.text("/id"), id(&second));
        link(&family, &code).await.is(410).is_refused("invitation.code_used");
        let mine = own(&family).await;
        let ids: Vec<&str> = mine.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [id(&second), id(&first)]);
    }

    async fn one_account_serves_several_organisations_and_each_sees_its_own(app) {
        let (sara, at) = invited(&app, "pine").await;
        let family = join(&app, &sent(&app, RUIZ).1, RUIZ).await;
        app.clock.advance(SignedDuration::from_secs(1));
        let (noa, other) = invited(&app, "oak").await;
        link(&family, &sent(&app, RUIZ).1).await.is(201);
        assert_eq!(own(&family).await.len(), 2);
        let organizations = family.get("/v1/family-organizations").await.is(200);
        assert_eq!(organizations.body["data"].as_array().unwrap().len(), 2);
        for (who, theirs, foreign) in [(&sara, &at, &other), (&noa, &other, &at)] {
            who.get(theirs).await.is(200);
            who.get(foreign).await.is(404);
            let all = who.get("/v1/applications").await.is(200);
            assert!(all.raw.contains(id(theirs)) && !all.raw.contains(id(foreign)));
        }
    }

    async fn a_family_sees_no_other_familys_application(app) {
        let (sara, at) = invited(&app, "pine").await;
        let ruiz = join(&app, &sent(&app, RUIZ).1, RUIZ).await;
        let other = apply(&sara, "lund@home.example").await;
        let lund = join(&app, &sent(&app, "lund@home.example").1, "lund@home.example").await;
        for (who, foreign) in [(&ruiz, &other), (&lund, &at)] {
            who.get(&format!("/v1/family-applications/{}", id(foreign))).await.is(404);
            who.delete(&format!("/v1/family-applications/{}", id(foreign))).await.is(404);
            who.get(foreign).await.is(403).is_refused("action.not_permitted");
            assert_eq!(own(who).await.len(), 1);
        }
    }

    async fn an_unlink_takes_access_away_at_once_and_lets_the_invitation_go_elsewhere(app) {
        let (sara, at) = invited(&app, "pine").await;
        let ruiz = join(&app, &sent(&app, RUIZ).1, RUIZ).await;
        sara.post(&format!("{at}/unlink"), json!({"reason": "change_credentials"})).await.is(200);
        assert!(own(&ruiz).await.is_empty());
        ruiz.get(&format!("/v1/family-applications/{}", id(&at))).await.is(404);
        assert_eq!(ruiz.get("/v1/family-organizations").await.is(200).body["data"], json!([]));
        sara.post(&format!("{at}/reinvite"), json!({})).await.is(422).is_refused("invitation.method_needed");
        let etag = sara.get(&at).await.etag();
        sara.patch(&at, &etag, json!({"email": "lund@home.example"})).await.is(200);
        sara.post(&format!("{at}/reinvite"), json!({"method": "email"})).await.is(200);
        let lund = join(&app, &sent(&app, "lund@home.example").1, "lund@home.example").await;
        assert_eq!(own(&lund).await.len(), 1);
        app.sign_in_as(&json!({"realm": "family", "name": RUIZ}), PASSWORD).await.is(201);
    }

    async fn a_family_leaves_and_the_organisation_is_told(app) {
        let (sara, at) = invited(&app, "pine").await;
        let ruiz = join(&app, &sent(&app, RUIZ).1, RUIZ).await;
        ruiz.delete(&format!("/v1/family-applications/{}", id(&at))).await.is(204);
        assert_eq!(online(&sara, &at).await, "unlinked");
        let told: Vec<String> = app.letters().into_iter().filter(|one| one.starts_with("family_unlinked")).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        ruiz.delete(&format!("/v1/family-applications/{}", id(&at))).await.is(404);
    }

    async fn a_family_asks_for_a_new_invitation_once_a_day(app) {
        let (sara, at) = invited(&app, "pine").await;
        let (link, code) = sent(&app, RUIZ);
        let ask = async |what: &str| app.nobody().post("/v1/invitation-requests", json!({"invitation_code": what})).await.is(202);
        let told = || app.letters().iter().filter(|one| one.starts_with("invitation_requested")).count();
        ask(&code).await;
        assert_eq!(told(), 0, "it still counts");
        app.clock.advance(LIFETIME);
        ask(&link).await;
        ask(&code).await;
        assert_eq!(told(), 1);
        app.clock.advance(SignedDuration::from_hours(24));
        ask(&code).await;
        assert_eq!(told(), 2);
        let nothing = ask("AAAA-AAAA-AAAA-AAAA").await;
        assert_eq!(nothing.raw, "");
        let sara = app.another_session_of(&sara).await;
        assert_eq!(online(&sara, &at).await, "expired");
        app.clock.advance(SignedDuration::from_secs(1));
        sara.post(&format!("{at}/reinvite"), json!({})).await.is(200);
        let (_, newer) = sent(&app, RUIZ);
        revoke(&sara, &at).await;
        for either in [&code, &newer] {
            ask(either).await;
        }
        assert_eq!(told(), 2, "once a day, by whichever invitation");
        app.clock.advance(SignedDuration::from_hours(24));
        ask(&newer).await;
        assert_eq!(told(), 3);
    }

    async fn a_family_whose_code_others_used_up_asks_for_a_new_invitation(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let ask = async |what: &str| app.nobody().post("/v1/invitation-requests", json!({"invitation_code": what})).await.is(202);
        let told = || app.letters().iter().filter(|one| one.starts_with("invitation_requested")).count();
        for _ in 0..9 {
            look(&app, &wrong(&code)).await.is(410);
        }
        ask(&code).await;
        assert_eq!(told(), 0, "it still counts");
        look(&app, &wrong(&code)).await.is(410);
        ask(&wrong(&code)).await;
        assert_eq!(told(), 0);
        let answer = ask(&code).await;
        assert_eq!((told(), answer.raw.as_str()), (1, ""));
        look(&app, &code).await.is(410).is_refused("invitation.code_unknown");
    }

    async fn an_invitation_that_was_taken_back_says_so(app) {
        for end in ["revoke", "withdraw"] {
            let (sara, at) = invited(&app, end).await;
            let (link, code) = sent(&app, RUIZ);
            let begun = begin(&app, &code, RUIZ).await.is(201);
            if end == "revoke" {
                revoke(&sara, &at).await;
            } else {
                sara.send(reqwest::Method::POST, &format!("{at}/withdraw"), None, &[]).await.is(200);
            }
            for known in [&link, &code] {
                look(&app, known).await.is(410).is_refused("invitation.code_revoked");
                begin(&app, known, RUIZ).await.is(410).is_refused("invitation.code_revoked");
            }
            let digits = app.secret_of("contact_code", RUIZ);
            confirm(&app, &begun, &digits).await.is(410).is_refused("invitation.code_revoked");
            app.clock.advance(SignedDuration::from_secs(1));
        }
        assert_eq!(app.count("accounts WHERE realm = 'family'"), 0);
    }

    async fn nobody_comes_in_to_a_suspended_organisation(app) {
        let (_, _) = invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, RUIZ).await.is(201);
        let digits = app.secret_of("contact_code", RUIZ);
        let tenant = app.tenant_called("pine").await;
        let admin = app.platform_admin().await;
        admin.post(&format!("/v1/tenants/{tenant}/suspend"), json!({"reason": "Closed"})).await.is(200);
        look(&app, &code).await.is(410).is_refused("invitation.code_revoked");
        confirm(&app, &begun, &digits).await.is(410).is_refused("invitation.code_revoked");
        assert_eq!(app.count("accounts WHERE realm = 'family'"), 0);
    }

    async fn a_support_users_address_makes_no_familys_account(app) {
        let (_, _) = invited(&app, "pine").await;
        let ida = app.user("pine", "ida", Role::SupportUser).await;
        let (_, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, &ida.contact).await.is(201);
        let digits = app.secret_of("contact_code", &ida.contact);
        confirm(&app, &begun, &digits).await.is(409).is_refused("user.address_reserved");
        assert_eq!(app.count("accounts WHERE realm = 'family'"), 0);
    }

    async fn a_contact_is_not_flooded_with_digits(app) {
        invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        let mut statuses = Vec::new();
        for _ in 0..8 {
            statuses.push(begin(&app, &code, "victim@home.example").await.status.as_u16());
        }
        assert_eq!(statuses, [201, 201, 201, 201, 201, 429, 429, 429]);
    }

    async fn a_family_that_changes_its_contact_keeps_its_record_and_its_organisations_are_told(app) {
        let (sara, at) = invited(&app, "pine").await;
        let ruiz = join(&app, &sent(&app, RUIZ).1, RUIZ).await;
        let begun = ruiz.post("/v1/account/contact-changes", json!({"email": "new@home.example"})).await.is(200);
        let (current, new) = (app.secret_of("contact_code", RUIZ), app.secret_of("contact_code", "new@home.example"));
        let body = json!({"current_code": current, "new_code": new});
        ruiz.post(&format!("/v1/account/contact-changes/{}/confirm", begun.text("/id")), body).await.is(204);
        let seen = sara.get(&at).await.is(200);
        assert_eq!((seen.text("/email"), seen.text("/linked_contact")), (RUIZ.to_owned(), "new@home.example".to_owned()));
        let told = app.letters().into_iter().filter(|one| one.starts_with("family_contact_changed")).count();
        assert_eq!(told, 1);
    }

    async fn neither_link_nor_code_nor_digits_stand_in_the_audit(app) {
        let (_, _) = invited(&app, "pine").await;
        let (link, code) = sent(&app, RUIZ);
        let begun = begin(&app, &code, RUIZ).await.is(201);
        let digits = app.secret_of("contact_code", RUIZ);
        confirm(&app, &begun, &digits).await.is(201);
        let audit = json!(app.audit().await).to_string();
        for secret in [&link, &code, &digits, &code.replace('-', "")] {
            assert!(!audit.contains(secret.as_str()), "{secret}");
        }
        assert!(audit.contains("invitation.accept") && !audit.contains(RUIZ));
    }
}

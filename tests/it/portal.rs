//! The family portal: an account by an invitation, further applications, and the way out. Nobody learns more
//! than the invitation says, and nobody comes in twice by one.

use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::moment::{at_once, statuses};
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
        let begun = app.nobody().post("/v1/acceptances", json!({"invitation_code": code, "phone": PHONE})).await.is(201);
        assert!(begun.text("/sent_to").ends_with("31"));
        let digits = app.secret_of("contact_code", PHONE);
        confirm(&app, &begun, &digits).await.is(201);
        app.sign_in_as(&json!({"realm": "family", "name": PHONE}), PASSWORD).await.is(201);
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
        let wrong = format!("{}{}", &code[..17], if code.ends_with("00") { "11" } else { "00" });
        for _ in 0..10 {
            look(&app, &wrong).await.is(410).is_refused("invitation.code_unknown");
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
    }

    async fn an_invitation_that_was_taken_back_says_so(app) {
        let (sara, at) = invited(&app, "pine").await;
        let (_, code) = sent(&app, RUIZ);
        sara.post(&format!("{at}/withdraw"), json!({})).await;
        sara.send(reqwest::Method::POST, &format!("{at}/withdraw"), None, &[]).await;
        look(&app, &code).await.is(410).is_refused("invitation.code_revoked");
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

//! One's own account: seen, its language, its password, its address or number.

use caredesk::service::Ask;
use caredesk::store::Origin;
use caredesk_core::domain::account::Role;
use futures_util::future::join;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::{App, TOKEN};
use crate::support::gateway::Gateway;
use crate::support::moment::{at_once, statuses};
use crate::support::operations::roles;
use crate::support::people::Known;
use crate::support::staff::{PASSWORD, secret};

const ACCOUNT: &str = "/v1/account";
const CHANGES: &str = "/v1/account/contact-changes";
const ANA: &str = "ana@desk.example";
const NEW_PASSWORD: &str = "another violet tractor 39";
const PHONE: &str = "+15550100299";
const NEW: &str = "mia@new.example";
const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A member of a new tenant.
async fn mia(app: &App) -> Known<'_> {
    app.tenant("pine").await;
    app.user("pine", "mia", Role::Member).await
}

async fn change(who: &Actor<'_>, present: &str, new: &str) -> Answer {
    let body = json!({"current_password": present, "new_password": new});
    who.send(Method::PUT, "/v1/account/password", Some(body), &[]).await
}

/// Begins to change the address.
async fn begin(who: &Actor<'_>, email: &str) -> Answer {
    who.post(CHANGES, json!({"email": email})).await
}

async fn confirm(who: &Actor<'_>, begun: &Answer, (current, new): (&str, &str)) -> Answer {
    let path = format!("{CHANGES}/{}/confirm", begun.text("/id"));
    who.post(&path, json!({"current_code": current, "new_code": new})).await
}

/// The last codes that went to two contacts.
fn codes(app: &App, current: &str, new: &str) -> (String, String) {
    (app.secret_of("contact_code", current), app.secret_of("contact_code", new))
}

/// A code that is not this one.
fn other_than(code: &str) -> &str {
    if code == "000000" { "000001" } else { "000000" }
}

/// Changes a contact from beginning to end.
async fn changed(who: &Actor<'_>, from: &str, field: &str, to: &str) -> Answer {
    let begun = who.post(CHANGES, json!({field: to})).await.is(200);
    let (current, new) = codes(who.app, from, to);
    confirm(who, &begun, (&current, &new)).await
}

/// Everybody who can sign in with a session, and the name of the organisation they belong to.
async fn everybody(app: &App) -> Vec<(Role, Actor<'_>)> {
    let tenant = app.tenant_id("pine").await;
    let mut all = Vec::new();
    for role in roles().iter().filter(|role| **role != Role::Integration) {
        let tenant = (role.realm().as_str() == "tenant").then_some(tenant);
        all.push((*role, app.someone(*role, tenant).await));
    }
    all
}

on_both! {
    async fn everybody_sees_their_own_account_and_no_other(app) {
        for (role, who) in everybody(&app).await {
            let seen = who.get(ACCOUNT).await.is(200);
            assert_eq!(seen.text("/id"), who.account.to_string());
            assert_eq!((seen.text("/role"), seen.text("/status")), (role.to_string(), "active".into()));
            assert_eq!(seen.body["tenant_id"].is_null(), role.realm().as_str() != "tenant", "{role}");
            assert_eq!(seen.body["second_factor_is_compulsory"], role.needs_second_factor(), "{role}");
        }
    }

    async fn a_user_sees_the_user_name_and_a_guardian_the_number(app) {
        let mia = mia(&app).await;
        let seen = mia.at_home().await.get(ACCOUNT).await.is(200);
        assert_eq!((seen.text("/user_name"), seen.text("/name")), ("mia".into(), "Mia Lund".into()));
        assert_eq!((seen.text("/email"), &seen.body["phone"]), (mia.contact.clone(), &Value::Null));
        assert_eq!(seen.text("/last_signed_in_at"), "2026-11-21T09:00:00Z");
        let gil = app.guardian(PHONE).await.at_home().await.get(ACCOUNT).await.is(200);
        assert_eq!((gil.text("/phone"), &gil.body["email"]), (PHONE.into(), &Value::Null));
        assert_eq!(gil.body["user_name"], Value::Null);
    }

    async fn everybody_chooses_the_language_they_are_written_to_in(app) {
        for (role, who) in everybody(&app).await {
            let before = who.get(ACCOUNT).await.is(200);
            let spanish = json!({"locale": "es"});
            let after = who.patch(ACCOUNT, &before.etag(), spanish.clone()).await.is(200);
            assert_eq!((after.text("/locale"), &after.body["version"]), ("es".into(), &json!(2)), "{role}");
            let read = who.get(ACCOUNT).await;
            assert_eq!((&read.body, read.etag()), (&after.body, after.etag()));
            let stale = who.patch(ACCOUNT, &before.etag(), spanish.clone()).await.is(412);
            stale.is_refused("version.stale");
            who.send(Method::PATCH, ACCOUNT, Some(spanish), &[]).await.is(200); // without a version
        }
    }

    async fn nothing_but_the_language_is_ones_own_to_change(app) {
        let mia = mia(&app).await.at_home().await;
        for (field, bad) in [
            ("locale", json!("fr")),
            ("locale", json!(null)),
            ("role", json!("site_admin")),
            ("email", json!(NEW)),
            ("name", json!("Mia\u{7}")),
            ("status", json!("active")),
        ] {
            let refused = mia.send(Method::PATCH, ACCOUNT, Some(json!({field: bad})), &[]).await;
            refused.is(422).at(&[&format!("#/{field}")]);
        }
        assert_eq!(mia.get(ACCOUNT).await.body["version"], 1);
    }

    async fn recovery_codes_are_counted_down(app) {
        let ana = app.bearer(&app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201));
        let begun = secret(&ana.begin_second_factor().await.is(200));
        let code = caredesk::guard::second_factor::code_at(&begun, app.house.clock.now());
        let confirmed = ana.confirm(&code).await.is(200);
        assert_eq!(ana.get(ACCOUNT).await.is(200).body["recovery_codes_left"], 10);
        for left in [9, 8] {
            let typed = confirmed.text(&format!("/recovery_codes/{left}"));
            let body = json!({"recovery_code": typed});
            ana.post("/v1/second-factor/recover", body.clone()).await.is(200);
            ana.post("/v1/second-factor/recover", body).await.is(422);
            assert_eq!(ana.get(ACCOUNT).await.body["recovery_codes_left"], left);
        }
    }

    async fn a_password_is_changed_by_whoever_knows_it(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        change(&here, PASSWORD, NEW_PASSWORD).await.is(204);
        app.sign_in_as(&mia.claim, PASSWORD).await.is(401).is_refused("auth.wrong_credentials");
        app.sign_in_as(&mia.claim, NEW_PASSWORD).await.is(201);
        change(&here, PASSWORD, NEW_PASSWORD).await.is(422).is_refused("password.wrong");
    }

    async fn a_password_is_changed_in_every_realm_and_the_person_is_told(app) {
        let mia = mia(&app).await;
        let (gil, eva) = (app.guardian(PHONE).await, app.guardian("eva@home.example").await);
        for known in [&mia, &gil, &eva] {
            change(&known.at_home().await, PASSWORD, NEW_PASSWORD).await.is(204);
            assert_eq!(app.letters_of("password_changed", &known.contact), 1);
            app.sign_in_as(&known.claim, NEW_PASSWORD).await.is(201);
        }
        let ana = app.staff(ANA).await.at_work().await;
        change(&ana, PASSWORD, NEW_PASSWORD).await.is(204);
        assert_eq!(app.letters_of("password_changed", ANA), 1);
        app.sign_in(ANA, NEW_PASSWORD).await.is(201);
    }

    async fn a_wrong_present_password_is_refused_and_written_down(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        change(&here, "wrong", NEW_PASSWORD).await.is(422).is_refused("password.wrong");
        app.sign_in_as(&mia.claim, PASSWORD).await.is(201);
        let audit = app.audit().await;
        let denied = audit.iter().find(|entry| entry["outcome"] == "denied").unwrap();
        assert_eq!((&denied["action"], &denied["rule"]), (&json!("password.change"), &json!("password.wrong")));
        assert_eq!(denied["actor_id"], mia.account.to_string());
    }

    async fn a_present_password_that_changes_meanwhile_is_refused_and_written_down(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        // Between the check of the password, which forgets the tries, and the change.
        app.burglar().meanwhile("DELETE ON throttle_counters", "UPDATE accounts SET password_hash = 'another'");
        change(&here, PASSWORD, NEW_PASSWORD).await.is(422).is_refused("password.wrong");
        let audit = app.audit().await;
        let denied = audit.iter().find(|entry| entry["outcome"] == "denied").unwrap();
        assert_eq!((&denied["action"], &denied["rule"]), (&json!("password.change"), &json!("password.wrong")));
        assert_eq!((&denied["actor_id"], &denied["target_id"]), (&json!(mia.account), &json!(mia.account)));
    }

    async fn after_five_wrong_passwords_the_right_one_waits_too(app) {
        let here = mia(&app).await.at_home().await;
        for _ in 0..5 {
            change(&here, "wrong", NEW_PASSWORD).await.is(422).is_refused("password.wrong");
        }
        let refused = change(&here, PASSWORD, NEW_PASSWORD).await.is(429);
        assert_eq!(refused.is_refused("throttle.too_many_requests").header("retry-after"), "300");
        app.clock.advance(MINUTE * 5);
        change(&here, PASSWORD, NEW_PASSWORD).await.is(204);
    }

    async fn tries_add_up_across_the_sessions_of_an_account(app) {
        let mia = mia(&app).await;
        for _ in 0..5 {
            change(&mia.at_home().await, "wrong", NEW_PASSWORD).await.is(422);
        }
        change(&mia.at_home().await, PASSWORD, NEW_PASSWORD).await.is(429);
        let noa = app.user("pine", "noa", Role::Member).await.at_home().await;
        change(&noa, PASSWORD, NEW_PASSWORD).await.is(204); // and not across accounts
    }

    async fn tries_add_up_across_the_places_where_an_account_is_not_at_home(app) {
        let here = mia(&app).await.at_home().await;
        let actor = app.house.doorman.check(here.token.as_ref().unwrap()).await.unwrap();
        let from = async |number: i32| {
            let address = Some(format!("198.51.100.{number}"));
            let ask = Ask::of(actor.clone(), Origin { request: "test".to_owned(), address });
            let typed = ("wrong".to_owned().into(), NEW_PASSWORD.to_owned().into());
            app.house.change_password(&ask, typed).await.unwrap_err().code().to_string()
        };
        for number in 0..20 {
            assert_eq!(from(number).await, "password.wrong");
        }
        assert_eq!(from(20).await, "throttle.too_many_requests");
        change(&here, PASSWORD, NEW_PASSWORD).await.is(204); // at home nobody waits for what others try
    }

    async fn a_right_password_forgets_the_wrong_ones(app) {
        let here = mia(&app).await.at_home().await;
        for (present, new) in [(PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)] {
            for _ in 0..4 {
                change(&here, "wrong", NEW_PASSWORD).await.is(422);
            }
            change(&here, present, new).await.is(204);
        }
    }

    async fn a_new_password_is_neither_common_nor_ones_own_words(app) {
        app.tenant("northern-lights").await;
        let ana = app.user("northern-lights", "anastasia.ruizmarin", Role::Member).await;
        let here = ana.at_home().await;
        let long = "xK9#qTz!4vwLmé2%".repeat(9);
        for weak in [
            "",
            "short one",
            "password1234",
            "aaaaaaaaaaaaaaaa",
            "anastasia.ruizmarin",
            "anastasia-ruizmarin1",
            "Camp northern-lights",
            "northern-lights.example",
            "ruizmarin@northern-lights",
            "caredesk caredesk",
            "xK9#qTz!4vwL\0",
            long.as_str(),
        ] {
            let refused = change(&here, PASSWORD, weak).await;
            assert_eq!(refused.status, 422, "{weak:?}");
            refused.is_refused("request.invalid").at(&["#/new_password"]);
        }
        app.sign_in_as(&ana.claim, PASSWORD).await.is(201);
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn a_password_of_any_script_counts_with_the_spaces_around_it(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let new = "  夜空に浮かぶ 紫の自転車と猫 ";
        change(&here, PASSWORD, new).await.is(204);
        app.sign_in_as(&mia.claim, new.trim()).await.is(401);
        app.sign_in_as(&mia.claim, new).await.is(201);
        change(&here, new.trim(), PASSWORD).await.is(422).is_refused("password.wrong");
        change(&here, new, PASSWORD).await.is(204);
    }

    async fn a_new_password_ends_every_other_session(app) {
        let mia = mia(&app).await;
        let (other, own) = (mia.sign_in().await.is(201), mia.sign_in().await.is(201));
        let (there, here) = (app.bearer(&other), app.bearer(&own));
        there.get(ACCOUNT).await.is(200);
        change(&here, PASSWORD, NEW_PASSWORD).await.is(204);
        there.get(ACCOUNT).await.is(401).is_refused("auth.invalid_token");
        app.refresh(&other.text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
        here.get(ACCOUNT).await.is(200);
        app.refresh(&own.text("/refresh_token")).await.is(200);
        assert_eq!(app.letters(), ["password_changed to mia@pine.example"]);
    }

    async fn a_new_password_ends_the_links_to_reset_it(app) {
        let mia = mia(&app).await;
        app.forget(&mia.claim).await.is(202);
        change(&mia.at_home().await, PASSWORD, NEW_PASSWORD).await.is(204);
        let link = app.secret_of("password_reset", &mia.contact);
        app.reset(&link, "yet another violet tractor 17").await.is(410).is_refused("link.not_usable");
        app.sign_in_as(&mia.claim, NEW_PASSWORD).await.is(201);
    }

    async fn of_two_new_passwords_at_once_one_counts(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let other = "yet another violet tractor 17";
        let answers =
            at_once(vec![change(&here, PASSWORD, NEW_PASSWORD), change(&here, PASSWORD, other)]).await;
        assert_eq!(statuses(&answers), [204, 422]);
        let counts = if answers[0].status == 204 { NEW_PASSWORD } else { other };
        app.sign_in_as(&mia.claim, counts).await.is(201);
        assert_eq!(app.letters_of("password_changed", &mia.contact), 1);
    }

    async fn a_sign_in_on_its_way_does_not_outlive_its_password(app) {
        let mia = mia(&app).await;
        mia.sign_in().await.is(201);
        let mut burglar = app.burglar();
        let hash = burglar.texts("SELECT password_hash FROM accounts WHERE password_hash IS NOT NULL");
        for wait in [0, 4, 8, 12, 16, 20, 25, 30, 40, 50] {
            let set = format!("UPDATE accounts SET password_hash = '{}'", hash[0]);
            burglar.run(&format!("{set} WHERE password_hash IS NOT NULL"));
            let another_password = async {
                actix_web::rt::time::sleep(std::time::Duration::from_millis(wait)).await;
                burglar.run(
                    "BEGIN; UPDATE accounts SET password_hash = 'another' WHERE password_hash IS NOT NULL; \
                     UPDATE sessions SET ended_at = created_at WHERE ended_at IS NULL; COMMIT",
                );
            };
            join(mia.sign_in(), another_password).await;
            let live = burglar.texts("SELECT address FROM sessions WHERE ended_at IS NULL");
            assert_eq!(live, [""; 0], "{wait} ms");
        }
    }

    async fn a_change_of_password_is_written_down_without_it(app) {
        let mia = mia(&app).await;
        change(&mia.at_home().await, PASSWORD, NEW_PASSWORD).await.is(204);
        let audit = app.audit().await;
        let done = audit.iter().find(|entry| entry["action"] == "password.change").unwrap();
        assert_eq!((&done["outcome"], &done["actor_id"]), (&json!("done"), &json!(mia.account)));
        assert_eq!(done["target_id"], mia.account.to_string());
        let whole = json!(audit).to_string();
        for personal in [PASSWORD, NEW_PASSWORD, "mia", "Lund", "argon2"] {
            assert!(!whole.contains(personal), "{personal}");
        }
    }

    async fn an_address_is_changed_with_a_code_to_each(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        assert_eq!(begun.text("/current_contact"), "m***@p***.example");
        assert_eq!(begun.text("/new_contact"), "m***@n***.example");
        assert_eq!(begun.text("/expires_at"), "2026-11-21T09:10:00Z");
        assert_eq!(here.get(ACCOUNT).await.text("/email"), mia.contact);
        let (current, new) = codes(&app, &mia.contact, NEW);
        confirm(&here, &begun, (&current, &new)).await.is(204);
        let seen = here.get(ACCOUNT).await;
        assert_eq!((seen.text("/email"), &seen.body["version"]), (NEW.into(), &json!(2)));
        assert_eq!(app.letters_of("contact_changed", &mia.contact), 1);
        assert_eq!(app.letters_of("contact_changed", NEW), 0);
        app.sign_in_as(&mia.claim, PASSWORD).await.is(201); // a user signs in with a name
    }

    async fn each_code_is_for_its_own_contact(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        assert_ne!(current, new);
        let wrong = [
            (&*new, &*current),
            (&*current, &*current),
            (&*new, &*new),
            (&*current, other_than(&new)),
        ];
        for pair in wrong {
            confirm(&here, &begun, pair).await.is(422).is_refused("code.wrong");
        }
        confirm(&here, &begun, (&current, &new)).await.is(204);
        confirm(&here, &begun, (&current, &new)).await.is(410).is_refused("code.not_usable");
    }

    async fn the_codes_are_in_messages_only(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        let done = confirm(&here, &begun, (&current, &new)).await.is(204);
        let audit = app.audit().await;
        let about: Vec<Value> =
            audit.into_iter().filter(|entry| entry["action"] == "contact.change").collect();
        assert_eq!(about.len(), 2);
        let told: Vec<String> = about.iter().map(|entry| entry["detail"].to_string()).collect();
        for secret in [current.as_str(), new.as_str(), NEW, mia.contact.as_str()] {
            for said in [&begun.raw, &done.raw].into_iter().chain(&told) {
                assert!(!said.contains(secret), "{secret} in {said}");
            }
        }
    }

    async fn five_wrong_codes_end_the_right_ones(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        for _ in 0..5 {
            let refused = confirm(&here, &begun, (&current, other_than(&new))).await.is(422);
            refused.is_refused("code.wrong");
        }
        confirm(&here, &begun, (&current, &new)).await.is(410).is_refused("code.not_usable");
        assert_eq!(here.get(ACCOUNT).await.text("/email"), mia.contact);
        let denied = app.audit().await;
        let denied = denied.iter().filter(|entry| entry["rule"] == "code.wrong");
        assert!(denied.count() >= 1);
    }

    async fn the_fifth_try_still_counts(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        for _ in 0..4 {
            confirm(&here, &begun, (other_than(&current), &new)).await.is(422);
        }
        confirm(&here, &begun, (&current, &new)).await.is(204);
    }

    async fn tries_at_one_moment_are_all_counted(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        let wrong = (current.as_str(), other_than(&new));
        let answers = at_once((0..8).map(|_| confirm(&here, &begun, wrong)).collect()).await;
        assert_eq!(statuses(&answers), [410, 410, 410, 422, 422, 422, 422, 422]);
        confirm(&here, &begun, (&current, &new)).await.is(410);
    }

    async fn codes_count_for_ten_minutes(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        app.clock.advance(MINUTE * 10);
        let late = confirm(&here.renewed(), &begun, (&current, &new)).await.is(410);
        late.is_refused("code.not_usable");
        app.clock.advance(-SECOND);
        confirm(&here, &begun, (&current, &new)).await.is(204);
    }

    async fn beginning_again_ends_the_codes_of_before(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let first = begin(&here, NEW).await.is(200);
        let old = codes(&app, &mia.contact, NEW);
        app.clock.advance(SECOND);
        let second = begin(&here, "mia@third.example").await.is(200);
        confirm(&here, &first, (&old.0, &old.1)).await.is(410).is_refused("code.not_usable");
        let (current, new) = codes(&app, &mia.contact, "mia@third.example");
        confirm(&here, &second, (&current, &new)).await.is(204);
        assert_eq!(here.get(ACCOUNT).await.text("/email"), "mia@third.example");
    }

    async fn of_two_confirmations_at_once_one_wins(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        let both = vec![
            confirm(&here, &begun, (&current, &new)),
            confirm(&here, &begun, (&current, &new)),
        ];
        assert_eq!(statuses(&at_once(both).await), [204, 410]);
        assert_eq!(app.letters_of("contact_changed", &mia.contact), 1);
    }

    async fn a_change_of_somebody_elses_is_not_found(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        let begun = begin(&here, NEW).await.is(200);
        let (current, new) = codes(&app, &mia.contact, NEW);
        let noa = app.user("pine", "noa", Role::Member).await.at_home().await;
        for _ in 0..6 {
            confirm(&noa, &begun, (&current, &new)).await.is(404).is_refused("resource.not_found");
        }
        let body = json!({"current_code": current, "new_code": new});
        for unknown in [Uuid::now_v7().to_string(), "mine".to_owned()] {
            here.post(&format!("{CHANGES}/{unknown}/confirm"), body.clone()).await.is(404);
        }
        confirm(&here, &begun, (&current, &new)).await.is(204); // their tries were not counted
    }

    async fn the_contact_that_is_there_is_no_change(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        begin(&here, &mia.contact).await.is(409).is_refused("contact.unchanged");
        let gil = app.guardian(PHONE).await.at_home().await;
        gil.post(CHANGES, json!({"phone": PHONE})).await.is(409).is_refused("contact.unchanged");
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn a_number_that_said_stop_is_sent_no_code_and_whoever_asks_is_told(app) {
        let gateway = Gateway::start(TOKEN);
        gateway.passes_on(&app.base, PHONE, "STOP").await;
        let here = app.guardian("gus@home.example").await.at_home().await;
        let body = json!({"phone": PHONE});
        here.post(CHANGES, body.clone()).await.is(409).is_refused("contact.stopped");
        assert_eq!(app.letters(), [""; 0]);
        gateway.passes_on(&app.base, PHONE, "START").await;
        here.post(CHANGES, body).await.is(200);
        // Nor can the number be left that one cannot be reached at.
        let gil = app.guardian("+15550100298").await.at_home().await;
        gateway.passes_on(&app.base, "+15550100298", "STOP").await;
        begin(&gil, "gil@home.example").await.is(409).is_refused("contact.stopped");
    }

    async fn what_is_no_new_contact_is_refused(app) {
        let here = mia(&app).await.at_home().await;
        for body in [
            json!({}),
            json!({"email": NEW, "phone": PHONE}),
            json!({"email": "mia"}),
            json!({"email": null, "phone": PHONE}),
            json!({"phone": "0155"}),
            json!({"email": "mia@new.example\nBcc: noa@pine.example"}),
        ] {
            let refused = here.post(CHANGES, body.clone()).await;
            assert_eq!(refused.status, 422, "{body}");
        }
        let path = format!("{CHANGES}/{}/confirm", Uuid::now_v7());
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            let body = json!({"current_code": bad, "new_code": "123456"});
            here.post(&path, body).await.is(422).at(&["#/current_code"]);
        }
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn whoever_has_a_factor_proves_it_afresh_for_both_steps(app) {
        let tenant = app.tenant_id("pine").await;
        for role in [Role::SiteAdmin, Role::Member] {
            let who = app.someone(role, Some(tenant)).await;
            let contact = who.get(ACCOUNT).await.text("/email");
            let begun = begin(&who, &format!("{role}@new.example")).await.is(200);
            let (current, new) = codes(&app, &contact, &format!("{role}@new.example"));
            app.clock.advance(MINUTE * 6);
            let stale = begin(&who, "late@new.example").await.is(401);
            assert!(stale.header("www-authenticate").contains("insufficient_user_authentication"));
            stale.is_refused("second_factor.step_up_required");
            let stale = confirm(&who, &begun, (&current, &new)).await.is(401);
            stale.is_refused("second_factor.step_up_required");
            who.verify(&who.code()).await.is(200);
            confirm(&who, &begun, (&current, &new)).await.is(204);
        }
    }

    async fn a_member_without_a_factor_is_asked_for_none(app) {
        let mia = mia(&app).await;
        let here = mia.at_home().await;
        app.clock.advance(MINUTE * 6);
        changed(&here, &mia.contact, "email", NEW).await.is(204);
    }

    async fn staff_sign_in_with_the_new_address(app) {
        let ana = app.staff(ANA).await.at_work().await;
        let new = "Ana@New.Example";
        changed(&ana, ANA, "email", new).await.is(204);
        app.sign_in(ANA, PASSWORD).await.is(401).is_refused("auth.wrong_credentials");
        app.sign_in("ana@new.example", PASSWORD).await.is(201);
        ana.get(ACCOUNT).await.is(200); // sessions go on
        app.invite(ANA).await; // the address of before is free
    }

    async fn a_guardian_signs_in_with_the_new_number(app) {
        let gil = app.guardian(PHONE).await;
        let new = "+15550100300";
        changed(&gil.at_home().await, PHONE, "phone", new).await.is(204);
        gil.sign_in().await.is(401);
        app.sign_in_as(&json!({"realm": "family", "name": "+1 (555) 010-0300"}), PASSWORD).await.is(201);
        assert_eq!(app.letters_of("contact_changed", PHONE), 1);
    }

    async fn a_guardian_who_adds_an_address_signs_in_as_before(app) {
        let gil = app.guardian(PHONE).await;
        let here = gil.at_home().await;
        changed(&here, PHONE, "email", "gil@home.example").await.is(204);
        gil.sign_in().await.is(201);
        let seen = here.get(ACCOUNT).await;
        assert_eq!((seen.text("/phone"), seen.text("/email")), (PHONE.into(), "gil@home.example".into()));
        assert_eq!(app.letters_of("contact_changed", PHONE), 1);
        // From now on the present contact is the address, and the number goes on being the name.
        changed(&here, "gil@home.example", "email", "gil@other.example").await.is(204);
        gil.sign_in().await.is(201);
    }

    async fn that_an_address_is_taken_is_said_to_whoever_reads_its_mail_only(app) {
        let ana = app.staff(ANA).await.at_work().await;
        app.invite("eva@desk.example").await;
        let begun = begin(&ana, "EVA@desk.example").await.is(200);
        let (current, new) = codes(&app, ANA, "EVA@desk.example");
        confirm(&ana, &begun, (&current, other_than(&new))).await.is(422);
        let taken = confirm(&ana, &begun, (&current, &new)).await.is(409);
        taken.is_refused("account.address_in_use");
        assert_eq!(ana.get(ACCOUNT).await.text("/email"), ANA);
        assert_eq!(app.letters_of("contact_changed", ANA), 0);
        app.sign_in(ANA, PASSWORD).await.is(201);
    }

    async fn the_other_realms_do_not_stand_in_the_way_of_an_address(app) {
        let ana = app.staff(ANA).await.at_work().await;
        app.guardian("shared@home.example").await;
        changed(&ana, ANA, "email", "shared@home.example").await.is(204);
    }

    async fn users_of_an_organisation_may_share_an_address(app) {
        let mia = mia(&app).await;
        app.user("pine", "noa", Role::Member).await;
        changed(&mia.at_home().await, &mia.contact, "email", "noa@pine.example").await.is(204);
    }

    async fn the_other_site_admins_learn_of_a_site_admins_new_address(app) {
        let (pine, oak) = (app.tenant_id("pine").await, app.tenant_id("oak").await);
        let (sara, other) =
            (app.someone(Role::SiteAdmin, Some(pine)).await, app.someone(Role::SiteAdmin, Some(pine)).await);
        let stranger = app.someone(Role::SiteAdmin, Some(oak)).await;
        let (at, other) = (sara.get(ACCOUNT).await.text("/email"), other.get(ACCOUNT).await.text("/email"));
        changed(&sara, &at, "email", NEW).await.is(204);
        assert_eq!(app.letters_of("contact_changed", &at), 1);
        assert_eq!(app.letters_of("colleague_changed", &other), 1);
        for nobody in [at, NEW.to_owned(), stranger.get(ACCOUNT).await.text("/email")] {
            assert_eq!(app.letters_of("colleague_changed", &nobody), 0);
        }
    }

    async fn nobody_else_learns_of_a_members_new_address(app) {
        let mia = mia(&app).await;
        app.user("pine", "sara", Role::SiteAdmin).await;
        changed(&mia.at_home().await, &mia.contact, "email", NEW).await.is(204);
        assert!(!app.letters().iter().any(|letter| letter.starts_with("colleague")));
    }

    async fn a_link_that_waits_at_the_old_address_opens_nothing_any_more(app) {
        let mia = mia(&app).await;
        app.forget(&mia.claim).await.is(202);
        changed(&mia.at_home().await, &mia.contact, "email", NEW).await.is(204);
        let link = app.secret_of("password_reset", &mia.contact);
        app.reset(&link, NEW_PASSWORD).await.is(410).is_refused("link.not_usable");
        app.sign_in_as(&mia.claim, PASSWORD).await.is(201);
    }

    async fn a_code_that_waits_at_the_old_number_proves_nothing_any_more(app) {
        let gil = app.guardian(PHONE).await.at_home().await;
        gil.send(Method::POST, "/v1/second-factor/send-code", None, &[]).await.is(200);
        let sent = app.secret_of("contact_code", PHONE);
        app.clock.advance(SECOND);
        changed(&gil, PHONE, "phone", "+15550100300").await.is(204);
        let late = gil.post("/v1/second-factor/verify-code", json!({"code": sent})).await.is(410);
        late.is_refused("code.not_usable");
    }

    async fn somebody_is_sent_so_many_codes_an_hour_and_no_more(app) {
        let here = mia(&app).await.at_home().await;
        for number in 0..5 {
            begin(&here, &format!("mia{number}@new.example")).await.is(200);
        }
        let refused = begin(&here, "mia5@new.example").await.is(429);
        assert_eq!(refused.is_refused("throttle.too_many_requests").header("retry-after"), "3600");
        assert_eq!(app.letters().len(), 10);
        app.clock.advance(MINUTE * 9);
        assert_eq!(begin(&here, "mia5@new.example").await.is(429).header("retry-after"), "3060");
    }

    async fn a_stranger_is_sent_so_many_codes_an_hour_whoever_asks(app) {
        let mia = mia(&app).await.at_home().await;
        let noa = app.user("pine", "noa", Role::Member).await.at_home().await;
        for _ in 0..5 {
            begin(&mia, "stranger@home.example").await.is(200);
        }
        begin(&noa, "Stranger@Home.example").await.is(429).is_refused("throttle.too_many_requests");
        begin(&noa, NEW).await.is(200);
    }

    async fn a_repeated_request_sends_its_codes_once(app) {
        let here = mia(&app).await.at_home().await;
        let keyed = [("idempotency-key", "once")];
        let ask = || here.send(Method::POST, CHANGES, Some(json!({"email": NEW})), &keyed);
        let first = ask().await.is(200);
        for _ in 0..5 {
            assert_eq!(ask().await.is(200).raw, first.raw); // nor does a repetition count
        }
        assert_eq!(app.letters().len(), 2);
    }

    async fn what_is_refused_takes_nothing_from_the_codes_there_are(app) {
        let tenant = app.tenant_id("pine").await;
        let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let at = sara.get(ACCOUNT).await.text("/email");
        for _ in 0..6 {
            begin(&sara, &at).await.is(409).is_refused("contact.unchanged");
        }
        app.clock.advance(MINUTE * 6);
        for _ in 0..6 {
            begin(&sara, NEW).await.is(401).is_refused("second_factor.step_up_required");
        }
        sara.verify(&sara.code()).await.is(200);
        begin(&sara.renewed(), NEW).await.is(200);
    }

    async fn of_two_who_take_one_address_at_once_one_has_it(app) {
        let (ana, eva) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        let mut begun = Vec::new();
        for who in [&ana, &eva] {
            let at = who.get(ACCOUNT).await.text("/email");
            app.clock.advance(SECOND);
            let change = begin(who, NEW).await.is(200);
            begun.push((who, change, codes(&app, &at, NEW)));
        }
        let both = begun.iter().map(|(who, change, (current, new))| confirm(who, change, (current, new)));
        assert_eq!(statuses(&at_once(both.collect()).await), [204, 409]);
    }
}

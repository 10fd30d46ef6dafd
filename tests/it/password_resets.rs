//! Forgotten passwords: a link by message, once, for an hour, and no way around anything by it.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::moment::{at_once, statuses};
use crate::support::staff::PASSWORD;

const NEW: &str = "another violet tractor 39";

on_both! {
    async fn a_reset_sets_a_password_and_ends_every_session(app) {
        let gus = app.guardian("gus@home.example").await;
        let before = gus.sign_in().await;
        gus.forgets().await.is(202);
        let link = app.secret_of("password_reset", "gus@home.example");
        let begun = app.reset(&link, NEW).await.is(201);
        app.bearer(&begun).session().await.is(200);
        app.bearer(&before).session().await.is(401);
        app.refresh(&before.text("/refresh_token")).await.is(401);
        gus.with(PASSWORD).await.is(401);
        gus.with(NEW).await.is(201);
        assert_eq!(app.letters(), ["password_reset to gus@home.example", "password_changed to gus@home.example"]);
    }

    async fn a_guardian_with_a_number_alone_is_sent_a_text_message(app) {
        let gus = app.guardian("+15550100299").await;
        gus.forgets().await.is(202);
        let link = app.secret_of("password_reset", "+15550100299");
        app.reset(&link, NEW).await.is(201);
        assert_eq!(app.burglar().texts("SELECT DISTINCT method FROM notifications"), ["sms"]);
    }

    async fn the_answer_is_the_same_whoever_is_asked_for(app) {
        app.tenant("pine").await;
        let off = app.user("pine", "off", Role::Member).await;
        app.switch_off(off.account).await;
        let una = app.user("pine", "una", Role::Member).await;
        let nobody = app.claiming(json!({"realm": "tenant", "tenant": "pine", "name": "nobody"}));
        let mut said = BTreeSet::new();
        for somebody in [&una, &off, &nobody] {
            let answer = somebody.forgets().await.is(202);
            said.insert((answer.raw.clone(), answer.header("content-length"), answer.header("content-type")));
        }
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(app.letters(), ["password_reset to una@pine.example"]);
    }

    async fn asking_stands_in_the_audit_of_the_organisation_that_was_named(app) {
        let pine = app.tenant("pine").await.text("/id");
        let una = app.user("pine", "una", Role::Member).await;
        let of_pine = app.claiming(json!({"realm": "tenant", "tenant": "pine", "name": "nobody"}));
        let of_nowhere = app.claiming(json!({"realm": "tenant", "tenant": "nowhere", "name": "una"}));
        let gus = app.guardian("gus@home.example").await;
        for somebody in [&una, &of_pine, &of_nowhere, &gus] {
            somebody.forgets().await.is(202);
            app.clock.advance(SignedDuration::from_secs(1));
        }
        let audit = app.audit().await;
        let asked = audit.iter().filter(|entry| entry["action"] == "password_reset.request");
        let said: Vec<_> = asked.map(|entry| (entry["tenant_id"].clone(), entry["target_id"].clone())).collect();
        assert_eq!(said, [
            (json!(pine), json!(una.account)),
            (json!(pine), json!(null)),
            (json!(null), json!(null)),
            (json!(null), json!(gus.account)),
        ]);
    }

    async fn a_reset_link_works_once(app) {
        let gus = app.guardian("gus@home.example").await;
        gus.forgets().await;
        let link = app.secret_of("password_reset", "gus@home.example");
        app.reset(&link, NEW).await.is(201);
        app.reset(&link, "a third violet tractor 27").await.is(410).is_refused("link.not_usable");
        gus.with(NEW).await.is(201);
    }

    async fn of_two_who_redeem_a_reset_link_at_once_one_gets_in(app) {
        let gus = app.guardian("gus@home.example").await;
        gus.forgets().await;
        let link = app.secret_of("password_reset", "gus@home.example");
        let answers = at_once(vec![app.reset(&link, NEW), app.reset(&link, NEW)]).await;
        assert_eq!(statuses(&answers), [201, 410]);
        assert_eq!(app.count("sessions"), 1);
    }

    async fn a_reset_link_works_for_an_hour_and_the_newest_only(app) {
        let gus = app.guardian("gus@home.example").await;
        gus.forgets().await;
        let first = app.secret_of("password_reset", "gus@home.example");
        app.clock.advance(SignedDuration::from_mins(30));
        gus.forgets().await;
        let second = app.secret_of("password_reset", "gus@home.example");
        app.reset(&first, NEW).await.is(410).is_refused("link.not_usable");
        app.clock.advance(SignedDuration::from_mins(60));
        app.reset(&second, NEW).await.is(410).is_refused("link.not_usable");
        app.clock.advance(SignedDuration::from_secs(-1));
        app.reset(&second, NEW).await.is(201);
    }

    async fn a_link_that_meets_a_change_of_the_contact_opens_nothing_at_the_one_of_before(app) {
        app.tenant("pine").await;
        for n in 0..5 {
            let una = app.user("pine", &format!("una{n}"), Role::Member).await;
            let (here, new) = (una.at_home().await, format!("una{n}@new.example"));
            let begun = here.post("/v1/account/contact-changes", json!({"email": new})).await.is(200);
            let codes = [&una.contact, &new].map(|contact| app.secret_of("contact_code", contact));
            let body = json!({"current_code": codes[0], "new_code": codes[1]});
            let path = format!("/v1/account/contact-changes/{}/confirm", begun.text("/id"));
            let (changed, asked) = tokio::join!(here.post(&path, body), una.forgets());
            changed.is(204);
            asked.is(202);
            for link in app.secrets_of("password_reset", &una.contact) {
                app.reset(&link, NEW).await.is(410).is_refused("link.not_usable");
            }
        }
    }

    async fn a_reset_link_does_not_outlive_a_change_of_the_password(app) {
        let gus = app.guardian("gus@home.example").await;
        gus.forgets().await;
        let link = app.secret_of("password_reset", "gus@home.example");
        let change = json!({"current_password": PASSWORD, "new_password": NEW});
        gus.at_home().await.put("/v1/account/password", "", change).await.is(204);
        app.reset(&link, "a third violet tractor 27").await.is(410).is_refused("link.not_usable");
        gus.with(NEW).await.is(201);
    }

    async fn a_reset_is_for_one_tenants_user_though_another_has_the_same_name(app) {
        app.tenant("pine").await;
        app.tenant("oak").await;
        let of_pine = app.user("pine", "una", Role::Member).await;
        let of_oak = app.user("oak", "una", Role::Member).await;
        of_oak.forgets().await;
        assert_eq!(app.letters(), ["password_reset to una@oak.example"]);
        app.reset(&app.secret_of("password_reset", "una@oak.example"), NEW).await.is(201);
        of_pine.sign_in().await;
        of_oak.with(PASSWORD).await.is(401);
    }

    async fn a_reset_does_not_give_a_second_factor_session(app) {
        let staff = app.staff("ana@desk.example").await;
        let ana = app.claiming(json!({"realm": "desk", "name": "ana@desk.example"}));
        ana.forgets().await.is(202);
        let begun = app.reset(&app.secret_of("password_reset", "ana@desk.example"), NEW).await.is(201);
        assert_eq!(begun.text("/session/second_factor"), "required");
        let ana = app.bearer(&begun);
        ana.get("/v1/tenants").await.is(403).is_refused("second_factor.required");
        ana.begin_second_factor().await.is(403).is_refused("second_factor.required");
        app.clock.advance(SignedDuration::from_secs(30));
        ana.verify(&staff.code()).await.is(200); // the factor is the one of before
        ana.get("/v1/tenants").await.is(200);
    }

    async fn a_weak_password_is_refused_and_the_reset_link_still_works(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una.montenegro", Role::Member).await;
        una.forgets().await;
        let link = app.secret_of("password_reset", "una.montenegro@pine.example");
        for weak in ["password1234", "una.montenegro una", "aaaaaaaaaaaaaaaa"] {
            app.reset(&link, weak).await.is(422).at(&["#/password"]);
        }
        app.reset(&link, NEW).await.is(201);
    }

    async fn nobody_is_flooded_with_reset_links(app) {
        let gus = app.guardian("gus@home.example").await;
        for _ in 0..8 {
            gus.forgets().await.is(202);
        }
        assert_eq!(app.letters().len(), 5);
        app.clock.advance(SignedDuration::from_hours(1));
        gus.forgets().await.is(202);
        assert_eq!(app.letters().len(), 6);
    }

    async fn mail_scanners_that_get_every_link_change_nothing(app) {
        let gus = app.guardian("gus@home.example").await;
        gus.forgets().await;
        let reset = app.secret_of("password_reset", "gus@home.example");
        let enrolment = app.invite("new@desk.example").await;
        let before = app.rows();
        // A scanner sends the path; the secret stands behind the `#`, and even where it is sent along
        // nothing happens.
        for path in ["/enrol", "/reset"] {
            for secret in [&reset, &enrolment] {
                for link in [path.to_owned(), format!("{path}?{secret}"), format!("{path}/{secret}")] {
                    app.http.get(format!("{}{link}", app.base)).send().await.unwrap();
                    app.http.head(format!("{}{link}", app.base)).send().await.unwrap();
                }
            }
        }
        for path in ["/v1/password-resets/redeem", "/v1/enrolments/redeem"] {
            app.nobody().get(path).await.is(405);
        }
        assert_eq!(app.rows(), before);
        app.reset(&reset, NEW).await.is(201);
        app.redeem(&enrolment, PASSWORD).await.is(201);
    }

    async fn one_reset_ends_every_other_link_also_one_of_the_same_moment(app) {
        let gus = app.guardian("gus@home.example").await;
        at_once(vec![gus.forgets(), gus.forgets(), gus.forgets()]).await;
        let links = app.secrets_of("password_reset", "gus@home.example");
        let mut answers = Vec::new();
        for link in &links {
            answers.push(app.reset(link, NEW).await.status.as_u16());
        }
        assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    }

    async fn nobody_uses_up_the_links_of_a_stranger(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await.at_home().await;
        app.guardian("gus@home.example").await;
        for _ in 0..6 {
            una.post("/v1/account/contact-changes", json!({"email": "gus@home.example"})).await;
        }
        let gus = app.claiming(json!({"realm": "family", "name": "gus@home.example"}));
        gus.forgets().await.is(202);
        assert_eq!(app.letters_of("password_reset", "gus@home.example"), 1);
    }
}

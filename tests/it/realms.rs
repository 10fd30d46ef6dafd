//! Signing in: three realms, one answer to whoever cannot, and no way over the walls between them.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::support::app::App;
use crate::support::people::Known;
use crate::support::staff::{PASSWORD, without_ids};

on_both! {
    async fn a_user_signs_in_to_an_organisation_with_a_user_name(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "Una.Núñez", Role::Member).await;
        let session = una.sign_in().await;
        assert_eq!(session.header("location"), "/v1/sessions/current");
        assert_eq!(session.text("/session/role"), "member");
        assert_eq!(session.text("/session/second_factor"), "not_required");
        assert_eq!(session.body["expires_in"], 600);
        let shouted = Known { claim: json!({"realm": "tenant", "tenant": "pine", "name": "UNA.NÚÑEZ"}), ..una };
        shouted.sign_in().await;
    }

    async fn a_guardian_signs_in_with_the_address_or_number_on_the_account(app) {
        let session = app.guardian("gus@home.example").await.sign_in().await;
        assert_eq!(session.text("/session/role"), "guardian");
        let by_phone = app.guardian("+15550100299").await;
        by_phone.sign_in().await;
        let typed = Known { claim: json!({"realm": "family", "name": "+1 (555) 010-0299"}), ..by_phone };
        typed.sign_in().await;
    }

    async fn a_guardians_session_ends_after_sixty_idle_minutes_and_a_day(app) {
        let gus = app.guardian("gus@home.example").await;
        let mut tokens = gus.sign_in().await;
        for _ in 0..24 {
            app.clock.advance(SignedDuration::from_secs(3599));
            tokens = app.refresh(&tokens.text("/refresh_token")).await.is(200);
        }
        app.clock.advance(SignedDuration::from_secs(24));
        app.refresh(&tokens.text("/refresh_token")).await.is(401);
        let idle = gus.sign_in().await;
        app.clock.advance(SignedDuration::from_mins(60));
        app.refresh(&idle.text("/refresh_token")).await.is(401);
    }

    async fn one_name_is_another_person_behind_every_wall(app) {
        let admin = app.staff("ana@desk.example").await;
        app.tenant("pine").await;
        app.tenant("oak").await;
        let of_pine = app.user("pine", "ana@desk.example", Role::Member).await;
        let at_home = app.guardian("ana@desk.example").await;
        let mut accounts = BTreeSet::new();
        for session in [admin.sign_in().await, of_pine.sign_in().await, at_home.sign_in().await] {
            accounts.insert(session.text("/session/account_id"));
        }
        assert_eq!(accounts.len(), 3);
        let of_oak = Known { claim: json!({"realm": "tenant", "tenant": "oak", "name": "ana@desk.example"}), ..of_pine };
        of_oak.with(PASSWORD).await.is(401).is_refused("auth.wrong_credentials");
    }

    async fn only_users_name_an_organisation_and_users_always_do(app) {
        for (realm, tenant) in [("tenant", None), ("desk", Some("pine")), ("family", Some("pine"))] {
            let mut body = json!({"realm": realm, "name": "ana", "password": PASSWORD});
            if let Some(tenant) = tenant {
                body["tenant"] = json!(tenant);
            }
            let refused = app.nobody().post("/v1/sessions", body.clone()).await.is(422);
            refused.is_refused("request.invalid").at(&["#/tenant"]);
            body.as_object_mut().unwrap().remove("password");
            app.nobody().post("/v1/password-resets", body).await.is(422).at(&["#/tenant"]);
        }
    }

    async fn unknown_wrong_inactive_invited_and_suspended_get_one_answer(app) {
        app.tenant("pine").await;
        let closed = app.tenant("closed").await.text("/id");
        let una = app.user("pine", "una", Role::Member).await;
        let off = app.user("pine", "off", Role::Member).await;
        app.switch_off(off.account).await;
        let shut = app.user("closed", "shut", Role::Member).await;
        let admin = app.platform_admin().await;
        admin.post(&format!("/v1/tenants/{closed}/suspend"), json!({"reason": "Closed"})).await.is(200);
        let nobody = |name: &str, tenant: &str| app.claiming(json!({"realm": "tenant", "tenant": tenant, "name": name}));
        let mut said = BTreeSet::new();
        for answer in [
            una.with("violet tractor 93 sings at dawn").await,
            off.with(PASSWORD).await,
            shut.with(PASSWORD).await,
            nobody("nobody", "pine").with(PASSWORD).await,
            nobody("una", "nowhere").with(PASSWORD).await,
        ] {
            let answer = answer.is(401).is_refused("auth.wrong_credentials");
            let headers = (answer.header("www-authenticate"), answer.header("content-length"));
            said.insert((without_ids(&answer).to_string(), headers));
        }
        assert_eq!(said.len(), 1, "{said:?}");
    }

    async fn every_refusal_costs_one_hash_whoever_it_names(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        let off = app.user("pine", "off", Role::Member).await;
        app.switch_off(off.account).await;
        let nobody = app.claiming(json!({"realm": "tenant", "tenant": "pine", "name": "nobody"}));
        let nowhere = app.claiming(json!({"realm": "tenant", "tenant": "nowhere", "name": "una"}));
        for who in [una, off, nobody, nowhere] {
            let before = app.house.hasher.made();
            who.with("violet tractor 93 sings at dawn").await.is(401);
            assert_eq!(app.house.hasher.made() - before, 1, "{}", who.claim);
        }
    }

    async fn a_flood_of_sign_ins_hashes_only_what_it_answers_and_reads_go_on(app) {
        let tenant = app.tenant_id("pine").await;
        let una = app.someone(Role::Member, Some(tenant)).await;
        let before = app.house.hasher.made();
        let flood = join_all((0..64).map(|number| {
            let who = app.claiming(json!({"realm": "tenant", "tenant": "pine", "name": format!("n{number}")}));
            async move { who.with(PASSWORD).await.status.as_u16() }
        }));
        let reads = join_all((0..20).map(|_| async { una.get("/v1/account").await.status.as_u16() }));
        let (refused, read) = join(flood, reads).await;
        assert_eq!(read, [200; 20]);
        assert!(refused.iter().all(|status| [401, 429, 503].contains(status)), "{refused:?}");
        let hashed = refused.iter().filter(|status| **status == 401).count();
        assert_eq!(app.house.hasher.made() - before, u64::try_from(hashed).unwrap());
        assert!(hashed > 0);
    }

    async fn somebody_inactive_with_the_right_password_is_mailed_whom_to_turn_to_once_a_day(app) {
        app.tenant("pine").await;
        app.user("pine", "sara", Role::SiteAdmin).await;
        let una = app.user("pine", "una", Role::Member).await;
        app.switch_off(una.account).await;
        una.with("violet tractor 93 sings at dawn").await.is(401);
        assert_eq!(app.letters(), [""; 0]); // a wrong password tells nothing
        una.with(PASSWORD).await.is(401);
        una.with(PASSWORD).await.is(401);
        assert_eq!(app.letters(), ["sign_in_inactive to una@pine.example"]);
        let said = app.burglar().texts("SELECT CAST(facts AS text) FROM notifications");
        assert!(said[0].contains("sara@pine.example"), "{said:?}");
        app.clock.advance(SignedDuration::from_hours(24));
        una.with(PASSWORD).await.is(401);
        assert_eq!(app.letters().len(), 2);
    }

    async fn a_failed_sign_in_stands_in_the_audit_of_the_organisation_that_was_named(app) {
        let pine = app.tenant("pine").await.text("/id");
        let una = app.user("pine", "una", Role::Member).await;
        una.with("wrong").await.is(401);
        app.claiming(json!({"realm": "tenant", "tenant": "pine", "name": "nobody"})).with("wrong").await.is(401);
        app.claiming(json!({"realm": "tenant", "tenant": "nowhere", "name": "una"})).with("wrong").await.is(401);
        let failed: Vec<_> = app.audit().await.into_iter().filter(|entry| entry["action"] == "session.create").collect();
        let said: Vec<_> = failed.iter().map(|entry| (entry["tenant_id"].clone(), entry["target_id"].clone())).collect();
        assert_eq!(said, [
            (json!(pine), json!(una.account)),
            (json!(pine), json!(null)),
            (json!(null), json!(null)),
        ]);
    }

    async fn token_confusion_across_realms_and_audiences_opens_nothing(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        let tokens = una.sign_in().await;
        let guardian = app.guardian("gus@home.example").await.sign_in().await;
        // A token is no key to another realm's operations, whoever it is taken from.
        for stranger in [&tokens, &guardian] {
            let stranger = app.bearer(stranger);
            stranger.get("/v1/desk-accounts").await.is(403).is_refused("action.not_permitted");
            stranger.get("/v1/tenants").await.is(403);
        }
        // A refresh token is no access token, an access token no refresh token, a link neither.
        let refresh = tokens.text("/refresh_token");
        let as_bearer = crate::support::actor::Actor { token: Some(refresh.clone()), ..app.nobody() };
        as_bearer.session().await.is(401).is_refused("auth.invalid_token");
        app.refresh(&tokens.text("/access_token")).await.is(422).at(&["#/refresh_token"]);
        una.forgets().await.is(202);
        let link = app.secret_of("password_reset", "una@pine.example");
        app.redeem(&link.replacen("cdp_", "cde_", 1), PASSWORD).await.is(410).is_refused("link.not_usable");
        app.refresh(&link.replacen("cdp_", "cdr_", 1)).await.is(401);
        app.reset(&refresh.replacen("cdr_", "cdp_", 1), "another violet tractor 39").await.is(410);
        app.reset(&link, "another violet tractor 39").await.is(201);
    }

    async fn session_fixation_is_not_to_be_had(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        let thief = app.guardian("gus@home.example").await.sign_in().await;
        let planted = thief.text("/access_token");
        // Whatever a request brings along, a sign-in begins a session of its own.
        let mut body = una.claim.clone();
        body["password"] = json!(PASSWORD);
        let signed_in = app.nobody()
            .send(Method::POST, "/v1/sessions", Some(body), &[("authorization", &format!("Bearer {planted}")), ("cookie", "session=planted")])
            .await.is(201);
        assert_ne!(signed_in.text("/session/id"), thief.text("/session/id"));
        assert_eq!(app.bearer(&thief).session().await.is(200).text("/role"), "guardian");
        // And a session that proves more stays what the thief may not prove.
        let refreshed = app.refresh(&signed_in.text("/refresh_token")).await.is(200);
        assert_eq!(refreshed.text("/session/id"), signed_in.text("/session/id"));
        assert_ne!(refreshed.text("/access_token"), signed_in.text("/access_token"));
    }

    async fn deactivated_in_the_middle_of_a_sign_in_gets_nobody_in(app) {
        app.tenant("pine").await;
        for round in 0..5 {
            let una = app.user("pine", &format!("una{round}"), Role::Member).await;
            let (answer, ()) = join(una.with(PASSWORD), app.switch_off(una.account)).await;
            if answer.status == 201 {
                // It was in before: and is out again within a second.
                app.clock.advance(SignedDuration::from_secs(1));
                app.bearer(&answer).session().await.is(403).is_refused("account.inactive");
                app.refresh(&answer.text("/refresh_token")).await.is(401);
            } else {
                answer.is(401).is_refused("auth.wrong_credentials");
            }
        }
    }

    async fn the_first_sign_in_is_remembered_and_the_last(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        let first = una.at_home().await.get("/v1/account").await.is(200).text("/last_signed_in_at");
        app.clock.advance(SignedDuration::from_hours(1));
        let second = una.at_home().await.get("/v1/account").await.is(200).text("/last_signed_in_at");
        assert!(first < second);
        let used = app.burglar().texts("SELECT CAST(first_used_at AS text) FROM accounts WHERE user_name = 'una'");
        let again = app.burglar().texts("SELECT CAST(created_at AS text) FROM accounts WHERE user_name = 'una'");
        assert_eq!(used, again);
    }

    async fn support_users_go_without_a_second_factor_only_on_a_fresh_proof(app) {
        let tenant = app.tenant("pine").await;
        let path = format!("/v1/tenants/{}", tenant.text("/id"));
        let sara = app.someone(Role::SiteAdmin, Some(tenant.text("/id").parse().unwrap())).await;
        app.clock.advance(SignedDuration::from_mins(6));
        let settings = format!("{path}/settings");
        let on = sara.patch(&settings, &tenant.etag(), json!({"support_user_second_factor": true})).await.is(200);
        let off = json!({"support_user_second_factor": false});
        sara.patch(&settings, &on.etag(), off.clone()).await.is(401).is_refused("second_factor.step_up_required");
        sara.verify(&sara.code()).await.is(200);
        sara.patch(&settings, &on.etag(), off).await.is(200);
    }

    async fn a_support_user_has_a_second_factor_when_the_organisation_says_so(app) {
        let tenant = app.tenant("pine").await;
        let path = format!("/v1/tenants/{}", tenant.text("/id"));
        let una = app.user("pine", "una", Role::SupportUser).await;
        assert_eq!(una.sign_in().await.text("/session/second_factor"), "not_required");
        let asked = json!({"support_user_second_factor": true});
        app.platform_admin().await.patch(&format!("{path}/settings"), &tenant.etag(), asked).await.is(200);
        let session = una.sign_in().await;
        assert_eq!(session.text("/session/second_factor"), "enrolment_required");
        let una = app.bearer(&session);
        una.get("/v1/account").await.is(403).is_refused("second_factor.required");
        let enrolment = una.begin_second_factor().await.is(200);
        let code = caredesk::guard::second_factor::code_at(&crate::support::staff::secret(&enrolment), app.house.clock.now());
        una.confirm(&code).await.is(200);
        una.get("/v1/account").await.is(200);
        una.delete("/v1/second-factor").await.is(403).is_refused("second_factor.compulsory");
    }
}

/// A tenant user's account never shows behind the walls: names are tried in every realm.
#[actix_web::test]
async fn a_name_of_one_realm_opens_no_other() {
    let app = App::start(crate::support::db::Database::sqlite()).await;
    app.tenant("pine").await;
    app.user("pine", "una@home.example", Role::Member).await;
    app.guardian("gus@home.example").await;
    for (realm, name) in
        [("desk", "una@home.example"), ("family", "una@home.example"), ("desk", "gus@home.example")]
    {
        let body = json!({"realm": realm, "name": name, "password": PASSWORD});
        app.nobody().post("/v1/sessions", body).await.is(401);
    }
}
